"""Data sets over files: lines of text, records of one length, TFRecord files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from kerasflow.core import errors
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import string
from kerasflow.data import elements
from kerasflow.data.dataset import Dataset
from kerasflow.data.elements import Component, text_of
from kerasflow.data.reading import Element, Reading, Stage, number
from kerasflow.io.records import read_records
from kerasflow.io.streams import COMPRESSIONS, opened

__all__ = ["Files", "FixedLengthRecordDataset", "TFRecordDataset", "TextLineDataset", "lines_of"]

_PIECE = 1 << 20  # bytes read at a time

Pieces = Callable[[Reading, str, str], Iterator[bytes]]


class Files(Stage):
    """What is in files, one after the other.

    Args:
        names: a string, strings, a string tensor or a data set of strings.
        pieces: from a reading, a file's name and its compression to what is in it.
        compression: None, "", "GZIP" or "ZLIB", or a string tensor.
    """

    def __init__(self, names: Any, pieces: Pieces, compression: Any, *more: Any) -> None:
        self._pieces = pieces
        self._names = None if isinstance(names, Dataset) else _strings(names, "the filenames")
        self._compression = _strings("" if compression is None else compression, "the compression")
        before = ()
        if isinstance(names, Dataset):
            before = (names._stage,)
            if [c.dtype for c in before[0].parts] != [string]:
                raise TypeError(f"The filenames must be a dataset of strings, got {names!r}.")
        if isinstance(self._compression, np.ndarray) and text_of(self._compression) not in COMPRESSIONS:
            raise ValueError(f"The compression must be one of {COMPRESSIONS}, got {compression!r}.")
        super().__init__(Component(string, ()), before, (self._names, self._compression, *more))

    def open(self, reading: Reading) -> Iterator[Element]:
        """All that is in the files."""
        compression = text_of(reading.value(self._compression))
        if compression not in COMPRESSIONS:
            raise errors.InvalidArgumentError(None, None, f"Unsupported compression_type: {compression}.")
        for name in self._each_name(reading):
            for piece in self._pieces(reading, name, compression):
                yield [np.array(piece, object)]

    def _each_name(self, reading: Reading) -> Iterator[str]:
        if self._names is not None:
            return map(text_of, np.asarray(reading.value(self._names)).reshape(-1).tolist())
        return (text_of(name) for [values] in self.before[0].open(reading) for name in np.reshape(values, -1).tolist())


def _strings(value: Any, what: str) -> Any:
    """`value` as an array or a tensor of strings. TypeError if it is none."""
    source = elements.as_sources(np.array(value, object) if isinstance(value, (list, tuple)) and not value else value)
    if not isinstance(source, (Tensor, np.ndarray)) or elements.component_of(source).dtype is not string:
        raise TypeError(f"Expected strings for {what}, got {value!r}.")
    return source


class TextLineDataset(Dataset):
    """The lines of text files, as byte strings without their ends, a line feed with or without a carriage return.

    Args:
        filenames: the names of files: a string, strings, a string tensor or a data set of strings.
        compression_type: None, "", "GZIP" or "ZLIB".
        buffer_size: accepted and without effect.

    Raises:
        NotFoundError: when it is read, and a file is not there.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "a.txt")
    >>> with open(path, "w") as file:
    ...     _ = file.write("name,height\\nBo,1.70\\nJo,1.82\\n")
    >>> rows = tf.data.TextLineDataset(path).skip(1).batch(2).map(lambda line: tf.decode_csv(line, [[""], [0.0]]))
    >>> list(rows.as_numpy_iterator())
    [(array([b'Bo', b'Jo'], dtype=object), array([1.7 , 1.82], dtype=float32))]
    """

    def __init__(self, filenames: Any, compression_type: Any = None, buffer_size: Any = None) -> None:
        super().__init__(Files(filenames, lambda _, name, packed: lines_of(name, packed), compression_type))


def lines_of(name: str, compression: str = "") -> Iterator[bytes]:
    """The lines of a text file, without their ends."""
    with opened(name, compression) as stream:
        held = b""
        while more := stream.read(_PIECE):
            lines = (held + more).split(b"\n")
            held = lines.pop()
            yield from [line[:-1] if line.endswith(b"\r") else line for line in lines]
        if held:
            yield held.removesuffix(b"\r")


class FixedLengthRecordDataset(Dataset):
    """The records of files in which all have as many bytes.

    Args:
        filenames: as for `TextLineDataset`.
        record_bytes: the bytes of a record.
        header_bytes, footer_bytes: how many bytes to leave out at the beginning and the end of each file.
        buffer_size: accepted and without effect.
        compression_type: None, "", "GZIP" or "ZLIB".

    Raises:
        InvalidArgumentError: when it is read, and a file does not hold whole records.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "a.bin")
    >>> with open(path, "wb") as file:
    ...     _ = file.write(bytes(range(7)))
    >>> pairs = tf.data.FixedLengthRecordDataset(path, 2, header_bytes=1).map(lambda r: tf.decode_raw(r, tf.uint8))
    >>> list(pairs.as_numpy_iterator())
    [array([1, 2], dtype=uint8), array([3, 4], dtype=uint8), array([5, 6], dtype=uint8)]
    """

    def __init__(
        self,
        filenames: Any,
        record_bytes: Any,
        header_bytes: Any = None,
        footer_bytes: Any = None,
        buffer_size: Any = None,
        compression_type: Any = None,
    ) -> None:
        size = number(record_bytes, "`record_bytes`", 1)
        head = number(0 if header_bytes is None else header_bytes, "`header_bytes`", 0)
        foot = number(0 if footer_bytes is None else footer_bytes, "`footer_bytes`", 0)

        def records(reading: Reading, name: str, compression: str) -> Iterator[bytes]:
            bounds = [
                reading.number(value, what, least)
                for value, what, least in (
                    (size, "`record_bytes`", 1),
                    (head, "`header_bytes`", 0),
                    (foot, "`footer_bytes`", 0),
                )
            ]
            return _records(name, compression, *bounds)

        super().__init__(Files(filenames, records, compression_type, size, head, foot))


def _records(name: str, compression: str, size: int, head: int, foot: int) -> Iterator[bytes]:
    """The records of a file, all but the last bytes of which may be records."""
    with opened(name, compression) as stream:
        held, skipped = b"", False
        while more := stream.read(max(_PIECE, size)):
            held += more
            if not skipped and len(held) >= head:
                held, skipped = held[head:], True
            whole = (len(held) - foot) // size * size if skipped else 0
            for at in range(0, whole, size):
                yield held[at : at + size]
            held = held[max(whole, 0) :]
        if not skipped or len(held) != foot:
            raise errors.InvalidArgumentError(
                None,
                None,
                f"{name}: after {head} bytes at the beginning and before {foot} at the end, there are no whole records "
                f"of {size} bytes.",
            )


class TFRecordDataset(Dataset):
    """The records of TFRecord files, as byte strings; their checksums are verified.

    Args:
        filenames: as for `TextLineDataset`.
        compression_type: None, "", "GZIP" or "ZLIB".
        buffer_size, num_parallel_reads: accepted and without effect.

    Raises:
        DataLossError: when it is read, and a record is damaged or cut off. NotFoundError: a file is not there.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "a.tfrecord")
    >>> with tf.python_io.TFRecordWriter(path) as writer:
    ...     writer.write(b"one")
    ...     writer.write(b"two")
    >>> list(tf.data.TFRecordDataset(path).as_numpy_iterator())
    [b'one', b'two']
    """

    def __init__(
        self, filenames: Any, compression_type: Any = None, buffer_size: Any = None, num_parallel_reads: Any = None
    ) -> None:
        super().__init__(Files(filenames, lambda _, name, packed: read_records(name, packed), compression_type))
