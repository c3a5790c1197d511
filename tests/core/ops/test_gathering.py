"""Indices outside, and the sparse gradient of picking rows."""

import numpy as np
import pytest

import kerasflow as tf
from tests.core.ops.harness import seeded


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32, np.int64])
@pytest.mark.parametrize("wrong", [-1, 3, -100])
def test_an_index_outside_is_an_error_that_names_it(dtype, wrong):
    x, i = tf.placeholder(tf.float32), tf.placeholder(dtype)
    made = [tf.gather(x, i), tf.gather_nd(x, i[..., None]), tf.scatter_nd(i[..., None], x, [3, 2])]
    with tf.Session() as session:
        for t in made:
            with pytest.raises(tf.errors.InvalidArgumentError) as caught:
                session.run(t, {x: np.zeros((3, 2)), i: np.array([0, 1, wrong], dtype)})
            assert f"{wrong} at position [2] is not in [0, 3)" in str(caught.value)
            assert t.op.name in str(caught.value)


def test_large_unsigned_indices_and_large_axes():
    x, i = tf.placeholder(tf.float32), tf.placeholder(tf.uint64)
    with tf.Session() as session:
        with pytest.raises(tf.errors.InvalidArgumentError, match="18446744073709551615"):
            session.run(tf.gather(x, i), {x: np.zeros(3), i: np.array([2**64 - 1], np.uint64)})
        # An int8 of -1 would be 255 if only its bits counted.
        j = tf.placeholder(tf.int8)
        with pytest.raises(tf.errors.InvalidArgumentError, match="-1 at position"):
            session.run(tf.gather(x, j), {x: np.zeros(300), j: np.array([-1], np.int8)})


@pytest.mark.parametrize("rows", [[100, 3, 100], [2, 3, 100]])  # one twice; each once, in order
def test_small_indices_of_wide_rows(rows):
    """The place of a number in the whole is larger than what the index's own type holds."""
    at, x = np.array(rows, np.int8)[:, None], np.arange(1200.0).reshape(3, 400)
    expected = np.zeros((101, 400))
    np.add.at(expected, rows, x)
    for i in (at, at.astype(np.uint8), at.astype(np.int16)):
        indices = tf.placeholder(i.dtype, [3, 1])
        with tf.Session() as session:
            found = session.run(tf.scatter_nd(indices, x, [101, 400]), {indices: i})
            np.testing.assert_array_equal(found, expected)
            np.testing.assert_array_equal(session.run(tf.gather_nd(expected, indices), {indices: i}), expected[rows])


def test_gather_errors_while_the_graph_is_built():
    x = tf.zeros([2, 3])
    with pytest.raises(ValueError, match="axis 2 is out of range"):
        tf.gather(x, [0], axis=2)
    with pytest.raises(TypeError, match="float32 is not one of the types"):
        tf.gather(x, [0.0])
    with pytest.raises(ValueError, match="batch_dims 2"):
        tf.gather(x, [0], axis=1, batch_dims=2)
    with pytest.raises(ValueError, match="3 indices"):
        tf.gather_nd(x, [[0, 1, 2]])
    with pytest.raises(ValueError, match="3 indices, after 2 batch axes"):
        tf.gather_nd(tf.zeros([2, 3, 4, 5, 6]), tf.zeros([2, 3], tf.int32), batch_dims=2)
    with pytest.raises(ValueError, match="at least one axis"):
        tf.gather_nd(x, 1)
    with pytest.raises(ValueError, match=r"must have shape \(1, 3\)"):
        tf.scatter_nd([[0]], [[1.0, 2.0]], [3, 3])
    with pytest.raises(ValueError, match="at least 0"):
        tf.scatter_nd([[0]], [1.0], [-3])
    with pytest.raises(TypeError, match="string"):
        tf.scatter_nd([[0]], ["a"], [3])


def test_shapes_that_do_not_fit_are_found_in_a_run():
    x, i = tf.placeholder(tf.float32), tf.placeholder(tf.int32)
    with tf.Session() as session:
        for made, a, b in [
            (tf.gather(x, i, batch_dims=1), np.zeros((2, 3)), [[0], [1], [2]]),
            (tf.gather(x, i, axis=2, batch_dims=2), np.zeros((2, 3, 2)), np.zeros((3, 2, 1))),
            (tf.gather(x, i, axis=2), np.zeros((2, 3)), [0]),
            (tf.gather_nd(x, i), np.zeros(3), [[0, 0]]),
            (tf.gather_nd(x, i, batch_dims=1), np.zeros((1, 3)), [[0], [1], [2]]),
            (tf.scatter_nd(i, x, [3]), np.zeros(3), [[0]]),
            (tf.unsorted_segment_sum(x, i, 2), np.zeros(3), [0, 1]),
            (tf.unsorted_segment_sum(x, i, 2), np.zeros((2, 3)), np.zeros((3, 2))),
            (tf.unsorted_segment_sum(x, tf.zeros_like(i), i[0]), np.zeros(1), [-1]),
        ]:
            with pytest.raises(tf.errors.InvalidArgumentError, match=made.op.type):
                session.run(made, {x: a, i: np.array(b, np.int32)})


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("ids", [[2, 0, 2], [[3, 3], [0, 1]], 1])
def test_the_gradient_of_rows_is_sparse(known, ids):
    ids = np.array(ids, np.int32)
    table = tf.placeholder(tf.float64, [4, 3] if known else None)
    i = tf.placeholder(tf.int32, ids.shape if known else None)
    rows = tf.gather(table, i)
    (gradient,) = tf.gradients(rows * rows, table)
    assert isinstance(gradient, tf.IndexedSlices)
    x = seeded("rows").normal(size=(4, 3))
    with tf.Session() as session:
        values, indices, dims = session.run(gradient, {table: x, i: ids})
        dense = session.run(tf.convert_to_tensor(gradient), {table: x, i: ids})
    np.testing.assert_array_equal(indices, ids.reshape(-1))
    np.testing.assert_allclose(values, 2.0 * x[ids.reshape(-1)], rtol=1e-15)
    np.testing.assert_array_equal(dims, [4, 3])
    count = np.bincount(ids.reshape(-1), minlength=4)[:, None]
    np.testing.assert_allclose(dense, 2.0 * x * count, rtol=1e-15)


def test_sparse_gradients_of_one_table_are_joined():
    table = tf.placeholder(tf.float64, [4, 2])
    (gradient,) = tf.gradients(
        tf.reduce_sum(tf.gather(table, [0, 1])) + 3.0 * tf.reduce_sum(tf.gather(table, [1])), table
    )
    assert isinstance(gradient, tf.IndexedSlices)
    with tf.Session() as session:
        dense = session.run(tf.convert_to_tensor(gradient), {table: np.zeros((4, 2))})
    np.testing.assert_array_equal(dense, [[1, 1], [4, 4], [0, 0], [0, 0]])


def test_segments_beyond_the_count_are_an_error():
    i = tf.placeholder(tf.int32, [2])
    y = tf.unsorted_segment_sum([1.0, 2.0], i, 2)
    assert y.dims == (2,)
    with tf.Session() as session:
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"segment id 2 at position \[1\]"):
            session.run(y, {i: [-1, 2]})
        np.testing.assert_array_equal(session.run(y, {i: [-7, 1]}), [0.0, 2.0])
    with pytest.raises(ValueError, match="must begin that of data"):
        tf.unsorted_segment_sum([1.0, 2.0], [0, 1, 1], 2)
    with pytest.raises(ValueError, match="at least 0"):
        tf.unsorted_segment_sum([1.0, 2.0], [0, 1], -2)
