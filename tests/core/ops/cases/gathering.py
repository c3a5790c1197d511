"""Cases for `kerasflow.core.ops.gathering` and `kerasflow.core.ops.segments`."""

import numpy as np

import kerasflow as tf
from kerasflow.core.graph import apply
from tests.core.ops.harness import VALUE, Case, seeded

rng = seeded("gathering")
A = rng.normal(size=(4, 3))
CUBE = rng.normal(size=(2, 3, 4))
ROW = rng.normal(size=5)
TEXT = np.array([b"a", b"bc", b"d"], object)
TWICE = np.array([2, 0, 2], np.int32)
SQUARE = np.array([[0, 3], [3, 1]], np.int64)
BYTES = np.array([3, 0, 3], np.uint8)
NOBODY = np.zeros(0, np.int32)


def gather(x, i, axis=0, **options):
    return Case(lambda t, i: tf.gather(t, i, axis=axis), (x, i), lambda x, i: np.take(x, i, axis), along(x), **options)


def along(x):
    """By what to differentiate: by `x`, unless it is text."""
    return (0,) if x.dtype == np.float64 else False


def added(shape, positions, rows):
    """Rows added one by one to an array of zeros."""
    whole = np.zeros(shape)
    for position, row in zip(positions, rows, strict=True):
        whole[tuple(position)] += row
    return whole


def gather_grad(g, i, x):
    whole = np.zeros_like(x)
    for k, row in enumerate(i):
        whole[:, row] += g[:, k]
    return whole


def in_batches(x, i, axis):
    return np.stack([np.take(a, b, axis) for a, b in zip(x, i, strict=True)])


def nd(x, i):
    flat = [x[tuple(p)] for p in i.reshape(-1, i.shape[-1])]
    return np.array(flat, x.dtype).reshape(i.shape[:-1] + x.shape[i.shape[-1] :])


def gather_nd(x, *indices, **options):
    i = np.array(indices, np.int32)
    return Case(tf.gather_nd, (x, i), nd, along(x), **options)


def segment_sum(data, ids, n):
    whole = np.zeros((n, *data.shape[ids.ndim :]))
    for k, row in zip(ids.reshape(-1), data.reshape(-1, *data.shape[ids.ndim :]), strict=True):
        if k >= 0:
            whole[k] += row
    return whole


IDS = np.array([1, 0, -1, 1], np.int32)
PAIRS = np.array([[0, 2, 2], [1, -1, 0]], np.int64)

CASES = {
    "GatherV2": [
        gather(A, TWICE),
        gather(A, SQUARE),
        gather(A, np.int32(2)),
        gather(A, NOBODY),
        gather(A, BYTES),
        gather(ROW, np.array([4, 4, 0], np.int8)),
        gather(CUBE, TWICE, 1),
        gather(CUBE, SQUARE, -1),
        gather(CUBE, np.int64(1), 1),
        gather(TEXT, TWICE),
        gather(TEXT, np.int32(1)),
        gather(np.zeros((0, 3)), NOBODY),
        Case(lambda x, i: apply("GatherV2", x, i), (A, SQUARE), lambda x, i: x[i], (0,)),
        Case(
            lambda x, i: tf.gather(x, i, batch_dims=1),
            (CUBE, np.array([[2, 2], [0, 1]], np.int32)),
            lambda x, i: in_batches(x, i, 0),
            differentiable=(0,),
        ),
        Case(
            lambda x, i: tf.gather(x, i, axis=2, batch_dims=1),
            (CUBE, np.array([[3, 0], [1, 1]], np.int32)),
            lambda x, i: in_batches(x, i, 1),
            differentiable=(0,),
        ),
        Case(
            lambda x, i: tf.gather(x, i, axis=-1, batch_dims=2),
            (CUBE, rng.integers(0, 4, (2, 3, 2))),
            lambda x, i: np.take_along_axis(x, i, 2),
            differentiable=(0,),
        ),
        # Rows that are picked in two places are added up, as rows.
        Case(lambda x, i: tf.gather(x, i) * tf.gather(x, i + 1), (A, TWICE), lambda x, i: x[i] * x[i + 1], (0,)),
    ],
    "GatherGrad": [
        Case(
            lambda g, i, x: apply("GatherGrad", g, i, x, axis=1),
            (rng.normal(size=(2, 3, 4)), TWICE, CUBE),
            gather_grad,
            differentiable=(0,),
        ),
        Case(
            lambda g, i, x: apply("GatherGrad", g, i, x, axis=-2),
            (rng.normal(size=(2, 3, 4)), TWICE, CUBE),
            gather_grad,
            differentiable=(0,),
        ),
    ],
    "GatherNd": [
        gather_nd(A, [0, 1], [3, 2], [0, 1]),
        gather_nd(A, [2], [2]),
        gather_nd(CUBE, [[1, 2], [0, 0]], [[1, 1], [1, 2]]),
        gather_nd(CUBE, [1, 2, 3]),
        gather_nd(A, 3, 1),
        gather_nd(TEXT, [1], [0]),
        Case(tf.gather_nd, (A, np.zeros((2, 0), np.int32)), lambda x, i: np.stack([x, x]), differentiable=(0,)),
        Case(
            lambda x, i: tf.gather_nd(x, i, batch_dims=1),
            (CUBE, np.array([[[2, 3], [0, 0], [2, 3]], [[1, 1], [1, 2], [0, 0]]], np.int32)),
            lambda x, i: np.stack([nd(a, b) for a, b in zip(x, i, strict=True)]),
            differentiable=(0,),
        ),
    ],
    "ScatterNd": [
        Case(
            lambda i, u: tf.scatter_nd(i, u, [5]),
            (np.array([[1], [4], [1]], np.int32), rng.normal(size=3)),
            lambda i, u: added(5, i, u),
        ),
        Case(
            lambda i, u: tf.scatter_nd(i, u, [2, 3, 4]),
            (np.array([[1, 2], [0, 0], [1, 2]], np.int64), rng.normal(size=(3, 4))),
            lambda i, u: added((2, 3, 4), i, u),
        ),
        Case(
            lambda i, u: tf.scatter_nd(i, u, tf.constant([3, 2])),
            (np.array([[[1], [2]]], np.int32), rng.normal(size=(1, 2, 2))),
            lambda i, u: added((3, 2), i[0], u[0]),
        ),
        Case(
            tf.scatter_nd,
            (np.array([[1, 0]], np.int32), np.array([7], np.int64), np.array([2, 2], np.int32)),
            lambda i, u, s: np.array([[0, 0], [7, 0]]),
            shape_from=VALUE,
        ),
        Case(
            lambda i, u: tf.scatter_nd(i, u, [300000, 2]),
            (np.arange(300000)[::-1, None] // 2, rng.normal(size=(300000, 2))),
            lambda i, u: np.concatenate([u[::-1][::2] + u[::-1][1::2], np.zeros((150000, 2))]),
            differentiable=False,
            dtypes=("float64",),
        ),
    ],
    "UnsortedSegmentSum": [
        Case(lambda x, i: tf.unsorted_segment_sum(x, i, 3), (A, IDS), lambda x, i: segment_sum(x, i, 3), (0,)),
        Case(lambda x, i: tf.unsorted_segment_sum(x, i, 3), (CUBE, PAIRS), lambda x, i: segment_sum(x, i, 3), (0,)),
        Case(tf.unsorted_segment_sum, (ROW[:4], IDS, np.int64(2)), segment_sum, (0,), shape_from=VALUE),
        Case(lambda x, i: tf.unsorted_segment_sum(x, i, 1), (A, IDS // 2), lambda x, i: segment_sum(x, i, 1), (0,)),
        Case(
            lambda x, i: tf.unsorted_segment_sum(x, i, 2),
            (np.array([1, 2, 4, 8], np.int16), IDS),
            lambda x, i: np.array([2, 9], np.int16),
        ),
    ],
    "UnsortedSegmentRows": [
        Case(
            lambda g, i: apply("UnsortedSegmentRows", g, i),
            (A, IDS),
            lambda g, i: np.stack([g[1], g[0], 0 * g[0], g[1]]),
            differentiable=(0,),
        ),
        Case(
            lambda g, i: apply("UnsortedSegmentRows", g, i),
            (np.zeros((0, 2)), -np.ones(3, np.int32)),
            lambda g, i: np.zeros((3, 2)),
            differentiable=(0,),
        ),
        Case(
            lambda g, i: apply("UnsortedSegmentRows", g, i), (ROW, np.int32(2)), lambda g, i: g[2], differentiable=(0,)
        ),
    ],
}
