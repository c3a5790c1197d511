"""Feeds: what hands the steps of an epoch their batches, from arrays or from whatever makes batches.

An array feed gives the engine as many steps at a time as it is asked for; a batch feed gives it one after the other.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from kerasflow.core.engine.loop import Expected, Loop
from kerasflow.models.data import Data

__all__ = ["ArrayFeed", "BatchFeed", "Feed", "Pace", "RowFeed", "run_steps"]

_STRETCH = 0.1  # seconds that the steps which are run at a time should take
_GROWTH = 8  # of their number, from one stretch to the next

Rows = np.ndarray[Any, Any]


class ArrayFeed:
    """Steps on mini-batches of arrays.

    Args:
        program: what takes a step.
        data: the arrays.
        size: the number of rows in a batch; the last one of a pass has what is left.
        order: gives the row numbers in the order of a pass; None for the order they have.
        steps: the number of steps in an epoch, by default a pass. With fewer, the next epoch goes on from there if
            `goes_on`, else it starts again.
        epochs: how many there are likely to be.
    """

    exhausted = False  # whether there will never be another batch
    source: Any = None  # what has orders of its own

    def __init__(
        self,
        program: Any,
        data: Data,
        size: int,
        order: Callable[[], Rows] | None = None,
        steps: int | None = None,
        epochs: int = 1,
        goes_on: bool = False,
    ) -> None:
        self._loop = Loop(program, data.arrays)
        self.expected = self._loop.expected
        self._count, self._size, self._order, self._goes_on = data.count, size, order, goes_on
        self._batches = math.ceil(data.count / size)
        self.steps = self._batches if steps is None else steps
        self._rows: Rows | None = None
        self._next = self._batches
        self._data, self._ran = data, (0, 0)
        self._loop.expect(data.count, size, math.ceil(epochs * self.steps / self._batches))

    @property
    def begins(self) -> bool:
        """Whether the next epoch begins a pass."""
        return self._next >= self._batches or not self._goes_on

    def start(self) -> None:
        """An epoch begins."""
        if self.begins:
            self._next = 0
            self._rows = None if self._order is None else self._order()

    def skip(self, steps: int) -> None:
        """Leave out the next steps of the pass: they were done before."""
        self._next = min(self._next + steps, self._batches)

    def ready(self) -> bool:
        """Whether there is another batch in this pass."""
        return self._next < self._batches

    def run(self, count: int) -> int:
        """Up to so many steps; gives how many it were."""
        last = min(self._next + count, self._batches)
        start, stop = self._ran = self._next * self._size, min(last * self._size, self._count)
        if self._rows is None:
            self._loop.run_in_order(start, stop, self._size)
        else:
            self._loop.run(self._rows[start:stop], self._size)
        done, self._next = last - self._next, last
        return done

    def last(self) -> tuple[Data, Rows]:
        """The arrays, and the numbers of the rows that were run last."""
        start, stop = self._ran
        return self._data, np.arange(start, stop) if self._rows is None else self._rows[start:stop]

    def finish(self) -> None:
        """The epoch is over."""


class RowFeed:
    """Steps on rows of arrays whose numbers come a batch at a time.

    Args:
        program: what takes a step.
        data: the arrays.
        source: its `numbers` gives the row numbers of the batches of a pass.
        steps: the number of steps in an epoch, by default as many as there are batches. With fewer, the next epoch goes
            on from there if `goes_on`, else it starts again.
        epochs: how many there are likely to be.
    """

    exhausted = False

    def __init__(
        self,
        program: Any,
        data: Data,
        source: Any,
        steps: int | None = None,
        epochs: int = 1,
        goes_on: bool = False,
    ) -> None:
        self._loop = Loop(program, data.arrays)
        self.expected = self._loop.expected
        self._count, self.source, self._epochs = data.count, source, epochs
        self._data, self._ran = data, np.zeros(0, np.int64)
        self._stays = steps is not None and goes_on
        self.steps = steps
        self._pass: Iterator[Rows] | None = None
        self._held: Rows | None = None

    @property
    def begins(self) -> bool:
        """Whether the next epoch begins a pass."""
        return self._pass is None or not self._stays

    def start(self) -> None:
        """An epoch begins."""
        if self.begins:
            self._pass, self._held = self.source.numbers(), None

    def skip(self, steps: int) -> None:
        """Leave out the next steps of the pass: they were done before."""
        for _ in range(steps):
            if self.ready():
                self._held = None

    def ready(self) -> bool:
        """Whether there is another batch in this pass."""
        if self._held is None and self._pass is not None:
            self._held = next(self._pass, None)
            if self._held is None:
                self._pass = None
            elif self._epochs:
                self._expect(len(self._held))
        return self._held is not None

    def _expect(self, size: int) -> None:
        epochs, self._epochs = self._epochs, 0
        rows = self._count if self.steps is None else self.steps * size
        self._loop.expect(rows, size, epochs)

    def run(self, count: int) -> int:
        """Up to so many steps, on batches of one size; gives how many it were."""
        taken: list[Rows] = []
        while len(taken) < count and self.ready() and self._held is not None:
            if taken and len(self._held) != len(taken[0]):
                break
            taken.append(self._held)
            self._held = None
        if taken:
            self._ran = np.concatenate(taken)
            self._loop.run(self._ran, len(taken[0]))
        return len(taken)

    def last(self) -> tuple[Data, Rows]:
        """The arrays, and the numbers of the rows that were run last."""
        return self._data, self._ran

    def finish(self) -> None:
        """The epoch is over."""


class BatchFeed:
    """Steps on batches that come one at a time.

    Args:
        source: where they come from.
        take: takes a step on one.
        build: makes the program of a step on such a batch, for who has to know what it keeps before one is taken.
        steps: the number of steps in an epoch, by default as many as there are. With fewer, the next epoch goes on
            from there if `goes_on`, else it starts again if the batches can be had again.
    """

    def __init__(
        self,
        source: Any,
        take: Callable[[Any], None],
        steps: int | None = None,
        goes_on: bool = False,
        build: Callable[[Any], Any] | None = None,
    ) -> None:
        self.source, self._take, self._build = source, take, build
        self.expected = Expected()  # none: what takes a step counts them itself
        self._stays = steps is not None and goes_on or not source.again
        self.steps: int | None = source.count if steps is None else steps
        self._pass: Any = None
        self._held: list[Any] = []
        self._ran: Any = None
        self.exhausted = False

    def build(self) -> None:
        """Make the program of a step, from the first batch."""
        if self._build is not None:
            self._build(self.source.first())

    @property
    def begins(self) -> bool:
        """Whether the next epoch begins a pass."""
        return self._pass is None or not self._stays

    def start(self) -> None:
        """An epoch begins."""
        self.source.begin()
        if self.begins:
            self._pass = self.source.passes()

    def skip(self, steps: int) -> None:
        """Leave out the next steps of the pass: they were done before. Their batches are made nevertheless."""
        for _ in range(steps):
            if self.ready():
                self._held.clear()

    def ready(self) -> bool:
        """Whether there is another batch in this pass; if so it has been made."""
        if not self._held and self._pass is not None:
            self._held = [batch for _, batch in zip(range(1), self._pass, strict=False)]
        if not self._held:
            self._pass = None
            self.exhausted = not self.source.again
        return bool(self._held)

    def run(self, count: int) -> int:
        """Up to so many steps; gives how many it were."""
        done = 0
        while done < count and self.ready():
            self._ran = self._held.pop()
            self._take(self._ran)
            done += 1
        return done

    def last(self) -> tuple[Any, None]:
        """The batch that was run last; its rows have no numbers."""
        return self._ran, None

    def finish(self) -> None:
        """The epoch is over."""
        self.source.end()


Feed = ArrayFeed | RowFeed | BatchFeed


class Pace:
    """How many steps to run at a time: a fixed number, or more and more until a stretch takes a tenth of a second."""

    def __init__(self, fixed: int | None = None) -> None:
        self._fixed = fixed
        self._length = fixed or 1

    def next(self, left: int | None) -> int:
        """The number for the next stretch, of those that are left."""
        return self._length if left is None else min(self._length, left)

    def took(self, steps: int, seconds: float) -> None:
        """Learn from a stretch."""
        if self._fixed is None and (steps == self._length or seconds > _STRETCH):
            fitting = steps * _STRETCH / max(seconds, 1e-9)
            self._length = max(1, int(min(fitting, _GROWTH * self._length)))


def run_steps(
    feed: Any,
    pace: Pace,
    before: Callable[[int], None] | None = None,
    after: Callable[[int, int], Any] | None = None,
    halted: Callable[[], bool] | None = None,
    done: int = 0,
) -> int:
    """Run the steps of an epoch and give their number.

    Args:
        feed: gives the batches.
        pace: how many are run at a time.
        before: called with the number of the next step.
        after: called with the number of the last step that was run, and how many were run with it.
        halted: asked between two stretches whether to end here.
        done: how many of them were done before.
    """
    while (feed.steps is None or done < feed.steps) and not (halted and halted()) and feed.ready():
        if before is not None:
            before(done)
        length = pace.next(None if feed.steps is None else feed.steps - done)
        started = time.perf_counter()
        count = feed.run(length)
        done += count
        if after is not None:
            after(done - 1, count)
        pace.took(count, time.perf_counter() - started)
    return done
