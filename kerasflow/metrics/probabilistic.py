"""Losses of classes as metrics: cross-entropies, divergence, margins, in the mean over all samples."""

from __future__ import annotations

from typing import Any

from kerasflow import losses
from kerasflow.metrics.means import StandardMean

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "Hinge",
    "KLDivergence",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
]


class BinaryCrossentropy(StandardMean):
    """The mean of ``-y log p - (1 - y) log(1 - p)``; see `losses.binary_crossentropy`, and `Metric`.

    Args:
        name, dtype: see `Metric`.
        from_logits: whether predictions are logits.
        label_smoothing: s in [0, 1]: labels count as ``y (1 - s) + s / 2``.

    >>> metric = tf.keras.metrics.BinaryCrossentropy()
    >>> metric.update_state([0, 1], [0.5, 0.5])
    >>> round(float(metric.result()), 4)
    0.6931
    """

    _direction = "down"

    fn = staticmethod(losses.binary_crossentropy)
    default_name = "binary_crossentropy"

    def __init__(
        self,
        name: str | None = None,
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(name, dtype, from_logits=from_logits, label_smoothing=label_smoothing)


class CategoricalCrossentropy(StandardMean):
    """The mean of ``-sum_k y_k log p_k``; see `losses.categorical_crossentropy`, and `Metric`.

    Args:
        name, dtype: see `Metric`.
        from_logits: whether predictions are logits.
        label_smoothing: s in [0, 1]: labels count as ``y (1 - s) + s / classes``.
        axis: the axis of the classes.

    >>> metric = tf.keras.metrics.CategoricalCrossentropy()
    >>> metric.update_state([[0, 1]], [[0.5, 0.5]])
    >>> round(float(metric.result()), 4)
    0.6931
    """

    _direction = "down"

    fn = staticmethod(losses.categorical_crossentropy)
    elementwise = False
    default_name = "categorical_crossentropy"

    def __init__(
        self,
        name: str | None = None,
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
    ) -> None:
        super().__init__(name, dtype, from_logits=from_logits, label_smoothing=label_smoothing, axis=axis)


class SparseCategoricalCrossentropy(StandardMean):
    """The mean of ``-log p_y``, y the true class's number; see `losses.sparse_categorical_crossentropy`, and `Metric`.

    Args:
        name, dtype: see `Metric`.
        from_logits: whether predictions are logits.
        axis: the axis of the classes.

    >>> metric = tf.keras.metrics.SparseCategoricalCrossentropy()
    >>> metric.update_state([1], [[0.5, 0.5]])
    >>> round(float(metric.result()), 4)
    0.6931
    """

    _direction = "down"

    fn = staticmethod(losses.sparse_categorical_crossentropy)
    elementwise = False
    integer_targets = True
    default_name = "sparse_categorical_crossentropy"

    def __init__(self, name: str | None = None, dtype: Any = None, from_logits: bool = False, axis: int = -1) -> None:
        super().__init__(name, dtype, from_logits=from_logits, axis=axis)


class KLDivergence(StandardMean):
    """The mean of ``sum_k y_k log(y_k / p_k)``; see `losses.kl_divergence`, and `Metric` for the arguments.

    >>> metric = tf.keras.metrics.KLDivergence()
    >>> metric.update_state([[0.5, 0.5]], [[0.25, 0.75]])
    >>> round(float(metric.result()), 4)
    0.1438
    """

    _direction = "down"

    fn = staticmethod(losses.kl_divergence)
    elementwise = False
    default_name = "kl_divergence"


class Hinge(StandardMean):
    """The mean of ``max(0, 1 - y p)``; see `losses.hinge`, and `Metric` for the arguments.

    >>> metric = tf.keras.metrics.Hinge()
    >>> metric.update_state([1, -1], [0.5, -2.0])
    >>> float(metric.result())
    0.25
    """

    _direction = "down"

    fn = staticmethod(losses.hinge)
    default_name = "hinge"


class SquaredHinge(StandardMean):
    """The mean of ``max(0, 1 - y p)^2``; see `losses.squared_hinge`, and `Metric` for the arguments.

    >>> metric = tf.keras.metrics.SquaredHinge()
    >>> metric.update_state([1, -1], [0.5, -2.0])
    >>> float(metric.result())
    0.125
    """

    _direction = "down"

    fn = staticmethod(losses.squared_hinge)
    default_name = "squared_hinge"


class CategoricalHinge(StandardMean):
    """The mean margin of the true class that is missing to 1; see `losses.categorical_hinge`, and `Metric`.

    >>> metric = tf.keras.metrics.CategoricalHinge()
    >>> metric.update_state([[0, 1], [1, 0]], [[0.5, 1.0], [3.0, 1.0]])
    >>> float(metric.result())
    0.25
    """

    _direction = "down"

    fn = staticmethod(losses.categorical_hinge)
    elementwise = False
    default_name = "categorical_hinge"
