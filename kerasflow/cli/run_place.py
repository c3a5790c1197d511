"""The folder of a run while it is made: there from the start, for checkpoints, and gone if nothing came of it."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path
from types import TracebackType

from kerasflow.cli.exits import UsageError
from kerasflow.cli.run_folder import check_replaceable, marker_of
from kerasflow.io.files import MissingFileError

__all__ = ["CHECKPOINTS", "RunPlace"]

CHECKPOINTS = "checkpoints"


class RunPlace:
    """Within the block there is the folder. An error leaves everything as it was before, but for new checkpoints.

    What is to be replaced is put aside, as ``.NAME-XXXX.tmp``, until the new run is whole.

    Args:
        path: the folder.
        overwrite: whether a run that is there is replaced.
        resume: whether it is gone on with.

    Raises:
        UsageError: something is there that is not to be replaced, or that is no run to go on with.
        FileExistsError: a file is there. PermissionError: it cannot be made.
        MissingFileError: there is no folder to put it into.
    """

    def __init__(self, path: str, overwrite: bool, resume: bool) -> None:
        self.path = path
        self.folder = Path(os.path.realpath(path))
        if self.folder.exists() and not self.folder.is_dir():
            raise FileExistsError(f"'{self.folder}' exists and is not a folder")
        if resume:
            known = (CHECKPOINTS, marker_of(path))
            if os.path.lexists(path) and not any((self.folder / name).exists() for name in known):
                raise UsageError(f"--resume: {path} is there, but no training that was begun")
        elif not self._is_unfinished():
            check_replaceable(path, overwrite)
        elif not overwrite:
            way = "--resume goes on with it, --overwrite begins anew"
            raise UsageError(f"{path} holds a training that was not finished; {way}")
        if not self.folder.parent.is_dir():
            raise MissingFileError(f"there is no folder '{self.folder.parent}' to put '{path}' into")
        if not os.access(self.folder.parent, os.W_OK):
            raise PermissionError(f"the folder '{self.folder.parent}' is write-protected, '{path}' cannot be put there")
        self._aside: Path | None = None
        self._made = False

    @property
    def checkpoints(self) -> Path:
        """The folder of the checkpoints."""
        return self.folder / CHECKPOINTS

    def __enter__(self) -> RunPlace:
        return self

    def make(self, anew: bool) -> None:
        """Make the folder; one that is there is put aside if it is to be made `anew`."""
        if anew and self.folder.exists():
            self._aside = self.folder.with_name(f".{self.folder.name[:40]}-{secrets.token_hex(8)}.tmp")
            os.rename(self.folder, self._aside)
        self._made = not self.folder.exists()
        self.folder.mkdir(exist_ok=True)

    def begin_writing(self) -> None:
        """From here on the folder is no whole run, until its marker is written."""
        (self.folder / marker_of(self.path)).unlink(missing_ok=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            if self._aside is not None:
                shutil.rmtree(self._aside)
            return
        begun = self.checkpoints.is_dir() and self._aside is None
        if self._made and not begun:
            shutil.rmtree(self.folder, ignore_errors=True)
        if self._aside is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
            os.rename(self._aside, self.folder)

    def _is_unfinished(self) -> bool:
        """Whether there is nothing but checkpoints of a training that was never done."""
        return self.folder.is_dir() and {entry.name for entry in self.folder.iterdir()} <= {CHECKPOINTS}
