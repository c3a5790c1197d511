"""Columns of fixed width in one file, chunk after chunk of rows, and column after column within a chunk.

Rows are appended and read by ranges; any number of columns needs one open file. The layout follows from the widths of
the columns and the sizes of the chunks, so nothing in the file says where anything is, and its size can be checked.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

__all__ = ["Part"]


class Part:
    """A file of columns.

    Args:
        path: the file.
        dtypes: of each column, by its name.
        chunks: the rows of each chunk that is there already.

    >>> import tempfile
    >>> part = Part(Path(tempfile.mkdtemp(), "part"), {"rooms": "<f8", "sea": "<i4"}, [])
    >>> for rooms, sea in (([3.0, 2.0], [0, 1]), ([5.0], [0])):
    ...     with open(part.path, "ab") as stream:
    ...         part.append(stream, [np.array(rooms), np.array(sea)])
    >>> part.read("rooms", 1, 3).tolist(), part.read("sea", 1, 3).tolist()
    ([2.0, 5.0], [1, 0])
    """

    def __init__(self, path: Path, dtypes: dict[str, str], chunks: Sequence[int]) -> None:
        self.path = path
        self.dtypes = {name: np.dtype(dtype) for name, dtype in dtypes.items()}
        self.chunks = list(chunks)
        widths = [dtype.itemsize for dtype in self.dtypes.values()]
        self.width = sum(widths)
        self._before = dict(zip(self.dtypes, np.cumsum([0, *widths]).tolist(), strict=False))  # bytes of a row

    @property
    def size(self) -> int:
        """How many bytes the file has."""
        return self.width * sum(self.chunks)

    def append(self, stream: BinaryIO, columns: Sequence[np.ndarray]) -> None:
        """Write one chunk of rows, the columns in order, to the file, open for writing at its end."""
        for values, dtype in zip(columns, self.dtypes.values(), strict=True):
            stream.write(np.ascontiguousarray(values, dtype).data)
        self.chunks.append(len(columns[0]))

    def read(self, name: str, start: int, stop: int) -> np.ndarray:
        """The values of a column in the rows from `start` to before `stop`."""
        dtype = self.dtypes[name]
        result = np.empty(max(stop - start, 0), dtype)
        with open(self.path, "rb") as stream:
            for first, rows, place in self._stretches(name, start, stop):
                stream.seek(place)
                if stream.readinto(memoryview(result[first : first + rows]).cast("B")) != rows * dtype.itemsize:
                    raise ValueError(f"{self.path} is shorter than it was")
        return result

    def rewrite(self, stream: BinaryIO, name: str, change: Callable[[np.ndarray], np.ndarray]) -> None:
        """Replace the values of a column, chunk by chunk, by what `change` makes of them.

        Args:
            stream: the file, open for reading and writing; it is left at its end.
            name: the column.
            change: takes and gives an array.
        """
        dtype = self.dtypes[name]
        for _, rows, place in self._stretches(name, 0, sum(self.chunks)):
            stream.seek(place)
            values = np.frombuffer(stream.read(rows * dtype.itemsize), dtype)
            stream.seek(place)
            stream.write(np.ascontiguousarray(change(values), dtype).data)
        stream.seek(0, os.SEEK_END)

    def _stretches(self, name: str, start: int, stop: int) -> list[tuple[int, int, int]]:
        """Where rows lie: of each chunk with any, its first row counted from `start`, the rows, the place."""
        ends = np.cumsum(self.chunks)
        width, stretches = self.dtypes[name].itemsize, []
        for chunk in range(int(np.searchsorted(ends, start, "right")), len(self.chunks)):
            begin = int(ends[chunk]) - self.chunks[chunk]
            if begin >= stop:
                break
            first, last = max(start, begin), min(stop, int(ends[chunk]))
            place = begin * self.width + self.chunks[chunk] * self._before[name] + (first - begin) * width
            stretches.append((first - start, last - first, place))
        return stretches
