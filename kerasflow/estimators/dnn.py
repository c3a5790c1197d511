"""Deep estimators: fully connected hidden layers between the features and the targets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kerasflow.estimators.body import Network
from kerasflow.estimators.kinds import Classifier, Regressor

__all__ = ["DNNClassifier", "DNNRegressor"]


@dataclass(eq=False, repr=False)
class _Deep(Network):
    """A network with hidden layers."""

    hidden_layer_sizes: Any = (100,)
    activation: str = "relu"
    dropout: float = field(default=0.0, kw_only=True)


class DNNRegressor(Regressor, _Deep):
    """A deep neural network that predicts numbers, trained by the squared error.

    It is trained on the standard scores of the targets (their distance from the mean in standard deviations), so the
    unit of the targets does not matter, and a loss is a share of their variance.

    Args:
        hidden_layer_sizes: the number of units of each hidden layer.
        activation: of the hidden layers: "relu", "tanh", "sigmoid", "identity", "elu", "selu", "gelu", "softplus".
        solver: "adam", "sgd" (with Nesterov's momentum, 0.9), "rmsprop" or "adagrad" in mini-batches, or "lbfgs" on all
            the data at once.
        alpha: the strength of the penalty ``alpha |W|^2`` beside the sum of the squared errors, as in `Ridge`.
        dropout: the share of the hidden units that is dropped in training, in [0, 1).
        batch_size: the number of samples in a step; "auto" is 200, or all if there are fewer.
        learning_rate_init: the size of the steps.
        max_iter: the largest number of epochs, or of iterations of "lbfgs".
        shuffle: whether each epoch takes the samples in an order of its own.
        random_state: an int for the same result in every fit.
        tol: training ends when the loss has not fallen by `tol` for `n_iter_no_change` epochs; "lbfgs" ends when no
            element of the gradient is larger.
        early_stopping: whether to watch the loss on samples held out instead, and keep the weights of the best epoch.
        validation_fraction: the share of the samples that is held out.
        warm_start: whether another fit goes on from the weights of the last.
        verbose: whether to print a line an epoch.
        categorical_features: the columns of categories, by name or place, or a mask; or "from_dtype", those of texts
            and of the types that pandas and polars have for categories. None for none.
        missing_values: "median" if values may be missing, None if not. With this or categories the columns of a frame,
            or of an array, become features as `TabularEncoder` makes them.

    Attributes:
        coefs_, intercepts_: the weights of each layer.
        n_iter_, loss_, loss_curve_: the number of epochs or iterations, the last loss and that of each of them.
        validation_loss_curve_: with early stopping, the loss of each epoch on the samples held out.
        n_features_in_, feature_names_in_, n_outputs_: what it was fitted to.

    >>> from kerasflow.estimators import DNNRegressor
    >>> X = np.linspace(-1, 1, 50).reshape(-1, 1)
    >>> model = DNNRegressor((16,), solver="lbfgs", random_state=0, tol=1e-3).fit(X, X[:, 0] ** 2)
    >>> model.score(X, X[:, 0] ** 2) > 0.99
    True
    """


@dataclass(eq=False, repr=False)
class DNNClassifier(Classifier, _Deep):
    """A deep neural network that predicts classes, trained by the cross-entropy.

    Args:
        hidden_layer_sizes: the number of units of each hidden layer.
        activation: of the hidden layers: "relu", "tanh", "sigmoid", "identity", "elu", "selu", "gelu", "softplus".
        solver: "adam", "sgd" (with Nesterov's momentum, 0.9), "rmsprop" or "adagrad" in mini-batches, or "lbfgs" on all
            the data at once.
        alpha: the strength of the penalty ``alpha / 2 |W|^2`` beside the sum of the losses: scikit-learn's 1/C.
        dropout: the share of the hidden units that is dropped in training, in [0, 1).
        batch_size: the number of samples in a step; "auto" is 200, or all if there are fewer.
        learning_rate_init: the size of the steps.
        max_iter: the largest number of epochs, or of iterations of "lbfgs".
        shuffle: whether each epoch takes the samples in an order of its own.
        random_state: an int for the same result in every fit.
        tol: training ends when the loss has not fallen by `tol` for `n_iter_no_change` epochs; "lbfgs" ends when no
            element of the gradient is larger.
        early_stopping: whether to watch the loss on samples held out instead, and keep the weights of the best epoch.
        validation_fraction: the share of the samples that is held out.
        class_weight: a dict from class to weight, "balanced" to give all classes the same sum of weights, or None.
        warm_start: whether another fit goes on from the weights of the last.
        verbose: whether to print a line an epoch.
        categorical_features, missing_values: see `DNNRegressor`.

    Attributes:
        classes_: the classes, sorted.
        coefs_, intercepts_: the weights of each layer.
        n_iter_, loss_, loss_curve_: the number of epochs or iterations, the last loss and that of each of them.
        validation_loss_curve_: with early stopping, the loss of each epoch on the samples held out.
        n_features_in_, feature_names_in_: what it was fitted to.

    >>> from kerasflow.estimators import DNNClassifier
    >>> X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> y = np.array(["same", "other", "other", "same"])
    >>> model = DNNClassifier((16,), solver="lbfgs", random_state=0).fit(X, y)
    >>> model.predict(X).tolist(), model.predict_proba(X).shape
    (['same', 'other', 'other', 'same'], (4, 2))
    """
