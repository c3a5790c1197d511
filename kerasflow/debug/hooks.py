"""Hooks for monitored sessions: `LocalCLIDebugHook` talks to a person, `DumpingDebugHook` writes files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasflow.debug.conversation import Conversation
from kerasflow.debug.filters import TensorFilter
from kerasflow.debug.watching import Dumper, Watcher
from kerasflow.train.run_hooks import SessionRunArgs, SessionRunContext, SessionRunHook, SessionRunValues

__all__ = ["DumpingDebugHook", "LocalCLIDebugHook"]


class _Options:
    """Options of a run that is watched: a monitored session calls `observer` and `failed`."""

    def __init__(self, recording: Any, failed: Callable[[Exception], None]) -> None:
        self.observer, self.failed = recording, failed


class _Hook(SessionRunHook):
    """A hook that looks into runs."""

    def __init__(self, watcher: Any) -> None:
        self._watcher = watcher
        self._recording: Any = None

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Ask what to do."""
        asked = run_context.original_args
        self._recording = self._watcher.begin(run_context.session.graph, asked.fetches, asked.feed_dict)
        if self._recording is None:
            return None
        return SessionRunArgs(None, None, _Options(self._recording, self._failed))

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Show the run."""
        self._watcher.end(self._recording)

    def _failed(self, error: Exception) -> None:
        self._recording.error = str(error)
        self._watcher.end(self._recording)


class LocalCLIDebugHook(_Hook):
    """Has a monitored session ask before each run what to do, and show afterwards what was computed.

    Args:
        ui_type, dump_root, thread_name_filter: accepted and without effect.
        conversation: what talks, by default on the terminal.
    """

    def __init__(
        self,
        ui_type: str = "readline",
        dump_root: Any = None,
        thread_name_filter: Any = None,
        conversation: Conversation | None = None,
    ) -> None:
        super().__init__(Watcher(conversation))

    def add_tensor_filter(self, filter_name: str, tensor_filter: TensorFilter) -> None:
        """Add a filter, as `LocalCLIDebugWrapperSession.add_tensor_filter` does."""
        self._watcher.conversation.add_filter(filter_name, tensor_filter)


class DumpingDebugHook(_Hook):
    """Has a monitored session write all that each run computes to a folder, for `kerasflow.debug.offline`.

    Args:
        session_root: the folder; each run gets one inside it.
        watch_fn: from the fetches and feeds of a run to whether it is written; by default all are.
        thread_name_filter, log_usage: accepted and without effect.
    """

    def __init__(
        self,
        session_root: Any,
        watch_fn: Callable[[Any, Any], bool] | None = None,
        thread_name_filter: Any = None,
        log_usage: bool = True,
    ) -> None:
        super().__init__(Dumper(session_root, watch_fn))
