"""Cases for `special_more`; the references are integrals, series and definitions, not SciPy's functions."""

import math

import numpy as np

import kerasflow as tf
from kerasflow.core.graph import apply
from tests.core.ops.harness import Case

A = np.array([0.6, 1.3, 2.5, 7.0])
X = np.array([0.3, 1.9, 2.4, 9.0])
Z = np.array([-2.3, -0.4, 0.7, 3.1])
UNIT = np.array([0.15, 0.4, 0.6, 0.9])
NODES, WEIGHTS = np.polynomial.legendre.leggauss(60)

gamma = np.vectorize(math.gamma, otypes=[float])


def lower(a, x):
    """``P(a, x)`` by Kummer's series, whose terms are all positive."""
    terms = [x**n / np.prod([a + k for k in range(n + 1)], axis=0) for n in range(90)]
    return x**a * np.exp(-x) * np.sum(terms, axis=0) / gamma(a)


def zeta(x, q):
    """The first terms, and Euler and Maclaurin's formula for the others."""
    m = 14
    head = sum((q + n) ** -x for n in range(m))
    tail = (q + m) ** (1 - x) / (x - 1) + 0.5 * (q + m) ** -x
    factor, power = x, (q + m) ** (-x - 1)
    for k, b in enumerate((1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6), 1):
        tail = tail + b / math.factorial(2 * k) * factor * power
        factor = factor * (x + 2 * k - 1) * (x + 2 * k)
        power = power * (q + m) ** -2.0
    return head + tail


def betainc(a, b, x):
    """The hypergeometric series of the incomplete beta function, on the side where it converges fast."""
    terms, term = 0.0, np.ones(np.broadcast(a, b, x).shape)
    for n in range(400):
        terms = terms + term
        term = term * (a + b + n) / (a + 1 + n) * x
    return gamma(a + b) / (gamma(a) * gamma(b)) * x**a * (1 - x) ** b / a * terms


def bessel(order, x):
    """``1 / pi`` times the integral of ``exp(x cos t) cos(n t)`` from 0 to pi."""
    t = 0.5 * np.pi * (NODES + 1)
    return np.sum(WEIGHTS * np.exp(x[..., None] * np.cos(t)) * np.cos(order * t), -1) / 2


def scaled(order):
    return lambda x: np.exp(-np.abs(x)) * bessel(order, x)


ONLY_X = {"rtol32": 1e-5, "rtol": 1e-11}

CASES = {
    "Igamma": [
        Case(tf.igamma, (A, X), lower, differentiable=(1,), **ONLY_X),
        Case(tf.igamma, (A, X), lower, second=False, **ONLY_X),  # by a only once, as in TensorFlow
        Case(tf.igamma, (A[:, None], X), lower, second=False, **ONLY_X),
    ],
    "Igammac": [
        Case(tf.igammac, (A, X), lambda a, x: 1 - lower(a, x), differentiable=(1,), rtol=1e-10, rtol32=1e-5),
        Case(tf.igammac, (A, X), lambda a, x: 1 - lower(a, x), second=False, rtol=1e-10, rtol32=1e-5),
    ],
    "IgammaGradA": [
        Case(
            lambda a, x: apply("IgammaGradA", a, x),
            (A, X),
            lambda a, x: (
                sum(
                    w * (lower(a + k * 1e-3, x) - lower(a - k * 1e-3, x))
                    for k, w in ((1, 4 / 5), (2, -1 / 5), (3, 4 / 105), (4, -1 / 280))
                )
                / 1e-3
            ),
            differentiable=False,
            rtol=1e-8,
            rtol32=1e-4,
        )
    ],
    "Betainc": [
        Case(tf.betainc, (A, X[::-1].copy(), UNIT[:2].repeat(2)), betainc, differentiable=(2,), **ONLY_X),
        Case(tf.betainc, (np.array(2.0), np.array(3.0), UNIT), betainc, differentiable=(2,), **ONLY_X),
    ],
    "Zeta": [
        Case(tf.zeta, (A + 1.2, X), zeta, differentiable=(1,), rtol=1e-11, rtol32=1e-5),
        Case(tf.zeta, (np.array(2.0), X), zeta, differentiable=(1,), rtol=1e-11, rtol32=1e-5),
    ],
    "BesselI0e": [
        Case(tf.math.bessel_i0e, (Z,), scaled(0), rtol32=1e-5),
        Case(tf.math.bessel_i0, (Z,), lambda x: bessel(0, x), rtol32=1e-5),
    ],
    "BesselI1e": [
        Case(tf.math.bessel_i1e, (Z,), scaled(1), rtol32=1e-5),
        Case(tf.math.bessel_i1, (Z,), lambda x: bessel(1, x), rtol32=1e-5),
    ],
    "NextAfter": [
        Case(tf.math.nextafter, (X, Z), np.nextafter, differentiable=False, dtypes=("float64",)),
    ],
}
