"""Recipes for pooling and its adjoints: the largest number or the sum of each window, several channels at a time.

The gradient of the largest goes to the first element that equals it. Where windows do not overlap it is written where
it belongs; else it is added.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from llvmlite import ir

from kerasflow.core.engine.native.convolving import channels_first, channels_last, correlation, moving
from kerasflow.core.engine.native.correlating import Correlation
from kerasflow.core.engine.native.groups import Call, Storage, Value
from kerasflow.core.engine.native.lowering import Lowering, whole
from kerasflow.core.engine.native.padding import clear, padded
from kerasflow.core.engine.native.places import block
from kerasflow.core.engine.native.table import Table, shape_of
from kerasflow.core.engine.native.vectors import Lanes, Piece, constant, function_of, in_chunks, nested, pieces_of
from kerasflow.core.engine.plan import Step
from kerasflow.core.windows import Axis, spatial

__all__ = ["RECIPES"]

Ints = tuple[int, ...]
RECIPES = Table()
_WHAT = "poolings"
_TOGETHER = 4  # vectors of channels


# Recipes.


def _along(step: Step, dims: Ints) -> tuple[Axis, ...]:
    ksize = step.attrs["ksize"]
    return moving(step.attrs, dims, tuple(ksize[i] for i in spatial(step.attrs["data_format"])))


def _pairs(along: tuple[Axis, ...]) -> tuple[tuple[int, int], ...]:
    return tuple((a.before, a.after) for a in along)


def _places(x: Value, along: tuple[Axis, ...]) -> Value:
    """Memory for one number for each place and channel."""
    shape = (x.shape[0], *[a.count for a in along], x.shape[-1])
    return whole(Storage(x.dtype, math.prod(shape)), shape)


def _call(t: Lowering, emit: Any, c: Correlation, given: Sequence[Value], y: Value) -> None:
    """``emit(c, b, *pointers of what is given, pointer of y)``, in the run."""

    def place(b: Any, pointers: dict[Storage, Any], target: Storage) -> None:
        emit(c, b, *[pointers[v.storage] for v in given], pointers[target])  # type: ignore[index]

    t.program.add_call(Call(place, [v.storage for v in given], y.storage, _WHAT))  # type: ignore[misc, arg-type]


@RECIPES.add("f", "MaxPool", "MaxPool3D")
def _max_pool(t: Lowering, step: Step) -> list[Value]:
    x, last = t.value(step.inputs[0]), step.attrs["data_format"]
    along = _along(step, x.shape)
    x = padded(t, channels_last(x, last), _pairs(along), -np.inf)
    y = _places(x, along)
    _call(t, _emit_largest, correlation(x, y, along, True), [x], y)
    return [channels_first(y, last)]


@RECIPES.add("f", "AvgPool", "AvgPool3D")
def _avg_pool(t: Lowering, step: Step) -> list[Value]:
    x, last = t.value(step.inputs[0]), step.attrs["data_format"]
    along = _along(step, x.shape)
    x = padded(t, channels_last(x, last), _pairs(along))
    y = _places(x, along)
    _call(t, _emit_sum, correlation(x, y, along, True), [x], y)
    mean = t.map(lambda total, count: total / count, [y, _counts(t, y, along)], y.shape)
    return [channels_first(mean, last)]


def _counts(t: Lowering, y: Value, along: tuple[Axis, ...]) -> Value:
    """How many elements that are no padding each window has."""
    total = np.ones((1,) * len(y.shape))
    for k, a in enumerate(along, 1):
        places = np.arange(a.count)[:, None] * a.stride - a.before + np.arange(a.window) * a.rate
        inside = ((places >= 0) & (places < a.size)).sum(1)
        total = total * inside.reshape([-1 if i == k else 1 for i in range(len(y.shape))])
    return t.constant(total.astype(y.dtype.numpy))


@RECIPES.add("f", "MaxPoolGrad", "MaxPool3DGrad")
def _max_pool_grad(t: Lowering, step: Step) -> list[Value]:
    x, y, g = (channels_last(t.value(i), step.attrs["data_format"]) for i in step.inputs)
    along = _along(step, shape_of(t, step))
    x = padded(t, x, _pairs(along), -np.inf)
    y, g = t.in_memory(y), t.in_memory(g)
    return [_spread(t, step, _emit_to_first, [x, y, g], x.shape, along)]


@RECIPES.add("f", "AvgPoolGrad", "AvgPool3DGrad", known=(0,))
def _avg_pool_grad(t: Lowering, step: Step) -> list[Value]:
    g = channels_last(t.value(step.inputs[1]), step.attrs["data_format"])
    along = _along(step, shape_of(t, step))
    counts = _counts(t, g, along)
    shares = t.in_memory(t.map(lambda v, count: v / count, [g, counts], g.shape))
    shape = (g.shape[0], *[a.before + a.size + a.after for a in along], g.shape[-1])
    return [_spread(t, step, _emit_to_all, [shares], shape, along)]


def _spread(t: Lowering, step: Step, emit: Any, given: Sequence[Value], shape: Ints, along: tuple[Axis, ...]) -> Value:
    """What is written to the padded input, without the padding."""
    whole_x = whole(Storage(given[0].dtype, math.prod(shape)), shape)
    _call(t, emit, correlation(whole_x, given[-1], along, True), given, whole_x)
    inside = block(whole_x, (0, *[a.before for a in along], 0), (shape[0], *[a.size for a in along], shape[-1]))
    return channels_first(inside, step.attrs["data_format"])


@RECIPES.add("f", "MaxPoolGradGrad", "MaxPool3DGradGrad")
def _max_pool_grad_grad(t: Lowering, step: Step) -> list[Value]:
    last = step.attrs["data_format"]
    x, y, g = (channels_last(t.value(i), last) for i in step.inputs)
    along = _along(step, t.value(step.inputs[0]).shape)
    x, g, y = padded(t, x, _pairs(along), -np.inf), padded(t, g, _pairs(along)), t.in_memory(y)
    result = _places(x, along)
    _call(t, _emit_from_first, correlation(x, y, along, True), [x, y, g], result)
    return [channels_first(result, last)]


# Code.


def _function(kind: str, c: Correlation, b: Any, arrays: Sequence[Any]) -> Iterator[tuple[Any, Sequence[Any]]]:
    """Call the function of that kind; gives, if it is to be written, where to write it and its arguments."""
    function, inner, is_new = function_of(b.module, f"{kind}.{c.name}", len(arrays))
    if is_new:
        yield inner, function.args
        inner.ret_void()
    b.call(function, arrays)


def _each_place(c: Correlation, b: Any) -> Iterator[tuple[Any, Any, list[Piece]]]:
    """Run over the places and the channels: where the window begins, where its result is, and pieces of channels."""
    pieces = pieces_of(c.outputs, c.dtype)
    with nested(b, c.counts) as turns:
        x, y = constant(0), constant(0)
        for i, step_x, step_y in zip(turns, c.x_steps, c.y_steps, strict=True):
            x, y = b.add(x, b.mul(i, constant(step_x))), b.add(y, b.mul(i, constant(step_y)))
        for row, chunk in in_chunks(b, pieces, _TOGETHER):
            yield b.add(x, row), b.add(y, row), chunk


def _each_tap(c: Correlation, b: Any, x: Any) -> Any:
    """Run over the window; gives where the element is."""
    with nested(b, c.taps) as taps:
        for i, step in zip(taps, c.tap_steps, strict=True):
            x = b.add(x, b.mul(i, constant(step)))
        yield x


def _emit_largest(c: Correlation, b: Any, *arrays: Any) -> None:
    _emit_combined("maximum", -math.inf, c, b, arrays)


def _emit_sum(c: Correlation, b: Any, *arrays: Any) -> None:
    _emit_combined("sum", 0.0, c, b, arrays)


def _emit_combined(kind: str, start: float, c: Correlation, b: Any, arrays: Sequence[Any]) -> None:
    """y: the elements of each window combined."""
    for inner, (x, y) in _function(kind, c, b, arrays):
        for window, result, pieces in _each_place(c, inner):
            lanes = [Lanes(c.dtype, width) for _, width in pieces]
            totals = [lane.local(inner, lane.number(start)) for lane in lanes]
            for tap in _each_tap(c, inner, window):
                for lane, total, (s, _) in zip(lanes, totals, pieces, strict=True):
                    v, before = lane.load(inner, x, inner.add(tap, constant(s))), lane.get(inner, total)
                    both = inner.fadd(before, v) if kind == "sum" else lane.call(inner, "maximum", before, v)
                    inner.store(both, total)
            for lane, total, (s, _) in zip(lanes, totals, pieces, strict=True):
                lane.store(inner, lane.get(inner, total), y, inner.add(result, constant(s)))


def _emit_to_first(c: Correlation, b: Any, *arrays: Any) -> None:
    """The gradient of each window's largest element, to the first that is equal to it."""
    for inner, (x, y, g, gx) in _function("to.first", c, b, arrays):
        _prepare(c, inner, gx)
        for window, result, pieces in _each_place(c, inner):
            for lane, start, element, hit in _winners(c, inner, x, y, window, result, pieces):
                v = lane.load(inner, g, inner.add(result, constant(start)))
                _hand(c, inner, lane, inner.select(hit, v, lane.number(0.0)), gx, element)


def _emit_from_first(c: Correlation, b: Any, *arrays: Any) -> None:
    """The element of g that stands where each window's first largest element is."""
    for inner, (x, y, g, found) in _function("from.first", c, b, arrays):
        for window, result, pieces in _each_place(c, inner):
            totals = {s: Lanes(c.dtype, w).local(inner, Lanes(c.dtype, w).number(0.0)) for s, w in pieces}
            for lane, start, element, hit in _winners(c, inner, x, y, window, result, pieces):
                v = lane.load(inner, g, element)
                inner.store(inner.select(hit, v, lane.get(inner, totals[start])), totals[start])
            for start, width in pieces:
                lane = Lanes(c.dtype, width)
                lane.store(inner, lane.get(inner, totals[start]), found, inner.add(result, constant(start)))


def _emit_to_all(c: Correlation, b: Any, *arrays: Any) -> None:
    """The share of each window, to all its elements."""
    for inner, (g, gx) in _function("to.all", c, b, arrays):
        _prepare(c, inner, gx)
        for window, result, pieces in _each_place(c, inner):
            for tap in _each_tap(c, inner, window):
                for s, width in pieces:
                    lane = Lanes(c.dtype, width)
                    v = lane.load(inner, g, inner.add(result, constant(s)))
                    _hand(c, inner, lane, v, gx, inner.add(tap, constant(s)))


def _winners(
    c: Correlation, b: Any, x: Any, y: Any, window: Any, result: Any, pieces: Sequence[Piece]
) -> Iterator[tuple[Lanes, int, Any, Any]]:
    """Run over a window: for each piece of channels its lanes, where it begins, the element, and whether it has won."""
    lanes = [Lanes(c.dtype, width) for _, width in pieces]
    tops = [v.load(b, y, b.add(result, constant(s))) for v, (s, _) in zip(lanes, pieces, strict=True)]
    masks = [ir.VectorType(ir.IntType(1), lane.width) for lane in lanes]
    undecided = []
    for kind in masks:
        with b.goto_entry_block():
            undecided.append(b.alloca(kind))
        b.store(ir.Constant(kind, [1] * kind.count), undecided[-1])
    for tap in _each_tap(c, b, window):
        for lane, (s, _), top, place, kind in zip(lanes, pieces, tops, undecided, masks, strict=True):
            element = b.add(tap, constant(s))
            open_ = b.load(place, typ=kind)
            hit = b.and_(b.fcmp_ordered("==", lane.load(b, x, element), top), open_)
            b.store(b.xor(open_, hit), place)
            yield lane, s, element, hit


def _overlap(c: Correlation) -> bool:
    """Whether some element may be in two windows."""
    reach = [(n - 1) * s for n, s in zip(c.taps, c.tap_steps, strict=True)]
    return any(s <= r for s, r in zip(c.x_steps[1:], reach, strict=True))


def _size(c: Correlation) -> int:
    return c.counts[0] * c.x_steps[0]


def _prepare(c: Correlation, b: Any, gx: Any) -> None:
    """Zeros, where not every element is written just once."""
    if _overlap(c) or math.prod(c.counts) * math.prod(c.taps) * c.outputs < _size(c):
        clear(b, gx, _size(c), c.dtype)


def _hand(c: Correlation, b: Any, lane: Lanes, v: Any, gx: Any, element: Any) -> None:
    """Write `v` there, or add it to what is there."""
    if _overlap(c):
        v = b.fadd(lane.load(b, gx, element), v)
    lane.store(b, v, gx, element)
