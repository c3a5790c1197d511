"""Cases for `partition`."""

import numpy as np

import kerasflow as tf
from tests.core.ops.harness import NOTHING, VALUE, Case

X = np.linspace(-2.0, 3.0, 12).reshape(4, 3)
P = np.array([1, 0, 2, 1], np.int32)
GRID = np.array([[0, 1, 1], [1, 0, 0], [0, 0, 0], [1, 1, 1]], np.int32)
LENGTHS = np.array([2, 0, 3, 1], np.int64)
CUBE = np.linspace(0.0, 1.0, 24).reshape(2, 3, 4)


def parts(count):
    return lambda x, p: [x[p == i] for i in range(count)]


def reversed_rows(x, lengths):
    out = x.copy()
    for row, n in zip(out, lengths, strict=True):
        row[:n] = row[:n][::-1].copy()
    return out


def stitched(i, j, x, y):
    out = np.zeros((6, *x.shape[1:]))
    out[i], out[j] = x, y
    return out


def turned(x, lengths):
    """Along the first axis, the batch along the last."""
    return np.moveaxis(reversed_rows(np.moveaxis(x, -1, 0), lengths), 0, -1)


CASES = {
    "DynamicPartition": [
        Case(lambda x, p: tf.dynamic_partition(x, p, 4), (X, P), parts(4), shape_from=NOTHING, knows=NOTHING),
        Case(
            lambda x, p: tf.dynamic_partition(x * x, p, 2),
            (X, GRID),
            lambda x, p: [x[p == i] ** 2 for i in (0, 1)],
            shape_from=NOTHING,
        ),
        Case(lambda x, p: tf.dynamic_partition(x, p, 1), (X, P * 0), lambda x, p: [x], shape_from=NOTHING),
    ],
    "DynamicStitch": [
        Case(
            lambda i, j, x, y: tf.dynamic_stitch([i, j], [x, y]),
            (np.array([5, 0, 2, 1], np.int32), np.array([4, 3], np.int32), X, X[:2] * 3),
            stitched,
            shape_from=VALUE,
        ),
        Case(
            lambda i, x: tf.dynamic_stitch([i], [x]),
            (np.array([[1, 0], [3, 2]], np.int32), CUBE[:, :2]),
            lambda i, x: x.reshape(4, 4)[[1, 0, 3, 2]],
            shape_from=VALUE,
        ),
        Case(
            lambda x: tf.dynamic_stitch([[0, 1], [1]], [x[:2], x[2:3] * 1.0]),
            (X[:3],),
            lambda x: x[[0, 2]],
            differentiable=False,
        ),
    ],
    "ReverseSequence": [
        Case(lambda x, n: tf.reverse_sequence(x, n, seq_axis=1), (X, LENGTHS), reversed_rows),
        Case(
            lambda x, n: tf.reverse_sequence(x, n, seq_dim=1, batch_dim=2),
            (CUBE, LENGTHS),
            lambda x, n: np.stack([turned(m, n) for m in x]),
        ),
        Case(
            lambda x, n: tf.reverse_sequence(x * x, n, seq_axis=-1, batch_axis=0),
            (CUBE, LENGTHS[2:]),
            lambda x, n: np.moveaxis(reversed_rows(np.moveaxis(x, 2, 1), n), 1, 2) ** 2,
        ),
    ],
    "Roll": [
        Case(lambda x: tf.roll(x, 1, 0), (X,), lambda x: x[[3, 0, 1, 2]]),
        Case(lambda x: tf.roll(x * x, [5, -1], [0, -1]), (X,), lambda x: (x**2)[[3, 0, 1, 2]][:, [1, 2, 0]]),
        Case(lambda x, s: tf.roll(x, s, [1]), (X, np.array([2], np.int64)), lambda x, s: x[:, [1, 2, 0]]),
    ],
}
