"""The body all estimators share: a network that is fitted to arrays, and used.

What `fit` learns is kept as plain arrays, `coefs_` and `intercepts_`; the model that computes with them is a cache,
rebuilt when it is needed and left behind when the estimator is pickled.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from kerasflow import losses, optimizers
from kerasflow.callbacks import Callback, EarlyStopping
from kerasflow.core.graph import Graph
from kerasflow.estimators.lbfgs import minimise
from kerasflow.estimators.parameters import boolean, check_parameters, check_weights, choice, integer, number, sizes
from kerasflow.layers import Dense, Dropout, Input
from kerasflow.models import Sequential
from kerasflow.regularizers import L2

__all__ = ["Network"]

Array = np.ndarray[Any, Any]

_SOLVERS = {
    "adam": optimizers.Adam,
    "sgd": optimizers.SGD,
    "rmsprop": optimizers.RMSprop,
    "adagrad": optimizers.Adagrad,
}
_RULES = {
    "hidden_layer_sizes": sizes(),
    "activation": choice("relu", "tanh", "sigmoid", "logistic", "identity", "elu", "selu", "gelu", "softplus"),
    "solver": choice(*_SOLVERS, "lbfgs"),
    "alpha": number(0),
    "dropout": number(0, 1),
    "batch_size": choice("auto", other=integer(1)),
    "learning_rate_init": number(0, above=True),
    "max_iter": integer(1),
    "shuffle": boolean(),
    "tol": number(0),
    "n_iter_no_change": integer(1),
    "early_stopping": boolean(),
    "validation_fraction": number(0, 1, above=True),
    "warm_start": boolean(),
}
_ACTIVATIONS = {"logistic": "sigmoid", "identity": "linear"}


class Network(BaseEstimator):
    """A network with a head; the parameters are those of the estimators that derive from it."""

    head: Any

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """Fit the network to the data.

        Args:
            X: array of shape (n_samples, n_features).
            y: array of shape (n_samples,), for a regressor also (n_samples, n_outputs).
            sample_weight: array of shape (n_samples,): how often each sample counts, by default once.

        Returns:
            the estimator itself.

        Raises:
            ValueError: a parameter or the data are not what they must be.
        """
        check_parameters(self, _RULES)
        X, y = validate_data(self, X, y, dtype=(np.float64, np.float32), **self._target_checks())
        weights = check_weights(sample_weight, len(X), X.dtype)
        before = (getattr(self, "coefs_", None), getattr(self, "intercepts_", None)) if self.warm_start else None
        targets, balance = self.head.learn(self, y, getattr(self, "class_weight", None))
        if balance is not None:
            weights = weights * balance.astype(X.dtype)
        targets = targets if targets.dtype.kind in "iu" else targets.astype(X.dtype, copy=False)
        # A sample of weight zero is as good as absent, for the batches and the validation too.
        kept = weights > 0
        random = check_random_state(self.random_state)
        graph = Graph()
        graph.seed = int(random.randint(np.iinfo(np.int32).max))
        with graph.as_default():
            self._train(X[kept], targets[kept], weights[kept], y[kept], random, before)
        return self

    def _target_checks(self) -> dict[str, Any]:
        return {}

    def _train(self, X: Array, y: Array, weights: Array, labels: Array, random: Any, before: Any) -> None:
        model = self._network(X.dtype, weights.sum())
        if before is not None and before[0] is not None:
            model.set_weights(_interleaved(*before))
        if self.solver == "lbfgs":
            self._train_lbfgs(model, X, y, weights)
        else:
            self._train_in_batches(model, X, y, weights, labels, random)
        learned = model.get_weights()
        self.coefs_, self.intercepts_ = learned[0::2], learned[1::2]
        self.n_layers_ = len(self.coefs_) + 1
        if not all(np.isfinite(a).all() for a in learned):
            raise ValueError(
                "The fit diverged: the weights are not finite. Scale the features, or lower learning_rate_init."
            )
        self._model = model

    def _train_lbfgs(self, model: Any, X: Array, y: Array, weights: Array) -> None:
        scaled = weights * (len(weights) / weights.sum())
        result = minimise(model, self._loss(), X, y, scaled, self.max_iter, self.tol)
        self.n_iter_, self.loss_, self.loss_curve_ = int(result.nit), float(result.fun), [float(result.fun)]
        if result.status == 1:
            self._warn_not_converged()

    def _train_in_batches(self, model: Any, X: Array, y: Array, weights: Array, labels: Array, random: Any) -> None:
        validation = None
        if self.early_stopping:
            stratify = labels if self.head.stratified else None
            X, held, y, y_held, weights, w_held = train_test_split(
                X, y, weights, test_size=self.validation_fraction, random_state=random, stratify=stratify
            )
            validation = (held, y_held, w_held)
        # The mean weight is one, so that the step size does not depend on the unit of the weights.
        weights = weights * (len(weights) / weights.sum())
        model.compile(_SOLVERS[self.solver](self.learning_rate_init), self._loss())
        patient = EarlyStopping(
            "val_loss" if validation else "loss",
            patience=self.n_iter_no_change,
            min_delta=0.0 if validation else self.tol,
            restore_best_weights=bool(validation),
        )
        size = min(200, len(X)) if self.batch_size == "auto" else min(self.batch_size, len(X))
        history = model.fit(
            X,
            y,
            sample_weight=None if (weights == 1).all() else weights,
            batch_size=size,
            epochs=self.max_iter,
            shuffle=self.shuffle,
            validation_data=validation,
            callbacks=[patient, _Finite()],
            verbose=2 if self.verbose else 0,
        )
        self.loss_curve_ = history.history["loss"]
        self.n_iter_, self.loss_ = len(self.loss_curve_), self.loss_curve_[-1]
        if validation is not None:
            self.validation_loss_curve_ = history.history["val_loss"]
        if not patient.stopped_epoch and self.n_iter_ == self.max_iter:
            self._warn_not_converged()

    def _warn_not_converged(self) -> None:
        warnings.warn(
            f"{type(self).__name__}: max_iter={self.max_iter} iterations were not enough to converge.",
            ConvergenceWarning,
            stacklevel=2,
        )

    def _loss(self) -> Any:
        if self.head.stratified:
            two = self.head.units(self) == 1
            cls = losses.BinaryCrossentropy if two else losses.SparseCategoricalCrossentropy
            return cls(from_logits=True)
        return losses.MeanSquaredError()

    def _network(self, dtype: Any, total_weight: float) -> Any:
        """The model, built; its weights are the initial ones."""
        options = {"dtype": np.dtype(dtype).name}
        # alpha / 2 |W|^2 for the whole of the data, and the loss is its mean
        penalty = L2(self.alpha / 2 / float(total_weight)) if self.alpha else None
        model = Sequential([Input((self.n_features_in_,), dtype=options["dtype"])])
        hidden = self.hidden_layer_sizes
        for units in [hidden] if np.ndim(hidden) == 0 else hidden:
            name = _ACTIVATIONS.get(self.activation, self.activation)
            model.add(Dense(int(units), activation=name, kernel_regularizer=penalty, **options))
            if self.dropout:
                model.add(Dropout(self.dropout, **options))
        model.add(Dense(self.head.units(self), kernel_regularizer=penalty, **options))
        return model

    # Using what was learned.

    def _outputs(self, X: Any) -> Array:
        check_is_fitted(self)
        X = validate_data(self, X, dtype=(np.float64, np.float32), reset=False)
        if getattr(self, "_model", None) is None:
            with Graph().as_default():
                self._model = self._network(self.coefs_[0].dtype, 1.0)
            self._model.set_weights(_interleaved(self.coefs_, self.intercepts_))
        return self._model.predict(X.astype(self.coefs_[0].dtype, copy=False), verbose=0)

    def predict(self, X: Any) -> Array:
        """What the network predicts for each row of `X`, an array of shape (n_samples, n_features).

        Raises:
            NotFittedError: it is not fitted yet. ValueError: `X` has another number of features.
        """
        check_is_fitted(self)
        return self.head.predictions(self, self._outputs(X))

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in super().__getstate__().items() if k != "_model"}


class _Finite(Callback):
    """Ends a training whose loss is no number any more."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Look at the loss."""
        if not np.isfinite((logs or {}).get("loss", 0.0)):
            self.model.stop_training = True


def _interleaved(coefs: list[Array], intercepts: list[Array]) -> list[Array]:
    return [a for pair in zip(coefs, intercepts, strict=True) for a in pair]
