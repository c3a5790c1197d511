"""Filters: functions that say of a value whether a person should look at it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["TensorFilter", "has_inf_or_nan"]

TensorFilter = Callable[[Any, Any], bool]  # from a `Value`, which has the names, and its array


def has_inf_or_nan(datum: Any, tensor: Any) -> bool:
    """Whether an array of floating-point or complex numbers has one that is infinite or no number.

    Args:
        datum: where it comes from, without effect.
        tensor: the array.

    >>> has_inf_or_nan(None, np.array([1.0, np.nan])), has_inf_or_nan(None, np.array([1, 2]))
    (True, False)
    """
    kind = getattr(getattr(tensor, "dtype", None), "kind", "none")
    return kind in "fc" and not bool(np.isfinite(tensor).all())
