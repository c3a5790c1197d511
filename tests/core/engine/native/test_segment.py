"""Where compiled code keeps its results, and in what order it reads and writes what lasts.

Memory is shared by results that are not needed at the same time; a variable is not written before it has been read.
"""

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


TURNS = {
    "reversed": (lambda v: v[::-1], lambda v: v[::-1]),
    "transposed": (tf.transpose, np.transpose),
    "first row": (lambda v: tf.broadcast_to(v[:1], v.shape), lambda v: np.broadcast_to(v[:1], v.shape)),
    "rows in another order": (lambda v: tf.gather(v, [2, 0, 1, 3]), lambda v: v[[2, 0, 1, 3]]),
}


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("kind", ["assign", "assign_add", "assign_sub"])
def test_a_variable_is_read_out_of_order_before_it_is_written(turn, kind):
    in_graph, in_numpy = TURNS[turn]
    state = np.arange(16.0).reshape(4, 4)
    with tf.Graph().as_default(), engine("native"), tf.Session() as session:
        v = tf.Variable(state)
        write = getattr(v, kind)(in_graph(v.read_value()) * 2.0 + 1.0)
        session.run(v.initializer)
        for _ in range(3):
            delta = in_numpy(state) * 2.0 + 1.0
            state = {"assign": delta, "assign_add": state + delta, "assign_sub": state - delta}[kind]
            np.testing.assert_array_equal(session.run(write), state)
            np.testing.assert_array_equal(session.run(v), state)
        assert "native, all in one segment" in session.explain(write)


@pytest.mark.parametrize("axis", [None, 0, 1])
def test_long_sums_of_single_numbers_are_added_up_in_double_precision(axis):
    x = np.full((3, 1 << 20) if axis == 1 else (1 << 20, 3), 0.1, "f")
    value, _ = ran(lambda x: tf.reduce_sum(x, axis), x)
    np.testing.assert_allclose(value, np.sum(x.astype(float), axis), rtol=2e-7)


@pytest.mark.parametrize(("function", "reference"), [(tf.argmax, np.argmax), (tf.argmin, np.argmin)])
def test_the_first_of_several_extremes_is_found_and_of_several_nan(function, reference):
    x = np.array([[1, 3, 3], [np.nan, 5, np.nan], [2, np.nan, 9], [-np.inf, -np.inf, np.inf], [np.inf, np.nan, np.nan]])
    for axis in (0, 1):
        value, _ = ran(lambda x, axis=axis: function(x, axis), x.astype("f"))
        np.testing.assert_array_equal(value, reference(x, axis))
