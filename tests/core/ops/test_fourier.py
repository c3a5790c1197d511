"""Cosine transforms, frames and windows; the numbers are those of TensorFlow 1.15.5 or of the definition."""

import numpy as np
import pytest

import kerasflow as tf

S = tf.signal
X = np.array([1.0, 2.0, 3.0, 4.0, 5.0])


def run(t):
    return tf.Session().run(t)


class TestCosines:
    @pytest.mark.parametrize(
        ("kind", "options", "expected"),
        [
            (1, {}, [24.0, -6.8284273, 0.0, -1.1715729, 0.0]),
            (2, {}, [30.0, -9.9595966, 0.0, -0.89805818, 0.0]),
            (3, {}, [17.450773, -14.201576, 5.0, -3.6869602, 0.43777093]),
            (2, {"norm": "ortho"}, [6.7082024, -3.1495011, 0.0, -0.28399092, 0.0]),
            (3, {"norm": "ortho"}, [5.649405, -4.3599477, 1.7121239, -1.0349334, 0.26942122]),
            (2, {"n": 3}, [12.0, -3.4641008, 0.0]),
            (2, {"n": 7}, [30.0, 3.3416367, -15.283811, 3.7278392, 2.0827658, -6.1592674, 4.3665895]),
        ],
    )
    def test_types(self, kind, options, expected):
        np.testing.assert_allclose(run(S.dct(X, kind, **options)), expected, rtol=1e-6, atol=2e-5)
        rows = tf.constant(np.stack([X, -X])[:, None])
        found = run(S.dct(rows, kind, **options))
        np.testing.assert_allclose(found[1, 0], np.negative(expected), rtol=1e-6, atol=2e-5)

    @pytest.mark.parametrize(
        ("kind", "norm", "factor"), [(1, None, 8), (2, None, 10), (3, None, 10), (2, "ortho", 1), (3, "ortho", 1)]
    )
    def test_there_and_back(self, kind, norm, factor):
        x = tf.constant(X)
        back = S.idct(S.dct(x, kind, norm=norm), kind, norm=norm)
        np.testing.assert_allclose(run(back), factor * X, rtol=1e-12)
        np.testing.assert_allclose(run(tf.gradients(back, x)[0]), factor, rtol=1e-12)

    def test_what_is_refused(self):
        for options, message in (
            ({"type": 4}, "Only Types I, II and III"),
            ({"type": 1, "norm": "ortho"}, "not supported for the Type-I DCT"),
            ({"norm": "x"}, "Unknown normalization: 'x'"),
            ({"axis": 0}, "axis must be -1, got 0"),
            ({"type": 1, "n": 1}, "Dimension must be greater than 1"),
        ):
            with pytest.raises(ValueError, match=message):
                S.dct(X, **options)
        with pytest.raises(TypeError, match="takes real numbers"):
            S.dct([1, 2])


def test_what_has_no_transform():
    with pytest.raises(TypeError, match="complex64 or complex128, got float32"):
        tf.fft([1.0, 2.0])
    with pytest.raises(ValueError, match="rank 2 at least"):
        tf.fft2d(tf.constant([1j]))
    with pytest.raises(TypeError, match="rfft takes real numbers"):
        S.rfft([1j])
    with pytest.raises(TypeError, match="irfft takes complex numbers"):
        S.irfft([1.0])
    with pytest.raises(ValueError, match="fft_length must have 1 numbers"):
        S.rfft([1.0], [2, 2])
    with pytest.raises(ValueError, match="sizes that are known"):
        S.rfft(tf.placeholder(tf.float32, [None]))
    with pytest.raises(ValueError, match="rank 1 at least, and known"):
        S.rfft(tf.placeholder(tf.float32))


def test_names_and_rooms():
    assert S.rfft(X).name == "rfft:0" and tf.fft(tf.constant([1j])).name == "FFT:0"
    assert S.fft is tf.fft is tf.spectral.fft and tf.spectral.dct is S.dct


def test_shifts():
    assert run(S.fftshift(X)).tolist() == [4, 5, 1, 2, 3] and run(S.ifftshift(X)).tolist() == [3, 4, 5, 1, 2]
    square = tf.reshape(tf.range(6), [2, 3])
    assert run(S.fftshift(square, axes=1)).tolist() == [[2, 0, 1], [5, 3, 4]]
    assert run(S.ifftshift(S.fftshift(square))).tolist() == [[0, 1, 2], [3, 4, 5]]
    with pytest.raises(ValueError, match="sizes that are known"):
        S.fftshift(tf.placeholder(tf.float32, [None]))


class TestFrames:
    def test_frames(self):
        nine = tf.range(9)
        assert run(S.frame(nine, 4, 2)).tolist() == [[0, 1, 2, 3], [2, 3, 4, 5], [4, 5, 6, 7]]
        padded = run(S.frame(nine, 4, 2, pad_end=True, pad_value=-1)).tolist()
        assert padded[2:] == [[4, 5, 6, 7], [6, 7, 8, -1], [8, -1, -1, -1]]
        rows = tf.reshape(tf.range(12), [6, 2])
        assert run(S.frame(rows, 3, 3, axis=0)).tolist() == np.arange(12).reshape(2, 3, 2).tolist()
        assert S.frame(nine, 10, 1).shape == [0, 10]

    def test_the_gradient_adds_up_where_frames_overlap(self):
        x = tf.constant(X)
        (g,) = tf.gradients(S.frame(x, 3, 1), x)
        assert run(tf.convert_to_tensor(g)).tolist() == [1.0, 2.0, 3.0, 2.0, 1.0]

    def test_what_is_refused(self):
        with pytest.raises(ValueError, match="must be positive, got 0 and 1"):
            S.frame(X, 0, 1)
        with pytest.raises(ValueError, match="along axis -1 is known"):
            S.frame(tf.placeholder(tf.float32, [None]), 2, 1)
        with pytest.raises(ValueError, match="known rank"):
            S.frame(tf.placeholder(tf.float32), 2, 1)

    def test_windows(self):
        np.testing.assert_allclose(run(S.hann_window(5)), [0.0, 0.5, 1.0, 0.5, 0.0], atol=1e-7)
        np.testing.assert_allclose(run(S.hann_window(4, periodic=False)), [0.0, 0.75, 0.75, 0.0], atol=1e-7)
        np.testing.assert_allclose(run(S.hamming_window(6)), [0.08, 0.31, 0.77, 1.0, 0.77, 0.31], rtol=1e-6)
        assert run(S.hann_window(1, dtype=tf.float64)).tolist() == [1.0]
        with pytest.raises(ValueError, match="floating-point type. Found int32"):
            S.hann_window(3, dtype=tf.int32)

    def test_short_time_transforms(self):
        x = tf.range(10.0)
        expected = [[4, -2 + 1j, 0], [8, -4 + 1j, 0], [12, -6 + 1j, 0], [16, -8 + 1j, 0]]
        np.testing.assert_allclose(run(S.stft(x, 4, 2)), expected, atol=1e-5)
        assert S.stft(x, 4, 2, fft_length=8, pad_end=True).shape == [5, 5] and S.stft(x, 5, 2).shape == [3, 5]
        np.testing.assert_allclose(run(S.stft(x, 4, 2, window_fn=None))[0], [6, -2 + 2j, -2], atol=1e-5)
