"""`tf.contrib.learn.monitors`: what watched trainings before there were hooks; each is run as a hook."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from kerasflow.core.graph import default_graph
from kerasflow.core.tensor import Tensor
from kerasflow.estimator.base import Estimator as _Estimator
from kerasflow.train.checkpoint_state import latest_checkpoint
from kerasflow.train.hooks import NanLossDuringTrainingError, known_global_step
from kerasflow.train.run_hooks import SessionRunArgs, SessionRunContext, SessionRunHook, SessionRunValues

__all__ = [
    "BaseMonitor",
    "CaptureVariable",
    "EveryN",
    "NanLoss",
    "PrintTensor",
    "RunHookAdapterForMonitors",
    "StopAtStep",
    "ValidationMonitor",
    "replace_monitors_with_hooks",
]

_log = logging.getLogger("kerasflow")


class BaseMonitor:
    """The base of monitors; one's own redefines what it has to do."""

    _estimator: Any = None

    @property
    def run_on_all_workers(self) -> bool:
        """Whether it watches more than the chief of a cluster: no."""
        return False

    def set_estimator(self, estimator: Any) -> None:
        """Be told whose training it is. ValueError: it is none."""
        if estimator is None:
            raise ValueError("Missing call to set_estimator.")
        self._estimator = estimator

    def begin(self, max_steps: int | None = None) -> None:
        """The graph is there, and the training is about to begin."""

    def epoch_begin(self, epoch: int) -> None:
        """Never called: trainings have steps alone."""

    def epoch_end(self, epoch: int) -> None:
        """Never called: trainings have steps alone."""

    def step_begin(self, step: int) -> Sequence[Any]:
        """Before a step: the tensors, or names of tensors, that are to be fetched with it."""
        return []

    def step_end(self, step: int, output: Mapping[Any, Any]) -> bool:
        """After a step, with what was fetched, by what was asked for; gives whether to stop."""
        return False

    def post_step(self, step: int, session: Any) -> None:
        """After a step, when all monitors have been told of it."""

    def end(self, session: Any = None) -> None:
        """The training is over."""


class EveryN(BaseMonitor):
    """The base of monitors that do something at each of the first steps, and then once in a while.

    Args:
        every_n_steps: how many steps lie between two times.
        first_n_steps: how many steps there are at the beginning.
    """

    def __init__(self, every_n_steps: int = 100, first_n_steps: int = 1) -> None:
        self._every, self._first = every_n_steps, first_n_steps
        self._last_active = self._last_seen = 0
        self._active = False
        self._max: int | None = None

    def begin(self, max_steps: int | None = None) -> None:
        """Start counting."""
        self._max = max_steps

    def step_begin(self, step: int) -> Sequence[Any]:
        """What `every_n_step_begin` asks for, if it is time."""
        self._active = step <= self._first or step >= self._last_active + self._every or step == self._max
        return self.every_n_step_begin(step) if self._active else []

    def step_end(self, step: int, output: Mapping[Any, Any]) -> bool:
        """What `every_n_step_end` says, if it is time."""
        return self.every_n_step_end(step, output) if self._active else False

    def post_step(self, step: int, session: Any) -> None:
        """Call `every_n_post_step`, if it is time."""
        self._last_seen = step
        if self._active:
            self._last_active, self._active = step, False
            self.every_n_post_step(step, session)

    def end(self, session: Any = None) -> None:
        """Call `every_n_post_step` for the last step, if it was not."""
        if self._last_seen != self._last_active:
            self.every_n_post_step(self._last_seen, session)

    def every_n_step_begin(self, step: int) -> Sequence[Any]:
        """Before such a step: what is to be fetched with it."""
        return []

    def every_n_step_end(self, step: int, outputs: Mapping[Any, Any]) -> bool:
        """After such a step; gives whether to stop."""
        return False

    def every_n_post_step(self, step: int, session: Any) -> None:
        """After such a step, when all monitors have been told of it."""


class StopAtStep(BaseMonitor):
    """Stops a training.

    Args:
        num_steps: after so many steps; or
        last_step: at this one.

    Raises:
        ValueError: there are not just one of both.
    """

    def __init__(self, num_steps: int | None = None, last_step: int | None = None) -> None:
        if (num_steps is None) == (last_step is None):
            raise ValueError("One of num_steps or last_step must be specified, and not both.")
        self._steps, self._last = num_steps, last_step

    def step_begin(self, step: int) -> Sequence[Any]:
        """Count from the first step on."""
        if self._last is None and self._steps is not None:
            self._last = step + self._steps - 1
        return []

    def step_end(self, step: int, output: Mapping[Any, Any]) -> bool:
        """Whether it was the last step."""
        return self._last is not None and step >= self._last


class PrintTensor(EveryN):
    """Writes the values of tensors into the log.

    Args:
        tensor_names: names of tensors, or a dict of these by what they are to be called.
        every_n, first_n: when, as for `EveryN`.
    """

    def __init__(self, tensor_names: Any, every_n: int = 100, first_n: int = 1) -> None:
        super().__init__(every_n, first_n)
        self._names = dict(tensor_names) if isinstance(tensor_names, Mapping) else {n: n for n in tensor_names}

    def every_n_step_begin(self, step: int) -> Sequence[Any]:
        """The tensors."""
        return list(self._names.values())

    def every_n_step_end(self, step: int, outputs: Mapping[Any, Any]) -> bool:
        """Write them."""
        _log.info("Step %d: %s", step, ", ".join(f"{tag} = {outputs[name]}" for tag, name in self._names.items()))
        return False


class CaptureVariable(EveryN):
    """Keeps the values of a variable, by step, in `values`.

    Args:
        var_name: its name.
        every_n, first_n: when, as for `EveryN`.
    """

    def __init__(self, var_name: str, every_n: int = 100, first_n: int = 1) -> None:
        super().__init__(every_n, first_n)
        self._name = var_name
        self.values: dict[int, Any] = {}

    def every_n_step_begin(self, step: int) -> Sequence[Any]:
        """The variable."""
        return [self._name]

    def every_n_step_end(self, step: int, outputs: Mapping[Any, Any]) -> bool:
        """Keep it."""
        self.values[step] = outputs[self._name]
        return False


class NanLoss(EveryN):
    """Watches that a loss is a number.

    Args:
        loss_tensor: the loss, or its name.
        every_n_steps: when, as for `EveryN`.
        fail_on_nan_loss: whether `NanLossDuringTrainingError` is raised if not, rather than the training stopped.
    """

    def __init__(self, loss_tensor: Any, every_n_steps: int = 100, fail_on_nan_loss: bool = True) -> None:
        super().__init__(every_n_steps)
        self._loss, self._fails = loss_tensor, fail_on_nan_loss

    def every_n_step_begin(self, step: int) -> Sequence[Any]:
        """The loss."""
        return [self._loss]

    def every_n_step_end(self, step: int, outputs: Mapping[Any, Any]) -> bool:
        """Whether it is no number."""
        if not np.isnan(outputs[self._loss]):
            return False
        if self._fails:
            raise NanLossDuringTrainingError
        _log.warning("Model diverged with loss = NaN.")
        return True


class ValidationMonitor(EveryN):
    """Evaluates new checkpoints while there is training, and stops it when it makes nothing better any more.

    There are as many checkpoints as the `RunConfig` says; in between there is nothing new to evaluate.

    Args:
        x, y, batch_size: what to evaluate on, as for `Estimator.evaluate`; or
        input_fn: an input function.
        eval_steps: how many batches, by default all.
        every_n_steps: how often to look for a new checkpoint.
        metrics, hooks, name: as for `Estimator.evaluate`.
        early_stopping_rounds: stop after so many steps in which the metric got no better; None not to stop.
        early_stopping_metric: the name of the metric.
        early_stopping_metric_minimize: whether less is better.
        check_interval_secs: the fewest seconds between two looks.

    Raises:
        ValueError: there is nothing to evaluate on; or, in a training, no such metric.
    """

    def __init__(
        self,
        x: Any = None,
        y: Any = None,
        input_fn: Callable[..., Any] | None = None,
        batch_size: int | None = None,
        eval_steps: int | None = None,
        every_n_steps: int = 100,
        metrics: Mapping[str, Any] | None = None,
        hooks: Sequence[Any] | None = None,
        early_stopping_rounds: int | None = None,
        early_stopping_metric: str = "loss",
        early_stopping_metric_minimize: bool = True,
        name: str | None = None,
        check_interval_secs: float | None = 60,
    ) -> None:
        super().__init__(every_n_steps, first_n_steps=-1)
        if x is None and input_fn is None:
            raise ValueError("Either x or input_fn should be provided.")
        data = {"x": x, "y": y, "input_fn": input_fn, "batch_size": batch_size}
        self._call = {**data, "steps": eval_steps, "hooks": hooks, "metrics": metrics, "name": name}
        self._rounds, self._metric = early_stopping_rounds, early_stopping_metric
        self._less = early_stopping_metric_minimize
        self._interval, self._looked, self._latest = check_interval_secs, None, None
        self.best_step: int | None = None
        self.best_value: Any = None
        self.best_metrics: dict[str, Any] | None = None
        self.early_stopped = False

    _looked: float | None
    _latest: str | None

    def every_n_step_end(self, step: int, outputs: Mapping[Any, Any]) -> bool:
        """Evaluate if there is a new checkpoint; gives whether to stop."""
        now = time.monotonic()
        if self._looked is not None and self._interval is not None and now - self._looked < self._interval:
            return False
        self._looked = now
        path = latest_checkpoint(self._estimator.model_dir)
        if path is None or path == self._latest:
            return False
        self._latest = path
        found = self._evaluate()
        _log.info("Validation (step %d): %s", step, ", ".join(f"{k} = {found[k]}" for k in sorted(found)))
        return self._rounds is not None and self._judge(step, found, self._rounds)

    def _evaluate(self) -> dict[str, Any]:
        given = dict(self._call)
        if isinstance(self._estimator, _Estimator):
            for name in ("x", "y", "batch_size", "metrics"):
                if given.pop(name) is not None:
                    raise ValueError(f"`{name}` must be None with a tf.estimator.Estimator: give an input_fn.")
        found: dict[str, Any] = self._estimator.evaluate(**given)
        return found

    def _judge(self, step: int, found: Mapping[str, Any], rounds: int) -> bool:
        """Whether it got better too long ago."""
        if self._metric not in found:
            raise ValueError(f"Metric {self._metric!r} missing from the results of the evaluation: {sorted(found)}.")
        value = found[self._metric]
        better = self.best_step is None or (value < self.best_value if self._less else value > self.best_value)
        if better:
            self.best_step, self.best_value, self.best_metrics = step, value, dict(found)
        self.early_stopped = step - (self.best_step or 0) >= rounds
        if self.early_stopped:
            _log.info("Stopping. Best step: %s with %s = %s.", self.best_step, self._metric, self.best_value)
        return self.early_stopped


class RunHookAdapterForMonitors(SessionRunHook):
    """Runs monitors as a hook.

    Args:
        monitors: the monitors.
    """

    def __init__(self, monitors: Iterable[BaseMonitor]) -> None:
        self._monitors = list(monitors)
        self._step: int | None = None

    def begin(self) -> None:
        """Find the global step, and tell the monitors."""
        self._counter = known_global_step("RunHookAdapterForMonitors")
        self._step = None
        for monitor in self._monitors:
            monitor.begin(max_steps=None)

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Fetch what they ask for."""
        if self._step is None:
            self._step = int(run_context.session.run(self._counter)) + 1
        asked = [item for monitor in self._monitors for item in monitor.step_begin(self._step) or ()]
        self._asked = list(dict.fromkeys(asked))
        return SessionRunArgs([self._counter, [_found(item) for item in self._asked]])

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Tell them, and stop if one of them says so."""
        seen, values = run_values.results
        step = self._step or 0
        outputs = dict(zip(self._asked, values, strict=True))
        if any([monitor.step_end(step, outputs) for monitor in self._monitors]):  # all of them are told
            run_context.request_stop()
        for monitor in self._monitors:
            monitor.post_step(step, run_context.session)
        self._step = max(int(seen), step) + 1

    def end(self, session: Any) -> None:
        """Tell the monitors."""
        self._step = None
        for monitor in self._monitors:
            monitor.end(session=session)


def _found(item: Any) -> Tensor:
    """The tensor that a monitor asks for. KeyError or ValueError: there is none of this name."""
    if not isinstance(item, str):
        tensor: Tensor = item
        return tensor
    return default_graph().get_tensor_by_name(item if ":" in item else f"{item}:0")


def replace_monitors_with_hooks(monitors_or_hooks: Iterable[Any] | None, estimator: Any) -> list[SessionRunHook]:
    """Hooks as they are, and all monitors as one more, which watch this estimator's training.

    Raises:
        TypeError: there is something else.
    """
    hooks, monitors = [], []
    for item in monitors_or_hooks or ():
        if isinstance(item, BaseMonitor):
            item.set_estimator(estimator)
            monitors.append(item)
        elif isinstance(item, SessionRunHook):
            hooks.append(item)
        else:
            raise TypeError(f"A monitor is a SessionRunHook or a tf.contrib.learn.monitors.BaseMonitor, got {item!r}.")
    return [*hooks, RunHookAdapterForMonitors(monitors)] if monitors else hooks
