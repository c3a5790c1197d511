"""`PyDataset`: batches by number, made when they are needed, by several threads if there is much to wait for."""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from queue import SimpleQueue
from typing import Any

__all__ = ["PyDataset", "ahead"]


class PyDataset:
    """The base of data sets that make their batches themselves.

    A data set of one's own defines ``__len__``, the number of batches, and ``__getitem__(index)``, which gives one: the
    inputs and the targets, or the inputs, the targets and the sample weights. `fit` takes the batches of each epoch in
    an order of its own, unless it is told ``shuffle=False``. A data set without end defines `num_batches` to be None.

    Args:
        workers: the number of threads that make batches ahead of time; 1 makes each when it is its turn.
        use_multiprocessing: taken for Keras's sake; batches are always made by threads.
        max_queue_size: how many batches are made ahead of time.

    >>> class Steps(tf.keras.utils.PyDataset):
    ...     def __len__(self):
    ...         return 2
    ...     def __getitem__(self, index):
    ...         return np.ones(4), np.full(4, 2.0 * index)
    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, kernel_initializer="zeros")])
    >>> model.compile("sgd", "mse")
    >>> model.evaluate(Steps(), verbose=0)
    2.0
    """

    def __init__(self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10) -> None:
        self.workers = workers
        self.use_multiprocessing = use_multiprocessing
        self.max_queue_size = max_queue_size

    def __getitem__(self, index: int) -> Any:
        """The batch of that number."""
        raise NotImplementedError(f"{type(self).__name__} must define __getitem__(self, index).")

    @property
    def num_batches(self) -> int | None:
        """The number of batches, by default ``len(self)``; None if there is no end to them."""
        if not hasattr(self, "__len__"):
            raise NotImplementedError(f"{type(self).__name__} must define __len__(self), or the property num_batches.")
        return len(self)

    def __iter__(self) -> Iterator[Any]:
        count = self.num_batches
        for index in itertools.count() if count is None else range(count):
            yield self[index]

    def on_epoch_begin(self) -> None:
        """Called before each epoch."""

    def on_epoch_end(self) -> None:
        """Called after each epoch."""


class _Promise:
    """What a thread is going to make: a value or an error."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.done = threading.Event()
        self.value: Any = None
        self.error: BaseException | None = None

    def keep(self, make: Callable[[int], Any]) -> None:
        try:
            self.value = make(self.index)
        except BaseException as error:
            self.error = error
        self.done.set()

    def result(self) -> Any:
        self.done.wait()
        if self.error is not None:
            raise self.error
        return self.value


def ahead(make: Callable[[int], Any], indices: Iterable[int], workers: int, most: int) -> Iterator[Any]:
    """``make(index)`` for each of `indices`, in their order, at most so many ahead of time, by so many threads.

    >>> from kerasflow.models.datasets import ahead
    >>> list(ahead(lambda i: i * i, range(5), workers=2, most=3))
    [0, 1, 4, 9, 16]
    """
    todo: SimpleQueue[_Promise | None] = SimpleQueue()
    waiting: deque[_Promise] = deque()
    numbers = iter(indices)

    def work() -> None:
        while (promise := todo.get()) is not None:
            promise.keep(make)

    def ask(count: int) -> None:
        for index in itertools.islice(numbers, count):
            waiting.append(_Promise(index))
            todo.put(waiting[-1])

    for _ in range(workers):
        threading.Thread(target=work, daemon=True).start()
    try:
        ask(max(most, 1))
        while waiting:
            yield waiting.popleft().result()
            ask(1)
    finally:
        while not todo.empty():  # nobody wants these any more
            todo.get()
        for _ in range(workers):
            todo.put(None)
