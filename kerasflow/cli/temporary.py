"""Temporary folders: gone when the command is, and if it was killed, when the next one needs one."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path

from kerasflow.io.locks import HAS_LOCKS, is_abandoned, locked

__all__ = ["temporary_folder"]

PREFIX = "kerasflow-"
MARK = ".made-by-the-command"  # an empty file, by which such folders are known


def temporary_folder(stack: ExitStack) -> Path:
    """A folder that is removed when `stack` is closed."""
    _sweep()
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=PREFIX)))
    stack.enter_context(locked(folder))
    (folder / MARK).touch()
    return folder


def _sweep() -> None:
    """Remove the folders of processes that were killed."""
    if not HAS_LOCKS:
        return
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):  # it is somebody else's, or goes away by itself
            owners = {os.lstat(path).st_uid for path in (folder, folder / MARK)}
            if owners == {os.geteuid()} and not folder.is_symlink() and is_abandoned(folder):
                shutil.rmtree(folder)
