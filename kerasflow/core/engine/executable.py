"""`Executable`: what a session keeps for one set of fetches and fed tensors, and which program runs them.

The first run with feeds of some shapes uses a program that fits every shape; when the same shapes come a second time,
one is made for just them, with all shape arithmetic folded and memory planned. So what is run once is not planned for
long, and what is run in a loop is planned well. When it runs very often it is compiled; `choice` has the rule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Sequence
from typing import Any

from kerasflow.core.engine.choice import FEWEST, RUNS, get_engine, has_compiler, runs_to_compile, several
from kerasflow.core.engine.interpreter import Program
from kerasflow.core.engine.lanes import merge_lanes
from kerasflow.core.engine.memory import plan_memory
from kerasflow.core.engine.observing import Observed, Observer, observed_plan
from kerasflow.core.engine.passes import infer_specs, protect_reads, simplify, specialise
from kerasflow.core.engine.plan import Plan, make_plan
from kerasflow.core.shapes import size
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import Spec

__all__ = ["Executable", "Special"]

_SPECIALISED = 16  # programs kept for one set of fetches
_NEVER = 1 << 62


class Special:
    """A program for feeds of certain shapes.

    `left` are the runs until it is compiled, `after` how many they were at first; `segments` its compiled parts;
    `reasons` what stays with the interpreter: the number of operations by type and obstacle; `shortcut` runs it past
    the interpreter, if it is all compiled.
    """

    def __init__(self, program: Program | None, left: int) -> None:
        self.program = program
        self.left = self.after = left
        self.segments: list[Any] = []
        self.reasons: Counter[tuple[str, str]] = Counter()
        self.shortcut: Callable[[Sequence[Any]], list[Any]] | None = None

    @property
    def whole(self) -> Any:
        """The compiled segment that is all there is to the program, None if the interpreter has a part in it."""
        if self.program is None or len(self.segments) != 1 or len(self.program.plan.steps) != 1:
            return None
        return self.segments[0]

    def describe(self) -> list[str]:
        """A few lines for people on what runs it."""
        if self.program is None:
            return ["seen once, not planned yet"]
        steps = len(self.program.plan.steps)
        kept = [f"{n} {name} ({reason})" for (name, reason), n in self.reasons.most_common()]
        why = [f"with the interpreter: {', '.join(kept)}"] if kept else []
        if not self.segments:
            rule = f"; to be compiled after {self.left} more runs" if 0 < self.left < _NEVER else ""
            return [f"interpreter, {several(steps, 'operation')}{rule}", *why]
        parts = [f"segment {k}: {s.describe()}" for k, s in enumerate(self.segments, 1)]
        if self.whole:
            return ["native, all in one segment; loops over batches are compiled too", *parts]
        others = several(steps - len(self.segments), "operation")
        return [f"native, {several(len(self.segments), 'segment')} and {others} with the interpreter", *parts, *why]


class Executable:
    """Runs `targets` and computes `fetches` from the values of `feeds`, again and again; see `make_plan`."""

    def __init__(
        self,
        fetches: Sequence[Tensor],
        targets: Sequence[Operation],
        feeds: Sequence[Tensor],
        runtime: Any,
        done: Container[Operation] = (),
    ) -> None:
        self.fetches = tuple(fetches)
        self.targets = tuple(targets)
        self.feeds = tuple(feeds)
        self.runtime = runtime
        self._done = done
        self._general: Program | None = None
        self._observed: Observed | None = None
        self._special: dict[Any, Special] = {}
        self.comes_again = False  # whether what will be run is likely to be run again and again, after `start_over`
        self._made: dict[Any, Special] = {}  # before `start_over`, by the key and whether it is compiled

    def run(self, feeds: Sequence[Any]) -> list[Any]:
        """The values of the fetches; `feeds` are arrays of the fed tensors' types, in their order."""
        key = (get_engine(), *[f.shape for f in feeds])
        with self.runtime.lock:
            special = self._special.get(key)
            if special is not None and special.shortcut is not None:
                return special.shortcut(feeds)
            if special is None or special.program is None or special.left <= 1:
                program = self._choose(key)
            else:
                program = special.program
                special.left -= 1
            return program.run(feeds)

    def observe(self, feeds: Sequence[Any], observer: Observer) -> list[Any]:
        """As `run`, operation by operation, each shown to `observer`."""
        with self.runtime.lock:
            if self._observed is None:
                self._observed = Observed(observed_plan(self), self.runtime)
            return self._observed.observe(feeds, observer)

    def prepared(self, shapes: Sequence[Any], runs: int) -> Special | None:
        """What runs feeds of these shapes, when `runs` runs are about to come; None if they may never come again."""
        key = (get_engine(), *shapes)
        with self.runtime.lock:
            special = self._special.get(key)
            if special is None:
                if runs < 2 and key[0] != "native":
                    return None
                special = self._new_entry(key)
            if special.program is None:
                self._find(special, key, runs)
            if special.left <= runs:
                self._find_compiled(special, key)
            return special

    def start_over(self) -> None:
        """Forget what has been run: the same runs will choose the same programs again, which need not be made again."""
        with self.runtime.lock:
            self._made |= {(key, bool(s.segments)): s for key, s in self._special.items() if s.program is not None}
            for key in list(self._made)[: -2 * _SPECIALISED]:
                del self._made[key]
            self._special = {}

    def progress(self) -> list[tuple[Any, int | None]]:
        """For each of the shapes there were, the runs left until it is compiled: 0 if it is, None if it ran once."""
        with self.runtime.lock:
            programs = [(key[1:], s) for key, s in self._special.items() if key[0] == get_engine() == "auto"]
        return [(shapes, None if s.program is None else 0 if s.left == _NEVER else s.left) for shapes, s in programs]

    def go_on(self, progress: Iterable[tuple[Any, int | None]]) -> None:
        """Choose programs as an executable that gave `progress`, perhaps in another process."""
        if get_engine() != "auto" or not has_compiler():
            return
        with self.runtime.lock:
            for shapes, left in progress:
                key = ("auto", *[tuple(shape) for shape in shapes])
                special = self._special.get(key) or self._new_entry(key)
                if left is None:
                    continue
                if special.program is None:
                    self._find(special, key, 1)
                special.left = left
                if not left:
                    self._find_compiled(special, key)

    def describe(self) -> list[str]:
        """For each program there is, a few lines for people on what runs it."""
        lines = []
        if self._general is not None:
            lines.append(f"any shapes: interpreter, {several(len(self._general.plan.steps), 'operation')}")
        for (engine, *shapes), special in list(self._special.items()):
            first, *more = special.describe()
            before = "" if engine == get_engine() else f", as the engine was {engine!r}"
            lines.append(f"feeds of shapes {shapes}{before}: {first}")
            lines.extend(f"  {line}" for line in more)
        return lines

    def _new_entry(self, key: tuple[Any, ...]) -> Special:
        if len(self._special) == _SPECIALISED:
            oldest = next((k for k, s in self._special.items() if not s.segments), next(iter(self._special)))
            del self._special[oldest]
        left = {"interpreter": _NEVER, "native": 0}.get(key[0], RUNS if has_compiler() else _NEVER)
        special = self._special[key] = Special(None, left)
        return special

    def _choose(self, key: tuple[Any, ...]) -> Program:
        special = self._special.get(key)
        if special is None:
            special = self._new_entry(key)
            if special.left:  # seen once: perhaps never again
                return self._for_any_shapes()
        program = special.program or self._find(special, key, 1)
        if special.left <= 1:
            self._find_compiled(special, key)
        return special.program or program

    def _for_any_shapes(self) -> Program:
        if self._general is None:
            plan = make_plan(self.fetches, self.targets, self.feeds, self._done)
            if any(t.op.operands or t.spec.value is not None for t in self.feeds):
                # What was worked out from a value that is now fed does not hold.
                infer_specs(plan, [Spec(t.dtype, t.dims) for t in self.feeds])
            simplify(plan)
            protect_reads(plan)
            self._general = Program(plan, self.runtime)
        return self._general

    def _plan(self, shapes: tuple[Any, ...], by_lanes: bool = False) -> Plan:
        plan = make_plan(self.fetches, self.targets, self.feeds, self._done)
        specialise(plan, [Spec(t.dtype, s) for t, s in zip(self.feeds, shapes, strict=True)])
        if by_lanes:
            merge_lanes(plan)
        protect_reads(plan)
        return plan

    def _find(self, special: Special, key: tuple[Any, ...], runs: int) -> Program:
        """What `start_over` left for these shapes, when `runs` runs are about to come; else a program made for them."""
        for compiled in (True, False):
            made = self._made.get((key, compiled))
            if made is not None and made.program is not None and compiled == (made.after <= runs):
                _take_over(special, made)
                special.after, special.left = made.after, _NEVER if compiled else made.after
                return made.program
        return self._specialise(special, key[1:])

    def _find_compiled(self, special: Special, key: tuple[Any, ...]) -> None:
        made = self._made.get((key, True))
        if made is None:
            self._compile(special, key[1:])
        else:
            _take_over(special, made)
            special.left = _NEVER

    def _specialise(self, special: Special, shapes: tuple[Any, ...]) -> Program:
        plan = self._plan(shapes, by_lanes=True)
        program = special.program = Program(plan, self.runtime, plan_memory(plan))
        if special.left == RUNS:
            sizes = [size(plan.specs[o].shape) or 0 for step in plan.steps for o in step.outputs]
            special.left = special.after = runs_to_compile(*_efforts(plan, sum(sizes)))
        return program

    def _compile(self, special: Special, shapes: tuple[Any, ...]) -> None:
        from kerasflow.core.engine.native.splitting import compile_plan

        plan = self._plan(shapes)
        segments, special.reasons = compile_plan(plan, 1 if get_engine() == "native" else FEWEST)
        if segments:
            special.program, special.segments = Program(plan, self.runtime, plan_memory(plan)), segments
            special.shortcut = _shortcut(special, self.runtime)
        special.left = _NEVER  # only now: if this was interrupted, it is done again


def _take_over(special: Special, made: Special) -> None:
    special.program, special.segments, special.reasons = made.program, made.segments, made.reasons
    special.shortcut = made.shortcut


def _efforts(plan: Plan, elements: int) -> tuple[int, int, int]:
    """What `runs_to_compile` goes by."""
    operations = effort = 0
    for step in plan.steps:
        found = step.opdef.effort
        more = (1, 1) if found is None else found(*[plan.specs[i] for i in step.inputs], **step.attrs)
        operations, effort = operations + more[0], effort + more[1]
    return operations, elements, effort


def _shortcut(special: Special, runtime: Any) -> Callable[[Sequence[Any]], list[Any]] | None:
    """What runs a program that is one compiled segment; None if there is more to it than that."""
    segment = special.whole
    if segment is None or special.program is None:
        return None
    feeds, fetches = special.program.plan.feeds, special.program.plan.fetches
    if not set(segment.inputs) <= set(feeds) or sorted(fetches) != sorted(segment.wanted):
        return None
    taken = [feeds.index(i) for i in segment.inputs]
    given = [segment.wanted.index(f) for f in fetches]

    def run(arrays: Sequence[Any]) -> list[Any]:
        results = segment.run(runtime, [arrays[k] for k in taken])
        return [results[k] for k in given]

    return run
