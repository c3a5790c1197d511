"""Tables: CSV files as pandas frames, the numbers in them, and errors that say on which line they are.

`read_table` and `read_chunks` read every cell as text, so that nothing is guessed by the way: ``007`` is not 7 until
somebody asks for a number. The index of such a frame is called "line": the line of the file on which each row starts.
It goes with the rows wherever they are selected, split or shuffled, so an error found late can still name its line.
`parse_block` reads columns that are known to be numbers as numbers, at the speed of pandas.

Importing this room loads pandas, so callers import it where they need it.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import pandas as pd

from kerasflow.io.csv_cells import check_rows
from kerasflow.io.csv_source import Block, Header, listed, read_blocks, read_files
from kerasflow.io.csv_text import MISSING, USUAL, Dialect, Paths, StrPath, TableError, shown
from kerasflow.io.files import atomic_path, full_disk_at

__all__ = [
    "MISSING",
    "Dialect",
    "TableError",
    "has_usual_numbers",
    "infer_kinds",
    "number_of",
    "numbered",
    "parse_block",
    "read_chunks",
    "read_table",
    "reading",
    "to_numbers",
    "write_table",
]

LINE = "line"  # the name of the index
FILE = "file"  # the name of its first level where there are several files
DTYPES: dict[str, Any] = {"numeric": np.float64, "text": object}
# pandas 3 always reads numbers to the last bit, and complains about those who ask for it.
EXACT = {} if int(pd.__version__.split(".")[0]) >= 3 else {"float_precision": "round_trip"}


def read_table(paths: Paths, dialect: Dialect = USUAL) -> pd.DataFrame:
    """Read CSV files as text.

    Blanks before a cell are dropped, and lines of blanks alone skipped.

    Args:
        paths: a file or several with the same header; packed or not, "-" for standard input.
        dialect: how they are written.

    Returns:
        A frame of ``str`` cells in ``object`` columns, NaN where a cell stands for a missing value; its index is the
        line of the file on which each row starts, with the number of the file before it if there are several.

    Raises:
        TableError: a file is empty or has no rows, is no text of its encoding, has a header with a name missing or
            twice or another than the first file's, or has rows with too few or too many cells.
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
    return pd.concat(list(read_chunks(paths, dialect)))


def read_chunks(paths: Paths, dialect: Dialect = USUAL, rows: int | None = None) -> Iterator[pd.DataFrame]:
    """Read CSV files as text, as `read_table` does, chunk by chunk: files of any size fit into memory.

    Args:
        paths: a file or several.
        dialect: how they are written.
        rows: of a chunk at the most; None: as many as a block of the file has, some megabytes.
    """
    files, left = listed(paths), dialect.limit
    for number, block in read_files(files, dialect):
        frame = parse_block(block.first(left), ["text"] * len(block.header.names), dialect)
        if len(files) > 1:
            places = [np.full(len(frame), number), frame.index]
            frame.index = pd.MultiIndex.from_arrays(places, names=[FILE, LINE])
        left = None if left is None else left - len(frame)
        for start in range(0, len(frame), rows or len(frame)):
            yield frame.iloc[start : start + rows] if rows else frame
        if left == 0:
            return


def parse_block(block: Block, kinds: Sequence[str], dialect: Dialect = USUAL) -> pd.DataFrame:
    """The records of a block as a frame, once it is certain that each has one cell for each name.

    Args:
        block: whole records.
        kinds: of each column, "numeric" or "text".
        dialect: how the file is written.

    Returns:
        A frame whose index is the line on which each row starts. Its columns are float64 where "numeric" was asked for
        and every cell is a number, else objects, ``str`` or NaN.

    Raises:
        TableError: a row has too few or too many cells, or quotation marks are not clear.
    """
    slow = not has_usual_numbers(block.header, dialect) and "numeric" in kinds
    try:
        frame = None if slow else _parsed(block, kinds, dialect)
    except ValueError as error:
        if isinstance(error, TableError):
            raise
        frame = None  # a cell is no number, and pandas does not say of which column
    if frame is None:
        frame = _parsed(block, ["text"] * len(kinds), dialect)
        columns = {number: frame[number] for number in frame}
        for number in (number for number in frame if kinds[number] == "numeric"):
            numbers = _numbers(columns[number], dialect, empty=True)
            columns[number] = columns[number] if numbers is None else pd.Series(numbers, frame.index)
        frame = pd.DataFrame(columns)
    return frame.set_axis(list(block.header.names), axis=1).set_axis(_lines(block, frame), axis=0)


def reading(header: Header, kinds: Sequence[str], dialect: Dialect, precision: Any = EXACT) -> dict[str, Any]:
    """The settings with which pandas reads rows: which columns, as what, its names their numbers."""
    wanted = [number for number, kind in enumerate(kinds) if kind != "skipped"]
    quoting = {"quoting": csv.QUOTE_NONE} if header.quote is None else {"quotechar": header.quote}
    return {
        "sep": header.separator,
        "header": None,
        "names": range(len(header.names)),
        "usecols": None if len(wanted) == len(kinds) else wanted,
        "dtype": {number: DTYPES[kinds[number]] for number in wanted},
        "decimal": dialect.decimal,
        "keep_default_na": False,
        "na_values": ["", *dialect.missing],
        "lineterminator": "\n",
        "low_memory": False,  # a block is small: it is parsed at once
        **quoting,
        **precision,
    }


def has_usual_numbers(header: Header, dialect: Dialect) -> bool:
    """Whether pandas reads the numbers of a table as they are meant."""
    return dialect.thousands is None and dialect.decimal != header.separator


def numbered(column: pd.Series) -> tuple[np.ndarray, list[str]]:
    """The texts of a column in order of appearance, and of each cell the place of its text, -1 where it is missing.

    >>> numbered(pd.Series(["b", None, "a", "b"], dtype=object))
    (array([ 0, -1,  1,  0]), ['b', 'a'])
    """
    codes, texts = pd.factorize(column.to_numpy(object))
    return codes, texts.tolist()


def infer_kinds(frame: pd.DataFrame, dialect: Dialect = USUAL) -> dict[str, str]:
    """Whether each column is "numeric" or "text".

    A column is numeric if every cell that is not missing reads as a number, infinities included, so that `to_numbers`
    can complain about those by line. Columns with no value at all, and such as "yes" and "no", are text.
    """
    return {str(name): "text" if _numbers(frame[name], dialect) is None else "numeric" for name in frame.columns}


def to_numbers(series: pd.Series, path: StrPath | None = None, dialect: Dialect = USUAL) -> np.ndarray:
    """The numbers of a column, as float64, NaN where a value is missing.

    Args:
        series: a column of text, as `read_table` gives, or of numbers.
        path: the file it was read from, for the message.
        dialect: how the file is written.

    Raises:
        TableError: a cell is no number or not a finite one; the first such cell is named with its line.

    >>> to_numbers(pd.Series(["1.5", None, "-2e3"]))
    array([ 1.5e+00,      nan, -2.0e+03])
    """
    numbers = _numbers(series, dialect, empty=True)
    if numbers is not None and not np.isinf(numbers).any():
        return numbers
    for label, cell in zip(series.index, series, strict=True):
        number = np.nan if pd.isna(cell) else number_of(cell, dialect)
        if number is None or np.isinf(number):
            message = f"expected {'a number' if number is None else 'a finite number'}, found {shown(str(cell))}"
            name = None if series.name is None else str(series.name)
            line = line_of_cell(path, int(label), name, cell, dialect) if series.index.name == LINE else None
            raise TableError(message, path, line, name)
    raise TableError("expected numbers", path)


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
        with full_disk_at(target):
            frame.to_csv(Path(target), index=False, lineterminator="\n")
    else:
        with atomic_path(target) as temporary:
            frame.to_csv(temporary, index=False, lineterminator="\n")


# --- reading ---------------------------------------------------------------------------------------------------------


def _parsed(block: Block, kinds: Sequence[str], dialect: Dialect) -> pd.DataFrame:
    """What pandas makes of a block, its columns by their numbers.

    pandas refuses rows with more cells than the first, so that one is made up, with a cell for each name; rows with
    fewer are filled up, which shows when cells are counted (`_lines`).
    """
    first = block.header.separator.join(["0"] * len(kinds)) + "\n"
    settings = reading(block.header, kinds, dialect)
    try:
        # Looking for blanks before cells takes pandas longer.
        frame = pd.read_csv(io.BytesIO(first.encode() + block.data), skipinitialspace=block.has_padding, **settings)
    except pd.errors.ParserError as error:
        check_rows(block)
        raise TableError(str(error), block.header.path, block.line) from error
    return frame.iloc[1:]


def _lines(block: Block, frame: pd.DataFrame) -> pd.Index:
    """The line each row starts on, once it is certain that each has one cell for each name.

    Without a line end in a cell, and without a line that is no row, lines need no looking for. Nor do rows, if there
    are as many separators as there have to be between cells, those in quotation marks left out.
    """
    names, separator = block.header.names, block.header.separator
    between = (len(names) - 1) * len(frame)
    if len(block.quoted.opens):
        between += sum(_count(frame[number], separator) for number in frame)
    if block.count(separator) == between and block.count_lines() == len(frame):
        return pd.RangeIndex(block.line, block.line + len(frame), name=LINE)
    starts = check_rows(block)
    if len(starts) != len(frame):
        message = f"unclear quotation marks: the rows from here on are {len(frame)} or {len(starts)}"
        raise TableError(message, block.header.path, block.line)
    return pd.Index(block.lines(starts), name=LINE)


def _count(column: pd.Series, separator: str) -> int:
    """How often the separator is in the cells of a column."""
    if column.dtype == np.float64:
        return 0
    return "".join(column.dropna().tolist()).count(separator)


def line_of_cell(path: StrPath | None, line: int, name: str | None, cell: str, dialect: Dialect = USUAL) -> int:
    """The line on which a cell starts, in the row that starts on `line`: cells before it may span lines themselves."""
    if path is None or not os.path.isfile(path):
        return line
    try:
        for block in read_blocks(path, dialect):
            starts, ends = block.records()
            found = np.flatnonzero(block.lines(starts) == line)
            if len(found):
                cells = block.cells(starts[found[0]], ends[found[0]])
                place = block.header.names.index(str(name))
                return line + "".join(cells[:place]).count("\n") if cells[place : place + 1] == [cell] else line
    except (OSError, ValueError):  # the file is gone, or another one
        pass
    return line


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


def _numbers(series: pd.Series, dialect: Dialect, empty: bool = False) -> np.ndarray | None:
    """The column as float64, None if a cell is no number; or if there is no value at all, unless that is asked for."""
    if pd.api.types.is_numeric_dtype(series.dtype):
        return series.to_numpy(np.float64, na_value=np.nan)
    missing = series.isna().to_numpy()
    cells = series.to_numpy(object)[~missing]
    if not len(cells):
        return np.full(len(series), np.nan) if empty else None
    try:
        text = "".join(cells.tolist())
    except TypeError:  # objects that are not text
        cells = np.array([str(cell) for cell in cells], object)
        text = "".join(cells.tolist())
    numbers = np.full(len(series), np.nan)
    try:
        if dialect.decimal == "." and dialect.thousands is None:
            if _is_nonumber_of(text):
                return None
            numbers[~missing] = cells.astype(np.float64)
        else:
            numbers[~missing] = [float(_plain(cell, dialect)) for cell in cells.tolist()]
    except ValueError:
        return None
    return numbers


def number_of(cell: Any, dialect: Dialect = USUAL) -> float | None:
    """The number that a cell is, None if it is none."""
    try:
        return float(_plain(str(cell), dialect))
    except ValueError:
        return None


def _plain(text: str, dialect: Dialect) -> str:
    """A number as Python writes it. Raises ValueError: it is none."""
    if dialect.decimal != "." or dialect.thousands is not None:
        whole, mark, decimals = text.strip().partition(dialect.decimal)
        if dialect.thousands is not None and dialect.thousands in whole:
            if not re.fullmatch(rf"[+-]?\d{{1,3}}({re.escape(dialect.thousands)}\d{{3}})+", whole):
                raise ValueError(text)
            whole = whole.replace(dialect.thousands, "")
        if dialect.decimal != "." and "." in whole + decimals:
            raise ValueError(text)
        text = f"{whole}.{decimals}" if mark else whole
    if _is_nonumber_of(text):
        raise ValueError(text)
    return text


def _is_nonumber_of(text: str) -> bool:
    # float() takes 1_000 and the digits of other scripts, which in a table are names rather than numbers.
    return "_" in text or not text.isascii()
