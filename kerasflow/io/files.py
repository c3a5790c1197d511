"""Writing whole files and folders, or nothing.

A file is built beside its place under another name, forced to the disk and renamed in. Whoever reads the path sees the
old content or the new one, never half of either, also when the process is killed or the machine loses its power. What a
killed process leaves behind is its own unfinished sibling, a hidden name that ends in ``.tmp``.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kerasflow.io.locks import is_abandoned, locked

__all__ = ["MissingFileError", "atomic_directory", "atomic_path", "full_disk_at", "unfinished", "write_text"]

StrPath = str | os.PathLike[str]
NO_SPACE = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
_UNFINISHED = re.compile(r"\.(.{1,40})-[0-9a-f]{16}\.tmp", re.DOTALL)


class MissingFileError(FileNotFoundError, ValueError):
    """A file or folder that was named does not exist.

    It is a `FileNotFoundError`, as programs expect, and a `ValueError` too, because that is what TensorFlow's saver
    raises.
    """


@contextmanager
def atomic_path(path: StrPath) -> Iterator[Path]:
    """Write the file `path` through a temporary sibling that takes its place when the block ends without an error.

    A symbolic link is followed, and a file that is replaced keeps its permissions.

    Args:
        path: where the file shall be; its folder must exist.

    Raises:
        MissingFileError: there is no such folder, or the block wrote no file.
        FileExistsError: `path` is something else than a file (a folder, a device, a pipe).
        PermissionError: the folder or the file to be replaced is write-protected.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with atomic_path(folder / "a.txt") as temporary:
    ...     _ = temporary.write_text("whole")
    >>> [(p.name, p.read_text()) for p in folder.iterdir()]
    [('a.txt', 'whole')]
    """
    target = _target(path)
    mode = _mode_of_file(target)
    temporary = _sibling(target)
    try:
        with full_disk_at(path, temporary):
            yield temporary
            if not temporary.is_file():
                raise MissingFileError(f"nothing was written for '{path}'")
            if mode is not None:
                temporary.chmod(mode)
            _sync_file(temporary)
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


@contextmanager
def atomic_directory(path: StrPath, overwrite: bool = False, marker: str | None = None) -> Iterator[Path]:
    """Build the folder `path` as a temporary sibling that takes its name when the block ends without an error.

    With `overwrite` the old folder is moved aside, and removed once the new one is in place. A folder cannot be
    exchanged in one step: a process killed between the two renames leaves the old one beside, whole, as
    ``.NAME-XXXX.tmp``.

    Args:
        path: the folder to make; its parent must exist.
        overwrite: whether an existing folder may be replaced.
        marker: the name of a file that every folder of this kind holds. A folder without it is never replaced, so that
            a mistyped path does not cost somebody their data; and siblings that killed processes have left without it
            are removed.

    Raises:
        MissingFileError: there is no parent folder.
        FileExistsError: `path` exists and may not be replaced.
        PermissionError: the parent folder is write-protected.
    """
    target = _target(path)
    _check_replaceable(target, overwrite, marker)
    if marker is not None:
        _sweep(target, marker)
    temporary = _sibling(target)
    try:
        with full_disk_at(path, temporary):
            temporary.mkdir()
            with locked(temporary):
                yield temporary
                _sync_tree(temporary)
        _check_replaceable(target, overwrite, marker)
        replaced = _install(temporary, target)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    _sync_folder(target.parent)
    if replaced is not None:
        shutil.rmtree(replaced)


@contextmanager
def full_disk_at(path: StrPath, temporary: StrPath | None = None) -> Iterator[None]:
    """Have the error for a disk that is full say what was being written: the system itself does not.

    Args:
        path: what was being written.
        temporary: what it was called by then; errors for it, or for what is in it, are for `path`.

    >>> from kerasflow.io.files import full_disk_at
    >>> with full_disk_at("a.csv"):
    ...     raise OSError(errno.ENOSPC, "No space left on device")
    Traceback (most recent call last):
    OSError: [Errno 28] No space left on device: 'a.csv'
    """
    try:
        yield
    except OSError as error:
        if error.errno in NO_SPACE and (error.filename is None or _is_within(error.filename, temporary)):
            error.filename = os.fspath(path)
        raise


def write_text(path: StrPath, text: str) -> None:
    """Write `text` to the file `path` as UTF-8, atomically, line ends as they are.

    Raises:
        OSError: as `atomic_path`.
    """
    with atomic_path(path) as temporary:
        temporary.write_bytes(text.encode())


def unfinished(name: str) -> str | None:
    """What a file with this name was to be called, its first 40 characters, if it is an unfinished sibling; else None.

    >>> from kerasflow.io.files import unfinished
    >>> unfinished(".model.keras-0123456789abcdef.tmp"), unfinished("notes.tmp")
    ('model.keras', None)
    """
    found = _UNFINISHED.fullmatch(name)
    return None if found is None else found[1]


def _is_within(name: object, folder: StrPath | None) -> bool:
    return isinstance(name, str | os.PathLike) and folder is not None and Path(name).is_relative_to(folder)


def _target(path: StrPath) -> Path:
    """The place that `path` means, links followed, in a folder that exists and can be written to."""
    target = Path(os.path.realpath(path))
    if not target.parent.is_dir():
        raise MissingFileError(f"there is no folder '{target.parent}' to put '{path}' into")
    if not os.access(target.parent, os.W_OK):
        raise PermissionError(f"the folder '{target.parent}' is write-protected, '{path}' cannot be put into it")
    return target


def _sweep(target: Path, marker: str) -> None:
    """Remove what killed processes have left of a folder that was to be `target`."""
    for path in target.parent.iterdir():
        if unfinished(path.name) == target.name[:40] and path.is_dir() and not (path / marker).exists():
            with contextlib.suppress(OSError):
                if is_abandoned(path) and not path.is_symlink():
                    shutil.rmtree(path)


def _sibling(target: Path) -> Path:
    # The name is cut so that the sibling of a name of the greatest length is still a name.
    return target.with_name(f".{target.name[:40]}-{secrets.token_hex(8)}.tmp")


def _mode_of_file(target: Path) -> int | None:
    """The permission bits of the file to be replaced, None if there is none."""
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(mode):
        raise FileExistsError(f"'{target}' exists and is not a file")
    if not os.access(target, os.W_OK):
        raise PermissionError(f"'{target}' is write-protected")
    return stat.S_IMODE(mode)


def _check_replaceable(target: Path, overwrite: bool, marker: str | None) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise FileExistsError(f"'{target}' exists and is not a folder")
    if not overwrite:
        raise FileExistsError(f"the folder '{target}' exists")
    if marker is not None and not (target / marker).is_file():
        raise FileExistsError(f"the folder '{target}' holds no '{marker}', so it is not replaced")


def _install(temporary: Path, target: Path) -> Path | None:
    """Rename `temporary` to `target`; where the folder that was there has been put, None if there was none."""
    if not target.exists():
        os.rename(temporary, target)
        return None
    aside = _sibling(target)
    os.rename(target, aside)
    try:
        os.rename(temporary, target)
    except BaseException:
        os.rename(aside, target)
        raise
    return aside


def _sync_tree(folder: Path) -> None:
    for parent, _, names in os.walk(folder):
        for name in names:
            _sync_file(Path(parent, name))
        _sync_folder(Path(parent))


def _sync_file(path: Path) -> None:
    with open(path, "rb+") as stream:
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows opens no folders; its renames are journalled
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
