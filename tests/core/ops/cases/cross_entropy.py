"""Cases for `kerasflow.core.ops.cross_entropy`."""

import numpy as np

from kerasflow.core.graph import apply
from kerasflow.core.ops import cross_entropy
from tests.core.ops.cases.softmax import log_reference, reference
from tests.core.ops.harness import Case, seeded

rng = seeded("cross_entropy")
LOGITS = 2.0 * rng.normal(size=(4, 3))
WIDE = rng.normal(size=(2, 40))
CUBE = rng.normal(size=(2, 3, 4))
VECTOR = rng.normal(size=5)
LARGE = np.array([[800.0, 801.0, 799.5], [-800.0, -801.0, -802.0]])
HALF = {"differentiable": False, "dtypes": ("float16",)}


def labels_like(x):
    """Weights, not distributions: the derivative has to be that of the very loss."""
    return rng.uniform(0.1, 1.0, x.shape)


# Softmax: the loss, and both outputs of the operation.


def dense(x, y, axis=-1):
    return -np.sum(y * log_reference(x, axis), axis)


def dense_back(x, y, axis=-1):
    return np.sum(y, axis, keepdims=True) * reference(x, axis) - y


def dense_loss(x, y, axis=-1):
    return cross_entropy.softmax_cross_entropy_with_logits_v2(labels=y, logits=x, axis=axis)


def both(x, y, axis=-1):
    return list(apply("SoftmaxCrossEntropyWithLogits", x, y, axis=axis))


SHAPED = [(LOGITS, -1), (LOGITS, 0), (WIDE, 1), (CUBE, 1), (CUBE, -1), (VECTOR, 0), (LARGE, -1)]


# Softmax with classes.

INT32, INT64 = np.array([2, 0, 1, 2], np.int32), np.array([[3, 0, 1], [1, 3, 2]])


def sparse(x, labels):
    return -np.take_along_axis(log_reference(x, -1), labels[..., None].astype(int), -1)[..., 0]


def sparse_back(x, labels):
    return reference(x, -1) - (np.arange(x.shape[-1]) == labels[..., None])


def sparse_loss(x, labels):
    return cross_entropy.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=x)


SPARSE = [(LOGITS, INT32), (CUBE, INT64), (VECTOR, np.array(4, np.uint8)), (LARGE, np.array([2, 2], np.int8))]


# Sigmoid.


def sigmoid_loss(x, y):
    return cross_entropy.sigmoid_cross_entropy_with_logits(labels=y, logits=x)


def sigmoid(x, y):
    return y * np.logaddexp(0.0, -x) + (1.0 - y) * np.logaddexp(0.0, x)


SATURATED = np.array([30.0, -30.0, 700.0, -700.0])  # where the loss is the small difference of large numbers

CASES = {
    "SoftmaxCrossEntropyWithLogits": [
        *[
            Case(
                lambda x, y, a=axis: dense_loss(x, y, a),
                (x, labels_like(x)),
                lambda x, y, a=axis: dense(x, y, a),
            )
            for x, axis in SHAPED
        ],
        *[
            Case(
                lambda x, y, a=axis: both(x, y, a),
                (x, labels_like(x)),
                lambda x, y, a=axis: [dense(x, y, a), dense_back(x, y, a)],
            )
            for x, axis in [(LOGITS, -1), (CUBE, 1)]
        ],
        Case(both, (LOGITS, labels_like(LOGITS)), lambda x, y: [dense(x, y), dense_back(x, y)], **HALF),
        Case(dense_loss, (np.zeros((0, 3)), np.zeros((0, 3))), dense, differentiable=False),
    ],
    "SparseSoftmaxCrossEntropyWithLogits": [
        *[Case(sparse_loss, pair, sparse) for pair in SPARSE],
        Case(sparse_loss, SPARSE[0], sparse, **HALF),
        Case(
            lambda x, y: list(apply("SparseSoftmaxCrossEntropyWithLogits", x, y)),
            (CUBE, INT64),
            lambda x, y: [sparse(x, y), sparse_back(x, y)],
        ),
        Case(sparse_loss, (np.zeros((0, 3)), np.zeros(0, np.int32)), sparse, differentiable=False),
    ],
    "SigmoidCrossEntropyWithLogits": [
        Case(sigmoid_loss, (3.0 * rng.normal(size=(4, 3)), labels_like(LOGITS)), sigmoid),
        Case(sigmoid_loss, (LOGITS, labels_like(LOGITS)), sigmoid, **HALF),
        Case(sigmoid_loss, (np.float64(0.3), np.float64(0.7)), sigmoid),
        Case(sigmoid_loss, (SATURATED, np.array([1.0, 0.0, 1.0, 0.0])), sigmoid, differentiable=(0,)),
        Case(sigmoid_loss, (SATURATED, np.array([0.0, 1.0, 0.25, 0.5])), sigmoid),
    ],
}
