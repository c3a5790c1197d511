"""TensorFlow's checkpoints (format V2): named arrays in ``PREFIX.data-00000-of-00001``, an index in ``PREFIX.index``.

The index is a sorted table: under the empty name a header (number of data files, byte order, version), under each
array's name its type, shape, data file, place and size there, and the masked CRC-32C of its bytes. In a data file lie
the arrays' bytes, end to end. An array of texts is the lengths as varints, their checksum, and the texts.

Source: TensorFlow, tensor_bundle.proto and tensor_bundle.h (the layout); checked against TensorFlow 1.15.5.
"""

from __future__ import annotations

import math
import os
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasflow.core.errors import DataLossError
from kerasflow.io.crc32c import crc32c, masked
from kerasflow.io.files import MissingFileError, atomic_path
from kerasflow.io.hdf5_layout import ArraySpec
from kerasflow.io.sorted_table import read_table, write_table
from kerasflow.io.wire import fields, message, read_varint, varint

__all__ = ["bundle_files", "is_bundle", "read_bundle", "read_bundle_specs", "write_bundle"]

StrPath = str | os.PathLike[str]

# The numbers of the types in types.proto.
_TYPES = {1: "f4", 2: "f8", 3: "i4", 4: "u1", 5: "i2", 6: "i1", 7: "O", 8: "c8", 9: "i8", 10: "?", 17: "u2"}
_TYPES |= {18: "c16", 19: "f2", 22: "u4", 23: "u8"}
_DTYPES = {number: np.dtype(code).newbyteorder("<") for number, code in _TYPES.items()}
_NUMBERS = {dtype: number for number, dtype in _DTYPES.items()}
_STRING = 7
_LARGEST_INDEX = 1 << 30  # bytes
_MOST_AXES = 254  # as in TensorFlow


@dataclass(frozen=True)
class _Entry:
    """Where an array lies, and what it is."""

    type: int
    shape: tuple[int, ...]
    shard: int
    offset: int
    size: int
    checksum: int
    sliced: bool = False

    @property
    def spec(self) -> ArraySpec:
        return ArraySpec(_DTYPES[self.type], self.shape)


def is_bundle(prefix: StrPath) -> bool:
    """Whether there is a checkpoint of TensorFlow's under this name.

    >>> is_bundle("no/such/model.ckpt")
    False
    """
    return os.path.isfile(f"{os.fspath(prefix)}.index")


def bundle_files(prefix: StrPath) -> list[str]:
    """The files that make up the checkpoint `prefix`, the index first; none if there is no index."""
    folder, name = os.path.split(os.fspath(prefix))
    parts = re.compile(re.escape(name) + r"\.(index|data-\d{5}-of-\d{5})")
    found = [n for n in os.listdir(folder or ".") if parts.fullmatch(n)] if is_bundle(prefix) else []
    return [os.path.join(folder, n) for n in sorted(found, key=lambda n: (not n.endswith(".index"), n))]


def write_bundle(prefix: StrPath, arrays: Mapping[str, Any]) -> None:
    """Write named arrays as a checkpoint that TensorFlow reads; first the data, then the index.

    Each file is replaced as a whole. Where a checkpoint of the same name is replaced, a machine that stops between the
    two leaves one whose checksums do not fit, which is an error to read: give each checkpoint a name of its own.

    Args:
        prefix: the name the files share; its folder must exist.
        arrays: booleans, integers, floats, complex numbers or texts.

    Raises:
        TypeError: a type that checkpoints do not hold. OSError: a file cannot be written.

    >>> import tempfile
    >>> prefix = os.path.join(tempfile.mkdtemp(), "m.ckpt")
    >>> write_bundle(prefix, {"w": np.arange(3.0), "names": np.array([b"a", b"bc"], object)})
    >>> read_bundle(prefix, ["names", "w"])
    {'names': array([b'a', b'bc'], dtype=object), 'w': array([0., 1., 2.])}
    """
    version = message((1, 1))
    table = {b"": message((1, 1), (3, version))}
    prefix = os.fspath(prefix)
    with atomic_path(f"{prefix}.index") as index:
        with atomic_path(f"{prefix}.data-00000-of-00001") as data, open(data, "wb") as file:
            for name in sorted(arrays, key=str.encode):
                array = np.asarray(arrays[name])
                number, octets, checksum = _as_stored(name, array)
                parts = [(1, number), (2, _shape_message(array.shape)), (4, file.tell()), (5, len(octets))]
                table[name.encode()] = message(*parts, (6, masked(checksum)), fixed=frozenset({6}))
                file.write(octets)
        index.write_bytes(write_table(table))


def read_bundle_specs(prefix: StrPath) -> dict[str, ArraySpec]:
    """The type and shape of each array of a checkpoint, sorted by name; no data is read.

    Raises:
        MissingFileError: there is no such checkpoint. DataLossError: its index is damaged. ValueError: it holds what is
            not supported.
    """
    entries, _ = _index(prefix)
    return {name: e.spec for name, e in entries.items() if not _unsupported(e)}


def read_bundle(prefix: StrPath, names: Any) -> dict[str, np.ndarray]:
    """The arrays of these names, which the checkpoint has.

    Raises:
        MissingFileError: a file is missing. DataLossError: the checkpoint is truncated or altered. ValueError: an array
            is of a type, or cut up in a way, that is not supported.
    """
    entries, shards = _index(prefix)
    found = {}
    for name in names:
        entry = entries[name]
        if problem := _unsupported(entry):
            raise ValueError(f"{prefix}: the array {name!r} {problem}.")
        path = f"{os.fspath(prefix)}.data-{entry.shard:05d}-of-{shards:05d}"
        octets = _octets(path, name, entry)
        try:
            found[name] = _from_stored(entry, octets)
        except ValueError as error:
            raise DataLossError(None, None, f"{path}: the array {name!r} is damaged: {error}") from error
    return found


# --- the index -------------------------------------------------------------------------------------------------------


def _index(prefix: StrPath) -> tuple[dict[str, _Entry], int]:
    """All arrays by name, and the number of data files."""
    path = f"{os.fspath(prefix)}.index"
    try:
        if os.path.getsize(path) > _LARGEST_INDEX:
            raise ValueError(f"{path}: the index has more than {_LARGEST_INDEX} bytes")
        with open(path, "rb") as file:
            data = file.read()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise MissingFileError(f"There is no checkpoint {os.fspath(prefix)!r}: no file {path!r}.") from error
    try:
        table = read_table(data)
        header = dict(fields(table.pop(b"")))
        entries = {name.decode(): _entry(value) for name, value in table.items() if not name.startswith(b"\0")}
    except (ValueError, KeyError, TypeError) as error:
        raise DataLossError(None, None, f"{path}: the index of the checkpoint is damaged: {error}") from error
    if header.get(2):
        raise ValueError(f"{path}: a checkpoint of a big-endian machine, which is not supported.")
    return entries, _number(header.get(1, 1))


def _entry(value: bytes) -> _Entry:
    found: dict[int, Any] = dict(fields(value))
    shape = tuple(_size(dim) for number, dim in fields(found.get(2, b"")) if number == 2)
    if len(shape) > _MOST_AXES or math.prod(shape) >> 63:
        raise ValueError("a shape of more elements than there can be")
    numbers = [_number(found.get(k, 0)) for k in (1, 3, 4, 5, 6)]
    return _Entry(numbers[0], shape, *numbers[1:], sliced=7 in found)


def _size(dim: int | bytes) -> int:
    if not isinstance(dim, bytes):
        raise ValueError("a shape that is none")
    size = _number(dict(fields(dim)).get(1, 0))
    if size >> 63:
        raise ValueError("a shape with a negative size")
    return size


def _number(value: int | bytes) -> int:
    if not isinstance(value, int):
        raise ValueError("a text where there should be a number")
    return value


def _shape_message(shape: tuple[int, ...]) -> bytes:
    return message(*[(2, message((1, n))) for n in shape])


def _unsupported(entry: _Entry) -> str:
    if entry.sliced:
        return "is in several parts (a partitioned variable), which is not supported"
    if entry.type not in _DTYPES:
        return f"has the type number {entry.type} of TensorFlow, which is not supported"
    return ""


# --- the data --------------------------------------------------------------------------------------------------------


def _octets(path: str, name: str, entry: _Entry) -> np.ndarray:
    """The bytes of an array, checked."""
    count = math.prod(entry.shape)
    expected = None if entry.type == _STRING else count * _DTYPES[entry.type].itemsize
    try:
        there = os.path.getsize(path)
    except FileNotFoundError as error:
        raise MissingFileError(f"{path}: this file of the checkpoint is missing.") from error
    if entry.offset + entry.size > there or entry.size < count and entry.type == _STRING:
        raise DataLossError(None, None, f"{path}: the file is cut off: {name!r} is not all there.")
    if expected is not None and entry.size != expected:
        raise DataLossError(None, None, f"{path}: {name!r} takes {entry.size} bytes, its shape {expected}.")
    octets = np.fromfile(path, np.uint8, entry.size, offset=entry.offset)
    if entry.type != _STRING and masked(crc32c(octets)) != entry.checksum:
        raise DataLossError(None, None, f"{path}: the checksum of {name!r} is wrong: the file has been altered.")
    return octets


def _as_stored(name: str, array: np.ndarray) -> tuple[int, bytes, int]:
    """The number of an array's type, its bytes, and their checksum."""
    if array.dtype.kind in "SUTO":
        texts = [_text(name, item) for item in array.astype(object).ravel().tolist()]
        octets, checksum = _lengths(list(map(len, texts)))
        joined = b"".join(texts)
        return _STRING, octets + joined, crc32c(joined, checksum)
    little = array.dtype.newbyteorder("<")
    if little not in _NUMBERS:
        raise TypeError(f"the array '{name}' has the type {array.dtype}, which checkpoints do not hold")
    octets = np.ascontiguousarray(array, little).tobytes()
    return _NUMBERS[little], octets, crc32c(octets)


def _text(name: str, item: Any) -> bytes:
    if isinstance(item, str):
        return item.encode()
    if not isinstance(item, bytes):
        raise TypeError(f"the array '{name}' of texts holds {item!r}")
    return item


def _lengths(lengths: list[int]) -> tuple[bytes, int]:
    """How the lengths of texts are stored, with their checksum; and the checksum of all that, the numbers in full."""
    numbers = b"".join(struct.pack("<I" if n < 1 << 32 else "<Q", n) for n in lengths)
    checksum = struct.pack("<I", masked(crc32c(numbers)))
    return b"".join(map(varint, lengths)) + checksum, crc32c(checksum, crc32c(numbers))


def _from_stored(entry: _Entry, octets: np.ndarray) -> np.ndarray:
    if entry.type != _STRING:
        array = octets.view(_DTYPES[entry.type])
        if array.dtype == bool and octets.size and octets.max() > 1:
            raise ValueError("it holds truth values that are neither 0 nor 1")
        return array.astype(array.dtype.newbyteorder("="), copy=False).reshape(entry.shape)
    data, at = octets.tobytes(), 0
    lengths = []
    for _ in range(math.prod(entry.shape)):
        length, at = read_varint(data, at)
        lengths.append(length)
    head, checksum = _lengths(lengths)
    joined = data[len(head) :]
    if not data.startswith(head) or sum(lengths) != len(joined) or masked(crc32c(joined, checksum)) != entry.checksum:
        raise ValueError("its texts are not laid out as texts are, or their checksum is wrong")
    result, start = np.empty(len(lengths), object), 0
    for k, length in enumerate(lengths):
        result[k] = joined[start : start + length]
        start += length
    return result.reshape(entry.shape)
