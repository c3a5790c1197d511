"""Data sets against lists made in Python; where TensorFlow 1.15.5 was asked, a comment says so."""

from collections import namedtuple

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.errors import InvalidArgumentError

Dataset = tf.data.Dataset


def plain(value):
    """Arrays as nested lists, in the same nest."""
    if isinstance(value, dict):
        return {key: plain(v) for key, v in value.items()}
    if isinstance(value, tuple):
        return tuple(plain(v) for v in value)
    return value.tolist() if hasattr(value, "tolist") else value


def listed(dataset):
    return [plain(element) for element in dataset.as_numpy_iterator()]


def dims(dataset):
    return [d.as_list() for d in tf.core.nest.leaves(dataset.output_shapes)]


# Sources.


def test_rows_of_a_nest():
    made = Dataset.from_tensor_slices({"a": [1.0, 2.0], "b": ([3, 4], np.array([[5, 6], [7, 8]], np.int64))})
    assert listed(made) == [{"a": 1.0, "b": (3, [5, 6])}, {"a": 2.0, "b": (4, [7, 8])}]
    assert made.output_types == {"a": tf.float32, "b": (tf.int32, tf.int64)}
    assert dims(made) == [[], [], [2]]


def test_rows_of_a_named_tuple_stay_one():
    pair = namedtuple("pair", "a b")
    made = Dataset.from_tensor_slices(pair([1, 2], [3, 4]))
    assert made.output_types == pair(tf.int32, tf.int32)
    assert listed(made.map(lambda p: p.a - p.b)) == [-2, -2]


def test_what_is_given_is_copied():
    rows = np.arange(3)
    made = Dataset.from_tensor_slices(rows)
    rows[0] = 9
    first = next(made.batch(3).as_numpy_iterator())
    first[0] = 7
    assert listed(made) == [0, 1, 2]


def test_text_and_no_rows():
    assert listed(Dataset.from_tensor_slices(["a", "b"]).batch(2)) == [[b"a", b"b"]]
    assert listed(Dataset.from_tensor_slices(np.zeros((0, 3))).batch(4)) == []


def test_rows_of_a_sparse_tensor():
    sparse = tf.SparseTensor([[0, 1], [1, 0], [1, 2]], [1, 2, 3], [3, 4])
    first, second, third = Dataset.from_tensor_slices(sparse).as_numpy_iterator()
    assert [plain(v) for v in (first.indices, first.values, first.dense_shape)] == [[[1]], [1], [4]]
    assert plain(second.indices) == [[0], [2]] and plain(third.values) == []
    batch = next(Dataset.from_sparse_tensor_slices(sparse).batch(2).as_numpy_iterator())
    assert plain(batch.indices) == [[0, 1], [1, 0], [1, 2]] and plain(batch.dense_shape) == [2, 4]


def test_one_element():
    assert listed(Dataset.from_tensors(([1, 2], "x"))) == [([1, 2], b"x")]


@pytest.mark.parametrize("bounds", [(4,), (2, 5), (10, 0, -3), (0, 9, 4), (3, 3)])
def test_range(bounds):
    assert listed(Dataset.range(*bounds)) == list(range(*bounds))


def test_a_generator_starts_anew_with_each_pass():
    calls = []

    def numbers(low, high):
        calls.append((int(low), int(high)))
        for i in range(low, high):
            yield i, [i] * i

    made = Dataset.from_generator(numbers, (tf.int32, tf.float64), ([], [None]), args=(1, 3))
    assert dims(made) == [[], [None]]
    assert listed(made.repeat(2)) == [(1, [1.0]), (2, [2.0, 2.0])] * 2
    assert calls == [(1, 3)] * 2


@pytest.mark.parametrize(
    ("yielded", "types", "shapes", "text"),
    [
        ([1, 2, 3], tf.int32, [2], r"shape \(3,\) where an element of shape \(2,\)"),
        ("text", tf.int32, [], "type str where int32"),
        (np.float64(1.5), tf.int32, [], "type float64 where int32"),
        ((1, 2), {"a": tf.int32}, None, "a dict of \\['a'\\]"),
        (1, (tf.int32, tf.int32), None, "a tuple of 2"),
    ],
)
def test_a_generator_that_yields_something_else(yielded, types, shapes, text):
    made = Dataset.from_generator(lambda: iter([yielded]), types, shapes)
    with pytest.raises(InvalidArgumentError, match=text):
        listed(made)


def test_side_by_side_and_one_after_the_other():
    together = Dataset.zip({"a": Dataset.range(3), "b": (Dataset.range(5), Dataset.range(9, 20))})
    assert listed(together) == [{"a": i, "b": (i, 9 + i)} for i in range(3)]
    joined = Dataset.range(2).batch(2).concatenate(Dataset.range(3).batch(3))
    assert listed(joined) == [[0, 1], [0, 1, 2]] and dims(joined) == [[None]]
    assert dims(Dataset.from_tensors([1, 2]).concatenate(Dataset.from_tensors([1]))) == [[None]]


# Functions.


def test_map_takes_a_tuple_apart_and_gives_a_nest():
    made = Dataset.from_tensor_slices(([1, 2], [10, 20])).map(lambda a, b: (a + b, {"s": tf.as_string(a)}))
    assert listed(made) == [(11, {"s": b"1"}), (22, {"s": b"2"})]
    assert listed(Dataset.range(2).map(lambda x: [x, x + 1])) == [(0, 1), (1, 2)]  # as TensorFlow: a list is a tuple


def test_batches_of_what_map_gives_are_not_overwritten():
    made = Dataset.range(600).map(lambda x: tf.fill([3], x)).batch(600)
    np.testing.assert_array_equal(listed(made)[0], np.repeat(np.arange(600), 3).reshape(600, 3))


def test_filter_and_flat_map():
    assert listed(Dataset.range(10).filter(lambda x: tf.equal(x % 3, 0))) == [0, 3, 6, 9]
    grown = Dataset.range(4).flat_map(lambda n: Dataset.range(n).map(lambda k: k + 10 * n))
    assert listed(grown) == [10 * n + k for n in range(4) for k in range(n)]
    pairs = Dataset.range(2).flat_map(lambda a: Dataset.range(2).flat_map(lambda b: Dataset.from_tensors((a, b))))
    assert listed(pairs) == [(a, b) for a in range(2) for b in range(2)]


@pytest.mark.parametrize(
    ("cycle", "block", "order"),  # given by TensorFlow 1.15.5
    [
        (1, 1, [1, 2, 2, 3, 3, 3, 4, 4, 4, 4]),
        (2, 1, [1, 2, 2, 3, 3, 4, 3, 4, 4, 4]),
        (3, 2, [1, 2, 2, 3, 3, 4, 4, 3, 4, 4]),
        (2, 3, [1, 2, 2, 3, 3, 3, 4, 4, 4, 4]),
    ],
)
def test_interleave(cycle, block, order):
    made = Dataset.range(1, 5).interleave(lambda n: Dataset.from_tensors(n).repeat(n), cycle, block)
    assert listed(made) == order


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda d: d.map(lambda x: None), TypeError, "Unsupported return value .*map"),
        (lambda d: d.map(3), TypeError, "takes a function, got 3"),
        (lambda d: d.filter(lambda x: x), ValueError, "scalar boolean"),
        (lambda d: d.flat_map(lambda x: x), TypeError, "flat_map.* needs a Dataset"),
        (lambda d: d.apply(lambda d: 1), TypeError, "apply.* needs a Dataset"),
        (lambda d: d.batch(0), InvalidArgumentError, "greater than zero, got 0"),
        (lambda d: d.batch(2.0), TypeError, "integer, got 2.0"),
        (lambda d: d.shuffle(0), InvalidArgumentError, "greater than zero"),
        (lambda d: d.repeat(-2), InvalidArgumentError, "-1 or more"),
        (lambda d: d.shard(2, 2), InvalidArgumentError, "less than `num_shards`, 2; got 2"),
        (lambda d: d.concatenate(Dataset.from_tensors(1.0)), TypeError, "different types int64 and float32"),
        (lambda d: d.unbatch(), ValueError, "scalar"),
        (lambda d: d.padded_batch(2, [1]), ValueError, "not compatible"),
        (lambda d: d.padded_batch(2, [], "x"), TypeError, "."),
        (lambda d: Dataset.zip([d, d]), TypeError, "zip.* needs a Dataset"),
        (lambda d: Dataset.from_tensor_slices(1), ValueError, "scalar"),
        (lambda d: Dataset.from_tensor_slices(([1, 2], [1, 2, 3])), ValueError, "2 and 3"),
        (lambda d: Dataset.from_generator(3, tf.int32), TypeError, "callable"),
        (lambda d: iter(d), RuntimeError, "as_numpy_iterator"),
    ],
)
def test_what_is_refused(make, error, text):
    with pytest.raises(error, match=text):
        make(Dataset.range(3))


# Batches.


@pytest.mark.parametrize("rows", [True, False])
@pytest.mark.parametrize(("drop", "expected"), [(False, [[0, 1, 2], [3, 4, 5], [6]]), (True, [[0, 1, 2], [3, 4, 5]])])
def test_batch(rows, drop, expected):
    source = Dataset.from_tensor_slices(np.arange(7)) if rows else Dataset.range(7)
    made = source.batch(3, drop_remainder=drop)
    assert listed(made) == expected and dims(made) == [[3 if drop else None]]


def test_a_batch_goes_on_where_a_pass_ends():
    for source in (Dataset.from_tensor_slices(np.arange(5)), Dataset.range(5)):
        assert listed(source.repeat(2).batch(4)) == [[0, 1, 2, 3], [4, 0, 1, 2], [3, 4]]


def test_shapes_that_differ_within_a_batch():
    with pytest.raises(InvalidArgumentError, match=r"shape \[1\] and element 1 had shape \[2\]"):
        listed(Dataset.range(1, 4).map(lambda n: tf.fill([n], n)).batch(2))


def test_padded_batches():
    rows = Dataset.range(1, 4).map(lambda n: (tf.fill([n], n), n))
    assert listed(rows.padded_batch(2, ([-1], []))) == [([[1, 0], [2, 2]], [1, 2]), ([[3, 3, 3]], [3])]
    text = Dataset.range(1, 3).map(lambda n: tf.fill([n], tf.as_string(n)))
    assert listed(text.padded_batch(2, [3], padding_values="-")) == [[[b"1", b"-", b"-"], [b"2", b"2", b"-"]]]
    with pytest.raises(InvalidArgumentError, match="smaller shape"):
        listed(text.padded_batch(2, [1]))


def test_unbatch():
    assert listed(Dataset.from_tensor_slices(([[1, 2], [3, 4]], [[5, 6], [7, 8]])).unbatch()) == [
        (1, 5), (2, 6), (3, 7), (4, 8),
    ]  # fmt: skip


# Order.


def orders(make):
    """A data set over rows of an array, by their numbers, and over other elements: the same elements."""
    n = 40
    return listed(make(Dataset.from_tensor_slices(np.arange(n)))), listed(make(Dataset.range(n)))


@pytest.mark.parametrize("size", [1, 2, 7, 39, 40, 41, 1000])
def test_shuffle(size):
    by_number, one_by_one = orders(lambda d: d.shuffle(size, seed=3))
    assert by_number == one_by_one and sorted(by_number) == list(range(40))
    assert all(element < at + size for at, element in enumerate(by_number))
    assert (by_number == list(range(40))) == (size == 1)


def test_every_order_is_equally_likely():
    made = Dataset.range(3).shuffle(3, seed=1).batch(3).repeat(6000)
    found = np.unique(np.array(listed(made)), axis=0, return_counts=True)[1]
    assert len(found) == 6 and np.abs(found - 1000).max() < 150  # five standard deviations


def test_each_pass_is_shuffled_anew_unless_it_is_told_not_to():
    for source in (Dataset.from_tensor_slices(np.arange(20)), Dataset.range(20)):
        anew = np.array(listed(source.shuffle(20, seed=1).repeat(2))).reshape(2, 20)
        assert (anew[0] != anew[1]).any() and (np.sort(anew) == np.arange(20)).all()
        alike = np.array(listed(source.shuffle(20, seed=1, reshuffle_each_iteration=False).repeat(2))).reshape(2, 20)
        assert (alike[0] == alike[1]).all()


def test_the_seed_of_the_graph_decides_the_order():
    def order(seed):
        with tf.Graph().as_default():
            if seed is not None:
                tf.set_random_seed(seed)
            return listed(Dataset.range(50).shuffle(50))

    assert order(1) == order(1) != order(2)
    assert order(None) != order(None)


@pytest.mark.parametrize(
    ("make", "reference"),
    [
        (lambda d: d.take(5), lambda x: x[:5]),
        (lambda d: d.take(-1), lambda x: x),
        (lambda d: d.skip(36), lambda x: x[36:]),
        (lambda d: d.skip(-1), lambda x: []),
        (lambda d: d.shard(3, 1), lambda x: x[1::3]),
        (lambda d: d.repeat(2).shard(7, 6).skip(2).take(4), lambda x: (x + x)[6::7][2:6]),
        (lambda d: d.repeat(0), lambda x: []),
        (lambda d: d.repeat().take(90), lambda x: (x * 3)[:90]),
        (lambda d: d.cache().repeat(2), lambda x: x * 2),
        (lambda d: d.prefetch(2), lambda x: x),
    ],
)
def test_which_elements(make, reference):
    by_number, one_by_one = orders(make)
    assert by_number == one_by_one == reference(list(range(40)))


def test_what_is_cached_is_not_computed_again():
    calls = []
    source = Dataset.from_generator(lambda: (calls.append(i) or i for i in range(3)), tf.int64)
    assert listed(source.cache().repeat(3)) == [0, 1, 2] * 3
    assert calls == [0, 1, 2]


def test_nothing_repeated_for_ever_ends():
    assert listed(Dataset.range(0).repeat()) == []
