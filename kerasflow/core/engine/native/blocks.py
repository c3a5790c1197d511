"""Recipes for blocks of pixels moved into the batch or the channels, and for patches: padding, and views with an axis
for each block or window.
"""

from __future__ import annotations

from kerasflow.core.engine.native.convolving import channels_first, channels_last, moving
from kerasflow.core.engine.native.groups import Value
from kerasflow.core.engine.native.lowering import Lowering
from kerasflow.core.engine.native.padding import padded
from kerasflow.core.engine.native.places import layer, part, permuted
from kerasflow.core.engine.native.table import Table, shape_of
from kerasflow.core.engine.plan import Step

__all__ = ["RECIPES"]

RECIPES = Table()


def _split(v: Value, axis: int, size: int) -> Value:
    """`v` with an axis of blocks of that size and one within the blocks."""
    n, s = v.shape[axis], v.strides[axis]
    shape = (*v.shape[:axis], n // size, size, *v.shape[axis + 1 :])
    strides = (*v.strides[:axis], s * size, s, *v.strides[axis + 1 :])
    return Value(v.dtype, shape, v.storage, strides, v.offset, v.literal)


def _edged(t: Lowering, v: Value, pairs: tuple[tuple[int, int], ...]) -> Value:
    """`v` with zeros along the axes that follow the first."""
    rest = len(v.shape) - 1 - len(pairs)
    if rest:
        return padded(t, v, (*pairs, *[(0, 0)] * (rest - 1)))
    one = Value(v.dtype, (*v.shape, 1), v.storage, (*v.strides, 0), v.offset, v.literal)
    return layer(padded(t, one, pairs), len(v.shape), 0)


@RECIPES.add("biuf", "SpaceToBatchND")
def _space_to_batch(t: Lowering, step: Step) -> list[Value]:
    x, sizes = t.value(step.inputs[0]), step.attrs["block_shape"]
    x = _edged(t, x, step.attrs["paddings"])
    for k, size in enumerate(sizes):
        x = _split(x, 1 + 2 * k, size)
    inner, outer = range(2, 2 * len(sizes) + 1, 2), range(1, 2 * len(sizes), 2)
    moved = permuted(x, (*inner, 0, *outer, *range(2 * len(sizes) + 1, len(x.shape))))
    return [t.reshape(moved, shape_of(t, step))]


@RECIPES.add("biuf", "BatchToSpaceND")
def _batch_to_space(t: Lowering, step: Step) -> list[Value]:
    x, sizes, shape = t.value(step.inputs[0]), step.attrs["block_shape"], shape_of(t, step)
    count = len(sizes)
    x = t.reshape(x, (*sizes, shape[0], *x.shape[1:]))
    order = [axis for k in range(count) for axis in (count + 1 + k, k)]
    x = permuted(x, (count, *order, *range(2 * count + 1, len(x.shape))))
    full = [x.shape[1 + 2 * k] * size for k, size in enumerate(sizes)]
    joined = t.reshape(x, (shape[0], *full, *shape[1 + count :]))
    for axis, (before, _) in enumerate(step.attrs["crops"], 1):
        joined = part(joined, axis, before, shape[axis])
    return [joined]


@RECIPES.add("biuf", "SpaceToDepth")
def _space_to_depth(t: Lowering, step: Step) -> list[Value]:
    last, size = step.attrs["data_format"], step.attrs["block_size"]
    x = _split(_split(channels_last(t.value(step.inputs[0]), last), 2, size), 1, size)
    n, height, _, width, _, depth = x.shape
    joined = t.reshape(permuted(x, (0, 1, 3, 2, 4, 5)), (n, height, width, size * size * depth))
    return [channels_first(joined, last)]


@RECIPES.add("biuf", "DepthToSpace")
def _depth_to_space(t: Lowering, step: Step) -> list[Value]:
    last, size = step.attrs["data_format"], step.attrs["block_size"]
    x = channels_last(t.value(step.inputs[0]), last)
    x = _split(_split(x, 3, x.shape[3] // size), 4, x.shape[3] // size**2)
    n, height, width, _, _, depth = x.shape
    joined = t.reshape(permuted(x, (0, 1, 3, 2, 4, 5)), (n, height * size, width * size, depth))
    return [channels_first(joined, last)]


@RECIPES.add("iuf", "ExtractImagePatches")
def _extract(t: Lowering, step: Step) -> list[Value]:
    """The windows are a view, in which elements come more than once."""
    x = t.value(step.inputs[0])
    attrs = {"strides": step.attrs["strides"], "dilations": step.attrs["rates"], "padding": step.attrs["padding"]}
    along = moving({**attrs, "data_format": "NHWC"}, x.shape, step.attrs["ksizes"][1:3])
    x = padded(t, x, tuple((a.before, a.after) for a in along))
    places, window = tuple(a.count for a in along), tuple(a.window for a in along)
    steps = tuple(s * a.stride for s, a in zip(x.strides[1:3], along, strict=True))
    rates = tuple(s * a.rate for s, a in zip(x.strides[1:3], along, strict=True))
    shape, strides = (x.shape[0], *places, *window, x.shape[3]), (x.strides[0], *steps, *rates, x.strides[3])
    return [t.reshape(t.in_memory(Value(x.dtype, shape, x.storage, strides, x.offset, x.literal)), shape_of(t, step))]
