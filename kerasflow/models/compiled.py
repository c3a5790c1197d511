"""What a model was compiled with, as plain data in the form of Keras 3, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kerasflow import losses, metrics, optimizers
from kerasflow.utils.registry import known_objects

__all__ = ["compile_arguments", "compile_config", "wanted_metrics"]


def compile_config(model: Any) -> dict[str, Any] | None:
    """The arguments of `compile` as plain data; None if the model is not compiled, or with what has no description.

    >>> from kerasflow.models.compiled import compile_config
    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse", metrics=["mae"])
    >>> config = compile_config(model)
    >>> config["optimizer"]["class_name"], config["loss"], config["metrics"]
    ('SGD', 'mse', ['mae'])
    """
    if model.optimizer is None or not isinstance(model.optimizer, optimizers.Optimizer):
        return None
    wanted = model._wanted
    return {
        "optimizer": optimizers.serialize(model.optimizer),
        "loss": _each(_plain(losses.serialize), wanted["loss"]),
        "loss_weights": _each(lambda w: None if w is None else float(w), wanted["loss_weights"]),
        "metrics": _each(_plain(metrics.serialize), wanted["metrics"]),
        "weighted_metrics": _each(_plain(metrics.serialize), wanted["weighted_metrics"]),
        "run_eagerly": False,
        "steps_per_execution": model._steps_per_execution,
        "jit_compile": False,
    }


def wanted_metrics(model: Any) -> Any:
    """The metrics that a model was compiled with, as they were given.

    >>> from kerasflow.models.compiled import wanted_metrics
    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse", metrics=["mae"])
    >>> wanted_metrics(model)
    ['mae']
    """
    return model._wanted.get("metrics")


def compile_arguments(config: Any, custom_objects: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The arguments for `compile` that `compile_config`, or Keras, described.

    Raises:
        ValueError: an optimizer, a loss or a metric is not known, or the description is malformed.

    >>> from kerasflow.models.compiled import compile_arguments
    >>> compile_arguments({"optimizer": "sgd", "loss": "mse"})["loss"]
    'mse'
    """
    if not isinstance(config, Mapping):
        raise ValueError(f"The description of what a model is compiled with is a dict, got {config!r}.")
    optimizer = config.get("optimizer", "rmsprop")
    found: dict[str, Any] = {}
    if isinstance(optimizer, Mapping):
        found["optimizer"] = optimizers.deserialize(optimizer, custom_objects)
    else:
        found["optimizer"] = optimizers.get(optimizer)
    found["loss"] = _each(lambda v: _live(losses.deserialize, v, custom_objects), config.get("loss"))
    for name in ("metrics", "weighted_metrics"):
        found[name] = _each(lambda v: _live(metrics.deserialize, v, custom_objects), config.get(name))
    found["loss_weights"] = config.get("loss_weights")
    steps = config.get("steps_per_execution", 1)
    return {**found, "steps_per_execution": steps if type(steps) is int and steps > 0 else 1}


def _plain(serialize: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: value if value is None or isinstance(value, str) else serialize(value)


def _live(deserialize: Callable[..., Any], value: Any, custom_objects: Mapping[str, Any] | None) -> Any:
    if isinstance(value, str):  # a name: of the library's, which stays one, or of the caller's own function
        return known_objects(custom_objects).get(value, value)
    return value if value is None else deserialize(value, custom_objects)


def _each(f: Callable[[Any], Any], value: Any) -> Any:
    """Nested lists and dicts of losses or metrics, with `f` applied to each; a description is no dict of these."""
    if isinstance(value, (list, tuple)):
        return [_each(f, v) for v in value]
    if isinstance(value, Mapping) and not {"class_name", "config"} <= value.keys():
        return {k: _each(f, v) for k, v in value.items()}
    return f(value)
