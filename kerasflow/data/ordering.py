"""Which elements come, and in what order: shuffled, repeated, some left out, kept for the next pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np

from kerasflow.core.tensor import Tensor
from kerasflow.data.reading import Element, Numbers, Reading, Rows, RowStage, Stage

__all__ = ["Cached", "Repeated", "Shard", "Shuffled", "Skipped", "Taken", "shuffles_of", "stages_of"]


class _Ordering(RowStage):
    """A stage that leaves the elements as they are."""

    def __init__(self, before: Stage, *counts: int | Tensor) -> None:
        super().__init__(before.structure, (before,), counts)


class Shuffled(_Ordering):
    """The elements in a random order: each comes from among the next `size` that have not come yet.

    A buffer of `size` elements is filled. Half of it, chosen at random, comes first, in random order; then it is filled
    up again. Where it holds all there is, every order is equally likely.
    """

    def __init__(self, before: Stage, size: int | Tensor, seeds: tuple[int, int] | None, anew: bool) -> None:
        super().__init__(before, size)
        self._size = size
        self._seeds = seeds
        self._anew = anew

    def _random(self, reading: Reading) -> tuple[np.random.Generator, int]:
        """The random numbers of a new pass, and the size of the buffer."""
        size = reading.number(self._size, "The buffer size of a shuffle", 1)
        made = self._source(reading)
        return np.random.Generator(np.random.Philox(made.spawn(1)[0] if self._anew else made)), size

    def _source(self, reading: Reading) -> np.random.SeedSequence:
        return reading.state(self, lambda: np.random.SeedSequence(self._seeds))

    def orders(self, reading: Reading) -> list[int]:
        """Five numbers that say which orders come next."""
        source = self._source(reading)
        entropy = 0 if self._seeds is not None else int(source.entropy)
        return [*[entropy >> 32 * k & 0xFFFFFFFF for k in range(4)], source.n_children_spawned]

    def set_orders(self, reading: Reading, numbers: Sequence[int]) -> None:
        """Go on with the orders that `orders` told of."""
        entropy = sum(word << 32 * k for k, word in enumerate(numbers[:4]))
        seeds = entropy if self._seeds is None else self._seeds
        reading.set_state(self, np.random.SeedSequence(seeds, n_children_spawned=numbers[4]))

    def rows(self, reading: Reading) -> Rows | None:
        """The shuffled numbers."""
        rows = self.before[0].rows(reading)
        if rows is None:
            return None
        return Rows(rows.arrays, _shuffled_numbers(rows.numbers, *self._random(reading)))

    def one_by_one(self, reading: Reading) -> Iterator[Element]:
        """The shuffled elements."""
        rng, size = self._random(reading)
        elements = self.before[0].open(reading)
        pool: list[Element] = []
        while True:
            pool += islice(elements, size - len(pool))
            order = rng.permutation(len(pool))
            leaving = len(pool) if len(pool) < size else (size + 1) // 2
            yield from [pool[i] for i in order[:leaving].tolist()]
            if len(pool) < size:
                return
            pool = [pool[i] for i in order[leaving:].tolist()]


def _shuffled_numbers(chunks: Iterator[Numbers], rng: np.random.Generator, size: int) -> Iterator[Numbers]:
    """As `Shuffled.one_by_one`, with the same random numbers, for numbers that come some at a time."""
    pool = np.empty(0, np.int64)
    waiting = np.empty(0, np.int64)
    while True:
        while len(pool) + len(waiting) < size and (more := next(chunks, None)) is not None:
            waiting = np.concatenate([waiting, more])
        room = size - len(pool)
        pool, waiting = np.concatenate([pool, waiting[:room]]), waiting[room:]
        rng.shuffle(pool)  # as by `rng.permutation(len(pool))`, without the numbers of the places
        if len(pool) < size:
            yield pool
            return
        leaving = (size + 1) // 2
        yield pool[:leaving]
        pool = pool[leaving:]


class Repeated(_Ordering):
    """All passes over the elements, `count` of them; without end if it is -1."""

    def __init__(self, before: Stage, count: int | Tensor) -> None:
        super().__init__(before, count)
        self._count = count

    def _passes(self, reading: Reading) -> Iterator[int]:
        count = reading.number(self._count, "The count of a repeat", -1)
        return iter(range(count)) if count >= 0 else iter(int, 1)

    def rows(self, reading: Reading) -> Rows | None:
        """The numbers of all passes."""
        first = self.before[0].rows(reading)
        return None if first is None else Rows(first.arrays, self._numbers(first, reading))

    def batches(self, reading: Reading) -> Rows | None:
        """The row numbers of the batches of all passes."""
        first = self.before[0].batches(reading)
        return None if first is None else Rows(first.arrays, self._numbers(first, reading, batches=True))

    def _numbers(self, first: Rows | None, reading: Reading, batches: bool = False) -> Iterator[Numbers]:
        for _ in self._passes(reading):
            rows = first or (self.before[0].batches(reading) if batches else self.before[0].rows(reading))
            first = None
            empty = True
            for numbers in rows.numbers if rows is not None else ():
                empty = empty and not len(numbers)
                yield numbers
            if empty:
                return

    def one_by_one(self, reading: Reading) -> Iterator[Element]:
        """The elements of all passes; if a pass has none, that is the end."""
        for _ in self._passes(reading):
            empty = True
            for element in self.before[0].open(reading):
                empty = False
                yield element
            if empty:
                return


class _Counting(_Ordering):
    """A stage that picks elements by how many came before."""

    def rows(self, reading: Reading) -> Rows | None:
        """The numbers that are picked."""
        rows = self.before[0].rows(reading)
        return None if rows is None else Rows(rows.arrays, self.picked(rows.numbers, reading))

    def picked(self, chunks: Iterator[Numbers], reading: Reading) -> Iterator[Numbers]:
        """Of numbers that come some at a time, those that are picked."""
        raise NotImplementedError


class Taken(_Counting):
    """The first `count` elements; all if it is -1."""

    def __init__(self, before: Stage, count: int | Tensor) -> None:
        super().__init__(before, count)
        self._count = count

    def _limit(self, reading: Reading) -> int | None:
        count = reading.number(self._count, "The count of a take")
        return None if count < 0 else count

    def picked(self, chunks: Iterator[Numbers], reading: Reading) -> Iterator[Numbers]:
        """The first of them."""
        left = self._limit(reading)
        while left != 0 and (numbers := next(chunks, None)) is not None:
            numbers = numbers[:left]
            left = None if left is None else left - len(numbers)
            yield numbers

    def batches(self, reading: Reading) -> Rows | None:
        """The row numbers of the first batches."""
        found = self.before[0].batches(reading)
        return None if found is None else Rows(found.arrays, islice(found.numbers, self._limit(reading)))

    def one_by_one(self, reading: Reading) -> Iterator[Element]:
        """The first elements."""
        return islice(self.before[0].open(reading), self._limit(reading))


class Skipped(_Counting):
    """The elements after the first `count`; none if it is -1."""

    def __init__(self, before: Stage, count: int | Tensor) -> None:
        super().__init__(before, count)
        self._count = count

    def picked(self, chunks: Iterator[Numbers], reading: Reading) -> Iterator[Numbers]:
        """All but the first of them."""
        left = reading.number(self._count, "The count of a skip")
        for numbers in chunks if left >= 0 else ():
            skipped = min(left, len(numbers))
            left -= skipped
            yield numbers[skipped:]

    def one_by_one(self, reading: Reading) -> Iterator[Element]:
        """The later elements."""
        count = reading.number(self._count, "The count of a skip")
        return islice(self.before[0].open(reading), count, None) if count >= 0 else iter(())


class Shard(_Counting):
    """Of every `shards` elements the one at `index`."""

    def __init__(self, before: Stage, shards: int | Tensor, index: int | Tensor) -> None:
        super().__init__(before, shards, index)
        self._shards, self._index = shards, index

    def _numbers(self, reading: Reading) -> tuple[int, int]:
        shards = reading.number(self._shards, "The number of shards", 1)
        index = reading.number(self._index, "The index of a shard", 0)
        return shards, index

    def picked(self, chunks: Iterator[Numbers], reading: Reading) -> Iterator[Numbers]:
        """One of every so many of them."""
        shards, index = self._numbers(reading)
        for numbers in chunks:
            yield numbers[index::shards]
            index = (index - len(numbers)) % shards

    def one_by_one(self, reading: Reading) -> Iterator[Element]:
        """One of every so many elements."""
        shards, index = self._numbers(reading)
        return islice(self.before[0].open(reading), index, None, shards)


class Cached(Stage):
    """The elements of the first pass that reaches its end, in memory, for all passes after it."""

    def __init__(self, before: Stage) -> None:
        super().__init__(before.structure, (before,))

    def open(self, reading: Reading) -> Iterator[Element]:
        """The elements, from memory if they are there."""
        kept: list[Any] = reading.state(self, list)
        if kept:
            yield from kept[0]
            return
        elements, orders = [], {shuffle: shuffle.orders(reading) for shuffle in shuffles_of(self)}
        for element in self.before[0].open(reading):
            elements.append(element)
            yield element
        kept[:] = [elements, orders]

    def orders(self, reading: Reading) -> dict[Shuffled, list[int]]:
        """The orders that what is in memory follows from, if it is there, as `Shuffled.orders` tells of them."""
        kept: list[Any] = reading.state(self, list)
        return dict(kept[1]) if kept else {}


def stages_of(stage: Stage) -> list[Stage]:
    """A stage and those on the way to it, in a fixed order."""
    found: dict[Stage, None] = {}
    todo = [stage]
    while todo:
        one = todo.pop()
        if one not in found:
            found[one] = None
            todo.extend(one.before)
    return list(found)


def shuffles_of(stage: Stage) -> list[Shuffled]:
    """The shuffles on the way to a stage, in a fixed order."""
    return [one for one in stages_of(stage) if isinstance(one, Shuffled)]
