"""Where every cell of a block lies, and short texts as numbers: columns of texts without a Python object for each cell.

A text of up to eight bytes is one number of 64 bits, a longer one several. Equal texts have equal numbers, so they can
be told apart, counted and hashed as arrays; only those that differ are decoded (`block_reader.numbered_words`). This
works where the cells are written plainly, as nearly always; `Cells.of` says no where a block wants a closer look.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from kerasflow.io.crc32c import crc32_words
from kerasflow.io.csv_source import SLICE, Block
from kerasflow.io.csv_text import BLANK, NEWLINE, Dialect, TableError

__all__ = ["Cells", "Words", "check_rows", "plain_missing"]

WORD = 8  # bytes
LONGEST = 32  # bytes of a text
MOST = 8 << 20  # bytes of a block
_MASKS = np.array([(1 << 8 * size) - 1 for size in range(WORD + 1)], np.uint64)  # of the first bytes of a word


class Words:
    """The cells of a column as numbers: the first eight bytes of each, the next eight ..., zero where there are none.

    Args:
        words: of shape (cells,) each, uint64.
        lengths: the bytes of each cell.
    """

    def __init__(self, words: list[np.ndarray], lengths: np.ndarray) -> None:
        self.words = words
        self.lengths = lengths

    def __len__(self) -> int:
        return len(self.lengths)

    def texts(self, rows: np.ndarray) -> list[str]:
        """The texts of some cells, at least one."""
        together = np.stack([word[rows] for word in self.words], axis=1, dtype="<u8")
        return b"\0".join(together.view(f"S{together[0].nbytes}").ravel().tolist()).decode().split("\0")

    def checksums(self) -> np.ndarray:
        """The CRC-32 of each cell, uint32."""
        return crc32_words(self.words, self.lengths)

    def among(self, texts: Collection[str]) -> np.ndarray:
        """Whether each cell is one of some texts."""
        found = np.zeros(len(self), bool)
        for text in (text.encode() for text in texts):
            if len(text) <= len(self.words) * WORD:
                theirs = np.frombuffer(text.ljust(len(self.words) * WORD, b"\0"), "<u8")
                found |= np.logical_and.reduce([ours == word for ours, word in zip(self.words, theirs, strict=True)])
        return found


class Cells:
    """Where the cells of a block lie.

    Args:
        block: the block.
        ends: the places after each cell, of shape (rows, columns).
    """

    def __init__(self, block: Block, ends: np.ndarray) -> None:
        self._block, self._ends = block, ends

    @classmethod
    def of(cls, block: Block) -> Cells | None:
        """The cells, if each row has one for each name, and none has blanks before it or marks doubled in it."""
        columns, separator = len(block.header.names), ord(block.header.separator)
        if columns == 1 or len(block.data) > MOST:
            return None
        octets, quote = np.frombuffer(block.data, np.uint8), None
        if len(block.quoted.opens):
            if not _are_cells(block, octets):
                return None
            quote = ord(block.header.quote or "")
        found = _places(octets, separator, quote)
        if found is None:
            return None
        ends, rows = found
        if len(ends) != rows * columns or not (octets[ends[columns - 1 :: columns]] == NEWLINE).all():
            return None
        return cls(block, ends.reshape(rows, columns))

    def __len__(self) -> int:
        return len(self._ends)

    def longest(self, column: int) -> int:
        """The bytes of the longest cell of a column, with its quotation marks."""
        return int(self._stretches(column)[1].max())

    def lines(self) -> np.ndarray:
        """The line of the file on which each row starts."""
        if self._block.count_lines() == len(self):
            return self._block.line + np.arange(len(self))
        return self._block.lines(np.append(0, self._ends[:-1, -1] + 1))

    def words(self, column: int) -> Words | None:
        """The cells of a column as words; None if one is longer than `LONGEST`."""
        begins, lengths = self._stretches(column)
        if len(self._block.quoted.opens):
            quoted = np.frombuffer(self._block.data, np.uint8)[begins] == ord(self._block.header.quote or "")
            begins, lengths = begins + quoted, lengths - 2 * quoted
        count = max(1, -(-int(lengths.max()) // WORD))
        if count * WORD > LONGEST:
            return None
        found = _taken(self._block.data, begins, count * WORD).view("<u8").reshape(-1, count)
        return Words([found[:, k] & _MASKS[np.clip(lengths - k * WORD, 0, WORD)] for k in range(count)], lengths)

    def _stretches(self, column: int) -> tuple[np.ndarray, np.ndarray]:
        """Where the cells of a column begin, and their bytes."""
        before = self._ends[:, column - 1] if column else np.append(-1, self._ends[:-1, -1])
        return before + 1, self._ends[:, column] - before - 1


def check_rows(block: Block) -> np.ndarray:
    """Where each row starts, once it is certain that it has one cell for each name and that marks are clear.

    Raises:
        TableError: a row has too few or too many cells; or a quotation mark has swallowed the end of its line.
    """
    starts, ends = block.records()
    _check_cells(block, starts, ends)
    _check_marks(block)
    return starts


def plain_missing(dialect: Dialect) -> frozenset[str] | None:
    """The cells that stand for a missing value; None if one is a number, of which pandas knows other spellings.

    >>> sorted(plain_missing(Dialect(missing=("NA", "nan")))), plain_missing(Dialect(missing=("-999",)))
    (['', 'NA', 'nan'], None)
    """
    for text in dialect.missing:
        try:
            if np.isfinite(float(text)):
                return None
        except ValueError:
            pass
    return frozenset(["", *dialect.missing])


def _taken(data: bytes, begins: np.ndarray, size: int) -> np.ndarray:
    """So many bytes from each place on, which ascend; after the end of the data, zeros."""
    fits = int(np.searchsorted(begins, len(data) - size, "right"))
    found = np.zeros(len(begins), f"V{size}")
    if fits:
        found[:fits] = np.ndarray(len(data) - size + 1, f"V{size}", data, 0, (1,))[begins[:fits]]
    for row in range(fits, len(begins)):
        found[row] = data[begins[row] : begins[row] + size].ljust(size, b"\0")
    return found


def _places(octets: np.ndarray, separator: int, quote: int | None) -> tuple[np.ndarray, int] | None:
    """Where the separators and the line ends are that end cells, and how many line ends; None if blanks begin a cell.

    Args:
        octets: the bytes of a block.
        separator: what is between cells.
        quote: what is around cells, each second time at the end of one; None if there are no such.
    """
    found = np.empty(len(octets) + 1, bool)
    found[0] = True  # as if a line had ended before
    rows, within = 0, False
    for start in range(0, len(octets), SLICE):
        part, here = octets[start : start + SLICE], found[start + 1 : start + 1 + SLICE]
        line_ends = part == NEWLINE
        np.equal(part, separator, out=here)
        here |= line_ends
        if quote is not None:
            outside = np.bitwise_xor.accumulate(part == quote)
            if not within:
                np.logical_not(outside, out=outside)
            within = not outside[-1]
            here &= outside
            line_ends &= outside
        rows += np.count_nonzero(line_ends)
        if (found[start : start + len(part)] & (part == BLANK)).any():
            return None
    return np.flatnonzero(found[1:]), rows


def _are_cells(block: Block, octets: np.ndarray) -> bool:
    """Whether all quotation marks stand around a cell, from its beginning to its end, and none in one."""
    quoted, separator = block.quoted, ord(block.header.separator)
    if quoted.closes[-1] + 1 >= len(octets) or block.count(block.header.quote or "") != 2 * len(quoted.opens):
        return False
    around = octets[quoted.opens - 1], octets[quoted.closes + 1]  # before the first byte, the last: a line end
    return all(((marks == separator) | (marks == NEWLINE)).all() for marks in around)


def _check_cells(block: Block, starts: np.ndarray, ends: np.ndarray) -> None:
    """Check that each record has one cell for each name."""
    names = block.header.names
    text = np.frombuffer(block.data, np.uint8)
    between = block.quoted.outside(np.flatnonzero(text == ord(block.header.separator)))
    cells = np.searchsorted(between, ends) - np.searchsorted(between, starts) + 1
    wrong = np.flatnonzero(cells != len(names))
    if len(wrong):
        found = int(cells[wrong[0]])
        line = int(block.lines(starts[wrong[:1]])[0])
        message = f"expected {len(names)} cell{'s' * (len(names) > 1)} as in the header, found {found}"
        raise TableError(message, block.header.path, line, names[found] if found < len(names) else None)


def _check_marks(block: Block) -> None:
    """Check that no quotation mark that a later one closes by chance has swallowed the end of its line."""
    opens, closes = block.quoted
    text = np.frombuffer(block.data, np.uint8)
    newlines = np.flatnonzero(text == NEWLINE)
    spans = np.flatnonzero(np.searchsorted(newlines, opens) != np.searchsorted(newlines, closes))
    after = text[np.minimum(closes[spans] + 1, len(text) - 1)]
    fine = np.isin(after, [NEWLINE, ord(block.header.separator), ord(block.header.quote or " "), ord(" ")])
    if not fine.all():
        first = int(spans[~fine][0])
        line, last = block.lines(np.array([opens[first], closes[first]])).tolist()
        message = f"a quotation mark is opened on this line, and the next one, on line {last}, is amid a cell"
        raise TableError(message, block.header.path, line)
