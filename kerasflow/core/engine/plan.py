"""`Plan`: the part of a graph that a run needs, as a list of steps over numbered values.

A plan is made from the fetches and the fed tensors: the operations the fetches depend on, cut at what is fed, in
creation order (rule G4). Values are numbered; a step reads some and writes some. Passes rewrite the list, engines
execute it. Nothing here knows an operation by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

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
    """Steps over values: `feeds` are given, `constants` are known, `fetches` are wanted, in this order."""

    steps: list[Step]
    feeds: tuple[int, ...]
    fetches: tuple[int, ...]
    specs: list[Spec]
    constants: dict[int, np.ndarray[Any, Any]] = field(default_factory=dict)

    @property
    def value_count(self) -> int:
        """The number of values."""
        return len(self.specs)


def make_plan(fetches: Sequence[Tensor], targets: Iterable[Operation], feeds: Sequence[Tensor]) -> Plan:
    """The plan that computes `fetches` and runs `targets`, given the values of `feeds`."""
    fed = set(feeds)
    roots = [t.op for t in fetches if t not in fed]
    operations = _needed([*roots, *targets], fed)
    numbers: dict[Tensor, int] = {}
    specs: list[Spec] = []

    def number(t: Tensor) -> int:
        if t not in numbers:
            numbers[t] = len(specs)
            specs.append(Spec(t.dtype, t.dims))
        return numbers[t]

    fed_numbers = tuple(map(number, feeds))
    steps = []
    for o in operations:
        inputs = tuple(map(number, o.inputs))
        # An output that is fed keeps its number for the fed value; what the operation gives goes unread.
        outputs = tuple([number(t) if t not in fed else _unread(t, specs) for t in o.outputs])
        steps.append(Step(o.opdef, o.attrs, inputs, outputs, o))
    steps.sort(key=lambda s: s.opdef.last)  # stable: all others stay in creation order
    return Plan(steps, fed_numbers, tuple(map(number, fetches)), specs)


def _unread(t: Tensor, specs: list[Spec]) -> int:
    specs.append(Spec(t.dtype, t.dims))
    return len(specs) - 1


def _needed(roots: Iterable[Operation], fed: set[Tensor]) -> list[Operation]:
    """`roots` and what they depend on, cut at the fed tensors, in creation order."""
    seen: set[Operation] = set()
    todo = list(roots)
    while todo:
        operation = todo.pop()
        if operation in seen:
            continue
        seen.add(operation)
        todo.extend(operation.control_inputs)
        todo.extend(t.op for t in operation.inputs if t not in fed)
    return sorted(seen, key=_index)


def _index(operation: Operation) -> int:
    return operation.index
