"""safetensors: named arrays end to end in one file, behind a table of contents in JSON; nothing in it can be run.

The file is the length of the table as an unsigned 64-bit number, little-endian; the table, an object with for each
name ``dtype``, ``shape`` and the ``data_offsets`` of its bytes, and texts by name under ``__metadata__``; the bytes.
There is no checksum, so decay of the numbers goes unseen; what the table says is checked in full.

Source: the format's description at https://github.com/huggingface/safetensors; checked against its package 0.8.
"""

from __future__ import annotations

import json
import math
import mmap
import os
import struct
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from kerasflow.core.errors import DataLossError, NotFoundError
from kerasflow.core.types import bfloat16
from kerasflow.io.files import MissingFileError, StrPath, atomic_path
from kerasflow.io.hdf5_layout import ArraySpec, ForeignFileError
from kerasflow.io.json_file import JsonError, parse_json

__all__ = ["SafeTensors", "is_safetensors", "read_safetensors", "write_safetensors"]

_NAMES = {"BOOL": "?", "U8": "u1", "I8": "i1", "U16": "u2", "I16": "i2", "F16": "f2", "U32": "u4", "I32": "i4"}
_NAMES |= {"F32": "f4", "U64": "u8", "I64": "i8", "F64": "f8", "C64": "c8"}
_DTYPES = {name: np.dtype(code).newbyteorder("<") for name, code in _NAMES.items()} | {"BF16": bfloat16.numpy}
_CODES = {dtype: name for name, dtype in _DTYPES.items()}
_METADATA = "__metadata__"
_LARGEST = 64 << 20  # bytes of the table of contents
_DEEPEST = 3  # the table, an array's entry, its shape
_MOST_AXES = 32
_ALIGNMENT = 8  # the bytes begin at a multiple of it, and with the widest types, so that each array lies as it should


class _Entry(NamedTuple):
    """An array: what it is, and where its bytes begin and end."""

    spec: ArraySpec
    start: int
    end: int


def write_safetensors(path: StrPath, arrays: Mapping[str, Any], metadata: Mapping[str, str] | None = None) -> None:
    """Write named arrays to the file `path`, atomically.

    Args:
        path: the file; its folder must exist.
        arrays: booleans, integers, floats (bfloat16 among them) or complex64.
        metadata: texts by name.

    Raises:
        TypeError: an array of another type, or a note that is no text. ValueError: an array called ``__metadata__``.
        OSError: the file cannot be written.

    >>> import os, tempfile
    >>> from kerasflow.io.safetensors import read_safetensors, write_safetensors
    >>> path = os.path.join(tempfile.mkdtemp(), "w.safetensors")
    >>> write_safetensors(path, {"dense/bias": np.zeros(2)}, {"by": "me"})
    >>> read_safetensors(path)
    {'dense/bias': array([0., 0.])}
    """
    stored = {name: _as_stored(name, value) for name, value in arrays.items()}
    # The widest first, then by name: so each begins at a multiple of the size of its elements.
    order = sorted(stored, key=lambda name: (-_width(stored[name].dtype), name))
    header: dict[str, Any] = {_METADATA: _checked_notes(metadata)} if metadata else {}
    end = 0
    for name in order:
        array, start, end = stored[name], end, end + stored[name].nbytes
        header[name] = {"dtype": _CODES[array.dtype], "shape": list(array.shape), "data_offsets": [start, end]}
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    if len(text) > _LARGEST:
        raise ValueError(f"the table of contents of {len(stored)} arrays would have more than {_LARGEST >> 20} MiB")
    with atomic_path(path) as temporary, open(temporary, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name in order:
            file.write(stored[name].tobytes())


def _as_stored(name: str, value: Any) -> np.ndarray:
    if not isinstance(name, str) or name == _METADATA:
        raise ValueError(f"no array can be called {name!r}")
    array = np.asarray(value)
    little = array.dtype if array.dtype == bfloat16.numpy else array.dtype.newbyteorder("<")
    if little not in _CODES:
        raise TypeError(f"the array '{name}' has the type {array.dtype}, which safetensors does not hold")
    return np.asarray(array, little, order="C")


def _checked_notes(metadata: Mapping[str, str]) -> dict[str, str]:
    for name, text in metadata.items():
        if not isinstance(name, str) or not isinstance(text, str):
            raise TypeError(f"metadata is texts by name, got {name!r}: {text!r}")
    return dict(metadata)


def _width(dtype: np.dtype) -> int:
    """The bytes that an element has to be aligned to."""
    return dtype.itemsize if dtype.kind != "c" else dtype.itemsize // 2


def is_safetensors(path: StrPath) -> bool:
    """Whether a file begins as one of this format does: a length that it has room for, and an opening brace.

    Raises:
        MissingFileError: there is no such file. OSError: it cannot be read.
    """
    with _opened(path) as file:
        start = file.read(9)
        return len(start) == 9 and start[8:] == b"{" and 8 + _length(start) <= os.fstat(file.fileno()).st_size


def read_safetensors(path: StrPath, names: Iterable[str] | None = None) -> dict[str, np.ndarray]:
    """The arrays of a file, or those of these names; they share the file's pages and cannot be written to.

    Raises:
        MissingFileError, ForeignFileError, DataLossError: as `SafeTensors`. NotFoundError: there is no such array.
    """
    with SafeTensors(path) as file:
        return {name: file.read(name) for name in (file.arrays if names is None else names)}


class SafeTensors:
    """A file of this format, opened: what is in it is known and checked, an array is read when it is asked for.

    Args:
        path: the file.

    Attributes:
        arrays: the type and shape of each array, by name.
        metadata: the texts beside them.

    Raises:
        MissingFileError: there is no such file (a FileNotFoundError and a ValueError).
        ForeignFileError: it is none of this format, or its table is not as it has to be: arrays that overlap or leave
            gaps, sizes that do not fit shapes, a name twice, unknown types (a ValueError).
        DataLossError: it is shorter than it says.

    >>> import os, tempfile
    >>> from kerasflow.io.safetensors import SafeTensors, write_safetensors
    >>> path = os.path.join(tempfile.mkdtemp(), "w.safetensors")
    >>> write_safetensors(path, {"w": np.ones((2, 3), np.float32)})
    >>> with SafeTensors(path) as file:
    ...     print({name: str(spec) for name, spec in file.arrays.items()})
    {'w': 'float32[2,3]'}
    """

    def __init__(self, path: StrPath) -> None:
        self.path = os.fspath(path)
        try:
            with _opened(path) as file:
                header, self._data, size = _parts(file)
            self._entries, self.metadata = _checked(header, size)
        except (ForeignFileError, JsonError) as error:
            raise ForeignFileError(f"{self.path}: {error}") from error.__cause__
        except DataLossError as error:
            raise DataLossError(None, None, f"{self.path}: {error.message}") from None
        self.arrays = {name: entry.spec for name, entry in self._entries.items()}

    def read(self, name: str) -> np.ndarray:
        """An array, which shares the file's pages where its place in the file allows it, and cannot be written to.

        Raises:
            NotFoundError: there is none of this name. DataLossError: it has truth values that are none.
        """
        if name not in self._entries:
            raise NotFoundError(None, None, f"{self.path}: there is no array '{name}'")
        spec, start, end = self._entries[name]
        octets = self._data[start:end]
        if spec.dtype == bool and octets.size and octets.max() > 1:
            raise DataLossError(
                None, None, f"{self.path}: the array '{name}' has truth values that are neither 0 nor 1"
            )
        array = octets.view(spec.dtype).reshape(spec.shape)
        if not array.flags.aligned:
            array = array.copy()
            array.flags.writeable = False
        return array

    def __enter__(self) -> SafeTensors:
        return self

    def __exit__(self, *_: Any) -> None:
        """Let go of the file; arrays that were read from it keep what they need."""
        self._data = np.empty(0, np.uint8)
        self._entries = {}


def _opened(path: StrPath) -> Any:
    try:
        return open(path, "rb")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise MissingFileError(f"{path}: there is no such file") from error


def _length(start: bytes) -> int:
    length: int = struct.unpack("<Q", start[:8])[0]
    return length


def _parts(file: Any) -> tuple[dict[str, Any], np.ndarray, int]:
    """The table of contents, and the bytes behind it."""
    size = os.fstat(file.fileno()).st_size
    start = file.read(8)
    if len(start) < 8:
        raise ForeignFileError("not a safetensors file, it has no table of contents")
    length = _length(start)
    if length > _LARGEST:
        raise ForeignFileError(f"not a safetensors file, or its table of contents has {length} bytes, too many")
    text = file.read(length)
    if not text.startswith(b"{"):
        raise ForeignFileError("not a safetensors file, its table of contents is no JSON object")
    if len(text) < length:
        raise DataLossError(None, None, "the file is truncated, its table of contents is not all there")
    header = parse_json(text, "its table of contents", _DEEPEST)
    room = size - 8 - length
    if not room:
        return header, np.empty(0, np.uint8), 0
    mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return header, np.frombuffer(mapped, np.uint8, offset=8 + length), room


def _checked(header: dict[str, Any], size: int) -> tuple[dict[str, _Entry], dict[str, str]]:
    """The arrays of a table of contents, in the order of their bytes, and the texts."""
    notes = header.pop(_METADATA, {})
    if not isinstance(notes, dict) or not all(isinstance(text, str) for text in notes.values()):
        raise ForeignFileError(f"its {_METADATA} is not texts by name")
    found = {name: _entry(name, value) for name, value in header.items()}
    ordered = dict(sorted(found.items(), key=lambda item: item[1][1:]))
    end = 0
    for name, entry in ordered.items():
        if entry.start != end:
            fault = "overlaps the array before it" if entry.start < end else "leaves a gap before it"
            raise ForeignFileError(f"the array '{name}' {fault}: it begins at {entry.start}, not at {end}")
        end = entry.end
    if end > size:
        raise DataLossError(None, None, f"the file is truncated: its arrays take {end} bytes, it has {size}")
    if end < size:
        raise ForeignFileError(f"there are {size - end} bytes behind the last array")
    return ordered, notes


def _entry(name: str, value: Any) -> _Entry:
    if not isinstance(value, dict) or set(value) != {"dtype", "shape", "data_offsets"}:
        raise ForeignFileError(f"the entry of the array '{name}' is not its dtype, shape and data_offsets")
    code, shape, offsets = value["dtype"], value["shape"], value["data_offsets"]
    if not isinstance(code, str) or code not in _DTYPES:
        raise ForeignFileError(f"the array '{name}' has the type {code!r}, which is not supported")
    if not _are_sizes(shape) or len(shape) > _MOST_AXES:
        raise ForeignFileError(f"the shape of the array '{name}' is none")
    if not _are_sizes(offsets) or len(offsets) != 2 or offsets[0] > offsets[1]:
        raise ForeignFileError(f"the data_offsets of the array '{name}' are none")
    dtype, (start, end) = _DTYPES[code], offsets
    if math.prod(n or 1 for n in shape) * dtype.itemsize >> 63:
        raise ForeignFileError(f"the shape of the array '{name}' has more elements than there can be")
    spec = ArraySpec(dtype, tuple(shape))
    if math.prod(shape) * dtype.itemsize != end - start:
        raise ForeignFileError(f"the array '{name}' is {spec}, but has {end - start} bytes")
    return _Entry(spec, start, end)


def _are_sizes(values: Any) -> bool:
    return isinstance(values, list) and all(type(n) is int and 0 <= n < 1 << 63 for n in values)
