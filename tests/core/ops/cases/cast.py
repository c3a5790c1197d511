"""Cases for `cast` and `complex_numbers`."""

import cmath

import numpy as np

import kerasflow as tf
from tests.core.ops.harness import Case

X = np.array([[-2.7, 0.0, 0.4], [1.9, 3.0, -0.2]])
Y = np.array([[0.3, -1.2, 2.0], [0.7, -0.4, 1.1]])
Z = X + 1j * Y
WHOLE = np.array([-3, 0, 7], np.int32)
TRUTH = np.array([True, False])


def cast(dtype, x, result, **options):
    """The result, written out in its type."""
    wanted = np.array(result, dtype.as_numpy_dtype)
    return Case(lambda x: tf.cast(x, dtype), (x,), lambda x: wanted, differentiable=False, **options)


CASES = {
    "Cast": [
        Case(lambda x: tf.cast(tf.cast(x, tf.complex128), x.dtype), (X,), lambda x: x),
        Case(
            lambda x: tf.cast(x * x, tf.complex64), (X,), lambda x: (x * x).astype(np.complex64), differentiable=False
        ),
        cast(tf.int32, X, [[-2, 0, 0], [1, 3, 0]]),
        cast(tf.bool, X, [[True, False, True], [True] * 3]),
        cast(tf.float64, WHOLE, [-3, 0, 7]),
        cast(tf.float32, TRUTH, [1, 0]),
        cast(tf.complex64, WHOLE, [-3, 0, 7]),
        cast(tf.uint8, np.array([0, 255, 7], np.int64), [0, 255, 7]),
        cast(tf.float64, Z, X, dtypes=("float64",)),
        cast(tf.int32, Z, [[-2, 0, 0], [1, 3, 0]]),
        cast(tf.bool, 1j * WHOLE, [True, False, True]),
        Case(
            lambda x: tf.cast(tf.cast(x, tf.bfloat16), x.dtype),
            (np.array([-2.7, 0.0, 3.14159, 1.00390625, 1.01171875]),),
            lambda x: np.array([-2.703125, 0.0, 3.140625, 1.0, 1.015625]),
            differentiable=False,
        ),
        Case(
            lambda x: tf.saturate_cast(x, tf.uint8),
            (np.array([-1.5, 255.9, 7.7]),),
            lambda x: np.array([0, 255, 7], np.uint8),
            differentiable=False,
        ),
        Case(
            lambda x: tf.saturate_cast(x, tf.int8),
            (np.array([-300, 300, 7]),),
            lambda x: np.array([-128, 127, 7], np.int8),
        ),
        Case(lambda x: tf.saturate_cast(x, tf.uint32), (WHOLE,), lambda x: np.array([0, 0, 7], np.uint32)),
    ],
    "Complex": [
        Case(tf.complex, (X, Y), lambda x, y: x + 1j * y, differentiable=False),
        Case(tf.complex, (X, Y[0]), lambda x, y: x + 1j * y, differentiable=False),
        Case(lambda x, y: tf.real(tf.complex(x, y) * tf.complex(x, y)), (X, Y[0]), lambda x, y: x * x - y * y),
    ],
    "Conj": [
        Case(tf.conj, (Z,), lambda z: X - 1j * Y, dtypes=("float64",)),
        Case(lambda x, y: tf.imag(tf.conj(tf.complex(x, y)) * tf.complex(y, x)), (X, Y), lambda x, y: x * x - y * y),
    ],
    "Real": [
        Case(tf.real, (Z,), lambda z: X, dtypes=("float64",)),
        Case(lambda x, y: tf.real(tf.square(tf.complex(x, y))), (X, Y), lambda x, y: x * x - y * y),
    ],
    "Imag": [
        Case(tf.imag, (Z,), lambda z: Y, dtypes=("float64",)),
        Case(lambda x, y: tf.imag(tf.square(tf.complex(x, y))), (X, Y), lambda x, y: 2 * x * y),
    ],
    "Angle": [
        Case(tf.angle, (Z,), lambda z: np.array([cmath.phase(v) for v in z.flat]).reshape(z.shape)),
        Case(lambda x, y: tf.angle(tf.complex(x, y)), (X, Y), lambda x, y: np.log(x + 1j * y).imag),
    ],
}
