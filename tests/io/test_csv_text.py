"""Where quoted cells lie in a text, what separates its cells, and how tables of other dialects are read."""

import csv
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasflow.io import csv_source, csv_text, text_stream
from kerasflow.io.column_cache import ColumnCache
from kerasflow.io.csv_source import ahead, read_blocks
from kerasflow.io.csv_text import Dialect, TableError, find_quoted, sniffed_separator
from kerasflow.io.table import infer_kinds, number_of, parse_block, read_table, to_numbers

TEXTS = st.lists(st.sampled_from(list('ab,"\n ') + ['"a"', '""', ',"', '",']), max_size=20).map("".join)


@settings(max_examples=500, deadline=None)
@given(TEXTS)
def test_quoted_stretches_are_those_of_the_standard_library(text):
    """Separators and line ends are quoted where the csv module does not take them for what they are."""
    data = text.encode()
    quoted = find_quoted(data, ",", '"')
    ends = quoted.outside(np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n")))
    records = [data[a:b].decode() for a, b in zip([0, *(ends + 1)], [*ends, len(data)], strict=True)]
    expected = list(csv.reader(io.StringIO(text, newline=""), skipinitialspace=True))
    found = [next(csv.reader(io.StringIO(record, newline=""), skipinitialspace=True), []) for record in records]
    strip = [cells for cells in found if cells]
    assert strip == [cells for cells in expected if cells]


def test_a_mark_amid_a_cell_changes_nothing_elsewhere():
    regular = 'a,"b,\n""c""",d\n "x" , "y,y",5 pipe\n"open,\n'
    for text in (regular, regular.replace("5 pipe", '5" pipe')):  # the second one is read cell by cell
        quoted = find_quoted(text.encode(), ",", '"')
        places = np.array([place for place, character in enumerate(text) if character in ",\n"])
        assert "".join(text[place] for place in quoted.outside(places)) == ",,\n,,\n"
        assert quoted.closes[-1] == len(text)


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2\n", ";"),
        ("a;b;c\n1,5;2,5;3\n", ";"),
        ("a\tb, c\n1\t2\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ("price, EUR;size\n1,5;3\n2,5;4\n", ","),  # both fit; the comma comes first
        ('"a;b",c\n"1;2",3\n', ","),
        ("\n\na;b\n\n1;2\n", ";"),
        ("a\n1\n", ","),
        ("a;b\n1;2\n3;4\n5;6;7\n", ";"),
    ],
)
def test_the_separator_that_fits_the_first_records_is_taken(text, separator):
    assert sniffed_separator(text.encode(), '"') == separator


@pytest.fixture
def save(tmp_path):
    def save(text):
        (tmp_path / "DATA.csv").write_text(text, newline="")
        return tmp_path / "DATA.csv"

    return save


NUMBERS = {
    "decimal commas": (Dialect(decimal=","), "a;b\n1,5;x\n-2;y\n3,25e2;z\n", [1.5, -2, 325]),
    "decimal commas in quotation marks": (Dialect(decimal=","), 'a,b\n"1,5",x\n-2,y\n"3,25",z\n', [1.5, -2, 3.25]),
    "thousands": (Dialect(thousands=","), 'a,b\n"1,234.5",x\n-2,y\n"3,250,000",z\n', [1234.5, -2, 3250000]),
    "German thousands": (Dialect(decimal=",", thousands="."), "a;b\n1.234,5;x\n-2;y\n3.250;z\n", [1234.5, -2, 3250]),
    "apostrophes": (Dialect(thousands="'"), "a,b\n1'234,x\n5,y\n12'345,z\n", [1234, 5, 12345]),
}


@pytest.mark.parametrize(("dialect", "text", "numbers"), NUMBERS.values(), ids=NUMBERS)
def test_numbers_of_other_dialects(save, tmp_path, dialect, text, numbers):
    path = save(text)
    frame = read_table(path, dialect)
    assert infer_kinds(frame, dialect) == {"a": "numeric", "b": "text"}
    assert to_numbers(frame["a"], path, dialect).tolist() == numbers
    cache = ColumnCache.make(tmp_path / "cache", path, dialect)
    assert cache.kinds == {"a": "numeric", "b": "text"} and cache.numbers("a").tolist() == numbers


@pytest.mark.parametrize(
    ("dialect", "cell"),
    [
        (Dialect(decimal=","), "1.5"),
        (Dialect(decimal=","), "1,2,3"),
        (Dialect(thousands=","), "1,23"),
        (Dialect(thousands=","), "1234,567"),
        (Dialect(thousands=","), ",123"),
        (Dialect(decimal=",", thousands="."), "1.5"),
        (Dialect(decimal=",", thousands="."), "1,234.5"),
        (Dialect(thousands="'"), "1'2345"),
    ],
)
def test_a_number_of_another_dialect_is_no_number(save, tmp_path, dialect, cell):
    path = save(f'a|b\n1|x\n"{cell}"|y\n')
    assert infer_kinds(read_table(path, dialect), dialect)["a"] == "text"
    assert ColumnCache.make(tmp_path / "cache", path, dialect).vocabulary("a") == ["1", cell]
    with pytest.raises(TableError, match=f"DATA.csv:3:a: expected a number, found .{cell}.$"):
        ColumnCache.make(tmp_path / "cache", path, dialect, {"a": "numeric"})


CELLS = st.text(st.sampled_from(list("0123456789+-.,eE inf_'")), min_size=1, max_size=6)


@settings(max_examples=200, deadline=None)
@given(CELLS, st.sampled_from([{}, {"decimal": ","}, {"thousands": ","}, {"decimal": ",", "thousands": "."}]))
def test_what_pandas_takes_for_a_number_is_one(tmp_path_factory, cell, settings):
    """Whether a column is parsed by pandas or cell by cell, it holds the same numbers, or text."""
    path, dialect = tmp_path_factory.getbasetemp() / "cell.csv", Dialect(separator=";", **settings)
    path.write_text(f"a;b\n1;x\n{cell};y\n")
    text = read_table(path, dialect)["a"].iloc[1]
    number = np.nan if pd.isna(text) else number_of(text, dialect)
    [block] = read_blocks(path, dialect)
    column = parse_block(block, ["numeric", "text"], dialect)["a"]
    assert (column.dtype == np.float64) == (number is not None)
    if number is not None:
        np.testing.assert_array_equal(column.to_numpy(), [1.0, number])


def test_tables_without_a_header_and_with_other_marks(save):
    frame = read_table(save("1;'a;b'\n2;c\n"), Dialect(quote="'", header=False))
    assert list(frame.columns) == ["1", "2"] and frame["2"].tolist() == ["a;b", "c"] and frame.index.tolist() == [1, 2]
    frame = read_table(save('a,b\n"1,2"\n'), Dialect(quote=None))
    assert frame.to_numpy().tolist() == [['"1', '2"']]
    frame = read_table(save("a,b\n-1,none\nNA,\n"), Dialect(missing=("-1", "none")))
    assert frame["a"].tolist()[1] == "NA" and frame.isna().to_numpy().tolist() == [[True, True], [False, True]]


def test_a_limit_is_kept_across_files_and_blocks(save, tmp_path, monkeypatch):
    monkeypatch.setattr(text_stream, "PIECE", 10)
    monkeypatch.setattr(csv_source, "SAMPLE", 4)
    path = save("a\n" + "1\n" * 50)
    (tmp_path / "b.csv").write_text("a\n" + "2\n" * 50)
    frame = read_table([path, tmp_path / "b.csv"], Dialect(limit=70))
    assert frame["a"].tolist() == ["1"] * 50 + ["2"] * 20
    assert frame.index.tolist()[-1] == (1, 21) and frame.index.names == ["file", "line"]


def test_looking_ahead_passes_on_errors_and_stops_where_it_is_left(save):
    def numbers(log):
        try:
            yield from (1, 2)
            raise TableError("no more")
        finally:
            log.append("closed")

    log, taken = [], []
    with pytest.raises(TableError, match="^no more$"):
        for number in ahead(numbers(log)):
            taken.append(number)
    assert taken == [1, 2] and log == ["closed"]
    log = []
    items = ahead(numbers(log))
    assert next(items) == 1
    items.close()
    assert log == ["closed"]
    assert len(list(ahead(read_blocks(save("a\n1\n"), Dialect())))) == 1


def test_characters_of_each_mark_are_counted(save):
    [block] = read_blocks(save('a,b\n1,"x,\ny"\n\n2,3\n'), Dialect())
    assert (block.count(","), block.count_lines(), block.line) == (3, 4, 2)
    starts, ends = block.records()
    assert [block.data[a:b] for a, b in zip(starts, ends, strict=True)] == [b'1,"x,\ny"', b"2,3"]
    assert block.lines(starts).tolist() == [2, 5] and block.cell(1, "b") == (5, "3") and not block.has_padding
    assert csv_text.cells_of('1, "x""y" ,\'z', ",", '"') == ["1", 'x"y ', "'z"]


def test_a_cell_that_is_open_at_the_end_of_a_piece_does_not_hold_up_the_rows_before_it(save, monkeypatch):
    monkeypatch.setattr(text_stream, "PIECE", 64)
    monkeypatch.setattr(csv_source, "SAMPLE", 4)
    path = save("a,b\n" + 'x,"y\nz"\n' * 200)
    blocks = list(read_blocks(path, Dialect()))
    assert max(len(block.data) for block in blocks) <= 64 + 9
    assert sum(len(block.records()[0]) for block in blocks) == 200
