"""Cases for `recurrence`: the references write the rounds out in NumPy."""

import numpy as np

import kerasflow as tf
from kerasflow.core.ops.recurrence import recur
from tests.core.ops.harness import RANK, SHAPE, Case, seeded

rng = seeded("recurrence")
X = rng.normal(size=(4, 3, 2))  # rounds, batch, features
H, W, U = rng.normal(size=(3, 2)), 0.5 * rng.normal(size=(2, 2)), 0.5 * rng.normal(size=(2, 2))
B = rng.normal(size=2)


def cell(h, x, w, u, b):
    return tf.tanh(tf.matmul(x, w) + tf.matmul(h, u) + b)


def rounds(x, h, w, u, b, reverse=False):
    """The states of a simple recurrent layer, and the last one."""
    states = np.empty((len(x), *h.shape))
    for t in reversed(range(len(x))) if reverse else range(len(x)):
        h = states[t] = np.tanh(x[t] @ w + h @ u + b)
    return [h, states]


def layer(reverse):
    def build(x, h, w, u, b):
        def step(s, row):
            y = cell(s[0], row[0], w, u, b)
            return [y], [y]

        last, outputs = recur(step, [h], [x], reverse=reverse)
        return [*last, *outputs]

    return build


def pair(a, x, v):
    """Two states that go into each other, three outputs, of which one is a state that came in and one a row."""

    def step(s, row):
        p, q = s
        return [q * v, tf.sin(p) + row[0]], [p * q, p, row[0]]

    last, outputs = recur(step, [a, a * 2.0], [x])
    return [*last, *outputs]


def pair_rounds(a, x, v):
    p, q, out = a, 2 * a, []
    for row in x:
        out.append((p * q, p, row))
        p, q = q * v, np.sin(p) + row
    return [p, q, *[np.array(o) for o in zip(*out, strict=True)]]


def powers(x):
    """Without sequences: 1, x, x^2, ... and what is the same in all rounds."""
    return recur(lambda s, _: ([s[0] * (x + 0.0)], [s[0], x * x]), [tf.ones_like(x)], length=3)[1]


def nested(x, w):
    """A loop over the rows of the rows of `x`, inside one over its rows."""

    def step(s, row):
        inner, _ = recur(lambda a, r: ([tf.tanh(a[0] * w + r[0])], []), s, row)
        return inner, [inner[0] * s[0]]

    last, outputs = recur(step, [w], [x], reverse=True)
    return [*last, *outputs]


def nested_rounds(x, w):
    s, out = w, []
    for row in x[::-1]:
        a = s
        for r in row:
            a = np.tanh(a * w + r)
        out.append(a * s)
        s = a
    return [s, np.array(out[::-1])]


CASES = {
    "Scan": [
        Case(layer(False), (X, H, W, U, B), rounds, rtol32=1e-5, knows=RANK),
        Case(layer(True), (X, H, W, U, B), lambda *a: rounds(*a, reverse=True), rtol32=1e-5, knows=RANK),
        Case(layer(False), (X[:1], H, W, U, B), rounds, rtol32=1e-5, knows=RANK),
        Case(layer(False), (X[:0], H, W, U, B), rounds, differentiable=False, knows=SHAPE),
        Case(pair, (H[:, 0], X[:, :, 0], B[1]), pair_rounds, rtol32=1e-5),
        Case(powers, (B,), lambda x: [np.array([x**0, x, x**2]), np.array([x * x] * 3)], rtol32=1e-5),
        Case(nested, (X, W[0]), nested_rounds, rtol32=1e-5, knows=RANK),
    ]
}
