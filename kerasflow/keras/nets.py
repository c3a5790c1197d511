"""Activations and cross-entropies as `keras.ops` has them."""

from __future__ import annotations

from typing import Any

from kerasflow import activations, losses
from kerasflow.core import ops
from kerasflow.keras.arithmetic import alike, clip, convert_to_tensor, floats

__all__ = [
    "binary_crossentropy",
    "categorical_crossentropy",
    "gelu",
    "normalize",
    "sparse_categorical_crossentropy",
]


def gelu(x: Any, approximate: bool = True) -> Any:
    """``x`` times the probability that a normal variable is less; by default an approximation with tanh.

    >>> [round(float(v), 4) for v in tf.Session().run(tf.keras.ops.gelu([-1.0, 1.0]))]
    [-0.1588, 0.8412]
    """
    return activations.gelu(x, approximate)


def normalize(x: Any, axis: int = -1, order: int = 2, epsilon: float | None = None) -> Any:
    """`x` divided by its norm along an axis, where that is not 0.

    >>> tf.Session().run(tf.keras.ops.normalize([3.0, 4.0]))
    array([0.6, 0.8], dtype=float32)
    """
    values = floats(x)
    size = ops.norm(values, order, axis=axis, keepdims=True)
    return values / ops.maximum(size, 1e-7 if epsilon is None else epsilon)


def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Any:
    """``-target log(output) - (1 - target) log(1 - output)``, element-wise.

    Args:
        from_logits: whether `output` is taken before the sigmoid.

    >>> [round(float(v), 4) for v in tf.Session().run(tf.keras.ops.binary_crossentropy([1.0, 0.0], [0.5, 0.2]))]
    [0.6931, 0.2231]
    """
    y, p = alike(floats(target), floats(output))
    if from_logits:
        return ops.sigmoid_cross_entropy_with_logits(labels=y, logits=p)
    p = clip(p, 1e-7, 1.0 - 1e-7)
    return -(y * ops.log(p) + (1.0 - y) * ops.log(1.0 - p))


def categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Any:
    """``-sum(target log(output))`` along the axis of the classes.

    Args:
        from_logits: whether `output` is taken before the softmax.

    >>> loss = tf.keras.ops.categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]])
    >>> [round(float(v), 4) for v in tf.Session().run(loss)]
    [0.6931]
    """
    y, p = alike(floats(target), floats(output))
    return losses.categorical_crossentropy(y, p, from_logits=from_logits, axis=axis)


def sparse_categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Any:
    """``-log(output)`` at the number of the class.

    Args:
        from_logits: whether `output` is taken before the softmax.

    >>> [round(float(v), 4) for v in tf.Session().run(tf.keras.ops.sparse_categorical_crossentropy([1], [[0.5, 0.5]]))]
    [0.6931]
    """
    y = convert_to_tensor(target)
    return losses.sparse_categorical_crossentropy(y, floats(output), from_logits=from_logits, axis=axis)
