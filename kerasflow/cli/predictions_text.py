"""Predictions as text, chunk by chunk: a CSV file, or one JSON object."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import math
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO, TextIO

from kerasflow.io.table import write_table

__all__ = ["CsvWriter", "JsonWriter", "text_file"]

PACKED: dict[str, Callable[[BinaryIO], Any]] = {
    ".gz": lambda file: gzip.GzipFile("", "wb", fileobj=file, mtime=0),  # of which the time is no part
    ".bz2": lambda file: bz2.BZ2File(file, "wb"),
    ".xz": lambda file: lzma.LZMAFile(file, "wb"),
}


@contextmanager
def text_file(path: str | os.PathLike[str], name: str) -> Iterator[TextIO]:
    """A file for UTF-8, packed if its name is that of a packed one.

    Args:
        path: the file.
        name: what it is going to be called.
    """
    packed = PACKED.get(os.path.splitext(name)[1], lambda file: file)
    with (
        open(path, "wb") as file,
        packed(file) as binary,
        io.TextIOWrapper(binary, encoding="utf-8", newline="") as stream,
    ):
        yield stream


class CsvWriter:
    """Rows as CSV below one header.

    Args:
        stream: where to.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._begun = False

    def write(self, columns: Mapping[str, Any]) -> None:
        """Write the rows of a chunk, by column."""
        header, whole = io.StringIO(), io.StringIO()
        write_table(header, {name: [] for name in columns})
        write_table(whole, columns)
        skipped = len(header.getvalue()) if self._begun else 0
        self._stream.write(whole.getvalue()[skipped:])
        self._begun = True

    def end(self, summary: Mapping[str, Any]) -> None:
        """Nothing more comes."""


class JsonWriter:
    """Rows as the objects of a list in one object, which the summary follows.

    Args:
        stream: where to.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._between = '{"predictions": ['

    def write(self, columns: Mapping[str, Any]) -> None:
        """Write the rows of a chunk, by column."""
        names = list(columns)
        for row in zip(*(columns[name].tolist() for name in names), strict=True):
            values = {name: _plain(value) for name, value in zip(names, row, strict=True)}
            self._stream.write(self._between + json.dumps(values, ensure_ascii=False, allow_nan=False))
            self._between = ", "

    def end(self, summary: Mapping[str, Any]) -> None:
        """Close the list, and tell the summary."""
        start = self._between if self._between != ", " else ""
        rest = json.dumps(dict(summary), ensure_ascii=False)
        self._stream.write(f"{start}], {rest[1:]}\n")


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
