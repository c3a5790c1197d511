"""`ListValue`: what flows through a graph where a program has a list of arrays.

A list never changes; `with_item` gives another one. Still, writing item after item takes constant time: all versions of
a list share one table, which is that of the version used last, and an older version knows how it differs from the next
(Baker 1991, "Shallow binding makes functional arrays fast").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

__all__ = ["ListValue"]

_ABSENT = object()


def _shape_of(items: Iterable[Any]) -> tuple[int, ...]:
    shapes = {np.shape(x) for x in items}
    return () if len(shapes) > 1 else (1, *shapes.pop()) if shapes else (0,)


def _shape_with(shape: tuple[int, ...], item: Any) -> tuple[int, ...]:
    added = (1, *np.shape(item))
    return added if shape in ((0,), added) else ()


class ListValue:
    """A list of arrays, in which items may be missing.

    >>> from kerasflow.core.list_value import ListValue
    >>> a = ListValue({}, 2)
    >>> b = a.with_item(0, np.float32(1.0))
    >>> a.get(0), b.get(0), b.size
    (None, np.float32(1.0), 2)
    """

    __slots__ = ("shape", "size", "_change", "_next", "_table")

    dtype = np.dtype(object)

    def __init__(self, table: dict[int, Any], size: int, shape: tuple[int, ...] | None = None) -> None:
        self.size = size
        # What engines and `infer` rules know of lists: (0,) is one without items, (1, 2, 3) one of items of the shape
        # (2, 3), and () one of items of several shapes.
        self.shape = _shape_of(table.values()) if shape is None else shape
        self._table: dict[int, Any] | None = table
        self._change: tuple[int, Any] | None = None
        self._next: ListValue | None = None

    @classmethod
    def of(cls, items: Iterable[Any]) -> ListValue:
        """A list of all these items."""
        table = dict(enumerate(items))
        return cls(table, len(table))

    def get(self, i: int) -> Any:
        """Item `i`; None if it is missing."""
        return self._own().get(i)

    def items(self) -> Iterator[tuple[int, Any]]:
        """The items there are, with their places."""
        return iter(list(self._own().items()))

    def with_item(self, i: int, value: Any) -> ListValue:
        """A list with `value` for item `i`."""
        table = self._own()
        new = ListValue(table, max(self.size, i + 1), _shape_with(self.shape, value))
        self._table, self._next = None, new
        self._change = (i, table.get(i, _ABSENT))
        table[i] = value
        return new

    def plus(self, other: ListValue) -> ListValue:
        """The sum, item by item, where a missing item is zero."""
        mine, its = len(self._own()), len(other._own())
        total, terms = (self, other) if mine >= its else (other, self)
        for i, value in terms.items():
            present = total.get(i)
            total = total.with_item(i, value if present is None else present + value)
        return total

    def _own(self) -> dict[int, Any]:
        """The table, brought to the state of this version."""
        if self._table is not None:
            return self._table
        way: list[ListValue] = []
        version: ListValue = self
        while version._next is not None:
            way.append(version)
            version = version._next
        table = {} if version._table is None else version._table
        for older in reversed(way):
            newer = older._next
            i, value = older._change or (0, _ABSENT)
            if newer is not None:
                newer._table, newer._next = None, older
                newer._change = (i, table.get(i, _ABSENT))
            if value is _ABSENT:
                table.pop(i, None)
            else:
                table[i] = value
            older._table, older._next, older._change = table, None, None
        return table

    def __repr__(self) -> str:
        return f"<list of {self.size} arrays>"
