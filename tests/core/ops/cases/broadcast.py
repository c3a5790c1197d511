"""Cases for `kerasflow.core.ops.broadcast`."""

import numpy as np

import kerasflow as tf
from kerasflow.core.graph import apply
from tests.core.ops.harness import VALUE, Case, seeded

rng = seeded("broadcast")
A = rng.normal(size=(2, 3))
CUBE = rng.normal(size=(4, 2, 3))
ROW = rng.normal(size=3)
COLUMN = rng.normal(size=(2, 1))
CORNER = rng.normal(size=(1, 1))
ONE = np.float64(0.7)
NONE = np.zeros((0, 3))
TEXT = np.array([b"a", b"b"], object)


def op(name, **attrs):
    return lambda *xs: apply(name, *xs, **attrs)


def sum_to(x, like):
    """The sum over each axis of `x` that `like` has not, or has with size 1."""
    while x.ndim > like.ndim:
        x = x.sum(0)
    for axis, d in enumerate(like.shape):
        if d == 1:
            x = x.sum(axis, keepdims=True)
    return x


SHRINKING = [
    (A, ROW),
    (A, COLUMN),
    (A, ONE),
    (CUBE, COLUMN),
    (CUBE, CORNER),
    (CUBE, A),
    (A, A),
    (ONE, ONE),
    (NONE, ROW),
]


CASES = {
    "SumTo": [Case(op("SumTo"), pair, sum_to, differentiable=(0,)) for pair in SHRINKING]
    + [
        Case(
            op("SumTo"), (np.ones((300, 2), np.int8), np.ones(2, np.int8)), lambda x, like: np.array([44, 44], np.int8)
        )
    ],
    "BroadcastLike": [
        Case(op("BroadcastLike"), (x, like), lambda x, like: x + np.zeros_like(like), differentiable=(0,))
        for like, x in SHRINKING
    ],
    "ReshapeLike": [
        Case(op("ReshapeLike"), (x, like), lambda x, like: x.reshape(like.shape), differentiable=(0,))
        for x, like in [
            (A, rng.normal(size=(3, 1, 2))),
            (A, np.zeros(6, np.int32)),
            (ONE, CORNER),
            (CORNER, ONE),
            (A, A),
        ]
    ],
    "BroadcastTo": [
        Case(lambda x: tf.broadcast_to(x, [4, 2, 3]), (x,), lambda x: x + np.zeros((4, 2, 3)))
        for x in (A, ROW, COLUMN, ONE, CUBE)
    ]
    + [
        Case(lambda x: tf.broadcast_to(x, []), (ONE,), lambda x: x),
        Case(lambda x: tf.broadcast_to(x, [2, 0]), (COLUMN,), lambda x: np.zeros((2, 0))),
        Case(
            tf.broadcast_to,
            (ROW, np.array([2, 3], np.int64)),
            lambda x, shape: x + np.zeros(shape),
            shape_from=VALUE,
        ),
        Case(lambda x, like: tf.broadcast_to(x, [tf.shape(like)[0], 3]), (ROW, A), lambda x, like: x + 0 * like, (0,)),
        *[
            Case(
                lambda *ts, indexing=indexing: tf.meshgrid(*ts, indexing=indexing),
                xs,
                lambda *xs, indexing=indexing: np.meshgrid(*xs, indexing=indexing),
            )
            for xs in [(ROW, A[0, :2]), (ROW, A[0, :2], A[1]), (ROW,), (ONE, ROW)]
            for indexing in ("xy", "ij")
        ],
        Case(lambda x: tf.broadcast_to(x, [2, 2]), (TEXT,), lambda x: np.array([[b"a", b"b"]] * 2, object)),
    ],
    "OnesLike": [
        Case(tf.ones_like, (A,), lambda x: 1 + 0 * x, False),
        Case(tf.ones_like, (TEXT != b"a",), lambda x: np.array([True, True])),
        Case(lambda x: tf.ones_like(x, tf.int64), (ROW,), lambda x: np.array([1, 1, 1]), False),
        Case(lambda x: tf.ones_like(x, tf.float32), (TEXT,), lambda x: np.ones(2, np.float32)),
    ],
    "ZerosLike": [
        Case(tf.zeros_like, (A,), lambda x: 0 * x, False),
        Case(tf.zeros_like, (ONE,), lambda x: 0 * x, False),
        Case(tf.zeros_like, (NONE,), lambda x: x, False),
        Case(tf.zeros_like, (TEXT,), lambda x: np.array([b"", b""], object)),
        Case(lambda x: tf.zeros_like(x, tf.bool), (ROW,), lambda x: np.array([False] * 3), False),
    ],
}
