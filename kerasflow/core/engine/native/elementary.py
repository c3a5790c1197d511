"""Powers, the error functions, inverse trigonometric and hyperbolic functions, as straight-line code like `vectormath`.

They are written for double precision; single numbers are widened, which leaves their results right but for ties. Powers
and complementary error functions of doubles are calls of the C library: they need more than double precision inside.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir

from kerasflow.core.engine.native.vectormath import DOUBLE, SINGLE, exp, expm1, intrinsic, log, log1p, polynomial

__all__ = ["FUNCTIONS"]

Value = Any
Function = Callable[..., Value]

_HALF_PI, _HALF_PI_BEYOND_DOUBLE = math.pi / 2, 6.123233995736766e-17
_NUMBER, _INTEGER = DOUBLE.number, DOUBLE.integer
_LARGE = 2.0**28  # x^2 + 1 is x^2 from here
_MIDDLE = 3.75  # of the range of the complementary error function
_ERFC_TERMS = 24


def _widened(function: Function, of_doubles: Function | None = None) -> Function:
    """`function`, which is written for doubles, for single numbers; `of_doubles`, or itself, for doubles."""

    def wide(b: Any, *xs: Value) -> Value:
        if xs[0].type == DOUBLE.type:
            return (of_doubles or function)(b, *xs)
        return b.fptrunc(function(b, *[b.fpext(x, DOUBLE.type) for x in xs]), SINGLE.type)

    return wide


def _library(name: str) -> Function:
    """The C library's function of doubles."""

    def call(b: Any, *xs: Value) -> Value:
        kind = ir.FunctionType(DOUBLE.type, [x.type for x in xs])
        return b.call(b.module.globals.get(name) or ir.Function(b.module, kind, name), xs)

    return call


def _abs(b: Any, x: Value) -> Value:
    return intrinsic(b, "fabs", x)


def _signed(b: Any, size: Value, like: Value) -> Value:
    return intrinsic(b, "copysign", size, like)


def _is_negative(b: Any, x: Value) -> Value:
    """Whether the sign of `x` is minus, that of -0 included."""
    return b.icmp_signed("<", b.bitcast(x, DOUBLE.int), _INTEGER(0))


def _choose(b: Any, comparison: str, x: Value, y: float, then: Value, otherwise: Value) -> Value:
    return b.select(b.fcmp_ordered(comparison, x, _NUMBER(y)), then, otherwise)


# Powers.


def _power(b: Any, x: Value, y: Value) -> Value:
    """x^y as e^(y log |x|), exact enough for single precision, with the special cases of C (ISO 9899, F.10.4.4)."""
    size = _abs(b, x)
    result = exp(b, b.fmul(y, log(b, size)))
    whole = intrinsic(b, "floor", y)
    half = b.fmul(y, _NUMBER(0.5))
    is_whole = b.fcmp_ordered("==", whole, y)
    is_odd = b.and_(is_whole, b.fcmp_ordered("!=", half, intrinsic(b, "floor", half)))
    result = b.select(b.and_(is_odd, _is_negative(b, x)), b.fneg(result), result)
    is_finite = b.fcmp_ordered("<", size, _NUMBER(math.inf))
    is_below = b.and_(b.fcmp_ordered("<", x, _NUMBER(0.0)), is_finite)
    is_number = b.fcmp_ordered("ord", y, y)
    result = b.select(b.and_(is_below, b.and_(b.not_(is_whole), is_number)), _NUMBER(math.nan), result)
    is_endless = b.fcmp_ordered("==", _abs(b, y), _NUMBER(math.inf))
    is_one = b.or_(b.fcmp_ordered("==", x, _NUMBER(1.0)), b.and_(is_endless, b.fcmp_ordered("==", size, _NUMBER(1.0))))
    return b.select(b.or_(is_one, b.fcmp_ordered("==", y, _NUMBER(0.0))), _NUMBER(1.0), result)


# The error functions.


def _scaled_erfc(t: float) -> float:
    """(1 + 2x) e^(x^2) erfc x, by t = (x - m) / (x + m); for large x by its asymptotic series (DLMF 7.12.1)."""
    x = _MIDDLE * (1 + t) / (1 - t)
    if x < 26:
        return (1 + 2 * x) * math.exp(x * x) * math.erfc(x)
    z = -1 / (2 * x * x)
    return (1 + 2 * x) / (x * math.sqrt(math.pi)) * (1 + z * (1 + z * (3 + z * (15 + z * (105 + z * 945)))))


@functools.cache
def _erfc_coefficients() -> tuple[float, ...]:
    """The polynomial through `_scaled_erfc` at the Chebyshev points: right to 12 digits, near 1 to 15."""
    points = np.polynomial.chebyshev.chebpts1(_ERFC_TERMS)
    values = [_scaled_erfc(t) for t in points.tolist()]
    series = np.polynomial.chebyshev.chebfit(points, values, _ERFC_TERMS - 1)
    return tuple(np.polynomial.chebyshev.cheb2poly(series)[::-1].tolist())


_ERF = [2 / math.sqrt(math.pi) * (-1) ** k / (math.factorial(k) * (2 * k + 1)) for k in range(18, -1, -1)]


def _erf_small(b: Any, x: Value) -> Value:
    """erf x for |x| at most 1, by its series."""
    return b.fmul(x, polynomial(b, b.fmul(x, x), _ERF))


def _erfc_large(b: Any, size: Value) -> Value:
    """erfc x for x from 0 to about 28: e^(-x^2) / (1 + 2x) times a slowly varying function (Shepherd and Laframboise
    1981, "Chebyshev approximation of (1 + 2x) exp(x^2) erfc x").
    """
    x = _choose(b, ">", size, 28.0, _NUMBER(28.0), size)
    high = b.bitcast(b.and_(b.bitcast(x, DOUBLE.int), _INTEGER(-(1 << 27))), DOUBLE.type)  # its square is exact
    low = b.fmul(b.fsub(x, high), b.fadd(x, high))
    shrink = polynomial(b, low, [-1 / 6, 1 / 2, -1.0, 1.0])
    e = b.fmul(exp(b, b.fneg(b.fmul(high, high))), shrink)
    middle = _NUMBER(_MIDDLE)
    t = b.fdiv(b.fsub(x, middle), b.fadd(x, middle))
    g = polynomial(b, t, _erfc_coefficients())
    return b.fmul(e, b.fdiv(g, b.fadd(b.fmul(x, _NUMBER(2.0)), _NUMBER(1.0))))


def _erf(b: Any, x: Value) -> Value:
    """The error function."""
    size = _abs(b, x)
    far = _signed(b, b.fsub(_NUMBER(1.0), _erfc_large(b, size)), x)
    return _choose(b, "<", size, 1.0, _erf_small(b, x), far)


def _erfc(b: Any, x: Value) -> Value:
    """1 - erf x."""
    size = _abs(b, x)
    tail = _erfc_large(b, size)
    far = _choose(b, "<", x, 0.0, b.fsub(_NUMBER(2.0), tail), tail)
    is_near = b.and_(b.fcmp_ordered("<", x, _NUMBER(0.46)), b.fcmp_ordered(">", x, _NUMBER(-1.0)))
    return b.select(is_near, b.fsub(_NUMBER(1.0), _erf_small(b, x)), far)


# Angles.

_EIGHTH = math.sqrt(2.0) - 1.0  # the tangent of pi / 8
_ATAN = [(-1) ** k / (2 * k + 1) for k in range(21, 0, -1)]


def _angle(b: Any, y: Value, x: Value) -> Value:
    """The angle of (x, y) in the first quadrant: with the tangent a at most 1, it is pi/4 + atan((a - 1) / (a + 1)) or
    the series of atan a, taken from pi/2 if y is larger.
    """
    is_steep = b.fcmp_ordered(">", y, x)
    small, large = b.select(is_steep, x, y), b.select(is_steep, y, x)
    a = b.fdiv(small, large)
    a = b.select(b.fcmp_ordered("==", small, _NUMBER(0.0)), _NUMBER(0.0), a)
    a = b.select(b.fcmp_ordered("==", small, _NUMBER(math.inf)), _NUMBER(1.0), a)
    is_wide = b.fcmp_ordered(">", a, _NUMBER(_EIGHTH))
    turned = b.fdiv(b.fsub(a, _NUMBER(1.0)), b.fadd(a, _NUMBER(1.0)))
    z = b.select(is_wide, turned, a)
    square = b.fmul(z, z)
    tail = b.fmul(b.fmul(z, square), polynomial(b, square, _ATAN))
    z, tail = (b.select(is_steep, b.fneg(v), v) for v in (z, tail))
    start, beyond = (
        b.select(is_wide, _NUMBER(c / 2), b.select(is_steep, _NUMBER(c), _NUMBER(0.0)))
        for c in (_HALF_PI, _HALF_PI_BEYOND_DOUBLE)
    )
    return b.fadd(start, b.fadd(z, b.fadd(tail, beyond)))


def _atan2(b: Any, y: Value, x: Value) -> Value:
    """The angle of (x, y), with the sign of y."""
    size = _angle(b, _abs(b, y), _abs(b, x))
    beyond = b.fsub(size, _NUMBER(2 * _HALF_PI_BEYOND_DOUBLE))
    size = b.select(_is_negative(b, x), b.fsub(_NUMBER(math.pi), beyond), size)
    is_number = b.fcmp_ordered("ord", x, y)
    return b.select(is_number, _signed(b, size, y), _NUMBER(math.nan))


def _atan(b: Any, x: Value) -> Value:
    return _atan2(b, x, _NUMBER(1.0))


def _asin(b: Any, x: Value) -> Value:
    one = _NUMBER(1.0)
    return _atan2(b, x, intrinsic(b, "sqrt", b.fmul(b.fsub(one, x), b.fadd(one, x))))


def _acos(b: Any, x: Value) -> Value:
    one = _NUMBER(1.0)
    half = _atan2(b, intrinsic(b, "sqrt", b.fsub(one, x)), intrinsic(b, "sqrt", b.fadd(one, x)))
    return b.fmul(half, _NUMBER(2.0))


# Hyperbolic functions.


def _half_exp(b: Any, x: Value) -> Value:
    """e^x / 2, which is finite a little longer than e^x."""
    return exp(b, x, -1)


def _sinh(b: Any, x: Value) -> Value:
    """With t = e^|x| - 1 it is (t + t / (t + 1)) / 2."""
    size = _abs(b, x)
    t = expm1(b, size)
    near = b.fmul(b.fadd(t, b.fdiv(t, b.fadd(t, _NUMBER(1.0)))), _NUMBER(0.5))
    return _signed(b, _choose(b, "<", size, 22.0, near, _half_exp(b, size)), x)


def _cosh(b: Any, x: Value) -> Value:
    half = _half_exp(b, _abs(b, x))
    return b.fadd(half, b.fdiv(_NUMBER(0.25), half))


def _log_of_twice(b: Any, x: Value) -> Value:
    return b.fadd(log(b, x), _NUMBER(math.log(2.0)))


def _asinh(b: Any, x: Value) -> Value:
    """log(a + sqrt(a^2 + 1)) for a = |x|, from its difference to log 1."""
    size = _abs(b, x)
    square = b.fmul(size, size)
    root = intrinsic(b, "sqrt", b.fadd(square, _NUMBER(1.0)))
    near = log1p(b, b.fadd(size, b.fdiv(square, b.fadd(root, _NUMBER(1.0)))))
    return _signed(b, _choose(b, "<", size, _LARGE, near, _log_of_twice(b, size)), x)


def _acosh(b: Any, x: Value) -> Value:
    """log(x + sqrt(x^2 - 1)), with t = x - 1 as log1p(t + sqrt(2t + t^2))."""
    t = b.fsub(x, _NUMBER(1.0))
    root = intrinsic(b, "sqrt", b.fmul(t, b.fadd(t, _NUMBER(2.0))))
    result = _choose(b, "<", x, _LARGE, log1p(b, b.fadd(t, root)), _log_of_twice(b, x))
    return _choose(b, ">=", x, 1.0, result, _NUMBER(math.nan))


def _atanh(b: Any, x: Value) -> Value:
    """Half of log((1 + a) / (1 - a)) for a = |x|."""
    size = _abs(b, x)
    ratio = b.fdiv(b.fadd(size, size), b.fsub(_NUMBER(1.0), size))
    return _signed(b, b.fmul(log1p(b, ratio), _NUMBER(0.5)), x)


_ALL: dict[str, Function] = {"erf": _erf, "atan": _atan, "atan2": _atan2, "asin": _asin, "acos": _acos}
_ALL |= {"sinh": _sinh, "cosh": _cosh, "asinh": _asinh, "acosh": _acosh, "atanh": _atanh}
FUNCTIONS: dict[str, Function] = {name: _widened(function) for name, function in _ALL.items()}
FUNCTIONS |= {"pow": _widened(_power, _library("pow")), "erfc": _widened(_erfc, _library("erfc"))}
