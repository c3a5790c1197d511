"""Numbers as strings and strings as numbers: `as_string`, `string_to_number`; bytes unpacked: base 64, zlib, raw."""

from __future__ import annotations

import base64
import binascii
import gzip
import re
import zlib
from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.errors import DataLossError, InvalidArgumentError
from kerasflow.core.graph import apply, convert
from kerasflow.core.opdef import blocked, of_kind, op
from kerasflow.core.ops.strings import STRING, mapped, of_strings
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import DType, Spec, as_dtype

__all__ = ["as_string", "decode_base64", "decode_compressed", "decode_raw", "encode_base64", "string_to_number"]


# Numbers to strings.


def _infer_as_string(x: Spec, form: str) -> Spec:
    of_kind("biufc", x)
    return Spec(types.string, x.shape)


@op("AsString", infer=_infer_as_string, vjp=None)
def _as_string(x: Any, form: str) -> Any:
    def written(v: Any) -> bytes:
        if isinstance(v, bool):
            return b"true" if v else b"false"
        if isinstance(v, complex):
            return f"({form % v.real},{form % v.imag})".encode()
        return (form % v).encode()

    x = np.asarray(x)
    out = np.empty(x.shape, object)
    out.reshape(-1)[:] = [written(v) for v in x.reshape(-1).tolist()]
    return out


def as_string(
    input: Any,
    precision: int = -1,
    scientific: bool = False,
    shortest: bool = False,
    width: int = -1,
    fill: str = "",
    name: str | None = None,
) -> Tensor:
    """Each number written as a string.

    Args:
        input: a tensor of numbers or truth values.
        precision: how many digits follow the point, by default six; of floating-point numbers only.
        scientific: whether to write ``1.5e+00``.
        shortest: whether to write numbers as short as may be, with up to six digits.
        width: the least number of characters.
        fill: what fills them: "" or " " spaces in front, "0" zeros, "-" spaces behind, "+" spaces and always a sign.

    Raises:
        InvalidArgumentError: the arguments contradict each other, or there is no such `fill`.

    >>> tf.Session().run([tf.as_string([1, -20]), tf.as_string([3.14159], precision=2), tf.as_string(True)])
    [array([b'1', b'-20'], dtype=object), array([b'3.14'], dtype=object), b'true']
    """
    if scientific and shortest:
        raise InvalidArgumentError(None, None, "as_string: a number cannot be written both scientific and shortest")
    if fill not in ("", " ", "0", "-", "+"):
        raise InvalidArgumentError(None, None, f"as_string: fill must be '', ' ', '0', '-' or '+', got {fill!r}")
    size = f"{fill}{width if width >= 0 else ''}"
    point = f".{precision}" if precision >= 0 else ""
    letter = "e" if scientific else "g" if shortest else "f"
    numbers = convert(input)
    if numbers.dtype.kind in "iub":
        if point or letter != "f":
            shown = numbers.dtype.name
            raise InvalidArgumentError(None, None, f"as_string: {shown} has no digits behind the point to choose")
        letter = "d"
    return apply("AsString", numbers, form=f"%{size}{point}{letter}", name=name)


# Strings to numbers.

_DECIMAL = re.compile(rb"-?\d+")
_REAL = re.compile(rb"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|nan)", re.IGNORECASE)
_HEX = re.compile(rb"[+-]?0x[0-9a-f]+\.?[0-9a-f]*(?:p[+-]?\d+)?", re.IGNORECASE)


def parse_number(s: bytes, dtype: DType) -> Any:
    """The number that `s` writes, of that type; None if it writes none, or one that does not fit."""
    s = s.strip(b" \t\n\v\f\r")
    if dtype.is_integer:
        number = int(s) if _DECIMAL.fullmatch(s) else None
        return number if number is not None and dtype.min <= number <= dtype.max else None
    if _REAL.fullmatch(s):
        return float(s)
    return float.fromhex(s.decode()) if _HEX.fullmatch(s) else None


@op("StringToNumber", infer=of_strings(None), vjp=None)
def _to_number(x: Any, dtype: DType) -> Any:
    def number(s: bytes) -> Any:
        value = parse_number(s, dtype)
        if value is None:
            raise InvalidArgumentError(None, None, f"{s!r} is not a number of type {dtype.name}")
        return value

    return mapped(number, x, dtype.numpy)


def string_to_number(
    string_tensor: Any = None, out_type: Any = types.float32, name: str | None = None, input: Any = None
) -> Tensor:
    """The number that each string writes.

    Args:
        string_tensor: a string tensor; `input` is another name of it.
        out_type: float32, float64, int32 or int64.

    Raises:
        TypeError: another type. InvalidArgumentError: in a run, a string is no number of that type.

    >>> tf.Session().run(tf.string_to_number(["1.5", " -3e4 "]))
    array([ 1.5e+00, -3.0e+04], dtype=float32)
    """
    dtype = as_dtype(out_type)
    if dtype not in (types.float32, types.float64, types.int32, types.int64):
        raise TypeError(f"string_to_number: out_type must be float32, float64, int32 or int64, got {dtype.name}.")
    return apply("StringToNumber", string_tensor if input is None else input, dtype=dtype, name=name)


# Bytes.


def _infer_raw(x: Spec, dtype: DType, little_endian: bool) -> Spec:
    of_kind(STRING, x)
    return Spec(dtype, None if x.shape is None else (*x.shape, None))


@op("DecodeRaw", infer=_infer_raw, vjp=None)
def _decode_raw(x: Any, dtype: DType, little_endian: bool) -> Any:
    x = np.asarray(x, object)
    flat = x.reshape(-1).tolist()
    n = len(flat[0]) if flat else 0
    for i, s in enumerate(flat):
        if len(s) != n:
            raise InvalidArgumentError(
                None, None, f"all strings must be of one length, but element {i} has {len(s)} bytes, not {n}"
            )
    if n % dtype.size:
        raise InvalidArgumentError(
            None, None, f"{n} bytes are not a multiple of {dtype.size}, the size of {dtype.name}"
        )
    stored = dtype.numpy.newbyteorder("<" if little_endian else ">")
    numbers = np.frombuffer(b"".join(flat), stored).astype(dtype.numpy)
    return numbers.reshape(*x.shape, n // dtype.size)


def decode_raw(
    input_bytes: Any = None,
    out_type: Any = None,
    little_endian: bool = True,
    name: str | None = None,
    bytes: Any = None,
) -> Tensor:
    """The bytes of each string read as numbers, along a new last axis.

    Args:
        input_bytes: strings of one length; `bytes` is the former name.
        out_type: the type of the numbers.
        little_endian: whether the first byte of a number is the lowest.

    Raises:
        TypeError: no `out_type`, or one that is not of numbers.
        InvalidArgumentError: in a run, the lengths differ or are no multiple of the number's size.

    >>> tf.Session().run(tf.decode_raw([b"\\x01\\x00\\x02\\x00"], tf.int16))
    array([[1, 2]], dtype=int16)
    """
    if out_type is None:
        raise TypeError("decode_raw: out_type, the type of the numbers, must be given.")
    dtype = as_dtype(out_type)
    of_kind("biufc", Spec(dtype, ()))
    strings = bytes if input_bytes is None else input_bytes
    return apply("DecodeRaw", strings, dtype=dtype, little_endian=little_endian, name=name)


@op("EncodeBase64", infer=of_strings(), vjp=None)
def _encode(x: Any, pad: bool) -> Any:
    return mapped(lambda s: base64.urlsafe_b64encode(s) if pad else base64.urlsafe_b64encode(s).rstrip(b"="), x)


def encode_base64(input: Any, pad: bool = False, name: str | None = None) -> Tensor:
    """Each string written in base 64, with ``-`` and ``_`` so that it can stand in a URL.

    Args:
        input: a string tensor.
        pad: whether ``=`` makes the lengths multiples of four.

    >>> tf.Session().run(tf.encode_base64(["hello"]))
    array([b'aGVsbG8'], dtype=object)
    """
    return apply("EncodeBase64", input, pad=bool(pad), name=name)


@op("DecodeBase64", infer=of_strings(), vjp=None)
def _decode(x: Any) -> Any:
    def decoded(s: bytes) -> bytes:
        bare = s.rstrip(b"=") if len(s) % 4 == 0 else s
        try:
            return base64.b64decode(bare + b"=" * (-len(bare) % 4), b"-_", validate=True)
        except binascii.Error as e:
            raise InvalidArgumentError(None, None, f"{s!r} is not written in base 64: {e}") from None

    return mapped(decoded, x)


def decode_base64(input: Any, name: str | None = None) -> Tensor:
    """What each string, written in base 64 as by `encode_base64`, stands for.

    Raises:
        InvalidArgumentError: in a run, a string is not written so.

    >>> tf.Session().run(tf.decode_base64(["aGVsbG8"]))
    array([b'hello'], dtype=object)
    """
    return apply("DecodeBase64", input, name=name)


# Compressed strings.

_DECODERS = {"": lambda s: s, "ZLIB": zlib.decompress, "GZIP": gzip.decompress}


@op("DecodeCompressed", infer=of_strings(), vjp=blocked)
def _decompress(x: Any, kind: str) -> Any:
    def one(s: bytes) -> bytes:
        try:
            return _DECODERS[kind](s)
        except (zlib.error, OSError, EOFError) as e:
            raise DataLossError(None, None, f"cannot unpack {kind} data: {e}") from None

    return mapped(one, x)


def decode_compressed(bytes: Any, compression_type: str = "", name: str | None = None) -> Tensor:
    """Strings that were compressed, unpacked.

    Args:
        bytes: a tensor of strings.
        compression_type: "ZLIB", "GZIP", or "" for what is not compressed.

    Raises:
        ValueError: another type. DataLossError: in a run, a string is not sound.

    >>> import zlib
    >>> tf.Session().run(tf.decode_compressed([zlib.compress(b"text")], "ZLIB"))
    array([b'text'], dtype=object)
    """
    if compression_type not in _DECODERS:
        raise ValueError(f"compression_type must be 'ZLIB', 'GZIP' or '', got {compression_type!r}.")
    made: Tensor = apply("DecodeCompressed", convert(bytes), kind=compression_type, name=name)
    return made
