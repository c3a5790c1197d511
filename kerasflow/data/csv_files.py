"""`CsvDataset`: the records of CSV files, a scalar for each column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np

from kerasflow.core.errors import InvalidArgumentError
from kerasflow.core.opdef import REGISTRY
from kerasflow.core.types import DType, as_dtype
from kerasflow.data import elements
from kerasflow.data.dataset import Dataset
from kerasflow.data.elements import Component
from kerasflow.data.files import Files, lines_of
from kerasflow.data.reading import Element, Reading, Stage

__all__ = ["CsvDataset", "records_of"]

_TOGETHER = 1024  # records that are converted at a time


def records_of(lines: Iterable[bytes], quotes: bool) -> Iterator[bytes]:
    """Records that may go over several lines, where these are within double quotes.

    >>> list(records_of([b'1,"a', b'b"', b"2,c"], True))
    [b'1,"a\\nb"', b'2,c']
    """
    held: list[bytes] = []
    odd = False
    for line in lines:
        held.append(line)
        odd ^= quotes and line.count(b'"') % 2 == 1
        if not odd:
            yield b"\n".join(held)
            held.clear()
    if held:
        yield b"\n".join(held)


class _Records(Stage):
    """Columns of records; those before a record that cannot be read come before the error."""

    def __init__(self, before: Stage, defaults: Sequence[Any], **attrs: Any) -> None:
        columns = [_component(default) for default in defaults]
        super().__init__(tuple(columns), (before,), defaults)
        self._defaults, self._attrs = list(defaults), attrs

    def open(self, reading: Reading) -> Iterator[Element]:
        """The records, one by one."""
        defaults = [np.asarray(reading.value(d)) for d in self._defaults]
        coming = (record[()] for [record] in self.before[0].open(reading))
        while block := list(islice(coming, _TOGETHER)):
            try:
                rows = self._decoded(block, defaults)
            except InvalidArgumentError:
                for record in block:
                    yield from self._alone(record, defaults)
            else:
                yield from rows

    def _decoded(self, records: list[bytes], defaults: list[Any]) -> list[Element]:
        with np.errstate(all="ignore"):  # what is too large for a type is infinite
            found = REGISTRY["DecodeCSV"].kernel(np.array(records, object), *defaults, **self._attrs)
        columns = found if isinstance(found, tuple) else (found,)
        rows = zip(*[[np.array(v, c.dtype) for v in c] for c in columns], strict=True)
        return [list(row) for row in rows]

    def _alone(self, record: bytes, defaults: list[Any]) -> list[Element]:
        """One record. InvalidArgumentError, which shows it, if it cannot be read."""
        try:
            return self._decoded([record], defaults)
        except InvalidArgumentError as error:
            what = str(error).removeprefix("record 0: ")
            raise InvalidArgumentError(None, None, f"{what}, in the record {record[:200]!r}") from None


def _component(default: Any) -> Component:
    return Component(elements.component_of(default).dtype, ())


def _default(value: Any) -> Any:
    """What stands for an empty field: an array of one value, or of none if there is none."""
    if isinstance(value, DType | type):
        return np.zeros(0, as_dtype(value).numpy)
    return elements.as_sources(value)


class CsvDataset(Dataset):
    """The records of CSV files, as tuples of scalars. Quoted fields may hold line ends.

    Args:
        filenames: as for `TextLineDataset`.
        record_defaults: for each column a value, which gives its type and stands where a field is empty, or a type,
            which makes a column that may not be empty.
        compression_type: None, "", "GZIP" or "ZLIB".
        buffer_size: accepted and without effect.
        header: whether the first record of each file is left out.
        field_delim: the byte between fields.
        use_quote_delim: whether fields may stand in double quotes.
        na_value: what an empty field may also look like.
        select_cols: the columns to take, in rising order; there is one default for each.

    Raises:
        InvalidArgumentError: when it is read, and a record has another number of fields, or a field that is missing or
            is no number. NotFoundError: a file is not there.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "a.csv")
    >>> with open(path, "w") as file:
    ...     _ = file.write("name,height\\nBo,1.70\\nJo,\\n")
    >>> rows = tf.data.experimental.CsvDataset(path, [tf.string, [0.0]], header=True)
    >>> list(rows.as_numpy_iterator())
    [(b'Bo', np.float32(1.7)), (b'Jo', np.float32(0.0))]
    """

    def __init__(
        self,
        filenames: Any,
        record_defaults: Sequence[Any],
        compression_type: Any = None,
        buffer_size: Any = None,
        header: bool = False,
        field_delim: str = ",",
        use_quote_delim: bool = True,
        na_value: str = "",
        select_cols: Sequence[int] | None = None,
    ) -> None:
        columns = None if select_cols is None else tuple(int(c) for c in select_cols)
        if columns is not None and (list(columns) != sorted(set(columns)) or len(columns) != len(record_defaults)):
            message = f"select_cols must rise, with one of {len(record_defaults)} defaults each; got {list(columns)}."
            raise InvalidArgumentError(None, None, message)
        if len(field_delim.encode()) != 1:
            raise InvalidArgumentError(None, None, f"field_delim must be one byte, got {field_delim!r}.")

        def records(_: Reading, name: str, compression: str) -> Iterator[bytes]:
            return islice(records_of(lines_of(name, compression), use_quote_delim), int(header), None)

        super().__init__(
            _Records(
                Files(filenames, records, compression_type),
                [_default(d) for d in record_defaults],
                field_delim=field_delim,
                use_quote_delim=use_quote_delim,
                na_value=na_value,
                select_cols=columns,
            )
        )
