"""Recipes for what runs along an axis: each element is made from the one before it, which lies in memory already."""

from __future__ import annotations

from collections.abc import Callable

from kerasflow.core.engine.native.expressions import Scalar
from kerasflow.core.engine.native.groups import Value
from kerasflow.core.engine.native.lowering import BUILDER as b
from kerasflow.core.engine.native.lowering import Lowering, new
from kerasflow.core.engine.native.places import Pick, Picked, alongside, backwards
from kerasflow.core.engine.native.table import Table
from kerasflow.core.engine.plan import Step

__all__ = ["RECIPES"]

RECIPES = Table()


def _before(v: Value, axis: int) -> Picked:
    """For each element of `v` the one before it along `axis`; for the first, itself."""
    return Picked(
        alongside(v, v.shape, range(len(v.shape)), (axis,)),
        (Pick(axis, v.shape[axis], v.strides[axis], lambda i: i - 1),),
    )


def _run(t: Lowering, step: Step, combine: Callable[[Scalar, Scalar], Scalar], identity: int) -> list[Value]:
    x = t.value(step.inputs[0])
    axis = step.attrs["axis"] % len(x.shape)
    result = into = new(x.dtype, x.shape)
    if step.attrs["reverse"]:
        x, into = backwards(x, axis), backwards(into, axis)
    if not step.attrs["exclusive"]:
        t.put(lambda v, y, i: b.select(b.equal(i, 0), v, combine(y, v)), [x, _before(into, axis)], into, index=axis)
    else:
        taken = _before(x, axis) if x.storage is not None else x
        first = b.literal(identity, x.dtype)
        t.put(
            lambda v, y, i: b.select(b.equal(i, 0), first, combine(y, v)),
            [taken, _before(into, axis)],
            into,
            index=axis,
        )
    return [result]


@RECIPES.add("iuf", "Cumsum")
def _cumsum(t: Lowering, step: Step) -> list[Value]:
    return _run(t, step, lambda y, x: y + x, 0)


@RECIPES.add("iuf", "Cumprod")
def _cumprod(t: Lowering, step: Step) -> list[Value]:
    return _run(t, step, lambda y, x: y * x, 1)


@RECIPES.add("biuf", "Shift")
def _shift(t: Lowering, step: Step) -> list[Value]:
    x = t.value(step.inputs[0])
    axis = step.attrs["axis"] % len(x.shape)
    result = into = new(x.dtype, x.shape)
    if step.attrs["reverse"]:
        x, into = backwards(x, axis), backwards(into, axis)
    none = b.literal(0, x.dtype)
    taken = _before(x, axis) if x.storage is not None else x
    t.put(lambda v, i: b.select(b.equal(i, 0), none, v), [taken], into, index=axis)
    return [result]


@RECIPES.add("iuf", "LinearRecurrence")
def _recurrence(t: Lowering, step: Step) -> list[Value]:
    """``y_k = a_k y_(k-1) + b_k``, in reverse ``a_k y_(k+1) + b_k``; the first one is ``b_k``."""
    factors, terms = (t.value(i) for i in step.inputs)
    axis = step.attrs["axis"] % len(terms.shape)
    result = into = new(terms.dtype, terms.shape)
    if step.attrs["reverse"]:
        factors, terms, into = (backwards(v, axis) for v in (factors, terms, into))
    t.put(
        lambda f, v, y, i: b.select(b.equal(i, 0), v, v + f * y),
        [factors, terms, _before(into, axis)],
        into,
        index=axis,
    )
    return [result]
