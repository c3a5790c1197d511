"""Deep estimators: fully connected hidden layers under a head."""

from __future__ import annotations

from typing import Any

from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from kerasflow.estimators.body import Array, Network
from kerasflow.estimators.heads import ClassificationHead, RegressionHead

__all__ = ["DNNClassifier", "DNNRegressor", "Probabilistic"]


class _Deep(Network):
    """A network with hidden layers."""

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: str = "relu",
        *,
        solver: str = "adam",
        alpha: float = 1e-4,
        dropout: float = 0.0,
        batch_size: Any = "auto",
        learning_rate_init: float = 1e-3,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        n_iter_no_change: int = 10,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        warm_start: bool = False,
        verbose: Any = False,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.dropout = dropout
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


class Probabilistic(ClassifierMixin):
    """What a classifier has beside `predict`."""

    head = ClassificationHead

    def predict_proba(self, X: Any) -> Array:
        """The probability of each class: array of shape (n_samples, n_classes), in the order of `classes_`.

        Raises:
            NotFittedError: it is not fitted yet. ValueError: `X` has another number of features.
        """
        check_is_fitted(self)
        return self.head.probabilities(self, self._outputs(X))

    def decision_function(self, X: Any) -> Array:
        """The logits: array of shape (n_samples,) for two classes, else (n_samples, n_classes).

        Raises:
            NotFittedError: it is not fitted yet. ValueError: `X` has another number of features.
        """
        check_is_fitted(self)
        logits = self._outputs(X)
        return logits[:, 0] if logits.shape[1] == 1 else logits


class DNNRegressor(RegressorMixin, _Deep):
    """A deep neural network that predicts numbers, trained by the squared error.

    Args:
        hidden_layer_sizes: the number of units of each hidden layer.
        activation: of the hidden layers: "relu", "tanh", "sigmoid", "identity", "elu", "selu", "gelu", "softplus".
        solver: "adam", "sgd", "rmsprop", "adagrad" in mini-batches, or "lbfgs" on all the data at once.
        alpha: the strength of the penalty ``alpha / 2 |W|^2``, beside the sum of the losses.
        dropout: the share of the hidden units that is dropped in training, in [0, 1).
        batch_size: the number of samples in a step; "auto" is 200, or all if there are fewer.
        learning_rate_init: the size of the steps.
        max_iter: the largest number of epochs, or of iterations of "lbfgs".
        shuffle: whether each epoch takes the samples in an order of its own.
        random_state: an int for the same result in every fit.
        tol, n_iter_no_change: training ends when the loss has not improved by `tol` for so many epochs.
        early_stopping: whether to watch the loss on held-out samples instead, and keep the best weights.
        validation_fraction: the share of the samples that is held out.
        warm_start: whether another fit goes on from the weights of the last.
        verbose: whether to print a line an epoch.

    Attributes:
        coefs_, intercepts_: the weights of each layer.
        n_iter_, loss_, loss_curve_: the number of epochs, the last loss and that of each epoch.
        n_features_in_, feature_names_in_, n_outputs_: what it was fitted to.

    >>> from kerasflow.estimators import DNNRegressor
    >>> X = np.linspace(-1, 1, 50).reshape(-1, 1)
    >>> model = DNNRegressor((16,), solver="lbfgs", random_state=0, tol=1e-3).fit(X, X[:, 0] ** 2)
    >>> model.score(X, X[:, 0] ** 2) > 0.99
    True
    """

    head = RegressionHead

    def _target_checks(self) -> dict[str, Any]:
        return {"multi_output": True, "y_numeric": True}


class DNNClassifier(Probabilistic, _Deep):
    """A deep neural network that predicts classes, trained by the cross-entropy.

    Args:
        hidden_layer_sizes: the number of units of each hidden layer.
        activation: of the hidden layers: "relu", "tanh", "sigmoid", "identity", "elu", "selu", "gelu", "softplus".
        solver: "adam", "sgd", "rmsprop", "adagrad" in mini-batches, or "lbfgs" on all the data at once.
        alpha: the strength of the penalty ``alpha / 2 |W|^2``, beside the sum of the losses.
        dropout: the share of the hidden units that is dropped in training, in [0, 1).
        batch_size: the number of samples in a step; "auto" is 200, or all if there are fewer.
        learning_rate_init: the size of the steps.
        max_iter: the largest number of epochs, or of iterations of "lbfgs".
        shuffle: whether each epoch takes the samples in an order of its own.
        random_state: an int for the same result in every fit.
        tol, n_iter_no_change: training ends when the loss has not improved by `tol` for so many epochs.
        early_stopping: whether to watch the loss on held-out samples instead, and keep the best weights.
        validation_fraction: the share of the samples that is held out.
        warm_start: whether another fit goes on from the weights of the last.
        verbose: whether to print a line an epoch.
        class_weight: a dict from class to weight, "balanced" for weights against the classes' frequencies, or None.

    Attributes:
        classes_: the classes, sorted.
        coefs_, intercepts_: the weights of each layer.
        n_iter_, loss_, loss_curve_: the number of epochs, the last loss and that of each epoch.
        n_features_in_, feature_names_in_: what it was fitted to.

    >>> from kerasflow.estimators import DNNClassifier
    >>> X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> y = np.array(["same", "other", "other", "same"])
    >>> model = DNNClassifier((16,), solver="lbfgs", random_state=0).fit(X, y)
    >>> model.predict(X).tolist(), model.predict_proba(X).shape
    (['same', 'other', 'other', 'same'], (4, 2))
    """

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: str = "relu",
        *,
        solver: str = "adam",
        alpha: float = 1e-4,
        dropout: float = 0.0,
        batch_size: Any = "auto",
        learning_rate_init: float = 1e-3,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        n_iter_no_change: int = 10,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        class_weight: Any = None,
        warm_start: bool = False,
        verbose: Any = False,
    ) -> None:
        super().__init__(
            hidden_layer_sizes,
            activation,
            solver=solver,
            alpha=alpha,
            dropout=dropout,
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
