"""Former names: they work, and warn the first time a program uses one."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

from kerasflow.core.where import user_line

__all__ = ["former_name", "renamed", "warned"]

warned: set[str] = set()  # what this process has been told of


def former_name(old: str, new: str) -> None:
    """Warn, once, that `old` is now called `new`: a DeprecationWarning at the user's line."""
    if old in warned:
        return
    warned.add(old)
    where = user_line()
    file, line = ("unknown", 0) if where is None else where[:2]
    # As if it came from the program itself: Python shows deprecations in `__main__` only.
    warnings.warn_explicit(
        f"{old} is the name that {new} had in former versions.", DeprecationWarning, file, line, "__main__"
    )


def renamed(old: str, new: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` under its former name `old`, which it had before it was called `new`."""

    @functools.wraps(function)
    def forward(*args: Any, **kwargs: Any) -> Any:
        former_name(f"tf.{old}", f"tf.{new}")
        return function(*args, **kwargs)

    forward.__name__ = forward.__qualname__ = old
    forward.__doc__ = f"The former name of `{new}`; a DeprecationWarning says so when it is first used."
    return forward
