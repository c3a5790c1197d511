"""Recipes for reductions, softmax and the cross-entropies."""

from __future__ import annotations

import math

from kerasflow.core import types
from kerasflow.core.engine.native.checking import check_bounds
from kerasflow.core.engine.native.expressions import Scalar
from kerasflow.core.engine.native.groups import Value
from kerasflow.core.engine.native.lowering import BUILDER as b
from kerasflow.core.engine.native.lowering import Lowering
from kerasflow.core.engine.native.table import Table, dims_of, shape_of
from kerasflow.core.engine.native.viewing import axes_of
from kerasflow.core.engine.plan import Plan, Step

__all__ = ["RECIPES"]

RECIPES = Table()
_KINDS = {"Sum": "sum", "Prod": "product", "Max": "maximum", "Min": "minimum", "All": "and", "Any": "or"}


@RECIPES.add("iuf", "Sum", "Prod", "Max", "Min")
def _reduce(t: Lowering, step: Step) -> list[Value]:
    x = t.value(step.inputs[0])
    keeps = step.attrs.get("keepdims", False)
    return [t.reduce(_KINDS[step.opdef.name], x, axes_of(step, len(x.shape)), keeps)]


RECIPES.add("b", "All", "Any")(_reduce)


@RECIPES.add("iuf", "Mean")
def _mean(t: Lowering, step: Step) -> list[Value]:
    """Of integers, without what follows the point; their sum may be larger than their type holds."""
    x = t.value(step.inputs[0])
    axes, keeps = axes_of(step, len(x.shape)), step.attrs.get("keepdims", False)
    count = math.prod(x.shape[a] for a in axes)
    wide = {"i": types.int64, "u": types.uint64}.get(x.dtype.kind, x.dtype)
    total = t.reduce("sum", x, axes, keeps, lambda v: b.cast(v, wide), [x])
    return [t.map(lambda s: b.cast(s / count, x.dtype), [total], total.shape)]


@RECIPES.add("f", "L2Loss")
def _l2_loss(t: Lowering, step: Step) -> list[Value]:
    x = t.value(step.inputs[0])
    total = t.reduce("sum", x, tuple(range(len(x.shape))), False, lambda v: v * v, [x])
    return [t.map(lambda s: s / 2, [total], ())]


@RECIPES.add("f", "LogSumExp")
def _log_sum_exp(t: Lowering, step: Step) -> list[Value]:
    """The largest number is taken out of the sum, so that it does not overflow, unless it is infinite."""
    x = t.value(step.inputs[0])
    axes = axes_of(step, len(x.shape))
    largest = t.reduce("maximum", x, axes, True)
    top = t.map(lambda v: b.select(b.call("abs", v) < math.inf, v, 0), [largest], largest.shape)
    e = t.map(lambda v, m: b.call("exp", v - m), [x, top], x.shape)
    total = t.reduce("sum", e, axes, True)
    result = t.map(lambda s, m: b.call("log", s) + m, [total, top], total.shape)
    return [t.reshape(result, shape_of(t, step))]


def _was_broadcast(plan: Plan, step: Step) -> bool:
    x, shape = dims_of(plan, step.inputs[0]), dims_of(plan, step.outputs[0])
    extra = len(x) - len(shape)
    return extra >= 0 and all(n in (1, given) for n, given in zip(shape, x[extra:], strict=True))


@RECIPES.add("iuf", "SumTo", reads=1, accepts=_was_broadcast)
def _sum_to(t: Lowering, step: Step) -> list[Value]:
    x, shape = t.value(step.inputs[0]), shape_of(t, step)
    extra = len(x.shape) - len(shape)
    axes = tuple(i for i, n in enumerate(x.shape) if i < extra or (shape[i - extra] == 1 and n != 1))
    return [t.reshape(t.reduce("sum", x, axes), shape)]


@RECIPES.add("f", "DivideByCount", reads=1)
def _divide_by_count(t: Lowering, step: Step) -> list[Value]:
    dims = dims_of(t.plan, step.inputs[1])
    count = math.prod(dims[a] for a in axes_of(step, len(dims)))
    g = t.value(step.inputs[0])
    return [t.map(lambda x: x / count, [g], g.shape)]


@RECIPES.add("iuf", "ArgMax", "ArgMin")
def _arg_extremum(t: Lowering, step: Step) -> list[Value]:
    """The first place that holds the extremum, or NaN: the least of the places that do."""
    x, dtype = t.value(step.inputs[0]), step.attrs["output_type"]
    axis = step.attrs["axis"] % len(x.shape)
    best = t.reduce("maximum" if step.opdef.name == "ArgMax" else "minimum", x, (axis,), True)

    def place(v: Scalar, top: Scalar, i: Scalar) -> Scalar:
        return b.select(b.equal(v, top) | b.not_equal(v, v), i, x.shape[axis])

    places = t.map(place, [x, best], x.shape, index=axis)
    first = t.reduce("minimum", places, (axis,))
    return [t.map(lambda i: b.cast(i, dtype), [first], first.shape)]


# Softmax and the cross-entropies.


def _shifted(t: Lowering, x: Value, axis: int) -> tuple[Value, Value, Value]:
    """x - max x along `axis`, its exponential, and the sum of those."""
    top = t.reduce("maximum", x, (axis,), True)
    z = t.map(lambda v, m: v - m, [x, top], x.shape)
    e = t.map(lambda v: b.call("exp", v), [z], x.shape)
    return z, e, t.reduce("sum", e, (axis,), True)


@RECIPES.add("f", "Softmax", "LogSoftmax")
def _softmax(t: Lowering, step: Step) -> list[Value]:
    x = t.value(step.inputs[0])
    z, e, total = _shifted(t, x, step.attrs["axis"] % len(x.shape))
    if step.opdef.name == "Softmax":
        return [t.map(lambda v, s: v / s, [e, total], x.shape)]
    log_total = t.map(lambda s: b.call("log", s), [total], total.shape)
    return [t.map(lambda v, s: v - s, [z, log_total], x.shape)]


@RECIPES.add("f", "SoftmaxCrossEntropyWithLogits")
def _softmax_cross_entropy(t: Lowering, step: Step) -> list[Value]:
    x, y = (t.value(i) for i in step.inputs)
    axis = step.attrs["axis"] % len(x.shape)
    z, e, total = _shifted(t, x, axis)
    weight = t.reduce("sum", y, (axis,), True)
    back = t.map(lambda e, w, s, y: e * (w / s) - y, [e, weight, total, y], x.shape)
    log_total = t.map(lambda s: b.call("log", s), [total], total.shape)
    terms = t.map(lambda s, z, y: (s - z) * y, [log_total, z, y], x.shape)
    return [t.reduce("sum", terms, (axis,)), back]


@RECIPES.add("iuf", "SparseSoftmaxCrossEntropyWithLogits")
def _sparse_cross_entropy(t: Lowering, step: Step) -> list[Value]:
    x, labels = (t.value(i) for i in step.inputs)
    axis = len(x.shape) - 1
    label = t.reshape(labels, (*labels.shape, 1))
    check_bounds(t, step, 1, 0, x.shape[-1] - 1)
    z, e, total = _shifted(t, x, axis)

    def is_label(label: Scalar, i: Scalar) -> Scalar:
        return b.equal(b.cast(label, types.int64), i)

    back = t.map(lambda e, s, y, i: e / s - b.cast(is_label(y, i), x.dtype), [e, total, label], x.shape, index=axis)
    log_total = t.map(lambda s: b.call("log", s), [total], total.shape)
    terms = t.map(lambda s, z, y, i: b.select(is_label(y, i), s - z, 0), [log_total, z, label], x.shape, index=axis)
    return [t.reduce("sum", terms, (axis,)), back]
