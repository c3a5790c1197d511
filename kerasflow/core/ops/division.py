"""Quotients and remainders: exact, rounded down, or rounded towards zero.

Integers divided by zero are an error of the run; floating-point numbers give infinity or NaN.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core.errors import InvalidArgumentError
from kerasflow.core.graph import apply, apply_alike
from kerasflow.core.opdef import INEXACT, NUMBER, REAL, blocked, broadcasting, op
from kerasflow.core.ops.complex_numbers import conj
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import Spec, float32, float64

__all__ = [
    "div",
    "divide",
    "floordiv",
    "floormod",
    "mod",
    "realdiv",
    "reciprocal",
    "truediv",
    "truncatediv",
    "truncatemod",
]


def _infer_quotient(x: Spec, y: Spec) -> Spec:
    dtype, dims, _ = broadcasting(NUMBER)(x, y)
    if dtype.is_integer:
        dtype = float32 if dtype.size <= 2 else float64
    return Spec(dtype, dims)


def _lower_quotient(b: Any, x: Any, y: Any) -> Any:
    if x.dtype.is_integer:
        dtype = float32 if x.dtype.size <= 2 else float64
        return b.cast(x, dtype) / b.cast(y, dtype)
    return x / y


def _quotient_vjp(n: Operation, g: Tensor) -> tuple[Tensor | None, Tensor | None]:
    y = n.inputs[1]
    if y.dtype.is_integer:
        return None, None
    gx = g / conj(y)
    return gx, -(gx * conj(n.output))


@op("RealDiv", infer=_infer_quotient, lower=_lower_quotient, elementwise=True, vjp=_quotient_vjp)
def _quotient(x: Any, y: Any, out: Any = None) -> Any:
    # NumPy divides all integers in float64.
    single = x.dtype.kind in "iu" and x.dtype.itemsize <= 2
    return np.true_divide(x, y, out=out, dtype=np.float32 if single else None)


def realdiv(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The quotient ``x / y``, element-wise; of integers in float64, of those with at most 16 bits in float32.

    Args:
        x, y: tensors of one numeric type, whose shapes broadcast.

    Raises:
        TypeError: the types differ. ValueError: the shapes cannot be broadcast together.

    >>> tf.Session().run(tf.realdiv([1.0, 2.0], 4.0))
    array([0.25, 0.5 ], dtype=float32)
    """
    return apply_alike("RealDiv", x, y, name=name)


def truediv(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The quotient ``x / y``, element-wise; of integers in float64, of those with at most 16 bits in float32.

    Args:
        x, y: tensors of one numeric type, whose shapes broadcast.

    Raises:
        TypeError: the types differ. ValueError: the shapes cannot be broadcast together.

    >>> tf.Session().run(tf.truediv([1, 2], 4))
    array([0.25, 0.5 ])
    """
    return realdiv(x, y, name or "truediv")


def divide(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The quotient ``x / y``, element-wise, as the operator ``/`` gives it.

    Args:
        x, y: tensors of one numeric type, whose shapes broadcast.

    Raises:
        TypeError: the types differ. ValueError: the shapes cannot be broadcast together.

    >>> tf.Session().run(tf.divide([1.0, 2.0], 4.0))
    array([0.25, 0.5 ], dtype=float32)
    """
    return realdiv(x, y, name or "truediv")


def _check_divisor(y: Any) -> None:
    if y.dtype.kind in "iu" and not np.all(y):
        raise InvalidArgumentError(None, None, "Integer division by zero")


@op(
    "FloorDiv",
    infer=broadcasting(REAL),
    lower=lambda b, x, y: b.call("floor", x / y) if x.dtype.kind == "f" else None,
    elementwise=True,
    vjp=blocked,
)
def _floor_div(x: Any, y: Any, out: Any = None) -> Any:
    _check_divisor(y)
    if x.dtype.kind in "iu":
        return np.floor_divide(x, y, out=out)
    # Not np.floor_divide: the floor of the rounded quotient, so 1 // 0.1 is 10.
    return np.floor(np.true_divide(x, y, out=out), out=out)


def floordiv(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The quotient rounded down, ``floor(x / y)``, element-wise. It has no gradient.

    Args:
        x, y: tensors of one real numeric type, whose shapes broadcast.

    Raises:
        TypeError: the types differ. ValueError: the shapes cannot be broadcast together.
        InvalidArgumentError: an integer is divided by zero.

    >>> tf.Session().run(tf.floordiv([7, -7], 2))
    array([ 3, -4], dtype=int32)
    """
    return apply_alike("FloorDiv", x, y, name=name or "floordiv")


@op(
    "Div",
    infer=broadcasting(NUMBER),
    lower=lambda b, x, y: x / y if x.dtype.kind == "f" else None,
    elementwise=True,
    vjp=_quotient_vjp,
)
def _div(x: Any, y: Any, out: Any = None) -> Any:
    return _floor_div(x, y, out) if x.dtype.kind in "iu" else np.true_divide(x, y, out=out)


def div(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The quotient ``x / y``, element-wise, of integers rounded down.

    Args:
        x, y: tensors of one numeric type, whose shapes broadcast.

    Raises:
        TypeError: the types differ. ValueError: the shapes cannot be broadcast together.
        InvalidArgumentError: an integer is divided by zero.

    >>> tf.Session().run([tf.div(-7, 2), tf.div(-7.0, 2.0)])
    [np.int32(-4), np.float32(-3.5)]
    """
    return apply_alike("Div", x, y, name=name or "div")


def _floor_mod_vjp(n: Operation, g: Tensor) -> tuple[Tensor, Tensor]:
    x, y = n.inputs
    return g, -(g * (x // y))


@op("FloorMod", infer=broadcasting(REAL), elementwise=True, vjp=_floor_mod_vjp)
def _floor_mod(x: Any, y: Any, out: Any = None) -> Any:
    _check_divisor(y)
    return np.remainder(x, y, out=out)


def floormod(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The remainder that goes with `floordiv`, ``x - y floor(x / y)``, element-wise; it has the sign of `y`.

    Args:
        x, y: tensors of one real numeric type, whose shapes broadcast.

    Raises:
        TypeError: the types differ. ValueError: the shapes cannot be broadcast together.
        InvalidArgumentError: an integer is divided by zero.

    >>> tf.Session().run(tf.floormod([7, -7], 4))
    array([3, 1], dtype=int32)
    """
    return apply_alike("FloorMod", x, y, name=name)


mod = floormod


@op(
    "TruncateDiv",
    infer=broadcasting(REAL),
    lower=lambda b, x, y: b.call("trunc", x / y) if x.dtype.kind == "f" else None,
    elementwise=True,
    vjp=blocked,
)
def _truncate_div(x: Any, y: Any, out: Any = None) -> Any:
    _check_divisor(y)
    if x.dtype.kind == "f":
        return np.trunc(np.true_divide(x, y, out=out), out=out)
    # Rounding down is one too low where the signs differ and there is a remainder.
    low, rest = np.divmod(x, y)
    return np.add(low, (rest != 0) & ((x < 0) != (y < 0)), out=out, dtype=low.dtype)


def truncatediv(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The quotient rounded towards zero, ``trunc(x / y)``, element-wise. It has no gradient.

    Args:
        x, y: tensors of one real numeric type, whose shapes broadcast.

    Raises:
        TypeError: the types differ. ValueError: the shapes cannot be broadcast together.
        InvalidArgumentError: an integer is divided by zero.

    >>> tf.Session().run(tf.truncatediv([7, -7], 2))
    array([ 3, -3], dtype=int32)
    """
    return apply_alike("TruncateDiv", x, y, name=name)


def _truncate_mod_vjp(n: Operation, g: Tensor) -> tuple[Tensor, Tensor]:
    x, y = n.inputs
    return g, -(g * apply("TruncateDiv", x, y))


@op("TruncateMod", infer=broadcasting(REAL), elementwise=True, vjp=_truncate_mod_vjp)
def _truncate_mod(x: Any, y: Any, out: Any = None) -> Any:
    _check_divisor(y)
    return np.fmod(x, y, out=out)


def truncatemod(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The remainder that goes with `truncatediv`, ``x - y trunc(x / y)``, element-wise; it has the sign of `x`.

    Args:
        x, y: tensors of one real numeric type, whose shapes broadcast.

    Raises:
        TypeError: the types differ. ValueError: the shapes cannot be broadcast together.
        InvalidArgumentError: an integer is divided by zero.

    >>> tf.Session().run(tf.truncatemod([7, -7], 4))
    array([ 3, -3], dtype=int32)
    """
    return apply_alike("TruncateMod", x, y, name=name)


def _reciprocal_vjp(n: Operation, g: Tensor) -> tuple[Tensor]:
    y = conj(n.output)
    return (-(g * y * y),)


@op(
    "Reciprocal",
    infer=broadcasting(INEXACT),
    kernel=np.reciprocal,
    lower=lambda b, x: 1 / x,
    elementwise=True,
    vjp=_reciprocal_vjp,
)
def reciprocal(x: Any, name: str | None = None) -> Tensor:
    """The reciprocal ``1 / x``, element-wise, of floating-point or complex numbers.

    >>> tf.Session().run(tf.reciprocal([2.0, 4.0]))
    array([0.5 , 0.25], dtype=float32)
    """
    return apply("Reciprocal", x, name=name)
