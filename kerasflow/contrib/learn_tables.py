"""`tf.contrib.learn.datasets.base`: tables of numbers out of CSV files."""

from __future__ import annotations

import csv
import os
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Dataset", "Datasets", "load_csv_with_header", "load_csv_without_header"]

StrPath = str | os.PathLike[str]


class Dataset(NamedTuple):
    """Features, `data`, a row for each example, and labels, `target`."""

    data: Any
    target: Any


class Datasets(NamedTuple):
    """What a model is trained on, validated with, and tested with."""

    train: Any
    validation: Any
    test: Any


def load_csv_with_header(filename: StrPath, target_dtype: Any, features_dtype: Any, target_column: int = -1) -> Dataset:
    """A table whose first line begins with the number of its rows and that of its features.

    Args:
        filename: the file.
        target_dtype, features_dtype: the types of labels and of features.
        target_column: the place of the labels among the columns.

    Raises:
        OSError: the file cannot be read. ValueError: the first line is another, there are more or fewer rows or
            columns than it says, or a cell is of another type.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "flowers.csv")
    >>> with open(path, "w") as file:
    ...     _ = file.write("2,3,tall,small\\n6.4,2.8,5.6,0\\n5.0,2.3,3.3,1\\n")
    >>> data, target = tf.contrib.learn.datasets.base.load_csv_with_header(path, np.int64, np.float32)
    >>> data.shape, target
    ((2, 3), array([0, 1]))
    """
    rows = _rows(filename)
    header = rows[0][1] if rows else []
    try:
        n_rows, n_features = int(header[0]), int(header[1])
    except (IndexError, ValueError):
        raise ValueError(
            f"{os.fspath(filename)}, line 1: expected the numbers of rows and of features, got {','.join(header)!r}."
        ) from None
    if len(rows) - 1 != n_rows:
        raise ValueError(f"{os.fspath(filename)} has {len(rows) - 1} rows; its first line says {n_rows}.")
    return _table(filename, rows[1:], n_features, target_dtype, features_dtype, target_column)


def load_csv_without_header(
    filename: StrPath, target_dtype: Any, features_dtype: Any, target_column: int = -1
) -> Dataset:
    """A table all of whose lines are rows; arguments and errors are those of `load_csv_with_header`."""
    rows = _rows(filename)
    if not rows:
        raise ValueError(f"{os.fspath(filename)} is empty.")
    return _table(filename, rows, len(rows[0][1]) - 1, target_dtype, features_dtype, target_column)


def _rows(filename: StrPath) -> list[tuple[int, list[str]]]:
    """The lines that are not empty, with their numbers."""
    with open(filename, newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file)
        return [(reader.line_num, row) for row in reader if row]


def _table(
    filename: StrPath, rows: list[tuple[int, list[str]]], width: int, labels: Any, features: Any, place: int
) -> Dataset:
    data, target = np.empty((len(rows), width), features), np.empty(len(rows), labels)
    for i, (line, row) in enumerate(rows):
        if len(row) != width + 1:
            raise ValueError(f"{os.fspath(filename)}, line {line}: expected {width + 1} cells, got {len(row)}.")
        try:
            target[i] = np.asarray(row.pop(place)).astype(labels)
            data[i] = np.asarray(row).astype(features)
        except ValueError as error:
            raise ValueError(f"{os.fspath(filename)}, line {line}: {error}.") from None
    return Dataset(data, target)
