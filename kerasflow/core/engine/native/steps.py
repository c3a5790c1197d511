"""Steps of a plan: which of them can be compiled, and their statements.

An operation has a scalar expression (`OpDef.lower`) or a recipe in the table of a family: it takes the lowering and the
step, and puts the values of the step's outputs together from maps, reductions, views and products.
"""

from __future__ import annotations

import functools
from typing import Any

from kerasflow.core import shapes
from kerasflow.core.engine.native import (
    counting,
    drawing,
    integers,
    joining,
    keeping,
    moving,
    products,
    reducing,
    running,
    viewing,
)
from kerasflow.core.engine.native.expressions import TYPES, Scalar
from kerasflow.core.engine.native.lowering import BUILDER, Lowering
from kerasflow.core.engine.native.table import Table, shape_of
from kerasflow.core.engine.plan import Plan, Step
from kerasflow.core.types import Spec

__all__ = ["can_lower", "lower"]

_RECIPES = Table()
for _family in (counting, drawing, integers, joining, keeping, moving, products, reducing, running, viewing):
    _RECIPES.update(_family.RECIPES)


def can_lower(plan: Plan, step: Step) -> bool:
    """Whether the step can be compiled: its types and shapes must be known and of a kind that loops run over."""
    recipe, expression = _RECIPES.get(step.opdef.name), step.opdef.lower
    if recipe is None and expression is None:
        return False
    read = step.inputs if recipe is None else recipe.read_by(step)
    specs = [plan.specs[i] for i in (*read, *step.outputs)]
    if not all(s.dtype in TYPES and shapes.is_static(s.shape) and 0 not in (s.shape or ()) for s in specs):
        return False
    if not _holds(plan, step):
        return False
    if recipe is not None:
        fits = all(s.dtype.kind in recipe.kinds for s in specs)
        fits = fits and all(step.inputs[k] in plan.constants for k in recipe.known if k < len(step.inputs))
        return fits and (recipe.accepts is None or recipe.accepts(plan, step))
    traced = expression and expression(BUILDER, *[Scalar("input", (), plan.specs[i].dtype) for i in read], **step.attrs)
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
    recipe, expression = _RECIPES.get(step.opdef.name), step.opdef.lower
    if recipe is not None:
        results = recipe.make(t, step)
    else:
        given = [t.value(i) for i in step.inputs]
        results = [t.map(functools.partial(_applied, expression, step.attrs), given, shape_of(t, step))]
    if not step.opdef.alias:
        results = [t.apart(v) for v in results]  # what is no view in the interpreter must not change either
    for o, value in zip(step.outputs, results, strict=True):
        t.values[o] = value


def _applied(expression: Any, attrs: dict[str, Any], *scalars: Scalar) -> Scalar:
    result: Scalar = expression(BUILDER, *scalars, **attrs)
    return result
