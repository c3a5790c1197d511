"""Errors of slices while the graph is built and in a run."""

import numpy as np
import pytest

import kerasflow as tf


@pytest.mark.parametrize(
    ("key", "says"),
    [
        (np.s_[2], "index 2 is out of range for axis 0 of shape (2, 3)"),
        (np.s_[:, -4], "index -4 is out of range for axis 1"),
        (np.s_[..., 3], "index 3 is out of range for axis 1"),
        (np.s_[0, 0, 0], "3 indices for a tensor of shape (2, 3)"),
        (np.s_[::0], "step of a slice cannot be 0"),
    ],
)
def test_a_key_that_does_not_fit_is_a_value_error(key, says):
    with pytest.raises(ValueError) as caught:
        tf.zeros([2, 3])[key]
    assert says in str(caught.value)
    assert "strided_slice" in str(caught.value)


def test_indices_are_scalar_integers():
    x = tf.zeros([2, 3])
    with pytest.raises(TypeError, match=r"must be a scalar.*tf.gather"):
        x[tf.constant([0, 1])]
    for wrong in (tf.constant(True), tf.constant(1.0)):
        with pytest.raises(TypeError, match="is not one of the types"):
            x[wrong]


def test_an_index_outside_is_an_error_in_a_run():
    x, i = tf.placeholder(tf.float32), tf.placeholder(tf.int32, [])
    with tf.Session() as session:
        for k in (3, -4):
            with pytest.raises(tf.errors.InvalidArgumentError, match="out of bounds"):
                session.run(x[i], {x: np.zeros(3), i: k})
        with pytest.raises(tf.errors.InvalidArgumentError):
            session.run(x[0, 0], {x: np.zeros(3)})
        with pytest.raises(tf.errors.InvalidArgumentError, match="step"):
            session.run(x[::i], {x: np.zeros(3), i: 0})
        assert session.run(x[i:], {x: np.zeros(3), i: 5}).shape == (0,)


@pytest.mark.parametrize(
    ("begin", "size"),
    [([0, 2], [1, 2]), ([2, 0], [1, 1]), ([0, -1], [1, 1]), ([0, 0], [1, -2]), ([3, 0], [-1, 1]), ([0], [1])],
)
def test_slice_takes_what_is_there_only(begin, size):
    with pytest.raises(ValueError, match="Slice"):
        tf.slice(tf.zeros([2, 3]), begin, size)
    x = tf.placeholder(tf.float32)
    b, s = tf.placeholder(tf.int32), tf.placeholder(tf.int32)
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match="Slice"):
        session.run(tf.slice(x, b, s), {x: np.zeros((2, 3)), b: begin, s: size})


def test_strided_slice_needs_numbers_of_one_count():
    x = tf.zeros([2, 3])
    with pytest.raises(ValueError, match="one length, got 1, 2 and 1"):
        tf.strided_slice(x, [0], [1, 2])
    with pytest.raises(ValueError, match="known length"):
        tf.strided_slice(x, tf.placeholder(tf.int32, [None]), [1])
    with pytest.raises(ValueError, match="one bit"):
        tf.strided_slice(x, [0, 0], [1, 1], ellipsis_mask=3)
    with pytest.raises(ValueError, match="var"):
        tf.strided_slice(x, [0], [1], var=x)


def test_reverse_names_its_axes_once():
    x = tf.zeros([2, 3])
    with pytest.raises(ValueError, match="out of range"):
        tf.reverse(x, [2])
    with pytest.raises(ValueError, match="twice"):
        tf.reverse(x, [1, -1])
    with pytest.raises(ValueError, match="must be known"):
        tf.reverse(x, tf.placeholder(tf.int32, [1]))


def test_a_loop_over_rows_gives_each_row_its_gradient():
    x = tf.placeholder(tf.float32, [3, 2])
    total = sum((k + 1.0) * tf.reduce_sum(x[k]) for k in range(3))
    with tf.Session() as session:
        gradient = session.run(tf.gradients(total, x)[0], {x: np.zeros((3, 2))})
    np.testing.assert_array_equal(gradient, [[1, 1], [2, 2], [3, 3]])
