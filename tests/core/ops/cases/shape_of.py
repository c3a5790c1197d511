"""Cases for `kerasflow.core.ops.shape_of`."""

import numpy as np

import kerasflow as tf
from tests.core.ops.harness import Case

INPUTS = [np.zeros((2, 3)), np.float64(1.5), np.zeros((4, 0, 1), np.int32), np.array([b"a"], object)]


CASES = {
    "Shape": [Case(tf.shape, (x,), lambda x: np.array(x.shape, np.int32), False) for x in INPUTS]
    + [
        Case(lambda x: tf.shape(x, out_type=tf.int64), (INPUTS[0],), lambda x: np.array([2, 3]), False),
        Case(lambda *xs: tf.shape_n(xs), INPUTS[:2], lambda *xs: [np.array(x.shape, np.int32) for x in xs], False),
    ],
    "Size": [Case(tf.size, (x,), lambda x: np.int32(x.size), False) for x in INPUTS]
    + [Case(lambda x: tf.size(x, out_type=tf.int64), (INPUTS[0],), lambda x: np.int64(6), False)],
    "Rank": [Case(tf.rank, (x,), lambda x: np.int32(x.ndim), False) for x in INPUTS],
}
