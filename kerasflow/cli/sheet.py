"""A table in its cache, each of its rows with the side it is on: what columns are learned from, and encoded for.

Nothing here holds more of the table in memory than one column of some rows, and a byte for each row.
"""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from kerasflow.cli.console import Console, shown
from kerasflow.cli.exits import DataError
from kerasflow.cli.sides import TRAINING, VALIDATION, hash_numbers, hash_texts, mixed
from kerasflow.estimators.tabular import NumericColumn, TextColumn
from kerasflow.estimators.tabular_columns import BUCKETS
from kerasflow.io.column_cache import ColumnCache
from kerasflow.io.csv_text import TableError
from kerasflow.io.table import number_of

__all__ = ["Sheet", "label_of", "warn_of_slips"]

Array = np.ndarray[Any, Any]
AT_ONCE = 1 << 20  # rows of a column
MOSTLY = 0.9  # the share of numbers from which a column of texts looks like one of numbers with slips


class Sheet:
    """A table whose rows have sides.

    Args:
        cache: the table.
        path: what to call it in messages.
    """

    def __init__(self, cache: ColumnCache, path: str) -> None:
        self.cache, self.path = cache, path
        self.sides = np.full(cache.rows, TRAINING, np.int8)

    def __len__(self) -> int:
        return self.cache.rows

    def count(self, side: int) -> int:
        """How many rows are on a side."""
        return int(np.count_nonzero(self.sides == side))

    def chunks(self, rows: int = AT_ONCE) -> Iterator[slice]:
        """The rows, so many at a time."""
        for start in range(0, len(self), rows):
            yield slice(start, min(start + rows, len(self)))

    def numbers(self, name: str, part: slice) -> Array:
        """Numbers of a column, float64, NaN where one is missing. Raises DataError: one of the column is infinite."""
        try:
            return self.cache.numbers(name, part.start, part.stop)
        except TableError as error:
            raise DataError(str(error)) from error

    def numbers_on(self, side: int, name: str) -> Callable[[], Iterator[Array]]:
        """What gives the numbers of a column in the rows on a side, chunk by chunk."""
        return lambda: (self.numbers(name, part)[self.sides[part] == side] for part in self.chunks())

    def counts(self, name: str, sides: Sequence[int]) -> Array:
        """How many rows on some sides have each code of a column of texts; the last number is that of missing ones."""
        size = self.cache.buckets(name) or len(self.cache.vocabulary(name))
        total = np.zeros(size + 1, np.int64)
        for part in self.chunks():
            codes = self.cache.codes(name, part.start, part.stop)[np.isin(self.sides[part], sides)]
            total += np.bincount(np.where(codes < 0, size, codes), minlength=size + 1)
        return total

    def learn(self, name: str, most: int) -> NumericColumn | TextColumn:
        """Learn a column from the training rows; of texts at most so many get a feature of their own."""
        if self.cache.kinds[name] == "numeric":
            return NumericColumn.learn(name, self.numbers_on(TRAINING, name))
        counts = self.counts(name, [TRAINING])
        if self.cache.buckets(name):
            return TextColumn.learn_hashed(name, counts[:-1], int(counts[-1]))
        texts = [*self.cache.vocabulary(name), None]
        return TextColumn.learn(name, dict(zip(texts, counts.tolist(), strict=True)), most)

    def coder(self, column: NumericColumn | TextColumn) -> Callable[[slice], Array]:
        """What gives the codes of a column for the encoder."""
        name, cache = column.name, self.cache
        if isinstance(column, NumericColumn):
            return lambda part: column.code(self.numbers(name, part))
        if cache.buckets(name):
            return lambda part: column.code_hashed(cache.codes(name, part.start, part.stop), cache.buckets(name))
        table = column.code(np.array([*cache.vocabulary(name), None], object))
        return lambda part: table[cache.codes(name, part.start, part.stop)]

    def hasher(self, name: str) -> Callable[[slice], Array]:
        """What gives the hashes of the cells of a column."""
        if self.cache.kinds[name] == "numeric":
            return lambda part: hash_numbers(self.numbers(name, part))
        if self.cache.buckets(name):
            return lambda part: mixed(self.cache.codes(name, part.start, part.stop).astype(np.uint64))
        table = hash_texts([*self.cache.vocabulary(name), None])
        return lambda part: table[self.cache.codes(name, part.start, part.stop)]

    def cells(self, name: str, rows: Array) -> Array:
        """The cells of a column in some rows, ascending: float64, or objects with NaN where one is missing."""
        parts = []
        for part in self.chunks():
            wanted = rows[(rows >= part.start) & (rows < part.stop)] - part.start
            if self.cache.kinds[name] == "numeric":
                parts.append(self.numbers(name, part)[wanted])
            else:
                parts.append(self.cache.codes(name, part.start, part.stop)[wanted])
        values = np.concatenate(parts)
        return values if values.dtype == np.float64 else self._texts(name)[values]

    def first(self, name: str, is_it: Callable[[Array], Array], among: Sequence[int]) -> int:
        """The first row on some sides whose number or code is of a kind; -1 if there is none."""
        numeric = self.cache.kinds[name] == "numeric"
        for part in self.chunks():
            values = self.numbers(name, part) if numeric else self.cache.codes(name, part.start, part.stop)
            found = np.flatnonzero(is_it(values) & np.isin(self.sides[part], among))
            if len(found):
                return part.start + int(found[0])
        return -1

    def quoted(self, name: str, row: int) -> str:
        """A cell as messages show it."""
        cell = self.cells(name, np.array([row]))[0]
        if cell != cell:
            return "nothing"
        return shown(label_of(cell) if isinstance(cell, float) else str(cell))

    def error(self, message: str, row: int, name: str) -> DataError:
        """The error for the cell of a column in a row."""
        return DataError(str(self.cache.error(message, row, name)))

    def _texts(self, name: str) -> Array:
        """The texts by their codes, NaN at the end; of a hashed column texts that fall into the same buckets."""
        size = self.cache.buckets(name)
        texts = stand_ins(size) if size else self.cache.vocabulary(name)
        return np.array([*texts, float("nan")], object)


def stand_ins(size: int) -> list[str]:
    """Of each hash from 0 to below `size` a text that an encoder puts where it puts the texts of that hash.

    >>> column = TextColumn.learn_hashed("x", np.ones(64, int), missing=0)
    >>> bool((column.code(np.array(stand_ins(64), object)) == column.code_hashed(np.arange(64), 64)).all())
    True
    """
    found: dict[int, str] = {}
    for k in itertools.count():
        found.setdefault(zlib.crc32(f"#{k}".encode()) % BUCKETS, f"#{k}")
        if len(found) == BUCKETS:
            break
    return [found[hashed % BUCKETS] for hashed in range(size)]


def label_of(number: float) -> str:
    """A number as a label.

    >>> label_of(3.0), label_of(0.5)
    ('3', '0.5')
    """
    return str(int(number)) if number == int(number) and abs(number) < 1e15 else repr(float(number))


def warn_of_slips(sheet: Sheet, name: str, console: Console) -> None:
    """Name the first cell of a column that is taken for text although nearly all of its cells are numbers."""
    if sheet.cache.kinds[name] != "text" or sheet.cache.buckets(name):
        return
    sides = (TRAINING, VALIDATION)
    is_number = np.array([number_of(text) is not None for text in sheet.cache.vocabulary(name)], bool)
    counts = sheet.counts(name, sides)[:-1]
    if counts.sum() and counts[is_number].sum() >= MOSTLY * counts.sum():
        row = sheet.first(name, lambda codes: (codes >= 0) & ~np.append(is_number, True)[codes], sides)
        if row >= 0:
            error = sheet.error(f"expected a number, found {sheet.quoted(name, row)}", row, name)
            console.note(f"{error}; the column is taken for text")
