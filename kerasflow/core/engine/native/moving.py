"""Recipes for elements that are picked by an index, and for the adjoint, which adds where the index says.

An index is held within its axis when it is used, so that nothing outside an array is ever touched; that it was not
within is found by a check, which leaves the run before anything that lasts is written. What is added to one place twice
is added in the order in which it comes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.engine.native.checking import check_below, check_bounds, check_columns
from kerasflow.core.engine.native.expressions import Scalar
from kerasflow.core.engine.native.groups import Value
from kerasflow.core.engine.native.lowering import BUILDER as b
from kerasflow.core.engine.native.lowering import Lowering, new
from kerasflow.core.engine.native.places import Pick, Picked, alongside, layer
from kerasflow.core.engine.native.table import Ints, Table, dims_of, shape_of, undoes
from kerasflow.core.engine.plan import Plan, Step

__all__ = ["RECIPES", "blocks", "check_blocks", "rows"]

RECIPES = Table()


@RECIPES.add("biuf", "Select")
def _select(t: Lowering, step: Step) -> list[Value]:
    condition, x, y = (t.value(i) for i in step.inputs)
    if len(condition.shape) < len(x.shape):
        condition = t.reshape(condition, condition.shape + (1,) * (len(x.shape) - len(condition.shape)))
    return [t.map(b.select, [condition, x, y], x.shape)]


# Rows, or what takes their place along another axis.


def rows(v: Value, axis: int, batch: int, indices: Value, shape: Ints) -> Picked:
    """The rows of `v` along `axis` that `indices` name, for loops over `shape`; the first `batch` axes are shared."""
    count = len(indices.shape) - batch
    index = alongside(indices, shape, [*range(batch), *range(axis, axis + count)])
    rest = alongside(layer(v, axis, 0), shape, [*range(axis), *range(axis + count, len(shape))])
    return Picked(rest, (Pick(index, v.shape[axis], v.strides[axis]),))


@RECIPES.add("biuf", "GatherV2")
def _gather(t: Lowering, step: Step) -> list[Value]:
    params, indices = (t.value(i) for i in step.inputs)
    axis = step.attrs.get("axis", 0) % len(params.shape)
    check_bounds(t, step, 1, 0, params.shape[axis] - 1)
    return [t.copied(rows(params, axis, step.attrs.get("batch_dims", 0), indices, shape_of(t, step)))]


@RECIPES.add("iuf", "GatherGrad", reads=2, accepts=undoes("GatherV2", 2, 1))
def _gather_grad(t: Lowering, step: Step) -> list[Value]:
    g, indices = (t.value(i) for i in step.inputs[:2])
    total = new(g.dtype, shape_of(t, step))
    axis = step.attrs.get("axis", 0) % len(total.shape)
    t.scatter("sum", rows(total, axis, step.attrs.get("batch_dims", 0), indices, g.shape), lambda x: x, [g])
    return [total]


# Elements, or blocks, named by all their leading indices.


def blocks(v: Value, batch: int, indices: Value, shape: Ints) -> Picked:
    """The blocks of `v` that the rows of `indices` name, for loops over `shape`."""
    lead, picks, rest = len(indices.shape) - 1, [], v
    for j in range(indices.shape[-1]):
        index = alongside(layer(indices, lead, j), shape, range(lead))
        picks.append(Pick(index, v.shape[batch + j], v.strides[batch + j]))
        rest = layer(rest, batch, 0)
    return Picked(alongside(rest, shape, [*range(batch), *range(lead, len(shape))]), tuple(picks))


def check_blocks(t: Lowering, step: Step, k: int, dims: Ints) -> None:
    """Fail if a column of the indices, input number `k`, is not within the axis of `dims` it is for."""
    check_columns(t, step, k, dims[: dims_of(t.plan, step.inputs[k])[-1]])


@RECIPES.add("biuf", "GatherNd")
def _gather_nd(t: Lowering, step: Step) -> list[Value]:
    params, indices = (t.value(i) for i in step.inputs)
    batch = step.attrs.get("batch_dims", 0)
    check_blocks(t, step, 1, params.shape[batch:])
    return [t.copied(blocks(params, batch, indices, shape_of(t, step)))]


@RECIPES.add("iuf", "ScatterNd", known=(2,))
def _scatter_nd(t: Lowering, step: Step) -> list[Value]:
    indices, updates = (t.value(i) for i in step.inputs[:2])
    total, batch = new(updates.dtype, shape_of(t, step)), step.attrs.get("batch_dims", 0)
    check_blocks(t, step, 0, total.shape[batch:])
    t.scatter("sum", blocks(total, batch, indices, updates.shape), lambda x: x, [updates])
    return [total]


# Segments: rows that carry the same number are put together; those with a negative one do not count.


def _segments(t: Lowering, step: Step, kind: str, empty: Any) -> Value:
    data, ids = (t.value(i) for i in step.inputs[:2])
    total = new(data.dtype, shape_of(t, step))
    check_below(t, step, 1, total.shape[0])
    counted = alongside(ids, data.shape, range(len(ids.shape)))
    t.scatter(kind, rows(total, 0, 0, ids, data.shape), lambda x, i: b.select(i >= 0, x, empty), [data, counted])
    return total


@RECIPES.add("iuf", "UnsortedSegmentSum", known=(2,))
def _segment_sum(t: Lowering, step: Step) -> list[Value]:
    return [_segments(t, step, "sum", 0)]


@RECIPES.add("iuf", "UnsortedSegmentProd", known=(2,))
def _segment_product(t: Lowering, step: Step) -> list[Value]:
    return [_segments(t, step, "product", 1)]


@RECIPES.add("iuf", "UnsortedSegmentMax", "UnsortedSegmentMin", known=(2,))
def _segment_extremum(t: Lowering, step: Step) -> list[Value]:
    """Of a segment without rows, the last finite number of the type."""
    dtype, kind = t.plan.specs[step.inputs[0]].dtype, step.opdef.name[-3:].lower() + "imum"
    last = dtype.min if kind == "maximum" else dtype.max
    found = _segments(t, step, kind, last)
    return [t.map(lambda x: b.maximum(x, last) if kind == "maximum" else b.minimum(x, last), [found], found.shape)]


@RECIPES.add("biuf", "UnsortedSegmentRows")
def _segment_rows(t: Lowering, step: Step) -> list[Value]:
    g, ids = (t.value(i) for i in step.inputs)
    shape = shape_of(t, step)
    picked, counted = rows(g, 0, 0, ids, shape), alongside(ids, shape, range(len(ids.shape)))
    if picked.base.storage is None:
        return [t.map(lambda i: b.select(i >= 0, b.literal(g.literal, g.dtype), 0), [counted], shape)]
    return [t.map(lambda x, i: b.select(i >= 0, x, 0), [picked, counted], shape)]


def _begins(plan: Plan, step: Step) -> bool:
    counts, dims = (dims_of(plan, i) for i in step.inputs)
    return dims[: len(counts)] == counts


@RECIPES.add("iuf", "SegmentCounts", reads=1, accepts=_begins)
def _segment_counts(t: Lowering, step: Step) -> list[Value]:
    counts, shape = t.value(step.inputs[0]), shape_of(t, step)
    return [t.map(lambda n: b.maximum(n, 1), [alongside(counts, shape, range(len(counts.shape)))], shape)]


# One number of each row.


def _along_last(v: Value, indices: Value) -> Picked:
    last = len(indices.shape) - 1
    rest = alongside(layer(v, last, 0), indices.shape, range(last))
    return Picked(rest, (Pick(indices, v.shape[last], v.strides[last]),))


def _rows_go_together(plan: Plan, step: Step) -> bool:
    """Whether the indices have the rows of the array they are for, and as many as there are values to be put there."""
    first, indices, *like = (dims_of(plan, i) for i in step.inputs)
    whole = like[0] if like else first
    return whole[:-1] == indices[:-1] and (not like or first == indices)


@RECIPES.add("biuf", "TakeAlongLast", accepts=_rows_go_together)
def _take_along_last(t: Lowering, step: Step) -> list[Value]:
    x, indices = (t.value(i) for i in step.inputs)
    return [t.copied(_along_last(x, indices))]


@RECIPES.add("iuf", "PutAlongLast", reads=2, accepts=_rows_go_together)
def _put_along_last(t: Lowering, step: Step) -> list[Value]:
    values, indices = (t.value(i) for i in step.inputs[:2])
    total = new(values.dtype, shape_of(t, step))
    t.scatter("sum", _along_last(total, indices), lambda x: x, [values])
    return [total]


@RECIPES.add("biuf", "InTopKV2")
def _in_top_k(t: Lowering, step: Step) -> list[Value]:
    """Whether fewer than k predictions are larger than that of the target, which is a class, and all are finite."""
    predictions, targets, k = (t.value(i) for i in step.inputs)
    classes = predictions.shape[1]
    targets = t.map(lambda i: b.cast(i, types.int64), [targets], targets.shape)
    column = t.reshape(targets, (*targets.shape, 1))
    own = t.copied(_along_last(predictions, column))
    larger = t.reduce("sum", predictions, (1,), False, lambda p, q: b.cast(p > q, types.int64), [predictions, own])
    finite = t.reduce("and", predictions, (1,), False, lambda p: b.call("abs", p) < np.inf, [predictions])

    def is_among(n: Scalar, k: Scalar, i: Scalar, finite: Scalar) -> Scalar:
        return (n < b.cast(k, types.int64)) & (i >= 0) & (i < classes) & finite

    return [t.map(is_among, [larger, k, targets, finite], targets.shape)]
