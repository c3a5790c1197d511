"""What the parameters of an estimator may be, said once and checked when it is fitted."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

__all__ = ["boolean", "check_parameters", "check_weights", "choice", "integer", "number", "sizes"]

Rule = tuple[str, Callable[[Any], bool]]


def check_parameters(estimator: Any, rules: Mapping[str, Rule]) -> None:
    """Raise ValueError for the first parameter that is not what its rule asks for."""
    for name, (wanted, holds) in rules.items():
        value = getattr(estimator, name)
        if not holds(value):
            raise ValueError(f"The parameter {name!r} of {type(estimator).__name__} must be {wanted}. Got {value!r}.")


def _is_integer(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, (bool, np.bool_))


def integer(low: int) -> Rule:
    """A whole number from `low` up."""
    return f"an integer of at least {low}", lambda v: _is_integer(v) and v >= low


def number(low: float, high: float = np.inf, *, above: bool = False) -> Rule:
    """A finite number from `low` (or above it) to below `high`."""
    bracket = "(" if above else "["

    def holds(value: Any) -> bool:
        real = isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_))
        return real and (low < value < high if above else low <= value < high)

    return f"a number in {bracket}{low}, {high})", holds


def boolean() -> Rule:
    """A parameter that is True or False."""
    return "a bool", lambda v: isinstance(v, (bool, np.bool_))


def choice(*values: str, other: Rule | None = None) -> Rule:
    """One of some strings, or what another rule asks for."""
    wanted = f"one of {', '.join(map(repr, values))}"
    if other is None:
        return wanted, lambda v: isinstance(v, str) and v in values
    return f"{wanted}, or {other[0]}", lambda v: isinstance(v, str) and v in values or other[1](v)


def sizes() -> Rule:
    """A whole number, or a sequence of these."""

    def holds(value: Any) -> bool:
        items = [value] if isinstance(value, numbers.Integral) else value
        try:
            return all(_is_integer(v) and v > 0 for v in items)
        except TypeError:
            return False

    return "positive integers, one for each hidden layer", holds


def check_weights(sample_weight: Any, count: int, dtype: Any) -> np.ndarray[Any, Any]:
    """A weight for each of `count` rows: ones for None, the number itself for a number.

    Raises:
        ValueError: another number of them, a negative, infinite or missing one, or no positive one.
    """
    if sample_weight is None or isinstance(sample_weight, numbers.Real):
        weights = np.full(count, 1.0 if sample_weight is None else sample_weight, dtype)
    else:
        weights = np.asarray(sample_weight, dtype)
    if weights.ndim != 1:
        raise ValueError(f"Sample weights must be 1D array or scalar, got {weights.ndim} dimensions.")
    if len(weights) != count:
        raise ValueError(f"There are {len(weights)} sample weights for {count} samples.")
    if not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise ValueError("Sample weights must be finite and not negative, and at least one must be positive.")
    return weights
