"""Loop nests: one LLVM function for each group of statements.

The function takes one pointer for each storage, none of which overlap, and walks the dims of the group, the last one
fastest, with neighbouring dims made one where memory allows. What a statement computes stays in a register for those
after it, and is written to memory only if another group needs it. A reduction over the innermost loops adds up in a
register; one over outer loops adds to memory, which keeps the innermost loop free of dependencies.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from llvmlite import ir

from kerasflow.core import types
from kerasflow.core.engine.native import scalars
from kerasflow.core.engine.native.expressions import Scalar
from kerasflow.core.engine.native.groups import Access, Group, Map, Picks, Reduce, Storage, contiguous
from kerasflow.core.types import DType

__all__ = ["as_it_is", "counted", "emit_group"]

Ints = tuple[int, ...]
I64 = ir.IntType(64)
_COMBINE = {"maximum": "maximum", "minimum": "minimum", "product": "mul", "and": "and", "or": "or"}


def emit_group(module: ir.Module, name: str, group: Group) -> tuple[ir.Function, list[Storage]]:
    """The function that runs `group`, and the storages it takes pointers to."""
    storages = list(dict.fromkeys(_storages(group)))
    kind = ir.FunctionType(ir.VoidType(), [ir.PointerType()] * len(storages))
    function = ir.Function(module, kind, name)
    function.linkage = "internal"
    function.attributes.add("noinline")
    for argument in function.args:
        argument.add_attribute("noalias")
    _Nest(function, group, dict(zip(storages, function.args, strict=True))).emit()
    return function, storages


def _storages(group: Group) -> Iterator[Storage]:
    written: set[Storage] = set()
    for s in group.body:
        for a in s.leaves.values():
            if isinstance(a, Access) and not (a.storage in written and _in_order(a, group.dims or ())):
                yield a.storage
        if s.target.needed:
            yield s.target
        if isinstance(s, Map) and s.place is None:
            written.add(s.target)


def _in_order(a: Access, dims: Ints) -> bool:
    whole = a.storage.count == math.prod(dims) and not a.picks
    return whole and a.offset == 0 and a.strides == contiguous(dims)


class _Nest:
    """The code of one group, while it is written."""

    def __init__(self, function: ir.Function, group: Group, pointers: dict[Storage, Any]) -> None:
        self.body: list[Any] = group.body
        self.pointers = pointers
        self.full: Ints = group.dims or ()
        self.order = contiguous(self.full)
        self.dims, self.kept = _collapsed(self.full, [self.order, *self._all_strides()])
        self.b = ir.IRBuilder(function.append_basic_block("entry"))
        self.indices: list[Any] = []
        self.totals: dict[int, Any] = {}  # by statement: where a reduction over inner loops adds up
        self.registers: dict[Any, Any] = {}

    def _all_strides(self) -> Iterator[Ints]:
        for s in self.body:
            yield from (a.strides if isinstance(a, Access) else a for a in s.leaves.values())
            if isinstance(s, Reduce):
                yield s.strides
            elif s.place is not None:
                yield s.place.strides

    def _of(self, strides: Ints) -> Ints:
        """The strides along the dims that are left."""
        return tuple(strides[i] for i in self.kept)

    def _depth(self, s: Reduce) -> int:
        """The number of outer loops; all others only add up."""
        strides = self._of(s.strides)
        depth = len(strides)
        while depth and strides[depth - 1] == 0:
            depth -= 1
        return depth

    def emit(self) -> None:
        """Write the function."""
        for s in self.body:
            if isinstance(s, Reduce):
                if self._adds_to_memory(s):
                    self._fill(s)
                if self._in_register(s):
                    self.totals[id(s)] = self.b.alloca(scalars.in_register(_sum_type(s)))
        self._loop(0)
        self.b.ret_void()

    def _in_register(self, s: Reduce) -> bool:
        return not s.picks and (self._depth(s) < len(self.dims) or not self.dims)

    def _adds_to_memory(self, s: Reduce) -> bool:
        return 0 in self._of(s.strides)[: self._depth(s)] or not self._in_register(s)

    def _fill(self, s: Reduce) -> None:
        with counted(self.b, ir.Constant(I64, s.target.count)) as i:
            where = self.b.gep(self.pointers[s.target], [i], True, source_etype=scalars.in_memory(s.target.dtype))
            scalars.store(self.b, scalars.number(_identity(s), s.target.dtype), where, s.target.dtype)

    def _loop(self, depth: int) -> None:
        """The loops from `depth` inwards."""
        inner = [s for s in self.body if isinstance(s, Reduce) and self._in_register(s) and self._depth(s) == depth]
        for s in inner:
            self.b.store(scalars.number(_identity(s), _sum_type(s)), self.totals[id(s)])
        if depth == len(self.dims):
            self._statements()
        else:
            with counted(self.b, ir.Constant(I64, self.dims[depth])) as i:
                self.indices.append(i)
                self._loop(depth + 1)
                self.indices.pop()
        for s in inner:
            kind = scalars.in_register(_sum_type(s))
            self._put(s, self._narrowed(s, self.b.load(self.totals[id(s)], typ=kind)))

    def _narrowed(self, s: Reduce, total: Any) -> Any:
        return self.b.fptrunc(total, ir.FloatType()) if s.wide else total

    def _put(self, s: Reduce, x: Any, leaves: dict[Scalar, Any] | None = None) -> None:
        """Write a total, or add it to what is there."""
        dtype = s.target.dtype
        strides = self._of(s.strides)
        where = self._at(s.target, strides[: len(self.indices)], 0, s.picks, leaves)
        if self._adds_to_memory(s):
            x = _combined(self.b, s, dtype, scalars.load(self.b, where, dtype), x)
        scalars.store(self.b, x, where, dtype)

    def _at(
        self,
        storage: Storage,
        strides: Ints,
        offset: int,
        picks: Picks = (),
        leaves: dict[Scalar, Any] | None = None,
    ) -> Any:
        """Where an element lies; `leaves` are the values that `picks` are computed from."""
        place = self._place(strides, offset)
        for pick, stride in picks:
            k = scalars.emit(self.b, pick, {} if leaves is None else leaves)
            place = self.b.add(place, self.b.mul(k, ir.Constant(I64, stride)))
        return self.b.gep(self.pointers[storage], [place], True, source_etype=scalars.in_memory(storage.dtype))

    def _place(self, strides: Ints, offset: int) -> Any:
        total = ir.Constant(I64, offset)
        for i, stride in zip(self.indices, strides, strict=True):
            if stride:
                step = i if stride == 1 else self.b.mul(i, ir.Constant(I64, stride))
                total = step if total.__class__ is ir.Constant and total.constant == 0 else self.b.add(total, step)
        return total

    def _statements(self) -> None:
        self.registers = {}
        for s in self.body:
            leaves: dict[Scalar, Any] = {}
            for leaf, a in s.leaves.items():
                leaves[leaf] = self._leaf(a, leaves)
            if isinstance(s, Reduce):
                self._add_up(s, leaves)
                continue
            x = scalars.emit(self.b, s.expression, leaves)
            if s.place is not None:
                where = self._at(s.target, self._of(s.place.strides), s.place.offset, s.place.picks, leaves)
                scalars.store(self.b, x, where, s.target.dtype)
                continue
            self.registers[s.target] = x
            if s.target.needed:
                scalars.store(self.b, x, self._at(s.target, self._of(self.order), 0), s.target.dtype)

    def _leaf(self, a: Access | Ints, leaves: dict[Scalar, Any]) -> Any:
        if not isinstance(a, Access):
            return self._place(self._of(a), 0)
        if a.picks:
            where = self._at(a.storage, self._of(a.strides), a.offset, a.picks, leaves)
            return scalars.load(self.b, where, a.storage.dtype)
        in_order = _in_order(a, self.full)
        key = a.storage if in_order else (a.storage, a.strides, a.offset)
        if key not in self.registers:
            where = self._at(a.storage, self._of(a.strides), a.offset)
            self.registers[key] = scalars.load(self.b, where, a.storage.dtype)
        return self.registers[key]

    def _add_up(self, s: Reduce, leaves: dict[Scalar, Any]) -> None:
        dtype = _sum_type(s)
        if s.kind == "dot":
            factors = [scalars.emit(self.b, a, leaves) for a in s.source.args]
            x = self.b.fmul(*factors, flags=("contract",))
        else:
            x = scalars.emit(self.b, s.source, leaves)
        if s.wide:
            x = self.b.fpext(x, ir.DoubleType())
        if not self._in_register(s):
            self._put(s, x, leaves)
            return
        total = self.totals[id(s)]
        before = self.b.load(total, typ=scalars.in_register(dtype))
        self.b.store(_combined(self.b, s, dtype, before, x), total)


def _sum_type(s: Reduce) -> DType:
    return types.float64 if s.wide else s.target.dtype


def _identity(s: Reduce) -> Any:
    dtype = s.target.dtype
    if s.kind in ("maximum", "minimum"):
        bounds = (-np.inf, np.inf) if dtype.kind == "f" else (dtype.min, dtype.max)
        return bounds[s.kind == "minimum"]
    return 1 if s.kind in ("product", "and") else 0


def _combined(b: Any, s: Reduce, dtype: DType, total: Any, x: Any) -> Any:
    """The total with one more element. Sums and products may be taken in any order."""
    if s.kind in ("maximum", "minimum"):
        return scalars.extremum(b, s.kind, dtype, total, x)
    if s.kind in ("and", "or"):
        return b.and_(total, x) if s.kind == "and" else b.or_(total, x)
    if dtype.kind != "f":
        return b.mul(total, x) if s.kind == "product" else b.add(total, x)
    if s.kind == "product":
        return b.fmul(total, x, flags=("reassoc",))
    return b.fadd(total, x, flags=("reassoc", "contract") if s.kind == "dot" else ("reassoc",))


def _collapsed(dims: Ints, strides: list[Ints]) -> tuple[Ints, Ints]:
    """The dims with neighbours made one where all strides allow it, and which of the old axes give their strides."""
    sizes: list[int] = []
    kept: list[int] = []
    for i, n in enumerate(dims):
        if sizes and all(s[i - 1] == s[i] * n for s in strides):
            sizes[-1] *= n
            kept[-1] = i
        else:
            sizes.append(n)
            kept.append(i)
    return tuple(sizes), tuple(kept)


@contextlib.contextmanager
def counted(b: Any, count: Any, unrolled: bool = True) -> Iterator[Any]:
    """A block of code that runs `count` times, at least once; gives the number of the turn.

    Unless `unrolled`, LLVM may not write out several turns one after the other, as it does where it finds this faster.
    """
    before = b.block
    head = b.append_basic_block("loop")
    b.branch(head)
    b.position_at_end(head)
    i = b.phi(I64)
    i.add_incoming(ir.Constant(I64, 0), before)
    yield i
    following = b.add(i, ir.Constant(I64, 1), flags=("nuw", "nsw"))
    i.add_incoming(following, b.block)
    end = b.append_basic_block("end")
    branch = b.cbranch(b.icmp_unsigned("<", following, count), head, end)
    if not unrolled:
        as_it_is(b.module, branch)
    b.position_at_end(end)


def as_it_is(module: ir.Module, branch: Any) -> None:
    """Mark the branch at the end of a loop: the loop is not to be unrolled."""
    disable = module.add_metadata([ir.MetaDataString(module, "llvm.loop.unroll.disable")])
    mark = module.add_metadata([disable, ir.Constant(I64, len(module.metadata))])
    mark.operands = (mark, disable)  # such a node names itself first
    branch.set_metadata("llvm.loop", mark)
