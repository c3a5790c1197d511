"""Vectors of several numbers at once, written out where loops alone would not become them: what convolutions keep in
registers over many turns of a loop.

A row of numbers is cut into pieces that fill a vector register, and a rest: one piece of which a mask hides the end,
where the processor has masks, else pieces that are powers of two.
"""

from __future__ import annotations

import contextlib
import functools
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from llvmlite import binding, ir

from kerasflow.core.engine.native.loops import counted
from kerasflow.core.engine.native.scalars import in_memory
from kerasflow.core.types import DType

__all__ = ["Lanes", "Piece", "at", "constant", "function_of", "in_chunks", "nested", "pieces_of"]

Ints = tuple[int, ...]
Piece = tuple[int, int]  # where it begins, and how many numbers it has
I64, POINTER = ir.IntType(64), ir.PointerType()


@functools.cache
def machine() -> tuple[int, int]:
    """The bytes of a vector register of this processor, and how many of them there are."""
    features = binding.get_host_cpu_features()
    if features.get("avx512f"):
        return 64, 32
    if features.get("avx"):
        return 32, 16
    return 16, 32 if platform.machine() in ("aarch64", "arm64") else 16


def pieces_of(count: int, dtype: DType) -> list[Piece]:
    """A row of `count` numbers in pieces."""
    size = machine()[0]
    width, start, found = size // dtype.size, 0, []
    while start < count:
        if size > 16:
            width = min(width, count - start)
        while width > count - start:
            width //= 2
        found.append((start, width))
        start += width
    return found


def constant(n: int) -> Any:
    """An integer of 64 bits."""
    return ir.Constant(I64, n)


def at(b: Any, base: Any, place: Any, dtype: DType) -> Any:
    """Where element number `place` is."""
    place = constant(place) if isinstance(place, int) else place
    return b.gep(base, [place], True, source_etype=in_memory(dtype))


@dataclass(frozen=True)
class Lanes:
    """Vectors of `count` numbers, in registers of the next power of two; what is beyond is neither read nor written."""

    dtype: DType
    count: int

    @property
    def width(self) -> int:
        """How many numbers the vector in a register has."""
        return 1 << (self.count - 1).bit_length()

    @property
    def type(self) -> Any:
        """LLVM's type."""
        return ir.VectorType(in_memory(self.dtype), self.width)

    def load(self, b: Any, base: Any, place: Any) -> Any:
        """The numbers from element `place` of the array at `base` on."""
        where = at(b, base, place, self.dtype)
        if self.count == self.width:
            return b.load(where, align=self.dtype.size, typ=self.type)
        return self._masked(b, "load", self.type, where, self.number(0.0))

    def store(self, b: Any, x: Any, base: Any, place: Any) -> None:
        """Write them there."""
        where = at(b, base, place, self.dtype)
        if self.count == self.width:
            b.store(x, where, align=self.dtype.size)
        else:
            self._masked(b, "store", ir.VoidType(), x, where)

    def _masked(self, b: Any, what: str, result: Any, *args: Any) -> Any:
        """A read or a write that leaves out what is beyond `count`."""
        mask = ir.Constant(ir.VectorType(ir.IntType(1), self.width), [int(k < self.count) for k in range(self.width)])
        extra = [ir.Constant(ir.IntType(32), self.dtype.size), mask]
        given = [*args, *extra] if what == "store" else [args[0], *extra, args[1]]
        kind = ir.FunctionType(result, [a.type for a in given])
        full = f"llvm.masked.{what}.v{self.width}f{8 * self.dtype.size}.p0"
        return b.call(b.module.globals.get(full) or ir.Function(b.module, kind, full), given)

    def number(self, value: float) -> Any:
        """One number in all places."""
        return ir.Constant(self.type, [ir.Constant(in_memory(self.dtype), value)] * self.width)

    def splat(self, b: Any, x: Any) -> Any:
        """The scalar `x` in all places."""
        first = b.insert_element(ir.Constant(self.type, ir.Undefined), x, ir.Constant(ir.IntType(32), 0))
        mask = ir.Constant(ir.VectorType(ir.IntType(32), self.width), [0] * self.width)
        return b.shuffle_vector(first, ir.Constant(self.type, ir.Undefined), mask)

    def call(self, b: Any, name: str, *args: Any) -> Any:
        """LLVM's intrinsic function `name`, element by element."""
        full = f"llvm.{name}.v{self.width}f{8 * self.dtype.size}"
        kind = ir.FunctionType(self.type, [self.type] * len(args))
        return b.call(b.module.globals.get(full) or ir.Function(b.module, kind, full), args)

    def local(self, b: Any, value: Any) -> Any:
        """A vector that is changed in loops; LLVM keeps it in a register."""
        with b.goto_entry_block():
            place = b.alloca(self.type)
        b.store(value, place)
        return place

    def get(self, b: Any, place: Any) -> Any:
        """The vector that is there now."""
        return b.load(place, typ=self.type)


@contextlib.contextmanager
def nested(b: Any, counts: Sequence[int]) -> Iterator[list[Any]]:
    """Loops within loops, the last one innermost; gives the numbers of the turns."""
    with contextlib.ExitStack() as stack:
        yield [constant(0) if n == 1 else stack.enter_context(counted(b, constant(n))) for n in counts]


def in_chunks(b: Any, pieces: Sequence[Piece], together: int) -> Iterator[tuple[Any, list[Piece]]]:
    """Run over the pieces of a row, so many full ones at a time: for each chunk of code where it begins and its pieces.

    It writes the loop around the code that is written between two turns.
    """
    width = pieces[0][1]
    full = sum(w == width for _, w in pieces)
    chunk = [(k * width, width) for k in range(together)]
    if full >= 2 * together:
        with counted(b, constant(full // together)) as i:
            yield b.mul(i, constant(together * width)), chunk
        done = full // together * together
    else:
        done = 0
    for first in range(done, len(pieces), together):
        part = pieces[first : first + together]
        yield constant(part[0][0]), [(start - part[0][0], w) for start, w in part]


def function_of(module: ir.Module, name: str, arguments: int) -> tuple[ir.Function, Any, bool]:
    """The function of that name, which takes pointers to arrays that do not overlap; new if it is to be written."""
    known = module.globals.get(name)
    if known is not None:
        return known, None, False
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [POINTER] * arguments), name)
    function.linkage = "internal"
    function.attributes.add("noinline")
    for argument in function.args:
        argument.add_attribute("noalias")
    return function, ir.IRBuilder(function.append_basic_block("entry")), True
