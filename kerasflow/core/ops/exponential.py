"""Exponentials and logarithms, of floating-point or complex numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core.graph import apply
from kerasflow.core.opdef import INEXACT, broadcasting, op
from kerasflow.core.ops.complex_numbers import conj
from kerasflow.core.tensor import Tensor

__all__ = ["exp", "expm1", "log", "log1p"]

_INEXACT = broadcasting(INEXACT)


@op(
    "Exp",
    infer=_INEXACT,
    kernel=np.exp,
    lower=lambda b, x: b.call("exp", x),
    elementwise=True,
    vjp=lambda n, g: (g * conj(n.output),),
)
def exp(x: Any, name: str | None = None) -> Tensor:
    """The exponential ``e^x``, element-wise.

    >>> tf.Session().run(tf.exp([0.0, 1.0])).round(4)
    array([1.    , 2.7183], dtype=float32)
    """
    return apply("Exp", x, name=name)


@op(
    "Expm1",
    infer=_INEXACT,
    kernel=np.expm1,
    lower=lambda b, x: b.call("expm1", x),
    elementwise=True,
    vjp=lambda n, g: (g * conj(1.0 + n.output),),
)
def expm1(x: Any, name: str | None = None) -> Tensor:
    """``e^x - 1``, element-wise, exact to the last digits also where `x` is small.

    >>> tf.Session().run(tf.expm1([0.0, 1e-10]))
    array([0.e+00, 1.e-10], dtype=float32)
    """
    return apply("Expm1", x, name=name)


@op(
    "Log",
    infer=_INEXACT,
    kernel=np.log,
    lower=lambda b, x: b.call("log", x),
    elementwise=True,
    vjp=lambda n, g: (g / conj(n.inputs[0]),),
)
def log(x: Any, name: str | None = None) -> Tensor:
    """The natural logarithm, element-wise: minus infinity at 0 and NaN for negative numbers.

    >>> tf.Session().run(tf.log([1.0, 2.0])).round(4)
    array([0.    , 0.6931], dtype=float32)
    """
    return apply("Log", x, name=name)


@op(
    "Log1p",
    infer=_INEXACT,
    kernel=np.log1p,
    lower=lambda b, x: b.call("log1p", x),
    elementwise=True,
    vjp=lambda n, g: (g / conj(1.0 + n.inputs[0]),),
)
def log1p(x: Any, name: str | None = None) -> Tensor:
    """``log(1 + x)``, element-wise, exact to the last digits also where `x` is small.

    >>> tf.Session().run(tf.log1p([0.0, 1e-10]))
    array([0.e+00, 1.e-10], dtype=float32)
    """
    return apply("Log1p", x, name=name)
