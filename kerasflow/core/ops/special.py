"""The error function, the normal distribution and the gamma function's logarithm.

NumPy has none of these; SciPy does, and is loaded when the first of them is computed, not before.
"""

from __future__ import annotations

import functools
import math
from types import ModuleType
from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.graph import apply, apply_alike
from kerasflow.core.opdef import FLOAT, broadcasting, op
from kerasflow.core.ops.exponential import exp
from kerasflow.core.ops.power import square
from kerasflow.core.tensor import Operation, Tensor

__all__ = ["digamma", "erf", "erfc", "lgamma", "polygamma"]

_FLOAT = broadcasting(FLOAT)


@functools.cache
def scipy_special() -> ModuleType:
    """SciPy's special functions, loaded when the first of them is computed."""
    import scipy.special

    return scipy.special


def _from_scipy(name: str) -> Any:
    """The kernel that is SciPy's function of that name."""

    def kernel(x: Any, out: Any = None) -> Any:
        y = getattr(scipy_special(), name)(x, out=out)
        return y if y.dtype == x.dtype else y.astype(x.dtype)

    return kernel


def _erf_vjp(n: Operation, g: Tensor) -> tuple[Tensor]:
    return (g * (2.0 / math.sqrt(math.pi) * exp(-square(n.inputs[0]))),)


@op("Erf", infer=_FLOAT, kernel=_from_scipy("erf"), lower=lambda b, x: b.call("erf", x), elementwise=True, vjp=_erf_vjp)
def erf(x: Any, name: str | None = None) -> Tensor:
    """The error function, ``2 / sqrt(pi)`` times the integral of ``exp(-t^2)`` from 0 to `x`, element-wise.

    >>> tf.Session().run(tf.erf([0.0, 1.0])).round(4)
    array([0.    , 0.8427], dtype=float32)
    """
    return apply("Erf", x, name=name)


def _erfc_vjp(n: Operation, g: Tensor) -> tuple[Tensor]:
    return (g * (-2.0 / math.sqrt(math.pi) * exp(-square(n.inputs[0]))),)


@op(
    "Erfc",
    infer=_FLOAT,
    kernel=_from_scipy("erfc"),
    lower=lambda b, x: b.call("erfc", x),
    elementwise=True,
    vjp=_erfc_vjp,
)
def erfc(x: Any, name: str | None = None) -> Tensor:
    """``1 - erf(x)``, element-wise, exact to the last digits also where it is small.

    >>> tf.Session().run(tf.erfc([0.0, 1.0])).round(4)
    array([1.    , 0.1573], dtype=float32)
    """
    return apply("Erfc", x, name=name)


def _ndtr_vjp(n: Operation, g: Tensor) -> tuple[Tensor]:
    return (g * (1.0 / math.sqrt(2.0 * math.pi) * exp(-0.5 * square(n.inputs[0]))),)


def _lower_ndtr(b: Any, x: Any) -> Any:
    wide = b.cast(x, types.float64)
    return b.cast(0.5 * b.call("erfc", wide * -math.sqrt(0.5)), x.dtype)


op("Ndtr", infer=_FLOAT, lower=_lower_ndtr, elementwise=True, vjp=_ndtr_vjp)(_from_scipy("ndtr"))


@op(
    "Lgamma",
    infer=_FLOAT,
    kernel=_from_scipy("gammaln"),
    elementwise=True,
    vjp=lambda n, g: (g * apply("Digamma", n.inputs[0]),),
)
def lgamma(x: Any, name: str | None = None) -> Tensor:
    """The logarithm of the absolute value of the gamma function, ``log |Gamma(x)|``, element-wise.

    >>> tf.Session().run(tf.lgamma([1.0, 5.0])).round(4)
    array([0.    , 3.1781], dtype=float32)
    """
    return apply("Lgamma", x, name=name)


@op(
    "Digamma",
    infer=_FLOAT,
    kernel=_from_scipy("digamma"),
    elementwise=True,
    vjp=lambda n, g: (g * apply_alike("Polygamma", 1.0, n.inputs[0]),),
)
def digamma(x: Any, name: str | None = None) -> Tensor:
    """The derivative of `lgamma`, element-wise.

    >>> tf.Session().run(tf.digamma([1.0, 5.0])).round(4)
    array([-0.5772,  1.5061], dtype=float32)
    """
    return apply("Digamma", x, name=name)


@op(
    "Polygamma",
    infer=_FLOAT,
    elementwise=True,
    vjp=lambda n, g: (None, g * apply("Polygamma", n.inputs[0] + 1.0, n.inputs[1])),
)
def _polygamma(a: Any, x: Any, out: Any = None) -> Any:
    """The derivative of order `a`, a whole number, of `digamma` at `x`."""
    y = np.asarray(scipy_special().polygamma(a, x), x.dtype)
    if out is None:
        return y
    np.copyto(out, y)
    return out


def polygamma(a: Any, x: Any, name: str | None = None) -> Tensor:
    """The derivative of order `a`, a whole number, of `digamma` at `x`, element-wise; by `a` there is no gradient.

    >>> tf.Session().run(tf.polygamma(1.0, [1.0, 5.0])).round(4)
    array([1.6449, 0.2213], dtype=float32)
    """
    return apply_alike("Polygamma", a, x, name=name)
