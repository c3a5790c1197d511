"""Cases for `fourier` and `framing`; the references are sums over all pairs, and NumPy's transforms."""

import numpy as np

import kerasflow as tf
from tests.core.ops.harness import SHAPE, Case, seeded

rng = seeded("fourier")
RE, IM = rng.normal(size=(2, 2, 3, 4))
ONE_RE, ONE_IM = rng.normal(size=(2, 5))


def matrix(n, sign):
    k = np.arange(n)
    return np.exp(sign * 2j * np.pi * np.outer(k, k) / n)


def transformed(z, rank, sign):
    for axis in range(-rank, 0):
        n = z.shape[axis]
        z = np.moveaxis(np.tensordot(matrix(n, sign), z, (1, axis)), 0, axis) / (1 if sign < 0 else n)
    return z


def in_parts(build, reference, *inputs):
    """A case for a function of complex numbers, of real and imaginary parts."""

    def parts(x, y):
        w = build(tf.complex(x, y))
        return [tf.real(w), tf.imag(w)] if w.dtype.is_complex else w

    def expected(x, y):
        w = reference(x + 1j * y)
        return [w.real, w.imag] if np.iscomplexobj(w) else w

    return Case(parts, inputs, expected, rtol=1e-11, rtol32=1e-5)


def of_rank(build, rank, sign):
    cases = [in_parts(build, lambda z: transformed(z, rank, sign), RE, IM)]
    return cases + ([in_parts(build, lambda z: transformed(z, 1, sign), ONE_RE, ONE_IM)] if rank == 1 else [])


def real_case(build, reference, *inputs):
    def parts(x):
        w = build(x)
        return [tf.real(w), tf.imag(w)]

    def expected(x):
        w = reference(x)
        return [w.real, w.imag]

    return Case(parts, inputs, expected, rtol=1e-11, rtol32=1e-5, knows=SHAPE)


HALF_RE, HALF_IM = rng.normal(size=(2, 2, 3, 3))


def known(case):
    return Case(case.build, case.inputs, case.reference, rtol=1e-11, rtol32=1e-5, knows=SHAPE)


CASES = {
    "FFT": [
        *of_rank(tf.fft, 1, -1),
        real_case(tf.signal.rfft, np.fft.rfft, RE),
        real_case(lambda x: tf.signal.rfft(x, [3]), lambda x: np.fft.rfft(x, 3), RE),
        real_case(lambda x: tf.signal.rfft(x, [7]), lambda x: np.fft.rfft(x, 7), RE),
        real_case(
            lambda x: tf.signal.stft(x, 3, 2, window_fn=tf.signal.hamming_window),
            lambda x: np.fft.rfft(np.stack([x[0:3], x[2:5]]) * (0.54 - 0.46 * np.cos(np.pi * np.arange(3))), 4),
            ONE_RE,
        ),
    ],
    "IFFT": [
        *of_rank(tf.ifft, 1, 1),
        known(in_parts(tf.signal.irfft, np.fft.irfft, HALF_RE, HALF_IM)),
        known(in_parts(lambda z: tf.signal.irfft(z, [5]), lambda z: np.fft.irfft(z, 5), HALF_RE, HALF_IM)),
        known(in_parts(lambda z: tf.signal.irfft(z, [3]), lambda z: np.fft.irfft(z, 3), HALF_RE, HALF_IM)),
        known(in_parts(lambda z: tf.signal.irfft(z, [8]), lambda z: np.fft.irfft(z, 8), HALF_RE, HALF_IM)),
    ],
    "FFT2D": [
        *of_rank(tf.fft2d, 2, -1),
        real_case(tf.signal.rfft2d, np.fft.rfft2, RE),
        real_case(lambda x: tf.signal.rfft2d(x, [4, 3]), lambda x: np.fft.rfft2(x, (4, 3)), RE),
    ],
    "IFFT2D": [
        *of_rank(tf.ifft2d, 2, 1),
        known(in_parts(tf.signal.irfft2d, np.fft.irfft2, HALF_RE, HALF_IM)),
        known(in_parts(lambda z: tf.signal.irfft2d(z, [4, 5]), lambda z: np.fft.irfft2(z, (4, 5)), HALF_RE, HALF_IM)),
    ],
    "FFT3D": [*of_rank(tf.fft3d, 3, -1), real_case(tf.signal.rfft3d, np.fft.rfftn, RE)],
    "IFFT3D": [
        *of_rank(tf.ifft3d, 3, 1),
        known(in_parts(tf.signal.irfft3d, lambda z: np.fft.irfftn(z, axes=(-3, -2, -1)), HALF_RE, HALF_IM)),
    ],
}
