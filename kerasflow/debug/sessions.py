"""Sessions that are debugged: one talks to a person before and after each run, one writes each run to files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasflow.debug.conversation import Conversation
from kerasflow.debug.filters import TensorFilter
from kerasflow.debug.watching import Dumper, Watcher

__all__ = ["DumpingDebugWrapperSession", "LocalCLIDebugWrapperSession"]


class _Wrapper:
    """A session whose runs somebody looks into."""

    def __init__(self, sess: Any, watcher: Any) -> None:
        if not hasattr(sess, "observe"):
            raise TypeError(f"Expected a Session, got {sess!r}.")
        self._session = sess
        self._watcher = watcher

    def run(self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None) -> Any:
        """As `Session.run`, operation by operation if it is watched."""
        recording = self._watcher.begin(self._session.graph, fetches, feed_dict)
        if recording is None:
            return self._session.run(fetches, feed_dict, options, run_metadata)
        try:
            result = self._session.observe(fetches, feed_dict, recording)
        except Exception as error:
            recording.error = str(error)
            self._watcher.end(recording)
            raise
        self._watcher.end(recording)
        return result

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def __enter__(self) -> Any:
        self._session.__enter__()
        return self

    def __exit__(self, *exception: Any) -> Any:
        return self._session.__exit__(*exception)


class LocalCLIDebugWrapperSession(_Wrapper):
    """A session that asks before each run what to do, and shows afterwards what was computed.

    Where the input is no terminal, commands are read line by line: ``help`` lists them.

    Args:
        sess: the session.
        dump_root, log_usage, ui_type, thread_name_filter: accepted and without effect.
        conversation: what talks, by default on the terminal.

    >>> x = tf.constant([0.0, 1.0])
    >>> lines = iter(["run", "pt Log:0", "run"])
    >>> shown = []
    >>> talk = Conversation(ask=lambda prompt, names: next(lines), show=shown.extend)
    >>> sess = LocalCLIDebugWrapperSession(tf.Session(), conversation=talk)
    >>> y = sess.run(tf.log(x))
    >>> shown[-1]
    '[-inf   0.]'
    """

    def __init__(
        self,
        sess: Any,
        dump_root: Any = None,
        log_usage: bool = True,
        ui_type: str = "readline",
        thread_name_filter: Any = None,
        conversation: Conversation | None = None,
    ) -> None:
        super().__init__(sess, Watcher(conversation))

    def add_tensor_filter(self, filter_name: str, tensor_filter: TensorFilter) -> None:
        """Add a filter for ``run -f`` and ``lt -f``: ``tensor_filter(datum, array)`` is true for what is looked for."""
        self._watcher.conversation.add_filter(filter_name, tensor_filter)


class DumpingDebugWrapperSession(_Wrapper):
    """A session that writes all that each run computes to a folder, for `kerasflow.debug.offline`.

    Args:
        sess: the session.
        session_root: the folder; each run gets one inside it.
        watch_fn: from the fetches and feeds of a run to whether it is written; by default all are.
        thread_name_filter, pass_through_operrors, log_usage: accepted and without effect.
    """

    def __init__(
        self,
        sess: Any,
        session_root: Any,
        watch_fn: Callable[[Any, Any], bool] | None = None,
        thread_name_filter: Any = None,
        pass_through_operrors: Any = None,
        log_usage: bool = True,
    ) -> None:
        super().__init__(sess, Dumper(session_root, watch_fn))
