"""Named arrays in one HDF5 file: written whole or not at all, read only if everything about it is as expected.

`hdf5_layout` says what is stored where, `hdf5_guard` what is refused. Importing this room loads h5py, so callers import
it where they need it.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from kerasflow.core.errors import DataLossError, NotFoundError, OpError
from kerasflow.io.files import MissingFileError, atomic_path
from kerasflow.io.hdf5_guard import StoredArray, read_number, read_text, stored_arrays
from kerasflow.io.hdf5_layout import (
    ArraySpec,
    ForeignFileError,
    as_spec,
    check_expected,
    checksum,
    format_meta,
    pack,
    parse_meta,
    root_checksum,
    stored_names,
    unpack,
)

__all__ = ["ArraySpec", "ForeignFileError", "read_arrays", "read_meta", "read_specs", "write_arrays"]

StrPath = str | os.PathLike[str]
SIGNATURE = b"\x89HDF\r\n\x1a\n"
# HDF5 1.8's structures: they carry checksums of their own, and attributes larger than 64 kB.
LIBVER = ("v108", "latest")


def write_arrays(path: StrPath, arrays: Mapping[str, Any], meta: Mapping[str, Any]) -> None:
    """Write named arrays and a description to one HDF5 file, atomically.

    Args:
        path: the file; its folder must exist; a file that is there is replaced.
        arrays: arrays of booleans, integers, floats, complex numbers, ``bytes`` or ``str``, by names of any kind.
        meta: the description, what JSON can carry; ``meta["kind"]`` says what the arrays are together.

    Raises:
        TypeError: a dtype that is not stored, a description that is no JSON.
        ValueError: a name that is not valid Unicode or too long; no kind.
        MissingFileError: no such folder (a FileNotFoundError and a ValueError).
        OSError: the file cannot be written.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "w.h5")
    >>> write_arrays(path, {"dense/bias": np.zeros(2)}, {"kind": "weights", "step": 7})
    >>> read_arrays(path, {"dense/bias": (float, (2,))})
    ({'dense/bias': array([0., 0.])}, {'kind': 'weights', 'step': 7})
    """
    text, paths = format_meta(meta), stored_names(arrays)
    content = io.BytesIO()  # not the file itself: HDF5 cannot go on, nor give up, where the disk is full
    with atomic_path(path) as temporary:
        _write(content, arrays, text, paths)
        temporary.write_bytes(content.getbuffer())


def _write(content: io.BytesIO, arrays: Mapping[str, Any], text: str, paths: Mapping[str, str]) -> None:
    checksums = {}
    with h5py.File(content, "w", libver=LIBVER) as file:
        for name, value in arrays.items():
            packed = pack(name, value)
            checksums[name] = checksum(name, packed)
            dataset = file.create_dataset(paths[name], data=packed.data)
            dataset.attrs["checksum"] = np.uint32(checksums[name])
            if packed.spec.dtype == object:
                dataset.attrs["strings"] = np.bytes_(packed.kind)
                dataset.attrs["shape"] = np.array(packed.shape, np.int64)
        file.attrs["kerasflow"] = np.bytes_(text)
        file.attrs["checksum"] = np.uint32(root_checksum(text, checksums))


def read_arrays(
    path: StrPath,
    expected: Mapping[str, tuple[Any, Any]] | None = None,
    *,
    kind: str | None = None,
    strict: bool = True,
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read the arrays and the description of a file that `write_arrays` wrote.

    What the file declares is checked first, then compared with `expected`, and only then is anything read.

    Args:
        path: the file.
        expected: the dtype and shape of each array to read; strings have the dtype ``object``. None reads all.
        kind: what ``meta["kind"]`` has to be; None takes any.
        strict: whether arrays that are not expected are an error; otherwise they are left unread.

    Returns:
        The arrays in the order of `expected`, else of their names, and the description.

    Raises:
        MissingFileError: no such file (a FileNotFoundError and a ValueError). NotFoundError: no such folder.
        ForeignFileError: no file of kerasflow's or of this kind, or one with links, chunks or foreign storage (a
            ValueError).
        DataLossError: the file is truncated or altered.
        NotFoundError, InvalidArgumentError: arrays are missing; or differ or are left over. All of them are listed.
    """
    wanted = None if expected is None else {name: as_spec(*spec) for name, spec in expected.items()}
    with _opened(path, kind) as (meta, stored):
        if wanted is not None:
            check_expected(path, _specs(stored), wanted, strict)
        return {name: _read(path, name, stored[name]) for name in (stored if wanted is None else wanted)}, meta


def read_specs(path: StrPath, *, kind: str | None = None) -> dict[str, ArraySpec]:
    """The dtype and shape of each array of a file, sorted by name; no data is read.

    Raises:
        MissingFileError, NotFoundError, ForeignFileError, DataLossError: as `read_arrays`.
    """
    with _opened(path, kind) as (_, stored):
        return _specs(stored)


def read_meta(path: StrPath, *, kind: str | None = None) -> dict[str, Any]:
    """The description of a file; no data is read.

    Raises:
        MissingFileError, NotFoundError, ForeignFileError, DataLossError: as `read_arrays`.
    """
    with _opened(path, kind) as (meta, _):
        return meta


@contextmanager
def _opened(path: StrPath, kind: str | None) -> Iterator[tuple[dict[str, Any], dict[str, StoredArray]]]:
    """Open a file and check all but the data; whatever HDF5 then says about it becomes one clear error."""
    _check_signature(path)
    try:
        with h5py.File(path, "r", locking=False) as file:
            yield _checked_root(file, kind)
    except ForeignFileError as error:
        raise ForeignFileError(f"{path}: {error}") from error.__cause__
    except OpError:
        raise
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        raise DataLossError(None, None, f"{path}: the file is truncated or altered ({error})") from error


def _check_signature(path: StrPath) -> None:
    """See whether the file is there and is HDF5 at all; system errors (a folder, no permission) pass as they are."""
    try:
        with open(path, "rb") as stream:
            start = stream.read(len(SIGNATURE))
    except (FileNotFoundError, NotADirectoryError) as error:
        folder = Path(path).absolute().parent
        if not folder.is_dir():
            raise NotFoundError(None, None, f"{path}: there is no folder '{folder}'") from error
        raise MissingFileError(f"{path}: there is no such file") from error
    if not SIGNATURE.startswith(start):
        raise ForeignFileError(f"{path}: not an HDF5 file")
    if start != SIGNATURE:
        raise DataLossError(None, None, f"{path}: the file is truncated, it has {len(start)} bytes")


def _checked_root(file: h5py.File, kind: str | None) -> tuple[dict[str, Any], dict[str, StoredArray]]:
    root = h5py.h5o.open(file.id, b"/")
    if not h5py.h5a.exists(root, b"kerasflow"):
        raise ForeignFileError("an HDF5 file, but not one that kerasflow wrote")
    text = read_text(root, b"kerasflow")
    meta = parse_meta(text)
    if kind is not None and meta["kind"] != kind:
        raise ForeignFileError(f"it holds '{meta['kind']}', not '{kind}'")
    stored = dict(sorted(stored_arrays(file).items()))
    if read_number(root, b"checksum") != root_checksum(text, {name: array.checksum for name, array in stored.items()}):
        raise ValueError("the checksum of its table of contents is wrong")
    return meta, stored


def _specs(stored: Mapping[str, StoredArray]) -> dict[str, ArraySpec]:
    return {name: array.spec for name, array in stored.items()}


def _read(path: StrPath, name: str, array: StoredArray) -> np.ndarray:
    packed = array.read()
    if checksum(name, packed) != array.checksum:
        raise DataLossError(None, None, f"{path}: the file is altered, the checksum of the array '{name}' is wrong")
    return unpack(name, packed)
