"""Event files, which TensorBoard reads: records that grow at the end while a program runs."""

from __future__ import annotations

import itertools
import os
import threading
import time
import weakref

from kerasflow.io.records import framed

__all__ = ["EventFile"]

_numbers = itertools.count()  # so that two files of one process never have one name


def _host() -> str:
    """The name of this machine."""
    return os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "localhost")


class EventFile:
    """A file of events, opened for writing; it is made when the first event comes, and its folder with it.

    What is written is held back until there are `max_queue` events, until `flush_secs` seconds are over when one
    comes, and at the end of the program at the latest; the first is not held back.

    Args:
        folder: where the file goes.
        first: the event that every file starts with, serialised.
        max_queue: how many events to hold back.
        flush_secs: how long.
        suffix: what its name ends in.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        first: bytes,
        max_queue: int = 10,
        flush_secs: float = 120,
        suffix: str | None = None,
    ) -> None:
        self.folder, self._first, self._suffix = os.fspath(folder), first, suffix or ""
        self._max_queue, self._flush_secs = max_queue, flush_secs
        self._lock = threading.Lock()
        self._stream = None
        self._waiting, self._flush_at = 0, 0.0
        os.makedirs(self.folder, exist_ok=True)

    def write(self, event: bytes) -> None:
        """Add an event, serialised."""
        record = framed(event)
        with self._lock:
            if self._stream is None:
                self._open()
            self._stream.write(record)
            self._waiting += 1
            if self._waiting >= self._max_queue or time.monotonic() > self._flush_at:
                self._flush()

    def _open(self) -> None:
        name = f"events.out.tfevents.{int(time.time()):010d}.{_host()}.{os.getpid()}.{next(_numbers)}"
        self._stream = open(os.path.join(self.folder, name + self._suffix), "xb")
        self._closed = weakref.finalize(self, self._stream.close)  # also when the program ends
        self._stream.write(framed(self._first))

    def _flush(self) -> None:
        self._stream.flush()
        self._waiting, self._flush_at = 0, time.monotonic() + self._flush_secs

    def flush(self) -> None:
        """Hand over what has been held back."""
        with self._lock:
            if self._stream is not None:
                self._flush()

    def close(self) -> None:
        """Close the file; what is written afterwards goes to another one."""
        with self._lock:
            if self._stream is not None:
                self._closed()
                self._stream = None
                self._flush_at = 0.0
