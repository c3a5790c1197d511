"""TFRecord files in Python: their writer, their reader, and how they are compressed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from kerasflow.io.records import RecordWriter, read_records
from kerasflow.io.streams import COMPRESSIONS

__all__ = ["TFRecordCompressionType", "TFRecordOptions", "TFRecordWriter", "tf_record_iterator"]


class TFRecordCompressionType:
    """How a TFRecord file is compressed."""

    NONE = 0
    ZLIB = 1
    GZIP = 2


_NAMES = {TFRecordCompressionType.NONE: "", TFRecordCompressionType.ZLIB: "ZLIB", TFRecordCompressionType.GZIP: "GZIP"}


class TFRecordOptions:
    """How a TFRecord file is written and read.

    Args:
        compression_type: one of `TFRecordCompressionType`, or "", "GZIP" or "ZLIB".
        settings: how hard to compress, accepted and without effect.

    Raises:
        ValueError: there is no such compression.
    """

    def __init__(self, compression_type: Any = None, **settings: Any) -> None:
        self.compression_type = compression_type
        self.get_compression_type_string(self)

    @classmethod
    def get_compression_type_string(cls, options: Any) -> str:
        """The name of the compression that `options` ask for: options, a compression or None."""
        given = options.compression_type if isinstance(options, TFRecordOptions) else options
        name = _NAMES.get(given, given) if given is not None else ""
        if name not in COMPRESSIONS:
            raise ValueError(f"The compression must be one of {COMPRESSIONS}, got {given!r}.")
        return str(name)


class TFRecordWriter:
    """Writes records to a TFRecord file.

    Args:
        path: the file; what is there is replaced.
        options: `TFRecordOptions`, or the name of a compression.

    Raises:
        NotFoundError: there is no such folder.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "a.tfrecord")
    >>> with tf.python_io.TFRecordWriter(path, "GZIP") as writer:
    ...     writer.write(b"one")
    >>> list(tf.python_io.tf_record_iterator(path, tf.python_io.TFRecordOptions("GZIP")))
    [b'one']
    """

    def __init__(self, path: str | os.PathLike[str], options: Any = None) -> None:
        self._writer = RecordWriter(path, TFRecordOptions.get_compression_type_string(options))

    def write(self, record: bytes) -> None:
        """Add a record, a byte string. TypeError if it is none."""
        if not isinstance(record, (bytes, bytearray, memoryview)):
            raise TypeError(f"A record is a byte string, got {record!r}. A message has SerializeToString().")
        self._writer.write(bytes(record))

    def flush(self) -> None:
        """Hand all records to the system."""
        self._writer.flush()

    def close(self) -> None:
        """Write what is left and close the file."""
        self._writer.close()

    def __enter__(self) -> TFRecordWriter:
        return self

    def __exit__(self, *exception: Any) -> None:
        self.close()

    def __del__(self) -> None:
        if "_writer" in self.__dict__:
            self.close()


def tf_record_iterator(path: str | os.PathLike[str], options: Any = None) -> Iterator[bytes]:
    """The records of a TFRecord file.

    Raises:
        NotFoundError: there is no such file. DataLossError: a record is damaged or cut off.
    """
    return read_records(path, TFRecordOptions.get_compression_type_string(options))
