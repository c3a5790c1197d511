"""The way back through the rounds of a loop, which is a loop too: the gradient of `While` and of `Scan`.

The gradients by what a round replaces are carried; those by what is the same in all rounds are summed up in carries, or
put together of all rounds at once where the loop knows how; those by what a round takes of its own are given round by
round. What is needed of the rounds there has been, the first loop keeps.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kerasflow.core import shapes
from kerasflow.core.body import Fixed
from kerasflow.core.graph import apply
from kerasflow.core.influence import influences
from kerasflow.core.ops.backward import to_keep, way_back, with_shape, zeros_for
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import variant

__all__ = ["loop_gradient"]


def loop_gradient(operation: Operation, g: Any, wanted: list[bool]) -> list[Any]:
    """The `vjp` of a loop, see `OpDef`."""
    if not operation.attrs["loop"].differentiable:
        return [None] * len(wanted)
    return [None, *_Back(operation, g if isinstance(g, list) else [g], wanted[1:]).gradients()]


def _carried_back(loop: Any, gs: Sequence[Any], wanted: Sequence[bool]) -> list[int]:
    """The carries whose gradients are needed: something comes in by them, and something that is wanted goes out."""
    m = len(loop.carries)
    inputs = loop.inputs
    ys = [*loop.results, *[t for t, g in zip(loop.kept, gs[m + 1 :], strict=False) if g is not None]]
    depends = influences(ys, inputs, gradients=True)
    reached = {j for j in range(m) if gs[j] is not None and loop.carries[j].dtype.is_differentiable}
    reached |= {j for d in depends[m:] for j in d if j < m}
    useful = {j for j in range(m) if wanted[j] or any(wanted[i] for i in depends[j] if i >= m)}
    for _ in range(m):
        reached |= {i for j in reached for i in depends[j] if i < m}
        useful |= {j for j in range(m) if any(i in useful for i in depends[j] if i < m)}
    return sorted(reached & useful)


class _Back:
    """The loop back through the rounds of `operation`, given the gradients `gs` by its outputs.

    Values of a round go by their numbers among the inputs of the loop: carries, fixed ones, items.
    """

    def __init__(self, operation: Operation, gs: Sequence[Any], wanted: Sequence[bool]) -> None:
        self.operation, self.gs = operation, gs
        self.loop = loop = operation.attrs["loop"]
        self.body, self.inputs = loop.body, loop.inputs
        self.mark = len(self.body.get_operations())
        self.same = Fixed(loop.fixed, self.body.live)
        m, count = len(loop.carries), len(self.inputs)
        self.carried = _carried_back(loop, gs, wanted)
        lists = [m + 1 + k for k in range(len(loop.kept)) if m + 1 + k < len(gs) and gs[m + 1 + k] is not None]
        ys = [*[loop.results[j] for j in self.carried], *[loop.kept[k - m - 1] for k in lists]]
        xs = [*self.carried, *[i for i in range(m, count) if wanted[i] and self.inputs[i].dtype.is_differentiable]]
        seeds, grads = way_back(self.body, ys, [self.inputs[i] for i in xs], self.inputs)
        self.found = {i: t for i, t in zip(xs, grads, strict=True) if t is not None}
        self.seeds = seeds[: len(self.carried)]
        self.seeds_of_lists = dict(zip(seeds[len(self.carried) :], [gs[k] for k in lists], strict=True))
        summed = [i for i in self.found if m <= i < m + len(loop.fixed)]
        self.at_once = {i: p for i in summed if (p := loop.factors(self.found[i], self.same))}
        self.summed = [i for i in summed if i not in self.at_once]
        self.itemwise = [i for i in self.found if i >= m + len(loop.fixed)]

    def gradients(self) -> list[Any]:
        """The gradients by what the loop takes, without the number of rounds."""
        loop, operation, carried = self.loop, self.operation, self.carried
        results, sums = self._results()
        kept = dict.fromkeys([*[self.found[i] for i in self.itemwise], *self._factors()])
        given = {*loop.fixed, *loop.items, *self.seeds, *self.seeds_of_lists, *sums}
        needed = to_keep([*results, *kept], given, self.same, self.mark)
        m, f = len(loop.carries), len(loop.fixed)
        values = operation.inputs[1:]
        starts = [zeros_for(operation.outputs[j]) if self.gs[j] is None else self.gs[j] for j in carried]
        starts += [zeros_for(values[i]) for i in self.summed]
        lists = [*values[m + f :], *self.seeds_of_lists.values(), *[loop.keep(operation, t) for t in needed]]
        carries, items = [*self.seeds, *sums], [*loop.items, *self.seeds_of_lists, *needed]
        dims = [_settled(c, r) for c, r in zip(carries, results, strict=True)]
        back = type(loop)(self.body, None, carries, loop.fixed, items, results, list(kept), dims, not loop.backwards)
        made: Sequence[Any] = ()
        if results or kept:
            rounds = loop.rounds(operation, lists)
            made = apply(loop.name, rounds, *starts, *values[m : m + f], *lists, loop=back, changed=(), name="Exit")
        n = len(results)
        stacks = dict(zip(kept, made[n + 1 :], strict=True))
        out: list[Any] = [None] * len(values)
        for i, t in zip([*carried, *self.summed], made, strict=False):
            out[i] = with_shape(t, values[i])
        for i in self.itemwise:
            out[i] = with_shape(stacks[self.found[i]], values[i])
        for i, pairs in self.at_once.items():
            out[i] = with_shape(loop.of_all_rounds([[self._stack(t, stacks) for t in p] for p in pairs]), values[i])
        return out

    def _results(self) -> tuple[list[Tensor], list[Tensor]]:
        """What a round back makes of its carries; and those of them that are sums."""
        with self.body.as_default():
            results = [self.found[j] if j in self.found else zeros_for(self.loop.carries[j]) for j in self.carried]
            sums = [self.body.new_input(self.inputs[i].spec._replace(value=None), "sum") for i in self.summed]
            results += [_sum(s, self.found[i]) for s, i in zip(sums, self.summed, strict=True)]
        return results, sums

    def _factors(self) -> Iterable[Tensor]:
        """What gradients of all rounds at once take of the rounds back."""
        factors = [t for pairs in self.at_once.values() for pair in pairs for t in pair]
        return [t for t in factors if t.op.index >= self.mark and t not in self.seeds_of_lists]

    def _stack(self, t: Tensor, stacks: dict[Tensor, Tensor]) -> Tensor:
        """The values of `t` in all rounds."""
        if t in stacks:
            return stacks[t]
        if t in self.seeds_of_lists:
            given: Tensor = self.seeds_of_lists[t]
            return given
        if t in self.loop.items:
            return self.operation.inputs[1 + self.inputs.index(t)]
        kept: Tensor = self.loop.keep(self.operation, t)
        return kept


def _settled(carry: Tensor, result: Tensor) -> shapes.Dims:
    return None if carry.dtype is variant else shapes.merge(carry.dims, result.dims)


def _sum(x: Tensor, y: Tensor) -> Tensor:
    total: Tensor = apply("AddLists" if x.dtype is variant else "Add", x, y)
    return total
