"""Partition, stitch, reverse and roll: what is refused, and what the parts know of their shapes."""

import numpy as np
import pytest

import kerasflow as tf

InvalidArgumentError = tf.errors.InvalidArgumentError


def run(t):
    return tf.Session().run(t)


def test_partition_refuses():
    with pytest.raises(InvalidArgumentError, match=r"partition 2 .* is not in \[0, 2\)"):
        run(tf.dynamic_partition([1.0, 2.0], [0, 2], 2))
    with pytest.raises(ValueError, match="must begin with that of partitions"):
        tf.dynamic_partition([1.0, 2.0], [0], 2)
    with pytest.raises(ValueError, match="num_partitions must be at least 1, got 0"):
        tf.dynamic_partition([1.0, 2.0], [0, 1], 0)


def test_parts_know_the_shape_of_a_row():
    assert [p.shape.as_list() for p in tf.dynamic_partition(tf.zeros([4, 3, 2]), [0, 1, 0, 1], 2)] == [[None, 3, 2]] * 2


def test_a_part_that_nothing_is_made_of_has_no_gradient():
    x = tf.constant([1.0, 2.0, 3.0])
    parts = tf.dynamic_partition(x, [0, 1, 0], 2)
    assert run(tf.gradients(parts[0] ** 2, x))[0].tolist() == [2.0, 0.0, 6.0]


def test_stitch_lets_the_later_win_and_fills_gaps_with_zeros():
    assert run(tf.dynamic_stitch([[0, 3], [3]], [[1.0, 2.0], [5.0]])).tolist() == [1.0, 0.0, 0.0, 5.0]


def test_stitch_refuses():
    with pytest.raises(ValueError, match="1 indices for 2 parts of data"):
        tf.dynamic_stitch([[0]], [[1.0], [2.0]])
    with pytest.raises(ValueError, match="must begin with that of indices"):
        tf.dynamic_stitch([[0, 1]], [[1.0]])
    with pytest.raises(InvalidArgumentError, match="index -1"):
        run(tf.dynamic_stitch([tf.placeholder_with_default([-1, 0], [2])], [[1.0, 2.0]]))


def test_reverse_sequence_refuses():
    x = np.zeros((2, 3), np.float32)
    with pytest.raises(InvalidArgumentError, match="length 4"):
        run(tf.reverse_sequence(x, [1, 4], seq_axis=1))
    with pytest.raises(ValueError, match="seq_axis must be given"):
        tf.reverse_sequence(x, [1, 1])
    with pytest.raises(ValueError, match="the sequences lie along the axis of the batch"):
        tf.reverse_sequence(x, [1, 1], seq_axis=0)
    with pytest.raises(ValueError, match="one length for each sequence"):
        tf.reverse_sequence(x, [1, 1, 1], seq_axis=1)


def test_roll_refuses():
    with pytest.raises(ValueError, match="2 axes need as many shifts"):
        tf.roll(np.zeros((2, 3)), [1], [0, 1])
    with pytest.raises(ValueError, match="axis 2 is out of range"):
        tf.roll(np.zeros((2, 3)), 1, 2)
    assert run(tf.roll([1, 2, 3], tf.constant(1), 0)).tolist() == [3, 1, 2]
