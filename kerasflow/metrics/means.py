"""`Mean` and `Sum`, and the mean of any function as a metric."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from kerasflow.core import ops
from kerasflow.core.graph import convert
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import DType, float64
from kerasflow.losses.align import align_weights, as_columns, as_tensors, quotient
from kerasflow.losses.base import Loss
from kerasflow.metrics.base import Metric

__all__ = ["Mean", "MeanMetricWrapper", "StandardMean", "Sum"]


class Sum(Metric):
    """The sum of values, ``sum(w v)``; see `Metric` for the arguments and for its use with tensors and arrays.

    >>> metric = tf.keras.metrics.Sum()
    >>> metric.update_state([1.0, 2.0])
    >>> metric.update_state([3.0, 4.0], sample_weight=[1.0, 0.5])
    >>> float(metric.result())
    8.0
    """

    def __init__(self, name: str = "sum", dtype: Any = None) -> None:
        super().__init__(name, dtype)
        self.total = self.add_weight(name="total")

    def update_state(self, values: Any, sample_weight: Any = None) -> Any:
        """Add values, weighted."""
        values = ops.cast(values, float64)
        if sample_weight is not None:
            values = values * align_weights(sample_weight, values)
        self.total.assign_add(ops.reduce_sum(values))

    def result(self) -> Any:
        """The sum so far."""
        return self.total


class Mean(Metric):
    """The mean of values, ``sum(w v) / sum(w)``, 0 where there are none; see `Metric` for the arguments.

    Of a sample with several values their mean counts.

    >>> metric = tf.keras.metrics.Mean()
    >>> metric.update_state([1.0, 2.0])
    >>> metric.update_state([3.0, 4.0], sample_weight=[1.0, 0.0])
    >>> float(metric.result())
    2.0
    """

    def __init__(self, name: str = "mean", dtype: Any = None) -> None:
        super().__init__(name, dtype)
        self.total = self.add_weight(name="total")
        self.count = self.add_weight(name="count")

    def update_state(self, values: Any, sample_weight: Any = None) -> Any:
        """Add values, weighted."""
        values = ops.cast(values, float64)
        if sample_weight is None:
            values = _per_sample(values)
            self.count.assign_add(ops.size(values))
        else:
            weights = align_weights(sample_weight, values)
            values = _per_sample(values * weights)
            weights = _per_sample(weights)
            alone = weights.dims == () != values.dims
            self.count.assign_add(weights * ops.cast(ops.size(values), float64) if alone else ops.reduce_sum(weights))
        self.total.assign_add(ops.reduce_sum(values))

    def result(self) -> Any:
        """The mean so far."""
        return quotient(convert(self.total), convert(self.count))


def _per_sample(values: Tensor) -> Tensor:
    """The means over all axes but the first; as they are where there is only one value per sample."""
    if values.dims is None or all(d == 1 for d in values.dims[1:]):
        return values
    return ops.reduce_mean(values, list(range(1, len(values.dims))))


class MeanMetricWrapper(Mean):
    """The mean of any function of targets and predictions; see `Metric` for its use with tensors and arrays.

    Args:
        fn: a function ``(y_true, y_pred, **kwargs)`` that gives one value per sample; or one for the batch, which
            then counts by the batch's number of rows. A `Loss` will do too.
        name, dtype: see `Metric`; by default the name is the function's.
        kwargs: passed on to `fn`.

    Raises:
        TypeError: `fn` cannot be called.

    >>> metric = tf.keras.metrics.MeanMetricWrapper(lambda y, p: tf.cast(p > y, tf.float32), name="above")
    >>> metric.update_state([1.0, 2.0, 3.0], [0.0, 3.0, 4.0])
    >>> float(metric.result()).__round__(4)
    0.6667
    """

    def __init__(self, fn: Callable[..., Any], name: str | None = None, dtype: Any = None, **kwargs: Any) -> None:
        if not callable(fn):
            raise TypeError(f"A metric's function must be callable, got {fn!r}.")
        super().__init__(name or getattr(fn, "name", None) or getattr(fn, "__name__", type(fn).__name__), dtype)
        self.fn = fn
        self.kwargs = kwargs
        self._direction = "down" if isinstance(fn, Loss) else None

    def values(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """What the function gives."""
        if isinstance(self.fn, Loss):
            return self.fn.call(y_true, y_pred)
        return self.fn(y_true, y_pred, **self.kwargs)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Add a batch."""
        labels = getattr(self.fn, "integer_targets", False)
        y_true, y_pred = as_tensors(y_true, y_pred, cast_targets=not labels)
        values = convert(self.values(y_true, y_pred))
        if values.dims == ():
            sample_weight = ops.shape(y_pred)[0] if sample_weight is None else ops.reduce_sum(convert(sample_weight))
            sample_weight = ops.cast(sample_weight, float64)
        return super().update_state(values, sample_weight)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a metric like this one; the function is there by its name."""
        return {**super().get_config(), "fn": getattr(self.fn, "__name__", type(self.fn).__name__), **self.kwargs}


class StandardMean(Mean):
    """The base of the means that come with the library: a function of theirs and its parameters."""

    fn: ClassVar[Callable[..., Any]]
    elementwise: ClassVar[bool] = True  # whether a vector of n numbers is n samples; else it is one sample
    integer_targets: ClassVar[bool] = False  # whether targets are left as they are
    computes_in: ClassVar[DType | None] = None  # the type, by default that of the predictions
    default_name: ClassVar[str]

    def __init__(self, name: str | None = None, dtype: Any = None, **parameters: Any) -> None:
        super().__init__(name or type(self).default_name, dtype)
        self.parameters = parameters

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Add a batch."""
        y_true, y_pred = as_tensors(y_true, y_pred, self.computes_in, not self.integer_targets)
        if self.elementwise:
            y_true, y_pred = as_columns(y_true, y_pred)
        return super().update_state(type(self).fn(y_true, y_pred, **self.parameters), sample_weight)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a metric like this one."""
        return {**super().get_config(), **self.parameters}
