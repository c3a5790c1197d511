"""Lowering: from the steps of a plan to statements over tensors.

A step with a scalar expression (`OpDef.lower`) becomes one statement; what changes shapes becomes another view of the
same storage; the rest has a recipe in the table of a family, which puts it together from maps, reductions and products.
"""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.engine.native.expressions import Builder, Scalar
from kerasflow.core.engine.native.groups import Access, Check, Map, Picks, Program, Reduce, Storage, Value, contiguous
from kerasflow.core.engine.native.places import Pick, Picked, restrided
from kerasflow.core.engine.native.scalars import literal_of
from kerasflow.core.engine.plan import Plan, Step
from kerasflow.core.tensor import Operation
from kerasflow.core.types import DType

__all__ = ["Lowering"]

Ints = tuple[int, ...]
_WIDE_FROM = 4096  # float32 sums of more numbers than this are added up in double precision
BUILDER = Builder()


class Lowering:
    """A compiled plan in the making: its values, its statements, and the slots of its pointer table."""

    is_inside = False  # whether it is part of something repeated

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.program = Program()
        self.values: dict[int, Value] = {}
        self.inputs: dict[int, Storage] = {}  # plan values that are given
        self.cells: dict[Any, tuple[Storage, Step]] = {}  # by variable, with the step that uses it first
        self.kept: dict[Operation, Storage] = {}  # the arrays that operations keep from run to run
        self.constants: list[tuple[Storage, np.ndarray[Any, Any]]] = []
        self.outputs: dict[int, Storage] = {}
        self.checks: list[tuple[Plan, Step, dict[int, Value]]] = []  # with the inputs that are wrong
        self.derived: dict[Any, Value] = {}  # what recipes make of values, to be found again
        self.products: dict[Storage, tuple[Value, Value]] = {}  # by those that are products in tiles: the factors

    @functools.cached_property
    def readers(self) -> Counter[int]:
        """By value of the plan: how often it is read or fetched."""
        return Counter([*self.plan.fetches, *[i for step in self.plan.steps for i in step.inputs]])

    # Values.

    def value(self, number: int) -> Value:
        """The plan's value of that number."""
        if number not in self.values:
            dtype, dims, _ = self.plan.specs[number]
            array = self.plan.constants.get(number)
            if array is not None:
                self.values[number] = self.constant(np.asarray(array))
            else:
                shape: Ints = tuple(dims)  # type: ignore[arg-type]
                storage = self.inputs[number] = Storage(dtype, math.prod(shape), ("input", number))
                self.values[number] = whole(storage, shape)
        return self.values[number]

    def constant(self, array: np.ndarray[Any, Any]) -> Value:
        """A known array: part of the code if all its elements are one number."""
        dtype, literal = types.as_dtype(array.dtype), literal_of(array)
        if literal is not None:
            return Value(dtype, array.shape, None, (0,) * array.ndim, literal=literal)
        storage = Storage(dtype, array.size, ("constant", len(self.constants)))
        self.constants.append((storage, np.ascontiguousarray(array)))
        return whole(storage, array.shape)

    def cell(self, step: Step) -> Value:
        """Where the variable of `step` is kept."""
        variable = step.attrs["variable"]
        key = variable if variable.cell is None else variable.cell
        if key not in self.cells:
            storage = Storage(variable.dtype, math.prod(variable.dims), ("cell", len(self.cells)))
            self.cells[key] = storage, step
        return whole(self.cells[key][0], variable.dims)

    def kept_by(self, step: Step, dtype: DType, count: int) -> Storage:
        """The array of `count` elements that the step's operation keeps from run to run, see `OpDef.state`."""
        if step.operation not in self.kept:
            self.kept[step.operation] = Storage(dtype, count, ("kept", len(self.kept)))
        return self.kept[step.operation]

    def apart(self, v: Value) -> Value:
        """`v`, or a copy of it if it is a variable's memory, which changes in this plan."""
        if v.storage is None or v.storage.slot is None or v.storage.slot[0] != "cell":
            return v
        for variable in [s.attrs[s.opdef.writes] for s in self.plan.steps if s.opdef.writes]:
            if self.cells.get(variable if variable.cell is None else variable.cell, (None,))[0] is v.storage:
                return self.map(lambda x: x, [v], v.shape, Storage(v.dtype, math.prod(v.shape)))
        return v

    # Statements.

    def map(
        self,
        expression: Callable[..., Scalar],
        inputs: Sequence[Value | Picked],
        shape: Ints,
        target: Storage | None = None,
        index: int | Ints = (),
    ) -> Value:
        """``expression(*scalars)`` of the inputs, broadcast to `shape`; the last: the places along the axes `index`."""
        scalars, leaves = self._scalars(inputs, shape, index)
        result = expression(*scalars)
        if result.op == "literal" and target is None:
            return Value(result.dtype, shape, None, (0,) * len(shape), literal=result.args[0])
        if target is None and result.op == "input" and isinstance(leaves[result], Access):
            source = inputs[result.args[0]]  # a mere copy
            if isinstance(source, Value) and source.shape == shape:
                return source
        if target is not None and any(_clashes(a, target, squeezed(shape)) for a in leaves.values()):
            result_first = self.map(expression, inputs, shape, Storage(result.dtype, math.prod(shape)), index)
            return self.map(lambda x: x, [result_first], shape, target)
        storage = target or Storage(result.dtype, math.prod(shape))
        self.program.add_map(Map(result, leaves, storage), squeezed(shape))
        return whole(storage, shape)

    def copied(self, v: Picked) -> Value:
        """The elements that are picked, as an array of their own."""
        return v.base if v.base.storage is None else self.map(lambda x: x, [v], v.base.shape)

    def put(
        self,
        expression: Callable[..., Scalar],
        inputs: Sequence[Value | Picked],
        into: Value | Picked,
        index: int | Ints = (),
        beside: bool = False,
    ) -> None:
        """Write ``expression(*scalars)`` into a part of a storage: `into` is a view of it, over whose shape to loop.

        `inputs` may read the same storage, where the loops have been before or are now. `beside`: this part and those
        that were written before have no element in common.
        """
        shape = into.shape
        scalars, leaves = self._scalars(inputs, shape, index)
        place = self._picked(into, shape, leaves) if isinstance(into, Picked) else access(into, shape)
        self.program.add_map(Map(expression(*scalars), leaves, place.storage, place, beside), squeezed(shape))

    def _scalars(
        self, inputs: Sequence[Value | Picked], shape: Ints, index: int | Ints = ()
    ) -> tuple[list[Scalar], dict[Scalar, Access | Ints]]:
        scalars: list[Scalar] = []
        leaves: dict[Scalar, Access | Ints] = {}
        seen: dict[int, Scalar] = {}
        for k, v in enumerate(inputs):
            if isinstance(v, Value) and v.storage is None:
                scalars.append(Scalar("literal", (v.literal,), v.dtype))
                continue
            if id(v) not in seen:
                seen[id(v)] = Scalar("input", (k,), v.dtype)
                leaves[seen[id(v)]] = self._picked(v, shape, leaves) if isinstance(v, Picked) else access(v, shape)
            scalars.append(seen[id(v)])
        for axis in (index,) if isinstance(index, int) else index:
            scalars.append(_index_leaf(axis, shape, leaves))
        return scalars, leaves

    def _picked(self, v: Picked, shape: Ints, leaves: dict[Scalar, Access | Ints]) -> Access:
        base = access(v.base, shape)
        return Access(base.storage, base.strides, base.offset, self._picks(v.picks, shape, leaves))

    def _picks(self, picks: Sequence[Pick], shape: Ints, leaves: dict[Scalar, Access | Ints]) -> Picks:
        """What picks add to a place. They are held within their bounds: that one is not is found out elsewhere."""
        found = []
        for p in picks:
            if isinstance(p.index, int):
                i = _index_leaf(p.index, shape, leaves)
            elif p.index.storage is None:
                i = Scalar("literal", (p.index.literal,), p.index.dtype)
            else:
                i = Scalar("input", (), p.index.dtype)
                leaves[i] = access(p.index, shape)
            i = p.move(BUILDER.cast(i, types.int64))
            found.append((BUILDER.minimum(BUILDER.maximum(i, 0), p.size - 1), p.stride))
        return tuple(found)

    def reduce(
        self,
        kind: str,
        x: Value,
        axes: Ints,
        keepdims: bool = False,
        expression: Callable[..., Scalar] | None = None,
        inputs: Sequence[Value] = (),
    ) -> Value:
        """The elements of `x` (or of an expression over `inputs`, of the shape of `x`) combined along `axes`."""
        shape = tuple(n for i, n in enumerate(x.shape) if i not in axes)
        full = tuple(1 if i in axes else n for i, n in enumerate(x.shape))
        strides = tuple(0 if n == 1 else s for n, s in zip(full, contiguous(full), strict=True))
        storage = self.sum_over(kind, x.shape, strides, expression or (lambda v: v), inputs or [x])
        return whole(storage, full if keepdims else shape)

    def sum_over(
        self, kind: str, shape: Ints, strides: Ints, expression: Callable[..., Scalar], inputs: Sequence[Value | Picked]
    ) -> Storage:
        """A reduction in general: the loops run over `shape`, the result has `strides` there, 0 along what goes."""
        scalars, leaves = self._scalars(inputs, shape)
        source = expression(*scalars)
        count = math.prod(n for n, s in zip(shape, strides, strict=True) if s)
        kept = tuple(s for n, s in zip(shape, strides, strict=True) if n != 1)
        wide = source.dtype is types.float32 and kind == "sum" and math.prod(shape) // count > _WIDE_FROM
        if wide and kept[-1]:
            return self._sum_in_memory(shape, strides, expression, inputs)
        storage = Storage(source.dtype, count)
        self.program.add_reduce(Reduce(kind, source, leaves, storage, kept, wide), squeezed(shape))
        return storage

    def _sum_in_memory(
        self, shape: Ints, strides: Ints, expression: Callable[..., Scalar], inputs: Sequence[Value | Picked]
    ) -> Storage:
        """A sum of many terms that is added up in memory: first along all axes but one, then along that one.

        So errors do not pile up; if there is only one axis, what is added up is in double precision.
        """
        gone = [k for k, (n, s) in enumerate(zip(shape, strides, strict=True)) if n != 1 and not s]
        count = math.prod(n for n, s in zip(shape, strides, strict=True) if s)
        if len(gone) == 1:
            exact = self.sum_over("sum", shape, strides, lambda *x: BUILDER.cast(expression(*x), types.float64), inputs)
            total = self.map(lambda x: BUILDER.cast(x, types.float32), [whole(exact, (count,))], (count,))
            return total.storage  # type: ignore[return-value]
        apart = tuple(count if k == gone[0] else s for k, s in enumerate(strides))
        parts = whole(self.sum_over("sum", shape, apart, expression, inputs), (shape[gone[0]], count))
        return self.reduce("sum", parts, (0,)).storage  # type: ignore[return-value]

    def scatter(
        self, kind: str, into: Picked, expression: Callable[..., Scalar], inputs: Sequence[Value | Picked]
    ) -> None:
        """Combine elements into a new storage where `into` says, one after the other; the rest of it is as of none.

        The loops run over the shape of the view in `into`, whose strides are 0 along the axes that pick.
        """
        shape = into.base.shape
        scalars, leaves = self._scalars(inputs, shape)
        place = self._picked(into, shape, leaves)
        source = expression(*scalars)
        statement = Reduce(kind, source, leaves, place.storage, place.strides, False, place.picks)
        self.program.add_reduce(statement, squeezed(shape))

    def check(self, flag: Value, step: Step, *checked: int) -> None:
        """Fail at `step` if `flag`, a single truth value, holds in the run: the inputs of these numbers are wrong."""
        if flag.storage is None:
            if not flag.literal:
                return
            flag = self.map(lambda: BUILDER.literal(True, types.bool), [], (), Storage(types.bool, 1))
        found = self.copy if self.is_inside else self.in_memory  # where it lies inside is not known any more then
        wrong = {step.inputs[k]: found(self.value(step.inputs[k])) for k in checked}
        self.checks.append((self.plan, step, wrong))
        self.program.add_check(flag.storage, [v.storage for v in wrong.values()], len(self.checks))  # type: ignore[arg-type, misc]

    def in_memory(self, v: Value) -> Value:
        """`v` as a contiguous array."""
        return v if v.storage is not None and v.is_contiguous else self.copy(v)

    def copy(self, v: Value) -> Value:
        """`v` as an array of its own."""
        inputs = [] if v.storage is None else [v]
        literal = None if v.storage is not None else Scalar("literal", (v.literal,), v.dtype)
        return self.map(lambda *x: literal or x[0], inputs, v.shape, Storage(v.dtype, math.prod(v.shape)))

    def reshape(self, v: Value, shape: Ints) -> Value:
        """`v` under another shape."""
        if v.shape == shape:
            return v
        if v.storage is None:
            return Value(v.dtype, shape, None, (0,) * len(shape), literal=v.literal)
        strides = restrided(v.shape, v.strides, shape)
        if strides is not None:
            return Value(v.dtype, shape, v.storage, strides, v.offset)
        return whole(self.in_memory(v).storage, shape)  # type: ignore[arg-type]

    def output(self, number: int) -> None:
        """Have the plan's value of that number written to memory of the caller's."""
        v = self.value(number)
        storage = v.storage
        if storage is None or storage.slot is not None or not v.is_contiguous:
            storage = Storage(v.dtype, math.prod(v.shape))
            literal = Scalar("literal", (v.literal,), v.dtype) if v.storage is None else None
            self.map(lambda *x: literal or x[0], [] if literal else [v], v.shape, storage)
        storage.slot, storage.needed = ("output", number), True
        self.outputs[number] = storage


def whole(storage: Storage, shape: Ints) -> Value:
    """All of a storage, in order, as an array of `shape`."""
    return Value(storage.dtype, shape, storage, contiguous(shape))


def _index_leaf(axis: int, shape: Ints, leaves: dict[Scalar, Access | Ints]) -> Scalar:
    leaf = Scalar("index", (), types.int64)
    leaves[leaf] = tuple(int(i == axis % len(shape)) for i, n in enumerate(shape) if n != 1)
    return leaf


def _clashes(a: Access | Ints, target: Storage, dims: Ints) -> bool:
    """Whether `a` reads elements of `target` other than the one that is about to be written."""
    if not isinstance(a, Access) or a.storage is not target:
        return False
    return bool(a.picks) or a.offset != 0 or a.strides != contiguous(dims)


def new(dtype: DType, shape: Ints) -> Value:
    """An array in memory of its own."""
    return whole(Storage(dtype, math.prod(shape)), shape)


def squeezed(shape: Ints) -> Ints:
    """The shape without the axes of size 1: the dims of the loops over it."""
    return tuple(n for n in shape if n != 1)


def access(v: Value, shape: Ints) -> Access:
    """How loops over `shape` read `v`, which broadcasts to it."""
    extra = len(shape) - len(v.shape)
    strides = (0,) * extra + tuple(0 if n == 1 else s for n, s in zip(v.shape, v.strides, strict=True))
    return Access(v.storage, tuple(s for n, s in zip(shape, strides, strict=True) if n != 1), v.offset)  # type: ignore[arg-type]


__all__ += ["BUILDER", "Check", "access", "new", "squeezed", "whole"]
