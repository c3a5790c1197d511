"""Hyperbolic functions and their inverses, of floating-point or complex numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core.graph import apply
from kerasflow.core.opdef import INEXACT, broadcasting, op
from kerasflow.core.ops.complex_numbers import conj
from kerasflow.core.ops.power import square
from kerasflow.core.tensor import Tensor

__all__ = ["acosh", "asinh", "atanh", "cosh", "sinh", "tanh"]

_INEXACT = broadcasting(INEXACT)


@op(
    "Sinh",
    infer=_INEXACT,
    kernel=np.sinh,
    lower=lambda b, x: b.call("sinh", x),
    elementwise=True,
    vjp=lambda n, g: (g * apply("Cosh", conj(n.inputs[0])),),
)
def sinh(x: Any, name: str | None = None) -> Tensor:
    """The hyperbolic sine, ``(e^x - e^-x) / 2``, element-wise.

    >>> tf.Session().run(tf.sinh([0.0, 1.0])).round(4)
    array([0.    , 1.1752], dtype=float32)
    """
    return apply("Sinh", x, name=name)


@op(
    "Cosh",
    infer=_INEXACT,
    kernel=np.cosh,
    lower=lambda b, x: b.call("cosh", x),
    elementwise=True,
    vjp=lambda n, g: (g * apply("Sinh", conj(n.inputs[0])),),
)
def cosh(x: Any, name: str | None = None) -> Tensor:
    """The hyperbolic cosine, ``(e^x + e^-x) / 2``, element-wise.

    >>> tf.Session().run(tf.cosh([0.0, 1.0])).round(4)
    array([1.    , 1.5431], dtype=float32)
    """
    return apply("Cosh", x, name=name)


@op(
    "Tanh",
    infer=_INEXACT,
    kernel=np.tanh,
    lower=lambda b, x: b.call("tanh", x),
    elementwise=True,
    vjp=lambda n, g: (g * (1.0 - square(conj(n.output))),),
)
def tanh(x: Any, name: str | None = None) -> Tensor:
    """The hyperbolic tangent, ``(e^x - e^-x) / (e^x + e^-x)``, element-wise.

    >>> tf.Session().run(tf.tanh([0.0, 1.0])).round(4)
    array([0.    , 0.7616], dtype=float32)
    """
    return apply("Tanh", x, name=name)


@op(
    "Asinh",
    infer=_INEXACT,
    kernel=np.arcsinh,
    lower=lambda b, x: b.call("asinh", x),
    elementwise=True,
    vjp=lambda n, g: (g / apply("Cosh", conj(n.output)),),
)
def asinh(x: Any, name: str | None = None) -> Tensor:
    """The inverse of the hyperbolic sine, element-wise.

    >>> tf.Session().run(tf.asinh([0.0, 1.0])).round(4)
    array([0.    , 0.8814], dtype=float32)
    """
    return apply("Asinh", x, name=name)


@op(
    "Acosh",
    infer=_INEXACT,
    kernel=np.arccosh,
    lower=lambda b, x: b.call("acosh", x),
    elementwise=True,
    vjp=lambda n, g: (g / apply("Sinh", conj(n.output)),),
)
def acosh(x: Any, name: str | None = None) -> Tensor:
    """The inverse of the hyperbolic cosine, element-wise; NaN for real numbers below 1.

    >>> tf.Session().run(tf.acosh([1.0, 2.0])).round(4)
    array([0.   , 1.317], dtype=float32)
    """
    return apply("Acosh", x, name=name)


@op(
    "Atanh",
    infer=_INEXACT,
    kernel=np.arctanh,
    lower=lambda b, x: b.call("atanh", x),
    elementwise=True,
    vjp=lambda n, g: (g / (1.0 - square(conj(n.inputs[0]))),),
)
def atanh(x: Any, name: str | None = None) -> Tensor:
    """The inverse of the hyperbolic tangent, element-wise; NaN for real numbers beyond -1 and 1.

    >>> tf.Session().run(tf.atanh([0.0, 0.5])).round(4)
    array([0.    , 0.5493], dtype=float32)
    """
    return apply("Atanh", x, name=name)
