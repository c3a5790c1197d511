"""Histograms in buckets that grow by a tenth, as TensorBoard shows them."""

from __future__ import annotations

import functools
import itertools
from typing import Any

import numpy as np

from kerasflow.core import errors
from kerasflow.io.protos import message

__all__ = ["histogram_of"]

_LARGEST = float(np.finfo(np.float64).max)


@functools.cache
def _limits() -> np.ndarray:
    """The upper ends of the buckets: 0, powers of 1.1 from 1e-12 to 1e20 with both signs, and the largest numbers."""
    ends, end = [], 1.0e-12
    while end < 1.0e20:
        ends.append(end)
        end *= 1.1
    ends.append(_LARGEST)
    return np.array([*[-e for e in reversed(ends)], 0.0, *ends])


def histogram_of(values: Any, tag: str) -> Any:
    """The `HistogramProto` of the numbers in an array; runs of empty buckets are one.

    Raises:
        InvalidArgumentError: one of them is not a finite number; the message has the `tag`.
    """
    flat = np.asarray(values).astype(np.float64).reshape(-1)
    if not np.isfinite(flat).all():
        found = "Nan" if np.isnan(flat).any() else "Infinity"
        raise errors.InvalidArgumentError(None, None, f"{found} in summary histogram for: {tag}")
    histogram = message("HistogramProto")(min=_LARGEST, max=-_LARGEST)
    limits = _limits()
    places = np.minimum(np.searchsorted(limits, flat, "right"), len(limits) - 1)
    counts = np.bincount(places, minlength=len(limits))
    if flat.size:
        histogram.min, histogram.max, histogram.num = flat.min(), flat.max(), flat.size
        with np.errstate(over="ignore"):
            # One after the other: the sums in pairs that NumPy takes have other last digits.
            histogram.sum, histogram.sum_squares = np.cumsum(flat)[-1], np.cumsum(flat * flat)[-1]
    start = 0
    for empty, run in itertools.groupby(counts == 0):
        stop = start + len(list(run))
        ends = [stop - 1] if empty else range(start, stop)
        histogram.bucket_limit.extend(limits[i] for i in ends)
        histogram.bucket.extend(float(counts[i]) for i in ends)
        start = stop
    return histogram
