"""Recipes for convolutions, full ones and those of each channel on its own, and for their gradients.

Inputs are padded into memory of the plan's own, with their channels last, so that windows never end outside. The
gradient by the input is a convolution too: of the gradient, padded, with the filter turned round; with strides, one for
each remainder of the places divided by the stride. Windows of one element, and those as large as what they move over,
are products of matrices.

The zeros around a gradient are multiplied like any number. So where the filter is not finite, NaN may stand near the
border of the gradient by the input in place of what the interpreter gives, which does not look beyond the border.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from dataclasses import dataclass
from typing import Any

from kerasflow.core.engine.native.correlating import Correlation, emit_correlation, emit_filter_gradient
from kerasflow.core.engine.native.groups import Call, Storage, Value
from kerasflow.core.engine.native.lowering import BUILDER, Lowering, whole
from kerasflow.core.engine.native.padding import padded
from kerasflow.core.engine.native.places import backwards, part, permuted
from kerasflow.core.engine.native.products import product
from kerasflow.core.engine.native.table import Table, shape_of
from kerasflow.core.engine.plan import Plan, Step
from kerasflow.core.windows import Axis, axes, spatial

__all__ = ["RECIPES", "channels_first", "channels_last", "correlation", "moving"]

Ints = tuple[int, ...]
RECIPES = Table()
_FULL, _OWN = ("Conv2D", "Conv3D"), ("DepthwiseConv2dNative",)
_BY_INPUT = ("Conv2DBackpropInput", "Conv3DBackpropInputV2")
_BY_FILTER = ("Conv2DBackpropFilter", "Conv3DBackpropFilterV2")
_OWN_BY_INPUT, _OWN_BY_FILTER = (f"{_OWN[0]}BackpropInput",), (f"{_OWN[0]}BackpropFilter",)
WHAT = "convolutions"


# Formats.


def channels_last(v: Value, data_format: str) -> Value:
    """A view with the channels as the last axis."""
    return v if data_format[-1] == "C" else permuted(v, (0, *range(2, len(v.shape)), 1))


def channels_first(v: Value, data_format: str) -> Value:
    """The view that has its channels where `data_format` says, of an array that has them last."""
    return v if data_format[-1] == "C" else permuted(v, (0, len(v.shape) - 1, *range(1, len(v.shape) - 1)))


def moving(attrs: dict[str, Any], dims: Ints, windows: Ints) -> tuple[Axis, ...]:
    """How the step's windows move over an array of shape `dims`."""
    at = spatial(attrs["data_format"])
    explicit = attrs.get("explicit_paddings", ())
    rates = attrs.get("dilations", (1,) * len(dims))
    pairs = tuple((explicit[2 * i], explicit[2 * i + 1]) for i in at) if explicit else ()
    sizes, steps, between = ([t[i] for i in at] for t in (dims, attrs["strides"], rates))
    return axes(sizes, windows, steps, between, attrs["padding"], pairs)


# Forward.


def correlation(x: Value, y: Value, along: tuple[Axis, ...], own: bool) -> Correlation:
    """The sums that make y from padded x, both with their channels last."""
    x_steps = (x.strides[0], *[s * a.stride for s, a in zip(x.strides[1:-1], along, strict=True)])
    taps = tuple(a.window for a in along)
    steps = tuple(s * a.rate for s, a in zip(x.strides[1:-1], along, strict=True))
    if not own:
        if along[-1].rate == 1:  # neighbours in the window, with their channels, lie side by side
            taps, steps = (*taps[:-1], taps[-1] * x.shape[-1]), (*steps[:-1], 1)
        else:
            taps, steps = (*taps, x.shape[-1]), (*steps, 1)
    return Correlation(x.dtype, y.shape[:-1], x_steps, y.strides[:-1], taps, steps, y.shape[-1], own)


def _correlate(t: Lowering, c: Correlation, x: Value, w: Value, y: Value) -> None:
    def emit(b: Any, pointers: dict[Storage, Any], target: Storage) -> None:
        emit_correlation(c, b, pointers[x.storage], pointers[w.storage], pointers[target])  # type: ignore[index]

    t.program.add_call(Call(emit, [x.storage, w.storage], y.storage, WHAT))  # type: ignore[list-item,arg-type]


def _aligned(t: Lowering, w: Value) -> Value:
    """`w` in memory of the plan's own, where vectors do not straddle the lines of the cache."""
    if w.storage is None or w.storage.slot is None:
        return t.in_memory(w)
    return t.map(lambda x: x, [w], w.shape, Storage(w.dtype, math.prod(w.shape)))


def _new(x: Value, shape: Ints) -> Value:
    return whole(Storage(x.dtype, math.prod(shape)), shape)


def _pairs(along: tuple[Axis, ...]) -> tuple[tuple[int, int], ...]:
    return tuple((a.before, a.after) for a in along)


@RECIPES.add("f", *_FULL)
def _convolution(t: Lowering, step: Step) -> list[Value]:
    x, w = (t.value(i) for i in step.inputs)
    last = step.attrs["data_format"]
    along = moving(step.attrs, x.shape, w.shape[:-2])
    x = channels_last(x, last)
    shape = (x.shape[0], *[a.count for a in along], w.shape[-1])
    matrix = _matrix(t, x, along)
    if matrix is not None:
        y = t.reshape(product(t, matrix, _rows(t, w)), shape)
    else:
        y, x = _new(x, shape), padded(t, x, _pairs(along))
        _correlate(t, correlation(x, y, along, False), x, _aligned(t, w), y)
    return [channels_first(y, last)]


def _rows(t: Lowering, v: Value) -> Value:
    """A matrix, whose columns are the last axis."""
    return t.reshape(v, (math.prod(v.shape[:-1]), v.shape[-1]))


def _matrix(t: Lowering, x: Value, along: tuple[Axis, ...]) -> Value | None:
    """The windows as rows of a matrix, where that takes no copy."""
    if any(a.before or a.after for a in along):
        return None
    if all(a.window == a.stride == 1 for a in along):
        return _rows(t, x)
    if all(a.window == a.size and a.rate == 1 for a in along):
        return t.reshape(x, (x.shape[0], math.prod(x.shape[1:])))
    return None


# The gradient by the input.


@dataclass(frozen=True)
class _Phase:
    """Along one axis: the places that are `stride` apart from `first` on, and what they sum up.

    `taps` elements of the filter from number `tap` on, `stride` apart, the last one first; the first of them meets the
    gradient `lead` elements before the start.
    """

    first: int
    count: int
    tap: int
    taps: int
    lead: int


def _phases(a: Axis) -> list[_Phase]:
    if a.stride == 1:
        return [_Phase(0, a.size, 0, a.window, (a.window - 1) * a.rate - a.before)]
    found = []
    for f in range(a.stride):
        start, end = -(-(a.before - f) // a.stride), (a.size - 1 + a.before - f) // a.stride
        taps = -(-(a.window - f) // a.stride) if f < a.window else 0
        if end >= start:
            found.append(_Phase(a.stride * start + f - a.before, end - start + 1, f, taps, taps - 1 - start))
    return found


def _no_holes(plan: Plan, step: Step) -> bool:
    """Whether no axis has strides as well as dilations."""
    pairs = zip(step.attrs["strides"], step.attrs["dilations"], strict=True)
    return all(s == 1 or r == 1 for s, r in pairs)


@RECIPES.add("f", *_BY_INPUT, known=(0,), accepts=_no_holes)
def _by_input(t: Lowering, step: Step) -> list[Value]:
    w, g = (t.value(i) for i in step.inputs[1:])
    last, dims = step.attrs["data_format"], shape_of(t, step)
    along = moving(step.attrs, dims, w.shape[:-2])
    g = channels_last(g, last)
    x = whole(Storage(g.dtype, math.prod(dims)), (dims[0], *[a.size for a in along], w.shape[-2]))
    if _matrix(t, x, along) is not None:
        back = product(t, _rows(t, g), permuted(_rows(t, w), (1, 0)))
        return [channels_first(t.reshape(back, x.shape), last)]
    turned = permuted(w, (*range(len(along)), len(along) + 1, len(along)))
    _spread_back(t, x, turned, g, along, own=False)
    return [channels_first(x, last)]


def _spread_back(t: Lowering, x: Value, w: Value, g: Value, along: tuple[Axis, ...], own: bool) -> None:
    """Write the gradient by the input to x; w has the output channels first."""
    phases = [_phases(a) for a in along]
    leads = [max(0, *[p.lead for p in ps]) for ps in phases]
    ends = [
        max(p.count + (p.taps - 1) * (a.rate if a.stride == 1 else 1) - p.lead for p in ps)
        for ps, a in zip(phases, along, strict=True)
    ]
    g = padded(t, g, tuple((lead, max(0, end - a.count)) for lead, end, a in zip(leads, ends, along, strict=True)))
    if any(p.taps == 0 for ps in phases for p in ps):
        t.map(lambda: BUILDER.literal(0, x.dtype), [], x.shape, x.storage)
    for chosen in itertools.product(*phases):
        if all(p.taps for p in chosen):
            _one_phase(t, x, w, g, along, chosen, leads, own)


def _one_phase(
    t: Lowering,
    x: Value,
    w: Value,
    g: Value,
    along: tuple[Axis, ...],
    chosen: tuple[_Phase, ...],
    leads: list[int],
    own: bool,
) -> None:
    for axis, (p, a) in enumerate(zip(chosen, along, strict=True)):
        w = backwards(part(w, axis, p.tap, p.taps, a.stride), axis)
        g = part(g, axis + 1, leads[axis] - p.lead, g.shape[axis + 1] - (leads[axis] - p.lead))
        x = part(x, axis + 1, p.first, p.count, a.stride)
    steady = tuple(Axis(p.count, p.taps, 1, a.rate, 0, 0, p.count) for p, a in zip(chosen, along, strict=True))
    c = dataclasses.replace(correlation(g, x, steady, own), x_offset=g.offset, y_offset=x.offset)
    _correlate(t, c, g, t.in_memory(w), x)


# The gradient by the filter.


@RECIPES.add("f", *_BY_FILTER, known=(1,))
def _by_filter(t: Lowering, step: Step) -> list[Value]:
    x, g = t.value(step.inputs[0]), t.value(step.inputs[2])
    last, shape = step.attrs["data_format"], shape_of(t, step)
    along = moving(step.attrs, x.shape, shape[:-2])
    x, g = channels_last(x, last), channels_last(g, last)
    matrix = _matrix(t, x, along)
    if matrix is not None:
        return [t.reshape(product(t, permuted(matrix, (1, 0)), _rows(t, g)), shape)]
    return [_filter_gradient(t, x, g, along, shape, own=False)]


def _filter_gradient(t: Lowering, x: Value, g: Value, along: tuple[Axis, ...], shape: Ints, own: bool) -> Value:
    x, g, w = padded(t, x, _pairs(along)), t.in_memory(g), _new(x, shape)
    c = correlation(x, g, along, own)

    def emit(b: Any, pointers: dict[Storage, Any], target: Storage) -> None:
        emit_filter_gradient(c, b, pointers[x.storage], pointers[g.storage], pointers[target])  # type: ignore[index]

    t.program.add_call(Call(emit, [x.storage, g.storage], w.storage, WHAT))  # type: ignore[list-item,arg-type]
    return w


# Each channel on its own: with several filters for each, every channel is repeated as often.


def _repeated(x: Value, times: int) -> Value:
    """Each channel of `x` so many times, as one more axis."""
    return Value(x.dtype, (*x.shape, times), x.storage, (*x.strides, 0), x.offset, x.literal)


def _joined(t: Lowering, v: Value) -> Value:
    return t.reshape(v, (*v.shape[:-2], v.shape[-2] * v.shape[-1]))


@RECIPES.add("f", *_OWN)
def _own_convolution(t: Lowering, step: Step) -> list[Value]:
    x, w = (t.value(i) for i in step.inputs)
    last = step.attrs["data_format"]
    along = moving(step.attrs, x.shape, w.shape[:2])
    x = _joined(t, _repeated(channels_last(x, last), w.shape[-1]))
    y = _new(x, (x.shape[0], *[a.count for a in along], x.shape[-1]))
    x = padded(t, x, _pairs(along))
    _correlate(t, correlation(x, y, along, True), x, _aligned(t, w), y)
    return [channels_first(y, last)]


@RECIPES.add("f", *_OWN_BY_INPUT, known=(0,), accepts=_no_holes)
def _own_by_input(t: Lowering, step: Step) -> list[Value]:
    w, g = (t.value(i) for i in step.inputs[1:])
    last, dims = step.attrs["data_format"], shape_of(t, step)
    along = moving(step.attrs, dims, w.shape[:2])
    g, (depth, times) = channels_last(g, last), w.shape[2:]
    x = _new(g, (dims[0], *[a.size for a in along], depth * times))
    _spread_back(t, x, _joined(t, w), g, along, own=True)
    if times > 1:
        x = t.reduce("sum", t.reshape(x, (*x.shape[:-1], depth, times)), (len(x.shape),))
    return [channels_first(x, last)]


@RECIPES.add("f", *_OWN_BY_FILTER, known=(1,))
def _own_by_filter(t: Lowering, step: Step) -> list[Value]:
    x, g = t.value(step.inputs[0]), t.value(step.inputs[2])
    last, shape = step.attrs["data_format"], shape_of(t, step)
    along = moving(step.attrs, x.shape, shape[:2])
    x = _joined(t, _repeated(channels_last(x, last), shape[-1]))
    return [_filter_gradient(t, x, channels_last(g, last), along, shape, own=True)]
