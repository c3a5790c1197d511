"""Trees of arrays in HDF5 that other programs read and write: Keras's files of weights and models.

What such a file may contain is what `hdf5_guard` lets pass: groups, each reached once, and contiguous datasets of plain
numbers that lie within the file. Which of them are read, and into what, is for the caller to say, who compares what
the file declares (`Tree.arrays`) with what is expected before it reads anything. Importing this room loads h5py.
"""

from __future__ import annotations

import io
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import h5py
import numpy as np
from h5py import h5o

from kerasflow.core.errors import DataLossError, OpError
from kerasflow.io.files import MissingFileError, StrPath, atomic_path
from kerasflow.io.hdf5_guard import contents, read_texts, storage
from kerasflow.io.hdf5_layout import ArraySpec, ForeignFileError

__all__ = ["Tree", "is_hdf5", "is_named_arrays", "opened_tree", "tree_bytes", "write_tree"]

SIGNATURE = b"\x89HDF\r\n\x1a\n"
LONGEST_LIST = 64000  # bytes of texts in one attribute; a longer list goes on in the next

Texts = str | Sequence[str]


class Tree:
    """What is in a file, checked; nothing of it is read until it is asked for.

    Args:
        file: the open file.
        size: how many bytes it has.

    Raises:
        ForeignFileError: something in it is refused.
    """

    def __init__(self, file: h5py.File, size: int) -> None:
        self._root = h5o.open(file.id, b"/")
        self._datasets, self._groups = contents(file)
        self.arrays: dict[str, ArraySpec] = {path: storage(path, d) for path, d in sorted(self._datasets.items())}
        declared = sum(math.prod(spec.shape) * spec.dtype.itemsize for spec in self.arrays.values())
        if declared > size:
            raise ForeignFileError(f"its arrays declare {declared} bytes, the whole file has {size}")

    def read(self, path: str) -> np.ndarray:
        """The array at a path of `arrays`."""
        spec = self.arrays[path]
        data = np.empty(spec.shape, spec.dtype)
        if data.size:
            self._datasets[path].read(h5py.h5s.ALL, h5py.h5s.ALL, data)
        return data

    def texts(self, group: str, name: str) -> list[str] | None:
        """The texts of an attribute of a group ("" for the root), also if it goes on in others; None if there is none.

        Raises:
            ForeignFileError: there is no such group, or the attribute is no text.
        """
        owner = self._group(group)
        if h5py.h5a.exists(owner, name.encode()):
            return read_texts(owner, name.encode())
        found: list[str] = []
        part = 0
        while h5py.h5a.exists(owner, f"{name}{part}".encode()):
            found += read_texts(owner, f"{name}{part}".encode())
            part += 1
        return found if part else None

    def has_group(self, path: str) -> bool:
        """Whether there is a group at this path."""
        return path in self._groups

    def _group(self, path: str) -> h5py.h5.ObjectID:
        """A group, reached by hard links alone, as all of them were checked to be."""
        if not path:
            return self._root
        if not self.has_group(path):
            raise ForeignFileError(f"there is no group '{path}'")
        return h5o.open(self._root, path.encode())


def is_hdf5(path: StrPath) -> bool:
    """Whether a file begins as HDF5 does.

    Raises:
        MissingFileError: there is no such file. OSError: it cannot be read.
    """
    try:
        with open(path, "rb") as stream:
            return stream.read(len(SIGNATURE)) == SIGNATURE
    except (FileNotFoundError, NotADirectoryError) as error:
        raise MissingFileError(f"{path}: there is no such file") from error


def is_named_arrays(path: StrPath) -> bool:
    """Whether a file is one that `kerasflow.io.hdf5` wrote, rather than another program; no if it cannot be told."""
    try:
        with h5py.File(path, "r", locking=False) as file:
            return h5py.h5a.exists(file.id, b"kerasflow")
    except (OSError, RuntimeError, KeyError, ValueError, TypeError):
        return False


@contextmanager
def opened_tree(source: StrPath | bytes, name: str) -> Iterator[Tree]:
    """Open a file, or bytes that were one; whatever HDF5 then says about it becomes one clear error.

    Args:
        source: the path, or the content.
        name: what it is called in messages.

    Raises:
        MissingFileError: there is no such file.
        ForeignFileError: it is no HDF5, or holds something that is refused.
        DataLossError: it is truncated or altered.
    """
    content = isinstance(source, bytes)
    start = source[: len(SIGNATURE)] if isinstance(source, bytes) else None
    if not (start == SIGNATURE if content else is_hdf5(source)):  # type: ignore[arg-type]
        raise ForeignFileError(f"{name}: not an HDF5 file")
    try:
        size = len(source) if isinstance(source, bytes) else os.path.getsize(source)
        with h5py.File(io.BytesIO(source) if isinstance(source, bytes) else source, "r", locking=False) as file:
            yield Tree(file, size)
    except ForeignFileError as error:
        if str(error).startswith(f"{name}: "):
            raise
        raise ForeignFileError(f"{name}: {error}") from error.__cause__
    except (OpError, MemoryError):
        raise
    except (OSError, RuntimeError, KeyError, TypeError, UnicodeError, OverflowError) as error:
        raise DataLossError(None, None, f"{name}: the file is truncated or altered ({error})") from error


def write_tree(
    path: StrPath, arrays: Mapping[str, np.ndarray], attributes: Mapping[str, Mapping[str, Texts]] | None = None
) -> None:
    """Write arrays by their paths, and texts to groups, to one file, atomically.

    Args:
        path: the file; its folder must exist; a file that is there is replaced.
        arrays: the arrays by their paths in the tree.
        attributes: texts, or lists of texts, by group ("" for the root) and name.

    Raises:
        MissingFileError: no such folder. OSError: the file cannot be written.

    >>> import os, tempfile
    >>> from kerasflow.io.hdf5_tree import opened_tree, write_tree
    >>> path = os.path.join(tempfile.mkdtemp(), "w.h5")
    >>> write_tree(path, {"a/b": np.zeros(2)}, {"a": {"names": ["x", "y"]}})
    >>> with opened_tree(path, "w.h5") as tree:
    ...     print(tree.read("a/b"), tree.texts("a", "names"))
    [0. 0.] ['x', 'y']
    """
    with atomic_path(path) as temporary:
        temporary.write_bytes(tree_bytes(arrays, attributes))  # HDF5 itself fails badly where the disk is full


def tree_bytes(arrays: Mapping[str, np.ndarray], attributes: Mapping[str, Mapping[str, Texts]] | None = None) -> bytes:
    """The content that `write_tree` would write.

    >>> from kerasflow.io.hdf5_tree import tree_bytes
    >>> tree_bytes({"a": np.zeros(2)})[1:4]
    b'HDF'
    """
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        _fill(file, arrays, attributes or {})
    return buffer.getvalue()


def _fill(file: h5py.File, arrays: Mapping[str, np.ndarray], attributes: Mapping[str, Mapping[str, Texts]]) -> None:
    for path, array in arrays.items():
        file.create_dataset(path, data=np.asarray(array))
    for path, texts in attributes.items():
        group = file.require_group(path) if path else file
        for name, value in texts.items():
            if isinstance(value, str):
                group.attrs[name] = value.encode()
            else:
                for key, part in _parts(name, value):
                    group.attrs[key] = part


def _parts(name: str, texts: Sequence[str]) -> Iterator[tuple[str, np.ndarray]]:
    """A list of texts as HDF5's attributes hold it: whole, or in numbered pieces if it is long."""
    array = np.array([t.encode() for t in texts], dtype="S") if texts else np.zeros(0, "S1")
    if array.nbytes <= LONGEST_LIST:
        yield name, array
        return
    step = max(1, LONGEST_LIST // array.itemsize)
    for number, first in enumerate(range(0, len(array), step)):
        yield f"{name}{number}", array[first : first + step]
