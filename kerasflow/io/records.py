"""Files of records, as TensorFlow's event files and TFRecord files are: each has its length and two checksums.

A record is the length of the data in 8 bytes, the masked CRC-32C of these in 4, the data, and its masked CRC-32C; all
numbers little-endian. What is read is checked.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import IO

from kerasflow.core import errors
from kerasflow.io.crc32c import crc32c, masked

__all__ = ["framed", "read_records"]

_HEAD = struct.Struct("<QI")
_SUM = struct.Struct("<I")


def framed(data: bytes) -> bytes:
    """`data` as a record.

    >>> framed(b"abc").hex()
    '0300000000000000b099490e6162636e57f121'
    """
    length = struct.pack("<Q", len(data))
    return length + _SUM.pack(masked(crc32c(length))) + data + _SUM.pack(masked(crc32c(data)))


def read_records(path: str | os.PathLike[str]) -> Iterator[bytes]:
    """The data of each record of a file.

    Raises:
        NotFoundError: there is no such file. DataLossError: a record is cut off or its checksum is wrong; the message
            has the place in the file.
    """
    try:
        stream = open(path, "rb")
    except FileNotFoundError as error:
        raise errors.NotFoundError(None, None, f"{os.fspath(path)}; {error.strerror}") from error
    with stream:
        left = os.fstat(stream.fileno()).st_size
        while left:
            data = _next(stream, left)
            left -= _HEAD.size + len(data) + _SUM.size
            yield data


def _next(stream: IO[bytes], left: int) -> bytes:
    """The data of the next record; `left` bytes of the file are left."""
    place = stream.tell()
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        raise errors.DataLossError(None, None, f"truncated record at {place}")
    length, checksum = _HEAD.unpack(head)
    if masked(crc32c(head[:8])) != checksum:
        raise errors.DataLossError(None, None, f"corrupted record at {place}")
    if length > left - _HEAD.size - _SUM.size:
        raise errors.DataLossError(None, None, f"truncated record at {place}")
    data = stream.read(length)
    if _SUM.unpack(stream.read(_SUM.size))[0] != masked(crc32c(data)):
        raise errors.DataLossError(None, None, f"corrupted record at {place}")
    return data
