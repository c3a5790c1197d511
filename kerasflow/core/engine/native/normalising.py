"""Recipes for batch normalisation and for local response normalisation."""

from __future__ import annotations

import math

from kerasflow.core.engine.native.groups import Storage, Value
from kerasflow.core.engine.native.lowering import BUILDER as b
from kerasflow.core.engine.native.lowering import Lowering, whole
from kerasflow.core.engine.native.places import part
from kerasflow.core.engine.native.table import Table
from kerasflow.core.engine.plan import Step

__all__ = ["RECIPES"]

RECIPES = Table()


@RECIPES.add("f", "FusedBatchNormV3")
def _fused(t: Lowering, step: Step) -> list[Value]:
    x, scale, offset, *given = (t.value(i) for i in step.inputs)
    channel, epsilon = step.attrs["data_format"].index("C"), step.attrs["epsilon"]
    axes = tuple(i for i in range(4) if i != channel)
    shape = tuple(1 if i in axes else n for i, n in enumerate(x.shape))
    mean, variance = given if given else (t.reduce("sum", x, axes), scale)
    estimate = variance
    count = math.prod(x.shape[i] for i in axes)
    if not given:
        mean = t.map(lambda total: total / count, [mean], mean.shape)
    centre = t.reshape(mean, shape)
    if not given:
        squares = t.reduce("sum", x, axes, False, lambda v, m: (v - m) * (v - m), [x, centre])
        variance = t.map(lambda s: s / count, [squares], mean.shape)
        estimate = t.map(lambda s: s / max(count - 1, 1), [squares], mean.shape)
    factor = t.map(lambda s, v: s / b.call("sqrt", v + epsilon), [scale, variance], mean.shape)
    columns = [centre, *[t.reshape(v, shape) for v in (factor, offset)]]
    y = t.map(lambda v, m, f, o: (v - m) * f + o, [x, *columns], x.shape)
    return [y, mean, estimate, mean, variance]


def _neighbour_sum(t: Lowering, x: Value, radius: int) -> Value:
    """Windows over the channels, which are padded with zeros, are a view with one more axis."""
    wide = (*x.shape[:-1], x.shape[-1] + 2 * radius)
    room = whole(Storage(x.dtype, math.prod(wide)), wide)
    t.map(lambda: b.literal(0, x.dtype), [], wide, room.storage)
    t.put(lambda v: v, [x], part(room, len(wide) - 1, radius, x.shape[-1]))
    windows = Value(x.dtype, (*x.shape, 2 * radius + 1), room.storage, (*room.strides, 1))
    return t.reduce("sum", windows, (len(x.shape),))


@RECIPES.add("f", "NeighbourSum")
def _sums(t: Lowering, step: Step) -> list[Value]:
    return [_neighbour_sum(t, t.value(step.inputs[0]), step.attrs["radius"])]


@RECIPES.add("f", "LRN")
def _lrn(t: Lowering, step: Step) -> list[Value]:
    x, (bias, alpha, beta) = t.value(step.inputs[0]), (step.attrs[k] for k in ("bias", "alpha", "beta"))
    sums = _neighbour_sum(t, t.map(lambda v: v * v, [x], x.shape), step.attrs["depth_radius"])
    return [t.map(lambda v, s: v * b.call("pow", s * alpha + bias, -beta), [x, sums], x.shape)]
