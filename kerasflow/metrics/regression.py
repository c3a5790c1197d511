"""Metrics of predicted numbers."""

from __future__ import annotations

from typing import Any

from kerasflow import losses
from kerasflow.core import ops, shapes
from kerasflow.core.graph import convert
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import float64
from kerasflow.losses.align import align_weights, as_columns, as_tensors, quotient
from kerasflow.metrics.base import Metric
from kerasflow.metrics.means import StandardMean
from kerasflow.metrics.state import State

__all__ = [
    "CosineSimilarity",
    "LogCoshError",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "R2Score",
    "RootMeanSquaredError",
]


class MeanSquaredError(StandardMean):
    """The mean of ``(y - p)^2``; see `losses.mse`, and `Metric` for the arguments.

    >>> metric = tf.keras.metrics.MeanSquaredError()
    >>> metric.update_state([[0.0], [1.0]], [[1.0], [3.0]])
    >>> float(metric.result())
    2.5
    """

    _direction = "down"

    fn = staticmethod(losses.mse)
    default_name = "mean_squared_error"


class RootMeanSquaredError(StandardMean):
    """The root of the mean of ``(y - p)^2``, in the unit of y; see `Metric` for the arguments.

    >>> metric = tf.keras.metrics.RootMeanSquaredError()
    >>> metric.update_state([[0.0], [0.0]], [[1.0], [7.0]])
    >>> float(metric.result())
    5.0
    """

    _direction = "down"

    fn = staticmethod(losses.mse)
    default_name = "root_mean_squared_error"

    def result(self) -> Any:
        """The root of the mean so far."""
        return ops.sqrt(super().result())


class MeanAbsoluteError(StandardMean):
    """The mean of ``|y - p|``, in the unit of y; see `losses.mean_absolute_error`, and `Metric` for the arguments.

    >>> metric = tf.keras.metrics.MeanAbsoluteError()
    >>> metric.update_state([[0.0], [1.0]], [[1.0], [3.0]])
    >>> float(metric.result())
    1.5
    """

    _direction = "down"

    fn = staticmethod(losses.mean_absolute_error)
    default_name = "mean_absolute_error"


class MeanAbsolutePercentageError(StandardMean):
    """The mean of ``100 |y - p| / |y|``; see `losses.mean_absolute_percentage_error`, and `Metric` for the arguments.

    >>> metric = tf.keras.metrics.MeanAbsolutePercentageError()
    >>> metric.update_state([[2.0], [1.0]], [[3.0], [3.0]])
    >>> float(metric.result())
    125.0
    """

    _direction = "down"

    fn = staticmethod(losses.mean_absolute_percentage_error)
    default_name = "mean_absolute_percentage_error"


class MeanSquaredLogarithmicError(StandardMean):
    """The mean of ``(log(1 + y) - log(1 + p))^2``; see `losses.mean_squared_logarithmic_error`, and `Metric`.

    >>> metric = tf.keras.metrics.MeanSquaredLogarithmicError()
    >>> metric.update_state([[3.0]], [[1.0]])
    >>> round(float(metric.result()), 4)  # (log 2)^2
    0.4805
    """

    _direction = "down"

    fn = staticmethod(losses.mean_squared_logarithmic_error)
    default_name = "mean_squared_logarithmic_error"


class LogCoshError(StandardMean):
    """The mean of ``log(cosh(p - y))``; see `losses.log_cosh`, and `Metric` for the arguments.

    >>> metric = tf.keras.metrics.LogCoshError()
    >>> metric.update_state([[0.0]], [[1.0]])
    >>> round(float(metric.result()), 4)
    0.4338
    """

    _direction = "down"

    fn = staticmethod(losses.log_cosh)
    default_name = "logcosh"


class Poisson(StandardMean):
    """The mean of ``p - y log p``; see `losses.poisson`, and `Metric` for the arguments.

    >>> metric = tf.keras.metrics.Poisson()
    >>> metric.update_state([[0.0], [0.0]], [[1.0], [3.0]])
    >>> float(metric.result())
    2.0
    """

    _direction = "down"

    fn = staticmethod(losses.poisson)
    default_name = "poisson"


def _cosine(y_true: Any, y_pred: Any, axis: int) -> Tensor:
    return -losses.cosine_similarity(y_true, y_pred, axis)


class CosineSimilarity(StandardMean):
    """The mean cosine of the angles between vectors: 1 where they point the same way; see `Metric`.

    The loss of this name has the opposite sign.

    Args:
        name, dtype: see `Metric`.
        axis: the axis along which a vector's elements lie.

    >>> metric = tf.keras.metrics.CosineSimilarity()
    >>> metric.update_state([[1.0, 0.0], [1.0, 1.0]], [[2.0, 0.0], [1.0, -1.0]])
    >>> float(metric.result())
    0.5
    """

    _direction = "up"

    fn = staticmethod(_cosine)
    elementwise = False
    default_name = "cosine_similarity"

    def __init__(self, name: str | None = None, dtype: Any = None, axis: int = -1) -> None:
        super().__init__(name, dtype, axis=axis)


_AVERAGES = (None, "uniform_average", "variance_weighted_average")


class R2Score(Metric):
    """The coefficient of determination, ``1 - sum((y - p)^2) / sum((y - mean(y))^2)``: 1 is perfect, 0 the mean's.

    Where all targets are equal it is 1 if the predictions are right, else 0. Weights multiply every term.

    Args:
        class_aggregation: for several outputs: "uniform_average", "variance_weighted_average" (by the variance of
            their targets), or None for one score for each.
        num_regressors: the number of features, for the adjusted score ``1 - (1 - R2) (n - 1) / (n - features - 1)``;
            0 for none. With too few rows, n, it is not adjusted.
        name, dtype: see `Metric`.

    Raises:
        ValueError: an argument is none of these.

    >>> metric = tf.keras.metrics.R2Score()
    >>> metric.update_state([[1.0], [2.0], [3.0]], [[1.0], [2.0], [4.0]])
    >>> float(metric.result())
    0.5
    """

    _direction = "up"

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str = "r2_score",
        dtype: Any = None,
    ) -> None:
        if class_aggregation not in _AVERAGES:
            raise ValueError(f"class_aggregation must be one of {_AVERAGES}, got {class_aggregation!r}.")
        if num_regressors < 0:
            raise ValueError(f"num_regressors must be at least 0, got {num_regressors!r}.")
        super().__init__(name, dtype)
        self.class_aggregation = class_aggregation
        self.num_regressors = num_regressors
        self.rows = self.add_weight(name="rows")
        self.sums: State | None = None  # for each output: of weights, targets, their squares, squared errors

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Add a batch of targets and predictions, [rows] or [rows, outputs]."""
        y, p = as_columns(*as_tensors(y_true, y_pred, float64))
        sums = self._sums_of(p.dims)
        w = ops.ones_like(y) if sample_weight is None else align_weights(sample_weight, y) * ops.ones_like(y)
        # The sums of squares are taken around the first target, so that a large mean does not drown the variance.
        origin = ops.where(self.rows > 0.0, self.origin, y[0])
        self.origin.assign(origin)
        from_origin = y - origin
        terms = [w, w * from_origin, w * ops.square(from_origin), w * ops.square(y - p)]
        sums.assign_add(ops.stack([ops.reduce_sum(t, 0) for t in terms]))
        self.rows.assign_add(ops.shape(y)[0])

    def _sums_of(self, dims: shapes.Dims) -> State:
        """The state, which is made when the number of outputs is known."""
        outputs = None if dims is None or len(dims) != 2 else dims[1]
        if outputs is None or self.sums is not None and self.sums.shape != (4, outputs):
            seen = "outputs" if self.sums is None else f"{self.sums.shape[1]}"
            raise ValueError(f"R2Score takes predictions of shape (rows, {seen}), got {shapes.show(dims)}.")
        if self.sums is None:
            self.origin = self.add_weight((outputs,), name="origin")
            self.sums = self.add_weight((4, outputs), name="sums")
        return self.sums

    def result(self) -> Any:
        """The score so far, or one for each output."""
        if self.sums is None:
            raise ValueError("R2Score has no result before it is updated: it does not know the number of outputs.")
        weight, first, second, residual = ops.unstack(convert(self.sums), num=4)
        total = second - quotient(ops.square(first), weight)
        perfect = ops.logical_and(ops.equal(residual, 0.0), weight > 0.0)
        constant = ops.equal(total, 0.0)
        scores = ops.where(constant, ops.cast(perfect, float64), 1.0 - quotient(residual, total))
        if self.class_aggregation is None:
            return self._adjusted(scores)
        mean = ops.reduce_mean(scores)
        if self.class_aggregation == "variance_weighted_average":
            weighted = quotient(ops.reduce_sum(total * scores), ops.reduce_sum(total))
            mean = ops.where(ops.reduce_all(constant), mean, weighted)
        return self._adjusted(mean)

    def _adjusted(self, score: Tensor) -> Tensor:
        if not self.num_regressors:
            return score
        rows = convert(self.rows)
        spare = rows - (self.num_regressors + 1.0)
        return ops.where(spare > 0.0, 1.0 - (1.0 - score) * quotient(rows - 1.0, spare), score)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a metric like this one."""
        own = {"class_aggregation": self.class_aggregation, "num_regressors": self.num_regressors}
        return {**super().get_config(), **own}
