"""`If`: two programs, of which one runs. Both write what they give to the same places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasflow.core.engine.native.groups import Branch, Part, Place, Storage, Value
from kerasflow.core.engine.native.inside import Inside, is_small, planned, scratch_for
from kerasflow.core.engine.native.lowering import Lowering, new
from kerasflow.core.engine.native.steps import lower
from kerasflow.core.engine.native.table import Table, dims_of, shape_of
from kerasflow.core.engine.plan import Plan, Step
from kerasflow.core.types import Spec

__all__ = ["INSIDES", "RECIPES"]

RECIPES = Table()


def _insides(plan: Plan, step: Step) -> tuple[Sequence[Plan], Any] | str:
    choice, sides = step.attrs["choice"], _sides_of(plan, step)
    for side, inside in enumerate(sides):
        outputs = [o for o, pair in zip(step.outputs, choice.pairs, strict=True) if pair[side] is not None]
        if any(dims_of(plan, o) != inside.specs[n].shape for o, n in zip(outputs, inside.fetches, strict=True)):
            return "results of two shapes"
    return sides, {variable for body in choice.bodies for variable in body.live}


INSIDES = {"If": _insides}


def _sides_of(plan: Plan, step: Step) -> Sequence[Plan]:
    """The plans of the two functions, for values of the types and shapes that `plan` has."""
    choice = step.attrs["choice"]
    numbers = step.inputs[1:]
    specs = [Spec(*plan.specs[i][:2], plan.constants[i] if is_small(plan, i) else None) for i in numbers]
    return [
        planned([t for p in choice.pairs if (t := p[side]) is not None], choice.inputs[side], [specs[v] for v in route])
        for side, route in enumerate(choice.routes)
    ]


@RECIPES.add("biuf", "If")
def _if(t: Lowering, step: Step) -> list[Value]:
    choice = step.attrs["choice"]
    given = [t.value(i) for i in step.inputs[1:]]
    results = [new(t.plan.specs[o].dtype, shape_of(t, step, k)) for k, o in enumerate(step.outputs)]
    parts: list[Part] = []
    written: list[Storage] = []
    for side, plan in enumerate(_sides_of(t.plan, step)):
        inside = Inside(plan, t)
        for n, v in zip(plan.feeds, choice.routes[side], strict=True):
            inside.give(n, given[v])
        for s in plan.steps:
            lower(inside, s)
        places = [v for v, pair in zip(results, choice.pairs, strict=True) if pair[side] is not None]
        for n, v in zip(plan.fetches, places, strict=True):
            inside.put_out(n, Place(v.storage))  # type: ignore[arg-type]
        parts.append(inside.part(t))
        written += inside.written
    flag: Any = t.in_memory(t.value(step.inputs[0])).storage
    t.program.add_call(Branch(parts, list(dict.fromkeys(written)), scratch_for(parts), flag))
    return results
