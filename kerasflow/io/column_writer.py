"""How a table becomes columns of binary numbers: read once, in blocks, whatever its size.

A column is taken for numbers as long as every cell of it is one. One that turns out to be text only late is read a
second time, it and its like alone. Texts become the places of a vocabulary in order of appearance; a column with more
texts than `Texts.most` becomes one of hashes, with what was written before.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from kerasflow.io.block_reader import BlockReader, numbered_words
from kerasflow.io.column_parts import Part
from kerasflow.io.csv_cells import Words
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


def hashed(texts: Sequence[str], buckets: int = BUCKETS) -> np.ndarray:
    """The buckets of texts, int32: the CRC-32 of their UTF-8, modulo the number of buckets.

    >>> hashed(["near", "far"]) == [zlib.crc32(text) % BUCKETS for text in (b"near", b"far")]
    array([ True,  True])
    """
    sums = (zlib.crc32(text.encode("utf-8", "surrogatepass")) for text in texts)
    return np.fromiter((checksum % buckets for checksum in sums), np.int32, len(texts))


class Texts:
    """The texts of one column, numbered as they appear, or hashed where there are too many.

    Args:
        most: how many are numbered.
        missing: the cells that stand for a missing value.
    """

    def __init__(self, most: int, missing: frozenset[str]) -> None:
        self.most, self.missing = most, missing
        self.places: dict[str, int] = {}
        self.buckets = 0

    def encode(self, column: Any) -> np.ndarray:
        """The numbers of the cells of a column, a series or words, int32, -1 where one is missing."""
        if self.buckets:
            return self._hashed(column)
        if isinstance(column, Words):
            codes, cells = numbered_words(column)
            texts = column.texts(cells)
        else:
            codes, texts = numbered(column)
        for text in texts:
            if text not in self.places and text not in self.missing:
                self.places[text] = len(self.places)
        return np.array([*(self.places.get(text, -1) for text in texts), -1], np.int32)[codes]

    def _hashed(self, column: Any) -> np.ndarray:
        if isinstance(column, Words):
            codes = (column.checksums() % np.uint32(self.buckets)).astype(np.int32)
            codes[column.among(self.missing)] = -1
            return codes
        present = column.notna().to_numpy()
        codes = np.full(len(column), -1, np.int32)
        codes[present] = hashed(column.to_numpy(object)[present].tolist(), self.buckets)
        return codes

    def overflow(self) -> np.ndarray | None:
        """If there are too many texts, hash from now on; what the numbers given so far become, -1 at the end."""
        if self.buckets or len(self.places) <= self.most:
            return None
        self.buckets = BUCKETS
        return np.append(hashed(list(self.places), BUCKETS), np.int32(-1))

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
        with open(self.folder / "part0", "w+b") as stream, open(self.folder / "lines", "wb") as lines:
            for number, block, columns, places in ahead(self._blocks(digests)):
                self._append(
                    self.parts[0],
                    stream,
                    [
                        self._values(name, kind, columns.get(name), block, len(places))
                        for name, kind in self.kinds.items()
                    ],
                )
                lines.write(np.asarray(places, "<i8").data)
                self.rows[number] += len(places)
                if self.progress is not None:
                    self.progress(sum(self.rows))

    def _blocks(self, digests: list[Any]) -> Generator[tuple[int, Block, dict[str, Any], np.ndarray]]:
        """The number of the file, the block, its columns and lines, up to the last row that is asked for."""
        left, reader = self.dialect.limit, BlockReader(self.dialect)
        for number, whole in ahead(read_files(self.paths, self.dialect, digests)):
            block = whole.first(left)
            if not self.parts:
                self._begin(block)
            kinds = {name: "skipped" if name in self.late else kind for name, kind in self.kinds.items()}
            columns, lines = reader.read(block, kinds)
            yield number, block, columns, lines
            left = None if left is None else left - len(lines)
            if left == 0:
                return

    def _begin(self, block: Block) -> None:
        """Guess the kinds of the columns from the first rows."""
        names = block.header.names
        asked = ["text" if self.asked.get(name) == "text" else "numeric" for name in names]
        head = parse_block(block.head(PROBED), asked, self.dialect)
        self.kinds = {name: "numeric" if head[name].dtype == np.float64 else "text" for name in names}
        for name in (name for name, kind in self.kinds.items() if kind == "text"):
            self._refuse_text(name, head[name], block)
            self.texts[name] = self._no_texts()
        dtypes = {name: "<f8" if kind == "numeric" else "<i4" for name, kind in self.kinds.items()}
        self.parts.append(Part(self.folder / "part0", dtypes, []))

    def _values(self, name: str, kind: str, column: Any, block: Block, rows: int) -> np.ndarray:
        """The cells of a column as they are written."""
        if kind == "text":
            return self.texts[name].encode(column)
        if name in self.late:
            return np.zeros(rows)
        if column.dtype != np.float64:
            self._refuse_text(name, column, block)
            self.late.add(name)
            return np.zeros(rows)
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
        kinds = {name: "text" if name in self.late else "skipped" for name in self.kinds}
        reader, digests, rows = BlockReader(self.dialect), [hashlib.sha256() for _ in self.paths], sum(self.rows)
        with open(part.path, "w+b") as stream:
            for _, block in ahead(read_files(self.paths, self.dialect, digests)):
                if block.header.names != tuple(self.kinds):
                    break
                columns, _ = reader.read(block.first(rows - sum(part.chunks)), kinds)
                self._append(part, stream, [self.texts[name].encode(columns[name]) for name in names])
                if sum(part.chunks) == rows:
                    break
        same = all(ours.digest() == theirs.digest() for ours, theirs in zip(digests, first, strict=True))
        if sum(part.chunks) != rows or (self.dialect.limit is None and not same):
            raise TableError("the file was changed while it was read", shown_path(self.paths[0]))

    # --- texts ---

    def _no_texts(self) -> Texts:
        most = int(np.clip(ALL_TEXTS // len(self.kinds), FEWEST_TEXTS, MOST_TEXTS))
        return Texts(most, frozenset(["", *self.dialect.missing]))

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
