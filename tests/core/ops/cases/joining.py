"""Cases for `kerasflow.core.ops.joining`."""

import numpy as np

import kerasflow as tf
from kerasflow.core.graph import apply
from tests.core.ops.harness import SHAPE, VALUE, Case, seeded

rng = seeded("joining")
A = rng.normal(size=(2, 3))
B = rng.normal(size=(2, 4))
C = rng.normal(size=(2, 1))
CUBE = rng.normal(size=(2, 4, 3))
ROW, OTHER = rng.normal(size=3), rng.normal(size=3)
ONE, TWO = np.float64(0.7), np.float64(-1.3)
INTS, MORE = np.array([1, 2], np.int32), np.array([3], np.int32)
TEXT = np.array([b"a", b"bc"], object)


def concat(axis, *xs):
    return Case(lambda *ts: tf.concat(ts, axis), xs, lambda *xs: np.concatenate(xs, axis))


def stack(axis, *xs):
    return Case(lambda *ts: tf.stack(ts, axis), xs, lambda *xs: np.stack(xs, axis))


def unstack(axis, x, **options):
    return Case(
        lambda t: tf.unstack(t, x.shape[axis], axis),
        (x,),
        lambda x: [np.take(x, i, axis) for i in range(x.shape[axis])],
        **options,
    )


def split(parts, axis, x, **options):
    cuts = parts if isinstance(parts, int) else list(np.cumsum(np.where(np.array(parts) == -1, 0, parts))[:-1])
    return Case(lambda t: tf.split(t, parts, axis), (x,), lambda x: np.split(x, cuts, axis), **options)


def one_part(i):
    """Nothing flows through the other parts."""
    return Case(lambda t: tf.split(t, 3, 1)[i], (A,), lambda x: x[:, i : i + 1])


CASES = {
    "ConcatV2": [
        concat(1, A, B, C),
        concat(-1, A, B),
        concat(0, A, rng.normal(size=(5, 3)), np.zeros((0, 3))),
        concat(1, CUBE, CUBE[:, :2]),
        concat(0, INTS, MORE),
        concat(0, TEXT, TEXT[:1]),
        Case(lambda t: tf.concat([t, t], 0), (ROW,), lambda x: np.concatenate([x, x])),
    ],
    "SplitLike": [
        Case(
            lambda g, x, y: apply("SplitLike", g, x, y, axis=1),
            (np.concatenate([A, B], 1), A, B),
            lambda g, x, y: [g[:, :3], g[:, 3:]],
            differentiable=(0,),
        ),
        Case(
            lambda g, x, y: apply("SplitLike", g, x, y, axis=-2)[1],
            (rng.normal(size=(3, 3)), A, ROW[None]),
            lambda g, x, y: g[2:],
            differentiable=(0,),
        ),
        Case(lambda g, x: apply("SplitLike", g, x, axis=0), (A, A), lambda g, x: g, differentiable=(0,)),
    ],
    "Split": [split(3, 1, A), split(2, -2, CUBE), split(1, 0, A), split(2, 0, TEXT), one_part(0), one_part(2)]
    + [Case(lambda t: tf.split(t, tf.constant(3), 1), (A,), lambda x: np.split(x, 3, 1))],
    "SplitV": [
        split([1, 2], 1, A),
        split([2, 0, 1], -1, A),
        split([1, -1], 1, CUBE),
        split([2], 0, A),
        split((1, 1), 0, TEXT),
        Case(
            lambda t, sizes: tf.split(t, sizes, 1, num=2),
            (A, np.array([-1, 1], np.int64)),
            lambda x, sizes: [x[:, :2], x[:, 2:]],
            shape_from=VALUE,
        ),
        Case(
            lambda t, like: tf.split(t, [tf.shape(like)[1], 2], 1), (A, C), lambda x, like: [x[:, :1], x[:, 1:]], (0,)
        ),
        Case(lambda t: tf.split(t, [1, 1, 1], 1)[1], (A,), lambda x: x[:, 1:2]),
    ],
    "Pack": [
        stack(0, ROW, OTHER),
        stack(1, ROW, OTHER, 2 * ROW),
        stack(-2, A, -A),
        stack(-1, A, -A),
        stack(0, ONE, TWO, ONE),
        stack(0, A),
        stack(1, INTS, INTS),
        stack(0, TEXT, TEXT),
        stack(1, np.zeros((2, 0)), np.zeros((2, 0))),
        Case(lambda x: tf.stack([x[0], 2.0]), (ROW,), lambda x: np.array([x[0], 2.0])),
        Case(lambda x: tf.convert_to_tensor([[x, 1.0], [2.0, x]]), (ONE,), lambda x: np.array([[x, 1.0], [2.0, x]])),
    ],
    "Unpack": [
        unstack(0, A),
        unstack(-1, CUBE),
        unstack(1, CUBE),
        unstack(0, ROW),
        unstack(0, TEXT),
        unstack(0, A[:1]),
        Case(lambda x: tf.unstack(x, axis=1)[2], (A,), lambda x: x[:, 2], knows=SHAPE),
    ],
}
