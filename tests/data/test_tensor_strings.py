"""Tensors as strings and back; the string is TensorFlow 1.15.5's."""

import numpy as np
import pytest

import kerasflow as tf

ARRAYS = [
    np.arange(6, dtype=np.float32).reshape(2, 3),
    np.array(7, np.int64),
    np.array([b"a", b"\xff"], object),
    np.zeros((0, 2)),
    np.array([True, False]),
]


@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: f"{a.dtype}{a.shape}")
def test_both_ways(array):
    with tf.Graph().as_default(), tf.Session() as sess:
        written = tf.serialize_tensor(array)
        value = sess.run(tf.parse_tensor(written, tf.as_dtype(array.dtype)))
    assert np.shape(value) == array.shape and np.asarray(value).dtype == array.dtype
    np.testing.assert_array_equal(value, array)


def test_the_string():
    with tf.Graph().as_default(), tf.Session() as sess:
        found = sess.run(tf.io.serialize_tensor(np.array([1.0, 2.0], np.float32)))
    assert found == b"\x08\x01\x12\x04\x12\x02\x08\x02\x22\x08\x00\x00\x80?\x00\x00\x00@"


def test_what_is_no_tensor():
    with tf.Graph().as_default(), tf.Session() as sess:
        with pytest.raises(tf.errors.InvalidArgumentError, match="3 bytes are no tensor"):
            sess.run(tf.parse_tensor(b"\xff\xff\xff", tf.float32))
        with pytest.raises(tf.errors.InvalidArgumentError, match="expected a tensor of type int32, got float32"):
            sess.run(tf.parse_tensor(tf.serialize_tensor([1.0]), tf.int32))
        with pytest.raises(ValueError, match="scalar string"):
            tf.parse_tensor([b"a", b"b"], tf.int32)
