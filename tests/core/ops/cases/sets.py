"""Cases for `set_operations` and for what `pseudo_inverse` unpacks."""

import gzip

import numpy as np

import kerasflow as tf
from tests.core.ops.harness import NOTHING, Case

A = np.array([[1, 9, 9], [3, 1, 2]], np.int32)
B = np.array([[9, 9, 5], [2, 2, 7]], np.int32)


def parts(sparse):
    return [sparse.indices, sparse.values, sparse.dense_shape]


def expected(rows, dtype=np.int32):
    indices = [(i, j) for i, row in enumerate(rows) for j in range(len(row))]
    values = np.array([v for row in rows for v in row], dtype)
    return [np.array(indices, np.int64).reshape(-1, 2), values, np.array([len(rows), max(map(len, rows))])]


def case(build, rows, *inputs):
    return Case(lambda *xs: parts(build(*xs)), inputs, lambda *_: expected(rows), shape_from=NOTHING)


CASES = {
    "SetOperation": [
        case(tf.sets.intersection, [[9], [2]], A, B),
        case(tf.sets.union, [[1, 5, 9], [1, 2, 3, 7]], A, B),
        case(tf.sets.difference, [[1], [1, 3]], A, B),
        case(lambda a, b: tf.sets.difference(a, b, aminusb=False), [[5], [7]], A, B),
    ],
    "SetSize": [
        Case(
            lambda i, v: tf.sets.size(tf.SparseTensor(i, v, [3, 4])),
            (np.array([[0, 0], [0, 1], [0, 2], [2, 0]]), np.array([5, 5, 6, 5])),
            lambda i, v: np.array([2, 0, 1], np.int32),
            shape_from=NOTHING,
        )
    ],
    "DecodeCompressed": [
        Case(
            lambda x: tf.decode_compressed(x, "GZIP"),
            (np.array([gzip.compress(b"ab"), gzip.compress(b"")], object),),
            lambda x: np.array([b"ab", b""], object),
        )
    ],
}
