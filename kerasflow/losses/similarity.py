"""The circle loss: vectors of one class together, those of different classes apart."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import ops
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import int32
from kerasflow.losses.align import align_weights, as_tensors, quotient
from kerasflow.losses.base import StandardLoss

__all__ = ["Circle", "circle"]


def circle(
    y_true: Any,
    y_pred: Any,
    ref_labels: Any = None,
    ref_embeddings: Any = None,
    remove_diagonal: bool = True,
    gamma: float = 80.0,
    margin: float = 0.4,
) -> Tensor:
    """``log(1 + sum_n exp(gamma a_n (s_n - m)) sum_p exp(-gamma a_p (s_p - 1 + m)))`` for each row.

    s_p are the cosines between the row and those of its class, s_n those between it and the rest, m is the margin, and
    a_p = max(0, 1 + m - s_p), a_n = max(0, m + s_n). It is 0 for a row that is alone in its class, or whose class is
    alone.

    Args:
        y_true: the number of each row's class, [rows] or [rows, 1].
        y_pred: vectors of length 1, [rows, dimensions].
        ref_labels, ref_embeddings: what the rows are compared with, by default themselves.
        remove_diagonal: whether a row is not compared with that of the same number.
        gamma: the scale.
        margin: m, how far from perfect a cosine may be without weighing.

    Source: Sun et al., "Circle Loss: A Unified Perspective of Pair Similarity Optimization", 2020, equation 6.

    >>> loss = tf.keras.losses.circle([0, 0, 1], [[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]], gamma=2.0)
    >>> tf.Session().run(loss).round(4)
    array([0.4518, 0.7763, 0.    ], dtype=float32)
    """
    labels, x = as_tensors(y_true, y_pred, cast_targets=False)
    labels = ops.reshape(ops.cast(labels, int32), [-1, 1])
    other_labels = labels if ref_labels is None else ops.reshape(ops.cast(ref_labels, int32), [-1, 1])
    others = x if ref_embeddings is None else ops.cast(ref_embeddings, x.dtype)
    distances = ops.maximum(1.0 - ops.matmul(x, others, transpose_b=True), 0.0)
    same = ops.equal(labels, ops.transpose(other_labels))
    near, far = same, ops.logical_not(same)
    if remove_diagonal:
        rows, columns = ops.range(ops.shape(x)[0]), ops.range(ops.shape(others)[0])
        near = ops.logical_and(near, ops.not_equal(ops.expand_dims(rows, 1), ops.expand_dims(columns, 0)))
    to_near = -gamma * (margin + distances) * (margin - distances)
    to_far = gamma * ops.maximum(1.0 + margin - distances, 0.0) * (1.0 - margin - distances)
    return ops.softplus(_log_sum(to_near, near) + _log_sum(to_far, far))


def _log_sum(x: Tensor, there: Tensor) -> Tensor:
    """``log sum exp x`` over those of a row that are there; if none is, a number that no other sum can lift."""
    nothing = ops.fill(ops.shape(x), np.array(-1e9 if x.dtype.size > 2 else -3e4, x.dtype.numpy))
    return ops.reduce_logsumexp(ops.where(there, x, nothing), 1)


class Circle(StandardLoss):
    """The loss `circle`, which has the formula; its mean is taken over the rows where it is above 0, as in Keras.

    Args:
        gamma, margin, remove_diagonal: see `circle`.
        reduction, name, dtype: see `Loss`.

    >>> loss = tf.keras.losses.Circle(gamma=2.0)
    >>> tf.Session().run(loss([0, 0, 1], [[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]])).round(4)
    np.float32(0.6141)
    """

    fn = staticmethod(circle)
    elementwise = False
    integer_targets = True

    def __init__(
        self,
        gamma: float = 80.0,
        margin: float = 0.4,
        remove_diagonal: bool = True,
        reduction: Any = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(reduction, name, dtype, gamma=gamma, margin=margin, remove_diagonal=remove_diagonal)

    def weights(self, values: Tensor, sample_weight: Any) -> Tensor:
        """0 for rows that have no loss; for a mean over all, the others count for them too."""
        counted = ops.cast(values > 0.0, values.dtype)
        if self.reduction == "sum_over_batch_size":
            counted = counted * quotient(ops.cast(ops.size(values), values.dtype), ops.reduce_sum(counted))
        return counted if sample_weight is None else counted * align_weights(sample_weight, values)
