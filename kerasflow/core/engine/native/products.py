"""Matrix products: through the BLAS that SciPy carries, or through loops of our own where that pays more."""

from __future__ import annotations

import ctypes
import functools
import math
from typing import Any

from llvmlite import ir

from kerasflow.core.engine.native.groups import Call, Storage, Value
from kerasflow.core.engine.native.lowering import Lowering, whole
from kerasflow.core.engine.native.scalars import in_memory
from kerasflow.core.engine.native.table import Table, dims_of, shape_of
from kerasflow.core.engine.plan import Plan, Step

__all__ = ["RECIPES", "product"]

RECIPES = Table()
_OWN_BELOW = 2048  # multiplications: a call of BLAS costs as much as these


def _flat(plan: Plan, step: Step) -> bool:
    """Whether a product is one of two matrices, or of all rows of a batch with one matrix."""
    ranks = [len(dims_of(plan, i)) for i in step.inputs]
    return ranks[1] == 2 and (ranks[0] == 2 or not step.attrs.get("transpose_a", False))


@RECIPES.add("f", "MatMul", accepts=_flat)
def _matmul(t: Lowering, step: Step) -> list[Value]:
    x, y = (t.value(i) for i in step.inputs)
    if step.attrs.get("transpose_a", False):
        x = _turned(x)
    if step.attrs.get("transpose_b", False):
        y = _turned(y)
    if len(x.shape) > 2:
        x = t.reshape(x, (math.prod(x.shape[:-1]), x.shape[-1]))
    return [t.reshape(product(t, x, y), shape_of(t, step))]


def _turned(v: Value) -> Value:
    return Value(v.dtype, v.shape[::-1], v.storage, v.strides[::-1], v.offset, v.literal)


def product(t: Lowering, x: Value, y: Value) -> Value:
    """The product of two matrices."""
    (m, k), n = x.shape, y.shape[1]
    if min(m, n, k) == 1 or m * n * k <= _OWN_BELOW:
        return _loops(t, x, y, m, k, n)
    x, y = (v if _leading(v) else t.in_memory(v) for v in (x, y))
    target = Storage(x.dtype, m * n)
    reads = [x.storage, y.storage]
    t.program.add_call(Call(functools.partial(_emit_gemm, x, y), reads, target))  # type: ignore[arg-type]
    return whole(target, (m, n))


def _loops(t: Lowering, x: Value, y: Value, m: int, k: int, n: int) -> Value:
    """Loops in the order that reads and writes neighbours one after the other."""
    a = Value(x.dtype, (m, k, 1), x.storage, (*x.strides, 0), x.offset, x.literal)
    c = Value(y.dtype, (1, k, n), y.storage, (0, *y.strides), y.offset, y.literal)
    strides = (n if m > 1 else 0, 0, 1 if n > 1 else 0)
    order = _order(x, y, m, n)
    a, c = (_permuted(v, order) for v in (a, c))
    storage = t.sum_over(
        "dot",
        tuple((m, k, n)[i] for i in order),
        tuple(strides[i] for i in order),
        lambda p, q: p * q,
        [a, c],
    )
    return whole(storage, (m, n))


def _order(x: Value, y: Value, m: int, n: int) -> tuple[int, int, int]:
    if n == 1:
        return (1, 0, 2) if x.strides[0] == 1 and m > 1 else (0, 2, 1)
    if y.strides[1] == 1 or y.strides[0] != 1:
        return (0, 1, 2)
    return (0, 2, 1)


def _permuted(v: Value, order: tuple[int, int, int]) -> Value:
    shape, strides = (tuple(t[i] for i in order) for t in (v.shape, v.strides))
    return Value(v.dtype, shape, v.storage, strides, v.offset, v.literal)


def _leading(v: Value) -> tuple[bool, int] | None:
    """Whether BLAS has to transpose the matrix, and the distance of its rows or columns; None if it cannot read it."""
    if v.storage is None:
        return None
    rows, columns = v.strides
    if columns == 1 and rows >= v.shape[1]:
        return False, rows
    if rows == 1 and columns >= v.shape[0]:
        return True, columns
    return None


def _emit_gemm(x: Value, y: Value, b: Any, pointers: dict[Storage, Any], target: Storage) -> None:
    """Call ``gemm``. It counts by columns, so what it is given are the transposes, in exchanged order."""
    (m, k), n = x.shape, y.shape[1]
    turn_x, step_x = _leading(x)  # type: ignore[misc]
    turn_y, step_y = _leading(y)  # type: ignore[misc]
    element = in_memory(x.dtype)
    i32, i8, pointer = ir.IntType(32), ir.IntType(8), ir.PointerType()

    def constant(value: Any, kind: Any) -> Any:
        name = f"constant.{kind}.{value}"
        known = b.module.globals.get(name)
        if known is None:
            known = ir.GlobalVariable(b.module, kind, name)
            known.global_constant, known.linkage = True, "internal"
            known.initializer = ir.Constant(kind, value)
        return known

    def data(v: Value) -> Any:
        base = pointers[v.storage]  # type: ignore[index]
        return b.gep(base, [ir.Constant(ir.IntType(64), v.offset)], source_etype=element) if v.offset else base

    args = [constant(ord("T" if turn else "N"), i8) for turn in (turn_y, turn_x)]
    args += [constant(size, i32) for size in (n, m, k)]
    args += [constant(1.0, element), data(y), constant(step_y, i32), data(x), constant(step_x, i32)]
    args += [constant(0.0, element), pointers[target], constant(n, i32)]
    kind = ir.FunctionType(ir.VoidType(), [pointer] * len(args))
    address = ir.Constant(ir.IntType(64), _address("sgemm" if x.dtype.size == 4 else "dgemm"))
    b.call(b.inttoptr(address, kind.as_pointer()), args)


@functools.cache
def _address(name: str) -> int:
    """Where SciPy's BLAS function of that name is."""
    from scipy.linalg import cython_blas

    capsule = cython_blas.__pyx_capi__[name]
    get_name = ctypes.pythonapi.PyCapsule_GetName
    get_name.restype, get_name.argtypes = ctypes.c_char_p, [ctypes.py_object]
    get_pointer = ctypes.pythonapi.PyCapsule_GetPointer
    get_pointer.restype, get_pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    address: int = get_pointer(capsule, get_name(capsule))
    return address
