"""Names of operations: which are allowed, and how a taken one is made unique."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

__all__ = ["Names", "did_you_mean"]

_NAME = re.compile(r"[A-Za-z0-9.][A-Za-z0-9_.\\\-/]*\Z")
_SCOPE = re.compile(r"[A-Za-z0-9_.\\\-/]*\Z")


class Names:
    """The names of one graph and the name scope it is in.

    Two names that differ only in case count as the same, so that they can be told apart in a file system.
    """

    def __init__(self) -> None:
        self.scope = ""
        self._used: dict[str, int] = {}

    def unique(self, name: str, mark_as_used: bool = True) -> str:
        """`name` within the scope, with ``_1``, ``_2``, ... appended if it is taken."""
        if self.scope:
            name = f"{self.scope}/{name}"
        key = name.lower()
        i = self._used.get(key, 0)
        if mark_as_used:
            self._used[key] = i + 1
        if i == 0:
            return name
        base = key
        while key in self._used:
            key = f"{base}_{i}"
            i += 1
        if mark_as_used:
            self._used[key] = 1
        return f"{name}_{i - 1}"

    def for_operation(self, name: str) -> str:
        """The full name of a new operation. ValueError if `name` is not allowed."""
        if not _NAME.match(name):
            raise ValueError(
                f"{name!r} is not a valid name: it may hold letters, digits and _ . - / \\ and starts with a letter, "
                "a digit or a dot."
            )
        return name[:-1] if name.endswith("/") else self.unique(name)

    def for_scope(self, name: str | None) -> str:
        """The full name of the scope that ``name_scope(name)`` opens; "" is the outermost one."""
        if not name:
            return ""
        if not (_SCOPE if self.scope else _NAME).match(name):
            raise ValueError(f"{name!r} is not a valid name for a scope.")
        return name[:-1] if name.endswith("/") else self.unique(name)


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """``" Did you mean 'x'?"`` if a known name is close to `name`, else nothing."""
    close = difflib.get_close_matches(name, list(names), n=1)
    return f" Did you mean {close[0]!r}?" if close else ""
