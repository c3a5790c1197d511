"""Recipes: how operations without a scalar expression are put together from maps, reductions, views and products.

Each takes the lowering and the step and gives the values of the step's outputs. `can_lower` says whether a step can be
compiled at all: the types and shapes must be known and of a kind that loops run over.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

from kerasflow.core import shapes, types
from kerasflow.core.engine.native.expressions import TYPES, Scalar
from kerasflow.core.engine.native.groups import Storage, Value
from kerasflow.core.engine.native.lowering import BUILDER as b
from kerasflow.core.engine.native.lowering import Lowering
from kerasflow.core.engine.native.products import product
from kerasflow.core.engine.plan import Plan, Step
from kerasflow.core.types import Spec

__all__ = ["can_lower", "lower"]

Ints = tuple[int, ...]
Recipe = Callable[[Lowering, Step], list[Value]]
_RECIPES: dict[str, tuple[Recipe, str]] = {}  # with the kinds of the types they take


def can_lower(plan: Plan, step: Step) -> bool:
    """Whether the step can be compiled."""
    opdef = step.opdef
    recipe, expression = _RECIPES.get(opdef.name), opdef.lower
    if recipe is None and expression is None:
        return False
    read = [plan.specs[i] for i in step.inputs[: _READ.get(opdef.name)]]
    specs = read + [plan.specs[o] for o in step.outputs]
    if not all(s.dtype in TYPES and shapes.is_static(s.shape) and 0 not in (s.shape or ()) for s in specs):
        return False
    if not _holds(plan, step):
        return False
    if recipe is not None:
        if "variable" in step.attrs and not shapes.is_static(step.attrs["variable"].dims):
            return False
        return all(s.dtype.kind in recipe[1] for s in specs) and (opdef.name != "MatMul" or _flat(step, *specs[:2]))
    traced = expression and expression(b, *[Scalar("input", (), s.dtype) for s in read], **step.attrs)
    return traced is not None


def _holds(plan: Plan, step: Step) -> bool:
    """Whether the shapes fit: if not, the interpreter's kernel has to say so."""
    try:
        inferred = step.opdef.infer(*[plan.specs[i] for i in step.inputs], **step.attrs)
    except (ValueError, TypeError):
        return False
    results = (inferred,) if type(inferred) is Spec else inferred
    return all(r[:2] == plan.specs[o][:2] for r, o in zip(results, step.outputs, strict=True))


def lower(t: Lowering, step: Step) -> None:
    """Add the statements of the step."""
    name, expression = step.opdef.name, step.opdef.lower
    if expression is None or name in _RECIPES:
        results = _RECIPES[name][0](t, step)
    else:
        given = [t.value(i) for i in step.inputs]
        results = [t.map(functools.partial(_applied, expression, step.attrs), given, _shape(t, step))]
    for o, value in zip(step.outputs, results, strict=True):
        t.values[o] = value


def _applied(expression: Callable[..., Scalar], attrs: dict[str, Any], *scalars: Scalar) -> Scalar:
    return expression(b, *scalars, **attrs)


def _recipe(kinds: str, *names: str) -> Callable[[Recipe], Recipe]:
    def register(function: Recipe) -> Recipe:
        _RECIPES.update({name: (function, kinds) for name in names})
        return function

    return register


def _shape(t: Lowering, step: Step, k: int = 0) -> Ints:
    return tuple(t.plan.specs[step.outputs[k]].shape)  # type: ignore[arg-type]


# Of these, only the first inputs are read; of the others the shapes are known.
_READ = dict.fromkeys(("Reshape", "ReshapeLike", "ExpandDims", "Squeeze", "Transpose", "BroadcastLike"), 1)
_READ |= dict.fromkeys(("BroadcastTo", "Spread", "SumTo", "DivideByCount"), 1)


# Views.


@_recipe("biuf", "Reshape", "ReshapeLike", "ExpandDims", "Squeeze")
def _reshape(t: Lowering, step: Step) -> list[Value]:
    return [t.reshape(t.value(step.inputs[0]), _shape(t, step))]


@_recipe("biuf", "Transpose")
def _transpose(t: Lowering, step: Step) -> list[Value]:
    v, shape = t.value(step.inputs[0]), _shape(t, step)
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


@_recipe("biuf", "BroadcastLike", "BroadcastTo")
def _broadcast(t: Lowering, step: Step) -> list[Value]:
    v, shape = t.value(step.inputs[0]), _shape(t, step)
    return [_spread_out(v, (1,) * (len(shape) - len(v.shape)) + v.shape, shape)]


def _axes(step: Step, rank: int) -> Ints:
    axis = step.attrs.get("axis")
    return tuple(range(rank)) if axis is None else tuple(sorted(a % rank for a in axis))


@_recipe("biuf", "Spread")
def _spread(t: Lowering, step: Step) -> list[Value]:
    v, shape = t.value(step.inputs[0]), _shape(t, step)
    axes = _axes(step, len(shape))
    return [_spread_out(v, tuple(1 if i in axes else n for i, n in enumerate(shape)), shape)]


# Reductions.

_KINDS = {"Sum": "sum", "Prod": "product", "Max": "maximum", "Min": "minimum", "All": "and", "Any": "or"}


@_recipe("iuf", "Sum", "Prod", "Max", "Min")
def _reduce(t: Lowering, step: Step) -> list[Value]:
    x = t.value(step.inputs[0])
    keeps = step.attrs.get("keepdims", False)
    return [t.reduce(_KINDS[step.opdef.name], x, _axes(step, len(x.shape)), keeps)]


_RECIPES.update(All=(_reduce, "b"), Any=(_reduce, "b"))


@_recipe("f", "Mean")
def _mean(t: Lowering, step: Step) -> list[Value]:
    x = t.value(step.inputs[0])
    axes = _axes(step, len(x.shape))
    total = t.reduce("sum", x, axes, step.attrs.get("keepdims", False))
    count = math.prod(x.shape[a] for a in axes)
    return [t.map(lambda s: s / count, [total], total.shape)]


@_recipe("iuf", "SumTo")
def _sum_to(t: Lowering, step: Step) -> list[Value]:
    x, shape = t.value(step.inputs[0]), _shape(t, step)
    extra = len(x.shape) - len(shape)
    axes = tuple(i for i, n in enumerate(x.shape) if i < extra or (shape[i - extra] == 1 and n != 1))
    return [t.reshape(t.reduce("sum", x, axes), shape)]


@_recipe("f", "DivideByCount")
def _divide_by_count(t: Lowering, step: Step) -> list[Value]:
    like: Spec = t.plan.specs[step.inputs[1]]
    dims: Ints = tuple(like.shape)  # type: ignore[arg-type]
    count = math.prod(dims[a] for a in _axes(step, len(dims)))
    g = t.value(step.inputs[0])
    return [t.map(lambda x: x / count, [g], g.shape)]


@_recipe("iuf", "ArgMax", "ArgMin")
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


@_recipe("f", "Softmax", "LogSoftmax")
def _softmax(t: Lowering, step: Step) -> list[Value]:
    x = t.value(step.inputs[0])
    z, e, total = _shifted(t, x, step.attrs["axis"] % len(x.shape))
    if step.opdef.name == "Softmax":
        return [t.map(lambda v, s: v / s, [e, total], x.shape)]
    log_total = t.map(lambda s: b.call("log", s), [total], total.shape)
    return [t.map(lambda v, s: v - s, [z, log_total], x.shape)]


@_recipe("f", "SoftmaxCrossEntropyWithLogits")
def _softmax_cross_entropy(t: Lowering, step: Step) -> list[Value]:
    x, y = (t.value(i) for i in step.inputs)
    axis = step.attrs["axis"] % len(x.shape)
    z, e, total = _shifted(t, x, axis)
    weight = t.reduce("sum", y, (axis,), True)
    back = t.map(lambda e, w, s, y: e * (w / s) - y, [e, weight, total, y], x.shape)
    log_total = t.map(lambda s: b.call("log", s), [total], total.shape)
    terms = t.map(lambda s, z, y: (s - z) * y, [log_total, z, y], x.shape)
    return [t.reduce("sum", terms, (axis,)), back]


@_recipe("iuf", "SparseSoftmaxCrossEntropyWithLogits")
def _sparse_cross_entropy(t: Lowering, step: Step) -> list[Value]:
    x, labels = (t.value(i) for i in step.inputs)
    axis = len(x.shape) - 1
    classes = x.shape[-1]
    label = t.reshape(labels, (*labels.shape, 1))
    _check_bounds(t, step, labels, classes)
    z, e, total = _shifted(t, x, axis)

    def is_label(label: Scalar, i: Scalar) -> Scalar:
        return b.equal(b.cast(label, types.int64), i)

    back = t.map(lambda e, s, y, i: e / s - b.cast(is_label(y, i), x.dtype), [e, total, label], x.shape, index=axis)
    log_total = t.map(lambda s: b.call("log", s), [total], total.shape)
    terms = t.map(lambda s, z, y, i: b.select(is_label(y, i), s - z, 0), [log_total, z, label], x.shape, index=axis)
    return [t.reduce("sum", terms, (axis,)), back]


def _check_bounds(t: Lowering, step: Step, labels: Value, classes: int) -> None:
    limit = min(classes, int(labels.dtype.max))  # a narrow type may not hold the number of classes
    last = limit if limit < classes else classes - 1
    bad = t.map(lambda v: (v < 0) | (v > last), [labels], labels.shape)
    flag = t.reduce("or", bad, tuple(range(len(labels.shape))))
    t.check(flag, step, labels)


# Products, choices, state.


def _flat(step: Step, x: Spec, y: Spec) -> bool:
    """Whether a product is one of two matrices, or of all rows of a batch with one matrix."""
    ranks = [len(s.shape or ()) for s in (x, y)]
    return ranks[1] == 2 and (ranks[0] == 2 or not step.attrs.get("transpose_a", False))


@_recipe("f", "MatMul")
def _matmul(t: Lowering, step: Step) -> list[Value]:
    x, y = (t.value(i) for i in step.inputs)
    if step.attrs.get("transpose_a", False):
        x = _turned(x)
    if step.attrs.get("transpose_b", False):
        y = _turned(y)
    if len(x.shape) > 2:
        x = t.reshape(x, (math.prod(x.shape[:-1]), x.shape[-1]))
    return [t.reshape(product(t, x, y), _shape(t, step))]


def _turned(v: Value) -> Value:
    return Value(v.dtype, v.shape[::-1], v.storage, v.strides[::-1], v.offset, v.literal)


@_recipe("biuf", "Select")
def _select(t: Lowering, step: Step) -> list[Value]:
    condition, x, y = (t.value(i) for i in step.inputs)
    if len(condition.shape) < len(x.shape):
        condition = t.reshape(condition, condition.shape + (1,) * (len(x.shape) - len(condition.shape)))
    return [t.map(b.select, [condition, x, y], x.shape)]


@_recipe("biuf", "ReadVariable")
def _read(t: Lowering, step: Step) -> list[Value]:
    return [_kept(t, step, t.cell(step))]


def _kept(t: Lowering, step: Step, v: Value) -> Value:
    """The variable's value as it is now: copied if it changes while it is still needed."""
    if not step.copies or v.storage is None:
        return v
    copy = Storage(v.dtype, v.storage.count)
    return t.map(lambda x: x, [v], v.shape, copy)


@_recipe("biuf", "Assign", "AssignAdd", "AssignSub")
def _assign(t: Lowering, step: Step) -> list[Value]:
    cell, delta = t.cell(step), t.value(step.inputs[0])
    into = cell.storage
    if step.opdef.name == "Assign":
        t.map(lambda x: x, [delta], cell.shape, into)
    elif step.opdef.name == "AssignAdd":
        t.map(lambda v, x: v + x, [cell, delta], cell.shape, into)
    else:
        t.map(lambda v, x: v - x, [cell, delta], cell.shape, into)
    return [_kept(t, step, cell)]


def _nothing(t: Lowering, step: Step) -> list[Value]:
    return []


_RECIPES["NoOp"] = _nothing, "biuf"
