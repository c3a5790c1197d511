"""Incomplete gamma and beta functions, the zeta function, and Bessel functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core.graph import apply, apply_alike, convert
from kerasflow.core.opdef import FLOAT, broadcasting, op
from kerasflow.core.ops.arithmetic import abs, sign
from kerasflow.core.ops.exponential import exp, log
from kerasflow.core.ops.reduction import reduce_sum
from kerasflow.core.ops.selecting import where
from kerasflow.core.ops.special import lgamma, scipy_special
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import Operation, Tensor

__all__ = [
    "bessel_i0",
    "bessel_i0e",
    "bessel_i1",
    "bessel_i1e",
    "betainc",
    "igamma",
    "igammac",
    "lbeta",
    "nextafter",
    "polyval",
    "zeta",
]

_FLOAT = broadcasting(FLOAT)
_TERMS = 10_000  # of a series, after which it is given up


def _from_scipy(name: str) -> Any:
    """The kernel that is SciPy's function of that name."""

    def kernel(*xs: Any, out: Any = None) -> Any:
        y = getattr(scipy_special(), name)(*xs, out=out)
        return y if y.dtype == xs[0].dtype else y.astype(xs[0].dtype)

    return kernel


# Gamma.


def _density(n: Operation) -> Tensor:
    """``x^(a - 1) e^-x / Gamma(a)``, the derivative of the regularised lower incomplete gamma function by x."""
    a, x = n.inputs
    return exp((a - 1.0) * log(x) - x - lgamma(a))


@op("IgammaGradA", infer=_FLOAT, vjp=None, elementwise=True)
def _igamma_grad_a(a: Any, x: Any, out: Any = None) -> Any:
    """The derivative by a of ``P(a, x) = sum_n x^(a + n) e^-x / Gamma(a + n + 1)``, term by term."""
    special = scipy_special()
    a, y = (np.asarray(v, np.float64) for v in np.broadcast_arrays(a, x))
    usable = (y > 0) & (a > 0) & np.isfinite(y)
    a, y = np.where(usable, a, 1.0), np.where(usable, y, 1.0)
    total = np.zeros(y.shape)
    for n in range(_TERMS):
        term = np.exp((a + n) * np.log(y) - y - special.gammaln(a + n + 1.0))
        part = term * (np.log(y) - special.digamma(a + n + 1.0))
        total += part
        if np.all((np.abs(part) <= 1e-17 * (np.abs(total) + 1e-290)) & (n > y - a)):
            break
    found = np.where(usable, total, np.where(np.isnan(x + a), np.nan, 0.0)).astype(np.result_type(x))
    if out is None:
        return found[()]
    np.copyto(out, found)
    return out


def _igamma_vjp(n: Operation, g: Tensor) -> tuple[Tensor, Tensor]:
    return g * apply("IgammaGradA", *n.inputs), g * _density(n)


@op("Igamma", infer=_FLOAT, kernel=_from_scipy("gammainc"), elementwise=True, vjp=_igamma_vjp)
def igamma(a: Any, x: Any, name: str | None = None) -> Tensor:
    """The regularised lower incomplete gamma function ``P(a, x)``: the integral of ``t^(a-1) e^-t / Gamma(a)`` to x.

    Args:
        a, x: positive numbers, whose shapes broadcast.

    >>> tf.Session().run(tf.igamma(2.0, [1.0, 3.0])).round(4)
    array([0.2642, 0.8009], dtype=float32)
    """
    return apply_alike("Igamma", a, x, name=name)


def _igammac_vjp(n: Operation, g: Tensor) -> tuple[Tensor, Tensor]:
    by_a, by_x = _igamma_vjp(n, g)
    return -by_a, -by_x


@op("Igammac", infer=_FLOAT, kernel=_from_scipy("gammaincc"), elementwise=True, vjp=_igammac_vjp)
def igammac(a: Any, x: Any, name: str | None = None) -> Tensor:
    """The regularised upper incomplete gamma function, ``1 - igamma(a, x)``, exact also where it is small.

    Args:
        a, x: positive numbers, whose shapes broadcast.

    >>> tf.Session().run(tf.igammac(2.0, [1.0, 3.0])).round(4)
    array([0.7358, 0.1991], dtype=float32)
    """
    return apply_alike("Igammac", a, x, name=name)


# Beta.


def lbeta(x: Any, name: str | None = None) -> Tensor:
    """The logarithm of the multivariate beta function, ``sum_i lgamma(x_i) - lgamma(sum_i x_i)`` along the last axis.

    >>> tf.Session().run(tf.lbeta([2.0, 3.0])).round(4)
    np.float32(-2.4849)
    """
    with name_scope(name, "lbeta", [x]):
        x = convert(x)
        return reduce_sum(lgamma(x), axis=-1) - lgamma(reduce_sum(x, axis=-1))


def _betainc_vjp(n: Operation, g: Tensor) -> tuple[None, None, Tensor]:
    a, b, x = n.inputs
    scale = lgamma(a + b) - lgamma(a) - lgamma(b)
    return None, None, g * exp((a - 1.0) * log(x) + (b - 1.0) * apply("Log1p", -x) + scale)


@op("Betainc", infer=_FLOAT, kernel=_from_scipy("betainc"), elementwise=True, vjp=_betainc_vjp)
def betainc(a: Any, b: Any, x: Any, name: str | None = None) -> Tensor:
    """The regularised incomplete beta function ``I_x(a, b)``; there is no gradient by `a` and `b`.

    Args:
        a, b: positive numbers.
        x: numbers in [0, 1]; the shapes broadcast.

    >>> tf.Session().run(tf.betainc(2.0, 3.0, [0.2, 0.5])).round(4)
    array([0.1808, 0.6875], dtype=float32)
    """
    return apply_alike("Betainc", a, b, x, name=name)


def _zeta_vjp(n: Operation, g: Tensor) -> tuple[None, Tensor]:
    x, q = n.inputs
    return None, g * (-x * apply("Zeta", x + 1.0, q))


@op("Zeta", infer=_FLOAT, kernel=_from_scipy("zeta"), elementwise=True, vjp=_zeta_vjp)
def zeta(x: Any, q: Any, name: str | None = None) -> Tensor:
    """Hurwitz's zeta function, the sum of ``(q + n)^-x`` over n from 0; there is no gradient by `x`.

    Args:
        x: numbers above 1.
        q: positive numbers; the shapes broadcast.

    >>> tf.Session().run(tf.zeta(2.0, [1.0, 2.0])).round(4)
    array([1.6449, 0.6449], dtype=float32)
    """
    return apply_alike("Zeta", x, q, name=name)


# Bessel functions.


def _i0e_vjp(n: Operation, g: Tensor) -> tuple[Tensor]:
    (x,) = n.inputs
    return (g * (apply("BesselI1e", x) - sign(x) * n.output),)


def _i1e_vjp(n: Operation, g: Tensor) -> tuple[Tensor]:
    (x,) = n.inputs
    small = abs(x) < 1e-30
    safe = where(small, apply("OnesLike", x), x)
    slope = apply("BesselI0e", safe) - apply("BesselI1e", safe) * (sign(safe) + 1.0 / safe)
    return (g * where(small, 0.5 * apply("OnesLike", x), slope),)


@op("BesselI0e", infer=_FLOAT, kernel=_from_scipy("i0e"), elementwise=True, vjp=_i0e_vjp)
def bessel_i0e(x: Any, name: str | None = None) -> Tensor:
    """``exp(-|x|) I_0(x)``, with the modified Bessel function of the first kind of order 0, element-wise.

    >>> tf.Session().run(tf.math.bessel_i0e([0.0, 1.0])).round(4)
    array([1.    , 0.4658], dtype=float32)
    """
    return apply("BesselI0e", x, name=name)


@op("BesselI1e", infer=_FLOAT, kernel=_from_scipy("i1e"), elementwise=True, vjp=_i1e_vjp)
def bessel_i1e(x: Any, name: str | None = None) -> Tensor:
    """``exp(-|x|) I_1(x)``, with the modified Bessel function of the first kind of order 1, element-wise.

    >>> tf.Session().run(tf.math.bessel_i1e([0.0, 1.0])).round(4)
    array([0.    , 0.2079], dtype=float32)
    """
    return apply("BesselI1e", x, name=name)


def bessel_i0(x: Any, name: str | None = None) -> Tensor:
    """The modified Bessel function of the first kind of order 0, ``I_0(x)``, element-wise.

    >>> tf.Session().run(tf.math.bessel_i0([0.0, 1.0])).round(4)
    array([1.    , 1.2661], dtype=float32)
    """
    with name_scope(name, "bessel_i0", [x]):
        x = convert(x)
        return exp(abs(x)) * bessel_i0e(x)


def bessel_i1(x: Any, name: str | None = None) -> Tensor:
    """The modified Bessel function of the first kind of order 1, ``I_1(x)``, element-wise.

    >>> tf.Session().run(tf.math.bessel_i1([0.0, 1.0])).round(4)
    array([0.    , 0.5652], dtype=float32)
    """
    with name_scope(name, "bessel_i1", [x]):
        x = convert(x)
        return exp(abs(x)) * bessel_i1e(x)


# Numbers.


@op("NextAfter", infer=_FLOAT, kernel=np.nextafter, elementwise=True, vjp=None)
def nextafter(x1: Any, x2: Any, name: str | None = None) -> Tensor:
    """The number next to `x1` in the direction of `x2`, element-wise.

    >>> bool(tf.Session().run(tf.math.nextafter(1.0, 2.0)) > 1.0)
    True
    """
    return apply_alike("NextAfter", x1, x2, name=name)


def polyval(coeffs: Any, x: Any, name: str | None = None) -> Tensor:
    """The polynomial with these coefficients, the highest power's first, at `x`, by Horner's rule.

    Args:
        coeffs: a list of tensors; an empty one is the polynomial 0.
        x: a tensor.

    >>> tf.Session().run(tf.math.polyval([1.0, 2.0, 3.0], [0.0, 10.0]))
    array([  3., 123.], dtype=float32)
    """
    with name_scope(name, "polyval", [x]):
        x = convert(x)
        if len(coeffs) == 0:
            return apply("ZerosLike", x)
        value = convert(coeffs[0], None if isinstance(coeffs[0], Tensor) else x.dtype)
        for c in coeffs[1:]:
            value = c + value * x
        return value
