"""`Dataset`: a description of elements that can be read again and again, and what makes others of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kerasflow.core import nest
from kerasflow.core.errors import InvalidArgumentError
from kerasflow.core.ops.random_ops import get_seed
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.data import applying, batching, elements, ordering, sources, windows
from kerasflow.data.caching import CachedFile
from kerasflow.data.readable import Readable
from kerasflow.data.reading import Stage, number
from kerasflow.data.reducing import reduced

__all__ = ["Dataset", "stage_of"]

_ALL = 1 << 40  # more elements than there will be


class Dataset(Readable):
    """Elements that come one after the other: tensors, or tuples and dicts of tensors.

    A data set is made by one of the functions `from_...` and `range`; its methods make others of it, and change
    nothing. Iterators give its elements to a graph; `fit` and its kin take data sets of batches as they are.

    >>> dataset = tf.data.Dataset.from_tensor_slices([1, 2, 3, 4, 5]).map(lambda x: x * x).batch(2)
    >>> x = dataset.make_one_shot_iterator().get_next()
    >>> with tf.Session() as sess:
    ...     print(sess.run(x), sess.run(x), sess.run(x))
    [1 4] [ 9 16] [25]
    """

    # Making one.

    @staticmethod
    def from_tensors(tensors: Any) -> Dataset:
        """One element: `tensors`, a tensor or array or a nest of these.

        >>> list(tf.data.Dataset.from_tensors([1, 2]).as_numpy_iterator())
        [array([1, 2], dtype=int32)]
        """
        return Dataset(sources.FromTensors(elements.as_sources(tensors)))

    @staticmethod
    def from_tensor_slices(tensors: Any) -> Dataset:
        """An element for each row of `tensors`, a tensor or array, or a nest of these with as many rows each.

        Raises:
            ValueError: something has no rows, or the numbers of rows differ.

        >>> dataset = tf.data.Dataset.from_tensor_slices({"a": [1, 2], "b": [[3.0, 4.0], [5.0, 6.0]]})
        >>> for element in dataset.as_numpy_iterator():
        ...     print(element["a"], element["b"])
        1 [3. 4.]
        2 [5. 6.]
        """
        return Dataset(sources.Slices(elements.as_sources(tensors)))

    @staticmethod
    def from_sparse_tensor_slices(sparse_tensor: Any) -> Dataset:
        """An element for each row of a sparse tensor, a sparse tensor too."""
        return Dataset(sources.Slices(SparseTensor.from_value(sparse_tensor)))

    @staticmethod
    def from_generator(
        generator: Callable[..., Any], output_types: Any, output_shapes: Any = None, args: Any = ()
    ) -> Dataset:
        """What a Python generator yields.

        Args:
            generator: called at the beginning of each pass; gives something to iterate over, whose items are numbers,
                arrays or lists in the nest of `output_types`.
            output_types: the types of the components, in their nest.
            output_shapes: their shapes; by default any.
            args: tensors whose values are given to `generator`.

        Raises:
            TypeError: `generator` cannot be called. InvalidArgumentError: when it is read, and yields something else.

        >>> dataset = tf.data.Dataset.from_generator(lambda: ((i, [i] * i) for i in range(3)), (tf.int32, tf.int32))
        >>> [(int(n), list(map(int, row))) for n, row in dataset.as_numpy_iterator()]
        [(0, []), (1, [1]), (2, [2, 2])]
        """
        if not callable(generator):
            raise TypeError(f"`generator` must be callable, got {generator!r}.")
        arguments = [elements.as_sources(a) for a in (args if args is not None else ())]
        return Dataset(sources.Generated(generator, elements.given_components(output_types, output_shapes), arguments))

    @staticmethod
    def range(*args: Any) -> Dataset:
        """The int64 numbers of Python's ``range(...)``.

        >>> list(map(int, tf.data.Dataset.range(1, 10, 4).as_numpy_iterator()))
        [1, 5, 9]
        """
        if not 1 <= len(args) <= 3:
            raise ValueError(f"Dataset.range() takes a stop, or a start, a stop and a step; got {len(args)} arguments.")
        bounds = [number(a, "A bound of Dataset.range()") for a in args]
        start, stop, step = [0, *bounds, 1] if len(bounds) == 1 else [*bounds, 1][:3]
        return Dataset(sources.Numbered(start, stop, step))

    @staticmethod
    def list_files(file_pattern: Any, shuffle: bool | None = None, seed: int | None = None) -> Dataset:
        """The names of the files that match a pattern, or one of several, when it is read.

        Args:
            file_pattern: a string with ``*``, ``?`` and ``[...]``, strings, or a string tensor.
            shuffle: whether they come in a random order, by default true; else they are sorted.
            seed: as for `shuffle`.
        """
        found = Dataset(sources.Matching(elements.as_sources(file_pattern)))
        return found if shuffle is False else found.shuffle(_ALL, seed)

    @staticmethod
    def zip(datasets: Any) -> Dataset:
        """Elements of several data sets side by side, in their nest; it ends with the shortest.

        Raises:
            TypeError: something in the nest is no data set; lists are no nests.

        >>> letters = tf.data.Dataset.from_tensor_slices(["a", "b"])
        >>> list(tf.data.Dataset.zip((tf.data.Dataset.range(5), letters)).as_numpy_iterator())
        [(np.int64(0), b'a'), (np.int64(1), b'b')]
        """
        return Dataset(sources.Zipped(elements.mapped(lambda d: stage_of(d, "Dataset.zip()"), datasets)))

    # Functions on elements.

    def map(self, map_func: Callable[..., Any], num_parallel_calls: Any = None) -> Dataset:
        """What `map_func` gives for each element.

        Args:
            map_func: takes an element, the items of a tuple as arguments, and computes tensors; it is called once, to
                build a graph of its own. It may use tensors from outside: their values when the iterator starts.
            num_parallel_calls: accepted and without effect.

        Raises:
            TypeError: it gives something that is no tensor.

        >>> pairs = tf.data.Dataset.from_tensor_slices(([1, 2], [10, 20]))
        >>> list(map(int, pairs.map(lambda a, b: a + b).as_numpy_iterator()))
        [11, 22]
        """
        return Dataset(applying.Mapped(self._stage, map_func))

    def filter(self, predicate: Callable[..., Any]) -> Dataset:
        """The elements for which `predicate` gives a true boolean scalar. ValueError if it gives something else.

        >>> list(map(int, tf.data.Dataset.range(6).filter(lambda x: x % 2 > 0).as_numpy_iterator()))
        [1, 3, 5]
        """
        return Dataset(applying.Filtered(self._stage, predicate))

    def flat_map(self, map_func: Callable[..., Any]) -> Dataset:
        """The elements of the data sets that `map_func` gives for each element, one after the other.

        Raises:
            TypeError: it gives no data set.

        >>> rows = tf.data.Dataset.from_tensor_slices([[1, 2], [3, 4]])
        >>> list(map(int, rows.flat_map(tf.data.Dataset.from_tensor_slices).as_numpy_iterator()))
        [1, 2, 3, 4]
        """
        return Dataset(applying.FlatMapped(self._stage, map_func, stage_of))

    def interleave(
        self,
        map_func: Callable[..., Any],
        cycle_length: Any = 4,
        block_length: Any = 1,
        num_parallel_calls: Any = None,
    ) -> Dataset:
        """As `flat_map`, taking turns between `cycle_length` data sets, `block_length` elements at a time.

        >>> twice = lambda x: tf.data.Dataset.from_tensors(x).repeat(3)
        >>> dataset = tf.data.Dataset.range(1, 4).interleave(twice, cycle_length=2, block_length=2)
        >>> list(map(int, dataset.as_numpy_iterator()))
        [1, 1, 2, 2, 1, 2, 3, 3, 3]
        """
        cycle, block = number(cycle_length, "`cycle_length`", 1), number(block_length, "`block_length`", 1)
        return Dataset(applying.Interleaved(self._stage, map_func, stage_of, cycle, block))

    def reduce(self, initial_state: Any, reduce_func: Callable[..., Any]) -> Any:
        """The last state: `reduce_func` makes the next one from the state so far and an element.

        >>> total = tf.data.Dataset.range(5).reduce(np.int64(0), lambda state, x: state + x)
        >>> tf.Session().run(total)
        np.int64(10)
        """
        return reduced(self._stage, initial_state, reduce_func)

    def apply(self, transformation_func: Callable[[Dataset], Dataset]) -> Dataset:
        """What `transformation_func` makes of this data set. TypeError if that is no data set."""
        made = transformation_func(self)
        stage_of(made, "Dataset.apply()")
        return made

    # Batches.

    def batch(self, batch_size: Any, drop_remainder: bool = False) -> Dataset:
        """Every `batch_size` elements as one, stacked; the last batch may be smaller, unless it is dropped.

        Raises:
            InvalidArgumentError: `batch_size` is not positive; or, when it is read, shapes differ within a batch.

        >>> [list(map(int, batch)) for batch in tf.data.Dataset.range(5).batch(2).as_numpy_iterator()]
        [[0, 1], [2, 3], [4]]
        """
        return Dataset(batching.Batched(self._stage, number(batch_size, "Batch size", 1), bool(drop_remainder)))

    def padded_batch(
        self, batch_size: Any, padded_shapes: Any, padding_values: Any = None, drop_remainder: bool = False
    ) -> Dataset:
        """As `batch`, with elements of different sizes filled up.

        Args:
            padded_shapes: for each component, the shape to fill up to; -1 or None is the largest size in the batch.
            padding_values: for each component, a scalar to fill up with; by default 0, and the empty string.

        >>> rows = tf.data.Dataset.range(1, 4).map(lambda n: tf.fill([n], n))
        >>> for batch in rows.padded_batch(3, [None]).as_numpy_iterator():
        ...     print(batch)
        [[1 0 0]
         [2 2 0]
         [3 3 3]]
        """
        parts = self._stage.parts
        wanted = elements.given_components(self.output_types, elements.mapped_shapes(padded_shapes))
        given = [None] * len(parts) if padding_values is None else nest.leaves(padding_values)
        if len(given) != len(parts):
            raise ValueError(f"Expected {len(parts)} padding values, got {len(given)}.")
        fills = [batching.fill_of(value, c) for value, c in zip(given, parts, strict=True)]
        dims = [c.dims for c in nest.leaves(wanted)]
        size = number(batch_size, "Batch size", 1)
        return Dataset(batching.Padded(self._stage, size, bool(drop_remainder), dims, fills))

    def unbatch(self) -> Dataset:
        """The rows of the elements. ValueError if these are scalars.

        >>> list(map(int, tf.data.Dataset.from_tensors([7, 8]).unbatch().as_numpy_iterator()))
        [7, 8]
        """
        return Dataset(batching.Unbatched(self._stage))

    def window(self, size: Any, shift: Any = None, stride: Any = 1, drop_remainder: bool = False) -> Dataset:
        """Elements in windows: of each component a data set of `size` elements.

        Args:
            size: the number of elements in a window; the last ones may have fewer, unless these are dropped.
            shift: how many elements the next window begins later, by default `size`.
            stride: how many elements lie between two of a window, plus one.
            drop_remainder: whether to leave out windows of fewer elements.

        Raises:
            InvalidArgumentError: a number is not positive.

        >>> pairs = tf.data.Dataset.range(5).window(3, shift=1, drop_remainder=True).flat_map(lambda w: w.batch(3))
        >>> [list(map(int, rows)) for rows in pairs.as_numpy_iterator()]
        [[0, 1, 2], [1, 2, 3], [2, 3, 4]]
        """
        counts = number(size, "The size of a window", 1), number(size if shift is None else shift, "The shift", 1)
        return Dataset(windows.Windowed(self._stage, *counts, number(stride, "The stride", 1), bool(drop_remainder)))

    # Which elements, and in what order.

    def shuffle(
        self, buffer_size: Any, seed: int | None = None, reshuffle_each_iteration: bool | None = None
    ) -> Dataset:
        """The elements in a random order.

        A buffer of `buffer_size` elements is filled; half of it, chosen at random, comes first, in random order, and it
        is filled up again. If all elements fit in, every order is equally likely.

        Args:
            buffer_size: among how many of the next elements one is drawn.
            seed: with it, or the graph's (`tf.set_random_seed`), the order is the same in every run.
            reshuffle_each_iteration: whether each pass of a later `repeat` has an order of its own, by default true.

        >>> dataset = tf.data.Dataset.range(100).shuffle(100, seed=1)
        >>> found = list(map(int, dataset.as_numpy_iterator()))
        >>> found != sorted(found), sorted(found) == list(range(100))
        (True, True)
        """
        size = number(buffer_size, "The buffer size of a shuffle", 1)
        seeds = get_seed(seed)
        given = None if None in seeds else seeds
        return Dataset(ordering.Shuffled(self._stage, size, given, reshuffle_each_iteration is not False))

    def repeat(self, count: Any = None) -> Dataset:
        """All elements `count` times; without end if it is None or -1."""
        return Dataset(ordering.Repeated(self._stage, number(-1 if count is None else count, "The count", -1)))

    def take(self, count: Any) -> Dataset:
        """The first `count` elements; all if it is -1."""
        return Dataset(ordering.Taken(self._stage, number(count, "The count")))

    def skip(self, count: Any) -> Dataset:
        """The elements after the first `count`; none if it is -1."""
        return Dataset(ordering.Skipped(self._stage, number(count, "The count")))

    def shard(self, num_shards: Any, index: Any) -> Dataset:
        """Of every `num_shards` elements the one at `index`. InvalidArgumentError if that is not one of them."""
        shards, at = number(num_shards, "`num_shards`", 1), number(index, "`index`", 0)
        if isinstance(shards, int) and isinstance(at, int) and at >= shards:
            raise InvalidArgumentError(None, None, f"`index` must be less than `num_shards`, {shards}; got {at}.")
        return Dataset(ordering.Shard(self._stage, shards, at))

    def concatenate(self, dataset: Dataset) -> Dataset:
        """The elements of this data set, then those of another. TypeError if they differ in structure or type."""
        return Dataset(sources.Concatenated(self._stage, stage_of(dataset, "Dataset.concatenate()")))

    def enumerate(self, start: Any = 0) -> Dataset:
        """Pairs of an int64 number, counted from `start`, and an element.

        >>> list(tf.data.Dataset.from_tensor_slices(["a", "b"]).enumerate(5).as_numpy_iterator())
        [(np.int64(5), b'a'), (np.int64(6), b'b')]
        """
        return Dataset.zip((Dataset.range(start, np.iinfo(np.int64).max), self))

    def cache(self, filename: Any = "") -> Dataset:
        """The same elements, kept when they have been read once to their end.

        Args:
            filename: the file they are kept in, for other programs too; by default memory. It does not know what it was
                made of: whoever changes the data set deletes it.

        Raises:
            DataLossError: in a run, the file is damaged. InvalidArgumentError: it holds other elements.
        """
        name = elements.text_of(filename)
        return Dataset(CachedFile(self._stage, name) if name else ordering.Cached(self._stage))

    def prefetch(self, buffer_size: Any) -> Dataset:
        """The same data set: elements are made when they are asked for."""
        number(buffer_size, "The buffer size of a prefetch", -1)
        return Dataset(self._stage)


applying.Held.as_dataset = Dataset


def stage_of(dataset: Any, what: str) -> Stage:
    """The stage of a data set. TypeError if it is none."""
    if not isinstance(dataset, Dataset):
        raise TypeError(f"{what} needs a Dataset, got {dataset!r}, a {type(dataset).__name__}.")
    return dataset._stage
