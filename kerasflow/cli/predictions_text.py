"""Predictions as text, chunk by chunk: a CSV file, or one JSON object."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping
from typing import Any, TextIO

from kerasflow.io.table import write_table

__all__ = ["CsvWriter", "JsonWriter"]


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
