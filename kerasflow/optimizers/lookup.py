"""Optimizers by class, by name, or by description; a description names one of these classes and runs no other code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasflow.core.naming import did_you_mean
from kerasflow.optimizers.adam import Adam, Adamax, AdamW, Nadam
from kerasflow.optimizers.base import Optimizer
from kerasflow.optimizers.rules import SGD, Adadelta, Adagrad, Ftrl, RMSprop
from kerasflow.train.optimizer import Optimizer as AnyOptimizer
from kerasflow.utils.registry import get_registered_name, known_objects

__all__ = ["deserialize", "get", "serialize"]

_CLASSES = (SGD, Adadelta, Adagrad, Adam, AdamW, Adamax, Ftrl, Nadam, RMSprop)
_BY_NAME: dict[str, Any] = {cls.__name__.lower(): cls for cls in _CLASSES}


def get(identifier: Any) -> Any:
    """The optimizer that `identifier` is, names or describes.

    Args:
        identifier: an optimizer of this family or of `tf.train`, a class, a name such as ``"adam"``, or a
            description, ``{"class_name": "Adam", "config": {...}}``.

    Raises:
        ValueError: there is none of that name. TypeError: `identifier` is something else.

    >>> tf.optimizers.get("rmsprop").rho
    0.9
    """
    if isinstance(identifier, AnyOptimizer):
        return identifier
    if isinstance(identifier, str):
        return deserialize({"class_name": identifier, "config": {}})
    if isinstance(identifier, Mapping):
        return deserialize(identifier)
    if isinstance(identifier, type) and issubclass(identifier, AnyOptimizer):
        return identifier()
    raise TypeError(f"An optimizer is an instance, a class, a name or a description, got {identifier!r}.")


def serialize(optimizer: Optimizer) -> dict[str, Any]:
    """A description of an optimizer that JSON can carry.

    >>> tf.optimizers.serialize(tf.optimizers.SGD(0.5))["config"]["learning_rate"]
    0.5
    """
    cls = type(optimizer)
    ours = cls in _CLASSES
    return {
        "module": "keras.optimizers" if ours else cls.__module__,
        "class_name": cls.__name__,
        "config": optimizer.get_config(),
        "registered_name": None if ours else get_registered_name(cls),
    }


def deserialize(config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The optimizer that `serialize` described.

    Args:
        config: ``{"class_name": ..., "config": ...}``; the class name's case does not matter.
        custom_objects: classes of your own, by name.

    Raises:
        ValueError: there is none of that name, or the description is malformed.

    >>> tf.optimizers.deserialize({"class_name": "SGD", "config": {"momentum": 0.5}}).momentum
    0.5
    """
    name = config.get("class_name")
    if not isinstance(name, str):
        raise ValueError(f"The description of an optimizer has a class_name, got {dict(config)!r}.")
    custom = dict(custom_objects or {})
    known = known_objects(custom)
    cls = known.get(str(config.get("registered_name"))) or known.get(name) or _BY_NAME.get(name.lower())
    if cls is None:
        names, close = ", ".join(c.__name__ for c in _CLASSES), did_you_mean(name.lower(), _BY_NAME)
        raise ValueError(f"There is no optimizer {name!r}; there are {names}.{close}")
    arguments = dict(config.get("config") or {})
    return cls.from_config(arguments, custom) if custom else cls.from_config(arguments)
