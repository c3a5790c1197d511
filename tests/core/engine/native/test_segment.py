"""Where compiled code keeps its results: memory is shared by those that are not needed at the same time."""

import re

import numpy as np
import pytest

pytest.importorskip("llvmlite")

import kerasflow as tf  # noqa: E402
from tests.core.ops.harness import engine  # noqa: E402

SIZE = 40
MATRIX = 4 * SIZE * SIZE  # bytes, a multiple of what memory is aligned to


def ran(build, x):
    """The result of ``build(x)`` and the bytes its program keeps between its loops and products."""
    with tf.Graph().as_default(), engine("native"), tf.Session() as session:
        given = tf.placeholder(tf.float32, x.shape)
        y = build(given)
        value = session.run(y, {given: x})
        explained = session.explain(y, [given])
    assert "native, all in one segment" in explained
    return value, int(re.search(r"(\d+) bytes of memory", explained)[1])


def test_a_chain_of_products_keeps_two_matrices():
    x = np.eye(SIZE, dtype="f")[np.random.default_rng(0).permutation(SIZE)]  # its powers are exact

    def build(y):
        for _ in range(8):
            y = tf.matmul(y, y)
        return y

    value, size = ran(build, x)
    np.testing.assert_array_equal(value, np.linalg.matrix_power(x, 256))
    assert size <= 2 * MATRIX


def test_what_is_needed_until_the_end_keeps_its_memory():
    x = np.random.default_rng(0).normal(0, SIZE**-0.5, (SIZE, SIZE)).astype("f")

    def build(x):
        powers = [x]
        for _ in range(4):
            powers.append(tf.matmul(powers[-1], x))
        return tf.add_n([tf.matmul(p, p) for p in reversed(powers)])

    value, size = ran(build, x)
    wanted = sum(np.linalg.matrix_power(x.astype(float), 2 * k) for k in range(1, 6))
    np.testing.assert_allclose(value, wanted, rtol=1e-4, atol=1e-5)
    assert 4 * MATRIX <= size <= 9 * MATRIX


def test_a_chain_of_elements_keeps_nothing():
    x = np.random.default_rng(0).normal(size=(SIZE, SIZE)).astype("f")
    value, size = ran(lambda x: tf.exp(tf.tanh(x) * 2.0) - x, x)
    np.testing.assert_allclose(value, np.exp(2 * np.tanh(x.astype(float))) - x, rtol=1e-5, atol=1e-5)
    assert size == 0
