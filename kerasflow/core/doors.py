"""Doors: packages of many rooms, of which a name's own is entered when the name is first asked for (PEP 562).

A program uses few of the names there are, so importing the library imports few of its rooms. A package's door lists for
each room the names that are found there.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Mapping

__all__ = ["door"]


def door(
    package: str, rooms: Mapping[str, Iterable[str]]
) -> tuple[list[str], Callable[[str], object], Callable[[], list[str]]]:
    """The `__all__` of a package, and its functions `__getattr__` and `__dir__`.

    Args:
        package: its name.
        rooms: for the name of each room, of the package or in full, the names that are found in it. No room may have
            the name of something that is found elsewhere: imported, it would stand under that name itself.

    >>> from kerasflow.core.doors import door
    >>> names, look, _ = door("kerasflow.core", {"naming": ["Names"]})
    >>> names, look("Names").__name__
    (['Names'], 'Names')
    """
    where = {
        name: room if room.startswith("kerasflow.") else f"{package}.{room}"
        for room, names in rooms.items()
        for name in names
    }

    def look(name: str) -> object:
        if name not in where:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(where[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    def listed() -> list[str]:
        return [*vars(sys.modules[package]), *where]

    return sorted(where), look, listed
