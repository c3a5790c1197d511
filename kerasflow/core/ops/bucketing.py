"""Which of several buckets a number falls into."""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.graph import apply
from kerasflow.core.opdef import REAL, blocked, of_kind, op
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec

__all__ = ["bucketize"]

_COMPARED = 32  # with so many boundaries a compiled step compares with each


def _infer(x: Spec, boundaries: tuple[float, ...]) -> Spec:
    of_kind(REAL, x)
    return Spec(types.int32, x.shape)


def _limits(x: Any, boundaries: tuple[float, ...]) -> Any:
    """The boundaries as the type of `x` compares with them: single precision, but for doubles and integers."""
    wide = x.dtype.kind != "f" or x.dtype.itemsize > 4
    return np.array(boundaries, np.float32).astype(np.float64 if wide else np.float32)


def _lower(b: Any, x: Any, boundaries: tuple[float, ...]) -> Any:
    if x.dtype is not types.float32 or len(boundaries) > _COMPARED:
        return None
    above = [b.cast(~(x < limit), types.int32) for limit in boundaries]  # NaN is above all
    return functools.reduce(operator.add, above)


@op("Bucketize", infer=_infer, lower=_lower, vjp=blocked)
def _bucketize(x: Any, boundaries: tuple[float, ...]) -> Any:
    return np.searchsorted(_limits(x, boundaries), x, "right").astype(np.int32)


def bucketize(input: Any, boundaries: Sequence[float], name: str | None = None) -> Tensor:
    """How many of the boundaries each number has reached: 0 for the bucket below all, n for that from the last on.

    Args:
        input: a tensor of real numbers; NaN is in the last bucket.
        boundaries: numbers in rising order, which are rounded to single precision.

    Raises:
        ValueError: they do not rise, or there are none.

    >>> from kerasflow.core.ops import bucketize
    >>> tf.Session().run(bucketize([[-5.0, 10000.0], [150.0, 10.0]], [0, 10, 100]))
    array([[0, 3],
           [3, 2]], dtype=int32)
    """
    limits = tuple(float(x) for x in boundaries)
    if not limits or any(low > high for low, high in zip(limits, limits[1:], strict=False)):
        raise ValueError(f"bucketize: boundaries must be a sorted list that is not empty, got {list(boundaries)}.")
    return apply("Bucketize", input, boundaries=limits, name=name)
