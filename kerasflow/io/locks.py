"""Locks on folders: by them a process knows that another one is at work in a folder, or that it was killed there.

A lock ends with its process, however that ends. Windows and some network drives have none: there nothing is known.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

__all__ = ["HAS_LOCKS", "is_abandoned", "locked"]

HAS_LOCKS = fcntl is not None
YOUNG = 60.0  # seconds in which whoever has made a folder comes to lock it


@contextmanager
def locked(folder: str | os.PathLike[str]) -> Iterator[None]:
    """Within the block nobody else locks the folder.

    Raises:
        BlockingIOError: somebody has locked it. FileNotFoundError: it is not there.

    >>> import tempfile
    >>> from kerasflow.io.locks import locked
    >>> with tempfile.TemporaryDirectory() as folder, locked(folder):
    ...     with locked(folder):
    ...         pass
    Traceback (most recent call last):
    BlockingIOError: ...
    """
    handle = _lock(folder)
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)


def is_abandoned(folder: str | os.PathLike[str]) -> bool:
    """Whether whoever made the folder, and locked it, is at work no more; only if that is certain.

    >>> import tempfile
    >>> from kerasflow.io.locks import is_abandoned
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     is_abandoned(folder)  # it may be locked any moment
    False
    """
    if time.time() - os.stat(folder).st_mtime < YOUNG:
        return False
    try:
        handle = _lock(folder)
    except BlockingIOError:
        return False
    if handle is None:
        return False
    os.close(handle)
    return True


def _lock(folder: str | os.PathLike[str]) -> int | None:
    """A handle that holds the lock until it is closed; None where there are no locks."""
    if fcntl is None:
        return None
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise
    except OSError:
        os.close(handle)
        return None
    return handle
