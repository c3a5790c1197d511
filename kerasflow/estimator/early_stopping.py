"""Hooks that stop a training by what its evaluations have found, or by anything else."""

from __future__ import annotations

import glob
import logging
import operator
import os
from collections.abc import Callable
from typing import Any

import numpy as np

from kerasflow.core import ops
from kerasflow.core.keys import GraphKeys
from kerasflow.core.named_variables import get_variable
from kerasflow.core.variable_scope import AUTO_REUSE, variable_scope
from kerasflow.estimator.base import Estimator
from kerasflow.initializers import zeros_initializer
from kerasflow.summary.writer import summary_iterator
from kerasflow.train.hooks import SecondOrStepTimer, StopAtStepHook
from kerasflow.train.run_hooks import SessionRunArgs, SessionRunContext, SessionRunHook, SessionRunValues
from kerasflow.train.step_counter import get_global_step

__all__ = [
    "make_early_stopping_hook",
    "make_stop_at_checkpoint_step_hook",
    "read_eval_metrics",
    "stop_if_higher_hook",
    "stop_if_lower_hook",
    "stop_if_no_decrease_hook",
    "stop_if_no_increase_hook",
]

_log = logging.getLogger("kerasflow")


class _StoppingHook(SessionRunHook):
    """Stops when a function says so; the variable ``signal_early_stopping/STOP`` is true from then on."""

    def __init__(self, should_stop: Callable[[], bool], secs: float | None, steps: int | None) -> None:
        if not callable(should_stop):
            raise TypeError(f"`should_stop_fn` must be callable, got {should_stop!r}.")
        self._should_stop = should_stop
        self._timer = SecondOrStepTimer(every_secs=secs, every_steps=steps)

    def begin(self) -> None:
        self._step = get_global_step()
        with variable_scope("signal_early_stopping", reuse=AUTO_REUSE):
            stop = get_variable(
                "STOP",
                [],
                "bool",
                initializer=zeros_initializer(),
                collections=[GraphKeys.GLOBAL_VARIABLES],
                trainable=False,
            )
        self._stop = ops.assign(stop, np.array(True))

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        return SessionRunArgs(self._step)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        step = int(run_values.results)
        if not self._timer.should_trigger_for_step(step):
            return
        self._timer.update_last_triggered_step(step)
        if self._should_stop():
            _log.info("Requesting early stopping at global step %d", step)
            run_context.session.run(self._stop)
            run_context.request_stop()


def make_early_stopping_hook(
    estimator: Estimator,
    should_stop_fn: Callable[[], bool],
    run_every_secs: float | None = 60,
    run_every_steps: int | None = None,
) -> SessionRunHook:
    """A hook that stops a training when a function says so.

    Args:
        estimator: the estimator that is trained.
        should_stop_fn: called without arguments; says whether to stop.
        run_every_secs: seconds between two calls.
        run_every_steps: steps between two, in place of seconds, which must be None then.

    Raises:
        TypeError: `estimator` is none, or the function cannot be called. ValueError: both intervals are given.
    """
    if not isinstance(estimator, Estimator):
        raise TypeError(f"`estimator` must have type `tf.estimator.Estimator`. Got: {type(estimator)}")
    if run_every_secs is not None and run_every_steps is not None:
        raise ValueError("Only one of `run_every_secs` and `run_every_steps` must be set.")
    return _StoppingHook(should_stop_fn, run_every_secs, run_every_steps)


def read_eval_metrics(eval_dir: str) -> dict[int, dict[str, float]]:
    """The metrics in the event files of a folder, by step, in the order of steps."""
    found: dict[int, dict[str, float]] = {}
    for path in sorted(glob.glob(os.path.join(glob.escape(eval_dir), "*.tfevents.*"))):
        for event in summary_iterator(path):
            numbers = {v.tag: v.simple_value for v in event.summary.value if v.WhichOneof("value") == "simple_value"}
            if numbers:
                found.setdefault(event.step, {}).update(numbers)
    return dict(sorted(found.items()))


def _by_threshold(
    estimator: Estimator, name: str, threshold: float, higher: bool, folder: str | None, least: int, *every: Any
) -> SessionRunHook:
    crosses = operator.gt if higher else operator.lt

    def should_stop() -> bool:
        for step, metrics in read_eval_metrics(folder or estimator.eval_dir()).items():
            if step >= least and crosses(metrics[name], threshold):
                side = "greater" if higher else "less"
                _log.info(
                    'At step %s, metric "%s" has value %s which is %s than the configured threshold (%s) for early '
                    "stopping.",
                    step,
                    name,
                    metrics[name],
                    side,
                    threshold,
                )
                return True
        return False

    return make_early_stopping_hook(estimator, should_stop, *every)


def _by_rest(
    estimator: Estimator, name: str, most: int, higher: bool, folder: str | None, least: int, *every: Any
) -> SessionRunHook:
    better = operator.gt if higher else operator.lt

    def should_stop() -> bool:
        best: tuple[float, int] | None = None
        for step, metrics in read_eval_metrics(folder or estimator.eval_dir()).items():
            if step < least:
                continue
            if best is None or better(metrics[name], best[0]):
                best = (metrics[name], step)
            if step - best[1] >= most:
                _log.info(
                    'No %s in metric "%s" for %s steps, which is greater than or equal to max steps (%s) configured '
                    "for early stopping.",
                    "increase" if higher else "decrease",
                    name,
                    step - best[1],
                    most,
                )
                return True
        return False

    return make_early_stopping_hook(estimator, should_stop, *every)


def stop_if_higher_hook(
    estimator: Estimator,
    metric_name: str,
    threshold: float,
    eval_dir: str | None = None,
    min_steps: int = 0,
    run_every_secs: float | None = 60,
    run_every_steps: int | None = None,
) -> SessionRunHook:
    """A hook that stops a training when an evaluation has found more than a threshold.

    Args:
        estimator, run_every_secs, run_every_steps: as for `make_early_stopping_hook`.
        metric_name: which of the metrics.
        threshold: the threshold.
        eval_dir: the folder with the events of evaluations, by default that of those without a name.
        min_steps: evaluations before that global step do not count.
    """
    every = run_every_secs, run_every_steps
    return _by_threshold(estimator, metric_name, threshold, True, eval_dir, min_steps, *every)


def stop_if_lower_hook(
    estimator: Estimator,
    metric_name: str,
    threshold: float,
    eval_dir: str | None = None,
    min_steps: int = 0,
    run_every_secs: float | None = 60,
    run_every_steps: int | None = None,
) -> SessionRunHook:
    """A hook that stops a training when an evaluation has found less than a threshold; see `stop_if_higher_hook`."""
    every = run_every_secs, run_every_steps
    return _by_threshold(estimator, metric_name, threshold, False, eval_dir, min_steps, *every)


def stop_if_no_increase_hook(
    estimator: Estimator,
    metric_name: str,
    max_steps_without_increase: int,
    eval_dir: str | None = None,
    min_steps: int = 0,
    run_every_secs: float | None = 60,
    run_every_steps: int | None = None,
) -> SessionRunHook:
    """A hook that stops a training when a metric has not been greater than its best for so many steps.

    Args:
        estimator, metric_name, eval_dir, min_steps, run_every_secs, run_every_steps: as for `stop_if_higher_hook`.
        max_steps_without_increase: how many steps.
    """
    every = run_every_secs, run_every_steps
    return _by_rest(estimator, metric_name, max_steps_without_increase, True, eval_dir, min_steps, *every)


def stop_if_no_decrease_hook(
    estimator: Estimator,
    metric_name: str,
    max_steps_without_decrease: int,
    eval_dir: str | None = None,
    min_steps: int = 0,
    run_every_secs: float | None = 60,
    run_every_steps: int | None = None,
) -> SessionRunHook:
    """A hook that stops a training when a metric has not been less than its best for so many steps.

    Args:
        estimator, metric_name, eval_dir, min_steps, run_every_secs, run_every_steps: as for `stop_if_higher_hook`.
        max_steps_without_decrease: how many steps.
    """
    every = run_every_secs, run_every_steps
    return _by_rest(estimator, metric_name, max_steps_without_decrease, False, eval_dir, min_steps, *every)


def make_stop_at_checkpoint_step_hook(
    estimator: Estimator, last_step: int, wait_after_file_check_secs: float = 30
) -> SessionRunHook:
    """A hook that stops a training at a global step.

    Args:
        estimator: the estimator that is trained.
        last_step: the global step.
        wait_after_file_check_secs: accepted and without effect.
    """
    return StopAtStepHook(last_step=last_step)
