"""`SessionRunHook`: what a program can do before and after each run of a monitored session."""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["SessionRunArgs", "SessionRunContext", "SessionRunHook", "SessionRunValues"]


class SessionRunArgs(NamedTuple):
    """What a hook adds to a run.

    Args:
        fetches: tensors and operations to run too, in any nest.
        feed_dict: values to feed.
        options: settings of the run.
    """

    fetches: Any
    feed_dict: Any = None
    options: Any = None


class SessionRunValues(NamedTuple):
    """What a run gave: `results` of a hook's own fetches, the `options` it had and its `run_metadata`."""

    results: Any
    options: Any
    run_metadata: Any


class SessionRunContext:
    """A run, as hooks see it.

    Args:
        original_args: what the program asked for, `SessionRunArgs`.
        session: the session, without hooks.
    """

    def __init__(self, original_args: SessionRunArgs, session: Any) -> None:
        self._args = original_args
        self._session = session
        self._stops = False

    @property
    def original_args(self) -> SessionRunArgs:
        """What the program asked for."""
        return self._args

    @property
    def session(self) -> Any:
        """The session, without hooks."""
        return self._session

    @property
    def stop_requested(self) -> bool:
        """Whether somebody asked to stop."""
        return self._stops

    def request_stop(self) -> None:
        """Ask the session to stop after this run."""
        self._stops = True


class SessionRunHook:
    """The base of all hooks. A hook of one's own overrides the methods it is interested in.

    >>> class Counting(tf.train.SessionRunHook):
    ...     def begin(self):
    ...         self.runs = 0
    ...     def after_run(self, run_context, run_values):
    ...         self.runs += 1
    ...         if self.runs == 3:
    ...             run_context.request_stop()
    >>> x = tf.constant(1.0)
    >>> hook = Counting()
    >>> with tf.train.MonitoredSession(hooks=[hook]) as sess:
    ...     while not sess.should_stop():
    ...         y = sess.run(x)
    >>> hook.runs
    3
    """

    def begin(self) -> None:
        """Called before the session is made; the graph may still be changed."""

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Called when a session was made, and again if it had to be made anew; the graph is final."""

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Called before each run; gives what to run too, `SessionRunArgs` or None."""
        return None

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Called after each run that did not fail, with what the fetches of `before_run` gave."""

    def end(self, session: Any) -> None:
        """Called when the session is about to be closed, unless an error closes it."""
