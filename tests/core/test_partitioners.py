"""Partitioners: the parts are those of TensorFlow 1.15.5."""

import pytest

import kerasflow as tf


@pytest.mark.parametrize(
    ("shape", "dtype", "axis", "parts"),
    [
        ([10, 4], tf.float32, 0, [[3, 1], [2, 1], [1, 1], [3, 1]]),
        ([1000, 4000], tf.float32, 0, [[3, 1], [1000, 1], [5, 1], [4, 1]]),
        ([1, 7], tf.string, 1, [[1, 3], [1, 2], [1, 1], [1, 2]]),
        ([3], tf.float64, 0, [[3], [1], [1], [1]]),
        ([17, 3, 2], tf.float64, 0, [[3, 1, 1], [9, 1, 1], [1, 1, 1], [4, 1, 1]]),
    ],
)
def test_numbers_of_parts(shape, dtype, axis, parts):
    made = (
        tf.fixed_size_partitioner(3, axis),
        tf.variable_axis_size_partitioner(100, axis),
        tf.variable_axis_size_partitioner(1 << 16, axis, max_shards=5),
        tf.min_max_variable_partitioner(4, axis, 64),
    )
    assert [p(shape=tf.TensorShape(shape), dtype=dtype) for p in made] == parts


def test_a_variable_is_one_array_all_the_same():
    w = tf.get_variable("w", [4, 2], partitioner=tf.fixed_size_partitioner(2))
    assert isinstance(w, tf.Variable) and w.name == "w:0" and w.shape == [4, 2]


def test_what_is_refused():
    for make, wrong in (
        (tf.variable_axis_size_partitioner, {"max_shard_bytes": 0}),
        (tf.variable_axis_size_partitioner, {"max_shard_bytes": 1, "max_shards": 0}),
        (tf.min_max_variable_partitioner, {"max_partitions": 0}),
    ):
        with pytest.raises(ValueError, match=f"{list(wrong)[-1]} must be positive, got 0"):
            make(**wrong)
    with pytest.raises(ValueError, match=r"fully known, got \(\?, 2\)"):
        tf.fixed_size_partitioner(2)(shape=[None, 2])
