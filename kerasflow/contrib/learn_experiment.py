"""`Experiment`: an estimator with the data that it is trained on and judged by."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kerasflow.contrib.learn_estimator import Estimator as _Older
from kerasflow.contrib.learn_export import ExportStrategy
from kerasflow.contrib.learn_monitors import ValidationMonitor, replace_monitors_with_hooks
from kerasflow.estimator.base import Estimator as _Estimator

__all__ = ["Experiment"]


class Experiment:
    """Trains an estimator, evaluates it, or both.

    Args:
        estimator: a `tf.estimator.Estimator` or a `tf.contrib.learn.Estimator`.
        train_input_fn, eval_input_fn: input functions.
        eval_metrics: more metrics, for the older kind.
        train_steps: the global step to stop at; None to train as long as there are data.
        eval_steps: how many batches to evaluate on; None for all.
        train_monitors: hooks and monitors.
        eval_hooks: hooks.
        min_eval_frequency, local_eval_frequency: while it is trained, look after so many steps whether there is a new
            checkpoint, and evaluate it; by default after each, 0 for not.
        check_interval_secs: the fewest seconds between two such looks.
        export_strategies: an `ExportStrategy` or several, by which the model is exported at the end.
        eval_delay_secs, continuous_eval_throttle_secs, delay_workers_by_global_step, train_steps_per_iteration,
            checkpoint_and_export, saving_listeners: accepted and without effect.

    Raises:
        ValueError: `estimator` is no estimator, or a strategy is none.

    >>> x = np.linspace(-1.0, 1.0, 40)[:, None]
    >>> read = tf.estimator.inputs.numpy_input_fn({"x": x}, x[:, 0], num_epochs=None, shuffle=True)
    >>> import tempfile
    >>> model = tf.estimator.LinearRegressor([tf.feature_column.numeric_column("x")], tempfile.mkdtemp())
    >>> experiment = tf.contrib.learn.Experiment(model, read, read, train_steps=10, eval_steps=1)
    >>> metrics, _ = experiment.train_and_evaluate()
    >>> metrics["global_step"]
    np.int64(10)
    """

    def __init__(
        self,
        estimator: Any,
        train_input_fn: Callable[..., Any],
        eval_input_fn: Callable[..., Any],
        eval_metrics: Mapping[str, Any] | None = None,
        train_steps: int | None = None,
        eval_steps: int | None = 100,
        train_monitors: Sequence[Any] | None = None,
        eval_hooks: Sequence[Any] | None = None,
        local_eval_frequency: int | None = None,
        eval_delay_secs: float = 120,
        continuous_eval_throttle_secs: float = 60,
        min_eval_frequency: int | None = None,
        delay_workers_by_global_step: bool = False,
        export_strategies: Any = None,
        train_steps_per_iteration: int | None = None,
        checkpoint_and_export: bool = False,
        saving_listeners: Any = None,
        check_interval_secs: float = 5,
    ) -> None:
        if not isinstance(estimator, (_Estimator, _Older)):
            raise ValueError(f"`estimator` must be an estimator, got {estimator!r}.")
        if eval_metrics is not None and isinstance(estimator, _Estimator):
            raise ValueError("`eval_metrics` must be `None` with `tf.estimator.Estimator`. Use `add_metrics` instead.")
        self._strategies = (
            [export_strategies] if isinstance(export_strategies, ExportStrategy) else export_strategies or []
        )
        if not all(isinstance(strategy, ExportStrategy) for strategy in self._strategies):
            raise ValueError(
                f"`export_strategies` must be an ExportStrategy or a list of these, got {export_strategies}."
            )
        self._estimator, self._metrics = estimator, eval_metrics
        self._train_input_fn, self._eval_input_fn = train_input_fn, eval_input_fn
        self._train_steps, self._eval_steps = train_steps, eval_steps
        self._train_hooks, self._eval_hooks = list(train_monitors or ()), list(eval_hooks or ())
        given = local_eval_frequency if min_eval_frequency is None else min_eval_frequency
        self._every, self._interval = 1 if given is None else given, check_interval_secs

    @property
    def estimator(self) -> Any:
        """The estimator."""
        return self._estimator

    @property
    def train_steps(self) -> int | None:
        """The global step to stop at."""
        return self._train_steps

    @property
    def eval_steps(self) -> int | None:
        """How many batches to evaluate on."""
        return self._eval_steps

    def extend_train_hooks(self, additional_hooks: Sequence[Any]) -> None:
        """Train with more hooks."""
        self._train_hooks.extend(additional_hooks)

    def train(self, delay_secs: float | None = None) -> Any:
        """Train; gives the estimator."""
        return self._train(self._train_steps)

    def evaluate(self, delay_secs: float | None = None, name: str | None = None) -> dict[str, Any]:
        """Evaluate; gives the metrics."""
        found: dict[str, Any]
        if isinstance(self._estimator, _Estimator):
            found = self._estimator.evaluate(self._eval_input_fn, self._eval_steps, self._eval_hooks, name=name)
        else:
            found = self._estimator.evaluate(
                input_fn=self._eval_input_fn,
                steps=self._eval_steps,
                metrics=self._metrics,
                name=name,
                hooks=self._eval_hooks,
            )
        return found

    def train_and_evaluate(self) -> tuple[dict[str, Any], list[Any]]:
        """Train, and evaluate in between and at the end; gives the metrics, and the paths of what it exports."""
        if self._every:
            metrics = {} if self._metrics is None else {"metrics": self._metrics}
            watching = ValidationMonitor(
                input_fn=self._eval_input_fn,
                eval_steps=self._eval_steps,
                hooks=self._eval_hooks,
                every_n_steps=self._every,
                check_interval_secs=self._interval,
                **metrics,
            )
            self._train(self._train_steps, [watching])
        else:
            self.train()
        metrics = self.evaluate()
        folder = os.path.join(self._estimator.model_dir, "export")
        exported = [s.export(self._estimator, os.path.join(folder, s.name), None, metrics) for s in self._strategies]
        return metrics, exported

    def local_run(self) -> tuple[dict[str, Any], list[Any]]:
        """As `train_and_evaluate`, under its older name."""
        return self.train_and_evaluate()

    def test(self) -> tuple[dict[str, Any], list[Any]]:
        """One step, and an evaluation of one batch: whether all fits together."""
        self._train(1)
        steps, self._eval_steps = self._eval_steps, 1
        try:
            return self.evaluate(), []
        finally:
            self._eval_steps = steps

    def _train(self, last: int | None, more: Sequence[Any] = ()) -> Any:
        hooks = [*self._train_hooks, *more]
        if isinstance(self._estimator, _Estimator):
            hooks = replace_monitors_with_hooks(hooks, self._estimator)
            return self._estimator.train(self._train_input_fn, hooks, max_steps=last)
        return self._estimator.fit(input_fn=self._train_input_fn, max_steps=last, monitors=hooks)
