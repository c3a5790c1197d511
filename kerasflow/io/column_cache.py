"""Tables as columns of binary numbers on the disk: a CSV file of any size is read once, and then streamed.

A cache is a folder. ``cache.json`` says what the columns are and of which files, by their SHA-256, they were made;
``part0`` and ``part1`` hold the numbers and the codes of texts (`column_parts`), ``texts`` and ``ends`` the
vocabularies, ``lines`` the line of each row. It is there in whole or not at all. Everything in it is data, and its
sizes are checked before it is used.
"""

from __future__ import annotations

import errno
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from kerasflow.io.column_parts import Part
from kerasflow.io.column_writer import ColumnWriter, Progress, digest_of
from kerasflow.io.csv_source import listed
from kerasflow.io.csv_text import USUAL, Dialect, Paths, StrPath, TableError, shown
from kerasflow.io.files import atomic_directory
from kerasflow.io.json_file import Fields, JsonError, read_json, write_json
from kerasflow.io.text_stream import STDIN, shown_path

__all__ = ["ColumnCache"]

FORMAT = 1
MARKER = "cache.json"
_LINES = 1 << 20  # of which places are read at a time
DTYPES = {"numeric": "<f8", "text": "<i4"}


class ColumnCache:
    """A table on the disk, column by column.

    Text is given as codes, places in `vocabulary`. A column with more than some 65,000 texts (fewer, if the table has
    more than 15 columns) has no vocabulary: its codes are hashes of the texts, from 0 to before `buckets`.

    Attributes:
        names: of the columns, in order.
        kinds: "numeric" or "text" by name.
        rows: how many there are.
        fingerprint: of the content of the files, the dialect and the kinds that were asked for.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "homes.csv").write_text("rooms,sea\\n3,near\\n,far\\n5,near\\n")
    >>> cache = ColumnCache.make(folder / "cache", folder / "homes.csv")
    >>> cache.kinds
    {'rooms': 'numeric', 'sea': 'text'}
    >>> cache.numbers("rooms"), cache.codes("sea", 1), cache.vocabulary("sea")
    (array([ 3., nan,  5.]), array([1, 0], dtype=int32), ['near', 'far'])
    """

    def __init__(self, folder: Path, content: Any) -> None:
        """Use `make` or `open`."""
        fields = Fields(content, MARKER)
        if (number := fields.integer("format")) != FORMAT:
            raise JsonError(f"{MARKER}: this is format {number}, expected {FORMAT}")
        self.folder = folder
        self._opened = _identity(folder)
        self.fingerprint = fields.text("fingerprint")
        self._sources = [_Source.read(item) for item in fields.items("sources")]
        self._columns = {column.name: column for column in map(_Column.read, fields.items("columns"))}
        self._parts = [_part(folder, number, item) for number, item in enumerate(fields.items("parts"))]
        fields.done()
        self.names = list(self._columns)
        if len(self.names) != len(content["columns"]):
            raise JsonError(f"{MARKER}: two columns have the same name")
        self.kinds = {name: column.kind for name, column in self._columns.items()}
        self.rows = sum(source.rows for source in self._sources)
        counts = np.cumsum([0, *(column.texts for column in self._columns.values())]).tolist()
        self._first_text = dict(zip(self.names, counts, strict=False))
        self._check_sizes()

    @classmethod
    def make(
        cls,
        folder: StrPath,
        paths: Paths,
        dialect: Dialect = USUAL,
        kinds: Mapping[str, str] | None = None,
        progress: Progress | None = None,
    ) -> ColumnCache:
        """Read a table into the folder, unless the folder holds just that already.

        Args:
            folder: where the cache shall be; its parent must exist. A cache that is there is replaced.
            paths: a file or several with the same header; no standard input.
            dialect: how they are written.
            kinds: "numeric" or "text" for columns whose kind is not to be inferred.
            progress: called with the rows read so far.

        Raises:
            TableError: as `read_table`; or a column that was to be numeric has another cell.
            OSError: a file cannot be read, the folder cannot be written, or is no cache; nothing is left behind.
        """
        folder, files, asked = Path(folder), listed(paths), dict(kinds or {})
        if STDIN in files:
            raise ValueError("a cache is made of files; what comes from standard input has to become one first")
        if (old := cls._reusable(folder, files, dialect, asked)) is not None:
            return old
        with atomic_directory(folder, overwrite=True, marker=MARKER) as temporary:
            content = ColumnWriter(temporary, files, dialect, asked, progress).write()
            digests = [source["sha256"] for source in content["sources"]]
            content |= {"format": FORMAT, "fingerprint": _fingerprint(digests, dialect, asked)}
            write_json(temporary / MARKER, content)
        return cls.open(folder)

    @classmethod
    def open(cls, folder: StrPath) -> ColumnCache:
        """The cache in a folder.

        Raises:
            JsonError: it is damaged, or of another format; a ValueError.
            OSError: there is none.
        """
        return cls(Path(folder), read_json(Path(folder, MARKER)))

    def numbers(self, name: str, start: int = 0, stop: int | None = None) -> np.ndarray:
        """The numbers of a column in the rows from `start` to before `stop`, float64, NaN where one is missing.

        Raises:
            KeyError: there is no such column of numbers.
            TableError: one of the column's cells, in whichever row, is infinite.
            OSError: the files cannot be read, or are others by now.
        """
        column = self._column(name, "numeric")
        if column.infinite is not None:
            path, line, cell = column.infinite
            raise TableError(f"expected a finite number, found {shown(cell)}", path, line, name)
        return self._read(column, start, self.rows if stop is None else min(stop, self.rows)).astype(
            np.float64, copy=False
        )

    def codes(self, name: str, start: int = 0, stop: int | None = None) -> np.ndarray:
        """The texts of a column in the rows from `start` to before `stop`: int32 codes, -1 where one is missing.

        Raises:
            KeyError: there is no such column of texts.
        """
        column = self._column(name, "text")
        start, stop = min(start, self.rows), self.rows if stop is None else min(stop, self.rows)
        if column.part is None:
            return np.full(max(stop - start, 0), -1, np.int32)
        codes = self._read(column, start, stop).astype(np.int32, copy=False)
        if len(codes) and not -1 <= codes.min() <= codes.max() < (column.buckets or column.texts):
            raise JsonError(f"{self.folder}: {name} has a code without a text")
        return codes

    def vocabulary(self, name: str) -> list[str]:
        """The texts that the codes of a column stand for, in order of appearance; none if it is hashed."""
        return [] if self.buckets(name) else self.sample(name)

    def sample(self, name: str) -> list[str]:
        """The texts of a column, in order of appearance; of a hashed one the first thousand."""
        column = self._column(name, "text")
        first = self._first_text[name]
        ends = self._ends[first : first + column.texts + 1].tolist()
        with open(self.folder / "texts", "rb") as stream:
            stream.seek(ends[0])
            data = stream.read(ends[-1] - ends[0])
        self._check_there()
        return [data[a - ends[0] : b - ends[0]].decode() for a, b in pairwise(ends)]

    def buckets(self, name: str) -> int:
        """How many hashes a column has for codes, 0 if these are places in its vocabulary."""
        return self._column(name, "text").buckets

    def place(self, row: int) -> tuple[str, int]:
        """The file of a row, and the line on which it starts."""
        if not 0 <= row < self.rows:
            raise IndexError(f"there are {self.rows} rows, no row {row}")
        line = np.fromfile(self.folder / "lines", "<i8", 1, offset=8 * row)
        ends = np.cumsum([source.rows for source in self._sources])
        return self._sources[int(np.searchsorted(ends, row, "right"))].path, int(line[0])

    def places(self, rows: np.ndarray) -> list[tuple[str, int]]:
        """The places of rows, ascending."""
        lines = np.empty(len(rows), np.int64)
        with open(self.folder / "lines", "rb") as stream:
            for start in range(0, self.rows, _LINES):
                mine = slice(*np.searchsorted(rows, (start, start + _LINES)).tolist())
                stream.seek(8 * start)
                if rows[mine].size:
                    lines[mine] = np.frombuffer(stream.read(8 * _LINES), "<i8")[rows[mine] - start]
        ends = np.cumsum([source.rows for source in self._sources])
        files = np.searchsorted(ends, rows, "right").tolist()
        return [(self._sources[file].path, line) for file, line in zip(files, lines.tolist(), strict=True)]

    def error(self, message: str, row: int, name: str) -> TableError:
        """The error for the cell of a column in a row."""
        return TableError(message, *self.place(row), name)

    # --- inside ---

    @classmethod
    def _reusable(cls, folder: Path, files: list[str], dialect: Dialect, asked: dict[str, str]) -> ColumnCache | None:
        """The cache in a folder if it is what would be made."""
        if not (folder / MARKER).is_file():
            return None
        try:
            cache = cls.open(folder)
        except (OSError, ValueError):
            return None
        if cache.fingerprint != _fingerprint([digest_of(path) for path in files], dialect, asked):
            return None
        pairs = zip(cache._sources, files, strict=True)
        cache._sources = [replace(source, path=shown_path(path)) for source, path in pairs]
        return cache

    def _column(self, name: str, kind: str) -> _Column:
        column = self._columns.get(name)
        if column is None or column.kind != kind:
            raise KeyError(f"{self.folder} has no {kind} column {name!r}")
        return column

    def _read(self, column: _Column, start: int, stop: int) -> np.ndarray:
        if column.part is None:
            return np.full(max(stop - start, 0), np.nan)
        values = self._parts[column.part].read(column.name, start, stop)
        self._check_there()
        return values

    def _check_there(self) -> None:
        """Check, after something was read, that it was read from the folder that was opened."""
        if _identity(self.folder) != self._opened:
            raise OSError(errno.ESTALE, "the columns of the table were made anew by another run", str(self.folder))

    @cached_property
    def _ends(self) -> np.ndarray:
        return np.concatenate([[0], np.fromfile(self.folder / "ends", "<i8")])

    def _check_sizes(self) -> None:
        """Check that the files are as long as they have to be, and that places in them are in them."""
        sizes = {part.path.name: part.size for part in self._parts} | {"lines": 8 * self.rows}
        sizes["ends"] = 8 * sum(column.texts for column in self._columns.values())
        for name, size in sizes.items():
            if (self.folder / name).stat().st_size != size:
                raise JsonError(f"{self.folder}: {name} is not as long as it has to be")
        ends = self._ends
        if (np.diff(ends) < 0).any() or ends[-1] != (self.folder / "texts").stat().st_size:
            raise JsonError(f"{self.folder}: ends and texts do not belong together")
        if any(sum(part.chunks) != self.rows for part in self._parts):
            raise JsonError(f"{self.folder}: a part has not {self.rows} rows")
        for column in self._columns.values():
            if column.part is not None and self._dtype(column) != DTYPES[column.kind]:
                raise JsonError(f"{self.folder}: {column.name} is not in its part")

    def _dtype(self, column: _Column) -> Any:
        known = column.part is not None and column.part < len(self._parts)
        return self._parts[column.part].dtypes.get(column.name) if known else None


@dataclass(frozen=True)
class _Source:
    """A file that was read."""

    path: str
    sha256: str
    rows: int

    @classmethod
    def read(cls, item: Any) -> _Source:
        fields = Fields(item, f"{MARKER}: a source")
        source = cls(fields.text("path"), fields.text("sha256"), fields.integer("rows", 0))
        fields.done()
        return source


@dataclass(frozen=True)
class _Column:
    """What there is to know of a column."""

    name: str
    kind: str
    part: int | None
    texts: int
    buckets: int
    infinite: tuple[str, int, str] | None

    @classmethod
    def read(cls, item: Any) -> _Column:
        fields = Fields(item, f"{MARKER}: a column")
        name, kind = fields.text("name"), fields.text("kind", ("numeric", "text"))
        part = fields.take("part")
        if part not in (None, 0, 1):
            raise fields.unlike("part", "0, 1 or null", part)
        infinite = fields.take("infinite")
        if infinite is not None:
            cell = Fields(infinite, f"{MARKER}: infinite")
            infinite = (cell.text("path"), cell.integer("line", 1), cell.text("cell"))
        column = cls(name, kind, part, fields.integer("texts", 0), fields.integer("buckets", 0), infinite)
        fields.done()
        return column


def _identity(folder: Path) -> tuple[int, int]:
    """What tells a folder from others of its name."""
    found = folder.stat()
    return found.st_dev, found.st_ino


def _part(folder: Path, number: int, item: Any) -> Part:
    fields = Fields(item, f"{MARKER}: part {number}")
    chunks, columns = fields.items("chunks"), fields.take("columns")
    fields.done()
    if not all(type(rows) is int and rows > 0 for rows in chunks):
        raise fields.unlike("chunks", "a list of numbers of rows", chunks)
    if not isinstance(columns, dict) or not set(columns.values()) <= set(DTYPES.values()):
        raise fields.unlike("columns", "an object with the type of each column", columns)
    return Part(folder / f"part{number}", columns, chunks)


def _fingerprint(digests: list[str], dialect: Dialect, asked: Mapping[str, str]) -> str:
    what = {"format": FORMAT, "files": digests, "dialect": asdict(dialect), "kinds": dict(sorted(asked.items()))}
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()
