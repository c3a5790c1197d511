"""The suspicious half of reading HDF5: what a file may contain, found out before any of its data is read.

HDF5 can point to other files (external links, external storage, virtual datasets), to itself in circles (links), to
code (filter plug-ins, which a chunked dataset names), and can declare petabytes in a few bytes. Loaders of model files
have suffered from it: CVE-2026-1669 (external storage reads any file), CVE-2026-0897 (declared shapes exhaust the
memory). kerasflow writes none of it, so none of it is followed: a file is a tree of groups, each reached once, whose
leaves are contiguous datasets of plain numbers that lie within the file.
"""

from __future__ import annotations

import math
import os
from typing import NamedTuple

import h5py
import numpy as np
from h5py import h5a, h5d, h5g, h5l, h5o, h5s, h5t

from kerasflow.io.hdf5_layout import (
    BYTE,
    DTYPES,
    HIGHEST_RANK,
    LARGEST_META,
    LONGEST_PATH,
    ArraySpec,
    ForeignFileError,
    Packed,
    names_of,
)

__all__ = ["StoredArray", "contents", "read_number", "read_text", "read_texts", "storage", "stored_arrays"]

ROOT = b"/"
LAYOUTS = (h5d.COMPACT, h5d.CONTIGUOUS)
MOST_TEXTS = 1 << 20  # in an attribute


class StoredArray(NamedTuple):
    """A dataset that has passed the checks, and what its attributes say about it."""

    dataset: h5d.DatasetID
    kind: str
    stored: ArraySpec
    shape: tuple[int, ...]
    checksum: int

    @property
    def spec(self) -> ArraySpec:
        """The dtype and shape of the array in memory."""
        return ArraySpec(np.dtype(object) if self.kind in ("bytes", "str") else self.stored.dtype, self.shape)

    def read(self) -> Packed:
        """Read the data."""
        data = np.empty(self.stored.shape, self.stored.dtype)
        if data.size:
            self.dataset.read(h5s.ALL, h5s.ALL, data)
        return Packed(self.kind, self.shape, data)


def stored_arrays(file: h5py.File) -> dict[str, StoredArray]:
    """Every array of a file by its name, checked, none of the data read.

    Raises:
        ForeignFileError: the file contains something that kerasflow does not write.
    """
    found = {path: _checked(path, dataset) for path, dataset in contents(file)[0].items()}
    declared = sum(math.prod(array.stored.shape) * array.stored.dtype.itemsize for array in found.values())
    size = os.path.getsize(file.filename)
    if declared > size:
        raise ForeignFileError(f"its arrays declare {declared} bytes, the whole file has {size}")
    return {name: found[path] for name, path in names_of(found).items()}


def contents(file: h5py.File) -> tuple[dict[str, h5d.DatasetID], set[str]]:
    """The datasets by their paths, and the paths of the groups, each object reached by exactly one hard link.

    Raises:
        ForeignFileError: there are other links, or other objects.
    """
    root = h5o.open(file.id, ROOT)
    seen, found, pending = {h5o.get_info(root).addr}, {}, [("", root)]
    groups: set[str] = set()
    while pending:
        prefix, group = pending.pop()
        for link in _links(group):
            path = prefix + link.decode()
            if len(path) > LONGEST_PATH:
                raise ForeignFileError(f"'{path[:40]}...' has a name of more than {LONGEST_PATH} characters")
            if group.links.get_info(link).type != h5l.TYPE_HARD:
                raise ForeignFileError(f"'{path}' is a soft or external link")
            info = h5o.get_info(group, link)
            if info.addr in seen:
                raise ForeignFileError(f"'{path}' is a second link to the same object")
            seen.add(info.addr)
            if info.type == h5o.TYPE_GROUP:
                groups.add(path)
                pending.append((f"{path}/", h5o.open(group, link)))
            elif info.type == h5o.TYPE_DATASET:
                found[path] = h5o.open(group, link)
            else:
                raise ForeignFileError(f"'{path}' is neither a group nor a dataset")
    return found, groups


def _links(group: h5g.GroupID) -> list[bytes]:
    links: list[bytes] = []
    group.links.iterate(links.append)
    for link in links:
        if b"/" in link or link in (b"", b".", b".."):
            raise ForeignFileError(f"it has a link called {link!r}")
    return links


def _checked(path: str, dataset: h5d.DatasetID) -> StoredArray:
    stored = storage(path, dataset)
    number = read_number(dataset, b"checksum")
    if not h5a.exists(dataset, b"strings"):
        return StoredArray(dataset, stored.dtype.str, stored, stored.shape, number)
    kind = read_text(dataset, b"strings").decode()
    shape = tuple(_read_integers(dataset, b"shape", 1).tolist())
    if kind not in ("bytes", "str") or stored.dtype != BYTE or len(stored.shape) != 1:
        raise ForeignFileError(f"'{path}' claims to hold strings and does not")
    if min(shape, default=0) < 0 or 8 * math.prod(shape) > stored.shape[0]:
        raise ForeignFileError(f"'{path}' claims {math.prod(shape)} strings in {stored.shape[0]} bytes")
    return StoredArray(dataset, kind, stored, shape, number)


def storage(path: str, dataset: h5d.DatasetID) -> ArraySpec:
    """The dtype and shape of a dataset whose numbers lie plainly in the file.

    Raises:
        ForeignFileError: they do not; or their type is none that kerasflow has, or the shape belies their number.
    """
    creation = dataset.get_create_plist()
    if creation.get_external_count():  # the order of the checks matters
        raise ForeignFileError(f"'{path}' keeps its data in another file")
    if creation.get_layout() == h5d.VIRTUAL:
        raise ForeignFileError(f"'{path}' is a virtual dataset, made of other files")
    if creation.get_layout() not in LAYOUTS or creation.get_nfilters():
        raise ForeignFileError(f"'{path}' is stored in chunks or through filters")
    dtype = _plain_dtype(path, dataset.get_type())
    space = dataset.get_space()
    if space.get_simple_extent_type() not in (h5s.SIMPLE, h5s.SCALAR):
        raise ForeignFileError(f"'{path}' has no shape")
    shape = tuple(int(size) for size in space.get_simple_extent_dims())
    declared, held = math.prod(shape) * dtype.itemsize, dataset.get_storage_size()
    if declared != held:
        raise ForeignFileError(f"'{path}' declares {ArraySpec(dtype, shape)}, {declared} bytes, and holds {held}")
    return ArraySpec(dtype, shape)


def _plain_dtype(path: str, stored: h5t.TypeID) -> np.dtype:
    try:
        dtype = stored.dtype
    except (TypeError, ValueError, OverflowError) as error:  # HDF5 has types that NumPy does not have
        raise ForeignFileError(f"'{path}' holds no plain numbers ({error})") from error
    if dtype not in DTYPES or dtype.itemsize != stored.get_size():
        raise ForeignFileError(f"'{path}' holds {dtype}, not plain little-endian numbers")
    return dtype


# --- attributes ------------------------------------------------------------------------------------------------------


def read_text(owner: h5py.h5.ObjectID, name: bytes) -> bytes:
    """Read an attribute that is one fixed-length string.

    Raises:
        ForeignFileError: there is none, or it is something else.
    """
    attribute = _attribute(owner, name)
    kind = attribute.get_type()
    if not isinstance(kind, h5t.TypeStringID) or kind.is_variable_str() or _rank(attribute) != 0:
        raise ForeignFileError(f"its attribute '{name.decode()}' is no fixed-length string")
    if kind.get_size() > LARGEST_META:
        raise ForeignFileError(f"its attribute '{name.decode()}' has {kind.get_size()} bytes")
    text = np.empty((), f"S{kind.get_size()}")
    attribute.read(text, mtype=kind)
    return text.tobytes()


def read_texts(owner: h5py.h5.ObjectID, name: bytes) -> list[str]:
    """Read an attribute that is one string, or a list of strings, of whatever kind HDF5 has.

    Raises:
        ForeignFileError: there is none, or it is something else, or too large.
    """
    attribute = _attribute(owner, name)
    kind = attribute.get_type()
    shown = name.decode(errors="replace")
    if _rank(attribute) == 1 and attribute.shape == (0,):  # an empty list has whatever type
        return []
    if not isinstance(kind, h5t.TypeStringID) or _rank(attribute) not in (0, 1):
        raise ForeignFileError(f"its attribute '{shown}' is no text")
    count = math.prod(attribute.shape)
    if count > MOST_TEXTS or count * kind.get_size() > LARGEST_META or attribute.get_storage_size() > LARGEST_META:
        raise ForeignFileError(f"its attribute '{shown}' is too large")
    values = np.empty(attribute.shape, kind.dtype)
    if count:
        attribute.read(values)
    texts = [v.decode() if isinstance(v, bytes) else str(v) for v in values.reshape(-1)]
    if sum(map(len, texts)) > LARGEST_META:
        raise ForeignFileError(f"its attribute '{shown}' is too large")
    return texts


def read_number(owner: h5py.h5.ObjectID, name: bytes) -> int:
    """Read an attribute that is one integer.

    Raises:
        ForeignFileError: there is none, or it is something else.
    """
    return int(_read_integers(owner, name, 0))


def _read_integers(owner: h5py.h5.ObjectID, name: bytes, rank: int) -> np.ndarray:
    attribute = _attribute(owner, name)
    is_integer = isinstance(attribute.get_type(), h5t.TypeIntegerID)
    if not is_integer or _rank(attribute) != rank or max(attribute.shape, default=0) > HIGHEST_RANK:
        raise ForeignFileError(f"its attribute '{name.decode()}' is no {'list of integers' if rank else 'integer'}")
    numbers = np.empty(attribute.shape, np.int64)
    if numbers.size:
        attribute.read(numbers)
    return numbers


def _attribute(owner: h5py.h5.ObjectID, name: bytes) -> h5a.AttrID:
    if not h5a.exists(owner, name):
        raise ForeignFileError(f"it has no attribute '{name.decode()}'")
    return h5a.open(owner, name)


def _rank(attribute: h5a.AttrID) -> int:
    space = attribute.get_space()
    return space.get_simple_extent_ndims() if space.get_simple_extent_type() in (h5s.SIMPLE, h5s.SCALAR) else -1
