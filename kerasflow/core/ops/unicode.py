"""Text and its code points: decoding, encoding, and changing the encoding of strings.

What has one entry for each character is as long as the text, so one string at a time is taken apart: there are no
tensors with rows of different lengths.
"""

from __future__ import annotations

import codecs
from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.errors import InvalidArgumentError
from kerasflow.core.graph import apply, convert
from kerasflow.core.opdef import INTEGER, blocked, of_kind, op
from kerasflow.core.ops.strings import STRING, mapped, of_strings
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec

__all__ = [
    "bytes_split",
    "unicode_decode",
    "unicode_decode_with_offsets",
    "unicode_encode",
    "unicode_split",
    "unicode_split_with_offsets",
    "unicode_transcode",
    "unsorted_segment_join",
]

OUTPUT_ENCODINGS = ("UTF-8", "UTF-16-BE", "UTF-32-BE")
ERRORS = ("strict", "replace", "ignore")
_CONTROLS = 0x20  # code points below stand for no character


def _points(s: bytes, encoding: str, errors: str, replacement: int, controls: bool) -> list[tuple[int, int]]:
    """The code points of a string and where in it each begins."""
    found: list[tuple[int, int]] = []
    at = 0
    while at < len(s):
        bad = 0
        try:
            text = s[at:].decode(encoding)
        except UnicodeDecodeError as e:
            text, bad = s[at : at + e.start].decode(encoding), e.end - e.start
            if errors == "strict":
                raise InvalidArgumentError(None, None, f"Invalid formatting on input string {s!r}") from None
        for c in text:
            if not (controls and ord(c) < _CONTROLS):
                found.append((ord(c), at))
            elif errors != "ignore":
                found.append((replacement, at))
            at += len(c.encode(encoding))
        if bad and errors == "replace":
            found.append((replacement, at))
        at += bad
    return found


def _text(points: list[int], encoding: str, errors: str, replacement: int) -> bytes:
    out = []
    for p in points:
        valid = 0 <= p < 0xD800 or 0xE000 <= p < 0x110000
        if not valid and errors == "strict":
            raise InvalidArgumentError(None, None, f"{p} is no code point of a character")
        if valid or errors == "replace":
            out.append(chr(p if valid else replacement))
    return "".join(out).encode(encoding)


def _attrs(encoding: str, errors: str, replacement: int, output: bool = False) -> dict[str, Any]:
    if output and encoding not in OUTPUT_ENCODINGS:
        raise ValueError(f"The output encoding must be one of {', '.join(OUTPUT_ENCODINGS)}, got {encoding!r}.")
    if errors not in ERRORS:
        raise ValueError(f"errors must be one of {', '.join(ERRORS)}, got {errors!r}.")
    try:
        codecs.lookup(encoding)
    except LookupError:
        raise ValueError(f"There is no encoding {encoding!r}.") from None
    if not 0 <= replacement < 0x110000 or 0xD800 <= replacement < 0xE000:
        raise ValueError(f"replacement_char must be the code point of a character, got {replacement}.")
    return {"encoding": encoding, "errors": errors, "replacement": replacement}


# Decoding.


def _infer_decode(x: Spec, **attrs: Any) -> tuple[Spec, Spec]:
    of_kind(STRING, x)
    if not shapes.compatible(x.shape, ()):
        raise ValueError(
            f"one string at a time can be taken apart, got the shape {shapes.show(x.shape)}: the rows would differ in "
            "length"
        )
    return Spec(types.int32, (None,)), Spec(types.int64, (None,))


@op("UnicodeDecodeWithOffsets", infer=_infer_decode, vjp=blocked)
def _decode(x: Any, encoding: str, errors: str, replacement: int, controls: bool) -> Any:
    s = x if isinstance(x, bytes) else x[()]
    found = np.array(_points(s, encoding, errors, replacement, controls), np.int64).reshape(-1, 2)
    return found[:, 0].astype(np.int32), found[:, 1].copy()


def unicode_decode_with_offsets(
    input: Any,
    input_encoding: str,
    errors: str = "replace",
    replacement_char: int = 65533,
    replace_control_characters: bool = False,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """As `unicode_decode`, and where in the string each character begins, in bytes.

    >>> tf.Session().run(tf.strings.unicode_decode_with_offsets("aéb", "UTF-8"))
    (array([ 97, 233,  98], dtype=int32), array([0, 1, 3]))
    """
    attrs = _attrs(input_encoding, errors, replacement_char)
    with name_scope(name, "UnicodeDecodeWithOffsets", [input]):
        made = apply("UnicodeDecodeWithOffsets", convert(input), controls=bool(replace_control_characters), **attrs)
        return made[0], made[1]


def unicode_decode(
    input: Any,
    input_encoding: str,
    errors: str = "replace",
    replacement_char: int = 65533,
    replace_control_characters: bool = False,
    name: str | None = None,
) -> Tensor:
    """The code points of a string.

    Args:
        input: a string, a scalar.
        input_encoding: how it is encoded, such as ``"UTF-8"``, ``"UTF-16-BE"`` or ``"ISO-8859-1"``.
        errors: what to do with bytes that are no character: "replace" them, "ignore" them, or fail: "strict".
        replacement_char: the code point that takes their place.
        replace_control_characters: whether code points below 32 are treated so as well.

    Raises:
        ValueError: more than one string, or there is no such encoding.
        InvalidArgumentError: in a run with "strict", bytes are no character.

    >>> tf.Session().run(tf.strings.unicode_decode("aé", "UTF-8"))
    array([ 97, 233], dtype=int32)
    """
    arguments = (input, input_encoding, errors, replacement_char, replace_control_characters, name or "UnicodeDecode")
    return unicode_decode_with_offsets(*arguments)[0]


def unicode_split_with_offsets(
    input: Any, input_encoding: str, errors: str = "replace", replacement_char: int = 65533, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """As `unicode_split`, and where in the string each character begins, in bytes.

    >>> tf.Session().run(tf.strings.unicode_split_with_offsets("ab", "UTF-8"))
    (array([b'a', b'b'], dtype=object), array([0, 1]))
    """
    with name_scope(name, "UnicodeSplitWithOffsets", [input]):
        points, offsets = unicode_decode_with_offsets(input, input_encoding, errors, replacement_char)
        if input_encoding not in OUTPUT_ENCODINGS:
            raise ValueError(f"unicode_split takes {', '.join(OUTPUT_ENCODINGS)}, got {input_encoding!r}.")
        return unicode_encode(apply("ExpandDims", points, axis=1), input_encoding, errors, replacement_char), offsets


def unicode_split(
    input: Any, input_encoding: str, errors: str = "replace", replacement_char: int = 65533, name: str | None = None
) -> Tensor:
    """The characters of a string, each as a string in the same encoding.

    Args:
        input: a string, a scalar.
        input_encoding, errors, replacement_char: as for `unicode_decode`; the encoding is one that text can be written
            in, see `unicode_encode`.

    >>> tf.Session().run(tf.strings.unicode_split("aé", "UTF-8"))
    array([b'a', b'\\xc3\\xa9'], dtype=object)
    """
    return unicode_split_with_offsets(input, input_encoding, errors, replacement_char, name or "UnicodeSplit")[0]


# Encoding.


def _infer_encode(points: Spec, **attrs: Any) -> Spec:
    if points.dtype is not types.int32:
        raise TypeError(f"code points are int32, got {points.dtype.name}")
    if points.shape == ():
        raise ValueError("code points must have an axis at least: the last one makes a string")
    return Spec(types.string, None if points.shape is None else points.shape[:-1])


@op("UnicodeEncode", infer=_infer_encode, vjp=blocked)
def _encode(points: Any, encoding: str, errors: str, replacement: int) -> Any:
    out = np.empty(points.shape[:-1], object)
    rows = points.reshape(-1, points.shape[-1]) if points.size else [np.zeros(0, np.int32)] * out.size
    out.reshape(-1)[:] = [_text(row.tolist(), encoding, errors, replacement) for row in rows]
    return out


def unicode_encode(
    input: Any, output_encoding: str, errors: str = "replace", replacement_char: int = 65533, name: str | None = None
) -> Tensor:
    """Strings made of code points; the last axis makes a string.

    Args:
        input: code points, int32.
        output_encoding: ``"UTF-8"``, ``"UTF-16-BE"`` or ``"UTF-32-BE"``.
        errors: what to do with numbers that are no character: "replace" them, "ignore" them, or fail: "strict".
        replacement_char: the code point that takes their place.

    Raises:
        ValueError: another encoding, or a scalar. TypeError: they are not int32.
        InvalidArgumentError: in a run with "strict", a number is no character.

    >>> tf.Session().run(tf.strings.unicode_encode([[72, 105], [33, 33]], "UTF-8"))
    array([b'Hi', b'!!'], dtype=object)
    """
    attrs = _attrs(output_encoding, errors, replacement_char, output=True)
    made: Tensor = apply("UnicodeEncode", convert(input), **attrs, name=name)
    return made


@op("UnicodeTranscode", infer=of_strings(), vjp=blocked)
def _transcode(x: Any, source: str, encoding: str, errors: str, replacement: int, controls: bool) -> Any:
    def one(s: bytes) -> bytes:
        points = [p for p, _ in _points(s, source, errors, replacement, controls)]
        return _text(points, encoding, errors, replacement)

    return mapped(one, x)


def unicode_transcode(
    input: Any,
    input_encoding: str,
    output_encoding: str,
    errors: str = "replace",
    replacement_char: int = 65533,
    replace_control_characters: bool = False,
    name: str | None = None,
) -> Tensor:
    """Strings in another encoding.

    Args:
        input: a tensor of strings.
        input_encoding: how they are encoded, as for `unicode_decode`.
        output_encoding: how they shall be, as for `unicode_encode`.
        errors, replacement_char, replace_control_characters: as for `unicode_decode`.

    Raises:
        ValueError: there is no such encoding. InvalidArgumentError: in a run with "strict", bytes are no character.

    >>> tf.Session().run(tf.strings.unicode_transcode([b"\\xe9"], "ISO-8859-1", "UTF-8"))
    array([b'\\xc3\\xa9'], dtype=object)
    """
    attrs = _attrs(output_encoding, errors, replacement_char, output=True)
    source = _attrs(input_encoding, errors, replacement_char)["encoding"]
    controls = bool(replace_control_characters)
    made: Tensor = apply("UnicodeTranscode", convert(input), source=source, controls=controls, **attrs, name=name)
    return made


# Bytes, and joining.


def _infer_bytes(x: Spec) -> Spec:
    return Spec(types.string, _infer_decode(x)[0].shape)


@op("BytesSplit", infer=_infer_bytes, vjp=blocked)
def _bytes(x: Any) -> Any:
    s = x if isinstance(x, bytes) else x[()]
    out = np.empty(len(s), object)
    out[:] = [s[i : i + 1] for i in range(len(s))]
    return out


def bytes_split(input: Any, name: str | None = None) -> Tensor:
    """The bytes of a string, a scalar, each as a string.

    Raises:
        ValueError: more than one string.

    >>> tf.Session().run(tf.strings.bytes_split("abc"))
    array([b'a', b'b', b'c'], dtype=object)
    """
    made: Tensor = apply("BytesSplit", convert(input), name=name)
    return made


def _infer_join(inputs: Spec, ids: Spec, count: Spec, separator: str) -> Spec:
    of_kind(STRING, inputs)
    of_kind(INTEGER, ids)
    if inputs.shape is None or ids.shape is None:
        return Spec(types.string, None)
    shapes.merge(inputs.shape[: len(ids.shape)], ids.shape)
    rows = None if count.value is None else int(count.value)
    return Spec(types.string, (rows, *inputs.shape[len(ids.shape) :]))


@op("UnsortedSegmentJoin", infer=_infer_join, vjp=blocked)
def _join(inputs: Any, ids: Any, count: Any, separator: str) -> Any:
    rows = int(count)
    if ids.size and not 0 <= ids.min() <= ids.max() < rows:
        raise ValueError(f"segment_ids must lie in [0, {rows}), got from {ids.min()} to {ids.max()}")
    parts = inputs.reshape(ids.size, -1)
    out = np.empty((rows, parts.shape[1]), object)
    flat = ids.reshape(-1)
    for r, c in np.ndindex(*out.shape):
        out[r, c] = separator.encode().join(parts[flat == r, c].tolist())
    return out.reshape(rows, *inputs.shape[ids.ndim :])


def unsorted_segment_join(
    inputs: Any, segment_ids: Any, num_segments: Any, separator: str = "", name: str | None = None
) -> Tensor:
    """The strings of each segment, one after the other.

    Args:
        inputs: strings.
        segment_ids: the segment of each, in [0, num_segments); its shape is that of the first axes of `inputs`.
        num_segments: how many segments there are; one without strings gives an empty one.
        separator: what is put between two strings.

    Raises:
        ValueError: the shapes do not fit. InvalidArgumentError: in a run, a number is out of range.

    >>> tf.Session().run(tf.strings.unsorted_segment_join(["a", "b", "c"], [0, 1, 0], 2, separator="-"))
    array([b'a-c', b'b'], dtype=object)
    """
    made: Tensor = apply("UnsortedSegmentJoin", inputs, segment_ids, num_segments, separator=separator, name=name)
    return made
