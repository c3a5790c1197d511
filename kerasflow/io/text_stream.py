"""The text of files: opened, unpacked, decoded, every line ended by ``\\n``, piece by piece.

A file is read once from its beginning to its end, so a pipe will do. What comes out is UTF-8, whatever the file is
written in; the digest is that of the bytes as they are on the disk.
"""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import os
import re
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any, BinaryIO

from kerasflow.io.csv_text import StrPath, TableError

__all__ = ["STDIN", "Spooled", "check_text", "open_text", "shown_path"]

STDIN = "-"
PIECE = 4 << 20  # bytes
SAMPLE = 1 << 16  # bytes that an encoding is guessed from

PACKED: dict[bytes, Any] = {
    rb"\x1f\x8b": gzip.open,
    rb"BZh[1-9](1AY&SY|\x17rE8P\x90)": bz2.open,
    rb"\xfd7zXZ\x00": lzma.open,
}
NO_TEXT = rb"[\x00-\x08\x0e-\x1f\x80-\xff]"
OTHERS = {
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"PAR1": "Parquet",
    b"\x89HDF": "HDF5",
    b"%PDF": "PDF",
    b"SQLite format 3\x00": "an SQLite database",
    b"\x28\xb5\x2f\xfd": "packed with zstd",
    b"ARROW1": "Arrow",
}
MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
PLAIN = ("utf-8", "utf-8-sig")


class Spooled(str):
    """The path of a file with what came from standard input."""


def shown_path(path: StrPath) -> str:
    """A path as it stands in messages."""
    return "<stdin>" if path == STDIN or isinstance(path, Spooled) else os.fspath(path)


@contextmanager
def open_text(path: StrPath, encoding: str | None = None, digest: Any = None) -> Iterator[Iterator[bytes]]:
    """The text of a file as UTF-8 without a mark, in pieces of some megabytes.

    What claims to be UTF-8 still has to be checked, by `check_text`, where characters are not cut in two.

    Args:
        path: a file, packed by gzip, bzip2 or xz or not, or "-" for standard input.
        encoding: what it is written in; None: by its mark, else UTF-8.
        digest: an object of `hashlib`, updated with the bytes of the file.

    Raises:
        TableError: it is no text of its encoding, damaged, or of a known format that is no text.
        OSError: it cannot be read.
    """
    name = shown_path(path)
    if path == STDIN:
        yield _lines_ended_alike(_as_utf8(name, _unpacked(name, _Raw(sys.stdin.buffer, digest)), encoding))
        return
    with open(path, "rb") as stream:
        yield _lines_ended_alike(_as_utf8(name, _unpacked(name, _Raw(stream, digest)), encoding))


def check_text(name: str, line: int, data: bytes, encoding: str | None) -> None:
    """Check that a text is UTF-8 and has no zero bytes."""
    if data.isascii() and b"\0" not in data:
        return
    try:
        data.decode()
        place = data.find(b"\0")
        if place < 0:
            return
        what = "a zero byte" + _wide_hint(data)
    except UnicodeDecodeError as error:
        place = error.start
        what = f"the byte 0x{data[place]:02x}, which is not {encoding or 'UTF-8'}{_narrow_hint(data, encoding)}"
    raise TableError(f"expected text, found {what}", name, line + data.count(b"\n", 0, place))


def _wide_hint(data: bytes) -> str:
    """What to try if each second byte is zero."""
    zeros = [data[start : start + 2000 : 2].count(0) for start in (0, 1)]
    half = min(len(data) / 2, 1000)
    if max(zeros) < 0.4 * half or min(zeros) > 0.1 * half:
        return ""
    return f"; every second byte is one, try --encoding utf-16-{'be' if zeros[0] > zeros[1] else 'le'}"


def _narrow_hint(data: bytes, encoding: str | None) -> str:
    """What to try if the text may be of an encoding with one byte for a character."""
    high = [byte for byte in data[:SAMPLE] if byte >= 0x80]
    if encoding is not None or not high or sum(data.count(byte) for byte in range(9)) > 0:
        return ""
    return f"; try --encoding {'cp1252' if any(0x80 <= byte < 0xA0 for byte in high) else 'latin-1'}"


class _Raw(io.RawIOBase):
    """A binary stream that updates a digest with all that is read, and can be looked at before."""

    def __init__(self, stream: BinaryIO, digest: Any) -> None:
        self.stream = stream
        self.digest = digest
        self.start = self._taken(16)
        self.seen = self.start

    def readable(self) -> bool:
        """It can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """So many bytes; fewer only at the end."""
        start, self.seen = self.seen[:size], self.seen[size:]
        return start + self._taken(size - len(start)) if start else self._taken(size)

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer; with how many bytes."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _taken(self, size: int) -> bytes:
        data = self.stream.read(size)
        while len(data) < size and (more := self.stream.read(size - len(data))):
            data += more
        if self.digest is not None:
            self.digest.update(data)
        return data


def _unpacked(name: str, raw: _Raw) -> Iterator[bytes]:
    """The bytes of a file piece by piece, unpacked if it is packed, whatever it is called."""
    for mark, what in OTHERS.items():
        if raw.start.startswith(mark) and re.search(NO_TEXT, raw.start):
            raise TableError(f"expected a table as text, found {what}", name)
    unpack = next((unpack for mark, unpack in PACKED.items() if re.match(mark, raw.start)), None)
    stream = raw if unpack is None else unpack(io.BufferedReader(raw, PIECE))
    while True:
        try:
            piece = stream.read(PIECE)
        except EOFError as error:
            raise TableError("the packed file ends too early; is it all there?", name) from error
        except (OSError, zlib.error, lzma.LZMAError) as error:
            if unpack is None or isinstance(error, OSError) and error.errno is not None:
                raise
            raise TableError("the packed file is damaged", name) from error
        if not piece:
            return
        yield piece


def _as_utf8(name: str, pieces: Iterator[bytes], encoding: str | None) -> Iterator[bytes]:
    """The text piece by piece as UTF-8 without a mark; what claims to be UTF-8 still has to be checked."""
    first = next(pieces, b"")
    mark = next((mark for mark in MARKS if first.startswith(mark)), b"")
    encoding = codecs.lookup(encoding or MARKS.get(mark, "utf-8")).name
    if encoding in PLAIN:
        yield first.removeprefix(codecs.BOM_UTF8)
        yield from pieces
        return
    decoder, line = codecs.getincrementaldecoder(encoding)(), 1
    for piece in chain([first], pieces, [b""]):
        try:
            text = decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            line += error.object[: error.start].decode(encoding, "ignore").count("\n")
            problem = f"expected {encoding} text, found the byte 0x{error.object[error.start]:02x}: {error.reason}"
            raise TableError(problem, name, line) from error
        line += text.count("\n")
        yield (text.removeprefix("\ufeff") if piece is first else text).encode()


def _lines_ended_alike(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The text with ``\n`` at the end of every line, the last one too."""
    held, last = b"", b"\n"
    for piece in pieces:
        piece = held + piece
        held = piece[-1:] if piece.endswith(b"\r") else b""  # perhaps half of a line end
        if b"\r" in piece:
            piece = piece[: len(piece) - len(held)].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if piece:
            last = piece[-1:]
            yield piece
    if held or last != b"\n":
        yield b"\n"
