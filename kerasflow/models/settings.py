"""What the methods of a model take: numbers that are checked, lists, and names that were meant otherwise."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from kerasflow.core.naming import did_you_mean
from kerasflow.layers.symbolic import flatten

__all__ = ["listed", "suggesting", "whole"]


def whole(value: Any, what: str, least: int = 1) -> int:
    """`value` as an int. ValueError, which names it as `what`, if it is none or less than `least`."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)) or value < least:
        kind = "positive" if least else "non-negative"
        raise ValueError(f"{what} must be a {kind} integer, got {value!r}.")
    return int(value)


def listed(value: Any) -> list[Any]:
    """`value` as a flat list; none is an empty one."""
    return [] if value is None else flatten(value)


def suggesting(method: Callable[..., Any]) -> Callable[..., Any]:
    """`method`, which says what an argument that it does not know may have meant.

    >>> from kerasflow.models.settings import suggesting
    >>> @suggesting
    ... def fit(x, epochs=1): ...
    >>> fit(0, epoch=3)
    Traceback (most recent call last):
    TypeError: fit() takes no argument 'epoch'. Did you mean 'epochs'?
    """
    known = inspect.signature(method).parameters

    @functools.wraps(method)
    def checked(*args: Any, **kwargs: Any) -> Any:
        for name in kwargs:
            if name not in known:
                raise TypeError(f"{method.__name__}() takes no argument {name!r}.{did_you_mean(name, known)}")
        return method(*args, **kwargs)

    return checked
