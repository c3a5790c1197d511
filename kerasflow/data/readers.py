"""Readers: operations that take the names of files from a queue and give what is in the files, a record at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np

from kerasflow.core.errors import InvalidArgumentError
from kerasflow.core.graph import apply, convert
from kerasflow.core.opdef import op
from kerasflow.core.ops.queue_ops import Description
from kerasflow.core.ops.queues import QueueBase
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import Spec, int64, string
from kerasflow.data.elements import text_of
from kerasflow.data.files import lines_of
from kerasflow.data.record_files import TFRecordOptions
from kerasflow.io.records import read_records
from kerasflow.io.streams import opened

__all__ = [
    "FixedLengthRecordReader",
    "IdentityReader",
    "ReaderBase",
    "TFRecordReader",
    "TextLineReader",
    "WholeFileReader",
]

Records = Iterator[tuple[bytes, bytes]]  # keys and values


class _Source:
    """What the operations of a reader share: how it opens a file, and the key of its state in a session."""

    def __init__(self, open_file: Callable[[str], Records]) -> None:
        self.open_file = open_file


class _State:
    """Where a reader is in a session, and what it has done there."""

    def __init__(self, source: _Source) -> None:
        self._source = source
        self._records: Records | None = None
        self._busy = False
        self.files = 0
        self.records = 0

    def take(self, runtime: Any, queue: Description, most: int) -> list[tuple[bytes, bytes]]:
        """Up to that many records of one file, at least one; waits for its name. OutOfRangeError: there is none."""
        while self._busy:
            runtime.wait()
        self._busy = True
        try:
            while True:
                if self._records is None:
                    [element] = queue.store(runtime).take(1)
                    self._records = self._source.open_file(text_of(element[0]))
                if found := list(islice(self._records, most)):
                    self.records += len(found)
                    return found
                self._records = None
                self.files += 1
        finally:
            self._busy = False
            runtime.changed.notify_all()


def _state(runtime: Any, reader: _Source) -> _State:
    found: _State = runtime.state(reader, lambda: _State(reader))
    return found


def _two(shape: tuple[int | None, ...]) -> tuple[Spec, Spec]:
    return Spec(string, shape), Spec(string, shape)


@op("ReaderReadV2", infer=lambda reader, queue: _two(()), vjp=None, stateful=True)
def _read(runtime: Any, operation: Any, reader: _Source, queue: Description) -> Any:
    [(key, value)] = _state(runtime, reader).take(runtime, queue, 1)
    return np.array(key, object), np.array(value, object)


@op("ReaderReadUpToV2", infer=lambda count, reader, queue: _two((None,)), vjp=None, stateful=True)
def _read_up_to(runtime: Any, operation: Any, count: Any, reader: _Source, queue: Description) -> Any:
    if int(count) < 1:
        raise InvalidArgumentError(None, None, f"The number of records must be positive, got {int(count)}.")
    found = _state(runtime, reader).take(runtime, queue, int(count))
    out = np.empty((2, len(found)), object)
    out[0], out[1] = zip(*found, strict=True)
    return out[0], out[1]


@op("ReaderNumRecordsProducedV2", infer=lambda reader: Spec(int64, ()), vjp=None, stateful=True)
def _records_produced(runtime: Any, operation: Any, reader: _Source) -> Any:
    return np.int64(_state(runtime, reader).records)


@op("ReaderNumWorkUnitsCompletedV2", infer=lambda reader: Spec(int64, ()), vjp=None, stateful=True)
def _files_completed(runtime: Any, operation: Any, reader: _Source) -> Any:
    return np.int64(_state(runtime, reader).files)


@op("ReaderResetV2", infer=lambda reader: (), vjp=None, stateful=True)
def _reset(runtime: Any, operation: Any, reader: _Source) -> tuple[()]:
    runtime.states.pop(reader, None)
    return ()


class ReaderBase:
    """The base of the readers: each run of what `read` gave takes the next record of the files in a queue."""

    def __init__(self, open_file: Callable[[str], Records]) -> None:
        self._reader = _Source(open_file)

    @property
    def supports_serialize(self) -> bool:
        """Whether its state can be saved: no."""
        return False

    def read(self, queue: QueueBase, name: str | None = None) -> tuple[Tensor, Tensor]:
        """The key and the value of the next record, scalar strings.

        Args:
            queue: has the names of the files; when one is read to its end, the next is taken from it.
            name: of the operation.

        Raises:
            TypeError: `queue` is none. OutOfRangeError: in a run, the queue is closed and empty.
        """
        key, value = apply("ReaderReadV2", reader=self._reader, queue=_described(queue), name=name)
        return key, value

    def read_up_to(self, queue: QueueBase, num_records: Any, name: str | None = None) -> tuple[Tensor, Tensor]:
        """The keys and values of the next records of a file, as many as are left of it, `num_records` at the most."""
        count = convert(num_records, int64)
        keys, values = apply("ReaderReadUpToV2", count, reader=self._reader, queue=_described(queue), name=name)
        return keys, values

    def num_records_produced(self, name: str | None = None) -> Tensor:
        """How many records it has given in this session."""
        made: Tensor = apply("ReaderNumRecordsProducedV2", reader=self._reader, name=name)
        return made

    def num_work_units_completed(self, name: str | None = None) -> Tensor:
        """How many files it has read to their end in this session."""
        made: Tensor = apply("ReaderNumWorkUnitsCompletedV2", reader=self._reader, name=name)
        return made

    def reset(self, name: str | None = None) -> Operation:
        """Let go of the file, and begin with the next."""
        made: Operation = apply("ReaderResetV2", reader=self._reader, name=name)
        return made


def _described(queue: Any) -> Description:
    if not isinstance(queue, QueueBase) or queue.dtypes != [string]:
        raise TypeError(f"A reader takes the names of files from a queue of strings, got {queue!r}.")
    return queue._queue


class TextLineReader(ReaderBase):
    """Gives the lines of text files; the keys are the name of the file and the number of the line, from 1.

    Args:
        skip_header_lines: how many lines at the beginning of each file to leave out.
        name: accepted and without effect.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "a.csv")
    >>> with open(path, "w") as file:
    ...     _ = file.write("height,width\\n1,2\\n3,4\\n")
    >>> names = tf.train.string_input_producer([path])
    >>> key, line = tf.TextLineReader(skip_header_lines=1).read(names)
    >>> height, width = tf.decode_csv(line, [[0.0], [0.0]])
    >>> with tf.Session() as sess:
    ...     threads = tf.train.start_queue_runners(sess)
    ...     print(*sess.run([height, width]), *sess.run([height, width]))
    1.0 2.0 3.0 4.0
    """

    def __init__(self, skip_header_lines: int | None = None, name: str | None = None) -> None:
        skipped = skip_header_lines or 0

        def lines(path: str) -> Records:
            for number, line in islice(enumerate(lines_of(path), 1), skipped, None):
                yield f"{path}:{number}".encode(), line

        super().__init__(lines)


class WholeFileReader(ReaderBase):
    """Gives whole files; the keys are their names.

    Args:
        name: accepted and without effect.
    """

    def __init__(self, name: str | None = None) -> None:
        super().__init__(_whole)


def _whole(path: str) -> Records:
    with opened(path, "") as stream:
        yield path.encode(), stream.read(-1)


class IdentityReader(ReaderBase):
    """Gives what is in the queue, as keys and as values; no file is opened.

    Args:
        name: accepted and without effect.
    """

    def __init__(self, name: str | None = None) -> None:
        super().__init__(lambda work: iter([(work.encode(), work.encode())]))


class TFRecordReader(ReaderBase):
    """Gives the records of TFRecord files; the keys are the name of the file and where in it the record begins.

    Args:
        name: accepted and without effect.
        options: `TFRecordOptions`, how the files are compressed.

    Raises:
        DataLossError: in a run, a record is damaged or cut off.
    """

    def __init__(self, name: str | None = None, options: Any = None) -> None:
        packed = TFRecordOptions.get_compression_type_string(options)

        def records(path: str) -> Records:
            place = 0
            for record in read_records(path, packed):
                yield f"{path}:{place}".encode(), record
                place += len(record) + 16  # its length and two checksums

        super().__init__(records)


class FixedLengthRecordReader(ReaderBase):
    """Gives the records of files in which all have as many bytes; the keys are the file's name and the record's number.

    Args:
        record_bytes: the bytes of a record.
        header_bytes, footer_bytes: how many bytes to leave out at the beginning and the end of each file.
        hop_bytes: how many bytes after a record the next begins, by default `record_bytes`: they follow one another.
        name: accepted and without effect.
        encoding: None, "", "GZIP" or "ZLIB": how the files are compressed.

    Raises:
        ValueError: a number of bytes is negative, or that of a record is not positive.
    """

    def __init__(
        self,
        record_bytes: int,
        header_bytes: int | None = None,
        footer_bytes: int | None = None,
        hop_bytes: int | None = None,
        name: str | None = None,
        encoding: str | None = None,
    ) -> None:
        head, foot, hop = header_bytes or 0, footer_bytes or 0, hop_bytes or record_bytes
        if record_bytes < 1 or min(head, foot, hop) < 0:
            raise ValueError(f"Expected numbers of bytes, got {record_bytes} in a record, {head}, {foot} and {hop}.")
        packed = TFRecordOptions.get_compression_type_string(encoding)

        def records(path: str) -> Records:
            with opened(path, packed) as stream:
                held = stream.read(-1)
            for number, at in enumerate(range(head, len(held) - foot - record_bytes + 1, hop)):
                yield f"{path}:{number}".encode(), held[at : at + record_bytes]

        super().__init__(records)
