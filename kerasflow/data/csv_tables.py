"""`make_csv_dataset`: CSV files as batches of features by name, with types that are found out."""

from __future__ import annotations

import csv
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.ops.string_numbers import parse_number
from kerasflow.core.types import DType
from kerasflow.data import mixing
from kerasflow.data.csv_files import CsvDataset, records_of
from kerasflow.data.dataset import Dataset
from kerasflow.data.files import lines_of
from kerasflow.data.reading import Element, Reading, Stage
from kerasflow.io.gfile import Glob

__all__ = ["make_csv_dataset"]

_GUESSES = (types.int32, types.int64, types.float32, types.float64, types.string)  # each takes what those before do


class _Named(Stage):
    """Elements that are tuples, as a dict of features, with the label beside it if there is one."""

    def __init__(self, before: Stage, names: Sequence[str], label: str | None) -> None:
        features = OrderedDict(zip(names, before.structure, strict=True))
        structure: Any = features if label is None else (features, features.pop(label))
        super().__init__(structure, (before,))
        order = sorted(features) if label is None else [*sorted(features), label]  # as the leaves of dicts come
        self._places = [names.index(name) for name in order]

    def open(self, reading: Reading) -> Iterator[Element]:
        """The elements."""
        return ([element[i] for i in self._places] for element in self.before[0].open(reading))


class _Layout:
    """How CSV files are written.

    Args:
        delimiter: the byte between fields.
        quotes: whether fields may stand in double quotes.
        na_value: what a missing field looks like.
        header: whether the first record has the names of the columns.
        compression: "", "GZIP" or "ZLIB".
    """

    def __init__(self, delimiter: str, quotes: bool, na_value: str, header: bool, compression: str) -> None:
        self.delimiter, self.quotes, self.na_value = delimiter, quotes, na_value
        self.header, self.compression = header, compression

    def records(self, path: str) -> Iterator[list[str]]:
        """The fields of each record."""
        text = (r.decode("utf-8", "replace") for r in records_of(lines_of(path, self.compression), self.quotes))
        quoting = csv.QUOTE_MINIMAL if self.quotes else csv.QUOTE_NONE
        return csv.reader(text, delimiter=self.delimiter, quoting=quoting)

    def names(self, paths: Sequence[str]) -> list[str]:
        """The names in the headers. ValueError if there are none, or they differ from file to file."""
        if not self.header:
            raise ValueError("Cannot infer column names without a header line.")
        first, *others = [next(self.records(path), []) for path in paths]
        if any(other != first for other in others):
            raise ValueError("Files have different column names in the header row.")
        return first

    def types(self, paths: Sequence[str], columns: Sequence[int], most: int | None) -> list[DType]:
        """The narrowest type for each column, from that many records at the most. ValueError: one has other fields."""
        found = [-1] * len(columns)
        rows = chain.from_iterable(islice(self.records(path), int(self.header), None) for path in paths)
        for number, fields in enumerate(islice(rows, most)):
            if columns and len(fields) <= max(columns):
                raise ValueError(f"Record {number} has {len(fields)} fields, column {max(columns)} is asked for.")
            for k, column in enumerate(columns):
                found[k] = self._guess(fields[column], found[k])
        return [_GUESSES[k] for k in found]  # text, where every field is missing

    def _guess(self, field: str, before: int) -> int:
        """The place among the guesses of the first from `before` on that the field is written in."""
        if field in ("", self.na_value):
            return before
        before = max(before, 0)
        return next(k for k in range(before, len(_GUESSES)) if _is_written_as(field.encode(), _GUESSES[k]))


def _is_written_as(field: bytes, dtype: DType) -> bool:
    if dtype is types.string:
        return True
    value = parse_number(field, dtype)
    return value is not None and (dtype.is_integer or not np.isfinite(value) or abs(value) <= float(dtype.max))


def make_csv_dataset(
    file_pattern: Any,
    batch_size: int,
    column_names: Sequence[str] | None = None,
    column_defaults: Sequence[Any] | None = None,
    label_name: str | None = None,
    select_columns: Sequence[Any] | None = None,
    field_delim: str = ",",
    use_quote_delim: bool = True,
    na_value: str = "",
    header: bool = True,
    num_epochs: int | None = None,
    shuffle: bool = True,
    shuffle_buffer_size: int = 10000,
    shuffle_seed: int | None = None,
    prefetch_buffer_size: int | None = None,
    num_parallel_reads: int = 1,
    sloppy: bool = False,
    num_rows_for_inference: int | None = 100,
    compression_type: str | None = None,
    ignore_errors: bool = False,
) -> Dataset:
    """CSV files as batches: a dict of features by the columns' names, with the label beside it if there is one.

    Args:
        file_pattern: a pattern for the names of files, or several.
        batch_size: the number of records in a batch; the last may have fewer if `num_epochs` is given.
        column_names: the names of all columns, by default those in the headers.
        column_defaults: for each column that is taken a value or a type, as for `CsvDataset`; by default the types are
            guessed from the first records, and zeros or empty strings stand for what is missing.
        label_name: the column that is the label.
        select_columns: the names or numbers of the columns to take, by default all.
        field_delim, use_quote_delim, na_value, header: as for `CsvDataset`.
        num_epochs: how often the files are read, by default for ever.
        shuffle: whether files and records come in random order.
        shuffle_buffer_size: how many records are shuffled at a time.
        shuffle_seed: for the same order in every program.
        prefetch_buffer_size, sloppy: accepted and without effect.
        num_parallel_reads: from how many files records are taken in turn.
        num_rows_for_inference: how many records types are guessed from; None for all.
        compression_type: None, "", "GZIP" or "ZLIB".
        ignore_errors: whether a file ends, without an error, where a record cannot be read.

    Raises:
        ValueError: no file matches; names of columns are missing, differ from file to file or come twice; the label or
            a selected column is not there; or there is not a default for each column.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "a.csv")
    >>> with open(path, "w") as file:
    ...     _ = file.write("name,height\\nBo,1.70\\nJo,1.82\\n")
    >>> data = tf.data.experimental.make_csv_dataset(path, 2, label_name="height", num_epochs=1, shuffle=False)
    >>> [(features, label)] = data.as_numpy_iterator()
    >>> features["name"].tolist(), label.tolist()
    ([b'Bo', b'Jo'], [1.7000000476837158, 1.8200000524520874])
    """
    paths = _matching(file_pattern)
    layout = _Layout(field_delim, use_quote_delim, na_value, header, compression_type or "")
    names = layout.names(paths) if column_names is None else list(column_names)
    if len(set(names)) != len(names):
        raise ValueError("Cannot have duplicate column names.")
    columns = _selected(select_columns, names)
    names = [names[c] for c in columns]
    if label_name is not None and label_name not in names:
        raise ValueError(f"`label_name` provided must be one of the columns, {names}; got {label_name!r}.")
    if column_defaults is None:
        guesses = layout.types(paths, columns, num_rows_for_inference)
        column_defaults = [[""] if t is types.string else np.zeros(1, t.numpy) for t in guesses]
    elif len(column_defaults) != len(names):
        raise ValueError(f"Expected a default for each of the columns {names}, got {len(column_defaults)}.")

    def rows(path: Any) -> Dataset:
        chosen = columns if select_columns is not None else None
        return CsvDataset(
            path, column_defaults, compression_type, None, header, field_delim, use_quote_delim, na_value, chosen
        )

    files = Dataset.from_tensor_slices(paths)
    if shuffle:
        files = files.shuffle(len(paths), shuffle_seed)
    dataset = files.interleave(rows, num_parallel_reads)
    if ignore_errors:
        dataset = Dataset(mixing.Sound(dataset._stage))
    if shuffle:
        dataset = dataset.shuffle(shuffle_buffer_size, shuffle_seed)
    dataset = dataset.repeat(num_epochs).batch(batch_size, drop_remainder=num_epochs is None)
    return Dataset(_Named(dataset._stage, names, label_name))


def _matching(pattern: Any) -> list[str]:
    """The names of the files, in order. ValueError if there are none."""
    patterns = [pattern] if isinstance(pattern, str | bytes) or hasattr(pattern, "__fspath__") else list(pattern)
    paths = sorted({path for p in patterns for path in Glob(p.decode() if isinstance(p, bytes) else str(p))})
    if not paths:
        raise ValueError(f"No files match {pattern}.")
    return paths


def _selected(given: Sequence[Any] | None, names: list[str]) -> list[int]:
    """The numbers of the columns to take, in order. ValueError if one is not there."""
    if given is None:
        return list(range(len(names)))
    for column in given:
        if column not in names and not (isinstance(column, int) and 0 <= column < len(names)):
            raise ValueError(f"select_columns: there is no column {column!r}; there are {names}.")
    return sorted({names.index(c) if c in names else int(c) for c in given})
