"""Numbers too small to be normal: how compiled code has the processor take them for zero, and undo that."""

from __future__ import annotations

import platform
from typing import Any

from llvmlite import ir

__all__ = ["flush_subnormals", "restore"]

_POINTER, _I32, _I64 = ir.PointerType(), ir.IntType(32), ir.IntType(64)
_FLUSH_X86, _FLUSH_ARM = 0x8040, 1 << 24  # of results and of inputs


def flush_subnormals(b: Any) -> Any:
    """Have subnormal numbers count as zero in this thread; gives what the processor was told before."""
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


def restore(b: Any, before: Any) -> None:
    """Undo it, given what `flush_subnormals` gave."""
    if before is None:
        return
    if before.type == _I64:
        b.call(_intrinsic(b, "llvm.aarch64.set.fpcr", ir.VoidType(), _I64), [before])
    else:
        b.call(_intrinsic(b, "llvm.x86.sse.ldmxcsr", ir.VoidType(), _POINTER), [before])


def _intrinsic(b: Any, name: str, result: Any, *args: Any) -> Any:
    return b.module.globals.get(name) or ir.Function(b.module, ir.FunctionType(result, list(args)), name)
