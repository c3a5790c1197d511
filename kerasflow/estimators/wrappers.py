"""Any model as an estimator: `KerasRegressor` and `KerasClassifier` around a model, or a function that builds one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from sklearn.base import ClassifierMixin, MultiOutputMixin, RegressorMixin
from sklearn.utils import column_or_1d
from sklearn.utils.metaestimators import available_if

from kerasflow.estimators.answers import (
    Classes,
    Numbers,
    decisions_of,
    kind_of_outputs,
    log_probabilities_of,
    probabilities_of,
)
from kerasflow.estimators.labels import check_comparable, refuse_texts_and_dates
from kerasflow.estimators.parameters import RULES
from kerasflow.estimators.wrapping import Wrapper

__all__ = ["KerasClassifier", "KerasRegressor"]

Array = np.ndarray[Any, Any]


@dataclass(eq=False, repr=False)
class KerasRegressor(MultiOutputMixin, RegressorMixin, Wrapper):
    """A model of any kind that predicts numbers.

    Args:
        model: a model of one output, compiled or not, or a function that returns one. A model is not changed: each fit
            makes another like it, with new weights; layers that are not trained keep theirs. A function is called in
            each fit, with those of these arguments that it names: `n_features_in_`; `input_shape`, of a sample;
            `n_outputs`, how many the targets need; `classes` and `n_classes`; `target_type`; `dtype`, of the features.
            What it returns is used as it is, with weights that it may have. Of several inputs each takes the column
            that is called as it is, or else the next ones in turn; texts of a frame go to inputs of texts.
        model_params: a dict of further arguments for the function; one of them is the parameter ``model__name``.
        optimizer, loss, metrics: as for `Model.compile`; None is what the model is compiled with, else "adam", "mse"
            and none. The targets are not scaled.
        learning_rate: of the optimizer; None is its own.
        epochs: how many times each fit goes through the data.
        batch_size: the number of samples in a step; None is 32, or all if there are fewer.
        callbacks: callbacks, of which each fit takes copies.
        validation_fraction: the share of the samples to evaluate on after each epoch, 0 for none.
        shuffle: whether each epoch takes the samples in an order of its own.
        warm_start: whether another fit goes on where the last one ended.
        random_state: an int for the same result in every fit.
        verbose: as for `Model.fit`.
        custom_objects: classes and functions that take the place of those that the model's description names.

    Attributes:
        model_: the model that was fitted.
        history_: a dict of the losses and metrics of each epoch.
        n_iter_: the number of epochs.
        n_features_in_, feature_names_in_, n_outputs_: what it was fitted to.

    >>> from kerasflow.estimators import KerasRegressor
    >>> def build(n_features_in_, n_outputs, units=8):
    ...     layers = tf.keras.layers
    ...     return tf.keras.Sequential([tf.keras.Input((n_features_in_,)), layers.Dense(units, "relu"),
    ...                                 layers.Dense(n_outputs)])
    >>> X = np.linspace(-1, 1, 40).reshape(-1, 1)
    >>> model = KerasRegressor(build, epochs=100, learning_rate=0.02, random_state=0)
    >>> model.set_params(model__units=16).fit(X, X[:, 0] ** 2).score(X, X[:, 0] ** 2) > 0.9
    True
    """

    _target_checks: ClassVar[Mapping[str, Any]] = {"multi_output": True, "y_numeric": True}

    def _known_targets(self, y: Any) -> Any:
        y = super()._known_targets(y)
        refuse_texts_and_dates(y, type(self).__name__)
        return y

    def _learn_targets(self, y: Array, weights: Array, going_on: bool) -> tuple[Numbers, Array]:
        targets = Numbers(y)
        if going_on and targets.outputs != self.n_outputs_:
            raise ValueError(f"Going on asks for targets of {self.n_outputs_} numbers, got {targets.outputs}.")
        self._one_target = y.ndim == 1
        self.n_outputs_ = targets.outputs
        return targets, weights

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> KerasRegressor:
        """Go on, or begin, with one epoch on these samples; see `fit`."""
        return self._partial_fit(X, y, sample_weight)

    def predict(self, X: Any) -> Array:
        """The predicted numbers, (n_samples,), or (n_samples, n_outputs) if the targets of `fit` had two axes.

        Raises:
            NotFittedError: it is not fitted yet. ValueError: `X` has another number of features.
        """
        outputs = self._outputs(X)
        return outputs[:, 0] if self._one_target else outputs


def _gives_probabilities(estimator: Any) -> bool:
    kept = vars(estimator).get("_kept")
    if kept is not None and estimator._kind == "scores":
        raise AttributeError(
            f"This {type(estimator).__name__} has no predict_proba: its model gives scores, as its loss is none of "
            "probabilities and its last layer neither a sigmoid nor a softmax."
        )
    return True


@dataclass(eq=False, repr=False)
class KerasClassifier(ClassifierMixin, Wrapper):
    """A model of any kind that predicts classes, or labels of which a sample may have several.

    For two classes the model has one output, or two; for more one for each class; for labels, given as zeros and ones
    of shape (n_samples, n_labels), one for each. With a cross-entropy for a loss the outputs are probabilities, or
    logits if it says ``from_logits=True``; if no loss is given, they are probabilities if the last layer is a sigmoid
    or a softmax, else logits.

    Args:
        model: a model or a function that returns one; see `KerasRegressor`.
        optimizer, loss, metrics: None is what the model is compiled with, else "adam", a cross-entropy, and none.
        class_weight: a dict from class to weight, "balanced" to give all classes the same sum of weights, or None.
        model_params, learning_rate, epochs, batch_size, callbacks, validation_fraction, shuffle, warm_start,
            random_state, verbose, custom_objects: see `KerasRegressor`; samples held out have their share of classes.

    Attributes:
        classes_: the classes, sorted.
        model_, history_, n_iter_, n_features_in_, feature_names_in_: see `KerasRegressor`.

    >>> from kerasflow.estimators import KerasClassifier
    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(8, "tanh"), tf.keras.layers.Dense(1)])
    >>> X = np.linspace(-1, 1, 40).reshape(-1, 1)
    >>> y = np.where(abs(X[:, 0]) < 0.5, "near", "far")
    >>> classifier = KerasClassifier(model, epochs=150, learning_rate=0.05, random_state=0).fit(X, y)
    >>> classifier.predict([[0.1], [-0.9]]).tolist(), classifier.predict_proba(X).shape
    (['near', 'far'], (40, 2))
    """

    class_weight: Any = field(default=None, kw_only=True)

    _target_checks: ClassVar[Mapping[str, Any]] = {"multi_output": True}

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    def _learn_targets(self, y: Any, weights: Array, going_on: bool, classes: Any = None) -> tuple[Classes, Array]:
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        check_comparable(y)
        known = self.classes_ if going_on else classes
        targets = Classes(y, known)
        if going_on and not np.array_equal(targets.classes, self.classes_):
            raise ValueError(f"Going on asks for {len(self.classes_)} labels, got {len(targets.classes)}.")
        self.classes_, self._several = targets.classes, targets.several
        if self.class_weight is not None:
            weights = weights * targets.class_weights(self.class_weight, y, weights)
        if not weights.any():
            raise ValueError("class_weight gives all samples the weight zero.")
        return targets, weights

    def _check_parameters(self) -> None:
        super()._check_parameters()
        if isinstance(self.class_weight, list) or not RULES["class_weight"][1](self.class_weight):
            several = " A list is for several outputs." * isinstance(self.class_weight, (list, tuple))
            raise ValueError(
                "The parameter 'class_weight' of KerasClassifier must be None, 'balanced', or a dict from class to a "
                f"number in [0, inf). Got {self.class_weight!r}.{several}"
            )

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> KerasClassifier:
        """Go on, or begin, with one epoch on these samples; see `fit`.

        Args:
            X, y, sample_weight: the samples.
            classes: all classes there are, if the first samples lack some.
        """
        if classes is not None and "_kept" in vars(self) and not np.array_equal(np.unique(classes), self.classes_):
            raise ValueError(f"classes={classes!r} is not the same as on last call: {self.classes_!r}.")
        return self._partial_fit(X, y, sample_weight, classes=classes)

    def decision_function(self, X: Any) -> Array:
        """The logits, (n_samples,) for two classes, else (n_samples, n_classes).

        For a model that gives probabilities p, ``log(p)``, for one output and for labels ``log(p) - log(1 - p)``.

        Raises:
            NotFittedError: it is not fitted yet. ValueError: `X` has another number of features.
        """
        decisions = decisions_of(self._outputs(X), self._kind, self._several)
        two = decisions.ndim == 2 and decisions.shape[1] == 2 and not self._several
        return decisions[:, 1] - decisions[:, 0] if two else decisions

    @available_if(_gives_probabilities)
    def predict_proba(self, X: Any) -> Array:
        """The probability of each class or label, (n_samples, n_classes), in the order of `classes_`.

        Raises:
            NotFittedError: it is not fitted yet. ValueError: `X` has another number of features.
        """
        p = probabilities_of(self._outputs(X), self._kind, self._several)
        return np.ones((len(p), 1), p.dtype) if len(self.classes_) == 1 else p

    @available_if(_gives_probabilities)
    def predict_log_proba(self, X: Any) -> Array:
        """The logarithms of what `predict_proba` gives, precise where probabilities of logits are next to 0 or 1."""
        logs = log_probabilities_of(self._outputs(X), self._kind, self._several)
        return np.zeros((len(logs), 1), logs.dtype) if len(self.classes_) == 1 else logs

    def predict(self, X: Any) -> Array:
        """The most probable class of each sample; for labels, 1 where one is more likely than not.

        Raises:
            NotFittedError: it is not fitted yet. ValueError: `X` has another number of features.
        """
        decisions = self.decision_function(X)
        if self._several:
            return (decisions > 0).astype(int)
        if len(self.classes_) == 1:
            return np.repeat(self.classes_, len(decisions))
        return self.classes_[(decisions > 0).astype(int) if decisions.ndim == 1 else decisions.argmax(axis=1)]

    def _keep(self, model: Any, history: Any, going_on: bool) -> None:
        super()._keep(model, history, going_on)
        self._kind = kind_of_outputs(model)

    def _learned(self, model: Any) -> dict[str, Any]:
        return {**super()._learned(model), "_kind": kind_of_outputs(model)}
