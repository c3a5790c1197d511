"""Squares, roots and powers."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core.errors import InvalidArgumentError
from kerasflow.core.graph import apply, apply_alike
from kerasflow.core.opdef import INEXACT, NUMBER, broadcasting, op
from kerasflow.core.ops.complex_numbers import conj
from kerasflow.core.tensor import Operation, Tensor

__all__ = ["pow", "rsqrt", "sqrt", "square"]


@op(
    "Square",
    infer=broadcasting(NUMBER),
    kernel=np.square,
    lower=lambda b, x: x * x,
    elementwise=True,
    vjp=lambda n, g: (g * (2.0 * conj(n.inputs[0])),),
)
def square(x: Any, name: str | None = None) -> Tensor:
    """The square ``x^2``, element-wise.

    >>> tf.Session().run(tf.square([1.0, -2.0]))
    array([1., 4.], dtype=float32)
    """
    return apply("Square", x, name=name)


@op(
    "Sqrt",
    infer=broadcasting(INEXACT),
    kernel=np.sqrt,
    lower=lambda b, x: b.call("sqrt", x),
    elementwise=True,
    vjp=lambda n, g: (0.5 * g / conj(n.output),),
)
def sqrt(x: Any, name: str | None = None) -> Tensor:
    """The square root, element-wise, of floating-point or complex numbers; NaN for negative ones.

    >>> tf.Session().run(tf.sqrt([1.0, 4.0]))
    array([1., 2.], dtype=float32)
    """
    return apply("Sqrt", x, name=name)


def _rsqrt_vjp(n: Operation, g: Tensor) -> tuple[Tensor]:
    y = conj(n.output)
    return (-0.5 * g * (y * y * y),)


@op("Rsqrt", infer=broadcasting(INEXACT), lower=lambda b, x: 1 / b.call("sqrt", x), elementwise=True, vjp=_rsqrt_vjp)
def _rsqrt(x: Any, out: Any = None) -> Any:
    return np.reciprocal(np.sqrt(x, out=out), out=out)


def rsqrt(x: Any, name: str | None = None) -> Tensor:
    """The reciprocal of the square root, ``1 / sqrt(x)``, element-wise, of floating-point or complex numbers.

    >>> tf.Session().run(tf.rsqrt([1.0, 4.0]))
    array([1. , 0.5], dtype=float32)
    """
    return apply("Rsqrt", x, name=name)


def _pow_vjp(n: Operation, g: Tensor) -> tuple[Tensor, Tensor]:
    x, y = n.inputs
    gx = g * conj(y * x ** (y - 1.0))
    return gx, g * conj(n.output * _log_or_zero(x))


def _log_or_zero(x: Tensor) -> Tensor:
    """log x where it is finite and real (or complex), else 0: x^y is constant in y at x = 0."""
    if x.dtype.is_complex:
        return apply("ZeroUnless", apply("Log", x), apply("NotEqual", x, apply("ZerosLike", x)))
    # The logarithm is taken of positive numbers only, so that its own derivative is finite too.
    tiny = np.finfo(x.dtype.numpy).tiny
    return apply("ZeroUnless", apply("Log", apply("Maximum", x, tiny)), x > 0.0)


@op(
    "Pow",
    infer=broadcasting(NUMBER),
    lower=lambda b, x, y: b.call("pow", x, y) if x.dtype.kind == "f" else None,
    elementwise=True,
    vjp=_pow_vjp,
)
def _pow(x: Any, y: Any, out: Any = None) -> Any:
    if y.dtype.kind in "iu":
        if np.any(y < 0):
            raise InvalidArgumentError(None, None, "Integers to negative integer powers are not allowed")
    elif y.ndim == 0 and x.ndim and y.item() in _CHEAP:
        return _CHEAP[y.item()](x, out=out)
    return np.power(x, y, out=out)


# np.power takes about forty times as long as these.
_CHEAP: dict[complex, Any] = {1.0: np.positive, 2.0: np.square, -1.0: np.reciprocal}


def pow(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The power ``x^y``, element-wise.

    Args:
        x, y: tensors of one numeric type, whose shapes broadcast.

    Raises:
        TypeError: the types differ. ValueError: the shapes cannot be broadcast together.
        InvalidArgumentError: an integer to a negative integer power.

    >>> tf.Session().run(tf.pow([1.0, 2.0, 3.0], 2.0))
    array([1., 4., 9.], dtype=float32)
    """
    return apply_alike("Pow", x, y, name=name)
