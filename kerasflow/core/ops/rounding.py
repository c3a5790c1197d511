"""Rounding to whole numbers. Its derivative is zero wherever it has one, so nothing flows through it."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core.graph import apply, convert
from kerasflow.core.opdef import FLOAT, blocked, broadcasting, op
from kerasflow.core.tensor import Tensor

__all__ = ["ceil", "floor", "rint", "round"]

_FLOAT = broadcasting(FLOAT)


@op("Ceil", infer=_FLOAT, kernel=np.ceil, lower=lambda b, x: b.call("ceil", x), elementwise=True, vjp=blocked)
def ceil(x: Any, name: str | None = None) -> Tensor:
    """The smallest whole number not below `x`, element-wise, as a floating-point number.

    >>> tf.Session().run(tf.ceil([1.2, -1.7]))
    array([ 2., -1.], dtype=float32)
    """
    return apply("Ceil", x, name=name)


@op("Floor", infer=_FLOAT, kernel=np.floor, lower=lambda b, x: b.call("floor", x), elementwise=True, vjp=blocked)
def floor(x: Any, name: str | None = None) -> Tensor:
    """The largest whole number not above `x`, element-wise, as a floating-point number.

    >>> tf.Session().run(tf.floor([1.7, -1.2]))
    array([ 1., -2.], dtype=float32)
    """
    return apply("Floor", x, name=name)


@op("Round", infer=_FLOAT, kernel=np.rint, lower=lambda b, x: b.call("rint", x), elementwise=True, vjp=blocked)
def round(x: Any, name: str | None = None) -> Tensor:
    """The nearest whole number, the even one of two that are equally near; integers are passed on.

    >>> tf.Session().run(tf.round([0.5, 1.5, -1.7]))
    array([ 0.,  2., -2.], dtype=float32)
    """
    x = convert(x)
    return x if x.dtype.is_integer else apply("Round", x, name=name)


@op("Rint", infer=_FLOAT, kernel=np.rint, lower=lambda b, x: b.call("rint", x), elementwise=True, vjp=blocked)
def rint(x: Any, name: str | None = None) -> Tensor:
    """The nearest whole number, the even one of two that are equally near, of floating-point numbers only.

    >>> tf.Session().run(tf.rint([0.5, 1.5, -1.7]))
    array([ 0.,  2., -2.], dtype=float32)
    """
    return apply("Rint", x, name=name)
