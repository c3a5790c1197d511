"""Cases for `kerasflow.core.ops.reshaping`."""

import numpy as np

import kerasflow as tf
from tests.core.ops.harness import VALUE, Case, seeded

rng = seeded("reshaping")
A = rng.normal(size=(2, 6))
CUBE = rng.normal(size=(2, 3, 4))
ONES = rng.normal(size=(1, 3, 1, 2))
ONE = np.float64(0.7)
Z = rng.normal(size=(2, 3)) + 1j * rng.normal(size=(2, 3))
TEXT = np.array([[b"a", b"bc"]], object)


def to(*dims):
    return Case(lambda x: tf.reshape(x, dims), (A,), lambda x: x.reshape(dims))


def permuted(x, perm, **options):
    return Case(lambda t: tf.transpose(t, perm), (x,), lambda x: np.transpose(x, perm), **options)


CASES = {
    "Reshape": [to(12), to(3, -1), to(-1), to(2, 2, 3, 1), to(2, 6)]
    + [
        Case(lambda x: tf.reshape(x, []), (ONE,), lambda x: x),
        Case(lambda x: tf.reshape(x, [1, 1]), (ONE,), lambda x: np.array([[x]])),
        Case(lambda x: tf.reshape(x, [-1, 2]), (np.zeros((3, 0, 4)),), lambda x: np.zeros((0, 2))),
        Case(tf.reshape, (A, np.array([4, -1], np.int64)), lambda x, s: x.reshape(4, 3), shape_from=VALUE),
        Case(lambda x: tf.reshape(x, [tf.shape(x)[0] * 2, 3]), (A,), lambda x: x.reshape(4, 3)),
        # The gradient reads a view that is no longer one block of memory.
        Case(lambda x: tf.reshape(tf.transpose(x), [4, 3]), (A,), lambda x: x.T.reshape(4, 3)),
        Case(lambda x: tf.reshape(x, [2]), (TEXT,), lambda x: x.reshape(2)),
    ],
    "Transpose": [
        permuted(A, None),
        permuted(A, [1, 0]),
        permuted(CUBE, None),
        permuted(CUBE, [1, 2, 0]),
        permuted(CUBE, [0, 2, 1]),
        permuted(CUBE, [0, 1, 2]),
        permuted(ONE, None),
        permuted(TEXT, [1, 0]),
        Case(tf.matrix_transpose, (CUBE,), lambda x: np.swapaxes(x, 1, 2)),
        Case(tf.transpose, (Z,), lambda z: z.T, False),
        Case(tf.matrix_transpose, (Z,), lambda z: z.T, False),
        Case(lambda z: tf.transpose(z, conjugate=True), (Z,), lambda z: z.conj().T, False),
        Case(lambda z: tf.matrix_transpose(z, conjugate=True), (Z,), lambda z: z.conj().T, False),
    ],
    "ExpandDims": [
        Case(lambda x, axis=axis: tf.expand_dims(x, axis), (A,), lambda x, axis=axis: np.expand_dims(x, axis))
        for axis in (0, 1, 2, -1, -3)
    ]
    + [
        Case(lambda x: tf.expand_dims(x, 0), (ONE,), lambda x: x.reshape(1)),
        Case(lambda x: tf.expand_dims(x, dim=-1), (A.T,), lambda x: x[..., None]),
    ],
    "Squeeze": [
        Case(lambda x: tf.squeeze(x, [0]), (ONES,), lambda x: x[0]),
        Case(lambda x: tf.squeeze(x, [-2, 0]), (ONES,), lambda x: x[0, :, 0]),
        Case(lambda x: tf.squeeze(x, 2), (ONES,), lambda x: x[:, :, 0]),
        Case(tf.squeeze, (ONES,), lambda x: x[0, :, 0]),
        Case(tf.squeeze, (ONE,), lambda x: x),
        Case(lambda x: tf.squeeze(x, squeeze_dims=[0]), (TEXT,), lambda x: x[0]),
    ],
}
