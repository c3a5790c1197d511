"""Cases for `kerasflow.core.ops.selecting` and `kerasflow.core.ops.masks`."""

import numpy as np

import kerasflow as tf
from kerasflow.core.graph import apply
from tests.core.ops.harness import NOTHING, RANK, VALUE, Case, seeded

rng = seeded("selecting")
A, B = rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
CUBE = rng.normal(size=(2, 3, 4))
ONE, TWO = np.float64(0.7), np.float64(-1.3)
MASK = rng.random((3, 4)) < 0.5
ROWS = np.array([True, False, True])
TEXT = np.array([b"a", b"bc", b"d"], object)
CLASSES = np.array([2, 0, -1, 3, 1], np.int32)


def one_hot(i, depth, axis=-1):
    return np.moveaxis((np.arange(depth) == i[..., None]).astype(np.float32), -1, axis)


def masked_grad(g, mask, x):
    whole = np.zeros_like(x)
    whole[mask] = g
    return whole


CASES = {
    "Where": [
        Case(tf.where, (x,), lambda x: np.argwhere(x), False, shape_from=NOTHING)
        for x in (MASK, ROWS, np.bool_(True), np.bool_(False), np.array([[0, 3], [2, 0]]), np.array([0.0, 0.5]))
    ],
    "Select": [
        Case(tf.where, (MASK, A, B), np.where),
        Case(tf.where, (ROWS, A, B), lambda c, x, y: np.where(c[:, None], x, y)),
        Case(tf.where, (ROWS, A[:, 0], B[:, 0]), np.where),
        Case(tf.where, (np.bool_(True), A, B), np.where),
        Case(tf.where, (np.bool_(False), ONE, TWO), np.where),
        Case(tf.where, (ROWS, TEXT, TEXT[::-1]), np.where),
        Case(tf.where, (MASK, MASK, ~MASK), np.where),
        Case(lambda c, x: tf.where(c, x, np.zeros((3, 4))), (MASK, A), lambda c, x: np.where(c, x, 0.0)),
        Case(lambda c, x: tf.where(c, np.ones((3, 4)), x), (MASK, A), lambda c, x: np.where(c, 1.0, x)),
        # The branch that is not taken must not spoil the gradient by more than its own infinity.
        Case(lambda x: tf.where(x > 0.0, x * x, -x), (A,), lambda x: np.where(x > 0, x * x, -x)),
    ],
    "BooleanMask": [
        Case(lambda x: tf.boolean_mask(x, ROWS), (A,), lambda x: x[ROWS], shape_from=NOTHING),
        Case(lambda x: tf.boolean_mask(x, MASK), (A,), lambda x: x[MASK], shape_from=NOTHING),
        Case(lambda x: tf.boolean_mask(x, ROWS, axis=1), (CUBE,), lambda x: x[:, ROWS], shape_from=NOTHING),
        Case(lambda x: tf.boolean_mask(x, MASK, axis=-2), (CUBE,), lambda x: x[:, MASK], shape_from=NOTHING),
        Case(lambda x: tf.boolean_mask(x, [False] * 3), (A,), lambda x: x[:0], shape_from=NOTHING),
        Case(tf.boolean_mask, (A, ROWS), lambda x, m: x[m], shape_from=NOTHING, knows=RANK),
        Case(tf.boolean_mask, (TEXT, ROWS), lambda x, m: x[m], shape_from=NOTHING, knows=RANK),
    ],
    "BooleanMaskGrad": [
        Case(
            lambda g, m, x: apply("BooleanMaskGrad", g, m, x, axis=0),
            (rng.normal(size=(2, 4)), ROWS, A),
            masked_grad,
            differentiable=(0,),
            knows=RANK,
        ),
    ],
    "OneHot": [Case(lambda i, d=d: tf.one_hot(i, d), (CLASSES,), lambda i, d=d: one_hot(i, d)) for d in (1, 3, 4, 6, 0)]
    + [
        Case(
            lambda i, axis=axis: tf.one_hot(i, 3, axis=axis),
            (np.array([[0, 2], [5, 1], [1, 1]], np.int64),),
            lambda i, axis=axis: one_hot(i, 3, axis),
        )
        for axis in (0, 1, 2, -1, -2)
    ]
    + [
        Case(lambda i: tf.one_hot(i, 4, dtype=tf.int64), (CLASSES,), lambda i: one_hot(i, 4).astype(np.int64)),
        Case(lambda i: tf.one_hot(i, 3, dtype=tf.bool), (np.uint8(2),), lambda i: np.array([False, False, True])),
        Case(
            lambda i, on, off: tf.one_hot(i, 4, on, off),
            (CLASSES, ONE, TWO),
            lambda i, on, off: np.where(one_hot(i, 4) > 0, on, off),
            differentiable=False,
        ),
        Case(
            lambda i: tf.one_hot(i, 2, "yes", "no"),
            (np.array([1, 0], np.int32),),
            lambda i: np.array([[b"no", b"yes"], [b"yes", b"no"]], object),
        ),
        Case(tf.one_hot, (CLASSES, np.int32(4)), lambda i, d: one_hot(i, 4), shape_from=VALUE),
    ],
    "SequenceMask": [
        Case(lambda n: tf.sequence_mask(n, 4), (CLASSES,), lambda n: np.arange(4) < n[:, None]),
        Case(tf.sequence_mask, (CLASSES,), lambda n: np.arange(3) < n[:, None], shape_from=VALUE),
        Case(tf.sequence_mask, (np.zeros((2, 0), np.int64),), lambda n: np.zeros((2, 0, 0), bool), shape_from=VALUE),
        Case(tf.sequence_mask, (CLASSES, np.int64(2)), lambda n, m: np.arange(2) < n[:, None], shape_from=VALUE),
        Case(
            lambda n: tf.sequence_mask(n, 3, tf.float32),
            (np.array([[1.0], [2.0]]),),
            lambda n: (np.arange(3) < n[..., None]).astype(np.float32),
            differentiable=False,
        ),
    ],
    "InvertPermutation": [
        Case(tf.invert_permutation, (np.array([3, 0, 2, 1], t),), lambda x: np.argsort(x).astype(x.dtype))
        for t in (np.int32, np.int64)
    ]
    + [Case(tf.invert_permutation, (np.zeros(0, np.int32),), lambda x: x)],
}
