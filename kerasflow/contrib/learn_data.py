"""What `fit(x, y)` and its like are given, as input functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from kerasflow.estimator.inputs import numpy_input_fn

__all__ = ["as_input_fn"]

_TYPES = {"float64": np.float32, "bool": np.float32}


def as_input_fn(
    x: Any, y: Any, input_fn: Callable[[], Any] | None, batch_size: int | None, endless: bool = False
) -> Callable[[], Any]:
    """`input_fn`, or one over the rows of arrays.

    Args:
        x: an array with two axes or more, something that can become one, or a dict of such.
        y: labels, likewise, or None.
        input_fn: in place of all others.
        batch_size: the number of rows in a batch; None for all.
        endless: whether rows come again and again, in random order.

    Raises:
        ValueError: both are given, or none; or the size is not positive.
    """
    if input_fn is not None:
        for what, value in (("x or y", x if y is None else y), ("batch_size", batch_size)):
            if value is not None:
                raise ValueError(f"Can not provide both input_fn and {what}.")
        return input_fn
    if x is None:
        raise ValueError("Either x or input_fn must be provided.")
    if batch_size is not None and batch_size <= 0:
        raise ValueError(f"Invalid batch_size {batch_size}.")
    features, labels = _arrays(x), None if y is None else _arrays(y)
    rows = len(next(iter(features.values())) if isinstance(features, dict) else features)
    return numpy_input_fn(features, labels, batch_size or rows, None if endless else 1, shuffle=endless)


def _arrays(given: Any) -> Any:
    if isinstance(given, Mapping):
        return {key: _array(value) for key, value in given.items()}
    return _array(given)


def _array(given: Any) -> np.ndarray[Any, Any]:
    array = np.asarray(given.to_numpy() if hasattr(given, "to_numpy") else given)
    return array.astype(_TYPES.get(array.dtype.name, array.dtype), copy=False)
