"""Markup that is safe by construction: texts are escaped when they become part of it."""

from __future__ import annotations

import html
from typing import Any

__all__ = ["Markup", "joined", "tag"]

EMPTY = ("meta", "line", "rect", "circle", "path", "polyline")  # elements without content


class Markup(str):
    """Markup that is ready; any other text is escaped."""

    __slots__ = ()


def tag(element: str, /, *children: Any, **attributes: Any) -> Markup:
    """An element.

    Args:
        element: its name.
        children: `Markup`, which stays as it is, or texts and numbers, which are escaped.
        attributes: by name; ``_`` stands for ``-``, and one at the end is dropped; None leaves an attribute out.

    >>> tag("p", "a < b", class_="note")
    '<p class="note">a &lt; b</p>'
    """
    parts = [element]
    for key, value in attributes.items():
        if value is not None:
            parts.append(f'{key.rstrip("_").replace("_", "-")}="{html.escape(_clean(value))}"')
    start = " ".join(parts)
    if element in EMPTY and not children:
        return Markup(f"<{start}/>" if element != "meta" else f"<{start}>")
    return Markup(f"<{start}>{joined(*children)}</{element}>")


def joined(*children: Any) -> Markup:
    """Pieces one after the other."""
    return Markup("".join(c if isinstance(c, Markup) else html.escape(_clean(c), quote=False) for c in children))


def _clean(value: Any) -> str:
    """A text without what XML cannot hold: control characters are shown as symbols."""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return "".join(_shown(c) for c in text)


def _shown(character: str) -> str:
    code = ord(character)
    if code < 32 and character not in "\t\n":
        return chr(0x2400 + code)
    return "\ufffd" if 0x7F <= code < 0xA0 or 0xD800 <= code < 0xE000 or code in (0xFFFE, 0xFFFF) else character
