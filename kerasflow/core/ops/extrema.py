"""The larger and the smaller of two numbers, and keeping numbers within bounds."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.graph import apply, apply_alike, convert
from kerasflow.core.opdef import REAL, broadcasting, of_kind, op
from kerasflow.core.tensor import IndexedSlices, Operation, Tensor
from kerasflow.core.types import Spec

__all__ = ["clip_by_value", "maximum", "minimum"]


def _infer_zero_unless(x: Spec, condition: Spec) -> Spec:
    of_kind("b", condition)
    return Spec(x.dtype, shapes.broadcast(x.shape, condition.shape))


@op(
    "ZeroUnless",
    infer=_infer_zero_unless,
    lower=lambda b, x, condition: b.select(condition, x, 0),
    elementwise=True,
    vjp=lambda n, g: (apply("ZeroUnless", g, n.inputs[1]), None),
)
def _zero_unless(x: Any, condition: Any, out: Any = None) -> Any:
    """`x` where `condition` holds, else 0, even where `x` is infinite or NaN."""
    if x.dtype.itemsize > 8:
        kept = np.where(condition, x, x.dtype.type(0))
        if out is not None:
            np.copyto(out, kept)
        return kept if out is None else out
    # True as the integer -1 has all bits set: "and" keeps a number's bits or clears them, without branches.
    mask = np.negative(condition.view(np.int8))
    bits = np.dtype(f"i{x.dtype.itemsize}")
    kept = np.bitwise_and(x.view(bits), mask, out=None if out is None else out.view(bits))
    return kept.view(x.dtype) if out is None else out


def _extremum_vjp(chosen: str) -> Any:
    """The gradient goes to the input that was chosen; to the first one of equal ones."""

    def vjp(n: Operation, g: Tensor) -> tuple[Tensor, Tensor]:
        first = apply(chosen, *n.inputs)
        return apply("ZeroUnless", g, first), apply("ZeroUnless", g, apply("LogicalNot", first))

    return vjp


@op(
    "Maximum",
    infer=broadcasting(REAL),
    kernel=np.maximum,
    lower=lambda b, x, y: b.maximum(x, y),
    elementwise=True,
    commutative=True,
    vjp=_extremum_vjp("GreaterEqual"),
)
def maximum(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The larger of `x` and `y`, element-wise. Where they are equal, `x` gets the gradient.

    Args:
        x, y: tensors of one real numeric type, whose shapes broadcast.

    Raises:
        TypeError: the types differ. ValueError: the shapes cannot be broadcast together.

    >>> tf.Session().run(tf.maximum([1.0, -2.0], 0.0))
    array([1., 0.], dtype=float32)
    """
    return apply_alike("Maximum", x, y, name=name)


@op(
    "Minimum",
    infer=broadcasting(REAL),
    kernel=np.minimum,
    lower=lambda b, x, y: b.minimum(x, y),
    elementwise=True,
    commutative=True,
    vjp=_extremum_vjp("LessEqual"),
)
def minimum(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The smaller of `x` and `y`, element-wise. Where they are equal, `x` gets the gradient.

    Args:
        x, y: tensors of one real numeric type, whose shapes broadcast.

    Raises:
        TypeError: the types differ. ValueError: the shapes cannot be broadcast together.

    >>> tf.Session().run(tf.minimum([1.0, -2.0], 0.0))
    array([ 0., -2.], dtype=float32)
    """
    return apply_alike("Minimum", x, y, name=name)


def clip_by_value(t: Any, clip_value_min: Any, clip_value_max: Any, name: str | None = None) -> Any:
    """`t` with what lies below `clip_value_min` or above `clip_value_max` moved to that bound.

    The gradient is passed on where `t` lies within the bounds, and on them.

    Args:
        t: a tensor of real numbers, or an `IndexedSlices`, of which the values are clipped.
        clip_value_min, clip_value_max: scalars, or tensors that broadcast to the shape of `t`.

    Raises:
        TypeError: the types differ. ValueError: a bound has more axes, or larger ones, than `t`.

    >>> tf.Session().run(tf.clip_by_value([-1.0, 0.5, 7.0], 0.0, 1.0))
    array([0. , 0.5, 1. ], dtype=float32)
    """
    if isinstance(t, IndexedSlices):
        return IndexedSlices(clip_by_value(t.values, clip_value_min, clip_value_max, name), t.indices, t.dense_shape)
    t, name = convert(t), name or "clip_by_value"
    below = minimum(t, clip_value_max, name=f"{name}/Minimum")
    clipped = maximum(below, clip_value_min, name=name)
    if not shapes.compatible(shapes.as_dims(t.shape), shapes.as_dims(clipped.shape)):
        raise ValueError(f"The bounds of clip_by_value must broadcast to the shape {t.shape}, not to {clipped.shape}.")
    return clipped
