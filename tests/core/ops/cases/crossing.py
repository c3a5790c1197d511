"""Cases for `kerasflow.core.ops.bucketing` and `kerasflow.core.ops.crossing`."""

import itertools

import numpy as np

import kerasflow as tf
from kerasflow.core.ops import bucketize
from tests.core.ops.harness import NOTHING, Case

LIMITS = (-1.5, 0.0, 0.1, 2.0)
# On boundaries, beside them (0.1 is rounded to single precision), far out, and nowhere.
X = np.array([[-2.0, -1.5, -1.0, 0.0], [0.1, float(np.float32(0.1)), 2.0, 1e30], [-np.inf, np.inf, np.nan, 0.05]])
MANY = tuple(np.linspace(-3, 3, 40).astype(np.float32).tolist())


def reached(limits):
    rounded = [float(np.float32(limit)) for limit in limits]
    return lambda x: np.array([[sum(not v < r for r in rounded) for v in row] for row in x.tolist()], np.int32)


AT = np.array([[0, 0], [0, 1], [2, 0]], np.int64)
WORDS = np.array([b"a", b"b", b"c"], object)
NUMBERS = np.array([5, -1, 7], np.int64)
SHAPE_ = np.array([3, 2], np.int64)
TEXT = np.array([[b"x", b"yy"], [b"", b"w"], [b"p" * 20, b"q" * 70]], object)
DIGITS = np.array([[1, 2, 3], [4, 5, 6], [7, 8, -9]], np.int32)


def listed(s):
    return [s.indices, s.values, s.dense_shape]


def combined(*features):
    """What crosses are by definition: the product of the values in each row, the last changing fastest."""
    rows = list(zip(*features, strict=True))
    made = [
        [b"_X_".join(b"%d" % v if isinstance(v, int) else v for v in c) for c in itertools.product(*r)] for r in rows
    ]
    at = [(i, j) for i, row in enumerate(made) for j in range(len(row))]
    values = np.array([v for row in made for v in row], object)
    return [np.array(at, np.int64).reshape(-1, 2), values, np.array([len(rows), max(map(len, made))], np.int64)]


def in_rows(at, values):
    return [[v for (i, _), v in zip(at.tolist(), values.tolist(), strict=True) if i == row] for row in range(3)]


def hashed(*tensors):
    at, words, dims, text = tensors
    return listed(tf.sparse.cross_hashed([text, tf.SparseTensor(at, words, dims)], num_buckets=1000))


def buckets(at, words, dims, text):
    """What TensorFlow 1.15 gives."""
    where, _, shape = combined(in_rows(at, words), text.tolist())
    return [where, np.array([892, 757, 4, 984, 203, 547]), shape]


EITHER = {"differentiable": False, "shape_from": NOTHING, "knows": NOTHING}
CASES = {
    "Bucketize": [
        Case(lambda x: bucketize(x, LIMITS), (X,), reached(LIMITS), False),
        Case(lambda x: bucketize(x, MANY), (np.linspace(-4.0, 4.0, 12).reshape(3, 4),), reached(MANY), False),
        Case(lambda x: bucketize(x, (2, 5)), (np.array([[1, 2, 3, 5, 9]]),), reached((2, 5)), False),
    ],
    "SparseCross": [
        Case(
            lambda at, v, d, text, n: listed(tf.sparse.cross([n, tf.SparseTensor(at, v, d), text])),
            (AT, NUMBERS, SHAPE_, TEXT, DIGITS),
            lambda at, v, d, text, n: combined(in_rows(at, v), n.tolist(), text.tolist()),
            **EITHER,
        ),
        Case(hashed, (AT, WORDS, SHAPE_, TEXT), buckets, **EITHER),
        Case(
            lambda text: listed(tf.sparse.cross([text])),
            (TEXT[:0],),
            lambda t: [np.zeros((0, 2), np.int64), np.zeros(0, object), np.array([0, 0])],
            **EITHER,
        ),
    ],
}
