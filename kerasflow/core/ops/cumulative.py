"""Products along axes, and running sums and products.

The derivative of a product by one factor is the product of the others. Dividing the whole by that factor would fail
where it is zero, so the others are multiplied instead, and the derivatives of that, in turn, are linear recurrences:
every derivative here is exact, zeros or not.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.graph import apply
from kerasflow.core.opdef import NUMBER, of_kind, op, same, same_type
from kerasflow.core.ops.arguments import in_rank, static_int
from kerasflow.core.ops.complex_numbers import conj
from kerasflow.core.ops.reduction import Axes, arguments, axes_in, reduced, reducing, spread, unchanged
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import Spec

__all__ = ["cumprod", "cumsum", "reduce_prod"]


# Running along an axis.


def _check_axis(x: Spec, axis: int) -> None:
    if x.shape is not None:
        in_rank(axis, len(x.shape))


def _infer_running(x: Spec, axis: int, exclusive: bool, reverse: bool) -> Spec:
    of_kind(NUMBER, x)
    _check_axis(x, axis)
    return same(x)


def _run(combine: np.ufunc) -> Any:
    def kernel(x: Any, axis: int, exclusive: bool, reverse: bool, out: Any = None) -> Any:
        out = np.empty_like(x) if out is None else out
        source, target = np.moveaxis(x, axis, 0), np.moveaxis(out, axis, 0)
        if reverse:
            source, target = source[::-1], target[::-1]
        if exclusive:
            target[:1] = combine.identity
            source, target = source[:-1], target[1:]
        combine.accumulate(source, axis=0, dtype=x.dtype, out=target)
        return out

    return kernel


def _flags(n: Operation) -> tuple[int, bool, bool]:
    return n.attrs["axis"], n.attrs["exclusive"], n.attrs["reverse"]


def _cumsum_vjp(n: Operation, g: Tensor) -> tuple[Tensor]:
    axis, exclusive, reverse = _flags(n)
    return (cumsum(g, axis, exclusive, not reverse),)


@op("Cumsum", infer=_infer_running, kernel=_run(np.add), out=True, vjp=_cumsum_vjp)
def cumsum(x: Any, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None) -> Tensor:
    """The running sum along an axis, ``y_k = x_0 + ... + x_k``.

    Args:
        x: a tensor of numbers.
        axis: an int.
        exclusive: whether ``x_k`` itself is left out, so that the first sum is 0.
        reverse: whether to run from the end to the beginning.

    Raises:
        ValueError: there is no such axis.

    >>> tf.Session().run([tf.cumsum([1, 2, 3]), tf.cumsum([1, 2, 3], exclusive=True, reverse=True)])
    [array([1, 3, 6], dtype=int32), array([5, 3, 0], dtype=int32)]
    """
    axis = static_int(axis, "axis")
    return apply("Cumsum", x, axis=axis, exclusive=bool(exclusive), reverse=bool(reverse), name=name)


def _cumprod_vjp(n: Operation, g: Tensor) -> tuple[Tensor]:
    # y_i is the product of x_j for j <= i. By x_k it is that for j < k, which all i have in common, times that for
    # k < j <= i; the latter, weighted with g_i and summed over i >= k, is r_k = g_k + x_(k+1) r_(k+1).
    axis, exclusive, reverse = _flags(n)
    x = conj(n.inputs[0])
    following = apply("Shift", x, axis=axis, reverse=not reverse)
    if exclusive:
        g = apply("Shift", g, axis=axis, reverse=not reverse)
    r = apply("LinearRecurrence", following, g, axis=axis, reverse=not reverse)
    return (cumprod(x, axis, True, reverse) * r,)


@op("Cumprod", infer=_infer_running, kernel=_run(np.multiply), out=True, vjp=_cumprod_vjp)
def cumprod(x: Any, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None) -> Tensor:
    """The running product along an axis, ``y_k = x_0 ... x_k``.

    Args:
        x: a tensor of numbers.
        axis: an int.
        exclusive: whether ``x_k`` itself is left out, so that the first product is 1.
        reverse: whether to run from the end to the beginning.

    Raises:
        ValueError: there is no such axis.

    >>> tf.Session().run([tf.cumprod([2, 3, 4]), tf.cumprod([2, 3, 4], exclusive=True, reverse=True)])
    [array([ 2,  6, 24], dtype=int32), array([12,  4,  1], dtype=int32)]
    """
    axis = static_int(axis, "axis")
    return apply("Cumprod", x, axis=axis, exclusive=bool(exclusive), reverse=bool(reverse), name=name)


def _infer_shift(x: Spec, axis: int, reverse: bool) -> Spec:
    _check_axis(x, axis)
    return same(x)


def _shift_vjp(n: Operation, g: Tensor) -> tuple[Tensor]:
    return (apply("Shift", g, axis=n.attrs["axis"], reverse=not n.attrs["reverse"]),)


@op("Shift", infer=_infer_shift, vjp=_shift_vjp, out=True)
def _shift(x: Any, axis: int, reverse: bool, out: Any = None) -> Any:
    """``y_k = x_(k-1)``, in reverse ``x_(k+1)``; 0 where there is none."""
    out = np.empty_like(x) if out is None else out
    source, target = np.moveaxis(x, axis, 0), np.moveaxis(out, axis, 0)
    if reverse:
        source, target = source[::-1], target[::-1]
    target[:1] = 0
    target[1:] = source[:-1]
    return out


def _infer_recurrence(a: Spec, b: Spec, axis: int, reverse: bool) -> Spec:
    _check_axis(a, axis)
    return Spec(same_type(a, b), shapes.merge(a.shape, b.shape))


def _recurrence_vjp(n: Operation, g: Tensor) -> tuple[Tensor, Tensor]:
    axis, reverse = n.attrs["axis"], n.attrs["reverse"]
    a = apply("Shift", conj(n.inputs[0]), axis=axis, reverse=not reverse)
    gb = apply("LinearRecurrence", a, g, axis=axis, reverse=not reverse)
    before = apply("Shift", conj(n.output), axis=axis, reverse=reverse)
    return gb * before, gb


@op("LinearRecurrence", infer=_infer_recurrence, vjp=_recurrence_vjp, out=True)
def _recurrence(a: Any, b: Any, axis: int, reverse: bool, out: Any = None) -> Any:
    """``y_k = a_k y_(k-1) + b_k``, in reverse ``a_k y_(k+1) + b_k``; the first one is `b`."""
    out = np.empty_like(b) if out is None else out
    np.copyto(out, b)
    factors, y = np.moveaxis(a, axis, 0), np.moveaxis(out, axis, 0)
    if reverse:
        factors, y = factors[::-1], y[::-1]
    for k in range(1, len(y)):
        y[k] += factors[k] * y[k - 1]
    return out


# The whole product.


def _infer_lined_up(x: Spec, axis: Axes) -> Spec:
    if x.shape is None:
        return Spec(x.dtype, None)
    gone = shapes.size(tuple([x.shape[a] for a in axes_in(axis, len(x.shape))]))
    return Spec(x.dtype, (*(reduced(x.shape, axis, keepdims=False) or ()), gone))


@op("LineUp", infer=_infer_lined_up, vjp=lambda n, g: (apply("LineUpGrad", g, n.inputs[0], **n.attrs),), alias=True)
def _line_up(x: Any, axis: Axes) -> Any:
    """`x` with the axes in `axis` made one, the last."""
    axes = axes_in(axis, x.ndim)
    kept = reduced(x.shape, axis, keepdims=False) or ()
    count = shapes.size(tuple([x.shape[a] for a in axes]))
    return np.moveaxis(x, axes, range(-len(axes), 0)).reshape(*kept, count)


@op(
    "LineUpGrad",
    infer=lambda g, like, axis: Spec(g.dtype, like.shape),
    vjp=lambda n, g: (apply("LineUp", g, **n.attrs), None),
    alias=True,
)
def _line_up_grad(g: Any, like: Any, axis: Axes) -> Any:
    """Back to the shape of `like`."""
    axes = axes_in(axis, like.ndim)
    kept = reduced(like.shape, axis, keepdims=False) or ()
    apart = g.reshape(*kept, *[like.shape[a] for a in axes])
    return np.moveaxis(apart, range(-len(axes), 0), axes)


def _prod_vjp(n: Operation, g: Tensor) -> tuple[Tensor]:
    axis = n.attrs.get("axis")
    x = conj(n.inputs[0])
    line = apply("LineUp", x, axis=axis)
    others = cumprod(line, -1, exclusive=True) * cumprod(line, -1, exclusive=True, reverse=True)
    return (spread(n, g) * apply("LineUpGrad", others, x, axis=axis),)


def _product(x: Any, axis: Axes = None, keepdims: bool = False, out: Any = None) -> Any:
    return np.multiply.reduce(x, axis=axis, dtype=x.dtype, keepdims=keepdims, out=out)


@op("Prod", infer=reducing(NUMBER), kernel=_product, out=True, forward=unchanged, vjp=_prod_vjp)
def reduce_prod(
    input_tensor: Any,
    axis: Any = None,
    keepdims: Any = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: Any = None,
) -> Tensor:
    """The product along `axis`; of nothing, 1.

    Args:
        input_tensor: a tensor of numbers.
        axis, keepdims, name, reduction_indices, keep_dims: as for `reduce_sum`.

    Raises:
        ValueError: an axis does not exist or is named twice. TypeError: an axis is not an integer.

    >>> tf.Session().run(tf.reduce_prod([[1, 2], [3, 4]], axis=0))
    array([3, 8], dtype=int32)
    """
    attrs = arguments(axis, keepdims, reduction_indices, keep_dims)
    return apply("Prod", input_tensor, name=name, **attrs)
