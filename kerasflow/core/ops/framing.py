"""Signals in overlapping frames: `frame`, windows, and the short-time Fourier transform."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.graph import convert
from kerasflow.core.ops.arguments import in_rank, static_int
from kerasflow.core.ops.constant import constant
from kerasflow.core.ops.extending import pad
from kerasflow.core.ops.fourier import rfft
from kerasflow.core.ops.gathering import gather
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import as_dtype

__all__ = ["frame", "hamming_window", "hann_window", "stft"]

Window = Callable[..., Tensor]


def frame(
    signal: Any,
    frame_length: Any,
    frame_step: Any,
    pad_end: bool = False,
    pad_value: Any = 0,
    axis: int = -1,
    name: str | None = None,
) -> Tensor:
    """A signal in frames: ``y[..., k, i] = x[..., k step + i]``, along an axis whose size is known.

    Args:
        signal: a tensor.
        frame_length, frame_step: the size of a frame, and the way between two of them.
        pad_end: whether there are frames as long as one begins inside, filled with `pad_value`.
        axis: the axis of time, which becomes two.

    Raises:
        ValueError: a number is not positive, or the size of the axis is not known.

    >>> tf.Session().run(tf.signal.frame(tf.range(7), 3, 2))
    array([[0, 1, 2],
           [2, 3, 4],
           [4, 5, 6]], dtype=int32)
    """
    length, step = static_int(frame_length, "frame_length"), static_int(frame_step, "frame_step")
    if length < 1 or step < 1:
        raise ValueError(f"frame_length and frame_step must be positive, got {length} and {step}.")
    with name_scope(name, "frame", [signal]):
        x = convert(signal)
        if x.dims is None:
            raise ValueError(f"frame needs a signal of known rank, got {x}.")
        k = in_rank(axis, len(x.dims))
        size = x.dims[k]
        if size is None:
            raise ValueError(f"frame needs a signal whose size along axis {axis} is known, got {x}.")
        count = -(-size // step) if pad_end else max(0, 1 + (size - length) // step)
        more = max(0, (count - 1) * step + length - size) if pad_end else 0
        if more:
            paddings = [(0, more) if i == k else (0, 0) for i in range(len(x.dims))]
            x = pad(x, paddings, constant_values=pad_value)
        places = step * np.arange(count)[:, None] + np.arange(length)
        return gather(x, places.astype(np.int32), axis=k)


def _window(length: Any, periodic: bool, dtype: Any, a: float, name: str | None, default: str) -> Tensor:
    """``a - (1 - a) cos(2 pi i / n)``."""
    size, kind = static_int(length, "window_length"), as_dtype(dtype)
    if not kind.is_floating:
        raise ValueError(f"dtype must be a floating-point type. Found {kind.name}")
    with name_scope(name, default):
        if size == 1:
            return constant(np.ones(1, kind.numpy))
        n = size + (periodic and size % 2 == 0) - 1
        return constant((a - (1.0 - a) * np.cos(2.0 * math.pi / n * np.arange(size))).astype(kind.numpy))


def hann_window(
    window_length: Any, periodic: bool = True, dtype: Any = types.float32, name: str | None = None
) -> Tensor:
    """Hann's window, ``(1 - cos(2 pi i / n)) / 2``.

    Args:
        window_length: how many numbers, known while the graph is built.
        periodic: whether n is their number, if that is even; else it is one less.
        dtype: a floating-point type.

    >>> tf.Session().run(tf.signal.hann_window(4))
    array([0. , 0.5, 1. , 0.5], dtype=float32)
    """
    return _window(window_length, periodic, dtype, 0.5, name, "hann_window")


def hamming_window(
    window_length: Any, periodic: bool = True, dtype: Any = types.float32, name: str | None = None
) -> Tensor:
    """Hamming's window, ``0.54 - 0.46 cos(2 pi i / n)``; see `hann_window` for the arguments.

    >>> tf.Session().run(tf.signal.hamming_window(4)).round(3)
    array([0.08, 0.54, 1.  , 0.54], dtype=float32)
    """
    return _window(window_length, periodic, dtype, 0.54, name, "hamming_window")


def stft(
    signals: Any,
    frame_length: Any,
    frame_step: Any,
    fft_length: Any = None,
    window_fn: Window | None = hann_window,
    pad_end: bool = False,
    name: str | None = None,
) -> Tensor:
    """The short-time Fourier transform: `rfft` of each frame, times a window.

    Args:
        signals: real signals along the last axis, of known size.
        frame_length, frame_step, pad_end: see `frame`.
        fft_length: how many numbers are transformed; by default the least power of 2 that is enough for a frame.
        window_fn: from a length and a type, ``dtype=``, to the window; None for no window.

    >>> tf.Session().run(tf.signal.stft(tf.range(8.0), 4, 4)).round(3)
    array([[ 4.+0.j, -2.+1.j,  0.+0.j],
           [12.+0.j, -6.+1.j,  0.+0.j]], dtype=complex64)
    """
    with name_scope(name, "stft", [signals]):
        x = convert(signals)
        length = static_int(frame_length, "frame_length")
        size = 1 << max(0, length - 1).bit_length() if fft_length is None else static_int(fft_length, "fft_length")
        frames = frame(x, length, frame_step, pad_end)
        if window_fn is not None:
            frames = frames * window_fn(length, dtype=frames.dtype)
        return rfft(frames, [size])
