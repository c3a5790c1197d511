"""The area under the curves of receiver operating characteristic and of precision and recall."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasflow.core import ops
from kerasflow.core.graph import convert
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import int32
from kerasflow.losses.align import quotient
from kerasflow.metrics.confusion import Histogram, parse_thresholds

__all__ = ["AUC"]

_CURVES = ("ROC", "PR")
_METHODS = ("interpolation", "majoring", "minoring")
_SLACK = 1e-6  # how far rounding may take a probability out of [0, 1]


class AUC(Histogram):
    """The area under a curve that thresholds trace, of right decisions against wrong ones.

    The curve is known at the thresholds only: with 200 of them and few predictions between any two, the area is right
    to a few thousandths. It is NaN where one of the two classes is missing (for "PR" the positive one), and where a
    prediction is NaN or no probability.

    Args:
        num_thresholds: how many thresholds, evenly spaced over [0, 1] and including both ends, at least 2.
        curve: "ROC", the true positives' rate over the false positives'; or "PR", precision over recall.
        summation_method: how areas between thresholds are taken: "interpolation", the trapezoids (for "PR" as Davis
            and Goadrich, "The Relationship Between Precision-Recall and ROC Curves", 2006); "minoring" and "majoring"
            from the lower and the higher end.
        name, dtype: see `Metric`.
        thresholds: thresholds of one's own, in [0, 1], to which both ends are added.
        from_logits: whether predictions are logits.

    Raises:
        ValueError: an argument is none of these.

    >>> metric = tf.keras.metrics.AUC()
    >>> metric.update_state([0, 0, 1, 1], [0.0, 0.5, 0.3, 0.9])
    >>> float(metric.result())
    0.75
    """

    _direction = "up"

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str | None = None,
        dtype: Any = None,
        thresholds: Sequence[float] | None = None,
        from_logits: bool = False,
    ) -> None:
        if str(curve).upper() not in _CURVES:
            raise ValueError(f"curve must be one of {_CURVES}, got {curve!r}.")
        if str(summation_method).lower() not in _METHODS:
            raise ValueError(f"summation_method must be one of {_METHODS}, got {summation_method!r}.")
        if thresholds is None and not num_thresholds > 1:
            raise ValueError(f"num_thresholds must be at least 2, got {num_thresholds!r}.")
        self._given = None if thresholds is None else sorted(parse_thresholds(thresholds))
        inner = np.linspace(0.0, 1.0, num_thresholds)[1:-1] if self._given is None else np.array(self._given)
        super().__init__(inner, None, name, dtype)
        self.num_thresholds = len(inner) + 2
        self.curve = str(curve).upper()
        self.summation_method = str(summation_method).lower()
        self.from_logits = from_logits

    @property
    def thresholds(self) -> list[float]:
        """The thresholds, with the ends just outside of [0, 1]."""
        return [-1e-7, *self._edges.tolist(), 1.0 + 1e-7]

    def place(self, p: Tensor, w: Tensor) -> tuple[Tensor, Tensor]:
        """How many edges each prediction is above; and its weight, NaN where it is no probability."""
        p = ops.sigmoid(p) if self.from_logits else p
        valid = ops.abs(p - 0.5) <= 0.5 + _SLACK
        p, w = ops.where(valid, p, ops.ones_like(p)), ops.where(valid, w, np.nan * w)
        if self._given is not None:
            return super().place(p, w)
        bucket = ops.ceil(ops.minimum(p, 1.0) * (self.num_thresholds - 1.0)) - 1.0
        return ops.cast(ops.maximum(bucket, 0.0), int32), w

    def cells(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """True and false positives, true and false negatives, at each threshold and both ends."""
        totals = ops.reduce_sum(ops.reshape(convert(self.histogram), [-1, 2]), 0)
        none = ops.zeros_like(totals)
        inner = super().cells()
        first = totals[1:], totals[:1], none[:1], none[1:]
        last = none[1:], none[:1], totals[:1], totals[1:]
        tp, fp, tn, fn = (ops.concat(parts, 0) for parts in zip(first, inner, last, strict=True))
        return tp, fp, tn, fn

    def result(self) -> Any:
        """The area so far."""
        tp, fp, tn, fn = self.cells()
        if self.curve == "PR" and self.summation_method == "interpolation":
            return _interpolated_precision(tp, fp, fn)
        recall = tp / (tp + fn)
        x, y = (fp / (fp + tn), recall) if self.curve == "ROC" else (recall, quotient(tp, tp + fp))
        if self.summation_method == "interpolation":
            heights = (y[:-1] + y[1:]) / 2.0
        else:
            heights = (ops.minimum if self.summation_method == "minoring" else ops.maximum)(y[:-1], y[1:])
        return ops.reduce_sum((x[:-1] - x[1:]) * heights)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a metric like this one."""
        return {
            **super().get_config(),
            "num_thresholds": self.num_thresholds,
            "curve": self.curve,
            "summation_method": self.summation_method,
            "thresholds": self._given,
            "from_logits": self.from_logits,
        }


def _interpolated_precision(tp: Tensor, fp: Tensor, fn: Tensor) -> Tensor:
    """The area under precision over recall, where between two thresholds TP grows in proportion to TP + FP.

    With P = TP + FP and TP = a + b P there, precision is ``a / P + b``, and its integral over TP is
    ``b (dTP + a d log P)``.
    """
    said = tp + fp
    slope = quotient(tp[:-1] - tp[1:], said[:-1] - said[1:])
    intercept = tp[1:] - slope * said[1:]
    both = ops.logical_and(said[:-1] > 0.0, said[1:] > 0.0)
    ratio = ops.where(both, quotient(said[:-1], said[1:]), ops.ones_like(slope))
    increments = slope * (tp[:-1] - tp[1:] + intercept * ops.log(ratio))
    return ops.reduce_sum(increments) / (tp + fn)[0]
