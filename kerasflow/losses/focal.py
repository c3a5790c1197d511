"""Losses for classes of which some are rare, hard or wrongly labelled."""

from __future__ import annotations

from typing import Any

from kerasflow.core import ops
from kerasflow.core.tensor import Tensor
from kerasflow.losses.align import align, as_tensors, epsilon
from kerasflow.losses.base import StandardLoss
from kerasflow.losses.crossentropy import class_numbers, need_classes, smooths, sums_to_one

__all__ = [
    "BinaryFocalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalGeneralizedCrossEntropy",
    "binary_focal_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy",
]


def _clipped(p: Tensor) -> Tensor:
    least = epsilon(p.dtype)
    return ops.minimum(ops.maximum(p, least), 1.0 - least)


def binary_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """The mean over an axis of ``-(1 - q)^gamma (y log p + (1 - y) log(1 - p))``, with q = y p + (1 - y) (1 - p).

    Args:
        y_true: y, labels of 0 and 1, [..., outputs].
        y_pred: p, probabilities, or logits x with p = 1 / (1 + exp(-x)), in the same shape.
        apply_class_balancing: whether positive labels are weighted by `alpha` and negative ones by ``1 - alpha``.
        alpha: the weight of positive labels.
        gamma: how much less a label counts that is predicted well; 0 for the cross-entropy itself.
        from_logits: whether `y_pred` are logits.
        label_smoothing: s in [0, 1]: labels count as ``y (1 - s) + s / 2``.
        axis: the axis of the mean.

    Raises:
        ValueError: the shapes differ, or `label_smoothing` is outside of [0, 1].

    Source: Lin et al., "Focal Loss for Dense Object Detection", 2017, equation 4.

    >>> tf.Session().run(tf.keras.losses.binary_focal_crossentropy([[1.0]], [[0.5]])).round(4)  # log 2 / 4
    array([0.1733], dtype=float32)
    """
    y, p = align(*as_tensors(y_true, y_pred))
    if smooths(label_smoothing):
        y = y * (1.0 - label_smoothing) + 0.5 * label_smoothing
    p = ops.sigmoid(p) if from_logits else p
    clipped = _clipped(p)
    entropy = -(y * ops.log(clipped) + (1.0 - y) * ops.log(1.0 - clipped))
    values = (1.0 - (y * p + (1.0 - y) * (1.0 - p))) ** gamma * entropy
    if apply_class_balancing:
        values = (y * alpha + (1.0 - y) * (1.0 - alpha)) * values
    return ops.reduce_mean(values, axis)


def categorical_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    alpha: Any = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """``-sum_k alpha_k (1 - p_k)^gamma y_k log p_k`` over the classes k.

    Args:
        y_true: y, the true class as ones and zeros, [..., classes].
        y_pred: p, probabilities, scaled to sum to 1; or logits x with p = softmax(x); in the same shape.
        alpha: a weight for all classes, or a list of one for each.
        gamma: how much less a class counts that is predicted well; 0 for the weighted cross-entropy.
        from_logits: whether `y_pred` are logits.
        label_smoothing: s in [0, 1]: labels count as ``y (1 - s) + s / classes``.
        axis: the axis of the classes.

    Raises:
        ValueError: the shapes differ, there is only one class, or `label_smoothing` is outside of [0, 1].

    Source: Lin et al., "Focal Loss for Dense Object Detection", 2017, equation 5, for several classes.

    >>> loss = tf.keras.losses.categorical_focal_crossentropy([[0.0, 1.0]], [[0.5, 0.5]], alpha=1.0)
    >>> tf.Session().run(loss).round(4)
    array([0.1733], dtype=float32)
    """
    y, p = align(*as_tensors(y_true, y_pred))
    need_classes("categorical_focal_crossentropy", p, axis)
    if smooths(label_smoothing):
        classes = ops.cast(ops.shape(p)[axis], p.dtype)
        y = y * (1.0 - label_smoothing) + label_smoothing / classes
    p = ops.softmax(p, axis) if from_logits else p
    p = _clipped(sums_to_one(p, axis))
    return ops.reduce_sum((1.0 - p) ** gamma * alpha * -y * ops.log(p), axis)


def categorical_generalized_cross_entropy(y_true: Any, y_pred: Any, q: float) -> Tensor:
    """``(1 - p_y^q) / q``, where y is the number of the true class: between cross-entropy and the absolute error.

    Args:
        y_true: y, whole numbers from 0 to classes - 1, [...] or [..., 1].
        y_pred: p, probabilities, [..., classes].
        q: in (0, 1): near 0 it is the cross-entropy, near 1 the absolute error, which wrong labels harm less.

    Raises:
        ValueError: the shapes do not fit, or `q` is out of range.

    Source: Zhang and Sabuncu, "Generalized Cross Entropy Loss for Training Deep Neural Networks with Noisy Labels",
    2018, equation 6.

    >>> tf.Session().run(tf.keras.losses.categorical_generalized_cross_entropy([1], [[0.75, 0.25]], 0.5))
    array([1.], dtype=float32)
    """
    if not 0 < q < 1:
        raise ValueError(f"q must be between 0 and 1, got {q!r}.")
    y, p = as_tensors(y_true, y_pred, cast_targets=False)
    need_classes("categorical_generalized_cross_entropy", p, -1)
    hot = ops.one_hot(class_numbers(y, p, -1), ops.shape(p)[-1], dtype=p.dtype)
    return (1.0 - ops.reduce_sum(p * hot, -1) ** q) / q


class BinaryFocalCrossentropy(StandardLoss):
    """The mean of `binary_focal_crossentropy`, which has the formula and the arguments; see `Loss` for the others.

    >>> tf.Session().run(tf.keras.losses.BinaryFocalCrossentropy(gamma=0.0)([[1.0]], [[0.5]])).round(4)
    np.float32(0.6931)
    """

    fn = staticmethod(binary_focal_crossentropy)

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: Any = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        own = {"apply_class_balancing": apply_class_balancing, "alpha": alpha, "gamma": gamma, "axis": axis}
        own |= {"from_logits": from_logits, "label_smoothing": label_smoothing}
        super().__init__(reduction, name, dtype, **own)


class CategoricalFocalCrossentropy(StandardLoss):
    """The mean of `categorical_focal_crossentropy`, which has the formula and the arguments; see `Loss` for the others.

    >>> tf.Session().run(tf.keras.losses.CategoricalFocalCrossentropy(alpha=1.0)([[0.0, 1.0]], [[0.5, 0.5]])).round(4)
    np.float32(0.1733)
    """

    fn = staticmethod(categorical_focal_crossentropy)
    elementwise = False

    def __init__(
        self,
        alpha: Any = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: Any = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        own = {"alpha": alpha, "gamma": gamma, "from_logits": from_logits}
        super().__init__(reduction, name, dtype, label_smoothing=label_smoothing, axis=axis, **own)


class CategoricalGeneralizedCrossEntropy(StandardLoss):
    """The mean of `categorical_generalized_cross_entropy`, which has the formula; see `Loss` for the other arguments.

    >>> tf.Session().run(tf.keras.losses.CategoricalGeneralizedCrossEntropy(0.5)([1], [[0.75, 0.25]]))
    np.float32(1.0)
    """

    fn = staticmethod(categorical_generalized_cross_entropy)
    elementwise = False
    integer_targets = True

    def __init__(
        self, q: float = 0.5, reduction: Any = "sum_over_batch_size", name: str | None = None, dtype: Any = None
    ) -> None:
        if not 0 < q < 1:
            raise ValueError(f"q must be between 0 and 1, got {q!r}.")
        super().__init__(reduction, name, dtype, q=q)
