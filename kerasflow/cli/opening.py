"""The tables of a training, read into columns on the disk."""

from __future__ import annotations

import argparse
import hashlib
import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from kerasflow.cli.exits import DataError, ModelError
from kerasflow.cli.reading import dialect_of, paths_of, spooled, table_name
from kerasflow.cli.schema import wishes_of
from kerasflow.cli.sheet import Sheet, label_of
from kerasflow.cli.temporary import temporary_folder
from kerasflow.estimators.targets import infer_task
from kerasflow.io.column_cache import ColumnCache
from kerasflow.io.csv_text import Dialect, TableError
from kerasflow.io.table import read_chunks

__all__ = ["open_sheets", "tables_of"]

CACHED = 64 << 20  # bytes of files from which on the columns made of them are kept for the next time
CACHE = ".kerasflow-cache"
SPELLED = 1000  # rows by which it is told how labels are written


def tables_of(options: argparse.Namespace) -> list[list[str]]:
    """The files of the table, and of that which is held out if it is another."""
    data = paths_of(options)
    return [data, [options.valid_file]] if options.valid_file else [data]


def open_sheets(options: argparse.Namespace, stack: ExitStack) -> list[Sheet]:
    """The tables as columns: of a small one for the time being, of a large one for the next time, too.

    Raises:
        DataError: a file is no table, or a column of the one that is held out is of another kind. ModelError: that one
            lacks a column. OSError: a file cannot be read, or its columns cannot be written.
    """
    first, *others = tables_of(options)
    asked = dict(wishes_of(options).kinds) | ({options.target: "text"} if options.task == "classification" else {})
    sheets = [_sheet(first, options, asked, options.task is None, stack)]
    for paths in others:
        sheet = _sheet(paths, options, sheets[0].cache.kinds, False, stack)
        if missing := [name for name in sheets[0].cache.names if name not in sheet.cache.kinds]:
            raise ModelError(f"{sheet.path}: the table lacks columns of {sheets[0].path}: {', '.join(missing)}")
        sheets.append(sheet)
    return sheets


def _sheet(
    paths: Sequence[str], options: argparse.Namespace, asked: Mapping[str, str], infer: bool, stack: ExitStack
) -> Sheet:
    """A table; `infer` says whether a target of numbers may be one of labels."""
    size = sum(os.path.getsize(path) for path in paths if os.path.isfile(path))
    if options.cache is None and size < CACHED:
        folder = temporary_folder(stack)
    else:
        folder = Path(options.cache or Path(os.path.realpath(options.output)).parent / CACHE)
        folder.mkdir(exist_ok=True)
    folder /= hashlib.sha256("\n".join(map(os.path.realpath, paths)).encode()).hexdigest()[:16]
    dialect, files, name = dialect_of(options), list(spooled(paths, stack)), options.target
    try:
        cache = ColumnCache.make(folder, files, dialect, asked)
        if infer and _has_other_spellings(cache, files, dialect, name):
            cache = ColumnCache.make(folder, files, dialect, {**asked, name: "text"})
    except TableError as error:
        raise DataError(str(error)) from error
    return Sheet(cache, table_name(files))


def _has_other_spellings(cache: ColumnCache, paths: Sequence[str], dialect: Dialect, name: str) -> bool:
    """Whether a target of numbers is one of labels, like 007, which are more than the number 7: by its first rows."""
    if cache.kinds.get(name) != "numeric":
        return False
    cells = next(read_chunks(list(paths), dialect, rows=SPELLED))[name].dropna()
    numbers = cache.numbers(name, 0, SPELLED)
    if infer_task(numbers[~np.isnan(numbers)]) != "classification":
        return False
    return any(label_of(number) != cell for number, cell in zip(numbers[~np.isnan(numbers)], cells, strict=False))
