"""Lanes: equal element-wise work on several small variables, done at once.

What an optimizer does to each variable is the same dozen operations, on arrays so small that the interpreter spends its
time between operations rather than in them. A lane is one variable's share of such work: an update, and all that leads
to it element by element from arrays of the variable's shape and from scalars. `merge_lanes` puts one step in the place
of lanes that are alike. It computes on flat arrays, in which each lane has a stretch; the variables themselves move
into such arrays, as views, so they need no copying.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.engine.interpreter import failure
from kerasflow.core.engine.passes import cells_of
from kerasflow.core.engine.plan import Plan, Step
from kerasflow.core.errors import OpError
from kerasflow.core.opdef import OpDef

__all__ = ["merge_lanes"]

_LARGEST = 1 << 15  # bytes of a variable: with larger ones the time goes into the arithmetic
_TOGETHER = 1 << 18  # bytes of the variables of one step: so that its arrays stay in the processor's cache
_ALIGN = 16  # elements: each stretch begins at a multiple of so many

Array = np.ndarray[Any, Any]
_Call = tuple[Callable[..., Any], list[Any], list[tuple[int, int]], Any]


class _Lane:
    """The steps that lead to the update `sink`, the values they take from outside, and their form.

    Equal forms mean equal work: the form is what the steps are, and where each takes its inputs from.
    """

    def __init__(self, plan: Plan, members: list[int]) -> None:
        self.members = members
        self.steps = [plan.steps[k] for k in members]
        self.leaves: list[int] = []  # values of the variable's shape
        self.variables: list[Any] = []
        self.refs: list[tuple[tuple[str, int], ...]] = []  # for each step, its inputs: of which kind, which one
        self.dims: tuple[int, ...] = tuple(plan.specs[self.steps[-1].outputs[0]].shape)  # type: ignore[arg-type]
        made: dict[int, int] = {}
        form = []
        for k, step in enumerate(self.steps):
            refs = tuple([self._ref(plan, i, made) for i in step.inputs])
            self.refs.append(refs)
            form.append((step.opdef.name, plan.specs[step.outputs[0]].dtype, refs, self._attrs(step)))
            made[step.outputs[0]] = k
        self.form = (tuple(form), tuple([plan.specs[i].dtype for i in self.leaves]))

    def _ref(self, plan: Plan, value: int, made: dict[int, int]) -> tuple[str, int]:
        if value in made:
            return "member", made[value]
        if plan.specs[value].shape == ():
            return "scalar", value
        if value not in self.leaves:
            self.leaves.append(value)
        return "leaf", self.leaves.index(value)

    def _attrs(self, step: Step) -> Any:
        """The step's attributes; of one that reads or updates a variable, the number of that."""
        named = step.opdef.reads or step.opdef.writes
        if named is None:
            return tuple(sorted(step.attrs.items()))
        if step.attrs[named] not in self.variables:
            self.variables.append(step.attrs[named])
        return self.variables.index(step.attrs[named])

    def variable_of(self, k: int) -> int | None:
        """The number of the variable that step `k` reads or updates."""
        named = self.steps[k].opdef.reads or self.steps[k].opdef.writes
        return None if named is None else self.variables.index(self.steps[k].attrs[named])

    @property
    def bytes(self) -> int:
        """The size of the largest of its arrays."""
        return max(v.dtype.size for v in self.variables) * math.prod(self.dims)

    @property
    def cells(self) -> set[Any]:
        """What its variables are kept in."""
        return {c for s in self.steps for c in cells_of(s)}


def merge_lanes(plan: Plan) -> None:
    """Put one step in the place of all lanes that are alike."""
    alike: dict[Any, list[list[_Lane]]] = {}
    for lane in _lanes(plan):
        groups = alike.setdefault(lane.form, [[]])
        if groups[-1] and sum(x.bytes for x in groups[-1]) + lane.bytes > _TOGETHER:
            groups.append([])
        groups[-1].append(lane)
    gone: set[int] = set()
    for group in itertools.chain.from_iterable(alike.values()):
        if len(group) > 1 and _may_move(plan, group, gone):
            gone.update(k for lane in group for k in lane.members)
            last = max(lane.members[-1] for lane in group)
            plan.steps[last] = _merged(plan, group)
            gone.remove(last)
    plan.steps = [s for k, s in enumerate(plan.steps) if k not in gone]


def _lanes(plan: Plan) -> list[_Lane]:
    makers = {o: k for k, s in enumerate(plan.steps) for o in s.outputs}
    readers: dict[int, list[int]] = {i: [len(plan.steps)] for i in plan.fetches}
    for k, step in enumerate(plan.steps):
        for i in step.inputs:
            readers.setdefault(i, []).append(k)
    lanes = []
    for k, step in enumerate(plan.steps):
        if step.opdef.update is not None and not readers.get(step.outputs[0]) and _is_small(plan, step):
            members = _members(plan, k, makers, readers)
            if len(members) > 1 and not _has_hazard(plan, members):
                lanes.append(_Lane(plan, members))
    return lanes


def _is_small(plan: Plan, sink: Step) -> bool:
    dtype, dims, _ = plan.specs[sink.outputs[0]]
    return bool(dims) and shapes.is_static(dims) and 0 < (shapes.size(dims) or 0) * dtype.size <= _LARGEST


def _members(plan: Plan, sink: int, makers: dict[int, int], readers: dict[int, list[int]]) -> list[int]:
    """The steps of the lane that ends in `sink`: whose results nobody else reads."""
    dims = plan.specs[plan.steps[sink].outputs[0]].shape
    if not _fits(plan, plan.steps[sink], dims):
        return []
    found, pending = {sink}, [sink]
    while pending:
        for i in plan.steps[pending.pop()].inputs:
            k = makers.get(i)
            if k is not None and k not in found and _fits(plan, plan.steps[k], dims):
                found.add(k)
                pending.append(k)
    kept: set[int] = {sink}
    for k in sorted(found - {sink}, reverse=True):
        if kept.issuperset(readers[plan.steps[k].outputs[0]]):
            kept.add(k)
    return sorted(kept)


def _fits(plan: Plan, step: Step, dims: Any) -> bool:
    """Whether the step works element by element on arrays of this shape, on variables or on scalars."""
    opdef = step.opdef
    pure = opdef.elementwise and not opdef.stateful
    if not (pure or opdef.update or (opdef.reads and not step.inputs)) or len(step.outputs) != 1:
        return False
    if plan.specs[step.outputs[0]].shape != dims or any(plan.specs[i].shape not in (dims, ()) for i in step.inputs):
        return False
    return opdef.update is None or plan.specs[step.inputs[0]].shape == dims


def _has_hazard(plan: Plan, members: list[int]) -> bool:
    """Whether a variable is changed twice, or the value it had is still read after it has changed."""
    changed: set[Any] = set()
    reads: dict[int, Any] = {}
    for k in members:
        step = plan.steps[k]
        if any(reads[i] in changed for i in step.inputs if i in reads):
            return True
        for cell in cells_of(step):
            if step.opdef.writes:
                if cell in changed:
                    return True
                changed.add(cell)
            else:
                reads[step.outputs[0]] = cell
    return False


def _may_move(plan: Plan, lanes: list[_Lane], gone: set[int]) -> bool:
    """Whether all lanes may run where the last one ends: nobody before that sees or changes their variables."""
    own = set[Any]().union(*[lane.cells for lane in lanes])
    if len(own) < sum(len(lane.cells) for lane in lanes):
        return False
    members = {k for lane in lanes for k in lane.members}
    for k in range(min(members), max(members)):
        step = plan.steps[k]
        if k not in members and k not in gone and step.opdef.stateful:
            cells = cells_of(step)
            if not cells or not own.isdisjoint(cells):
                return False
    return True


def _merged(plan: Plan, lanes: list[_Lane]) -> Step:
    leaves = [i for lane in lanes for i in lane.leaves]
    scalars = dict.fromkeys(i for refs in lanes[0].refs for kind, i in refs if kind == "scalar")
    work = _Work(plan, lanes, list(scalars))
    opdef = OpDef("Lanes", lambda *_: (), work, None, stateful=True, writes="variables")
    variables = tuple([v for lane in lanes for v in lane.variables])
    operation = lanes[0].steps[-1].operation
    return Step(opdef, {"variables": variables}, (*leaves, *scalars), (), operation)


class _Work:
    """The kernel of a merged step, with the memory it works on."""

    def __init__(self, plan: Plan, lanes: list[_Lane], scalars: list[int]) -> None:
        self._lanes = lanes
        self._nothing: list[Any] = [None] * plan.value_count
        self._dtypes = [plan.specs[s.outputs[0]].dtype.numpy for s in lanes[0].steps]
        self._leaf_dtypes = [plan.specs[i].dtype.numpy for i in lanes[0].leaves]
        self._scalars = scalars
        self._cells: list[tuple[Any, Array, Step]] = []
        self._targets: list[Array] = []
        self._calls: list[_Call] = []

    def __call__(self, runtime: Any, operation: Any, *values: Any, variables: Any) -> tuple[()]:
        """Bring the leaves together, and do the work of all lanes."""
        if not self._calls:
            self._prepare(runtime)
        if any([cell.value is not view for cell, view, _ in self._cells]):
            self._move_in(runtime)
        for target, value in zip(self._targets, values, strict=False):
            np.copyto(target, value)
        first = len(self._targets)
        for call, args, scalars, out in self._calls:
            for at, number in scalars:
                args[at] = values[first + number]
            call(*args, out=out)
        return ()

    def _move_in(self, runtime: Any) -> None:
        """Have the variables live in this memory from now on; if one has no value to read, none gets any."""
        empty = [cell for cell, _, _ in self._cells if cell.value is None]
        try:
            for cell, view, step in self._cells:
                if cell.value is not view:
                    self._move(runtime, cell, view, step)
        except BaseException:
            for cell in empty:
                cell.value = None
            raise

    def _move(self, runtime: Any, cell: Any, view: Array, step: Step) -> None:
        """Have the variable live in `view` from now on."""
        if cell.value is None:
            delta = [np.zeros(view.shape, view.dtype) for _ in step.inputs]
            try:
                step.opdef.kernel(runtime, step.operation, *delta, **step.attrs)  # complains, unless it needs no value
            except OpError as cause:
                raise failure(step, self._nothing, cause) from cause
        np.copyto(view, cell.value)
        cell.value = view

    def _prepare(self, runtime: Any) -> None:
        """Lay out the memory, and settle what is called with what; once more from the start, if it was interrupted."""
        self._cells.clear()
        cut = _Cutter([lane.dims for lane in self._lanes])
        first = self._lanes[0]
        leaves = [cut.new(d) for d in self._leaf_dtypes]
        self._targets = [a for parts in zip(*[cut.parts(x) for x in leaves], strict=True) for a in parts]
        numbers = [first.variable_of(k) for k in range(len(first.steps))]
        arenas = {v: cut.new(d) for v, d in zip(numbers, self._dtypes, strict=True) if v is not None}
        for v, arena in arenas.items():
            k = numbers.index(v)  # the first step that meets the variable says what there is to say if it is empty
            for lane, view in zip(self._lanes, cut.parts(arena), strict=True):
                self._cells.append((runtime.cell(lane.variables[v]), view, lane.steps[k]))
        self._calls = self._bound(cut, leaves, arenas, numbers)

    def _bound(
        self, cut: _Cutter, leaves: list[Array], arenas: dict[int, Array], numbers: Sequence[int | None]
    ) -> list[_Call]:
        """For each step that computes: what is called, on what, with which scalars where, and where the result goes."""
        calls: list[_Call] = []
        results: list[Array] = []
        lane = self._lanes[0]
        last = {ref: k for k, refs in enumerate(lane.refs) for ref in refs}
        for k, (step, refs) in enumerate(zip(lane.steps, lane.refs, strict=True)):
            args = [self._source(ref, leaves, results) for ref in refs]
            scalars = [(at, self._scalars.index(i)) for at, (kind, i) in enumerate(refs) if kind == "scalar"]
            dying = [a for ref, a in zip(refs, args, strict=True) if last[ref] == k and refs.count(ref) == 1]
            own = [a for a in dying if a is not None and not any(a is x for x in arenas.values())]
            number = numbers[k]
            if number is None:
                out = next((a for a in own if a.dtype == self._dtypes[k]), None)
                out = cut.new(self._dtypes[k]) if out is None else out
                calls.append((_with_attrs(step), args, scalars, out))
            else:
                out = arenas[number]
                if step.opdef.update is not None:
                    calls.append((step.opdef.update, [out, *args], [], out))
            cut.release(a for a in own if a is not out)
            results.append(out)
        return calls

    @staticmethod
    def _source(ref: tuple[str, int], leaves: list[Array], results: list[Array]) -> Array | None:
        kind, i = ref
        if kind == "scalar":
            return None
        return leaves[i] if kind == "leaf" else results[i]


class _Cutter:
    """Makes flat arrays that hold one stretch for each lane, and cuts them."""

    def __init__(self, dims: list[tuple[int, ...]]) -> None:
        self._dims = dims
        sizes = [math.prod(d) for d in dims]
        self._starts = [0]
        for n in sizes:
            self._starts.append(self._starts[-1] + n + -n % _ALIGN)
        self._free: list[Array] = []

    def new(self, dtype: Any) -> Array:
        """An array of this type: one that was released, or a new one."""
        for k, array in enumerate(self._free):
            if array.dtype == dtype:
                return self._free.pop(k)
        return np.zeros(self._starts[-1], dtype)

    def release(self, arrays: Iterable[Array]) -> None:
        """Let others use these arrays."""
        self._free.extend(arrays)

    def parts(self, array: Array) -> list[Array]:
        """The stretches of the lanes, in their shapes."""
        starts = zip(self._starts, self._dims, strict=False)
        return [array[start : start + math.prod(d)].reshape(d) for start, d in starts]


def _with_attrs(step: Step) -> Callable[..., Any]:
    if not step.attrs:
        return step.opdef.kernel
    return lambda *args, out: step.opdef.kernel(*args, out=out, **step.attrs)
