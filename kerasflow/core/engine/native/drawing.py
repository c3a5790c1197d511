"""Recipes for random numbers, drawn from the streams of `philox` as the interpreter draws them.

A draw calls a function that is compiled once for each kind of sample and fills an array group by group, a group being
what one counter gives. The stream is the array that the operation keeps from run to run: its key and its next counter,
moved on here as the interpreter moves it.
"""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from llvmlite import ir

from kerasflow.core import types
from kerasflow.core.engine.native.groups import Call, Storage, Value
from kerasflow.core.engine.native.loops import counted
from kerasflow.core.engine.native.lowering import Lowering, whole
from kerasflow.core.engine.native.places import Pick, Picked, alongside, layer
from kerasflow.core.engine.native.samples import NORMAL, UNIFORM, integers32, integers64, round_keys, words32, words_of
from kerasflow.core.engine.native.scalars import in_memory
from kerasflow.core.engine.native.table import Table, shape_of
from kerasflow.core.engine.native.vectormath import intrinsic
from kerasflow.core.engine.plan import Plan, Step
from kerasflow.core.types import DType

__all__ = ["RECIPES"]

RECIPES = Table()
_I32, _I64, _POINTER = ir.IntType(32), ir.IntType(64), ir.PointerType()
_TOGETHER = 16  # counters at a time: more than fit a register, as each waits for one multiplication after the other
_RESERVED = 256  # counters for each sample
_BOUND = 2.0  # truncated normals lie strictly within so many standard deviations


@dataclass(frozen=True)
class _Sample:
    """A kind of sample: its name in the code, its type, and how the words of a counter become 4 samples or 2."""

    name: str
    dtype: DType
    convert: Callable[[Any, list[Any]], list[Any]]

    @property
    def width(self) -> int:
        """The samples that a counter gives."""
        return 2 if self.dtype.size == 8 else 4


# The recipes.


@RECIPES.add("f", "RandomUniform", reads=0)
def _uniform(t: Lowering, step: Step) -> list[Value]:
    dtype = step.attrs["dtype"]
    return _drawn(t, step, _Sample("uniform", dtype, UNIFORM[dtype]))


@RECIPES.add("f", "RandomStandardNormal", reads=0)
def _normal(t: Lowering, step: Step) -> list[Value]:
    dtype = step.attrs["dtype"]
    return _drawn(t, step, _Sample("normal", dtype, NORMAL[dtype]))


@RECIPES.add("f", "TruncatedNormal", reads=0)
def _truncated(t: Lowering, step: Step) -> list[Value]:
    dtype = step.attrs["dtype"]
    sample = _Sample("normal", dtype, NORMAL[dtype])
    return _drawn(t, step, sample, _RESERVED * sample.width // 4)


def _bounds(plan: Plan, step: Step) -> tuple[int, int]:
    low, high = (int(plan.constants[i]) for i in step.inputs[1:])
    return low, high


def _in_order(plan: Plan, step: Step) -> bool:
    low, high = _bounds(plan, step)
    return low < high


@RECIPES.add("i", "RandomUniformInt", known=(0, 1, 2), accepts=_in_order)
def _integers(t: Lowering, step: Step) -> list[Value]:
    low, high = _bounds(t.plan, step)
    convert = integers32 if step.attrs["dtype"].size == 4 else integers64
    name = f"integer.{low}.{high}"
    return _drawn(t, step, _Sample(name, step.attrs["dtype"], functools.partial(convert, low, high)))


@RECIPES.add("biuf", "RandomShuffle")
def _shuffle(t: Lowering, step: Step) -> list[Value]:
    x = t.in_memory(t.value(step.inputs[0]))
    count = x.shape[0] if x.shape else 1
    if count == 1:
        return [t.map(lambda v: v, [x], x.shape, Storage(x.dtype, math.prod(x.shape)))]
    words = _draw(t, step, _Sample("words", types.uint32, words32), count - 1, -(-(count - 1) // 4))
    order = Storage(types.int64, count)
    t.program.add_call(Call(functools.partial(_emit_exchanges, words), [words], order, "shuffles"))
    index = alongside(whole(order, (count,)), x.shape, [0])
    rows = alongside(layer(x, 0, 0), x.shape, range(1, len(x.shape)))
    return [t.map(lambda v: v, [Picked(rows, (Pick(index, count, x.strides[0]),))], x.shape)]


def _drawn(t: Lowering, step: Step, sample: _Sample, stride: int = 1) -> list[Value]:
    shape = shape_of(t, step)
    count = math.prod(shape)
    return [whole(_draw(t, step, sample, count, _RESERVED * count, stride), shape)]


def _draw(t: Lowering, step: Step, sample: _Sample, count: int, counters: int, stride: int = 1) -> Storage:
    """The samples of counters this far apart (in between are those for samples that are passed over); then the stream
    moves on by so many `counters`.
    """
    stream = t.kept_by(step, types.uint64, 3)
    target = Storage(sample.dtype, count)
    emit = functools.partial(_emit_draw, sample, stride, counters, stream)
    t.program.add_call(Call(emit, [stream], target, "draws of random numbers"))
    return target


# The code of a draw.


def _emit_draw(
    sample: _Sample, stride: int, counters: int, stream: Storage, b: Any, pointers: dict[Storage, Any], target: Storage
) -> None:
    """Fill `target`, and move the stream on."""
    groups, rest = divmod(target.count, sample.width)
    element = in_memory(sample.dtype)
    # LLVM says on the standard error that a loop of two turns cannot be made of vectors.
    for first, turns in ((0, 1), (1, 1)) if groups == 2 else ((0, groups),):
        if turns:
            part = _at(b, pointers[target], ir.Constant(_I64, first * sample.width), element)
            _call(b, sample, stride, pointers[stream], part, first * stride, turns)
    if rest:
        last = _buffer(b, sample)
        _call(b, sample, stride, pointers[stream], last, groups * stride, 1)
        for k in range(rest):
            x = b.load(_at(b, last, ir.Constant(_I64, k), element), typ=element)
            b.store(x, _at(b, pointers[target], ir.Constant(_I64, groups * sample.width + k), element))
    _move_on(b, pointers[stream], counters)


def _call(b: Any, sample: _Sample, stride: int, stream: Any, target: Any, first: int, groups: int) -> None:
    module = b.module
    fill = module.globals.get(_name(sample)) or _emit_fill(module, sample)
    if stride > 1:
        fill = module.globals.get(_name(sample, "truncated")) or _emit_truncated(module, sample, fill)
    b.call(fill, [stream, target, *[ir.Constant(_I64, n) for n in (first, stride, groups)]])


def _buffer(b: Any, sample: _Sample) -> Any:
    """Memory for the samples of one counter."""
    with b.goto_entry_block():
        return b.alloca(ir.ArrayType(in_memory(sample.dtype), sample.width))


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


def _name(sample: _Sample, kind: str = "draw") -> str:
    return f"{kind}.{sample.name}.{sample.dtype.name}"


def _new_function(module: ir.Module, name: str) -> ir.Function:
    """``name(stream, target, first, stride, groups)``: samples of the counters first, first + stride, ..., at least one
    group of them.
    """
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [_POINTER, _POINTER, _I64, _I64, _I64]), name)
    function.linkage = "internal"
    function.attributes.add("noinline")
    for argument in function.args[:2]:
        argument.add_attribute("noalias")
    return function


def _emit_fill(module: ir.Module, sample: _Sample) -> ir.Function:
    function = _new_function(module, _name(sample))
    stream, target, first, stride, groups = function.args
    b = ir.IRBuilder(function.append_basic_block("entry"))
    key, low, high = _read_stream(b, stream)
    keys = round_keys(b, key)
    element = in_memory(sample.dtype)
    with counted(b, groups) as i:
        counter = _sum(b, low, high, b.add(first, b.mul(i, stride)))
        start = b.mul(i, ir.Constant(_I64, sample.width))
        for k, x in enumerate(sample.convert(b, words_of(b, keys, *counter))):
            b.store(x, _at(b, target, b.add(start, ir.Constant(_I64, k)), element))
        body = b.block
    _vectorise(module, function.name, body.terminator)
    b.ret_void()
    return function


def _vectorise(module: ir.Module, name: str, branch: Any) -> None:
    """Have the loop that ends in `branch` made of vectors of `_TOGETHER` turns each."""
    hint = module.add_metadata(["llvm.loop.vectorize.width", ir.Constant(_I32, _TOGETHER)])
    loop = module.add_metadata([name, hint])
    loop.operands = (loop, hint)  # a loop is known by metadata that begin with themselves
    branch.set_metadata("llvm.loop", loop)


def _emit_truncated(module: ir.Module, sample: _Sample, fill: ir.Function) -> ir.Function:
    """As `fill`, but samples out of bounds are passed over: a group that has one goes on through further counters."""
    function = _new_function(module, _name(sample, "truncated"))
    stream, target, first, stride, groups = function.args
    b = ir.IRBuilder(function.append_basic_block("entry"))
    element, one = in_memory(sample.dtype), ir.Constant(_I64, 1)
    counter, place, more = b.alloca(_I64), b.alloca(_I64), _buffer(b, sample)
    b.call(fill, [stream, target, first, stride, groups])
    with counted(b, groups) as i:
        start = b.mul(i, ir.Constant(_I64, sample.width))
        end = b.add(start, ir.Constant(_I64, sample.width))
        own = [_at(b, target, b.add(start, ir.Constant(_I64, k)), element) for k in range(sample.width)]
        fits = functools.reduce(b.and_, [_within(b, b.load(x, typ=element)) for x in own])
        with b.if_then(b.not_(fits), likely=False):
            b.store(b.add(first, b.mul(i, stride)), counter)
            b.store(start, place)
            with _repeated(b, lambda: b.icmp_unsigned("<", b.load(place, typ=_I64), end)):
                now = b.load(counter, typ=_I64)
                b.call(fill, [stream, more, now, one, one])
                for k in range(sample.width):
                    _keep(b, b.load(_at(b, more, ir.Constant(_I64, k), element), typ=element), target, place, end)
                b.store(b.add(now, one), counter)
    b.ret_void()
    return function


def _keep(b: Any, x: Any, target: Any, place: Any, end: Any) -> None:
    """Write `x` to the next place, if it is within bounds and there is a place left."""
    now = b.load(place, typ=_I64)
    with b.if_then(b.and_(_within(b, x), b.icmp_unsigned("<", now, end))):
        b.store(x, _at(b, target, now, x.type))
        b.store(b.add(now, ir.Constant(_I64, 1)), place)


def _within(b: Any, x: Any) -> Any:
    return b.fcmp_ordered("<", intrinsic(b, "fabs", x), ir.Constant(x.type, _BOUND))


@contextlib.contextmanager
def _repeated(b: Any, going_on: Callable[[], Any]) -> Iterator[None]:
    """A block of code that runs once, and again as long as `going_on` holds at its end."""
    body, end = b.append_basic_block("again"), b.append_basic_block("done")
    b.branch(body)
    b.position_at_end(body)
    yield
    b.cbranch(going_on(), body, end)
    b.position_at_end(end)


def _emit_exchanges(words: Storage, b: Any, pointers: dict[Storage, Any], target: Storage) -> None:
    """The order in which i = 0, 1, ... change places with i + (word i) mod (n - i), n being their number."""
    count, order = target.count, pointers[target]
    with counted(b, ir.Constant(_I64, count)) as i:
        b.store(i, _at(b, order, i, _I64))
    with counted(b, ir.Constant(_I64, count - 1)) as i:
        word = b.zext(b.load(_at(b, pointers[words], i, _I32), typ=_I32), _I64)
        partner = b.add(i, b.urem(word, b.sub(ir.Constant(_I64, count), i)))
        places = [_at(b, order, k, _I64) for k in (i, partner)]
        values = [b.load(place, typ=_I64) for place in places]
        for place, value in zip(places, reversed(values), strict=True):
            b.store(value, place)
