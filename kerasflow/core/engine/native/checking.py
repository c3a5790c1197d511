"""Checks of values in the run, on behalf of recipes."""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence

import numpy as np

from kerasflow.core import types
from kerasflow.core.engine.native.expressions import Scalar
from kerasflow.core.engine.native.groups import Value
from kerasflow.core.engine.native.lowering import BUILDER, Lowering
from kerasflow.core.engine.plan import Step

__all__ = ["check_any", "check_below", "check_bounds", "check_columns"]


def check_bounds(t: Lowering, step: Step, k: int, low: int, high: int) -> None:
    """Fail at `step` if an element of its input number `k`, integers, is not in [low, high]."""
    known = t.plan.constants.get(step.inputs[k])
    if known is not None and np.all((known >= low) & (known <= high)):
        return
    v = t.value(step.inputs[k])
    least, largest = int(v.dtype.min), int(v.dtype.max)  # a narrow type may not hold the bounds

    def outside(x: Scalar) -> Scalar:
        found = [x < low] if low > least else []
        found += [x > high] if high < largest else []
        return functools.reduce(operator.or_, found)

    if low > least or high < largest:
        check_any(t, step, t.map(outside, [v], v.shape), k)


def check_below(t: Lowering, step: Step, k: int, limit: int) -> None:
    """Fail at `step` if an element of its input number `k`, integers, is `limit` or more."""
    check_bounds(t, step, k, int(t.plan.specs[step.inputs[k]].dtype.min), limit - 1)


def check_columns(t: Lowering, step: Step, k: int, limits: Sequence[int]) -> None:
    """Fail at `step` if an element of its input number `k`, integers, is not in [0, limit of its column)."""
    known = t.plan.constants.get(step.inputs[k])
    if known is not None and np.all((known >= 0) & (known < limits)):
        return
    v, limit = t.value(step.inputs[k]), t.constant(np.array(limits, np.int64))

    def outside(x: Scalar, n: Scalar) -> Scalar:
        x = BUILDER.cast(x, types.int64)
        return (x < 0) | (x >= n)

    check_any(t, step, t.map(outside, [v, limit], v.shape), k)


def check_any(t: Lowering, step: Step, bad: Value, *checked: int) -> None:
    """Fail at `step` if an element of `bad`, truth values, holds: its inputs of these numbers are wrong."""
    t.check(t.reduce("or", bad, tuple(range(len(bad.shape)))), step, *checked)
