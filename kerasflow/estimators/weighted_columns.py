"""Rules of columns, learned from rows that count more or less often than once.

A weight of 2 is a row that is there twice. The unit of the weights does not matter to means and medians. For texts,
which have to be seen twice, no row counts less than once: weights below 1 are divided by the least of them.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from kerasflow.estimators.tabular_columns import TOO_SMALL, NumericColumn, TextColumn, is_missing

__all__ = ["numeric_column", "text_column"]

Array = np.ndarray[Any, Any]
_ROUNDING = 1e-12  # of sums of weights


def numeric_column(name: str, values: Array, weights: Array) -> NumericColumn:
    """The rule of a column of numbers.

    Args:
        name: the column.
        values: the numbers, float64 of shape (rows,), NaN where one is missing.
        weights: how often each row counts, above 0.

    >>> from kerasflow.estimators.weighted_columns import numeric_column
    >>> column = numeric_column("rooms", np.array([1.0, 4.0, 9.0]), np.array([1.0, 2.0, 1.0]))
    >>> column.median, column.mean
    (4.0, 4.5)
    """
    present = ~np.isnan(values)
    if not present.any():
        return NumericColumn(name, 0.0, 0.0, 0.0, False)
    given, indicator = values[present], not present.all()
    if given.min() == given.max():
        return NumericColumn(name, float(given[0]), float(given[0]), 0.0, indicator)
    exponent = int(np.frexp(np.abs(given).max())[1])
    near = np.ldexp(np.where(present, values, 0.0), -exponent)  # so that no sum and no square overflows
    median = _median(near[present], weights[present])
    near[~present] = median
    mean = np.average(near, weights=weights)
    scale = np.ldexp(np.sqrt(np.average(np.square(near - mean), weights=weights)), exponent)
    return NumericColumn(
        name,
        median=float(np.ldexp(median, exponent)),
        mean=float(np.ldexp(mean, exponent)),
        scale=float(scale) if scale >= TOO_SMALL else 0.0,
        indicator=indicator,
    )


def _median(values: Array, weights: Array) -> float:
    """What half of the weight is below, or the middle between two values."""
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weights[order])
    half = below[-1] / 2
    places = [np.searchsorted(below, half * (1 + slack)) for slack in (-_ROUNDING, _ROUNDING)]
    return float(values[order[places]].mean())


def text_column(name: str, values: Array, weights: Array, most: int) -> TextColumn:
    """The rule of a column of texts.

    Args:
        name: the column.
        values: the texts, objects of shape (rows,), None or NaN where one is missing.
        weights: how often each row counts, above 0.
        most: how many texts get a feature of their own at the most.

    >>> from kerasflow.estimators.weighted_columns import text_column
    >>> column = text_column("sea", np.array(["near", "far", "no"], object), np.array([1.0, 3.0, 1.0]), 64)
    >>> column.values, column.shares
    (('far',), (0.6, 0.4))
    """
    counts: dict[str | None, float] = defaultdict(float)
    for value, weight in zip(values.tolist(), (weights / min(1.0, weights.min())).tolist(), strict=True):
        counts[None if is_missing(value) else value] += weight
    return TextColumn.learn(name, counts, most)
