"""Files and folders by TensorFlow's names: `tf.gfile`. What goes wrong is an error of `tf.errors`, with the path."""

from __future__ import annotations

import errno
import glob as patterns
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kerasflow.core import errors

__all__ = [
    "Copy",
    "DeleteRecursively",
    "Exists",
    "FastGFile",
    "FileStatistics",
    "GFile",
    "Glob",
    "IsDirectory",
    "ListDirectory",
    "MakeDirs",
    "MkDir",
    "Open",
    "Remove",
    "Rename",
    "Stat",
    "Walk",
]

StrPath = str | os.PathLike[str]

_CLASSES: dict[int | None, type[errors.OpError]] = {
    errno.ENOENT: errors.NotFoundError,
    errno.EEXIST: errors.AlreadyExistsError,
    errno.EACCES: errors.PermissionDeniedError,
    errno.EPERM: errors.PermissionDeniedError,
    errno.EISDIR: errors.FailedPreconditionError,
    errno.ENOTDIR: errors.FailedPreconditionError,
    errno.ENOTEMPTY: errors.FailedPreconditionError,
    errno.ENOSPC: errors.ResourceExhaustedError,
}


@contextmanager
def told() -> Iterator[None]:
    """Errors of the system as errors of ours."""
    try:
        yield
    except OSError as error:
        kind = _CLASSES.get(error.errno, errors.UnknownError)
        raise kind(None, None, f"{error.filename}; {error.strerror}") from error


class GFile:
    """A file, opened when it is first read or written.

    Args:
        name: its path.
        mode: "r", "w" or "a", with "b" for bytes and "+" for both.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "a.txt")
    >>> with tf.gfile.GFile(path, "w") as file:
    ...     file.write("one\\ntwo\\n")
    >>> with tf.gfile.GFile(path) as file:
    ...     [line.strip() for line in file]
    ['one', 'two']
    """

    def __init__(self, name: StrPath, mode: str = "r") -> None:
        if mode.replace("b", "", 1) not in ("r", "w", "a", "r+", "w+", "a+"):
            raise errors.InvalidArgumentError(None, None, f"mode is not 'r' or 'w' or 'a': {mode!r}")
        self.name = os.fspath(name)
        self.mode = mode
        self._file: Any = None

    def _opened(self) -> Any:
        if self._file is None:
            with told():
                self._file = open(self.name, self.mode, encoding=None if "b" in self.mode else "utf-8")
        return self._file

    def read(self, n: int = -1) -> Any:
        """The next `n` characters or bytes; all that is left for -1."""
        return self._opened().read(n)

    def readline(self) -> Any:
        """The next line."""
        return self._opened().readline()

    def readlines(self) -> list[Any]:
        """All lines that are left."""
        return list(self._opened())

    def write(self, file_content: Any) -> None:
        """Write text or bytes."""
        with told():
            self._opened().write(file_content)

    def seek(self, offset: int, whence: int = 0) -> None:
        """Go on from another place."""
        self._opened().seek(offset, whence)

    def tell(self) -> int:
        """The place in the file."""
        place: int = self._opened().tell()
        return place

    def size(self) -> int:
        """The number of bytes."""
        with told():
            return os.path.getsize(self.name)

    def flush(self) -> None:
        """Hand what has been written to the system."""
        if self._file is not None:
            self._file.flush()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> GFile:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[Any]:
        return iter(self._opened())

    def __next__(self) -> Any:
        line = self.readline()
        if not line:
            raise StopIteration
        return line


Open = FastGFile = GFile


def Exists(filename: StrPath) -> bool:
    """Whether there is a file or folder of this name.

    >>> tf.gfile.Exists("no/such/file")
    False
    """
    return os.path.lexists(filename)


def IsDirectory(dirname: StrPath) -> bool:
    """Whether this is a folder."""
    return os.path.isdir(dirname)


def ListDirectory(dirname: StrPath) -> list[str]:
    """The names in a folder. NotFoundError if there is none."""
    with told():
        return os.listdir(dirname)


def Glob(filename: Any) -> list[str]:
    """The paths that match a pattern, or one of a list of them, sorted."""
    wanted = [filename] if isinstance(filename, (str, os.PathLike)) else list(filename)
    return [path for pattern in wanted for path in sorted(patterns.glob(os.fspath(pattern)))]


def MkDir(dirname: StrPath) -> None:
    """Make a folder. AlreadyExistsError if it is there, NotFoundError if its parent is not."""
    with told():
        os.mkdir(dirname)


def MakeDirs(dirname: StrPath) -> None:
    """Make a folder and those it is in, as far as they are not there."""
    with told():
        os.makedirs(dirname, exist_ok=True)


def Remove(filename: StrPath) -> None:
    """Delete a file. NotFoundError if there is none."""
    with told():
        os.remove(filename)


def DeleteRecursively(dirname: StrPath) -> None:
    """Delete a folder and all that is in it. NotFoundError if there is none."""
    with told():
        shutil.rmtree(dirname)


def Copy(oldpath: StrPath, newpath: StrPath, overwrite: bool = False) -> None:
    """Copy a file. AlreadyExistsError if there is one of the new name, unless it may be replaced."""
    _check_free(newpath, overwrite)
    with told():
        shutil.copyfile(oldpath, newpath)


def Rename(oldname: StrPath, newname: StrPath, overwrite: bool = False) -> None:
    """Rename a file or folder. AlreadyExistsError if there is one of the new name, unless it may be replaced."""
    _check_free(newname, overwrite)
    with told():
        os.replace(oldname, newname)


def _check_free(path: StrPath, overwrite: bool) -> None:
    if not overwrite and os.path.lexists(path):
        raise errors.AlreadyExistsError(None, None, f"{os.fspath(path)}; file already exists")


class FileStatistics:
    """What is known of a file: `length` in bytes, `mtime_nsec` since 1970, `is_directory`."""

    def __init__(self, status: os.stat_result) -> None:
        self.length = status.st_size
        self.mtime_nsec = status.st_mtime_ns
        self.is_directory = bool(status.st_mode & 0o040000)


def Stat(filename: StrPath) -> FileStatistics:
    """What is known of a file: its `length` in bytes, `mtime_nsec`, `is_directory`. NotFoundError if there is none."""
    with told():
        return FileStatistics(os.stat(filename))


def Walk(top: StrPath, in_order: bool = True) -> Iterator[tuple[str, list[str], list[str]]]:
    """Each folder below `top`, with the names of folders and of files in it; from the top, or from below."""
    return os.walk(top, topdown=in_order)
