"""What an option takes: readers of numbers, sizes and names, whose errors say what was expected."""

from __future__ import annotations

import argparse
import csv
import math
from collections.abc import Callable

__all__ = ["duration", "every", "names", "number", "share", "size", "sizes", "whole"]

MOST_UNITS = 65536


def number(range_: str, accepts: Callable[[float], bool]) -> Callable[[str], float]:
    """A reader of finite numbers of a range.

    Args:
        range_: the range, in words.
        accepts: whether a number is in it.
    """

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value) or not accepts(value):
            raise argparse.ArgumentTypeError(f"expected a number {range_}, not {text!r}")
        return value

    return read


#: A reader of shares of a whole that leave something on either side.
share = number("between 0 and 1", lambda value: 0 < value < 1)


def whole(low: int) -> Callable[[str], int]:
    """A reader of whole numbers from `low` on."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) >= low):
            raise argparse.ArgumentTypeError(f"expected a whole number from {low} on, not {text!r}")
        return int(text)

    return read


def sizes(text: str) -> tuple[int, ...]:
    """Sizes of layers between commas, or none."""
    parts = [] if text == "none" else [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and len(part) < 10 and 1 <= int(part) <= MOST_UNITS for part in parts):
        raise argparse.ArgumentTypeError(f"expected sizes from 1 to {MOST_UNITS} as in 64,32, or none, not {text!r}")
    return tuple(map(int, parts))


def names(text: str) -> list[str]:
    """Column names between commas; one that has a comma itself goes into quotation marks, as in CSV."""
    return [name.strip() for name in next(csv.reader([text], skipinitialspace=True), [])]


def duration(text: str) -> float:
    """Seconds, as in 90s, 30m, 2h; a number alone is seconds, too."""
    unit = {"s": 1, "m": 60, "h": 3600}.get(text[-1:])
    try:
        value = float(text if unit is None else text[:-1]) * (unit or 1)
    except ValueError:
        value = math.nan
    if not 0 < value < 1e9:
        raise argparse.ArgumentTypeError(f"expected a time as in 90s, 30m or 2h, not {text!r}")
    return value


def every(text: str) -> str:
    """A number of epochs, or a time as in 90s, 30m, 2h."""
    if text[-1:] in ("s", "m", "h"):
        duration(text)
    else:
        whole(1)(text)
    return text


def size(low: str) -> Callable[[str], int]:
    """A reader of bytes, as in 500M, 4G, from `low` on."""
    least = _bytes(low)

    def read(text: str) -> int:
        value = _bytes(text)
        if not least <= value < 1 << 62:
            raise argparse.ArgumentTypeError(f"expected a size from {low} on, as in 500M or 4G, not {text!r}")
        return int(value)

    return read


def _bytes(text: str) -> float:
    """How many bytes a text says; NaN if it says none."""
    unit = {"k": 10, "m": 20, "g": 30, "t": 40}.get(text[-1:].lower())
    try:
        return float(text if unit is None else text[:-1]) * (1 << (unit or 0))
    except ValueError:
        return math.nan
