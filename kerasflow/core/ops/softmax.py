"""Softmax and its logarithm, along any axis.

Both subtract the largest number of each slice first, so no exponential overflows and at least one is 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core.graph import apply
from kerasflow.core.opdef import FLOAT, of_kind, op
from kerasflow.core.ops.arguments import in_rank, static_int
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec

__all__ = ["log_softmax", "softmax"]

_NARROW = 32  # NumPy takes the maxima of rows shorter than this faster as those of columns


def class_axis(axis: Any, dim: Any = None) -> int:
    """The axis of the classes as an int, from its present and its former argument; -1 by default."""
    axis = dim if axis is None else axis
    return -1 if axis is None else static_int(axis, "axis")


def check_axis(x: Spec, axis: int) -> None:
    """TypeError if `x` is not floating-point, ValueError if it has no such axis."""
    of_kind(FLOAT, x)
    if x.shape is not None:
        in_rank(axis, len(x.shape))


def largest(x: Any, axis: int) -> Any:
    """The maxima along `axis`, which stays with size 1; minus infinity where there is nothing."""
    narrow = x.ndim > 1 and axis in (-1, x.ndim - 1) and 0 < x.shape[-1] < _NARROW
    if narrow:
        columns = np.ascontiguousarray(x.reshape(-1, x.shape[-1]).T)
        return np.maximum.reduce(columns, axis=0).reshape(*x.shape[:-1], 1)
    return np.maximum.reduce(x, axis=axis, keepdims=True, initial=-np.inf)


def _infer(x: Spec, axis: int) -> Spec:
    check_axis(x, axis)
    return Spec(x.dtype, x.shape)


def _softmax_vjp(n: Any, g: Tensor) -> tuple[Tensor]:
    p, axis = n.output, n.attrs["axis"]
    return ((g - apply("Sum", g * p, axis=(axis,), keepdims=True)) * p,)


def _log_softmax_vjp(n: Any, g: Tensor) -> tuple[Tensor]:
    total = apply("Sum", g, axis=(n.attrs["axis"],), keepdims=True)
    return (g - total * apply("Exp", n.output),)


@op("Softmax", infer=_infer, vjp=_softmax_vjp, out=True)
def _softmax(x: Any, axis: int, out: Any = None) -> Any:
    p = np.subtract(x, largest(x, axis), out=out)
    np.exp(p, out=p)
    return np.divide(p, np.add.reduce(p, axis=axis, keepdims=True), out=p)


@op("LogSoftmax", infer=_infer, vjp=_log_softmax_vjp, out=True)
def _log_softmax(x: Any, axis: int, out: Any = None) -> Any:
    z = np.subtract(x, largest(x, axis), out=out)
    total = np.add.reduce(np.exp(z), axis=axis, keepdims=True)
    return np.subtract(z, np.log(total, out=total), out=z)


def softmax(logits: Any, axis: Any = None, name: str | None = None, dim: Any = None) -> Tensor:
    """Numbers as probabilities, ``exp(x_i) / sum_j exp(x_j)``.

    Args:
        logits: a floating-point tensor with at least one axis.
        axis: the axis along which the result sums to 1, by default the last.
        name: the operation's name.
        dim: the former name of `axis`.

    Raises:
        ValueError: there is no such axis. TypeError: `logits` are not floating-point.

    >>> tf.Session().run(tf.nn.softmax([[1.0, 1.0], [1000.0, 0.0]]))
    array([[0.5, 0.5],
           [1. , 0. ]], dtype=float32)
    """
    return apply("Softmax", logits, axis=class_axis(axis, dim), name=name)


def log_softmax(logits: Any, axis: Any = None, name: str | None = None, dim: Any = None) -> Tensor:
    """The logarithm of `softmax`, ``x_i - log sum_j exp(x_j)``, exact also where a probability is close to 0.

    Args:
        logits: a floating-point tensor with at least one axis.
        axis: the axis along which the probabilities sum to 1, by default the last.
        name: the operation's name.
        dim: the former name of `axis`.

    Raises:
        ValueError: there is no such axis. TypeError: `logits` are not floating-point.

    >>> tf.Session().run(tf.nn.log_softmax([1000.0, 0.0]))
    array([    0., -1000.], dtype=float32)
    """
    return apply("LogSoftmax", logits, axis=class_axis(axis, dim), name=name)
