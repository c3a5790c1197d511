"""Cases for the sparse operations: the references work on the dense arrays."""

import numpy as np

import kerasflow as tf
from kerasflow.core.graph import apply
from tests.core.ops.harness import NOTHING, SHAPE, VALUE, Case

AT = np.array([[0, 1], [0, 3], [2, 0], [2, 1]], np.int64)
V = np.array([0.5, -1.5, 2.0, 1.25])
W = np.array([1.0, 0.25, -3.0])
OTHER = np.array([[0, 3], [1, 2], [2, 1]], np.int64)
DIMS = np.array([3, 4], np.int64)
B = np.linspace(-1.0, 2.0, 8).reshape(4, 2)
Z = V + 1j * V[::-1]
D = np.linspace(0.5, 3.0, 12).reshape(3, 4)
CUBE = np.array([[0, 0, 1], [0, 1, 0], [1, 1, 1], [1, 1, 2]], np.int64)
CUBE_DIMS = np.array([2, 2, 3], np.int64)
FAR = np.array([[0], [2]], np.int64)


def dense(at, v, dims, default=0):
    whole = np.full(tuple(dims), default, v.dtype)
    whole[tuple(at.T)] = v
    return whole


def st(at, v, dims):
    return tf.SparseTensor(at, v, dims)


def listed(s):
    return [s.indices, s.values, s.dense_shape]


def sparse(x, there):
    """The places where `there` holds, what `x` has at them, and the shape."""
    at = np.argwhere(there)
    return [at, x[tuple(at.T)], np.array(x.shape)]


def to_dense(build, reference, inputs, **options):
    options.setdefault("shape_from", VALUE)
    return Case(lambda *t: tf.sparse_tensor_to_dense(build(*t)), inputs, reference, **options)


def times(adjoint_a=False, adjoint_b=False):
    def reference(at, v, dims, b):
        a = dense(at, v, dims)
        return (a.conj().T if adjoint_a else a) @ (b.conj().T if adjoint_b else b)

    return lambda at, v, dims, b: tf.sparse_tensor_dense_matmul(st(at, v, dims), b, adjoint_a, adjoint_b), reference


def there(at, dims):
    return dense(at, np.ones(len(at), bool), dims)


def shares(at, v, dims):
    whole = np.where(there(at, dims), np.exp(dense(at, v, dims)), 0.0)
    return sparse(whole / np.maximum(whole.sum(-1, keepdims=True), 1e-300), there(at, dims))[1]


def union(function, threshold=0.0):
    def reference(a, x, b, y):
        both = function(dense(a, x, DIMS), dense(b, y, DIMS))
        one, two = there(a, DIMS), there(b, DIMS)
        return sparse(both, (one | two) & ~(one & two & (np.abs(both) < threshold)))

    return reference


INPUTS = (AT, V, DIMS)
CASES = {
    "SparseToDense": [
        to_dense(
            lambda at, v, d: tf.sparse.expand_dims(st(at, v, d), 1),
            lambda at, v, d: dense(at, v, d)[:, None],
            INPUTS,
            knows=SHAPE,
        ),
        to_dense(st, dense, INPUTS),
        Case(
            lambda at, v, d: tf.sparse_to_dense(at, [3, 4], v, d),
            (AT, V, np.array(-2.0)),
            lambda at, v, d: dense(at, v, DIMS, d),
        ),
        Case(
            lambda at, v: tf.sparse_to_dense(at, [4], v),
            (FAR[:, 0], np.array(7.0)),
            lambda at, v: v * np.array([1, 0, 1, 0]),
        ),
        Case(
            lambda at, v: tf.sparse_to_dense(at, [2], v, b"-"),
            (np.int64(1), np.array(b"x", object)),
            lambda at, v: np.array([b"-", b"x"], object),
        ),
    ],
    "SparseTensorDenseMatMul": [
        Case(times()[0], (AT, V, DIMS, B), times()[1], shape_from=VALUE),
        Case(times(True)[0], (AT, V, DIMS, B[:3]), times(True)[1], shape_from=VALUE),
        Case(times(False, True)[0], (AT, V, DIMS, B.T.copy()), times(False, True)[1], shape_from=VALUE),
        Case(times(True, True)[0], (AT, V, DIMS, B[:3].T.copy()), times(True, True)[1], shape_from=VALUE),
        Case(
            times(True, True)[0],
            (AT, Z, DIMS, (B[:3] * 1j).T.copy()),
            times(True, True)[1],
            shape_from=VALUE,
            dtypes=("float64",),
        ),
    ],
    "SparseDenseCwiseMul": [
        to_dense(lambda at, v, d, y: st(at, v, d) * y, lambda at, v, d, y: dense(at, v, d) * y, (*INPUTS, D)),
        to_dense(lambda at, v, d, y: st(at, v, d) * y[0], lambda at, v, d, y: dense(at, v, d) * y[0], (*INPUTS, D)),
        to_dense(lambda at, v, d: st(at, v, d) * 3.0, lambda at, v, d: dense(at, v, d) * 3, INPUTS, knows=NOTHING),
    ],
    "SparseDenseCwiseDiv": [
        to_dense(lambda at, v, d, y: st(at, v, d) / y, lambda at, v, d, y: dense(at, v, d) / y, (*INPUTS, D)),
        to_dense(lambda at, v, d, y: st(at, v, d) / y, lambda at, v, d, y: dense(at, v, d) / y, (*INPUTS, D[:, 1:2])),
        to_dense(
            lambda at, v, d, y: st(at, v, d) / y,
            lambda at, v, d, y: np.trunc(dense(at, v, d) / y).astype(int),
            (AT, np.array([7, -7, 5, 0]), DIMS, np.array(2)),
        ),
    ],
    "SparseTensorDenseAdd": [
        Case(lambda at, v, d, y: tf.sparse_add(st(at, v, d), y), (*INPUTS, D), lambda at, v, d, y: dense(at, v, d) + y),
        Case(lambda at, v, d, y: tf.sparse_add(y, st(at, v, d)), (*INPUTS, D), lambda at, v, d, y: dense(at, v, d) + y),
    ],
    "SparseUnion": [
        Case(
            lambda a, x, b, y: listed(tf.sparse_add(st(a, x, DIMS), st(b, y, DIMS))),
            (AT, V, OTHER, W),
            lambda a, x, b, y: union(np.add)(a, x, b, y),
            shape_from=NOTHING,
        ),
        Case(
            lambda a, x, b, y: listed(tf.sparse_add(st(a, x, DIMS), st(b, y, DIMS), 2.0)),
            (AT, V, OTHER, W),
            union(np.add, 2.0),
            shape_from=NOTHING,
        ),
        Case(
            lambda a, x, b, y: listed(tf.sparse_maximum(st(a, x, DIMS), st(b, y, DIMS))),
            (AT, V, OTHER, W),
            union(np.maximum),
            shape_from=NOTHING,
        ),
        Case(
            lambda a, x, b, y: listed(tf.sparse_minimum(st(a, x, DIMS), st(b, y, DIMS))),
            (AT, V, OTHER, W),
            union(np.minimum),
            shape_from=NOTHING,
        ),
        Case(
            lambda a, x, b, y: listed(tf.sparse_add(st(a, x, DIMS), st(b, y, DIMS))),
            (AT[:0], V[:0], OTHER, W),
            union(np.add),
            shape_from=NOTHING,
        ),
    ],
    "SparseRowIds": [
        Case(lambda at, v, d: tf.sparse_softmax(st(at, v, d)).values, INPUTS, shares),
        Case(lambda at, v, d: tf.sparse_softmax(st(at, v, d)).values, (CUBE, V, CUBE_DIMS), shares),
    ],
    "SparseOrder": [
        Case(
            lambda at, v, d: listed(tf.sparse_reorder(st(at, v, d))),
            (AT[[2, 0, 3, 1]], V[[2, 0, 3, 1]], DIMS),
            lambda at, v, d: sparse(dense(at, v, d), there(at, d)),
        ),
        to_dense(
            lambda at, v, d: tf.sparse_transpose(st(at, v, d), [1, 2, 0]),
            lambda at, v, d: dense(at, v, d).transpose(1, 2, 0),
            (CUBE, V, CUBE_DIMS),
        ),
        to_dense(
            lambda at, v, d: tf.sparse_transpose(st(at, v, d)), lambda at, v, d: dense(at, v, d).T, INPUTS, knows=SHAPE
        ),
    ],
    "SparseReshape": [
        to_dense(
            lambda at, v, d: tf.sparse_reshape(st(at, v, d), [2, -1]),
            lambda at, v, d: dense(at, v, d).reshape(2, -1),
            INPUTS,
        ),
        to_dense(
            lambda at, v, d: tf.sparse_reshape(st(at, v, d), [12]),
            lambda at, v, d: dense(at, v, d).reshape(-1),
            (CUBE, V, CUBE_DIMS),
        ),
    ],
    "SparseResetShape": [
        to_dense(
            lambda at, v, d: tf.sparse_reset_shape(st(at, v, d), [4, 4]),
            lambda at, v, d: np.pad(dense(at, v, d), ((0, 1), (0, 0))),
            INPUTS,
        ),
        Case(
            lambda at, v, d: tf.sparse_reset_shape(st(at, v, d)).dense_shape,
            (CUBE, V, CUBE_DIMS + 3),
            lambda at, v, d: CUBE_DIMS,
            differentiable=False,
        ),
    ],
    "SparseSlice": [
        to_dense(
            lambda at, v, d: tf.sparse_slice(st(at, v, d), [1, 0], [2, 9]),
            lambda at, v, d: dense(at, v, d)[1:],
            INPUTS,
            shape_from=NOTHING,
        ),
    ],
    "SplitEnds": [
        Case(
            lambda at, v, d: [
                tf.sparse_tensor_to_dense(p) for p in tf.sparse_split(sp_input=st(at, v, d), num_split=3, axis=1)
            ],
            INPUTS,
            lambda at, v, d: list(np.split(dense(at, v, d), [2, 3], 1)),
            shape_from=NOTHING,
        ),
    ],
    "SparseConcat": [
        Case(
            lambda a, x, b, y: listed(tf.sparse_concat(1, [st(a, x, DIMS), st(b, y, DIMS)])),
            (AT, V, OTHER, W),
            lambda a, x, b, y: sparse(
                np.hstack([dense(a, x, DIMS), dense(b, y, DIMS)]), np.hstack([there(a, DIMS), there(b, DIMS)])
            ),
            shape_from=NOTHING,
        ),
        to_dense(
            lambda a, x, b, y: tf.sparse_concat(0, [st(a, x, DIMS), st(b, y, [3, 5])], expand_nonconcat_dim=True),
            lambda a, x, b, y: np.vstack([dense(a, x, [3, 5]), dense(b, y, [3, 5])]),
            (AT, V, OTHER, W),
            shape_from=NOTHING,
        ),
    ],
    "SparseFillEmptyRows": [
        Case(
            lambda at, v, y: (lambda s, e: [*listed(s), e])(*tf.sparse_fill_empty_rows(st(at, v, DIMS), y)),
            (AT, V, np.array(-9.0)),
            lambda at, v, y: [np.insert(AT, 2, [[1, 0]], 0), np.insert(v, 2, y), DIMS, np.array([False, True, False])],
            shape_from=NOTHING,
        ),
    ],
    "SparseReduceSum": [
        Case(
            lambda at, v, d: tf.sparse_reduce_sum(st(at, v, d), 1),
            INPUTS,
            lambda at, v, d: dense(at, v, d).sum(1),
            shape_from=VALUE,
        ),
        Case(
            lambda at, v, d: tf.sparse_reduce_sum(st(at, v * v, d), [0, -1], keepdims=True),
            (CUBE, V, CUBE_DIMS),
            lambda at, v, d: (dense(at, v, d) ** 2).sum((0, 2), keepdims=True),
            shape_from=VALUE,
        ),
        Case(lambda at, v, d: tf.sparse_reduce_sum(st(at, v, d)), INPUTS, lambda at, v, d: v.sum()),
    ],
    "SparseGroups": [
        Case(
            lambda at, v, d: apply("SparseGroups", at, d, axis=(1,)),
            INPUTS,
            lambda at, v, d: [at * [1, 0], np.array([3, 1])],
            differentiable=False,
        ),
    ],
    "SparseReduceMax": [
        Case(
            lambda at, v, d: tf.sparse_reduce_max(st(at, v, d), 0),
            (AT, -abs(V), DIMS),
            lambda at, v, d: np.array([v[2], max(v[0], v[3]), 0, v[1]]),
            differentiable=False,
            shape_from=VALUE,
        ),
    ],
    "SparseReduceSumSparse": [
        Case(
            lambda at, v, d: listed(tf.sparse_reduce_sum_sparse(st(at, v, d), 1)),
            INPUTS,
            lambda at, v, d: [FAR, np.array([v[:2].sum(), v[2:].sum()]), DIMS[:1]],
            differentiable=False,
            shape_from=NOTHING,
        ),
    ],
    "SparseReduceMaxSparse": [
        Case(
            lambda at, v, d: listed(tf.sparse_reduce_max_sparse(st(at, v, d), 1, keepdims=True)),
            (AT, -abs(V), DIMS),
            lambda at, v, d: [FAR * [1, 0], np.array([v[0], v[3]]), np.array([3, 1])],
            differentiable=False,
            shape_from=NOTHING,
        ),
    ],
}
