"""Layers of the library under the names, and with the arguments, of `tf.contrib.layers`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kerasflow.contrib.framework import model_variable
from kerasflow.core.graph import convert
from kerasflow.core.tensor import Tensor
from kerasflow.core.variable_scope import variable_scope
from kerasflow.layers.base import Layer

__all__ = ["applied", "collected", "model_variables_as"]

_NAMES = {  # of weights here, by those that layers have for them
    "kernel": {"kernel": "weights", "bias": "biases"},
    "depthwise": {
        "kernel": "depthwise_weights",
        "depthwise_kernel": "depthwise_weights",
        "pointwise_kernel": "pointwise_weights",
        "bias": "biases",
    },
}


def applied(cls: type[Layer], default: str, given: Mapping[str, Any], weights: str = "kernel", **arguments: Any) -> Any:
    """The output of a layer, normalised and activated.

    Args:
        cls: the layer's class.
        default: the name of the variable scope where no other is given.
        given: the arguments that the functions of this package have in common, by name.
        weights: what the layer calls that which is here called the weights.
        arguments: the others of the layer's constructor.
    """
    x = convert(given["inputs"])
    normalizer, activation = given["normalizer_fn"], given["activation_fn"]
    for what, function in (("normalizer_fn", normalizer), ("activation_fn", activation)):
        if function is not None and not callable(function):
            raise TypeError(f"{what} must be a function or None, got {function!r}.")
    options = {
        f"{weights}_initializer": given["weights_initializer"],
        f"{weights}_regularizer": given["weights_regularizer"],
        "bias_initializer": given["biases_initializer"],
        "bias_regularizer": given["biases_regularizer"],
        "use_bias": normalizer is None and given["biases_initializer"] is not None,
        "trainable": given["trainable"],
    }
    with variable_scope(given["scope"], default, [x], reuse=given["reuse"]) as opened:
        layer = cls(name=opened.name, dtype=x.dtype, **options, **arguments)
        layer.make_variables_with(x.graph, model_variables_as(_NAMES[weights], given["variables_collections"]))
        layer.ensure_built(x.dims)
        y = layer.call(x)
        if normalizer is not None:
            y = normalizer(y, **(given["normalizer_params"] or {}))
        if activation is not None:
            y = activation(y)
    return collected(given["outputs_collections"], y)


def model_variables_as(names: Mapping[str, str], collections: Any) -> Any:
    """What makes a layer's weights, under other names: variables of the model.

    Args:
        names: the other names.
        collections: further collections of the variables, or a dict of such lists by name.
    """

    def make(name: str, *args: Any, **kwargs: Any) -> Any:
        name = names.get(name, name)
        kwargs["collections"] = collections.get(name) if isinstance(collections, Mapping) else collections
        return model_variable(name, *args, **kwargs)

    return make


def collected(collections: Iterable[Any] | str | None, y: Tensor) -> Tensor:
    """`y`, which joins collections."""
    for key in [collections] if isinstance(collections, str) else collections or ():
        y.graph.add_to_collection(key, y)
    return y
