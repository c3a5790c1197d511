"""Programs inside others: the lowering of what a loop repeats, or of one of two functions that a choice runs.

Such a program knows nothing of what is around it: what it takes from there, and what it gives, are storages of its own
that lie at places outside.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from kerasflow.core import types
from kerasflow.core.engine.native.emission import arrangement
from kerasflow.core.engine.native.groups import Check, Inner, Part, Place, Storage, Value
from kerasflow.core.engine.native.lowering import Lowering
from kerasflow.core.engine.native.places import layer
from kerasflow.core.engine.native.steps import obstacle
from kerasflow.core.engine.passes import specialise
from kerasflow.core.engine.plan import Plan, Step, make_plan
from kerasflow.core.types import Spec

__all__ = ["INSIDES", "Beside", "Inside", "is_small", "obstacle_inside", "planned", "scratch_for"]

_KNOWN = 64  # elements: constants of at most this size decide shapes inside

# By operation: from a plan and a step the plans of what is inside and the variables that may change there, or why there
# are none, in a few words.
INSIDES: dict[str, Callable[[Plan, Step], tuple[Sequence[Plan], Any] | str]] = {}


def obstacle_inside(plan: Plan, step: Step) -> str:
    """Why the step cannot be compiled if that is because of what is inside, in a few words; nothing if it can."""
    if step.opdef.name not in INSIDES:
        return ""
    found = INSIDES[step.opdef.name](plan, step)
    if isinstance(found, str):
        return found
    plans, live = found
    for inside in plans:
        for s in inside.steps:
            reason = obstacle(inside, s) or obstacle_inside(inside, s)
            if _changes(s) or s.opdef.reads and s.attrs[s.opdef.reads] in live:
                reason = "a variable that changes"
            if reason:
                return f"{s.opdef.name} inside: {reason}"
    return ""


def _changes(step: Step) -> bool:
    """Whether the step changes variables."""
    return step.opdef.writes is not None and step.attrs[step.opdef.writes] != ()


def is_small(plan: Plan, i: int) -> bool:
    """Whether the value is a constant that may decide shapes inside."""
    return i in plan.constants and plan.constants[i].size <= _KNOWN


def planned(outputs: Sequence[Any], inputs: Sequence[Any], specs: Sequence[Spec]) -> Plan:
    """The plan that computes `outputs`, for inputs of which some may be known."""
    plan = make_plan(outputs, (), inputs)
    plan.constants.update((n, s.value) for n, s in zip(plan.feeds, specs, strict=True) if s.value is not None)
    specialise(plan, specs)
    return plan


class Beside(Lowering):
    """The lowering of a plan whose statements go to the program of another."""

    def __init__(self, plan: Plan, other: Lowering) -> None:
        super().__init__(plan)
        self.program, self.constants, self.checks = other.program, other.constants, other.checks
        self.is_inside = other.is_inside


class Inside(Lowering):
    """The lowering of a round. What it takes from outside lies at `places` of the program around it."""

    is_inside = True

    def __init__(self, plan: Plan, around: Lowering) -> None:
        super().__init__(plan)
        self.checks = around.checks
        self.places: dict[Storage, Place] = {}
        self.written: list[Storage] = []  # of the program around
        self._same: dict[Storage, Storage] = {}  # by storage around: what stands for all of it

    def bind(self, storage: Storage, place: Place) -> Storage:
        """Have `storage` lie at `place`."""
        storage.slot, storage.needed = ("outside", len(self.places)), True
        self.places[storage] = place
        return storage

    def give(self, number: int, v: Value) -> None:
        """Let the plan's value of that number be `v`, which is the same in all rounds."""
        storage = v.storage and self._same.get(v.storage)
        if v.storage is not None and storage is None:
            storage = self._same[v.storage] = self.bind(Storage(v.dtype, v.storage.count), Place(v.storage))
        self.values[number] = Value(v.dtype, v.shape, storage, v.strides, v.offset, v.literal)

    def give_rows(self, number: int, v: Value, backwards: bool) -> None:
        """Let it be another row of `v` in each round."""
        row = layer(v, 0, v.shape[0] - 1 if backwards else 0)
        storage = v.storage
        if storage is not None:
            place = Place(storage, row.offset, -v.strides[0] if backwards else v.strides[0])
            storage = self.bind(Storage(v.dtype, math.prod(row.shape)), place)
        self.values[number] = Value(v.dtype, row.shape, storage, row.strides, 0, v.literal)

    def put_out(self, number: int, place: Place) -> None:
        """Have the plan's value of that number written to `place`."""
        v = self.value(number)
        storage = v.storage
        if storage is None or storage.slot is not None or not v.is_contiguous:
            storage = self.copy(v).storage
        self.bind(storage, place)  # type: ignore[arg-type]
        self.written.append(place.storage)

    def part(self, around: Lowering) -> Part:
        """The program, when all its statements are there."""
        for storage, array in self.constants:
            around.constants.append((Storage(storage.dtype, storage.count, ("constant", len(around.constants))), array))
            self.bind(storage, Place(around.constants[-1][0]))
        for operation, storage in self.kept.items():
            outer = Storage(storage.dtype, storage.count, ("kept", len(around.kept)))
            self.bind(storage, Place(around.kept.setdefault(operation, outer)))
            self.written.append(around.kept[operation])
        statements = list(self.program.statements())
        checks = any(isinstance(s, Check) or isinstance(s, Inner) and s.checks for s in statements)
        return Part(self.program, self.places, arrangement(self.program)[1], checks)


def scratch_for(parts: Sequence[Part]) -> Storage | None:
    """Memory for whichever of the parts runs."""
    size = max(arrangement(part.program)[0] for part in parts)
    return Storage(types.uint8, size) if size else None
