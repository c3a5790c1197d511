"""Intersection over union: how far predicted classes cover the true ones, from a confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasflow.core import ops
from kerasflow.core.graph import convert
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import float64, int64
from kerasflow.losses.align import as_tensors, quotient
from kerasflow.metrics.base import Metric

__all__ = ["BinaryIoU", "IoU", "MeanIoU", "OneHotIoU", "OneHotMeanIoU"]


class IoU(Metric):
    """The mean over some classes of ``TP / (TP + FP + FN)``, those that neither occur nor are predicted left out.

    Values whose label or prediction is no class do not count.

    Args:
        num_classes: how many classes there are, numbered from 0.
        target_class_ids: which of them are looked at.
        name, dtype: see `Metric`.
        ignore_class: a label whose values do not count.
        sparse_y_true, sparse_y_pred: whether targets and predictions are numbers of classes; else they have a number
            for each class, and the largest counts.
        axis: the axis of the classes in the latter case.

    Raises:
        ValueError: `target_class_ids` has what is no class.

    >>> metric = tf.keras.metrics.IoU(2, [0])
    >>> metric.update_state([0, 0, 1, 1], [0, 1, 0, 1])
    >>> round(float(metric.result()), 4)
    0.3333
    """

    _direction = "up"

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        ids = list(target_class_ids)
        if not ids or not all(0 <= i < num_classes for i in ids):
            raise ValueError(f"target_class_ids must be numbers of classes from 0 to {num_classes - 1}, got {ids}.")
        super().__init__(name, dtype)
        self.num_classes, self.target_class_ids = num_classes, ids
        self.ignore_class = ignore_class
        self.sparse_y_true, self.sparse_y_pred, self.axis = sparse_y_true, sparse_y_pred, axis
        self.matrix = self.add_weight((num_classes**2,), name="confusion_matrix")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Add a batch."""
        y, p = as_tensors(y_true, y_pred, float64)
        y = y if self.sparse_y_true else ops.argmax(y, self.axis)
        p = p if self.sparse_y_pred else ops.argmax(p, self.axis)
        self._add(y, p, sample_weight)

    def _add(self, y: Tensor, p: Tensor, sample_weight: Any) -> None:
        y, p = ops.reshape(ops.cast(y, int64), [-1]), ops.reshape(ops.cast(p, int64), [-1])
        w = ops.ones_like(ops.cast(y, float64))
        if sample_weight is not None:
            w = w * ops.reshape(ops.cast(convert(sample_weight), float64), [-1])
        known = ops.logical_and(_between(y, self.num_classes), _between(p, self.num_classes))
        if self.ignore_class is not None:
            known = ops.logical_and(known, ops.not_equal(y, self.ignore_class))
        cells = ops.where(known, y * self.num_classes + p, ops.zeros_like(y))
        w = ops.where(known, w, ops.zeros_like(w))
        self.matrix.assign_add(ops.unsorted_segment_sum(w, cells, self.num_classes**2))

    def result(self) -> Any:
        """The mean so far."""
        matrix = ops.reshape(convert(self.matrix), [self.num_classes, self.num_classes])
        right = ops.diag_part(matrix)
        union = ops.reduce_sum(matrix, 0) + ops.reduce_sum(matrix, 1) - right
        right, union = ops.gather(right, self.target_class_ids), ops.gather(union, self.target_class_ids)
        there = ops.cast(union > 0.0, float64)
        return quotient(ops.reduce_sum(quotient(right, union)), ops.reduce_sum(there))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a metric like this one."""
        names = ("num_classes", "target_class_ids", "ignore_class", "sparse_y_true", "sparse_y_pred", "axis")
        return {**super().get_config(), **{n: getattr(self, n) for n in names}}


def _between(x: Tensor, count: int) -> Tensor:
    return ops.logical_and(x >= 0, x < count)


class BinaryIoU(IoU):
    """`IoU` of two classes, told apart by a threshold.

    Args:
        target_class_ids: which of the classes 0 and 1 are looked at.
        threshold: predictions that are at least so large are class 1.
        name, dtype: see `Metric`.

    >>> metric = tf.keras.metrics.BinaryIoU(target_class_ids=[0, 1], threshold=0.3)
    >>> metric.update_state([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.7])
    >>> round(float(metric.result()), 4)
    0.3333
    """

    def __init__(
        self,
        target_class_ids: Sequence[int] = (0, 1),
        threshold: float = 0.5,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(2, target_class_ids, name, dtype)
        self.threshold = threshold

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Add a batch: labels of 0 and 1, and probabilities or scores."""
        y, p = as_tensors(y_true, y_pred, float64)
        self._add(y, ops.cast(p >= self.threshold, int64), sample_weight)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a metric like this one."""
        own = {"target_class_ids": self.target_class_ids, "threshold": self.threshold}
        return {**Metric.get_config(self), **own}


class MeanIoU(IoU):
    """`IoU` of all classes; see there for the arguments.

    >>> metric = tf.keras.metrics.MeanIoU(num_classes=2)
    >>> metric.update_state([0, 0, 1, 1], [0, 1, 0, 1])
    >>> round(float(metric.result()), 4)
    0.3333
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        ids = range(num_classes)
        super().__init__(num_classes, ids, name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a metric like this one."""
        config = super().get_config()
        del config["target_class_ids"]
        return config


class OneHotIoU(IoU):
    """`IoU` for labels of ones and zeros; see there for the arguments.

    >>> metric = tf.keras.metrics.OneHotIoU(2, [0])
    >>> metric.update_state([[1, 0], [1, 0], [0, 1]], [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
    >>> round(float(metric.result()), 4)
    0.3333
    """

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a metric like this one."""
        config = super().get_config()
        del config["sparse_y_true"]
        return config


class OneHotMeanIoU(OneHotIoU):
    """`MeanIoU` for labels of ones and zeros; see `IoU` for the arguments.

    >>> metric = tf.keras.metrics.OneHotMeanIoU(num_classes=2)
    >>> metric.update_state([[1, 0], [1, 0], [0, 1]], [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
    >>> round(float(metric.result()), 4)
    0.1667
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, range(num_classes), name, dtype, ignore_class, sparse_y_pred, axis)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a metric like this one."""
        config = super().get_config()
        del config["target_class_ids"]
        return config
