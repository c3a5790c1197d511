"""Heads: what the last layer of an estimator means.

A head turns the targets a user passes into what the network is trained on, and the network's outputs into what the
user asks for. It is all in which a regressor and a classifier differ, so there is one body for both.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets, type_of_target

__all__ = ["ClassificationHead", "RegressionHead"]

Array = np.ndarray[Any, Any]


class RegressionHead:
    """One output for each target, trained by the squared error."""

    loss = "mse"
    activation = None
    stratified = False

    @staticmethod
    def learn(estimator: Any, y: Array, class_weight: Any) -> tuple[Array, Array | None]:
        """Set the fitted attributes that describe the target; gives the network's targets and weights for the rows."""
        estimator.n_outputs_ = 1 if y.ndim == 1 else y.shape[1]
        estimator._one_target = y.ndim == 1
        return y.reshape(len(y), -1), None

    @staticmethod
    def units(estimator: Any) -> int:
        """The size of the last layer."""
        return estimator.n_outputs_

    @staticmethod
    def predictions(estimator: Any, outputs: Array) -> Array:
        """The predicted targets."""
        return outputs[:, 0] if estimator._one_target else outputs


class ClassificationHead:
    """One logit for two classes, else one for each class, trained by the cross-entropy."""

    stratified = True

    @staticmethod
    def learn(estimator: Any, y: Array, class_weight: Any) -> tuple[Array, Array | None]:
        """Set the fitted attributes that describe the target; gives the network's targets and weights for the rows."""
        check_classification_targets(y)
        if type_of_target(y) not in ("binary", "multiclass"):
            raise ValueError(
                f"{type(estimator).__name__} predicts one class for each sample; got a target of type {type_of_target(y)}."
            )
        estimator.classes_, codes = np.unique(y, return_inverse=True)
        estimator.n_outputs_ = 1
        weights = None if class_weight is None else compute_sample_weight(class_weight, y)
        return codes.astype(np.int64).reshape(-1, 1), weights

    @staticmethod
    def units(estimator: Any) -> int:
        """The size of the last layer."""
        return 1 if len(estimator.classes_) <= 2 else len(estimator.classes_)

    @staticmethod
    def probabilities(estimator: Any, logits: Array) -> Array:
        """The probability of each class, one row a sample."""
        if len(estimator.classes_) == 1:
            return np.ones_like(logits)
        if logits.shape[1] == 1:
            # exp of a large number overflows to inf, and the quotient is then the 0 it should be
            with np.errstate(over="ignore"):
                positive = 1 / (1 + np.exp(-logits[:, 0]))
            return np.stack([1 - positive, positive], axis=1)
        shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
        return shifted / shifted.sum(axis=1, keepdims=True)

    @staticmethod
    def predictions(estimator: Any, logits: Array) -> Array:
        """The most probable class of each sample."""
        if len(estimator.classes_) <= 2:
            codes = (logits[:, 0] > 0).astype(int) if len(estimator.classes_) == 2 else np.zeros(len(logits), int)
        else:
            codes = logits.argmax(axis=1)
        return estimator.classes_[codes]
