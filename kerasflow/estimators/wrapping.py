"""The body of the estimators around models: it makes a model, trains it and keeps it.

A builder is called in each fit, with those of these arguments that it names, and with `model_params`:

    n_features_in_  the number of features          n_outputs    the number of outputs the targets need
    input_shape     the shape of a sample           classes      the classes, sorted; None for numbers
    target_type     as scikit-learn calls it        n_classes    how many there are; None for numbers
    dtype           "float32" or "float64", the type of the features
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.model_selection import train_test_split
from sklearn.utils import check_consistent_length, check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from kerasflow.core.graph import Graph
from kerasflow.core.naming import did_you_mean
from kerasflow.estimators.answers import check_known
from kerasflow.estimators.batches import Watch
from kerasflow.estimators.convertible import Convertible
from kerasflow.estimators.files import Saveable
from kerasflow.estimators.frames import check_frame, is_frame, refuse
from kerasflow.estimators.kept import KeptModel, another, compiled_with, plain
from kerasflow.estimators.labels import without_marks
from kerasflow.estimators.parameters import check_weights
from kerasflow.estimators.several_inputs import FrameColumns, for_inputs
from kerasflow.estimators.sparse import DenseBatches, fit_arguments
from kerasflow.estimators.tasks import CallbackSupportMixin, Tasks, with_callbacks
from kerasflow.estimators.undoing import all_or_nothing
from kerasflow.models import Model
from kerasflow.models.settings import listed, whole
from kerasflow.optimizers import Optimizer

__all__ = ["Wrapper"]

Array = np.ndarray[Any, Any]
_FILL = "Fill them in first, say by a SimpleImputer in a pipeline."
_NUMBERS = [np.dtype(code) for code in "dfe?bBhHiIlLqQ"]  # types of features that stay; others become the first
_ROUTE = "model__"  # what names of the builder's arguments begin with among the parameters


@dataclass(eq=False, repr=False)
class Wrapper(Convertible, Saveable, CallbackSupportMixin, BaseEstimator):
    """What `KerasRegressor` and `KerasClassifier` have in common."""

    model: Any = None
    _: KW_ONLY
    model_params: Any = None
    optimizer: Any = None
    learning_rate: Any = None
    loss: Any = None
    metrics: Any = None
    epochs: int = 1
    batch_size: Any = None
    callbacks: Any = None
    validation_fraction: float = 0.0
    shuffle: bool = True
    warm_start: bool = False
    random_state: Any = None
    verbose: Any = 0
    custom_objects: Any = None

    _target_checks: ClassVar[Mapping[str, Any]] = {}

    # Parameters.

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters; with `deep` those for the builder, too, as ``model__name``."""
        params = super().get_params(deep)
        if deep and isinstance(self.model_params, Mapping):
            params.update({f"{_ROUTE}{name}": value for name, value in self.model_params.items()})
        return params

    def set_params(self, **params: Any) -> Any:
        """Set parameters; ``model__name=value`` sets an item of `model_params`."""
        routed = {k.removeprefix(_ROUTE): v for k, v in params.items() if k.startswith(_ROUTE)}
        super().set_params(**{k: v for k, v in params.items() if not k.startswith(_ROUTE)})
        if routed:
            self.model_params = {**(self.model_params or {}), **routed}
        return self

    def __getstate__(self) -> dict[str, Any]:
        """What a copy or a pickle has: models as plain data."""
        state = dict(super().__getstate__())
        if isinstance(self.model, Model):
            state["model"] = plain(self.model, self.custom_objects)
        if "_kept" in state:
            state["_kept"] = self._kept.closed()
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if isinstance(self.model, KeptModel):
            self.model.shown = True  # it goes on after what kept it
            self.model = self.model.model

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = tags.input_tags.sparse = True
        return tags

    # Learning.

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
        """Fit a model to the data; a fit that fails leaves the estimator as it was.

        Args:
            X: array of shape (n_samples, n_features), or with more axes if the model takes them. Of a sparse matrix
                batches are made dense, one after the other. Of several inputs each takes some of the columns, see
                `for_inputs`.
            y: array of shape (n_samples,) or (n_samples, n_outputs).
            sample_weight: array of shape (n_samples,): how often each sample counts, by default once.
            X_val, y_val, sample_weight_val: samples that are only evaluated on, after each epoch.

        Returns:
            the estimator itself.

        Raises:
            ValueError: a parameter, the data or the model are not what they must be, or the training diverged.
        """
        going_on = self.warm_start and "_kept" in vars(self)
        held_out = None if X_val is None and y_val is None else (X_val, y_val, sample_weight_val)
        tasks = Tasks(self, X, y, sample_weight, self.epochs)
        self._guarded(lambda: self._learn(X, y, sample_weight, held_out, self.epochs, going_on, tasks))
        tasks.end()
        return self

    def _guarded(self, learn: Callable[[], None]) -> Any:
        """The estimator, when it has learned; as it was before, if that fails."""
        kept = vars(self).get("_kept")
        snapshot = None if kept is None else kept.snapshot()
        try:
            with all_or_nothing(self):
                learn()
        except BaseException:
            if kept is not None:
                kept.restore(snapshot)
            raise
        return self

    def _learn(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        held_out: Any,
        epochs: int,
        going_on: bool,
        tasks: Tasks | None = None,
        **known: Any,
    ) -> None:
        self._check_parameters()
        X, y = self._validated(X, self._known_targets(y), reset=not going_on, **self._target_checks)
        y = y.toarray() if issparse(y) else y
        weights = check_weights(sample_weight, X.shape[0])
        targets, weights = self._learn_targets(y, weights, going_on, **known)
        random = check_random_state(self.random_state)
        rows, validation = self._split(np.flatnonzero(weights), X, y, weights, targets, random, held_out)
        graph = Graph()
        seed = int(random.randint(np.iinfo(np.int32).max))
        self._seed, done = (self._seed, self.n_iter_) if going_on else (seed, 0)
        graph.seed = self._seed
        with graph.as_default():
            model = self._kept.model if going_on else self._made(X, targets)
            model._random = np.random.default_rng([self._seed, done])  # for the order of the samples
            width = model.output_shape[-1]
            targets.check(model, type(self).__name__)

            def encoded(X: Array, y: Array, w: Array) -> tuple[Any, Array, Array]:
                return self._inputs(model, X), targets.encode(y, width, model.loss), w * (len(w) / w.sum())

            part = encoded(*(a if len(rows) == len(y) else a[rows] for a in (X, y, weights)))
            history = self._train(model, part, None if validation is None else encoded(*validation), epochs, tasks)
        if history.stopped == "interrupt":
            raise KeyboardInterrupt  # half a training is no fit: whoever searches or validates wants to end, too
        self._keep(model, history, going_on)

    def _validated(self, X: Any, *y: Any, **options: Any) -> Any:
        """Features as an array, a sparse matrix, or the columns of a frame with texts; and targets."""
        if is_frame(X):
            check_frame(X)
        try:
            return validate_data(self, X, *y, allow_nd=True, accept_sparse="csr", dtype=_NUMBERS, **options)
        except (ValueError, TypeError) as error:
            if not is_frame(X):
                raise
            columns = FrameColumns.of(X, _FILL)
            if columns is None:
                refuse(X, error, missing_way_out=_FILL)
                raise
        return self._validated_frame(X, columns, *y, **options)

    def _validated_frame(self, X: Any, columns: FrameColumns, *y: Any, reset: bool = True, **checks: Any) -> Any:
        """The columns of a frame with texts, and targets."""
        names = {k: v for k, v in vars(self).items() if k == "feature_names_in_"}
        targets = [validate_data(self, "no_validation", each, **checks) for each in y]
        vars(self).update(names)
        validate_data(self, X, reset=reset, skip_check_array=True)
        check_consistent_length(X, *targets)
        return (columns, *targets) if targets else columns

    def _known_targets(self, y: Any) -> Any:
        """The targets before they are validated; ValueError for those of which there is something better to say."""
        return without_marks(y)

    def _train(self, model: Any, data: Any, held_out: Any, epochs: int, tasks: Tasks | None) -> Any:
        """Train a model on features, targets and weights; gives what `Model.fit` does."""
        size = min(32 if self.batch_size is None else self.batch_size, len(data[1]))
        arguments = fit_arguments(model, data, held_out, size, size, self.shuffle, whole=True)
        watch = tasks and tasks.watch(lambda weights: self._learned(model))
        callbacks = [*([Watch(watch)] if watch else []), *copy.deepcopy(listed(self.callbacks))]
        return model.fit(**arguments, epochs=epochs, verbose=self.verbose, callbacks=callbacks)

    def _learned(self, model: Any) -> dict[str, Any]:
        """What the estimator would keep of a model as it is now, by the names of the attributes."""
        return {"_kept": plain(model, self.custom_objects)}

    def _keep(self, model: Any, history: Any, going_on: bool) -> None:
        if not np.isfinite(history.history["loss"][-1:]).all() or not all(map(_finite, model.get_weights())):
            raise ValueError("The training diverged: scale the features, or lower learning_rate.")
        if not going_on:
            self._kept = KeptModel(model, self.custom_objects)
            self.history_, self.n_iter_ = {}, 0
        more = {k: [*self.history_.get(k, ()), *map(float, v)] for k, v in history.history.items()}
        self.history_ = {**self.history_, **more}
        self.n_iter_ += len(history.epoch)

    def _learn_targets(self, y: Array, weights: Array, going_on: bool) -> tuple[Any, Array]:
        """What the targets are, and the samples' weights with what is added to them."""
        raise NotImplementedError(f"{type(self).__name__} has to define _learn_targets.")

    def _check_parameters(self) -> None:
        for name in ("epochs", "batch_size"):
            if getattr(self, name) is not None:
                whole(getattr(self, name), f"The parameter {name!r} of {type(self).__name__}")
        share = self.validation_fraction
        if isinstance(share, bool) or not isinstance(share, (int, float, np.number)) or not 0 <= share < 1:
            raise ValueError(f"The parameter 'validation_fraction' must be a number in [0, 1). Got {share!r}.")
        rate = self.learning_rate
        if isinstance(rate, bool) or isinstance(rate, (int, float, np.number)) and not 0 < rate < np.inf:
            raise ValueError(f"The parameter 'learning_rate' must be a number above 0 or a schedule. Got {rate!r}.")
        if self.model_params is not None and not isinstance(self.model_params, Mapping):
            raise ValueError(f"The parameter 'model_params' must be a dict or None. Got {self.model_params!r}.")
        if not isinstance(self.model, Model) and not callable(self.model):
            raise ValueError(
                f"The parameter 'model' of {type(self).__name__} must be a model or a function that builds one. "
                f"Got {self.model!r}."
            )

    def _split(
        self, rows: Array, X: Array, y: Array, weights: Array, targets: Any, random: Any, held_out: Any
    ) -> tuple[Array, Any]:
        """The samples to train on, and features, targets and weights to evaluate on."""
        if held_out is not None:
            X, y, weights_val = held_out
            X, y = self._validated(X, self._known_targets(y), reset=False, **self._target_checks)
            if targets.classes is not None and targets.stratify:
                check_known(targets.classes, y)
            return rows, (X, y, check_weights(weights_val, X.shape[0]))
        if not self.validation_fraction:
            return rows, None
        share, classes = self.validation_fraction, y[rows] if targets.stratify else None
        try:
            rows, others = train_test_split(rows, test_size=share, random_state=random, stratify=classes)
        except ValueError as e:
            raise ValueError(f"validation_fraction={share} cannot hold out some of {len(rows)} samples: {e}") from e
        return rows, (X[others], y[others], weights[others])

    def _made(self, X: Array, targets: Any) -> Any:
        """A model for such data, built and compiled."""
        model = another(self.model) if isinstance(self.model, Model) else self._built(X, targets)
        template = self.model if isinstance(self.model, Model) else model
        if not isinstance(model, Model):
            raise ValueError(f"The function {_name(self.model)} must return a model, it returned {model!r}.")
        if not model.built:
            model.build((None, *X.shape[1:]))
        if len(model.outputs) != 1:
            raise ValueError(f"An estimator's model has one output; {model.name!r} has {len(model.outputs)} outputs.")
        given = (self.optimizer, self.learning_rate, self.loss, self.metrics)
        if template is self.model or template.optimizer is None or any(g is not None for g in given):
            arguments = compiled_with(template, self.optimizer, self.loss, self.metrics)
            if self.learning_rate is not None:
                arguments["optimizer"].learning_rate = self.learning_rate
            if arguments["loss"] is None:
                arguments["loss"] = targets.default_loss(model)
            model.compile(**arguments)
        elif not isinstance(model.optimizer, Optimizer):
            compiled_with(model, None, None, None)  # says that it cannot be kept
        return model

    def _built(self, X: Array, targets: Any) -> Any:
        """What the builder makes."""
        known = {
            "n_features_in_": X.shape[1],
            "input_shape": X.shape[1:],
            "n_outputs": targets.outputs,
            "classes": targets.classes,
            "n_classes": None if targets.classes is None else len(targets.classes),
            "target_type": targets.target_type,
            "dtype": "float32" if X.dtype == np.float32 else "float64",
        }
        taken = inspect.signature(self.model).parameters
        open_ended = any(p.kind is p.VAR_KEYWORD for p in taken.values())
        given = dict(self.model_params or {})
        for name in given:
            if name not in taken and not open_ended:
                raise ValueError(
                    f"{_name(self.model)} takes no argument {name!r}.{did_you_mean(name, [*taken])} "
                    f"It takes {[*taken]}."
                )
        return self.model(**{**{k: v for k, v in known.items() if k in taken}, **given})

    # Using.

    @property
    def model_(self) -> Any:
        """The model that was fitted."""
        check_is_fitted(self, "_kept")
        self._kept.shown = True
        return self._kept.model

    def _outputs(self, X: Any) -> Array:
        """What the model gives, (n_samples, n_outputs)."""
        check_is_fitted(self)
        X = self._validated(X, reset=False)
        size = max(32, self.batch_size or 0)
        with Graph().as_default():  # the user's is left alone
            X = self._inputs(self._kept.model, X)
            if issparse(X):
                return self._kept.model.predict(DenseBatches(X, [], size), verbose=0)
            return self._kept.model.predict(X, size, verbose=0)

    def _inputs(self, model: Any, X: Any) -> Any:
        """The samples as the model takes them."""
        return for_inputs(model, X, vars(self).get("feature_names_in_"))

    def _partial_fit(self, X: Any, y: Any, sample_weight: Any, **known: Any) -> Any:
        going_on = "_kept" in vars(self)
        return self._guarded(lambda: self._learn(X, y, sample_weight, None, 1, going_on, **known))


def _finite(array: Array) -> bool:
    return array.dtype.kind != "f" or bool(np.isfinite(array).all())


def _name(function: Any) -> str:
    return f"{getattr(function, '__name__', type(function).__name__)}()"
