"""Broadcasting and its adjoint, summing: arrays shaped like another tensor.

The target is given as a tensor ("like"), of which only the shape matters, so gradients need no shape arithmetic even
where sizes are not known before the run.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.graph import apply, convert
from kerasflow.core.opdef import blocked, op, same
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec, as_dtype

__all__ = ["broadcast_to", "ones_like", "zeros_like"]


def _like(x: Spec, like: Spec) -> Spec:
    return Spec(x.dtype, like.shape)


def _unchanged(x: Spec, like: Spec) -> int | None:
    """The index of the input that is passed on when both shapes are known to be the same."""
    return 0 if shapes.is_static(x.shape) and x.shape == like.shape else None


def _axes_to(shape: tuple[int, ...], target: tuple[int, ...]) -> tuple[int, ...]:
    """The axes along which an array of shape `target` was repeated to get `shape`."""
    extra = len(shape) - len(target)
    return tuple(i for i in range(len(shape)) if i < extra or (target[i - extra] == 1 and shape[i] != 1))


@op("SumTo", infer=_like, vjp=lambda n, g: (apply("BroadcastLike", g, n.inputs[0]), None), forward=_unchanged, out=True)
def _sum_to(x: Any, like: Any, out: Any = None) -> Any:
    """`x` summed over the axes along which an array shaped as `like` is broadcast to it."""
    total = np.add.reduce(x, axis=_axes_to(x.shape, like.shape), keepdims=x.ndim == like.ndim, out=_fit(out, x, like))
    return total.reshape(like.shape) if out is None else out


def _fit(out: Any, x: Any, like: Any) -> Any:
    if out is None or x.ndim == like.ndim:
        return out
    kept = [d for i, d in enumerate(x.shape) if i not in _axes_to(x.shape, like.shape)]
    return out.reshape(kept)


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
    target = None if shape.value is None else tuple(int(d) for d in shape.value)
    if target is None:
        return Spec(x.dtype, None if shape.shape is None or shape.shape[0] is None else (None,) * shape.shape[0])
    if shapes.broadcast(x.shape, target) not in (target, None):
        raise ValueError(f"shape {shapes.show(x.shape)} cannot be broadcast to {shapes.show(target)}")
    return Spec(x.dtype, target)


@op(
    "BroadcastTo",
    infer=_infer_broadcast_to,
    kernel=lambda x, shape: np.broadcast_to(x, tuple(shape)),
    vjp=lambda n, g: (apply("SumTo", g, n.inputs[0]), None),
    alias=True,
)
def broadcast_to(input: Any, shape: Any, name: str | None = None) -> Tensor:
    """`input` repeated along new axes and axes of size 1 until it has `shape`.

    Args:
        input: any tensor.
        shape: the target, an int tensor of one dimension.

    Raises:
        ValueError: `input` cannot be broadcast to `shape`.

    >>> tf.Session().run(tf.broadcast_to([1, 2], [2, 2]))
    array([[1, 2],
           [1, 2]], dtype=int32)
    """
    return apply("BroadcastTo", input, convert(shape), name=name)


@op("OnesLike", infer=same, vjp=blocked, kernel=lambda x: np.ones(x.shape, x.dtype))
@op("ZerosLike", infer=same, vjp=blocked, kernel=lambda x: np.zeros(x.shape, x.dtype))
def _filled_like(x: Any) -> None:
    """Both depend on the shape of `x` alone, so nothing flows through them."""


def zeros_like(tensor: Any, dtype: Any = None, name: str | None = None, optimize: bool = True) -> Tensor:
    """Zeros in the shape of `tensor`, of its type or of `dtype`.

    >>> tf.Session().run(tf.zeros_like([[1.5, 2.5]]))
    array([[0., 0.]], dtype=float32)
    """
    return _typed("ZerosLike", tensor, dtype, name)


def ones_like(tensor: Any, dtype: Any = None, name: str | None = None, optimize: bool = True) -> Tensor:
    """Ones in the shape of `tensor`, of its type or of `dtype`.

    >>> tf.Session().run(tf.ones_like([[1.5, 2.5]], dtype=tf.int32))
    array([[1, 1]], dtype=int32)
    """
    return _typed("OnesLike", tensor, dtype, name)


def _typed(kind: str, tensor: Any, dtype: Any, name: str | None) -> Tensor:
    x = convert(tensor)
    if dtype is not None and as_dtype(dtype) is not x.dtype:
        x = apply("Cast", x, dtype=as_dtype(dtype))
    return apply(kind, x, name=name)
