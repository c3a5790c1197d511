"""`tf.contrib.learn.Estimator`: what `tf.estimator.Estimator` was called before, with arrays in place of functions.

It is one of these, whose model function may give `ModelFnOps` or a tuple.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from kerasflow.contrib.learn_data import as_input_fn
from kerasflow.contrib.learn_export import received
from kerasflow.contrib.learn_monitors import replace_monitors_with_hooks
from kerasflow.contrib.learn_ops import MetricSpec, ModelFnOps, NotFittedError, metric_ops
from kerasflow.data import Dataset
from kerasflow.estimator.base import Estimator as _Estimator
from kerasflow.estimator.calling import arguments, call_with, never_end
from kerasflow.estimator.modes import ModeKeys as _Modes
from kerasflow.estimator.run_config import RunConfig
from kerasflow.estimator.spec import EstimatorSpec

__all__ = ["Estimator", "SKCompat"]


class Estimator:
    """A model function with a folder, trained on arrays or through input functions.

    Args:
        model_fn: a function of ``features`` and ``labels``, and perhaps ``mode``, ``params``, ``config`` and
            ``model_dir``; gives `ModelFnOps`, an `EstimatorSpec`, or a tuple of predictions, loss and training step.
        model_dir, config, params: as for `tf.estimator.Estimator`.
        feature_engineering_fn: makes features and labels of those that come in.

    >>> def model_fn(features, labels, mode):
    ...     w = tf.get_variable("w", [], initializer=tf.zeros_initializer())
    ...     loss = tf.reduce_mean(tf.square(w * features[:, 0] - labels)) if labels is not None else None
    ...     step = tf.train.GradientDescentOptimizer(0.1)
    ...     train_op = step.minimize(loss, tf.train.get_global_step()) if mode == "train" else None
    ...     return tf.contrib.learn.ModelFnOps(mode, w * features[:, 0], loss, train_op)
    >>> import tempfile
    >>> x = np.array([[1.0], [2.0]])
    >>> estimator = tf.contrib.learn.Estimator(model_fn, tempfile.mkdtemp())
    >>> _ = estimator.fit(x, 3.0 * x[:, 0], steps=50)
    >>> np.round(list(estimator.predict(x)), 3).tolist()
    [3.0, 6.0]
    """

    def __init__(
        self,
        model_fn: Callable[..., Any],
        model_dir: Any = None,
        config: RunConfig | None = None,
        params: Mapping[str, Any] | None = None,
        feature_engineering_fn: Callable[..., Any] | None = None,
    ) -> None:
        self._engineer = feature_engineering_fn
        self._user_fn, self._params = model_fn, params
        self._metrics: Mapping[str, Any] = {}
        self._exported: tuple[str | None] | None = None  # while a model is exported: what it gives by default
        self._core = _Estimator(self._model_fn, model_dir, config)

    @property
    def model_dir(self) -> str:
        """The folder."""
        return self._core.model_dir

    @property
    def config(self) -> RunConfig:
        """The `RunConfig`, with the folder."""
        return self._core.config

    @property
    def params(self) -> Any:
        """The parameters of the model function."""
        return self._params

    def get_variable_names(self) -> list[str]:
        """The names of all that the newest checkpoint holds."""
        return self._core.get_variable_names()

    def get_variable_value(self, name: str) -> Any:
        """What the newest checkpoint holds under a name."""
        return self._core.get_variable_value(name)

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        input_fn: Callable[[], Any] | None = None,
        steps: int | None = None,
        batch_size: int | None = None,
        monitors: Sequence[Any] | None = None,
        max_steps: int | None = None,
    ) -> Any:
        """Train, from the newest checkpoint on.

        Args:
            x: features: an array of rows, or a dict of arrays.
            y: labels.
            input_fn: gives features and labels, in place of `x` and `y`.
            steps: how many steps to take now.
            batch_size: rows in a batch, by default all.
            monitors: hooks, and monitors as `tf.contrib.learn.monitors` has them.
            max_steps: the global step to stop at.

        Raises:
            ValueError: both arrays and a function are given, both numbers of steps, or neither.
        """
        if steps is not None and max_steps is not None:
            raise ValueError("Can not provide both steps and max_steps.")
        if x is not None and steps is None and max_steps is None:
            raise ValueError("Training on arrays never ends by itself: provide steps or max_steps.")
        hooks = replace_monitors_with_hooks(monitors, self)
        self._core.train(as_input_fn(x, y, input_fn, batch_size, endless=True), hooks, steps, max_steps)
        return self

    def partial_fit(
        self,
        x: Any = None,
        y: Any = None,
        input_fn: Callable[[], Any] | None = None,
        steps: int | None = 1,
        batch_size: int | None = None,
        monitors: Sequence[Any] | None = None,
    ) -> Any:
        """Train a little more; the same as `fit`, with one step if nothing else is said."""
        return self.fit(x, y, input_fn, steps, batch_size, monitors)

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        input_fn: Callable[[], Any] | None = None,
        feed_fn: Any = None,
        batch_size: int | None = None,
        steps: int | None = None,
        metrics: Mapping[str, MetricSpec] | None = None,
        name: str | None = None,
        checkpoint_path: str | None = None,
        hooks: Sequence[Any] | None = None,
        log_progress: bool = True,
    ) -> dict[str, Any]:
        """The loss, the metrics and the global step, by name.

        Args:
            x, y, input_fn, batch_size: as for `fit`; each row counts once.
            feed_fn, log_progress: accepted and without effect.
            steps: how many batches to take.
            metrics: more metrics: a `MetricSpec` by name; or, as before there were these, a function of predictions and
                labels, by name or by a pair of the name and the prediction.
            name, checkpoint_path, hooks: as for `tf.estimator.Estimator.evaluate`.

        Raises:
            NotFittedError: there is no checkpoint.
        """
        self._metrics = metrics or {}
        try:
            read = as_input_fn(x, y, input_fn, batch_size)
            self._check_fitted(checkpoint_path)
            return self._core.evaluate(read, steps, hooks, checkpoint_path, name)
        finally:
            self._metrics = {}

    def predict(
        self,
        x: Any = None,
        input_fn: Callable[[], Any] | None = None,
        batch_size: int | None = None,
        outputs: Sequence[str] | None = None,
        as_iterable: bool = True,
        iterate_batches: bool = False,
    ) -> Any:
        """Predictions.

        Args:
            x, input_fn, batch_size: as for `fit`, without labels.
            outputs: which of the predictions, by default all.
            as_iterable: whether to give them one by one as they are computed, or else all as arrays; of tensors, which
                never end, one batch.
            iterate_batches: whether to give them batch by batch.

        Raises:
            NotFittedError: there is no checkpoint. ValueError: there are no rows, and `as_iterable` is False.
        """
        read = as_input_fn(x, None, input_fn, batch_size)
        self._check_fitted()
        endless: list[bool] = []

        def noting() -> Any:
            given = read()
            features = given[0] if isinstance(given, (list, tuple)) and given else given
            endless.append(not isinstance(features, Dataset) and never_end(features))
            return given

        coming = self._core.predict(noting, outputs, yield_single_examples=as_iterable and not iterate_batches)
        if as_iterable:
            return coming
        first = next(coming, None)
        if first is None:
            raise ValueError("There is nothing to predict: the input has no rows.")
        if endless[0]:
            coming.close()
            return first
        return _together([first, *coming])

    def export_savedmodel(
        self,
        export_dir_base: Any,
        serving_input_fn: Callable[[], Any],
        default_output_alternative_key: str | None = None,
        assets_extra: Mapping[str, str] | None = None,
        as_text: bool = False,
        checkpoint_path: str | None = None,
        strip_default_attrs: bool = False,
    ) -> bytes:
        """Write a saved model into a new folder, whose name is the time, and give its path as bytes.

        Args:
            export_dir_base: the folder to make it in.
            serving_input_fn: gives `InputFnOps`; see `build_parsing_serving_input_fn`.
            default_output_alternative_key: which of the `output_alternatives` is the default, if there are several.
            assets_extra, as_text, checkpoint_path: as for `tf.estimator.Estimator.export_saved_model`.
            strip_default_attrs: accepted and without effect.

        Raises:
            NotFittedError: there is no checkpoint. ValueError: there is no function, or no such alternative.
        """
        if serving_input_fn is None:
            raise ValueError("serving_input_fn must be defined.")
        self._check_fitted(checkpoint_path)
        self._exported = (default_output_alternative_key,)
        try:
            return self._core.export_saved_model(
                export_dir_base, lambda: received(serving_input_fn()), assets_extra, as_text, checkpoint_path
            )
        finally:
            self._exported = None

    def _check_fitted(self, checkpoint_path: Any = None) -> None:
        if checkpoint_path is None and self._core.latest_checkpoint() is None:
            raise NotFittedError(f"Couldn't find trained model at {self._core.model_dir}: call fit before.")

    def _model_fn(self, features: Any, labels: Any, mode: str, config: RunConfig) -> EstimatorSpec:
        if self._engineer is not None:
            features, labels = self._engineer(features, labels)
        offered = {"mode": mode, "params": self._params, "config": config, "model_dir": config.model_dir}
        made = call_with(self._user_fn, offered, features, labels)
        if isinstance(made, tuple) and not isinstance(made, (EstimatorSpec, ModelFnOps)) and len(made) == 3:
            made = ModelFnOps(mode, *made)
        if isinstance(made, ModelFnOps):
            made = made.estimator_spec(*(self._exported or ()), exports=self._exported is not None)
        if not isinstance(made, EstimatorSpec):
            taken = ", ".join(arguments(self._user_fn))
            raise ValueError(f"Unrecognized value returned by model_fn({taken}): {made!r}. Give a ModelFnOps.")
        if mode == _Modes.EVAL and self._metrics:
            more = metric_ops(self._metrics, features, labels, made.predictions)
            made = made._replace(eval_metric_ops={**made.eval_metric_ops, **more})
        return made


def _together(batches: list[Any]) -> Any:
    if batches and isinstance(batches[0], Mapping):
        return {key: np.concatenate([b[key] for b in batches]) for key in batches[0]}
    return np.concatenate(batches)


class SKCompat:
    """An estimator with the methods of scikit-learn's, on arrays.

    Args:
        estimator: a `tf.contrib.learn.Estimator` or one of its kinds.
    """

    def __init__(self, estimator: Estimator) -> None:
        self._estimator = estimator

    def fit(
        self,
        x: Any,
        y: Any,
        batch_size: int | None = 128,
        steps: int | None = None,
        max_steps: int | None = None,
        monitors: Sequence[Any] | None = None,
    ) -> SKCompat:
        """Train; see `Estimator.fit`."""
        self._estimator.fit(x, y, None, steps, batch_size, monitors, max_steps)
        return self

    def score(
        self,
        x: Any,
        y: Any,
        batch_size: int | None = 128,
        steps: int | None = None,
        metrics: Mapping[str, MetricSpec] | None = None,
        name: str | None = None,
    ) -> dict[str, Any]:
        """The loss and the metrics, by name; see `Estimator.evaluate`."""
        return self._estimator.evaluate(x, y, batch_size=batch_size, steps=steps, metrics=metrics, name=name)

    def predict(self, x: Any, batch_size: int | None = 128, outputs: Sequence[str] | None = None) -> Any:
        """All predictions, as arrays by name."""
        return Estimator.predict(self._estimator, x, None, batch_size, outputs, as_iterable=False)

    def get_params(self, deep: bool = False) -> dict[str, Any]:
        """The estimator, as the one parameter."""
        return {"estimator": self._estimator}
