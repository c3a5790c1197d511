"""Initializers that draw nothing."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow import initializers


def value(initializer, shape, *dtype):
    return tf.Session().run(initializer(shape, *dtype))


@pytest.mark.parametrize("dtype", [tf.float32, tf.float64, tf.int32, tf.bool])
@pytest.mark.parametrize("shape", [(), (3,), (2, 600)])
def test_zeros_and_ones(dtype, shape):
    for initializer, number in ((initializers.Zeros(), 0), (initializers.Ones(), 1)):
        x = value(initializer, shape, dtype)
        assert (x.dtype, x.shape) == (dtype, shape)
        assert np.all(x == number)
    assert initializers.Zeros(dtype=tf.int64)([2]).dtype == tf.int64


def test_constant():
    assert value(initializers.Constant(2), [2]).tolist() == [2.0, 2.0]
    assert value(initializers.Constant([1, 2]), [2, 2]).tolist() == [[1.0, 2.0], [2.0, 2.0]]
    assert value(initializers.Constant(np.eye(2)), [2, 2], tf.float32).dtype == np.float32
    assert value(initializers.Constant(3, dtype=tf.int32), [1]).dtype == np.int32
    with pytest.raises(ValueError, match="3 values cannot fill"):
        initializers.Constant([1, 2, 3])([2])
    with pytest.raises(TypeError, match=r"shape \(2, 2\), got one of shape \(4,\)"):
        initializers.Constant([1, 2, 3, 4], verify_shape=True)([2, 2])
    with pytest.raises(TypeError, match="int32"):
        initializers.Constant(0.5)([2], tf.int32)


def test_identity():
    np.testing.assert_array_equal(value(initializers.Identity(2.0), [2, 3]), 2.0 * np.eye(2, 3))
    assert value(initializers.Identity(dtype=tf.float64), [2, 2]).dtype == np.float64
    with pytest.raises(ValueError, match=r"Identity makes matrices, not an array of shape \(2, 2, 2\)"):
        initializers.Identity()([2, 2, 2])
