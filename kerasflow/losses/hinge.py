"""Losses of margins: a sample costs nothing once it is on the right side by 1."""

from __future__ import annotations

from typing import Any

from kerasflow.core import ops
from kerasflow.core.tensor import Tensor
from kerasflow.losses.align import align, as_tensors
from kerasflow.losses.base import StandardLoss

__all__ = ["CategoricalHinge", "Hinge", "SquaredHinge", "categorical_hinge", "hinge", "squared_hinge"]


def _signs(y: Tensor) -> Tensor:
    """Labels of -1 and 1; those that are 0 stand for -1."""
    return y - ops.cast(ops.equal(y, 0.0), y.dtype)


def _shortfall(y_true: Any, y_pred: Any) -> Tensor:
    y, p = align(*as_tensors(y_true, y_pred))
    return ops.maximum(1.0 - _signs(y) * p, 0.0)


def hinge(y_true: Any, y_pred: Any) -> Tensor:
    """The mean over the last axis of ``max(0, 1 - y p)``.

    Args:
        y_true: y, labels of -1 and 1, or of 0 and 1, [..., outputs].
        y_pred: p, scores in the same shape; the sign is the decision.

    Raises:
        ValueError: the shapes differ.

    >>> tf.Session().run(tf.keras.losses.hinge([[1.0], [-1.0], [0.0]], [[0.5], [-2.0], [0.0]]))
    array([0.5, 0. , 1. ], dtype=float32)
    """
    return ops.reduce_mean(_shortfall(y_true, y_pred), -1)


def squared_hinge(y_true: Any, y_pred: Any) -> Tensor:
    """The mean over the last axis of ``max(0, 1 - y p)^2``.

    Args:
        y_true: y, labels of -1 and 1, or of 0 and 1, [..., outputs].
        y_pred: p, scores in the same shape; the sign is the decision.

    Raises:
        ValueError: the shapes differ.

    >>> tf.Session().run(tf.keras.losses.squared_hinge([[1.0], [-1.0], [0.0]], [[0.5], [-2.0], [0.0]]))
    array([0.25, 0.  , 1.  ], dtype=float32)
    """
    return ops.reduce_mean(ops.square(_shortfall(y_true, y_pred)), -1)


def categorical_hinge(y_true: Any, y_pred: Any) -> Tensor:
    """``max(0, 1 + q - p)``, with p the score of the true class and q the largest of the others (which count from 0).

    Args:
        y_true: the true class as ones and zeros, [..., classes].
        y_pred: scores in the same shape.

    Raises:
        ValueError: the shapes differ.

    >>> tf.Session().run(tf.keras.losses.categorical_hinge([[0.0, 1.0], [1.0, 0.0]], [[0.5, 1.0], [3.0, 1.0]]))
    array([0.5, 0. ], dtype=float32)
    """
    y, p = align(*as_tensors(y_true, y_pred))
    score = ops.reduce_sum(y * p, -1)
    rival = ops.reduce_max((1.0 - y) * p, -1)
    return ops.maximum(rival - score + 1.0, 0.0)


class Hinge(StandardLoss):
    """The mean of ``max(0, 1 - y p)``; see `hinge`, and `Loss` for the arguments.

    >>> tf.Session().run(tf.keras.losses.Hinge()([[1.0], [-1.0]], [[0.5], [-2.0]]))
    np.float32(0.25)
    """

    fn = staticmethod(hinge)


class SquaredHinge(StandardLoss):
    """The mean of ``max(0, 1 - y p)^2``; see `squared_hinge`, and `Loss` for the arguments.

    >>> tf.Session().run(tf.keras.losses.SquaredHinge()([[1.0], [-1.0]], [[0.5], [-2.0]]))
    np.float32(0.125)
    """

    fn = staticmethod(squared_hinge)


class CategoricalHinge(StandardLoss):
    """The mean margin of the true class that is missing to 1; see `categorical_hinge`, and `Loss` for the arguments.

    >>> tf.Session().run(tf.keras.losses.CategoricalHinge()([[0.0, 1.0], [1.0, 0.0]], [[0.5, 1.0], [3.0, 1.0]]))
    np.float32(0.25)
    """

    fn = staticmethod(categorical_hinge)
    elementwise = False
