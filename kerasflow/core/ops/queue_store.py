"""What a queue holds in a session, and who waits for it.

All methods of a store are called in a run, which has the session's lock; who waits lets go of it, so that other threads
can run what he waits for. Those who put elements in wait in one line, those who take them out in another, and each line
is served in order.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from kerasflow.core.errors import CancelledError, InvalidArgumentError, OutOfRangeError
from kerasflow.core.ops.philox import Philox

__all__ = ["FirstIn", "InOrder", "Shuffled", "Store"]

Element = tuple[Any, ...]


class Store:
    """The base of the stores: the order of the elements is for the classes that derive from it.

    Args:
        runtime: of the session.
        title: what errors call the queue.
        capacity: how many elements it holds at the most; None for any number.
    """

    def __init__(self, runtime: Any, title: str, capacity: int | None) -> None:
        self._runtime, self._title, self._capacity = runtime, title, capacity
        self._putting: deque[object] = deque()
        self._taking: deque[object] = deque()
        self._cancelled: set[object] = set()
        self.closed = False

    def __len__(self) -> int:
        raise NotImplementedError(f"{type(self).__name__} has to define __len__().")

    def add(self, element: Element) -> None:
        """Put an element in its place."""
        raise NotImplementedError(f"{type(self).__name__} has to define add(element).")

    def pop(self) -> Element:
        """Take out the element whose turn it is."""
        raise NotImplementedError(f"{type(self).__name__} has to define pop().")

    def give_back(self, elements: list[Element]) -> None:
        """Put elements that were taken in vain back where they were."""
        for element in elements:
            self.add(element)

    def ready(self) -> bool:
        """Whether an element may be taken out."""
        return len(self) > 0

    def put(self, elements: Sequence[Element]) -> None:
        """Put elements in, as soon as there is room. CancelledError: the queue is closed, or is before there is."""
        coming = deque(elements)
        with self._turn(self._putting) as ticket:
            while coming:
                self._check_open(ticket)
                while coming and (self._capacity is None or len(self) < self._capacity):
                    self.add(coming.popleft())
                self._runtime.changed.notify_all()
                if coming:
                    self._runtime.wait()
            self._check_open(ticket)

    def take(self, count: int, fewer: bool = False) -> list[Element]:
        """Take elements out, as soon as there are as many.

        Args:
            count: how many.
            fewer: whether what is left of a closed queue may be fewer.

        Raises:
            OutOfRangeError: the queue is closed, and there are not as many.
        """
        taken: list[Element] = []
        with self._turn(self._taking), self._given_back(taken):
            while len(taken) < count:
                if self.closed and len(taken) + len(self) < (1 if fewer else count):
                    raise OutOfRangeError(
                        None,
                        None,
                        f"{self._title} is closed and has insufficient elements (requested {count}, current size "
                        f"{len(taken) + len(self)})",
                    )
                if self.ready():
                    taken.append(self.pop())
                elif self.closed:
                    break
                else:
                    self._runtime.changed.notify_all()
                    self._runtime.wait()
        return taken

    def close(self, cancel: bool) -> None:
        """Let no more elements in; those that wait to be put in are waited for, unless they are cancelled."""
        if cancel:
            self._cancelled.update(self._putting)
            self._runtime.changed.notify_all()
        with self._turn(self._putting):
            if self.closed and not cancel:
                raise CancelledError(None, None, f"{self._title} is already closed.")
            self.closed = True

    @contextmanager
    def _turn(self, line: deque[object]) -> Iterator[object]:
        """Wait in a line until one is its first; one stays that within the block."""
        ticket = object()
        line.append(ticket)
        try:
            while line[0] is not ticket:
                self._runtime.wait()
            yield ticket
        finally:
            line.remove(ticket)
            self._cancelled.discard(ticket)
            self._runtime.changed.notify_all()

    @contextmanager
    def _given_back(self, taken: list[Element]) -> Iterator[None]:
        """Put back what was taken if the rest does not come: the queue is closed, or time is over, or Ctrl-C."""
        try:
            yield
        except BaseException:
            self.give_back(taken)
            raise

    def _check_open(self, ticket: object) -> None:
        if ticket in self._cancelled:
            raise CancelledError(None, None, f"{self._title}: the enqueue operation was cancelled.")
        if self.closed:
            raise CancelledError(None, None, f"{self._title} is closed.")


class FirstIn(Store):
    """First in, first out."""

    def __init__(self, runtime: Any, title: str, capacity: int | None) -> None:
        super().__init__(runtime, title, capacity)
        self._elements: deque[Element] = deque()

    def __len__(self) -> int:
        return len(self._elements)

    def add(self, element: Element) -> None:
        """Put an element at the end."""
        self._elements.append(element)

    def pop(self) -> Element:
        """Take out the first element."""
        return self._elements.popleft()

    def give_back(self, elements: list[Element]) -> None:
        """Put elements back at the beginning."""
        self._elements.extendleft(reversed(elements))


class Shuffled(Store):
    """Any of the elements comes next, all with equal probability, as TensorFlow draws it.

    Args:
        least: how many elements stay in the queue until it is closed.
        seed, seed2: of the random numbers; 0 and 0 stand for some that nobody can repeat.
    """

    def __init__(self, runtime: Any, title: str, capacity: int | None, least: int, seed: int, seed2: int) -> None:
        super().__init__(runtime, title, capacity)
        self._elements: list[Element] = []
        self._least = least
        self._stream = Philox(seed, seed2) if seed or seed2 else Philox.from_entropy()
        self._words: deque[int] = deque()

    def __len__(self) -> int:
        return len(self._elements)

    def add(self, element: Element) -> None:
        """Put an element with the others."""
        self._elements.append(element)

    def ready(self) -> bool:
        """Whether enough elements would stay."""
        return len(self._elements) > (0 if self.closed else self._least)

    def pop(self) -> Element:
        """Take out any element; the last takes its place."""
        if not self._words:
            self._words.extend(self._stream.bits(4).tolist())
        place = self._words.popleft() % len(self._elements)
        elements = self._elements
        elements[place], elements[-1] = elements[-1], elements[place]
        return elements.pop()


class InOrder(Store):
    """The element whose first component is least comes next; among equals the one that came first."""

    def __init__(self, runtime: Any, title: str, capacity: int | None) -> None:
        super().__init__(runtime, title, capacity)
        self._heap: list[tuple[int, int, Element]] = []
        self._count = 0

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, element: Element) -> None:
        """Put an element in by its priority. InvalidArgumentError if that is no single number."""
        if np.shape(element[0]) != ():
            raise InvalidArgumentError(None, None, f"Expected a scalar as the priority, got shape {element[0].shape}.")
        heapq.heappush(self._heap, (int(element[0]), self._count, element))
        self._count += 1

    def pop(self) -> Element:
        """Take out the element of least priority."""
        return heapq.heappop(self._heap)[2]
