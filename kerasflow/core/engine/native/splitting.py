"""Splitting a plan: into segments that are compiled, and the steps between them that the interpreter runs."""

from __future__ import annotations

from collections import Counter

from kerasflow.core.engine.native import branching, repeating
from kerasflow.core.engine.native.inside import INSIDES, obstacle_inside
from kerasflow.core.engine.native.segment import Segment
from kerasflow.core.engine.native.steps import RECIPES, obstacle
from kerasflow.core.engine.plan import Plan, Step

__all__ = ["compile_plan"]

for _family in (branching, repeating):
    RECIPES.update(_family.RECIPES)
    INSIDES.update(_family.INSIDES)

Reasons = Counter[tuple[str, str]]  # what stays with the interpreter: operations by type, and why


def compile_plan(plan: Plan, smallest: int = 1) -> tuple[list[Segment], Reasons]:
    """Put compiled segments in place of the steps of `plan` that can be compiled; tells which steps stay, and why.

    Where the plan has to be split, a segment has at least `smallest` steps: to enter and leave it costs as much as
    some steps of the interpreter.
    """
    runs: list[tuple[bool, list[Step]]] = []
    reasons: Reasons = Counter()
    for step in plan.steps:
        reason = obstacle(plan, step) or obstacle_inside(plan, step)
        if reason:
            reasons[step.opdef.name, reason] += 1
        if runs and runs[-1][0] == (not reason):
            runs[-1][1].append(step)
        else:
            runs.append((not reason, [step]))
    if len(runs) > 1:
        few = [step for native, steps in runs if native and len(steps) < smallest for step in steps]
        reasons.update((step.opdef.name, f"fewer than {smallest} in a row") for step in few)
        runs = [(native and len(steps) >= smallest, steps) for native, steps in runs]
    return _segments(plan, runs), reasons


def _segments(plan: Plan, runs: list[tuple[bool, list[Step]]]) -> list[Segment]:
    readers: dict[int, set[int]] = {}
    for k, (_, steps) in enumerate(runs):
        for step in steps:
            for i in step.inputs:
                readers.setdefault(i, set()).add(k)
    fetched = set(plan.fetches)
    segments: list[Segment] = []
    rest: list[Step] = []
    for k, (native, steps) in enumerate(runs):
        if not native:
            rest.extend(steps)
            continue
        made = [o for step in steps for o in step.outputs]
        wanted = [o for o in made if o in fetched or readers.get(o, set()) - {k}]
        segments.append(Segment(plan, steps, wanted))
        rest.append(segments[-1].as_step())
    plan.steps = rest
    return segments
