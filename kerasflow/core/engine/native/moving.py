"""Recipes for operations that move elements about."""

from __future__ import annotations

from kerasflow.core.engine.native.groups import Value
from kerasflow.core.engine.native.lowering import BUILDER as b
from kerasflow.core.engine.native.lowering import Lowering
from kerasflow.core.engine.native.table import Table
from kerasflow.core.engine.plan import Step

__all__ = ["RECIPES"]

RECIPES = Table()


@RECIPES.add("biuf", "Select")
def _select(t: Lowering, step: Step) -> list[Value]:
    condition, x, y = (t.value(i) for i in step.inputs)
    if len(condition.shape) < len(x.shape):
        condition = t.reshape(condition, condition.shape + (1,) * (len(x.shape) - len(condition.shape)))
    return [t.map(b.select, [condition, x, y], x.shape)]
