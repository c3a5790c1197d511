"""Zip archives of a few known members, which may come from anywhere: read into memory with limits, written whole.

Nothing is ever extracted to the disk, so no name in an archive is a path of this machine; only members that the caller
names are looked at, and none that expands to far more than it takes up.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping

from kerasflow.core.errors import DataLossError
from kerasflow.io.files import MissingFileError, StrPath, atomic_path
from kerasflow.io.hdf5_layout import ForeignFileError

__all__ = ["is_archive", "read_members", "write_archive"]

FREELY = 64 << 20  # bytes to which a member may expand, however small it is
FACTOR = 100  # how many times larger than it is stored a member may be beyond that
MOST_MEMBERS = 10_000
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError, OverflowError),
    *(struct.error, KeyError, IndexError, TypeError),
)


def is_archive(path: StrPath) -> bool:
    """Whether a file begins as a zip archive does.

    Raises:
        MissingFileError: there is no such file. OSError: it cannot be read.
    """
    try:
        with open(path, "rb") as stream:
            return stream.read(4) == b"PK\x03\x04"
    except (FileNotFoundError, NotADirectoryError) as error:
        raise MissingFileError(f"{path}: there is no such file") from error


def read_members(path: StrPath, names: Iterable[str], optional: Iterable[str] = ()) -> dict[str, bytes]:
    """The content of members of an archive.

    Args:
        path: the archive.
        names: the members that have to be there.
        optional: members that need not be there.

    Raises:
        MissingFileError: there is no such file (a FileNotFoundError and a ValueError).
        ForeignFileError: it is no archive, lacks a member or has it twice, or a member is encrypted, compressed in
            another way than deflated, or expands to more than it may.
        DataLossError: it is truncated or altered.

    >>> import os, tempfile
    >>> from kerasflow.io.archive import read_members, write_archive
    >>> path = os.path.join(tempfile.mkdtemp(), "a.keras")
    >>> write_archive(path, {"config.json": b"{}", "more": b"x"})
    >>> read_members(path, ["config.json"])
    {'config.json': b'{}'}
    """
    if not is_archive(path):
        raise ForeignFileError(f"{path}: not a zip archive")
    try:
        with zipfile.ZipFile(path) as archive:
            found = _checked(archive, list(names), list(optional))
            return {name: _content(archive, info) for name, info in found.items()}
    except ForeignFileError as error:
        raise ForeignFileError(f"{path}: {error}") from error.__cause__
    except DAMAGE as error:
        raise DataLossError(None, None, f"{path}: the archive is truncated or altered ({error})") from error


def _checked(archive: zipfile.ZipFile, names: list[str], optional: list[str]) -> dict[str, zipfile.ZipInfo]:
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise ForeignFileError(f"it has {len(members)} members, {MOST_MEMBERS} at the most")
    found: dict[str, zipfile.ZipInfo] = {}
    for info in members:
        if info.filename in names or info.filename in optional:
            if info.filename in found:
                raise ForeignFileError(f"it has two members '{info.filename}'")
            found[info.filename] = info
    missing = [name for name in names if name not in found]
    if missing:
        raise ForeignFileError(f"it has no member '{missing[0]}'")
    for name, info in found.items():
        if info.flag_bits & 1:
            raise ForeignFileError(f"its member '{name}' is encrypted")
        if info.compress_type not in METHODS:
            raise ForeignFileError(f"its member '{name}' is neither stored nor deflated")
        if info.file_size > max(FREELY, FACTOR * info.compress_size):
            raise ForeignFileError(
                f"its member '{name}' expands from {info.compress_size} bytes to {info.file_size}, more than it may"
            )
    return found


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    with archive.open(info) as stream:
        content = stream.read(info.file_size + 1)
    if len(content) != info.file_size:
        raise zipfile.BadZipFile(f"'{info.filename}' has {len(content)} bytes, not {info.file_size}")
    return content


def write_archive(path: StrPath, members: Mapping[str, bytes]) -> None:
    """Write members, not compressed, to the archive `path`, atomically.

    Raises:
        MissingFileError: there is no such folder. OSError: the file cannot be written.
    """
    with atomic_path(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
