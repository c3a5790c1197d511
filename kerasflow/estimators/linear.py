"""Linear estimators: the same body without hidden layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy.sparse import issparse

from kerasflow.estimators import lbfgs, newton
from kerasflow.estimators.body import Network
from kerasflow.estimators.course import Course
from kerasflow.estimators.heads import Head
from kerasflow.estimators.kinds import Classifier, Regressor
from kerasflow.estimators.linear_loss import LinearLoss
from kerasflow.estimators.parameters import Rule, solvers
from kerasflow.estimators.threads import blas_threads

__all__ = ["LinearClassifier", "LinearRegressor", "LogisticRegression"]

Array = np.ndarray[Any, Any]


@dataclass(eq=False, repr=False, kw_only=True)
class _Linear(Network):
    """A network of one layer."""

    _own_rules: ClassVar[Mapping[str, Rule]] = {"solver": solvers("auto", "lbfgs", "newton")}

    solver: Any = "auto"
    alpha: float = 0.0
    learning_rate_init: float = 1e-2
    max_iter: int = 500
    tol: float = 1e-8

    def _outputs(self, X: Any) -> Array:
        """What the layer gives, (n_samples, n_outputs)."""
        X = self._features(X, self.coefs_[0].dtype)
        with blas_threads(self.n_threads):
            return X @ self.coefs_[0] + self.intercepts_[0]

    def _minimised(
        self, design: Any, head: Head, data: Any, start: Any, strengths: tuple[float, float], watch: Any
    ) -> Course:
        """Train on all the data at once.

        Raises:
            ValueError: Newton's method is asked for, but does not go with the data or the penalty.
        """
        x, (l1, l2), asked = data[0], strengths, self.solver == "newton"
        against = [w for w, holds in (("a sparse X", issparse(x)), ("a penalty on magnitudes, l1", l1)) if holds]
        if asked and against:
            raise ValueError(f"solver='newton' does not go with {' and '.join(against)}; solver='lbfgs' does.")
        if against or not asked and not LinearLoss.holds(x):
            return super()._minimised(design, head, data, start, strengths, watch)
        loss = LinearLoss(head, data, l2)
        if asked or self.solver == "auto" and newton.is_cheap(*x.shape, head):
            return newton.minimise(loss, start, self.max_iter, self.tol, watch)
        return lbfgs.minimise_linear(loss, start, head.flattest, self.max_iter, self.tol, watch)


class LinearRegressor(Regressor, _Linear):
    """A linear model that predicts numbers, ``X W + b``, trained by the squared error.

    Args:
        solver: "newton" or "lbfgs", on all the data at once: the first takes few steps, which are long where there are
            many features and outputs; "auto" for the one that is faster; or one that goes by mini-batches, as for
            `DNNRegressor`.
        alpha: the strength of the penalty ``alpha |W|^2`` beside the sum of the squared errors, as in `Ridge`.
        l1: the strength of the penalty ``l1 |W|`` beside them, with W for standard scores of the targets, as in `Lasso`
            with 2 n times its alpha.
        batch_size, learning_rate, learning_rate_init, shuffle, callbacks: of the solvers that go by mini-batches.
        max_iter: the largest number of iterations or epochs.
        random_state: an int for the same result in every fit; what takes all the data at once has no need of it.
        tol: the largest element of the gradient that counts as zero; for mini-batches as for `DNNRegressor`.
        n_iter_no_change, early_stopping, validation_fraction, warm_start, n_threads, verbose, categorical_features,
            missing_values: as for `DNNRegressor`.

    Attributes:
        coef_, intercept_: W, of shape (n_features,) or (n_outputs, n_features), and b.
        n_iter_, loss_, best_loss_, loss_curve_, n_features_in_, feature_names_in_, n_outputs_: as for `DNNRegressor`.

    >>> from kerasflow.estimators import LinearRegressor
    >>> X = np.array([[0.0], [1.0], [2.0]])
    >>> model = LinearRegressor().fit(X, [1.0, 3.0, 5.0])
    >>> model.coef_.round(3), round(model.intercept_, 3)
    (array([2.]), 1.0)
    """

    @property
    def coef_(self) -> Array:
        """The weights of the features."""
        return self.coefs_[0][:, 0] if self._one_target else self.coefs_[0].T

    @property
    def intercept_(self) -> Any:
        """The prediction where all features are zero."""
        return float(self.intercepts_[0][0]) if self._one_target else self.intercepts_[0]


@dataclass(eq=False, repr=False, kw_only=True)
class LinearClassifier(Classifier, _Linear):
    """Logistic regression: class probabilities ``softmax(X W + b)``, trained by the cross-entropy.

    Args:
        solver: "newton" or "lbfgs", on all the data at once: the first takes few steps, which are long where there are
            many features and outputs; "auto" for the one that is faster; or one that goes by mini-batches, as for
            `DNNRegressor`.
        alpha: the strength of the penalty ``alpha / 2 |W|^2`` beside the sum of the losses: scikit-learn's 1/C.
        l1: the strength of the penalty ``l1 |W|`` beside them.
        batch_size, learning_rate, learning_rate_init, shuffle, callbacks: of the solvers that go by mini-batches.
        max_iter: the largest number of iterations or epochs.
        random_state: an int for the same result in every fit; what takes all the data at once has no need of it.
        tol: the largest element of the gradient that counts as zero, by default that of scikit-learn; 1e-8 is precise.
            For mini-batches as for `DNNClassifier`.
        class_weight: as for `DNNClassifier`.
        n_iter_no_change, early_stopping, validation_fraction, warm_start, n_threads, verbose, categorical_features,
            missing_values: as for `DNNClassifier`.

    Attributes:
        classes_: the classes, sorted.
        coef_, intercept_: W, of shape (1, n_features) for two classes, else (n_classes, n_features), and b.
        n_iter_, loss_, best_loss_, loss_curve_, n_features_in_, feature_names_in_: as for `DNNClassifier`.

    >>> from kerasflow.estimators import LinearClassifier
    >>> X = np.array([[-2.0], [-1.0], [1.0], [2.0]])
    >>> model = LinearClassifier().fit(X, ["no", "no", "yes", "yes"])
    >>> model.predict([[-3.0], [3.0]]).tolist(), model.predict_proba([[0.0]]).round(3)
    (['no', 'yes'], array([[0.5, 0.5]]))
    """

    alpha: float = 1.0
    tol: float = 1e-4

    @property
    def coef_(self) -> Array:
        """The weights of the features."""
        return self.coefs_[0].T

    @property
    def intercept_(self) -> Array:
        """The logits where all features are zero."""
        return self.intercepts_[0]


LogisticRegression = LinearClassifier
