"""What a network becomes by its targets: a regressor or a classifier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy.special import expit, softmax
from sklearn.base import ClassifierMixin, MultiOutputMixin, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from kerasflow.estimators.heads import ClassificationHead, RegressionHead

__all__ = ["Classifier", "Regressor"]

Array = np.ndarray[Any, Any]


class Regressor(MultiOutputMixin, RegressorMixin):
    """What a network that predicts numbers has beside the network."""

    _target_checks: ClassVar[Mapping[str, Any]] = {"multi_output": True, "y_numeric": True}

    def _learn_targets(self, y: Array, weights: Array, dtype: np.dtype[Any]) -> tuple[RegressionHead, Array]:
        if np.abs(y.astype(np.float64)).max() > np.finfo(dtype).max:
            raise ValueError(f"Input y contains a value too large for {dtype}, the type of X.")
        self._one_target = y.ndim == 1
        self.n_outputs_ = 1 if y.ndim == 1 else y.shape[1]
        return RegressionHead(y, weights), weights

    def predict(self, X: Any) -> Array:
        """The predicted numbers.

        Args:
            X: array of shape (n_samples, n_features).

        Returns:
            array of shape (n_samples,), or (n_samples, n_outputs) if the targets of `fit` had two axes.

        Raises:
            NotFittedError: it is not fitted yet. ValueError: `X` has another number of features.
        """
        check_is_fitted(self)
        outputs = self._outputs(X)
        return outputs[:, 0] if self._one_target else outputs


@dataclass(eq=False, repr=False, kw_only=True)
class Classifier(ClassifierMixin):
    """What a network that predicts classes has beside the network."""

    class_weight: Any = None

    def _learn_targets(self, y: Array, weights: Array, dtype: np.dtype[Any]) -> tuple[ClassificationHead, Array]:
        head = ClassificationHead(y)
        self.classes_ = head.classes
        if self.class_weight is not None:
            weights = weights * head.class_weights(self.class_weight, y, weights)
        if not weights.any():
            raise ValueError("class_weight gives all samples the weight zero.")
        return head, weights

    def decision_function(self, X: Any) -> Array:
        """The logits.

        Args:
            X: array of shape (n_samples, n_features).

        Returns:
            array of shape (n_samples,) for two classes, else (n_samples, n_classes).

        Raises:
            NotFittedError: it is not fitted yet. ValueError: `X` has another number of features.
        """
        check_is_fitted(self)
        logits = self._outputs(X)
        return logits[:, 0] if logits.shape[1] == 1 else logits

    def predict_proba(self, X: Any) -> Array:
        """The probability of each class.

        Args:
            X: array of shape (n_samples, n_features).

        Returns:
            array of shape (n_samples, n_classes), in the order of `classes_`.

        Raises:
            NotFittedError: it is not fitted yet. ValueError: `X` has another number of features.
        """
        logits = self.decision_function(X)
        if len(self.classes_) == 1:
            return np.ones((len(logits), 1), logits.dtype)
        return np.stack([expit(-logits), expit(logits)], axis=1) if logits.ndim == 1 else softmax(logits, axis=1)

    def predict(self, X: Any) -> Array:
        """The most probable class of each sample.

        Args:
            X: array of shape (n_samples, n_features).

        Raises:
            NotFittedError: it is not fitted yet. ValueError: `X` has another number of features.
        """
        logits = self.decision_function(X)
        if len(self.classes_) == 1:
            return np.repeat(self.classes_, len(logits))
        return self.classes_[(logits > 0).astype(int) if logits.ndim == 1 else logits.argmax(axis=1)]
