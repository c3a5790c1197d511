"""Cases for `properties`."""

import numpy as np

import kerasflow as tf
from tests.core.ops.harness import Case

X = np.array([[0.5, 1.0, 1.0], [2.0, 2.5, 7.0]])


def truth(function, x, want):
    return Case(function, (x,), lambda x: np.bool_(want), differentiable=False)


CASES = {
    "EnsureShape": [
        Case(lambda x: tf.ensure_shape(x * x, [None, 3]), (X,), lambda x: x * x),
        Case(lambda x: tf.ensure_shape(x, [2, 3]), (X,), lambda x: x),
    ],
    "IsNonDecreasing": [
        truth(tf.is_non_decreasing, X, True),
        truth(tf.is_non_decreasing, X[:, ::-1], False),
        truth(tf.is_non_decreasing, X[:0], True),
    ],
    "IsStrictlyIncreasing": [
        truth(tf.is_strictly_increasing, X, False),
        truth(tf.is_strictly_increasing, X[1], True),
        truth(tf.is_strictly_increasing, np.array([3, 200], np.uint8), True),
    ],
}
