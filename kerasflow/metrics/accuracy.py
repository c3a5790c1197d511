"""How often predictions are right."""

from __future__ import annotations

from typing import Any

from kerasflow.core import ops, shapes
from kerasflow.core.graph import apply
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import float32, float64, int32, int64
from kerasflow.losses.align import align, as_tensors
from kerasflow.metrics.means import StandardMean

__all__ = [
    "Accuracy",
    "BinaryAccuracy",
    "CategoricalAccuracy",
    "SparseCategoricalAccuracy",
    "SparseTopKCategoricalAccuracy",
    "TopKCategoricalAccuracy",
    "binary_accuracy",
    "categorical_accuracy",
    "sparse_categorical_accuracy",
    "sparse_top_k_categorical_accuracy",
    "top_k_categorical_accuracy",
]


def _equal(y_true: Any, y_pred: Any) -> Tensor:
    return ops.equal(*align(*as_tensors(y_true, y_pred)))


def _binary(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Tensor:
    y, p = align(*as_tensors(y_true, y_pred))
    return ops.equal(y > 0.5, p > threshold)


def _categorical(y_true: Any, y_pred: Any) -> Tensor:
    y, p = align(*as_tensors(y_true, y_pred))
    return ops.equal(ops.argmax(y, -1), ops.argmax(p, -1))


def _sparse(y_true: Any, y_pred: Any) -> Tensor:
    y, p = as_tensors(y_true, y_pred, cast_targets=False)
    return ops.equal(_labels(y, p), ops.argmax(p, -1))


def _top_k(y_true: Any, y_pred: Any, k: int = 5) -> Tensor:
    y, p = align(*as_tensors(y_true, y_pred))
    return _in_top_k(ops.argmax(y, -1), p, k)


def _sparse_top_k(y_true: Any, y_pred: Any, k: int = 5) -> Tensor:
    y, p = as_tensors(y_true, y_pred, cast_targets=False)
    return _in_top_k(_labels(y, p), p, k)


def _labels(y: Tensor, p: Tensor) -> Tensor:
    """Numbers of classes, in the shape of `p` without its last axis. ValueError if they do not fit."""
    labels, rows = y, None if p.dims is None else p.dims[:-1]
    if y.dims is not None and p.dims is not None and len(y.dims) == len(p.dims) and y.dims[-1] in (1, None):
        labels = ops.squeeze(y, [-1])
    if not shapes.compatible(labels.dims, rows):
        raise ValueError(
            f"Targets of shape {shapes.show(y.dims)} are not numbers of classes for predictions of shape "
            f"{shapes.show(p.dims)}: there must be one per row. Ones and zeros go with a metric that is not sparse."
        )
    return ops.cast(labels, int64)


def _in_top_k(labels: Tensor, p: Tensor, k: int) -> Tensor:
    if p.dims is not None and len(p.dims) == 2:
        return ops.in_top_k(p, ops.cast(labels, int32), k)
    rows = ops.reshape(p, ops.stack([-1, ops.shape(p)[-1]]))
    return apply("ReshapeLike", ops.in_top_k(rows, ops.cast(ops.reshape(labels, [-1]), int32), k), labels)


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Tensor:
    """1 where predictions are on the right side of a threshold, else 0.

    Args:
        y_true: labels of 0 and 1 (or -1 and 1: what is above 1/2 counts as 1).
        y_pred: probabilities or scores, in the same shape.
        threshold: predictions above it say 1.

    Raises:
        ValueError: the shapes differ.

    >>> tf.Session().run(tf.keras.metrics.binary_accuracy([0.0, 1.0, 1.0], [0.2, 0.9, 0.5]))
    array([1., 1., 0.], dtype=float32)
    """
    return ops.cast(_binary(y_true, y_pred, threshold), float32)


def categorical_accuracy(y_true: Any, y_pred: Any) -> Tensor:
    """1 where the likeliest class is the true one, else 0.

    Args:
        y_true: the true class as ones and zeros, [..., classes].
        y_pred: probabilities or scores, in the same shape.

    Raises:
        ValueError: the shapes differ.

    >>> tf.Session().run(tf.keras.metrics.categorical_accuracy([[0.0, 1.0], [1.0, 0.0]], [[0.3, 0.7], [0.4, 0.6]]))
    array([1., 0.], dtype=float32)
    """
    return ops.cast(_categorical(y_true, y_pred), float32)


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Tensor:
    """1 where the likeliest class is the true one, else 0.

    Args:
        y_true: the number of the true class, [...] or [..., 1].
        y_pred: probabilities or scores, [..., classes].

    Raises:
        ValueError: the shapes do not fit.

    >>> tf.Session().run(tf.keras.metrics.sparse_categorical_accuracy([1, 0], [[0.3, 0.7], [0.4, 0.6]]))
    array([1., 0.], dtype=float32)
    """
    return ops.cast(_sparse(y_true, y_pred), float32)


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Tensor:
    """1 where the true class is among the k likeliest, else 0.

    Args:
        y_true: the true class as ones and zeros, [..., classes].
        y_pred: probabilities or scores, in the same shape.
        k: how many classes count.

    Raises:
        ValueError: the shapes differ.

    >>> y, p = [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]], [[0.2, 0.5, 0.3], [0.1, 0.2, 0.7]]
    >>> tf.Session().run(tf.keras.metrics.top_k_categorical_accuracy(y, p, k=2))
    array([1., 0.], dtype=float32)
    """
    return ops.cast(_top_k(y_true, y_pred, k), float32)


def sparse_top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Tensor:
    """1 where the true class is among the k likeliest, else 0.

    Args:
        y_true: the number of the true class, [...] or [..., 1].
        y_pred: probabilities or scores, [..., classes].
        k: how many classes count.

    Raises:
        ValueError: the shapes do not fit.

    >>> p = [[0.2, 0.5, 0.3], [0.1, 0.2, 0.7]]
    >>> tf.Session().run(tf.keras.metrics.sparse_top_k_categorical_accuracy([2, 0], p, k=2))
    array([1., 0.], dtype=float32)
    """
    return ops.cast(_sparse_top_k(y_true, y_pred, k), float32)


# The classes.


class Accuracy(StandardMean):
    """How often predictions equal targets; see `Metric` for the arguments.

    It compares values as they are: for probabilities take `BinaryAccuracy`, `CategoricalAccuracy` or
    `SparseCategoricalAccuracy`, which is what a model makes of the name "accuracy".

    >>> metric = tf.keras.metrics.Accuracy()
    >>> metric.update_state([0, 1, 2, 3], [0, 1, 2, 0])
    >>> float(metric.result())
    0.75
    """

    _direction = "up"

    fn = staticmethod(_equal)
    computes_in = float64  # in which whole numbers up to 2^53 differ
    default_name = "accuracy"


class BinaryAccuracy(StandardMean):
    """How often predictions are on the right side of a threshold; see `binary_accuracy`, and `Metric`.

    Args:
        name, dtype: see `Metric`.
        threshold: predictions above it say 1; for logits it is 0.

    >>> metric = tf.keras.metrics.BinaryAccuracy()
    >>> metric.update_state([0, 1, 1, 0], [0.2, 0.9, 0.4, 0.1])
    >>> float(metric.result())
    0.75
    """

    _direction = "up"

    fn = staticmethod(_binary)
    default_name = "binary_accuracy"

    def __init__(self, name: str | None = None, dtype: Any = None, threshold: float = 0.5) -> None:
        super().__init__(name, dtype, threshold=float(threshold))


class CategoricalAccuracy(StandardMean):
    """How often the likeliest class is the true one; see `categorical_accuracy`, and `Metric` for the arguments.

    >>> metric = tf.keras.metrics.CategoricalAccuracy()
    >>> metric.update_state([[0, 1], [1, 0]], [[0.3, 0.7], [0.4, 0.6]])
    >>> float(metric.result())
    0.5
    """

    _direction = "up"

    fn = staticmethod(_categorical)
    elementwise = False
    default_name = "categorical_accuracy"


class SparseCategoricalAccuracy(StandardMean):
    """How often the likeliest class is the true one; see `sparse_categorical_accuracy`, and `Metric` for the arguments.

    >>> metric = tf.keras.metrics.SparseCategoricalAccuracy()
    >>> metric.update_state([1, 0], [[0.3, 0.7], [0.4, 0.6]])
    >>> float(metric.result())
    0.5
    """

    _direction = "up"

    fn = staticmethod(_sparse)
    elementwise = False
    integer_targets = True
    default_name = "sparse_categorical_accuracy"


class TopKCategoricalAccuracy(StandardMean):
    """How often the true class is among the k likeliest; see `top_k_categorical_accuracy`, and `Metric`.

    Args:
        k: how many classes count.
        name, dtype: see `Metric`.

    >>> metric = tf.keras.metrics.TopKCategoricalAccuracy(k=2)
    >>> metric.update_state([[0, 0, 1], [1, 0, 0]], [[0.2, 0.5, 0.3], [0.1, 0.2, 0.7]])
    >>> float(metric.result())
    0.5
    """

    _direction = "up"

    fn = staticmethod(_top_k)
    elementwise = False
    default_name = "top_k_categorical_accuracy"

    def __init__(self, k: int = 5, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name, dtype, k=k)


class SparseTopKCategoricalAccuracy(StandardMean):
    """How often the true class is among the k likeliest; see `sparse_top_k_categorical_accuracy`, and `Metric`.

    Args:
        k: how many classes count.
        name, dtype: see `Metric`.

    >>> metric = tf.keras.metrics.SparseTopKCategoricalAccuracy(k=2)
    >>> metric.update_state([2, 0], [[0.2, 0.5, 0.3], [0.1, 0.2, 0.7]])
    >>> float(metric.result())
    0.5
    """

    _direction = "up"

    fn = staticmethod(_sparse_top_k)
    elementwise = False
    integer_targets = True
    default_name = "sparse_top_k_categorical_accuracy"

    def __init__(self, k: int = 5, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name, dtype, k=k)
