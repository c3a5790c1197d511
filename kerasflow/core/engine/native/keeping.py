"""Recipes for variables."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable

from kerasflow.core import shapes
from kerasflow.core.engine.native.checking import check_bounds
from kerasflow.core.engine.native.expressions import Scalar
from kerasflow.core.engine.native.groups import Storage, Value
from kerasflow.core.engine.native.lowering import BUILDER as b
from kerasflow.core.engine.native.lowering import Lowering
from kerasflow.core.engine.native.moving import blocks, check_blocks, rows
from kerasflow.core.engine.native.places import Picked
from kerasflow.core.engine.native.table import Table
from kerasflow.core.engine.plan import Plan, Step

__all__ = ["RECIPES"]

RECIPES = Table()


def _has_shape(plan: Plan, step: Step) -> bool:
    return shapes.is_static(step.attrs["variable"].dims)


@RECIPES.add("biuf", "ReadVariable", "VariableV2", accepts=_has_shape)
def _read(t: Lowering, step: Step) -> list[Value]:
    return [_kept(t, step, t.cell(step))]


@RECIPES.add("biuf", "ReadInside")
def _read_inside(t: Lowering, step: Step) -> list[Value]:
    """What a loop or branch that does not change the variable was given."""
    return [t.value(step.inputs[0])]


def _kept(t: Lowering, step: Step, v: Value) -> Value:
    """The variable's value as it is now: copied if it changes while it is still needed."""
    if not step.copies or v.storage is None:
        return v
    copy = Storage(v.dtype, v.storage.count)
    return t.map(lambda x: x, [v], v.shape, copy)


@RECIPES.add("biuf", "Assign", "AssignAdd", "AssignSub", accepts=_has_shape)
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


@RECIPES.add("biuf", "NoOp")
def _nothing(t: Lowering, step: Step) -> list[Value]:
    return []


# Changing a part.

_COMBINED: dict[str, Callable[[Scalar, Scalar], Scalar]] = {
    "Add": operator.add,
    "Sub": operator.sub,
    "Mul": operator.mul,
    "Div": operator.truediv,
    "Min": b.minimum,
    "Max": b.maximum,
}


def _change(t: Lowering, step: Step, place: Picked, combine: Callable[[Scalar, Scalar], Scalar] | None) -> list[Value]:
    """Combine the elements at `place` with the updates, or put these there."""
    cell = t.cell(step)
    updates = _apart(t, t.value(step.inputs[1]), cell)
    if combine is None:
        t.put(_same, [updates], place)
    else:
        t.put(combine, [place, updates], place)
    return [_kept(t, step, cell)]


def _apart(t: Lowering, v: Value, cell: Value) -> Value:
    """`v`, or a copy if it is a view of what is about to change."""
    return t.map(_same, [v], v.shape, Storage(v.dtype, math.prod(v.shape))) if v.storage is cell.storage else v


def _same(x: Scalar) -> Scalar:
    return x


def _has_rows(plan: Plan, step: Step) -> bool:
    return _has_shape(plan, step) and 0 not in step.attrs["variable"].dims


@RECIPES.add("biuf", *[f"Scatter{name}" for name in ("Update", *_COMBINED)], accepts=_has_rows)
def _change_rows(t: Lowering, step: Step) -> list[Value]:
    cell = t.cell(step)
    indices = _apart(t, t.value(step.inputs[0]), cell)
    check_bounds(t, step, 0, 0, cell.shape[0] - 1)
    place = rows(cell, 0, 0, indices, indices.shape + cell.shape[1:])
    return _change(t, step, place, _COMBINED.get(step.opdef.name.removeprefix("Scatter")))


@RECIPES.add("biuf", "ScatterNdUpdate", "ScatterNdAdd", "ScatterNdSub", accepts=_has_rows)
def _change_blocks(t: Lowering, step: Step) -> list[Value]:
    cell = t.cell(step)
    indices = _apart(t, t.value(step.inputs[0]), cell)
    check_blocks(t, step, 0, cell.shape)
    place = blocks(cell, 0, indices, indices.shape[:-1] + cell.shape[indices.shape[-1] :])
    return _change(t, step, place, _COMBINED.get(step.opdef.name.removeprefix("ScatterNd")))
