"""The body all estimators share: a network that is fitted to arrays, and used.

What `fit` learns is kept as plain arrays, `coefs_` and `intercepts_`; of the model that learned them nothing is left.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy.sparse import issparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils import check_consistent_length, check_random_state
from sklearn.utils.validation import validate_data

from kerasflow.estimators import lbfgs
from kerasflow.estimators.batches import descend, solver_of
from kerasflow.estimators.bench import Bench, borrowed
from kerasflow.estimators.convertible import Convertible
from kerasflow.estimators.course import Course
from kerasflow.estimators.features import Featured
from kerasflow.estimators.heads import Head
from kerasflow.estimators.lbfgs import Slope
from kerasflow.estimators.outputs import outputs
from kerasflow.estimators.parameters import Rule, check_parameters, check_weights, takes_batches
from kerasflow.estimators.sparse import SparseStack
from kerasflow.estimators.stack import Stack, alternating
from kerasflow.estimators.tasks import CALLER, CallbackSupportMixin, Tasks, with_callbacks
from kerasflow.estimators.threads import blas_threads
from kerasflow.estimators.undoing import all_or_nothing

__all__ = ["Network"]

Array = np.ndarray[Any, Any]
Data = tuple[Any, Array, Array]  # features, encoded targets, weights
_SEEDS = np.iinfo(np.int32).max


@dataclass(eq=False, repr=False, kw_only=True)
class Network(Convertible, CallbackSupportMixin, Featured):
    """A network; what it predicts, and whether it has hidden layers, is for the classes that derive from it to say.

    The fields are the parameters: scikit-learn asks for a constructor that names each of them and only stores it, and
    that is what a data class has.
    """

    hidden_layer_sizes: ClassVar[Any] = ()
    activation: ClassVar[str] = "identity"
    dropout: ClassVar[float] = 0.0

    solver: Any = "adam"
    alpha: float = 1e-4
    l1: float = 0.0
    batch_size: Any = "auto"
    learning_rate: Any = "constant"
    learning_rate_init: float = 1e-3
    max_iter: int = 200
    shuffle: bool = True
    random_state: Any = None
    tol: float = 1e-4
    n_iter_no_change: int = 10
    early_stopping: bool = False
    validation_fraction: float = 0.1
    warm_start: bool = False
    n_threads: int = 1
    callbacks: Any = None
    verbose: Any = False

    _target_checks: ClassVar[Mapping[str, Any]] = {}
    _own_rules: ClassVar[Mapping[str, Rule]] = {}  # of parameters that mean more here than elsewhere

    @with_callbacks
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> Any:
        """Fit the network to the data; a fit that fails leaves the estimator as it was.

        Args:
            X: array of shape (n_samples, n_features); the network computes in its type, float32 or float64.
            y: array of shape (n_samples,); (n_samples, n_outputs) for several outputs.
            sample_weight: array of shape (n_samples,): how often each sample counts, by default once.
            X_val, y_val, sample_weight_val: other samples, whose loss is noted after each epoch; with `early_stopping`
                it is what decides, and none of the samples of `X` is held out.

        Returns:
            the estimator itself.

        Raises:
            ValueError: a parameter or the data are not what they must be, or the training diverged.
        """
        check_parameters(self)
        tasks = Tasks(self, X, y, sample_weight, self.max_iter)
        with all_or_nothing(self) as before, blas_threads(self.n_threads):
            converged = self._fit(X, y, sample_weight, (X_val, y_val, sample_weight_val), before, tasks)
        tasks.end()
        if not converged:
            message = f"{type(self).__name__} has not converged after max_iter={self.max_iter} iterations."
            warnings.warn(message, ConvergenceWarning, stacklevel=CALLER)
        return self

    def _fit(
        self, X: Any, y: Any, sample_weight: Any, validation: Any, before: Mapping[str, Any], tasks: Tasks
    ) -> bool:
        y = self._checked_targets(y)
        samples = self._samples(X)
        check_consistent_length(samples, y)
        y = self._shaped(y, samples.dtype)
        counts = check_weights(sample_weight, samples.shape[0])
        head = self._learn_targets(y, counts)
        self._weigh_classes(head, y, counts)
        weights = self._weighed(head, y, counts)
        random = check_random_state(self.random_state)
        # A sample of weight zero is as good as absent, for the batches and the validation too.
        rows, others = np.flatnonzero(weights), None
        if self.early_stopping and validation[0] is None and validation[1] is None:
            rows, others = self._split(rows, y, random, head)
            head = self._taught_by(head, y, counts, rows)
        X = self._learn_features(samples, rows, counts)
        given = self._validation(validation, head, X.dtype)
        held_out = given if others is None else self._part(others, X, y, weights, head)
        seed = int(random.randint(_SEEDS))
        design = self._design(X, head)
        start = self._going_on(before, design, head) if self.warm_start and "coefs_" in before else design.start(random)
        data = self._part(rows, X, y, weights, head)
        course = self._train(design, head, data, held_out, start, seed, tasks, float(weights[rows].sum()))
        self._keep(course, head)
        self.n_iter_, self.loss_curve_ = len(course.losses), course.losses
        self.validation_loss_curve_ = course.held_out
        watched = course.held_out if self.early_stopping else course.losses
        self.loss_, self.best_loss_ = course.losses[-1], min(watched)
        vars(self).pop("_optimizer_state", None)
        return course.converged

    def _partial_fit(self, X: Any, y: Any, sample_weight: Any, **known: Any) -> Any:
        """One epoch on some samples, from where the last one ended."""
        check_parameters(self)
        with all_or_nothing(self) as before, blas_threads(self.n_threads):
            first = "coefs_" not in before
            if self.early_stopping:
                raise ValueError("partial_fit takes all samples to train on: early_stopping must be False.")
            y = self._checked_targets(y)
            X = self._samples(X) if first else self._features(X, before["coefs_"][0].dtype)
            check_consistent_length(X, y)
            y = self._shaped(y, X.dtype)
            counts = check_weights(sample_weight, X.shape[0])
            head = self._learn_targets(y, counts, **known) if first else self._known_targets()
            self._weigh_classes(head, y, counts)
            weights = self._weighed(head, y, counts)
            rows = np.flatnonzero(weights)
            X = self._learn_features(X, rows, counts)
            random = check_random_state(self.random_state)
            seed = int(random.randint(_SEEDS)) if first else before.get("_seed", 0)
            design = self._design(X, head)
            start = design.start(random) if first else self._going_on(before, design, head)
            done = before.get("n_iter_", 0)
            drawn = int(np.random.SeedSequence([seed, done]).generate_state(1)[0] >> 1)
            data = self._part(rows, X, y, weights, head)
            state = before.get("_optimizer_state")
            course = self._train(design, head, data, None, start, drawn, None, float(weights.sum()), done, state)
            self._keep(course, head)
            self._seed, self._optimizer_state, self.n_iter_ = seed, course.state, done + 1
            self.loss_curve_ = [*before.get("loss_curve_", []), *course.losses]
            self.validation_loss_curve_ = before.get("validation_loss_curve_", [])
            self.loss_, self.best_loss_ = course.losses[-1], min(self.loss_curve_)
        return self

    # What is learned from: `Featured` has the features.

    def _shaped(self, y: Any, dtype: np.dtype[Any]) -> Array:
        """Targets as a head takes them, which a network of type `dtype` is to learn."""
        raise NotImplementedError(f"{type(self).__name__} has to define _shaped.")

    def _checked_targets(self, y: Any) -> Any:
        """The targets, checked; names that features have stay as they are."""
        names = {k: v for k, v in vars(self).items() if k == "feature_names_in_"}
        y = validate_data(self, "no_validation", y, **self._target_checks)
        vars(self).update(names)
        return y

    def _learn_targets(self, y: Array, weights: Array) -> Head:
        """The head for targets; sets what `_known_targets` goes by."""
        raise NotImplementedError(f"{type(self).__name__} has to define _learn_targets.")

    def _taught_by(self, head: Head, y: Array, weights: Array, rows: Array) -> Head:
        """The head that some of the samples teach, where all of them have taught `head`."""
        return head

    def _known_targets(self) -> Head:
        """The head of the last fit."""
        raise NotImplementedError(f"{type(self).__name__} has to define _known_targets.")

    def _weigh_classes(self, head: Head, y: Array, weights: Array) -> None:
        """Tell the head how much classes weigh."""

    def _weighed(self, head: Head, y: Array, weights: Array) -> Array:
        """The weights of the samples, with those of their classes."""
        weights = weights * head.factors(y)
        if not weights.any():
            raise ValueError("class_weight gives all samples the weight zero.")
        return weights

    def _validation(self, given: Sequence[Any], head: Head, dtype: np.dtype[Any]) -> Data | None:
        """The samples that were passed to validate on."""
        X, y, sample_weight = given
        if X is None and y is None:
            return None
        if X is None or y is None:
            raise ValueError(f"{'X_val' if X is None else 'y_val'} is missing: both are needed to validate.")
        if not takes_batches(self):
            raise ValueError(f"X_val asks for a solver that takes mini-batches. Got solver={self.solver!r}.")
        y = self._checked_targets(y)
        X = self._features(X, dtype)
        check_consistent_length(X, y)
        y = self._shaped(y, X.dtype)
        weights = self._weighed(head, y, check_weights(sample_weight, X.shape[0]))
        return self._part(np.flatnonzero(weights), X, y, weights, head)

    def _split(self, rows: Array, y: Array, random: Any, head: Head) -> tuple[Array, Array]:
        """The samples to train on, and those to hold out."""
        share, strata = self.validation_fraction, head.strata(y)
        try:
            kept, held_out = train_test_split(
                rows, test_size=share, random_state=random, stratify=None if strata is None else strata[rows]
            )
        except ValueError as e:
            raise ValueError(
                f"early_stopping=True with validation_fraction={share} cannot hold out some of {len(rows)} samples: {e}"
            ) from e
        return kept, held_out

    def _part(self, rows: Array, X: Any, y: Array, weights: Array, head: Head) -> Data:
        """Features, encoded targets and weights of some samples. The mean weight is one: their unit changes nothing."""
        if len(rows) < len(y):
            X, y, weights = X[rows], y[rows], weights[rows]
        targets = head.encode(y)
        targets = targets.astype(X.dtype) if targets.dtype.kind == "f" else targets
        return X, targets, (weights * (len(weights) / weights.sum())).astype(X.dtype)

    # The network: overridden by estimators whose networks are no stacks.

    def _design(self, X: Any, head: Head) -> Any:
        """What the network looks like, see `Stack`."""
        sizes = self.hidden_layer_sizes
        hidden = [int(n) for n in ([sizes] if np.ndim(sizes) == 0 else sizes)]
        stack = Stack((X.shape[1], *hidden, head.outputs), self.activation, X.dtype.name, float(self.dropout))
        return SparseStack.like(stack) if issparse(X) else stack

    def _learned(self, weights: Sequence[Array], head: Head) -> dict[str, Any]:
        """What the estimator keeps of the weights of the model, by the names of the attributes."""
        weights = [*weights[:-2], *head.to_units(*weights[-2:])]
        coefs = weights[0::2]
        return {
            "coefs_": coefs,
            "intercepts_": weights[1::2],
            "n_layers_": len(coefs) + 1,
            "_activation": self.activation,
        }

    def _going_on(self, before: Mapping[str, Any], design: Any, head: Head) -> list[Array]:
        """The weights of the last fit, for a model of this design."""
        coefs, intercepts = list(before["coefs_"]), list(before["intercepts_"])
        sizes = tuple([len(coefs[0]), *[len(b) for b in intercepts]])
        if sizes != design.sizes or not self._same_targets(before):
            raise ValueError("warm_start=True asks for the features, targets or classes, and layers of the last fit.")
        coefs[-1], intercepts[-1] = head.from_units(coefs[-1], intercepts[-1])
        return alternating(coefs, intercepts)

    def _outputs(self, X: Any) -> Array:
        """What the last layer gives, (n_samples, n_outputs)."""
        dtype = self.coefs_[0].dtype
        design = Stack((len(self.coefs_[0]), *[len(b) for b in self.intercepts_]), self._activation, dtype.name)
        X = self._features(X, dtype)
        design = SparseStack.like(design) if issparse(X) else design
        with blas_threads(self.n_threads):
            return outputs(design, X, alternating(self.coefs_, self.intercepts_))

    def _train(
        self,
        design: Any,
        head: Head,
        data: Data,
        held_out: Data | None,
        start: Sequence[Array],
        seed: int,
        tasks: Tasks | None,
        total: float,
        epoch: int | None = None,
        state: Sequence[Array] | None = None,
    ) -> Course:
        """Train a model of this design from the weights `start`, all epochs or one; the weights come to `total`."""
        watch = tasks and tasks.watch(lambda weights: self._learned(weights, head))
        l1, l2 = (s * f / total for s, f in zip((self.l1, self.alpha), head.penalties, strict=True))
        if not takes_batches(self):
            return self._minimised(design, head, data, start, (l1, l2), watch)
        optimizer, fixed, rate = solver_of(self)
        penalties = tuple([name for name, strength in (("l1", l1), ("l2", l2)) if strength])
        key = None if fixed is None or self.callbacks else ("batches", design, head.key, fixed, penalties)
        epochs = range(self.max_iter) if epoch is None else range(epoch, epoch + 1)
        with borrowed(key, lambda: Bench(design, head.loss(), optimizer, penalties)) as bench:
            bench.begin(start, (l1, l2), rate, seed, state)
            return descend(bench, data, held_out, self, epochs, rate, watch)

    def _minimised(
        self, design: Any, head: Head, data: Data, start: Sequence[Array], strengths: tuple[float, float], watch: Any
    ) -> Course:
        """Train a model of this design on all the data at once, with penalties of these strengths."""
        l1, l2 = strengths
        targets, penalties = (data[1].dtype.name, data[1].shape[1]), ("l2",) if l2 else ()
        key = ("slope", design, head.key, targets, penalties)
        with borrowed(key, lambda: Slope(design, head.loss(), targets, penalties)) as slope:
            slope.begin(start, (0.0, l2))
            return lbfgs.minimise(slope, data, head.flattest, self.max_iter, self.tol, l1, l2, watch)

    def _keep(self, course: Course, head: Head) -> None:
        """Take what was learned."""
        learned = self._learned(course.weights, head)
        arrays = [*course.weights, *learned["coefs_"], *learned["intercepts_"]]
        if not np.isfinite(course.losses[-1]) or not all(np.isfinite(w).all() for w in arrays):
            raise ValueError("The training diverged: scale the features, or lower learning_rate_init.")
        vars(self).update(learned)
