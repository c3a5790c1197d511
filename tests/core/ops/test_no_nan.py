"""A zero wins over infinity and nan, in the value and in the gradient."""

import numpy as np
import pytest

import kerasflow as tf

BAD = [np.inf, np.nan, 0.0, -np.inf]


def with_gradients(function, x, y):
    x, y = tf.constant(x), tf.constant(y)
    z = function(x, y)
    return [v.tolist() for v in tf.Session().run([z, *tf.gradients(z, [x, y])])]


def test_quotients_and_products():
    zeros = [0.0] * 4
    assert with_gradients(tf.div_no_nan, BAD, zeros) == [zeros] * 3
    assert with_gradients(tf.math.multiply_no_nan, BAD, zeros)[:2] == [zeros] * 2


def test_logarithms_and_quotients_of_nothing():
    zeros = [0.0] * 4
    assert with_gradients(tf.math.xlogy, zeros, BAD) == [zeros] * 3
    assert with_gradients(tf.math.xdivy, zeros, BAD) == [zeros] * 3


@pytest.mark.parametrize("scalar", [2.0, tf.Variable])
def test_scalar_mul(scalar):
    factor = scalar if scalar == 2.0 else tf.Variable(2.0)
    w = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    rows = tf.gradients(tf.gather(w, [1, 1]), w)[0]
    assert isinstance(rows, tf.IndexedSlices)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run(tf.scalar_mul(factor, w)).tolist() == [[2.0, 4.0], [6.0, 8.0]]
        twice = tf.scalar_mul(factor, rows)
        assert isinstance(twice, tf.IndexedSlices)
        assert session.run(tf.convert_to_tensor(twice)).tolist() == [[0.0, 0.0], [4.0, 4.0]]
    with pytest.raises(ValueError, match="the first argument must be a scalar"):
        tf.scalar_mul([1.0, 2.0], w)
