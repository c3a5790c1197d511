"""The folder of a run while it is made: there from the start, for checkpoints, and gone if nothing came of it.

A run that is there stays what it is until the one that takes its place is whole, also if the process is killed: the
files of the new one are written into a folder of their own and moved when all are there, and its checkpoints are kept
as ``checkpoints.new`` until then. One process at a time makes a run: it holds a lock on the folder, which ends with it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType

from kerasflow.cli.checkpoints import CHECKPOINT
from kerasflow.cli.exits import DivergedError, UsageError
from kerasflow.cli.run_folder import (
    CHECKPOINTS,
    FILES,
    MARKER,
    NEW_CHECKPOINTS,
    check_replaceable,
    is_run,
    marker_of,
)
from kerasflow.io.files import MissingFileError, full_disk_at, unfinished
from kerasflow.io.locks import locked

__all__ = ["RunPlace"]

STAGE = ".files-"


class RunPlace:
    """Within the block nobody else makes the run. An error leaves everything as it was before, but for new checkpoints.

    Args:
        path: the folder.
        overwrite: whether a run that is there is replaced.
        resume: whether it is gone on with.

    Raises:
        UsageError: something is there that is not to be replaced, or that is no run to go on with; or another process
            is making it.
        FileExistsError: a file is there. PermissionError: it cannot be made.
        MissingFileError: there is no folder to put it into.
    """

    def __init__(self, path: str, overwrite: bool, resume: bool) -> None:
        self.path = path
        self.folder = Path(os.path.realpath(path))
        self._resume, self._replace = resume, overwrite and self.folder.exists()
        self._there, self._made = self.folder.exists(), False
        self._lock = ExitStack()
        if self.folder.exists() and not self.folder.is_dir():
            raise FileExistsError(f"'{self.folder}' exists and is not a folder")
        if not self.folder.parent.is_dir():
            raise MissingFileError(f"there is no folder '{self.folder.parent}' to put '{path}' into")
        if not os.access(self.folder.parent, os.W_OK):
            raise PermissionError(f"the folder '{self.folder.parent}' is write-protected, '{path}' cannot be put there")
        for folder in (self.folder, self.folder / CHECKPOINTS, self.folder / NEW_CHECKPOINTS):
            if folder.is_dir() and not os.access(folder, os.W_OK):  # not only when there is something to be written
                raise PermissionError(f"the folder '{folder}' is write-protected, '{path}' cannot be trained")

    def _check(self) -> None:
        """Check that what is there may be gone on with, or replaced."""
        if not os.path.lexists(self.path) or self.folder.is_dir() and self._is_free():
            return
        begun = any((self.folder / name).is_dir() for name in (CHECKPOINTS, NEW_CHECKPOINTS))
        if self._resume:
            if not begun and not (self.folder / marker_of(self.path)).exists():
                raise UsageError(f"--resume: {self.path} is there, but no training that was begun")
        elif not (begun and self._is_ours()) or is_run(self.folder):
            check_replaceable(self.path, self._replace)
        elif not self._replace:
            way = "--resume goes on with it, --overwrite begins anew"
            raise UsageError(f"{self.path} holds a training that was not finished; {way}")

    @property
    def checkpoints(self) -> Path:
        """The folder of the checkpoints."""
        beside = self._replace if not self._resume else (self.folder / NEW_CHECKPOINTS).is_dir()
        return self.folder / (NEW_CHECKPOINTS if beside else CHECKPOINTS)

    def __enter__(self) -> RunPlace:
        if self._there:
            self._take()
        try:
            self._check()
        except BaseException:
            self._lock.close()
            raise
        return self

    def make(self) -> None:
        """Make the folder, and remove what killed processes have left in it, and checkpoints that nobody goes on from.

        Raises:
            UsageError: another process has made it, or is making it.
        """
        if not self._there:
            try:
                self.folder.mkdir()
            except FileExistsError:
                way = "--overwrite replaces it"
                raise UsageError(f"{self.path} was made by another process meanwhile; {way}") from None
            self._made = True
            self._take()
        self._sweep()
        if not self._resume and self.checkpoints.is_dir():
            shutil.rmtree(self.checkpoints)

    @contextmanager
    def writing(self) -> Iterator[Path]:
        """A folder for the files of the run: when the block ends they take the places of those that are there."""
        stage = self.folder / f"{STAGE}{secrets.token_hex(8)}.tmp"
        stage.mkdir()
        try:
            with full_disk_at(self.path, stage):
                yield stage
            self._install(stage)
        finally:
            shutil.rmtree(stage, ignore_errors=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if isinstance(error, DivergedError) and not self._resume:  # it would diverge again
                shutil.rmtree(self.checkpoints, ignore_errors=True)
            if error is not None and self._made and self._is_free():
                shutil.rmtree(self.folder, ignore_errors=True)
        finally:
            self._lock.close()

    def _take(self) -> None:
        """Keep others out."""
        try:
            self._lock.enter_context(locked(self.folder))
        except BlockingIOError:
            raise UsageError(f"{self.path} is being trained by another process") from None

    def _install(self, stage: Path) -> None:
        """Move the files of a run in; from its first step to its last the folder is no whole run."""
        names = sorted(path.name for path in stage.iterdir() if path.name != MARKER)
        for name in (marker_of(self.path), *set(FILES).difference(names)):  # what makes it a run goes first
            (self.folder / name).unlink(missing_ok=True)
        for name in names:
            os.replace(stage / name, self.folder / name)
        new = self.folder / NEW_CHECKPOINTS
        if new.is_dir():
            shutil.rmtree(self.folder / CHECKPOINTS, ignore_errors=True)
            os.rename(new, self.folder / CHECKPOINTS)
        elif self._replace and not self._resume:
            shutil.rmtree(self.folder / CHECKPOINTS, ignore_errors=True)
        os.replace(stage / MARKER, self.folder / MARKER)

    def _sweep(self) -> None:
        """Remove what processes that were killed had not finished writing."""
        for folder in (self.folder, self.folder / CHECKPOINTS, self.folder / NEW_CHECKPOINTS):
            for path in folder.iterdir() if folder.is_dir() else ():
                if _is_leftover(path):
                    with contextlib.suppress(OSError):
                        shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _is_free(self) -> bool:
        """Whether there is nothing in the folder but what a killed process left unfinished."""
        return all(_is_leftover(path) or _is_empty(path) for path in self.folder.iterdir())

    def _is_ours(self) -> bool:
        """Whether there is nothing in the folder but what a training writes."""
        known = {*FILES, CHECKPOINTS, NEW_CHECKPOINTS}
        return all(path.name in known or _is_leftover(path) for path in self.folder.iterdir())


def _is_leftover(path: Path) -> bool:
    """Whether a training wrote it and did not come to give it its name."""
    if path.is_symlink():
        return False
    name = unfinished(path.name)
    if path.is_dir():
        return name == STAGE.strip(".-")
    return name is not None and (name in FILES or CHECKPOINT.fullmatch(name) is not None)


def _is_empty(path: Path) -> bool:
    """Whether it is a folder for checkpoints in which there are none."""
    named = path.name in (CHECKPOINTS, NEW_CHECKPOINTS) and path.is_dir()
    return named and all(_is_leftover(inside) for inside in path.iterdir())
