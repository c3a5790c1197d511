"""Quantised integers: codes, ranges, what is refused; fake quantisation that trains."""

import numpy as np
import pytest

import kerasflow as tf

InvalidArgumentError = tf.errors.InvalidArgumentError
X = [-4.0, -2.5, 0.0, 1.0, 3.3, 4.0]


def run(t):
    return tf.Session().run(t)


@pytest.mark.parametrize("dtype", [tf.qint8, tf.quint8, tf.qint16, tf.quint16])
@pytest.mark.parametrize("mode", ["MIN_COMBINED", "MIN_FIRST", "SCALED"])
def test_codes_of_a_range(dtype, mode):
    coded = tf.quantize_v2(X, -4.0, 4.0, dtype, mode)
    assert [t.dtype for t in coded] == [dtype, tf.float32, tf.float32] and coded.output.shape == [6]
    codes, low, high = run(coded)
    info = np.iinfo(dtype.numpy)
    assert codes.dtype == dtype.numpy and (np.diff(codes.astype(int)) >= 0).all() and high == 4.0
    assert codes[0] == info.min or mode == "SCALED"
    numbers = run(tf.dequantize(*coded, mode=mode))
    step = (4.0 - min(low, 0.0)) / (info.max - info.min)
    np.testing.assert_allclose(numbers, np.maximum(X, low), atol=1.2 * step)
    if mode == "SCALED":
        assert numbers[2] == 0.0 and codes[2] == 0


def test_the_range_holds_zero_and_has_a_width():
    assert run(tf.quantize_v2([0.5], 0.25, 2.0, tf.quint8))[1:] == (0.0, 2.0)
    assert run(tf.quantize_v2([-0.5], -2.0, -1.0, tf.quint8))[1:] == (-2.0, 0.0)
    assert run(tf.quantize_v2([0.0], 0.0, 0.0, tf.quint8))[1:] == (0.0, np.float32(0.01))


def test_the_largest_number_of_32_bits_does_not_turn_over():
    coded = tf.quantize_v2([4.0, 9.0], -4.0, 4.0, tf.qint32)
    assert run(coded.output).tolist() == [2**31 - 1] * 2
    np.testing.assert_allclose(run(tf.dequantize(*coded)), [4.0, 4.0], rtol=1e-6)


def test_what_is_refused():
    with pytest.raises(TypeError, match="T must be one of the quantised types, got int8"):
        tf.quantize_v2(X, -4.0, 4.0, tf.int8)
    with pytest.raises(ValueError, match="no mode 'MIN_FIRST' with round_mode 'HALF_TO_EVEN'"):
        tf.quantize_v2(X, -4.0, 4.0, tf.qint8, "MIN_FIRST", round_mode="HALF_TO_EVEN")
    with pytest.raises(ValueError, match="mode must be one of MIN_COMBINED, MIN_FIRST, SCALED, got 'X'"):
        tf.dequantize(tf.quantize_v2(X, -4.0, 4.0, tf.qint8)[0], -4.0, 4.0, "X")
    with pytest.raises(TypeError, match="float32 is not one of the quantised types"):
        tf.dequantize([1.0], 0.0, 1.0)
    with pytest.raises(TypeError, match="what is quantised must be float32, got float64"):
        tf.quantize_v2(np.array(X), -4.0, 4.0, tf.qint8)
    with pytest.raises(ValueError, match="the ends of the range must be scalars"):
        tf.quantize_v2(X, [-4.0], 4.0, tf.qint8)
    with pytest.raises(InvalidArgumentError, match="the range must go up, got \\[2.0, 1.0\\]"):
        run(tf.quantize_v2(X, 2.0, 1.0, tf.qint8))
    with pytest.raises(LookupError, match="QuantizeV2 .* is not differentiable"):
        x = tf.constant(X)
        tf.gradients(tf.quantize_v2(x, -4.0, 4.0, tf.qint8, "SCALED").output_max, x)


def rounded(x, low, high, steps=15):
    """The nearest of evenly spread numbers; the ranges here are such that zero is one of them."""
    step = (high - low) / steps
    return np.floor((np.clip(x, low, high) - low) / step + 0.5) * step + low


def test_numbers_are_rounded():
    x = np.array([[-9.0, -2.5, 0.0], [1.0, 3.3, 9.0]], np.float32)
    low, high = np.array([-2.0, -0.5, 0.0], np.float32), np.array([5.5, 1.375, 3.75], np.float32)
    fixed, narrow = (tf.fake_quant_with_min_max_args(x, -2, 5 + 0.5 * k, 4, narrow_range=not k) for k in (1, 0))
    by_channel = tf.fake_quant_with_min_max_vars_per_channel(x, low, high, 4)
    assert run(fixed).tolist() == rounded(x, -2.0, 5.5).tolist()
    assert run(narrow).tolist() == rounded(x, -2.0, 5.0, 14).tolist()
    assert run(tf.fake_quant_with_min_max_vars(x, -2.0, 5.5, 4)).tolist() == rounded(x, -2.0, 5.5).tolist()
    assert run(by_channel).tolist() == rounded(x, low, high).tolist()
    assert run(tf.fake_quant_with_min_max_vars(x, 0.0, 0.0)).tolist() == np.zeros_like(x).tolist()
    assert fixed.shape == narrow.shape == by_channel.shape == [2, 3] and by_channel.dtype is tf.float32


def test_fake_quantisation_refuses():
    with pytest.raises(InvalidArgumentError, match="min has to be smaller than max, got 3 and 1"):
        tf.fake_quant_with_min_max_args(X, 3, 1)
    for bits in (1, 17):
        with pytest.raises(InvalidArgumentError, match=f"num_bits must be from 2 to 16, got {bits}"):
            tf.fake_quant_with_min_max_vars(X, 0.0, 1.0, bits)
    with pytest.raises(ValueError, match=r"min and max must have shape \(2,\), got \(1,\)"):
        tf.fake_quant_with_min_max_vars_per_channel([[1.0, 2.0]], [0.0], [1.0])
    with pytest.raises(InvalidArgumentError, match="min must not be larger than max"):
        run(tf.fake_quant_with_min_max_vars(X, 1.0, -1.0))
    with pytest.raises(TypeError, match="the numbers must be float32, got float64"):
        tf.fake_quant_with_min_max_args(np.array(X))


def test_a_range_is_learned():
    low, high = tf.Variable(-1.0), tf.Variable(1.0)
    x = tf.constant(np.linspace(-3.0, 2.0, 101, dtype=np.float32))
    loss = tf.reduce_mean(tf.square(tf.fake_quant_with_min_max_vars(x, low, high) - x))
    step = tf.train.AdamOptimizer(0.1).minimize(loss)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(150):
            session.run(step)
        assert session.run(loss) < 1e-3 and session.run(low) < -2.8 and session.run(high) > 1.8
