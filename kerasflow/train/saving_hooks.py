"""`CheckpointSaverHook`: checkpoints at intervals, and a listener's part in that."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from typing import Any

from kerasflow.core.graph import default_graph
from kerasflow.core.keys import GraphKeys
from kerasflow.io.protos import available, message
from kerasflow.summary.writer import FileWriterCache
from kerasflow.train.graph_files import write_graph
from kerasflow.train.hooks import SecondOrStepTimer, due_step, known_global_step
from kerasflow.train.run_hooks import SessionRunArgs, SessionRunContext, SessionRunHook, SessionRunValues
from kerasflow.train.saver import Saver
from kerasflow.train.scaffold import Scaffold

__all__ = ["CheckpointSaverHook", "CheckpointSaverListener"]

_log = logging.getLogger("kerasflow")


class CheckpointSaverListener:
    """The base of what is told when a `CheckpointSaverHook` saves; a listener of one's own overrides methods."""

    def begin(self) -> None:
        """Called before the session is made; the graph may still be changed."""

    def before_save(self, session: Any, global_step_value: int) -> None:
        """Called before a checkpoint is written."""

    def after_save(self, session: Any, global_step_value: int) -> bool | None:
        """Called after a checkpoint was written; True stops the session."""
        return None

    def end(self, session: Any, global_step_value: int) -> None:
        """Called when the session is about to be closed."""


class CheckpointSaverHook(SessionRunHook):
    """Saves a checkpoint when the session is made, every so many steps or seconds, and at the end.

    Args:
        checkpoint_dir: the folder; it is made if it is not there.
        save_secs: seconds between two checkpoints.
        save_steps: steps between two, in place of seconds.
        saver: what writes them.
        checkpoint_basename: the beginning of the files' names.
        scaffold: has the saver, in place of `saver`.
        listeners: are told before and after.

    Raises:
        ValueError: both a saver and a scaffold are given; or not just one of steps and seconds.
    """

    def __init__(
        self,
        checkpoint_dir: Any,
        save_secs: float | None = None,
        save_steps: int | None = None,
        saver: Saver | None = None,
        checkpoint_basename: str = "model.ckpt",
        scaffold: Scaffold | None = None,
        listeners: Sequence[Any] | None = None,
    ) -> None:
        _log.info("Create CheckpointSaverHook.")
        if saver is not None and scaffold is not None:
            raise ValueError("You cannot provide both saver and scaffold.")
        if (save_secs is None) == (save_steps is None):
            raise ValueError("Exactly one of save_secs and save_steps should be provided.")
        self._saver, self._scaffold = saver, scaffold
        self._folder = os.fspath(checkpoint_dir)
        self._path = os.path.join(self._folder, checkpoint_basename)
        self._timer = SecondOrStepTimer(save_secs, save_steps)
        self._listeners = list(listeners or ())
        self._writer: Any = None

    def add_listeners(self, listeners: Sequence[Any]) -> None:
        """Tell these, too, before and after; those that are told already are told once."""
        self._listeners.extend(new for new in listeners if new not in self._listeners)

    def begin(self) -> None:
        """Find the global step, and make the folder."""
        os.makedirs(self._folder, exist_ok=True)
        self._writer = FileWriterCache.get(self._folder) if available() else None
        self._step = known_global_step("CheckpointSaverHook")
        for listener in self._listeners:
            listener.begin()

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Write the graph and a first checkpoint."""
        if self._writer is not None:
            write_graph(default_graph(), self._folder, "graph.pbtxt")
            self._writer.add_graph(default_graph())
            self._writer.add_meta_graph(self._get_saver().export_meta_graph())
        step = int(session.run(self._step))
        self._save(session, step)
        self._timer.update_last_triggered_step(step)

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Ask for the global step."""
        return SessionRunArgs(self._step)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Save if it is time."""
        step = due_step(self._timer, self._step, run_context, run_values)
        if step is not None:
            self._timer.update_last_triggered_step(step)
            if self._save(run_context.session, step):
                run_context.request_stop()

    def end(self, session: Any) -> None:
        """Save the last state, unless it was just saved."""
        step = int(session.run(self._step))
        if step != self._timer.last_triggered_step():
            self._save(session, step)
        for listener in self._listeners:
            listener.end(session, step)
        if self._writer is not None:
            self._writer.flush()

    def _save(self, session: Any, step: int) -> bool:
        """Save a checkpoint; gives whether a listener wants to stop."""
        _log.info("Saving checkpoints for %d into %s.", step, self._path)
        for listener in self._listeners:
            listener.before_save(session, step)
        self._get_saver().save(session, self._path, global_step=step, write_meta_graph=self._writer is not None)
        if self._writer is not None:
            log = message("SessionLog")
            self._writer.add_session_log(log(status=log.CHECKPOINT, checkpoint_path=self._path), step)
        stops = False
        for listener in self._listeners:
            if listener.after_save(session, step):
                _log.info("A CheckpointSaverListener requested that training be stopped: %s", listener)
                stops = True
        return stops

    def _get_saver(self) -> Saver:
        if self._saver is None:
            if self._scaffold is not None and self._scaffold.saver is not None:
                self._saver = self._scaffold.saver
            else:
                found = default_graph().get_collection(GraphKeys.SAVERS)
                if len(found) != 1:
                    raise RuntimeError(
                        f"{len(found)} savers in the collection {GraphKeys.SAVERS!r}: pass saver= or scaffold=."
                    )
                self._saver = found[0]
        return self._saver
