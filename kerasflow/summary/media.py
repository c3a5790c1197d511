"""Pictures as PNG and sounds as WAV, in the bytes that a browser shows and plays."""

from __future__ import annotations

import io
import struct
import wave
import zlib
from typing import Any

import numpy as np

__all__ = ["as_pixels", "to_png", "to_wav"]

_COLOR_TYPES = {1: 0, 3: 2, 4: 6}  # by channels: grey, RGB, RGB with opacity
_BAD = np.array([255, 0, 0, 255], np.uint8)  # the colour of what is no number: red
_TINY = 1e-6  # a picture whose numbers are all smaller is black


def as_pixels(image: np.ndarray) -> np.ndarray:
    """Numbers of any range as bytes.

    Numbers from 0 on are scaled so that the largest is 255; with negative ones among them, 0 becomes 128 and the
    largest by magnitude is 127 away from it. A pixel that is not finite is red.

    Args:
        image: of shape (height, width, channels); bytes are left as they are.

    >>> as_pixels(np.array([[[0.0], [1.0], [4.0]]], np.float32)).ravel(), as_pixels(np.array([[[-1.0], [0.5]]])).ravel()
    (array([  0,  63, 255], dtype=uint8), array([  1, 191], dtype=uint8))
    """
    if image.dtype == np.uint8:
        return image
    kind = image.dtype.type
    sound = np.isfinite(image).all(axis=-1)
    good = image[sound]
    low, high = (good.min(), good.max()) if good.size else (kind(0), kind(0))
    largest, room, zero = (max(abs(low), abs(high)), kind(127), kind(128)) if low < 0 else (high, kind(255), kind(0))
    scale = room / largest if largest >= _TINY else kind(0)
    pixels = np.empty(image.shape, np.uint8)
    pixels[sound] = (good * scale + zero).astype(np.uint8)
    pixels[~sound] = _BAD[: image.shape[-1]]
    return pixels


def to_png(pixels: np.ndarray) -> bytes:
    """A picture as PNG.

    Args:
        pixels: bytes of shape (height, width, channels), with 1 (grey), 3 (RGB) or 4 channels (RGB and opacity).

    Source: Portable Network Graphics Specification, ISO/IEC 15948.

    >>> to_png(np.zeros((2, 3, 1), np.uint8))[1:4]
    b'PNG'
    """
    height, width, channels = pixels.shape
    above = np.zeros_like(pixels)
    above[1:] = pixels[:-1]
    rows = np.empty((height, 1 + width * channels), np.uint8)
    rows[:, 0] = 2  # the kind of filter: what a row adds to the one above
    rows[:, 1:] = (pixels - above).reshape(height, -1)
    head = struct.pack(">IIBBBBB", width, height, 8, _COLOR_TYPES[channels], 0, 0, 0)
    chunks = [_chunk(b"IHDR", head), _chunk(b"IDAT", zlib.compress(rows.tobytes())), _chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def to_wav(samples: Any, rate: float) -> bytes:
    """A sound as WAV with 16 bits a sample.

    Args:
        samples: of shape (frames, channels), from -1 to 1; louder ones are cut.
        rate: how many frames there are in a second.
    """
    loud = np.asarray(samples, np.float64) * (1 << 15)
    rounded = np.copysign(np.floor(np.abs(loud) + 0.5), loud)
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setnchannels(loud.shape[1])
        file.setsampwidth(2)
        file.setframerate(round(rate))
        file.writeframes(np.clip(rounded, -(1 << 15), (1 << 15) - 1).astype("<i2").tobytes())
    return stream.getvalue()
