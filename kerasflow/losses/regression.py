"""Losses between numbers: squared, absolute and relative errors, and what lies between them.

Each function gives one value per sample, reduced over the last axis; the class of the same idea weighs and reduces
these over the batch. A class takes a vector of n numbers for n samples; a function, which reduces whatever axis comes
last, takes it for one.
"""

from __future__ import annotations

import math
from typing import Any

from kerasflow.core import ops
from kerasflow.core.tensor import Tensor
from kerasflow.losses.align import align, as_tensors, epsilon
from kerasflow.losses.base import StandardLoss

__all__ = [
    "CosineSimilarity",
    "Huber",
    "LogCosh",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "cosine_similarity",
    "huber",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "poisson",
]


def mean_squared_error(y_true: Any, y_pred: Any) -> Tensor:
    """The mean over the last axis of ``(y - p)^2``.

    Args:
        y_true, y_pred: y and p, [..., outputs]; of one shape, save for an axis of size 1 at the end.

    Raises:
        ValueError: the shapes differ.

    >>> tf.Session().run(tf.keras.losses.mean_squared_error([[0.0, 1.0]], [[1.0, 3.0]]))
    array([2.5], dtype=float32)
    """
    y, p = align(*as_tensors(y_true, y_pred))
    return ops.reduce_mean(ops.square(y - p), -1)


def mean_absolute_error(y_true: Any, y_pred: Any) -> Tensor:
    """The mean over the last axis of ``|y - p|``.

    Args:
        y_true, y_pred: y and p, [..., outputs]; of one shape, save for an axis of size 1 at the end.

    Raises:
        ValueError: the shapes differ.

    >>> tf.Session().run(tf.keras.losses.mean_absolute_error([[0.0, 1.0]], [[1.0, 3.0]]))
    array([1.5], dtype=float32)
    """
    y, p = align(*as_tensors(y_true, y_pred))
    return ops.reduce_mean(ops.abs(y - p), -1)


def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Tensor:
    """The mean over the last axis of ``100 |y - p| / max(|y|, 1e-7)``, in percent.

    Args:
        y_true, y_pred: y and p, [..., outputs]; of one shape, save for an axis of size 1 at the end.

    Raises:
        ValueError: the shapes differ.

    >>> tf.Session().run(tf.keras.losses.mean_absolute_percentage_error([[2.0, 1.0]], [[3.0, 3.0]]))
    array([125.], dtype=float32)
    """
    y, p = align(*as_tensors(y_true, y_pred))
    return 100.0 * ops.reduce_mean(ops.abs(y - p) / ops.maximum(ops.abs(y), epsilon(y.dtype)), -1)


def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Tensor:
    """The mean over the last axis of ``(log(1 + y) - log(1 + p))^2``, where y and p count as at least 1e-7.

    Args:
        y_true, y_pred: y and p, [..., outputs]; of one shape, save for an axis of size 1 at the end.

    Raises:
        ValueError: the shapes differ.

    >>> loss = tf.keras.losses.mean_squared_logarithmic_error([[0.0, 3.0]], [[1.0, 1.0]])
    >>> tf.Session().run(loss).round(4)  # (log 2)^2
    array([0.4805], dtype=float32)
    """
    y, p = align(*as_tensors(y_true, y_pred))
    least = epsilon(y.dtype)
    return ops.reduce_mean(ops.square(ops.log1p(ops.maximum(y, least)) - ops.log1p(ops.maximum(p, least))), -1)


def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Tensor:
    """The mean over the last axis of Huber's function of e = p - y: ``e^2 / 2`` up to delta, straight beyond it.

    Beyond ``|e| = delta`` it is ``delta |e| - delta^2 / 2`` (Huber, "Robust Estimation of a Location Parameter", 1964).

    Args:
        y_true, y_pred: y and p, [..., outputs]; of one shape, save for an axis of size 1 at the end.
        delta: in the unit of y, above 0.

    Raises:
        ValueError: the shapes differ, or delta is not above 0.

    >>> tf.Session().run(tf.keras.losses.huber([[0.0], [0.0]], [[0.5], [3.0]]))
    array([0.125, 2.5  ], dtype=float32)
    """
    if not delta > 0:
        raise ValueError(f"delta must be above 0, got {delta!r}.")
    y, p = align(*as_tensors(y_true, y_pred))
    size = ops.abs(p - y)
    inner = ops.minimum(size, delta)
    return ops.reduce_mean(inner * (size - 0.5 * inner), -1)


def log_cosh(y_true: Any, y_pred: Any) -> Tensor:
    """The mean over the last axis of ``log(cosh(p - y))``: about ``e^2 / 2`` for small errors e, else ``|e| - log 2``.

    Args:
        y_true, y_pred: y and p, [..., outputs]; of one shape, save for an axis of size 1 at the end.

    Raises:
        ValueError: the shapes differ.

    >>> tf.Session().run(tf.keras.losses.log_cosh([[0.0], [0.0]], [[1.0], [1000.0]])).round(3)
    array([4.34000e-01, 9.99307e+02], dtype=float32)
    """
    y, p = align(*as_tensors(y_true, y_pred))
    error = p - y
    return ops.reduce_mean(error + ops.softplus(-2.0 * error) - math.log(2.0), -1)


def poisson(y_true: Any, y_pred: Any) -> Tensor:
    """The mean over the last axis of ``p - y log(p + 1e-7)``: the Poisson distribution's -log-likelihood, up to log y!.

    Args:
        y_true: y, counts, [..., outputs].
        y_pred: p, the expected counts, not negative, in the same shape.

    Raises:
        ValueError: the shapes differ.

    >>> tf.Session().run(tf.keras.losses.poisson([[2.0]], [[1.0]])).round(4)
    array([1.], dtype=float32)
    """
    y, p = align(*as_tensors(y_true, y_pred))
    return ops.reduce_mean(p - y * ops.log(p + epsilon(p.dtype)), -1)


def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Tensor:
    """Minus the cosine of the angle between two vectors: -1 where they point the same way, 1 where opposite.

    A vector shorter than 1e-7 counts as that long, so the similarity with a vector of zeros is 0.

    Args:
        y_true, y_pred: the vectors, of one shape.
        axis: the axis along which a vector's elements lie.

    Raises:
        ValueError: the shapes differ.

    >>> tf.Session().run(tf.keras.losses.cosine_similarity([[4.0, 0.0], [0.0, 1.0]], [[2.0, 0.0], [0.0, -1.0]]))
    array([-1.,  1.], dtype=float32)
    """
    y, p = align(*as_tensors(y_true, y_pred))
    return -ops.reduce_sum(_unit(y, axis) * _unit(p, axis), axis)


def _unit(x: Tensor, axis: int) -> Tensor:
    squares = ops.reduce_sum(ops.square(x), axis, keepdims=True)
    return x * ops.rsqrt(ops.maximum(squares, epsilon(x.dtype) ** 2))


# The classes.


class MeanSquaredError(StandardLoss):
    """The mean of ``(y - p)^2``; see `mean_squared_error`, and `Loss` for the arguments.

    >>> tf.Session().run(tf.keras.losses.MeanSquaredError()([[0.0], [1.0]], [[1.0], [3.0]]))
    np.float32(2.5)
    """

    fn = staticmethod(mean_squared_error)


class MeanAbsoluteError(StandardLoss):
    """The mean of ``|y - p|``; see `mean_absolute_error`, and `Loss` for the arguments.

    >>> tf.Session().run(tf.keras.losses.MeanAbsoluteError()([[0.0], [1.0]], [[1.0], [3.0]]))
    np.float32(1.5)
    """

    fn = staticmethod(mean_absolute_error)


class MeanAbsolutePercentageError(StandardLoss):
    """The mean of ``100 |y - p| / |y|``; see `mean_absolute_percentage_error`, and `Loss` for the arguments.

    >>> tf.Session().run(tf.keras.losses.MeanAbsolutePercentageError()([[2.0], [1.0]], [[3.0], [3.0]]))
    np.float32(125.0)
    """

    fn = staticmethod(mean_absolute_percentage_error)


class MeanSquaredLogarithmicError(StandardLoss):
    """The mean of ``(log(1 + y) - log(1 + p))^2``; see `mean_squared_logarithmic_error`, and `Loss` for the arguments.

    >>> tf.Session().run(tf.keras.losses.MeanSquaredLogarithmicError()([[1.0]], [[1.0]]))
    np.float32(0.0)
    """

    fn = staticmethod(mean_squared_logarithmic_error)


class Huber(StandardLoss):
    """The mean of Huber's function of the errors; see `huber`, and `Loss` for the other arguments.

    Args:
        delta: where squares end and straight lines begin, in the unit of the targets.

    >>> tf.Session().run(tf.keras.losses.Huber(delta=2.0)([[0.0], [0.0]], [[1.0], [3.0]]))
    np.float32(2.25)
    """

    fn = staticmethod(huber)

    def __init__(
        self,
        delta: float = 1.0,
        reduction: Any = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(reduction, name, dtype, delta=delta)


class LogCosh(StandardLoss):
    """The mean of ``log(cosh(p - y))``; see `log_cosh`, and `Loss` for the arguments.

    >>> tf.Session().run(tf.keras.losses.LogCosh()([[0.0], [0.0]], [[1.0], [-1.0]])).round(4)
    np.float32(0.4338)
    """

    fn = staticmethod(log_cosh)


class Poisson(StandardLoss):
    """The mean of ``p - y log p``; see `poisson`, and `Loss` for the arguments.

    >>> tf.Session().run(tf.keras.losses.Poisson()([[0.0], [0.0]], [[1.0], [3.0]]))
    np.float32(2.0)
    """

    fn = staticmethod(poisson)


class CosineSimilarity(StandardLoss):
    """Minus the mean cosine of the angles between vectors; see `cosine_similarity`, and `Loss` for the other arguments.

    Args:
        axis: the axis along which a vector's elements lie.

    >>> tf.Session().run(tf.keras.losses.CosineSimilarity()([[1.0, 0.0], [1.0, 1.0]], [[2.0, 0.0], [1.0, -1.0]]))
    np.float32(-0.5)
    """

    fn = staticmethod(cosine_similarity)
    elementwise = False

    def __init__(
        self,
        axis: int = -1,
        reduction: Any = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(reduction, name, dtype, axis=axis)
