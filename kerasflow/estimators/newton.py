"""Training a linear model on all the data at once by Newton's method: few steps, each of which solves linear equations.

With the slope g and the curvature H of the loss at a point W the step is s, H s = g, and the next point where the loss
has fallen enough on the way from W to W - s: the whole of it, or a half, or a quarter ...

Source: Nocedal and Wright 2006, Numerical Optimization, sections 3.1 (the condition of Armijo) and 3.3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.linalg.lapack import dposv

from kerasflow.estimators.course import Course
from kerasflow.estimators.heads import Head
from kerasflow.estimators.linear_loss import LinearLoss

__all__ = ["is_cheap", "minimise"]

Array = np.ndarray[Any, Any]
# What takes no longer than the steps that it saves:
_FEW = 256  # multiplications for a sample and an output, in all steps
_SOLVED = 256  # equations
_LIGHT = 8_000_000  # multiplications in all steps
_FLAT = 1e-10  # a curvature along a direction, as a share of the largest, that is as good as none
_SHARE = 1e-4  # of the fall that the slope promises, what is enough
_HALVES = 40
_ROUNDING = np.finfo(np.float64).eps


def is_cheap(samples: int, features: int, head: Head) -> bool:
    """Whether a linear model of this size is trained sooner by Newton's method than by slopes alone.

    >>> from kerasflow.estimators.heads import ClassificationHead
    >>> from kerasflow.estimators.newton import is_cheap
    >>> cancer, digits = (ClassificationHead("classes", [np.arange(k)]) for k in (2, 10))
    >>> is_cheap(569, 30, cancer), is_cheap(1797, 64, digits)
    (True, False)
    """
    weights, together = (features + 1) * head.outputs, max(head.widths)
    each = (features + 1) * (together + 1 if together > 1 else 1)
    if each * head.steps <= _FEW and weights <= _SOLVED:
        return True
    return (samples + weights) * weights**2 * head.steps <= _LIGHT


@np.errstate(all="ignore")  # what overflows is seen in the loss
def minimise(
    loss: LinearLoss, start: Sequence[Array], max_iter: int, tol: float, watch: Callable[..., bool] | None
) -> Course:
    """The weights of a linear model where the loss is least.

    Args:
        loss: of the model on the data, with the penalty.
        start: the matrix and the intercepts to begin with.
        max_iter, tol, watch: as for `lbfgs.minimise`.
    """
    point, curve = loss.point(start), list[float]()
    value, slope, curvature = loss.expanded(point)
    done = abs(slope).max() <= tol
    while not done and len(curve) < max_iter:
        if watch:
            watch(len(curve), None, None)
        before, step = value, _solved(curvature(), slope)
        least, share = _ROUNDING * max(abs(before), 1.0), 1.0
        enough = _SHARE * float(np.vdot(slope, step))
        for _ in range(_HALVES):
            there = point - share * step
            value, slope, curvature = loss.expanded(there)
            if value <= before - share * enough or abs(before - value) <= least:
                break
            share /= 2
        point = there
        curve.append(value)
        if not np.isfinite(value):
            break
        ended = watch is not None and watch(len(curve) - 1, {"loss": value}, lambda at=point: loss.weights(at))
        # It also ends where the loss falls by no more than its rounding.
        done = ended or abs(slope).max() <= tol or before - value <= least
    return Course(curve or [value], done, loss.weights(point))


def _solved(curvature: Array, slope: Array) -> Array:
    """The step to the least loss, if it curved everywhere as it does here: the shortest, where it is flat in some
    directions.
    """
    if not np.isfinite(curvature).all():
        return np.full_like(slope, np.nan)  # which the loss after the step will be, too
    factor, step, failed = dposv(curvature, slope.reshape(-1))
    pivots = np.diag(factor)
    if failed or not pivots.min() ** 2 > _FLAT * pivots.max() ** 2:
        values, vectors = np.linalg.eigh(curvature)
        curved = values > _FLAT * values[-1]
        step = vectors[:, curved] @ (slope.reshape(-1) @ vectors[:, curved] / values[curved])
    return step.reshape(slope.shape)
