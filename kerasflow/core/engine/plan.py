"""`Plan`: the part of a graph that a run needs, as a list of steps over numbered values.

A plan is made from the fetches and the fed tensors: the operations the fetches depend on, cut at what is fed, in
creation order (rule G4). Values are numbered; a step reads some and writes some. Passes rewrite the list, engines
execute it. Nothing here knows an operation by name.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from kerasflow.core.opdef import OpDef
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import Spec

__all__ = ["Plan", "Step", "make_plan"]


@dataclass(slots=True)
class Step:
    """One operation of a plan: the values it reads and writes."""

    opdef: OpDef
    attrs: dict[str, Any]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    operation: Operation
    copies: bool = False  # the output must not share memory with the variable it was read from


@dataclass(slots=True)
class Plan:
    """Steps over values: `feeds` are given, `constants` are known, `fetches` are wanted, in this order; `required` ones
    must be computed though nobody may read them.
    """

    steps: list[Step]
    feeds: tuple[int, ...]
    fetches: tuple[int, ...]
    specs: list[Spec]
    constants: dict[int, np.ndarray[Any, Any]] = field(default_factory=dict)
    required: frozenset[int] = frozenset()

    @property
    def value_count(self) -> int:
        """The number of values."""
        return len(self.specs)

    def replace(self, alias: dict[int, int]) -> None:
        """Let what is asked of a value in `alias` be asked of the other one."""
        self.fetches = tuple([alias.get(i, i) for i in self.fetches])
        self.required = frozenset([alias.get(i, i) for i in self.required])


def make_plan(
    fetches: Sequence[Tensor],
    targets: Iterable[Operation],
    feeds: Sequence[Tensor],
    done: Container[Operation] = (),
) -> Plan:
    """The plan that computes `fetches` and runs `targets`, given the values of `feeds`; nothing waits for what is
    `done`.
    """
    specs: list[Spec] = []
    numbers = _number_feeds(feeds, specs)
    targets = list(targets)
    parts = _needed_parts(fetches, targets, numbers, done)
    steps = []
    outputs_of: dict[Operation, range] = {}
    for o, attrs, inputs, results in parts:
        outputs = outputs_of[o] = range(len(specs), len(specs) + len(results))
        steps.append(Step(o.opdef, attrs, tuple([numbers[t] for t in inputs]), tuple(outputs), o))
        for t, n in zip(results, outputs, strict=True):
            specs.append(t.spec)
            numbers.setdefault(t, n)  # if it is fed, what the operation gives goes unread
    steps.sort(key=lambda s: s.opdef.last)  # stable: all others stay in creation order
    waited_for = {c for part in parts for c in part.operation.control_inputs if c in outputs_of}
    required = frozenset(n for o in waited_for.union(targets) for n in outputs_of[o])
    fed, fetched = (tuple([numbers[t] for t in ts]) for ts in (feeds, fetches))
    return Plan(steps, fed, fetched, specs, required=required)


def _number_feeds(feeds: Sequence[Tensor], specs: list[Spec]) -> dict[Tensor, int]:
    """Numbers for the fed tensors; with a variable go all readings of it."""
    numbers: dict[Tensor, int] = {}
    for t in feeds:
        if t not in numbers:
            numbers[t] = len(specs)
            specs.append(Spec(t.dtype, t.dims))  # without its value, if it is a constant
    for t in feeds:
        if t.op.opdef.last:
            for reading in t.op.attrs["variable"].reads:
                numbers.setdefault(reading, numbers[t])
    return numbers


class _Part(NamedTuple):
    """What a plan takes of an operation: all of it, or what `OpDef.narrow` leaves."""

    operation: Operation
    attrs: dict[str, Any]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]


def _needed_parts(
    fetches: Sequence[Tensor], targets: list[Operation], fed: Container[Tensor], done: Container[Operation]
) -> list[_Part]:
    operations = _needed([*[t.op for t in fetches if t not in fed], *targets], fed, done)
    if not any([o.opdef.narrow for o in operations]):
        return [_Part(o, o.attrs, o.operands, o.outputs) for o in operations]
    whole = set(targets)
    wanted = {t for t in fetches if t not in fed}
    parts = []
    for o in reversed(operations):
        used = tuple([t in wanted for t in o.outputs])
        if o not in whole and not any(used):
            continue  # it was needed only for what has been left out
        part = _Part(o, o.attrs, o.operands, o.outputs)
        if o.opdef.narrow is not None:
            part = _Part(o, *o.opdef.narrow(o, None if o in whole else used))
        whole.update(o.control_inputs)
        wanted.update(t for t in part.inputs if t not in fed)
        parts.append(part)
    return parts[::-1]


def _needed(roots: Iterable[Operation], fed: Container[Tensor], done: Container[Operation]) -> list[Operation]:
    """`roots` and what they depend on, cut at the fed tensors, in creation order."""
    seen: set[Operation] = set()
    todo = list(roots)
    while todo:
        operation = todo.pop()
        if operation in seen:
            continue
        seen.add(operation)
        todo.extend(c for c in operation.control_inputs if not _is_fed(c, fed) and c not in done)
        todo.extend(t.op for t in operation.operands if t not in fed)
    return sorted(seen, key=_index)


def _is_fed(operation: Operation, fed: Container[Tensor]) -> bool:
    """Whether all that the operation gives is fed: then nobody has to wait for it."""
    return bool(operation.outputs) and all(t in fed for t in operation.outputs)


def _index(operation: Operation) -> int:
    return operation.index
