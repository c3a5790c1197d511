"""Sparse operations: what is refused, gradients by hand, and functions that the cases leave out."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core import deprecation

InvalidArgumentError = tf.errors.InvalidArgumentError
AT, DIMS = [[0, 1], [2, 0]], [3, 2]


@pytest.fixture
def st():
    return tf.SparseTensor(AT, [5.0, 6.0], DIMS)


def run(t):
    return tf.Session().run(t)


@pytest.mark.parametrize(
    ("at", "message"),
    [
        ([[2, 0], [0, 1]], r"indices\[1\] = \[0, 1\] is out of order"),
        ([[0, 1], [0, 1]], r"indices\[1\] = \[0, 1\] is repeated"),
        ([[0, 1], [3, 0]], r"indices\[1\] = \[3, 0\] is out of bounds: the shape is \[3, 2\]"),
        ([[0, -1], [2, 0]], r"indices\[0\] = \[0, -1\] is out of bounds"),
    ],
)
def test_indices_are_checked_on_the_way_to_a_dense_array(at, message):
    with pytest.raises(InvalidArgumentError, match=message):
        run(tf.sparse_tensor_to_dense(tf.SparseTensor(at, [1.0, 2.0], DIMS)))
    if "order" in message:
        loose = tf.sparse_tensor_to_dense(tf.SparseTensor(at, [1.0, 2.0], DIMS), validate_indices=False)
        assert run(loose).tolist() == [[0.0, 2.0], [0.0, 0.0], [1.0, 0.0]]


def test_defaults(st):
    assert run(tf.sparse_tensor_to_dense(st, -1.0)).tolist() == [[-1.0, 5.0], [-1.0, -1.0], [6.0, -1.0]]
    words = tf.SparseTensor([[1]], ["a"], [2])
    assert run(tf.sparse_tensor_to_dense(words)).tolist() == [b"", b"a"]
    assert run(tf.sparse_tensor_to_dense(words, "?")).tolist() == [b"?", b"a"]
    truths = tf.SparseTensor([[1]], [True], [2])
    assert run(tf.sparse_tensor_to_dense(truths)).tolist() == [False, True]


def test_only_sparse_tensors():
    for function in (tf.sparse_tensor_to_dense, tf.sparse_reorder, tf.sparse_softmax, tf.sparse_reduce_sum):
        with pytest.raises(TypeError, match="sp_input: Expected a SparseTensor"):
            function([1.0])
    with pytest.raises(TypeError, match="at least one of the two must be a SparseTensor"):
        tf.sparse_add([1.0], [2.0])


def test_products_check_their_shapes(st):
    with pytest.raises(ValueError, match="the matrices have 2 columns and 3 rows"):
        tf.sparse_tensor_dense_matmul(st, np.ones((3, 1), np.float32))
    with pytest.raises(TypeError, match="got float32 and float64"):
        tf.sparse_tensor_dense_matmul(st, np.ones((2, 1)))
    unknown = tf.placeholder(tf.float32)
    with pytest.raises(InvalidArgumentError, match="the matrices have 2 columns and 4 rows"):
        tf.Session().run(tf.sparse_tensor_dense_matmul(st, unknown), {unknown: np.ones((4, 1))})
    outside = tf.SparseTensor([[0, 7]], [1.0], DIMS)
    with pytest.raises(InvalidArgumentError, match="column 7"):
        run(tf.sparse_tensor_dense_matmul(outside, np.ones((2, 1), np.float32)))


def test_a_dense_tensor_may_stand_first(st):
    dense = tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    assert run(dense * st).values.tolist() == run(st * dense).values.tolist() == [10.0, 30.0]
    with pytest.raises(TypeError, match="unsupported operand"):
        _ = dense + st


def test_sums_check_their_shapes(st):
    with pytest.raises(InvalidArgumentError, match="shapes must be the same"):
        run(tf.sparse_add(st, tf.SparseTensor(AT, [1.0, 2.0], [3, 3])))
    with pytest.raises(ValueError, match="shapes must be the same"):
        tf.sparse_add(st, np.ones((2, 2), np.float32))


def test_concat_checks_its_shapes(st):
    other = tf.SparseTensor(AT, [1.0, 2.0], [3, 4])
    with pytest.raises(InvalidArgumentError, match="only axis 0 may differ in size"):
        run(tf.sparse_concat(0, [st, other]))
    with pytest.raises(ValueError, match="different ranks"):
        tf.sparse_concat(0, [st, tf.SparseTensor([[0]], [1.0], [2])])
    assert run(tf.sparse_concat(0, st)).values.tolist() == [5.0, 6.0]
    assert run(tf.sparse_concat(concat_dim=1, axis=None, sp_inputs=[st, other])).dense_shape.tolist() == [3, 6]
    with pytest.raises(ValueError, match="nothing to join"):
        tf.sparse_concat(0, [])


def test_reshape_checks_its_sizes(st):
    with pytest.raises(ValueError, match=r"6 elements do not fit the shape \[4, 2\]"):
        tf.sparse_reshape(st, [4, 2])
    with pytest.raises(ValueError, match="only one size may be -1"):
        tf.sparse_reshape(st, [-1, -1])
    assert tf.sparse_reshape(st, [-1, 3]).shape == [2, 3]


def test_reset_shape_does_not_shrink(st):
    with pytest.raises(ValueError, match=r"\[3, 1\] is smaller than \[3, 2\]"):
        tf.sparse_reset_shape(st, [3, 1])
    unknown = tf.placeholder_with_default(np.array([3, 1]), [2])
    with pytest.raises(InvalidArgumentError, match=r"\[3, 1\] is smaller than \[3, 2\]"):
        run(tf.sparse_reset_shape(st, unknown).dense_shape)
    with pytest.raises(ValueError, match="the new shape has"):
        tf.sparse_reset_shape(st, [3, 2, 1])


def test_split_takes_its_arguments_by_name(st):
    with pytest.raises(ValueError, match="must be given, by name"):
        tf.sparse_split(st, 2, 0)
    assert len(tf.sparse_split(sp_input=st, num_split=3, split_dim=0)) == 3
    with pytest.raises(InvalidArgumentError, match="an axis of size 2 cannot be split into 3 parts"):
        run(tf.sparse_split(sp_input=st, num_split=3, axis=1))


def test_former_arguments_of_reductions(st, monkeypatch):
    monkeypatch.setattr(deprecation, "warned", set())
    with pytest.warns(DeprecationWarning) as told:
        kept = tf.sparse_reduce_sum(st, reduction_axes=[1], keep_dims=True)
    assert run(kept).tolist() == [[5.0], [0.0], [6.0]]
    assert [str(w.message).split()[0] for w in told] == ["reduction_axes=", "keep_dims="]


def test_retain_and_its_gradient():
    v = tf.constant([1.0, 2.0, 3.0])
    kept = tf.sparse_retain(tf.SparseTensor([[0], [2], [3]], v, [4]), [True, False, True])
    g = tf.convert_to_tensor(tf.gradients(kept.values**2, v)[0])
    value, slope = run([kept, g])
    assert value.indices.tolist() == [[0], [3]] and slope.tolist() == [2.0, 0.0, 6.0]


def test_a_linear_model_on_sparse_rows_learns():
    x = tf.sparse_placeholder(tf.float32)
    w = tf.Variable(tf.zeros([3, 1]))
    loss = tf.reduce_mean(tf.square(tf.sparse_tensor_dense_matmul(x, w) - [[1.0], [-2.0]]))
    step = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
    rows = tf.SparseTensorValue([[0, 0], [1, 2]], [1.0, 2.0], [2, 3])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(step, {x: rows})
        np.testing.assert_allclose(session.run(w), [[0.5 * 1.0], [0.0], [-0.5 * 4.0]])


def test_merge_takes_several_ids_and_sorts():
    at = [[0, 0], [1, 0], [1, 1]]
    rows, columns = (tf.SparseTensor(at, v, [2, 2]) for v in ([1, 1, 0], [0, 2, 1]))
    values = tf.SparseTensor(at, [1.0, 2.0, 3.0], [2, 2])
    merged = run(tf.sparse_merge([rows, columns], values, [2, 3]))
    assert merged.indices.tolist() == [[0, 1, 0], [1, 0, 1], [1, 1, 2]] and merged.values.tolist() == [1.0, 3.0, 2.0]
    assert merged.dense_shape.tolist() == [2, 2, 3]
    assert run(tf.sparse_merge([rows, columns], values, [2, 3], already_sorted=True)).values.tolist() == [1.0, 2.0, 3.0]
    with pytest.raises(ValueError, match="2 sp_ids for 1 sizes"):
        tf.sparse_merge([rows, columns], values, [2])


def test_indicators_of_ids_that_come_twice():
    ids = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], [2, 2, 0], [2, 2])
    assert run(tf.sparse_to_indicator(ids, 3)).tolist() == [[False, False, True], [True, False, False]]


def test_from_dense_and_eye():
    x = np.array([[0.0, 2.0], [3.0, 0.0]], np.float32)
    assert run(tf.sparse_tensor_to_dense(tf.sparse.from_dense(x))).tolist() == x.tolist()
    assert run(tf.sparse.from_dense(["", "a"])).indices.tolist() == [[1]]
    assert run(tf.sparse_tensor_to_dense(tf.sparse.eye(3, 2, tf.int32))).tolist() == [[1, 0], [0, 1], [0, 0]]
    v = tf.constant(x)
    assert run(tf.gradients(tf.sparse.from_dense(v).values ** 2, v)[0]).tolist() == (2 * x).tolist()


def test_sparse_matmul_is_a_dense_product():
    x = np.array([[0.0, 2.0], [3.0, 0.0]], np.float32)
    assert run(tf.sparse_matmul(x, x, transpose_b=True, a_is_sparse=True)).tolist() == (x @ x.T).tolist()
