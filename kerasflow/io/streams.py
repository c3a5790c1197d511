"""Files read from their beginning to their end, compressed or not."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from kerasflow.core import errors
from kerasflow.io.gfile import told

__all__ = ["COMPRESSIONS", "created", "opened"]

StrPath = str | os.PathLike[str]
COMPRESSIONS = ("", "GZIP", "ZLIB")
_PIECE = 1 << 18
_GZIP = 16 + zlib.MAX_WBITS  # what zlib calls the format of gzip


@contextmanager
def opened(path: StrPath, compression: str = "") -> Iterator[Any]:
    """The content of a file as a stream of bytes with a method `read(size)`.

    Args:
        path: the file.
        compression: "", "GZIP" or "ZLIB".

    Raises:
        NotFoundError: there is no such file, in this and other words of `tf.errors`. DataLossError: while it is read,
            what is compressed is damaged or cut off. ValueError: there is no such compression.
    """
    _check(compression)
    name = os.fspath(path)
    with told():
        file = open(name, "rb")
    with file:
        if compression == "ZLIB":
            yield _Told(_Inflated(file), name)
        elif compression == "GZIP":
            yield _Told(gzip.GzipFile(fileobj=file), name)
        else:
            yield file


def created(path: StrPath, compression: str = "") -> Any:
    """A new file with methods `write(data)`, `flush()` and `close()`; raises as `opened`."""
    _check(compression)
    with told():
        file = open(os.fspath(path), "wb")
    return _Packed(file, compression) if compression else file


def _check(compression: str) -> None:
    if compression not in COMPRESSIONS:
        raise ValueError(f"The compression must be one of {COMPRESSIONS}, got {compression!r}.")


class _Packed:
    """A file that is compressed while it is written."""

    def __init__(self, file: IO[bytes], compression: str) -> None:
        self._file = file
        self._deflate = zlib.compressobj(wbits=_GZIP if compression == "GZIP" else zlib.MAX_WBITS)

    @property
    def closed(self) -> bool:
        """Whether it is closed."""
        return self._file.closed

    def write(self, data: bytes) -> None:
        """Add `data`."""
        self._file.write(self._deflate.compress(data))

    def flush(self) -> None:
        """Hand all that was written to the system."""
        self._file.write(self._deflate.flush(zlib.Z_SYNC_FLUSH))
        self._file.flush()

    def close(self) -> None:
        """End the stream and the file."""
        self._file.write(self._deflate.flush())
        self._file.close()


class _Inflated:
    """What a zlib stream in `file` holds."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._inflate = zlib.decompressobj()

    def read(self, size: int) -> bytes:
        """Up to `size` bytes, none at the end."""
        while not self._inflate.eof:
            packed = self._inflate.unconsumed_tail or self._file.read(_PIECE)
            if not packed:
                raise EOFError("the compressed stream is cut off")
            found = self._inflate.decompress(packed, size)
            if found:
                return found
        return b""


class _Told:
    """A stream whose damage is a `DataLossError`."""

    def __init__(self, stream: Any, name: str) -> None:
        self._stream = stream
        self._name = name

    def read(self, size: int) -> bytes:
        """Up to `size` bytes, none at the end."""
        try:
            found: bytes = self._stream.read(size)
        except (EOFError, OSError, zlib.error) as error:
            raise errors.DataLossError(None, None, f"{self._name}: {error}") from error
        return found
