"""What is written between the brackets of ``t[...]``, taken apart.

A key becomes a tuple of hashable items plus the tensors that occur in it, so that it can be an attribute of a
`StridedSlice` operation: ``"new"`` for None, ``"rest"`` for an ellipsis, ``("at", i)`` for an integer and
``("slice", start, stop, step)``. A number known only when the graph runs appears as ``Dynamic(k)``, the k-th tensor.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

__all__ = ["Dynamic", "Item", "parse", "resolve"]

Item = Any


class Dynamic(NamedTuple):
    """Stands for the k-th dynamic number of a key."""

    k: int


def parse(key: Any, is_tensor: Callable[[Any], bool]) -> tuple[tuple[Item, ...], list[Any]]:
    """The items of `key` and the tensors among them. TypeError for what cannot index a tensor."""
    tensors: list[Any] = []

    def number(value: Any) -> Any:
        if value is None:
            return None
        if is_tensor(value):
            tensors.append(value)
            return Dynamic(len(tensors) - 1)
        try:
            return operator.index(value)
        except TypeError:
            raise TypeError(
                f"Tensors are indexed with integers, slices, None, ... and scalar integer tensors; got {value!r}. "
                "To pick rows by a list use tf.gather, by a mask tf.boolean_mask."
            ) from None

    items: list[Item] = []
    for part in key if isinstance(key, tuple) else (key,):
        if part is None:
            items.append("new")
        elif part is Ellipsis:
            items.append("rest")
        elif isinstance(part, slice):
            items.append(("slice", number(part.start), number(part.stop), number(part.step)))
        elif isinstance(part, bool):
            raise TypeError(f"Tensors are indexed with integers, not with {part!r}.")
        else:
            items.append(("at", number(part)))
    if items.count("rest") > 1:
        raise ValueError("An index can hold only one ellipsis.")
    return tuple(items), tensors


def resolve(items: tuple[Item, ...], numbers: Sequence[Any] = ()) -> tuple[Any, ...]:
    """The NumPy index that `items` stands for; ``numbers[k]`` replaces ``Dynamic(k)``."""

    def number(value: Any) -> Any:
        return int(numbers[value.k]) if isinstance(value, Dynamic) else value

    key: list[Any] = []
    for item in items:
        if item == "new":
            key.append(None)
        elif item == "rest":
            key.append(Ellipsis)
        elif item[0] == "at":
            key.append(number(item[1]))
        else:
            key.append(slice(*map(number, item[1:])))
    return tuple(key)
