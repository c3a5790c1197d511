"""Data that do not fit in memory: given a block of rows at a time, trained on as if they were one array.

A block is arrays that are handed to the engine whole, so there is one call for many steps, as with arrays in memory.
Batches do not mind where blocks end: where one does, the rows that are left over make a batch with the first ones of
the next. So how large blocks are changes nothing that is computed.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from kerasflow.core.engine.loop import Expected, Loop
from kerasflow.models.data import Data

__all__ = ["BlockFeed", "Blocks"]

Rows = np.ndarray[Any, Any]
Block = tuple[Any, Rows | None]  # a batch of any size, and the order in which its rows are taken; None as they stand


class Blocks:
    """The base of data that come in blocks; a class of one's own defines `passes`.

    It is passed to `fit`, as `x` or as `validation_data`, and to `evaluate`.

    Args:
        count: the number of rows in a pass.

    >>> from kerasflow.models.blocks import Blocks
    >>> class Squares(Blocks):
    ...     def passes(self, seed):
    ...         for x in (np.arange(0, 50), np.arange(50, 64)):
    ...             yield (x[:, None] / 64, x**2 / 4096), None
    >>> model = tf.keras.Sequential([tf.keras.Input((1,)), tf.keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> model.fit(Squares(64), epochs=2, batch_size=12, verbose=0).params["steps"]
    6
    """

    def __init__(self, count: int) -> None:
        self.count = count

    def passes(self, seed: int | None) -> Iterator[Block]:
        """The blocks of a pass; of each the inputs, targets and sample weights, and the order of its rows.

        Args:
            seed: of the order of blocks and rows, another one for each epoch; None for the order they have.
        """
        raise NotImplementedError(f"{type(self).__name__} must define passes(self, seed).")

    def rest(self, seed: int | None, first: int) -> tuple[Iterator[Block], int]:
        """The blocks of a pass whose first rows are done, and how many rows of these blocks still come before `first`.

        A class that can leave out blocks before it makes them does so here.
        """
        return self.passes(seed), first


class _Stretch:
    """Rows of a block that are still to be run, and what runs them."""

    def __init__(self, data: Data, rows: Rows, in_order: bool, loop: Loop) -> None:
        self.data, self.rows, self.in_order, self.loop = data, rows, in_order, loop

    def run(self, steps: int, size: int) -> Rows:
        """So many steps; the rows they took."""
        taken, self.rows = self.rows[: steps * size], self.rows[steps * size :]
        if self.in_order:
            self.loop.run_in_order(int(taken[0]), int(taken[-1]) + 1, size)
        else:
            self.loop.run(taken, size)
        return taken


class BlockFeed:
    """Steps on mini-batches of blocks.

    Args:
        blocks: where they come from.
        taken: makes the arrays for a step of what a block has.
        program: gives what takes a step on such arrays.
        size: the number of rows in a batch; the last one of a pass has what is left.
        seed: gives the seed of a pass; None for the order there is.
        epochs: how many there are likely to be.
    """

    exhausted = False
    begins = True  # each epoch is a pass
    source: Any = None

    def __init__(
        self,
        blocks: Blocks,
        taken: Callable[[Any], Data],
        program: Callable[[Data], Any],
        size: int,
        seed: Callable[[], int] | None = None,
        epochs: int = 1,
    ) -> None:
        self._blocks, self._taken, self._program, self._size = blocks, taken, program, size
        self._seed = seed
        self.steps = math.ceil(blocks.count / size)
        self._pass: Iterator[Block] | None = None
        self._drawn: int | None = None  # the seed of the pass
        self._skipped = 0  # rows that are still to be left out
        self._coming: deque[_Stretch] = deque()
        self._left: Data | None = None  # less than a batch, of the blocks so far
        self.expected = Expected()  # whichever block the steps are on
        self._ran: Any = None
        for given, _ in blocks.passes(None):  # the step is built now: what it keeps is there when somebody looks
            data = taken(given)
            Loop(program(data), data.arrays, self.expected).expect(blocks.count, size, epochs)
            break

    def start(self) -> None:
        """An epoch begins."""
        self._coming.clear()
        self._left = None
        self._drawn = None if self._seed is None else self._seed()
        self._pass, self._skipped = self._blocks.passes(self._drawn), 0

    def skip(self, steps: int) -> None:
        """Leave out the first steps of the epoch: they were done before."""
        self._pass, self._skipped = self._blocks.rest(self._drawn, min(steps * self._size, self._blocks.count))

    def ready(self) -> bool:
        """Whether there is another batch in this pass."""
        while not self._coming and self._pass is not None:
            self._fetch(self._pass)
        return bool(self._coming)

    def run(self, count: int) -> int:
        """Up to so many steps, all on one block; gives how many it were."""
        if not self.ready():
            return 0
        stretch = self._coming[0]
        steps = min(count, math.ceil(len(stretch.rows) / self._size))
        self._ran = stretch.data, stretch.run(steps, self._size)
        if not len(stretch.rows):
            self._coming.popleft()
        return steps

    def last(self) -> tuple[Data, Rows]:
        """The arrays of the block, and the numbers of its rows that were run last."""
        found: tuple[Data, Rows] = self._ran
        return found

    def finish(self) -> None:
        """The epoch is over."""
        self._pass = None

    def _fetch(self, coming: Iterator[Block]) -> None:
        """Take the next block; rows that are left over from those before make a batch with its first ones."""
        found = next(coming, None)
        if found is None:
            self._pass = None
            if self._left is not None:
                self._append(self._left)
                self._left = None
            return
        data = self._taken(found[0])
        rows = np.arange(data.count) if found[1] is None else found[1]
        if self._skipped:
            rows, self._skipped = rows[self._skipped :], max(self._skipped - len(rows), 0)
        if self._left is not None:
            missing = self._size - self._left.count
            self._left, rows = _joined(self._left, data.part(rows[:missing])), rows[missing:]
            if self._left.count < self._size:
                return
            self._append(self._left)
            self._left = None
        whole = len(rows) // self._size * self._size
        if whole:
            self._append(data, rows[:whole], found[1] is None)
        if whole < len(rows):
            self._left = data.part(rows[whole:])

    def _append(self, data: Data, rows: Rows | None = None, in_order: bool = True) -> None:
        loop = Loop(self._program(data), data.arrays, self.expected)  # so what is compiled is as for one array
        self._coming.append(_Stretch(data, np.arange(data.count) if rows is None else rows, in_order, loop))


def _joined(first: Data, second: Data) -> Data:
    def both(a: list[Any], b: list[Any]) -> list[Any]:
        return [None if one is None else np.concatenate([one, other]) for one, other in zip(a, b, strict=True)]

    return Data(both(first.x, second.x), both(first.y, second.y), both(first.weights, second.weights))
