"""Deep estimators: fully connected hidden layers between the features and the targets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kerasflow.estimators.body import Network
from kerasflow.estimators.hidden import Hidden
from kerasflow.estimators.kinds import Classifier, Regressor

__all__ = ["DNNClassifier", "DNNRegressor"]


@dataclass(eq=False, repr=False)
class _Deep(Hidden, Network):
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
        solver: "adam", "adamw", "nadam", "adamax", "sgd" (with Nesterov's momentum, 0.9), "rmsprop", "adagrad",
            "adadelta", "ftrl" or an optimizer, in mini-batches; or "lbfgs" on all the data at once.
        alpha: the strength of the penalty ``alpha |W|^2`` beside the sum of the squared errors, as in `Ridge`.
        l1: the strength of the penalty ``l1 |W|`` beside them, with W for standard scores.
        dropout: the share of the hidden units that is dropped in training, in [0, 1).
        batch_size: the number of samples in a step; "auto" is 200, or all if there are fewer.
        learning_rate: "constant"; "cosine", down to 0 at `max_iter`; "adaptive", divided by 5 where training would
            end, until it is below 1e-6; or a schedule of `tf.optimizers.schedules`.
        learning_rate_init: the size of the first steps.
        max_iter: the largest number of epochs, or of iterations of "lbfgs".
        shuffle: whether each epoch takes the samples in an order of its own.
        random_state: an int for the same result in every fit.
        tol: training ends when the loss has not fallen by `tol` for `n_iter_no_change` epochs; "lbfgs" ends when no
            element of the gradient is larger.
        early_stopping: whether to watch the loss on samples held out instead, and keep the weights of the best epoch.
        validation_fraction: the share of the samples that is held out.
        warm_start: whether another fit goes on from the weights of the last, with an optimizer that begins anew.
        n_threads: how many threads BLAS may use; 1 within workers of joblib.
        callbacks: a list of callbacks, of which each fit takes copies.
        verbose: whether to show a bar or, where none can move, a line an epoch; 2 for the line in any case.
        categorical_features: the columns of categories, by name or place, or a mask; or "from_dtype", those of texts
            and of the types that pandas and polars have for categories. None for none.
        missing_values: "median" if values may be missing, None if not. With this or categories the columns of a frame,
            or of an array, become features as `TabularEncoder` makes them.

    Attributes:
        coefs_, intercepts_: the weights of each layer.
        n_iter_, loss_, loss_curve_: the number of epochs or iterations, the last loss and that of each of them.
        validation_loss_curve_: the loss of each epoch on the samples held out, or passed to validate on.
        best_loss_: the least loss; with early stopping, the least on those samples.
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

    The targets are classes; zeros and ones with two axes, for labels that a sample may have together; or several
    outputs, a class of each.

    Args:
        hidden_layer_sizes: the number of units of each hidden layer.
        activation: of the hidden layers: "relu", "tanh", "sigmoid", "identity", "elu", "selu", "gelu", "softplus".
        solver: "adam", "adamw", "nadam", "adamax", "sgd" (with Nesterov's momentum, 0.9), "rmsprop", "adagrad",
            "adadelta", "ftrl" or an optimizer, in mini-batches; or "lbfgs" on all the data at once.
        alpha: the strength of the penalty ``alpha / 2 |W|^2`` beside the sum of the losses: scikit-learn's 1/C.
        l1: the strength of the penalty ``l1 |W|`` beside them.
        dropout: the share of the hidden units that is dropped in training, in [0, 1).
        batch_size: the number of samples in a step; "auto" is 200, or all if there are fewer.
        learning_rate: "constant"; "cosine", down to 0 at `max_iter`; "adaptive", divided by 5 where training would
            end, until it is below 1e-6; or a schedule of `tf.optimizers.schedules`.
        learning_rate_init: the size of the first steps.
        max_iter: the largest number of epochs, or of iterations of "lbfgs".
        shuffle: whether each epoch takes the samples in an order of its own.
        random_state: an int for the same result in every fit.
        tol: training ends when the loss has not fallen by `tol` for `n_iter_no_change` epochs; "lbfgs" ends when no
            element of the gradient is larger.
        early_stopping: whether to watch the loss on samples held out instead, and keep the weights of the best epoch.
        validation_fraction: the share of the samples that is held out.
        class_weight: a dict from class to weight, "balanced" to give all classes the same sum of weights, or None; for
            labels and several outputs "balanced" or a list with one of these for each.
        warm_start: whether another fit goes on from the weights of the last, with an optimizer that begins anew.
        n_threads: how many threads BLAS may use; 1 within workers of joblib.
        callbacks: a list of callbacks, of which each fit takes copies.
        verbose: whether to show a bar or, where none can move, a line an epoch; 2 for the line in any case.
        categorical_features, missing_values: see `DNNRegressor`.

    Attributes:
        classes_: the classes, sorted; of several outputs a list of them.
        coefs_, intercepts_: the weights of each layer.
        n_iter_, loss_, loss_curve_: the number of epochs or iterations, the last loss and that of each of them.
        validation_loss_curve_: the loss of each epoch on the samples held out, or passed to validate on.
        best_loss_: the least loss; with early stopping, the least on those samples.
        n_features_in_, feature_names_in_: what it was fitted to.

    >>> from kerasflow.estimators import DNNClassifier
    >>> X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> y = np.array(["same", "other", "other", "same"])
    >>> model = DNNClassifier((16,), solver="lbfgs", random_state=0).fit(X, y)
    >>> model.predict(X).tolist(), model.predict_proba(X).shape
    (['same', 'other', 'other', 'same'], (4, 2))
    """
