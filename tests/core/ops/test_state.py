"""Variables as operations."""

import numpy as np
import pytest

import kerasflow as tf


@pytest.fixture
def w():
    return tf.Variable([1.0, 2.0], name="w")


@pytest.fixture
def sess(w):
    with tf.Session() as session:
        session.run(w.initializer)
        yield session


@pytest.mark.parametrize(
    ("function", "method", "expected"),
    [(tf.assign, "assign", [5, 7]), (tf.assign_add, "assign_add", [6, 9]), (tf.assign_sub, "assign_sub", [-4, -5])],
)
def test_assignments_write_and_give_the_new_value(w, sess, function, method, expected):
    np.testing.assert_array_equal(sess.run(function(w, [5.0, 7.0])), expected)
    np.testing.assert_array_equal(sess.run(w), expected)
    sess.run(w.initializer)
    update = getattr(w, method)([5.0, 7.0])
    for _ in range(4):  # general program, then the planned one
        sess.run(w.initializer)
        np.testing.assert_array_equal(sess.run(update), expected)
    assert getattr(w, method)([1.0, 1.0], read_value=False).type.startswith("Assign")


def test_what_does_not_fit_is_refused(w, sess):
    for function in (tf.assign, tf.assign_add, tf.assign_sub):
        with pytest.raises(ValueError, match=r"'w' of shape \(2,\) cannot take a value of shape \(3,\)"):
            function(w, [1.0, 2.0, 3.0])
        with pytest.raises(TypeError, match="float32 cannot take a value of type int32"):
            function(w, tf.constant([1, 2]))
        any_shape = tf.placeholder(tf.float32)
        update = function(w, any_shape)
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"cannot take a value of shape \(1, 2\)"):
            sess.run(update, {any_shape: [[1.0, 2.0]]})
    np.testing.assert_array_equal(sess.run(w), [1, 2])
    with pytest.raises(TypeError, match="bool is not one of the types"):
        tf.assign_add(tf.Variable(True), True)


def test_a_variable_of_any_shape_takes_all_shapes():
    v = tf.Variable(tf.placeholder_with_default([1.0], None), validate_shape=False)
    with tf.Session() as sess:
        sess.run(v.initializer)
        sess.run(v.assign([[1.0, 2.0], [3.0, 4.0]]))
        np.testing.assert_array_equal(sess.run(v), [[1, 2], [3, 4]])


def test_a_fetched_variable_is_read_when_the_run_is_over(w, sess):
    update = w.assign_add([1.0, 1.0])
    for k in range(1, 5):
        before, after, by_name = sess.run([w.value(), w, "w:0"])
        for value in (before, after, by_name):
            np.testing.assert_array_equal(value, [k, k + 1])
        fetched, updated = sess.run([w, update])
        np.testing.assert_array_equal(fetched, [k + 1, k + 2])
        np.testing.assert_array_equal(updated, [k + 1, k + 2])


def test_a_read_sees_what_was_written_before_it(w, sess):
    old = w * 1.0
    write = w.assign_add([10.0, 10.0])
    with tf.control_dependencies([write]):
        new = w * 1.0
        late = tf.identity(old)
    for k in range(4):
        a, b, c = sess.run([old, new, late])
        np.testing.assert_array_equal(a, np.array([1, 2]) + 10 * k)
        np.testing.assert_array_equal(b, np.array([11, 12]) + 10 * k)
        np.testing.assert_array_equal(c, a)


def test_is_variable_initialized(w):
    with tf.Session() as sess:
        asked = tf.is_variable_initialized(w)
        assert not sess.run(asked)
        with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value w"):
            sess.run(w.assign_add([1.0, 1.0]))
        sess.run(w.initializer)
        assert sess.run(asked)


@pytest.mark.parametrize("dtype", [tf.int32, tf.int64])
def test_a_variable_counts_up_to_a_limit(dtype):
    n = tf.Variable(0, name="n", dtype=dtype)
    one, other = n.count_up_to(2), tf.count_up_to(n, 5, name="other")
    assert (one.name, other.name, one.dtype) == ("CountUpTo:0", "other:0", dtype)
    with tf.Session() as sess:
        sess.run(n.initializer)
        first = sess.run(one)
        assert (first, sess.run(one), first, sess.run(n)) == (0, 1, 0, 2)
        with pytest.raises(tf.errors.OutOfRangeError, match="Reached limit of 2"):
            sess.run(one)
        assert (sess.run(n), sess.run(other), sess.run(n)) == (2, 2, 3)


def test_what_cannot_count():
    with pytest.raises(TypeError, match="float32 cannot count"):
        tf.count_up_to(tf.Variable(1.0), 3)
    with pytest.raises(ValueError, match=r"shape \(2,\) cannot count"):
        tf.Variable([1, 2]).count_up_to(3)


def test_rows_are_changed_and_read_through_the_variable():
    w = tf.Variable([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    rows = tf.IndexedSlices(tf.constant([[2.0, 8.0]]), tf.constant([1]))
    with tf.Session() as sess:
        for method, expected in (("mul", [6.0, 32.0]), ("div", [1.5, 0.5]), ("max", [3.0, 8.0]), ("min", [2.0, 4.0])):
            sess.run(w.initializer)
            assert sess.run(getattr(w, f"scatter_{method}")(rows)).tolist() == [[1.0, 2.0], expected, [5.0, 6.0]]
        assert sess.run(w.sparse_read([2, 0])).tolist() == [[5.0, 6.0], [1.0, 2.0]]
        assert sess.run(w.gather_nd([[2, 1], [1, 0]])).tolist() == [6.0, 2.0]


def test_a_shape_is_given_or_added():
    w = tf.Variable(tf.placeholder_with_default([1.0, 2.0], [None]), validate_shape=False)
    assert w.shape.ndims is None
    w.set_shape([2])
    assert w.shape == w.value().shape == [2]
    with pytest.raises(ValueError):
        w.set_shape([3])
    assert tf.Variable([1.0, 2.0], shape=[None]).shape.as_list() == [None]
    with pytest.raises(ValueError, match=r"shape \(2,\) of the initial value does not fit \(3,\)"):
        tf.Variable([1.0, 2.0], shape=[3])


@pytest.mark.parametrize("local", [False, True])
def test_reading_a_variable_without_a_value_says_what_gives_it_one(local):
    kind = "local" if local else "global"
    with tf.Graph().as_default(), tf.Session() as sess:
        v = tf.Variable(1.0, collections=[f"{kind}_variables" if local else "variables"])
        both = tf.exp(2.0 * v) + 1.0
        for fetch in (v, both):
            with pytest.raises(tf.errors.FailedPreconditionError, match=rf"or tf\.{kind}_variables_initializer"):
                sess.run(fetch)
        sess.run(getattr(tf, f"{kind}_variables_initializer")())
        assert sess.run(v) == 1.0
