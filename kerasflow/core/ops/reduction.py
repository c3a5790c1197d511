"""Sums, means and truth values along axes, and what all reductions share.

Each takes the attributes `axis`, a tuple of ints or None for all axes, and `keepdims`. `Spread` undoes a reduction's
change of shape: it repeats the result along the axes that were reduced, and so is the adjoint of `Sum`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.deprecation import former_name
from kerasflow.core.graph import apply, convert
from kerasflow.core.opdef import NUMBER, blocked, of_kind, op
from kerasflow.core.ops.arguments import in_rank, static_ints
from kerasflow.core.shapes import Dims
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import Spec, as_dtype

__all__ = [
    "count_nonzero",
    "reduce_all",
    "reduce_any",
    "reduce_mean",
    "reduce_sum",
]

Axes = tuple[int, ...] | None
_MANY = 1 << 13  # numbers: fewer are written sooner than NumPy makes an array that only seems to have them


# The attributes, and what shape they make.


def reduced(dims: Dims, axis: Axes, keepdims: bool) -> Dims:
    """The shape that is left. ValueError if an axis does not exist or is named twice."""
    if dims is None:
        return () if axis is None and not keepdims else None
    gone = range(len(dims)) if axis is None else [in_rank(a, len(dims)) for a in axis]
    if len(set(gone)) < len(gone):
        raise ValueError(f"axis {axis} names an axis of {shapes.show(dims)} twice")
    if keepdims:
        return tuple(1 if i in gone else d for i, d in enumerate(dims))
    return tuple(d for i, d in enumerate(dims) if i not in gone)


def reducing(kinds: str) -> Callable[..., Spec]:
    """The `infer` rule of reductions of types among `kinds`."""

    def infer(x: Spec, axis: Axes = None, keepdims: bool = False) -> Spec:
        of_kind(kinds, x)
        return Spec(x.dtype, reduced(x.shape, axis, keepdims))

    return infer


def unchanged(x: Spec, axis: Axes = None, keepdims: bool = False) -> int | None:
    """The `forward` rule: what has no axes to reduce is passed on."""
    return 0 if axis == () or x.shape == () else None


def arguments(axis: Any, keepdims: Any, reduction_indices: Any = None, keep_dims: Any = None) -> dict[str, Any]:
    """A reduction's attributes from its present and its former arguments, of which a DeprecationWarning tells.

    Raises:
        ValueError: both are there.
    """
    if axis is not None and reduction_indices is not None:
        raise ValueError("Cannot specify both 'axis' and 'reduction_indices', its former name.")
    if keepdims is not None and keep_dims is not None:
        raise ValueError("Cannot specify both 'keepdims' and 'keep_dims', its former name.")
    if reduction_indices is not None:
        former_name("reduction_indices=", "axis=")
    if keep_dims is not None:
        former_name("keep_dims=", "keepdims=")
    axis = reduction_indices if axis is None else axis
    keeps = keep_dims if keepdims is None else keepdims
    return {"axis": None if axis is None else static_ints(axis, "axis"), "keepdims": bool(keeps)}


# Going back.


def axes_in(axis: Axes, rank: int) -> tuple[int, ...]:
    """The axes that are reduced, counted from the front."""
    return tuple(range(rank)) if axis is None else tuple([a % rank for a in axis])


def _repeated(g: Any, dims: tuple[int, ...], axis: Axes) -> Any:
    """`g`, from which `axis` was reduced, kept or not, repeated along it to the shape `dims`."""
    if 0 < g.ndim < len(dims):
        gone = axes_in(axis, len(dims))
        g = g.reshape([1 if a in gone else d for a, d in enumerate(dims)])
    if math.prod(dims) > _MANY:
        return np.broadcast_to(g, dims)
    repeated = np.empty(dims, g.dtype)
    repeated[...] = g
    return repeated


def _infer_spread(g: Spec, like: Spec, axis: Axes = None) -> Spec:
    value = None
    if g.value is not None and shapes.is_static(like.shape):
        value = _repeated(np.asarray(g.value), like.shape, axis)  # type: ignore[arg-type]
    return Spec(g.dtype, like.shape, value)


def _spread_vjp(n: Operation, g: Tensor) -> tuple[Tensor, None]:
    total = apply("Sum", g, axis=n.attrs["axis"], keepdims=False)
    return apply("ReshapeLike", total, n.inputs[0]), None


op(
    "Spread",
    infer=_infer_spread,
    vjp=_spread_vjp,
    kernel=lambda g, like, axis=None: _repeated(g, like.shape, axis),
    alias=True,
)(_repeated)


def spread(n: Operation, g: Tensor) -> Tensor:
    """`g`, of the shape of the reduction's result, repeated to the shape of its input."""
    return apply("Spread", g, n.inputs[0], axis=n.attrs.get("axis"))


def _count(dims: tuple[int, ...], axis: Axes) -> int:
    count = 1
    for a in axes_in(axis, len(dims)):
        count *= dims[a]
    return count


def _share(g: Any, count: int, out: Any = None) -> Any:
    n = g.dtype.type(count)
    return g / n if out is None else np.divide(g, n, out=out)


def _infer_share(g: Spec, like: Spec, axis: Axes = None) -> Spec:
    value = None
    if g.value is not None and shapes.is_static(like.shape):
        with np.errstate(all="ignore"):
            value = _share(np.asarray(g.value), _count(like.shape, axis))  # type: ignore[arg-type]
    return Spec(g.dtype, g.shape, value)


@op(
    "DivideByCount",
    infer=_infer_share,
    elementwise=True,
    vjp=lambda n, g: (apply("DivideByCount", g, n.inputs[1], **n.attrs), None),
)
def _divide_by_count(g: Any, like: Any, axis: Axes = None, out: Any = None) -> Any:
    """`g` over the number of elements of `like` along `axis`."""
    return _share(g, _count(like.shape, axis), out)


# The reductions.


def _total(x: Any, axis: Axes = None, keepdims: bool = False, out: Any = None, dtype: Any = None) -> Any:
    return np.add.reduce(x, axis=axis, dtype=dtype or x.dtype, keepdims=keepdims, out=out)


@op("Sum", infer=reducing(NUMBER), kernel=_total, out=True, forward=unchanged, vjp=lambda n, g: (spread(n, g),))
def reduce_sum(
    input_tensor: Any,
    axis: Any = None,
    keepdims: Any = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: Any = None,
) -> Tensor:
    """The sum along `axis`.

    Args:
        input_tensor: a tensor of numbers.
        axis: an int or a list of ints, negative ones counted from the end; all axes if None, none if empty.
        keepdims: whether the axes stay, with size 1.
        name: the operation's name.
        reduction_indices, keep_dims: former names of `axis` and `keepdims`.

    Raises:
        ValueError: an axis does not exist or is named twice. TypeError: an axis is not an integer.

    >>> tf.Session().run(tf.reduce_sum([[1, 2], [3, 4]], axis=0))
    array([4, 6], dtype=int32)
    """
    attrs = arguments(axis, keepdims, reduction_indices, keep_dims)
    return apply("Sum", input_tensor, name=name, **attrs)


def _mean_vjp(n: Operation, g: Tensor) -> tuple[Tensor]:
    return (spread(n, apply("DivideByCount", g, n.inputs[0], axis=n.attrs.get("axis"))),)


@op("Mean", infer=reducing(NUMBER), out=True, forward=unchanged, vjp=_mean_vjp)
def _mean(x: Any, axis: Axes = None, keepdims: bool = False, out: Any = None) -> Any:
    count = _count(x.shape, axis)
    if x.dtype.kind in "iu":
        return _whole_mean(x, axis, keepdims, count, out)
    if x.dtype == np.float16:
        return _put(_share(_total(x, axis, keepdims, dtype=np.float32), count), x.dtype, out)
    return _share(_total(x, axis, keepdims, out), count, out)


def _whole_mean(x: Any, axis: Axes, keepdims: bool, count: int, out: Any) -> Any:
    """The mean of integers, without what follows the point; their sum may be larger than their type holds."""
    if count == 0:
        raise ValueError("the mean of no integers is not an integer")
    total = _total(x, axis, keepdims, dtype=np.uint64 if x.dtype.kind == "u" else np.int64)
    quotient = np.abs(total) // total.dtype.type(count)
    return _put(quotient * np.sign(total), x.dtype, out)


def _put(value: Any, dtype: Any, out: Any) -> Any:
    if out is None:
        return value.astype(dtype)
    np.copyto(out, value, casting="unsafe")
    return out


def reduce_mean(
    input_tensor: Any,
    axis: Any = None,
    keepdims: Any = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: Any = None,
) -> Tensor:
    """The arithmetic mean along `axis`; of integers without what follows the point.

    Args:
        input_tensor: a tensor of numbers.
        axis: an int or a list of ints, negative ones counted from the end; all axes if None, none if empty.
        keepdims: whether the axes stay, with size 1.
        name: the operation's name.
        reduction_indices, keep_dims: former names of `axis` and `keepdims`.

    Raises:
        ValueError: an axis does not exist or is named twice. TypeError: an axis is not an integer.

    >>> tf.Session().run([tf.reduce_mean([[1.0, 2.0], [3.0, 4.0]], axis=1), tf.reduce_mean([1, 2, 5])])
    [array([1.5, 3.5], dtype=float32), np.int32(2)]
    """
    attrs = arguments(axis, keepdims, reduction_indices, keep_dims)
    return apply("Mean", input_tensor, name=name, **attrs)


# Truth values.


def _all_true(x: Any, axis: Axes = None, keepdims: bool = False, out: Any = None) -> Any:
    return np.logical_and.reduce(x, axis=axis, keepdims=keepdims, out=out)


def _any_true(x: Any, axis: Axes = None, keepdims: bool = False, out: Any = None) -> Any:
    return np.logical_or.reduce(x, axis=axis, keepdims=keepdims, out=out)


@op("All", infer=reducing("b"), kernel=_all_true, out=True, forward=unchanged, vjp=blocked)
def reduce_all(
    input_tensor: Any,
    axis: Any = None,
    keepdims: Any = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: Any = None,
) -> Tensor:
    """Whether all elements along `axis` are True; of none, they are.

    Args:
        input_tensor: a bool tensor.
        axis, keepdims, name, reduction_indices, keep_dims: as for `reduce_sum`.

    Raises:
        TypeError: the tensor is not bool. ValueError: an axis does not exist or is named twice.

    >>> tf.Session().run(tf.reduce_all([[True, True], [True, False]], axis=1))
    array([ True, False])
    """
    attrs = arguments(axis, keepdims, reduction_indices, keep_dims)
    return apply("All", input_tensor, name=name, **attrs)


@op("Any", infer=reducing("b"), kernel=_any_true, out=True, forward=unchanged, vjp=blocked)
def reduce_any(
    input_tensor: Any,
    axis: Any = None,
    keepdims: Any = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: Any = None,
) -> Tensor:
    """Whether some element along `axis` is True; of none, none is.

    Args:
        input_tensor: a bool tensor.
        axis, keepdims, name, reduction_indices, keep_dims: as for `reduce_sum`.

    Raises:
        TypeError: the tensor is not bool. ValueError: an axis does not exist or is named twice.

    >>> tf.Session().run(tf.reduce_any([[True, False], [False, False]], axis=1))
    array([ True, False])
    """
    attrs = arguments(axis, keepdims, reduction_indices, keep_dims)
    return apply("Any", input_tensor, name=name, **attrs)


def count_nonzero(
    input_tensor: Any,
    axis: Any = None,
    keepdims: Any = None,
    dtype: Any = types.int64,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: Any = None,
) -> Tensor:
    """How many elements along `axis` are not zero: not False, or of strings not empty.

    Args:
        input_tensor: a tensor of any type.
        axis, keepdims, name, reduction_indices, keep_dims: as for `reduce_sum`.
        dtype: the type of the counts.

    Raises:
        ValueError: an axis does not exist or is named twice.

    >>> tf.Session().run(tf.count_nonzero([[0.0, 1.0], [2.0, 3.0]], axis=0))
    array([1, 2])
    """
    attrs = arguments(axis, keepdims, reduction_indices, keep_dims)
    x, name = convert(input_tensor), name or "count_nonzero"
    zero = np.array(b"" if x.dtype is types.string else 0, x.dtype.numpy)
    counted = apply("Cast", apply("NotEqual", x, zero, name=f"{name}/NotEqual"), dtype=types.int64)
    total = apply("Sum", counted, name=f"{name}/Sum", **attrs)
    return total if as_dtype(dtype) is types.int64 else apply("Cast", total, dtype=as_dtype(dtype), name=f"{name}/Cast")
