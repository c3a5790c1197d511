"""Recipes for arrays put together from others: each part is written where it belongs, from where it is computed."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np

from kerasflow.core import types
from kerasflow.core.engine.native.checking import check_bounds
from kerasflow.core.engine.native.expressions import Scalar
from kerasflow.core.engine.native.groups import Value
from kerasflow.core.engine.native.lowering import BUILDER as b
from kerasflow.core.engine.native.lowering import Lowering, new
from kerasflow.core.engine.native.places import Pick, Picked, alongside, block, layer, moved_block, part, sliced
from kerasflow.core.engine.native.table import Ints, Table, dims_of, shape_of, undoes
from kerasflow.core.engine.native.viewing import brackets, check_layers, is_settled
from kerasflow.core.engine.plan import Plan, Step

__all__ = ["RECIPES"]

RECIPES = Table()


def _same(x: Scalar) -> Scalar:
    return x


# Side by side.


@RECIPES.add("biuf", "ConcatV2")
def _concat(t: Lowering, step: Step) -> list[Value]:
    parts = [t.value(i) for i in step.inputs]
    result = new(parts[0].dtype, shape_of(t, step))
    axis, start = step.attrs["axis"] % len(result.shape), 0
    for v in parts:
        t.put(_same, [v], part(result, axis, start, v.shape[axis]), beside=True)
        start += v.shape[axis]
    return [result]


@RECIPES.add("biuf", "Pack")
def _pack(t: Lowering, step: Step) -> list[Value]:
    parts = [t.value(i) for i in step.inputs]
    result = new(parts[0].dtype, shape_of(t, step))
    axis = step.attrs["axis"] % len(result.shape)
    for k, v in enumerate(parts):
        t.put(_same, [v], layer(result, axis, k), beside=True)
    return [result]


@RECIPES.add("iuf", "Cross")
def _cross(t: Lowering, step: Step) -> list[Value]:
    x, y = (t.value(i) for i in step.inputs)
    last = len(x.shape) - 1
    result = new(x.dtype, x.shape)
    for k, (i, j) in enumerate(((1, 2), (2, 0), (0, 1))):
        factors = [layer(x, last, i), layer(y, last, j), layer(x, last, j), layer(y, last, i)]
        t.put(lambda p, q, r, s: p * q - r * s, factors, layer(result, last, k), beside=True)
    return [result]


# One array inside another.


def _inside(t: Lowering, x: Value, shape: Ints, place: Callable[[Value], Value], around: Value | None = None) -> Value:
    """`x` at that place of an array of zeros, or of the scalar `around`."""
    result = new(x.dtype, shape)
    if around is None:
        t.map(lambda: b.literal(0, x.dtype), [], shape, result.storage)
    else:
        t.map(_same, [around], shape, result.storage)
    t.put(_same, [x], place(result))
    return result


@RECIPES.add("biuf", "Pad", "PadV2", known=(1,))
def _pad(t: Lowering, step: Step) -> list[Value]:
    x = t.value(step.inputs[0])
    begin = [before for before, _ in t.plan.constants[step.inputs[1]].tolist()]
    around = t.value(step.inputs[2]) if len(step.inputs) > 2 else None
    return [_inside(t, x, shape_of(t, step), lambda v: block(v, begin, x.shape), around)]


def _fits_inside(plan: Plan, step: Step) -> bool:
    """Whether the part lies inside the whole, as far as that is known."""
    part, dims = (dims_of(plan, i) for i in step.inputs[:2])
    begin = plan.constants.get(step.inputs[2], np.zeros(len(dims), np.int64))
    if not len(part) == len(dims) == begin.size:
        return False
    return all(0 <= i and i + n <= d for i, n, d in zip(begin.tolist(), part, dims, strict=True))


@RECIPES.add("iuf", "SliceGrad", unread=(1,), accepts=_fits_inside)
def _slice_grad(t: Lowering, step: Step) -> list[Value]:
    g, begin = t.value(step.inputs[0]), t.plan.constants.get(step.inputs[2])
    if begin is not None:
        return [_inside(t, g, shape_of(t, step), lambda v: block(v, begin.tolist(), g.shape))]
    result = new(g.dtype, shape_of(t, step))
    t.scatter("sum", moved_block(result, t.value(step.inputs[2]), g.shape), _same, [g])
    return [result]


def _fits_brackets(plan: Plan, step: Step) -> bool:
    return is_settled(plan, step, first=2) and undoes("StridedSlice")(plan, step)


@RECIPES.add("biuf", "StridedSliceGrad", unread=(1,), accepts=_fits_brackets)
def _strided_slice_grad(t: Lowering, step: Step) -> list[Value]:
    g, result = t.value(step.inputs[0]), new(t.plan.specs[step.inputs[0]].dtype, shape_of(t, step))
    place, picks = sliced(result, step.attrs["items"], brackets(t, step, 2))
    if not picks:
        return [_inside(t, g, result.shape, lambda v: sliced(v, step.attrs["items"], brackets(t, step, 2))[0])]
    check_layers(t, step, 2, picks)
    t.scatter("sum", Picked(place, picks), _same, [g])
    return [result]


# Repeated.


def _pairwise(first: Ints, second: Ints) -> Ints:
    return tuple(n for pair in zip(first, second, strict=True) for n in pair)


@RECIPES.add("biuf", "Tile", known=(1,))
def _tile(t: Lowering, step: Step) -> list[Value]:
    """Seen with an axis of its own for each repetition, tiling is broadcasting."""
    x, times = t.value(step.inputs[0]), tuple(t.plan.constants[step.inputs[1]].tolist())
    copies = _pairwise(times, x.shape)
    repeated = Value(x.dtype, copies, x.storage, _pairwise((0,) * len(times), x.strides), x.offset, x.literal)
    return [t.reshape(repeated, shape_of(t, step))]


@RECIPES.add("iuf", "TileGrad", reads=1, known=(2,), accepts=undoes("Tile", 1, 2))
def _tile_grad(t: Lowering, step: Step) -> list[Value]:
    shape, times = shape_of(t, step), tuple(t.plan.constants[step.inputs[2]].tolist())
    copies = t.reshape(t.value(step.inputs[0]), _pairwise(times, shape))
    return [t.reduce("sum", copies, tuple(range(0, 2 * len(shape), 2)))]


# With the elements of an axis in another order.


def _mirror(before: int, size: int, mode: str, i: Scalar) -> Scalar:
    """Where the element comes from that stands at place `i` of an axis padded by its mirror image."""
    edge = 0 if mode == "REFLECT" else 1
    i = i - before
    return b.select(i < 0, -i - edge, b.select(i >= size, 2 * size - 2 + edge - i, i))


def _mirrored(t: Lowering, step: Step, v: Value, shape: Ints, paddings: int) -> Picked:
    """For loops over `shape`, that of `v` padded: the elements that stand there."""
    pairs = t.plan.constants[step.inputs[paddings]].tolist()
    padded = [k for k, pair in enumerate(pairs) if any(pair)]
    base = alongside(v, shape, range(len(shape)), padded)
    moves = [functools.partial(_mirror, pairs[k][0], v.shape[k], step.attrs["mode"]) for k in padded]
    picks = [Pick(k, v.shape[k], v.strides[k], move) for k, move in zip(padded, moves, strict=True)]
    return Picked(base, tuple(picks))


@RECIPES.add("biuf", "MirrorPad", known=(1,))
def _mirror_pad(t: Lowering, step: Step) -> list[Value]:
    source = _mirrored(t, step, t.value(step.inputs[0]), shape_of(t, step), 1)
    return [t.copied(source)]


@RECIPES.add("iuf", "MirrorPadGrad", reads=1, known=(2,), accepts=undoes("MirrorPad", 1, 2))
def _mirror_pad_grad(t: Lowering, step: Step) -> list[Value]:
    g = t.value(step.inputs[0])
    total = new(g.dtype, shape_of(t, step))
    t.scatter("sum", _mirrored(t, step, total, g.shape, 2), _same, [g])
    return [total]


@RECIPES.add("biuf", "Roll", known=(1,))
def _roll(t: Lowering, step: Step) -> list[Value]:
    """The last elements of the axis, then the first ones."""
    v = t.value(step.inputs[0])
    for axis, by in zip(step.attrs["axis"], t.plan.constants[step.inputs[1]].tolist(), strict=True):
        axis, result = axis % len(v.shape), new(v.dtype, v.shape)
        n, by = v.shape[axis], by % v.shape[axis]
        for start, count, to in ((0, n - by, by), (n - by, by, 0)):
            if count:
                t.put(_same, [part(v, axis, start, count)], part(result, axis, to, count), beside=True)
        v = result
    return [v]


@RECIPES.add("biuf", "ReverseSequence")
def _reverse_sequence(t: Lowering, step: Step) -> list[Value]:
    x, lengths = (t.value(i) for i in step.inputs)
    seq, batch = (step.attrs[k] % len(x.shape) for k in ("seq_axis", "batch_axis"))
    n = x.shape[seq]
    check_bounds(t, step, 1, 0, n)

    def source(length: Scalar, i: Scalar) -> Scalar:
        length = b.cast(length, types.int64)
        return b.select(i < length, length - 1 - i, i)

    places = t.map(source, [t.reshape(lengths, (*lengths.shape, 1))], (*lengths.shape, n), index=1)
    pick = Pick(alongside(places, x.shape, (batch, seq)), n, x.strides[seq])
    return [t.copied(Picked(alongside(x, x.shape, range(len(x.shape)), (seq,)), (pick,)))]
