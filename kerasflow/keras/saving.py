"""`tf.keras.saving`: models in files, and anything of Keras as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasflow import activations, constraints, initializers, layers, losses, metrics, optimizers, regularizers
from kerasflow.models import load_model, save_model
from kerasflow.optimizers import schedules
from kerasflow.utils.registry import (
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    known_objects,
    register_keras_serializable,
)

__all__ = [
    "CustomObjectScope",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "load_model",
    "register_keras_serializable",
    "save_model",
    "serialize_keras_object",
]

CustomObjectScope = custom_object_scope

# What is asked, in this order, by the class of what is written.
_ROOMS: tuple[tuple[type, Any], ...] = (
    (layers.Layer, layers),
    (losses.Loss, losses),
    (metrics.Metric, metrics),
    (optimizers.Optimizer, optimizers),
    (schedules.LearningRateSchedule, schedules),
    (initializers.Initializer, initializers),
    (regularizers.Regularizer, regularizers),
    (constraints.Constraint, constraints),
)
_BY_MODULE = {
    "activations": activations,
    "constraints": constraints,
    "initializers": initializers,
    "layers": layers,
    "losses": losses,
    "metrics": metrics,
    "models": layers,
    "optimizers": optimizers,
    "regularizers": regularizers,
}


def serialize_keras_object(obj: Any) -> Any:
    """A layer, model, loss, metric, optimizer, initializer, regularizer or constraint as plain data.

    Raises:
        TypeError: it is something else.

    >>> tf.keras.saving.serialize_keras_object(tf.keras.regularizers.L2(0.5))["config"]
    {'l2': 0.5}
    """
    for kind, room in _ROOMS:
        if isinstance(obj, kind):
            return room.serialize(obj)
    raise TypeError(f"Expected something of Keras, as a layer or a loss; got {obj!r}.")


def deserialize_keras_object(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """What `serialize_keras_object` described. Nothing is imported because the data says so.

    Args:
        config: a dict with the keys `class_name` and `config`, and `module` or a registered name.
        custom_objects: classes of the caller's own, by the names that the data has for them.

    Raises:
        ValueError: it is malformed, or there is no class of this name.

    >>> data = tf.keras.saving.serialize_keras_object(tf.keras.layers.Dense(3))
    >>> tf.keras.saving.deserialize_keras_object(data).units
    3
    """
    if not isinstance(config, Mapping) or not isinstance(config.get("class_name"), str):
        raise ValueError(f"Expected a dict with a class_name and a config, got {config!r}.")
    with custom_object_scope(custom_objects or {}):
        return _room(config).deserialize(dict(config))


def _room(config: Mapping[str, Any]) -> Any:
    """Who reads it: by the class, if it is the caller's own, and else by the module in which Keras has it."""
    known = known_objects()
    own = known.get(str(config.get("registered_name")), known.get(config["class_name"]))
    if isinstance(own, type):
        return next((room for kind, room in _ROOMS if issubclass(own, kind)), layers)
    module = str(config.get("module") or "")
    if module.endswith("schedules") or module.endswith("learning_rate_schedule"):
        return schedules
    parts = [p for p in module.split(".") if p in _BY_MODULE]
    return _BY_MODULE[parts[0]] if parts else layers
