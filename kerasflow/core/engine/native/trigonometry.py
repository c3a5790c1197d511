"""Sine and cosine as straight-line LLVM code that the loop vectoriser can take, for arguments that are not large."""

from __future__ import annotations

import math
from typing import Any

from kerasflow.core.engine.native.vectormath import DOUBLE, intrinsic, polynomial

__all__ = ["LIMIT", "sin_cos"]

Value = Any

LIMIT = 2.0**20  # the largest argument, in size

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


def sin_cos(b: Any, x: Value) -> tuple[Value, Value]:
    """sin x and cos x for a double of at most `LIMIT` in size; NaN for NaN.

    With x = n pi/2 + r and |r| at most pi/4 (Cody and Waite 1980, chapter 8) they are sin r and cos r, exchanged where
    n is odd, and with the signs of the quarter n.
    """
    number = DOUBLE.number
    magic = number(1.5 * 2.0**52)  # what is added to it is rounded, and its low bits are the integer
    shifted = b.fadd(b.fmul(x, number(2 / math.pi)), magic)
    n, whole = b.bitcast(shifted, DOUBLE.int), b.fsub(shifted, magic)
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
    is_odd = b.icmp_unsigned("!=", b.and_(n, DOUBLE.integer(1)), DOUBLE.integer(0))
    of_sine = _signed(b, b.select(is_odd, cosine, sine), n)
    of_sine = b.select(b.fcmp_ordered("==", x, number(0.0)), x, of_sine)  # with its sign
    return of_sine, _signed(b, b.select(is_odd, sine, cosine), b.add(n, DOUBLE.integer(1)))


def _signed(b: Any, x: Value, n: Value) -> Value:
    """-x in the quarters 2 and 3, else x."""
    sign = b.shl(b.and_(n, DOUBLE.integer(2)), DOUBLE.integer(62))
    return b.bitcast(b.xor(b.bitcast(x, DOUBLE.int), sign), DOUBLE.type)
