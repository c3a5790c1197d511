"""The checksum, against one worked out bit by bit and against published values."""

import zlib

import numpy as np
import pytest

from kerasflow.io.crc32c import crc32_words, crc32c, masked


def bit_by_bit(data, state=0):
    state ^= 0xFFFFFFFF
    for octet in data:
        state ^= octet
        for _ in range(8):
            state = state >> 1 ^ (0x82F63B78 if state & 1 else 0)
    return state ^ 0xFFFFFFFF


@pytest.mark.parametrize(
    ("data", "checksum"),
    [
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(range(31, -1, -1)), 0x113FDB5C),
    ],
)
def test_the_test_vectors_of_rfc_3720(data, checksum):
    assert crc32c(data) == checksum


@pytest.mark.parametrize("size", [0, 1, 2, 3, 511, 512, 513, 1023, 1025, 8191, 8192, 8195, 20001])
def test_any_size(size):
    data = np.random.default_rng(size).integers(0, 256, size, np.uint8).tobytes()
    assert crc32c(data) == bit_by_bit(data)
    assert crc32c(data[size // 3 :], crc32c(data[: size // 3])) == bit_by_bit(data)


def test_more_than_the_lanes_take_at_once():
    """Appending what makes the state zero is checked: the remainder of data with its own checksum is a constant."""
    data = np.random.default_rng(0).integers(0, 256, (1 << 20) + 77, np.uint8)
    state = crc32c(data)
    assert crc32c(np.concatenate([data, np.array([state], "<u4").view(np.uint8)])) == 0x48674BC7
    halves = crc32c(data[777:], crc32c(data[:777]))
    assert halves == state


def test_arrays_are_taken_as_their_bytes():
    array = np.arange(1000.0).reshape(10, 100)
    assert crc32c(array) == crc32c(array.tobytes())


def test_the_mask():
    assert masked(0) == 0xA282EAD8
    assert masked(0xFFFFFFFF) == 0xA282EAD7
    assert masked(0x8000) == 0xA282EAD9


@pytest.mark.parametrize("most", [0, 1, 2, 3, 8, 9, 31, 32])
def test_words_of_any_length_have_the_checksums_of_zlib(most):
    rng = np.random.default_rng(most)
    texts = [rng.integers(1, 256, size, np.uint8).tobytes() for size in rng.integers(most // 2, most + 1, 100)]
    width = max(1, -(-most // 8)) * 8
    words = np.frombuffer(b"".join(text.ljust(width, b"\0") for text in texts), "<u8").reshape(100, -1).T
    found = crc32_words(list(words), np.array([len(text) for text in texts]))
    assert found.dtype == np.uint32 and found.tolist() == [zlib.crc32(text) for text in texts]
