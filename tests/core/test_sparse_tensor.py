"""`SparseTensor`: parts that fit, what is fed and fetched, static shapes, operators."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.tensor import IndexedSlicesValue

AT, V, DIMS = [[0, 1], [2, 0]], [5.0, 6.0], [3, 2]


@pytest.fixture
def st():
    return tf.SparseTensor(AT, V, DIMS)


def test_the_parts_are_tensors_named_in_a_scope(st):
    assert [t.name for t in st.parts] == [f"SparseTensor/{n}:0" for n in ("indices", "values", "dense_shape")]
    assert [t.dtype for t in st.parts] == [tf.int64, tf.float32, tf.int64]
    assert (st.dtype, st.name, st.op, st.graph) == (tf.float32, st.values.name, st.values.op, tf.get_default_graph())
    assert repr(st).startswith("SparseTensor(indices=Tensor(") and st.shape == [3, 2] == st.get_shape().as_list()
    assert st.consumers() == [] and [op.type for op in (-st).values.op.inputs[0].consumers()] == ["Neg"]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ((AT, [1.0], DIMS), r"got indices \(2, 2\), values \(1,\), dense_shape \(2,\)"),
        ((AT, V, [3, 2, 1]), r"dense_shape \(3,\)"),
        (([0, 1], V, DIMS), r"must have shapes \(N, rank\), \(N,\) and \(rank,\)"),
    ],
)
def test_parts_that_do_not_fit(parts, message):
    with pytest.raises(ValueError, match=message):
        tf.SparseTensor(*parts)


def test_indices_are_integers():
    with pytest.raises(TypeError, match="Expected int64"):
        tf.SparseTensor([[0.5, 1.0]], [1.0], [2, 2])


def test_a_fetch_gives_the_three_arrays(st):
    value = tf.Session().run({"it": (st, st.values)})["it"][0]
    assert isinstance(value, tf.SparseTensorValue)
    assert [a.tolist() for a in value] == [AT, V, DIMS] and [a.dtype.name for a in value] == [
        "int64",
        "float32",
        "int64",
    ]
    with tf.Session().as_default():
        assert st.eval().values.tolist() == V


@pytest.mark.parametrize("given", [tf.SparseTensorValue, lambda *parts: parts])
def test_a_placeholder_is_fed_whole_or_in_parts(given):
    x = tf.sparse_placeholder(tf.float32, name="x")
    assert [t.op.name for t in x.parts] == ["x/indices", "x/values", "x/shape"] and x.shape.ndims is None
    total = tf.sparse_reduce_sum(x, 1)
    session = tf.Session()
    assert session.run(total, {x: given(np.array(AT), V, DIMS)}).tolist() == [5.0, 0.0, 6.0]
    assert session.run(total, dict(zip(x.parts, (AT, V, DIMS), strict=True))).tolist() == [5.0, 0.0, 6.0]


def test_a_placeholder_of_a_known_shape_is_fed_without_it():
    x = tf.sparse_placeholder(tf.int32, [3, 2])
    assert x.shape == [3, 2] and x.dense_shape.op.type == "Const"
    y = tf.sparse_tensor_to_dense(x)
    assert y.shape == [3, 2]
    assert tf.Session().run(y, {x: (AT, [1, 2], DIMS)}).tolist() == [[0, 1], [0, 0], [2, 0]]
    assert tf.sparse_placeholder(tf.int32, [None, 2]).shape.as_list() == [None, None]


def test_what_is_fed_is_checked(st):
    session = tf.Session()
    with pytest.raises(TypeError, match="fed for a SparseTensor must be 3 arrays, a SparseTensorValue, got 1.0"):
        session.run(st, {st: 1.0})
    with pytest.raises(ValueError, match=r"a value of shape \(1,\) for 'SparseTensor/values:0', of shape \(2,\)"):
        session.run(st, {st: (AT, [1.0], DIMS)})


def test_slices_are_fed_too():
    w = tf.constant([[1.0], [2.0]])
    rows = tf.gradients(tf.gather(w, [0, 0]), w)[0]
    fed = IndexedSlicesValue([[5.0]], [1], [2, 1])
    rows = tf.IndexedSlices(tf.placeholder(tf.float32, [None, 1]), tf.placeholder(tf.int32, [None]), rows.dense_shape)
    assert tf.Session().run(tf.convert_to_tensor(rows), {rows: fed}).tolist() == [[0.0], [5.0]]


def test_static_shapes_from_what_is_known():
    unknown = tf.SparseTensor(tf.placeholder(tf.int64, [None, 3]), tf.placeholder(tf.float32), tf.placeholder(tf.int64))
    assert unknown.shape.as_list() == [None] * 3
    nothing = tf.SparseTensor(tf.placeholder(tf.int64), tf.placeholder(tf.float32), tf.placeholder(tf.int64))
    assert nothing.shape.ndims is None


def test_from_value(st):
    value = tf.SparseTensorValue(AT, V, DIMS)
    assert tf.SparseTensor.from_value(st) is st
    assert tf.Session().run(tf.SparseTensor.from_value(value)).values.tolist() == V
    for bad in ([1.0], "x"):
        with pytest.raises(TypeError, match="Expected a SparseTensor or a SparseTensorValue"):
            tf.SparseTensor.from_value(bad)


def test_a_sparse_tensor_is_no_tensor(st):
    with pytest.raises(TypeError, match="Cannot convert a SparseTensor to a tensor"):
        tf.exp(st)
    assert tf.convert_to_tensor_or_sparse_tensor(st) is st
    assert tf.convert_to_tensor_or_sparse_tensor(tf.SparseTensorValue(AT, V, DIMS)).shape == [3, 2]
    with pytest.raises(RuntimeError, match="of type float32 was given where"):
        tf.convert_to_tensor_or_sparse_tensor(st, tf.int32)


def test_its_graph_is_that_of_its_parts():
    graph = tf.Graph()
    with graph.as_default():
        values = tf.constant(V)
    assert tf.SparseTensor(AT, values, DIMS).graph is graph
