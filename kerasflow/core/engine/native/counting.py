"""Recipes for operations in which it matters where an element stands: one-hot vectors, diagonals, orders, counts."""

from __future__ import annotations

import functools
import operator

from kerasflow.core import types
from kerasflow.core.engine.native.checking import check_bounds
from kerasflow.core.engine.native.expressions import Scalar
from kerasflow.core.engine.native.groups import Value
from kerasflow.core.engine.native.lowering import BUILDER as b
from kerasflow.core.engine.native.lowering import Lowering, new
from kerasflow.core.engine.native.places import Pick, Picked, alongside, layer
from kerasflow.core.engine.native.table import Ints, Table, dims_of, shape_of, undoes
from kerasflow.core.engine.plan import Plan, Step

__all__ = ["RECIPES"]

RECIPES = Table()
_LONGEST_ROW = 256  # of which the largest numbers are found by comparing each with each


def _whole_number(i: Scalar) -> Scalar:
    return b.cast(i, types.int64)


@RECIPES.add("biuf", "OneHot", known=(1,))
def _one_hot(t: Lowering, step: Step) -> list[Value]:
    indices, on, off = (t.value(step.inputs[k]) for k in (0, 2, 3))
    shape = shape_of(t, step)
    axis = step.attrs["axis"] % len(shape)
    classes = alongside(indices, shape, [k for k in range(len(shape)) if k != axis])
    if on.storage is None and off.storage is None:
        yes, no = b.literal(on.literal, on.dtype), b.literal(off.literal, off.dtype)
        return [t.map(lambda c, i: b.select(b.equal(_whole_number(c), i), yes, no), [classes], shape, index=axis)]
    choose = [classes, on, off]
    return [t.map(lambda c, x, y, i: b.select(b.equal(_whole_number(c), i), x, y), choose, shape, index=axis)]


@RECIPES.add("biuf", "SequenceMask", known=(1,))
def _sequence_mask(t: Lowering, step: Step) -> list[Value]:
    lengths, shape = t.value(step.inputs[0]), shape_of(t, step)
    dtype = types.float64 if lengths.dtype.kind == "f" else types.int64
    ends = alongside(lengths, shape, range(len(shape) - 1))
    return [t.map(lambda n, i: b.cast(i, dtype) < b.cast(n, dtype), [ends], shape, index=len(shape) - 1)]


@RECIPES.add("iuf", "Range", known=(0, 1, 2))
def _range(t: Lowering, step: Step) -> list[Value]:
    start, _, delta = (t.plan.constants[i].item() for i in step.inputs)
    dtype = t.plan.specs[step.outputs[0]].dtype
    wide = types.int64 if dtype.kind == "i" else types.float64
    return [t.map(lambda i: b.cast(start + b.cast(i, wide) * delta, dtype), [], shape_of(t, step), index=0)]


# Diagonals and bands.


@RECIPES.add("biuf", "Eye", known=(0, 1))
def _eye(t: Lowering, step: Step) -> list[Value]:
    dtype = step.attrs["dtype"]
    return [t.map(lambda i, j: b.cast(b.equal(i, j), dtype), [], shape_of(t, step), index=(0, 1))]


def _on_diagonal(t: Lowering, x: Value, shape: Ints, pairs: list[tuple[int, int]]) -> Value:
    """`x`, a view for loops over `shape`, where the places along both axes of each pair are the same; else 0."""

    def chosen(v: Scalar, *places: Scalar) -> Scalar:
        same = [b.equal(i, j) for i, j in zip(places[::2], places[1::2], strict=True)]
        return b.select(functools.reduce(operator.and_, same), v, 0)

    return t.map(chosen, [x], shape, index=tuple(k for pair in pairs for k in pair))


@RECIPES.add("biuf", "Diag")
def _diag(t: Lowering, step: Step) -> list[Value]:
    x, shape = t.value(step.inputs[0]), shape_of(t, step)
    half = len(x.shape)
    return [_on_diagonal(t, alongside(x, shape, range(half)), shape, [(k, k + half) for k in range(half)])]


@RECIPES.add("biuf", "MatrixDiagLike", reads=1, accepts=undoes("MatrixDiagPart", 1))
@RECIPES.add("biuf", "MatrixDiag")
def _matrix_diag(t: Lowering, step: Step) -> list[Value]:
    """The diagonal runs along the shorter of the last two axes."""
    x, shape = t.value(step.inputs[0]), shape_of(t, step)
    row, column = len(shape) - 2, len(shape) - 1
    short = row if shape[row] < shape[column] else column
    return [_on_diagonal(t, alongside(x, shape, [*range(row), short]), shape, [(row, column)])]


@RECIPES.add("biuf", "MatrixBandPart")
def _band(t: Lowering, step: Step) -> list[Value]:
    x = t.value(step.inputs[0])
    lower, upper = (max(x.shape) if step.attrs[k] < 0 else step.attrs[k] for k in ("lower", "upper"))

    def inside(v: Scalar, i: Scalar, j: Scalar) -> Scalar:
        return b.select((j - i <= upper) & (i - j <= lower), v, 0)

    return [t.map(inside, [x], x.shape, index=(len(x.shape) - 2, len(x.shape) - 1))]


# Orders.


def _is_short(plan: Plan, step: Step) -> bool:
    return dims_of(plan, step.inputs[0])[-1] <= _LONGEST_ROW


@RECIPES.add("iuf", "TopKV2", known=(1,), accepts=_is_short)
def _top_k(t: Lowering, step: Step) -> list[Value]:
    """A number's place in the order is how many come before it: larger ones (NaN is the largest), and equal ones."""
    x, shape = t.value(step.inputs[0]), shape_of(t, step)
    last, count = len(x.shape) - 1, shape[-1]
    square = (*x.shape, x.shape[-1])
    own, other = (alongside(x, square, [*range(last), k]) for k in (last, last + 1))

    def is_before(v: Scalar, w: Scalar, i: Scalar, j: Scalar) -> Scalar:
        larger = (w > v) | (b.not_equal(w, w) & b.equal(v, v))
        as_large = b.equal(w, v) | (b.not_equal(w, w) & b.not_equal(v, v))
        return b.cast(larger | (as_large & (j < i)), types.int64)

    before = t.map(is_before, [own, other], square, index=(last, last + 1))
    order = t.reduce("sum", before, (last + 1,))
    indices = new(types.int32, shape)
    place = alongside(layer(indices, last, 0), x.shape, range(last))
    place_or_none = t.map(lambda n, i: b.select(n < count, b.cast(i, types.int32), 0), [order], x.shape, index=last)
    t.scatter("sum", Picked(place, (Pick(order, count, 1),)), lambda i: i, [place_or_none])
    taken = alongside(layer(x, last, 0), shape, range(last))
    values = t.copied(Picked(taken, (Pick(indices, x.shape[last], x.strides[last]),)))
    return [values, indices]


# Counts.


@RECIPES.add("iuf", "Bincount", known=(1,))
def _bincount(t: Lowering, step: Step) -> list[Value]:
    """Values beyond the last that is counted do not count."""
    x, dtype = t.value(step.inputs[0]), t.plan.specs[step.outputs[0]].dtype
    totals = new(dtype, shape_of(t, step))
    n = totals.shape[0]
    check_bounds(t, step, 0, 0, int(x.dtype.max))
    weight = t.value(step.inputs[2]) if len(step.inputs) > 2 else t.constant(dtype.numpy.type(1).reshape(()))
    place = Picked(alongside(layer(totals, 0, 0), x.shape, ()), (Pick(x, n, 1),))
    t.scatter("sum", place, lambda i, w: b.select(_whole_number(i) < n, w, 0), [x, weight])
    return [totals]


def _weighs_each(plan: Plan, step: Step) -> bool:
    return len(step.inputs) < 4 or dims_of(plan, step.inputs[3]) in ((), dims_of(plan, step.inputs[0]))


@RECIPES.add("iuf", "ConfusionMatrix", known=(2,), accepts=_weighs_each)
def _confusion(t: Lowering, step: Step) -> list[Value]:
    labels, predictions = (t.value(i) for i in step.inputs[:2])
    totals = new(t.plan.specs[step.outputs[0]].dtype, shape_of(t, step))
    n = totals.shape[0]
    for k in (0, 1):
        check_bounds(t, step, k, 0, n - 1)
    weight = t.value(step.inputs[3]) if len(step.inputs) > 3 else t.constant(totals.dtype.numpy.type(1).reshape(()))
    place = alongside(layer(layer(totals, 0, 0), 0, 0), labels.shape, ())
    t.scatter("sum", Picked(place, (Pick(labels, n, n), Pick(predictions, n, 1))), lambda w: w, [weight])
    return [totals]
