"""Names: what array operations are called where the program does not say, as in TensorFlow, and where it does."""

import pytest

import kerasflow as tf

X, V, K = [[2.0, 1.0], [1.0, 4.0]], [1.0, 2.0], [0, 1]

MADE = {
    "Shape": lambda **n: tf.shape(X, **n),
    "Size": lambda **n: tf.size(X, **n),
    "Rank": lambda **n: tf.rank(X, **n),
    "Reshape": lambda **n: tf.reshape(X, [4], **n),
    "transpose": lambda **n: tf.transpose(X, **n),
    "matrix_transpose": lambda **n: tf.matrix_transpose(X, **n),
    "ExpandDims": lambda **n: tf.expand_dims(X, 0, **n),
    "Squeeze": lambda **n: tf.squeeze(X, **n),
    "Slice": lambda **n: tf.slice(V, [0], [1], **n),
    "StridedSlice": lambda **n: tf.strided_slice(V, [0], [1], **n),
    "ReverseV2": lambda **n: tf.reverse(V, [0], **n),
    "concat": lambda **n: tf.concat([V, V], 0, **n),
    "split": lambda **n: tf.split(V, 2, **n)[0],
    "stack": lambda **n: tf.stack([V, V], **n),
    "unstack": lambda **n: tf.unstack(V, **n)[0],
    "Tile": lambda **n: tf.tile(V, [2], **n),
    "Pad": lambda **n: tf.pad(V, [[1, 1]], **n),
    "PadV2": lambda **n: tf.pad(V, [[1, 1]], constant_values=1.0, **n),
    "MirrorPad": lambda **n: tf.pad(V, [[1, 1]], "REFLECT", **n),
    "GatherV2": lambda **n: tf.gather(V, K, **n),
    "GatherNd": lambda **n: tf.gather_nd(X, [K], **n),
    "ScatterNd": lambda **n: tf.scatter_nd([K], V[:1], [2, 2], **n),
    "one_hot": lambda **n: tf.one_hot(K, 2, **n),
    "Where": lambda **n: tf.where(V, **n),
    "Select": lambda **n: tf.where([True, False], V, V, **n),
    "UnsortedSegmentSum": lambda **n: tf.unsorted_segment_sum(V, K, 2, **n),
    "InvertPermutation": lambda **n: tf.invert_permutation(K, **n),
    "Fill": lambda **n: tf.fill([2], 1.0, **n),
    "zeros": lambda **n: tf.zeros([2], **n),
    "ones": lambda **n: tf.ones([100, 100], **n),
    "eye": lambda **n: tf.eye(2, **n),
    "range": lambda **n: tf.range(2, **n),
    "LinSpace": lambda **n: tf.linspace(0.0, 1.0, 2, **n),
    "Diag": lambda **n: tf.diag(V, **n),
    "DiagPart": lambda **n: tf.diag_part(X, **n),
    "diag": lambda **n: tf.matrix_diag(V, **n),
    "diag_part": lambda **n: tf.matrix_diag_part(X, **n),
    "MatrixBandPart": lambda **n: tf.matrix_band_part(X, 0, 0, **n),
    "Trace": lambda **n: tf.trace(X, **n),
    "MatMul": lambda **n: tf.matmul(X, X, **n),
    "Tensordot": lambda **n: tf.tensordot(X, X, 1, **n),
    "MatrixInverse": lambda **n: tf.matrix_inverse(X, **n),
    "MatrixSolve": lambda **n: tf.matrix_solve(X, X, **n),
    "MatrixTriangularSolve": lambda **n: tf.matrix_triangular_solve(X, X, **n),
    "Cholesky": lambda **n: tf.cholesky(X, **n),
    "MatrixDeterminant": lambda **n: tf.matrix_determinant(X, **n),
    "Cross": lambda **n: tf.cross([1.0, 2.0, 3.0], [3.0, 2.0, 1.0], **n),
}


@pytest.mark.parametrize("default", MADE)
def test_operations_are_named(default):
    make = MADE[default]
    assert [make().op.name, make().op.name, make(name="mine").op.name] == [default, f"{default}_1", "mine"]
    if default not in ("split", "unstack", "concat"):
        assert make(name=None).op.name.lower() == f"{default}_2".lower()


def test_scopes_are_named():
    assert tf.norm(V).op.name == "norm/Sqrt"
    assert tf.meshgrid(V, V)[0].op.name == "meshgrid/BroadcastTo"
    assert tf.eye(2, batch_shape=[2], name="many").op.name == "many/BroadcastTo"
    assert tf.meshgrid(V, name="grid")[0].op.name == "grid/BroadcastTo"
    assert tf.norm(V, name="length").op.name == "length/Sqrt"


def test_operators_are_named():
    x = tf.constant(X)
    assert [(x @ x).op.name, x[0].op.name, x[..., None].op.name] == ["matmul", "strided_slice", "strided_slice_1"]
