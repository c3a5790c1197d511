"""`Scan`: a round is lowered to a program of its own, which the program around it runs again and again.

A round reads its rows of arrays where they are, whatever their strides, and writes its rows where they belong. A state
goes back and forth between two places; if it is also kept of each round, the places are the rows of one array that has
a row more than there are rounds, and nothing is copied.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from kerasflow.core.engine.native.groups import Place, Repeat, Storage, Value
from kerasflow.core.engine.native.inside import Beside, Inside, is_small, planned, scratch_for
from kerasflow.core.engine.native.lowering import BUILDER, Lowering, new, whole
from kerasflow.core.engine.native.places import layer, part
from kerasflow.core.engine.native.steps import lower
from kerasflow.core.engine.native.table import Table, dims_of
from kerasflow.core.engine.plan import Plan, Step
from kerasflow.core.types import Spec

__all__ = ["INSIDES", "RECIPES"]

RECIPES = Table()


class _Plans(NamedTuple):
    """What a loop does once for all rounds, and a round."""

    before: Plan  # its feeds are the fixed values
    round: Plan  # its feeds are the carries, the fixed values, the items, and what is computed before; it gives the
    # new carries and what is kept


def _insides(plan: Plan, step: Step) -> tuple[Sequence[Plan], Any] | str:
    loop = step.attrs["loop"]
    if int(plan.constants[step.inputs[0]]) < 1:
        return "no rounds"
    pairs = list(zip(step.inputs[1:], step.outputs, strict=False))[: len(loop.carries)]
    if any(dims_of(plan, i) != dims_of(plan, o) for i, o in pairs):
        return "a state of changing shape"
    return _plans_of(plan, step), loop.body.live


INSIDES = {"Scan": _insides}


def _plans_of(plan: Plan, step: Step) -> _Plans:
    """The plans of the loop, for values of the types and shapes that `plan` has."""
    loop = step.attrs["loop"]
    m, f = len(loop.carries), len(loop.fixed)
    numbers = [*step.outputs[:m], *step.inputs[1 + m :]]
    specs = [Spec(*plan.specs[i][:2]) for i in numbers]
    items = [Spec(s.dtype, s.shape[1:]) for s in specs[m + f :]]  # type: ignore[index]
    known = {k: plan.constants[i] for k, i in enumerate(numbers[m : m + f]) if is_small(plan, i)}
    key = [*specs[: m + f], *items, *[(k, v.tobytes()) for k, v in known.items()]]
    last_key, plans = loop.found.get(_Plans, (None, None))
    if plans is None or last_key != key:
        outputs = [*loop.results, *loop.kept]
        hoisted = loop.hoisted(outputs)
        fixed = [s._replace(value=known.get(k)) for k, s in enumerate(specs[m : m + f])]
        before = planned(hoisted, loop.fixed, fixed)
        made = [Spec(*before.specs[n][:2], before.constants.get(n)) for n in before.fetches]
        plans = _Plans(before, planned(outputs, [*loop.inputs, *hoisted], [*specs[:m], *fixed, *items, *made]))
        loop.found[_Plans] = key, plans
    return plans


# The states.


class _State:
    """Where a state lies: the one before the first round, and one after each, or just two places in turn."""

    def __init__(self, t: Lowering, start: Value, rounds: int, backwards: bool, all_kept: bool) -> None:
        self.shape, self.rounds, self.backwards = start.shape, rounds, backwards
        count = rounds + 1 if all_kept else 2
        self.all = new(start.dtype, (count, *start.shape))
        self._size = math.prod(start.shape)
        self._alternates = not all_kept
        self._first = rounds if backwards and all_kept else 0
        inputs = [] if start.storage is None else [start]
        t.put(
            lambda *x: x[0] if x else BUILDER.literal(start.literal, start.dtype),
            inputs,
            layer(self.all, 0, self._first),
        )

    def place(self, after: int) -> Place:
        """Where the state lies before a round, or `after` it."""
        if self._alternates:
            return Place(self._storage, after * self._size, (1 - 2 * after) * self._size, True)
        step = -1 if self.backwards else 1
        return Place(self._storage, (self._first + after * step) * self._size, step * self._size)

    @property
    def _storage(self) -> Storage:
        return self.all.storage  # type: ignore[return-value]

    @property
    def last(self) -> Value:
        """The state after the last round."""
        return layer(self.all, 0, self.rounds % 2 if self._alternates else self.rounds - self._first)

    def of_all_rounds(self, after: int) -> Value:
        """The states before each round, or `after` each, in the order of the rows."""
        return part(self.all, 0, 1 - after if self.backwards else after, self.rounds)


# The recipe.


@RECIPES.add("biuf", "Scan", known=(0,))
def _scan(t: Lowering, step: Step) -> list[Value]:
    return _Scan(t, step).results()


class _Scan:
    """A loop, while it is lowered."""

    def __init__(self, t: Lowering, step: Step) -> None:
        self.t = t
        self.loop = loop = step.attrs["loop"]
        self.rounds = int(t.plan.constants[step.inputs[0]])
        self.plans = _plans_of(t.plan, step)
        self.m, self.f = len(loop.carries), len(loop.fixed)
        self.given = [t.value(i) for i in step.inputs[1:]]
        self.inside = Inside(self.plans.round, t)
        feeds, fetches = self.plans.round.feeds, self.plans.round.fetches
        self.carried, self.fixed = feeds[: self.m], feeds[self.m : self.m + self.f]
        self.items, self.hoisted = feeds[self.m + self.f : len(self.given)], feeds[len(self.given) :]
        self.after, self.kept = fetches[: self.m], fetches[self.m :]
        self.states: dict[int, _State] = {}  # by number of the carry

    def results(self) -> list[Value]:
        """The values that the step gives."""
        self._take()
        for s in self.plans.round.steps:
            lower(self.inside, s)
        stacks = self._stacks()
        for j, state in self.states.items():
            self.inside.put_out(self.after[j], state.place(1))
        self._repeat()
        last = [self.states[j].last if j in self.states else self.given[j] for j in range(self.m)]
        count = self.t.constant(np.array(self.rounds, np.int32))
        return [*last, count, *[stacks[n] for n in self.kept]]

    def _take(self) -> None:
        """Bind what a round takes."""
        backwards = self.loop.backwards
        for j, n in enumerate(self.carried):
            if self.after[j] == n:
                self.inside.give(n, self.given[j])  # it stays as it is
                continue
            all_kept = n in self.kept or self.after[j] in self.kept
            state = self.states[j] = _State(self.t, self.given[j], self.rounds, backwards, all_kept)
            storage = self.inside.bind(Storage(self.given[j].dtype, math.prod(state.shape)), state.place(0))
            self.inside.values[n] = whole(storage, state.shape)
        for n, v in zip(self.fixed, self.given[self.m : self.m + self.f], strict=True):
            self.inside.give(n, v)
        for n, v in zip(self.items, self.given[self.m + self.f :], strict=True):
            self.inside.give_rows(n, v, backwards)
        for n, v in zip(self.hoisted, self._before(), strict=True):
            self.inside.give(n, v)

    def _before(self) -> list[Value]:
        """What is computed once for all rounds."""
        plan = self.plans.before
        once = Beside(plan, self.t)
        once.values.update(zip(plan.feeds, self.given[self.m : self.m + self.f], strict=True))
        for s in plan.steps:
            lower(once, s)
        return [once.value(n) for n in plan.fetches]

    def _stacks(self) -> dict[int, Value]:
        """What is kept of all rounds, by the number of the value in the plan of a round."""
        found: dict[int, Value] = {}
        for j, state in self.states.items():
            found.setdefault(self.carried[j], state.of_all_rounds(0))
        for j, state in self.states.items():
            found.setdefault(self.after[j], state.of_all_rounds(1))
        found.update(zip(self.items, self.given[self.m + self.f :], strict=True))
        for n in self.kept:
            if n in found:
                continue
            v = self.inside.value(n)
            if v.storage is None:
                found[n] = Value(v.dtype, (self.rounds, *v.shape), None, (0,) * (len(v.shape) + 1), literal=v.literal)
                continue
            stack = found[n] = new(v.dtype, (self.rounds, *v.shape))
            size = math.prod(v.shape)
            first, step = ((self.rounds - 1) * size, -size) if self.loop.backwards else (0, size)
            self.inside.put_out(n, Place(stack.storage, first, step))  # type: ignore[arg-type]
        return found

    def _repeat(self) -> None:
        """Add the statement."""
        parts = [self.inside.part(self.t)]
        written = list(dict.fromkeys(self.inside.written))
        self.t.program.add_call(Repeat(parts, written, scratch_for(parts), self.rounds))
