"""`Executable`: what a session keeps for one set of fetches and fed tensors, and which program runs them.

The first run with feeds of some shapes uses a program that fits every shape; when the same shapes come a second time,
one is made for just them, with all shape arithmetic folded and memory planned. So what is run once is not planned for
long, and what is run in a loop is planned well.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasflow.core.engine.interpreter import Program
from kerasflow.core.engine.memory import plan_memory
from kerasflow.core.engine.passes import infer_specs, protect_reads, simplify, specialise
from kerasflow.core.engine.plan import make_plan
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import Spec

__all__ = ["Executable"]

_SPECIALISED = 16  # programs kept for one set of fetches


class Executable:
    """Runs `targets` and computes `fetches` from the values of `feeds`, again and again."""

    def __init__(
        self, fetches: Sequence[Tensor], targets: Sequence[Operation], feeds: Sequence[Tensor], runtime: Any
    ) -> None:
        self.fetches = tuple(fetches)
        self.targets = tuple(targets)
        self.feeds = tuple(feeds)
        self._runtime = runtime
        self._general: Program | None = None
        self._special: dict[Any, Program | None] = {}

    def run(self, feeds: Sequence[Any]) -> list[Any]:
        """The values of the fetches; `feeds` are arrays of the fed tensors' types, in their order."""
        key = tuple([f.shape for f in feeds])
        with self._runtime.lock:
            program = self._special.get(key) or self._choose(key)
            return program.run(feeds)

    def _choose(self, key: tuple[Any, ...]) -> Program:
        if key in self._special:
            self._special[key] = program = self._specialised(key)
            return program
        if len(self._special) == _SPECIALISED:
            del self._special[next(iter(self._special))]
        self._special[key] = None  # seen once
        if self._general is None:
            plan = make_plan(self.fetches, self.targets, self.feeds)
            if any(t.op.inputs or t.spec.value is not None for t in self.feeds):
                # What was worked out from a value that is now fed does not hold.
                infer_specs(plan, [Spec(t.dtype, t.dims) for t in self.feeds])
            simplify(plan)
            protect_reads(plan)
            self._general = Program(plan, self._runtime)
        return self._general

    def _specialised(self, shapes: tuple[Any, ...]) -> Program:
        plan = make_plan(self.fetches, self.targets, self.feeds)
        specialise(plan, [Spec(t.dtype, s) for t, s in zip(self.feeds, shapes, strict=True)])
        protect_reads(plan)
        return Program(plan, self._runtime, plan_memory(plan))
