"""Static shapes, errors and views of the operations that reshape, and what is known of sizes in general."""

import re

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.graph import apply
from kerasflow.core.ops.arguments import known_entries, static_int, static_ints


def batch(*dims, dtype=tf.float32):
    return tf.placeholder(dtype, [None, *dims])


def test_ints_in_a_list_with_tensors_stay_known():
    x = batch(3)
    n = tf.shape(x)[0]
    assert tf.reshape(x, [n, 3]).dims == (None, 3)
    assert tf.reshape(x, [-1, tf.shape(x)[1]]).dims == (None, 3)
    assert tf.reshape(x, tf.stack([n, 1, 3])).dims == (None, 1, 3)
    assert tf.reshape(x, tf.concat([tf.shape(x)[:1], [1, 3]], 0)).dims == (None, 1, 3)
    assert tf.reshape(tf.zeros([2, 3]), [n, 2]).dims == (3, 2)
    assert tf.reshape(tf.zeros([2, 3]), [n, -1]).dims == (None, None)
    assert tf.reshape(x, tf.TensorShape([6])).dims == (6,)
    assert tf.reshape(x, [x.shape[1], -1]).dims == (3, None)
    assert tf.reshape(x, tf.cast(tf.stack([n, 3]), tf.int64)).dims == (None, 3)
    assert tf.fill([n, 2], 0.5).dims == (None, 2)
    assert tf.zeros(tf.shape(x)).dims == (None, 3)
    assert tf.tile(x, [n, 2]).dims == (None, 6)
    assert tf.pad(x, [[0, n], [1, 1]]).dims == (None, 5)
    assert tf.slice(x, [n, 1], [2, -1]).dims == (2, 2)
    assert tf.broadcast_to(x, [n, n, 3]).dims == (None, None, 3)
    assert tf.scatter_nd(tf.zeros([4, 1], tf.int32), tf.zeros([4, 2]), [n, 2]).dims == (None, 2)
    assert [t.dims for t in tf.split(x, [1, tf.rank(x)], 1)] == [(None, 1), (None, 2)]


def test_unknown_entries_are_not_taken_for_known():
    n = tf.placeholder(tf.int32, [])
    unknown = tf.placeholder(tf.int32, [None])
    assert known_entries(tf.stack([[1, n], [3, 4]], axis=1)) == (None,) * 4
    assert known_entries(tf.stack([[1, n], [3, 4]])) == (1, None, 3, 4)
    assert known_entries(tf.stack([1, n, 3])[1:]) == (None, 3)
    assert known_entries(unknown) is None
    assert known_entries(tf.concat([unknown, [1]], 0)) is None
    assert known_entries(tf.cast(tf.stack([1.5, 2.5]), tf.int32)) in ((1, 2), (None, None))


@pytest.mark.parametrize(
    ("dims", "target", "says"),
    [
        ([2, 3], [4, 2], "6 elements of shape (2, 3) cannot be reshaped to (4, 2)"),
        ([2, 3], [-1, 4], "6 elements of shape (2, 3) cannot be reshaped to (-1, 4)"),
        ([2, 3], [-1, -1], "one of them may be -1"),
        ([2, 3], [-2, 3], "at least 0"),
        ([0, 3], [-1, 0], "can be anything"),
    ],
)
def test_reshape_says_what_does_not_fit(dims, target, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        tf.reshape(tf.placeholder(tf.float32, dims), target)


@pytest.mark.parametrize("target", [[4, 2], [-1, 4], [-2, 3], [-1, -1]])
def test_reshape_fails_in_a_run_as_well(target):
    x, shape = tf.placeholder(tf.float32), tf.placeholder(tf.int32, [2])
    y = tf.reshape(x, shape, name="again")
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match="Reshape 'again'"):
        session.run(y, {x: np.zeros((2, 3)), shape: target})


def test_reshape_says_where_it_fails_though_the_run_makes_shapes_known():
    x, y = tf.placeholder_with_default(np.zeros((2, 2)), [None, 2]), tf.zeros([3, 1])
    with pytest.raises(tf.errors.InvalidArgumentError, match="in Reshape 'unfit'"):
        tf.Session().run(tf.reshape(y, [tf.shape(x)[0], 1], name="unfit"))


def test_transpose_takes_permutations_only():
    x = tf.zeros([2, 3])
    for perm in ([0, 0], [0, 2], [0], [0, 1, 2], [-1, -2]):
        with pytest.raises(ValueError, match="permutation"):
            tf.transpose(x, perm)
    with pytest.raises(ValueError, match="perm must be known"):
        tf.transpose(x, tf.placeholder(tf.int32, [2]))
    with pytest.raises(ValueError, match="at least 2 dimensions"):
        tf.matrix_transpose(tf.zeros([3]))
    assert tf.transpose(x, tf.constant([1, 0])).dims == (3, 2)
    assert tf.transpose(tf.placeholder(tf.float32), [2, 0, 1]).dims == (None, None, None)


def test_axes_out_of_range_are_value_errors():
    x = tf.zeros([2, 3])
    for axis in (3, -4):
        with pytest.raises(ValueError, match=f"axis {axis} is out of range"):
            tf.expand_dims(x, axis)
    with pytest.raises(ValueError, match="axis must be given"):
        tf.expand_dims(x)
    with pytest.raises(ValueError, match="old name dim"):
        tf.expand_dims(x, 0, dim=1)
    with pytest.raises(ValueError, match="old name squeeze_dims"):
        tf.squeeze(x, 0, squeeze_dims=1)
    with pytest.raises(ValueError, match=r"axis 0 has size 2 in \(2, 3\)"):
        tf.squeeze(x, [0])


def test_squeeze_of_a_larger_axis_fails_in_a_run():
    x = tf.placeholder(tf.float32, [None, 3])
    y = tf.squeeze(x, [0])
    assert y.dims == (3,)
    assert tf.squeeze(x).dims is None
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match="Squeeze"):
        session.run(y, {x: np.zeros((2, 3))})


def test_static_ints_come_from_all_that_is_known():
    assert static_ints(3, "n") == (3,)
    assert static_ints([1, np.int64(2)], "n") == (1, 2)
    assert static_ints(tf.constant([[1], [2]]), "n") == (1, 2)
    assert static_ints(range(2), "n") == (0, 1)
    with pytest.raises(ValueError, match="n must be known while the graph is built"):
        static_ints(tf.placeholder(tf.int32, [2]), "n")
    for wrong in (1.5, [1, 2.5], np.array([1.5]), tf.constant(1.5), "a"):
        with pytest.raises(TypeError, match="n must be"):
            static_ints(wrong, "n")


def test_static_int_is_one_integer():
    assert [static_int(v, "n") for v in (3, np.int8(3), np.array(3), np.array([3]), tf.constant(3))] == [3] * 5
    for wrong in ([], [1, 2]):
        with pytest.raises(ValueError, match=r"n must be one integer, got \["):
            static_int(tf.constant(wrong, tf.int32), "n")
    for wrong in (1.0, [1], None, tf.constant(1.0)):
        with pytest.raises(TypeError, match="n must be"):
            static_int(wrong, "n")


def test_views_do_not_let_a_program_into_the_session():
    w = tf.Variable(np.zeros((2, 3), np.float32))
    fetches = [
        tf.reshape(w, [6]), tf.transpose(w), tf.expand_dims(w, 0), w[1:], tf.split(w, 3, 1)[0], tf.unstack(w)[1],
        tf.reverse(w, [0]), tf.slice(w, [0, 0], [1, 2]), tf.matrix_diag_part(w), tf.squeeze(w[:1], [0]),
        tf.split(w, [1, 2], 1)[1], tf.broadcast_to(w, [1, 2, 3]), tf.diag_part(w[:, :2]), apply("ReshapeLike", w, w),
        apply("BroadcastLike", w, tf.zeros([2, 2, 3])), *apply("SplitLike", w, w[:1], w[1:], axis=0),
    ]  # fmt: skip
    with tf.Session() as session:
        session.run(w.initializer)
        for _ in range(3):
            for value in session.run(fetches):
                value += 1.0
        np.testing.assert_array_equal(session.run(w), np.zeros((2, 3)))


def test_a_view_outlives_the_step_that_made_its_memory():
    """The memory of what is looked at through views must not be handed to another result meanwhile."""
    x = tf.placeholder(tf.float32, [4, 4])
    a = x + 1.0
    view = tf.reshape(tf.transpose(tf.expand_dims(a[::2], 0), [1, 0, 2]), [2, 4])
    b = x * 100.0
    c = b - 7.0
    y = view + tf.reduce_sum(c) * 0.0
    fed = np.arange(16, dtype=np.float32).reshape(4, 4)
    with tf.Session() as session:
        for _ in range(3):
            np.testing.assert_array_equal(session.run(y, {x: fed}), fed[::2] + 1.0)


def test_operations_join_the_graph_of_their_tensor():
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [2, 3])
    made = [
        tf.reshape(x, [6]), tf.broadcast_to(x, [1, 2, 3]), tf.tile(x, [1, 2]), tf.pad(x, [[0, 1], [1, 0]]),
        tf.slice(x, [0, 0], [1, 1]), tf.gather(x, [1]), tf.concat([[[1.0, 2.0, 3.0]], x], 0), tf.stack([1.0, x[0, 0]]),
        tf.where([[True] * 3] * 2, 0.0 * x, x), tf.matmul([[1.0, 2.0]], x), tf.tensordot([1.0, 2.0], x, 1),
        tf.boolean_mask(x, [True, False]), tf.meshgrid([1.0], x[0])[0], tf.split(x, [1, 1])[0],
        tf.strided_slice(x, [0], [1]), tf.fill([2], x[0, 0]), tf.one_hot([0], 2, x[0, 0], 0.0), tf.range(0.0, x[0, 0]),
        tf.linspace(0.0, x[0, 0], 3), tf.scatter_nd([[0]], [x[0]], [2, 3]), tf.cross([1.0, 0.0, 0.0], x[0]),
    ]  # fmt: skip
    assert all(t.graph is graph for t in made)
    assert tf.get_default_graph().size == 0
