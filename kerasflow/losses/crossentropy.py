"""Losses between probabilities: the cross-entropies and the divergence of Kullback and Leibler, in nats.

Where predictions come straight from a softmax or a sigmoid, the logits in front of it are used, so that nothing is
lost to rounding; other probabilities are kept at least 1e-7 away from 0 and 1.
"""

from __future__ import annotations

from typing import Any

from kerasflow.core import ops, shapes
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import int64
from kerasflow.losses.align import align, as_tensors, epsilon
from kerasflow.losses.base import StandardLoss

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "KLDivergence",
    "SparseCategoricalCrossentropy",
    "binary_crossentropy",
    "categorical_crossentropy",
    "class_numbers",
    "kl_divergence",
    "need_classes",
    "smooths",
    "sparse_categorical_crossentropy",
    "sums_to_one",
]


def binary_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Tensor:
    """The mean over an axis of ``-y log p - (1 - y) log(1 - p)``.

    Args:
        y_true: y, labels of 0 and 1 or probabilities, [..., outputs].
        y_pred: p, probabilities, or logits x with p = 1 / (1 + exp(-x)), in the same shape.
        from_logits: whether `y_pred` are logits.
        label_smoothing: s in [0, 1]: labels count as ``y (1 - s) + s / 2``.
        axis: the axis of the mean.

    Raises:
        ValueError: the shapes differ, or `label_smoothing` is outside of [0, 1].

    >>> loss = tf.keras.losses.binary_crossentropy([[0.0, 1.0], [0.0, 0.0]], [[0.5, 0.5], [0.0, 1.0]])
    >>> tf.Session().run(loss).round(2)
    array([0.69, 7.97], dtype=float32)
    """
    y, p = align(*as_tensors(y_true, y_pred))
    if smooths(label_smoothing):
        y = y * (1.0 - label_smoothing) + 0.5 * label_smoothing
    logits = p if from_logits else _before(p, "Sigmoid")
    if logits is not None:
        return ops.reduce_mean(ops.sigmoid_cross_entropy_with_logits(labels=y, logits=logits), axis)
    least = epsilon(p.dtype)
    p = ops.minimum(ops.maximum(p, least), 1.0 - least)
    return -ops.reduce_mean(y * ops.log(p) + (1.0 - y) * ops.log(1.0 - p), axis)


def categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Tensor:
    """``-sum_k y_k log p_k`` over the classes k.

    Args:
        y_true: y, the true class as ones and zeros, or the probability of each class, [..., classes].
        y_pred: p, probabilities, scaled to sum to 1; or logits x with p = softmax(x); in the same shape.
        from_logits: whether `y_pred` are logits.
        label_smoothing: s in [0, 1]: labels count as ``y (1 - s) + s / classes``.
        axis: the axis of the classes.

    Raises:
        ValueError: the shapes differ, there is only one class, or `label_smoothing` is outside of [0, 1].

    >>> loss = tf.keras.losses.categorical_crossentropy([[0.0, 1.0, 0.0]], [[0.25, 0.5, 0.25]])
    >>> tf.Session().run(loss).round(4)
    array([0.6931], dtype=float32)
    """
    y, p = align(*as_tensors(y_true, y_pred))
    need_classes("categorical_crossentropy", p, axis)
    if smooths(label_smoothing):
        classes = ops.cast(ops.shape(p)[axis], p.dtype)
        y = y * (1.0 - label_smoothing) + label_smoothing / classes
    logits = p if from_logits else _before(p, "Softmax", axis)
    if logits is not None:
        return ops.softmax_cross_entropy_with_logits_v2(labels=y, logits=logits, axis=axis)
    least = epsilon(p.dtype)
    p = ops.minimum(ops.maximum(sums_to_one(p, axis), least), 1.0 - least)
    return -ops.reduce_sum(y * ops.log(p), axis)


def sparse_categorical_crossentropy(y_true: Any, y_pred: Any, from_logits: bool = False, axis: int = -1) -> Tensor:
    """``-log p_y``, where y is the number of the true class.

    Args:
        y_true: y, whole numbers from 0 to classes - 1, [...] or [..., 1].
        y_pred: p, probabilities, scaled to sum to 1; or logits x with p = softmax(x); [..., classes].
        from_logits: whether `y_pred` are logits.
        axis: the axis of the classes.

    Raises:
        ValueError: the shapes do not fit, or there is only one class.
        InvalidArgumentError: a label is outside of [0, classes).

    >>> loss = tf.keras.losses.sparse_categorical_crossentropy([1, 0], [[0.25, 0.5, 0.25], [0.5, 0.5, 0.0]])
    >>> tf.Session().run(loss).round(4)
    array([0.6931, 0.6931], dtype=float32)
    """
    y, p = as_tensors(y_true, y_pred, cast_targets=False)
    need_classes("sparse_categorical_crossentropy", p, axis)
    y = class_numbers(y, p, axis)
    logits = p if from_logits else _before(p, "Softmax", axis)
    if logits is None:
        logits = ops.log(ops.maximum(sums_to_one(p, axis), epsilon(p.dtype)))
    logits = _classes_last(logits, axis)
    return ops.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)


def kl_divergence(y_true: Any, y_pred: Any) -> Tensor:
    """``sum_k y_k log(y_k / p_k)`` over the last axis; probabilities count as at least 1e-7.

    Args:
        y_true, y_pred: y and p, probabilities, [..., classes], in the same shape.

    Raises:
        ValueError: the shapes differ.

    >>> tf.Session().run(tf.keras.losses.kl_divergence([[0.5, 0.5]], [[0.25, 0.75]])).round(4)
    array([0.1438], dtype=float32)
    """
    y, p = align(*as_tensors(y_true, y_pred))
    least = epsilon(p.dtype)
    y, p = (ops.minimum(ops.maximum(x, least), 1.0) for x in (y, p))
    return ops.reduce_sum(y * ops.log(y / p), -1)


# What they share.


def smooths(label_smoothing: float) -> bool:
    """Whether labels are smoothed. ValueError if the number is out of range."""
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"label_smoothing must be in [0, 1], got {label_smoothing!r}.")
    return label_smoothing > 0


def need_classes(function: str, p: Tensor, axis: int) -> None:
    """ValueError if there is one class only."""
    if p.dims and -len(p.dims) <= axis < len(p.dims) and p.dims[axis] == 1:
        raise ValueError(
            f"{function} needs one prediction per class, got predictions of shape {shapes.show(p.dims)}: with one "
            "class the loss is always 0. For two classes and one output unit use binary_crossentropy."
        )


def _before(p: Tensor, kind: str, axis: int = -1) -> Tensor | None:
    """The logits that `p` was computed from, if it is the output of an operation of that kind."""
    op = getattr(p, "op", None)
    while op is not None and op.type == "Identity":
        op = op.inputs[0].op
    if op is None or op.type != kind:
        return None
    logits: Tensor = op.inputs[0]
    if kind == "Softmax":
        rank = len(logits.dims or ())
        if op.attrs["axis"] != axis and (not rank or (op.attrs["axis"] - axis) % rank):
            return None
    return logits


def sums_to_one(p: Tensor, axis: int) -> Tensor:
    """Probabilities that sum to 1 over the axis."""
    return p / ops.reduce_sum(p, axis, keepdims=True)


def class_numbers(y: Tensor, p: Tensor, axis: int) -> Tensor:
    """Labels as int64, without an axis of size 1 where the classes of `p` are."""
    if y.dims is not None and p.dims is not None and len(y.dims) == len(p.dims):
        if y.dims[axis] not in (1, None):
            raise ValueError(
                f"Targets of shape {shapes.show(y.dims)} are not numbers of classes for predictions of shape "
                f"{shapes.show(p.dims)}: there must be one per row. For ones and zeros use categorical_crossentropy."
            )
        y = ops.squeeze(y, [axis])
    return ops.cast(y, int64)


def _classes_last(x: Tensor, axis: int) -> Tensor:
    rank = len(x.dims or ())
    if axis == -1 or axis == rank - 1:
        return x
    order = [i for i in range(rank) if i != axis % rank]
    return ops.transpose(x, [*order, axis % rank])


# The classes.


class BinaryCrossentropy(StandardLoss):
    """The mean of ``-y log p - (1 - y) log(1 - p)``; see `binary_crossentropy`, and `Loss` for the other arguments.

    Args:
        from_logits: whether predictions are logits.
        label_smoothing: s in [0, 1]: labels count as ``y (1 - s) + s / 2``.
        axis: the axis of a sample's outputs.

    >>> tf.Session().run(tf.keras.losses.BinaryCrossentropy(from_logits=True)([[0.0], [1.0]], [[0.0], [0.0]])).round(4)
    np.float32(0.6931)
    """

    fn = staticmethod(binary_crossentropy)

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: Any = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        smooths(label_smoothing)
        super().__init__(reduction, name, dtype, from_logits=from_logits, label_smoothing=label_smoothing, axis=axis)


class CategoricalCrossentropy(StandardLoss):
    """The mean of ``-sum_k y_k log p_k``; see `categorical_crossentropy`, and `Loss` for the other arguments.

    Args:
        from_logits: whether predictions are logits.
        label_smoothing: s in [0, 1]: labels count as ``y (1 - s) + s / classes``.
        axis: the axis of the classes.

    >>> tf.Session().run(tf.keras.losses.CategoricalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]])).round(4)
    np.float32(0.6931)
    """

    fn = staticmethod(categorical_crossentropy)
    elementwise = False

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: Any = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        smooths(label_smoothing)
        super().__init__(reduction, name, dtype, from_logits=from_logits, label_smoothing=label_smoothing, axis=axis)


class SparseCategoricalCrossentropy(StandardLoss):
    """The mean of ``-log p_y``, y the true class's number; see `sparse_categorical_crossentropy`, and `Loss`.

    Args:
        from_logits: whether predictions are logits.
        axis: the axis of the classes.

    >>> tf.Session().run(tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)([1], [[0.0, 0.0]])).round(4)
    np.float32(0.6931)
    """

    fn = staticmethod(sparse_categorical_crossentropy)
    elementwise = False
    integer_targets = True

    def __init__(
        self,
        from_logits: bool = False,
        axis: int = -1,
        reduction: Any = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(reduction, name, dtype, from_logits=from_logits, axis=axis)


class KLDivergence(StandardLoss):
    """The mean of ``sum_k y_k log(y_k / p_k)``; see `kl_divergence`, and `Loss` for the arguments.

    >>> tf.Session().run(tf.keras.losses.KLDivergence()([[0.5, 0.5]], [[0.25, 0.75]])).round(4)
    np.float32(0.1438)
    """

    fn = staticmethod(kl_divergence)
    elementwise = False
