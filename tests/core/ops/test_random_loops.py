"""Random loops against the same rounds written out: values, and derivatives of the first and second order.

The functions of a round are made of random operations on loop variables, tensors from outside, variables, choices and
inner loops. Written out, they are an ordinary graph, with which the way through loops has nothing in common.
"""

import numpy as np
import pytest

import kerasflow as tf

CARRIES, ROUNDS = 3, 4


class Program:
    """A random function of a round, the same whenever it is called with the same seed."""

    def __init__(self, seed):
        self.seed = seed
        self.x = tf.placeholder(tf.float64, [3])
        self.n = tf.constant(ROUNDS)
        self.c = tf.constant(np.array([0.5, -1.0, 2.0]))
        self.w = tf.Variable(np.array([[0.2, -0.5, 0.1], [0.4, 0.3, -0.2], [-0.1, 0.6, 0.3]]))

    def step(self, i, values, depth=0):
        rng = np.random.default_rng([self.seed, depth])
        values = list(values)
        for _ in range(4):
            a, b = (values[k] for k in rng.integers(CARRIES, size=2))
            values[rng.integers(CARRIES)] = self.term(rng, i, a, b, depth)
        return [tf.tanh(v) for v in values]

    def term(self, rng, i, a, b, depth):
        kind = rng.integers(9 if depth < 2 else 6)
        if kind == 0:
            return a * b + self.c / tf.cast(self.n, tf.float64)
        if kind == 1:
            return tf.sin(a) * self.x
        if kind == 2:
            return tf.reshape(tf.matmul(a[None], self.w), [3]) - b
        if kind == 3:
            return tf.reduce_sum(a * a) * b * 0.1
        if kind == 4:
            return tf.concat([a[1:], b[:1]], 0) * tf.cast(i + 1, tf.float64)
        if kind == 5:
            return tf.stop_gradient(a) * b + tf.exp(-b * b)
        if kind == 6:
            return tf.cond(tf.reduce_sum(a) > 0.1, lambda: self.step(i, [a, b, a], depth + 1)[0], lambda: a * self.c)
        if kind == 7:
            return self.repeat([a, b, self.x], 1 + int(rng.integers(3)), depth + 1)[1]
        return tf.scan(lambda s, e: s * e + tf.sin(s), a, b[0])

    def repeat(self, values, count, depth):
        """An inner loop, whether the outer one is written out or not."""
        return tf.while_loop(lambda i, *_: i < count, lambda i, *v: (i + 1, *self.step(i, v, depth)), (0, *values))[1:]


def derivatives(program, results):
    y = tf.add_n([tf.reduce_sum(r * (k + 1.0)) for k, r in enumerate(results)])
    xs = [program.x, program.w, program.c]
    first = tf.gradients(y, xs)
    weights = [
        np.array([0.3, -0.7, 0.5]),
        np.array([0.1, 0.9, -0.4])[:, None] * [1.0, -1.0, 0.5],
        np.array([1.0, 0.2, -0.6]),
    ]
    pairs = [(g, tf.constant(v)) for g, v in zip(first, weights, strict=True) if g is not None]
    second = tf.gradients([g for g, _ in pairs], xs, grad_ys=[v for _, v in pairs])
    zeros = [tf.zeros_like(x) for x in xs]
    return [y, *[z if g is None else g for g, z in zip([*first, *second], [*zeros, *zeros], strict=True)]]


@pytest.mark.parametrize("seed", range(30))
def test_a_loop_is_its_rounds(seed):
    with tf.Graph().as_default(), tf.Session() as sess:
        program = Program(seed)
        start = [program.x, program.c * program.x, tf.ones_like(program.x) * 0.3]
        _, *looped = tf.while_loop(lambda i, *_: i < program.n, lambda i, *v: (i + 1, *program.step(i, v)), (0, *start))
        written = start
        for i in range(ROUNDS):
            written = program.step(tf.constant(i), written)
        fetches = derivatives(program, looped), derivatives(program, written)
        sess.run(program.w.initializer)
        for k in range(3):
            feeds = {program.x: np.array([0.7, -0.4, 0.9]) * (1.0 - 0.6 * k)}
            got, want = sess.run(fetches, feeds)
            for a, b in zip(got, want, strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9 * (1.0 + np.abs(b).max()))
