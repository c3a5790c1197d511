"""CSV as text: its encoding, its separator, its header, and on which line of the file each record starts.

pandas reads the cells (`table`); this room knows where they stand. It is pure standard library, and is used only for
the header and where pandas has given up or lines have to be counted one by one. Lines count from 1 and end in
``\\n``, ``\\r\\n`` or ``\\r``, as an editor counts them; a quoted cell may span several, and then holds ``\\n``. Lines
of blanks alone are no records.
"""

from __future__ import annotations

import codecs
import csv
import io
import os
import re
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["Record", "Source", "TableError", "read_source", "shown"]

StrPath = str | os.PathLike[str]
SEPARATORS = ",;\t"
SHOWN = 40  # characters of a cell in a message


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


class Record(NamedTuple):
    """One row of a table as text, and the line of the file it starts on."""

    line: int
    cells: list[str]


class Source(NamedTuple):
    """The bytes of a CSV file, known to be UTF-8, every line end ``\\n``, no mark at the start; and the separator."""

    path: StrPath
    data: bytes
    separator: str

    def records(self) -> Iterator[Record]:
        """The records, the header first.

        Raises:
            TableError: a cell is longer than the `csv` module reads.
        """
        line, taken = 1, []

        def lines() -> Iterator[str]:
            for text in io.TextIOWrapper(io.BytesIO(self.data), encoding="utf-8", newline="\n"):
                taken.append(text)
                yield text

        reader = csv.reader(lines(), delimiter=self.separator, skipinitialspace=True)
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise TableError(f"{error}; is a quotation mark left open?", self.path, line) from error
            if taken[0].replace(self.separator, "x").strip(" \t\n"):
                yield Record(line, cells)
            line += len(taken)
            taken.clear()

    def count_lines(self) -> int:
        """How many lines the file has, blank ones at its end not counted."""
        return self.data.rstrip(b" \n").count(b"\n") + 1


def read_source(path: StrPath, separator: str | None = None) -> Source:
    """Read a CSV file and see that it is text.

    Args:
        path: the file.
        separator: one character; None takes the comma, or, if the header has none, a semicolon or a tab.

    Raises:
        TableError: an empty file, one that is not UTF-8, one with zero bytes.
        OSError: it cannot be read.
        ValueError: the separator is not one ASCII character.
    """
    if separator is not None and (len(separator) != 1 or not separator.isascii() or separator in '"\r\n '):
        raise ValueError(f"a separator is one ASCII character, no quotation mark, blank or line end, not {separator!r}")
    with open(path, "rb") as stream:
        data = stream.read()
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise TableError("the file is UTF-16, expected UTF-8", path)
    data = data.removeprefix(codecs.BOM_UTF8).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    _check_text(path, data)
    if not data.strip():
        raise TableError("the file is empty", path)
    return Source(path, data, separator or _sniffed(data))


def shown(cell: str) -> str:
    """A cell as it stands in a message, in quotation marks and not too long."""
    return repr(cell if len(cell) <= SHOWN else f"{cell[:SHOWN]}...")


def _check_text(path: StrPath, data: bytes) -> None:
    try:
        data.decode()
        position, what = data.find(b"\0"), "a zero byte"
    except UnicodeDecodeError as error:
        position, what = error.start, f"the byte 0x{data[error.start]:02x}, which is not UTF-8"
    if position >= 0:
        raise TableError(f"expected text, found {what}", path, data.count(b"\n", 0, position) + 1)


def _sniffed(data: bytes) -> str:
    header = re.match(rb'[ \n]*((?:[^"\n]+|"[^"]*")*)', data)
    unquoted = re.sub(rb'"[^"]*"', b"", header[1]) if header else b""
    return next((separator for separator in SEPARATORS if separator.encode() in unquoted), ",")
