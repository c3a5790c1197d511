"""The body all estimators share: a network that is fitted to arrays, and used.

What `fit` learns is kept as plain arrays, `coefs_` and `intercepts_`; of the model that learned them nothing is left.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils import check_consistent_length, check_random_state
from sklearn.utils.validation import validate_data

from kerasflow.core.graph import Graph
from kerasflow.estimators.batches import descend
from kerasflow.estimators.course import Course
from kerasflow.estimators.features import Featured
from kerasflow.estimators.heads import Head
from kerasflow.estimators.lbfgs import minimise
from kerasflow.estimators.parameters import check_parameters, check_weights
from kerasflow.estimators.stack import Predictor, alternating, release, stack
from kerasflow.regularizers import L2

__all__ = ["Network"]

Array = np.ndarray[Any, Any]


@dataclass(eq=False, repr=False, kw_only=True)
class Network(Featured):
    """A network; what it predicts, and whether it has hidden layers, is for the classes that derive from it to say.

    The fields are the parameters: scikit-learn asks for a constructor that names each of them and only stores it, and
    that is what a data class has.
    """

    hidden_layer_sizes: ClassVar[Any] = ()
    activation: ClassVar[str] = "identity"
    dropout: ClassVar[float] = 0.0

    solver: str = "adam"
    alpha: float = 1e-4
    batch_size: Any = "auto"
    learning_rate_init: float = 1e-3
    max_iter: int = 200
    shuffle: bool = True
    random_state: Any = None
    tol: float = 1e-4
    n_iter_no_change: int = 10
    early_stopping: bool = False
    validation_fraction: float = 0.1
    warm_start: bool = False
    verbose: Any = False

    _target_checks: ClassVar[Mapping[str, Any]] = {}

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """Fit the network to the data; a fit that fails leaves the estimator as it was.

        Args:
            X: array of shape (n_samples, n_features); the network computes in its type, float32 or float64.
            y: array of shape (n_samples,), for a regressor also (n_samples, n_outputs).
            sample_weight: array of shape (n_samples,): how often each sample counts, by default once.

        Returns:
            the estimator itself.

        Raises:
            ValueError: a parameter or the data are not what they must be, or the training diverged.
        """
        before = dict(vars(self))
        try:
            converged = self._fit(X, y, sample_weight, before)
        except BaseException:
            vars(self).clear()
            vars(self).update(before)
            raise
        if not converged:
            message = f"{type(self).__name__} has not converged after max_iter={self.max_iter} iterations."
            warnings.warn(message, ConvergenceWarning, stacklevel=2)
        return self

    def _fit(self, X: Any, y: Any, sample_weight: Any, before: Mapping[str, Any]) -> bool:
        check_parameters(self)
        y = validate_data(self, "no_validation", y, **self._target_checks)
        X = self._learn_features(X)
        check_consistent_length(X, y)
        head, weights = self._learn_targets(y, check_weights(sample_weight, len(X)), X.dtype)
        random = check_random_state(self.random_state)
        # A sample of weight zero is as good as absent, for the batches and the validation too.
        rows, held_out = self._split(np.flatnonzero(weights), y, random, head)
        hidden = [self.hidden_layer_sizes] if np.ndim(self.hidden_layer_sizes) == 0 else list(self.hidden_layer_sizes)
        # Without hidden layers the least loss is found from anywhere: where from is not left to chance.
        start = "glorot_uniform" if hidden else "zeros"
        penalty = L2(self.alpha * head.penalty / float(weights[rows].sum())) if self.alpha else None
        graph = Graph()
        graph.seed = int(random.randint(np.iinfo(np.int32).max))
        with graph.as_default():
            sizes = [X.shape[1], *hidden, head.outputs]
            model = stack(sizes, self.activation, X.dtype, self.dropout, penalty, start)
            if self.warm_start and "coefs_" in before:
                self._go_on_from(before, model, head)
            course = self._train(model, head, *[_part(r, X, y, weights, head) for r in (rows, held_out)])
        self._keep(model, head, course)
        return course.converged

    def _learn_targets(self, y: Array, weights: Array, dtype: np.dtype[Any]) -> tuple[Head, Array]:
        """The head for targets, in a network of type `dtype`, and the samples' weights with what is added to them."""
        raise NotImplementedError(f"{type(self).__name__} has to define _learn_targets.")

    def _split(self, rows: Array, y: Array, random: Any, head: Head) -> tuple[Array, Array | None]:
        """The samples to train on, and those to hold out."""
        if not self.early_stopping:
            return rows, None
        share, classes = self.validation_fraction, y[rows] if head.stratify else None
        try:
            kept, held_out = train_test_split(rows, test_size=share, random_state=random, stratify=classes)
        except ValueError as e:
            raise ValueError(
                f"early_stopping=True with validation_fraction={share} cannot hold out some of {len(rows)} samples: {e}"
            ) from e
        return kept, held_out

    def _go_on_from(self, before: Mapping[str, Any], model: Any, head: Head) -> None:
        """Set the weights of `model` to those of the last fit."""
        coefs, intercepts = list(before["coefs_"]), list(before["intercepts_"])
        same = np.array_equal(before.get("classes_", ()), vars(self).get("classes_", ()))
        if not same or [w.shape for w in model.get_weights()] != [np.shape(a) for a in alternating(coefs, intercepts)]:
            raise ValueError("warm_start=True asks for the features, targets or classes, and layers of the last fit.")
        coefs[-1], intercepts[-1] = head.from_units(coefs[-1], intercepts[-1])
        model.set_weights(alternating(coefs, intercepts))

    def _train(self, model: Any, head: Head, data: Any, held_out: Any) -> Course:
        if self.solver == "lbfgs":
            return minimise(model, head.loss, data, self.max_iter, self.tol)
        return descend(model, head.loss, data, held_out, self)

    def _keep(self, model: Any, head: Head, course: Course) -> None:
        """Take what was learned from the model."""
        weights = model.get_weights()
        weights[-2:] = head.to_units(*weights[-2:])
        if not np.isfinite(course.losses[-1]) or not all(np.isfinite(w).all() for w in weights):
            raise ValueError("The training diverged: scale the features, or lower learning_rate_init.")
        self.coefs_, self.intercepts_ = weights[0::2], weights[1::2]
        self.n_layers_ = len(self.coefs_) + 1
        self.n_iter_, self.loss_, self.loss_curve_ = len(course.losses), course.losses[-1], course.losses
        self.validation_loss_curve_ = course.held_out
        self._predictor = Predictor(self.activation)
        release(model)

    def _outputs(self, X: Any) -> Array:
        """What the last layer gives, (n_samples, n_outputs)."""
        return self._predictor.outputs(self._features(X, self.coefs_[0].dtype), self.coefs_, self.intercepts_)


def _part(rows: Array | None, X: Array, y: Array, weights: Array, head: Head) -> tuple[Array, Array, Array] | None:
    """Features, encoded targets and weights of some samples. The mean weight is one: their unit changes nothing."""
    if rows is None:
        return None
    if len(rows) < len(X):
        X, y, weights = X[rows], y[rows], weights[rows]
    targets = head.encode(y)
    targets = targets.astype(X.dtype) if targets.dtype.kind == "f" else targets
    return X, targets, (weights * (len(weights) / weights.sum())).astype(X.dtype)
