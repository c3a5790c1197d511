"""Nests: tensors in lists, tuples, named tuples and dicts, taken apart and put together again.

A dict's items come in the order of its sorted keys, and an object that says what tensors it consists of
(``__parts__()``, and ``__with_parts__(parts)`` for one like it) is taken apart too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

__all__ = ["check_same", "flatten", "leaves", "leaves_below", "pack", "pack_parts"]


def _items(structure: Any) -> list[Any] | None:
    """What a nest holds, None if it is a leaf."""
    if isinstance(structure, Mapping):
        return [structure[key] for key in sorted(structure)]
    return list(structure) if isinstance(structure, (list, tuple)) else None


def leaves(structure: Any) -> list[Any]:
    """What is in a nest, in order."""
    items = _items(structure)
    return [structure] if items is None else [leaf for item in items for leaf in leaves(item)]


def flatten(structure: Any) -> list[Any]:
    """As `leaves`, with objects that consist of tensors taken apart."""
    return [p for leaf in leaves(structure) for p in (leaf.__parts__() if hasattr(leaf, "__parts__") else (leaf,))]


def leaves_below(structure: Any, other: Any, what: str) -> list[Any]:
    """What `other` has in the places of the leaves of `structure`; it may have nests there.

    Raises:
        ValueError: it has not as many items as `structure` has somewhere. The message begins with `what`.
    """
    items = _items(structure)
    if items is None:
        return [other]
    others = _items(other)
    if others is None or len(others) != len(items):
        raise ValueError(f"{what} must have the same nested structure, got {structure!r} and {other!r}.")
    return [leaf for x, y in zip(items, others, strict=True) for leaf in leaves_below(x, y, what)]


def pack(structure: Any, values: Sequence[Any]) -> Any:
    """A nest like `structure` that holds `values`, one for each of its leaves."""
    return _pack(structure, iter(values), False)


def pack_parts(structure: Any, values: Sequence[Any]) -> Any:
    """As `pack`, with `values` for what `flatten` gives."""
    return _pack(structure, iter(values), True)


def _pack(structure: Any, values: Iterator[Any], parts: bool) -> Any:
    items = _items(structure)
    if items is None:
        if parts and hasattr(structure, "__parts__"):
            return structure.__with_parts__([next(values) for _ in structure.__parts__()])
        return next(values)
    packed = [_pack(item, values, parts) for item in items]
    cls: Any = type(structure)
    if isinstance(structure, Mapping):
        by_key = dict(zip(sorted(structure), packed, strict=True))
        return cls((key, by_key[key]) for key in structure)
    return cls(*packed) if hasattr(cls, "_fields") else cls(packed)


def check_same(first: Any, second: Any, what: str) -> None:
    """That two nests have the same structure.

    Raises:
        ValueError: one has more items than the other, or items where the other has a leaf. TypeError: the types of
            two nests differ. The message begins with `what`.
    """
    a, b = _items(first), _items(second)
    if a is None and b is None:
        return
    if a is None or b is None or len(a) != len(b):
        shown = " and ".join("a single value" if x is None else f"{len(x)} values" for x in (a, b))
        raise ValueError(f"{what} must have the same nested structure, got {shown}: {first!r} and {second!r}.")
    if type(first) is not type(second):
        names = f"{type(first).__name__} and {type(second).__name__}"
        raise TypeError(f"{what} must have the same nested structure, got {names}: {first!r} and {second!r}.")
    if isinstance(first, Mapping) and sorted(first) != sorted(second):
        raise ValueError(f"{what} must have the same keys, got {sorted(first)} and {sorted(second)}.")
    for x, y in zip(a, b, strict=True):
        check_same(x, y, what)
