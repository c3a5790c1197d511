"""Hooks that stop, feed and check: when a number of steps is reached, when the loss is no number, at the end."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from kerasflow.core.errors import OutOfRangeError
from kerasflow.train.run_hooks import SessionRunArgs, SessionRunContext, SessionRunHook, SessionRunValues
from kerasflow.train.step_counter import get_global_step

__all__ = [
    "FeedFnHook",
    "FinalOpsHook",
    "GlobalStepWaiterHook",
    "NanLossDuringTrainingError",
    "NanTensorHook",
    "SecondOrStepTimer",
    "StopAtStepHook",
    "due_step",
    "known_global_step",
]

_log = logging.getLogger("kerasflow")


def known_global_step(user: str) -> Any:
    """The global step of the default graph. RuntimeError, naming its `user`, if there is none."""
    found = get_global_step()
    if found is None:
        raise RuntimeError(f"Global step should be created to use {user}.")
    return found


class SecondOrStepTimer:
    """Says when something is due that is done every so many seconds, or every so many steps.

    Args:
        every_secs: seconds between two times.
        every_steps: steps between two times.

    Raises:
        ValueError: both are given.

    >>> timer = tf.train.SecondOrStepTimer(every_steps=10)
    >>> timer.should_trigger_for_step(1)
    True
    >>> timer.update_last_triggered_step(1)
    (None, None)
    >>> timer.should_trigger_for_step(10), timer.should_trigger_for_step(11)
    (False, True)
    """

    def __init__(self, every_secs: float | None = None, every_steps: int | None = None) -> None:
        if every_secs is not None and every_steps is not None:
            raise ValueError("Can only provide one of every_secs and every_steps.")
        self._every_secs, self._every_steps = every_secs, every_steps
        self.reset()

    def reset(self) -> None:
        """Start over: it is due at once."""
        self._last_step: int | None = None
        self._last_time: float | None = None

    def should_trigger_for_step(self, step: int) -> bool:
        """Whether it is due at this step."""
        if self._last_step is None or self._last_time is None:
            return True
        if self._last_step == step:
            return False
        if self._every_secs is not None:
            return time.monotonic() >= self._last_time + self._every_secs
        return self._every_steps is not None and step >= self._last_step + self._every_steps

    def update_last_triggered_step(self, step: int) -> tuple[float | None, int | None]:
        """Note that it was done at this step; gives the seconds and steps since the time before, or None and None."""
        now = time.monotonic()
        first = self._last_step is None or self._last_time is None
        passed = (None, None) if first else (now - (self._last_time or 0.0), step - (self._last_step or 0))
        self._last_step, self._last_time = step, now
        return passed

    def last_triggered_step(self) -> int | None:
        """The step at which it was last done; None if it never was."""
        return self._last_step


def due_step(timer: SecondOrStepTimer, step: Any, context: SessionRunContext, values: SessionRunValues) -> int | None:
    """The global step after a run that was asked for it, if something is due at it; else None.

    What came with the run may be the step before it, so `step` is run again, but only if that one would do.
    """
    if not timer.should_trigger_for_step(int(values.results) + 1):
        return None
    now = int(context.session.run(step))
    return now if timer.should_trigger_for_step(now) else None


class StopAtStepHook(SessionRunHook):
    """Stops after a number of steps, or at a global step.

    Args:
        num_steps: how many steps to take from now on.
        last_step: the global step to stop at.

    Raises:
        ValueError: both are given, or none.

    >>> step = tf.train.get_or_create_global_step()
    >>> count = tf.assign_add(step, 1)
    >>> with tf.train.MonitoredSession(hooks=[tf.train.StopAtStepHook(num_steps=3)]) as sess:
    ...     while not sess.should_stop():
    ...         print(sess.run(count))
    1
    2
    3
    """

    def __init__(self, num_steps: int | None = None, last_step: int | None = None) -> None:
        if num_steps is None and last_step is None:
            raise ValueError("One of num_steps or last_step must be specified.")
        if num_steps is not None and last_step is not None:
            raise ValueError("Only one of num_steps or last_step can be specified.")
        self._num_steps, self._last_step = num_steps, last_step

    def begin(self) -> None:
        """Find the global step."""
        self._step = known_global_step("StopAtStepHook")

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Work out where to stop."""
        if self._last_step is None:
            self._last_step = int(session.run(self._step)) + (self._num_steps or 0)

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Ask for the global step."""
        return SessionRunArgs(self._step)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Stop if it is time to."""
        last = self._last_step or 0
        # What came with the run may be the step before it.
        if int(run_values.results) + 1 >= last and int(run_context.session.run(self._step)) >= last:
            run_context.request_stop()


class NanLossDuringTrainingError(RuntimeError):
    """The loss became NaN while the model was trained."""

    def __str__(self) -> str:
        return "NaN loss during training."


class NanTensorHook(SessionRunHook):
    """Looks after a loss: if it is NaN, an error is raised, or the session stops.

    Args:
        loss_tensor: the loss, a scalar.
        fail_on_nan_loss: whether to raise `NanLossDuringTrainingError`.
    """

    def __init__(self, loss_tensor: Any, fail_on_nan_loss: bool = True) -> None:
        self._loss = loss_tensor
        self._fails = fail_on_nan_loss

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Ask for the loss."""
        return SessionRunArgs(self._loss)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Raise or stop if the loss is NaN."""
        if not np.isnan(run_values.results).any():
            return
        if self._fails:
            _log.error("Model diverged with loss = NaN.")
            raise NanLossDuringTrainingError
        _log.warning("Model diverged with loss = NaN.")
        run_context.request_stop()


class FeedFnHook(SessionRunHook):
    """Feeds each run what a function gives.

    Args:
        feed_fn: gives a dict from tensors to values.
    """

    def __init__(self, feed_fn: Callable[[], Any]) -> None:
        self.feed_fn = feed_fn

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """What to feed."""
        return SessionRunArgs(None, self.feed_fn())


class FinalOpsHook(SessionRunHook):
    """Runs tensors and operations at the end of the session; their values are in `final_ops_values`.

    Args:
        final_ops: tensors and operations, in any nest.
        final_ops_feed_dict: what to feed.
    """

    def __init__(self, final_ops: Any, final_ops_feed_dict: Any = None) -> None:
        self._ops, self._feeds = final_ops, final_ops_feed_dict
        self._values: Any = None

    @property
    def final_ops_values(self) -> Any:
        """The values; None before the end."""
        return self._values

    def end(self, session: Any) -> None:
        """Run them."""
        if self._ops is None:
            return
        try:
            self._values = session.run(self._ops, self._feeds)
        except OutOfRangeError:
            _log.warning(
                "An OutOfRangeError was raised while the final ops were run: do they take an element of an iterator?"
            )
            raise


class GlobalStepWaiterHook(SessionRunHook):
    """Waits before the first run until the global step is reached.

    Args:
        wait_until_step: the global step.
    """

    def __init__(self, wait_until_step: int) -> None:
        self._until = wait_until_step
        self._reached = False

    def begin(self) -> None:
        """Find the global step."""
        self._reached = False
        self._step = known_global_step("GlobalStepWaiterHook")

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Wait."""
        if not self._reached and self._until > 0:
            _log.info("Waiting for global step %d before starting training.", self._until)
            while int(run_context.session.run(self._step)) < self._until:
                time.sleep(0.5)
        self._reached = True
        return None
