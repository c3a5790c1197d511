"""Windows, groups, and what `tf.data.experimental` has. The windows' expectations are those of TensorFlow 1.15.5."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.errors import InvalidArgumentError
from tests.data.test_dataset import listed

Dataset, experimental = tf.data.Dataset, tf.data.experimental


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((3,), [[0, 1, 2], [3, 4, 5], [6]]),
        ((3, 1, 2), [[0, 2, 4], [1, 3, 5], [2, 4, 6], [3, 5], [4, 6], [5], [6]]),
        ((2, 3), [[0, 1], [3, 4], [6]]),
        ((2, 5), [[0, 1], [5, 6]]),
        ((3, 2, 2, True), [[0, 2, 4], [2, 4, 6]]),
        ((4, 4, 1, True), [[0, 1, 2, 3]]),
        ((7,), [[0, 1, 2, 3, 4, 5, 6]]),
    ],
)
def test_windows(arguments, expected):
    assert listed(Dataset.range(7).window(*arguments).flat_map(lambda w: w.batch(10))) == expected


def test_each_component_has_a_window_of_its_own():
    pairs = Dataset.from_tensor_slices(([1, 2, 3, 4], [5, 6, 7, 8])).window(3)
    sums = pairs.flat_map(lambda a, b: Dataset.zip((a.batch(3), b.batch(3)))).map(lambda a, b: a + b)
    assert listed(sums) == [[6, 8, 10], [12]]
    named = Dataset.from_tensor_slices({"x": [1, 2, 3]}).window(2).flat_map(lambda d: d["x"].map(lambda v: 2 * v))
    assert listed(named) == [2, 4, 6]


def test_groups():
    def group(size):
        return experimental.group_by_window(
            lambda x: x % 3, lambda key, rows: rows.map(lambda x: (key, x)).batch(9), size
        )

    assert listed(Dataset.range(8).apply(group(2))) == [
        ([0, 0], [0, 3]), ([1, 1], [1, 4]), ([2, 2], [2, 5]), ([0], [6]), ([1], [7]),
    ]  # fmt: skip
    with pytest.raises(InvalidArgumentError, match="greater than zero, but got 0"):
        listed(Dataset.range(3).apply(group(0)))
    with pytest.raises(TypeError, match="key function .* int64 scalar"):
        Dataset.range(3).apply(experimental.group_by_window(lambda x: 1.0, lambda k, d: d, 2))
    with pytest.raises(ValueError, match="either"):
        experimental.group_by_window(lambda x: x, lambda k, d: d)


def test_buckets_of_lengths():
    rows = Dataset.from_tensor_slices([1, 6, 2, 5, 3, 4]).map(lambda n: tf.fill([n], n))
    bucket = experimental.bucket_by_sequence_length(tf.size, [3, 5], [2, 2, 1], padding_values=-1)
    assert listed(rows.apply(bucket)) == [[[6] * 6], [[1, -1], [2, 2]], [[5] * 5], [[3, 3, 3, -1], [4, 4, 4, 4]]]
    for arguments in [([3], [2]), ([3], [2, 2], None, None, True)]:
        with pytest.raises(ValueError, match="bucket"):
            experimental.bucket_by_sequence_length(tf.size, *arguments)


def test_turns():
    choices = Dataset.from_tensor_slices(np.array([1, 1, 0, 1, 0, 0], np.int64))
    chosen = experimental.choose_from_datasets([Dataset.range(2), Dataset.range(5, 7)], choices)
    assert listed(chosen) == [5, 6, 0, 1]
    with pytest.raises(InvalidArgumentError, match="There are 1 datasets, 1 was chosen"):
        listed(experimental.choose_from_datasets([Dataset.range(2)], choices))
    with pytest.raises(TypeError, match="same types"):
        experimental.choose_from_datasets([Dataset.range(2), Dataset.from_tensors(1.0)], choices)
    sampled = experimental.sample_from_datasets([Dataset.range(9000), Dataset.range(-9000, 0)], [0.25, 0.75], seed=1)
    found = np.array(listed(sampled.take(4000)))
    assert abs((found >= 0).mean() - 0.25) < 0.03  # four standard deviations
    assert (found[found >= 0] == np.arange((found >= 0).sum())).all()
    with pytest.raises(ValueError, match="2 probabilities"):
        experimental.sample_from_datasets([Dataset.range(2)] * 2, [1.0, 1.0])


def test_running_states_and_ends():
    sums = Dataset.range(1, 5).apply(
        experimental.scan((np.int64(0), 1.0), lambda s, x: ((s[0] + x, s[1] / 2), (s[0] + x, s[1])))
    )
    assert listed(sums) == [(1, 1.0), (3, 0.5), (6, 0.25), (10, 0.125)]
    assert listed(Dataset.range(9).apply(experimental.take_while(lambda x: x < 3))) == [0, 1, 2]
    with pytest.raises(TypeError, match="a new state and an element"):
        Dataset.range(3).apply(experimental.scan(np.int64(0), lambda s, x: x))


def test_what_fails_is_left_out():
    shares = Dataset.from_tensor_slices([1.0, 0.0, 4.0, 0.0]).map(lambda x: tf.check_numerics(1.0 / x, "x"))
    assert listed(shares.apply(experimental.ignore_errors())) == [1.0, 0.25]


def test_several_in_one():
    both = Dataset.range(4).apply(experimental.shuffle_and_repeat(4, 2, seed=1))
    first, second = np.array(listed(both)).reshape(2, 4)
    assert sorted(first) == sorted(second) == [0, 1, 2, 3]
    assert listed(Dataset.range(4).apply(experimental.map_and_batch(lambda x: x * x, 3))) == [[0, 1, 4], [9]]
    assert listed(Dataset.range(4, 6).apply(experimental.enumerate_dataset(1))) == [(1, 4), (2, 5)]
    assert listed(experimental.Counter(3, -1).take(3)) == [3, 2, 1]
    assert tf.data.get_output_types(experimental.Counter(dtype=tf.int32)) is tf.int32
