"""Edit distances, second derivatives, and variables without a value."""

import numpy as np
import pytest

import kerasflow as tf


def run(t):
    return tf.Session().run(t)


def words(*texts):
    at = [[i, j] for i, t in enumerate(texts) for j in range(len(t))]
    dims = [len(texts), max(map(len, texts))]
    return tf.SparseTensor(np.array(at).reshape(-1, 2), np.array(list("".join(texts)), object), dims)


@pytest.mark.parametrize(
    ("a", "b", "count"),
    [
        ("kitten", "sitting", 3),
        ("flaw", "lawn", 2),
        ("", "abc", 3),
        ("abc", "abc", 0),
        ("ab", "ba", 2),
        ("aaa", "a", 2),
    ],
)
def test_known_distances(a, b, count):
    both = words(a, b), words(b, a)
    assert run(tf.edit_distance(*both, normalize=False)).tolist() == [count, count]
    share = run(tf.edit_distance(*both))
    with np.errstate(divide="ignore"):
        want = np.float32(count) / np.array([len(b), len(a)], np.float32)
    assert share.tolist() == want.tolist()


def test_sequences_of_a_higher_rank():
    a = tf.SparseTensor([[0, 1, 0], [1, 0, 0]], [5, 6], [2, 2, 1])
    b = tf.SparseTensor([[0, 1, 0], [1, 1, 0]], [5, 6], [2, 2, 1])
    t = tf.edit_distance(a, b)
    assert t.shape == [2, 2] and run(t).tolist() == [[0.0, 0.0], [np.inf, 1.0]]


def test_what_distances_refuse():
    with pytest.raises(TypeError, match="hypothesis: Expected a SparseTensor"):
        tf.edit_distance([1], words("a"))
    with pytest.raises(TypeError, match="got string and int32"):
        tf.edit_distance(words("a"), tf.SparseTensor([[0, 0]], [1], [1, 1]))
    with pytest.raises(ValueError, match="must have one rank"):
        tf.edit_distance(words("a"), tf.SparseTensor([[0]], ["a"], [1]))


def test_second_derivatives():
    x, y = tf.constant([[1.0, 2.0], [3.0, -1.0]], tf.float64), tf.Variable(2.0, dtype=tf.float64)
    loss = tf.reduce_sum(x**3 * y) + x[0, 0] * x[1, 1] * y**2
    by_x, by_y = tf.hessians(loss, [x, y])
    assert by_x.shape == [2, 2, 2, 2] and by_y.shape == []
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        value, second = session.run([by_x, by_y])
    want = np.diag([12.0, 24.0, 36.0, -12.0])
    want[0, 3] = want[3, 0] = 4.0
    np.testing.assert_allclose(value.reshape(4, 4), want, rtol=1e-14)
    np.testing.assert_allclose(second, 2 * 1.0 * -1.0, rtol=1e-14)


def test_second_derivatives_that_are_zero_or_not_there():
    x = tf.constant([1.0, 2.0])
    assert run(tf.hessians(3.0 * x, x))[0].tolist() == [[0.0, 0.0], [0.0, 0.0]]
    with pytest.raises(ValueError, match="no way from ys to"):
        tf.hessians(tf.constant(1.0), x)
    unknown = tf.placeholder(tf.float32, [None])
    with pytest.raises(ValueError, match="the shape of .* must be known"):
        tf.hessians(unknown**2, unknown)


def test_variables_without_a_value():
    assert run(tf.report_uninitialized_variables()).tolist() == []
    w = tf.Variable(1.0, name="w")
    with tf.variable_scope("deep"):
        v = tf.get_variable("v", [2])
    c = tf.Variable(0, collections=[tf.GraphKeys.LOCAL_VARIABLES], trainable=False, name="c")
    every, some = tf.report_uninitialized_variables(), tf.report_uninitialized_variables([c, w])
    assert every.dtype is tf.string
    with tf.Session() as session:
        assert session.run(every).tolist() == [b"w", b"deep/v", b"c"]
        session.run([w.initializer, v.initializer])
        assert session.run(every).tolist() == session.run(some).tolist() == [b"c"]
        session.run(c.initializer)
        assert session.run(every).tolist() == []
