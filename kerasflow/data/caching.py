"""Elements kept in a file: records, the first of which says what the others hold; nothing in it is ever run."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from kerasflow.core.errors import DataLossError, InvalidArgumentError
from kerasflow.core.sparse_tensor import SparseTensorValue
from kerasflow.data.reading import Element, Reading, Stage
from kerasflow.io.files import atomic_path
from kerasflow.io.records import RecordWriter, read_records

__all__ = ["CachedFile"]

_FORMAT = "kerasflow elements 1"


class CachedFile(Stage):
    """The elements of the first pass that reaches its end, in a file, for all passes after it.

    Args:
        before: where the elements come from.
        path: the file; it is there whole or not at all.
    """

    def __init__(self, before: Stage, path: str) -> None:
        super().__init__(before.structure, (before,))
        self._path = path

    def open(self, reading: Reading) -> Iterator[Element]:
        """The elements, from the file if it is there."""
        return self._kept() if os.path.exists(self._path) else self._keeping(reading)

    def _head(self) -> dict[str, Any]:
        return {"format": _FORMAT, "components": [[c.dtype.name, c.sparse] for c in self.parts]}

    def _keeping(self, reading: Reading) -> Iterator[Element]:
        with atomic_path(self._path) as temporary:  # a pass that is left before its end leaves nothing
            writer = RecordWriter(temporary)
            try:
                writer.write(json.dumps(self._head()).encode())
                for element in self.before[0].open(reading):
                    writer.write(_packed(element))
                    yield element
            finally:
                writer.close()

    def _kept(self) -> Iterator[Element]:
        records = read_records(self._path)
        head = _read_head(next(records, b""))
        if head != self._head():
            message = f"{self._path} keeps other elements than these: {head}, not {self._head()}. Delete it."
            raise InvalidArgumentError(None, None, message)
        for record in records:
            yield self._element(io.BytesIO(record))

    def _element(self, stream: io.BytesIO) -> Element:
        try:
            return [
                SparseTensorValue(*[_read(stream) for _ in range(3)]) if c.sparse else _read(stream) for c in self.parts
            ]
        except (ValueError, EOFError, OSError) as error:
            raise DataLossError(None, None, f"{self._path} is damaged: {error}") from None


def _read_head(record: bytes) -> Any:
    try:
        return json.loads(record)
    except ValueError:
        return "no elements of a data set"


def _packed(element: Element) -> bytes:
    stream = io.BytesIO()
    for value in element:
        for array in value if isinstance(value, SparseTensorValue) else (value,):
            _write(stream, np.asarray(array))
    return stream.getvalue()


def _write(stream: io.BytesIO, array: np.ndarray[Any, Any]) -> None:
    """An array; strings as their shape, their lengths and all their bytes."""
    if array.dtype != object:
        np.lib.format.write_array(stream, array, allow_pickle=False)
        return
    strings = [bytes(s) for s in array.reshape(-1).tolist()]
    content = np.frombuffer(b"".join(strings), np.uint8)
    for part in (np.array([], "S1"), np.array(array.shape, np.int64), np.array([len(s) for s in strings]), content):
        np.lib.format.write_array(stream, part, allow_pickle=False)


def _read(stream: io.BytesIO) -> np.ndarray[Any, Any]:
    array = np.lib.format.read_array(stream, allow_pickle=False)
    if array.dtype.kind != "S":
        return array
    shape, lengths, content = (np.lib.format.read_array(stream, allow_pickle=False) for _ in range(3))
    ends = np.cumsum(lengths)
    data = content.tobytes()
    strings = np.empty(len(lengths), object)
    strings[:] = [data[end - n : end] for n, end in zip(lengths.tolist(), ends.tolist(), strict=True)]
    return strings.reshape(shape)
