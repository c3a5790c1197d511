"""Recipes for variables."""

from __future__ import annotations

from kerasflow.core import shapes
from kerasflow.core.engine.native.groups import Storage, Value
from kerasflow.core.engine.native.lowering import Lowering
from kerasflow.core.engine.native.table import Table
from kerasflow.core.engine.plan import Plan, Step

__all__ = ["RECIPES"]

RECIPES = Table()


def _has_shape(plan: Plan, step: Step) -> bool:
    return shapes.is_static(step.attrs["variable"].dims)


@RECIPES.add("biuf", "ReadVariable", "VariableV2", accepts=_has_shape)
def _read(t: Lowering, step: Step) -> list[Value]:
    return [_kept(t, step, t.cell(step))]


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
