"""What debuggers do around a run: `Watcher`, for people, and `Dumper`, for files; sessions and hooks use them alike."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

from kerasflow.core.graph import Graph
from kerasflow.debug.conversation import Conversation, Watch
from kerasflow.debug.recording import Recording, shown_feeds, shown_fetches

__all__ = ["Dumper", "Watcher"]


class Watcher:
    """Talks before and after runs."""

    def __init__(self, conversation: Conversation | None = None) -> None:
        self.conversation = conversation or Conversation()
        self._number = 0
        self._watch: Watch | None = None  # what was asked for, until it is done

    def begin(self, graph: Graph, fetches: Any, feeds: Any) -> Recording | None:
        """A run begins; gives what shall watch it, if anything."""
        self._number += 1
        recording = Recording(shown_fetches(fetches), shown_feeds(feeds))
        if self._watch is None or not self._watch.skip:
            recording.add_graph(graph)
        if self._watch is None:
            self._watch = self.conversation.before(recording, self._number)
        if self._watch.skip:
            self._watch.skip -= 1
            return None
        if not self._watch.watched:
            self._watch = None
            return None
        return recording

    def end(self, recording: Recording | None) -> None:
        """A run is over."""
        if recording is None or self._watch is None:
            return
        until = self._watch.until
        if until is None or recording.error is not None or self.conversation.passing(recording, until):
            self._watch = None
            self.conversation.after(recording, self._number, until)


class Dumper:
    """Writes each run to a folder of its own.

    Args:
        root: the folder of folders.
        wanted: from the fetches and the feeds of a run to whether it is written; by default all are.
    """

    def __init__(self, root: Any, wanted: Callable[[Any, Any], bool] | None = None) -> None:
        self._root = os.fspath(root)
        self._wanted = wanted
        self._number = 0

    def begin(self, graph: Graph, fetches: Any, feeds: Any) -> Recording | None:
        """A run begins; gives what shall watch it, if it is to be written."""
        if self._wanted is not None and not self._wanted(fetches, feeds):
            return None
        recording = Recording(shown_fetches(fetches), shown_feeds(feeds))
        recording.add_graph(graph)
        return recording

    def end(self, recording: Recording | None) -> None:
        """A run is over: write it."""
        if recording is not None:
            self._number += 1
            recording.save(os.path.join(self._root, f"run_{int(time.time())}_{os.getpid()}_{self._number:04d}"))
