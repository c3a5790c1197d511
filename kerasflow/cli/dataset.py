"""The rows of a table for a command that knows which columns it needs: a chunk at a time, its columns as arrays."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property

import numpy as np
import pandas as pd

from kerasflow.cli.console import Console, count, shown
from kerasflow.cli.exits import DataError
from kerasflow.cli.findings import hint_of
from kerasflow.cli.ragged import parse_ragged
from kerasflow.io.csv_source import listed, read_files
from kerasflow.io.csv_text import USUAL, Dialect, Paths, TableError
from kerasflow.io.table import infer_kinds, number_of, parse_block, read_table, to_numbers

__all__ = ["Dataset"]

MOSTLY = 0.9  # the share of numbers from which a column of texts looks like one of numbers with slips


class Dataset:
    """Rows of a CSV file in memory. Its errors name the file and, where there is one, line and column.

    Args:
        path: the file.
        dialect: how it is written.
        frame: the rows, if they are read already; see `chunks`.
        ragged: the errors of rows with too few or too many cells, by their lines.

    Raises:
        DataError: it is no table, or has no rows.
        OSError: it cannot be read.
    """

    def __init__(
        self,
        path: str,
        dialect: Dialect = USUAL,
        frame: pd.DataFrame | None = None,
        ragged: Mapping[int, TableError] | None = None,
    ) -> None:
        self.path = path
        self.dialect = dialect
        self.ragged = ragged or {}
        try:
            self.frame = read_table(path, dialect) if frame is None else frame
        except TableError as error:
            raise DataError(str(error)) from error

    @classmethod
    def chunks(
        cls, paths: Paths, dialect: Dialect = USUAL, numeric: Collection[str] = (), ragged: bool = False
    ) -> Iterator[Dataset]:
        """The rows of one file or several, some megabytes at a time, so that files of any size fit into memory.

        Args:
            paths: the files.
            dialect: how they are written.
            numeric: columns that are going to be asked for numbers; others are read as text.
            ragged: whether rows with too few or too many cells are among them, and no error yet.

        Raises:
            DataError, OSError: as `Dataset`; or the files' headers differ.
        """
        left = dialect.limit
        try:
            for _, whole in read_files(listed(paths), dialect):
                block = whole.first(left)
                kinds = ["numeric" if name in numeric else "text" for name in block.header.names]
                frame, errors = (
                    parse_ragged(block, kinds, dialect) if ragged else (parse_block(block, kinds, dialect), None)
                )
                left = None if left is None else left - len(frame)
                yield cls(block.header.path, dialect, frame, errors)
                if left == 0:
                    return
        except TableError as error:
            raise DataError(str(error)) from error

    def take(self, rows: np.ndarray) -> Dataset:
        """Some of the rows, by a mask."""
        return self if rows.all() else Dataset(self.path, self.dialect, self.frame[rows])

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return list(self.frame.columns)

    @cached_property
    def kinds(self) -> dict[str, str]:
        """Whether each column is "numeric" or "text", by the rows that are there when it is first asked for."""
        return infer_kinds(self.frame, self.dialect)

    def keep_rows_with(self, name: str, console: Console) -> None:
        """Drop the rows in which a column has no value, and say how many. Raises DataError: none is left."""
        missing = self.frame[name].isna()
        if missing.all():
            raise DataError(f"{self.path}: no row has a value in the column {shown(name)}")
        if missing.any():
            first = self.frame.index[missing.to_numpy()][0]
            rows = count(int(missing.sum()), "row")
            console.note(f"{self.path}: left out {rows} without a value in {shown(name)}, the first on line {first}")
        self.frame = self.frame[~missing]

    def numbers(self, name: str) -> np.ndarray:
        """A column as float64, NaN where a value is missing. Raises DataError: a cell is no finite number."""
        try:
            return to_numbers(self.frame[name], self.path, self.dialect)
        except TableError as error:
            texts = self.frame[name].dropna().astype(str).unique().tolist()
            odd = [text for text in texts if number_of(text, self.dialect) is None]
            raise DataError(f"{error}{hint_of(odd)}") from error

    def texts(self, name: str) -> np.ndarray:
        """A column as objects, ``str`` or NaN where a value is missing."""
        return self.frame[name].to_numpy(object)

    def columns(self, kinds: Mapping[str, str]) -> dict[str, np.ndarray]:
        """Columns as the encoder takes them, by their kinds. Raises DataError: text where numbers are needed."""
        return {name: self.numbers(name) if kind == "numeric" else self.texts(name) for name, kind in kinds.items()}

    def error(self, message: str, row: int, name: str) -> DataError:
        """The error for the cell of a column in a row, counted from 0."""
        return DataError(str(TableError(message, self.path, int(self.frame.index[row]), name)))

    def warn_of_slips(self, kinds: Mapping[str, str], console: Console) -> None:
        """Name the first cell of each column that is taken for text although nearly all of its cells are numbers."""
        for name in (name for name, kind in kinds.items() if kind == "text"):
            present = self.frame[name].dropna()
            numbers = pd.to_numeric(present, errors="coerce").notna()
            if len(present) and numbers.mean() >= MOSTLY:
                try:
                    to_numbers(self.frame[name], self.path, self.dialect)
                except TableError as error:
                    console.note(f"{error}; the column is taken for text")
