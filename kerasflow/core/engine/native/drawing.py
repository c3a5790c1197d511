"""Recipes for random numbers: Philox4x32-10 and the mapping of its bits to samples, draw for draw as `philox` has them.

A draw calls a function that is compiled once for each kind of sample and fills an array group by group: the words of
one counter make 4 samples, or 2 of 64 bits. The four words of a counter are kept in the lower halves of 64-bit numbers;
so a loop over groups becomes multiplications of 32 by 32 bits, eight or more counters at a time. What the upper halves
hold does not matter until a word is used.

The stream is the array that the operation keeps from run to run: its key and its next counter, moved on here as the
interpreter moves it.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from llvmlite import ir

from kerasflow.core import types
from kerasflow.core.engine.native.groups import Call, Storage, Value
from kerasflow.core.engine.native.loops import counted
from kerasflow.core.engine.native.lowering import Lowering, whole
from kerasflow.core.engine.native.scalars import in_memory, number
from kerasflow.core.engine.native.table import Table, shape_of
from kerasflow.core.engine.native.trigonometry import sin_cos
from kerasflow.core.engine.native.vectormath import intrinsic, log
from kerasflow.core.engine.plan import Plan, Step
from kerasflow.core.types import DType

__all__ = ["RECIPES"]

Words = list[Any]
Convert = Callable[[Any, Words], list[Any]]

RECIPES = Table()
_I32, _I64, _POINTER = ir.IntType(32), ir.IntType(64), ir.PointerType()
_DOUBLE, _SINGLE = ir.DoubleType(), ir.FloatType()
_WORD = 0xFFFFFFFF
_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
_STEPS = (0x9E3779B9, 0xBB67AE85)  # of the two words of the key, from round to round
_RESERVED = 256  # counters for each sample
_SMALLEST = 1e-7  # a uniform below this is raised to it before its logarithm is taken


@dataclass(frozen=True)
class _Sample:
    """A kind of sample: its name in the code, its type, and how the words of a counter become 4 samples or 2."""

    name: str
    dtype: DType
    convert: Convert

    @property
    def width(self) -> int:
        """The samples that a counter gives."""
        return 2 if self.dtype.size == 8 else 4


# The recipes.


@RECIPES.add("f", "RandomUniform", reads=0)
def _uniform(t: Lowering, step: Step) -> list[Value]:
    dtype = step.attrs["dtype"]
    return _drawn(t, step, _Sample("uniform", dtype, _uniform32 if dtype.size == 4 else _uniform64))


@RECIPES.add("f", "RandomStandardNormal", reads=0)
def _normal(t: Lowering, step: Step) -> list[Value]:
    dtype = step.attrs["dtype"]
    return _drawn(t, step, _Sample("normal", dtype, _normal32 if dtype.size == 4 else _normal64))


def _bounds(plan: Plan, step: Step) -> tuple[int, int]:
    low, high = (int(plan.constants[i]) for i in step.inputs[1:])
    return low, high


def _in_order(plan: Plan, step: Step) -> bool:
    low, high = _bounds(plan, step)
    return low < high


@RECIPES.add("i", "RandomUniformInt", known=(0, 1, 2), accepts=_in_order)
def _integers(t: Lowering, step: Step) -> list[Value]:
    low, high = _bounds(t.plan, step)
    convert = _integers32 if step.attrs["dtype"].size == 4 else _integers64
    name = f"integer.{low}.{high}"
    return _drawn(t, step, _Sample(name, step.attrs["dtype"], functools.partial(convert, low, high)))


def _drawn(t: Lowering, step: Step, sample: _Sample) -> list[Value]:
    shape = shape_of(t, step)
    stream = t.kept_by(step, types.uint64, 3)
    target = Storage(sample.dtype, math.prod(shape))
    emit = functools.partial(_emit_draw, sample, stream)
    t.program.add_call(Call(emit, [stream], target, "draws of random numbers"))
    return [whole(target, shape)]


# The code of a draw.


def _emit_draw(sample: _Sample, stream: Storage, b: Any, pointers: dict[Storage, Any], target: Storage) -> None:
    """Fill `target`, and move the stream on."""
    fill = b.module.globals.get(_name(sample)) or _emit_fill(b.module, sample)
    groups, rest = divmod(target.count, sample.width)
    if groups:
        b.call(fill, [pointers[stream], pointers[target], ir.Constant(_I64, 0), ir.Constant(_I64, groups)])
    if rest:
        element = in_memory(sample.dtype)
        with b.goto_entry_block():
            last = b.alloca(ir.ArrayType(element, sample.width))
        b.call(fill, [pointers[stream], last, ir.Constant(_I64, groups), ir.Constant(_I64, 1)])
        for k in range(rest):
            x = b.load(_at(b, last, ir.Constant(_I64, k), element), typ=element)
            b.store(x, _at(b, pointers[target], ir.Constant(_I64, groups * sample.width + k), element))
    _move_on(b, pointers[stream], _RESERVED * target.count)


def _at(b: Any, base: Any, place: Any, element: Any) -> Any:
    return b.gep(base, [place], True, source_etype=element)


def _read_stream(b: Any, stream: Any) -> list[Any]:
    """The key, and the lower and upper half of the next counter."""
    return [b.load(_at(b, stream, ir.Constant(_I64, k), _I64), typ=_I64) for k in range(3)]


def _sum(b: Any, low: Any, high: Any, more: Any) -> tuple[Any, Any]:
    """The halves of a counter so many further on."""
    moved = b.add(low, more)
    return moved, b.add(high, b.zext(b.icmp_unsigned("<", moved, low), _I64))


def _move_on(b: Any, stream: Any, counters: int) -> None:
    _, low, high = _read_stream(b, stream)
    for k, half in enumerate(_sum(b, low, high, ir.Constant(_I64, counters)), 1):
        b.store(half, _at(b, stream, ir.Constant(_I64, k), _I64))


def _name(sample: _Sample) -> str:
    return f"draw.{sample.name}.{sample.dtype.name}"


def _emit_fill(module: ir.Module, sample: _Sample) -> ir.Function:
    """``fill(stream, target, first, groups)``: the samples of so many counters, at least one, from the first."""
    kind = ir.FunctionType(ir.VoidType(), [_POINTER, _POINTER, _I64, _I64])
    function = ir.Function(module, kind, _name(sample))
    function.linkage = "internal"
    function.attributes.add("noinline")
    stream, target, first, groups = function.args
    for argument in (stream, target):
        argument.add_attribute("noalias")
    b = ir.IRBuilder(function.append_basic_block("entry"))
    key, low, high = _read_stream(b, stream)
    keys = _round_keys(b, key)
    element = in_memory(sample.dtype)
    with counted(b, groups) as i:
        samples = sample.convert(b, _words(b, keys, *_sum(b, low, high, b.add(first, i))))
        start = b.mul(i, ir.Constant(_I64, sample.width))
        for k, x in enumerate(samples):
            b.store(x, _at(b, target, b.add(start, ir.Constant(_I64, k)), element))
    b.ret_void()
    return function


def _round_keys(b: Any, key: Any) -> list[tuple[Any, Any]]:
    """The two words of the key in each round, in the lower halves."""
    words = key, b.lshr(key, ir.Constant(_I64, 32))
    return [
        (
            b.add(words[0], ir.Constant(_I64, _STEPS[0] * k)),
            b.add(words[1], ir.Constant(_I64, _STEPS[1] * k)),
        )
        for k in range(10)
    ]


def _words(b: Any, keys: list[tuple[Any, Any]], low: Any, high: Any) -> Words:
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


def _uniform32(b: Any, words: Words) -> list[Any]:
    """m - 1 for the numbers m in [1, 2) whose digits are the 23 lowest bits."""
    one = ir.Constant(_SINGLE, 1.0)
    samples = []
    for w in words:
        digits = b.and_(b.trunc(w, _I32), ir.Constant(_I32, 0x7FFFFF))
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


def _integers32(low: int, high: int, b: Any, words: Words) -> list[Any]:
    """low + word mod (high - low)."""
    count, first = ir.Constant(_I32, high - low), ir.Constant(_I32, low % 2**32)
    return [b.add(b.urem(b.trunc(w, _I32), count), first) for w in words]


def _integers64(low: int, high: int, b: Any, words: Words) -> list[Any]:
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
