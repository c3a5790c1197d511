"""Cases for `reduction`, `reduction_extrema` and `cumulative`."""

import functools
import itertools

import numpy as np

import kerasflow as tf
from kerasflow.core.graph import apply
from tests.core.ops.harness import Case, seeded

rng = seeded("reduction")
X = rng.normal(size=(2, 3, 4))
# Distances between the numbers are far larger than the steps of the differences.
APART = rng.permutation(np.linspace(-2, 2, 24)).reshape(2, 3, 4)
ZEROS = np.array([[1.3, 0.0, -0.7], [0.0, 2.1, 0.0]])
WHOLE = np.array([[7, -3, 2], [-8, -2, 5]], np.int32)
NONE, ONE = np.zeros((0, 3)), np.float64(1.7)
TRUTH = np.array([[True, False, True], [True, True, True]])

# What is given as `axis`, and the axes it stands for in an array of rank 3.
AXES = [(None, (0, 1, 2)), (0, (0,)), (-1, (2,)), ([0, -1], (0, 2)), ([], ()), ([2, 1, 0], (0, 1, 2))]


def fold(x, axes, keepdims, combine, start):
    """A reduction by its definition: one element after the other."""
    kept = [1 if i in axes else d for i, d in enumerate(x.shape)]
    result = np.full(kept, start, x.dtype)
    for at in itertools.product(*map(range, x.shape)):
        to = tuple(0 if i in axes else k for i, k in enumerate(at))
        result[to] = combine(result[to], x[at])
    return result if keepdims else result.reshape([d for i, d in enumerate(x.shape) if i not in axes])


def reductions(build, combine, start, x=X, after=lambda y, n: y, **options):
    cases = []
    for (given, axes), keeps in itertools.product(AXES, (False, True)):
        count = functools.reduce(lambda n, i: n * x.shape[i], axes, 1)
        cases.append(
            Case(
                functools.partial(build, axis=given, keepdims=keeps),
                (x,),
                lambda x, axes=axes, keeps=keeps, n=count: after(fold(x, axes, keeps, combine, start), n),
                **options,
            )
        )
    return cases


def whole(build, *results, x=WHOLE):
    """Of integers: over all, the first and the last axis, written out."""
    return [
        Case(functools.partial(build, axis=axis), (x,), lambda x, r=result: np.array(r, x.dtype))
        for axis, result in zip((None, 0, -1), results, strict=True)
    ]


def plain(build, x, result, **options):
    return Case(build, (x,), lambda x: np.array(result), differentiable=False, **options)


def logadd(a, b):
    return np.log(np.exp(a) + np.exp(b)) if a > -np.inf else b


def cumulative(combine, start):
    def reference(x, axis, exclusive, reverse):
        x = np.moveaxis(x, axis, 0)
        x = x[::-1] if reverse else x
        y, total = np.empty_like(x), np.full(x.shape[1:], start, x.dtype)
        for k in range(len(x)):
            after = combine(total, x[k])
            y[k], total = (total if exclusive else after), after
        return np.moveaxis(y[::-1] if reverse else y, 0, axis)

    return reference


def running(build, combine, start, *inputs):
    flags = [{"exclusive": e, "reverse": r} for e in (False, True) for r in (False, True)]
    reference = cumulative(combine, start)
    return [
        Case(functools.partial(build, axis=axis, **f), (x,), lambda x, a=axis, f=f: reference(x, a, **f))
        for (x, axis), f in itertools.product(inputs, flags)
    ]


def recurrence(a, b):
    y = np.array(b)
    for k in range(1, len(y)):
        y[k] = y[k] + a[k] * y[k - 1]
    return y


def spread(g, x, **attrs):
    return apply("Spread", g, x, **attrs)


def lined_up(x):
    return np.array([[[x[i, j, k] for i in range(2) for k in range(4)] for j in range(3)]])[0]


CASES = {
    "Sum": reductions(tf.reduce_sum, lambda a, b: a + b, 0.0)
    + whole(tf.reduce_sum, 1, [-1, -5, 7], [6, -5])
    + [
        Case(tf.reduce_sum, (NONE,), lambda x: np.float64(0)),
        Case(lambda x: tf.reduce_sum(x, 0), (NONE,), lambda x: np.zeros(3)),
        Case(tf.reduce_sum, (ONE,), lambda x: x),
        Case(
            lambda x: tf.reduce_sum(x, axis=[1], keepdims=True),
            (WHOLE,),
            lambda x: np.array([[6], [-5]], np.int32),
        ),
        Case(lambda x: tf.reduce_sum(x, tf.constant([1])), (WHOLE,), lambda x: np.array([6, -5], np.int32)),
        plain(lambda x: tf.reduce_sum(tf.complex(x, 2 * x)), X, np.sum(X) * (1 + 2j)),
    ],
    "Mean": reductions(tf.reduce_mean, lambda a, b: a + b, 0.0, after=lambda y, n: y / n)
    + whole(tf.reduce_mean, 0, [0, -2, 3], [2, -1])
    + [
        plain(tf.reduce_mean, NONE, np.nan),
        Case(tf.reduce_mean, (ONE,), lambda x: x),
        # Neither the sum of these fits their type, nor a float32 all of them.
        plain(tf.reduce_mean, np.full(3, 2**31 - 1, np.int32), np.int32(2**31 - 1)),
        plain(tf.reduce_mean, np.full(3, 200, np.uint8), np.uint8(200)),
        plain(tf.reduce_mean, np.full(300, 300, np.float16), np.float16(300)),
    ],
    "Prod": reductions(tf.reduce_prod, lambda a, b: a * b, 1.0)
    + whole(tf.reduce_prod, -3360, [-56, 6, 10], [-42, 80])
    + [
        *[Case(lambda x, a=a: tf.reduce_prod(x, a), (ZEROS,), lambda x, a=a: np.prod(x, a)) for a in (None, 0, 1)],
        Case(tf.reduce_prod, (NONE,), lambda x: np.float64(1)),
    ],
    "Max": reductions(tf.reduce_max, max, -np.inf, APART)
    + whole(tf.reduce_max, 7, [7, -2, 5], [7, 5])
    + [
        plain(tf.reduce_max, NONE, -np.inf),
        plain(lambda x: tf.reduce_max(x, 0), NONE.astype(np.int32), np.full(3, -(2**31), np.int32)),
        plain(tf.reduce_max, np.array([1.0, np.nan]), np.nan),
    ],
    "Min": reductions(tf.reduce_min, min, np.inf, APART)
    + whole(tf.reduce_min, -8, [-8, -3, 2], [-3, -8])
    + [
        plain(tf.reduce_min, NONE, np.inf),
        plain(lambda x: tf.reduce_min(x, 0), NONE.astype(np.uint8), np.full(3, 255, np.uint8)),
    ],
    "All": [plain(lambda x, a=a: tf.reduce_all(x, a), TRUTH, r) for a, r in ((None, False), (0, [True, False, True]))]
    + [plain(tf.reduce_all, NONE > 0, True), plain(lambda x: tf.reduce_all(x, 1, True), TRUTH, [[False], [True]])],
    "Any": [plain(lambda x, a=a: tf.reduce_any(x, a), ~TRUTH, r) for a, r in ((None, True), (0, [False, True, False]))]
    + [plain(tf.reduce_any, NONE > 0, False), plain(lambda x: tf.reduce_any(x, 1, True), ~TRUTH, [[True], [False]])],
    "LogSumExp": reductions(tf.reduce_logsumexp, logadd, -np.inf)
    + [
        plain(tf.reduce_logsumexp, NONE, -np.inf),
        plain(
            lambda x: tf.reduce_logsumexp(x, 1),
            np.array([[800.0, 800], [-800, -800]]),
            [800 + np.log(2), np.log(2) - 800],
        ),
        plain(tf.reduce_logsumexp, np.array([-np.inf, -np.inf]), -np.inf),
        plain(tf.reduce_logsumexp, np.array([1.0, np.inf]), np.inf),
    ],
    "ArgMax": [
        plain(tf.argmax, WHOLE, [0, 1, 1]),
        plain(
            lambda x: tf.argmax(x, -1, output_type=tf.int32),
            np.array([[2.0, 5, 5], [1, 0, -1]]),
            np.array([1, 0], np.int32),
        ),
        plain(lambda x: tf.argmax(x, dimension=1), WHOLE, [0, 2]),
    ],
    "ArgMin": [
        plain(tf.argmin, WHOLE, [1, 0, 0]),
        plain(
            lambda x: tf.argmin(x, -1, output_type=tf.int32),
            np.array([[2.0, 2, 5], [1, 0, -1]]),
            np.array([0, 2], np.int32),
        ),
        plain(lambda x: tf.argmin(x, dimension=1), WHOLE, [1, 0]),
    ],
    "Cumsum": running(tf.cumsum, np.add, 0, (X, 0), (X, -1), (X, 1), (NONE, 0), (WHOLE, 1)),
    "Cumprod": running(tf.cumprod, np.multiply, 1, (X, -1), (X, 1), (ZEROS, 0), (ZEROS, 1), (NONE, 0), (WHOLE, 1)),
    "Shift": [
        Case(lambda x: apply("Shift", x, axis=1, reverse=False), (X,), lambda x: np.insert(x, 0, 0, 1)[:, :-1]),
        Case(lambda x: apply("Shift", x, axis=-2, reverse=True), (X,), lambda x: np.append(x, 0 * x[:, :1], 1)[:, 1:]),
        Case(lambda x: apply("Shift", x, axis=0, reverse=True), (NONE,), lambda x: x),
    ],
    "LinearRecurrence": [
        Case(lambda a, b: apply("LinearRecurrence", a, b, axis=0, reverse=False), (APART[0], X[0]), recurrence),
        Case(
            lambda a, b: apply("LinearRecurrence", a, b, axis=-1, reverse=True),
            (APART[0], X[0]),
            lambda a, b: recurrence(a.T[::-1], b.T[::-1])[::-1].T,
        ),
    ],
    "LineUp": [
        Case(lambda x: apply("LineUp", x, axis=(0, -1)), (X,), lined_up),
        Case(lambda x: apply("LineUp", x, axis=None), (X,), np.ravel),
        Case(
            lambda x: apply("LineUp", x, axis=()), (X,), lambda x: np.array([[[[v] for v in c] for c in r] for r in x])
        ),
    ],
    "LineUpGrad": [
        Case(
            lambda g, x: apply("LineUpGrad", g, x, axis=(0, -1)),
            (lined_up(X), APART),
            lambda g, x: np.array([[[g[j, 4 * i + k] for k in range(4)] for j in range(3)] for i in range(2)]),
            differentiable=(0,),
        ),
    ],
    "Spread": [
        Case(
            lambda g, x: spread(g, x, axis=(0, -1)),
            (X[0, :, 0], APART),
            lambda g, x: 0 * APART + g[:, None],
            differentiable=(0,),
        ),
        Case(lambda g, x: spread(g, x, axis=(1,)), (X[:, :1], APART), lambda g, x: 0 * APART + g, differentiable=(0,)),
        Case(lambda g, x: spread(g, x, axis=None), (ONE, APART), lambda g, x: 0 * APART + g, differentiable=(0,)),
    ],
    "DivideByCount": [
        Case(
            lambda g, x: apply("DivideByCount", g, x, axis=(0, -1)),
            (X[0], APART),
            lambda g, x: g / 8,
            differentiable=(0,),
        ),
        Case(
            lambda g, x: apply("DivideByCount", g, x, axis=None), (ONE, APART), lambda g, x: g / 24, differentiable=(0,)
        ),
    ],
}
