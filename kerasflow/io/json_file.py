"""JSON files that may come from anywhere: read with limits, and taken field by field with checks.

What is read is data and stays data: no name in it is looked up anywhere.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kerasflow.io.files import StrPath, write_text

__all__ = ["Fields", "JsonError", "parse_json", "read_json", "write_json"]

LARGEST = 64 << 20  # bytes of a file
DEEPEST = 200  # objects and lists in one another


class JsonError(ValueError):
    """A file is no JSON, or not the JSON that was expected; says what was expected where, and what came."""


def write_json(path: StrPath, value: Any) -> None:
    """Write a value to the file `path` as indented JSON, atomically.

    Raises:
        TypeError, ValueError: the value is nothing that JSON carries, or a number is not finite.
        OSError: the file cannot be written.
    """
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: StrPath) -> Any:
    """Read the JSON file `path`.

    Raises:
        JsonError: it is larger than 64 MiB, no UTF-8, no JSON, nested too deeply, or has a key twice or a number that
            is not finite.
        OSError: it cannot be read.
    """
    with open(path, "rb") as stream:
        data = stream.read(LARGEST + 1)
    name = Path(path).name
    if len(data) > LARGEST:
        raise JsonError(f"{name} is larger than {LARGEST >> 20} MiB")
    return _loaded(data, name, _refuse_constant)


def parse_json(data: bytes, name: str, depth: int = DEEPEST) -> Any:
    """JSON that came as bytes; as other writers have it, with NaN and the infinities.

    Args:
        data: the bytes.
        name: what they are, for the messages.
        depth: how many objects and lists may be in one another.

    Raises:
        JsonError: it is larger than 64 MiB, no UTF-8, no JSON, nested too deeply, or has a key twice.

    >>> parse_json(b'{"units": [3]}', "config.json")
    {'units': [3]}
    >>> parse_json(b'[[[3]]]', "config.json", depth=2)
    Traceback (most recent call last):
    kerasflow.io.json_file.JsonError: config.json is nested too deeply
    """
    if len(data) > LARGEST:
        raise JsonError(f"{name} is larger than {LARGEST >> 20} MiB")
    value = _loaded(data, name, float)
    level = [value]
    for _ in range(depth):
        inside = [item.values() if isinstance(item, dict) else item for item in level if isinstance(item, (dict, list))]
        level = [value for values in inside for value in values]
    if any(isinstance(item, (dict, list)) for item in level):
        raise JsonError(f"{name} is nested too deeply")
    return value


def _loaded(data: bytes, name: str, constant: Callable[[str], float]) -> Any:
    try:
        return json.loads(data.decode(), parse_constant=constant, object_pairs_hook=_distinct)
    except RecursionError as error:
        raise JsonError(f"{name} is nested too deeply") from error
    except ValueError as error:  # no UTF-8 and no JSON are both kinds of it
        raise JsonError(f"{name} is not valid JSON: {error}") from error


class Fields:
    """The fields of a JSON object, taken one by one with checks; `done` refuses what nobody took.

    Args:
        value: what stands where an object is expected.
        where: the place, for the messages.

    >>> fields = Fields({"units": 3, "rate": 0.5}, "model.json")
    >>> fields.integer("units", low=1), fields.number("rate")
    (3, 0.5)
    >>> fields.done()
    >>> Fields({"units": "3"}, "model.json").integer("units", low=1)
    Traceback (most recent call last):
    kerasflow.io.json_file.JsonError: model.json: "units" is an integer from 1 on, not '3'
    """

    def __init__(self, value: Any, where: str) -> None:
        if not isinstance(value, Mapping):
            raise JsonError(f"{where} is an object, not {_shown(value)}")
        self.where = where
        self._left = dict(value)

    def has(self, name: str) -> bool:
        """Whether there is such a field that nobody took."""
        return name in self._left

    def take(self, name: str) -> Any:
        """The field as it stands. Raises JsonError: it is missing."""
        try:
            return self._left.pop(name)
        except KeyError as error:
            raise JsonError(f'{self.where}: "{name}" is missing') from error

    def fields(self, name: str) -> Fields:
        """A field that is an object itself."""
        return Fields(self.take(name), f'{self.where}: "{name}"')

    def integer(self, name: str, low: int | None = None, high: int | None = None) -> int:
        """A whole number within bounds, which are allowed themselves."""
        value = self.take(name)
        if type(value) is not int or (low is not None and value < low) or (high is not None and value > high):
            raise self.unlike(name, f"an integer{_bounds(low, high)}", value)
        return value

    def number(self, name: str, low: float | None = None, high: float | None = None) -> float:
        """A finite number within bounds, which are allowed themselves."""
        return self._number(name, self.take(name), low, high)

    def numbers(self, name: str, low: float | None = None, high: float | None = None) -> tuple[float, ...]:
        """A list of finite numbers within bounds, which are allowed themselves."""
        return tuple(self._number(name, value, low, high) for value in self.items(name))

    def flag(self, name: str) -> bool:
        """True or false."""
        value = self.take(name)
        if type(value) is not bool:
            raise self.unlike(name, "true or false", value)
        return value

    def text(self, name: str, choices: tuple[str, ...] = ()) -> str:
        """A text, one of `choices` if there are any."""
        value = self.take(name)
        if not isinstance(value, str) or (choices and value not in choices):
            raise self.unlike(name, " or ".join(map(repr, choices)) or "a text", value)
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of distinct texts."""
        values = self.items(name)
        for value in values:
            if not isinstance(value, str):
                raise self.unlike(name, "a list of texts", value)
        if len(set(values)) != len(values):
            raise JsonError(f'{self.where}: "{name}" has a text twice')
        return tuple(values)

    def items(self, name: str) -> list[Any]:
        """A list of anything."""
        value = self.take(name)
        if not isinstance(value, list):
            raise self.unlike(name, "a list", value)
        return value

    def done(self) -> None:
        """Check that every field was taken. Raises JsonError: one was not."""
        if self._left:
            raise JsonError(f"{self.where}: unknown {', '.join(map(_shown, self._left))}")

    def unlike(self, name: str, expected: str, value: Any) -> JsonError:
        """The error for a field that is not as expected."""
        return JsonError(f'{self.where}: "{name}" is {expected}, not {_shown(value)}')

    def _number(self, name: str, value: Any, low: float | None, high: float | None) -> float:
        try:
            number = math.nan if isinstance(value, bool) else float(value if isinstance(value, int | float) else "nan")
        except OverflowError:  # an integer beyond the floats
            number = math.nan
        if not math.isfinite(number) or (low is not None and number < low) or (high is not None and number > high):
            raise self.unlike(name, f"a finite number{_bounds(low, high)}", value)
        return number


def _bounds(low: float | None, high: float | None) -> str:
    if high is None:
        return "" if low is None else f" from {low} on"
    return f" up to {high}" if low is None else f" from {low} to {high}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."


def _refuse_constant(text: str) -> Any:
    raise ValueError(f"the number {text} is not finite")


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("an object has a key twice")
    return result
