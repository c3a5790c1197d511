"""Tables: CSV files as pandas frames of text, the numbers in them, and errors that say on which line they are.

Every cell is first read as text, so that nothing is guessed by the way: ``007`` is not 7 until somebody asks for a
number. The index of a frame that `read_table` returns is called "line": the line of the file on which each row starts.
It goes with the rows wherever they are selected, split or shuffled, so an error found late can still name its line.

Importing this room loads pandas, so callers import it where they need it.
"""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import pandas as pd

from kerasflow.io.csv_text import Source, TableError, read_source, shown
from kerasflow.io.files import StrPath, atomic_path

__all__ = ["MISSING", "TableError", "infer_kinds", "read_table", "to_numbers", "write_table"]

#: The cells that stand for a missing value.
MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?")
LINE = "line"  # the name of the index


def read_table(path: StrPath, separator: str | None = None) -> pd.DataFrame:
    """Read a CSV file as text: UTF-8, a header of distinct names, cells in quotation marks where needed.

    Blanks before a cell are dropped, and lines of blanks alone skipped.

    Args:
        path: the file.
        separator: one character; None takes the comma, or, if the header has none, a semicolon or a tab.

    Returns:
        A frame of ``str`` cells in ``object`` columns, NaN where a cell is one of `MISSING`; its index is the line of
        the file on which each row starts.

    Raises:
        TableError: the file is empty or has no rows, is not UTF-8 text, has a header with a name missing or twice, or
            has rows with too few or too many cells.
        OSError: it cannot be read.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "homes.csv")
    >>> write_table(path, {"rooms": [3, None, 5], "sea": ["near", "far", "near"]})
    >>> read_table(path)
         rooms   sea
    line
    2      3.0  near
    3      NaN   far
    4      5.0  near
    """
    source = read_source(path, separator)
    header = next(source.records())
    names = _checked_names(source, header.line, header.cells)
    columns = _parsed(source, names)
    rows = len(columns[names[0]])
    if not rows:
        raise TableError("the file has a header and no rows", path)
    return pd.DataFrame(columns, index=_lines(source, rows), dtype=object)


def infer_kinds(frame: pd.DataFrame) -> dict[str, str]:
    """Whether each column is "numeric" or "text".

    A column is numeric if every cell that is not missing reads as a number, infinities included, so that `to_numbers`
    can complain about those by line. Columns with no value at all, and such as "yes" and "no", are text.
    """
    return {str(name): "text" if _numbers(frame[name]) is None else "numeric" for name in frame.columns}


def to_numbers(series: pd.Series, path: StrPath | None = None) -> np.ndarray:
    """The numbers of a column, as float64, NaN where a value is missing.

    Args:
        series: a column of text, as `read_table` gives, or of numbers.
        path: the file it was read from, for the message.

    Raises:
        TableError: a cell is no number or not a finite one; the first such cell is named with its line.

    >>> to_numbers(pd.Series(["1.5", None, "-2e3"]))
    array([ 1.5e+00,      nan, -2.0e+03])
    """
    numbers = _numbers(series)
    if numbers is not None and not np.isinf(numbers).any():
        return numbers
    for label, cell in zip(series.index, series, strict=True):
        number = np.nan if pd.isna(cell) else _number(cell)
        if number is None or np.isinf(number):
            message = f"expected {'a number' if number is None else 'a finite number'}, found {shown(str(cell))}"
            name = None if series.name is None else str(series.name)
            line = _line_of_cell(path, int(label), name, cell) if series.index.name == LINE else None
            raise TableError(message, path, line, name)
    return np.full(len(series), np.nan)  # not one value


def write_table(target: StrPath | TextIO, columns: Mapping[str, Any] | pd.DataFrame) -> None:
    """Write columns as CSV with a header, UTF-8, a missing value as an empty cell; numbers read back as they were.

    Args:
        target: a path, which is written atomically (a device or pipe directly), or a stream open for text.
        columns: the values of each column by its name, all of one length, row by row whatever their index.

    Raises:
        ValueError: the columns differ in length.
        OSError: the file cannot be written.
    """
    lengths = {name: len(columns[name]) for name in columns}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"the columns of a table have one length, not {lengths}")
    frame = pd.DataFrame({_one_line_end(str(name)): _writable(columns[name]) for name in columns})
    if not isinstance(target, str | os.PathLike):
        frame.to_csv(target, index=False, lineterminator="\n")
    elif os.path.exists(target) and not os.path.isfile(target) and not os.path.isdir(target):
        frame.to_csv(Path(target), index=False, lineterminator="\n")
    else:
        with atomic_path(target) as temporary:
            frame.to_csv(temporary, index=False, lineterminator="\n")


# --- reading ---------------------------------------------------------------------------------------------------------


def _checked_names(source: Source, line: int, cells: list[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    seen = set()
    for position, name in enumerate(names, 1):
        if not name:
            raise TableError(f"column {position} of {len(names)} has no name in the header", source.path, line)
        if name in seen:
            raise TableError("the header has this name twice", source.path, line, name)
        seen.add(name)
    return names


def _parsed(source: Source, names: list[str]) -> dict[str, np.ndarray]:
    """The cells of each column below the header, once it is certain that every row has one for each name.

    pandas refuses rows with more cells than the header, which it reads as a row here, and fills up rows with fewer.
    Those show in the count of separators: there is one between two cells, and no other outside the cells.
    """
    try:
        frame = pd.read_csv(
            io.BytesIO(source.data),
            sep=source.separator,
            header=None,
            names=range(len(names)),
            dtype=object,
            keep_default_na=False,
            na_values=[],
            skipinitialspace=True,
            low_memory=False,
        )
    except pd.errors.ParserError as error:
        raise _ragged(source, names, str(error)) from error
    separators = (len(names) - 1) * len(frame)
    if b'"' in source.data:
        separators += sum("".join(frame[number].tolist()).count(source.separator) for number in frame)
    if source.data.count(source.separator.encode()) != separators:
        raise _ragged(source, names)
    columns = {}
    for number, name in enumerate(names):
        cells = frame[number].iloc[1:]
        columns[name] = np.where(cells.isin(MISSING), np.nan, cells.to_numpy(object))
    return columns


def _ragged(source: Source, names: list[str], problem: str = "its rows differ in length") -> TableError:
    """The error for the first row that has not one cell for each name."""
    line = None
    for line, cells in source.records():
        if len(cells) != len(names):
            missing = names[len(cells)] if len(cells) < len(names) else None
            message = f"expected {len(names)} cells as in the header, found {len(cells)}"
            return TableError(message, source.path, line, missing)
    if "EOF inside string" in problem:
        problem = "a quotation mark is opened in this row and never closed"
    return TableError(problem, source.path, line)


def _lines(source: Source, rows: int) -> pd.Index:
    """The line each row starts on. If there are as many lines as rows and header, they need no looking for."""
    if source.count_lines() == rows + 1:
        return pd.RangeIndex(2, rows + 2, name=LINE)
    lines = [record.line for record in source.records()][1:]
    if len(lines) != rows:
        raise TableError(f"unclear quotation marks: the file has {rows} rows or {len(lines)}", source.path)
    return pd.Index(lines, name=LINE)


def _line_of_cell(path: StrPath | None, line: int, name: str | None, cell: str) -> int:
    """The line on which a cell starts, in the row that starts on `line`: cells before it may span lines themselves."""
    if path is None:
        return line
    try:
        records = read_source(path).records()
        position = [title.strip() for title in next(records).cells].index(name)
        cells = next(record.cells for record in records if record.line == line)
    except (OSError, ValueError, StopIteration):  # the file is gone, or another one, or has a separator of its own
        return line
    return line + "".join(cells[:position]).count("\n") if cells[position:][:1] == [cell] else line


# --- writing ---------------------------------------------------------------------------------------------------------


def _writable(values: Any) -> pd.Series:
    """A column without its index and without ``\\r``, which pandas does not quote though it ends a line."""
    column = pd.Series(values).reset_index(drop=True)
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column
    return column.map(lambda cell: _one_line_end(cell) if isinstance(cell, str) else cell)


def _one_line_end(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


# --- numbers ---------------------------------------------------------------------------------------------------------


def _numbers(series: pd.Series) -> np.ndarray | None:
    """The column as float64, None if a cell is no number or there is no value at all."""
    if pd.api.types.is_numeric_dtype(series.dtype):
        return series.to_numpy(np.float64, na_value=np.nan)
    missing = series.isna().to_numpy()
    cells = series.to_numpy(object)[~missing]
    try:
        text = "".join(cells.tolist())
    except TypeError:  # objects that are not text
        cells = np.array([str(cell) for cell in cells], object)
        text = "".join(cells.tolist())
    if not text or _is_no_number(text):
        return None
    numbers = np.full(len(series), np.nan)
    try:
        numbers[~missing] = cells.astype(np.float64)
    except ValueError:
        return None
    return numbers


def _number(cell: Any) -> float | None:
    text = str(cell)
    try:
        return None if _is_no_number(text) else float(text)
    except ValueError:
        return None


def _is_no_number(text: str) -> bool:
    # float() takes 1_000 and the digits of other scripts, which in a table are names rather than numbers.
    return "_" in text or not text.isascii()
