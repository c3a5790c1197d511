"""Cases for `kerasflow.core.ops.filling` and `kerasflow.core.ops.diagonals`."""

import numpy as np

import kerasflow as tf
from kerasflow.core.graph import apply
from tests.core.ops.harness import NOTHING, VALUE, Case, seeded

rng = seeded("filling")
ONE = np.float64(0.7)
ROW = rng.normal(size=3)
A = rng.normal(size=(2, 3))
SQUARE = rng.normal(size=(3, 3))
BATCH = rng.normal(size=(2, 4, 3))
FOUR = rng.normal(size=(2, 3, 2, 3))
TWO = np.int32(2)


f64 = np.float64


def band(lower, upper):
    def reference(x):
        m, n = x.shape[-2:]
        kept = np.array(
            [[(lower < 0 or i - j <= lower) and (upper < 0 or j - i <= upper) for j in range(n)] for i in range(m)]
        )
        return x * kept

    return reference


def banded(x, lower, upper):
    return Case(lambda t: tf.matrix_band_part(t, lower, upper), (x,), band(lower, upper))


def on_diagonals(d, x):
    whole = np.zeros_like(x)
    for i in range(d.shape[-1]):
        whole[..., i, i] = d[..., i]
    return whole


def steps(*args, **options):
    """Numbers that are inputs, so their type is the result's."""
    return Case(tf.range, args, lambda *a: np.arange(*a, dtype=a[0].dtype), False, shape_from=VALUE, **options)


CASES = {
    "Fill": [
        Case(lambda x: tf.fill([2, 3], x), (ONE,), lambda x: np.full((2, 3), x)),
        Case(lambda x: tf.fill([], x), (ONE,), lambda x: x),
        Case(lambda x: tf.fill([2, 0], x), (ONE,), lambda x: np.zeros((2, 0)), differentiable=False),
        Case(tf.fill, (np.array([3], np.int64), np.bool_(True)), lambda d, x: np.full(d, x), shape_from=VALUE),
        Case(lambda x: tf.fill([2], x), (np.array(b"ab", object),), lambda x: np.array([b"ab", b"ab"], object)),
        Case(lambda x: tf.fill([tf.shape(x)[0], 2], x[0]), (ROW,), lambda x: np.full((3, 2), x[0])),
        Case(lambda x: tf.zeros([tf.shape(x)[0], 2], tf.int64), (ROW,), lambda x: np.zeros((3, 2), np.int64), False),
        Case(lambda x: tf.ones(tf.shape(x), tf.bool), (A,), lambda x: np.ones((2, 3), bool), False),
    ],
    "Range": [
        steps(np.int32(5)),
        steps(np.int64(2), np.int64(11), np.int64(3)),
        steps(np.int32(7), np.int32(-2), np.int32(-2)),
        steps(np.int32(3), np.int32(3)),
        steps(f64(0.5), f64(3.0), f64(0.25)),
        steps(f64(2.0), f64(-1.0), f64(-0.5)),
        Case(lambda n: tf.range(n, dtype=tf.float64), (np.int32(3),), lambda n: np.arange(3.0), shape_from=NOTHING),
        Case(lambda x: tf.range(x, 4, 1), (f64(1.5),), lambda x: np.array([1.5, 2.5, 3.5]), False, shape_from=VALUE),
    ],
    "LinSpace": [
        Case(lambda a, b: tf.linspace(a, b, 5), (f64(-1.0), f64(2.0)), lambda a, b: np.linspace(a, b, 5), False),
        Case(lambda a, b: tf.lin_space(a, b, 1), (f64(-1.0), f64(2.0)), lambda a, b: np.array([a]), False),
        Case(tf.linspace, (f64(1.0), f64(-1.0), TWO), lambda a, b, n: np.array([1.0, -1.0]), False, shape_from=VALUE),
    ],
    "Eye": [
        Case(lambda n: tf.eye(n - 2, n), (TWO,), lambda n: np.zeros((0, 2), np.float32), shape_from=VALUE),
        Case(lambda n: tf.eye(n), (TWO,), lambda n: np.eye(2, dtype=np.float32), shape_from=VALUE),
        Case(lambda n: tf.eye(3, n, dtype=tf.int32), (TWO,), lambda n: np.eye(3, 2, dtype=np.int32), shape_from=VALUE),
        Case(
            lambda n: tf.eye(n, 3, [2, 1], tf.float64),
            (TWO,),
            lambda n: np.eye(2, 3) + np.zeros((2, 1, 2, 3)),
            shape_from=VALUE,
        ),
    ],
    "Diag": [
        Case(tf.diag, (ROW,), np.diag),
        Case(tf.diag, (A,), lambda x: np.diag(x.reshape(-1)).reshape(2, 3, 2, 3)),
        Case(tf.diag, (np.array([1, 2], np.int32),), np.diag),
    ],
    "DiagPart": [
        Case(tf.diag_part, (SQUARE,), np.diag),
        Case(tf.diag_part, (FOUR,), lambda x: np.einsum("ijij->ij", x)),
    ],
    "MatrixDiag": [
        Case(tf.matrix_diag, (ROW,), np.diag),
        Case(tf.matrix_diag, (A,), lambda x: np.stack([np.diag(row) for row in x])),
        Case(tf.matrix_diag, (np.zeros((2, 0)),), lambda x: np.zeros((2, 0, 0))),
    ],
    "MatrixDiagPart": [
        Case(tf.matrix_diag_part, (x,), lambda x: np.diagonal(x, 0, -2, -1))
        for x in (SQUARE, A, A.T, BATCH, np.array([[1, 2], [3, 4]], np.int32))
    ]
    + [Case(tf.trace, (x,), lambda x: np.trace(x, 0, -2, -1)) for x in (SQUARE, BATCH)],
    "MatrixDiagLike": [
        Case(lambda d, x: apply("MatrixDiagLike", d, x), pair, on_diagonals, differentiable=(0,))
        for pair in [(ROW, BATCH[0]), (A, BATCH), (ROW[:2], A)]
    ],
    "MatrixBandPart": [
        banded(x, *bounds)
        for x, bounds in [
            (SQUARE, (0, -1)),
            (SQUARE, (-1, 0)),
            (BATCH, (1, 0)),
            (BATCH, (0, 1)),
            (A, (-1, -1)),
            (A, (0, 0)),
        ]
    ],
}
