"""CRC-32C, the checksum of TensorFlow's checkpoints, records and event files; and CRC-32 of many texts at once.

The remainder of the data, as a polynomial over GF(2), by the polynomial 0x1EDC6F41 (Castagnoli), bits reflected. It is
worked out for many stretches of the data side by side, two bytes at a time, and the stretches' remainders are then
combined: appending n zero bytes to a message is a linear map of its checksum.

Source: RFC 3720, appendix B.4 (with test vectors); the masking is that of the LevelDB log format.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["crc32_words", "crc32c", "crc32c_each", "masked"]

_POLYNOMIAL, _OF_ZLIB = 0x82F63B78, 0xEDB88320  # reflected
_SHORT = 512  # bytes: below this, one by one
_LANES, _LANE = 4096, 256  # at the most, and bytes in one at the most
_MASK = 0xA282EAD8

Words = np.ndarray[Any, np.dtype[np.uint32]]


def crc32c(data: Any, before: int = 0) -> int:
    """The checksum of `data`, or of what has the checksum `before` followed by `data`.

    Args:
        data: bytes, or a contiguous array.
        before: the checksum of what comes in front of it.

    >>> hex(crc32c(b"123456789")), hex(crc32c(b"6789", crc32c(b"12345")))
    ('0xe3069283', '0xe3069283')
    """
    octets = np.frombuffer(data, np.uint8) if not isinstance(data, np.ndarray) else data.reshape(-1).view(np.uint8)
    state = before ^ 0xFFFFFFFF
    while len(octets) >= _SHORT:
        length = min(len(octets) // _LANES, _LANE) & ~1 or 2
        lanes = min(_LANES, 1 << (len(octets) // length).bit_length() - 1)
        state = _combined(_lane_states(octets[: lanes * length].reshape(lanes, length), state), length)
        octets = octets[lanes * length :]
    table = _bytes_table()
    for octet in octets.tolist():
        state = table[(state ^ octet) & 0xFF] ^ state >> 8
    return state ^ 0xFFFFFFFF


def crc32c_each(octets: Any, starts: Any, lengths: Any) -> Words:
    """The checksums of many short stretches of data, worked out side by side.

    Args:
        octets: all the data, uint8[n].
        starts, lengths: where each stretch begins, and its bytes, int64[k].

    >>> data = np.frombuffer(b"123456789abc", np.uint8)
    >>> [hex(c) for c in crc32c_each(data, np.array([0, 9, 0]), np.array([9, 3, 0]))]
    ['0xe3069283', '0x364b3fb7', '0x0']
    """
    table = np.array(_bytes_table(), np.uint32)
    order = np.argsort(-lengths, kind="stable")
    places = starts[order]
    states = np.full(len(order), 0xFFFFFFFF, np.uint32)
    left = np.sort(lengths)
    for k in range(int(left[-1]) if len(left) else 0):
        n = len(left) - int(np.searchsorted(left, k, "right"))  # the longest come first: so many have a byte more
        state = states[:n]
        states[:n] = table[(state ^ octets[places[:n] + k]) & 0xFF] ^ state >> 8
    found = np.empty_like(states)
    found[order] = states ^ 0xFFFFFFFF
    return found


def crc32_words(words: Sequence[Any], lengths: Any) -> Words:
    """What `zlib.crc32` gives for short texts, worked out side by side.

    Args:
        words: the first eight bytes of each text as one number, the lowest first, the next eight ...; uint64[k] each.
        lengths: the bytes of each text, int64[k].

    >>> [hex(c) for c in crc32_words([np.array([0x3837363534333231, 0x31]), np.array([0x39, 0])], np.array([9, 1]))]
    ['0xcbf43926', '0x83dcefb7']
    """
    pairs, table = _pairs_table(_OF_ZLIB), np.array(_bytes_table(_OF_ZLIB), np.uint32)
    states = np.full(len(lengths), 0xFFFFFFFF, np.uint32)
    least, most = (int(lengths.min()), int(lengths.max())) if len(lengths) else (0, 0)
    for start in range(0, most, 2):
        two = (words[start // 8].astype(np.uint64, copy=False) >> np.uint64(start % 8 * 8)).astype(np.uint32) & 0xFFFF
        further = pairs[(states ^ two) & 0xFFFF] ^ states >> 16
        if start + 2 > least:  # some texts end here, or have one byte more, or ended before
            by_one = table[(states ^ two) & 0xFF] ^ states >> 8
            left = lengths - start
            further = np.where(left >= 2, further, np.where(left == 1, by_one, states))
        states = further
    return states ^ np.uint32(0xFFFFFFFF)


def masked(checksum: Any) -> Any:
    """The checksum as it is stored: turned and moved, so that the checksum of data with checksums in it is sound.

    Args:
        checksum: a number, or an array of them as uint64.

    >>> hex(masked(0xE3069283))
    '0xc78ab0e5'
    """
    return ((checksum >> 15 | checksum << 17) + _MASK) & 0xFFFFFFFF


@functools.cache
def _bytes_table(polynomial: int = _POLYNOMIAL) -> list[int]:
    """For each byte, what eight steps of the division make of it."""
    table = []
    for octet in range(256):
        for _ in range(8):
            octet = octet >> 1 ^ (polynomial if octet & 1 else 0)
        table.append(octet)
    return table


@functools.cache
def _pairs_table(polynomial: int = _POLYNOMIAL) -> Words:
    """The same for two bytes, the first one in the low bits."""
    table = np.array(_bytes_table(polynomial), np.uint32)
    pairs = np.arange(1 << 16, dtype=np.uint32)
    first = table[pairs & 0xFF] ^ pairs >> 8
    return table[first & 0xFF] ^ first >> 8


def _lane_states(lanes: Any, state: int) -> Words:
    """The state after each row of `lanes`; the first row goes on from `state`, the others start from nothing."""
    table = _pairs_table()
    columns = np.ascontiguousarray(lanes.view("<u2").T)
    states = np.zeros(len(lanes), np.uint32)
    states[0] = state
    for column in columns:
        states = table[(states ^ column) & 0xFFFF] ^ states >> 16
    return states


def _combined(states: Words, length: int) -> int:
    """The state after all lanes, which are `length` bytes long and as many as a power of two."""
    while len(states) > 1:
        states = _shifted(states[::2], length) ^ states[1::2]
        length *= 2
    return int(states[0])


def _shifted(states: Words, length: int) -> Words:
    """The states after `length` zero bytes more."""
    return _mapped(_shift_tables(length), states)


@functools.lru_cache(256)
def _shift_tables(length: int) -> Words:
    """The linear map of `length` zero bytes, as its values for each byte of the state."""
    octets = np.arange(256, dtype=np.uint32)
    tables = np.stack([octets << 8 * k for k in range(4)])
    power = np.array(_bytes_table(), np.uint32)[tables & 0xFF] ^ tables >> 8  # that of one
    while length:
        if length & 1:
            tables = _mapped(power, tables)
        power = _mapped(power, power)
        length >>= 1
    return tables


def _mapped(tables: Words, states: Words) -> Words:
    """The map `tables` of all `states`."""
    low, high = tables[0][states & 0xFF] ^ tables[1][states >> 8 & 0xFF], states >> 16
    return low ^ tables[2][high & 0xFF] ^ tables[3][high >> 8]
