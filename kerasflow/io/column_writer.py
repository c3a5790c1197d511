"""How a table becomes columns of binary numbers: read once, in blocks, whatever its size.

A column is taken for numbers as long as every cell of it is one. One that turns out to be text only late is read a
second time, it and its like alone. Texts become the places of a vocabulary in order of appearance; a column with more
texts than `Texts.most` becomes one of hashes, with what was written before.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from kerasflow.io.column_parts import Part
from kerasflow.io.csv_source import Block, ahead, read_files
from kerasflow.io.csv_text import Dialect, TableError, shown
from kerasflow.io.table import number_of, numbered, parse_block
from kerasflow.io.text_stream import PIECE, shown_path

__all__ = ["BUCKETS", "ColumnWriter", "Texts", "digest_of", "hashed"]

BUCKETS = 1 << 18  # of hashed texts
MOST_TEXTS = 1 << 16  # of a vocabulary
ALL_TEXTS = 1_000_000  # of all vocabularies, about
FEWEST_TEXTS = 100
SAMPLE = 1000  # texts of a hashed column that are kept as examples
PROBED = 1 << 16  # bytes from which kinds are guessed first

Progress = Callable[[int], None]


def hashed(text: str, buckets: int = BUCKETS) -> int:
    """The bucket of a text: the CRC-32 of its UTF-8, modulo their number."""
    return zlib.crc32(text.encode("utf-8", "surrogatepass")) % buckets


class Texts:
    """The texts of one column, numbered as they appear, or hashed where there are too many.

    Args:
        most: how many are numbered.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.places: dict[str, int] = {}
        self.buckets = 0

    def encode(self, codes: np.ndarray, texts: list[str]) -> np.ndarray:
        """The numbers of cells, which come as places in a list of texts, -1 where one is missing."""
        return np.array([*map(self._place, texts), -1], np.int32)[codes]

    def _place(self, text: str) -> int:
        if self.buckets:
            return hashed(text, self.buckets)
        return self.places.setdefault(text, len(self.places))

    def overflow(self) -> np.ndarray | None:
        """If there are too many texts, hash from now on; what the numbers given so far become, -1 at the end."""
        if self.buckets or len(self.places) <= self.most:
            return None
        self.buckets = BUCKETS
        return np.array([*(hashed(text, BUCKETS) for text in self.places), -1], np.int32)

    def kept(self) -> list[str]:
        """The vocabulary, or some of the texts that are hashed."""
        return list(self.places)[: SAMPLE if self.buckets else None]


def digest_of(path: str) -> str:
    """The SHA-256 of a file."""
    result = hashlib.sha256()
    with open(path, "rb") as stream:
        while piece := stream.read(PIECE):
            result.update(piece)
    return result.hexdigest()


class ColumnWriter:
    """Writes a table into a folder as columns.

    Args:
        folder: an empty folder.
        paths: the files.
        dialect: how they are written.
        asked: "numeric" or "text" for columns whose kind is not to be inferred.
        progress: called with the rows read so far.
    """

    def __init__(
        self, folder: Path, paths: list[str], dialect: Dialect, asked: Mapping[str, str], progress: Progress | None
    ) -> None:
        self.folder, self.paths, self.dialect, self.asked, self.progress = folder, paths, dialect, asked, progress
        self.kinds: dict[str, str] = {}  # of the columns, as they are written first
        self.texts: dict[str, Texts] = {}
        self.late: set[str] = set()  # columns that turned out to be text when numbers were written already
        self.present: set[str] = set()  # columns of numbers that have one
        self.infinite: dict[str, dict[str, Any]] = {}
        self.rows = [0] * len(paths)
        self.parts: list[Part] = []

    def write(self) -> dict[str, Any]:
        """Write the files; what there is to know about them, as JSON carries it."""
        digests = [hashlib.sha256() for _ in self.paths]
        self._write_all(digests)
        if self.late:
            self._write_late(digests)
        self._write_texts()
        found = [digest.hexdigest() for digest in digests]
        if self.dialect.limit is not None:  # the files were not read to their ends
            found = [digest_of(path) for path in self.paths]
        sources = [
            {"path": shown_path(path), "sha256": digest, "rows": rows}
            for path, digest, rows in zip(self.paths, found, self.rows, strict=True)
        ]
        parts = [
            {"columns": {name: dtype.str for name, dtype in part.dtypes.items()}, "chunks": part.chunks}
            for part in self.parts
        ]
        return {"sources": sources, "columns": [self._column(name) for name in self.kinds], "parts": parts}

    # --- all columns ---

    def _write_all(self, digests: list[Any]) -> None:
        """Read the files, and write all columns by what they seem to be."""
        limit = self.dialect.limit
        with open(self.folder / "part0", "w+b") as stream, open(self.folder / "lines", "wb") as lines:
            for number, whole in ahead(read_files(self.paths, self.dialect, digests)):
                block = whole.first(None if limit is None else limit - sum(self.rows))
                frame = None if self.parts else self._begin(block)
                if frame is None:
                    frame = parse_block(block, list(self.kinds.values()), self.dialect)
                columns = [self._values(name, kind, frame[name], block) for name, kind in self.kinds.items()]
                self._append(self.parts[0], stream, columns)
                lines.write(np.asarray(frame.index, "<i8").data)
                self.rows[number] += len(frame)
                if self.progress is not None:
                    self.progress(sum(self.rows))
                if sum(self.rows) == limit:
                    return

    def _begin(self, block: Block) -> Any:
        """Guess the kinds of the columns from the first rows; the frame of the block, if these are all of it."""
        names = block.header.names
        asked = ["text" if self.asked.get(name) == "text" else "numeric" for name in names]
        some = block.head(PROBED)
        head = parse_block(some, asked, self.dialect)
        self.kinds = {name: "numeric" if head[name].dtype == np.float64 else "text" for name in names}
        for name in (name for name, kind in self.kinds.items() if kind == "text"):
            self._refuse_text(name, head[name], block)
            self.texts[name] = self._no_texts()
        dtypes = {name: "<f8" if kind == "numeric" else "<i4" for name, kind in self.kinds.items()}
        self.parts.append(Part(self.folder / "part0", dtypes, []))
        return head if some is block else None

    def _values(self, name: str, kind: str, column: Any, block: Block) -> np.ndarray:
        """The cells of a column as they are written."""
        if kind == "text":
            return self.texts[name].encode(*numbered(column))
        if name in self.late:
            return np.zeros(len(column))
        if column.dtype != np.float64:
            self._refuse_text(name, column, block)
            self.late.add(name)
            return np.zeros(len(column))
        values = column.to_numpy()
        if name not in self.present and not np.isnan(values).all():
            self.present.add(name)
        if name not in self.infinite and np.isinf(values).any():
            line, cell = block.cell(int(np.argmax(np.isinf(values))), name)
            self.infinite[name] = {"path": block.header.path, "line": line, "cell": cell}
        return values

    def _refuse_text(self, name: str, column: Any, block: Block) -> None:
        """Raise a `TableError` if a column with a text was to be numeric."""
        if self.asked.get(name) != "numeric":
            return
        codes, texts = numbered(column)
        wrong = np.array([*(number_of(text, self.dialect) is None for text in texts), False])
        line, cell = block.cell(int(np.argmax(wrong[codes])), name)
        raise TableError(f"expected a number, found {shown(cell)}", block.header.path, line, name)

    # --- the columns that turned out to be text ---

    def _write_late(self, first: list[Any]) -> None:
        """Read the files again, and write the columns anew that are text after all."""
        names = [name for name in self.kinds if name in self.late]
        self.texts |= {name: self._no_texts() for name in names}
        part = Part(self.folder / "part1", dict.fromkeys(names, "<i4"), [])
        self.parts.append(part)
        kinds = ["text" if name in self.late else "skipped" for name in self.kinds]
        digests, rows = [hashlib.sha256() for _ in self.paths], sum(self.rows)
        with open(part.path, "w+b") as stream:
            for _, block in ahead(read_files(self.paths, self.dialect, digests)):
                if block.header.names != tuple(self.kinds):
                    break
                frame = parse_block(block.first(rows - sum(part.chunks)), kinds, self.dialect)
                self._append(part, stream, [self._values(name, "text", frame[name], block) for name in names])
                if sum(part.chunks) == rows:
                    break
        same = all(ours.digest() == theirs.digest() for ours, theirs in zip(digests, first, strict=True))
        if sum(part.chunks) != rows or (self.dialect.limit is None and not same):
            raise TableError("the file was changed while it was read", shown_path(self.paths[0]))

    # --- texts ---

    def _no_texts(self) -> Texts:
        return Texts(int(np.clip(ALL_TEXTS // len(self.kinds), FEWEST_TEXTS, MOST_TEXTS)))

    def _append(self, part: Part, stream: BinaryIO, columns: list[np.ndarray]) -> None:
        """Write a chunk, and see which columns have too many texts by now."""
        part.append(stream, columns)
        for name in part.dtypes:
            if name in self.texts and (become := self.texts[name].overflow()) is not None:
                part.rewrite(stream, name, become.__getitem__)

    def _write_texts(self) -> None:
        """Write the texts of all columns, one after the other, and where each ends."""
        end = 0
        with open(self.folder / "texts", "wb") as texts, open(self.folder / "ends", "wb") as ends:
            for name in self.kinds:
                kept = [text.encode() for text in self.texts[name].kept()] if name in self.texts else []
                texts.write(b"".join(kept))
                places = end + np.cumsum([len(text) for text in kept], dtype="<i8")
                ends.write(places.data)
                end = int(places[-1]) if len(places) else end

    def _column(self, name: str) -> dict[str, Any]:
        """What there is to know about a column. One without a value is text, unless numbers were asked for."""
        part: int | None = 1 if name in self.late else 0
        kind = "text" if name in self.texts else "numeric"
        if kind == "numeric" and name not in self.present and self.asked.get(name) != "numeric":
            kind, part = "text", None
        texts = self.texts.get(name)
        return {
            "name": name,
            "kind": kind,
            "part": part,
            "texts": len(texts.kept()) if texts else 0,
            "buckets": texts.buckets if texts else 0,
            "infinite": self.infinite.get(name) if kind == "numeric" else None,
        }
