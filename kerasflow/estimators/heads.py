"""Heads: what the targets are to the network that is trained on them.

A head learns from the targets of a fit how many outputs the network needs, by which loss it is trained, and how the
targets are encoded for it. The body is the same under every head.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets

from kerasflow import losses

__all__ = ["ClassificationHead", "Head", "RegressionHead"]

Array = np.ndarray[Any, Any]


class Head:
    """The base of the heads; for one, the outputs of the network are in the units of the targets.

    Attributes:
        outputs: the number of units in the last layer.
        loss: the loss of the network's outputs.
        penalty: what multiplies ``alpha |W|^2`` beside the sum of the losses of the samples.
        stratify: whether a part of the samples should have its share of each class.
    """

    outputs: int
    loss: losses.Loss
    penalty: float
    stratify = False

    def encode(self, y: Array) -> Array:
        """The targets as the network is trained on them: numbers of shape (n_samples, n)."""
        raise NotImplementedError(f"{type(self).__name__} has to define encode(y).")

    def to_units(self, kernel: Array, bias: Array) -> tuple[Array, Array]:
        """The trained weights of the last layer, for outputs in the units of the targets."""
        return kernel, bias

    def from_units(self, kernel: Array, bias: Array) -> tuple[Array, Array]:
        """The inverse of `to_units`."""
        return kernel, bias


class RegressionHead(Head):
    """One output for each target, trained by the squared error of the standard scores of the targets.

    So the size of the steps, the tolerance and the loss mean the same whatever unit the targets are in.

    Args:
        y: the targets, (n_samples,) or (n_samples, n_outputs).
        weights: of the samples, (n_samples,).
    """

    def __init__(self, y: Array, weights: Array) -> None:
        y = _columns(y)
        exponent = np.frexp(np.abs(y).max(axis=0))[1]
        near = np.ldexp(y, -exponent)  # no absolute value above 1, so that no square overflows
        mean = np.average(near, axis=0, weights=weights)
        scale = np.sqrt(np.average((near - mean) ** 2, axis=0, weights=weights))
        varies = (near != near[0]).any(axis=0) & (scale > 0)
        self.mean = np.where(varies, np.ldexp(mean, exponent), y[0])
        self.scale = np.where(varies, np.ldexp(scale, exponent), 1.0)
        self.outputs = y.shape[1]
        self.loss = losses.MeanSquaredError()
        self.penalty = 1 / self.outputs  # as the squared error is a mean over the outputs

    def encode(self, y: Array) -> Array:
        """The standard scores, float64 of shape (n_samples, n_outputs)."""
        return (_columns(y) - self.mean) / self.scale

    def to_units(self, kernel: Array, bias: Array) -> tuple[Array, Array]:
        """The trained weights of the last layer, for outputs in the units of the targets."""
        return (kernel * self.scale).astype(kernel.dtype), (bias * self.scale + self.mean).astype(bias.dtype)

    def from_units(self, kernel: Array, bias: Array) -> tuple[Array, Array]:
        """The inverse of `to_units`."""
        return (kernel / self.scale).astype(kernel.dtype), ((bias - self.mean) / self.scale).astype(bias.dtype)


class ClassificationHead(Head):
    """One logit for two classes, else one for each class, trained by the cross-entropy.

    Args:
        y: the label of each sample, (n_samples,).

    Raises:
        ValueError: `y` is no sequence of labels.
    """

    stratify = True

    def __init__(self, y: Array) -> None:
        check_classification_targets(y)
        self.classes = np.unique(y)
        self.outputs = 1 if len(self.classes) <= 2 else len(self.classes)
        cls = losses.BinaryCrossentropy if self.outputs == 1 else losses.SparseCategoricalCrossentropy
        self.loss = cls(from_logits=True)
        self.penalty = 0.5

    def encode(self, y: Array) -> Array:
        """The place of each label among the classes, int64 of shape (n_samples, 1)."""
        return np.searchsorted(self.classes, y).reshape(-1, 1)

    def class_weights(self, class_weight: Any, y: Array, weights: Array) -> Array:
        """What each sample's weight is to be multiplied with, (n_samples,).

        Args:
            class_weight: a dict from class to number; or "balanced", which gives all classes the same sum of weights.
            y: the label of each sample.
            weights: the weight of each sample.

        Raises:
            ValueError: the dict lacks a class and has one that does not occur.
        """
        places = self.encode(y)[:, 0]
        if isinstance(class_weight, str):
            sums = np.bincount(places, weights, len(self.classes))
            return (weights.sum() / np.count_nonzero(sums) / np.where(sums > 0, sums, 1))[places]
        return compute_class_weight(class_weight, classes=self.classes, y=y)[places]


def _columns(y: Array) -> Array:
    return y.reshape(len(y), -1).astype(np.float64)
