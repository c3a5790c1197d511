"""CSV as text: how a file is written, where the cells in quotation marks lie in it, and the errors that name a place.

pandas reads the cells (`table`); this room knows where they stand. Lines count from 1 and end in ``\\n``, as in the
blocks that `csv_source` gives; a quoted cell may span several. Lines of blanks alone are no records. A quotation mark
opens a cell only where the cell begins, blanks before it aside; anywhere else it is a character like any other.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

__all__ = [
    "MISSING",
    "USUAL",
    "Dialect",
    "Quoted",
    "TableError",
    "cells_of",
    "find_quoted",
    "shown",
    "sniffed_separator",
]

StrPath = str | os.PathLike[str]
Paths = StrPath | Sequence[StrPath]
SEPARATORS = ",;\t|"
SHOWN = 40  # characters of a cell in a message
SAMPLED = 50  # records that the separator is guessed from
NEWLINE, BLANK = ord("\n"), ord(" ")

#: The cells that stand for a missing value. An empty cell always does.
MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?")


class TableError(ValueError):
    """A table that cannot be used, with the place: ``DATA.csv:LINE:COLUMN: message``.

    Args:
        message: what was expected and what came.
        path: the file.
        line: the line of the file, from 1; None if the error is nowhere in particular.
        column: the name of the column, if it is one column's.
    """

    def __init__(
        self, message: str, path: StrPath | None = None, line: int | None = None, column: str | None = None
    ) -> None:
        super().__init__(message, path, line, column)
        self.message = message
        self.path = path
        self.line = line
        self.column = column

    def __str__(self) -> str:
        places = [str(place) for place in (self.path, self.line, self.column) if place is not None]
        text = f"{':'.join(places)}: {self.message}" if places else self.message
        return " ".join(text.splitlines())  # a name or a cell may span lines, the message does not


@dataclass(frozen=True)
class Dialect:
    """How a table is written.

    Args:
        separator: one character between cells; None: the one of comma, semicolon, tab and bar that fits the beginning.
        encoding: a name that Python knows; None: by the file's mark, else UTF-8.
        quote: the mark around cells that hold a separator or a line end; None: there is none.
        decimal: the mark before the decimals of a number, a point or a comma.
        thousands: the mark between groups of three digits, if there may be one.
        header: whether the first record names the columns; without it they are called "1", "2", "3" ...
        missing: the cells that stand for a missing value, an empty one aside, which always does.
        limit: how many rows are read at the most.

    Raises:
        ValueError: a mark is not one character, or two marks are the same.
        LookupError: there is no such encoding.
    """

    separator: str | None = None
    encoding: str | None = None
    quote: str | None = '"'
    decimal: str = "."
    thousands: str | None = None
    header: bool = True
    missing: tuple[str, ...] = MISSING
    limit: int | None = None

    def __post_init__(self) -> None:
        for what, mark in (("separator", self.separator), ("quotation mark", self.quote)):
            if mark is not None and (len(mark) != 1 or not mark.isascii() or mark in "\r\n \0"):
                raise ValueError(f"a {what} is one ASCII character, no blank and no line end, not {mark!r}")
        if self.separator is not None and self.separator == self.quote:
            raise ValueError(f"{self.separator!r} is the separator and the quotation mark")
        if self.decimal not in (".", ","):
            raise ValueError(f"the decimal mark is a point or a comma, not {self.decimal!r}")
        if self.thousands is not None and (len(self.thousands) != 1 or self.thousands.isalnum()):
            raise ValueError(f"the mark between thousands is one character, no letter or digit, not {self.thousands!r}")
        if self.thousands == self.decimal:
            raise ValueError(f"{self.decimal!r} is the decimal mark and the one between thousands")
        if self.encoding is not None:
            "".encode(self.encoding)


USUAL = Dialect()


class Quoted(NamedTuple):
    """The stretches of a text that stand in quotation marks, in order: where each opens, and where it closes.

    A doubled mark within a cell closes one stretch and opens the next. A stretch without an end closes at the end of
    the text.
    """

    opens: np.ndarray
    closes: np.ndarray

    def inside(self, places: np.ndarray) -> np.ndarray:
        """Whether each place, in ascending order and none a quotation mark, is in one of the stretches."""
        return np.searchsorted(self.opens, places) > np.searchsorted(self.closes, places)

    def outside(self, places: np.ndarray) -> np.ndarray:
        """The places that are in none of the stretches."""
        return places[~self.inside(places)] if len(self.opens) else places

    def up_to(self, end: int) -> Quoted:
        """The stretches that open before a place."""
        count = int(np.searchsorted(self.opens, end))
        return Quoted(self.opens[:count], self.closes[:count])


NOTHING_QUOTED = Quoted(np.empty(0, np.int64), np.empty(0, np.int64))


def find_quoted(data: bytes, separator: str, quote: str | None) -> Quoted:
    """Where a text that begins with a record has cells in quotation marks.

    In nearly every file each second mark opens a cell, which is seen at a glance; only others are read cell by cell.
    """
    if quote is None or quote.encode() not in data:
        return NOTHING_QUOTED
    text = np.frombuffer(data, np.uint8)
    marks = np.flatnonzero(text == ord(quote))
    if _all_open_cells(text, marks, ord(separator)):
        closes = marks[1::2]
        return Quoted(marks[::2], closes if len(marks) % 2 == 0 else np.append(closes, len(data)))
    mark, between = re.escape(quote.encode()), re.escape(separator.encode())
    pattern = rb"(?:\A|[\n%b]) *(%b)[^%b]*(?:%b%b[^%b]*)*(%b|\Z)" % (between, mark, mark, mark, mark, mark, mark)
    found = [(match.start(1), match.start(2)) for match in re.finditer(pattern, data)]
    return Quoted(*np.array(found, np.int64).reshape(-1, 2).T)


def cells_of(record: str, separator: str, quote: str | None) -> list[str]:
    """The cells of one record. Raises csv.Error: a cell is longer than the `csv` module reads."""
    quoting = csv.QUOTE_NONE if quote is None else csv.QUOTE_MINIMAL
    settings = {"delimiter": separator, "quotechar": quote, "quoting": quoting, "skipinitialspace": True}
    return next(csv.reader(record.splitlines(keepends=True), **settings), [])


def sniffed_separator(data: bytes, quote: str | None) -> str:
    """The separator of a text: one that cuts its first records into equally many cells, and into the most.

    >>> sniffed_separator(b"city;area,m2;rooms\\nRome;80,5;3\\n", '"')
    ';'
    """
    counts = {separator: _cells_of_records(data, separator, quote) for separator in SEPARATORS}
    counts = {separator: cells for separator, cells in counts.items() if cells and cells[0] > 1}
    return max(counts, key=lambda separator: (_alike(counts[separator]), counts[separator][0]), default=",")


def shown(cell: str) -> str:
    """A cell as it stands in a message, in quotation marks and not too long."""
    return repr(cell if len(cell) <= SHOWN else f"{cell[:SHOWN]}...")


def _all_open_cells(text: np.ndarray, marks: np.ndarray, separator: int) -> bool:
    """Whether each second quotation mark stands where a cell begins, or right after another, which it doubles."""
    before, allowed = marks[::2] - 1, (separator, NEWLINE, text[marks[0]])
    while True:
        before = before[before >= 0]
        last = text[before]
        blank = last == BLANK
        if not np.isin(last[~blank], allowed).all():
            return False
        if not blank.any():
            return True
        before, allowed = before[blank] - 1, (separator, NEWLINE)


def _alike(cells: list[int]) -> float:
    return cells.count(cells[0]) / len(cells)


def _cells_of_records(data: bytes, separator: str, quote: str | None) -> list[int]:
    """How many cells each of the first records has."""
    quoted = find_quoted(data, separator, quote)
    text = np.frombuffer(data, np.uint8)
    ends = quoted.outside(np.flatnonzero(text == NEWLINE))
    between = quoted.outside(np.flatnonzero(text == ord(separator)))
    starts = np.concatenate([[0], ends + 1])
    ends = np.append(ends, len(data))
    cells = np.diff(np.searchsorted(between, starts), append=len(between)) + 1
    lines = [n for n, a, b in zip(cells.tolist(), starts, ends, strict=True) if data[a:b].strip()]
    return lines[:SAMPLED]
