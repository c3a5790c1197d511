"""Cases for `kerasflow.core.ops.slicing`."""

import numpy as np

import kerasflow as tf
from kerasflow.core.graph import apply
from tests.core.ops.harness import VALUE, Case, seeded

rng = seeded("slicing")
A = rng.normal(size=(4, 5))
CUBE = rng.normal(size=(3, 4, 5))
ROW = rng.normal(size=6)
ONE = np.float64(0.7)
TEXT = np.array([b"a", b"bc"], object)
TWO, MINUS = np.int32(2), np.int64(-1)

# What `t[...]` and `array[...]` have to agree on.
KEYS = [
    (A, np.s_[1]),
    (A, np.s_[-1, 2]),
    (A, np.s_[1:3]),
    (A, np.s_[:, 1:]),
    (A, np.s_[::-1, ::2]),
    (A, np.s_[3:0:-2]),
    (A, np.s_[2:2]),
    (A, np.s_[-100:100]),
    (A, np.s_[...]),
    (A, np.s_[None, ..., None]),
    (A, np.s_[..., 0]),
    (CUBE, np.s_[0, ..., 1:3]),
    (CUBE, np.s_[:, None, -2, :, None]),
    (CUBE, np.s_[1, 2, 3]),
    (CUBE, np.s_[..., -1:, 4]),
    (ROW, np.s_[4]),
    (ONE, np.s_[None]),
    (ONE, np.s_[...]),
    (np.zeros((0, 3)), np.s_[:, 1]),
]


def indexed(x, key):
    return Case(lambda t: t[key], (x,), lambda x: np.array(x[key]))


def at_run(x, numbers, take):
    """A key whose numbers are inputs."""
    return Case(take, (x, *numbers), take, differentiable=(0,), shape_from=VALUE)


def block(x, begin, size):
    stop = [None if n == -1 else b + n for b, n in zip(begin, size, strict=True)]
    key = tuple(slice(b, s) for b, s in zip(begin, stop, strict=True))
    return Case(lambda t: tf.slice(t, begin, size), (x,), lambda x: x[key])


def strided_grad(g, x, key):
    whole = np.zeros_like(x)
    whole[key] = g
    return whole


CASES = {
    "StridedSlice": [indexed(x, key) for x, key in KEYS]
    + [
        indexed(TEXT, np.s_[1]),
        Case(lambda x, i: x[i], (A, TWO), lambda x, i: x[i], differentiable=(0,)),
        Case(lambda x, i, j: x[i, j], (A, TWO, MINUS), lambda x, i, j: x[i, j], differentiable=(0,)),
        at_run(CUBE, (TWO, MINUS), lambda x, i, j: x[:i, ..., j:]),
        at_run(ROW, (TWO,), lambda x, i: x[-i::i]),
        Case(
            lambda x: tf.strided_slice(x, [1, 1], [4, -1], [2, 1]),
            (A,),
            lambda x: x[1:4:2, 1:-1],
        ),
        # Bits: the first begin and the second end are open, the third place is an ellipsis, the fourth a new axis, the
        # last an index.
        Case(
            lambda x: tf.strided_slice(x, [1, 1, 0, 0, 2], [2, 2, 0, 0, 0], [1, 1, 1, 1, 1], 1, 2, 4, 8, 16),
            (rng.normal(size=(3, 4, 2, 5)),),
            lambda x: x[:2, 1:, ..., None, 2],
        ),
        Case(
            tf.strided_slice,
            (A, np.array([3, 1], np.int32), np.array([0, 4], np.int32), np.array([-1, 2], np.int32)),
            lambda x, b, e, s: x[3:0:-1, 1:4:2],
            differentiable=(0,),
            shape_from=VALUE,
            knows="shape",
        ),
        Case(
            lambda x: tf.strided_slice(x, [0, tf.shape(x)[0] - 2], [2, 5]), (A,), lambda x: x[0:2, 2:5], knows="shape"
        ),
    ],
    "StridedSliceGrad": [
        Case(
            lambda g, x, key=key: apply("StridedSliceGrad", g, x, items=x[key].op.attrs["items"]),
            (rng.normal(size=x[key].shape), x),
            lambda g, x, key=key: strided_grad(g, x, key),
            differentiable=(0,),
        )
        for x, key in [KEYS[1], KEYS[4], KEYS[9], KEYS[12]]
    ]
    + [
        Case(
            lambda g, x, i: apply("StridedSliceGrad", g, x, i, items=x[i:].op.attrs["items"]),
            (rng.normal(size=(2, 5)), A, TWO),
            lambda g, x, i: strided_grad(g, x, np.s_[i:]),
            differentiable=(0,),
        )
    ],
    "Slice": [
        block(A, [1, 2], [2, 3]),
        block(A, [0, 4], [-1, -1]),
        block(A, [4, 0], [0, 5]),
        block(CUBE, [1, 0, 2], [-1, 1, 2]),
        Case(lambda x: tf.slice(x, [], []), (ONE,), lambda x: x),
        Case(
            tf.slice,
            (A, np.array([1, 2], np.int64), np.array([2, -1], np.int64)),
            lambda x, b, s: x[1:3, 2:],
            shape_from=VALUE,
        ),
        Case(lambda x, i: tf.slice(x, [i, 0], [2, -1]), (A, TWO), lambda x, i: x[2:], differentiable=(0,)),
    ],
    "SliceGrad": [
        Case(
            lambda g, x, b: apply("SliceGrad", g, x, b),
            (rng.normal(size=(2, 3)), A, np.array([1, 2], np.int32)),
            lambda g, x, b: strided_grad(g, x, np.s_[1:3, 2:]),
            differentiable=(0,),
        ),
    ],
    "ReverseV2": [
        Case(lambda x: tf.reverse(x, [0]), (A,), lambda x: x[::-1]),
        Case(lambda x: tf.reverse(x, [-1, 0]), (CUBE,), lambda x: x[::-1, :, ::-1]),
        Case(lambda x: tf.reverse(x, []), (A,), lambda x: x),
        Case(lambda x: tf.reverse(x, tf.constant([0])), (TEXT,), lambda x: x[::-1]),
    ],
}
