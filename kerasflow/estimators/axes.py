"""In which weights of the first layer a search goes: those in which a step is as long in one direction as in another.

With M the covariance of the features, or what there is to it with a penalty, these are the W' of

    W = R W',  b' = b + m W,  with m the mean of each feature and R^T M R = 1.

What is looked for is the same; that features have units of their own, and go together, does not matter. Where features
are many, or where their weights have to stay what they are, R is diagonal and M only its diagonal.

The curvature of the mean squared error is such an M, exactly: two steps find its least. That of a cross-entropy is
between a quarter of the covariance and next to none, where classes are certain; a share of it serves well.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import issparse

from kerasflow.estimators.sparse import moments

__all__ = ["Axes", "axes_of", "can_turn", "turned_to_one"]

Array = np.ndarray[Any, Any]

_MANY = 256  # features: for more the covariance takes longer than the steps it saves
_ROWS = 4096  # of which products are added up at a time
_ROUNDING = 1e-12  # of a mean: a spread of no more is that of a constant, as it is computed
_FLAT = 1e-9  # a variance along an axis, as a share of the largest, that is as good as none


class Axes:
    """What W' is to W, where R is diagonal.

    Args:
        mean: m.
        spread: one over the diagonal of R, (n_features, 1).
    """

    def __init__(self, mean: Array, spread: Array) -> None:
        self.mean, self.spread = mean, spread

    def into(self, kernel: Array) -> Array:
        """W' for W."""
        return kernel * self.spread

    def out(self, point: Array) -> Array:
        """W for W'."""
        return point / self.spread

    def pull(self, slope: Array) -> Array:
        """The gradient by W', from that by W."""
        return slope / self.spread


class _Turned(Axes):
    """What W' is to W in general.

    Args:
        mean: m.
        turn, back: R and its inverse, (n_features, n_features).
    """

    def __init__(self, mean: Array, turn: Array, back: Array) -> None:
        self.mean, self._turn, self._back = mean, turn, back

    def into(self, kernel: Array) -> Array:
        """W' for W."""
        return self._back @ kernel

    def out(self, point: Array) -> Array:
        """W for W'."""
        return self._turn @ point

    def pull(self, slope: Array) -> Array:
        """The gradient by W', from that by W."""
        return self._turn.T @ slope


def axes_of(x: Any, weights: Array, l2: float, turned: bool = False) -> Axes:
    """The axes for features.

    Args:
        x: the features, (n_samples, n_features).
        weights: of the samples.
        l2: what a penalty ``l2 |W|^2`` adds to the variances: it keeps a weight as a feature of variance l2 would.
        turned: whether the axes may be others than those of the features.
    """
    turned = turned and can_turn(*x.shape)
    with np.errstate(all="ignore"):  # what overflows is seen below
        mean, covariance = _covariance(x, weights) if turned else moments(x, weights)
        spread = np.sqrt((np.diag(covariance) if turned else covariance) + l2)
    far = ~np.isfinite(spread) | (spread == 0)
    if far.any() and not issparse(x):
        mean[far], spread[far] = _moments_far_away(x[:, far], weights)
        turned = False
    known = np.isfinite(spread) & (spread > _ROUNDING * np.abs(mean))
    mean = np.where(np.isfinite(spread), mean, 0.0).astype(np.float64)
    spread = np.where(known, spread, 1.0).astype(np.float64)
    if not turned or not known.all():
        return Axes(mean, spread[:, None])
    turn, back = turned_to_one(covariance / np.multiply.outer(spread, spread) + np.diag(l2 / spread**2))
    return _Turned(mean, turn / spread[:, None], back * spread)


def turned_to_one(covariance: Array) -> tuple[Array, Array]:
    """R and its inverse, for a covariance M: R^T M R = 1, but for directions in which M is next to nothing."""
    values, vectors = np.linalg.eigh(covariance)
    sizes = np.sqrt(np.where(values > _FLAT * values[-1], values, 1.0))
    return vectors / sizes, (vectors * sizes).T


def can_turn(samples: int, features: int) -> bool:
    """Whether axes may be others than those of the features: it is worth it, and the covariance is known."""
    return 1 < features <= _MANY and samples > features


def _moments_far_away(x: Array, weights: Array) -> tuple[Array, Array]:
    """Mean and spread of features the squares of which may be too large for a number, or too small."""
    exponent = np.frexp(np.abs(x).max(axis=0))[1]
    mean, variance = moments(np.ldexp(x.astype(np.float64), -exponent), weights)
    return np.ldexp(mean, exponent), np.ldexp(np.sqrt(variance), exponent)


def _covariance(x: Any, weights: Array) -> tuple[Array, Array]:
    """The mean of each feature, and their covariance, (n_features, n_features), of weighted samples."""
    weights = weights.astype(np.float64)  # before they are added up, or the shares do not come to one
    shares = weights / weights.sum()
    parts = [slice(start, start + _ROWS) for start in range(0, x.shape[0], _ROWS)]
    mean = sum(x[rows].T @ shares[rows] for rows in parts)
    total = np.zeros((len(mean), len(mean)))
    for rows in parts:
        distances = (x[rows].toarray() if issparse(x) else x[rows]) - mean
        total += distances.T @ (distances * shares[rows, None])
    return mean, total
