"""`SessionManager`: sessions whose variables come from the newest sound checkpoint, or from their initializers."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from kerasflow.core.errors import DataLossError, DeadlineExceededError, FailedPreconditionError
from kerasflow.core.graph import Graph, default_graph
from kerasflow.core.session import Session
from kerasflow.train.checkpoint_state import checkpoint_exists, get_checkpoint_state

__all__ = ["SessionManager"]

_log = logging.getLogger("kerasflow")
_POLL = 0.5  # seconds between two looks for a checkpoint that somebody else writes


class SessionManager:
    """Makes sessions ready.

    Args:
        local_init_op: run in each new session.
        ready_op: gives the names of variables without values.
        ready_for_local_init_op: likewise, before `local_init_op`.
        graph: the graph, by default the default graph.
        recovery_wait_secs: seconds between two looks for a checkpoint.
        local_init_run_options: accepted and without effect.

    >>> v = tf.Variable(2.0)
    >>> manager = tf.train.SessionManager()
    >>> with manager.prepare_session("", init_op=tf.global_variables_initializer()) as sess:
    ...     sess.run(v)
    np.float32(2.0)
    """

    def __init__(
        self,
        local_init_op: Any = None,
        ready_op: Any = None,
        ready_for_local_init_op: Any = None,
        graph: Graph | None = None,
        recovery_wait_secs: float = 30,
        local_init_run_options: Any = None,
    ) -> None:
        if ready_for_local_init_op is not None and local_init_op is None:
            raise ValueError("If you pass a ready_for_local_init_op you must also pass a local_init_op.")
        self._local_init_op = local_init_op
        self._ready_op = ready_op
        self._ready_for_local_init_op = ready_for_local_init_op
        self._graph = default_graph() if graph is None else graph
        self._wait = recovery_wait_secs

    def prepare_session(
        self,
        master: str = "",
        init_op: Any = None,
        saver: Any = None,
        checkpoint_dir: Any = None,
        checkpoint_filename_with_path: Any = None,
        wait_for_checkpoint: bool = False,
        max_wait_secs: float = 7200,
        config: Any = None,
        init_feed_dict: Mapping[Any, Any] | None = None,
        init_fn: Callable[[Session], Any] | None = None,
    ) -> Session:
        """A session that is ready: restored from a checkpoint, or else initialised.

        Args:
            master: the empty string, which is this process.
            init_op: run if there is no checkpoint.
            saver: reads the checkpoint.
            checkpoint_dir: the folder with checkpoints: the newest that is sound is read.
            checkpoint_filename_with_path: a checkpoint, in place of a folder.
            wait_for_checkpoint: whether to wait for a checkpoint if there is none, for `max_wait_secs` at the most.
            config: settings of the session.
            init_feed_dict: what is fed to `init_op`.
            init_fn: called with the session after `init_op`.

        Raises:
            RuntimeError: there is no checkpoint and nothing to initialise with, or variables have no values after it.
        """
        session, loaded = self._restored(
            master, saver, checkpoint_dir, checkpoint_filename_with_path, wait_for_checkpoint, max_wait_secs, config
        )
        if not loaded:
            if init_op is None and init_fn is None and self._local_init_op is None:
                raise RuntimeError("Model is not initialized and no init_op or init_fn or local_init_op was given.")
            if init_op is not None:
                session.run(init_op, init_feed_dict)
            if init_fn is not None:
                init_fn(session)
        missing = self._make_ready(session)
        if missing:
            raise RuntimeError(
                f"Init operations did not make model ready. Init op: {_name(init_op)}, init fn: {init_fn}, "
                f"local_init_op: {_name(self._local_init_op)}, error: {missing}"
            )
        return session

    def recover_session(
        self,
        master: str = "",
        saver: Any = None,
        checkpoint_dir: Any = None,
        checkpoint_filename_with_path: Any = None,
        wait_for_checkpoint: bool = False,
        max_wait_secs: float = 7200,
        config: Any = None,
    ) -> tuple[Session, bool]:
        """A session, and whether a checkpoint made it ready; arguments as for `prepare_session`."""
        session, loaded = self._restored(
            master, saver, checkpoint_dir, checkpoint_filename_with_path, wait_for_checkpoint, max_wait_secs, config
        )
        if not loaded:
            return session, False
        missing = self._make_ready(session)
        if missing:
            _log.info("Restoring from the checkpoint did not make the model ready: %s", missing)
        return session, not missing

    def wait_for_session(self, master: str = "", config: Any = None, max_wait_secs: float = float("inf")) -> Session:
        """A session that is ready without being initialised. DeadlineExceededError if it is not within the time."""
        end = time.monotonic() + max_wait_secs
        while True:
            session = Session(master, graph=self._graph, config=config)
            missing = self._make_ready(session)
            if not missing:
                return session
            session.close()
            if time.monotonic() + self._wait > end:
                raise DeadlineExceededError(
                    None, None, f"Session was not ready after waiting {max_wait_secs} secs: {missing}"
                )
            time.sleep(self._wait)

    # Parts.

    def _restored(
        self, master: str, saver: Any, folder: Any, path: Any, waits: bool, most: float, config: Any
    ) -> tuple[Session, bool]:
        session = Session(master, graph=self._graph, config=config)
        if folder and path:
            raise ValueError("Can not provide both checkpoint_dir and checkpoint_filename_with_path.")
        if saver is None or not (folder or path):
            return session, False
        if path:
            saver.restore(session, path)
            return session, True
        end = time.monotonic() + most
        while not (found := _checkpoints(folder)):
            if not waits or time.monotonic() > end:
                return session, False
            time.sleep(_POLL)
        return session, _restore_newest(saver, session, found)

    def _make_ready(self, session: Session) -> str | None:
        """Run the local initialiser; what is missing then, None if nothing."""
        if self._local_init_op is not None:
            missing = _missing(session, self._ready_for_local_init_op)
            if missing:
                return f"not ready for local_init: {missing}"
            _log.info("Running local_init_op.")
            session.run(self._local_init_op)
            _log.info("Done running local_init_op.")
        return _missing(session, self._ready_op)


def _checkpoints(folder: Any) -> list[str]:
    """The checkpoints in a folder that its state file lists, the newest first."""
    state = get_checkpoint_state(folder)
    if state is None:
        return []
    paths = [p for p in state.all_model_checkpoint_paths if p != state.model_checkpoint_path]
    return [p for p in [state.model_checkpoint_path, *reversed(paths)] if checkpoint_exists(p)]


def _restore_newest(saver: Any, session: Session, found: list[str]) -> bool:
    """Restore the newest checkpoint that is sound; False, with a warning, if none is."""
    for path in found:
        try:
            saver.restore(session, path)
        except DataLossError as error:
            _log.warning("The checkpoint %s is damaged and left aside: %s", os.path.basename(path), error.message)
            continue
        saver.recover_last_checkpoints([p for p in reversed(found) if p not in found[: found.index(path)]])
        return True
    return False


def _missing(session: Session, op: Any) -> str | None:
    """What an operation that reports missing variables says; None if it reports none."""
    if op is None:
        return None
    try:
        names = session.run(op)
    except FailedPreconditionError as error:
        return str(error.message)
    if names is None or not len(names):
        return None
    return f"Variables not initialized: {', '.join(n.decode() if isinstance(n, bytes) else str(n) for n in names)}"


def _name(op: Any) -> str:
    return str(getattr(op, "name", op))
