"""Arrays with something around them, for windows that may end outside: one pass that writes every element once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from llvmlite import ir

from kerasflow.core.engine.native.groups import Call, Storage, Value
from kerasflow.core.engine.native.loops import counted
from kerasflow.core.engine.native.lowering import BUILDER, Lowering, whole
from kerasflow.core.engine.native.places import block, part
from kerasflow.core.engine.native.scalars import number
from kerasflow.core.engine.native.vectors import I64, POINTER, at, constant, function_of
from kerasflow.core.types import DType

__all__ = ["clear", "padded"]

Ints = tuple[int, ...]
Pairs = tuple[tuple[int, int], ...]


def padded(t: Lowering, v: Value, pairs: Pairs, fill: float = 0.0) -> Value:
    """`v`, channels last, in memory, with `fill` around it along the axes between; negative paddings cut off."""
    if not any(a or b for a, b in pairs):
        return t.in_memory(v)
    key = ("padded", v, pairs, fill)
    if key in t.derived:
        return t.derived[key]
    changes = v.storage is not None and v.storage.slot is not None and v.storage.slot[0] == "cell"
    sizes = [n + before + after for n, (before, after) in zip(v.shape[1:-1], pairs, strict=True)]
    shape = (v.shape[0], *sizes, v.shape[-1])
    result = whole(Storage(v.dtype, math.prod(shape)), shape)
    for axis, (before, after) in enumerate(pairs, 1):
        v = part(v, axis, max(0, -before), v.shape[axis] - max(0, -before) - max(0, -after))
    around = [(0, 0), *[(max(0, before), max(0, after)) for before, after in pairs]]
    if v.storage is not None and v.strides[-2:] == (v.shape[-1], 1) and v.dtype.kind == "f":
        _add_call(t, v, result, around, fill)
    else:
        t.map(lambda: BUILDER.literal(fill, v.dtype), [], shape, result.storage)
        t.put(lambda x: x, [v], block(result, (*[before for before, _ in around], 0), v.shape))
    if not changes:  # a variable may have another value when it is asked for again
        t.derived[key] = result
    return result


def _add_call(t: Lowering, v: Value, result: Value, around: Sequence[tuple[int, int]], fill: float) -> None:
    def emit(b: Any, pointers: dict[Storage, Any], target: Storage) -> None:
        words = [*v.shape, *v.strides, *[n for pair in around for n in pair]]
        name = f"pad.{v.dtype.name}.{'x'.join(map(str, words))}.{fill}"
        function, inner, is_new = function_of(b.module, name, 2)
        if is_new:
            _write(inner, v, around, fill, *function.args)
            inner.ret_void()
        b.call(function, [at(b, pointers[v.storage], v.offset, v.dtype), pointers[target]])  # type: ignore[index]

    t.program.add_call(Call(emit, [v.storage], result.storage, "paddings"))  # type: ignore[list-item, arg-type]


def _write(b: Any, v: Value, around: Sequence[tuple[int, int]], fill: float, source: Any, target: Any) -> None:
    """The axis that comes first in `around`, before it and after it; the last one is copied with its channels."""
    axis = len(v.shape) - 1 - len(around)
    (before, after), count = around[0], v.shape[axis]
    inner = math.prod(n + sum(pair) for n, pair in zip(v.shape[axis + 1 :], around[1:], strict=False)) * v.shape[-1]
    _fill(b, target, 0, before * inner, fill, v.dtype)
    if len(around) == 1:
        _copy(b, at(b, target, before * inner, v.dtype), source, count * inner, v.dtype)
    else:
        with counted(b, constant(count)) as i:
            row = b.mul(b.add(i, constant(before)), constant(inner))
            taken = at(b, source, b.mul(i, constant(v.strides[axis])), v.dtype)
            _write(b, v, around[1:], fill, taken, at(b, target, row, v.dtype))
    _fill(b, target, (before + count) * inner, after * inner, fill, v.dtype)


def _copy(b: Any, target: Any, source: Any, count: int, dtype: DType) -> None:
    memcpy = _intrinsic(b, "llvm.memcpy.p0.p0.i64", POINTER, POINTER, I64, ir.IntType(1))
    b.call(memcpy, [target, source, constant(count * dtype.size), ir.Constant(ir.IntType(1), 0)])


def _fill(b: Any, target: Any, first: int, count: int, fill: float, dtype: DType) -> None:
    if not count:
        return
    start = at(b, target, first, dtype)
    if fill == 0.0:
        clear(b, start, count, dtype)
        return
    with counted(b, constant(count)) as i:
        b.store(number(fill, dtype), at(b, start, i, dtype))


def clear(b: Any, target: Any, count: int, dtype: DType) -> None:
    """Zeros in the `count` elements from `target` on."""
    memset = _intrinsic(b, "llvm.memset.p0.i64", POINTER, ir.IntType(8), I64, ir.IntType(1))
    zero = ir.Constant(ir.IntType(8), 0)
    b.call(memset, [target, zero, constant(count * dtype.size), ir.Constant(ir.IntType(1), 0)])


def _intrinsic(b: Any, name: str, *args: Any) -> Any:
    known = b.module.globals.get(name)
    return known or ir.Function(b.module, ir.FunctionType(ir.VoidType(), list(args)), name)
