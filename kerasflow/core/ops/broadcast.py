"""Broadcasting and its adjoint, summing: arrays shaped like another tensor.

The target is given as a tensor ("like"), of which only the shape matters, so gradients need no shape arithmetic even
where sizes are not known before the run.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.graph import apply
from kerasflow.core.opdef import NUMBER, blocked, of_kind, op
from kerasflow.core.ops.arguments import known_entries, refine, shape_from, sizes, vector
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import DType, Spec, as_dtype

__all__ = ["broadcast_to", "ones_like", "zeros_like"]


def _like(x: Spec, like: Spec) -> Spec:
    return Spec(x.dtype, like.shape)


def _unchanged(x: Spec, like: Spec) -> int | None:
    """The index of the input that is passed on when both shapes are known to be the same."""
    return 0 if shapes.is_static(x.shape) and x.shape == like.shape else None


@functools.lru_cache(maxsize=4096)
def _axes_to(shape: tuple[int, ...], target: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The axes along which an array of shape `target` was repeated to get `shape`, and the sizes of the others."""
    extra = len(shape) - len(target)
    axes = tuple(i for i in range(len(shape)) if i < extra or (target[i - extra] == 1 and shape[i] != 1))
    return axes, tuple(d for i, d in enumerate(shape) if i not in axes)


_ONES = {letter: np.ones(4096, letter) for letter in "fd"}  # to sum rows by a product: BLAS is several times faster


def _sum_rows(x: Any, out: Any) -> Any:
    """The sum of the rows of a matrix of floats."""
    ones = _ONES[x.dtype.char]
    return np.dot(ones[: len(x)] if len(x) <= len(ones) else np.ones(len(x), x.dtype), x, out=out)


@op("SumTo", infer=_like, vjp=lambda n, g: (apply("BroadcastLike", g, n.inputs[0]), None), forward=_unchanged, out=True)
def _sum_to(x: Any, like: Any, out: Any = None) -> Any:
    """`x` summed over the axes along which an array shaped as `like` is broadcast to it."""
    axes, left = _axes_to(x.shape, like.shape)
    place = out if out is None or left == like.shape else out.reshape(left)
    if axes == (0,) and x.ndim == 2 and x.shape[1] > 1 and x.dtype.char in _ONES:
        total = _sum_rows(x, place)
    else:
        total = np.add.reduce(x, axis=axes, dtype=x.dtype, out=place)
    return total.reshape(like.shape) if out is None else out


@op(
    "BroadcastLike",
    infer=_like,
    vjp=lambda n, g: (apply("SumTo", g, n.inputs[0]), None),
    forward=_unchanged,
    alias=True,
)
def _broadcast_like(x: Any, like: Any) -> Any:
    return np.broadcast_to(x, like.shape)


@op(
    "ReshapeLike",
    infer=_like,
    vjp=lambda n, g: (apply("ReshapeLike", g, n.inputs[0]), None),
    forward=_unchanged,
    alias=True,
)
def _reshape_like(x: Any, like: Any) -> Any:
    return x.reshape(like.shape)


def _infer_broadcast_to(x: Spec, shape: Spec) -> Spec:
    target = shape_from(vector(shape, "the shape"))
    if target is not None and x.shape is not None:
        padded = (1,) * (len(target) - len(x.shape)) + x.shape
        fits = len(padded) == len(target)
        if not fits or any(d not in (1, None, t) and t is not None for d, t in zip(padded, target, strict=True)):
            raise ValueError(f"shape {shapes.show(x.shape)} cannot be broadcast to {shapes.show(target)}")
    return Spec(x.dtype, target)


def _unchanged_to(x: Spec, shape: Spec) -> int | None:
    return 0 if shapes.is_static(x.shape) and shape.value is not None and x.shape == tuple(shape.value) else None


@op(
    "BroadcastTo",
    infer=_infer_broadcast_to,
    kernel=lambda x, shape: np.broadcast_to(x, shape.tolist()),
    vjp=lambda n, g: (apply("SumTo", g, n.inputs[0]), None),
    forward=_unchanged_to,
    alias=True,
)
def broadcast_to(input: Any, shape: Any, name: str | None = None) -> Tensor:
    """`input` repeated along new axes and axes of size 1 until it has `shape`.

    Args:
        input: any tensor.
        shape: the sizes, ints or scalar int tensors, or an int vector.

    Raises:
        ValueError: `input` cannot be broadcast to `shape`; InvalidArgumentError if that is found in a run.

    >>> tf.Session().run(tf.broadcast_to([1, 2], [2, 2]))
    array([[1, 2],
           [1, 2]], dtype=int32)
    """
    y = apply("BroadcastTo", input, sizes(shape), name=name)
    return refine(y, lambda x, entries: known_entries(entries))


_FILLERS = {"OnesLike": 1, "ZerosLike": 0}


def _define_filled(kind: str) -> None:
    """Define the operation that fills the shape of its input with one number; it needs no values to be known."""

    def filler(dtype: DType) -> Any:
        return np.array(b"" if dtype.kind == "O" else _FILLERS[kind], dtype.numpy)

    def infer(x: Spec, dtype: DType | None = None) -> Spec:
        dtype, dims = dtype or x.dtype, x.shape
        if kind == "OnesLike":
            of_kind(NUMBER + "b", Spec(dtype, dims))
        # A known value takes no memory: one element, repeated.
        value = np.broadcast_to(filler(dtype), dims) if shapes.is_static(dims) else None  # type: ignore[arg-type]
        return Spec(dtype, dims, value)

    def kernel(x: Any, dtype: DType | None = None) -> Any:
        dtype = dtype or as_dtype(x.dtype)
        if dtype.kind == "O":
            return np.full(x.shape, filler(dtype), dtype.numpy)
        return (np.ones if _FILLERS[kind] else np.zeros)(x.shape, dtype.numpy)

    op(kind, infer=infer, vjp=blocked, kernel=kernel)(kernel)


for _kind in _FILLERS:
    _define_filled(_kind)


def zeros_like(tensor: Any, dtype: Any = None, name: str | None = None, optimize: bool = True) -> Tensor:
    """Zeros in the shape of `tensor`, of its type or of `dtype`.

    >>> tf.Session().run(tf.zeros_like([[1.5, 2.5]]))
    array([[0., 0.]], dtype=float32)
    """
    return _like_tensor("ZerosLike", tensor, dtype, name or "zeros_like")


def ones_like(tensor: Any, dtype: Any = None, name: str | None = None, optimize: bool = True) -> Tensor:
    """Ones in the shape of `tensor`, of its type or of `dtype`.

    >>> tf.Session().run(tf.ones_like([[1.5, 2.5]], dtype=tf.int32))
    array([[1, 1]], dtype=int32)
    """
    return _like_tensor("OnesLike", tensor, dtype, name or "ones_like")


def _like_tensor(kind: str, tensor: Any, dtype: Any, name: str) -> Tensor:
    attrs = {} if dtype is None else {"dtype": as_dtype(dtype)}
    return apply(kind, tensor, name=name, **attrs)
