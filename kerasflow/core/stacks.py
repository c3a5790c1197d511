"""The defaults of a thread: which graph operations are added to, which session evaluates them."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

__all__ = ["graphs", "sessions"]


class _Stack(threading.local):
    """A stack of defaults, one per thread."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self.bottom: Any = None  # what lies below the stack, made by whoever needs it

    def top(self) -> Any:
        """The innermost item, None if there is none."""
        return self.items[-1] if self.items else None

    @contextlib.contextmanager
    def pushed(self, item: Any) -> Iterator[Any]:
        """Hold `item` on the stack within the block."""
        self.items.append(item)
        try:
            yield item
        finally:
            innermost = self.top() is item
            self.remove(item)
            if not innermost:
                raise AssertionError("Blocks that set a default must be left in the order they were entered.")

    def remove(self, item: Any) -> None:
        """Take `item` off the stack, where it was put last; nothing if it is not there."""
        for i in range(len(self.items) - 1, -1, -1):
            if self.items[i] is item:
                del self.items[i]
                return


graphs = _Stack()
sessions = _Stack()
