"""Names of operations: which are allowed, and how a taken one is made unique."""

from __future__ import annotations

import difflib
import re
import threading
from collections.abc import Container, Iterable
from typing import Any

__all__ = ["Names", "did_you_mean"]

_NAME = re.compile(r"[A-Za-z0-9.][A-Za-z0-9_.\\\-/]*\Z")
_SCOPE = re.compile(r"[A-Za-z0-9_.\\\-/]*\Z")


class _Scope(threading.local):
    """The name scope that a thread is in."""

    name = ""


class Names:
    """The names of one graph and the name scope each thread is in.

    Two names that differ only in case count as the same, so that they can be told apart in a file system.
    """

    def __init__(self) -> None:
        self._scope = _Scope()
        self._used: dict[str, int] = {}

    @property
    def scope(self) -> str:
        """The scope that this thread is in, without a slash at its end; "" is the outermost one."""
        return self._scope.name

    @scope.setter
    def scope(self, name: str) -> None:
        self._scope.name = name

    def unique(self, name: str, mark_as_used: bool = True) -> str:
        """`name` within the scope, with ``_1``, ``_2``, ... appended if it is taken."""
        return self._free(self._within_scope(name), mark_as_used)

    def for_operation(self, name: str, taken: Container[str]) -> str:
        """The full name of a new operation; one that ends in ``/`` is full already.

        Args:
            name: the name that is asked for.
            taken: the names of all operations there are.

        Raises:
            ValueError: `name` is not allowed. TypeError: it is no string.
        """
        _check_string(name)
        exact = name.endswith("/")
        full = name[:-1] if exact else self._within_scope(name)
        if not _NAME.match(full):
            raise ValueError(
                f"{name!r} is not a valid name: it may hold letters, digits and _ . - / \\ and starts with a letter, "
                "a digit or a dot."
            )
        if not exact:
            full = self._free(full)
        while full in taken:
            full = self._free(full)
        self._used.setdefault(full.lower(), 1)
        return full

    def for_scope(self, name: str | None) -> str:
        """The full name of the scope that ``name_scope(name)`` opens; "" is the outermost one."""
        if not name:
            return ""
        _check_string(name)
        if not (_SCOPE if self.scope else _NAME).match(name):
            raise ValueError(f"{name!r} is not a valid name for a scope.")
        return name[:-1] if name.endswith("/") else self.unique(name)

    def _within_scope(self, name: str) -> str:
        scope = self._scope.name
        return f"{scope}/{name}" if scope else name

    def _free(self, name: str, mark_as_used: bool = True) -> str:
        """`name`, with a number appended if it is taken."""
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


def _check_string(name: Any) -> None:
    if not isinstance(name, str):
        raise TypeError(f"A name must be a string, got {name!r}, a {type(name).__name__}.")


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """``" Did you mean 'x'?"`` if a known name is close to `name`, else nothing."""
    close = difflib.get_close_matches(name, list(names), n=1)
    return f" Did you mean {close[0]!r}?" if close else ""
