"""The layers as functions of the graph API: ``tf.layers.dense(x, 10, name="hidden")``.

Each makes a layer and applies it once, in a variable scope of its own: variables come from `get_variable`, so that
``reuse=True`` finds them again, and are named after the variable scope alone, whatever name scopes are open.
"""

from __future__ import annotations

from typing import Any

from kerasflow.core.graph import convert
from kerasflow.core.named_variables import get_variable
from kerasflow.core.tensor import Tensor
from kerasflow.core.variable_scope import variable_scope
from kerasflow.layers.base import Layer
from kerasflow.layers.core import Dense, Dropout, Flatten
from kerasflow.layers.symbolic import KerasTensor

__all__ = ["dense", "dropout", "flatten"]


def dense(
    inputs: Any,
    units: int,
    activation: Any = None,
    use_bias: bool = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = "zeros",
    kernel_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    kernel_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Tensor:
    """A fully connected layer on a tensor, ``activation(inputs W + b)``; see the layer `Dense`.

    Args:
        name: the variable scope, by default ``dense``, made unique.
        reuse: True to use the variables that an earlier call made under this name.

    Raises:
        ValueError: the last axis of `inputs` is not known; variables exist, or with `reuse` do not exist.

    >>> x = tf.placeholder(tf.float32, [None, 3])
    >>> y = tf.layers.dense(x, 2, activation=tf.nn.relu, name="hidden")
    >>> y.shape.as_list(), [v.name for v in tf.global_variables()]
    ([None, 2], ['hidden/kernel:0', 'hidden/bias:0'])
    """
    arguments = {
        "units": units,
        "activation": activation,
        "use_bias": use_bias,
        "kernel_initializer": kernel_initializer,
        "bias_initializer": bias_initializer,
        "kernel_regularizer": kernel_regularizer,
        "bias_regularizer": bias_regularizer,
        "activity_regularizer": activity_regularizer,
        "kernel_constraint": kernel_constraint,
        "bias_constraint": bias_constraint,
        "trainable": trainable,
    }
    return _apply(Dense, inputs, "dense", name, reuse, arguments)


def dropout(
    inputs: Any,
    rate: Any = 0.5,
    noise_shape: Any = None,
    seed: int | None = None,
    training: Any = False,
    name: str | None = None,
) -> Tensor:
    """Sets each element to zero with probability `rate`, and scales the rest, if `training`; see the layer `Dropout`.

    Args:
        training: a bool, or a boolean tensor.

    >>> x, training = tf.ones([4]), tf.placeholder_with_default(False, [])
    >>> tf.Session().run(tf.layers.dropout(x, 0.5, training=training))
    array([1., 1., 1., 1.], dtype=float32)
    """
    arguments = {"rate": rate, "noise_shape": noise_shape, "seed": seed}
    return _apply(Dropout, inputs, "dropout", name, None, arguments, training=training)


def flatten(inputs: Any, name: str | None = None) -> Tensor:
    """Makes one axis of all axes but the batch.

    >>> tf.layers.flatten(tf.zeros([2, 3, 4])).shape.as_list()
    [2, 12]
    """
    return _apply(Flatten, inputs, "flatten", name, None, {})


def _apply(
    cls: type[Layer], inputs: Any, default: str, name: str | None, reuse: Any, arguments: dict[str, Any], **call: Any
) -> Any:
    if isinstance(inputs, KerasTensor):
        return cls(name=name, **arguments)(inputs, **call)
    x = convert(inputs)
    with x.graph.as_default(), variable_scope(name, default_name=default, values=[x], reuse=reuse) as scope:
        if arguments.get("kernel_initializer", 0) is None:
            arguments["kernel_initializer"] = scope.initializer or "glorot_uniform"
        layer = cls(name=scope.name, dtype=x.dtype if x.dtype.is_floating else None, **arguments)
        layer.make_variables_with(x.graph, get_variable)
        layer.ensure_built(x.dims)
        return layer.call(x, **call)
