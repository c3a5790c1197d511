"""Hashes of byte strings that are the same in every process and in every version: what TensorFlow spreads words over
buckets with.

* `farm`: FarmHash's Fingerprint64, by Geoff Pike, Google 2014.
* `sip`: SipHash-2-4 with a key (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012), for strings that
  somebody may have chosen to collide.
* `cat`: a hash made of two, as FarmHash's users join them.
* `murmur`: MurmurHash64A, by Austin Appleby, with TensorFlow's seed; only for what was hashed with it before.

Numbers are Python ints below 2**64; `_M` cuts them off there.
"""

from __future__ import annotations

import functools
import struct
from typing import Any

import numpy as np

__all__ = ["cat", "farm", "farms", "first_cat", "murmur", "sip"]

_M = (1 << 64) - 1
_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F


def _word(s: bytes, at: int) -> int:
    word: int = struct.unpack_from("<Q", s, at)[0]
    return word


def _rotate(x: int, by: int) -> int:
    """The 64 bits of `x` turned to the right."""
    x &= _M
    return (x >> by | x << 64 - by) & _M


def _fold(x: int) -> int:
    x &= _M
    return x ^ x >> 47


# FarmHash.


def _mix(u: int, v: int, factor: int) -> int:
    """Two words made one."""
    a = _fold((u ^ v) * factor)
    return _fold((v ^ a) * factor) * factor & _M


def _up_to_16(s: bytes) -> int:
    n = len(s)
    factor = _K2 + 2 * n & _M
    if n >= 8:
        a, b = _word(s, 0) + _K2 & _M, _word(s, n - 8)
        return _mix(_rotate(b, 37) * factor + a & _M, (_rotate(a, 25) + b) * factor & _M, factor)
    if n >= 4:
        first, last = struct.unpack_from("<I", s)[0], struct.unpack_from("<I", s, n - 4)[0]
        return _mix(n + (first << 3), last, factor)
    if n:
        y, z = s[0] + (s[n >> 1] << 8), n + (s[n - 1] << 2)
        return _fold(y * _K2 & _M ^ z * _K0 & _M) * _K2 & _M
    return _K2


def _ends(s: bytes) -> tuple[int, int, int, int]:
    """What lengths from 17 to 64 begin with: the first words, and both halves of the mix of the outer ones."""
    n = len(s)
    factor = _K2 + 2 * n
    a, b = _word(s, 0), _word(s, 8)
    c, d = _word(s, n - 8) * factor, _word(s, n - 16) * _K2
    a = a * (_K1 if n <= 32 else _K2)
    return a & _M, _rotate(a + b, 43) + _rotate(c, 30) + d & _M, a + _rotate(b + _K2, 18) + c & _M, factor & _M


@functools.lru_cache(1 << 16)  # the words of a feature come again and again
def _up_to_64(s: bytes) -> int:
    if len(s) <= 16:
        return _up_to_16(s)
    a, y, inner, factor = _ends(s)
    z = _mix(y, inner, factor)
    if len(s) <= 32:
        return z
    n = len(s)
    e, f = _word(s, 16) * factor, _word(s, 24)
    g, h = (y + _word(s, n - 32)) * factor, (z + _word(s, n - 24)) * factor
    return _mix(_rotate(e + f, 43) + _rotate(g, 30) + h & _M, e + _rotate(f + a, 18) + g & _M, factor)


def _block(s: bytes, at: int, a: int, b: int) -> tuple[int, int]:
    """Four words taken into the pair (a, b)."""
    w, x, y, z = struct.unpack_from("<4Q", s, at)
    a += w
    b = _rotate(b + a + z, 21)
    c = a
    a += x + y
    return a + z & _M, b + _rotate(a, 44) + c & _M


def _round(
    s: bytes, at: int, state: tuple[int, int, int, int, int, int, int], factor: int, weight: int
) -> tuple[int, int, int, int, int, int, int]:
    x, y, z, v0, v1, w0, w1 = state
    x = _rotate(x + y + v0 + _word(s, at + 8), 37) * factor & _M
    y = _rotate(y + v1 + _word(s, at + 48), 42) * factor & _M
    x ^= w1 * weight & _M
    y += v0 * weight + _word(s, at + 40)
    z = _rotate(z + w0, 33) * factor & _M
    v0, v1 = _block(s, at, v1 * factor, x + w0)
    w0, w1 = _block(s, at + 32, z + w1, y + _word(s, at + 16))
    return z, y & _M, x, v0, v1, w0, w1


def farm(s: bytes) -> int:
    """The fingerprint of `s`, 64 bits.

    >>> from kerasflow.core.fingerprint import farm
    >>> farm(b"hello") % 1000, farm(b"")
    (296, 11160318154034397263)
    """
    if len(s) <= 64:
        return _up_to_64(s)
    n = len(s)
    y = (81 * _K1 + 113) & _M
    state = (81 * _K2 + _word(s, 0) & _M, y, _fold(y * _K2 + 113) * _K2 & _M, 0, 0, 0, 0)
    end = (n - 1) // 64 * 64
    for at in range(0, end, 64):
        state = _round(s, at, state, _K1, 1)
    x, y, z, v0, v1, w0, w1 = state
    factor = _K1 + ((z & 0xFF) << 1)
    w0 += n - 1 & 63
    v0 += w0
    w0 += v0
    x, y, z, v0, v1, w0, w1 = _round(s, n - 64, (x, y, z, v0, v1, w0, w1), factor, 9)
    first = _mix(v0, w0, factor) + _fold(y) * _K0 + z
    return _mix(first & _M, _mix(v1, w1, factor) + x & _M, factor)


def farms(strings: list[bytes]) -> Any:
    """The fingerprints of several strings, an array of uint64.

    >>> from kerasflow.core.fingerprint import farms
    >>> farms([b"hello"]) % 1000
    array([296], dtype=uint64)
    """
    return np.array([_up_to_64(s) if len(s) <= 64 else farm(s) for s in strings], np.uint64)


def cat(first: Any, second: Any) -> Any:
    """One hash of two, each an array of uint64.

    >>> import numpy as np
    >>> from kerasflow.core.fingerprint import cat
    >>> int(cat(np.array([1], np.uint64), np.array([2], np.uint64))[0]) % 1000
    252
    """
    made = first ^ _FACTOR
    made = (made ^ _folded(second * _FACTOR) * _FACTOR) * _FACTOR
    return _folded(_folded(made) * _FACTOR)


def first_cat(first: Any, second: Any) -> Any:
    """One hash of two, as `cat`, in the way TensorFlow joined them first.

    >>> import numpy as np
    >>> from kerasflow.core.fingerprint import first_cat
    >>> int(first_cat(np.array([1], np.uint64), np.array([2], np.uint64))[0]) % 1000
    467
    """
    quarter = (first.view(np.int64) >> 4).view(np.uint64)
    return first ^ second + np.uint64(0x9E3779B97F4A7800) + (first << np.uint64(10)) + quarter


_FACTOR = np.uint64(0xC6A4A7935BD1E995)


def _folded(x: Any) -> Any:
    return x ^ x >> np.uint64(47)


# SipHash.


def _sip_round(a: int, b: int, c: int, d: int) -> tuple[int, int, int, int]:
    a, c = a + b & _M, c + d & _M
    b, d = _rotate(b, 51) ^ a, _rotate(d, 48) ^ c
    a, c = _rotate(a, 32) + d & _M, c + b & _M
    b, d = _rotate(b, 47) ^ c, _rotate(d, 43) ^ a
    return a, b, _rotate(c, 32), d


def sip(s: bytes, key: tuple[int, int]) -> int:
    """The hash of `s` under a key of two 64-bit numbers.

    >>> from kerasflow.core.fingerprint import sip
    >>> hex(sip(bytes(range(15)), (0x0706050403020100, 0x0F0E0D0C0B0A0908)))  # the paper's example
    '0xa129ca6149be45e5'
    """
    low, high = key[0] & _M, key[1] & _M
    state = (low ^ 0x736F6D6570736575, high ^ 0x646F72616E646F6D, low ^ 0x6C7967656E657261, high ^ 0x7465646279746573)
    padded = s + bytes(7 - len(s) % 8) + bytes([len(s) & 0xFF])
    for (word,) in struct.iter_unpack("<Q", padded):
        a, b, c, d = state
        a, b, c, d = _sip_round(*_sip_round(a, b, c, d ^ word))
        state = a ^ word, b, c, d
    a, b, c, d = state
    c ^= 0xFF
    for _ in range(4):
        a, b, c, d = _sip_round(a, b, c, d)
    return a ^ b ^ c ^ d


# MurmurHash.


def murmur(s: bytes, seed: int = 0xDECAFCAFFE) -> int:
    """The hash of `s`, 64 bits.

    >>> from kerasflow.core.fingerprint import murmur
    >>> murmur(b"hello") % 1000
    938
    """
    m = 0xC6A4A7935BD1E995
    h = seed ^ len(s) * m & _M
    whole = len(s) // 8 * 8
    for (k,) in struct.iter_unpack("<Q", s[:whole]):
        k = _fold(k * m) * m & _M
        h = (h ^ k) * m & _M
    if len(s) > whole:
        h = (h ^ int.from_bytes(s[whole:], "little")) * m & _M
    return _fold(_fold(h) * m)
