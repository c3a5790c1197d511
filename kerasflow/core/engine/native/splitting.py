"""Splitting a plan: into segments that are compiled, and the steps between them that the interpreter runs."""

from __future__ import annotations

from kerasflow.core.engine.native.segment import Segment
from kerasflow.core.engine.native.steps import can_lower
from kerasflow.core.engine.plan import Plan, Step

__all__ = ["compile_plan"]


def compile_plan(plan: Plan, smallest: int = 1) -> list[Segment]:
    """Put compiled segments in place of the steps of `plan` that can be lowered; at least `smallest` steps each."""
    runs: list[tuple[bool, list[Step]]] = []
    for step in plan.steps:
        native = can_lower(plan, step)
        if runs and runs[-1][0] == native:
            runs[-1][1].append(step)
        else:
            runs.append((native, [step]))
    readers: dict[int, list[int]] = {}
    for k, (_, steps) in enumerate(runs):
        for step in steps:
            for i in step.inputs:
                readers.setdefault(i, []).append(k)
    segments: list[Segment] = []
    rest: list[Step] = []
    for k, (native, steps) in enumerate(runs):
        if not native or len(steps) < smallest:
            rest.extend(steps)
            continue
        made = [o for step in steps for o in step.outputs]
        fetched = set(plan.fetches)
        wanted = [o for o in made if o in fetched or any(r != k for r in readers.get(o, ()))]
        segments.append(Segment(plan, steps, wanted))
        rest.append(segments[-1].as_step())
    plan.steps = rest
    return segments
