"""The columns of one block after the other: texts as words (`csv_cells`), all else by one parser of pandas.

pandas keeps its buffers from block to block, is never asked for texts that are short, and knows of nothing that the
cells' places do not say: it gets whole rows with a cell for each name. Blocks that want a closer look, and those with a
text where numbers are expected, are left to `table.parse_block`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from kerasflow.io.csv_cells import Cells, Words, plain_missing
from kerasflow.io.csv_source import Block
from kerasflow.io.csv_text import Dialect
from kerasflow.io.table import EXACT, has_usual_numbers, parse_block, reading

__all__ = ["BlockReader", "numbered_words"]

# pandas 2 reads numbers to the last bit only if it is asked to, and takes its time. Where a number has 15 digits at the
# most, and a power of ten that is a float64, its usual way rounds once, so it is exact as well.
QUICK = {"float_precision": "high"} if EXACT else {}
SHORT, LEAST, GREATEST = 15, 1e-7, 1e15  # bytes of a cell, and between which its number has such a power


class BlockReader:
    """Reads the columns of blocks of one table.

    Args:
        dialect: how the table is written.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self._missing = plain_missing(dialect)
        self._feed = _Feed()
        self._parser: Any = None
        self._settings: dict[str, Any] = {}
        self._quick = bool(QUICK)

    def read(self, block: Block, kinds: Mapping[str, str]) -> tuple[dict[str, Any], np.ndarray]:
        """The columns of a block by their names, and the line of the file on which each row starts.

        Args:
            block: whole records.
            kinds: of each column, "numeric": a series, of float64 or, if a cell is no number, of objects; "text":
                `Words` where that is possible, else a series of objects; "skipped": it may be missing.

        Raises:
            TableError: as `parse_block`.
        """
        cells = None if self._missing is None else Cells.of(block)
        if cells is not None:
            texts = ((name, place) for place, (name, kind) in enumerate(kinds.items()) if kind == "text")
            found = {name: cells.words(place) for name, place in texts}
            columns: dict[str, Any] = {name: words for name, words in found.items() if words is not None}
            left = ["skipped" if name in columns else kind for name, kind in kinds.items()]
            rest = self._parsed(block, cells, left)
            if rest is not None:
                return columns | rest, cells.lines()
        frame = parse_block(block, ["text" if kind == "skipped" else kind for kind in kinds.values()], self.dialect)
        return dict(frame.items()), np.asarray(frame.index)

    def _parsed(self, block: Block, cells: Cells, kinds: Sequence[str]) -> dict[str, Any] | None:
        """The columns that are not to be skipped; None if a cell is no number, or pandas would not know."""
        if set(kinds) == {"skipped"}:
            return {}
        if not has_usual_numbers(block.header, self.dialect):
            return None
        numbers = [place for place, kind in enumerate(kinds) if kind == "numeric"]
        quick = self._quick and all(cells.longest(place) <= SHORT for place in numbers)
        settings = reading(block.header, kinds, self.dialect, QUICK if quick else EXACT)
        self._feed.put(block.data)
        try:
            if self._parser is None or settings != self._settings:
                self._parser, self._settings = pd.read_csv(self._feed, iterator=True, **settings), settings
            frame = self._parser.read(len(cells))
        except ValueError:
            self._parser = None
            return None
        if len(frame) != len(cells) or self._feed.read(1):
            self._parser = None
            return None
        if quick and not all(_is_exact(frame[place].to_numpy()) for place in numbers):
            self._quick = False
            return self._parsed(block, cells, kinds)
        return {block.header.names[place]: frame[place] for place in frame}


class _Feed:
    """What pandas takes for an open file: one block's bytes after the other's."""

    def __init__(self) -> None:
        self._data, self._place = b"", 0

    def put(self, data: bytes) -> None:
        """The next block, once the one before it is read."""
        self._data, self._place = data, 0

    def read(self, size: int) -> bytes:
        """So many bytes, fewer at the end."""
        found = self._data[self._place : self._place + size]
        self._place += len(found)
        return found

    def __iter__(self) -> _Feed:
        return self


def _is_exact(numbers: np.ndarray) -> bool:
    sizes = np.abs(numbers)
    return not ((sizes < LEAST) & (sizes > 0) | (sizes > GREATEST)).any()


def numbered_words(words: Words) -> tuple[np.ndarray, np.ndarray]:
    """As `table.numbered`: of each cell the place of its text, and of each text, in order of appearance, a cell.

    >>> numbered_words(Words([np.array([7, 5, 7]), np.array([0, 1, 0])], np.array([1, 9, 1])))
    (array([0, 1, 0]), array([0, 1]))
    """
    codes, found = pd.factorize(words.words[0])
    for word in words.words[1:]:
        more, theirs = pd.factorize(word)
        codes, found = pd.factorize(codes * len(theirs) + more)
    cells = np.empty(len(found), np.int64)
    cells[codes[::-1]] = np.arange(len(codes))[::-1]  # the first of each text is written last
    return codes, cells
