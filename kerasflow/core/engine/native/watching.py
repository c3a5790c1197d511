"""Recipes for operations that only look at values, and stop the run if they are wrong."""

from __future__ import annotations

import math

from kerasflow.core import shapes
from kerasflow.core.engine.native.checking import check_any
from kerasflow.core.engine.native.expressions import TYPES
from kerasflow.core.engine.native.groups import Value
from kerasflow.core.engine.native.lowering import BUILDER as b
from kerasflow.core.engine.native.lowering import Lowering
from kerasflow.core.engine.native.table import Table
from kerasflow.core.engine.plan import Plan, Step

__all__ = ["RECIPES"]

RECIPES = Table()


@RECIPES.add("f", "CheckNumerics")
def _check_numerics(t: Lowering, step: Step) -> list[Value]:
    v = t.value(step.inputs[0])
    check_any(t, step, t.map(lambda x: ~(b.call("abs", x) < math.inf), [v], v.shape), 0)
    return [v]


def _can_be_shown(plan: Plan, step: Step) -> bool:
    """Whether the data, which is shown if the assertion fails, is known or of a kind that can be read back."""
    specs = [plan.specs[i] for i in step.inputs[1:] if i not in plan.constants]
    return all(s.dtype in TYPES and shapes.is_static(s.shape) and 0 not in (s.shape or ()) for s in specs)


@RECIPES.add("b", "Assert", reads=1, accepts=_can_be_shown)
def _assert(t: Lowering, step: Step) -> list[Value]:
    condition = t.value(step.inputs[0])
    shown = [k for k, i in enumerate(step.inputs) if k and i not in t.plan.constants]
    check_any(t, step, t.map(lambda x: ~x, [condition], condition.shape), 0, *shown)
    return []
