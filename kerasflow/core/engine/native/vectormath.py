"""Elementary functions as straight-line LLVM code that the loop vectoriser can take: no branches, no calls, no tables.

Each function takes and gives values of one type, float or double. Arguments are reduced exactly (Cody and Waite 1980,
"Software Manual for the Elementary Functions"), and the polynomials are Taylor's, long enough for the reduced range, so
their coefficients need no source. NaN, infinities and subnormal numbers come out as they should. Errors are below
4 units in the last place everywhere.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from llvmlite import ir

__all__ = ["FUNCTIONS", "exp", "expm1", "format_of", "intrinsic", "log", "log1p", "polynomial", "sigmoid", "softplus"]
__all__ += ["tanh"]

Value = Any
_LN2_BEYOND_DOUBLE = 2.3190468138462996e-17  # ln 2 minus the double nearest to it


@dataclass(frozen=True)
class Format:
    """What the functions need to know of a floating-point format.

    `exp_terms` and `log_terms` are the lengths of the series; `ln2_bits` the digits of the first part of ln 2, so few
    that its product with an exponent is exact; `low` and `high` bound the arguments of exp that give neither 0 nor
    infinity; beyond `flat`, tanh is 1 and, below minus it, expm1 is -1.
    """

    type: Any
    int: Any
    mantissa: int
    bias: int
    exp_terms: int
    log_terms: int
    ln2_bits: int
    low: float
    high: float
    flat: float

    def number(self, value: float) -> Value:
        """A constant; float's is rounded here, as LLVM wants it exact."""
        return ir.Constant(self.type, value if self.mantissa == 52 else float(np.float32(value)))

    def integer(self, value: int) -> Value:
        """A constant of the integer type of the same size."""
        return ir.Constant(self.int, value)

    def ln2(self) -> tuple[float, float]:
        """ln 2 in two parts."""
        high = math.floor(math.log(2.0) * 2.0**self.ln2_bits) / 2.0**self.ln2_bits
        return high, (math.log(2.0) - high) + _LN2_BEYOND_DOUBLE


SINGLE = Format(ir.FloatType(), ir.IntType(32), 23, 127, 8, 6, 15, -105.0, 90.0, 20.0)
DOUBLE = Format(ir.DoubleType(), ir.IntType(64), 52, 1023, 14, 12, 32, -746.0, 711.0, 40.0)


def format_of(x: Value) -> Format:
    """The format of the value `x`, a number or a vector of them."""
    if isinstance(x.type, ir.VectorType):
        return _of_vectors(x.type.element == DOUBLE.type, x.type.count)
    return DOUBLE if x.type == DOUBLE.type else SINGLE


@functools.cache
def _of_vectors(is_double: bool, count: int) -> Format:
    f = DOUBLE if is_double else SINGLE
    return replace(f, type=ir.VectorType(f.type, count), int=ir.VectorType(f.int, count))


# Building blocks.


def intrinsic(b: Any, name: str, *args: Value) -> Value:
    """A call of LLVM's intrinsic function `name` for the type of its arguments."""
    kind = ir.FunctionType(args[0].type, [a.type for a in args])
    full = f"llvm.{name}.{_suffix(args[0].type)}"
    function = b.module.globals.get(full) or ir.Function(b.module, kind, full)
    return b.call(function, args)


def _suffix(kind: Any) -> str:
    if isinstance(kind, ir.VectorType):
        return f"v{kind.count}{_suffix(kind.element)}"
    return {"float": "f32", "double": "f64"}.get(str(kind), str(kind))


def polynomial(b: Any, x: Value, coefficients: Sequence[float]) -> Value:
    """The polynomial with these coefficients, highest power first, by Horner's rule."""
    number = format_of(x).number
    total = number(coefficients[0])
    for c in coefficients[1:]:
        total = intrinsic(b, "fmuladd", total, x, number(c))
    return total


def _bounded(b: Any, x: Value, low: float, high: float) -> Value:
    """`x` within bounds; NaN stays."""
    number = format_of(x).number
    x = b.select(b.fcmp_ordered("<", x, number(low)), number(low), x)
    return b.select(b.fcmp_ordered(">", x, number(high)), number(high), x)


def _power_of_two(b: Any, n: Value, like: Value) -> Value:
    """2^n for an integer n that is the exponent of a normal number."""
    f = format_of(like)
    return b.bitcast(b.shl(b.add(n, f.integer(f.bias)), f.integer(f.mantissa)), f.type)


def _reduced(b: Any, x: Value) -> tuple[Value, Value]:
    """n and r with x = n ln 2 + r and |r| at most half of ln 2; n is an integer."""
    f = format_of(x)
    magic = f.number(1.5 * 2.0**f.mantissa)  # what is added to it is rounded, and its low bits are the integer
    shifted = b.fadd(b.fmul(x, f.number(1 / math.log(2.0))), magic)
    n = b.sub(b.bitcast(shifted, f.int), b.bitcast(magic, f.int))
    whole = b.fsub(shifted, magic)
    high, low = f.ln2()
    r = b.fsub(x, b.fmul(whole, f.number(high)))
    return n, b.fsub(r, b.fmul(whole, f.number(low)))


def _halves(b: Any, n: Value) -> tuple[Value, Value]:
    """Two integers whose sum is n, each small enough to be the exponent of a normal number."""
    first = b.ashr(n, ir.Constant(n.type, 1))
    return first, b.sub(n, first)


# The functions.


def exp(b: Any, x: Value, doublings: int = 0) -> Value:
    """e^x, times two to the power of `doublings`."""
    f = format_of(x)
    n, r = _reduced(b, _bounded(b, x, f.low, f.high))
    n = b.add(n, f.integer(doublings)) if doublings else n
    p = polynomial(b, r, [1 / math.factorial(k) for k in range(f.exp_terms - 1, -1, -1)])
    first, second = _halves(b, n)  # in two steps, so that only the last one overflows or becomes subnormal
    return b.fmul(b.fmul(p, _power_of_two(b, first, x)), _power_of_two(b, second, x))


def expm1(b: Any, x: Value) -> Value:
    """e^x - 1: with e^r - 1 = q it is 2^n q + (2^n - 1), where nothing cancels."""
    f = format_of(x)
    n, r = _reduced(b, _bounded(b, x, -f.flat, f.high))
    p = polynomial(b, r, [1 / math.factorial(k) for k in range(f.exp_terms + 1, 1, -1)])
    q = intrinsic(b, "fmuladd", b.fmul(r, r), p, r)
    first, second = _halves(b, n)
    one = b.fsub(_power_of_two(b, first, x), _power_of_two(b, b.neg(second), x))
    scaled = b.fmul(b.fadd(b.fmul(q, _power_of_two(b, first, x)), one), _power_of_two(b, second, x))
    return b.select(b.fcmp_ordered("==", x, f.number(0.0)), x, scaled)


def _split(b: Any, x: Value) -> tuple[Value, Value]:
    """e and m with x = 2^e m and m between the square roots of 1/2 and 2, for a positive finite x; e is a number."""
    f = format_of(x)
    is_small = b.fcmp_ordered("<", x, f.number(2.0 ** (1 - f.bias)))
    normal = b.select(is_small, b.fmul(x, f.number(2.0 ** (f.mantissa + 1))), x)
    bits = b.bitcast(normal, f.int)
    low = f.integer(int(np.float64(math.sqrt(0.5)).view(np.int64)))
    if f is SINGLE:
        low = f.integer(int(np.float32(math.sqrt(0.5)).view(np.int32)))
    steps = b.ashr(b.sub(bits, low), f.integer(f.mantissa))
    m = b.bitcast(b.sub(bits, b.shl(steps, f.integer(f.mantissa))), f.type)
    e = b.sub(steps, b.select(is_small, f.integer(f.mantissa + 1), f.integer(0)))
    # From integer to number through the bits: conversions of 64 bits are not vectorised everywhere.
    magic = f.number(1.5 * 2.0**f.mantissa)
    return b.fsub(b.bitcast(b.add(e, b.bitcast(magic, f.int)), f.type), magic), m


def _log_positive(b: Any, x: Value, correction: Value | None = None) -> Value:
    """log x (plus a small correction) for a positive finite x, by log m = 2 artanh((m - 1) / (m + 1))."""
    f = format_of(x)
    e, m = _split(b, x)
    t = b.fsub(m, f.number(1.0))
    s = b.fdiv(t, b.fadd(f.number(2.0), t))
    z = b.fmul(s, s)
    series = polynomial(b, z, [2 / (2 * k + 1) for k in range(f.log_terms, 0, -1)])
    # log m = t - s (t - z series): the first term is exact, and the second much smaller.
    small = b.fmul(s, b.fsub(t, b.fmul(z, series)))
    high, low = f.ln2()
    tail = b.fsub(b.fmul(e, f.number(low)), small)
    if correction is not None:
        tail = b.fadd(tail, correction)
    return b.fadd(b.fmul(e, f.number(high)), b.fadd(t, tail))


def _log_special(b: Any, x: Value, y: Value) -> Value:
    """`y`, or what log x is where x is no positive finite number."""
    number = format_of(x).number
    y = b.select(b.fcmp_ordered("==", x, number(0.0)), number(-math.inf), y)
    y = b.select(b.fcmp_ordered("==", x, number(math.inf)), x, y)
    is_number = b.fcmp_ordered(">=", x, number(0.0))
    return b.select(is_number, y, number(math.nan))


def log(b: Any, x: Value) -> Value:
    """The natural logarithm."""
    return _log_special(b, x, _log_positive(b, x))


def log1p(b: Any, x: Value) -> Value:
    """log(1 + x): what is lost in rounding u = 1 + x comes back as (1 + x - u) / u."""
    number = format_of(x).number
    u = b.fadd(x, number(1.0))
    of_large = b.fsub(number(1.0), b.fsub(u, x))
    of_small = b.fsub(x, b.fsub(u, number(1.0)))
    lost = b.fdiv(b.select(b.fcmp_ordered(">=", x, number(1.0)), of_large, of_small), u)
    y = _log_special(b, u, _log_positive(b, u, lost))
    return b.select(b.fcmp_ordered("==", u, number(1.0)), x, y)


def tanh(b: Any, x: Value) -> Value:
    """The hyperbolic tangent: with t = e^|2x| - 1 it is t / (t + 2) with the sign of x."""
    f = format_of(x)
    size = intrinsic(b, "fabs", x)
    t = expm1(b, b.fmul(_bounded(b, size, 0.0, f.flat), f.number(2.0)))
    return intrinsic(b, "copysign", b.fdiv(t, b.fadd(t, f.number(2.0))), x)


def sigmoid(b: Any, x: Value) -> Value:
    """1 / (1 + e^-x), for negative x as e^x / (1 + e^x), which does not overflow."""
    number = format_of(x).number
    e = exp(b, b.fneg(intrinsic(b, "fabs", x)))
    above = b.select(b.fcmp_ordered("<", x, number(0.0)), e, number(1.0))
    return b.fdiv(above, b.fadd(number(1.0), e))


def softplus(b: Any, x: Value) -> Value:
    """log(1 + e^x) = max(x, 0) + log(1 + e^-|x|)."""
    number = format_of(x).number
    above = b.select(b.fcmp_ordered("<", x, number(0.0)), number(0.0), x)
    return b.fadd(above, log1p(b, exp(b, b.fneg(intrinsic(b, "fabs", x)))))


def sqrt(b: Any, x: Value) -> Value:
    """The square root, which processors have."""
    return intrinsic(b, "sqrt", x)


FUNCTIONS: dict[str, Callable[[Any, Value], Value]] = {
    "exp": exp,
    "expm1": expm1,
    "log": log,
    "log1p": log1p,
    "tanh": tanh,
    "sigmoid": sigmoid,
    "softplus": softplus,
    "sqrt": sqrt,
}
