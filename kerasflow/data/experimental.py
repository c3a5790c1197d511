"""`tf.data.experimental`: transformations for `Dataset.apply`, and data sets that are seldom needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasflow.core import ops
from kerasflow.core.graph import convert
from kerasflow.core.ops.cast import cast
from kerasflow.core.tensor import Operation
from kerasflow.core.types import int64
from kerasflow.data import elements, mixing, windows
from kerasflow.data.csv_files import CsvDataset
from kerasflow.data.csv_tables import make_csv_dataset
from kerasflow.data.dataset import Dataset, stage_of
from kerasflow.data.iterators import Iterator

__all__ = [
    "AUTOTUNE",
    "Counter",
    "CsvDataset",
    "bucket_by_sequence_length",
    "choose_from_datasets",
    "enumerate_dataset",
    "group_by_window",
    "ignore_errors",
    "make_csv_dataset",
    "make_saveable_from_iterator",
    "map_and_batch",
    "parallel_interleave",
    "sample_from_datasets",
    "scan",
    "shuffle_and_repeat",
    "take_while",
    "unbatch",
]

AUTOTUNE = -1  # for `num_parallel_calls` and `buffer_size`: as many as the library thinks fit

Transformation = Callable[[Dataset], Dataset]


def make_saveable_from_iterator(iterator: Iterator) -> Operation:
    """What makes checkpoints keep where an iterator is: a `Saver` then saves and restores it, too.

    After `Saver.restore` the iterator goes on with the element after the last that was taken before `Saver.save`. What
    had been taken is read again for that, and left out; shuffles repeat their orders. Functions that draw random
    numbers draw new ones.

    Args:
        iterator: one that was made for one data set; one that has an initializer is to be initialised before.

    Returns:
        An operation, for the collection `SAVEABLE_OBJECTS`, as programs have it; it need not go there.

    Raises:
        ValueError: it can go over several data sets.

    >>> import os, tempfile
    >>> iterator = tf.data.Dataset.range(10).shuffle(10).make_one_shot_iterator()
    >>> x, w = iterator.get_next(), tf.Variable(0.0)
    >>> tf.add_to_collection(
    ...     tf.GraphKeys.SAVEABLE_OBJECTS, tf.data.experimental.make_saveable_from_iterator(iterator)
    ... )
    >>> saver, path = tf.train.Saver(), os.path.join(tempfile.mkdtemp(), "m.ckpt")
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     first = [sess.run(x) for _ in range(3)]
    ...     path = saver.save(sess, path)
    ...     rest = [sess.run(x) for _ in range(7)]
    >>> with tf.Session() as sess:
    ...     saver.restore(sess, path)
    ...     rest == [sess.run(x) for _ in range(7)]
    True
    """
    return iterator.keep_position()


def map_and_batch(
    map_func: Callable[..., Any],
    batch_size: Any,
    num_parallel_batches: Any = None,
    drop_remainder: bool = False,
    num_parallel_calls: Any = None,
) -> Transformation:
    """What `Dataset.map` makes of the elements, in batches as `Dataset.batch` makes them."""
    return lambda dataset: dataset.map(map_func).batch(batch_size, drop_remainder)


def shuffle_and_repeat(buffer_size: Any, count: Any = None, seed: int | None = None) -> Transformation:
    """The elements as `Dataset.shuffle` orders them, repeated as by `Dataset.repeat`."""
    return lambda dataset: dataset.shuffle(buffer_size, seed).repeat(count)


def unbatch() -> Transformation:
    """The rows of the elements, as `Dataset.unbatch` gives them."""
    return lambda dataset: dataset.unbatch()


def enumerate_dataset(start: Any = 0) -> Transformation:
    """Pairs of a number and an element, as `Dataset.enumerate` gives them."""
    return lambda dataset: dataset.enumerate(start)


def parallel_interleave(
    map_func: Callable[..., Any],
    cycle_length: Any,
    block_length: Any = 1,
    sloppy: bool = False,
    buffer_output_elements: Any = None,
    prefetch_input_elements: Any = None,
) -> Transformation:
    """`Dataset.interleave`; the other arguments are without effect."""
    return lambda dataset: dataset.interleave(map_func, cycle_length, block_length)


def ignore_errors() -> Transformation:
    """The elements that can be made: those whose making fails are left out.

    >>> shares = tf.data.Dataset.from_tensor_slices([1.0, 0.0, 4.0]).map(lambda x: tf.check_numerics(1.0 / x, "x"))
    >>> list(map(float, shares.apply(tf.data.experimental.ignore_errors()).as_numpy_iterator()))
    [1.0, 0.25]
    """
    return lambda dataset: Dataset(mixing.Sound(dataset._stage))


def take_while(predicate: Callable[..., Any]) -> Transformation:
    """The elements before the first for which `predicate` is false.

    >>> small = tf.data.Dataset.range(10).apply(tf.data.experimental.take_while(lambda x: x < 3))
    >>> list(map(int, small.as_numpy_iterator()))
    [0, 1, 2]
    """
    return lambda dataset: Dataset(mixing.TakenWhile(dataset._stage, predicate))


def scan(initial_state: Any, scan_func: Callable[..., Any]) -> Transformation:
    """What `scan_func` gives, besides the next state, for the state so far and each element.

    >>> sums = tf.data.Dataset.range(5).apply(tf.data.experimental.scan(np.int64(0), lambda s, x: (s + x, s + x)))
    >>> list(map(int, sums.as_numpy_iterator()))
    [0, 1, 3, 6, 10]
    """
    state = elements.as_sources(initial_state)
    return lambda dataset: Dataset(mixing.Scanned(dataset._stage, state, scan_func))


def group_by_window(
    key_func: Callable[..., Any],
    reduce_func: Callable[..., Any],
    window_size: Any = None,
    window_size_func: Callable[..., Any] | None = None,
) -> Transformation:
    """Elements of one key at a time, as many as a window holds, put through a function that gives a data set.

    Args:
        key_func: gives an element's key, an int64 scalar.
        reduce_func: from a key and a data set of its elements to a data set, of all of which the result consists.
        window_size: the number of elements in a window.
        window_size_func: from a key to this number, instead of `window_size`.

    Raises:
        ValueError: both sizes are given, or none. TypeError: a function gives something else.

    >>> pairs = tf.data.experimental.group_by_window(lambda x: x % 2, lambda key, group: group.batch(3), 3)
    >>> [list(map(int, rows)) for rows in tf.data.Dataset.range(8).apply(pairs).as_numpy_iterator()]
    [[0, 2, 4], [1, 3, 5], [6], [7]]
    """
    if (window_size is None) == (window_size_func is None):
        raise ValueError("Must pass either window_size or window_size_func.")
    size = window_size_func or (lambda key: cast(convert(window_size), int64))
    return lambda dataset: Dataset(windows.Grouped(dataset._stage, key_func, reduce_func, size, stage_of))


def bucket_by_sequence_length(
    element_length_func: Callable[..., Any],
    bucket_boundaries: Sequence[int],
    bucket_batch_sizes: Sequence[int],
    padded_shapes: Any = None,
    padding_values: Any = None,
    pad_to_bucket_boundary: bool = False,
    no_padding: bool = False,
    drop_remainder: bool = False,
) -> Transformation:
    """Batches of elements of about the same length, filled up.

    Args:
        element_length_func: gives an element's length, an int32 scalar.
        bucket_boundaries: lengths at which a new bucket begins.
        bucket_batch_sizes: the number of elements in a batch of each bucket, one more than there are boundaries.
        padded_shapes, padding_values: as for `Dataset.padded_batch`; by default the elements' own shapes.
        pad_to_bucket_boundary: not supported.
        no_padding: make plain batches.
        drop_remainder: whether to leave out batches that are not full.

    Raises:
        ValueError: the numbers of boundaries and sizes do not fit; or `pad_to_bucket_boundary`.

    >>> rows = tf.data.Dataset.from_tensor_slices([1, 4, 2, 5]).map(lambda n: tf.fill([n], n))
    >>> bucket = tf.data.experimental.bucket_by_sequence_length(lambda row: tf.size(row), [3], [2, 2])
    >>> [batch.shape for batch in rows.apply(bucket).as_numpy_iterator()]
    [(2, 2), (2, 5)]
    """
    if len(bucket_batch_sizes) != len(bucket_boundaries) + 1:
        raise ValueError("There must be one bucket_batch_size more than there are bucket_boundaries.")
    if pad_to_bucket_boundary:
        raise ValueError("pad_to_bucket_boundary is not supported: batches are filled up to their longest element.")
    boundaries, sizes = np.array(bucket_boundaries, np.int64), np.array(bucket_batch_sizes, np.int64)

    def bucket(*element: Any) -> Any:
        length = cast(convert(element_length_func(*element)), int64)
        return ops.reduce_sum(cast(length >= boundaries, int64))

    def batch(key: Any, group: Dataset) -> Dataset:
        size = convert(sizes)[key]
        if no_padding:
            return group.batch(size, drop_remainder)
        shapes = group.output_shapes if padded_shapes is None else padded_shapes
        return group.padded_batch(size, shapes, padding_values, drop_remainder)

    return group_by_window(bucket, batch, window_size_func=lambda key: convert(sizes)[key])


def choose_from_datasets(datasets: Sequence[Dataset], choice_dataset: Dataset) -> Dataset:
    """Elements of several data sets, in the order that the numbers of `choice_dataset` say.

    >>> choices = tf.data.Dataset.from_tensor_slices(np.array([1, 0, 1], np.int64))
    >>> low, high = tf.data.Dataset.range(9), tf.data.Dataset.range(50, 60)
    >>> chosen = tf.data.experimental.choose_from_datasets([low, high], choices)
    >>> list(map(int, chosen.as_numpy_iterator()))
    [50, 0, 51]
    """
    stages = [stage_of(d, "choose_from_datasets()") for d in datasets]
    return Dataset(mixing.Chosen(stages, stage_of(choice_dataset, "choose_from_datasets()")))


def sample_from_datasets(datasets: Sequence[Dataset], weights: Any = None, seed: int | None = None) -> Dataset:
    """Elements of several data sets, each time of one drawn at random.

    Args:
        datasets: of elements of one structure and type.
        weights: the probabilities of the data sets, by default equal.
        seed: with it the same draws come in every run.

    Raises:
        ValueError: the weights are no probabilities, one for each data set.
    """
    given = np.full(len(datasets), 1 / max(1, len(datasets))) if weights is None else np.asarray(weights, float)
    if given.shape != (len(datasets),) or not datasets or (given < 0).any() or not np.isclose(given.sum(), 1):
        raise ValueError(f"The weights must be {len(datasets)} probabilities that add up to 1, got {weights!r}.")

    def draws() -> Any:
        rng = np.random.default_rng(seed)
        while True:
            yield from rng.choice(len(given), 1000, p=given / given.sum()).astype(np.int64)

    return choose_from_datasets(datasets, Dataset.from_generator(draws, int64, []))


def Counter(start: Any = 0, step: Any = 1, dtype: Any = int64) -> Dataset:
    """The numbers from `start` on, `step` apart, without end.

    >>> list(map(int, tf.data.experimental.Counter(5, 2).take(3).as_numpy_iterator()))
    [5, 7, 9]
    """
    bound = np.iinfo(np.int64).max if not isinstance(step, int) or step > 0 else np.iinfo(np.int64).min
    numbers = Dataset.range(start, int(bound), step)
    return numbers if dtype is int64 else numbers.map(lambda x: cast(x, dtype))
