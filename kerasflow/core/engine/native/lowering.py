"""Lowering: from the steps of a plan to statements over tensors.

A step with a scalar expression (`OpDef.lower`) becomes one statement; what changes shapes becomes another view of the
same storage; the rest has a recipe in `recipes`, which puts it together from maps, reductions and products.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.engine.native.expressions import Builder, Scalar
from kerasflow.core.engine.native.groups import Access, Check, Map, Program, Reduce, Storage, Value, contiguous
from kerasflow.core.engine.native.scalars import literal_of
from kerasflow.core.engine.plan import Plan, Step

__all__ = ["Lowering"]

Ints = tuple[int, ...]
_WIDE_FROM = 4096  # float32 sums of more numbers than this are added up in double precision
BUILDER = Builder()


class Lowering:
    """A compiled plan in the making: its values, its statements, and the slots of its pointer table."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.program = Program()
        self.values: dict[int, Value] = {}
        self.inputs: dict[int, Storage] = {}  # plan values that are given
        self.cells: dict[Any, tuple[Storage, Step]] = {}  # by variable, with the step that uses it first
        self.constants: list[tuple[Storage, np.ndarray[Any, Any]]] = []
        self.outputs: dict[int, Storage] = {}
        self.checks: list[tuple[Step, Value]] = []

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

    # Statements.

    def map(
        self,
        expression: Callable[..., Scalar],
        inputs: Sequence[Value],
        shape: Ints,
        target: Storage | None = None,
        index: int | None = None,
    ) -> Value:
        """``expression(*scalars)`` of the inputs, broadcast to `shape`; the last: the place along axis `index`."""
        scalars, leaves = self._scalars(inputs, shape, index)
        result = expression(*scalars)
        if result.op == "literal" and target is None:
            return Value(result.dtype, shape, None, (0,) * len(shape), literal=result.args[0])
        if target is None and result.op == "input" and isinstance(leaves[result], Access):
            source = inputs[result.args[0]]  # a mere copy
            if source.shape == shape:
                return source
        storage = target or Storage(result.dtype, math.prod(shape))
        self.program.add_map(Map(result, leaves, storage), squeezed(shape))
        return whole(storage, shape)

    def _scalars(
        self, inputs: Sequence[Value], shape: Ints, index: int | None = None
    ) -> tuple[list[Scalar], dict[Scalar, Access | Ints]]:
        scalars: list[Scalar] = []
        leaves: dict[Scalar, Access | Ints] = {}
        seen: dict[int, Scalar] = {}
        for k, v in enumerate(inputs):
            if v.storage is None:
                scalars.append(Scalar("literal", (v.literal,), v.dtype))
                continue
            if id(v) not in seen:
                leaf = seen[id(v)] = Scalar("input", (k,), v.dtype)
                leaves[leaf] = access(v, shape)
            scalars.append(seen[id(v)])
        if index is not None:
            leaf = Scalar("index", (), types.int64)
            leaves[leaf] = tuple(int(i == index % len(shape)) for i, n in enumerate(shape) if n != 1)
            scalars.append(leaf)
        return scalars, leaves

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
        self, kind: str, shape: Ints, strides: Ints, expression: Callable[..., Scalar], inputs: Sequence[Value]
    ) -> Storage:
        """A reduction in general: the loops run over `shape`, the result has `strides` there, 0 along what goes."""
        scalars, leaves = self._scalars(inputs, shape)
        source = expression(*scalars)
        count = math.prod(n for n, s in zip(shape, strides, strict=True) if s)
        storage = Storage(source.dtype, count)
        kept = tuple(s for n, s in zip(shape, strides, strict=True) if n != 1)
        wide = source.dtype is types.float32 and kind == "sum" and math.prod(shape) // count > _WIDE_FROM
        self.program.add_reduce(Reduce(kind, source, leaves, storage, kept, wide), squeezed(shape))
        return storage

    def check(self, flag: Value, step: Step, checked: Value) -> None:
        """Fail at `step` if `flag`, a single truth value, holds in the run: its second input, `checked`, is wrong."""
        checked = self.in_memory(checked)
        self.checks.append((step, checked))
        if flag.storage is None:
            flag = self.map(lambda: BUILDER.literal(flag.literal, types.bool), [], (), Storage(types.bool, 1))
        if flag.storage is not None and checked.storage is not None:
            self.program.add_check(flag.storage, checked.storage, len(self.checks))

    def in_memory(self, v: Value) -> Value:
        """`v` as a contiguous array."""
        if v.storage is not None and v.is_contiguous:
            return v
        inputs = [] if v.storage is None else [v]
        literal = None if v.storage is not None else Scalar("literal", (v.literal,), v.dtype)
        return self.map(lambda *x: literal or x[0], inputs, v.shape, Storage(v.dtype, math.prod(v.shape)))

    def reshape(self, v: Value, shape: Ints) -> Value:
        """`v` under another shape."""
        if v.shape == shape:
            return v
        if v.storage is None:
            return Value(v.dtype, shape, None, (0,) * len(shape), literal=v.literal)
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


def squeezed(shape: Ints) -> Ints:
    """The shape without the axes of size 1: the dims of the loops over it."""
    return tuple(n for n in shape if n != 1)


def access(v: Value, shape: Ints) -> Access:
    """How loops over `shape` read `v`, which broadcasts to it."""
    extra = len(shape) - len(v.shape)
    strides = (0,) * extra + tuple(0 if n == 1 else s for n, s in zip(v.shape, v.strides, strict=True))
    return Access(v.storage, tuple(s for n, s in zip(shape, strides, strict=True) if n != 1), v.offset)  # type: ignore[arg-type]


__all__ += ["BUILDER", "Check", "access", "squeezed", "whole"]
