"""Cases for `exponential`, `trigonometric`, `hyperbolic`, `special`, `rounding` and `comparison`.

The references go another way than the kernels where there is one: through complex numbers, integrals or definitions.
"""

import math

import numpy as np

import kerasflow as tf
from kerasflow.core.graph import apply
from kerasflow.core.ops.activation import gelu
from tests.core.ops.harness import Case, seeded

rng = seeded("functions")
X = np.array([[-2.3, -0.7, 0.4], [0.9, 1.6, 3.2]])
POSITIVE = np.array([0.07, 0.6, 1.0, 1.9, 12.0])
INSIDE = np.array([-0.9, -0.35, 0.0, 0.2, 0.85])
ABOVE_ONE = np.array([1.1, 1.7, 4.0, 30.0])
Z = np.array([0.4 + 0.9j, -1.1 + 0.3j, 0.2 - 0.8j])
NONE = np.zeros((2, 0))
WHOLE, F = np.array([3, -1, 2, 2], np.int32), np.array([-1.5, 2.0, np.nan, np.inf])
WORDS = np.array([b"a", b"", b"b\0", b"b"], object), np.array(b"b", object)
TRUTH = np.array([[True, False]]), np.array([[True], [False]])
SQUARES = np.array([True, True, False, False]), np.array([True, False, True, False])


def one(build, reference, *inputs, **options):
    """Cases for a function of one variable, on real and on complex numbers."""
    parts = Case(
        lambda x, y: (lambda w: [tf.real(w), tf.imag(w)])(build(tf.complex(x, y))),
        (Z.real, Z.imag),
        lambda x, y: [reference(x + 1j * y).real, reference(x + 1j * y).imag],
        rtol32=1e-5,
    )
    return [*[Case(build, (x,), reference, **options) for x in (*inputs, NONE)], parts]


def half(z):
    return np.exp(z / 2)


def log(z):
    """The principal logarithm from real functions, for real numbers too."""
    w = np.log(abs(z)) + 1j * np.arctan2(np.imag(z), np.real(z))
    return w if np.iscomplexobj(z) else w.real


def root(z):
    return np.exp(log(z) / 2)


def arcsine(z):
    w = -1j * log(1j * z + root(1 - z * z + 0j))
    return w if np.iscomplexobj(z) else w.real


def arctangent(z):
    w = (log(1 + 1j * z) - log(1 - 1j * z)) / 2j
    return w if np.iscomplexobj(z) else w.real


def each(f):
    """`f` of the standard library on every element."""
    return lambda x: np.array([f(v) for v in x.reshape(-1).tolist()], np.float64).reshape(x.shape)


normal = each(lambda v: math.erfc(-v / math.sqrt(2)) / 2)


def digamma(x, order=0):
    """By recurrence to large x, and the asymptotic series there (Abramowitz and Stegun 6.3.18, 6.4.11)."""
    bernoulli = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6]
    total = np.zeros_like(x)
    while np.any(x < 30):
        low = x < 30
        step = -1 / x if order == 0 else 1 / x**2
        total, x = total + np.where(low, step, 0), np.where(low, x + 1, x)
    if order == 0:
        return total + np.log(x) - 1 / (2 * x) - sum(b / (2 * k * x ** (2 * k)) for k, b in enumerate(bernoulli, 1))
    return total + 1 / x + 1 / (2 * x**2) + sum(b / x ** (2 * k + 1) for k, b in enumerate(bernoulli, 1))


def logic(function, operator):
    return [Case(f, pair, operator) for f in (function, operator) for pair in (TRUTH, SQUARES)]


def compare(build, reference, *pairs):
    return [Case(build, pair, reference) for pair in (*pairs, (WHOLE, np.int32(2)), (F, np.float64(2.0)), (X, X[0]))]


def polygamma(a, x):
    return apply("Polygamma", a, x)


CASES = {
    "Exp": one(tf.exp, lambda x: half(x) * half(x), X, rtol32=1e-5),
    "Expm1": one(tf.expm1, lambda x: 2 * half(x) * np.sinh(x / 2), X, np.array([1e-9, -1e-5])),
    "Log": one(tf.log, log, POSITIVE)
    + [Case(tf.log, ([-1.0, 0.0],), lambda x: np.array([np.nan, -np.inf]), differentiable=False)],
    "Log1p": one(tf.log1p, lambda x: 2 * np.arctanh(x / (2 + x)), POSITIVE, INSIDE, np.array([1e-9])),
    "Sin": one(tf.sin, lambda x: np.cos(x - np.pi / 2), X, rtol=1e-11, rtol32=1e-5),
    "Cos": one(tf.cos, lambda x: np.sin(x + np.pi / 2), X, rtol=1e-11, rtol32=1e-5),
    "Tan": one(tf.tan, lambda x: np.sin(x) / np.cos(x), X, rtol32=1e-5),
    "Asin": one(tf.asin, arcsine, INSIDE, rtol=1e-11),
    "Acos": one(tf.acos, lambda x: np.pi / 2 - arcsine(x), INSIDE, rtol=1e-11),
    "Atan": one(tf.atan, arctangent, X, rtol=1e-11),
    "Atan2": [
        Case(tf.atan2, (X, X[::-1] + 0.1), lambda y, x: log(x + 1j * y).imag, rtol32=1e-5),
        Case(tf.atan2, (X, X[0]), lambda y, x: log(x + 1j * y).imag, rtol32=1e-5),
    ],
    "Sinh": one(tf.sinh, lambda x: (np.exp(x) - np.exp(-x)) / 2, X, rtol32=1e-5),
    "Cosh": one(tf.cosh, lambda x: (np.exp(x) + np.exp(-x)) / 2, X, rtol32=1e-5),
    "Tanh": one(tf.tanh, lambda x: (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x)), X, rtol32=1e-5),
    "Asinh": one(tf.asinh, lambda x: log(x + root(x * x + 1)), X, rtol=1e-11, rtol32=1e-5),
    "Acosh": [Case(tf.acosh, (ABOVE_ONE,), lambda x: log(x + root(x * x - 1)), rtol32=1e-5)],
    "Atanh": one(tf.atanh, lambda x: (log(1 + x) - log(1 - x)) / 2, INSIDE, rtol=1e-11, rtol32=1e-5),
    "Erf": [Case(tf.erf, (x,), each(math.erf)) for x in (X, NONE)],
    "Erfc": [Case(tf.erfc, (x,), each(math.erfc), rtol32=1e-5) for x in (X, np.array([6.0, -6.0]))],
    "Ndtr": [
        Case(gelu, (X,), lambda x: x * normal(x), rtol32=1e-5),
        *[Case(lambda x: apply("Ndtr", x), (x,), normal, rtol32=1e-5) for x in (X, -3 * X[1], NONE)],
    ],
    "Lgamma": [Case(tf.lgamma, (x,), each(math.lgamma), rtol=1e-11, rtol32=1e-5) for x in (POSITIVE, X)],
    "Digamma": [Case(tf.digamma, (POSITIVE,), digamma, rtol32=1e-5)],
    "Polygamma": [
        Case(polygamma, (np.float64(1), POSITIVE), lambda a, x: digamma(x, 1), differentiable=(1,), rtol32=1e-5),
        Case(polygamma, (np.float64(0), POSITIVE), lambda a, x: digamma(x), differentiable=(1,), rtol32=1e-5),
    ],
    "Ceil": [Case(tf.ceil, (F,), lambda x: np.array([-1, 2, np.nan, np.inf]), differentiable=False)],
    "Floor": [Case(tf.floor, (F,), lambda x: np.array([-2, 2, np.nan, np.inf]), differentiable=False)],
    "Round": [Case(tf.round, ([-1.5, -0.5, 0.5, 1.6],), lambda x: np.array([-2.0, 0, 0, 2]), differentiable=False)],
    "Rint": [Case(tf.rint, ([-1.5, -0.5, 0.5, 1.6],), lambda x: np.array([-2.0, 0, 0, 2]), differentiable=False)],
}
CASES |= {
    "Equal": compare(tf.equal, lambda x, y: x == y, WORDS, TRUTH, SQUARES, (Z, Z[1])),
    "NotEqual": compare(tf.not_equal, lambda x, y: x != y, WORDS, TRUTH, SQUARES, (Z, Z[1])),
    "Less": compare(lambda x, y: x < y, lambda x, y: x < y) + compare(tf.less, lambda x, y: x < y),
    "LessEqual": compare(lambda x, y: x <= y, lambda x, y: x <= y) + compare(tf.less_equal, lambda x, y: x <= y),
    "Greater": compare(lambda x, y: x > y, lambda x, y: x > y) + compare(tf.greater, lambda x, y: x > y),
    "GreaterEqual": compare(lambda x, y: x >= y, lambda x, y: x >= y) + compare(tf.greater_equal, lambda x, y: x >= y),
    "LogicalAnd": logic(tf.logical_and, lambda x, y: x & y),
    "LogicalOr": logic(tf.logical_or, lambda x, y: x | y),
    "LogicalXor": logic(tf.logical_xor, lambda x, y: x ^ y),
    "LogicalNot": [Case(f, TRUTH[:1], lambda x: np.array([[False, True]])) for f in (tf.logical_not, lambda x: ~x)],
    "IsNan": [Case(tf.is_nan, (F,), lambda x: x != x)],
    "IsInf": [Case(tf.is_inf, (F,), lambda x: abs(x) == np.inf)],
    "IsFinite": [Case(tf.is_finite, (F,), lambda x: abs(x) < np.inf)],
}
# Nothing flows through a comparison.
for _name in list(CASES)[list(CASES).index("Equal") :]:
    CASES[_name] = [Case(c.build, c.inputs, c.reference, differentiable=False) for c in CASES[_name]]
