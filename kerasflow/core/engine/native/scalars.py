"""From scalar expressions to LLVM values: arithmetic, comparisons and casts with NumPy's meaning.

In registers a truth value is an `i1`; in memory it is a byte.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir

from kerasflow.core import types
from kerasflow.core.engine.native import elementary, trigonometry, vectormath
from kerasflow.core.engine.native.expressions import Scalar
from kerasflow.core.engine.native.vectormath import intrinsic
from kerasflow.core.types import DType

__all__ = ["emit", "in_memory", "in_register", "load", "number", "store"]

Value = Any
_CMP = ("<", "<=", ">", ">=", "==", "!=")
_FUNCTIONS = vectormath.FUNCTIONS | trigonometry.FUNCTIONS | elementary.FUNCTIONS
_INTRINSICS = {"floor": "floor", "ceil": "ceil", "trunc": "trunc", "rint": "rint"}


def in_memory(dtype: DType) -> Any:
    """LLVM's type for an element in memory."""
    if dtype.kind == "f":
        return ir.FloatType() if dtype.size == 4 else ir.DoubleType()
    return ir.IntType(8 * dtype.size)


def in_register(dtype: DType) -> Any:
    """LLVM's type for an element that is being computed with."""
    return ir.IntType(1) if dtype is types.bool else in_memory(dtype)


def number(value: Any, dtype: DType) -> Value:
    """A constant of type `dtype`."""
    value = dtype.numpy.type(value)
    return ir.Constant(in_register(dtype), float(value) if dtype.kind == "f" else int(value))


def load(b: Any, pointer: Value, dtype: DType) -> Value:
    """The element at `pointer`."""
    x = b.load(pointer, typ=in_memory(dtype))
    return b.icmp_unsigned("!=", x, ir.Constant(x.type, 0)) if dtype is types.bool else x


def store(b: Any, x: Value, pointer: Value, dtype: DType) -> None:
    """Write the element at `pointer`."""
    b.store(b.zext(x, ir.IntType(8)) if dtype is types.bool else x, pointer)


def emit(b: Any, expression: Scalar, leaves: dict[Scalar, Value]) -> Value:
    """The value of `expression`; `leaves` has those of the inputs, and remembers what has been computed."""
    stack = [expression]
    while stack:
        e = stack[-1]
        if e in leaves:
            stack.pop()
            continue
        missing = [a for a in e.args if isinstance(a, Scalar) and a not in leaves]
        if missing:
            stack.extend(missing)
        else:
            leaves[e] = _emit_one(b, e, leaves)
            stack.pop()
    return leaves[expression]


def _emit_one(b: Any, e: Scalar, leaves: dict[Scalar, Value]) -> Value:
    if e.op == "literal":
        return number(e.args[0], e.dtype)
    args = [leaves[a] for a in e.args]
    kind = e.args[0].dtype.kind
    if e.op in _CMP:
        return _compare(b, e.op, kind, *args)
    if e.op == "cast":
        return _cast(b, args[0], e.args[0].dtype, e.dtype)
    if e.op == "select":
        return b.select(*args)
    if e.op in _ARITHMETIC:
        return getattr(b, _ARITHMETIC[e.op]["iuf".index(kind.replace("b", "u"))])(*args)
    if e.op in ("maximum", "minimum"):
        return extremum(b, e.op, e.dtype, *args)
    if e.op == "not":
        return b.not_(args[0])
    if e.op == "neg":
        return b.fneg(args[0]) if kind == "f" else b.neg(args[0])
    return _function(b, e, kind, args)


_ARITHMETIC = {  # of signed integers, of unsigned ones, of floating-point numbers
    "add": ("add", "add", "fadd"),
    "sub": ("sub", "sub", "fsub"),
    "mul": ("mul", "mul", "fmul"),
    "div": ("sdiv", "udiv", "fdiv"),
    "rem": ("srem", "urem", "frem"),
    "and": ("and_", "and_", "and_"),
    "or": ("or_", "or_", "or_"),
    "xor": ("xor", "xor", "xor"),
    "shl": ("shl", "shl"),
    "shr": ("ashr", "lshr"),
}


def _function(b: Any, e: Scalar, kind: str, args: list[Value]) -> Value:
    if e.op == "abs":
        return _absolute(b, kind, args[0])
    if e.op in _INTRINSICS:
        return intrinsic(b, _INTRINSICS[e.op], args[0])
    cheap = _cheap_power(b, e, args[0]) if e.op == "pow" else None
    if cheap is not None:
        return cheap
    if e.op not in _FUNCTIONS:
        raise ValueError(f"there is no function {e.op!r}")
    return _FUNCTIONS[e.op](b, *args)


def _cheap_power(b: Any, e: Scalar, x: Value) -> Value | None:
    exponent = e.args[1]
    if exponent.op != "literal":
        return None
    one = number(1, e.dtype)
    powers: dict[float, Callable[[], Value]] = {
        1.0: lambda: x,
        2.0: lambda: b.fmul(x, x),
        3.0: lambda: b.fmul(b.fmul(x, x), x),
        -1.0: lambda: b.fdiv(one, x),
    }
    make = powers.get(float(exponent.args[0]))
    return None if make is None else make()


def _absolute(b: Any, kind: str, x: Value) -> Value:
    if kind == "f":
        return intrinsic(b, "fabs", x)
    if kind in "ub":
        return x
    return b.select(b.icmp_signed("<", x, ir.Constant(x.type, 0)), b.neg(x), x)


def extremum(b: Any, which: str, dtype: DType, x: Value, y: Value) -> Value:
    """The larger or smaller one of two values; NaN if one is."""
    if dtype.kind == "f":
        return intrinsic(b, which, x, y)
    sign = {"i": b.icmp_signed}.get(dtype.kind, b.icmp_unsigned)
    return b.select(sign(">" if which == "maximum" else "<", x, y), x, y)


def _compare(b: Any, op: str, kind: str, x: Value, y: Value) -> Value:
    if kind == "f":
        return b.fcmp_unordered(op, x, y) if op == "!=" else b.fcmp_ordered(op, x, y)
    return b.icmp_signed(op, x, y) if kind == "i" else b.icmp_unsigned(op, x, y)


def _cast(b: Any, x: Value, source: DType, target: DType) -> Value:
    wanted = in_register(target)
    if target is types.bool:
        return _compare(b, "!=", source.kind, x, number(0, source))
    if source.kind == "f":
        return _from_float(b, x, source, target)
    if target.kind == "f":
        return (b.sitofp if source.kind == "i" else b.uitofp)(x, wanted)
    if source is not types.bool and source.size == target.size:
        return x
    if source is not types.bool and source.size > target.size:
        return b.trunc(x, wanted)
    return (b.sext if source.kind == "i" else b.zext)(x, wanted)


def _from_float(b: Any, x: Value, source: DType, target: DType) -> Value:
    wanted = in_register(target)
    if target.kind == "f":
        if source.size == target.size:
            return x
        return b.fpext(x, wanted) if source.size < target.size else b.fptrunc(x, wanted)
    if target is types.uint64:
        return b.fptoui(x, wanted)
    # As the C compiler does it for NumPy: by way of a wider signed integer, whose high bits are dropped.
    through = ir.IntType(64 if target in (types.uint32, types.int64) else 32)
    whole = b.fptosi(x, through)
    return whole if through.width == 8 * target.size else b.trunc(whole, wanted)


def literal_of(array: np.ndarray[Any, Any]) -> Any:
    """The number that all elements of `array` are, bit for bit; None if they differ."""
    if array.size == 0:
        return None
    first = array.reshape(-1)[:1]
    if array.size > 1 and array.tobytes() != first.tobytes() * array.size:
        return None
    return first[0]
