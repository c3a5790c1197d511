"""Files of records, as TensorFlow's event files and TFRecord files are: each has its length and two checksums.

A record is the length of the data in 8 bytes, the masked CRC-32C of these in 4, the data, and its masked CRC-32C; all
numbers little-endian. What is read is checked.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np

from kerasflow.core import errors
from kerasflow.io.crc32c import crc32c, crc32c_each, masked
from kerasflow.io.streams import created, opened

__all__ = ["RecordWriter", "framed", "read_records"]

_HEAD = struct.Struct("<QI")
_SUM = struct.Struct("<I")
_LENGTH = struct.Struct("<Q")
_PIECE = 1 << 20
_SHORT = 2048  # bytes: the checksums of shorter records are worked out side by side


def framed(data: bytes) -> bytes:
    """`data` as a record.

    >>> framed(b"abc").hex()
    '0300000000000000b099490e6162636e57f121'
    """
    length = struct.pack("<Q", len(data))
    return length + _SUM.pack(masked(crc32c(length))) + data + _SUM.pack(masked(crc32c(data)))


class RecordWriter:
    """A file of records that is being written; it is whole once it is closed.

    Args:
        path: the file; what is there is replaced.
        compression: "", "GZIP" or "ZLIB".

    Raises:
        NotFoundError: there is no such folder. ValueError: there is no such compression.
    """

    def __init__(self, path: str | os.PathLike[str], compression: str = "") -> None:
        self._stream = created(path, compression)
        self._waiting: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> None:
        """Add a record. ValueError if the file is closed."""
        if self._stream.closed:
            raise ValueError("The file of records is closed.")
        self._waiting.append(data)
        self._size += len(data)
        if self._size > _PIECE or len(self._waiting) > _SHORT:
            self._write_waiting()

    def flush(self) -> None:
        """Hand all records to the system."""
        self._write_waiting()
        self._stream.flush()

    def close(self) -> None:
        """Write what is left and close the file."""
        if not self._stream.closed:
            self._write_waiting()
            self._stream.close()

    def _write_waiting(self) -> None:
        records, self._waiting, self._size = self._waiting, [], 0
        lengths = np.array([len(r) for r in records], "<u8")
        packed = np.frombuffer(lengths.tobytes(), np.uint8)
        heads = masked(_sums(packed, np.arange(len(records)) * 8, np.full(len(records), 8)))
        content = np.frombuffer(b"".join(records), np.uint8)
        sums = masked(
            _sums(content, np.cumsum(lengths).astype(np.int64) - lengths.astype(np.int64), lengths.astype(np.int64))
        )
        pairs = zip(records, heads.tolist(), sums.tolist(), strict=True)
        self._stream.write(b"".join([_HEAD.pack(len(r), h) + r + _SUM.pack(s) for r, h, s in pairs]))


def _sums(octets: Any, starts: Any, lengths: Any, wanted: Any = True) -> Any:
    """The checksums of stretches of `octets`, uint64[k]; those that are not `wanted` may be zero."""
    short = lengths < _SHORT
    sums = np.zeros(len(lengths), np.uint64)
    sums[short] = crc32c_each(octets, starts[short], lengths[short])
    for k in np.flatnonzero(~short & wanted).tolist():
        sums[k] = crc32c(octets[starts[k] : starts[k] + lengths[k]])
    return sums


def read_records(path: str | os.PathLike[str], compression: str = "") -> Iterator[bytes]:
    """The data of each record of a file.

    Args:
        path: the file.
        compression: "", "GZIP" or "ZLIB".

    Raises:
        NotFoundError: there is no such file. DataLossError: a record is cut off or its checksum is wrong, and what
            came before has been given; the message has the place in the file.
    """
    with opened(path, compression) as stream:
        held, place = b"", 0
        while more := stream.read(_PIECE):
            held += more
            found = _whole_records(held)
            yield from _checked(held, found, place)
            used = int(found[-1].sum()) + _SUM.size if len(found) else 0
            held, place = held[used:], place + used
            if len(held) >= _HEAD.size and not len(found):
                _check_head(held, place)  # before so many bytes are waited for
        if held:
            if len(held) >= _HEAD.size:
                _check_head(held, place)
            raise errors.DataLossError(None, None, f"truncated record at {place}")


def _whole_records(held: bytes) -> Any:
    """Where the data of each whole record in `held` begins, and how long it is, if the lengths are right."""
    found = []
    at, end = 0, len(held)
    while at + _HEAD.size <= end:
        (length,) = _LENGTH.unpack_from(held, at)
        start = at + _HEAD.size
        at = start + length + _SUM.size
        if at > end:
            break
        found.append((start, length))
    return np.array(found, np.int64).reshape(-1, 2)


def _checked(held: bytes, found: Any, place: int) -> Iterator[bytes]:
    """The data of records, up to the first that is damaged. DataLossError there."""
    octets = np.frombuffer(held, np.uint8)
    starts, lengths = found[:, 0], found[:, 1]
    heads = _numbers(octets, starts - 4) == masked(_sums(octets, starts - _HEAD.size, np.full(len(found), 8)))
    sound = heads & (_numbers(octets, starts + lengths) == masked(_sums(octets, starts, lengths, heads)))
    for (start, length), is_sound in zip(found.tolist(), sound.tolist(), strict=True):
        if not is_sound:
            raise errors.DataLossError(None, None, f"corrupted record at {place + start - _HEAD.size}")
        yield held[start : start + length]


def _numbers(octets: Any, places: Any) -> Any:
    """The four-byte numbers at `places`."""
    parts = octets[places[:, None] + np.arange(4)].astype(np.uint64)
    return (parts << np.array([0, 8, 16, 24], np.uint64)).sum(axis=1, dtype=np.uint64)


def _check_head(held: bytes, place: int) -> None:
    """DataLossError if the length at the beginning of `held` is damaged."""
    _, checksum = _HEAD.unpack_from(held)
    if masked(crc32c(held[:8])) != checksum:
        raise errors.DataLossError(None, None, f"corrupted record at {place}")
