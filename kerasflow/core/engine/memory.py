"""Memory planning: which results are written to which buffer.

A result whose shape is known and whose kernel takes ``out=`` gets a buffer that lives as long as the plan does, so a
run allocates nothing for it. Buffers are shared by results that are not alive at the same time; an element-wise
operation writes over an input it is the last to read. Results that leave the run are not planned: they are the
caller's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.engine.passes import last_uses
from kerasflow.core.engine.plan import Plan, Step

__all__ = ["Layout", "plan_memory"]


class Layout:
    """Where planned values lie: for each, the number of its block; and the size of each block in bytes."""

    def __init__(self) -> None:
        self.block_of: dict[int, int] = {}
        self.sizes: list[int] = []
        self._free: list[int] = []

    def place(self, value: int, need: int) -> None:
        """Give `value` a free block: the smallest that fits without wasting half of it, or a new one."""
        fits = [b for b in self._free if need <= self.sizes[b] <= 2 * need]
        if fits:
            block = min(fits, key=self.sizes.__getitem__)
            self._free.remove(block)
        else:
            block = len(self.sizes)
            self.sizes.append(need)
        self.block_of[value] = block

    def hand_over(self, old: int, new: int) -> None:
        """Let `new` be written over `old`."""
        self.block_of[new] = self.block_of[old]

    def release(self, value: int) -> None:
        """Let others use the block of `value`."""
        self._free.append(self.block_of[value])

    def allocate(self, plan: Plan) -> dict[int, np.ndarray[Any, Any]]:
        """The buffers, as arrays of each value's shape and type."""
        blocks = [np.empty(size, np.uint8) for size in self.sizes]
        views = {}
        for value, block in self.block_of.items():
            dtype, dims, _ = plan.specs[value]
            need = _bytes(plan, value)
            views[value] = blocks[block][:need].view(dtype.numpy).reshape(dims)
        return views


def plan_memory(plan: Plan) -> Layout:
    """Lay out the results of `plan`, whose shapes have been worked out."""
    layout = Layout()
    last = last_uses(plan)
    bases = _bases(plan)
    end = len(plan.steps)
    dying: dict[int, list[int]] = {}
    for k, step in enumerate(plan.steps):
        taken = None
        if _plannable(plan, step) and last[step.outputs[0]] < end:
            out = step.outputs[0]
            taken = next((i for i in _dying_inputs(plan, step, layout, last, k) if _unseen(i, step, bases)), None)
            if taken is None:
                layout.place(out, _bytes(plan, out))
            else:
                layout.hand_over(taken, out)
            dying.setdefault(last[out], []).append(out)
        for value in dying.pop(k, ()):
            if value != taken:
                layout.release(value)
    return layout


def _plannable(plan: Plan, step: Step) -> bool:
    if not step.opdef.out or len(step.outputs) != 1:
        return False
    dtype, dims, _ = plan.specs[step.outputs[0]]
    return dtype.kind != "O" and shapes.is_static(dims) and dims != () and 0 not in dims  # type: ignore[operator]


def _dying_inputs(plan: Plan, step: Step, layout: Layout, last: dict[int, int], k: int) -> Iterator[int]:
    """The planned inputs of step k that are as its result, and that nothing reads later."""
    if step.opdef.elementwise:
        like = plan.specs[step.outputs[0]][:2]
        yield from (i for i in step.inputs if i in layout.block_of and last[i] == k and plan.specs[i][:2] == like)


def _unseen(value: int, step: Step, bases: dict[int, set[int]]) -> bool:
    """Whether no other input of `step` is that value too, or a view of it: element i of one may be element j of it."""
    return step.inputs.count(value) == 1 and not any(value in bases.get(i, ()) for i in step.inputs)


def _bases(plan: Plan) -> dict[int, set[int]]:
    """For each value that may be a view, the values it may be a view of."""
    bases: dict[int, set[int]] = {}
    for step in plan.steps:
        if step.opdef.alias:
            below = {b for i in step.inputs for b in bases.get(i, (i,))}
            bases.update((o, below) for o in step.outputs)
    return bases


def _bytes(plan: Plan, value: int) -> int:
    dtype, dims, _ = plan.specs[value]
    return (shapes.size(dims) or 0) * dtype.size
