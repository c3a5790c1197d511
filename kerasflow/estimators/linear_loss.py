"""The loss of a linear model on the whole of the data, to the second order, in closed form.

To enter a graph takes longer than the few products that a step of a small model is. Features are taken in the units of
`Axes`, with a one beside them: z_i for sample i, of weight w_i, the mean of which is one. The head has each sample's
loss L_i and its first and second derivatives g_i and C_i by the outputs; with what penalties p give to each weight,

    loss = sum_i w_i L_i / n + p W^2 / 2,  slope = sum_i w_i z_i g_i / n + p W,
    curvature = sum_i w_i (z_i z_i^T) x C_i / n + diag(p).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasflow.estimators.axes import axes_of, can_turn, turned_to_one
from kerasflow.estimators.heads import Curves, Head

__all__ = ["LinearLoss"]

Array = np.ndarray[Any, Any]
Data = tuple[Array, Array, Array]

_ROWS = 4096  # samples of which products are added up at a time
_LARGE = 1 << 24  # numbers in the data


class LinearLoss:
    """The loss at points: weights for features in units of their own, the intercepts last, (n_features + 1, n_outputs).

    Args:
        head: has the loss by the outputs.
        data: features, targets and the samples' weights, which multiply their losses.
        l2: the strength of the penalty on the squares of the matrix.

    Attributes:
        penalties: p, (n_features + 1, 1).
    """

    def __init__(self, head: Head, data: Data, l2: float) -> None:
        x, self._targets, weights = data
        self._head, self._dtype = head, x.dtype
        self._shares = weights.astype(np.float64) / len(weights)
        axes = axes_of(x, weights, l2)
        self._mean, self._spread = axes.mean, axes.spread
        self._columns = np.ones((x.shape[1] + 1, len(x)))  # z turned: NumPy is slow along short rows
        np.subtract(x.T, self._mean[:, None], out=self._columns[:-1])
        self._columns[:-1] /= self._spread
        self.penalties = np.append(2 * l2 / self._spread / self._spread, [[0.0]], axis=0)

    @staticmethod
    def holds(x: Array) -> bool:
        """Whether the features are few enough for the copy that is made of them."""
        return x.size <= _LARGE

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
        losses, slopes, curves = self._head.expanded((point.T @ self._columns).T, self._targets)
        costs = self.penalties * point
        value = float(self._shares @ losses) + float(np.vdot(costs, point)) / 2
        return value, self._columns @ (slopes * self._shares[:, None]) + costs, lambda: self._curvature(curves())

    def turn(self, flattest: float) -> tuple[Array, Array]:
        """What leads here from points of another space, and back: there the loss curves alike in all directions.

        Args:
            flattest: how little the loss curves, see `Head`.
        """
        turn, back = np.eye(len(self._columns)), np.eye(len(self._columns))
        columns = self._columns[:-1]
        if can_turn(*columns.T.shape):
            covariance = _square(columns, np.sqrt(self._shares)[None])
            covariance += np.diag(self.penalties[:-1, 0] / (2 * flattest))
            if np.isfinite(covariance).all():
                turn[:-1, :-1], back[:-1, :-1] = turned_to_one(covariance)
        return turn, back

    def _curvature(self, curves: Curves) -> Array:
        count, outputs, roots = len(self._columns), self._head.outputs, np.sqrt(self._shares)
        total, place = np.zeros((count, outputs, count, outputs)), 0
        for diagonal, factor in curves:
            width = diagonal.shape[1]
            for k, curve in enumerate(diagonal.T, start=place):
                total[:, k, :, k] = _square(self._columns, np.sqrt(curve)[None] * roots)
            if factor is not None:
                own, products = slice(place, place + width), _square(self._columns, factor.T * roots)
                total[:, own, :, own] -= products.reshape(width, count, width, count).transpose(1, 0, 3, 2)
            place += width
        return total.reshape(count * outputs, -1) + self._steady

    @functools.cached_property
    def _steady(self) -> Array:
        """What is the same everywhere: the curvature of penalties; and some in directions in which neither these nor
        any loss change, which keeps steps from going there.
        """
        own = self.penalties[:, 0]
        return np.kron(np.diag(own), np.eye(self._head.outputs)) + np.kron(np.diag(own == 0), self._head.idle)


def _square(columns: Array, factors: Array) -> Array:
    """M M^T, where the rows of M are those of `factors` times those of `columns`: all pairs, the latter in turn."""
    size = len(factors) * len(columns)
    total = np.zeros((size, size))
    for start in range(0, columns.shape[1], _ROWS):
        part = slice(start, start + _ROWS)
        rows = (factors[:, None, part] * columns[:, part]).reshape(size, -1)
        total += rows @ rows.T
    return total
