"""Matrix products: through the BLAS that SciPy carries, or through loops of our own where that pays more."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import math
import operator
from collections.abc import Sequence
from typing import Any

from llvmlite import ir

from kerasflow.core.engine.native.groups import Call, Storage, Value, contiguous
from kerasflow.core.engine.native.loops import counted
from kerasflow.core.engine.native.lowering import Lowering, new, whole
from kerasflow.core.engine.native.places import alongside, permuted, restrided
from kerasflow.core.engine.native.scalars import in_memory
from kerasflow.core.engine.native.table import Ints, Table, shape_of
from kerasflow.core.engine.native.tiles import tiled_product
from kerasflow.core.engine.plan import Step

__all__ = ["RECIPES", "product", "products_of"]

RECIPES = Table()
_I64 = ir.IntType(64)
_OWN_BELOW = 2048  # multiplications: a call of BLAS costs as much as these


@RECIPES.add("f", "MatMul")
def _matmul(t: Lowering, step: Step) -> list[Value]:
    x, y = (t.value(i) for i in step.inputs)
    if step.attrs.get("transpose_a", False):
        x = _turned(x)
    if step.attrs.get("transpose_b", False):
        y = _turned(y)
    if len(y.shape) > 2 or len(x.shape) > 2 and step.attrs.get("transpose_a", False):
        return [products_of(t, x, y, shape_of(t, step))]
    if len(x.shape) > 2:  # one product of all rows
        x = t.reshape(x, (math.prod(x.shape[:-1]), x.shape[-1]))
    return [t.reshape(product(t, x, y), shape_of(t, step))]


def _turned(v: Value) -> Value:
    last = len(v.shape) - 1
    return permuted(v, [*range(last - 1), last, last - 1])


def products_of(t: Lowering, x: Value, y: Value, shape: Ints) -> Value:
    """The products of the matrices of two batches, whose shapes broadcast; `shape` is that of the result."""
    (m, k), n, batch = x.shape[-2:], y.shape[-1], shape[:-2]
    if not batch:
        return product(t, x, y)
    small = min(m, n, k) == 1 or m * n * k <= _OWN_BELOW
    if not small:
        x, y = (v if _leading(_matrix(v)) else t.in_memory(v) for v in (x, y))
    x, y = (_repeated(v, batch) for v in (x, y))
    if small:
        return _loops(t, x, y, m, k, n, batch)
    result = new(x.dtype, shape)
    emit = functools.partial(_emit_products, x, y, batch)
    t.program.add_call(Call(emit, [x.storage, y.storage], result.storage))  # type: ignore[arg-type, list-item]
    return result


def _matrix(v: Value) -> Value:
    """The first matrix of a batch."""
    return Value(v.dtype, v.shape[-2:], v.storage, v.strides[-2:], v.offset, v.literal)


def _repeated(v: Value, batch: Ints) -> Value:
    """`v` with the batch axes of shape `batch`, to which its own broadcast."""
    shape = (*batch, *v.shape[-2:])
    own = range(len(shape) - len(v.shape), len(shape))
    return alongside(v, shape, own)


def product(t: Lowering, x: Value, y: Value) -> Value:
    """The product of two matrices."""
    (m, k), n = x.shape, y.shape[1]
    if min(m, n, k) == 1 or m * n * k <= _OWN_BELOW:
        return _loops(t, x, y, m, k, n)
    x, y = (v if _leading(v) else t.in_memory(v) for v in (x, y))
    in_tiles = tiled_product(t, x, y)
    if in_tiles is not None:
        t.products[in_tiles.storage] = x, y  # type: ignore[index]
        return in_tiles
    target = Storage(x.dtype, m * n)
    reads = [x.storage, y.storage]
    t.program.add_call(Call(functools.partial(_emit_gemm, x, y), reads, target))  # type: ignore[arg-type]
    return whole(target, (m, n))


@RECIPES.add("biuf", "Add", "BiasAdd")
def _add(t: Lowering, step: Step) -> list[Value]:
    """What is added to a product in tiles is added there, while they are in registers."""
    shape = shape_of(t, step)
    numbers = step.inputs
    x, y = (t.value(i) for i in numbers)
    for number, v, other in ((numbers[0], x, y), (numbers[1], y, x)):
        if v.shape == shape and t.readers[number] == 1:
            found = _product_plus(t, v, other)
            if found is not None:
                return [found]
    return [t.map(operator.add, [x, y], shape)]


def _product_plus(t: Lowering, v: Value, other: Value) -> Value | None:
    """The sum of `v` and `other`, which broadcasts to it, if `v` is a product in tiles that nobody has read."""
    factors = t.products.get(v.storage)  # type: ignore[arg-type]
    if factors is None or v.storage is None or v.storage.readers or other.storage is None or not v.is_contiguous:
        return None
    x, y = factors
    (m, _), n, place = x.shape, y.shape[1], v.storage.position
    strides = restrided(
        v.shape, alongside(other, v.shape, range(len(v.shape) - len(other.shape), len(v.shape))).strides, (m, n)
    )
    if strides is None or strides[1] != 1 or any(f.storage.position >= place for f in factors):  # type: ignore[union-attr]
        return None
    t.program.groups[place].body.clear()
    total = tiled_product(t, x, y, Value(v.dtype, (m, n), other.storage, strides, other.offset))
    return None if total is None else t.reshape(total, v.shape)


def _loops(t: Lowering, x: Value, y: Value, m: int, k: int, n: int, batch: Ints = ()) -> Value:
    """Loops in the order that reads and writes neighbours one after the other."""
    shape, first = (*batch, m, n), len(batch)
    loops = (*batch, m, k, n)
    a = alongside(x, loops, [*range(first), first, first + 1])
    c = alongside(y, loops, [*range(first), first + 1, first + 2])
    into = contiguous(shape)
    strides = (*into[:first], into[first] if m > 1 else 0, 0, 1 if n > 1 else 0)
    order = [*range(first), *[first + i for i in _order(_matrix(x), _matrix(y), m, n)]]
    storage = t.sum_over(
        "dot",
        tuple(loops[i] for i in order),
        tuple(strides[i] for i in order),
        lambda p, q: p * q,
        [permuted(v, order) for v in (a, c)],
    )
    return whole(storage, shape)


def _order(x: Value, y: Value, m: int, n: int) -> tuple[int, int, int]:
    if n == 1:
        return (1, 0, 2) if x.strides[0] == 1 and m > 1 else (0, 2, 1)
    if y.strides[1] == 1 or y.strides[0] != 1:
        return (0, 1, 2)
    return (0, 2, 1)


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


def _emit_products(x: Value, y: Value, batch: Ints, b: Any, pointers: dict[Storage, Any], target: Storage) -> None:
    """Call ``gemm`` for each matrix of a batch."""
    places = [ir.Constant(_I64, 0)] * 3
    every = [v.strides for v in (x, y)] + [contiguous((*batch, x.shape[-2], y.shape[-1]))]
    with contextlib.ExitStack() as loops:
        for axis, size in enumerate(batch):
            i = loops.enter_context(counted(b, ir.Constant(_I64, size)))
            steps = [b.mul(i, ir.Constant(_I64, strides[axis])) for strides in every]
            places = [b.add(place, step) for place, step in zip(places, steps, strict=True)]
        _emit_gemm(_matrix(x), _matrix(y), b, pointers, target, places)


def _emit_gemm(
    x: Value, y: Value, b: Any, pointers: dict[Storage, Any], target: Storage, places: Sequence[Any] = ()
) -> None:
    """Call ``gemm``. It counts by columns, so what it is given are the transposes, in exchanged order.

    `places` are how far the two matrices and their product lie from where the arrays begin.
    """
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

    def data(storage: Storage | None, offset: int, k: int) -> Any:
        base = pointers[storage]  # type: ignore[index]
        base = b.gep(base, [ir.Constant(_I64, offset)], source_etype=element) if offset else base
        return b.gep(base, [places[k]], source_etype=element) if places else base

    args = [constant(ord("T" if turn else "N"), i8) for turn in (turn_y, turn_x)]
    args += [constant(size, i32) for size in (n, m, k)]
    args += [constant(1.0, element), data(y.storage, y.offset, 1), constant(step_y, i32)]
    args += [data(x.storage, x.offset, 0), constant(step_x, i32)]
    args += [constant(0.0, element), data(target, 0, 2), constant(n, i32)]
    kind = ir.FunctionType(ir.VoidType(), [pointer] * len(args))
    address = ir.Constant(_I64, _address("sgemm" if x.dtype.size == 4 else "dgemm"))
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
