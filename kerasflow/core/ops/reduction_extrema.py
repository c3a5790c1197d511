"""The largest and the smallest along axes, where they are, and the smooth maximum."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.graph import apply
from kerasflow.core.opdef import FLOAT, REAL, blocked, of_kind, op
from kerasflow.core.ops.arguments import static_int
from kerasflow.core.ops.exponential import exp
from kerasflow.core.ops.extrema import clip_by_value
from kerasflow.core.ops.reduction import Axes, arguments, reduced, reducing, spread, unchanged
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import DType, Spec, as_dtype

__all__ = ["argmax", "argmin", "reduce_logsumexp", "reduce_max", "reduce_min"]


def _extremum_vjp(n: Operation, g: Tensor) -> tuple[Tensor]:
    """The gradient is shared equally by the elements that are the extremum."""
    (x,) = n.inputs
    chosen = apply("Cast", apply("Equal", x, spread(n, n.output)), dtype=x.dtype)
    count = apply("Sum", chosen, **n.attrs)
    return (chosen * spread(n, g / count),)


def _lowest(dtype: Any) -> Any:
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min


def _highest(dtype: Any) -> Any:
    return np.inf if dtype.kind == "f" else np.iinfo(dtype).max


def _reduce_max(x: Any, axis: Axes = None, keepdims: bool = False, out: Any = None) -> Any:
    if x.size == 0:
        return np.maximum.reduce(x, axis=axis, keepdims=keepdims, out=out, initial=_lowest(x.dtype))
    return np.maximum.reduce(x, axis=axis, keepdims=keepdims, out=out)


def _reduce_min(x: Any, axis: Axes = None, keepdims: bool = False, out: Any = None) -> Any:
    if x.size == 0:
        return np.minimum.reduce(x, axis=axis, keepdims=keepdims, out=out, initial=_highest(x.dtype))
    return np.minimum.reduce(x, axis=axis, keepdims=keepdims, out=out)


@op("Max", infer=reducing(REAL), kernel=_reduce_max, out=True, forward=unchanged, vjp=_extremum_vjp)
def reduce_max(
    input_tensor: Any,
    axis: Any = None,
    keepdims: Any = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: Any = None,
) -> Tensor:
    """The largest element along `axis`; of none, the lowest number of the type. Equal ones share the gradient.

    Args:
        input_tensor: a tensor of real numbers.
        axis, keepdims, name, reduction_indices, keep_dims: as for `reduce_sum`.

    Raises:
        ValueError: an axis does not exist or is named twice. TypeError: an axis is not an integer.

    >>> tf.Session().run(tf.reduce_max([[1, 2], [3, 0]], axis=1))
    array([2, 3], dtype=int32)
    """
    attrs = arguments(axis, keepdims, reduction_indices, keep_dims)
    return apply("Max", input_tensor, name=name, **attrs)


@op("Min", infer=reducing(REAL), kernel=_reduce_min, out=True, forward=unchanged, vjp=_extremum_vjp)
def reduce_min(
    input_tensor: Any,
    axis: Any = None,
    keepdims: Any = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: Any = None,
) -> Tensor:
    """The smallest element along `axis`; of none, the highest number of the type. Equal ones share the gradient.

    Args:
        input_tensor: a tensor of real numbers.
        axis, keepdims, name, reduction_indices, keep_dims: as for `reduce_sum`.

    Raises:
        ValueError: an axis does not exist or is named twice. TypeError: an axis is not an integer.

    >>> tf.Session().run(tf.reduce_min([[1, 2], [3, 0]], axis=1))
    array([1, 0], dtype=int32)
    """
    attrs = arguments(axis, keepdims, reduction_indices, keep_dims)
    return apply("Min", input_tensor, name=name, **attrs)


def _logsumexp_vjp(n: Operation, g: Tensor) -> tuple[Tensor]:
    # exp(x - y), made to add up to 1, as y has a rounding error; so any finite number near y does as well.
    limits = np.finfo(g.dtype.numpy)
    near = apply("StopGradient", clip_by_value(n.output, limits.min, limits.max))
    shares = exp(n.inputs[0] - spread(n, near))
    return (shares * spread(n, g / apply("Sum", shares, **n.attrs)),)


@op("LogSumExp", infer=reducing(FLOAT), out=True, forward=unchanged, vjp=_logsumexp_vjp)
def _logsumexp(x: Any, axis: Axes = None, keepdims: bool = False, out: Any = None) -> Any:
    largest = np.asarray(_reduce_max(x, axis, True))
    largest = np.where(np.isfinite(largest), largest, x.dtype.type(0))
    e = np.exp(np.subtract(x, largest))
    total = np.log(np.add.reduce(e, axis=axis, keepdims=keepdims, out=out), out=out)
    return np.add(total, largest.reshape(total.shape), out=out)


def reduce_logsumexp(
    input_tensor: Any,
    axis: Any = None,
    keepdims: Any = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: Any = None,
) -> Tensor:
    """The logarithm of the sum of exponentials along `axis`, ``log sum_i exp(x_i)``, which does not overflow.

    Args:
        input_tensor: a floating-point tensor.
        axis, keepdims, name, reduction_indices, keep_dims: as for `reduce_sum`.

    Raises:
        ValueError: an axis does not exist or is named twice. TypeError: an axis is not an integer.

    >>> float(tf.Session().run(tf.reduce_logsumexp([1000.0, 1000.0])))
    1000.6931...
    """
    attrs = arguments(axis, keepdims, reduction_indices, keep_dims)
    return apply("LogSumExp", input_tensor, name=name or "ReduceLogSumExp", **attrs)


# Where they are.


def _infer_arg(x: Spec, axis: int, output_type: DType) -> Spec:
    of_kind(REAL, x)
    if output_type not in (types.int32, types.int64):
        raise TypeError(f"an index is int32 or int64, not {output_type.name}")
    return Spec(output_type, reduced(x.shape, (axis,), keepdims=False))


def _arg(find: Any) -> Any:
    def kernel(x: Any, axis: int, output_type: DType) -> Any:
        return find(x, axis=axis).astype(output_type.numpy)

    return kernel


def _arg_attrs(axis: Any, dimension: Any, output_type: Any) -> dict[str, Any]:
    if axis is not None and dimension is not None:
        raise ValueError("Cannot specify both 'axis' and 'dimension', its former name.")
    axis = dimension if axis is None else axis
    return {"axis": 0 if axis is None else static_int(axis, "axis"), "output_type": as_dtype(output_type)}


@op("ArgMax", infer=_infer_arg, kernel=_arg(np.argmax), vjp=blocked)
def argmax(
    input: Any, axis: Any = None, name: str | None = None, dimension: Any = None, output_type: Any = types.int64
) -> Tensor:
    """The index of the largest element along an axis, of the first one if there are several.

    Args:
        input: a tensor of real numbers.
        axis: an int, by default 0.
        name: the operation's name.
        dimension: the former name of `axis`.
        output_type: int32 or int64.

    Raises:
        ValueError: there is no such axis. InvalidArgumentError: nothing lies along it.

    >>> tf.Session().run(tf.argmax([[1, 2], [3, 0]], axis=1))
    array([1, 0])
    """
    return apply("ArgMax", input, name=name, **_arg_attrs(axis, dimension, output_type))


@op("ArgMin", infer=_infer_arg, kernel=_arg(np.argmin), vjp=blocked)
def argmin(
    input: Any, axis: Any = None, name: str | None = None, dimension: Any = None, output_type: Any = types.int64
) -> Tensor:
    """The index of the smallest element along an axis, of the first one if there are several.

    Args:
        input: a tensor of real numbers.
        axis: an int, by default 0.
        name: the operation's name.
        dimension: the former name of `axis`.
        output_type: int32 or int64.

    Raises:
        ValueError: there is no such axis. InvalidArgumentError: nothing lies along it.

    >>> tf.Session().run(tf.argmin([[1, 2], [3, 0]], axis=1))
    array([0, 1])
    """
    return apply("ArgMin", input, name=name, **_arg_attrs(axis, dimension, output_type))
