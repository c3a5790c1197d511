"""What the data passed to `fit` and its kin are: arrays, or something that makes batches.

A batch is the inputs, or a tuple of the inputs, the targets and the sample weights, of which the last may be left out.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from kerasflow.models.datasets import PyDataset, ahead

__all__ = ["batches_of", "unpacked"]

# What arrays, frames, matrices with few entries, and tensors of a graph have.
_ARRAYS = ("__array__", "__array_interface__", "to_numpy", "columns", "toarray", "graph")

Order = Callable[[int], Any]


def batches_of(x: Any, order: Order = range) -> Any:
    """What makes batches, if `x` does; None if it is arrays.

    Args:
        x: what was passed.
        order: gives the order in which the batches of a data set are taken, from their number.

    Raises:
        TypeError: it is a function, perhaps one that makes a generator.
    """
    if x is None or isinstance(x, (np.ndarray, Sequence, Mapping)):
        return None
    if any(hasattr(x, name) for name in _ARRAYS):
        return None
    if hasattr(x, "__batches__"):
        return _OfDataset(x.__batches__())
    if isinstance(x, PyDataset) or hasattr(x, "__getitem__") and hasattr(x, "__len__"):
        return _Dataset(x, order)
    if hasattr(x, "__iter__"):
        return _Iterated(x)
    if inspect.isfunction(x) or inspect.ismethod(x):
        raise TypeError(f"Expected data, got the function {x.__name__!r}; to pass what it yields, call it.")
    return None


def unpacked(batch: Any) -> tuple[Any, Any, Any]:
    """Inputs, targets and sample weights of a batch, None for what it does not have. ValueError if it is none."""
    if not isinstance(batch, (list, tuple)):
        return batch, None, None
    if not 1 <= len(batch) <= 3:
        raise ValueError(
            f"A batch must be (x,), (x, y) or (x, y, sample_weight); got a {type(batch).__name__} of {len(batch)}."
        )
    x, y, weights = [*batch, None, None][:3]
    return x, y, weights


class _Dataset:
    """A `PyDataset`, or something that is used like one."""

    again = True  # whether the batches can be had a second time

    def __init__(self, dataset: Any, order: Order) -> None:
        self._dataset, self._order = dataset, order
        count = getattr(dataset, "num_batches", None)
        self.count: int | None = count if isinstance(dataset, PyDataset) or count is not None else len(dataset)
        if self.count is not None and self.count < 1:
            raise ValueError(f"The data set {type(dataset).__name__} has no batches.")

    def first(self) -> Any:
        """A batch, to see what they look like."""
        return self._dataset[0]

    def passes(self) -> Iterator[Any]:
        """The batches of a pass, from the first on."""
        indices = itertools.count() if self.count is None else self._order(self.count)
        numbers = map(int, indices)
        workers = getattr(self._dataset, "workers", 1)
        if workers > 1:
            return ahead(self._dataset.__getitem__, numbers, workers, getattr(self._dataset, "max_queue_size", 10))
        return map(self._dataset.__getitem__, numbers)

    def orders(self) -> list[Any]:
        """Nothing: the model draws the order of a pass."""
        return []

    def begin(self) -> None:
        """Tell the data set that an epoch begins."""
        getattr(self._dataset, "on_epoch_begin", _nothing)()

    def end(self) -> None:
        """Tell the data set that an epoch is over."""
        getattr(self._dataset, "on_epoch_end", _nothing)()


class _Iterated:
    """An iterator, which gives its batches once, or something that can be iterated over again and again."""

    def __init__(self, iterable: Any) -> None:
        self._iterable = iterable
        self.again = not hasattr(iterable, "__next__")
        self.count = _length(iterable)
        self._started: Iterator[Any] | None = None

    def first(self) -> Any:
        """A batch, to see what they look like. ValueError if there is none."""
        started = None if self.again else self._started
        iterator = iter(self._iterable) if started is None else started
        for batch in iterator:
            self._started = itertools.chain([batch], iterator)
            return batch
        raise ValueError(f"There are no batches: the {type(self._iterable).__name__} gave none.")

    def passes(self) -> Iterator[Any]:
        """The batches of a pass, from the first on; of an iterator those that are left."""
        if self._started is None:
            return iter(self._iterable)
        started = self._started
        if self.again:
            self._started = None
        return started

    def orders(self) -> list[Any]:
        """Nothing: what comes is up to the iterable."""
        return []

    def begin(self) -> None:
        """An epoch begins."""

    def end(self) -> None:
        """An epoch is over."""


class _OfDataset(_Iterated):
    """A `tf.data.Dataset`; where its batches are rows of arrays, `whole` has the arrays, and `numbers` the rows."""

    def __init__(self, elements: Any) -> None:
        super().__init__(elements)
        self._elements = elements
        self._before: list[Any] = []  # what `orders` was when the first batch was looked at

    def first(self) -> Any:
        """A batch, to see what they look like; the pass that begins with it is the next one."""
        self._before = self._elements.orders()
        return super().first()

    def whole(self) -> Any:
        """All rows that batches are taken of, None if there are none; passes are then told by `numbers`."""
        found = self._elements.whole()
        if found is not None:
            self._started = None
        return found

    def numbers(self) -> Iterator[Any]:
        """The row numbers of the batches of a pass."""
        found: Iterator[Any] = self._elements.numbers()
        return found

    def orders(self) -> list[Any]:
        """Plain numbers that say in which orders the passes to come will be."""
        found: list[Any] = self._elements.orders() if self._started is None else self._before
        return found

    def set_orders(self, numbers: Sequence[Any]) -> None:
        """Go on with the passes that `orders` told of."""
        self._elements.set_orders(numbers)
        self._started = None


def _length(iterable: Any) -> int | None:
    """The number of batches, None where it is not known: not everything that defines a length has one."""
    try:
        return len(iterable)
    except TypeError:
        return None


def _nothing() -> None:
    pass
