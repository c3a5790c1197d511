"""`train_and_evaluate`: a training whose checkpoints are evaluated, and exported, as they are written."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from kerasflow.estimator.base import Estimator
from kerasflow.estimator.exporters import Exporter
from kerasflow.train.hooks import SecondOrStepTimer
from kerasflow.train.run_hooks import SessionRunHook
from kerasflow.train.saving_hooks import CheckpointSaverListener

__all__ = ["EvalSpec", "TrainSpec", "train_and_evaluate"]

_log = logging.getLogger("kerasflow")


def _check_input_fn(input_fn: Any) -> None:
    if not callable(input_fn):
        raise TypeError(f"`input_fn` must be callable, given: {input_fn!r}")


def _checked_hooks(hooks: Any) -> tuple[Any, ...]:
    for hook in hooks or ():
        if not isinstance(hook, SessionRunHook):
            raise TypeError(f"All hooks must be `SessionRunHook` instances, given: {hook!r}")
    return tuple(hooks or ())


class _TrainFields(NamedTuple):
    input_fn: Callable[..., Any]
    max_steps: int | None
    hooks: tuple[Any, ...]


class TrainSpec(_TrainFields):
    """How `train_and_evaluate` trains.

    Args:
        input_fn, max_steps, hooks: as for `Estimator.train`.

    Raises:
        TypeError: `input_fn` cannot be called, or something is no hook. ValueError: `max_steps` is not positive.
    """

    __slots__ = ()

    def __new__(
        cls, input_fn: Callable[..., Any], max_steps: int | None = None, hooks: Sequence[Any] | None = None
    ) -> TrainSpec:
        """Check what is given."""
        _check_input_fn(input_fn)
        if max_steps is not None and max_steps <= 0:
            raise ValueError(f"Must specify max_steps > 0, given: {max_steps}")
        return super().__new__(cls, input_fn, max_steps, _checked_hooks(hooks))


class _EvalFields(NamedTuple):
    input_fn: Callable[..., Any]
    steps: int | None
    name: str | None
    hooks: tuple[Any, ...]
    exporters: tuple[Any, ...]
    start_delay_secs: float
    throttle_secs: float


class EvalSpec(_EvalFields):
    """How `train_and_evaluate` evaluates, and exports.

    Args:
        input_fn, steps, name, hooks: as for `Estimator.evaluate`.
        exporters: exporters with names of their own, or one of them.
        start_delay_secs: accepted and without effect.
        throttle_secs: the least seconds between two evaluations; checkpoints in between are passed over.

    Raises:
        TypeError: something is of the wrong type. ValueError: a number is out of its range, or names are not distinct.
    """

    __slots__ = ()

    def __new__(
        cls,
        input_fn: Callable[..., Any],
        steps: int | None = 100,
        name: str | None = None,
        hooks: Sequence[Any] | None = None,
        exporters: Any = None,
        start_delay_secs: float = 120,
        throttle_secs: float = 600,
    ) -> EvalSpec:
        """Check what is given."""
        _check_input_fn(input_fn)
        if steps is not None and steps <= 0:
            raise ValueError(f"Must specify steps > 0, given: {steps}")
        if name is not None and not isinstance(name, str):
            raise TypeError(f"`name` must be string, given: {name!r}")
        for what, value in (("start_delay_secs", start_delay_secs), ("throttle_secs", throttle_secs)):
            if value < 0:
                raise ValueError(f"Must specify {what} >= 0, given: {value}")
        checked = _checked_exporters(exporters)
        return super().__new__(
            cls, input_fn, steps, name, _checked_hooks(hooks), checked, start_delay_secs, throttle_secs
        )


def _checked_exporters(exporters: Any) -> tuple[Any, ...]:
    given = (exporters,) if isinstance(exporters, Exporter) else exporters or ()
    if not isinstance(given, (list, tuple)) or not all(isinstance(e, Exporter) for e in given):
        raise TypeError(f"`exporters` must be an Exporter, an iterable of Exporter, or `None`, found {exporters!r}.")
    names = [e.name for e in given]
    if not all(isinstance(n, str) and n for n in names) or len(set(names)) < len(names):
        raise ValueError(f"`exporters` must have unique names. Such a name cannot be `None`. All names: {names}")
    return tuple(given)


class _Evaluating(CheckpointSaverListener):
    """Evaluates checkpoints when they have been written, but for the one that the training begins with."""

    def __init__(self, estimator: Estimator, spec: EvalSpec, last_step: int | None) -> None:
        self._estimator, self._spec, self._last = estimator, spec, last_step
        self.metrics: Any = None
        self.exported: Any = None

    def begin(self) -> None:
        self._timer = SecondOrStepTimer(every_secs=self._spec.throttle_secs)
        self._first = True

    def after_save(self, session: Any, global_step_value: int) -> None:
        if self._first:
            self._first = False
        elif self._timer.should_trigger_for_step(global_step_value):
            self._evaluate(global_step_value)
        else:
            _log.info("Skip the current checkpoint eval due to throttle secs (%s secs).", self._spec.throttle_secs)

    def end(self, session: Any, global_step_value: int) -> None:
        if global_step_value != self._timer.last_triggered_step():
            self._evaluate(global_step_value)

    def _evaluate(self, step: int) -> None:
        self._timer.update_last_triggered_step(step)
        spec, estimator = self._spec, self._estimator
        path = estimator.latest_checkpoint()
        if path is None:
            raise RuntimeError(f"There was no new checkpoint in {estimator.model_dir} after the training.")
        self.metrics = estimator.evaluate(spec.input_fn, spec.steps, spec.hooks, path, spec.name)
        is_last = self._last is not None and self.metrics["global_step"] >= self._last
        self.exported = [
            e.export(estimator, os.path.join(estimator.model_dir, "export", e.name), path, self.metrics, is_last)
            for e in spec.exporters
        ]


def train_and_evaluate(estimator: Estimator, train_spec: TrainSpec, eval_spec: EvalSpec) -> tuple[Any, Any]:
    """Train, and evaluate and export each checkpoint when it is written.

    Args:
        estimator: the estimator; its `RunConfig` says how often there are checkpoints.
        train_spec: how to train.
        eval_spec: how to evaluate.

    Returns:
        The metrics of the last evaluation, and what each exporter gave then; None and None if there was none.

    Raises:
        TypeError: something is of the wrong type.

    >>> import tempfile
    >>> x = np.linspace(-1.0, 1.0, 50)
    >>> regressor = tf.estimator.LinearRegressor([tf.feature_column.numeric_column("x")], tempfile.mkdtemp())
    >>> training = tf.estimator.inputs.numpy_input_fn({"x": x}, 2.0 * x, num_epochs=None, shuffle=True)
    >>> judging = tf.estimator.inputs.numpy_input_fn({"x": x}, 2.0 * x, shuffle=False)
    >>> metrics, _ = tf.estimator.train_and_evaluate(
    ...     regressor, tf.estimator.TrainSpec(training, max_steps=20), tf.estimator.EvalSpec(judging)
    ... )
    >>> metrics["global_step"]
    np.int64(20)
    """
    for given, kind, what in (
        (estimator, Estimator, "estimator"),
        (train_spec, TrainSpec, "train_spec"),
        (eval_spec, EvalSpec, "eval_spec"),
    ):
        if not isinstance(given, kind):
            raise TypeError(f"`{what}` must have type `tf.estimator.{kind.__name__}`. Got: {type(given)}")
    _log.info("Running training and evaluation locally (non-distributed).")
    _log.info(
        "Start train and evaluate loop. The evaluate will happen after every checkpoint. Checkpoint frequency is "
        "determined based on RunConfig arguments: save_checkpoints_steps %s or save_checkpoints_secs %s.",
        estimator.config.save_checkpoints_steps,
        estimator.config.save_checkpoints_secs,
    )
    evaluating = _Evaluating(estimator, eval_spec, train_spec.max_steps)
    estimator.train(
        train_spec.input_fn, train_spec.hooks, max_steps=train_spec.max_steps, saving_listeners=[evaluating]
    )
    return evaluating.metrics, evaluating.exported
