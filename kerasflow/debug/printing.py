"""Values as text: slices of tensors, with the numbers in given ranges marked."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

__all__ = ["in_ranges", "parse_ranges", "shown_value", "sliced"]

_SLICE = re.compile(r"(?P<name>[^\[\]]+)(?P<slice>\[.*\])?\Z")
_PART = re.compile(r"(?:-?\d+)?(?::(?:-?\d+)?(?::(?:-?\d+)?)?)?\Z")
_RANGE = re.compile(r"[\[(]\s*([^\[\](),\s]+)\s*,\s*([^\[\](),\s]+)\s*[\])]")
_MANY = 1000  # numbers, of which only the first and last are shown unless all are asked for


def sliced(text: str) -> tuple[str, tuple[Any, ...] | None]:
    """A tensor's name and the slice behind it: ``"a:0[1:3, 0]"``. ValueError if the slice cannot be read.

    >>> sliced("a:0[1:3, 0]")
    ('a:0', (slice(1, 3, None), 0))
    """
    found = _SLICE.match(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no tensor with a slice, such as a:0[1:3, 0].")
    if found["slice"] is None:
        return found["name"].strip(), None
    parts: list[Any] = []
    for part in found["slice"][1:-1].split(","):
        part = part.strip()
        if part == "...":
            parts.append(Ellipsis)
        elif part and _PART.match(part):
            bounds = [int(b) if b else None for b in part.split(":")]
            parts.append(slice(*bounds) if ":" in part else bounds[0])
        else:
            raise ValueError(f"The slice {found['slice']} of {found['name']} cannot be read.")
    return found["name"].strip(), tuple(parts)


def parse_ranges(text: str) -> list[tuple[float, float]]:
    """Closed ranges of numbers: ``"[0, 1]"`` or ``"[[-inf, -1], [1, inf]]"``. ValueError if they cannot be read.

    >>> parse_ranges("[[-inf, -1], [1, inf]]")
    [(-inf, -1.0), (1.0, inf)]
    """
    found = _RANGE.findall(text)
    try:
        ranges = [(float(low), float(high)) for low, high in found]
    except ValueError:
        ranges = []
    if not ranges:
        raise ValueError(f"{text!r} is no range, such as [0, 1] or [[-inf, -1], [1, inf]].")
    return ranges


def in_ranges(array: Any, ranges: list[tuple[float, float]]) -> Any:
    """Which numbers lie in one of the ranges."""
    found = np.zeros(array.shape, bool)
    for low, high in ranges:
        found |= (array >= low) & (array <= high)
    return found


def shown_value(array: Any, ranges: list[tuple[float, float]], everything: bool) -> list[str]:
    """An array, line by line; a star stands behind numbers in the ranges."""
    if array is None:
        return ["(a value that is no array)"]
    threshold = array.size + 1 if everything else _MANY
    options: dict[str, Any] = {"threshold": threshold, "edgeitems": 3, "linewidth": 100}
    if not ranges or array.dtype.kind not in "iuf":
        with np.printoptions(**options):
            return str(array).splitlines() if array.dtype.kind != "O" else repr(array.tolist()).splitlines()
    marked = in_ranges(array, ranges)
    texts = np.array(
        [f"{v}{'*' if m else ' '}" for v, m in zip(array.reshape(-1).tolist(), marked.reshape(-1), strict=True)]
    )
    with np.printoptions(**options, formatter={"str_kind": str}):
        lines = str(texts.reshape(array.shape)).splitlines()
    return [*lines, f"* {int(marked.sum())} of {array.size} numbers are in the ranges"]
