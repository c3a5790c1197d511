"""Runs that are watched: operation by operation, as the graph has them, with somebody who sees what each gives."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from kerasflow.core.engine.interpreter import Bound, Program
from kerasflow.core.engine.passes import infer_specs, protect_reads
from kerasflow.core.engine.plan import Plan, Step, make_plan
from kerasflow.core.tensor import Operation
from kerasflow.core.types import Spec

__all__ = ["Observed", "Observer", "observed_plan"]

# Called after each operation with it, its inputs, its outputs, and when it began and ended, in nanoseconds.
Observer = Callable[[Operation, Sequence[Any], Sequence[Any], int, int], None]


def observed_plan(executable: Any) -> Plan:
    """The plan of an executable with nothing merged, folded or rewritten."""
    plan = make_plan(executable.fetches, executable.targets, executable.feeds)
    infer_specs(plan, [Spec(t.dtype, t.dims) for t in executable.feeds])
    protect_reads(plan)
    return plan


class Observed(Program):
    """A program whose operations are watched."""

    def __init__(self, plan: Plan, runtime: Any) -> None:
        super().__init__(plan, runtime)
        self._observer: Observer | None = None

    def observe(self, feeds: Sequence[Any], observer: Observer) -> list[Any]:
        """As `run`; `observer` is called after each operation."""
        before, self._observer = self._observer, observer
        try:
            return self.run(feeds)
        finally:
            self._observer = before

    def _bind(self, step: Step, buffers: dict[int, Any], dying: list[int]) -> Bound:
        call, get, out, tail = super()._bind(step, buffers, dying)
        return partial(self._watched, step, call), get, out, tail

    def _watched(self, step: Step, call: Callable[..., Any], *inputs: Any) -> Any:
        begin = time.time_ns()
        result = call(*inputs)
        end = time.time_ns()
        if self._observer is not None:
            outputs = (result,) if len(step.outputs) == 1 else result or ()
            self._observer(step.operation, inputs, outputs, begin, end)
        return result
