"""Recipes for operations that only look at memory in another way: their results are views."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from kerasflow.core.engine.native.checking import check_bounds, check_columns
from kerasflow.core.engine.native.groups import Value
from kerasflow.core.engine.native.lowering import Lowering, squeezed
from kerasflow.core.engine.native.places import (
    Pick,
    Picked,
    backwards,
    block,
    layer,
    moved_block,
    part,
    permuted,
    sliced,
)
from kerasflow.core.engine.native.table import Table, dims_of, shape_of, undoes
from kerasflow.core.engine.plan import Plan, Step
from kerasflow.core.indexing import Dynamic

__all__ = ["RECIPES", "axes_of", "brackets", "check_layers", "is_settled"]

Ints = tuple[int, ...]
RECIPES = Table()


def _same_size(plan: Plan, step: Step) -> bool:
    return math.prod(dims_of(plan, step.inputs[0])) == math.prod(dims_of(plan, step.outputs[0]))


_RESHAPING = ("Reshape", "ReshapeLike", "ExpandDims", "Squeeze", "PlaceholderWithDefault")


@RECIPES.add("biuf", *_RESHAPING, reads=1, accepts=_same_size)
def _reshape(t: Lowering, step: Step) -> list[Value]:
    return [t.reshape(t.value(step.inputs[0]), shape_of(t, step))]


@RECIPES.add("biuf", "Transpose", reads=1)
def _transpose(t: Lowering, step: Step) -> list[Value]:
    v = t.value(step.inputs[0])
    perm, axes = step.attrs.get("perm"), list(range(len(v.shape)))
    if perm is None:
        axes.reverse()
    else:
        axes[-len(perm) :] = [p % len(axes) for p in perm]  # or only of the last two axes
    return [permuted(v, axes)]


def _spread_out(v: Value, aligned: Ints, shape: Ints) -> Value:
    """`v`, whose shape with axes of size 1 put in is `aligned`, repeated to `shape`."""
    missing = iter([s for s, n in zip(v.strides, v.shape, strict=True) if n != 1])
    strides = tuple(0 if n == 1 else next(missing) for n in aligned)
    return Value(v.dtype, shape, v.storage, strides, v.offset, v.literal)


def _broadcasts(plan: Plan, step: Step) -> bool:
    x, shape = dims_of(plan, step.inputs[0]), dims_of(plan, step.outputs[0])
    extra = len(shape) - len(x)
    return extra >= 0 and all(n in (1, wanted) for n, wanted in zip(x, shape[extra:], strict=True))


@RECIPES.add("biuf", "BroadcastLike", "BroadcastTo", reads=1, accepts=_broadcasts)
def _broadcast(t: Lowering, step: Step) -> list[Value]:
    v, shape = t.value(step.inputs[0]), shape_of(t, step)
    return [_spread_out(v, (1,) * (len(shape) - len(v.shape)) + v.shape, shape)]


def axes_of(step: Step, rank: int) -> Ints:
    """The axes a reduction is along."""
    axis = step.attrs.get("axis")
    return tuple(range(rank)) if axis is None else tuple(sorted(a % rank for a in axis))


def _lacks_axes(plan: Plan, step: Step) -> bool:
    x, shape = dims_of(plan, step.inputs[0]), dims_of(plan, step.outputs[0])
    axes = axes_of(step, len(shape))
    kept = tuple(n for i, n in enumerate(shape) if i not in axes)
    return squeezed(x) == squeezed(kept)


@RECIPES.add("biuf", "Spread", reads=1, accepts=_lacks_axes)
def _spread(t: Lowering, step: Step) -> list[Value]:
    v, shape = t.value(step.inputs[0]), shape_of(t, step)
    axes = axes_of(step, len(shape))
    return [_spread_out(v, tuple(1 if i in axes else n for i, n in enumerate(shape)), shape)]


# Parts.


@RECIPES.add("biuf", "Slice", known=(2,))
def _slice(t: Lowering, step: Step) -> list[Value]:
    v, shape = t.value(step.inputs[0]), shape_of(t, step)
    begin = t.plan.constants.get(step.inputs[1])
    if begin is not None:
        return [block(v, begin.tolist(), shape)]
    check_columns(t, step, 1, [n - count + 1 for n, count in zip(v.shape, shape, strict=True)])
    return [t.copied(moved_block(v, t.value(step.inputs[1]), shape))]


def is_settled(plan: Plan, step: Step, first: int = 1) -> bool:
    """Whether all numbers in the brackets are known, save for indices of single layers."""
    numbers = [n for item in step.attrs["items"] if item[0] == "slice" for n in item[1:] if isinstance(n, Dynamic)]
    return all(step.inputs[first + n.k] in plan.constants for n in numbers)


def brackets(t: Lowering, step: Step, first: int) -> Callable[[Any], Any]:
    """What numbers in brackets stand for: `first` is the input that holds the first of those known in the run."""

    def number(n: Any) -> Any:
        if not isinstance(n, Dynamic):
            return n
        value = t.value(step.inputs[first + n.k])
        return int(value.literal) if value.storage is None else value

    return number


@RECIPES.add("biuf", "StridedSlice", accepts=is_settled)
def _strided_slice(t: Lowering, step: Step) -> list[Value]:
    v, picks = sliced(t.value(step.inputs[0]), step.attrs["items"], brackets(t, step, 1))
    if not picks:
        return [v]
    check_layers(t, step, 1, picks)
    return [t.copied(Picked(v, picks))]


def check_layers(t: Lowering, step: Step, first: int, picks: tuple[Pick, ...]) -> None:
    """Fail if an index of a layer that is known only in the run is out of range."""
    numbers = [item[1].k for item in step.attrs["items"] if item[0] == "at" and isinstance(item[1], Dynamic)]
    asked = [k + first for k in numbers if t.value(step.inputs[k + first]).storage is not None]
    for k, p in zip(asked, picks, strict=True):
        check_bounds(t, step, k, -p.size, p.size - 1)


@RECIPES.add("biuf", "ReverseV2")
def _reverse(t: Lowering, step: Step) -> list[Value]:
    v = t.value(step.inputs[0])
    for axis in step.attrs["axis"]:
        v = backwards(v, axis % len(v.shape))
    return [v]


@RECIPES.add("biuf", "SplitLike", reads=1, accepts=undoes("ConcatV2"))
@RECIPES.add("biuf", "Split")
def _split(t: Lowering, step: Step) -> list[Value]:
    v, start, parts = t.value(step.inputs[0]), 0, []
    axis = step.attrs["axis"] % len(v.shape)
    for k in range(len(step.outputs)):
        count = shape_of(t, step, k)[axis]
        parts.append(part(v, axis, start, count))
        start += count
    return parts


RECIPES.add("biuf", "SplitV", known=(1,))(_split)


@RECIPES.add("biuf", "Unpack")
def _unpack(t: Lowering, step: Step) -> list[Value]:
    v = t.value(step.inputs[0])
    axis = step.attrs["axis"] % len(v.shape)
    return [layer(v, axis, k) for k in range(len(step.outputs))]


@RECIPES.add("biuf", "DiagPart", "MatrixDiagPart")
def _diagonal(t: Lowering, step: Step) -> list[Value]:
    """A step along the diagonal is a step along both axes; of a matrix these are the last two."""
    v, shape = t.value(step.inputs[0]), shape_of(t, step)
    if step.opdef.name == "DiagPart":
        half = len(shape)
        strides = tuple(a + b for a, b in zip(v.strides[:half], v.strides[half:], strict=True))
    else:
        strides = (*v.strides[:-2], v.strides[-2] + v.strides[-1])
    return [Value(v.dtype, shape, v.storage, strides, v.offset, v.literal)]


@RECIPES.add("biuf", "LineUp")
def _line_up(t: Lowering, step: Step) -> list[Value]:
    """The axes that a reduction goes along, made the last one."""
    v = t.value(step.inputs[0])
    return [t.reshape(permuted(v, _lined_up(step, len(v.shape))), shape_of(t, step))]


def _lined_up(step: Step, rank: int) -> list[int]:
    """The axes that stay, then those that become one, in the order in which they are named."""
    axis = step.attrs["axis"]
    axes = list(range(rank)) if axis is None else [a % rank for a in axis]
    return [i for i in range(rank) if i not in axes] + axes


@RECIPES.add("biuf", "LineUpGrad", reads=1, accepts=undoes("LineUp", 1))
def _line_up_grad(t: Lowering, step: Step) -> list[Value]:
    shape = shape_of(t, step)
    order = _lined_up(step, len(shape))
    v = t.reshape(t.value(step.inputs[0]), tuple(shape[i] for i in order))
    return [permuted(v, [order.index(i) for i in range(len(shape))])]


# What the shapes alone decide.


@RECIPES.add("biuf", "ZerosLike", "OnesLike", reads=0)
def _filled_like(t: Lowering, step: Step) -> list[Value]:
    shape, dtype = shape_of(t, step), t.plan.specs[step.outputs[0]].dtype
    number = dtype.numpy.type(step.opdef.name == "OnesLike")
    return [Value(dtype, shape, None, (0,) * len(shape), literal=number)]


@RECIPES.add("biuf", "Fill", known=(0,))
def _fill(t: Lowering, step: Step) -> list[Value]:
    v, shape = t.value(step.inputs[1]), shape_of(t, step)
    return [Value(v.dtype, shape, v.storage, (0,) * len(shape), v.offset, v.literal)]
