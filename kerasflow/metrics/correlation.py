"""Metrics of how predictions go along with targets."""

from __future__ import annotations

from typing import Any

from kerasflow.core import ops, shapes
from kerasflow.core.tensor import Tensor
from kerasflow.losses.align import EPSILON, align, as_tensors, quotient
from kerasflow.metrics.means import Mean, StandardMean

__all__ = [
    "ConcordanceCorrelation",
    "MeanRelativeError",
    "PearsonCorrelation",
    "concordance_correlation",
    "pearson_correlation",
]


def _moments(y_true: Any, y_pred: Any, axis: Any) -> tuple[Tensor, ...]:
    """The means of both, their variances and their covariance. ValueError if there is one number to take them of."""
    y, p = align(*as_tensors(y_true, y_pred))
    axis = list(axis) if isinstance(axis, (list, tuple)) else axis
    if isinstance(axis, int) and p.dims and -len(p.dims) <= axis < len(p.dims) and p.dims[axis] == 1:
        raise ValueError(
            f"A correlation is of several numbers, and there is one along axis {axis} of predictions of shape "
            f"{shapes.show(p.dims)}: pass another axis."
        )
    mean_y, mean_p = ops.reduce_mean(y, axis, keepdims=True), ops.reduce_mean(p, axis, keepdims=True)
    off_y, off_p = y - mean_y, p - mean_p
    moments = [ops.reduce_mean(m, axis) for m in (ops.square(off_y), ops.square(off_p), off_y * off_p)]
    return ops.reduce_mean(y, axis), ops.reduce_mean(p, axis), *moments


def pearson_correlation(y_true: Any, y_pred: Any, axis: Any = -1) -> Tensor:
    """``cov(y, p) / (std(y) std(p))`` along an axis; NaN where one of them does not vary.

    Args:
        y_true, y_pred: y and p, in one shape.
        axis: the axis or axes along which they vary.

    Raises:
        ValueError: the shapes differ, or there is only one number along the axis.

    >>> tf.Session().run(tf.keras.metrics.pearson_correlation([[0.0, 1.0, 2.0]], [[1.0, 5.0, 9.0]]))
    array([1.], dtype=float32)
    """
    _, _, var_y, var_p, covariance = _moments(y_true, y_pred, axis)
    return covariance / (ops.sqrt(var_y) * ops.sqrt(var_p))


def concordance_correlation(y_true: Any, y_pred: Any, axis: Any = -1) -> Tensor:
    """``2 cov(y, p) / (var(y) + var(p) + (mean(y) - mean(p))^2)`` along an axis: 1 only where both are equal.

    Args:
        y_true, y_pred: y and p, in one shape.
        axis: the axis or axes along which they vary.

    Raises:
        ValueError: the shapes differ, or there is only one number along the axis.

    Source: Lin, "A Concordance Correlation Coefficient to Evaluate Reproducibility", 1989.

    >>> tf.Session().run(tf.keras.metrics.concordance_correlation([[0.0, 1.0, 2.0]], [[1.0, 2.0, 3.0]])).round(4)
    array([0.5714], dtype=float32)
    """
    mean_y, mean_p, var_y, var_p, covariance = _moments(y_true, y_pred, axis)
    return 2.0 * covariance / (var_y + var_p + ops.square(mean_y - mean_p) + EPSILON)


class PearsonCorrelation(StandardMean):
    """The mean of `pearson_correlation` over the rows; see there, and `Metric` for the other arguments.

    Args:
        name, dtype: see `Metric`.
        axis: the axis along which the numbers of a row lie.

    >>> metric = tf.keras.metrics.PearsonCorrelation()
    >>> metric.update_state([[0.0, 1.0, 2.0]], [[1.0, 5.0, 9.0]])
    >>> round(float(metric.result()), 4)
    1.0
    """

    _direction = "up"
    fn = staticmethod(pearson_correlation)
    elementwise = False
    default_name = "pearson_correlation"

    def __init__(self, name: str | None = None, dtype: Any = None, axis: Any = -1) -> None:
        super().__init__(name, dtype, axis=axis)


class ConcordanceCorrelation(StandardMean):
    """The mean of `concordance_correlation` over the rows; see there, and `Metric` for the other arguments.

    Args:
        name, dtype: see `Metric`.
        axis: the axis along which the numbers of a row lie.

    >>> metric = tf.keras.metrics.ConcordanceCorrelation()
    >>> metric.update_state([[0.0, 1.0, 2.0]], [[1.0, 2.0, 3.0]])
    >>> round(float(metric.result()), 4)
    0.5714
    """

    _direction = "up"
    fn = staticmethod(concordance_correlation)
    elementwise = False
    default_name = "concordance_correlation"

    def __init__(self, name: str | None = None, dtype: Any = None, axis: Any = -1) -> None:
        super().__init__(name, dtype, axis=axis)


class MeanRelativeError(Mean):
    """The mean of ``|y - p| / n`` with a normalizer n; 0 where that is 0. Keras 2 has it.

    Args:
        normalizer: n, numbers that broadcast to the predictions.
        name, dtype: see `Metric`.

    >>> metric = tf.keras.metrics.MeanRelativeError(normalizer=[1.0, 3.0, 2.0, 3.0])
    >>> metric.update_state([1.0, 3.0, 2.0, 3.0], [2.0, 4.0, 6.0, 8.0])
    >>> float(metric.result())
    1.25
    """

    _direction = "down"

    def __init__(self, normalizer: Any, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name or "mean_relative_error", dtype)
        self.normalizer = normalizer

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Add a batch."""
        y, p = align(*as_tensors(y_true, y_pred))
        n = ops.cast(p.graph.convert(self.normalizer), p.dtype)
        return super().update_state(quotient(ops.abs(y - p), n * ops.ones_like(p)), sample_weight)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a metric like this one."""
        return {**super().get_config(), "normalizer": self.normalizer}
