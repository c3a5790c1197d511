"""Many steps as compiled code: on mini-batches that are gathered row by row, or on rows in order.

Steps run in stretches of a twentieth of a second, without Python's lock; between two stretches Python sees to its
signals, so Ctrl-C is obeyed, after a whole number of steps. (A step is never cut short: one that takes a second is
obeyed after a second.) While a stretch runs, numbers too small to be normal count as zero: the moments of an optimizer
decay into that range, where processors are many times slower. How many steps make a stretch changes no result.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from llvmlite import ir

from kerasflow.core.engine.native.flushing import flush_subnormals, restore
from kerasflow.core.engine.native.loops import counted
from kerasflow.core.engine.native.machine import Code, compiled, new_module
from kerasflow.core.engine.native.segment import Segment
from kerasflow.core.engine.native.threads import ONE_THREAD

__all__ = ["Gathering", "InOrder"]

_STRETCH = 0.05  # seconds
_GROWTH = 8  # of the number of steps in a stretch, from one stretch to the next
_AHEAD = 16  # rows: how long before it is copied a row of at most so many bytes is asked for
_SHORT_ROW, _LINE = 512, 64
_POINTER, _I8, _I32, _I64 = ir.PointerType(), ir.IntType(8), ir.IntType(32), ir.IntType(64)
_Function = ctypes.CFUNCTYPE(ctypes.c_int32, *[ctypes.c_void_p] * 4, ctypes.c_int64)

Arrays = Sequence[np.ndarray[Any, Any]]


class _Stretches:
    """What both kinds of loops have in common."""

    def __init__(self, special: Any, runtime: Any, arrays: Arrays, batch_size: int) -> None:
        self.segment: Segment = special.whole
        self._runtime = runtime
        feeds = dict(zip(special.program.plan.feeds, arrays, strict=True))
        self._sources = [feeds[i] for i in self.segment.inputs]
        self._batch_size = batch_size
        self._table = self.segment.new_table()
        self._length = 1  # steps in a stretch

    def _run(self, steps: int, stretch: Callable[[int, int], int]) -> None:
        """Run that many steps; ``stretch(first, count)`` runs some and gives 0, or the code of a step that failed."""
        done = 0
        while done < steps:
            count = min(self._length, steps - done)
            started = time.perf_counter()
            with self._runtime.lock, ONE_THREAD if self.segment.calls_blas else contextlib.nullcontext():
                self.segment.set_state(self._runtime, self._table)
                code = stretch(done, count)
            if code:
                self.segment.fail(code, self._table)
            done += count
            self._adapt(count, time.perf_counter() - started)

    def _adapt(self, count: int, seconds: float) -> None:
        """Choose how many steps the next stretch has, when `count` have taken so long."""
        if count == self._length or seconds > _STRETCH:
            fitting = count * _STRETCH / max(seconds, 1e-9)
            self._length = max(1, int(min(fitting, _GROWTH * self._length)))


class Gathering(_Stretches):
    """Runs the compiled `special` on batches of `batch_size` rows of `arrays`, picked in any order."""

    def __init__(self, special: Any, runtime: Any, arrays: Arrays, batch_size: int) -> None:
        super().__init__(special, runtime, arrays, batch_size)
        self._count = min(len(a) for a in arrays)
        self._table.set(0, [np.empty((batch_size, *a.shape[1:]), a.dtype) for a in self._sources])
        self._pointers = np.array([a.ctypes.data for a in self._sources], np.uintp)
        if self.segment.loop is None:
            module = new_module()
            _emit_gathering(module, batch_size, [_row_bytes(a) for a in self._sources])
            self.segment.loop = compiled(module)
        self._function = _Function(self.segment.loop.address("loop"))

    def run(self, rows: np.ndarray[Any, Any]) -> None:
        """One step for every `batch_size` of `rows`, which is a multiple of it.

        Raises:
            IndexError: a row is not there. OpError: a step failed; those before it have been done.
        """
        rows = np.ascontiguousarray(rows, np.int64)
        if rows.size and not 0 <= rows.min() <= rows.max() < self._count:
            raise IndexError(f"the rows {rows.min()} to {rows.max()} are not all among the {self._count} there are")
        step, table, sources = self.segment.code.address("step"), self._table.address, self._pointers.ctypes.data
        first_row, row_bytes = rows.ctypes.data, rows.itemsize * self._batch_size

        def stretch(first: int, count: int) -> int:
            code: int = self._function(step, table, sources, first_row + first * row_bytes, count)
            return code

        self._run(len(rows) // self._batch_size, stretch)


class InOrder(_Stretches):
    """Runs the compiled `special` on batches of `batch_size` rows of `arrays`, one after the other.

    Nothing is copied: each step reads the rows where they are, and writes its results where they belong.
    """

    def __init__(self, special: Any, runtime: Any, arrays: Arrays, batch_size: int) -> None:
        super().__init__(special, runtime, arrays, batch_size)
        self._order = [self.segment.wanted.index(f) for f in special.program.plan.fetches]
        self._code = _walking()
        self._function = _Function(self._code.address("walk"))

    def run(self, start: int, steps: int, outputs: Arrays = ()) -> None:
        """So many steps, from row `start` on; what is fetched is written to the same rows of `outputs`.

        Raises:
            OpError: a step failed; those before it have been done.
        """
        results = dict(zip(self._order, outputs, strict=True))
        fixed = len(self.segment.storages) - len(self._sources) - len(results)
        moving = [*self._sources, *[None] * fixed, *[results[k] for k in range(len(results))]]
        advance = np.array([0 if a is None else _row_bytes(a) * self._batch_size for a in moving], np.int64)
        step, table = self.segment.code.address("step"), self._table.address

        def stretch(first: int, count: int) -> int:
            row = start + first * self._batch_size
            for k, array in enumerate(moving):
                if array is not None:
                    self._table.point(k, array.ctypes.data + row * _row_bytes(array))
            code: int = self._function(step, table, advance.ctypes.data, len(moving), count)
            return code

        self._run(steps, stretch)


def _row_bytes(array: np.ndarray[Any, Any]) -> int:
    return math.prod(array.shape[1:]) * array.itemsize


def _emit_gathering(module: ir.Module, batch_size: int, row_bytes: Sequence[int]) -> None:
    """``loop(step, table, sources, rows, count)``: gives 0, or what a step gave that failed."""
    function, b = _begin(module, "loop", [*[_POINTER] * 4, _I64])
    step, table, sources, rows, count = function.args
    targets = [_pointer_at(b, table, ir.Constant(_I64, k + 1)) for k in range(len(row_bytes))]
    origins = [_pointer_at(b, sources, ir.Constant(_I64, k)) for k in range(len(row_bytes))]

    last = b.sub(b.mul(count, ir.Constant(_I64, batch_size)), ir.Constant(_I64, 1))

    def row_at(place: Any) -> Any:
        return b.load(b.gep(rows, [place], source_etype=_I64), typ=_I64)

    def gather(turn: Any) -> None:
        first = b.mul(turn, ir.Constant(_I64, batch_size))
        with counted(b, ir.Constant(_I64, batch_size)) as i:
            place = b.add(first, i)
            row, ahead = row_at(place), b.add(place, ir.Constant(_I64, _AHEAD))
            later = row_at(b.select(b.icmp_unsigned("<", ahead, last), ahead, last))
            for target, origin, size in zip(targets, origins, row_bytes, strict=True):
                _expect(b, _element(b, origin, later, size), size)
                _copy(b, _element(b, target, i, size), _element(b, origin, row, size), size)

    _emit_steps(b, step, table, count, gather, lambda: None)


@functools.cache
def _walking() -> Code:
    """``walk(step, table, advance, slots, count)``: after each step, moves each pointer of the table on."""
    module = new_module()
    function, b = _begin(module, "walk", [_POINTER, _POINTER, _POINTER, _I64, _I64])
    step, table, advance, slots, count = function.args

    def move_on() -> None:
        with counted(b, slots) as k:
            place = b.gep(table, [b.add(k, ir.Constant(_I64, 1))], source_etype=_I64)
            bytes_on = b.load(b.gep(advance, [k], source_etype=_I64), typ=_I64)
            b.store(b.add(b.load(place, typ=_I64), bytes_on), place)

    _emit_steps(b, step, table, count, lambda turn: None, move_on)
    return compiled(module)


def _begin(module: ir.Module, name: str, arguments: Sequence[Any]) -> tuple[ir.Function, Any]:
    function = ir.Function(module, ir.FunctionType(_I32, arguments), name)
    return function, ir.IRBuilder(function.append_basic_block("entry"))


def _emit_steps(
    b: Any, step: Any, table: Any, count: Any, before: Callable[[Any], None], after: Callable[[], None]
) -> None:
    """The rest of a loop's function: `count` steps with what comes before and after each, up to the first to fail."""
    call = b.inttoptr(b.ptrtoint(step, _I64), ir.FunctionType(_I32, [_POINTER]).as_pointer())
    old = flush_subnormals(b)
    failed = b.append_basic_block("failed")
    with counted(b, count) as turn:
        before(turn)
        code = b.call(call, [table])
        going = b.append_basic_block("going")
        b.cbranch(b.icmp_unsigned("!=", code, ir.Constant(_I32, 0)), failed, going)
        b.position_at_end(going)
        after()
    restore(b, old)
    b.ret(ir.Constant(_I32, 0))
    b.position_at_end(failed)
    restore(b, old)
    b.ret(code)


def _pointer_at(b: Any, table: Any, k: Any) -> Any:
    return b.load(b.gep(table, [k], source_etype=_POINTER), typ=_POINTER)


def _element(b: Any, base: Any, i: Any, size: int) -> Any:
    return b.gep(base, [b.mul(i, ir.Constant(_I64, size))], source_etype=_I8)


def _expect(b: Any, pointer: Any, size: int) -> None:
    """Have a row that will be copied soon brought near. Long rows come without being asked for."""
    if size > _SHORT_ROW:
        return
    name = "llvm.prefetch.p0"
    kind = ir.FunctionType(ir.VoidType(), [_POINTER, _I32, _I32, _I32])
    prefetch = b.module.globals.get(name) or ir.Function(b.module, kind, name)
    to_read, keep, data = (ir.Constant(_I32, k) for k in (0, 3, 1))
    for offset in sorted({*range(0, size, _LINE), size - 1}):
        b.call(prefetch, [b.gep(pointer, [ir.Constant(_I64, offset)], source_etype=_I8), to_read, keep, data])


def _copy(b: Any, target: Any, source: Any, size: int) -> None:
    name = "llvm.memcpy.p0.p0.i64"
    kind = ir.FunctionType(ir.VoidType(), [_POINTER, _POINTER, _I64, ir.IntType(1)])
    memcpy = b.module.globals.get(name) or ir.Function(b.module, kind, name)
    b.call(memcpy, [target, source, ir.Constant(_I64, size), ir.Constant(ir.IntType(1), 0)])
