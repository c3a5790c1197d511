"""Moments with weights, and from sums that are taken beforehand."""

from __future__ import annotations

import math
from typing import Any

from kerasflow.core import types
from kerasflow.core.graph import apply, convert
from kerasflow.core.ops.broadcast import zeros_like
from kerasflow.core.ops.reduction import reduce_sum
from kerasflow.core.ops.reshaping import squeeze
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import Tensor

__all__ = ["normalize_moments", "sufficient_statistics", "weighted_moments"]


def weighted_moments(
    x: Any,
    axes: Any,
    frequency_weights: Any,
    name: str | None = None,
    keep_dims: bool | None = None,
    keepdims: bool | None = None,
) -> tuple[Tensor, Tensor]:
    """The mean and the variance with weights, ``sum(w x) / sum(w)`` and ``sum(w (x - mean) ** 2) / sum(w)``.

    Args:
        x: a floating-point tensor.
        axes: the axes to take them over.
        frequency_weights: how often each element counts; broadcasts to `x`.
        name: the scope of the operations.
        keep_dims: the former name of `keepdims`.
        keepdims: whether the axes stay, with size 1.

    >>> tf.Session().run(tf.nn.weighted_moments([1.0, 5.0], [0], [3.0, 1.0]))
    (np.float32(2.0), np.float32(3.0))
    """
    keep = bool(keep_dims if keepdims is None else keepdims)
    with name_scope(name, "weighted_moments", [x, frequency_weights, axes]):
        x = convert(x, name="x")
        wide = apply("Cast", x, dtype=types.float32) if x.dtype is types.float16 else x
        weights = convert(frequency_weights, name="frequency_weights")
        if weights.dtype is not wide.dtype:
            weights = apply("Cast", weights, dtype=wide.dtype)
        total = reduce_sum(weights * wide, axes, keepdims=True, name="weighted_input_sum")
        spread_out = weights + zeros_like(wide)
        inverse = apply("Reciprocal", reduce_sum(spread_out, axes, keepdims=True, name="sum_of_weights"))
        mean = apply("Mul", total, inverse)
        squares = weights * apply("SquaredDifference", wide, mean)
        variance = apply("Mul", reduce_sum(squares, axes, keepdims=True, name="weighted_distsq"), inverse)
        if not keep:
            mean, variance = squeeze(mean, axes), squeeze(variance, axes)
        if wide is not x:
            mean, variance = (apply("Cast", t, dtype=x.dtype) for t in (mean, variance))
        return mean, variance


def sufficient_statistics(
    x: Any,
    axes: Any,
    shift: Any = None,
    keep_dims: bool | None = None,
    name: str | None = None,
    keepdims: bool | None = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
    """What moments are computed from: the count, the sum and the sum of squares of ``x - shift``, and the shift.

    Args:
        x: a floating-point tensor whose sizes along `axes` are known.
        axes: the axes to take them over.
        shift: a number close to the mean, for precision, or None.
        keep_dims: the former name of `keepdims`.
        name: the scope of the operations.
        keepdims: whether the axes stay, with size 1.

    Raises:
        ValueError: a size along `axes` is not known.

    >>> tf.Session().run(tf.nn.sufficient_statistics([1.0, 2.0, 3.0], [0])[:3])
    (np.float32(3.0), np.float32(6.0), np.float32(14.0))
    """
    keep = bool(keep_dims if keepdims is None else keepdims)
    axes = sorted(set(axes))
    with name_scope(name, "sufficient_statistics", [x, shift]):
        x = convert(x, name="x")
        sizes = None if x.dims is None else [x.dims[a] for a in axes]
        if sizes is None or None in sizes:
            raise ValueError(f"The sizes of {x} along {axes} must be known.")
        count = convert(float(math.prod(sizes)), x.dtype, "count")
        if shift is None:
            centred, squares = x, apply("Square", x)
        else:
            shift = convert(shift, x.dtype, "shift")
            centred, squares = x - shift, apply("SquaredDifference", x, shift)
        mean_ss = reduce_sum(centred, axes, keepdims=keep, name="mean_ss")
        return count, mean_ss, reduce_sum(squares, axes, keepdims=keep, name="var_ss"), shift


def normalize_moments(
    counts: Any, mean_ss: Any, variance_ss: Any, shift: Any, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """The mean and the variance from `sufficient_statistics`.

    Args:
        counts, mean_ss, variance_ss, shift: what that gives.
        name: the scope of the operations.

    >>> tf.Session().run(tf.nn.normalize_moments(*tf.nn.sufficient_statistics([1.0, 3.0], [0], shift=1.0)))
    (np.float32(2.0), np.float32(1.0))
    """
    with name_scope(name, "normalize", [counts, mean_ss, variance_ss, shift]):
        divisor = apply("Reciprocal", convert(counts), name="divisor")
        if shift is None:
            shifted = mean = apply("Mul", mean_ss, divisor, name="mean")
        else:
            shifted = apply("Mul", mean_ss, divisor, name="shifted_mean")
            mean = apply("Add", shifted, shift, name="mean")
        squares = apply("Mul", variance_ss, divisor)
        return mean, apply("Sub", squares, apply("Square", shifted), name="variance")
