"""What a network becomes by its targets: a regressor or a classifier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy.sparse import issparse
from scipy.special import expit, log_expit, log_softmax, softmax
from sklearn.base import ClassifierMixin, MultiOutputMixin, RegressorMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_is_fitted, column_or_1d

from kerasflow.estimators.heads import ClassificationHead, RegressionHead
from kerasflow.estimators.labels import check_comparable, refuse_texts_and_dates, without_marks
from kerasflow.estimators.parameters import takes_batches

__all__ = ["Classifier", "Regressor"]

Array = np.ndarray[Any, Any]


def _goes_by_batches(estimator: Any) -> bool:
    """Whether there is `partial_fit`; the AttributeError that says why not."""
    if not takes_batches(estimator):
        raise AttributeError(
            f"partial_fit goes by mini-batches, and solver={estimator.solver!r} does not: solver='adam' does."
        )
    return True


class Regressor(MultiOutputMixin, RegressorMixin):
    """What a network that predicts numbers has beside the network."""

    _target_checks: ClassVar[Mapping[str, Any]] = {"multi_output": True, "y_numeric": True}

    def _learn_targets(self, y: Array, weights: Array) -> RegressionHead:
        head = RegressionHead.learn(y, weights)
        self._one_target = y.ndim == 1
        self.n_outputs_ = head.outputs
        self._targets_mean, self._targets_scale = head.mean, head.scale
        return head

    def _taught_by(self, head: RegressionHead, y: Array, weights: Array, rows: Array) -> RegressionHead:
        return self._learn_targets(y[rows], weights[rows])

    def _known_targets(self) -> RegressionHead:
        return RegressionHead(self._targets_mean, self._targets_scale)

    def _checked_targets(self, y: Any) -> Any:
        y = without_marks(y)
        refuse_texts_and_dates(y, type(self).__name__)
        return super()._checked_targets(y)

    def _shaped(self, y: Any, dtype: np.dtype[Any]) -> Array:
        if np.abs(y.astype(np.float64)).max() > np.finfo(dtype).max:
            raise ValueError(f"Input y contains a value too large for {dtype}, the type of X.")
        return y

    def _same_targets(self, before: Mapping[str, Any]) -> bool:
        return True

    @available_if(_goes_by_batches)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """Go through these samples once, in mini-batches, from where the last call ended.

        The optimizer goes on, too. The first call decides the unit of the targets: their mean and spread there. It is
        not there with a solver that takes all the data at once.

        Args:
            X: array of shape (n_samples, n_features).
            y: array of shape (n_samples,) or (n_samples, n_outputs).
            sample_weight: array of shape (n_samples,): how often each sample counts, by default once.

        Returns:
            the estimator itself.

        Raises:
            ValueError: a parameter or the data are not what they must be, or the training diverged.
        """
        return self._partial_fit(X, y, sample_weight)

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

    _target_checks: ClassVar[Mapping[str, Any]] = {"multi_output": True}

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        tags.target_tags.multi_output = True
        return tags

    def _checked_targets(self, y: Any) -> Any:
        return super()._checked_targets(without_marks(y))

    def _learn_targets(self, y: Array, weights: Array, classes: Any = None) -> ClassificationHead:
        check_comparable(y)
        head = ClassificationHead.learn(y, classes)
        self._kind, self.classes_ = head.kind, head.public
        return head

    def _weigh_classes(self, head: ClassificationHead, y: Array, weights: Array) -> None:
        head.weigh(self.class_weight, y, weights)

    def _known_targets(self) -> ClassificationHead:
        return ClassificationHead.known(self._kind, self.classes_)

    def _shaped(self, y: Any, dtype: np.dtype[Any]) -> Array:
        y = y.toarray() if issparse(y) else y
        return column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 else y

    def _same_targets(self, before: Mapping[str, Any]) -> bool:
        """Whether the last fit had these classes."""
        ours, theirs = (ClassificationHead.known(v["_kind"], v["classes_"]) for v in (vars(self), before))
        pairs = zip(ours.classes, theirs.classes, strict=False)
        same = all(np.array_equal(a, b) for a, b in pairs)
        return same and (ours.kind, len(ours.classes)) == (theirs.kind, len(theirs.classes))

    @available_if(_goes_by_batches)
    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Any:
        """Go through these samples once, in mini-batches, from where the last call ended.

        The optimizer goes on, too. It is not there with a solver that takes all
        the data at once.

        Args:
            X: array of shape (n_samples, n_features).
            y: as for `fit`.
            classes: in the first call, all classes there will be; for several outputs a list with those of each.
            sample_weight: array of shape (n_samples,): how often each sample counts, by default once.

        Returns:
            the estimator itself.

        Raises:
            ValueError: a parameter or the data are not what they must be, or the training diverged.
        """
        if classes is None and "coefs_" not in vars(self) and not _is_labels(y):
            raise ValueError("The first call of partial_fit needs classes, all that there will be.")
        if "balanced" in (self.class_weight if isinstance(self.class_weight, list) else [self.class_weight]):
            raise ValueError("partial_fit does not see all samples at once: class_weight cannot be 'balanced'.")
        if classes is not None and "coefs_" in vars(self):
            known, given = ([np.unique(c) for c in _listed(k)] for k in (self.classes_, classes))
            if len(given) != len(known) or not all(map(np.array_equal, given, known)):
                raise ValueError(f"classes={classes!r} are not those of the first call: {self.classes_!r}.")
        return self._partial_fit(X, y, sample_weight, classes=classes)

    def decision_function(self, X: Any) -> Any:
        """The logits.

        Args:
            X: array of shape (n_samples, n_features).

        Returns:
            array of shape (n_samples,) for two classes, else (n_samples, n_classes); for labels, (n_samples, n_labels);
            for several outputs a list with the array of each.

        Raises:
            NotFittedError: it is not fitted yet. ValueError: `X` has another number of features.
        """
        check_is_fitted(self)
        outputs = self._outputs(X)
        if self._kind == "labels":
            return outputs
        widths = self._known_targets().widths
        parts = np.split(outputs, np.cumsum(widths)[:-1], axis=1)
        logits = [part[:, 0] if part.shape[1] == 1 else part for part in parts]
        return logits if self._kind == "several" else logits[0]

    def predict_proba(self, X: Any) -> Any:
        """The probability of each class.

        Args:
            X: array of shape (n_samples, n_features).

        Returns:
            array of shape (n_samples, n_classes), in the order of `classes_`; for labels the probability of each,
            (n_samples, n_labels); for several outputs a list with the array of each.

        Raises:
            NotFittedError: it is not fitted yet. ValueError: `X` has another number of features.
        """
        return self._by_output(X, _probabilities, expit)

    def predict_log_proba(self, X: Any) -> Any:
        """The logarithms of what `predict_proba` gives, precise where probabilities are next to 0 or 1."""
        return self._by_output(X, _log_probabilities, log_expit)

    def predict(self, X: Any) -> Array:
        """The most probable class of each sample.

        Args:
            X: array of shape (n_samples, n_features).

        Returns:
            array of shape (n_samples,); zeros and ones of shape (n_samples, n_labels) for labels; (n_samples,
            n_outputs) for several outputs.

        Raises:
            NotFittedError: it is not fitted yet. ValueError: `X` has another number of features.
        """
        logits = self.decision_function(X)
        if self._kind == "labels":
            return (logits > 0).astype(np.int64)
        if self._kind == "classes":
            return _most_probable(logits, self.classes_)
        return np.stack([_most_probable(z, c) for z, c in zip(logits, self.classes_, strict=True)], axis=1)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """The accuracy: the share of the samples of which all is predicted as it is.

        Args:
            X: array of shape (n_samples, n_features).
            y: the true classes, as for `fit`.
            sample_weight: array of shape (n_samples,): how often each sample counts.
        """
        if vars(self).get("_kind") != "several":
            return super().score(X, y, sample_weight)
        right = (self.predict(X) == np.asarray(y)).all(axis=1)
        return float(np.average(right, weights=sample_weight))

    def _by_output(self, X: Any, of_classes: Any, of_labels: Any) -> Any:
        logits = self.decision_function(X)
        if self._kind == "labels":
            return of_labels(logits)
        if self._kind == "classes":
            return of_classes(logits, self.classes_)
        return [of_classes(z, c) for z, c in zip(logits, self.classes_, strict=True)]


def _listed(classes: Any) -> list[Any]:
    """The classes of each output."""
    return list(classes) if len(classes) and np.ndim(classes[0]) else [classes]


def _is_labels(y: Any) -> bool:
    return type_of_target(y) == "multilabel-indicator"


def _probabilities(logits: Array, classes: Array) -> Array:
    if len(classes) == 1:
        return np.ones((len(logits), 1), logits.dtype)
    return np.stack([expit(-logits), expit(logits)], axis=1) if logits.ndim == 1 else softmax(logits, axis=1)


def _log_probabilities(logits: Array, classes: Array) -> Array:
    if len(classes) == 1:
        return np.zeros((len(logits), 1), logits.dtype)
    if logits.ndim == 1:
        return np.stack([log_expit(-logits), log_expit(logits)], axis=1)
    return log_softmax(logits, axis=1)


def _most_probable(logits: Array, classes: Array) -> Array:
    if len(classes) == 1:
        return np.repeat(classes, len(logits))
    return classes[(logits > 0).astype(int) if logits.ndim == 1 else logits.argmax(axis=1)]
