"""Sine, cosine and tangent: straight-line code for arguments that are not large, and the C library for the others.

The loop vectoriser takes no branches, so a function that has one is made once for single numbers and once for vectors
of each of `WIDTHS`; the vectoriser is told of the latter, and puts them in the place of the former. A vector goes the
slow way only if it holds a large argument, and only these take its results: what a number gives does not depend on its
neighbours.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from llvmlite import ir

from kerasflow.core.engine.native.vectormath import DOUBLE, Format, format_of, intrinsic, polynomial

__all__ = ["FUNCTIONS", "LIMIT", "WIDTHS", "cos", "sin", "sin_cos", "tan"]

Value = Any

LIMIT = 2.0**20  # the largest argument, in size, of the straight-line code
WIDTHS = (2, 4, 8, 16)

_PI = 0x3243F6A8885A308D313198A2E03707344A4093822299F31D0082EFA98EC4E6C89  # times 2**256
_BITS = 33  # so few that the product of a part with a number of quarter turns is exact
_SIN = [(-1) ** k / math.factorial(2 * k + 1) for k in range(8, 0, -1)]
_COS = [(-1) ** k / math.factorial(2 * k) for k in range(8, 1, -1)]


def _half_pi() -> list[float]:
    """pi / 2 in four parts, the last one of full length."""
    lengths, left, parts = (_BITS, _BITS, _BITS, 53), 258, []
    for length in lengths:
        left -= length
        parts.append(math.ldexp((_PI >> left) & ((1 << length) - 1), left - 257))
    return parts


def _count(x: Value) -> int:
    return x.type.count if isinstance(x.type, ir.VectorType) else 1


def sin_cos(b: Any, x: Value) -> tuple[Value, Value]:
    """sin x and cos x for a double, or a vector of them, of at most `LIMIT` in size; NaN for NaN and infinities.

    With x = n pi/2 + r and |r| at most pi/4 (Cody and Waite 1980, chapter 8) they are sin r and cos r, exchanged where
    n is odd, and with the signs of the quarter n.
    """
    f = format_of(x)
    number, integer = f.number, f.integer
    magic = number(1.5 * 2.0**52)  # what is added to it is rounded, and its low bits are the integer
    shifted = b.fadd(b.fmul(x, number(2 / math.pi)), magic)
    n, whole = b.bitcast(shifted, f.int), b.fsub(shifted, magic)
    r = x
    for part in _half_pi():
        r = b.fsub(r, b.fmul(whole, number(part)))
    z = b.fmul(r, r)
    sine = intrinsic(b, "fmuladd", b.fmul(r, z), polynomial(b, z, _SIN), r)
    # 1 - z/2 is rounded to w; what was lost comes back as (1 - w) - z/2.
    half = b.fmul(z, number(0.5))
    w = b.fsub(number(1.0), half)
    lost = b.fsub(b.fsub(number(1.0), w), half)
    cosine = b.fadd(w, intrinsic(b, "fmuladd", b.fmul(z, z), polynomial(b, z, _COS), lost))
    is_odd = b.icmp_unsigned("!=", b.and_(n, integer(1)), integer(0))
    of_sine = _signed(b, f, b.select(is_odd, cosine, sine), n)
    of_sine = b.select(b.fcmp_ordered("==", x, number(0.0)), x, of_sine)  # with its sign
    return of_sine, _signed(b, f, b.select(is_odd, sine, cosine), b.add(n, integer(1)))


def _signed(b: Any, f: Format, x: Value, n: Value) -> Value:
    """-x in the quarters 2 and 3, else x."""
    sign = b.shl(b.and_(n, f.integer(2)), f.integer(62))
    return b.bitcast(b.xor(b.bitcast(x, f.int), sign), f.type)


def sin(b: Any, x: Value) -> Value:
    """The sine of a float or double."""
    return b.call(_function(b.module, "sin", x.type), [x])


def cos(b: Any, x: Value) -> Value:
    """The cosine of a float or double."""
    return b.call(_function(b.module, "cos", x.type), [x])


def tan(b: Any, x: Value) -> Value:
    """The tangent of a float or double."""
    return b.call(_function(b.module, "tan", x.type), [x])


FUNCTIONS: dict[str, Callable[[Any, Value], Value]] = {"sin": sin, "cos": cos, "tan": tan}


def _function(module: ir.Module, name: str, kind: Any) -> ir.Function:
    """The function for one number, with variants for vectors."""
    full = f"{name}.{kind}"
    if full in module.globals:
        return module.globals[full]
    function = _emit(module, name, full, kind)
    variants = [(n, _emit(module, name, f"{full}.{n}", ir.VectorType(kind, n)).name) for n in WIDTHS]
    known = ",".join(f"_ZGV_LLVM_N{n}v_{full}({variant})" for n, variant in variants)
    # llvmlite refuses attributes it does not know.
    set.add(function.attributes, f'"vector-function-abi-variant"="{known}"')
    function.linkage = "internal"
    return function


def _emit(module: ir.Module, name: str, full: str, kind: Any) -> ir.Function:
    function = ir.Function(module, ir.FunctionType(kind, [kind]), full)
    function.attributes.update({"noinline", "nounwind", "readnone"})
    b = ir.IRBuilder(function.append_basic_block("entry"))
    count = _count(function.args[0])
    wide = DOUBLE.type if count == 1 else ir.VectorType(DOUBLE.type, count)
    x = function.args[0] if kind == wide else b.fpext(function.args[0], wide)
    f = format_of(x)
    sine, cosine = sin_cos(b, x)
    y = {"sin": sine, "cos": cosine}.get(name) or b.fdiv(sine, cosine)
    is_large = b.fcmp_ordered(">", intrinsic(b, "fabs", x), f.number(LIMIT))
    straight = b.block
    with b.if_then(is_large if count == 1 else _any(b, is_large), likely=False):
        z = b.select(is_large, _by_library(b, name, x, y), y)
        slow = b.block
    result = b.phi(wide)
    result.add_incoming(y, straight)
    result.add_incoming(z, slow)
    b.ret(result if kind == wide else b.fptrunc(result, kind))
    return function


def _any(b: Any, flags: Value) -> Value:
    name = f"llvm.vector.reduce.or.v{flags.type.count}i1"
    kind = ir.FunctionType(ir.IntType(1), [flags.type])
    return b.call(b.module.globals.get(name) or ir.Function(b.module, kind, name), [flags])


def _by_library(b: Any, name: str, x: Value, like: Value) -> Value:
    """What the C library gives, number by number."""
    library = b.module.globals.get(name)
    if library is None:
        library = ir.Function(b.module, ir.FunctionType(DOUBLE.type, [DOUBLE.type]), name)
        library.attributes.update({"nounwind", "readnone"})
    if _count(x) == 1:
        return b.call(library, [x])
    for k in range(_count(x)):
        place = ir.Constant(ir.IntType(32), k)
        like = b.insert_element(like, b.call(library, [b.extract_element(x, place)]), place)
    return like
