"""What the methods of a model take: numbers that are checked, lists, and names that were meant otherwise."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from kerasflow.core.naming import did_you_mean
from kerasflow.layers.symbolic import flatten

__all__ = ["fixed_rows", "listed", "rows_at_once", "suggesting", "whole"]


def whole(value: Any, what: str, least: int = 1) -> int:
    """`value` as an int. ValueError, which names it as `what`, if it is none or less than `least`."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)) or value < least:
        kind = "positive" if least else "non-negative"
        raise ValueError(f"{what} must be a {kind} integer, got {value!r}.")
    return int(value)


def fixed_rows(model: Any) -> int | None:
    """How many samples the inputs of a model have at once, if they say so.

    >>> from kerasflow.models.settings import fixed_rows
    >>> fixed_rows(tf.keras.Sequential([tf.keras.Input(batch_shape=(8, 3))]))
    8
    """
    network = getattr(model, "_network", None)
    inputs = [] if network is None else flatten(network.inputs)
    return next((t.dims[0] for t in inputs if t.dims and t.dims[0] is not None), None)


def rows_at_once(model: Any, batch_size: Any, default: int, what: str = "batch_size") -> int:
    """How many samples are computed at once: `batch_size`, or what the model takes. ValueError if they differ.

    >>> from kerasflow.models.settings import rows_at_once
    >>> rows_at_once(tf.keras.Sequential([tf.keras.Input(batch_shape=(8, 3))]), None, 32)
    8
    """
    fixed = fixed_rows(model)
    size = whole(fixed or default if batch_size is None else batch_size, what)
    if fixed not in (None, size):
        raise ValueError(f"The model {model.name!r} takes batches of {fixed} samples, so {what} cannot be {size}.")
    return size


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
