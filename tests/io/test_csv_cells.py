"""Cells as words say what the csv module says, and blocks that want a closer look are told from plain ones."""

import csv
import io
import zlib

import numpy as np
import pytest

from kerasflow.io import csv_cells, csv_source
from kerasflow.io.csv_cells import Cells, plain_missing
from kerasflow.io.csv_source import Block, Header
from kerasflow.io.csv_text import Dialect, find_quoted

TEXTS = ["", "a", "eight888", "nine99999", "x" * 32, "é", "日本語テキスト", "NA", "null", "trail ", "\tlead", "-1.5"]


def block(text, names=("a", "b", "c"), quote='"'):
    data = text.encode()
    return Block(Header("DATA.csv", tuple(names), 1, ",", quote), 2, data, find_quoted(data, ",", quote))


def rows_of(text):
    return list(csv.reader(io.StringIO(text)))


@pytest.fixture(params=["plain", "quoted"])
def table(request):
    rng = np.random.default_rng(0)
    rows = rng.choice(TEXTS, (200, 3)).tolist()
    if request.param == "plain":
        return "".join(",".join(row) + "\n" for row in rows)
    rows = [[cell.replace("a", "a,\nb") if place else cell for place, cell in enumerate(row)] for row in rows]
    marked = [[f'"{cell}"' if "," in cell or rng.random() < 0.3 else cell for cell in row] for row in rows]
    return "".join(",".join(row) + "\n" for row in marked)


def test_words_are_the_cells(table):
    cells, rows = Cells.of(block(table)), rows_of(table)
    assert len(cells) == len(rows) == 200
    for place in range(3):
        theirs = [row[place] for row in rows]
        words = cells.words(place)
        assert words.texts(np.arange(200)) == theirs
        assert words.lengths.tolist() == [len(cell.encode()) for cell in theirs]
        assert words.checksums().tolist() == [zlib.crc32(cell.encode()) for cell in theirs]
        for some in (["NA"], ["", "null"], ["x" * 32], ["x" * 31], ["x" * 33], []):
            assert words.among(some).tolist() == [cell in some for cell in theirs]


def test_lines_are_those_the_rows_start_on(table):
    lines, line = [], 2
    for row in rows_of(table):
        lines.append(line)
        line += 1 + sum(cell.count("\n") for cell in row)
    assert Cells.of(block(table)).lines().tolist() == lines


def test_a_long_cell_makes_no_words():
    cells = Cells.of(block(f'{"x" * 33},{"x" * 32},"{"x" * 32}"\n,"",z\n'))
    assert cells.words(0) is None
    assert cells.words(1).texts(np.array([1, 0])) == ["", "x" * 32]
    assert cells.words(2).texts(np.array([0, 1])) == ["x" * 32, "z"]
    assert [cells.longest(place) for place in range(3)] == [33, 32, 34]


@pytest.mark.parametrize(
    "text",
    [
        "a,b,c\na,b\n",
        "a,b,c\na,b,c,d\n",
        "a,b\na,b,c,d\n",
        "a,b,c\n\na,b,c\n",
        " a,b,c\n",
        "a, b,c\n",
        "a,b,c\n a,b,c\n",
        'a,"b""c",d\n',
        '"""b",c,d\n',
        '"b""c",d,e"f\n',
        'a,"b"c,d\n',
        'a,b"c,"d"\n',
        '"a, b", c,d\n',
        ' "a, b",c,d\n',
        '"a, b",c,d\n e,f,g\n',
    ],
)
def test_what_is_not_plain_is_left_alone(text, monkeypatch):
    assert Cells.of(block(text)) is None
    monkeypatch.setattr(csv_cells, "SLICE", 4)
    assert Cells.of(block(text)) is None


def test_what_looks_odd_and_is_plain():
    for text in ('a,b"c,d\n', "a ,b ,c\n", "a,\tb,c\n", ",,\n", 'a,"b\n\n",c\n', 'a,",,,",c\n', '" a, b\n c",d,e\n'):
        cells = Cells.of(block(text))
        assert [cells.words(place).texts(np.array([0]))[0] for place in range(3)] == rows_of(text)[0]
    assert Cells.of(block('"a,b,"c"\n', quote=None)).words(0).texts(np.array([0])) == ['"a']


def test_one_column_and_large_blocks_are_left_alone(monkeypatch):
    assert Cells.of(block("a\nb\n", names=["a"])) is None
    monkeypatch.setattr(csv_cells, "MOST", 5)
    assert Cells.of(block("a,b,c\n")) is None


@pytest.mark.parametrize("size", [1, 2, 3, 5, 64, csv_source.SLICE])
def test_slices_change_nothing(table, monkeypatch, size):
    whole = Cells.of(block(table)).words(1).texts(np.arange(200))
    monkeypatch.setattr(csv_cells, "SLICE", size)
    assert Cells.of(block(table)).words(1).texts(np.arange(200)) == whole


def test_numbers_among_the_missing_are_left_to_pandas():
    assert plain_missing(Dialect()) == {"", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?"}
    assert plain_missing(Dialect(missing=("inf", "x"))) == {"", "inf", "x"}
    assert plain_missing(Dialect(missing=("x", "9"))) is None and plain_missing(Dialect(missing=("-1e3",))) is None
