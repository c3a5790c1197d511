"""The named collections of a graph: lists that programs put things into, to find them again."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["Collections"]


class Collections:
    """What a graph has of collections."""

    def __init__(self) -> None:
        self._collections: dict[Any, list[Any]] = {}
        self.finalized = False
        super().__init__()

    def add_to_collection(self, name: Any, value: Any) -> None:
        """Append `value` to the collection called `name`. RuntimeError if the graph is finalized."""
        if self.finalized:
            raise RuntimeError(f"The graph is finalized and cannot be changed: nothing can join {name!r}.")
        self._collections.setdefault(name, []).append(value)

    def add_to_collections(self, names: Any, value: Any) -> None:
        """Append `value` to the collections called `names`, a name or several; to each once."""
        for name in {names: None} if isinstance(names, str) else dict.fromkeys(names):
            self.add_to_collection(name, value)

    def clear_collection(self, name: Any) -> None:
        """Let go of what is in the collection called `name`. RuntimeError if the graph is finalized."""
        if self.finalized:
            raise RuntimeError(f"The graph is finalized and cannot be changed: {name!r} cannot be cleared.")
        self._collections.pop(name, None)

    @property
    def collections(self) -> list[Any]:
        """The names of the collections that hold something."""
        return self.get_all_collection_keys()

    def get_collection_ref(self, name: Any) -> list[Any]:
        """The collection itself: changes to it stay."""
        return self._collections.setdefault(name, [])

    def get_collection(self, name: Any, scope: str | None = None) -> list[Any]:
        """A copy of a collection; with `scope`, the items whose name the regular expression matches at its start.

        Items without a name are left out where a scope is given.
        """
        items = list(self._collections.get(name, ()))
        if scope is None:
            return items
        pattern = re.compile(scope)
        return [item for item in items if hasattr(item, "name") and pattern.match(item.name)]

    def get_all_collection_keys(self) -> list[Any]:
        """The names of the collections that hold something."""
        return [name for name, items in self._collections.items() if items]
