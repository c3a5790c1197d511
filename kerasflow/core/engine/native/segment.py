"""`Segment`: consecutive steps of a plan as one compiled function, and the step that takes their place.

The function takes a table of pointers: memory of its own, what it is given, the variables, larger constants, and where
its results go. Variables stay NumPy arrays in their cells; their addresses are looked up in each run, so a value that
was put there by anyone else is never missed. It returns 0, or the number of the check that failed.
"""

from __future__ import annotations

import contextlib
import ctypes
import weakref
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from kerasflow.core.engine.choice import several
from kerasflow.core.engine.interpreter import failure
from kerasflow.core.engine.native.emission import Writer, arrangement, every_place
from kerasflow.core.engine.native.groups import BLAS, Storage
from kerasflow.core.engine.native.lowering import Lowering
from kerasflow.core.engine.native.machine import Code, compiled, new_module
from kerasflow.core.engine.native.steps import lower
from kerasflow.core.engine.native.threads import ONE_THREAD
from kerasflow.core.engine.plan import Plan, Step
from kerasflow.core.opdef import OpDef
from kerasflow.core.types import Spec
from kerasflow.core.variables import uninitialized

__all__ = ["Segment"]

_ALIGN = 64  # bytes
_COPIED = 1 << 14  # bytes: results of at most this size are sooner copied than written to new memory
_ANY_THREADS: contextlib.nullcontext[None] = contextlib.nullcontext()
Function = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p)


class Segment:
    """`steps` of `plan`, of which the values `wanted` are needed outside."""

    def __init__(self, plan: Plan, steps: Sequence[Step], wanted: Sequence[int]) -> None:
        self.steps = list(steps)
        self._lowering = t = Lowering(replace(plan))  # as it is now: its list of steps is to hold this segment
        for step in steps:
            lower(t, step)
        for number in wanted:
            t.output(number)
        self.inputs = tuple(t.inputs)
        self.wanted = tuple(wanted)
        self.specs = [plan.specs[o] for o in wanted]
        self.storages = [
            *t.inputs.values(),
            *[storage for storage, _ in t.cells.values()],
            *t.kept.values(),
            *[storage for storage, _ in t.constants],
            *[t.outputs[o] for o in wanted],
        ]
        self.calls_blas = any(call.what == BLAS for call in t.program.calls())
        self.arena_bytes, offsets = arrangement(t.program)
        self.offsets = every_place(t.program, offsets)
        module = new_module()
        Writer(module).step(t.program, self.storages, offsets)
        self.code: Code = compiled(module)
        self._function = Function(self.code.address("step"))
        self.loop: Code | None = None  # over mini-batches, once it is asked for: the shapes of the inputs decide it
        self._tables: list[Table] = []  # those not in use: a run inside a run has one of its own

    # Running.

    def new_table(self) -> Table:
        """A table of pointers with memory of its own."""
        return Table(self)

    def run(self, runtime: Any, arrays: Sequence[Any]) -> list[Any]:
        """One run; gives the wanted values, which are the caller's."""
        table = self._tables.pop() if self._tables else self.new_table()
        for k, array in enumerate(arrays):
            if not table.holds(k, array):
                table.set_one(k, self._fit(array, self.inputs[k]))
        fresh = self.set_state(runtime, table)
        table.make_room()
        with ONE_THREAD if self.calls_blas else _ANY_THREADS:
            code = self._function(table.address)
        if code:
            for cell in fresh:
                cell.value = None
            self.fail(code, table)
        results = table.results()
        table.let_go()
        self._tables.append(table)
        return results

    def _fit(self, array: Any, number: int) -> np.ndarray[Any, Any]:
        """The array in order, of the type and shape that were compiled for."""
        dtype, dims, _ = self._lowering.plan.specs[number]
        fit = np.ascontiguousarray(array, dtype.numpy)
        return fit if fit.flags.aligned else fit.copy()

    def set_state(self, runtime: Any, table: Table) -> list[Any]:
        """Look up where variables and what operations keep are now; gives the cells that get their first value."""
        if not table.cells:
            table.cells = [runtime.cell(step.attrs["variable"]) for _, step in self._lowering.cells.values()]
        fresh = [cell for cell in table.cells if cell.value is None]
        if fresh:
            self._make_values(table.cells)
        for k, cell in enumerate(table.cells, len(self.inputs)):
            if not table.holds(k, cell.value):
                flags = cell.value.flags
                if not (flags.c_contiguous and flags.writeable and flags.aligned):
                    cell.value = np.array(cell.value, order="C")
                table.set_one(k, cell.value)
        for k, operation in enumerate(self._lowering.kept, len(self.inputs) + len(table.cells)):
            table.set_one(k, runtime.kept(operation))
        return fresh

    def _make_values(self, cells: Sequence[Any]) -> None:
        """Make room for the values of empty cells; fails if the first to use one does not initialise it."""
        uses = zip(cells, [step for _, step in self._lowering.cells.values()], strict=True)
        empty = [(cell, step) for cell, step in uses if cell.value is None]
        for _, step in empty:
            if not _initialises(step):
                raise failure(step, [None] * len(self._lowering.plan.specs), uninitialized(step.attrs["variable"]))
        for cell, step in empty:
            cell.value = np.empty(step.attrs["variable"].dims, step.attrs["variable"].dtype.numpy)

    def fail(self, code: int, table: Table) -> None:
        """Raise what check number `code` stands for, as the kernel says it."""
        plan, step, checked = self._lowering.checks[code - 1]
        specs = plan.specs
        values: list[Any] = [None] * len(specs)
        for i in step.inputs:
            values[i] = plan.constants.get(i)
            if values[i] is None:
                values[i] = np.zeros(_shape(specs[i]), specs[i].dtype.numpy)
        for i, v in checked.items():
            values[i] = table.read(v.storage, v.shape)  # type: ignore[arg-type]
        try:
            context = (None, step.operation) if step.opdef.stateful else ()  # it must refuse before it looks for state
            step.opdef.kernel(*context, *[values[i] for i in step.inputs], **step.attrs)
        except Exception as cause:
            raise failure(step, values, cause) from cause
        raise RuntimeError(f"the compiled {step.opdef.name} refuses what its kernel takes")

    def as_step(self) -> Step:
        """The step that runs this segment in the interpreter's list."""
        opdef = OpDef("Native", lambda *_: None, self._kernel, None, stateful=True)
        return Step(opdef, {}, self.inputs, self.wanted, self.steps[0].operation)

    def _kernel(self, runtime: Any, operation: Any, *arrays: Any) -> Any:
        results = self.run(runtime, arrays)
        return results[0] if len(results) == 1 else tuple(results)

    def describe(self) -> str:
        """One line for people."""
        program = self._lowering.program
        loops = program.loop_nests
        calls = Counter(call.what for call in program.calls())
        parts = [several(loops, "loop nest"), *[f"{count} {what}" for what, count in calls.items()]]
        memory = f"{self.arena_bytes} bytes of memory"
        steps = several(len(self.steps), "operation")
        return f"{steps} in {', '.join(parts)}, {memory}, compiled in {self.code.seconds:.3f} s"


class Table:
    """The pointers a compiled function works on, and the memory they point to."""

    def __init__(self, segment: Segment) -> None:
        self._segment = weakref.proxy(segment)  # which keeps its tables
        self._arena = np.zeros(segment.arena_bytes + _ALIGN, np.uint8)
        self._pointers = np.zeros(1 + len(segment.storages), np.uintp)
        self._kept: list[Any] = [None] * len(segment.storages)
        self.cells: list[Any] = []  # of the variables, once they have been looked up
        start = self._arena.ctypes.data
        self._pointers[0] = start + -start % _ALIGN
        self.address = self._pointers.ctypes.data
        first = len(segment.inputs) + len(segment._lowering.cells) + len(segment._lowering.kept)
        self.set(first, [array for _, array in segment._lowering.constants])

    def set(self, first: int, arrays: Sequence[np.ndarray[Any, Any]]) -> None:
        """Let the pointers from number `first` on point to these arrays."""
        for k, array in enumerate(arrays, first):
            self.set_one(k, array)

    def set_one(self, k: int, array: np.ndarray[Any, Any]) -> None:
        """Let pointer `k` point to this array."""
        if self._kept[k] is not array:
            self._kept[k] = array
            self._pointers[k + 1] = array.ctypes.data

    def holds(self, k: int, array: np.ndarray[Any, Any]) -> bool:
        """Whether pointer `k` was last set to this array."""
        return self._kept[k] is array

    def point(self, k: int, address: int) -> None:
        """Let pointer `k` point to memory that the caller keeps."""
        self._kept[k] = None
        self._pointers[k + 1] = address

    def make_room(self) -> None:
        """Let the last pointers point to memory for results: small ones have a place of their own, to be copied."""
        specs = self._segment.specs
        for k, spec in enumerate(specs, len(self._kept) - len(specs)):
            if self._kept[k] is None or self._kept[k].nbytes > _COPIED:
                self.set_one(k, np.empty(_shape(spec), spec.dtype.numpy))

    def results(self) -> list[Any]:
        """What has been computed, as arrays and scalars that stay as they are."""
        arrays = self._kept[len(self._kept) - len(self._segment.specs) :]
        return [a if a.nbytes > _COPIED else a.copy() if a.ndim else a[()] for a in arrays]

    def let_go(self) -> None:
        """Keep no large array alive that was fed or is the caller's now."""
        outside = len(self._segment.inputs), len(self._kept) - len(self._segment.specs)
        for k in (*range(outside[0]), *range(outside[1], len(self._kept))):
            if self._kept[k].nbytes > _COPIED:
                self._kept[k] = None

    def read(self, storage: Storage, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
        """A copy of what is in `storage` now."""
        storages = self._segment.storages
        if storage in storages:
            address = int(self._pointers[storages.index(storage) + 1])
        else:
            address = int(self._pointers[0]) + self._segment.offsets[storage]
        content = ctypes.string_at(address, storage.count * storage.dtype.size)
        return np.frombuffer(content, storage.dtype.numpy).reshape(shape)


def _initialises(step: Step) -> bool:
    """Whether the step gives its variable a value without reading it."""
    return step.opdef.name == "Assign"


def _shape(spec: Spec) -> tuple[int, ...]:
    return tuple(spec.shape)  # type: ignore[arg-type]
