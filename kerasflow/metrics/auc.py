"""The area under the curves of receiver operating characteristic and of precision and recall."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasflow.core import ops
from kerasflow.core.graph import convert
from kerasflow.core.shapes import show
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import float64, int32
from kerasflow.losses.align import align, align_weights, as_tensors, quotient
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
        multi_label: whether each column is a question of its own: the result is the mean of the columns' areas.
        num_labels: the number of columns, by default that of the first batch.
        label_weights: a weight for each column: in the mean if `multi_label`, else of its values.
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
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: Sequence[float] | None = None,
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
        super().__init__(inner, None, name, dtype, by_column=multi_label)
        self.multi_label, self.num_labels = multi_label, num_labels
        self.label_weights = None if label_weights is None else np.asarray(label_weights, np.float64).tolist()
        if num_labels is not None and not multi_label:
            raise ValueError("num_labels goes with multi_label=True.")
        if num_labels is not None:
            self._start(num_labels)
        self.num_thresholds = len(inner) + 2
        self.curve = str(curve).upper()
        self.summation_method = str(summation_method).lower()
        self.from_logits = from_logits

    @property
    def thresholds(self) -> list[float]:
        """The thresholds, with the ends just outside of [0, 1]."""
        return [-1e-7, *self._edges.tolist(), 1.0 + 1e-7]

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Add a batch: labels, of which what is above 0 means yes, and probabilities in the same shape."""
        if self.multi_label or self.label_weights is not None:
            y_true, y_pred = align(*as_tensors(y_true, y_pred, float64))
            columns = y_pred.dims[-1] if y_pred.dims else None
            if len(y_pred.dims or ()) != 2 or columns is None:
                raise ValueError(f"{self.name} takes predictions of shape (rows, labels), got {show(y_pred.dims)}.")
            if self.label_weights is not None and len(self.label_weights) != columns:
                raise ValueError(f"{self.name} has {len(self.label_weights)} label_weights for {columns} columns.")
            if self.multi_label:
                self._start(columns)
            else:
                given = 1.0 if sample_weight is None else align_weights(sample_weight, y_pred)
                sample_weight = ops.ones_like(y_pred) * given * convert(np.asarray(self.label_weights))
        return super().update_state(y_true, y_pred, sample_weight)

    def count(self, bucket: Tensor, w: Tensor) -> None:
        """Add weights to the buckets, of each column by themselves if that is asked for."""
        if not self.multi_label:
            return super().count(bucket, w)
        columns = self.histogram.shape[0] // self._size
        own = bucket + self._size * ops.range(columns)
        self.histogram.assign_add(ops.unsorted_segment_sum(w, own, columns * self._size))

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
        """True and false positives, true and false negatives, at each threshold and both ends, for each column."""
        if self.histogram is None:
            raise ValueError(f"{self.name} has no result before it is updated: it does not know the number of labels.")
        counts = ops.transpose(ops.reshape(convert(self.histogram), [-1, self._size // 2, 2]), [1, 2, 0])
        above = ops.cumsum(counts, 0, reverse=True)
        inner = ops.gather(above, self._least)
        positives = ops.concat([above[:1], inner, ops.zeros_like(above[:1])], 0)
        negatives = above[0] - positives
        return positives[:, 1], positives[:, 0], negatives[:, 0], negatives[:, 1]

    def result(self) -> Any:
        """The area so far."""
        areas = self._areas()
        if not self.multi_label:
            return areas[0]
        if self.label_weights is None:
            return ops.reduce_mean(areas)
        weights = convert(np.asarray(self.label_weights))
        return ops.reduce_sum(areas * weights) / ops.reduce_sum(weights)

    def _areas(self) -> Tensor:
        """The area of each column."""
        tp, fp, tn, fn = self.cells()
        if self.curve == "PR" and self.summation_method == "interpolation":
            return _interpolated_precision(tp, fp, fn)
        recall = tp / (tp + fn)
        x, y = (fp / (fp + tn), recall) if self.curve == "ROC" else (recall, quotient(tp, tp + fp))
        if self.summation_method == "interpolation":
            heights = (y[:-1] + y[1:]) / 2.0
        else:
            heights = (ops.minimum if self.summation_method == "minoring" else ops.maximum)(y[:-1], y[1:])
        return ops.reduce_sum((x[:-1] - x[1:]) * heights, 0)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a metric like this one."""
        return {
            **super().get_config(),
            "num_thresholds": self.num_thresholds,
            "curve": self.curve,
            "summation_method": self.summation_method,
            "thresholds": self._given,
            "multi_label": self.multi_label,
            "num_labels": self.num_labels,
            "label_weights": self.label_weights,
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
    return ops.reduce_sum(increments, 0) / (tp + fn)[0]
