"""Sorted tables of bytes by bytes, LevelDB's file format, which TensorFlow keeps the index of a checkpoint in.

A table is a row of blocks, an index of them and a footer. In a block each entry leaves out what its key has in common
with the one before; every sixteenth key is whole, and a list at the end says where those are. After each block stand
its compression (0 for none) and the masked CRC-32C of it all. The index is a block too: the last key of each block, and
where the block lies.

Source: LevelDB, doc/table_format.md.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping

from kerasflow.io.crc32c import crc32c, masked
from kerasflow.io.wire import read_varint, varint

__all__ = ["read_table", "write_table"]

_MAGIC = 0xDB4775248B80FB57
_FOOTER = 48
_TRAILER = 5
_RESTART = 16
_BLOCK = 1 << 16  # bytes: a block is closed when it has as many
_LONGER = 64  # times: how much longer than the block all its keys may be; with whole keys as above, 16 at the most


def read_table(data: bytes) -> dict[bytes, bytes]:
    """All entries of a table, in the order of their keys.

    Raises:
        ValueError: it is no table, or not sound.

    >>> read_table(write_table({b"b": b"2", b"a": b"1"}))
    {b'a': b'1', b'b': b'2'}
    """
    if len(data) < _FOOTER or struct.unpack("<Q", data[-8:])[0] != _MAGIC:
        raise ValueError("it does not end as a table does")
    footer = data[-_FOOTER:]
    _block(data, footer, 0)  # of properties: nothing in it is needed
    at = _handle(footer, 0)[2]
    entries: dict[bytes, bytes] = {}
    before: bytes | None = None
    for _, handle in _entries(_block(data, footer, at)):
        for key, value in _entries(_block(data, handle, 0)):
            if before is not None and key <= before:
                raise ValueError("its keys are not in order")
            before = key
            entries[key] = value
    return entries


def write_table(entries: Mapping[bytes, bytes]) -> bytes:
    """The table of `entries`."""
    out = bytearray()
    index: list[tuple[bytes, bytes]] = []
    pending: list[tuple[bytes, bytes]] = []
    size = 0
    for key in sorted(entries):
        pending.append((key, entries[key]))
        size += len(key) + len(entries[key])
        if size >= _BLOCK:
            index.append((key, _append(out, _as_block(pending))))
            pending, size = [], 0
    if pending:
        index.append((pending[-1][0], _append(out, _as_block(pending))))
    footer = _append(out, _as_block([])) + _append(out, _as_block(index))
    return bytes(out) + footer.ljust(_FOOTER - 8, b"\0") + struct.pack("<Q", _MAGIC)


def _handle(data: bytes, at: int) -> tuple[int, int, int]:
    """Where a block lies, its size, and where that is said."""
    offset, at = read_varint(data, at)
    size, at = read_varint(data, at)
    return offset, size, at


def _block(data: bytes, handle: bytes, at: int) -> bytes:
    """The block that `handle` points to, checked."""
    offset, size, _ = _handle(handle, at)
    block = data[offset : offset + size + _TRAILER]
    if len(block) < size + _TRAILER or offset + size > len(data) - _FOOTER:
        raise ValueError("it points past its end")
    if struct.unpack("<I", block[-4:])[0] != masked(crc32c(block[:-4])):
        raise ValueError("the checksum of a block is wrong")
    if block[-5]:
        raise ValueError(f"its blocks are compressed (method {block[-5]}), which is not supported")
    return block[:-_TRAILER]


def _entries(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    if len(block) < 4:
        raise ValueError("a block is too short")
    end = len(block) - 4 - 4 * struct.unpack("<I", block[-4:])[0]
    if end < 0:
        raise ValueError("a block is too short")
    at, key, total = 0, b"", 0
    while at < end:
        shared, at = read_varint(block, at)
        rest, at = read_varint(block, at)
        size, at = read_varint(block, at)
        if shared > len(key) or at + rest + size > end:
            raise ValueError("an entry reaches past its block")
        total += shared + rest
        if total > _LONGER * len(block):
            raise ValueError("the keys of a block are much longer than the block")
        key = key[:shared] + block[at : at + rest]
        at += rest
        yield key, block[at : at + size]
        at += size


def _as_block(entries: list[tuple[bytes, bytes]]) -> bytes:
    out = bytearray()
    restarts = []
    before = b""
    for k, (key, value) in enumerate(entries):
        shared = 0
        if k % _RESTART == 0:
            restarts.append(len(out))
        else:
            limit = min(len(key), len(before))
            while shared < limit and key[shared] == before[shared]:
                shared += 1
        out += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        before = key
    restarts = restarts or [0]
    return bytes(out) + struct.pack(f"<{len(restarts) + 1}I", *restarts, len(restarts))


def _append(out: bytearray, block: bytes) -> bytes:
    """Write a block with its trailer; says where it lies."""
    handle = varint(len(out)) + varint(len(block))
    out += block + b"\0" + struct.pack("<I", masked(crc32c(block + b"\0")))
    return handle
