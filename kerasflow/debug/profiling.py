"""`ProfilerHook`: traces of some of the steps of a monitored session."""

from __future__ import annotations

import logging
import os
from typing import Any

from kerasflow.core.settings import RunOptions
from kerasflow.debug.timeline import Timeline
from kerasflow.io.files import atomic_path
from kerasflow.summary.writer import FileWriterCache
from kerasflow.train.hooks import SecondOrStepTimer, known_global_step
from kerasflow.train.run_hooks import SessionRunArgs, SessionRunContext, SessionRunHook, SessionRunValues

__all__ = ["ProfilerHook"]

_log = logging.getLogger("kerasflow")


class ProfilerHook(SessionRunHook):
    """Traces a step every so often: files ``timeline-STEP.json`` for Chrome's tracing view, and events for TensorBoard.

    Args:
        save_steps: how many steps lie between two traces.
        save_secs: how many seconds, in place of steps.
        output_dir: the folder of the files.
        show_dataflow, show_memory: as for `Timeline.generate_chrome_trace_format`.

    Raises:
        ValueError: not just one of steps and seconds is given.

    >>> import os, tempfile
    >>> folder = tempfile.mkdtemp()
    >>> count = tf.assign_add(tf.train.get_or_create_global_step(), 1)
    >>> hooks = [tf.train.ProfilerHook(save_steps=3, output_dir=folder), tf.train.StopAtStepHook(8)]
    >>> with tf.train.MonitoredSession(hooks=hooks) as sess:
    ...     while not sess.should_stop():
    ...         _ = sess.run(count)
    >>> sorted(name for name in os.listdir(folder) if name.startswith("timeline"))
    ['timeline-4.json', 'timeline-7.json']
    """

    def __init__(
        self,
        save_steps: int | None = None,
        save_secs: float | None = None,
        output_dir: Any = "",
        show_dataflow: bool = True,
        show_memory: bool = False,
    ) -> None:
        if (save_steps is None) == (save_secs is None):
            raise ValueError("Exactly one of save_steps and save_secs should be provided.")
        self._folder = os.fspath(output_dir)
        self._writer = FileWriterCache.get(self._folder or ".")
        self._shows = {"show_dataflow": show_dataflow, "show_memory": show_memory}
        self._timer = SecondOrStepTimer(save_secs, save_steps)

    def begin(self) -> None:
        """Find the global step."""
        self._next: int | None = None
        self._step = known_global_step("ProfilerHook")

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Ask for the global step, and for a trace if it is time."""
        self._due = self._next is not None and self._timer.should_trigger_for_step(self._next)
        return SessionRunArgs(self._step, options=RunOptions(trace_level=RunOptions.FULL_TRACE) if self._due else None)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Write the trace."""
        step = int(run_values.results)
        if self._next is None:
            self._timer.update_last_triggered_step(step)
        if self._due:
            step = int(run_context.session.run(self._step))
            self._timer.update_last_triggered_step(step)
            self._save(step, run_values.run_metadata)
        self._next = step + 1

    def end(self, session: Any) -> None:
        """Write what is held back."""
        self._writer.flush()

    def _save(self, step: int, metadata: Any) -> None:
        path = os.path.join(self._folder, f"timeline-{step}.json")
        _log.info("Saving timeline for %d into %r.", step, path)
        text = Timeline(metadata.step_stats).generate_chrome_trace_format(**self._shows)
        with atomic_path(path) as temporary, open(temporary, "w", encoding="utf-8") as file:
            file.write(text)
        self._writer.add_run_metadata(metadata, f"step_{step}", step)
