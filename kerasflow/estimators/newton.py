"""Training a linear model on all the data at once by Newton's method: few steps, each of which solves linear equations.

Features are taken in the units of `Axes`, with a one beside them: z_i for sample i, of weight w_i, the mean of which is
one. With its loss, and the first and second derivatives g_i and C_i of that by its outputs, which the head has in
closed form, the slope and the curvature by all weights follow from those of the n samples:

    g = sum_i w_i z_i g_i / n + p W,  H = sum_i w_i (z_i z_i^T) x C_i / n + diag(p),  H s = g,

where p is what a penalty gives to each weight. The next point is where the loss has fallen enough on the way from W to
W - s: the whole of it, or a half, or a quarter ...

Source: Nocedal and Wright 2006, Numerical Optimization, sections 3.1 (the condition of Armijo) and 3.3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.linalg.lapack import dposv

from kerasflow.estimators.axes import axes_of
from kerasflow.estimators.course import Course
from kerasflow.estimators.heads import Head

__all__ = ["is_cheap", "minimise"]

Array = np.ndarray[Any, Any]
Data = tuple[Array, Array, Array]

_FEW = 64  # weights: for as many the equations cost less than the steps they save
_LIGHT = 10_000_000  # multiplications of a step that take no longer than the steps they save
_LARGE = 1 << 24  # numbers in the data of which a copy is made
_ROWS = 4096  # of which products are added up at a time
_FLAT = 1e-10  # a curvature along a direction, as a share of the largest, that is as good as none
_SHARE = 1e-4  # of the fall that the slope promises, what is enough
_HALVES = 40
_ROUNDING = np.finfo(np.float64).eps


def is_cheap(samples: int, features: int, outputs: int) -> bool:
    """Whether a linear model of this size is trained sooner by Newton's method than by slopes alone.

    >>> from kerasflow.estimators.newton import is_cheap
    >>> is_cheap(569, 30, 1), is_cheap(1797, 64, 10)
    (True, False)
    """
    weights = (features + 1) * outputs
    return samples * weights * weights <= _LIGHT or weights <= _FEW and samples * (features + 1) <= _LARGE


@np.errstate(all="ignore")  # what overflows is seen in the loss
def minimise(
    head: Head,
    data: Data,
    start: Sequence[Array],
    max_iter: int,
    tol: float,
    l2: float,
    watch: Callable[..., bool] | None,
) -> Course:
    """The weights of a linear model where the loss on the whole of the data, with the penalty, is least.

    Args:
        head: has the loss.
        data: features, targets and the samples' weights, which multiply their losses.
        start: the matrix and the intercepts to begin with.
        max_iter, tol, watch: as for `lbfgs.minimise`.
        l2: the strength of the penalty on the squares of the matrix.
    """
    loss = _Loss(head, data, l2)
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


class _Loss:
    """The loss by the weights for features in units of their own, the intercepts last: (n_features + 1, n_outputs).

    Args:
        head: has the loss by the outputs.
        data: features, targets and the samples' weights.
        l2: the strength of the penalty on the squares of the matrix.
    """

    def __init__(self, head: Head, data: Data, l2: float) -> None:
        x, self._targets, weights = data
        self._head, self._dtype = head, x.dtype
        self._shares = weights.astype(np.float64) / len(weights)
        axes = axes_of(x, weights, l2)
        self._mean, self._spread = axes.mean, axes.spread
        self._scores = np.ones((len(x), x.shape[1] + 1))
        np.divide(x - self._mean, self._spread[:, 0], out=self._scores[:, :-1])
        self._penalties = np.append(2 * l2 / self._spread**2, [[0.0]], axis=0)
        # Where no loss and no penalty changes, any curvature gives the same least, and keeps steps from going there.
        free = np.diag((self._penalties == 0).astype(np.float64)[:, 0])
        self._fixed = np.kron(np.diag(self._penalties[:, 0]), np.eye(head.outputs)) + np.kron(free, head.idle)

    def point(self, weights: Sequence[Array]) -> Array:
        """Where matrix and intercepts are."""
        kernel, bias = (w.astype(np.float64) for w in weights)
        return np.vstack([kernel * self._spread, bias + self._mean @ kernel])

    def weights(self, point: Array) -> list[Array]:
        """Matrix and intercepts."""
        kernel = point[:-1] / self._spread
        return [w.astype(self._dtype) for w in (kernel, point[-1] - self._mean @ kernel)]

    def expanded(self, point: Array) -> tuple[float, Array, Callable[[], Array]]:
        """The loss, its slope, shaped as the point, and what gives its curvature, a matrix."""
        losses, slopes, curves = self._head.expanded(self._scores @ point, self._targets)
        costs = self._penalties * point
        value = float(self._shares @ losses) + float(np.vdot(costs, point)) / 2
        slope = self._scores.T @ (slopes * self._shares[:, None]) + costs
        return value, slope, lambda: self._curvature(curves)

    def _curvature(self, curves: Array) -> Array:
        units, count = curves.shape[1], self._scores.shape[1]
        total = np.zeros((count, count * units * units))
        for start in range(0, len(curves), _ROWS):
            rows = slice(start, start + _ROWS)
            scores = self._scores[rows]
            shares = (curves[rows] * self._shares[rows, None, None]).reshape(len(scores), 1, -1)
            total += scores.T @ (scores[:, :, None] * shares).reshape(len(scores), -1)
        return total.reshape(count, count, units, units).swapaxes(1, 2).reshape(count * units, -1) + self._fixed
