"""Steps of a plan: which of them can be compiled, and their statements.

An operation has a scalar expression (`OpDef.lower`) or a recipe in the table of a family: it takes the lowering and the
step, and puts the values of the step's outputs together from maps, reductions, views and products.
"""

from __future__ import annotations

import functools
from typing import Any

from kerasflow.core import shapes
from kerasflow.core.engine.native import (
    blocks,
    contracting,
    convolving,
    counting,
    drawing,
    integers,
    joining,
    keeping,
    moving,
    normalising,
    pooling,
    products,
    reducing,
    running,
    viewing,
    watching,
)
from kerasflow.core.engine.native.expressions import TYPES, Scalar
from kerasflow.core.engine.native.lowering import BUILDER, Lowering
from kerasflow.core.engine.native.table import Table, shape_of
from kerasflow.core.engine.plan import Plan, Step
from kerasflow.core.types import Spec

__all__ = ["RECIPES", "lower", "obstacle"]

RECIPES = Table()
for _family in (
    blocks,
    contracting,
    convolving,
    counting,
    drawing,
    integers,
    joining,
    keeping,
    moving,
    normalising,
    pooling,
    products,
    reducing,
    running,
    viewing,
    watching,
):
    RECIPES.update(_family.RECIPES)


def obstacle(plan: Plan, step: Step) -> str:
    """Why the step cannot be compiled, in a few words; nothing if it can."""
    recipe, expression = RECIPES.get(step.opdef.name), step.opdef.lower
    if recipe is None and expression is None:
        return "no compiled form"
    read = step.inputs if recipe is None else recipe.read_by(step)
    specs = [plan.specs[i] for i in (*read, *step.outputs)]
    unfit = next(
        (s.dtype.name for s in specs if s.dtype not in TYPES or (recipe and s.dtype.kind not in recipe.kinds)), ""
    )
    if unfit:
        return f"type {unfit}"
    if not all(shapes.is_static(s.shape) for s in (*specs, *[plan.specs[i] for i in step.inputs])):
        return "shape not known"
    if any(0 in (s.shape or ()) for s in specs):
        return "empty array"
    if not _holds(plan, step):
        return "shapes that do not fit"
    if recipe is not None:
        known = all(step.inputs[k] in plan.constants for k in recipe.known if k < len(step.inputs))
        fits = known and (recipe.accepts is None or recipe.accepts(plan, step))
    else:
        scalars = [Scalar("input", (), plan.specs[i].dtype) for i in read]
        fits = expression is not None and expression(BUILDER, *scalars, **step.attrs) is not None
    return "" if fits else "no compiled form for these arguments"


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
    recipe, expression = RECIPES.get(step.opdef.name), step.opdef.lower
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
