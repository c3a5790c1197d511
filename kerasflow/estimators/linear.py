"""Linear estimators: the same body without hidden layers."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import RegressorMixin

from kerasflow.estimators.body import Array, Network
from kerasflow.estimators.dnn import Probabilistic
from kerasflow.estimators.heads import RegressionHead

__all__ = ["LinearClassifier", "LinearRegressor", "LogisticRegression"]


class _Linear(Network):
    """A network of one layer."""

    hidden_layer_sizes = ()
    activation = "identity"
    dropout = 0.0

    def __init__(
        self,
        *,
        solver: str = "lbfgs",
        alpha: float = 0.0,
        batch_size: Any = "auto",
        learning_rate_init: float = 1e-2,
        max_iter: int = 500,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-6,
        n_iter_no_change: int = 10,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        warm_start: bool = False,
        verbose: Any = False,
    ) -> None:
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.warm_start = warm_start
        self.verbose = verbose


class LinearRegressor(RegressorMixin, _Linear):
    """A linear model that predicts numbers, ``X W + b``, trained by the squared error.

    Args:
        solver: "lbfgs" on all the data at once, or "adam", "sgd", "rmsprop", "adagrad" in mini-batches.
        alpha: the strength of the penalty ``alpha / 2 |W|^2``, beside the sum of the squared errors.
        batch_size, learning_rate_init, shuffle: of the solvers that go by mini-batches.
        max_iter: the largest number of iterations or epochs.
        random_state: an int for the same result in every fit.
        tol: the largest element of the gradient that counts as zero; for mini-batches as for `DNNRegressor`.
        n_iter_no_change, early_stopping, validation_fraction, warm_start, verbose: as for `DNNRegressor`.

    Attributes:
        coef_, intercept_: W, of shape (n_features,) or (n_outputs, n_features), and b.
        n_iter_, loss_, n_features_in_, feature_names_in_: as for `DNNRegressor`.

    >>> from kerasflow.estimators import LinearRegressor
    >>> X = np.array([[0.0], [1.0], [2.0]])
    >>> model = LinearRegressor().fit(X, [1.0, 3.0, 5.0])
    >>> model.coef_.round(3), round(model.intercept_, 3)
    (array([2.]), 1.0)
    """

    head = RegressionHead

    def _target_checks(self) -> dict[str, Any]:
        return {"multi_output": True, "y_numeric": True}

    @property
    def coef_(self) -> Array:
        """The weights of the features."""
        return self.coefs_[0][:, 0] if self._one_target else self.coefs_[0].T

    @property
    def intercept_(self) -> Any:
        """The prediction where all features are zero."""
        return float(self.intercepts_[0][0]) if self._one_target else self.intercepts_[0]


class LinearClassifier(Probabilistic, _Linear):
    """Logistic regression: class probabilities ``softmax(X W + b)``, trained by the cross-entropy.

    Args:
        solver: "lbfgs" on all the data at once, or "adam", "sgd", "rmsprop", "adagrad" in mini-batches.
        alpha: the strength of the penalty ``alpha / 2 |W|^2``, beside the sum of the losses.
        batch_size, learning_rate_init, shuffle: of the solvers that go by mini-batches.
        max_iter: the largest number of iterations or epochs.
        random_state: an int for the same result in every fit.
        tol: the largest element of the gradient that counts as zero; for mini-batches as for `DNNClassifier`.
        class_weight: a dict from class to weight, "balanced" for weights against the classes' frequencies, or None.
        n_iter_no_change, early_stopping, validation_fraction, warm_start, verbose: as for `DNNClassifier`.

    Attributes:
        classes_: the classes, sorted.
        coef_, intercept_: W, of shape (1, n_features) for two classes, else (n_classes, n_features), and b.
        n_iter_, loss_, n_features_in_, feature_names_in_: as for `DNNClassifier`.

    >>> from kerasflow.estimators import LinearClassifier
    >>> X = np.array([[-2.0], [-1.0], [1.0], [2.0]])
    >>> model = LinearClassifier().fit(X, ["no", "no", "yes", "yes"])
    >>> model.predict([[-3.0], [3.0]]).tolist(), model.predict_proba([[0.0]]).round(3)
    (['no', 'yes'], array([[0.5, 0.5]]))
    """

    def __init__(
        self,
        *,
        solver: str = "lbfgs",
        alpha: float = 1.0,
        batch_size: Any = "auto",
        learning_rate_init: float = 1e-2,
        max_iter: int = 500,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-6,
        n_iter_no_change: int = 10,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        class_weight: Any = None,
        warm_start: bool = False,
        verbose: Any = False,
    ) -> None:
        super().__init__(
            solver=solver,
            alpha=alpha,
            batch_size=batch_size,
            learning_rate_init=learning_rate_init,
            max_iter=max_iter,
            shuffle=shuffle,
            random_state=random_state,
            tol=tol,
            n_iter_no_change=n_iter_no_change,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            warm_start=warm_start,
            verbose=verbose,
        )
        self.class_weight = class_weight

    @property
    def coef_(self) -> Array:
        """The weights of the features."""
        return np.ascontiguousarray(self.coefs_[0].T)

    @property
    def intercept_(self) -> Array:
        """The logits where all features are zero."""
        return self.intercepts_[0]


LogisticRegression = LinearClassifier
