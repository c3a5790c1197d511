"""Sines, cosines, tangents and their inverses, of floating-point or complex numbers; angles are in radians."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core.graph import apply, apply_alike
from kerasflow.core.opdef import FLOAT, INEXACT, broadcasting, op
from kerasflow.core.ops.complex_numbers import conj
from kerasflow.core.ops.power import rsqrt, square
from kerasflow.core.tensor import Operation, Tensor

__all__ = ["acos", "asin", "atan", "atan2", "cos", "sin", "tan"]

_INEXACT = broadcasting(INEXACT)


@op(
    "Sin",
    infer=_INEXACT,
    kernel=np.sin,
    lower=lambda b, x: b.call("sin", x),
    elementwise=True,
    vjp=lambda n, g: (g * apply("Cos", conj(n.inputs[0])),),
)
def sin(x: Any, name: str | None = None) -> Tensor:
    """The sine, element-wise.

    >>> tf.Session().run(tf.sin([0.0, 1.0])).round(4)
    array([0.    , 0.8415], dtype=float32)
    """
    return apply("Sin", x, name=name)


@op(
    "Cos",
    infer=_INEXACT,
    kernel=np.cos,
    lower=lambda b, x: b.call("cos", x),
    elementwise=True,
    vjp=lambda n, g: (-(g * apply("Sin", conj(n.inputs[0]))),),
)
def cos(x: Any, name: str | None = None) -> Tensor:
    """The cosine, element-wise.

    >>> tf.Session().run(tf.cos([0.0, 1.0])).round(4)
    array([1.    , 0.5403], dtype=float32)
    """
    return apply("Cos", x, name=name)


@op(
    "Tan",
    infer=_INEXACT,
    kernel=np.tan,
    lower=lambda b, x: b.call("tan", x),
    elementwise=True,
    vjp=lambda n, g: (g * (1.0 + square(conj(n.output))),),
)
def tan(x: Any, name: str | None = None) -> Tensor:
    """The tangent, element-wise.

    >>> tf.Session().run(tf.tan([0.0, 1.0])).round(4)
    array([0.    , 1.5574], dtype=float32)
    """
    return apply("Tan", x, name=name)


def _asin_vjp(n: Operation, g: Tensor) -> tuple[Tensor]:
    return (g * rsqrt(1.0 - square(conj(n.inputs[0]))),)


@op("Asin", infer=_INEXACT, kernel=np.arcsin, lower=lambda b, x: b.call("asin", x), elementwise=True, vjp=_asin_vjp)
def asin(x: Any, name: str | None = None) -> Tensor:
    """The inverse of the sine, element-wise, from -pi/2 to pi/2; NaN for real numbers beyond -1 and 1.

    >>> tf.Session().run(tf.asin([0.0, 1.0])).round(4)
    array([0.    , 1.5708], dtype=float32)
    """
    return apply("Asin", x, name=name)


def _acos_vjp(n: Operation, g: Tensor) -> tuple[Tensor]:
    return (-(g * rsqrt(1.0 - square(conj(n.inputs[0])))),)


@op("Acos", infer=_INEXACT, kernel=np.arccos, lower=lambda b, x: b.call("acos", x), elementwise=True, vjp=_acos_vjp)
def acos(x: Any, name: str | None = None) -> Tensor:
    """The inverse of the cosine, element-wise, from 0 to pi; NaN for real numbers beyond -1 and 1.

    >>> tf.Session().run(tf.acos([0.0, 1.0])).round(4)
    array([1.5708, 0.    ], dtype=float32)
    """
    return apply("Acos", x, name=name)


@op(
    "Atan",
    infer=_INEXACT,
    kernel=np.arctan,
    lower=lambda b, x: b.call("atan", x),
    elementwise=True,
    vjp=lambda n, g: (g / (1.0 + square(conj(n.inputs[0]))),),
)
def atan(x: Any, name: str | None = None) -> Tensor:
    """The inverse of the tangent, element-wise, from -pi/2 to pi/2.

    >>> tf.Session().run(tf.atan([0.0, 1.0])).round(4)
    array([0.    , 0.7854], dtype=float32)
    """
    return apply("Atan", x, name=name)


def _atan2_vjp(n: Operation, g: Tensor) -> tuple[Tensor, Tensor]:
    y, x = n.inputs
    scaled = g / (square(x) + square(y))
    return x * scaled, -(y * scaled)


@op(
    "Atan2",
    infer=broadcasting(FLOAT),
    kernel=np.arctan2,
    lower=lambda b, y, x: b.call("atan2", y, x),
    elementwise=True,
    vjp=_atan2_vjp,
)
def atan2(y: Any, x: Any, name: str | None = None) -> Tensor:
    """The angle from -pi to pi between the positive x axis and the point (x, y), element-wise.

    Args:
        y, x: tensors of one floating-point type, whose shapes broadcast.

    Raises:
        TypeError: the types differ. ValueError: the shapes cannot be broadcast together.

    >>> tf.Session().run(tf.atan2([1.0, 1.0], [1.0, -1.0])).round(4)
    array([0.7854, 2.3562], dtype=float32)
    """
    return apply_alike("Atan2", y, x, name=name)
