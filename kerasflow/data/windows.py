"""Elements whose components are data sets themselves: windows, and groups by a key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from kerasflow.core import nest
from kerasflow.core.errors import InvalidArgumentError
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import int64, variant
from kerasflow.data import elements
from kerasflow.data.applying import ElementFunction, holding
from kerasflow.data.elements import Component
from kerasflow.data.reading import Element, Reading, Stage

__all__ = ["Grouped", "Windowed"]


class Windowed(Stage):
    """Elements in windows of `size`, of which each begins `shift` elements later than the one before."""

    def __init__(
        self, before: Stage, size: int | Tensor, shift: int | Tensor, stride: int | Tensor, drop_rest: bool
    ) -> None:
        parts = [Component(variant, (), inner=c) for c in before.parts]
        super().__init__(nest.pack(before.structure, parts), (before,), (size, shift, stride))
        self._size, self._shift, self._stride = size, shift, stride
        self._drop_rest = drop_rest

    def open(self, reading: Reading) -> Iterator[Element]:
        """The windows."""
        size = reading.number(self._size, "The size of a window", 1)
        shift = reading.number(self._shift, "The shift of a window", 1)
        stride = reading.number(self._stride, "The stride of a window", 1)
        span = (size - 1) * stride + 1
        coming = self.before[0].open(reading)
        kept: list[Element] = []
        skipped = 0
        while True:
            while len(kept) < span and (element := next(coming, None)) is not None:
                if skipped:
                    skipped -= 1
                else:
                    kept.append(element)
            window = kept[::stride][:size]
            if not window or self._drop_rest and len(window) < size:
                return
            yield [holding([[v] for v in column]) for column in zip(*window, strict=True)]
            skipped = max(0, shift - len(kept))
            kept = kept[shift:]


class Grouped(Stage):
    """Elements of one key at a time, as many as a window holds, put through a function that gives a data set.

    Args:
        key: gives an element's key, an int64 scalar.
        reduce: from a key and a data set of its elements to a data set.
        size: from a key to the number of elements in a window, an int64 scalar.
        stage_of: the stage of what `reduce` returned.

    Raises:
        TypeError: a function gives something else.
    """

    def __init__(
        self,
        before: Stage,
        key: Callable[..., Any],
        reduce: Callable[..., Any],
        size: Callable[..., Any],
        stage_of: Callable[[Any, str], Stage],
    ) -> None:
        scalar = Component(int64, ())
        self._key = _number_of(key, before.structure, "The key function of group_by_window()")
        self._size = _number_of(size, scalar, "The window size function of group_by_window()")
        group = Component(variant, (), inner=before.structure)
        self._reduce = ElementFunction(reduce, [scalar, group], "group_by_window()")
        self._inner = stage_of(self._reduce.given, "group_by_window()")
        self._made = self._reduce.computing(self._inner.tensors)
        captured = [t for call in (self._key[0], self._size[0], self._reduce) for t in call.captured]
        super().__init__(self._inner.structure, (before,), captured)

    def open(self, reading: Reading) -> Iterator[Element]:
        """What becomes of the groups, as they are filled; at the end of those that are not."""
        key_of, size_of = (call.bound(function, reading) for call, function in (self._key, self._size))
        groups: dict[int, list[Element]] = {}
        sizes: dict[int, int] = {}
        before = self.before[0]
        for element in before.open(reading):
            [key] = key_of(elements.taken_apart(element, before.parts))
            number = int(key)
            group = groups.setdefault(number, [])
            group.append(element)
            if number not in sizes:
                [size] = size_of([key])
                if size < 1:
                    raise InvalidArgumentError(None, None, f"Window size must be greater than zero, but got {size}.")
                sizes[number] = int(size)
            if len(group) == sizes[number]:
                yield from self._reduced(reading, key, groups.pop(number))
        for number, group in groups.items():
            yield from self._reduced(reading, int64.as_numpy_dtype(number), group)

    def _reduced(self, reading: Reading, key: Any, group: list[Element]) -> Iterator[Element]:
        values = self._reduce.bound(self._made, reading)([key, holding(group)])
        return self._inner.open(reading.within(dict(zip(self._inner.tensors, values, strict=True))))


def _number_of(function: Callable[..., Any], structure: Any, what: str) -> tuple[ElementFunction, Any]:
    """A function that gives an int64 scalar, and what computes it."""
    call = ElementFunction(function, structure, what)
    return call, call.scalar(int64, TypeError, f"{what} must give an int64 scalar")
