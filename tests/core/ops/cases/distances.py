"""Cases for `distances`."""

import numpy as np

import kerasflow as tf
from tests.core.ops.harness import VALUE, Case

AT = np.array([[0, 0], [0, 1], [0, 2], [1, 0]], np.int64)
TRUTH = np.array([[0, 0], [0, 1], [2, 0], [2, 1]], np.int64)
DIMS, TRUTH_DIMS = np.array([2, 3], np.int64), np.array([3, 2], np.int64)


def distance(normalize):
    return lambda a, x, m, b, y, n: tf.edit_distance(tf.SparseTensor(a, x, m), tf.SparseTensor(b, y, n), normalize)


def case(x, y, normalize, want):
    return Case(
        distance(normalize),
        (AT, x, DIMS, TRUTH, y, TRUTH_DIMS),
        lambda *_: np.array(want, np.float32),
        differentiable=False,
        shape_from=VALUE,
    )


CASES = {
    "EditDistance": [
        # row 0: 1 2 3 -> 2 4 takes one deletion and one exchange; row 1: 7 -> nothing; row 2: nothing -> 5 6
        case(np.array([1, 2, 3, 7]), np.array([2, 4, 5, 6]), False, [2.0, 1.0, 2.0]),
        case(np.array([1, 2, 3, 7]), np.array([2, 4, 5, 6]), True, [1.0, np.inf, 1.0]),
        case(
            np.array([b"a", b"b", b"", b"x"], object),
            np.array([b"a", b"b", b"u", b"v"], object),
            True,
            [0.5, np.inf, 1.0],
        ),
    ],
}
