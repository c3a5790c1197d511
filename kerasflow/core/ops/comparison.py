"""Comparisons, truth values, and tests for special numbers. Nothing flows through any of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.graph import apply, apply_alike
from kerasflow.core.opdef import ANY, FLOAT, REAL, blocked, broadcasting, op
from kerasflow.core.tensor import Tensor

__all__ = [
    "equal",
    "greater",
    "greater_equal",
    "is_finite",
    "is_inf",
    "is_nan",
    "less",
    "less_equal",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "not_equal",
]

_ANY = broadcasting(ANY, types.bool)
_ORDERED = broadcasting(REAL, types.bool)
_TRUTH = broadcasting("b")
_FLOAT = broadcasting(FLOAT, types.bool)


@op(
    "Equal",
    infer=_ANY,
    lower=lambda b, x, y: b.equal(x, y),
    kernel=np.equal,
    elementwise=True,
    commutative=True,
    vjp=blocked,
)
def equal(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Whether ``x = y``, element-wise.

    Args:
        x, y: tensors of one type, any type, whose shapes broadcast.

    Raises:
        TypeError: the types differ. ValueError: the shapes cannot be broadcast together.

    >>> tf.Session().run(tf.equal([1, 2], 2))
    array([False,  True])
    """
    return apply_alike("Equal", x, y, name=name)


@op(
    "NotEqual",
    infer=_ANY,
    lower=lambda b, x, y: b.not_equal(x, y),
    kernel=np.not_equal,
    elementwise=True,
    commutative=True,
    vjp=blocked,
)
def not_equal(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Whether `x` and `y` differ, element-wise.

    Args:
        x, y: tensors of one type, any type, whose shapes broadcast.

    Raises:
        TypeError: the types differ. ValueError: the shapes cannot be broadcast together.

    >>> tf.Session().run(tf.not_equal([1, 2], 2))
    array([ True, False])
    """
    return apply_alike("NotEqual", x, y, name=name)


@op("Less", infer=_ORDERED, lower=lambda b, x, y: x < y, kernel=np.less, elementwise=True, vjp=blocked)
def less(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Whether ``x < y``, element-wise.

    Args:
        x, y: tensors of one real numeric type, whose shapes broadcast.

    Raises:
        TypeError: the types differ, or have no order. ValueError: the shapes cannot be broadcast together.

    >>> tf.Session().run(tf.less([1, 2, 3], 2))
    array([ True, False, False])
    """
    return apply_alike("Less", x, y, name=name)


@op("LessEqual", infer=_ORDERED, lower=lambda b, x, y: x <= y, kernel=np.less_equal, elementwise=True, vjp=blocked)
def less_equal(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Whether ``x <= y``, element-wise.

    Args:
        x, y: tensors of one real numeric type, whose shapes broadcast.

    Raises:
        TypeError: the types differ, or have no order. ValueError: the shapes cannot be broadcast together.

    >>> tf.Session().run(tf.less_equal([1, 2, 3], 2))
    array([ True,  True, False])
    """
    return apply_alike("LessEqual", x, y, name=name)


@op("Greater", infer=_ORDERED, lower=lambda b, x, y: x > y, kernel=np.greater, elementwise=True, vjp=blocked)
def greater(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Whether ``x > y``, element-wise.

    Args:
        x, y: tensors of one real numeric type, whose shapes broadcast.

    Raises:
        TypeError: the types differ, or have no order. ValueError: the shapes cannot be broadcast together.

    >>> tf.Session().run(tf.greater([1, 2, 3], 2))
    array([False, False,  True])
    """
    return apply_alike("Greater", x, y, name=name)


@op(
    "GreaterEqual", infer=_ORDERED, lower=lambda b, x, y: x >= y, kernel=np.greater_equal, elementwise=True, vjp=blocked
)
def greater_equal(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Whether ``x >= y``, element-wise.

    Args:
        x, y: tensors of one real numeric type, whose shapes broadcast.

    Raises:
        TypeError: the types differ, or have no order. ValueError: the shapes cannot be broadcast together.

    >>> tf.Session().run(tf.greater_equal([1, 2, 3], 2))
    array([False,  True,  True])
    """
    return apply_alike("GreaterEqual", x, y, name=name)


@op(
    "LogicalAnd",
    infer=_TRUTH,
    lower=lambda b, x, y: x & y,
    kernel=np.logical_and,
    elementwise=True,
    commutative=True,
    vjp=blocked,
)
def logical_and(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Whether both `x` and `y` hold, element-wise.

    Args:
        x, y: bool tensors whose shapes broadcast.

    Raises:
        TypeError: one is not bool. ValueError: the shapes cannot be broadcast together.

    >>> tf.Session().run(tf.logical_and([True, False], True))
    array([ True, False])
    """
    return apply_alike("LogicalAnd", x, y, name=name)


@op(
    "LogicalOr",
    infer=_TRUTH,
    lower=lambda b, x, y: x | y,
    kernel=np.logical_or,
    elementwise=True,
    commutative=True,
    vjp=blocked,
)
def logical_or(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Whether `x` or `y` or both hold, element-wise.

    Args:
        x, y: bool tensors whose shapes broadcast.

    Raises:
        TypeError: one is not bool. ValueError: the shapes cannot be broadcast together.

    >>> tf.Session().run(tf.logical_or([True, False], False))
    array([ True, False])
    """
    return apply_alike("LogicalOr", x, y, name=name)


@op(
    "LogicalXor",
    infer=_TRUTH,
    lower=lambda b, x, y: x ^ y,
    kernel=np.logical_xor,
    elementwise=True,
    commutative=True,
    vjp=blocked,
)
def logical_xor(x: Any, y: Any, name: str | None = "LogicalXor") -> Tensor:
    """Whether exactly one of `x` and `y` holds, element-wise.

    Args:
        x, y: bool tensors whose shapes broadcast.

    Raises:
        TypeError: one is not bool. ValueError: the shapes cannot be broadcast together.

    >>> tf.Session().run(tf.logical_xor([True, False], True))
    array([False,  True])
    """
    return apply_alike("LogicalXor", x, y, name=name)


@op("LogicalNot", infer=_TRUTH, lower=lambda b, x: ~x, kernel=np.logical_not, elementwise=True, vjp=blocked)
def logical_not(x: Any, name: str | None = None) -> Tensor:
    """Whether `x` does not hold, element-wise.

    Raises:
        TypeError: `x` is not bool.

    >>> tf.Session().run(tf.logical_not([True, False]))
    array([False,  True])
    """
    return apply("LogicalNot", x, name=name)


@op("IsNan", infer=_FLOAT, lower=lambda b, x: b.not_equal(x, x), kernel=np.isnan, elementwise=True, vjp=blocked)
def is_nan(x: Any, name: str | None = None) -> Tensor:
    """Which elements of a floating-point tensor are not numbers.

    >>> tf.Session().run(tf.is_nan([1.0, float("nan"), float("inf")]))
    array([False,  True, False])
    """
    return apply("IsNan", x, name=name)


@op(
    "IsInf",
    infer=_FLOAT,
    lower=lambda b, x: b.equal(b.call("abs", x), math.inf),
    kernel=np.isinf,
    elementwise=True,
    vjp=blocked,
)
def is_inf(x: Any, name: str | None = None) -> Tensor:
    """Which elements of a floating-point tensor are infinite.

    >>> tf.Session().run(tf.is_inf([1.0, float("nan"), float("-inf")]))
    array([False, False,  True])
    """
    return apply("IsInf", x, name=name)


@op(
    "IsFinite",
    infer=_FLOAT,
    lower=lambda b, x: b.call("abs", x) < math.inf,
    kernel=np.isfinite,
    elementwise=True,
    vjp=blocked,
)
def is_finite(x: Any, name: str | None = None) -> Tensor:
    """Which elements of a floating-point tensor are neither infinite nor NaN.

    >>> tf.Session().run(tf.is_finite([1.0, float("nan"), float("inf")]))
    array([ True, False, False])
    """
    return apply("IsFinite", x, name=name)
