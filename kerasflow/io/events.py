"""Event files, which TensorBoard reads: records that grow at the end while a program runs."""

from __future__ import annotations

import itertools
import os
import threading
import time
import weakref
from contextlib import suppress

from kerasflow.io.files import full_disk_at
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
        self._path: str | None = None
        self._held: list[bytes] = []
        self._flush_at = 0.0
        os.makedirs(self.folder, exist_ok=True)

    def write(self, event: bytes) -> None:
        """Add an event, serialised."""
        record = framed(event)
        with self._lock:
            if self._path is None:
                self._start()
            self._held.append(record)
            if len(self._held) >= self._max_queue or time.monotonic() > self._flush_at:
                self._flush()

    def _start(self) -> None:
        name = f"events.out.tfevents.{int(time.time()):010d}.{_host()}.{os.getpid()}.{next(_numbers)}"
        self._path = os.path.join(self.folder, name + self._suffix)
        with full_disk_at(self._path), open(self._path, "xb") as file:
            file.write(framed(self._first))
        self._held = []
        self._ending = weakref.finalize(self, _end, self._path, self._held)  # also when the program ends

    def _flush(self) -> None:
        """Write what is held back; the file is not kept open, for a process may have many."""
        if self._path is not None and self._held:
            is_new = not os.path.exists(self._path)  # somebody has deleted it
            if is_new:
                os.makedirs(self.folder, exist_ok=True)
            _append(self._path, b"".join([framed(self._first)] * is_new + self._held))
            self._held.clear()
        self._flush_at = time.monotonic() + self._flush_secs

    def flush(self) -> None:
        """Hand over what has been held back."""
        with self._lock:
            self._flush()

    def close(self) -> None:
        """Close the file; what is written afterwards goes to another one."""
        with self._lock:
            if self._path is not None:
                self._flush()
                self._ending.detach()
                self._path = None
                self._flush_at = 0.0


def _append(path: str, data: bytes) -> None:
    """Append whole records to a file, or nothing: half of one would hide all that come after it."""
    with full_disk_at(path), open(path, "ab", buffering=0) as file:
        size, left = os.path.getsize(path), memoryview(data)
        try:
            while left:
                left = left[file.write(left) :]
        except OSError:
            file.truncate(size)
            raise


def _end(path: str, held: list[bytes]) -> None:
    """Write what was held back to the last; nothing if the file is gone."""
    if held and os.path.exists(path):
        with suppress(OSError):  # the program is over: nobody is left to be told, as `flush` and `close` tell
            _append(path, b"".join(held))
