"""Cases for `compositions`."""

import numpy as np

import kerasflow as tf
from tests.core.ops.harness import RANK, Case

X = np.array([[0.5, -1.25, 2.0, 0.75], [3.5, 0.25, -0.25, 1.0], [-2.0, 1.5, 0.0, 4.0]])
TIES = np.array([3, 1, 3, 1, 2], np.int32)

CASES = {
    "ArgSort": [
        Case(tf.argsort, (TIES,), lambda x: np.array([1, 3, 4, 0, 2], np.int32)),
        Case(lambda x: tf.argsort(x, direction="DESCENDING"), (TIES,), lambda x: np.array([0, 2, 4, 1, 3], np.int32)),
        Case(lambda x: tf.argsort(x, 0), (X,), lambda x: x.argsort(0).astype(np.int32), differentiable=False),
        Case(lambda x: tf.sort(x * x), (X,), lambda x: np.sort(x * x, 1), differentiable=False, knows=RANK),
        Case(lambda x: tf.sort(x, 0, "DESCENDING"), (X,), lambda x: -np.sort(-x, 0), differentiable=False, knows=RANK),
    ],
    "UnravelIndex": [
        Case(
            lambda i: tf.unravel_index(i, [2, 3, 4]),
            (np.array([[5, 23], [0, 12]]),),
            lambda i: np.stack([i // 12, i // 4 % 3, i % 4]),
        ),
    ],
}
