"""Counts of right and wrong decisions at thresholds, and what is made of them.

All these metrics keep one thing: a histogram of the predictions between their thresholds, by label. From it the true
and false positives and negatives at every threshold follow, so an update costs the same for one threshold and for many.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from kerasflow.core import ops
from kerasflow.core.graph import convert
from kerasflow.core.shapes import show
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import float64, int32
from kerasflow.losses.align import align, align_weights, as_tensors, quotient
from kerasflow.metrics.base import Metric
from kerasflow.metrics.state import State

__all__ = [
    "FalseNegatives",
    "FalsePositives",
    "Histogram",
    "Precision",
    "Recall",
    "TrueNegatives",
    "TruePositives",
    "parse_thresholds",
]


_NEVER = -1e10  # below all predictions


def parse_thresholds(thresholds: Any) -> list[float]:
    """The thresholds as a list, 0.5 if there are none. ValueError unless they are numbers in [0, 1]."""
    listed = [0.5] if thresholds is None else np.atleast_1d(np.asarray(thresholds, np.float64)).tolist()
    if not listed or not all(0.0 <= t <= 1.0 for t in listed):
        raise ValueError(f"Thresholds must be in [0, 1], got {thresholds!r}.")
    return listed


class Histogram(Metric):
    """The base of the metrics that count decisions: predictions above a threshold say yes.

    Args:
        thresholds: the thresholds, in any order.
        class_id: the column of targets and predictions to look at; by default all their values count alike.
        name, dtype: see `Metric`.
        top_k: only so many predictions of a row, the largest, can say yes; by default all can.
        by_column: whether the columns of the predictions are counted one by one.
    """

    def __init__(
        self,
        thresholds: Sequence[float],
        class_id: int | None,
        name: str | None,
        dtype: Any,
        top_k: int | None = None,
        by_column: bool = False,
    ) -> None:
        super().__init__(name, dtype)
        self.class_id = class_id
        self.top_k = top_k
        self.histogram: State | None = None
        self._edges = np.sort(np.asarray(thresholds, np.float64))
        # A prediction is above a threshold if it is above at least as many edges as the threshold is.
        self._least = np.searchsorted(self._edges, thresholds, side="right")
        self._size = 2 * (len(self._edges) + 1)
        if not by_column:
            self._start(1)

    def _start(self, columns: int) -> None:
        """Make the state, for the number of columns that are counted one by one; ValueError if it has another."""
        if self.histogram is None:
            self.histogram = self.add_weight((columns * self._size,), name="histogram")
        elif self.histogram.shape != (columns * self._size,):
            held = self.histogram.shape[0] // self._size
            raise ValueError(f"{self.name} takes predictions of {held} columns, got {columns}.")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Add a batch: labels, of which what is above 0 means yes, and probabilities or scores in the same shape."""
        y, p = align(*as_tensors(y_true, y_pred, float64))
        if self.top_k is not None:
            p = ops.where(_among_largest(p, self.top_k), p, ops.fill(ops.shape(p), np.float64(_NEVER)))
        if self.class_id is not None:
            y, p = y[..., self.class_id], p[..., self.class_id]
        w = ops.ones_like(p) if sample_weight is None else align_weights(sample_weight, p) * ops.ones_like(p)
        bucket, w = self.place(p, w)
        self.count(2 * bucket + ops.cast(y > 0.0, int32), w)

    def count(self, bucket: Tensor, w: Tensor) -> None:
        """Add weights to the buckets."""
        self.histogram.assign_add(ops.unsorted_segment_sum(w, bucket, self._size))

    def place(self, p: Tensor, w: Tensor) -> tuple[Tensor, Tensor]:
        """How many edges each prediction is above; and its weight. What is NaN is above all, with the weight NaN."""
        w = ops.where(ops.is_nan(p), p, w)
        if len(self._edges) == 1:
            return ops.cast(ops.logical_not(p <= float(self._edges[0])), int32), w
        above = ops.logical_not(ops.expand_dims(p, -1) <= convert(self._edges))
        return ops.reduce_sum(ops.cast(above, int32), -1), w

    def cells(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """True and false positives, true and false negatives, at each threshold."""
        above = ops.cumsum(ops.reshape(convert(self.histogram), [-1, 2]), 0, reverse=True)
        positives = ops.gather(above, self._least)
        negatives = above[0] - positives
        return positives[:, 1], positives[:, 0], negatives[:, 0], negatives[:, 1]


def _among_largest(p: Tensor, k: int) -> Tensor:
    """Whether a prediction is among the k largest of its row; of equal ones the first are."""
    columns = p.dims[-1] if p.dims else None
    if columns is None:
        raise ValueError(f"top_k needs predictions of known width, got shape {show(p.dims)}.")
    if not 1 <= k <= columns:
        raise ValueError(f"top_k must be from 1 to {columns}, the width of the predictions, got {k!r}.")
    _, largest = ops.top_k(p, k)
    return ops.reduce_sum(ops.one_hot(largest, columns, dtype=float64), -2) > 0.0


class _AtThresholds(Histogram):
    """One number at each threshold; a single one if there is one threshold."""

    def __init__(
        self,
        thresholds: Any = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
        top_k: int | None = None,
    ) -> None:
        any_number = thresholds is None and top_k is not None
        self.thresholds = [_NEVER] if any_number else parse_thresholds(thresholds)
        super().__init__(self.thresholds, class_id, name, dtype, top_k)

    def at_thresholds(self) -> Tensor:
        """The numbers."""
        raise NotImplementedError

    def result(self) -> Any:
        """The number so far, or one for each threshold."""
        values = self.at_thresholds()
        return values[0] if len(self.thresholds) == 1 else values

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a metric like this one."""
        thresholds = None if self.thresholds == [_NEVER] else self.thresholds
        return {**super().get_config(), "thresholds": thresholds, "class_id": self.class_id}


class _OfLargest(_AtThresholds):
    """With the arguments in Keras's order."""

    def __init__(
        self,
        thresholds: Any = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(thresholds, class_id, name, dtype, top_k)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a metric like this one."""
        return {**super().get_config(), "top_k": self.top_k}


class Precision(_OfLargest):
    """Of the predictions that say yes, how many are right: ``TP / (TP + FP)``, 0 if there are none.

    Args:
        thresholds: predictions above it say yes; a number or a list, by default 0.5, or none with `top_k`.
        top_k: only so many predictions of a row, the largest, can say yes.
        class_id: the column to look at; by default all values count alike.
        name, dtype: see `Metric`.

    Raises:
        ValueError: a threshold is outside of [0, 1], or `top_k` is more than there are columns.

    >>> metric = tf.keras.metrics.Precision()
    >>> metric.update_state([0, 1, 1, 1], [0.6, 0.7, 0.2, 0.8])
    >>> round(float(metric.result()), 4)
    0.6667
    """

    _direction = "up"

    def at_thresholds(self) -> Tensor:
        """The precision at each threshold."""
        tp, fp, _, _ = self.cells()
        return quotient(tp, tp + fp)


class Recall(_OfLargest):
    """Of the labels that are yes, how many are found: ``TP / (TP + FN)``, 0 if there are none.

    Args:
        thresholds: predictions above it say yes; a number or a list, by default 0.5, or none with `top_k`.
        top_k: only so many predictions of a row, the largest, can say yes.
        class_id: the column to look at; by default all values count alike.
        name, dtype: see `Metric`.

    Raises:
        ValueError: a threshold is outside of [0, 1], or `top_k` is more than there are columns.

    >>> metric = tf.keras.metrics.Recall(thresholds=[0.5, 0.1])
    >>> metric.update_state([0, 1, 1, 1], [0.6, 0.7, 0.2, 0.8])
    >>> metric.result().round(4)
    array([0.6667, 1.    ])
    """

    _direction = "up"

    def at_thresholds(self) -> Tensor:
        """The recall at each threshold."""
        tp, _, _, fn = self.cells()
        return quotient(tp, tp + fn)


class _Count(_AtThresholds):
    cell: ClassVar[int]

    def __init__(self, thresholds: Any = None, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(thresholds, None, name, dtype)

    def at_thresholds(self) -> Tensor:
        """The weighted count at each threshold."""
        return self.cells()[self.cell]

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a metric like this one."""
        config = super().get_config()
        del config["class_id"]
        return config


class TruePositives(_Count):
    """The number (or weight) of labels that are yes where predictions say yes.

    Args:
        thresholds: predictions above it say yes; a number or a list, by default 0.5.
        name, dtype: see `Metric`.

    >>> metric = tf.keras.metrics.TruePositives()
    >>> metric.update_state([0, 1, 1, 1], [0.6, 0.7, 0.2, 0.8])
    >>> float(metric.result())
    2.0
    """

    _direction = "up"

    cell = 0


class FalsePositives(_Count):
    """The number (or weight) of labels that are no where predictions say yes.

    Args:
        thresholds: predictions above it say yes; a number or a list, by default 0.5.
        name, dtype: see `Metric`.

    >>> metric = tf.keras.metrics.FalsePositives()
    >>> metric.update_state([0, 1, 1, 1], [0.6, 0.7, 0.2, 0.8])
    >>> float(metric.result())
    1.0
    """

    _direction = "down"

    cell = 1


class TrueNegatives(_Count):
    """The number (or weight) of labels that are no where predictions say no.

    Args:
        thresholds: predictions above it say yes; a number or a list, by default 0.5.
        name, dtype: see `Metric`.

    >>> metric = tf.keras.metrics.TrueNegatives()
    >>> metric.update_state([0, 1, 1, 1], [0.6, 0.7, 0.2, 0.8])
    >>> float(metric.result())
    0.0
    """

    _direction = "up"

    cell = 2


class FalseNegatives(_Count):
    """The number (or weight) of labels that are yes where predictions say no.

    Args:
        thresholds: predictions above it say yes; a number or a list, by default 0.5.
        name, dtype: see `Metric`.

    >>> metric = tf.keras.metrics.FalseNegatives()
    >>> metric.update_state([0, 1, 1, 1], [0.6, 0.7, 0.2, 0.8])
    >>> float(metric.result())
    1.0
    """

    _direction = "down"

    cell = 3
