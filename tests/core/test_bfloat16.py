"""bfloat16: rounding, storage, what is fed and fetched; and quantised integers, which are stored likewise."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.bfloat16 import from_bits, to_bits


def test_every_number_of_the_type_is_kept():
    bits = np.arange(2**16, dtype=np.uint16).view(tf.bfloat16.numpy)
    numbers = from_bits(bits)
    finite = np.isfinite(numbers)
    np.testing.assert_array_equal(to_bits(numbers)[finite], bits[finite])
    np.testing.assert_array_equal(from_bits(to_bits(numbers)), numbers)


def test_numbers_between_go_to_the_nearer_one_and_ties_to_the_even_one():
    lower = np.random.default_rng(3).integers(0x3000, 0x5000, 500).astype(np.uint32)
    low, high = ((b << 16).view(np.float32).astype(np.float64) for b in (lower, lower + 1))
    for share, up in ((0.25, 0), (0.75, 1), (0.5, lower % 2)):
        rounded = to_bits(low + share * (high - low))["bfloat16"]
        np.testing.assert_array_equal(rounded, lower + up)


def test_the_ends_of_the_range():
    assert from_bits(to_bits([3.4e38, -1e300, float(tf.bfloat16.max)])).tolist() == [np.inf, -np.inf, tf.bfloat16.max]
    tiny_nan = np.array([0x7F800001, 0xFFFFFFFF], np.uint32).view(np.float32)
    assert np.isnan(from_bits(to_bits(tiny_nan))).all()


def test_a_gradient_passes_through():
    x = tf.constant([1.0, 2.5])
    g = tf.gradients(3.0 * tf.to_float(tf.to_bfloat16(x)), x)
    assert tf.Session().run(g)[0].tolist() == [3.0, 3.0]


def test_values_are_fed_fetched_and_kept():
    p = tf.placeholder(tf.bfloat16, [None])
    w = tf.Variable(tf.constant([1.5, 3.14159], tf.bfloat16))
    with tf.Session() as session:
        session.run(w.initializer)
        both = tf.concat([p, w], 0)
        value = session.run(both, {p: [7, 2.0**-20]})
        assert value.dtype == tf.bfloat16.as_numpy_dtype
        assert from_bits(value).tolist() == [7.0, 2.0**-20, 1.5, 3.140625]
        assert from_bits(session.run(both, {p: value[:1]})).tolist() == [7.0, 1.5, 3.140625]


def test_no_arithmetic_takes_them():
    for x in (tf.to_bfloat16([1.0]), tf.placeholder(tf.qint8, [1])):
        with pytest.raises(TypeError, match=f"{x.dtype.name} is not one of the types"):
            _ = x + x
    with pytest.raises(TypeError, match="qint8 cannot be cast to float32: quantised integers have a range"):
        tf.to_float(x)
    with pytest.raises(TypeError, match="Expected qint8, got"):
        tf.constant([1], tf.qint8)


def test_quantised_integers_are_held_as_integers():
    coded = np.array([(3,), (-4,)], tf.qint8.as_numpy_dtype)
    p, c = tf.placeholder(tf.qint8, [2]), tf.constant(coded)
    assert c.dtype is tf.qint8
    for fed in (coded, np.array([3, -4], np.int8)):
        value = tf.Session().run([tf.identity(p), c], {p: fed})
        assert [v.dtype for v in value] == [np.int8, np.int8] and [v.tolist() for v in value] == [[3, -4], [3, -4]]
