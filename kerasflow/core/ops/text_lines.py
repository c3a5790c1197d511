"""The lines of a text file as the keys and values of a table."""

from __future__ import annotations

from typing import Any

from kerasflow.core import types
from kerasflow.core.errors import InvalidArgumentError, NotFoundError
from kerasflow.core.ops.string_numbers import parse_number
from kerasflow.core.types import DType

__all__: list[str] = []

WHOLE_LINE, LINE_NUMBER = -2, -1  # what of a line is a key or a value, where it is not the field of that number


def read_columns(path: bytes, key: Any, value: Any, delimiter: str, vocab_size: int | None) -> list[list[Any]]:
    """The keys and the values in the lines of a file."""
    lines = _lines(path)
    if vocab_size is not None:
        if len(lines) < vocab_size:
            raise InvalidArgumentError(None, None, f"the file has {len(lines)} lines, vocab_size says {vocab_size}")
        lines = lines[:vocab_size]
    cut = delimiter.encode()
    return [[_entry(n, line, part[0], part[1], cut) for n, line in enumerate(lines)] for part in (key, value)]


def _lines(name: bytes) -> list[bytes]:
    try:
        with open(name, "rb") as f:
            data = f.read()
    except OSError as e:
        raise NotFoundError(None, None, f"cannot read {name.decode('utf-8', 'replace')}: {e.strerror}") from None
    return [line.removesuffix(b"\r") for line in data.removesuffix(b"\n").split(b"\n")] if data else []


def _entry(number: int, line: bytes, dtype: DType, index: int, delimiter: bytes) -> Any:
    """The key or value on a line."""
    if index == LINE_NUMBER:
        return number
    if index != WHOLE_LINE:
        fields = line.split(delimiter)
        if index >= len(fields):
            raise InvalidArgumentError(
                None, None, f"line {number} has {len(fields)} fields, field {index} is asked for"
            )
        line = fields[index]
    value = line if dtype is types.string else parse_number(line, dtype)
    if value is None:
        raise InvalidArgumentError(None, None, f"line {number}: {line!r} is no number of type {dtype.name}")
    return value
