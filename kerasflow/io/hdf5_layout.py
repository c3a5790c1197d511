"""What kerasflow's HDF5 files hold: names, array kinds, checksums and the note at the root. No HDF5 in here.

* The root carries the attribute ``kerasflow``, JSON text ``{"format": 1, "kind": ..., ...}``, and ``checksum``, a CRC
  of that text and of the name and checksum of every array, so that an array cannot go missing unseen.
* An array is a dataset, little-endian, contiguous, unfiltered, under its name: ``dense/kernel`` is ``kernel`` in the
  group ``dense``. Its attribute ``checksum`` covers name, kind, shape and bytes.
* Strings have no HDF5 form that keeps every byte (HDF5's own end at a zero byte), so an array of them is a dataset of
  bytes: the lengths as 64-bit integers, then the texts end to end; the attributes ``strings`` ("bytes" or "str") and
  ``shape`` tell the rest.

The checksums are CRC-32. They are there against decay and half-written files: any change within 32 consecutive bits is
found for certain, any other with odds of four billion to one, at memory speed. Against somebody who means to deceive
no plain checksum helps, a longer one no better; what guards against such files is that nothing in them is trusted.
"""

from __future__ import annotations

import json
import math
import re
import zlib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from kerasflow.core.errors import InvalidArgumentError, NotFoundError

__all__ = [
    "ArraySpec",
    "ForeignFileError",
    "Packed",
    "as_spec",
    "check_expected",
    "checksum",
    "format_meta",
    "names_of",
    "pack",
    "parse_meta",
    "root_checksum",
    "stored_names",
    "unpack",
]

FORMAT = 1
DTYPES = frozenset(
    np.dtype(code).newbyteorder("<")
    for code in ("?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16")
)
BYTE = np.dtype(np.uint8)
STRING_KINDS = "SUTO"  # NumPy's kinds of bytes, str, StringDType, object
HIGHEST_RANK = 32  # HDF5's own
LONGEST_NAME = 1024  # characters
LONGEST_PATH = 4 * LONGEST_NAME  # the same name as it is stored
LARGEST_META = 64 << 20  # bytes of JSON
DEEPEST_META = 100  # levels of JSON


class ForeignFileError(ValueError):
    """A file that is whole but that kerasflow did not write, or that holds what it refuses to follow."""


class ArraySpec(NamedTuple):
    """The dtype and shape of a stored array; the dtype of strings is ``object``."""

    dtype: np.dtype
    shape: tuple[int, ...]

    def __str__(self) -> str:
        """As in ``float32[3,4]``."""
        name = "string" if self.dtype == object else self.dtype.name
        return f"{name}[{','.join(map(str, self.shape))}]"


class Packed(NamedTuple):
    """An array as it lies in the file: what kind it is of, its own shape, and the numbers that are stored for it."""

    kind: str
    shape: tuple[int, ...]
    data: np.ndarray

    @property
    def spec(self) -> ArraySpec:
        """What the array is once unpacked."""
        return ArraySpec(np.dtype(object) if self.kind in ("bytes", "str") else np.dtype(self.kind), self.shape)


# --- names -----------------------------------------------------------------------------------------------------------


def stored_names(names: Iterable[str]) -> dict[str, str]:
    """The path in the file of each array name; different names have different paths, and `names_of` reverses it.

    Ordinary names stay as they are. A percent sign and control characters become ``%XX``, parts of dots alone too, an
    empty part becomes ``%_``, and an array whose name is also a folder's (``a`` beside ``a/b``) gets a ``%`` at its
    end.

    Raises:
        TypeError: a name is no string.
        ValueError: a name is not valid Unicode, or too long.

    >>> stored_names(["dense/kernel", "a", "a/b", "50%", "./x"])
    {'dense/kernel': 'dense/kernel', 'a': 'a%', 'a/b': 'a/b', '50%': '50%25', './x': '%2E/x'}
    """
    paths = {name: "/".join(map(_escape, _parts(name))) for name in names}
    folders = set()
    for path in paths.values():
        while "/" in path:
            path = path.rpartition("/")[0]
            folders.add(path)
    return {name: f"{path}%" if path in folders else path for name, path in paths.items()}


def names_of(paths: Iterable[str]) -> dict[str, str]:
    """The path of each array name, from the paths found in a file.

    Raises:
        ForeignFileError: the paths are not what `stored_names` makes.
    """
    paths = list(paths)
    found = {_unescape(path): path for path in paths}
    try:
        genuine = stored_names(found) == found and len(found) == len(paths)
    except ValueError:
        genuine = False
    if not genuine:
        raise ForeignFileError("its arrays have names that kerasflow does not write")
    return found


def _parts(name: str) -> list[str]:
    if not isinstance(name, str):
        raise TypeError(f"the name of an array is a string, not {name!r}")
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"the array name {name!r} is not valid Unicode") from error
    if len(name) > LONGEST_NAME:
        raise ValueError(f"the array name {name[:40]!r}... has {len(name)} characters, {LONGEST_NAME} at the most")
    return name.split("/")


def _escape(part: str) -> str:
    if not part.strip("."):
        return part.replace(".", "%2E") or "%_"
    return re.sub(r"[%\x00-\x1f\x7f]", lambda match: f"%{ord(match[0]):02X}", part)


def _unescape(path: str) -> str:
    parts = path.removesuffix("%").split("/")
    return "/".join(
        "" if part == "%_" else re.sub("%([0-9A-F]{2})", lambda match: chr(int(match[1], 16)), part) for part in parts
    )


# --- arrays ----------------------------------------------------------------------------------------------------------


def pack(name: str, value: Any) -> Packed:
    """Bring an array to the form that is stored.

    Args:
        name: for the error messages.
        value: anything NumPy makes an array of booleans, integers, floats, complex numbers, ``bytes`` or ``str`` of.

    Raises:
        TypeError: another dtype, or objects that are not all ``bytes`` or all ``str``.
        ValueError: more dimensions than HDF5 has.
    """
    array = np.asarray(value)
    if array.ndim > HIGHEST_RANK:
        raise ValueError(f"the array '{name}' has {array.ndim} dimensions, {HIGHEST_RANK} at the most")
    if array.dtype.kind in STRING_KINDS:
        return _pack_strings(name, array)
    dtype = array.dtype.newbyteorder("<")
    if dtype not in DTYPES:
        raise TypeError(f"the array '{name}' has the dtype {array.dtype}, which is not stored")
    return Packed(dtype.str, array.shape, np.asarray(array, dtype, order="C"))


def unpack(name: str, packed: Packed) -> np.ndarray:
    """The array in memory again; the other way of `pack`.

    Raises:
        ValueError: the numbers do not make an array of that kind and shape.
    """
    if packed.kind in ("bytes", "str"):
        return _unpack_strings(name, packed)
    if packed.data.dtype == bool and packed.data.size and packed.data.view(BYTE).max() > 1:
        raise ValueError(f"the array '{name}' holds booleans that are neither 0 nor 1")
    return packed.data.astype(packed.data.dtype.newbyteorder("="), copy=False)


def checksum(name: str, packed: Packed) -> int:
    """The CRC-32 of an array's name, kind, shape and bytes."""
    head = json.dumps([name, packed.kind, packed.shape]).encode()
    return zlib.crc32(packed.data.reshape(-1).view(BYTE), zlib.crc32(head))


def _pack_strings(name: str, array: np.ndarray) -> Packed:
    items = array.astype(object).ravel().tolist()
    if all(isinstance(item, bytes) for item in items):
        kind, texts = "bytes", items
    elif all(isinstance(item, str) for item in items):
        # Whatever a str can hold comes back, also the stand-ins for undecodable bytes in file names.
        kind, texts = "str", [item.encode("utf-8", "surrogatepass") for item in items]
    else:
        found = ", ".join(sorted({type(item).__name__ for item in items}))
        raise TypeError(f"the array '{name}' of objects holds {found}; only bytes alone or str alone are stored")
    lengths = np.array([len(text) for text in texts], "<i8")
    return Packed(kind, array.shape, np.frombuffer(lengths.tobytes() + b"".join(texts), BYTE))


def _unpack_strings(name: str, packed: Packed) -> np.ndarray:
    count, data = math.prod(packed.shape), packed.data.tobytes()
    texts = len(data) - 8 * count
    lengths = np.frombuffer(data, "<i8", count).tolist() if texts >= 0 else []
    if texts < 0 or min(lengths, default=0) < 0 or sum(lengths) != texts:
        raise ValueError(f"the array '{name}' of strings is not laid out as strings are")
    result, start = np.empty(count, object), 8 * count
    for index, length in enumerate(lengths):
        text = data[start : start + length]
        result[index] = text if packed.kind == "bytes" else text.decode("utf-8", "surrogatepass")
        start += length
    return result.reshape(packed.shape)


# --- the note at the root --------------------------------------------------------------------------------------------


def format_meta(meta: Mapping[str, Any]) -> bytes:
    """The JSON text that says what the file is.

    Args:
        meta: what JSON can carry; ``"kind"`` names what the arrays are together ("weights", "checkpoint").

    Raises:
        TypeError: a value that JSON does not carry.
        ValueError: no kind, the reserved key "format", or too large or too deep.
    """
    if "format" in meta or not isinstance(meta.get("kind"), str):
        raise ValueError("the description of a file has a 'kind', a string, and no 'format', which is set here")
    text = json.dumps({"format": FORMAT, **meta}).encode()
    parse_meta(text)
    return text


def parse_meta(text: bytes) -> dict[str, Any]:
    """What `format_meta` was given.

    Raises:
        ForeignFileError: another format, or JSON that is too large or too deep.
        ValueError: no JSON.
    """
    if len(text) > LARGEST_META:
        raise ForeignFileError(f"its description has {len(text)} bytes, {LARGEST_META} at the most")
    try:
        meta = json.loads(text)
    except RecursionError:
        meta = None
    if meta is None or _is_deeper(meta, DEEPEST_META):
        raise ForeignFileError(f"its description is nested more than {DEEPEST_META} levels deep")
    if not isinstance(meta, dict) or type(meta.get("format")) is not int or not isinstance(meta.get("kind"), str):
        raise ForeignFileError("its description does not say what it is")
    if (number := meta.pop("format")) != FORMAT:
        raise ForeignFileError(f"its format is {number}, this version of kerasflow reads format {FORMAT}")
    return meta


def root_checksum(text: bytes, checksums: Mapping[str, int]) -> int:
    """The CRC-32 of the root's JSON text and of the name and checksum of every array."""
    return zlib.crc32(json.dumps(sorted(checksums.items())).encode(), zlib.crc32(text))


def _is_deeper(value: Any, levels: int) -> bool:
    pending = [value]
    for _ in range(levels):
        inner = (item.values() if isinstance(item, dict) else item for item in pending if isinstance(item, dict | list))
        pending = [item for items in inner for item in items]
        if not pending:
            return False
    return True


# --- what is expected ------------------------------------------------------------------------------------------------


def check_expected(path: Any, specs: Mapping[str, ArraySpec], wanted: Mapping[str, ArraySpec], strict: bool) -> None:
    """Compare what a file holds with what shall be read from it.

    Args:
        path: the file, for the message.
        specs: what it holds.
        wanted: what shall be read.
        strict: whether arrays that nobody wants are an error.

    Raises:
        NotFoundError: names are missing. InvalidArgumentError: shapes or dtypes differ, or arrays are left over. Either
            lists everything that does not fit.
    """
    missing = [name for name in wanted if name not in specs]
    unexpected = [name for name in specs if name not in wanted] if strict else []
    different = [
        f"{name} is {specs[name]}, expected {spec}"
        for name, spec in wanted.items()
        if name in specs and specs[name] != spec
    ]
    if not (missing or unexpected or different):
        return
    groups = {"missing": missing, "unexpected": unexpected, "different": different}
    lists = "; ".join(f"{title}: {', '.join(items)}" for title, items in groups.items() if items)
    kind = NotFoundError if missing else InvalidArgumentError
    raise kind(None, None, f"{path}: the file does not fit, nothing was read. {lists}")


def as_spec(dtype: Any, shape: Iterable[int]) -> ArraySpec:
    """Bring a dtype and a shape, of whatever types, to the form in which they are compared."""
    dtype = np.dtype(dtype).newbyteorder("<")
    return ArraySpec(np.dtype(object) if dtype.kind in STRING_KINDS else dtype, tuple(int(size) for size in shape))
