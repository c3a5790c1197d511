"""The loop over mini-batches as compiled code: gather rows, run the step, and on to the next batch.

It runs in stretches of a fraction of a second, without Python's lock; between two stretches Python sees to its signals,
so Ctrl-C is obeyed. While it runs, numbers too small to be normal count as zero: the moments of an optimizer decay into
that range, where processors are many times slower.
"""

from __future__ import annotations

import ctypes
import math
import platform
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from llvmlite import ir

from kerasflow.core.engine.native.loops import counted
from kerasflow.core.engine.native.machine import compiled, new_module
from kerasflow.core.engine.native.segment import Segment

__all__ = ["CompiledLoop"]

_STRETCH = 0.05  # seconds
_FIRST_STEPS = 16
_POINTER, _I8, _I32, _I64 = ir.PointerType(), ir.IntType(8), ir.IntType(32), ir.IntType(64)
_Function = ctypes.CFUNCTYPE(ctypes.c_int32, *[ctypes.c_void_p] * 4, ctypes.c_int64)
_FLUSH_X86, _FLUSH_ARM = 0x8040, 1 << 24  # of results and of inputs


class CompiledLoop:
    """Runs the compiled `special` on batches of `batch_size` rows of `arrays`."""

    def __init__(self, special: Any, runtime: Any, arrays: Sequence[np.ndarray[Any, Any]], batch_size: int) -> None:
        self.segment: Segment = special.whole
        self._runtime = runtime
        feeds = dict(zip(special.program.plan.feeds, arrays, strict=True))
        self._sources = [feeds[i] for i in self.segment.inputs]
        self._count = min(len(a) for a in arrays)
        self._batch_size = batch_size
        self._table = self.segment.new_table()
        self._table.set(0, [np.empty((batch_size, *a.shape[1:]), a.dtype) for a in self._sources])
        self._pointers = np.array([a.ctypes.data for a in self._sources], np.uintp)
        if self.segment.loop is None:
            module = new_module()
            _emit(module, batch_size, [math.prod(a.shape[1:]) * a.itemsize for a in self._sources])
            self.segment.loop = compiled(module)
        self._function = _Function(self.segment.loop.address("loop"))

    def run(self, rows: np.ndarray[Any, Any]) -> None:
        """One step for every `batch_size` of `rows`, which is a multiple of it."""
        rows = np.ascontiguousarray(rows, np.int64)
        if rows.size and not 0 <= rows.min() <= rows.max() < self._count:
            raise IndexError(f"the rows {rows.min()} to {rows.max()} are not all among the {self._count} there are")
        steps, length, done = len(rows) // self._batch_size, _FIRST_STEPS, 0
        while done < steps:
            count = min(length, steps - done)
            started = time.perf_counter()
            self._stretch(rows[done * self._batch_size :], count)
            done += count
            if time.perf_counter() - started < _STRETCH / 2:
                length *= 2

    def _stretch(self, rows: np.ndarray[Any, Any], count: int) -> None:
        with self._runtime.lock:
            self.segment.set_state(self._runtime, self._table)
            step = self.segment.code.address("step")
            code = self._function(step, self._table.address, self._pointers.ctypes.data, rows.ctypes.data, count)
        if code:
            self.segment.fail(code, self._table)


def _emit(module: ir.Module, batch_size: int, row_bytes: Sequence[int]) -> None:
    """``loop(step, table, sources, rows, count)``: gives 0, or what a step gave that failed."""
    function = ir.Function(module, ir.FunctionType(_I32, [*[_POINTER] * 4, _I64]), "loop")
    step, table, sources, rows, count = function.args
    b = ir.IRBuilder(function.append_basic_block("entry"))
    kind = ir.FunctionType(_I32, [_POINTER])
    call = b.inttoptr(b.ptrtoint(step, _I64), kind.as_pointer())
    before = _flush_subnormals(b)
    targets = [_pointer_at(b, table, k + 1) for k in range(len(row_bytes))]
    origins = [_pointer_at(b, sources, k) for k in range(len(row_bytes))]
    failed = b.append_basic_block("failed")
    with counted(b, count) as turn:
        first = b.mul(turn, ir.Constant(_I64, batch_size))
        with counted(b, ir.Constant(_I64, batch_size)) as i:
            row = b.load(b.gep(rows, [b.add(first, i)], source_etype=_I64), typ=_I64)
            for target, origin, size in zip(targets, origins, row_bytes, strict=True):
                _copy(b, _element(b, target, i, size), _element(b, origin, row, size), size)
        code = b.call(call, [table])
        going = b.append_basic_block("going")
        b.cbranch(b.icmp_unsigned("!=", code, ir.Constant(_I32, 0)), failed, going)
        b.position_at_end(going)
    _restore(b, before)
    b.ret(ir.Constant(_I32, 0))
    b.position_at_end(failed)
    _restore(b, before)
    b.ret(code)


def _pointer_at(b: Any, table: Any, k: int) -> Any:
    return b.load(b.gep(table, [ir.Constant(_I64, k)], source_etype=_POINTER), typ=_POINTER)


def _element(b: Any, base: Any, i: Any, size: int) -> Any:
    return b.gep(base, [b.mul(i, ir.Constant(_I64, size))], source_etype=_I8)


def _copy(b: Any, target: Any, source: Any, size: int) -> None:
    name = "llvm.memcpy.p0.p0.i64"
    kind = ir.FunctionType(ir.VoidType(), [_POINTER, _POINTER, _I64, ir.IntType(1)])
    memcpy = b.module.globals.get(name) or ir.Function(b.module, kind, name)
    b.call(memcpy, [target, source, ir.Constant(_I64, size), ir.Constant(ir.IntType(1), 0)])


def _flush_subnormals(b: Any) -> Any:
    """Have numbers too small to be normal count as zero; gives what the processor was told before."""
    if platform.machine() in ("x86_64", "AMD64"):
        before = b.alloca(_I32)
        b.call(_intrinsic(b, "llvm.x86.sse.stmxcsr", ir.VoidType(), _POINTER), [before])
        changed = b.alloca(_I32)
        b.store(b.or_(b.load(before, typ=_I32), ir.Constant(_I32, _FLUSH_X86)), changed)
        b.call(_intrinsic(b, "llvm.x86.sse.ldmxcsr", ir.VoidType(), _POINTER), [changed])
        return before
    if platform.machine() in ("aarch64", "arm64"):
        register = b.call(_intrinsic(b, "llvm.aarch64.get.fpcr", _I64), [])
        setter = _intrinsic(b, "llvm.aarch64.set.fpcr", ir.VoidType(), _I64)
        b.call(setter, [b.or_(register, ir.Constant(_I64, _FLUSH_ARM))])
        return register
    return None


def _restore(b: Any, before: Any) -> None:
    if before is None:
        return
    if before.type == _I64:
        b.call(_intrinsic(b, "llvm.aarch64.set.fpcr", ir.VoidType(), _I64), [before])
    else:
        b.call(_intrinsic(b, "llvm.x86.sse.ldmxcsr", ir.VoidType(), _POINTER), [before])


def _intrinsic(b: Any, name: str, result: Any, *args: Any) -> Any:
    return b.module.globals.get(name) or ir.Function(b.module, ir.FunctionType(result, list(args)), name)
