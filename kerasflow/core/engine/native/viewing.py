"""Recipes for operations that only look at memory in another way: their results are views."""

from __future__ import annotations

from kerasflow.core.engine.native.groups import Value
from kerasflow.core.engine.native.lowering import Lowering
from kerasflow.core.engine.native.table import Table, shape_of
from kerasflow.core.engine.plan import Step

__all__ = ["RECIPES", "axes_of"]

Ints = tuple[int, ...]
RECIPES = Table()


@RECIPES.add("biuf", "Reshape", "ReshapeLike", "ExpandDims", "Squeeze", reads=1)
def _reshape(t: Lowering, step: Step) -> list[Value]:
    return [t.reshape(t.value(step.inputs[0]), shape_of(t, step))]


@RECIPES.add("biuf", "Transpose", reads=1)
def _transpose(t: Lowering, step: Step) -> list[Value]:
    v, shape = t.value(step.inputs[0]), shape_of(t, step)
    perm, axes = step.attrs.get("perm"), list(range(len(shape)))
    if perm is None:
        axes.reverse()
    else:
        axes[-len(perm) :] = [p % len(shape) for p in perm]  # or only of the last two axes
    strides = tuple(v.strides[a] for a in axes)
    return [Value(v.dtype, shape, v.storage, strides, v.offset, v.literal)]


def _spread_out(v: Value, aligned: Ints, shape: Ints) -> Value:
    """`v`, whose shape with axes of size 1 put in is `aligned`, repeated to `shape`."""
    missing = iter([s for s, n in zip(v.strides, v.shape, strict=True) if n != 1])
    strides = tuple(0 if n == 1 else next(missing) for n in aligned)
    return Value(v.dtype, shape, v.storage, strides, v.offset, v.literal)


@RECIPES.add("biuf", "BroadcastLike", "BroadcastTo", reads=1)
def _broadcast(t: Lowering, step: Step) -> list[Value]:
    v, shape = t.value(step.inputs[0]), shape_of(t, step)
    return [_spread_out(v, (1,) * (len(shape) - len(v.shape)) + v.shape, shape)]


def axes_of(step: Step, rank: int) -> Ints:
    """The axes a reduction is along."""
    axis = step.attrs.get("axis")
    return tuple(range(rank)) if axis is None else tuple(sorted(a % rank for a in axis))


@RECIPES.add("biuf", "Spread", reads=1)
def _spread(t: Lowering, step: Step) -> list[Value]:
    v, shape = t.value(step.inputs[0]), shape_of(t, step)
    axes = axes_of(step, len(shape))
    return [_spread_out(v, tuple(1 if i in axes else n for i, n in enumerate(shape)), shape)]
