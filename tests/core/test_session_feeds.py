"""Feeds: any tensor, values converted to its type where nothing is lost, and errors that name it."""

import numpy as np
import pytest

import kerasflow as tf


class Marked(np.ndarray):
    """Arrays of a class of their own."""


@pytest.fixture
def sess():
    with tf.Session() as session:
        yield session


def test_any_tensor_can_be_fed_by_itself_or_by_name(sess):
    x = tf.placeholder(tf.float32, [], name="x")
    y = tf.add(x, 1.0, name="y")
    z = y * 2.0
    c = tf.constant(10.0, name="c")
    assert sess.run(z, {x: 1.0}) == sess.run(z, {"x:0": 1.0}) == 4.0
    assert sess.run(z, {y: 5.0}) == sess.run(z, {"y:0": 5.0}) == 10.0
    assert sess.run([c + y, y], {c: 1.0, y: 2.0}) == [3.0, 2.0]
    assert sess.run(z, {z: 7.0}) == 7.0
    assert sess.run(c + 0.0) == 10.0


def test_a_default_is_used_where_nothing_is_fed(sess):
    rate = tf.placeholder_with_default([0.5], [None])
    for _ in range(3):
        assert sess.run(rate * 2.0).tolist() == [1.0]
        assert sess.run(rate * 2.0, {rate: [1.0, 2.0]}).tolist() == [2.0, 4.0]


@pytest.mark.parametrize(
    ("dtype", "value", "expected"),
    [
        (tf.float32, 3, np.float32(3)),
        (tf.float32, True, np.float32(1)),
        (tf.float32, np.array([1, 2], np.int64), np.float32([1, 2])),
        (tf.float32, np.array([1.0, 2.0], ">f8"), np.float32([1, 2])),
        (tf.float64, 0.1, np.float64(0.1)),
        (tf.float64, [1e300], np.array([1e300])),
        (tf.float64, np.float32(0.1), np.float64(np.float32(0.1))),
        (tf.int32, np.int64(7), np.int32(7)),
        (tf.int32, [], np.zeros(0, np.int32)),
        (tf.int64, [[1], [2]], np.array([[1], [2]])),
        (tf.uint8, [0, 255], np.uint8([0, 255])),
        (tf.bool, 1, np.bool_(True)),
        (tf.bool, [0, 1], np.array([False, True])),
        (tf.complex64, 1.5, np.complex64(1.5)),
        (tf.float32, np.ones(2, np.float32).view(Marked), np.float32([1, 1])),
    ],
)
def test_values_take_the_type_of_the_tensor(sess, dtype, value, expected):
    x = tf.placeholder(dtype)
    for _ in range(3):
        got = sess.run(x, {x: value})
        assert type(got) is type(expected) and got.dtype == expected.dtype
        np.testing.assert_array_equal(got, expected)


def test_text_in_an_array_of_objects_is_fed_as_bytes(sess):
    x = tf.placeholder(tf.string, [None])
    array = np.array(["ä", b"b"], object)
    assert sess.run(tf.equal(x, ["ä", "b"]), {x: array}).tolist() == [True, True]
    assert sess.run(x, {x: array}).tolist() == ["ä".encode(), b"b"]
    assert array.tolist() == ["ä", b"b"]
    with pytest.raises(TypeError, match="Cannot feed 'Placeholder:0': Expected strings, got nan"):
        sess.run(x, {x: np.array(["a", np.nan], object)})


def test_text_is_fed_as_bytes(sess):
    x = tf.placeholder(tf.string)
    assert sess.run(x, {x: "ä"}) == "ä".encode()
    assert sess.run(x, {x: [["a"], [b"b\0"]]}).tolist() == [[b"a"], [b"b\0"]]
    assert sess.run(x, {x: np.array(["a", "bc"])}).tolist() == [b"a", b"bc"]


@pytest.mark.parametrize(
    ("dtype", "value", "message"),
    [
        (tf.int32, 1.5, "float64.*int32"),
        (tf.int32, [1.0], "float64.*int32"),
        (tf.int32, np.ones(2, np.float32), "float32.*int32"),
        (tf.int32, 2**40, "1099511627776.*int32"),
        (tf.int32, np.array([0, -(2**40)]), "-1099511627776.*int32"),
        (tf.uint8, [-1], "-1.*uint8"),
        (tf.uint8, np.array([256]), "256.*uint8"),
        (tf.uint64, np.array([-1]), "-1.*uint64"),
        (tf.int64, np.array([2**63], np.uint64), "9223372036854775808.*int64"),
        (tf.bool, [0.5], "float64.*bool"),
        (tf.float32, 1j, "complex128.*float32"),
        (tf.float32, "a", "float32"),
        (tf.float32, [None], "object.*float32"),
        (tf.float32, None, "object.*float32"),
        (tf.float32, [[1.0], [1.0, 2.0]], "inhomogeneous"),
        (tf.string, 3, "int.*string"),
        (tf.string, [1.5], "float.*string"),
    ],
)
def test_values_that_do_not_fit_the_type_are_refused(sess, dtype, value, message):
    x = tf.placeholder(dtype, name="x")
    for _ in range(2):
        with pytest.raises(ValueError, match=message) as caught:
            sess.run(x, {x: value})
        assert "'x:0'" in str(caught.value)


def test_values_of_another_shape_are_refused_with_both_shapes(sess):
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    y = tf.identity(x)
    for wrong in (np.ones(3), np.ones((2, 2)), np.ones((1, 2, 3)), 1.0):
        with pytest.raises(ValueError) as caught:
            sess.run(y, {x: wrong})
        assert f"shape {np.shape(wrong)}" in str(caught.value) and "'x:0', of shape (?, 3)" in str(caught.value)
    for rows in (0, 1, 5):
        assert sess.run(y, {x: np.ones((rows, 3))}).shape == (rows, 3)


def test_tensors_and_variables_are_no_values(sess):
    x, w = tf.placeholder(tf.float32, name="x"), tf.Variable(1.0)
    for wrong in (x, w, [x], [w], [[1.0], [w]]):
        with pytest.raises((TypeError, ValueError), match="'x:0'"):
            sess.run(x + 1.0, {x: wrong})


@pytest.mark.parametrize("wrong", [3, None, "nobody:0", "c", ("c:0",)])
def test_keys_that_are_no_tensors(sess, wrong):
    c = tf.constant(1.0, name="c")
    with pytest.raises(TypeError, match="Cannot feed"):
        sess.run(c, {wrong: 1.0})
    with pytest.raises(TypeError, match="Cannot feed"):
        sess.run(c, {c.op: 1.0})
    with pytest.raises(TypeError, match="must be a dict"):
        sess.run(c, [(c, 1.0)])


def test_a_placeholder_that_is_not_needed_need_not_be_fed(sess):
    tf.placeholder(tf.float32)
    assert sess.run(tf.constant(1.0) + 1.0) == 2.0
