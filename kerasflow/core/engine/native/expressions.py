"""Scalar expressions: what an element-wise operation computes from one number of each input.

An operation states its expression as a function ``lower(b, *scalars, **attrs)``, with `b` a `Builder` and the operators
of `Scalar`; numbers beside scalars take their type. Nothing is computed or emitted while it is stated: the result is a
tree, from which the code is generated. ``None`` as the result says that these types are left to the interpreter.
"""

from __future__ import annotations

from typing import Any

from kerasflow.core import types
from kerasflow.core.types import DType

__all__ = ["Builder", "Scalar"]

TYPES = frozenset(t for t in types.ALL if t.kind in "biuf" and t is not types.float16)


class Scalar:
    """One number: the operation `op` on `args`, of type `dtype`. Leaves are literals, inputs and indices."""

    __slots__ = ("args", "dtype", "op")

    def __init__(self, op: str, args: tuple[Any, ...], dtype: DType) -> None:
        self.op = op
        self.args = args
        self.dtype = dtype

    def _with(self, op: str, other: Any, dtype: DType | None = None) -> Scalar:
        return Scalar(op, (self, self.alike(other)), dtype or self.dtype)

    def alike(self, other: Any) -> Scalar:
        """`other` itself, or the number it is as a scalar of this type."""
        return other if isinstance(other, Scalar) else Scalar("literal", (self.dtype.numpy.type(other),), self.dtype)

    def __add__(self, other: Any) -> Scalar:
        return self._with("add", other)

    def __sub__(self, other: Any) -> Scalar:
        return self._with("sub", other)

    def __mul__(self, other: Any) -> Scalar:
        return self._with("mul", other)

    def __truediv__(self, other: Any) -> Scalar:
        return self._with("div", other)

    def __rsub__(self, other: Any) -> Scalar:
        return self.alike(other) - self

    def __rtruediv__(self, other: Any) -> Scalar:
        return self.alike(other) / self

    __radd__ = __add__
    __rmul__ = __mul__

    def __neg__(self) -> Scalar:
        return Scalar("neg", (self,), self.dtype)

    def __and__(self, other: Any) -> Scalar:
        return self._with("and", other)

    def __or__(self, other: Any) -> Scalar:
        return self._with("or", other)

    def __xor__(self, other: Any) -> Scalar:
        return self._with("xor", other)

    def __invert__(self) -> Scalar:
        return Scalar("not", (self,), self.dtype)

    def __lt__(self, other: Any) -> Scalar:
        return self._with("<", other, types.bool)

    def __le__(self, other: Any) -> Scalar:
        return self._with("<=", other, types.bool)

    def __gt__(self, other: Any) -> Scalar:
        return self._with(">", other, types.bool)

    def __ge__(self, other: Any) -> Scalar:
        return self._with(">=", other, types.bool)


class Builder:
    """The functions scalars can be put into."""

    def call(self, function: str, x: Scalar, *others: Any) -> Scalar:
        """`function`, one of those the vector mathematics or the C library has, of numbers of one type."""
        return Scalar(function, (x, *[x.alike(o) for o in others]), x.dtype)

    def equal(self, x: Scalar, y: Any) -> Scalar:
        """Whether two numbers are equal; NaN equals nothing."""
        return Scalar("==", (x, x.alike(y)), types.bool)

    def not_equal(self, x: Scalar, y: Any) -> Scalar:
        """Whether two numbers differ; NaN differs from all."""
        return Scalar("!=", (x, x.alike(y)), types.bool)

    def select(self, condition: Scalar, x: Scalar, y: Any) -> Scalar:
        """`x` where `condition` holds, else `y`."""
        return Scalar("select", (condition, x, x.alike(y)), x.dtype)

    def maximum(self, x: Scalar, y: Any) -> Scalar:
        """The larger number; NaN if one is."""
        return Scalar("maximum", (x, x.alike(y)), x.dtype)

    def minimum(self, x: Scalar, y: Any) -> Scalar:
        """The smaller number; NaN if one is."""
        return Scalar("minimum", (x, x.alike(y)), x.dtype)

    def cast(self, x: Scalar, dtype: DType) -> Scalar:
        """`x` converted to `dtype` as NumPy does."""
        return x if x.dtype is dtype else Scalar("cast", (x,), dtype)

    def literal(self, value: Any, dtype: DType) -> Scalar:
        """A number of type `dtype`."""
        return Scalar("literal", (dtype.numpy.type(value),), dtype)
