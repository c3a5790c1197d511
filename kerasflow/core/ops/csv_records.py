"""`decode_csv`: lines of a CSV file, as strings, to columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.errors import InvalidArgumentError
from kerasflow.core.graph import graph_of
from kerasflow.core.opdef import of_kind, op
from kerasflow.core.ops.arguments import static_ints
from kerasflow.core.ops.string_numbers import parse_number
from kerasflow.core.ops.strings import STRING
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec, as_dtype

__all__ = ["decode_csv"]

_TYPES = (types.float32, types.float64, types.int32, types.int64, types.string)


def _infer(records: Spec, *defaults: Spec, **attrs: Any) -> tuple[Spec, ...]:
    of_kind(STRING, records)
    for i, d in enumerate(defaults):
        if d.dtype not in _TYPES:
            raise TypeError(f"column {i} cannot be of type {d.dtype.name}")
        if d.shape is not None and (
            len(d.shape) > 1 or not shapes.compatible(d.shape, (1,)) and d.shape not in ((), (0,))
        ):
            raise ValueError(f"the default of column {i} must be one value or none, got shape {shapes.show(d.shape)}")
    return tuple([Spec(d.dtype, records.shape) for d in defaults])


# Quotes, and what may stand only inside of them.
_SPECIAL = re.compile(rb'["\r\n]')
# Columns of which each field is a number that Python reads as `parse_number` does, and that fits its type.
_FLOATS = re.compile(rb"(?:[-+]?(?:[0-9]{1,20}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})(?:[eE][-+]?[0-9])?\n)*")
_INTEGERS = re.compile(rb"(?:[-+]?[0-9]{1,9}\n)*")


def _fields(line: bytes, delimiter: bytes, record: int) -> list[bytes]:
    """The fields of a line. InvalidArgumentError if a quote stands where none may."""
    fields, at = [], 0
    while True:
        if line[at : at + 1] == b'"':
            field, at = _quoted(line, at + 1, record)
        else:
            end = line.find(delimiter, at)
            field = line[at : end if end >= 0 else len(line)]
            if _SPECIAL.search(field):
                raise _wrong(record, "fields without quotes around them cannot have quotes or line ends inside")
            at += len(field)
        fields.append(field)
        if at == len(line):
            return fields
        if line[at : at + 1] != delimiter:
            raise _wrong(record, "a quote that ends a field must be followed by the delimiter or the end")
        at += 1


def _quoted(line: bytes, at: int, record: int) -> tuple[bytes, int]:
    parts = []
    while True:
        end = line.find(b'"', at)
        if end < 0:
            raise _wrong(record, "a quote is not closed")
        parts.append(line[at:end])
        if line[end + 1 : end + 2] != b'"':
            return b'"'.join(parts), end + 1
        at = end + 2


def _wrong(record: int, what: str) -> InvalidArgumentError:
    return InvalidArgumentError(None, None, f"record {record}: {what}")


@op("DecodeCSV", infer=_infer, vjp=None)
def _decode(
    records: Any, *defaults: Any, field_delim: str, use_quote_delim: bool, na_value: str, select_cols: Any
) -> Any:
    lines = np.asarray(records, object)
    delimiter = field_delim.encode()
    rows = []
    for r, line in enumerate(lines.reshape(-1).tolist()):
        plain = not use_quote_delim or not _SPECIAL.search(line)
        fields = line.split(delimiter) if plain else _fields(line, delimiter, r)
        if select_cols is not None:
            if select_cols and select_cols[-1] >= len(fields):
                raise _wrong(r, f"column {select_cols[-1]} was asked for, there are {len(fields)}")
            fields = [fields[c] for c in select_cols]
        if len(fields) != len(defaults):
            raise _wrong(r, f"expected {len(defaults)} fields, got {len(fields)}")
        rows.append(fields)
    columns = list(zip(*rows, strict=True)) or [()] * len(defaults)
    arrays = []
    for i, (fields, default) in enumerate(zip(columns, defaults, strict=True)):
        column = np.empty(lines.shape, np.asarray(default).dtype)
        column.reshape(-1)[:] = _values(fields, np.asarray(default), na_value.encode(), i)
        arrays.append(column)
    return tuple(arrays) if len(arrays) > 1 else arrays[0]


def _values(fields: Sequence[bytes], default: Any, na_value: bytes, column: int) -> Sequence[Any]:
    """The values of a column. Where all its fields are plain, they are converted together."""
    if default.dtype.kind == STRING:
        if all(fields) and (not na_value or na_value not in fields):
            return fields
    elif na_value not in fields or not na_value:
        kind, read = (_FLOATS, float) if default.dtype.kind == "f" else (_INTEGERS, int)
        if kind.fullmatch(b"".join([field + b"\n" for field in fields])):
            return list(map(read, fields))
    return [_value(field, default, na_value, r, column) for r, field in enumerate(fields)]


def _value(field: bytes, default: Any, na_value: bytes, record: int, column: int) -> Any:
    default = np.asarray(default)
    if not field or field == na_value:
        if not default.size:
            raise _wrong(record, f"field {column} is required but missing")
        return default.reshape(-1)[0]
    if default.dtype.kind == STRING:
        return field
    dtype = as_dtype(default.dtype)
    value = parse_number(field, dtype)
    if value is None:
        raise _wrong(record, f"field {column} is not a valid {dtype.name}: {field.decode('utf-8', 'replace')}")
    return value


def decode_csv(
    records: Any,
    record_defaults: Sequence[Any],
    field_delim: str = ",",
    use_quote_delim: bool = True,
    name: str | None = None,
    na_value: str = "",
    select_cols: Sequence[int] | None = None,
) -> list[Tensor]:
    """The columns of CSV records, one tensor each.

    Args:
        records: a string tensor; each string is one record, without the end of the line.
        record_defaults: for each column one value, which gives its type and stands where a field is empty. An empty
            list or tensor makes a column that may not be empty; a type does so, too.
        field_delim: the byte between fields.
        use_quote_delim: whether fields may stand in double quotes.
        na_value: what an empty field may also look like.
        select_cols: the columns to give, in rising order; there is one default for each.

    Raises:
        ValueError: the arguments do not fit together.
        InvalidArgumentError: in a run, a record has another number of fields, or a field that is missing or malformed.

    >>> columns = tf.decode_csv(['1,2.5,a', '2,,"b, c"'], [[0], [1.5], [""]])
    >>> tf.Session().run(columns)  # doctest: +NORMALIZE_WHITESPACE
    [array([1, 2], dtype=int32), array([2.5, 1.5], dtype=float32), array([b'a', b'b, c'], dtype=object)]
    """
    if len(field_delim.encode()) != 1 or field_delim in '"\r\n':
        raise ValueError(
            f"decode_csv: field_delim must be one byte and neither a quote nor a line end, got {field_delim!r}."
        )
    columns = None if select_cols is None else static_ints(select_cols, "select_cols")
    if columns is not None:
        if list(columns) != sorted(set(columns)) or columns and columns[0] < 0:
            raise ValueError(f"decode_csv: select_cols must rise from 0 on, got {list(columns)}.")
        if len(columns) != len(record_defaults):
            raise ValueError(f"decode_csv: {len(record_defaults)} record_defaults for {len(columns)} select_cols.")
    graph = graph_of((records, *record_defaults))
    defaults = [_default(graph, d) for d in record_defaults]
    attrs = {"field_delim": field_delim, "use_quote_delim": bool(use_quote_delim), "na_value": na_value}
    result = graph.apply("DecodeCSV", records, *defaults, select_cols=columns, name=name, **attrs)
    return list(result) if isinstance(result, tuple) else [result]


def _default(graph: Any, value: Any) -> Tensor:
    if isinstance(value, (types.DType, type)):
        return graph.convert(np.zeros(0, as_dtype(value).numpy))
    return graph.convert(value)
