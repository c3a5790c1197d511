"""Functions put together from others: values, gradients, what is refused."""

import numpy as np
import pytest

import kerasflow as tf

X = np.array([[0.5, -1.25, 2.0], [3.5, 0.25, -0.25]])


def run(t):
    return tf.Session().run(t)


def test_the_gradient_of_sorting_goes_back_to_where_elements_were():
    x = tf.constant(X)
    g = tf.gradients(tf.sort(x) * [1.0, 2.0, 3.0], x)[0]
    assert run(g).tolist() == [[2.0, 1.0, 3.0], [3.0, 2.0, 1.0]]


def test_spreads():
    for axis, keep in ((None, False), (0, False), ([1], True)):
        where = tuple(axis) if isinstance(axis, list) else axis
        pairs = (
            (tf.math.reduce_variance, X.var(where, keepdims=keep)),
            (tf.math.reduce_std, X.std(where, keepdims=keep)),
            (tf.math.reduce_euclidean_norm, np.sqrt((X**2).sum(where, keepdims=keep))),
        )
        for function, want in pairs:
            np.testing.assert_allclose(run(function(X, axis, keep)), want, rtol=1e-14)


def test_log_sigmoid():
    x = tf.constant([-800.0, -1.0, 0.0, 40.0], tf.float64)
    value, slope = run([tf.log_sigmoid(x), tf.gradients(tf.log_sigmoid(x), x)[0]])
    np.testing.assert_allclose(value, [-800.0, -np.log1p(np.e), -np.log(2), -np.exp(-40.0)], rtol=1e-14)
    np.testing.assert_allclose(slope, [1.0, np.e / (1 + np.e), 0.5, np.exp(-40.0)], rtol=1e-12)


def test_rows_are_changed():
    x, rows = tf.constant(X), tf.constant([[7.0, 8.0, 9.0]], tf.float64)
    for function, want in (
        (tf.tensor_scatter_add, [X[0], X[1] + [7, 8, 9]]),
        (tf.tensor_scatter_sub, [X[0], X[1] - [7, 8, 9]]),
        (tf.tensor_scatter_update, [X[0], [7, 8, 9]]),
    ):
        np.testing.assert_array_equal(run(function(x, [[1]], rows)), want)
    zero = tf.tensor_scatter_update(x, [[0, 2], [1, 0]], tf.zeros([2], tf.float64))
    value, slope = run([zero, tf.gradients(zero**2, x)[0]])
    want = X * [[1, 1, 0], [0, 1, 1]]
    assert value.tolist() == want.tolist() and slope.tolist() == (2 * want).tolist()


def test_a_batch_of_gathers():
    got = run(tf.batch_gather(X, [[2, 0], [1, 1]]))
    assert got.tolist() == [[2.0, 0.5], [0.25, 0.25]]


def test_what_is_refused():
    unknown = tf.placeholder(tf.int32)
    for function in (tf.sort, lambda t: tf.batch_gather(X, t)):
        with pytest.raises(ValueError, match="the number of axes of .* must be known"):
            function(unknown)
    with pytest.raises(ValueError, match="direction must be 'ASCENDING' or 'DESCENDING', got 'UP'"):
        tf.sort(X, direction="UP")
    with pytest.raises(ValueError, match="axis 2 is out of range"):
        tf.argsort(X, 2)
    with pytest.raises(tf.errors.InvalidArgumentError):
        run(tf.unravel_index([12], [3, 4]))
