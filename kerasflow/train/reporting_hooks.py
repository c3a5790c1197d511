"""Hooks that tell how training goes on: values in the log, steps a second, summaries."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from kerasflow.core.graph import default_graph
from kerasflow.core.tensor import Tensor
from kerasflow.io.protos import message
from kerasflow.summary.writer import FileWriterCache
from kerasflow.train.hooks import SecondOrStepTimer, due_step, known_global_step
from kerasflow.train.run_hooks import SessionRunArgs, SessionRunContext, SessionRunHook, SessionRunValues
from kerasflow.train.scaffold import Scaffold

__all__ = ["LoggingTensorHook", "StepCounterHook", "SummarySaverHook"]

_log = logging.getLogger("kerasflow")


class LoggingTensorHook(SessionRunHook):
    """Writes the values of tensors to the log, every so many runs or seconds, or at the end.

    Args:
        tensors: a dict from tags to tensors or their names, or a list of these.
        every_n_iter: how many runs lie between two times.
        every_n_secs: how many seconds.
        at_end: whether to do so at the end.
        formatter: gives a text for a dict from tags to values; by default ``tag = value``, separated by commas.

    Raises:
        ValueError: not just one of the first two numbers is given, and it is not at the end alone; or it is not
            positive.
    """

    def __init__(
        self,
        tensors: Any,
        every_n_iter: int | None = None,
        every_n_secs: float | None = None,
        at_end: bool = False,
        formatter: Callable[[dict[str, Any]], str] | None = None,
    ) -> None:
        self._only_end = at_end and every_n_iter is None and every_n_secs is None
        if not self._only_end and (every_n_iter is None) == (every_n_secs is None):
            raise ValueError("Either at_end and/or exactly one of every_n_iter and every_n_secs must be provided.")
        if every_n_iter is not None and every_n_iter <= 0:
            raise ValueError(f"Invalid every_n_iter={every_n_iter}.")
        if isinstance(tensors, Mapping):
            self._given = {tag: tensors[tag] for tag in sorted(tensors)}
        else:
            self._given = {t if isinstance(t, str) else t.name: t for t in tensors}
        self._formatter = formatter
        self._at_end = at_end
        self._timer = SecondOrStepTimer(every_n_secs, None if self._only_end else every_n_iter)

    def begin(self) -> None:
        """Find the tensors."""
        self._timer.reset()
        self._runs = 0
        self._tensors = {tag: _found(t) for tag, t in self._given.items()}

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Ask for the values if it is time."""
        self._due = not self._only_end and self._timer.should_trigger_for_step(self._runs)
        return SessionRunArgs(self._tensors) if self._due else None

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Write them."""
        if self._due:
            self._write(run_values.results)
        self._runs += 1

    def end(self, session: Any) -> None:
        """Write the last values."""
        if self._at_end:
            self._write(session.run(self._tensors))

    def _write(self, values: dict[str, Any]) -> None:
        seconds, _ = self._timer.update_last_triggered_step(self._runs)
        if self._formatter is not None:
            _log.info(self._formatter(values))
            return
        with np.printoptions(suppress=True):
            text = ", ".join(f"{tag} = {values[tag]!s}" for tag in self._given)
        _log.info(text if seconds is None else f"{text} ({seconds:.3f} sec)")


def _found(t: Any) -> Any:
    return default_graph().as_graph_element(t) if isinstance(t, str) else t


class StepCounterHook(SessionRunHook):
    """Counts steps a second, for the log and for TensorBoard.

    Args:
        every_n_steps: how many steps lie between two times.
        every_n_secs: how many seconds, in place of steps.
        output_dir: the folder of the event file; none is written without.
        summary_writer: what writes it, in place of a folder.

    Raises:
        ValueError: not just one of the numbers is given.
    """

    def __init__(
        self,
        every_n_steps: int | None = 100,
        every_n_secs: float | None = None,
        output_dir: Any = None,
        summary_writer: Any = None,
    ) -> None:
        if (every_n_steps is None) == (every_n_secs is None):
            raise ValueError("Exactly one of every_n_steps and every_n_secs should be provided.")
        self._timer = SecondOrStepTimer(every_n_secs, every_n_steps)
        self._folder, self._writer = output_dir, summary_writer

    def begin(self) -> None:
        """Find the global step and the file."""
        if self._writer is None and self._folder:
            self._writer = FileWriterCache.get(self._folder)
        self._step = known_global_step("StepCounterHook")
        self._tag = f"{getattr(self._step, 'op', self._step).name}/sec"

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Ask for the global step."""
        return SessionRunArgs(self._step)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Count."""
        step = due_step(self._timer, self._step, run_context, run_values)
        if step is not None:
            seconds, steps = self._timer.update_last_triggered_step(step)
            if seconds and steps is not None:
                self._tell(steps / seconds, step)

    def _tell(self, rate: float, step: int) -> None:
        if self._writer is not None:
            kind = message("Summary")
            self._writer.add_summary(kind(value=[kind.Value(tag=self._tag, simple_value=rate)]), step)
        _log.info("%s: %g", self._tag, rate)


class SummarySaverHook(SessionRunHook):
    """Writes summaries for TensorBoard.

    Args:
        save_steps: how many steps lie between two times.
        save_secs: how many seconds, in place of steps.
        output_dir: the folder of the event file.
        summary_writer: what writes it, in place of a folder.
        scaffold: has the summaries in its `summary_op`.
        summary_op: the summaries, a string tensor or a list of these; in place of a scaffold.

    Raises:
        ValueError: there are not just one of a scaffold and summaries, and just one of steps and seconds.
    """

    def __init__(
        self,
        save_steps: int | None = None,
        save_secs: float | None = None,
        output_dir: Any = None,
        summary_writer: Any = None,
        scaffold: Scaffold | None = None,
        summary_op: Any = None,
    ) -> None:
        if (scaffold is None) == (summary_op is None):
            raise ValueError("Exactly one of scaffold or summary_op must be provided.")
        if (save_steps is None) == (save_secs is None):
            raise ValueError("Exactly one of save_steps and save_secs should be provided.")
        self._summary_op, self._scaffold = summary_op, scaffold
        self._folder, self._writer = output_dir, summary_writer
        self._timer = SecondOrStepTimer(save_secs, save_steps)

    def begin(self) -> None:
        """Find the global step and the file."""
        if self._writer is None and self._folder:
            self._writer = FileWriterCache.get(self._folder)
        self._next: int | None = None
        self._behind = 0  # how far the number that a run gives is behind the one after it: 1 if it is read before
        self._step = known_global_step("SummarySaverHook")

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Ask for the global step, and for the summaries if it is time."""
        self._due = self._next is None or self._timer.should_trigger_for_step(self._next)
        requests = {"global_step": self._step}
        summaries = self._summaries() if self._due else []
        if summaries:
            requests["summary"] = summaries
        return SessionRunArgs(requests)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Write them."""
        if self._writer is None:
            return
        seen = int(run_values.results["global_step"])
        if self._next is None or self._due:
            self._behind = int(run_context.session.run(self._step)) - seen
        step = seen + self._behind
        if self._next is None:
            log = message("SessionLog")
            self._writer.add_session_log(log(status=log.START), step)
        if self._due:
            self._timer.update_last_triggered_step(step)
            for summary in run_values.results.get("summary", ()):
                self._writer.add_summary(summary, step)
        self._next = step + 1

    def end(self, session: Any) -> None:
        """Write what is held back."""
        if self._writer is not None:
            self._writer.flush()

    def _summaries(self) -> list[Tensor]:
        found = self._summary_op
        if found is None and self._scaffold is not None:
            found = self._scaffold.summary_op
        if found is None:
            return []
        return list(found) if isinstance(found, (list, tuple)) else [found]
