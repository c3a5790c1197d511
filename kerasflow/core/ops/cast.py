"""Conversions between element types."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.bfloat16 import from_bits, to_bits
from kerasflow.core.graph import apply, convert
from kerasflow.core.opdef import op
from kerasflow.core.tensor import IndexedSlices, Operation, Tensor
from kerasflow.core.types import DType, Spec, as_dtype

__all__ = [
    "cast", "saturate_cast", "to_bfloat16", "to_complex128", "to_complex64", "to_double", "to_float", "to_int32",
    "to_int64",
]  # fmt: skip


def _infer(x: Spec, dtype: DType) -> Spec:
    if (x.dtype is types.string) != (dtype is types.string):
        raise TypeError(f"{x.dtype.name} cannot be cast to {dtype.name}: strings and numbers are told apart")
    if x.dtype.is_quantized or dtype.is_quantized:
        shown = f"{x.dtype.name} cannot be cast to {dtype.name}"
        raise TypeError(f"{shown}: quantised integers have a range beside them, see quantize_v2 and dequantize")
    return Spec(dtype, x.shape)


def _unchanged(x: Spec, dtype: DType) -> int | None:
    return 0 if x.dtype is dtype else None


def _vjp(n: Operation, g: Tensor) -> tuple[Tensor | None]:
    source = n.inputs[0].dtype
    return (cast(g, source) if source.is_differentiable else None,)


@op("Cast", infer=_infer, lower=lambda b, x, dtype: b.cast(x, dtype), vjp=_vjp, elementwise=True, forward=_unchanged)
def _cast(x: Any, dtype: DType, out: Any = None) -> Any:
    if x.dtype == types.bfloat16.numpy:
        x = from_bits(x)
    if x.dtype.kind == "c" and dtype.kind not in "cb":
        x = x.real
    if dtype is types.bfloat16:
        x = to_bits(x)
    if out is None:
        return x.astype(dtype.numpy)
    np.copyto(out, x, casting="unsafe")
    return out


def cast(x: Any, dtype: Any, name: str | None = None) -> Any:
    """`x` with its elements converted to `dtype`.

    Floating-point numbers become integers by dropping what follows the point; what does not fit is undefined (see
    `saturate_cast`). Of complex numbers the real part is kept. Anything but zero is True.

    Args:
        x: a tensor of numbers or truth values, or an `IndexedSlices`.
        dtype: the new type. If it is the type of `x` already, `x` itself is given back.

    Raises:
        TypeError: strings to numbers or numbers to strings.

    >>> tf.Session().run(tf.cast([1.9, -1.9], tf.int32))
    array([ 1, -1], dtype=int32)
    """
    dtype = as_dtype(dtype)
    if isinstance(x, IndexedSlices):
        return IndexedSlices(cast(x.values, dtype, name), x.indices, x.dense_shape)
    x = convert(x)
    return x if x.dtype is dtype else apply("Cast", x, dtype=dtype, name=name)


def saturate_cast(value: Any, dtype: Any, name: str | None = None) -> Any:
    """`value` converted to `dtype`; what does not fit becomes the nearest value that does.

    Raises:
        TypeError: one of the types has no order.

    >>> tf.Session().run(tf.saturate_cast([300.7, -1.0, 3.7], tf.uint8))
    array([255,   0,   3], dtype=uint8)
    """
    x, dtype = convert(value), as_dtype(dtype)
    low, high = _limits(x.dtype, dtype)
    name = name or "saturate_cast"
    if x.dtype.min < low:
        x = apply("Maximum", x, low, name=f"{name}/Maximum")
    if x.dtype.max > high:
        x = apply("Minimum", x, high, name=f"{name}/Minimum")
    return cast(x, dtype, name)


def _limits(source: DType, target: DType) -> tuple[Any, Any]:
    """The smallest and largest number of type `source` that `target` can hold."""
    number = source.numpy.type
    low = number(max(int(source.min), int(target.min)))
    high = number(min(int(source.max), int(target.max)))
    # The largest int32 is no float32: rounding to the next one would not fit.
    return low, np.nextafter(high, number(0)) if int(high) > target.max else high


def to_float(x: Any, name: str | None = "ToFloat") -> Any:
    """`x` as float32.

    >>> tf.Session().run(tf.to_float([1, 2]))
    array([1., 2.], dtype=float32)
    """
    return cast(x, types.float32, name)


def to_double(x: Any, name: str | None = "ToDouble") -> Any:
    """`x` as float64.

    >>> tf.Session().run(tf.to_double([1, 2]))
    array([1., 2.])
    """
    return cast(x, types.float64, name)


def to_int32(x: Any, name: str | None = "ToInt32") -> Any:
    """`x` as int32.

    >>> tf.Session().run(tf.to_int32([1.9, -1.9]))
    array([ 1, -1], dtype=int32)
    """
    return cast(x, types.int32, name)


def to_int64(x: Any, name: str | None = "ToInt64") -> Any:
    """`x` as int64.

    >>> tf.Session().run(tf.to_int64([1.9, -1.9]))
    array([ 1, -1])
    """
    return cast(x, types.int64, name)


def to_bfloat16(x: Any, name: str | None = "ToBFloat16") -> Any:
    """`x` as bfloat16, which keeps about three digits.

    >>> tf.Session().run(tf.to_float(tf.to_bfloat16([1.0, 3.14159])))
    array([1.      , 3.140625], dtype=float32)
    """
    return cast(x, types.bfloat16, name)


def to_complex64(x: Any, name: str | None = "ToComplex64") -> Any:
    """`x` as complex64.

    >>> tf.Session().run(tf.to_complex64([1.0]))
    array([1.+0.j], dtype=complex64)
    """
    return cast(x, types.complex64, name)


def to_complex128(x: Any, name: str | None = "ToComplex128") -> Any:
    """`x` as complex128.

    >>> tf.Session().run(tf.to_complex128([1.0]))
    array([1.+0.j])
    """
    return cast(x, types.complex128, name)
