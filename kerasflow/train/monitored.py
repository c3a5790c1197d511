"""`MonitoredSession`: a session with hooks, that starts from the newest checkpoint and knows when to stop."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from kerasflow.core import stacks
from kerasflow.core.errors import AbortedError, OutOfRangeError, UnavailableError
from kerasflow.core.graph import Graph, default_graph
from kerasflow.core.session import Session
from kerasflow.core.settings import RunOptions
from kerasflow.io.protos import message
from kerasflow.train.coordinator import Coordinator
from kerasflow.train.run_hooks import SessionRunArgs, SessionRunContext, SessionRunHook, SessionRunValues
from kerasflow.train.scaffold import Scaffold
from kerasflow.train.session_manager import SessionManager

__all__ = [
    "ChiefSessionCreator",
    "MonitoredSession",
    "SessionCreator",
    "SingularMonitoredSession",
    "StepContext",
    "WorkerSessionCreator",
]

_log = logging.getLogger("kerasflow")


class SessionCreator:
    """Something that makes sessions: it has a method `create_session()`."""

    def create_session(self) -> Session:
        """A new session."""
        raise NotImplementedError(f"{type(self).__name__} must define create_session().")


class ChiefSessionCreator(SessionCreator):
    """Makes sessions that are restored from a checkpoint, or else initialised.

    Args:
        scaffold: what starts, checks and saves; by default `Scaffold()`.
        master: the empty string, which is this process.
        config: settings of the session.
        checkpoint_dir: the folder with checkpoints.
        checkpoint_filename_with_path: a checkpoint, in place of a folder.
    """

    def __init__(
        self,
        scaffold: Scaffold | None = None,
        master: str = "",
        config: Any = None,
        checkpoint_dir: Any = None,
        checkpoint_filename_with_path: Any = None,
    ) -> None:
        self._scaffold = scaffold or Scaffold()
        self._master, self._config = master, config
        self._folder, self._path = checkpoint_dir, checkpoint_filename_with_path

    def create_session(self) -> Session:
        """A session that is ready."""
        scaffold = self._scaffold.finalize()
        _log.info("Graph was finalized.")
        return _manager(scaffold).prepare_session(
            self._master,
            scaffold.init_op,
            scaffold.saver,
            self._folder,
            self._path,
            config=self._config,
            init_feed_dict=scaffold.init_feed_dict,
            init_fn=scaffold.init_fn,
        )


def _manager(scaffold: Scaffold) -> SessionManager:
    return SessionManager(scaffold.local_init_op, scaffold.ready_op, scaffold.ready_for_local_init_op, default_graph())


class WorkerSessionCreator(SessionCreator):
    """Makes sessions that somebody else initialises.

    Args:
        scaffold: what checks whether they are ready; by default `Scaffold()`.
        master: the empty string, which is this process.
        config: settings of the session.
        max_wait_secs: how long to wait, in seconds.
    """

    def __init__(
        self, scaffold: Scaffold | None = None, master: str = "", config: Any = None, max_wait_secs: float = 1800
    ) -> None:
        self._scaffold = scaffold or Scaffold()
        self._master, self._config, self._most = master, config, max_wait_secs

    def create_session(self) -> Session:
        """A session that is ready. DeadlineExceededError if it is not within the time."""
        manager = _manager(self._scaffold.finalize())
        return manager.wait_for_session(self._master, self._config, self._most)


class StepContext:
    """What the function of `run_step_fn` is given: the `session` without hooks, and a way to run with them."""

    def __init__(self, session: Session, run_with_hooks: Callable[..., Any]) -> None:
        self.session = session
        self.run_with_hooks = run_with_hooks

    def request_stop(self) -> None:
        """Stop the session: it leaves the function."""
        raise StopIteration("step_fn has requested the iterations to stop.")


class _Monitored:
    """What monitored sessions have in common; `recovers` says whether a lost session is made anew."""

    def __init__(
        self, creator: SessionCreator | None, hooks: Sequence[Any] | None, recovers: bool, grace: float
    ) -> None:
        self._hooks: list[SessionRunHook] = list(hooks or ())
        self._creator = creator or ChiefSessionCreator()
        self._recovers = recovers
        self._grace = grace
        self._graph = default_graph()
        self._own_final = not self._graph.finalized
        for hook in self._hooks:
            hook.begin()
        self._session: Session | None = None
        self._coord = Coordinator()
        self._stops = False
        self._entered: Any = None
        self._open()

    def _open(self) -> None:
        """Make a session; the graph becomes final with the first."""
        with self._graph.as_default():
            self._session = self._creator.create_session()
            self._graph.finalize()
            self._coord = Coordinator(clean_stop_exception_types=[])
            for runner in self._graph.get_collection("queue_runners"):
                runner.create_threads(self._session, coord=self._coord, daemon=True, start=True)
            for hook in self._hooks:
                hook.after_create_session(self._session, self._coord)
        self._stops = False

    @property
    def graph(self) -> Graph | None:
        """The graph; None if the session is closed."""
        return None if self._session is None else self._graph

    def should_stop(self) -> bool:
        """Whether a hook, a thread or the end of the data asked to stop, or the session is closed."""
        return self._session is None or self._stops or self._coord.should_stop()

    def run(self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None) -> Any:
        """Run what `fetches` need, and what hooks add, and give the values of `fetches`, as `Session.run` does.

        Raises:
            RuntimeError: the session is closed, or was asked to stop; or two hooks feed one tensor.
        """
        return self._recovering(lambda: self._run(fetches, feed_dict, options, run_metadata))

    def run_step_fn(self, step_fn: Callable[..., Any]) -> Any:
        """What `step_fn` gives for a step context: something with `session`, `run_with_hooks` and `request_stop`.

        It can use the session without hooks, and with them. Its `request_stop` raises StopIteration, which also ends
        the ``with`` block of the session.

        Raises:
            ValueError: it does not take one argument called ``step_context``, besides ``self``.
        """
        code = getattr(step_fn, "__code__", None)
        names = [] if code is None else list(code.co_varnames[: code.co_argcount])
        if [n for n in names if n != "self"] != ["step_context"]:
            raise ValueError(f"'step_fn' may either have one 'step_context' argument, or self and it; got {names}.")

        def step() -> Any:
            try:
                return step_fn(StepContext(self._live(), self._run))
            except StopIteration:
                self._stops = True
                raise

        return self._recovering(step)

    def _recovering(self, work: Callable[[], Any]) -> Any:
        while True:
            try:
                return work()
            except (AbortedError, UnavailableError):
                if not self._recovers:
                    raise
                self._drop()
                self._open()

    def _live(self) -> Session:
        if self._session is None:
            raise RuntimeError("Session is already closed.")
        return self._session

    def _run(self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None) -> Any:
        session = self._live()
        if self.should_stop():
            self._coord.raise_requested_exception()
            raise RuntimeError("Run called even after should_stop requested.")
        context = SessionRunContext(SessionRunArgs(fetches, feed_dict), session)
        wanted: dict[Any, Any] = {"caller": fetches}
        feeds = dict(feed_dict or {})
        fed_by_hooks: set[Any] = set()
        watching: list[Any] = []
        for i, hook in enumerate(self._hooks):
            request = hook.before_run(context)
            if request is None:
                continue
            if hasattr(request.options, "observer"):
                watching.append(request.options)
            elif request.options is not None and request.options.trace_level:
                options, run_metadata = _traced(options), run_metadata or message("RunMetadata")()
            if request.fetches is not None:
                wanted[i] = request.fetches
            _add_feeds(feeds, request.feed_dict, fed_by_hooks)
        if watching:
            results = _watched(session, _nest(wanted), feeds, watching)
        else:
            results = session.run(_nest(wanted), feeds, options, run_metadata)
        for i, hook in enumerate(self._hooks):
            hook.after_run(context, SessionRunValues(results.get(f"{i}"), options, run_metadata))
        self._stops = self._stops or context.stop_requested
        return results["caller"]

    def close(self) -> None:
        """Tell the hooks and close the session."""
        self._close(None)

    def abandon(self) -> None:
        """Close the session without telling the hooks, as after an error; nothing if it is closed."""
        self._drop()

    def _close(self, error: BaseException | None) -> None:
        try:
            if error is None and self._session is not None:
                for hook in self._hooks:
                    hook.end(self._session)
        finally:
            self._drop(error)
            if self._own_final:
                self._graph.finalized = False

    def _drop(self, error: BaseException | None = None) -> None:
        session, self._session = self._session, None
        try:
            self._coord.request_stop(error)
            self._coord.join(stop_grace_period_secs=self._grace, ignore_live_threads=True)
        finally:
            if session is not None:
                session.close()

    def __enter__(self) -> Any:
        self._entered = stacks.graphs.pushed(self._graph)
        self._entered.__enter__()
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        ended = isinstance(error, (OutOfRangeError, StopIteration))
        try:
            self._close(None if ended else error)
        except Exception:
            if error is None or ended:
                raise
        finally:
            entered, self._entered = self._entered, None
            entered.__exit__(None, None, None)
        return ended


def _watched(session: Session, wanted: dict[str, Any], feeds: dict[Any, Any], watching: list[Any]) -> Any:
    """A run that debuggers watch: all its operations are shown to them, and its error if it fails."""

    def show(*seen: Any) -> None:
        for options in watching:
            options.observer(*seen)

    try:
        return session.observe(wanted, feeds, show)
    except Exception as error:
        for options in watching:
            options.failed(error)
        raise


def _traced(options: Any) -> RunOptions:
    """The options of a run, with all its operations timed."""
    timeout = 0 if options is None else options.timeout_in_ms
    return RunOptions(trace_level=RunOptions.FULL_TRACE, timeout_in_ms=timeout)


def _nest(wanted: dict[Any, Any]) -> dict[str, Any]:
    return {str(key): value for key, value in wanted.items()}


def _add_feeds(feeds: dict[Any, Any], more: Any, fed_by_hooks: set[Any]) -> None:
    for tensor, value in (more or {}).items():
        if tensor in fed_by_hooks:
            raise RuntimeError(f"Same tensor is fed by two hooks: {tensor}.")
        if tensor in feeds:
            raise RuntimeError(f"Same tensor is fed by a SessionRunHook and the caller of run(): {tensor}.")
        fed_by_hooks.add(tensor)
        feeds[tensor] = value


class MonitoredSession(_Monitored):
    """A session with hooks. It makes the graph final, restores or initialises variables, and closes itself at the end.

    In a ``with`` block the end of the data, `OutOfRangeError`, is no error. A session that is lost (`AbortedError`,
    `UnavailableError`) is made anew, from the newest checkpoint.

    Args:
        session_creator: what makes the session, by default `ChiefSessionCreator()`.
        hooks: what is done before and after each run.
        stop_grace_period_secs: how long threads may go on, in seconds, when it is closed.

    >>> v = tf.Variable(1.0)
    >>> double = tf.assign(v, 2.0 * v)
    >>> with tf.train.MonitoredSession() as sess:
    ...     sess.run(double)
    np.float32(2.0)
    """

    StepContext = StepContext

    def __init__(
        self,
        session_creator: SessionCreator | None = None,
        hooks: Sequence[Any] | None = None,
        stop_grace_period_secs: float = 120,
    ) -> None:
        super().__init__(session_creator, hooks, recovers=True, grace=stop_grace_period_secs)


class SingularMonitoredSession(_Monitored):
    """As `MonitoredSession`, without recovery, and with the session itself at hand.

    Args:
        hooks: what is done before and after each run.
        scaffold: what starts, checks and saves; by default `Scaffold()`.
        master: the empty string, which is this process.
        config: settings of the session.
        checkpoint_dir: the folder with checkpoints.
        stop_grace_period_secs: how long threads may go on, in seconds, when it is closed.
        checkpoint_filename_with_path: a checkpoint, in place of a folder.
    """

    def __init__(
        self,
        hooks: Sequence[Any] | None = None,
        scaffold: Scaffold | None = None,
        master: str = "",
        config: Any = None,
        checkpoint_dir: Any = None,
        stop_grace_period_secs: float = 120,
        checkpoint_filename_with_path: Any = None,
    ) -> None:
        creator = ChiefSessionCreator(scaffold, master, config, checkpoint_dir, checkpoint_filename_with_path)
        super().__init__(creator, hooks, recovers=False, grace=stop_grace_period_secs)

    def raw_session(self) -> Session | None:
        """The session without hooks; None if it is closed."""
        return self._session
