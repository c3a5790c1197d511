"""Columns read in stride are those that are read with a closer look, to the last bit, whatever the block before was."""

import numpy as np
import pandas as pd
import pytest

from kerasflow.io import block_reader
from kerasflow.io.block_reader import BlockReader, numbered_words
from kerasflow.io.csv_cells import Words
from kerasflow.io.csv_source import Block, Header
from kerasflow.io.csv_text import Dialect, find_quoted
from kerasflow.io.table import parse_block

NAMES = ("n", "t", "m")
KINDS = dict(zip(NAMES, ("numeric", "text", "numeric"), strict=True))
# What rounds badly where it is not done with care, or has a power of ten that is no float64.
HARD = [
    "0.1", "-2.675", "123456789012345", "9007199254740993", "3.14159265358979312", "1e22", "1e23", "8.41e21", "5e-324",
    "2.4703282292e-324", "1e-320", "2.2250738585e-308", "1.7976931348e308", "1e-7", "9.99e-8", "1e15", "1.1e15", "-0",
    "0.000000000001", "1e400", "-inf", "1e-400", "7.0e-10", "4.35", "0.57", "1.005e2", "", "NA", "5.", ".5", "1E5",
]  # fmt: skip


def block(rows, start=2):
    data = "".join(",".join(row) + "\n" for row in rows).encode()
    return Block(Header("DATA.csv", NAMES, 1, ",", '"'), start, data, find_quoted(data, ",", '"'))


def cells_of(columns):
    """The columns as lists of float64 bits, or of texts with None."""
    found = {}
    for name, column in columns.items():
        if isinstance(column, Words):
            codes, cells = numbered_words(column)
            texts = [None if text in {"", *Dialect().missing} else text for text in column.texts(cells)]
            found[name] = [texts[code] for code in codes]
        elif column.dtype == np.float64:
            found[name] = np.asarray(column).view(np.int64).tolist()
        else:
            found[name] = [None if pd.isna(cell) else cell for cell in column]
    return found


def check(reader, given, kinds=KINDS):
    columns, lines = reader.read(given, kinds)
    frame = parse_block(given, list(kinds.values()))
    assert cells_of(columns) == cells_of(dict(frame.items()))
    assert lines.tolist() == frame.index.tolist()
    return columns


def test_numbers_are_read_to_the_last_bit():
    rng = np.random.default_rng(0)
    reader = BlockReader(Dialect())
    easy = [[repr(float(x)), "a", f"{y:.4f}"] for x, y in rng.normal(size=(50, 2)).round(6)]
    hard = [[cell, "b", other] for cell, other in zip(HARD, reversed(HARD), strict=True)]
    digits = [[f"{x:.{k}g}", "c", f"{y:.{k}g}"] for k in range(1, 16) for x, y in rng.normal(size=(20, 2)) * 10.0**k]
    for rows in (easy, hard, easy, digits, easy):
        columns = check(reader, block(rows))
        numbers = [float(row[0]) if row[0] not in ("", "NA") else np.nan for row in rows]
        assert np.asarray(columns["n"]).tobytes() == np.array(numbers).tobytes()
    for cell in HARD:
        check(BlockReader(Dialect()), block([[cell, "x", "1"]]))


def test_the_parser_is_kept_from_block_to_block(monkeypatch):
    made = []
    real = pd.read_csv
    monkeypatch.setattr(pd, "read_csv", lambda feed, **settings: made.append(feed) or real(feed, **settings))
    reader = BlockReader(Dialect())
    for start in (2, 5, 8):
        columns, lines = reader.read(block([["1", "a", "2"], ["3", "b", ""], ["5", "a", "6"]], start), KINDS)
        assert isinstance(columns["t"], Words) and columns["n"].tolist() == [1, 3, 5]
        assert lines.tolist() == [start, start + 1, start + 2]
    assert len(made) == 1
    reader.read(block([["1", "a", "2"]]), {**KINDS, "n": "skipped"})
    assert len(made) == 2
    columns, _ = reader.read(block([["1", "a", "2"]]), {**KINDS, "n": "skipped", "m": "skipped"})
    assert list(columns) == ["t"] and len(made) == 2


def test_blocks_of_all_kinds_in_turn():
    rng = np.random.default_rng(1)
    numbers = ["1", "-2.5", "", "NA", "1e3"]
    texts = ["a", "", "null", "town 1", '"a,\nb"', "long " * 9, '"say ""so"""', "é", '"x"', "7"]
    reader = BlockReader(Dialect())
    for size in [1, 30, 2, 50, 7] * 8:
        rows = np.stack([rng.choice(part, size) for part in (numbers, texts[: rng.integers(3, 11)], numbers)], 1)
        if rng.random() < 0.2:
            rows[rng.integers(size), 0] = "none at all"
        if rng.random() < 0.2:
            rows[rng.integers(size), 2] = " 5"
        check(reader, block(rows.tolist(), int(rng.integers(2, 99))))


@pytest.mark.parametrize("missing", [("-999",), ("x", "7.0")])
def test_missing_numbers_have_more_spellings(missing):
    given = block([["-999.0", "-999.0", "1"], ["7", "7", "x"]])
    dialect = Dialect(missing=missing)
    columns, _ = BlockReader(dialect).read(given, KINDS)
    frame = parse_block(given, list(KINDS.values()), dialect)
    assert cells_of(columns) == cells_of(dict(frame.items()))


def test_numbers_are_read_quickly_only_where_that_is_exact(monkeypatch):
    monkeypatch.setattr(block_reader, "QUICK", {"comment": None})  # a setting that every pandas takes
    settings = []
    real = block_reader.reading
    monkeypatch.setattr(block_reader, "reading", lambda *args: settings.append(args[-1]) or real(*args))

    def asked(*cells):
        settings.clear()
        columns, _ = BlockReader(Dialect()).read(block([[cell, "t", "1"] for cell in cells]), KINDS)
        return [setting == block_reader.QUICK for setting in settings], columns["n"].tolist()

    assert asked("0.25", "123456789012345", "-0") == ([True], [0.25, 123456789012345, 0])
    assert asked("1", "0.12345678901234") == ([False], [1, 0.12345678901234])  # 16 characters
    assert asked("1", "9.9e-8") == ([True, False], [1, 9.9e-8])
    assert asked("1e-310")[0] == asked("1.1e15")[0] == asked("-1.1e15")[0] == asked("inf")[0] == [True, False]
    assert asked("1e-7", "1e15")[0] == [True]
