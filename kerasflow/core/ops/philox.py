"""Random numbers: a counter-based generator and TensorFlow 1's mapping from its bits to samples.

Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011, section 3.3) turns
a 64-bit key and a 128-bit counter into four 32-bit words by ten rounds of multiply and exclusive-or. No counter depends
on another, so a block of samples is a handful of array operations, and a stream is continued, skipped or restored by
setting one integer. A random operation owns one stream: the key is its `seed`, the first counter `seed2` * 2**64, and
each run takes the next stretch of counters:

    n outputs of              which counters serve them                           a run moves on by
    uniform, uniform_int      one every 4 outputs (64-bit types: 2)               256 n
    normal                    one every 4 outputs (float64: 2)                    256 n
    truncated_normal          at most 256 every 4 outputs (float64: 128 every 2)  256 n
    shuffle_permutation       one every 4 exchanges                               ceil((n - 1) / 4)

The stride depends on n alone: while n stays the same, run k (from 0) starts after `skip(k * stride)`.

TensorFlow 1.15.5 on a CPU draws, bit for bit, the same uniforms, integers and shuffles from the same seeds. Its normals
call the log, sin and cos of the C library; here they are computed in float64 and rounded once to the type, so that a
stream depends on the machine as little as NumPy allows. More than 98 % of the normals of TensorFlow on glibc 2.36 are
met exactly, the rest within 3 units in the last place.

This module knows NumPy only; the operations that own the streams are elsewhere.
"""

import operator
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Philox", "normal", "op_seeds", "shuffle_permutation", "truncated_normal", "uniform", "uniform_int"]

Array = npt.NDArray[Any]
Words = npt.NDArray[np.uint32]
Counters = npt.NDArray[np.uint64]
Convert = Callable[[Words], Array]

_MASK64 = 2**64 - 1
_MASK128 = 2**128 - 1
_LOW32 = np.uint64(0xFFFFFFFF)
_SHIFT32 = np.uint64(32)
_MULTIPLIERS = np.array([[0xD2511F53], [0xCD9E8D57]], np.uint64)
_ROUND_KEYS = np.arange(10, dtype=np.uint64)[:, None] * np.array([0x9E3779B9, 0xBB67AE85], np.uint64)
_BLOCK = 8192  # counters enciphered at a time, so that the buffers stay in the cache

_RESERVED = 256  # counters set aside for one output, whatever it uses: rejection sampling has no upper bound
_BOUND = 2.0  # truncated_normal keeps what lies strictly within this many standard deviations
_SMALLEST = 1e-7  # a uniform below this is raised to it before its logarithm is taken

_DEFAULT_GRAPH_SEED = 87654321
_LARGEST_SEED = 2**31 - 1


def op_seeds(graph_seed: int | None, op_seed: int | None, last_id: int) -> tuple[int, int] | None:
    """Return the (seed, seed2) of a random operation, or None where neither is set and nothing is repeatable.

    seed = graph_seed, else 87654321; seed2 = op_seed, else last_id; each modulo 2**31 - 1; (0, 0) gives (0, 2**31 - 1).

    Args:
        graph_seed: the graph's seed (`tf.set_random_seed`), or None.
        op_seed: the `seed=` argument of the operation, or None.
        last_id: how many operations the graph holds when the seeds are asked for. TensorFlow asks after it has added
            the constants for shape, mean, minval ...; random_shuffle alone asks before its value becomes a tensor.
    Raises: TypeError: a seed is not an integer.

    >>> op_seeds(None, 7, last_id=3), op_seeds(42, None, last_id=3), op_seeds(None, None, last_id=3)
    ((87654321, 7), (42, 3), None)
    """
    if graph_seed is None and op_seed is None:
        return None
    seed = operator.index(_DEFAULT_GRAPH_SEED if graph_seed is None else graph_seed) % _LARGEST_SEED
    seed2 = operator.index(last_id if op_seed is None else op_seed) % _LARGEST_SEED
    return (seed, seed2) if seed or seed2 else (0, _LARGEST_SEED)


class Philox:
    """A stream of random bits: the key and the counter of Philox4x32-10. It has no lock; its owner guards it.

    Args:
        seed: the key, a 64-bit integer of either sign.
        seed2: the upper half of the first counter, a 64-bit integer of either sign.

    Attributes:
        numbers: the key, the lower and the upper half of the next counter, uint64[3]. Whoever draws moves the counter
            on in place, so that streams over one array are one stream.

    >>> [hex(word) for word in Philox(0, 0).bits(4)]
    ['0x6627e8d5', '0xe169c58d', '0xbc57ac4c', '0x9b00dbd8']
    """

    __slots__ = ("numbers",)

    def __init__(self, seed: int, seed2: int) -> None:
        self.numbers: Counters = np.array([operator.index(seed) & _MASK64, 0, operator.index(seed2) & _MASK64], "u8")

    @classmethod
    def from_entropy(cls) -> "Philox":
        """Return a stream nobody can repeat, for an operation without seeds."""
        return cls(*[int.from_bytes(os.urandom(8), "little") for _ in range(2)])

    @classmethod
    def over(cls, numbers: Counters) -> "Philox":
        """Return the stream whose `numbers` these are, not a copy of them."""
        stream = cls.__new__(cls)
        stream.numbers = numbers
        return stream

    @classmethod
    def from_state(cls, state: Sequence[int]) -> "Philox":
        """Return the stream whose `state` was taken, to go on exactly there.

        Raises: ValueError: `state` is not six integers in [0, 2**32).
        """
        words = [operator.index(word) for word in state]
        if len(words) != 6 or not all(0 <= word < 2**32 for word in words):
            raise ValueError(f"expected the state of a random stream, six integers in [0, 2**32); got {state!r}")
        return cls.over(np.array([low | high << 32 for low, high in zip(words[::2], words[1::2], strict=True)], "u8"))

    @property
    def state(self) -> tuple[int, int, int, int, int, int]:
        """The two words of the key and the four of the next counter, least significant first.

        >>> stream = Philox(42, 7)
        >>> stream.skip(10)
        >>> stream.state
        (42, 0, 10, 0, 7, 0)
        """
        key, low, high = self.numbers.tolist()
        word = 0xFFFFFFFF
        return key & word, key >> 32, low & word, low >> 32, high & word, high >> 32

    def __repr__(self) -> str:
        return f"Philox.from_state({self.state})"

    def skip(self, counters: int) -> None:
        """Move on by so many counters (four words each)."""
        _, low, high = self.numbers.tolist()
        moved = (low + (high << 64) + operator.index(counters)) & _MASK128
        self.numbers[1:] = moved & _MASK64, moved >> 64

    def bits(self, n: int) -> Words:
        """Return the next n words, uint32[n]; the unused words of the last counter are dropped."""
        out = np.empty(n, np.uint32)
        groups = -(-n // 4)
        for start in range(0, groups, _BLOCK):
            part = out[4 * start : 4 * (start + _BLOCK)]
            part[:] = self.words(np.arange(start, min(start + _BLOCK, groups), dtype=np.uint64)).ravel()[: part.size]
        self.skip(groups)
        return out

    def words(self, offsets: Counters) -> Words:
        """Return the words of the counters at these offsets from the stream's own, uint32[n, 4], without moving on."""
        key, base, above = self.numbers
        low = offsets + base
        high = np.add(low < base, above, dtype=np.uint64)  # the carry into the upper half
        return _encipher(int(key), low, high)


def _encipher(key: int, low: Counters, high: Counters) -> Words:
    """Philox4x32-10 of the counters high * 2**64 + low, as rows of four words.

    A round takes the words (x0, x1, x2, x3) to (hi(m1 x2) ^ x1 ^ k0, lo(m1 x2), hi(m0 x0) ^ x3 ^ k1, lo(m0 x0)). `even`
    holds x0 and x2 as 64-bit integers, ready to be multiplied; x1 and x3 are not stored, they are read as the lower
    halves of the products of the round before.
    """
    keys = (_ROUND_KEYS + np.array([key & 0xFFFFFFFF, key >> 32], np.uint64)) & _LOW32
    even = np.stack([low & _LOW32, high & _LOW32])
    now = np.empty_like(even)
    before = np.stack([high >> _SHIFT32, low >> _SHIFT32])  # x3 and x1 stand swapped in it, as in every product
    even_words = _halves(even)[0]
    now_halves, before_halves = _halves(now[::-1]), _halves(before[::-1])
    for round_key in keys[:, :, None]:
        np.multiply(even, _MULTIPLIERS, out=now)
        np.bitwise_xor(now_halves[1], before_halves[0], out=even_words)
        np.bitwise_xor(even, round_key, out=even)
        now, before, now_halves, before_halves = before, now, before_halves, now_halves
    odd_words = before_halves[0]
    out = np.empty((low.size, 4), np.uint32)
    out[:, 0], out[:, 1], out[:, 2], out[:, 3] = even_words[0], odd_words[0], even_words[1], odd_words[1]
    return out


def _halves(numbers: Counters) -> tuple[Words, Words]:
    """Views of the lower and the upper 32 bits."""
    words = numbers.view(np.uint32).reshape(*numbers.shape, 2)
    return (words[..., 0], words[..., 1]) if sys.byteorder == "little" else (words[..., 1], words[..., 0])


def _lookup(table: dict[np.dtype[Any], Convert], dtype: npt.DTypeLike, kind: str) -> Convert:
    if np.dtype(dtype) not in table:
        raise TypeError(f"{kind} expected a dtype of {', '.join(map(str, table))}; got {np.dtype(dtype)}")
    return table[np.dtype(dtype)]


def _fill(gen: Philox, shape: Sequence[int], dtype: npt.DTypeLike, sample: Callable[[Counters], Array]) -> Array:
    """Fill an array with sample(group numbers), which gives 4 or 2 outputs a group; move on by one run's counters."""
    out = np.empty(shape, dtype)
    flat = out.reshape(-1)
    width = 2 if out.dtype.itemsize == 8 else 4
    groups = -(-out.size // width)
    for start in range(0, groups, _BLOCK):
        part = flat[width * start : width * (start + _BLOCK)]
        values = sample(np.arange(start, min(start + _BLOCK, groups), dtype=np.uint64))
        part[:] = values.reshape(-1)[: part.size]
    gen.skip(_RESERVED * out.size)
    return out


def _pairs(words: Words) -> npt.NDArray[np.uint64]:
    """Join the words of each counter two by two, the first the less significant."""
    return words[:, 0::2] | words[:, 1::2].astype(np.uint64) << _SHIFT32


def _uniform16(words: Words) -> Array:
    mantissa = (words & np.uint32(0x3FF)).astype(np.uint16)
    return (mantissa | np.uint16(0x3C00)).view(np.float16) - np.float16(1.0)


def _uniform32(words: Words) -> Array:
    one_to_two = (words & np.uint32(0x7FFFFF)) | np.uint32(0x3F800000)
    return one_to_two.view(np.float32) - np.float32(1.0)


def _uniform64(words: Words) -> Array:
    """Take 20 bits from the first word of a pair, the upper ones, and 32 from the second."""
    upper = (words[:, 0::2] & np.uint32(0xFFFFF) | np.uint32(0x3FF00000)).astype(np.uint64)
    return (upper << _SHIFT32 | words[:, 1::2]).view(np.float64) - 1.0


_UNIFORM: dict[np.dtype[Any], Convert] = {
    np.dtype(np.float16): _uniform16,
    np.dtype(np.float32): _uniform32,
    np.dtype(np.float64): _uniform64,
}


def uniform(gen: Philox, shape: Sequence[int], dtype: npt.DTypeLike) -> Array:
    """Draw from the uniform distribution on [0, 1): u = (m - 1) for m in [1, 2) with random mantissa bits.

    Args:
        gen: the stream, which moves on by 256 counters an output.
        shape: the shape of the result.
        dtype: float16, float32 or float64.
    Raises: TypeError: another dtype.

    >>> uniform(Philox(42, 7), [2], np.float32).tolist()
    [0.8627676963806152, 0.6567625999450684]
    """
    convert = _lookup(_UNIFORM, dtype, "uniform")
    return _fill(gen, shape, dtype, lambda groups: convert(gen.words(groups)))


def uniform_int(gen: Philox, shape: Sequence[int], lo: int, hi: int, dtype: npt.DTypeLike) -> Array:
    """Draw integers in [lo, hi): lo + bits mod (hi - lo), with 32 bits for int32 and 64 for int64.

    The modulo favours the smaller values by at most (hi - lo) / 2**32 (2**64) of their probability.

    Args:
        gen: the stream, which moves on by 256 counters an output.
        shape: the shape of the result.
        lo, hi: the bounds; both must be values of `dtype`.
        dtype: int32 or int64.
    Raises: TypeError: another dtype. ValueError: a bound outside of `dtype`; lo >= hi where there is anything to draw.

    >>> uniform_int(Philox(42, 7), [5], 0, 10, np.int32).tolist()
    [6, 8, 9, 3, 2]
    """
    bits_of: dict[np.dtype[Any], Convert] = {np.dtype(np.int32): lambda words: words, np.dtype(np.int64): _pairs}
    bits = _lookup(bits_of, dtype, "uniform_int")
    lo, hi, limits = operator.index(lo), operator.index(hi), np.iinfo(np.dtype(dtype))
    if not (limits.min <= lo <= limits.max and limits.min <= hi <= limits.max):
        raise ValueError(f"expected bounds in {limits.dtype}; got minval {lo}, maxval {hi}")
    if lo >= hi and 0 not in shape:
        raise ValueError(f"Need minval < maxval, got {lo} >= {hi}")
    unsigned = np.dtype(f"u{limits.dtype}").type

    def sample(groups: Counters) -> Array:
        values: Array = bits(gen.words(groups)) % unsigned(hi - lo) + unsigned(lo % 2**limits.bits)
        return values.view(limits.dtype)

    return _fill(gen, shape, dtype, sample)


def _normal32(words: Words) -> Array:
    """Box and Muller (1958), a pair of words for a pair of normals; each function is rounded to float32 by itself."""
    u = _uniform32(words)
    radius = np.log(np.maximum(u[:, 0::2], np.float32(_SMALLEST)), dtype=np.float64).astype(np.float32)
    radius = np.sqrt(radius * np.float32(-2.0))
    angle = (2.0 * np.pi * u[:, 1::2].astype(np.float64)).astype(np.float32).astype(np.float64)
    u[:, 0::2] = np.sin(angle)
    u[:, 1::2] = np.cos(angle)
    normals: Array = u.reshape(-1, 2, 2) * radius[:, :, None]
    return normals.reshape(-1, 4)


def _normal64(words: Words) -> Array:
    u = _uniform64(words)
    radius = np.sqrt(-2.0 * np.log(np.maximum(u[:, 0], _SMALLEST)))
    angle = 2.0 * np.pi * u[:, 1]
    return np.stack([np.sin(angle) * radius, np.cos(angle) * radius], axis=1)


_NORMAL: dict[np.dtype[Any], Convert] = {
    np.dtype(np.float16): _normal32,
    np.dtype(np.float32): _normal32,
    np.dtype(np.float64): _normal64,
}


def normal(gen: Philox, shape: Sequence[int], dtype: npt.DTypeLike) -> Array:
    """Draw from the standard normal distribution: sqrt(-2 ln u) sin(2 pi v) and sqrt(-2 ln u) cos(2 pi v).

    float16 is drawn as float32 and rounded.

    Args:
        gen: the stream, which moves on by 256 counters an output.
        shape: the shape of the result.
        dtype: float16, float32 or float64.
    Raises: TypeError: another dtype.

    Source: G. E. P. Box and M. E. Muller, "A note on the generation of random normal deviates", 1958.

    >>> normal(Philox(42, 7), [2], np.float64).round(6).tolist()
    [-0.207643, 0.403547]
    """
    convert = _lookup(_NORMAL, dtype, "normal")
    return _fill(gen, shape, dtype, lambda groups: convert(gen.words(groups)))


def truncated_normal(gen: Philox, shape: Sequence[int], dtype: npt.DTypeLike) -> Array:
    """Draw from the standard normal distribution cut off to (-2, 2): normals that lie outside are passed over.

    Each group of 4 outputs (float64: 2) walks through counters of its own until it has found enough.

    Args:
        gen: the stream, which moves on by 256 counters an output.
        shape: the shape of the result.
        dtype: float16, float32 or float64.
    Raises: TypeError: another dtype.

    >>> float(np.abs(truncated_normal(Philox(42, 7), [1000], np.float32)).max()) < 2.0
    True
    """
    convert = _lookup(_NORMAL, dtype, "truncated_normal")
    working, width = (np.float64, 2) if convert is _normal64 else (np.float32, 4)
    stride = np.uint64(_RESERVED * width // 4)

    def sample(groups: Counters) -> Array:
        found = np.empty((groups.size, width), working)
        drawn = np.empty((groups.size, 0), working)
        waiting, counters = np.arange(groups.size), groups * stride
        while waiting.size:
            drawn = np.concatenate([drawn, convert(gen.words(counters))], axis=1)
            kept = np.abs(drawn) < _BOUND
            done = np.count_nonzero(kept, axis=1) >= width
            kept &= np.cumsum(kept, axis=1) <= width
            found[waiting[done]] = drawn[kept & done[:, None]].reshape(-1, width)
            waiting, counters, drawn = waiting[~done], counters[~done] + np.uint64(1), drawn[~done]
        return found

    return _fill(gen, shape, dtype, sample)


def shuffle_permutation(gen: Philox, n: int) -> npt.NDArray[np.int64]:
    """Draw an order of n things: `x[shuffle_permutation(gen, len(x))]` is x shuffled along its first axis.

    For i = 0 ... n - 2 the thing at i changes places with the one at i + (next word) mod (n - i) (Fisher and Yates).

    Args:
        gen: the stream, which moves on by ceil((n - 1) / 4) counters.
        n: the number of things, at least 0.

    >>> shuffle_permutation(Philox(42, 7), 5).tolist()
    [1, 0, 2, 4, 3]
    """
    if n < 2:
        return np.arange(n, dtype=np.int64)
    steps = np.arange(n - 1, dtype=np.int64)
    partners = (steps + gen.bits(n - 1) % (n - steps)).tolist()
    order = list(range(n))
    for i, j in enumerate(partners):
        order[i], order[j] = order[j], order[i]
    return np.array(order, np.int64)
