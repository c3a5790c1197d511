"""Rows with too few or too many cells, set apart from those that have one for each name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from kerasflow.io.csv_source import Block
from kerasflow.io.csv_text import USUAL, Dialect, TableError, find_quoted
from kerasflow.io.table import LINE, parse_block

__all__ = ["parse_ragged"]


def parse_ragged(
    block: Block, kinds: Sequence[str], dialect: Dialect = USUAL
) -> tuple[pd.DataFrame, dict[int, TableError]]:
    """The records of a block as `parse_block` gives them, rows with too few or too many cells among them.

    Args:
        block: whole records.
        kinds: of each column, "numeric" or "text".
        dialect: how the file is written.

    Returns:
        The frame; and by the lines on which they start the errors of the rows that have not one cell for each name. In
        the columns of text these have the cells that stand there, as many as there are; no number of theirs is read.

    Raises:
        TableError: it is not certain where rows begin and end: quotation marks are not clear, or a row that has not
            one cell for each name spans lines, perhaps for a mark that was never closed.
    """
    try:
        return parse_block(block, kinds, dialect), {}
    except TableError:
        starts, ends = block.records()
        found = _cells(block, starts, ends)
        wrong = np.flatnonzero(found != len(block.header.names))
        if not len(wrong) or any(b"\n" in block.data[starts[n] : ends[n]] for n in wrong):
            raise
    starts, ends, lines = starts[wrong], ends[wrong], block.lines(starts[wrong]).tolist()
    names, path = block.header.names, block.header.path
    errors = {line: ragged_error(names, int(size), path, line) for line, size in zip(lines, found[wrong], strict=True)}
    rows = [block.cells(int(start), int(end)) for start, end in zip(starts, ends, strict=True)]
    frame = pd.DataFrame(
        {
            name: _column([row[place] if place < len(row) else "" for row in rows], kind, dialect)
            for place, (name, kind) in enumerate(zip(names, kinds, strict=True))
        },
        pd.Index(lines, name=LINE),
    )
    if len(wrong) == len(found):
        return frame, errors
    return pd.concat([parse_block(_without(block, starts, ends), kinds, dialect), frame]).sort_index(), errors


def ragged_error(names: Sequence[str], found: int, path: str, line: int) -> TableError:
    """The error for a row that has not one cell for each name."""
    message = f"expected {len(names)} cell{'s' * (len(names) > 1)} as in the header, found {found}"
    return TableError(message, path, line, names[found] if found < len(names) else None)


def _cells(block: Block, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """How many cells each record has."""
    separators = np.frombuffer(block.data, np.uint8) == ord(block.header.separator)
    between = block.quoted.outside(np.flatnonzero(separators))
    return np.searchsorted(between, ends) - np.searchsorted(between, starts) + 1


def _column(cells: list[str], kind: str, dialect: Dialect) -> np.ndarray:
    if kind == "numeric":
        return np.full(len(cells), np.nan)
    return np.array([np.nan if cell == "" or cell in dialect.missing else cell for cell in cells], object)


def _without(block: Block, starts: np.ndarray, ends: np.ndarray) -> Block:
    """The block with empty lines for some records, so that all others are on the lines where they were."""
    parts, last = [], 0
    for start, end in zip(starts.tolist(), (ends + 1).tolist(), strict=True):
        parts += [block.data[last:start], b"\n"]
        last = end
    data = b"".join([*parts, block.data[last:]])
    return Block(block.header, block.line, data, find_quoted(data, block.header.separator, block.header.quote))
