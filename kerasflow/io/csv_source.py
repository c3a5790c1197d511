"""Tables as blocks of whole records, some megabytes each, so that a file of any size can be read.

A block is as large as a piece of the text, or as one record if that is larger. Memory is bounded by the longest record,
which `LONGEST` bounds in turn: a quotation mark that nobody closed does not swallow the file.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any, TypeVar

import numpy as np

from kerasflow.io.csv_text import (
    BLANK,
    NEWLINE,
    NOTHING_QUOTED,
    Dialect,
    Paths,
    Quoted,
    StrPath,
    TableError,
    cells_of,
    find_quoted,
    sniffed_separator,
)
from kerasflow.io.text_stream import check_text, open_text, shown_path

__all__ = ["Block", "Header", "ahead", "listed", "read_blocks", "read_files"]

T = TypeVar("T")
SLICE = 1 << 18  # bytes that are scanned at a time, and fit into the cache of the processor
LONGEST = 32 << 20  # bytes of a record
SAMPLE = 1 << 16  # bytes that the separator is guessed from


@dataclass(frozen=True)
class Header:
    """What is known of a table once its first record is read.

    Args:
        path: the file, "<stdin>" for standard input.
        names: of the columns.
        line: the line that the first record starts on.
        separator, quote: the marks between and around cells.
    """

    path: str
    names: tuple[str, ...]
    line: int
    separator: str
    quote: str | None


@dataclass(frozen=True)
class Block:
    """Whole records of a table, the header not among them.

    Args:
        header: of the table.
        line: the line of the file that the block starts on.
        data: the records as UTF-8, each line ended by ``\\n``.
        quoted: the stretches in quotation marks.
        lines_known: how many lines there are, if they have been counted.
    """

    header: Header
    line: int
    data: bytes
    quoted: Quoted
    lines_known: int | None = None

    def count_lines(self) -> int:
        """How many lines there are."""
        return _count(self.data, "\n") if self.lines_known is None else self.lines_known

    def count(self, mark: str) -> int:
        """How often an ASCII character occurs."""
        return _count(self.data, mark)

    @cached_property
    def has_padding(self) -> bool:
        """Whether there may be a blank at the beginning of a cell."""
        if b" " not in self.data:
            return False
        text, separator = np.frombuffer(self.data, np.uint8), ord(self.header.separator)
        for start in range(0, len(text), SLICE):
            blanks = start + np.flatnonzero(text[start : start + SLICE] == BLANK)
            before = text[blanks - 1]  # before the first byte, the last one: a line end
            if ((before == separator) | (before == NEWLINE)).any():
                return True
        return False

    def records(self) -> tuple[np.ndarray, np.ndarray]:
        """Where each record begins and ends, places in `data`, lines of blanks left out."""
        text = np.frombuffer(self.data, np.uint8)
        ends = self.quoted.outside(np.flatnonzero(text == NEWLINE))
        starts = np.concatenate([[0], ends[:-1] + 1])
        blanks = _blanks(self.header.separator)
        maybe = np.flatnonzero(np.isin(text[starts], list(b"\n" + blanks)))
        empty = [n for n in maybe.tolist() if not self.data[starts[n] : ends[n]].strip(blanks)]
        return np.delete(starts, empty), np.delete(ends, empty)

    def lines(self, places: np.ndarray) -> np.ndarray:
        """The line of the file on which each place is."""
        newlines = np.flatnonzero(np.frombuffer(self.data, np.uint8) == NEWLINE)
        return self.line + np.searchsorted(newlines, places)

    def cells(self, start: int, end: int) -> list[str]:
        """The cells of the record between two places."""
        try:
            return cells_of(self.data[start:end].decode(), self.header.separator, self.header.quote)
        except csv.Error:
            return []

    def cell(self, row: int, name: str) -> tuple[int, str]:
        """A cell of a row, counted from 0: the line on which it starts, and its text."""
        starts, ends = self.records()
        cells, place = self.cells(int(starts[row]), int(ends[row])), self.header.names.index(name)
        line = int(self.lines(starts[row : row + 1])[0]) + "".join(cells[:place]).count("\n")
        return line, cells[place] if place < len(cells) else ""

    def head(self, size: int) -> Block:
        """The first records, which have so many bytes at the most; all, if the first alone has more."""
        end = _end_of_records(self.data[:size], self.quoted.up_to(size))
        return self._up_to(end or len(self.data))

    def first(self, rows: int | None) -> Block:
        """The first records, so many at the most."""
        if rows is None or rows >= self.count_lines():
            return self
        _, ends = self.records()
        return self._up_to(int(ends[rows - 1]) + 1) if rows < len(ends) else self

    def _up_to(self, end: int) -> Block:
        return self if end == len(self.data) else Block(self.header, self.line, self.data[:end], self.quoted.up_to(end))


def read_blocks(path: StrPath, dialect: Dialect, digest: Any = None) -> Iterator[Block]:
    """Read a table block by block.

    Args:
        path: a file, packed by gzip, bzip2 or xz or not, or "-" for standard input.
        dialect: how it is written.
        digest: an object of `hashlib`, updated with the bytes of the file.

    Raises:
        TableError: it is empty or has no rows, is no text of its encoding, has a header with a name missing or twice,
            or a quotation mark that is not closed.
        OSError: it cannot be read.
    """
    name = shown_path(path)
    header, rows = None, False
    with open_text(path, dialect.encoding, digest) as pieces:
        for line, data, quoted, separator, lines in _records(name, pieces, dialect):
            if _is_blank(data, separator):
                continue
            if header is None:
                header, end = _header(name, line, data, quoted, separator, dialect)
                if dialect.header:
                    cut = _count(data, "\n", end)
                    line, lines, data = line + cut, lines - cut, data[end:]
                    quoted = find_quoted(data, separator, dialect.quote)
            if not _is_blank(data, separator):
                rows = True
                yield Block(header, line, data, quoted, lines)
    if header is None:
        raise TableError("the file is empty", name)
    if not rows:
        raise TableError("the file has a header and no rows", name)


def listed(paths: Paths) -> list[str]:
    """One path or several, as a list."""
    return [os.fspath(path) for path in ([paths] if isinstance(paths, str | os.PathLike) else paths)]


def read_files(paths: Paths, dialect: Dialect, digests: Sequence[Any] = ()) -> Generator[tuple[int, Block]]:
    """Read tables with the same header one after the other, block by block.

    Args:
        paths: a file or several.
        dialect: how they are written.
        digests: objects of `hashlib`, one for each file; see `read_blocks`.

    Yields:
        The number of the file and the block.

    Raises:
        TableError, OSError: as `read_blocks`; or the headers differ.
    """
    first = None
    for number, path in enumerate(listed(paths)):
        checked = False
        for block in read_blocks(path, dialect, digests[number] if digests else None):
            first = first or block.header
            if not checked:
                _check_same(first, block.header)
                checked = True
            yield number, block


def ahead(blocks: Generator[T]) -> Iterator[T]:
    """The same items, each made by another thread while the one before it is used."""
    with ThreadPoolExecutor(1) as pool:
        try:
            coming = pool.submit(next, blocks, None)
            while (item := coming.result()) is not None:
                coming = pool.submit(next, blocks, None)
                yield item
        finally:
            coming.exception()
            blocks.close()


def _check_same(first: Header, header: Header) -> None:
    """Check that two tables have the same columns in the same order."""
    if header.names == first.names:
        return
    missing = [name for name in first.names if name not in header.names]
    extra = [name for name in header.names if name not in first.names]
    differences = [f"{what} {', '.join(names)}" for what, names in (("missing", missing), ("new", extra)) if names]
    if not differences:
        place = next(n for n, pair in enumerate(zip(first.names, header.names, strict=True)) if len(set(pair)) > 1)
        ours, theirs = header.names[place], first.names[place]
        differences = [f"in another order, column {place + 1} is {ours}, there {theirs}"]
    message = f"the header differs from that of {first.path}: {'; '.join(differences)}"
    raise TableError(message, header.path, header.line)


def _blanks(separator: str) -> bytes:
    return b" \t".replace(separator.encode(), b"")


def _is_blank(data: bytes, separator: str) -> bool:
    return not data[:100].strip(_blanks(separator) + b"\n") and not data.strip(_blanks(separator) + b"\n")


def _count(data: bytes, mark: str, end: int | None = None) -> int:
    """How often an ASCII character occurs before a place; faster than `bytes.count`."""
    text = np.frombuffer(data, np.uint8)[:end]
    return sum(int(np.count_nonzero(text[n : n + SLICE] == ord(mark))) for n in range(0, len(text), SLICE))


# --- records ----------------------------------------------------------------------------------------------------------


def _records(name: str, pieces: Iterator[bytes], dialect: Dialect) -> Iterator[tuple[int, bytes, Quoted, str, int]]:
    """Whole records as text: the line they start on, the text, its quoted stretches, the separator, their lines."""
    line, pending, separator = 1, b"", dialect.separator
    for piece in chain(pieces, [None]):
        if piece is not None and separator is not None and not _has(dialect.quote, pending, piece):
            end = piece.rfind(b"\n") + 1  # the usual case, with one copy less
            if end:
                whole, pending = b"".join((pending, memoryview(piece)[:end])), piece[end:]
                check_text(name, line, whole, dialect.encoding)
                yield line, whole, NOTHING_QUOTED, separator, (lines := _count(whole, "\n"))
                line += lines
                continue
        data = pending + (piece or b"")
        if separator is None:
            if piece is not None and len(data) < SAMPLE:
                pending = data
                continue
            separator = sniffed_separator(data[: data.rfind(b"\n", 0, SAMPLE) + 1] or data, dialect.quote)
        quoted = find_quoted(data, separator, dialect.quote)
        end = len(data) if piece is None else _end_of_records(data, quoted)
        endless = not end and len(data) > LONGEST
        if endless or (piece is None and len(quoted.closes) and quoted.closes[-1] == len(data)):
            check_text(name, line, data[: data.rfind(b"\n") + 1], dialect.encoding)
            raise _never_closed(
                name, line, data, quoted, f"not closed within {LONGEST >> 20} MiB" if endless else "never closed"
            )
        if end:
            whole, pending = data[:end], data[end:]
            check_text(name, line, whole, dialect.encoding)
            yield line, whole, quoted.up_to(end), separator, (lines := _count(whole, "\n"))
            line += lines
        else:
            pending = data


def _has(quote: str | None, *parts: bytes) -> bool:
    return quote is not None and any(quote.encode() in part for part in parts)


def _header(name: str, line: int, data: bytes, quoted: Quoted, separator: str, dialect: Dialect) -> tuple[Header, int]:
    """What the first record says, and where the record after it starts."""
    block = Block(Header(name, (), line, separator, dialect.quote), line, data, quoted)
    starts, ends = block.records()
    start, end = int(starts[0]), int(ends[0])
    line = int(block.lines(starts[:1])[0])
    cells = block.cells(start, end)
    if not cells:
        raise TableError("the first record has a cell of more than 128 KiB; is a quotation mark left open?", name, line)
    names = [cell.strip() for cell in cells] if dialect.header else [str(n + 1) for n in range(len(cells))]
    _check_names(name, line, names)
    return Header(name, tuple(names), line, separator, dialect.quote), end + 1


def _check_names(path: str, line: int, names: list[str]) -> None:
    seen = set()
    for position, name in enumerate(names, 1):
        if not name:
            raise TableError(f"column {position} of {len(names)} has no name in the header", path, line)
        if name in seen:
            value = re.fullmatch(r"[+-]?[\d.,]+", name) is not None
            hint = "; if this is no header but a row of values, --no-header" if value else ""
            raise TableError(f"the header has this name twice{hint}", path, line, name)
        seen.add(name)


def _end_of_records(data: bytes, quoted: Quoted) -> int:
    """Where the last record ends that is there in whole, 0 if none is."""
    end = data.rfind(b"\n")
    while end >= 0:
        opened = int(np.searchsorted(quoted.opens, end))
        if not opened or quoted.closes[opened - 1] < end:
            return end + 1
        end = data.rfind(b"\n", 0, int(quoted.opens[opened - 1]))
    return 0


def _never_closed(name: str, line: int, data: bytes, quoted: Quoted, what: str) -> TableError:
    end = _end_of_records(data[: quoted.opens[-1]], quoted) if len(quoted.opens) else 0
    problem = f"a quotation mark is opened in this row and {what}" if len(quoted.opens) else "the row is too long"
    return TableError(problem, name, line + _count(data, "\n", end))
