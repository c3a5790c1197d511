"""The rows of a training as codes, four bytes a column: dealt into buckets, in memory or in a file, and read in blocks.

Rows are dealt at random, as the seed says, into buckets of a size that depends on the table alone. An epoch takes the
buckets in an order of its own, and the rows of each bucket in an order of their own. So what is read at a time is small
and comes from one place of the file, while a batch has rows from all over the table; and how much memory there is
decides where the rows wait, but not in which order they are learned from.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO

import numpy as np

from kerasflow.cli.sides import mixed
from kerasflow.models.blocks import Block, Blocks
from kerasflow.models.datasets import ahead

__all__ = ["CodedBlocks", "CodedRows", "WholeBlocks"]

Array = np.ndarray[Any, Any]
Arrays = tuple[Any, ...]
MOST_ROWS = 1 << 16  # of a bucket
MOST_BYTES = 1 << 25  # of a bucket
AT_ONCE = 1 << 20  # rows that are dealt at a time


class CodedRows:
    """Rows of codes in buckets.

    Args:
        count: how many rows there are going to be.
        kinds: the types of the columns.
        seed: deals the rows into buckets; None leaves them in their order.
        folder: where the file is made, which has no name and is gone when the process is; None for memory.

    >>> rows = CodedRows(3, ["<f4", "<i4"], seed=None)
    >>> rows.append([np.array([0.5, 1.5]), np.array([0, 1])])
    >>> rows.append([np.array([2.5]), np.array([2])])
    >>> [[column.tolist() for column in rows.read(bucket)] for bucket in range(rows.buckets)]
    [[[0.5, 1.5, 2.5], [0, 1, 2]]]
    """

    def __init__(self, count: int, kinds: Sequence[str], seed: int | None, folder: str | None = None) -> None:
        self.count, self._seed, self._folder = count, seed, folder
        self._file: BinaryIO | None = None
        self._dtype = np.dtype([(f"c{place}", kind) for place, kind in enumerate(kinds)])
        self._size = max(1, min(MOST_ROWS, MOST_BYTES // self._dtype.itemsize))
        self.buckets = max(1, -(-count // self._size))
        sizes = np.zeros(self.buckets, np.int64)
        for start in range(0, count, AT_ONCE):
            sizes += np.bincount(self._dealt(start, min(start + AT_ONCE, count)), minlength=self.buckets)
        self._ends = np.cumsum(sizes)
        self._filled = self._ends - sizes
        self._taken = 0
        self._memory = np.empty(count if folder is None else 0, self._dtype)
        if folder is not None:
            self._file = tempfile.TemporaryFile(dir=folder, buffering=0)

    def __del__(self) -> None:
        if self._file is not None:
            self._file.close()

    def append(self, columns: Sequence[Array]) -> None:
        """Deal the next rows."""
        rows = np.empty(len(columns[0]), self._dtype)
        for place, values in enumerate(columns):
            rows[f"c{place}"] = values
        buckets = self._dealt(self._taken, self._taken + len(rows))
        self._taken += len(rows)
        rows, ends = rows[np.argsort(buckets, kind="stable")], np.cumsum(np.bincount(buckets, minlength=self.buckets))
        for bucket in np.flatnonzero(np.diff(ends, prepend=0)).tolist():
            part = rows[ends[bucket - 1] if bucket else 0 : ends[bucket]]
            self._write(int(self._filled[bucket]), part)
            self._filled[bucket] += len(part)

    def read(self, bucket: int, order: Array | None = None) -> list[Array]:
        """The columns of the rows in a bucket, in an order."""
        start, stop = self.range(bucket)
        if self._file is not None:
            rows = np.empty(stop - start, self._dtype)
            self._file.seek(start * self._dtype.itemsize)
            if self._file.readinto(memoryview(rows).cast("B")) != rows.nbytes:
                raise OSError("the file of coded rows is shorter than it was")
        else:
            rows = self._memory[start:stop]
        rows = rows if order is None else rows[order]
        return [np.ascontiguousarray(rows[name]) for name in self._dtype.names]

    def forget(self) -> None:
        """Let go of the codes; what is left is the order of the rows."""
        self._memory = self._memory[:0].copy()

    def range(self, bucket: int) -> tuple[int, int]:
        """Where the rows of a bucket stand among those of all."""
        return int(self._ends[bucket - 1]) if bucket else 0, int(self._ends[bucket])

    def order(self, seed: int | None) -> Iterator[tuple[int, Array | None]]:
        """The buckets of an epoch, and of each the order of its rows; without a seed, as they stand."""
        if seed is None:
            yield from ((bucket, None) for bucket in range(self.buckets))
            return
        random = np.random.default_rng(seed)
        for bucket in random.permutation(self.buckets).tolist():
            start, stop = self.range(bucket)
            yield bucket, random.permutation(stop - start)

    def _dealt(self, start: int, stop: int) -> Array:
        """The buckets of rows."""
        places = np.arange(start, stop)
        if self._seed is None or self.buckets == 1:
            return places // self._size
        keys = mixed(places.astype(np.uint64) + mixed(np.array([self._seed], np.uint64)))
        return (keys % np.uint64(self.buckets)).astype(np.int64)

    def _write(self, start: int, rows: Array) -> None:
        if self._file is None:
            self._memory[start : start + len(rows)] = rows
            return
        self._file.seek(start * self._dtype.itemsize)
        left = memoryview(rows).cast("B")
        try:
            while left:
                left = left[self._file.write(left) :]
        except OSError as error:  # a disk that is full; the file has no name that could be told
            raise OSError(error.errno, error.strerror, self._folder) from error


class CodedBlocks(Blocks):
    """Coded rows as blocks of features, made while those before are learned from.

    Args:
        rows: the rows.
        made: makes of their columns what a model takes: features, targets and perhaps weights.
        most: the rows of a block at the most.
    """

    def __init__(self, rows: CodedRows, made: Callable[[Sequence[Array]], Arrays], most: int) -> None:
        super().__init__(rows.count)
        self._rows, self._made, self._most = rows, made, most

    def passes(self, seed: int | None) -> Iterator[Block]:
        """The blocks of a pass."""
        return self.rest(seed, 0)[0]

    def rest(self, seed: int | None, first: int) -> tuple[Iterator[Block], int]:
        """The blocks of a pass but those before row `first`, which are not made, and how many rows still come first."""
        buckets = list(self._rows.order(seed))
        pieces: list[tuple[int, int, int]] = []
        for place, (bucket, _) in enumerate(buckets):
            start, stop = self._rows.range(bucket)
            size = stop - start
            pieces += [(place, low, min(low + self._most, size)) for low in range(0, size, self._most)]
        done = 0
        while done < len(pieces) and first >= pieces[done][2] - pieces[done][1]:
            first -= pieces[done][2] - pieces[done][1]
            done += 1
        read: tuple[int, list[Array]] = -1, []

        def block(piece: tuple[int, int, int]) -> Arrays:
            nonlocal read
            place, low, high = piece
            if read[0] != place:
                read = place, self._rows.read(*buckets[place])
            return self._made([values[low:high] for values in read[1]])

        # One thread, so blocks are made in their order.
        return ((made, None) for made in ahead(block, pieces[done:], 1, 2)), first


class WholeBlocks(Blocks):
    """Coded rows that fit in memory as features: one block, whose rows are taken in the order of an epoch."""

    def __init__(self, rows: CodedRows, made: Callable[[Sequence[Array]], Arrays]) -> None:
        super().__init__(rows.count)
        self._rows = rows
        first = made(rows.read(0))
        self._arrays = tuple(np.empty((rows.count, *array.shape[1:]), array.dtype) for array in first)
        for bucket in range(rows.buckets):
            for array, part in zip(self._arrays, made(rows.read(bucket)) if bucket else first, strict=True):
                array[slice(*rows.range(bucket))] = part
        rows.forget()

    def passes(self, seed: int | None) -> Iterator[Block]:
        """The one block."""
        if seed is None:
            yield self._arrays, None
            return
        orders = [self._rows.range(bucket)[0] + order for bucket, order in self._rows.order(seed)]
        yield self._arrays, np.concatenate(orders)
