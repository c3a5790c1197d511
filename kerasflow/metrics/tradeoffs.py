"""The best of one rate that a given value of another allows: recall at a precision, and the like."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from kerasflow.core import ops
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import int32
from kerasflow.losses.align import quotient
from kerasflow.metrics.confusion import Histogram

__all__ = ["PrecisionAtRecall", "RecallAtPrecision", "SensitivityAtSpecificity", "SpecificityAtSensitivity"]


class _Tradeoff(Histogram):
    """The largest value of one rate among the thresholds at which another is at least as large as asked for."""

    _direction = "up"
    given: ClassVar[str]  # the name of the constructor's argument

    def __init__(
        self, value: float, num_thresholds: int = 200, class_id: int | None = None, name: str | None = None,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        if not 0 <= value <= 1:
            raise ValueError(f"{self.given} must be in [0, 1], got {value!r}.")
        if isinstance(num_thresholds, bool) or not isinstance(num_thresholds, int) or num_thresholds < 1:
            raise ValueError(f"num_thresholds must be a positive integer, got {num_thresholds!r}.")
        thresholds = np.linspace(0.0, 1.0, num_thresholds) if num_thresholds > 1 else np.array([0.5])
        super().__init__(thresholds, class_id, name, dtype)
        self.value = value
        self.num_thresholds = num_thresholds
        setattr(self, self.given, value)

    def place(self, p: Tensor, w: Tensor) -> tuple[Tensor, Tensor]:
        """How many thresholds each prediction is above; and its weight, NaN where it is NaN."""
        if self.num_thresholds == 1:
            return super().place(p, w)
        last = self.num_thresholds - 1.0
        nan = ops.is_nan(p)
        above = ops.ceil(ops.clip_by_value(ops.where(nan, ops.ones_like(p), p), -1.0, 2.0) * last)
        return ops.cast(ops.clip_by_value(above, 0.0, last + 1.0), int32), ops.where(nan, p, w)

    def rates(self) -> tuple[Tensor, Tensor]:
        """At each threshold the rate that is given, and the one that is wanted."""
        raise NotImplementedError

    def result(self) -> Any:
        """The best rate so far, 0 if no threshold will do."""
        given, wanted = self.rates()
        enough = ops.logical_not(given < self.value)  # or NaN, which shows in the result
        return ops.reduce_max(ops.where(enough, wanted, ops.zeros_like(wanted)))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a metric like this one."""
        own = {self.given: self.value, "num_thresholds": self.num_thresholds, "class_id": self.class_id}
        return {**super().get_config(), **own}


class SensitivityAtSpecificity(_Tradeoff):
    """The largest ``TP / (TP + FN)`` where ``TN / (TN + FP)`` is at least `specificity`; 0 if it nowhere is.

    Args:
        specificity: in [0, 1].
        num_thresholds: how many thresholds are tried, evenly spaced over [0, 1].
        class_id: the column to look at; by default all values count alike.
        name, dtype: see `Metric`.

    Raises:
        ValueError: an argument is out of range.

    >>> metric = tf.keras.metrics.SensitivityAtSpecificity(0.5)
    >>> metric.update_state([0, 0, 0, 1, 1], [0.0, 0.3, 0.8, 0.3, 0.8])
    >>> float(metric.result())
    0.5
    """

    given = "specificity"

    def __init__(self, specificity: float, *args: Any, **kwargs: Any) -> None:
        super().__init__(specificity, *args, **kwargs)

    def rates(self) -> tuple[Tensor, Tensor]:
        """Specificity and sensitivity."""
        tp, fp, tn, fn = self.cells()
        return quotient(tn, tn + fp), quotient(tp, tp + fn)


class SpecificityAtSensitivity(_Tradeoff):
    """The largest ``TN / (TN + FP)`` where ``TP / (TP + FN)`` is at least `sensitivity`; 0 if it nowhere is.

    Args:
        sensitivity: in [0, 1].
        num_thresholds, class_id, name, dtype: see `SensitivityAtSpecificity`.

    >>> metric = tf.keras.metrics.SpecificityAtSensitivity(0.5)
    >>> metric.update_state([0, 0, 0, 1, 1], [0.0, 0.3, 0.8, 0.3, 0.8])
    >>> round(float(metric.result()), 4)
    0.6667
    """

    given = "sensitivity"

    def __init__(self, sensitivity: float, *args: Any, **kwargs: Any) -> None:
        super().__init__(sensitivity, *args, **kwargs)

    def rates(self) -> tuple[Tensor, Tensor]:
        """Sensitivity and specificity."""
        tp, fp, tn, fn = self.cells()
        return quotient(tp, tp + fn), quotient(tn, tn + fp)


class PrecisionAtRecall(_Tradeoff):
    """The largest ``TP / (TP + FP)`` where ``TP / (TP + FN)`` is at least `recall`; 0 if it nowhere is.

    Args:
        recall: in [0, 1].
        num_thresholds, class_id, name, dtype: see `SensitivityAtSpecificity`.

    >>> metric = tf.keras.metrics.PrecisionAtRecall(0.5)
    >>> metric.update_state([0, 0, 0, 1, 1], [0.0, 0.3, 0.8, 0.3, 0.8])
    >>> float(metric.result())
    0.5
    """

    given = "recall"

    def __init__(self, recall: float, *args: Any, **kwargs: Any) -> None:
        super().__init__(recall, *args, **kwargs)

    def rates(self) -> tuple[Tensor, Tensor]:
        """Recall and precision."""
        tp, fp, _, fn = self.cells()
        return quotient(tp, tp + fn), quotient(tp, tp + fp)


class RecallAtPrecision(_Tradeoff):
    """The largest ``TP / (TP + FN)`` where ``TP / (TP + FP)`` is at least `precision`; 0 if it nowhere is.

    Args:
        precision: in [0, 1].
        num_thresholds, class_id, name, dtype: see `SensitivityAtSpecificity`.

    >>> metric = tf.keras.metrics.RecallAtPrecision(0.8)
    >>> metric.update_state([0, 0, 1, 1], [0.0, 0.5, 0.3, 0.9])
    >>> float(metric.result())
    0.5
    """

    given = "precision"

    def __init__(self, precision: float, *args: Any, **kwargs: Any) -> None:
        super().__init__(precision, *args, **kwargs)

    def rates(self) -> tuple[Tensor, Tensor]:
        """Precision and recall."""
        tp, fp, _, fn = self.cells()
        return quotient(tp, tp + fp), quotient(tp, tp + fn)
