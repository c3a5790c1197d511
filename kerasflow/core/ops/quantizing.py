"""Quantised integers: numbers of a range, coded by 8, 16 or 32 bits, and the range beside them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.errors import InvalidArgumentError
from kerasflow.core.graph import apply, convert
from kerasflow.core.opdef import op
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import DType, Spec, as_dtype

__all__ = ["dequantize", "quantize", "quantize_v2"]

_MODES = ("MIN_COMBINED", "MIN_FIRST", "SCALED")
_ROUNDINGS = ("HALF_AWAY_FROM_ZERO", "HALF_TO_EVEN")
_LEAST = 0.01  # a range is made at least this wide, relative to its larger end or to 1
_ONE = np.float32(1.0)


class Quantized(NamedTuple):
    """What `quantize_v2` gives: the integers and the ends of the range they stand for."""

    output: Any
    output_min: Any
    output_max: Any


def _limits(dtype: DType) -> tuple[int, int]:
    info = np.iinfo(dtype.numpy)
    return int(info.min), int(info.max)


def _half_away(x: Any) -> Any:
    return np.trunc(x + np.copysign(0.5, x))


def _check_ends(low: Spec, high: Spec) -> None:
    for end in (low, high):
        if end.dtype is not types.float32:
            raise TypeError(f"the ends of the range must be float32, got {end.dtype.name}")
        if not shapes.compatible(end.shape, ()):
            raise ValueError(f"the ends of the range must be scalars, got shape {shapes.show(end.shape)}")


def _infer_quantize(x: Spec, low: Spec, high: Spec, dtype: DType, mode: str, rounding: str) -> tuple[Spec, ...]:
    if x.dtype is not types.float32:
        raise TypeError(f"what is quantised must be float32, got {x.dtype.name}")
    _check_ends(low, high)
    return Spec(dtype, x.shape), Spec(types.float32, ()), Spec(types.float32, ())


@op("QuantizeV2", infer=_infer_quantize, vjp=None)
def _quantize(x: Any, low: Any, high: Any, dtype: DType, mode: str, rounding: str) -> tuple[Any, Any, Any]:
    low, high = np.float32(low), np.float32(high)
    if low > high:
        raise InvalidArgumentError(None, None, f"the range must go up, got [{low}, {high}]")
    widest = max(_ONE, abs(low), abs(high)) * np.float32(_LEAST)
    low = min(np.float32(0.0), low)
    high = max(high, low + widest, np.float32(0.0))
    first, last = _limits(dtype)
    if mode == "SCALED":
        scale = _scale(low, high, first, last)
        low, high = np.float32(first / scale), np.float32(last / scale)
        scaled = np.clip(x, low, high) * scale
        codes = np.rint(scaled) if rounding == "HALF_TO_EVEN" else _half_away(scaled)
    elif mode == "MIN_FIRST":
        steps = last - first + 1
        scale = steps / (float(high - low) * steps / (steps - 1))
        codes = _half_away(x.astype(np.float64) * scale) - _half_away(float(low) * scale) + first
    else:
        scale = np.float32(last - first) / (high - low)
        codes = (np.clip(x, low, high) - low) * scale
        codes = _half_away(codes - np.float32((last - first + 1) // 2)) if first else np.floor(codes + np.float32(0.5))
    return np.clip(codes.astype(np.float64), first, last).astype(dtype.numpy), low, high


def _scale(low: Any, high: Any, first: int, last: int) -> Any:
    """Codes per unit, so that zero is coded by zero and both ends fit."""
    sides = [np.float32(code) / end for code, end in ((first, low), (last, high)) if code * end > 0]
    return min(sides, default=_ONE)


def quantize_v2(
    input: Any,
    min_range: Any,
    max_range: Any,
    T: Any,
    mode: str = "MIN_COMBINED",
    name: str | None = None,
    round_mode: str = "HALF_AWAY_FROM_ZERO",
) -> Quantized:
    """Numbers as small integers of type `T`, and the range that these stand for.

    "MIN_COMBINED" spreads the codes evenly from `min_range` to `max_range`; "MIN_FIRST" does so, and moves them such
    that zero has a code of its own; "SCALED" codes zero by zero.

    Args:
        input: float32 numbers.
        min_range, max_range: the range, which is widened to hold zero; numbers beyond it are coded by its ends.
        T: qint8, quint8, qint16, quint16 or qint32.
        mode: one of those above.
        round_mode: "HALF_AWAY_FROM_ZERO", or for "SCALED" also "HALF_TO_EVEN".

    Raises:
        TypeError: `T` is no quantised type. ValueError: no such mode.
        InvalidArgumentError: in a run, the range goes down.

    >>> coded = tf.quantize_v2([1.0, -2.5, 3.3], -4.0, 4.0, tf.qint8)
    >>> tf.Session().run(coded.output)
    array([ 31, -80, 105], dtype=int8)
    """
    dtype = as_dtype(T)
    if not dtype.is_quantized:
        raise TypeError(f"quantize_v2: T must be one of the quantised types, got {dtype.name}.")
    if mode not in _MODES or round_mode not in _ROUNDINGS or round_mode != _ROUNDINGS[0] and mode != "SCALED":
        raise ValueError(f"quantize_v2: there is no mode {mode!r} with round_mode {round_mode!r}.")
    ends = [convert(t, None if hasattr(t, "dtype") else types.float32) for t in (input, min_range, max_range)]
    return Quantized(*apply("QuantizeV2", *ends, dtype=dtype, mode=mode, rounding=round_mode, name=name))


def quantize(
    input: Any,
    min_range: Any,
    max_range: Any,
    T: Any,
    mode: str = "MIN_COMBINED",
    round_mode: str = "HALF_AWAY_FROM_ZERO",
    name: str | None = None,
) -> Quantized:
    """`quantize_v2`, with its last two arguments the other way round.

    >>> tf.Session().run(tf.quantization.quantize([1.0], -4.0, 4.0, tf.quint8).output)
    array([159], dtype=uint8)
    """
    return quantize_v2(input, min_range, max_range, T, mode, name, round_mode)


def _infer_dequantize(x: Spec, low: Spec, high: Spec, dtype: DType, mode: str) -> Spec:
    if not x.dtype.is_quantized:
        raise TypeError(f"{x.dtype.name} is not one of the quantised types")
    _check_ends(low, high)
    return Spec(types.float32, x.shape)


@op("Dequantize", infer=_infer_dequantize, vjp=None)
def _dequantize(x: Any, low: Any, high: Any, dtype: DType, mode: str) -> Any:
    low, high, codes = np.float32(low), np.float32(high), np.asarray(x, np.float32)
    first, last = _limits(dtype)
    if mode == "SCALED":
        scale = max(low / np.float32(first), high / np.float32(last)) if first else high / np.float32(last)
        return codes * scale
    if mode == "MIN_FIRST":
        steps = float(last - first + 1)
        step = np.float32((float(high - low) * steps / (steps - 1)) / steps)
        return (np.asarray(x, np.float64) - first).astype(np.float32) * step + _half_away(low / step) * step
    scale = (high - low) / np.float32(last - first)
    return (codes + np.float32((last - first + 1) // 2 if first else 0)) * scale + low


def dequantize(
    input: Any, min_range: Any, max_range: Any, mode: str = "MIN_COMBINED", name: str | None = None
) -> Tensor:
    """The float32 numbers that quantised integers stand for.

    Args:
        input: a tensor of a quantised type.
        min_range, max_range: the range they stand for, as `quantize_v2` gave it.
        mode: the mode they were quantised in.

    Raises:
        TypeError: `input` is not quantised. ValueError: no such mode.

    >>> coded = tf.quantize_v2([1.0, -2.5], -4.0, 4.0, tf.qint8)
    >>> tf.Session().run(tf.dequantize(*coded))
    array([ 0.9882355, -2.4941175], dtype=float32)
    """
    if mode not in _MODES:
        raise ValueError(f"dequantize: mode must be one of {', '.join(_MODES)}, got {mode!r}.")
    x = convert(input)
    ends = [convert(t, None if hasattr(t, "dtype") else types.float32) for t in (min_range, max_range)]
    return apply("Dequantize", x, *ends, dtype=x.dtype, mode=mode, name=name)
