"""Protocol buffers on the wire, as far as checkpoints need them: messages of numbers, texts and messages.

A message is a sequence of fields, each a number that names it, a kind and a value. `fields` reads one level; `message`
writes it.

Source: the Protocol Buffers encoding guide (varints, tags, length-delimited and fixed-width values).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

__all__ = ["fields", "message", "read_varint", "varint"]

_VARINT, _FIXED64, _TEXT, _FIXED32 = 0, 1, 2, 5


def varint(number: int) -> bytes:
    """A number from 0 to 2**64 - 1, seven bits a byte, the lowest first.

    >>> varint(300)
    b'\\xac\\x02'
    """
    octets = bytearray()
    while number >= 0x80:
        octets.append(number & 0x7F | 0x80)
        number >>= 7
    octets.append(number)
    return bytes(octets)


def read_varint(data: bytes, start: int) -> tuple[int, int]:
    """The number at `start`, and where it ends. ValueError if the data ends before, or if it has more than 64 bits.

    >>> read_varint(b"\\xac\\x02", 0)
    (300, 2)
    """
    number = 0
    for k, octet in enumerate(data[start : start + 10]):
        number |= (octet & 0x7F) << 7 * k
        if octet < 0x80:
            if number >> 64:
                raise ValueError("a number of more than 64 bits")
            return number, start + k + 1
    raise ValueError("a number without an end")


def fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The number and value of each field: an int, or bytes for texts and messages. ValueError if it is no message.

    >>> list(fields(b"\\x08\\x96\\x01\\x12\\x02hi"))
    [(1, 150), (2, b'hi')]
    """
    at = 0
    while at < len(data):
        tag, at = read_varint(data, at)
        kind = tag & 7
        if kind == _VARINT:
            value, at = read_varint(data, at)
            yield tag >> 3, value
            continue
        if kind == _TEXT:
            size, at = read_varint(data, at)
        elif kind in (_FIXED32, _FIXED64):
            size = 4 if kind == _FIXED32 else 8
        else:
            raise ValueError(f"a field of kind {kind}")
        octets = data[at : at + size]
        if len(octets) < size:
            raise ValueError("a field that is cut off")
        at += size
        yield tag >> 3, octets if kind == _TEXT else int.from_bytes(octets, "little")


def message(*parts: tuple[int, int | bytes], fixed: frozenset[int] = frozenset()) -> bytes:
    """The message with these fields, in this order; numbers that are 0 are left out, as the default that they are.

    Args:
        parts: number and value of each field; a negative int is written in 64 bits.
        fixed: which of the numbers are 32 bits wide.

    >>> message((1, 150), (2, b"hi"))
    b'\\x08\\x96\\x01\\x12\\x02hi'
    """
    octets = b""
    for number, value in parts:
        if isinstance(value, bytes):
            octets += varint(number << 3 | _TEXT) + varint(len(value)) + value
        elif number in fixed:
            octets += varint(number << 3 | _FIXED32) + struct.pack("<I", value)
        elif value:
            octets += varint(number << 3 | _VARINT) + varint(value & (1 << 64) - 1)
    return octets
