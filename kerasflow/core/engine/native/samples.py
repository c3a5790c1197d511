"""From the key and the counter of a random stream to samples: Philox4x32-10 and the mappings of `philox`, as LLVM code.

The four words of a counter are kept in the lower halves of 64-bit numbers; so a loop over counters becomes
multiplications of 32 by 32 bits, eight or more counters at a time. What the upper halves hold does not matter until a
word is used. A mapping makes 4 samples of the words of a counter, or 2 of 64 bits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir

from kerasflow.core import types
from kerasflow.core.engine.native.scalars import number
from kerasflow.core.engine.native.trigonometry import sin_cos
from kerasflow.core.engine.native.vectormath import intrinsic, log
from kerasflow.core.types import DType

__all__ = ["NORMAL", "UNIFORM", "integers32", "integers64", "round_keys", "words32", "words_of"]

Words = list[Any]

_I32, _I64 = ir.IntType(32), ir.IntType(64)
_DOUBLE, _SINGLE = ir.DoubleType(), ir.FloatType()
_WORD = 0xFFFFFFFF
_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
_STEPS = (0x9E3779B9, 0xBB67AE85)  # of the two words of the key, from round to round
_SMALLEST = 1e-7  # a uniform below this is raised to it before its logarithm is taken


def round_keys(b: Any, key: Any) -> list[tuple[Any, Any]]:
    """The two words of the key in each round, in the lower halves."""
    words = key, b.lshr(key, ir.Constant(_I64, 32))
    return [
        (
            b.add(words[0], ir.Constant(_I64, _STEPS[0] * k)),
            b.add(words[1], ir.Constant(_I64, _STEPS[1] * k)),
        )
        for k in range(10)
    ]


def words_of(b: Any, keys: list[tuple[Any, Any]], low: Any, high: Any) -> Words:
    """The four words of the counter high * 2**64 + low, in the lower halves of 64-bit numbers.

    A round takes (x0, x1, x2, x3) to (hi(m1 x2) ^ x1 ^ k0, lo(m1 x2), hi(m0 x0) ^ x3 ^ k1, lo(m0 x0)).
    """
    mask, half = ir.Constant(_I64, _WORD), ir.Constant(_I64, 32)
    x0, x1, x2, x3 = low, b.lshr(low, half), high, b.lshr(high, half)
    m0, m1 = (ir.Constant(_I64, m) for m in _MULTIPLIERS)
    for k0, k1 in keys:
        p0, p1 = b.mul(b.and_(x0, mask), m0), b.mul(b.and_(x2, mask), m1)
        x0, x2 = b.xor(b.xor(b.lshr(p1, half), x1), k0), b.xor(b.xor(b.lshr(p0, half), x3), k1)
        x1, x3 = p1, p0
    return [x0, x1, x2, x3]


# From words to samples.


def words32(b: Any, words: Words) -> list[Any]:
    """The words themselves."""
    return [b.trunc(w, _I32) for w in words]


def _uniform32(b: Any, words: Words) -> list[Any]:
    """m - 1 for the numbers m in [1, 2) whose digits are the 23 lowest bits."""
    one = ir.Constant(_SINGLE, 1.0)
    samples = []
    for w in words32(b, words):
        digits = b.and_(w, ir.Constant(_I32, 0x7FFFFF))
        samples.append(b.fsub(b.bitcast(b.or_(digits, ir.Constant(_I32, 0x3F800000)), _SINGLE), one))
    return samples


def _uniform64(b: Any, words: Words) -> list[Any]:
    """m - 1 for the numbers m in [1, 2) whose upper 20 digits are in the first word of a pair."""
    samples = []
    for upper, lower in (words[:2], words[2:]):
        digits = b.shl(b.and_(upper, ir.Constant(_I64, 0xFFFFF)), ir.Constant(_I64, 32))
        digits = b.or_(digits, b.and_(lower, ir.Constant(_I64, _WORD)))
        m = b.bitcast(b.or_(digits, ir.Constant(_I64, 0x3FF << 52)), _DOUBLE)
        samples.append(b.fsub(m, ir.Constant(_DOUBLE, 1.0)))
    return samples


def integers32(low: int, high: int, b: Any, words: Words) -> list[Any]:
    """low + word mod (high - low)."""
    count, first = ir.Constant(_I32, high - low), ir.Constant(_I32, low % 2**32)
    return [b.add(b.urem(w, count), first) for w in words32(b, words)]


def integers64(low: int, high: int, b: Any, words: Words) -> list[Any]:
    """low + pair of words mod (high - low), the first word the less significant."""
    count, first = ir.Constant(_I64, high - low), ir.Constant(_I64, low % 2**64)
    samples = []
    for lower, upper in (words[:2], words[2:]):
        both = b.or_(b.and_(lower, ir.Constant(_I64, _WORD)), b.shl(upper, ir.Constant(_I64, 32)))
        samples.append(b.add(b.urem(both, count), first))
    return samples


def _raised(b: Any, u: Any, dtype: DType) -> Any:
    smallest = number(np.float32(_SMALLEST) if dtype.size == 4 else _SMALLEST, dtype)
    return b.select(b.fcmp_ordered("<", u, smallest), smallest, u)


def _normal32(b: Any, words: Words) -> list[Any]:
    """Box and Muller (1958), each function computed in double precision and rounded by itself."""
    samples = []
    uniforms = _uniform32(b, words)
    for u, v in (uniforms[:2], uniforms[2:]):
        logarithm = log(b, b.fpext(_raised(b, u, types.float32), _DOUBLE))
        radius = intrinsic(b, "sqrt", b.fmul(b.fptrunc(logarithm, _SINGLE), ir.Constant(_SINGLE, -2.0)))
        angle = b.fptrunc(b.fmul(b.fpext(v, _DOUBLE), ir.Constant(_DOUBLE, 2 * math.pi)), _SINGLE)
        samples += [b.fmul(b.fptrunc(f, _SINGLE), radius) for f in sin_cos(b, b.fpext(angle, _DOUBLE))]
    return samples


def _normal64(b: Any, words: Words) -> list[Any]:
    """Box and Muller (1958)."""
    u, v = _uniform64(b, words)
    radius = intrinsic(b, "sqrt", b.fmul(log(b, _raised(b, u, types.float64)), ir.Constant(_DOUBLE, -2.0)))
    return [b.fmul(f, radius) for f in sin_cos(b, b.fmul(v, ir.Constant(_DOUBLE, 2 * math.pi)))]


Mapping = Callable[[Any, Words], list[Any]]
UNIFORM: dict[DType, Mapping] = {types.float32: _uniform32, types.float64: _uniform64}
NORMAL: dict[DType, Mapping] = {types.float32: _normal32, types.float64: _normal64}
