"""Passes: each takes a plan and makes it do less, without changing what it gives.

`specialise` runs them all. With the shapes of the feeds known, every shape that does not depend on values is known
too: shape arithmetic folds away, and operations that only adapt shapes turn out to pass their input on. Folding,
merging and forwarding leave stateful steps alone, so a plan still draws the same random numbers and writes the same
variables.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.engine.plan import Plan, Step
from kerasflow.core.types import Spec

__all__ = ["cells_of", "infer_specs", "protect_reads", "simplify", "specialise"]

# Bytes: larger results are computed in each run rather than kept, in a program that may run once and in others.
_FOLD_ONCE, _FOLD_OFTEN = 1 << 12, 1 << 20


def simplify(plan: Plan, fold: int = _FOLD_ONCE) -> None:
    """All passes that need no shapes; results of at most `fold` bytes are computed now if they can be."""
    with np.errstate(all="ignore"):
        fold_and_forward(plan, fold)
    merge_equal(plan)
    rewrite(plan)
    prune(plan)


def specialise(plan: Plan, feed_specs: Sequence[Spec]) -> None:
    """All passes, for feeds of these very shapes."""
    infer_specs(plan, feed_specs)
    simplify(plan, _FOLD_OFTEN)


def infer_specs(plan: Plan, feed_specs: Sequence[Spec]) -> None:
    """Work out every value's shape, and the value itself where the shapes decide it."""
    for number, spec in zip(plan.feeds, feed_specs, strict=True):
        plan.specs[number] = spec
    for step in plan.steps:
        for number, spec in zip(step.outputs, _inferred(plan, step), strict=False):
            plan.specs[number] = spec


def _inferred(plan: Plan, step: Step) -> Sequence[Spec]:
    """The specs of the step's outputs as those of its inputs have them; none if the run itself will fail there."""
    try:
        inferred = step.opdef.infer(*[plan.specs[i] for i in step.inputs], **step.attrs)
    except (ValueError, TypeError):
        return ()
    return (inferred,) if type(inferred) is Spec else inferred


def fold_and_forward(plan: Plan, limit: int) -> None:
    """Compute what depends on constants alone, and skip steps that only pass an input on."""
    alias: dict[int, int] = {}
    kept = []
    better: set[int] = set()  # values that are known better since they were inferred
    for step in plan.steps:
        step.inputs = tuple([alias.get(i, i) for i in step.inputs])
        if not better.isdisjoint(step.inputs):
            better.update(_improved(plan, step))
        if step.opdef.stateful:
            kept.append(step)
            continue
        forward = step.opdef.forward
        through = forward(*[plan.specs[i] for i in step.inputs], **step.attrs) if forward else None
        if through is not None:
            for o, i in zip(step.outputs, (through,) if isinstance(through, int) else through, strict=True):
                alias[o] = step.inputs[i]
                if o in better:
                    better.add(step.inputs[i])  # for those who read it instead
        elif not _fold(plan, step, limit, better):
            kept.append(step)
    plan.steps = kept
    plan.replace(alias)


def _improved(plan: Plan, step: Step) -> Iterator[int]:
    """The outputs of the step whose shapes or values have become known, with what has been learnt of its inputs."""
    for number, spec in zip(step.outputs, _inferred(plan, step), strict=False):
        old = plan.specs[number]
        found = spec.value is not None and old.value is None
        if found or (shapes.is_static(spec.shape) and not shapes.is_static(old.shape)):
            plan.specs[number] = spec
            yield number


def _fold(plan: Plan, step: Step, limit: int, better: set[int]) -> bool:
    """Make constants of the step's results, if they can be known now and are small; says whether they are. What had to
    be computed for it joins `better`.
    """
    for o in step.outputs:
        if plan.specs[o].value is None:
            break
    else:
        plan.constants.update((o, np.asarray(plan.specs[o].value)) for o in step.outputs)
        return bool(step.outputs)
    if not step.inputs or step.inputs[0] not in plan.constants or not all(i in plan.constants for i in step.inputs):
        return False
    if any((shapes.size(plan.specs[o].shape) or 0) * plan.specs[o].dtype.size > limit for o in step.outputs):
        return False
    try:
        result = step.opdef.kernel(*[plan.constants[i] for i in step.inputs], **step.attrs)
    except Exception:
        return False  # the run itself will fail there, and say why
    for o, value in zip(step.outputs, (result,) if len(step.outputs) == 1 else result, strict=True):
        array = plan.constants[o] = np.asarray(value)
        plan.specs[o] = Spec(plan.specs[o].dtype, array.shape, array)
    better.update(step.outputs)
    return True


def merge_equal(plan: Plan) -> None:
    """Compute once what several steps would compute from the same inputs."""
    first: dict[Any, Step] = {}
    alias: dict[int, int] = {}
    kept = []
    constants: dict[Any, int] = {}
    for number, array in plan.constants.items():
        if array.dtype.kind != "O" and array.size <= 16:
            alias_of = constants.setdefault((array.dtype, array.shape, array.tobytes()), number)
            if alias_of != number:
                alias[number] = alias_of
    for step in plan.steps:
        step.inputs = tuple([alias.get(i, i) for i in step.inputs])
        if step.opdef.stateful:
            kept.append(step)
            continue
        inputs = tuple(sorted(step.inputs)) if step.opdef.commutative else step.inputs
        key = (step.opdef.name, inputs, tuple(step.attrs.items()))
        twin = first.setdefault(key, step)
        if twin is step:
            kept.append(step)
        else:
            alias.update(zip(step.outputs, twin.outputs, strict=True))
    plan.steps = kept
    plan.replace(alias)


def rewrite(plan: Plan) -> None:
    """Let operations take up what their inputs' producers do, such as a transpose in front of a product."""
    makers = {o: s for s in plan.steps for o in s.outputs}
    for step in plan.steps:
        if step.opdef.rewrite is not None:
            producers = [_describe(makers.get(i)) for i in step.inputs]
            better = step.opdef.rewrite(step.attrs, step.inputs, producers)
            if better is not None:
                step.attrs, step.inputs = better


def _describe(step: Step | None) -> tuple[str, dict[str, Any], tuple[int, ...]] | None:
    return None if step is None else (step.opdef.name, step.attrs, step.inputs)


def prune(plan: Plan) -> None:
    """Drop steps whose results nobody reads or waits for, and parts of those that have parts."""
    used = {*plan.fetches, *plan.required}
    kept = []
    for step in reversed(plan.steps):
        if step.opdef.trim is not None:
            _trim(plan, step, used)
        if step.opdef.stateful or not step.outputs or not used.isdisjoint(step.outputs):
            used.update(step.inputs)
            kept.append(step)
    plan.steps = kept[::-1]
    plan.constants = {i: a for i, a in plan.constants.items() if i in used}


def _trim(plan: Plan, step: Step, used: set[int]) -> None:
    """Have the step compute no more than is used, and take no values of which it reads the shapes alone."""
    specs = [plan.specs[i] for i in step.inputs]
    if not all(shapes.is_static(s.shape) for s in specs):
        return
    found = step.opdef.trim(specs, tuple([o in used for o in step.outputs]), **step.attrs)  # type: ignore[misc]
    step.attrs, inputs, outputs, unread = found
    step.outputs = tuple([step.outputs[k] for k in outputs])
    step.inputs = tuple([_blank(plan, step.inputs[k]) if k in unread else step.inputs[k] for k in inputs])


def _blank(plan: Plan, number: int) -> int:
    """A constant of the type and shape of a value, which takes no memory."""
    dtype, dims, _ = plan.specs[number]
    if number in plan.constants or dtype.numpy.kind == "O":
        return number
    plan.specs.append(Spec(dtype, dims))
    plan.constants[len(plan.specs) - 1] = np.broadcast_to(np.zeros((), dtype.numpy), dims)  # type: ignore[arg-type]
    return len(plan.specs) - 1


def last_uses(plan: Plan) -> dict[int, int]:
    """For each value, the last step that may touch its memory: through itself or through a view of it."""
    end = len(plan.steps)
    last = dict.fromkeys(plan.fetches, end)
    for k in range(end - 1, -1, -1):
        step = plan.steps[k]
        until = k
        if step.opdef.alias and not step.copies:
            until = max([k, *[last.get(o, k) for o in step.outputs]])
        for i in step.inputs:
            last[i] = max(last.get(i, until), until)
        for o in step.outputs:
            last.setdefault(o, k)
    return last


def protect_reads(plan: Plan) -> None:
    """Have a variable's value copied where a later step changes it in place while the old value is still needed."""
    last = last_uses(plan)
    writes: dict[Any, list[float]] = {}
    for k, step in enumerate(plan.steps):
        if step.opdef.writes:
            for cell in cells_of(step):
                # A loop changes variables before it reads for the last time what it was given.
                writes.setdefault(cell, []).append(k - 0.5 if step.opdef.narrow else k)
    for k, step in enumerate(plan.steps):
        for cell in () if step.opdef.narrow else cells_of(step):
            later = writes.get(cell, [])
            following = bisect_right(later, k)
            if following < len(later) and any(last[o] > later[following] for o in step.outputs):
                step.copies = True


def cells_of(step: Step) -> list[Any]:
    """What the variables are kept in that the step reads or writes: cells, or variables with a cell in each session."""
    attr = step.opdef.reads or step.opdef.writes
    if attr is None:
        return []
    named = step.attrs[attr]
    return [v if v.cell is None else v.cell for v in (named if isinstance(named, tuple) else (named,))]
