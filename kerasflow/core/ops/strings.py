"""Strings, which are arrays of `bytes`: joining, splitting, parts, case. Text is UTF-8."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.deprecation import former_name
from kerasflow.core.errors import InvalidArgumentError
from kerasflow.core.graph import apply, convert, graph_of
from kerasflow.core.opdef import INTEGER, of_kind, op, same_type
from kerasflow.core.ops.arguments import static_ints
from kerasflow.core.ops.reduction import axes_in, reduced
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec
from kerasflow.core.values import alone

__all__ = [
    "reduce_join",
    "string_join",
    "string_length",
    "string_lower",
    "string_split",
    "string_split_v2",
    "string_strip",
    "string_upper",
    "substr",
]

STRING = "O"
UNITS = ("BYTE", "UTF8_CHAR")


def mapped(function: Callable[..., Any], x: Any, dtype: Any = object) -> np.ndarray[Any, Any]:
    """``function(s)`` of each string in `x`, as an array of its shape."""
    x = np.asarray(x, object)
    out = np.empty(x.shape, dtype)
    out.reshape(-1)[:] = [function(s) for s in x.reshape(-1).tolist()]
    return out


def of_strings(result: types.DType | None = types.string) -> Callable[..., Spec]:
    """The `infer` rule of what is done to each string by itself."""

    def infer(x: Spec, *_: Spec, **attrs: Any) -> Spec:
        of_kind(STRING, x)
        return Spec(result or attrs["dtype"], x.shape)

    return infer


def _unit(unit: str, function: str) -> str:
    if unit not in UNITS:
        raise ValueError(f"{function}: unit must be one of {', '.join(UNITS)}, got {unit!r}.")
    return unit


def text(s: bytes) -> str:
    """The characters of `s`; bytes that are no UTF-8 each become one that stands for them."""
    return s.decode("utf-8", "surrogateescape")


# Joining.


def _infer_join(*specs: Spec, separator: str) -> Spec:
    dims: shapes.Dims = ()
    for s in specs:
        of_kind(STRING, s)
        if s.shape == ():
            continue
        if dims and s.shape is not None and not shapes.compatible(dims, s.shape):
            raise ValueError(f"strings of shapes {shapes.show(dims)} and {shapes.show(s.shape)} cannot be joined")
        dims = s.shape if not dims else shapes.merge(dims, s.shape)
    return Spec(types.string, dims)


@op("StringJoin", infer=_infer_join, vjp=None)
def _join(*parts: Any, separator: str) -> Any:
    arrays = [np.asarray(p, object) for p in parts]
    dims = next((a.shape for a in arrays if a.ndim), ())
    if any(a.ndim and a.shape != dims for a in arrays):
        raise ValueError(f"strings of shapes {[a.shape for a in arrays]} cannot be joined")
    columns = [a.reshape(-1).tolist() if a.ndim else [a[()]] * int(np.prod(dims)) for a in arrays]
    out = np.empty(dims, object)
    out.reshape(-1)[:] = [separator.encode().join(row) for row in zip(*columns, strict=True)]
    return out


def string_join(inputs: Sequence[Any], separator: str = "", name: str | None = None) -> Tensor:
    """Strings put together, element by element.

    Args:
        inputs: a list of string tensors of one shape; scalars go with every element.
        separator: what is put between them.

    Raises:
        ValueError: the shapes differ.

    >>> tf.Session().run(tf.string_join([["a", "b"], "-", ["c", "d"]]))
    array([b'a-c', b'b-d'], dtype=object)
    """
    return apply("StringJoin", *inputs, separator=separator, name=name)


def _infer_reduce(x: Spec, axis: Any, keepdims: bool, separator: str) -> Spec:
    of_kind(STRING, x)
    return Spec(types.string, reduced(x.shape, axis, keepdims))


@op("ReduceJoin", infer=_infer_reduce, vjp=None)
def _reduce_join(x: Any, axis: Any, keepdims: bool, separator: str) -> Any:
    x = np.asarray(x, object)
    gone = axes_in(axis, x.ndim)
    if axis is None:
        gone = gone[::-1]  # all: in the order in which the elements lie
    kept = [i for i in range(x.ndim) if i not in gone]
    rows = x.transpose([*kept, *reversed(gone)]).reshape(*[x.shape[i] for i in kept], -1)
    dims: Any = reduced(x.shape, axis, keepdims)
    out = np.empty(dims, object)
    flat = rows.reshape(out.size, -1).tolist() if rows.size else [[]] * out.size
    out.reshape(-1)[:] = [separator.encode().join(row) for row in flat]
    return out


def reduce_join(
    inputs: Any,
    axis: Any = None,
    keep_dims: Any = None,
    separator: str = "",
    name: str | None = None,
    reduction_indices: Any = None,
    keepdims: Any = None,
) -> Tensor:
    """The strings along `axis` put together.

    Args:
        inputs: a string tensor.
        axis: an int or a list of ints, by default all axes; the strings along the first of them are joined first.
        keepdims: whether the axes stay, with size 1; `keep_dims` is its former name.
        separator: what is put between them.
        reduction_indices: the former name of `axis`.

    >>> sess, x = tf.Session(), [["a", "b"], ["c", "d"]]
    >>> sess.run([tf.reduce_join(x, 0), tf.reduce_join(x, [0, 1]), tf.reduce_join(x, separator=" ")])
    [array([b'ac', b'bd'], dtype=object), b'acbd', b'a b c d']
    """
    if reduction_indices is not None:
        former_name("reduction_indices=", "axis=")
    if keep_dims is not None:
        former_name("keep_dims=", "keepdims=")
    axis = reduction_indices if axis is None else axis
    axes = None if axis is None else static_ints(axis, "axis")
    keeps = bool(keep_dims if keepdims is None else keepdims)
    return apply("ReduceJoin", inputs, axis=axes, keepdims=keeps, separator=separator, name=name)


# Each string by itself.


@op("StringLength", infer=of_strings(types.int32), vjp=None)
def _length(x: Any, unit: str) -> Any:
    return mapped(len if unit == "BYTE" else lambda s: len(text(s)), x, np.int32)


def string_length(input: Any, name: str | None = None, unit: str = "BYTE") -> Tensor:
    """How long each string is, in bytes, or in characters.

    Args:
        input: a string tensor.
        unit: "BYTE" or "UTF8_CHAR".

    >>> tf.Session().run([tf.strings.length(["naïve", ""]), tf.strings.length(["naïve", ""], unit="UTF8_CHAR")])
    [array([6, 0], dtype=int32), array([5, 0], dtype=int32)]
    """
    return apply("StringLength", input, unit=_unit(unit, "string_length"), name=name)


@op("StringStrip", infer=of_strings(), vjp=None)
def _strip(x: Any) -> Any:
    return mapped(bytes.strip, x)


def string_strip(input: Any, name: str | None = None) -> Tensor:
    """Each string without the white space at its ends.

    >>> tf.Session().run(tf.strings.strip([" a b ", "c"]))
    array([b'a b', b'c'], dtype=object)
    """
    return apply("StringStrip", input, name=name)


def _cased(change: Callable[[str], str], bytewise: Callable[[bytes], bytes]) -> Callable[..., Any]:
    def kernel(x: Any, encoding: str) -> Any:
        if not encoding:
            return mapped(bytewise, x)
        return mapped(lambda s: change(text(s)).encode("utf-8", "surrogateescape"), x)

    return kernel


op("StringLower", infer=of_strings(), kernel=_cased(str.lower, bytes.lower), vjp=None)(_cased)
op("StringUpper", infer=of_strings(), kernel=_cased(str.upper, bytes.upper), vjp=None)(_cased)


def string_lower(input: Any, encoding: str = "", name: str | None = None) -> Tensor:
    """Each string in lower case.

    Args:
        input: a string tensor.
        encoding: "utf-8" for all letters, by default those from A to Z only.

    >>> tf.Session().run([tf.strings.lower("ÄB"), tf.strings.lower("ÄB", encoding="utf-8")])[1].decode()
    'äb'
    """
    return apply("StringLower", input, encoding=_encoding(encoding), name=name)


def string_upper(input: Any, encoding: str = "", name: str | None = None) -> Tensor:
    """Each string in upper case.

    Args:
        input: a string tensor.
        encoding: "utf-8" for all letters, by default those from a to z only.

    >>> tf.Session().run(tf.strings.upper(["ab", "Cd"]))
    array([b'AB', b'CD'], dtype=object)
    """
    return apply("StringUpper", input, encoding=_encoding(encoding), name=name)


def _encoding(encoding: str) -> str:
    if encoding not in ("", "utf-8"):
        raise ValueError(f"encoding must be '' or 'utf-8', got {encoding!r}.")
    return encoding


# Parts.


def _infer_substr(x: Spec, pos: Spec, length: Spec, unit: str) -> Spec:
    of_kind(STRING, x)
    of_kind(INTEGER, pos)
    same_type(pos, length)
    if not shapes.compatible(pos.shape, length.shape):
        shown = f"{shapes.show(pos.shape)} and {shapes.show(length.shape)}"
        raise ValueError(f"pos and len must have one shape, got {shown}")
    return Spec(types.string, shapes.broadcast(x.shape, pos.shape))


@op("Substr", infer=_infer_substr, vjp=None)
def _substr(x: Any, pos: Any, length: Any, unit: str) -> Any:
    if np.shape(pos) != np.shape(length):
        raise ValueError(f"pos and len must have one shape, got {np.shape(pos)} and {np.shape(length)}")
    arrays = np.broadcast_arrays(np.asarray(x, object), pos, length)
    out = np.empty(arrays[0].shape, object)
    rows = zip(*[a.reshape(-1).tolist() for a in arrays], strict=True)
    out.reshape(-1)[:] = [_part(i, s, at, n, unit) for i, (s, at, n) in enumerate(rows)]
    return out


def _part(i: int, s: bytes, at: int, n: int, unit: str) -> bytes:
    whole = s if unit == "BYTE" else text(s)
    if not -len(whole) <= at <= len(whole):
        raise InvalidArgumentError(None, None, f"pos {at} is out of range for the string {s!r} at index {i}")
    start = at + len(whole) if at < 0 else at
    part = whole[start : start + max(n, 0)]
    return part if isinstance(part, bytes) else part.encode("utf-8", "surrogateescape")


def substr(input: Any, pos: Any, len: Any, name: str | None = None, unit: str = "BYTE") -> Tensor:
    """The part of each string that begins at `pos` and is `len` long, or ends where the string does.

    Args:
        input: a string tensor.
        pos: where the part begins, a number for all strings or one for each; negative ones count from the end.
        len: how long it is, of the shape of `pos`.
        unit: "BYTE" or "UTF8_CHAR", what is counted.

    Raises:
        ValueError: the shapes do not fit. InvalidArgumentError: in a run, `pos` is beyond the end of a string.

    >>> tf.Session().run(tf.substr(["hello", "world"], -3, 2))
    array([b'll', b'rl'], dtype=object)
    """
    graph = graph_of((input, pos, len))
    place = graph.convert_all((pos, len), into=name or "Substr")
    return apply("Substr", input, *place, unit=_unit(unit, "substr"), name=name)


# Splitting.


def _infer_split(x: Spec, separator: Spec, **attrs: Any) -> tuple[Spec, ...]:
    of_kind(STRING, x)
    if not shapes.compatible(x.shape, (None,)):
        raise ValueError(f"what is split must be a vector of strings, got shape {shapes.show(x.shape)}")
    if not shapes.compatible(separator.shape, ()):
        raise ValueError(f"the separator must be a scalar, got shape {shapes.show(separator.shape)}")
    return Spec(types.int64, (None, 2)), Spec(types.string, (None,)), Spec(types.int64, (2,))


def _as_sparse(rows: list[list[bytes]]) -> tuple[Any, Any, Any]:
    """Lists of strings as the parts of a sparse matrix, one list a row."""
    at = [(i, j) for i, row in enumerate(rows) for j in range(len(row))]
    values = np.empty(len(at), object)
    values[:] = [s for row in rows for s in row]
    widest = max([len(row) for row in rows], default=0)
    return np.array(at, np.int64).reshape(-1, 2), values, np.array([len(rows), widest], np.int64)


@op("StringSplit", infer=_infer_split, vjp=None)
def _split(x: Any, delimiter: Any, skip_empty: bool) -> Any:
    ends = set(bytes(alone(delimiter)))

    def pieces(s: bytes) -> list[bytes]:
        if not ends:
            return [s[i : i + 1] for i in range(len(s))]
        found, start = [], 0
        for i, byte in enumerate(s):
            if byte in ends:
                found.append(s[start:i])
                start = i + 1
        found.append(s[start:])
        return [p for p in found if p] if skip_empty else found

    return _as_sparse([pieces(s) for s in x.tolist()])


def string_split(source: Any, sep: Any = None, skip_empty: bool = True, delimiter: Any = None) -> SparseTensor:
    """The pieces of each string, cut at every byte of the separator.

    Args:
        source: a vector of strings.
        sep: the bytes to cut at, by default the space; of the empty string every byte becomes a piece.
        skip_empty: whether empty pieces are left out.
        delimiter: the former name of `sep`.

    Returns:
        A sparse matrix; row i holds the pieces of string i.

    Raises:
        ValueError: `source` is not a vector.

    >>> tf.Session().run(tf.string_split(["hello world", "a"]))  # doctest: +NORMALIZE_WHITESPACE
    SparseTensorValue(indices=array([[0, 0], [0, 1], [1, 0]]),
        values=array([b'hello', b'world', b'a'], dtype=object), dense_shape=array([2, 2]))
    """
    cut = delimiter if sep is None else sep
    given = convert(b" " if cut is None else cut, types.string)
    return SparseTensor(*apply("StringSplit", source, given, skip_empty=bool(skip_empty)))


@op("StringSplitV2", infer=_infer_split, vjp=None)
def _split_v2(x: Any, sep: Any, maxsplit: int) -> Any:
    cut = bytes(alone(sep)) or None
    return _as_sparse([s.split(cut, maxsplit) for s in x.tolist()])


def string_split_v2(
    input: Any = None,
    sep: Any = None,
    maxsplit: int = -1,
    result_type: str = "SparseTensor",
    source: Any = None,
    name: str | None = None,
) -> SparseTensor:
    """The pieces of each string, cut where the whole separator stands, as `str.split` does.

    Args:
        input: a vector of strings; `source` is its former name.
        sep: the separator, by default any white space.
        maxsplit: how often a string is cut at the most; as often as it can be if negative.
        result_type: "SparseTensor", the only kind there is.

    Returns:
        A sparse matrix; row i holds the pieces of string i.

    Raises:
        ValueError: another `result_type`, or `input` is not a vector.

    >>> tf.Session().run(tf.strings.split(["a, b", "c"], sep=", ")).values
    array([b'a', b'b', b'c'], dtype=object)
    """
    if result_type != "SparseTensor":
        raise ValueError(f"strings.split: result_type must be 'SparseTensor', got {result_type!r}.")
    given = convert(b"" if sep is None else sep, types.string)
    strings = source if input is None else input
    return SparseTensor(*apply("StringSplitV2", strings, given, maxsplit=int(maxsplit), name=name))
