"""Losses of how far two regions, or two sets of labels, overlap."""

from __future__ import annotations

from typing import Any

from kerasflow.core import ops
from kerasflow.core.tensor import Tensor
from kerasflow.losses.align import align, as_tensors, epsilon
from kerasflow.losses.base import StandardLoss

__all__ = ["Dice", "Tversky", "dice", "tversky"]


def dice(y_true: Any, y_pred: Any, axis: Any = None) -> Tensor:
    """``1 - 2 sum(y p) / (sum(y) + sum(p))``.

    Args:
        y_true, y_pred: y and p, labels and probabilities in [0, 1], in one shape.
        axis: the axes of the sums; by default all, which gives one number for the batch.

    Raises:
        ValueError: the shapes differ.

    Source: Dice, "Measures of the Amount of Ecologic Association Between Species", 1945.

    >>> tf.Session().run(tf.keras.losses.dice([[1.0, 1.0], [0.0, 1.0]], [[1.0, 0.0], [0.0, 0.0]], axis=1)).round(4)
    array([0.3333, 1.    ], dtype=float32)
    """
    y, p = align(*as_tensors(y_true, y_pred))
    axis = list(axis) if isinstance(axis, (list, tuple)) else axis
    common = ops.reduce_sum(y * p, axis)
    return 1.0 - 2.0 * common / (ops.reduce_sum(y, axis) + ops.reduce_sum(p, axis) + epsilon(p.dtype))


def tversky(y_true: Any, y_pred: Any, alpha: float = 0.5, beta: float = 0.5, axis: Any = None) -> Tensor:
    """``1 - c / (c + alpha sum(y (1 - p)) + beta sum((1 - y) p))``, with c = sum(y p).

    Args:
        y_true, y_pred: y and p, labels and probabilities in [0, 1], in one shape.
        alpha: how much labels count that are missed.
        beta: how much predictions count that are wrong. With both 0.5 it is `dice`.
        axis: the axes of the sums; by default all, which gives one number for the batch.

    Raises:
        ValueError: the shapes differ.

    Source: Salehi, Erdogmus and Gholipour, "Tversky Loss Function for Image Segmentation Using 3D Fully Convolutional
    Deep Networks", 2017.

    >>> tf.Session().run(tf.keras.losses.tversky([1.0, 1.0, 0.0], [1.0, 0.0, 0.0], alpha=0.25)).round(4)
    np.float32(0.2)
    """
    y, p = align(*as_tensors(y_true, y_pred))
    axis = list(axis) if isinstance(axis, (list, tuple)) else axis
    common = ops.reduce_sum(y * p, axis)
    missed, wrong = ops.reduce_sum(y * (1.0 - p), axis), ops.reduce_sum((1.0 - y) * p, axis)
    return 1.0 - common / (common + missed * alpha + wrong * beta + epsilon(p.dtype))


class Dice(StandardLoss):
    """The loss `dice`; see there for the formula and `axis`, and `Loss` for the other arguments.

    >>> tf.Session().run(tf.keras.losses.Dice()([[1.0, 1.0]], [[1.0, 0.0]])).round(4)
    np.float32(0.3333)
    """

    fn = staticmethod(dice)
    elementwise = False

    def __init__(
        self,
        reduction: Any = "sum_over_batch_size",
        name: str | None = None,
        axis: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(reduction, name, dtype, axis=axis)


class Tversky(StandardLoss):
    """The loss `tversky`; see there for the formula and its arguments, and `Loss` for the others.

    >>> tf.Session().run(tf.keras.losses.Tversky(alpha=0.25)([[1.0, 1.0, 0.0]], [[1.0, 0.0, 0.0]])).round(4)
    np.float32(0.2)
    """

    fn = staticmethod(tversky)
    elementwise = False

    def __init__(
        self,
        alpha: float = 0.5,
        beta: float = 0.5,
        reduction: Any = "sum_over_batch_size",
        name: str | None = None,
        axis: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(reduction, name, dtype, alpha=alpha, beta=beta, axis=axis)
