"""Constants and placeholders."""

import numpy as np
import pytest

import kerasflow as tf


def value(t):
    with tf.Session() as sess:
        return sess.run(t)


def test_types_follow_the_value():
    kinds = [(1.0, "float32"), (1, "int32"), (2**40, "int64"), (True, "bool"), ("a", "string"), (1j, "complex128")]
    for given, expected in kinds:
        assert tf.constant(given).dtype.name == expected
    assert tf.constant(np.arange(3)).dtype is tf.int64
    assert tf.constant([1, 2.5]).dtype is tf.float32
    assert tf.constant([1, 2], tf.float64).dtype is tf.float64
    assert value(tf.constant("é")) == "é".encode()


def test_shapes_are_filled_with_the_last_value():
    np.testing.assert_array_equal(value(tf.constant([1, 2], shape=[2, 3])), [[1, 2, 2], [2, 2, 2]])
    np.testing.assert_array_equal(value(tf.constant(7, shape=[2])), [7, 7])
    with pytest.raises(ValueError, match="3 values cannot fill the shape \\(2,\\)"):
        tf.constant([1, 2, 3], shape=[2])
    with pytest.raises(TypeError, match="Expected a value of shape \\(2,\\), got one of shape \\(\\)"):
        tf.constant(1, shape=[2], verify_shape=True)


def test_a_constant_is_the_programs_no_more():
    array = np.zeros(3)
    t = tf.constant(array)
    array += 1
    result = value(t)
    np.testing.assert_array_equal(result, np.zeros(3))
    result += 1
    np.testing.assert_array_equal(value(t), np.zeros(3))


def test_wrong_values_are_refused():
    for given, error in [([[1], [1, 2]], ValueError), ([1, "a"], TypeError), (object(), TypeError)]:
        with pytest.raises(error):
            tf.constant(given)
    with pytest.raises(TypeError, match="Expected int32, got 1.5"):
        tf.constant(1.5, tf.int32)
    with pytest.raises(ValueError, match="does not fit int8"):
        tf.constant(300, tf.int8)


def test_a_placeholder_has_to_be_fed():
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    y = x + 1.0
    with tf.Session() as sess:
        with pytest.raises(
            tf.errors.InvalidArgumentError, match=r"float32 and shape \(\?, 2\)[\s\S]*'x'.*test_constant"
        ):
            sess.run(y)
        np.testing.assert_array_equal(sess.run(y, {x: [[1, 2]]}), [[2, 3]])
        with pytest.raises(ValueError, match=r"shape \(3,\) for 'x:0', of shape \(\?, 2\)"):
            sess.run(y, {x: [1, 2, 3]})
    assert tf.placeholder(tf.int32).shape.ndims is None


def test_a_placeholder_with_default_may_be_fed():
    x = tf.placeholder_with_default([1.0, 2.0], [None])
    assert x.shape.as_list() == [None]
    with tf.Session() as sess:
        np.testing.assert_array_equal(sess.run(x * 2.0), [2, 4])
        np.testing.assert_array_equal(sess.run(x * 2.0, {x: [5.0]}), [10])
    with pytest.raises(ValueError, match="not compatible"):
        tf.placeholder_with_default([1.0, 2.0], [3])
    rate = tf.placeholder_with_default(0.5, [], name="rate")
    assert (rate.name, rate.op.inputs[0].name) == ("rate:0", "rate/input:0")
    assert tf.placeholder_with_default(0.5, None).shape.ndims is None


def test_convert_to_tensor():
    t = tf.constant(1.0)
    assert tf.convert_to_tensor(t) is t
    w = tf.Variable(1.0)
    assert tf.convert_to_tensor(w) is w.value()
    assert tf.convert_to_tensor([t, 2.0]).shape.as_list() == [2]
    assert tf.convert_to_tensor(3, preferred_dtype=tf.float64).dtype is tf.float64
    with pytest.raises(ValueError, match="Expected a tensor of type int32"):
        tf.convert_to_tensor(t, tf.int32)
