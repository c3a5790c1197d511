"""CSV files become text, text becomes numbers, and whatever is wrong is said with file, line and column."""

import csv
import io
import os
import pickle
import re
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kerasflow.io import csv_source, table, text_stream
from kerasflow.io.table import MISSING, Dialect, TableError, infer_kinds, read_table, to_numbers


@pytest.fixture
def save(tmp_path):
    """Write text, or bytes, to a CSV file."""

    def save(content):
        path = tmp_path / "DATA.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return save


def rows(frame):
    return [[None if pd.isna(cell) else cell for cell in row] for row in frame.to_numpy(object).tolist()]


def assert_error(path, text, read=read_table):
    """The error is one line, the file's name first; what stands after it is `text`."""
    with pytest.raises(TableError) as caught:
        read(path)
    assert str(caught.value) == f"{path}{text}"
    return caught.value


# --- reading ---------------------------------------------------------------------------------------------------------


def test_cells_are_text_and_the_index_is_the_line(save):
    frame = read_table(save('id,city\n007,"Paris, TX"\n1e3,"a ""quoted"" one"\n'))
    assert list(frame.columns) == ["id", "city"]
    assert rows(frame) == [["007", "Paris, TX"], ["1e3", 'a "quoted" one']]
    assert frame.index.tolist() == [2, 3] and frame.index.name == "line" and set(frame.dtypes) == {np.dtype(object)}


@pytest.mark.parametrize("marker", MISSING)
def test_missing_markers_are_nan(save, marker):
    frame = read_table(save(f'a,b\n{marker},x\n"{marker}",{marker}\n'))
    assert rows(frame) == [[None, "x"], [None, None]]
    assert all(cell is np.nan or np.isnan(cell) for cell in frame["a"])


def test_what_resembles_a_marker_is_text(save):
    assert rows(read_table(save("a\nna\nNone.\n-\n??\nNAN\n"))) == [["na"], ["None."], ["-"], ["??"], ["NAN"]]


def test_names_are_stripped_and_blanks_before_cells_dropped(save):
    frame = read_table(save(' a , "b, c"\n 1,  x y \n'))
    assert list(frame.columns) == ["a", "b, c"] and rows(frame) == [["1", "x y "]]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", ["", "end"])
def test_every_line_end_is_read(save, end, last):
    frame = read_table(save(end.join(["a,b", "1,x", f'2,"y{end}z"', "3,"]) + (end if last else "")))
    assert rows(frame) == [["1", "x"], ["2", "y\nz"], ["3", None]] and frame.index.tolist() == [2, 3, 5]


def test_lines_of_blanks_are_no_rows_and_count_as_lines(save):
    frame = read_table(save("\n  \na,b\n\n1,2\n \t \n3,4\n\n\n"))
    assert rows(frame) == [["1", "2"], ["3", "4"]] and frame.index.tolist() == [5, 7]


def test_a_line_of_tabs_between_tabs_is_a_row_of_missing_cells(save):
    frame = read_table(save("a\tb\n\n\t\n1\t2\n"))
    assert rows(frame) == [[None, None], ["1", "2"]] and frame.index.tolist() == [3, 4]


def test_a_byte_order_mark_is_no_part_of_a_name(save):
    assert list(read_table(save(b"\xef\xbb\xbfa,b\n1,2\n")).columns) == ["a", "b"]


@pytest.mark.parametrize(
    ("header", "separator"),
    [("a,b", ","), ("a;b", ";"), ("a\tb", "\t"), ("a", ","), ("a;b,c", ","), ('"a;b",c', ","), ('"a,b";c', ";")]
    + [('"a\n,b";c', ";"), ("a b", ","), ("a|b", "|"), ('"a""b";c', ";"), ("a;b\tc", ";")],
)
def test_the_separator_is_found_in_the_header(save, header, separator):
    cells = next(csv.reader(io.StringIO(header), delimiter=separator))
    frame = read_table(save(f"{header}\n{separator.join('1' for _ in cells)}\n"))
    assert list(frame.columns) == cells and rows(frame) == [["1"] * len(cells)]


def test_a_separator_can_be_given(save):
    assert rows(read_table(save("a,|b\n1,|2\n"), Dialect(separator="|"))) == [["1,", "2"]]
    for wrong in ("", "||", "\n", " ", "é"):
        with pytest.raises(ValueError, match="a separator is one ASCII character"):
            Dialect(separator=wrong)
    with pytest.raises(ValueError, match="^'\"' is the separator and the quotation mark$"):
        Dialect(separator='"')


def test_wide_and_single_column_files(save):
    assert read_table(save(",".join(map(str, range(3000))) + "\n" + ",".join(["1"] * 3000))).shape == (1, 3000)
    assert rows(read_table(save('a\n1\n""\n\n2'))) == [["1"], [None], ["2"]]


PIECES = st.lists(st.sampled_from(list('ab,,"\n\n\r\t ;é') + ['"a\nb"', "NA"]), max_size=25).map("".join)


@settings(max_examples=400, deadline=None)
@given(
    PIECES,
    st.sampled_from(["a,b\n", "a\n", "a;b\n", "a\tb\n", '"a\n",b\r\n', "\n a ,b\n"]),
    st.sampled_from([1, 2, 7, 1000]),
)
@example("\r;", "a;b\n", 1000)
@example("1,2,\n1\n", "a,b\n", 1000)
def test_rows_and_lines_are_those_of_the_standard_library(tmp_path_factory, body, header, piece):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_stream, "PIECE", piece)
        patch.setattr(csv_source, "SAMPLE", len(header))
        compare_with_the_standard_library(tmp_path_factory, body, header)


def compare_with_the_standard_library(tmp_path_factory, body, header):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes((header + body).encode())
    separator = {"a;b\n": ";", "a\tb\n": "\t"}.get(header, ",")
    expected = []
    text = io.StringIO((header + body).replace("\r\n", "\n").replace("\r", "\n"))
    reader, start, source = csv.reader(text, delimiter=separator, skipinitialspace=True), 1, text.getvalue().split("\n")
    for cells in reader:
        lines = "\n".join(source[start - 1 : reader.line_num])
        if lines.replace(separator, "x").strip(" \t") or "\n" in lines:
            expected.append((start, [None if cell in MISSING else cell for cell in cells]))
        start = reader.line_num + 1
    ragged = [line for line, cells in expected if len(cells) != len(expected[0][1])]
    try:
        frame = read_table(path)
    except TableError as error:
        if "amid a cell" in str(error):
            assert re.search('"[^",;\t\n]', body + header)
        elif ragged and "closed" not in str(error):
            assert error.line == ragged[0] and " as in the header" in str(error)
        else:
            assert len(expected) == 1 or "never closed" in str(error) and '"' in body
    else:
        assert not ragged and list(zip(frame.index, rows(frame), strict=True)) == expected[1:]


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", ["", "\n\n", "  \r\n\t\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
def test_an_empty_file(save, content):
    assert_error(save(content), ": the file is empty")


@pytest.mark.parametrize("content", ["a,b", "a,b\n", "a,b\r\n\r\n  \r\n", '"a\nb",c\n'])
def test_a_header_alone(save, content):
    assert_error(save(content), ": the file has a header and no rows")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("a,b,c\n1,2,3\n4,5\n", ":3:c: expected 3 cells as in the header, found 2"),
        ("a,b,c\n1,2,3\n4\n", ":3:b: expected 3 cells as in the header, found 1"),
        ("a,b\n1,2\n3,4,5\n", ":3: expected 2 cells as in the header, found 3"),
        ("a,b\n1,2,3\n4,5\n", ":2: expected 2 cells as in the header, found 3"),
        ("a,b\n1,2,\n4,5\n", ":2: expected 2 cells as in the header, found 3"),
        ("a,b\n1,2\n4,5,\n", ":3: expected 2 cells as in the header, found 3"),
        ("a,b\n1,2,\n3\n", ":2: expected 2 cells as in the header, found 3"),
        ("a,b\n1\n2,3,\n", ":2:b: expected 2 cells as in the header, found 1"),
        ("a,b,c,d\n1,2,3\n1,2,3,4,5\n", ":2:d: expected 4 cells as in the header, found 3"),
        ("a\n1\n2,3\n", ":3: expected 1 cell as in the header, found 2"),
        ('a,b\n"x\ny",2\n\n3\n', ":5:b: expected 2 cells as in the header, found 1"),
        ('a,b\n"x,y"\n', ":2:b: expected 2 cells as in the header, found 1"),
        ('a,b\n1,"x,y"\n"x,y"\n', ":3:b: expected 2 cells as in the header, found 1"),
        ("a;b\n1;2\n3,4\n", ":3:b: expected 2 cells as in the header, found 1"),
        ("a,b\n1,2\n\n3,4,5", ":4: expected 2 cells as in the header, found 3"),
        ('a,b\n1,2\n3,"4\n5,6\n', ":3: a quotation mark is opened in this row and never closed"),
        ("a,b,a\n1,2,3\n", ":1:a: the header has this name twice"),
        ("\na, a\n1,2\n", ":2:a: the header has this name twice"),
        ("a,,c\n1,2,3\n", ":1: column 2 of 3 has no name in the header"),
        (",b\n1,2\n", ":1: column 1 of 2 has no name in the header"),
        ('a," "\n1,2\n', ":1: column 2 of 2 has no name in the header"),
        ("a,b,\n1,2,\n", ":1: column 3 of 3 has no name in the header"),
        (b"a,b\n1,2\n3,\0\n", ":3: expected text, found a zero byte"),
        (
            b"a,b\r\n1,2\r\n3,\xe9\r\n",
            ":3: expected text, found the byte 0xe9, which is not UTF-8; try --encoding latin-1",
        ),
        (b"a,b\r1,\xff\r", ":2: expected text, found the byte 0xff, which is not UTF-8; try --encoding latin-1"),
        (b"\x1f\x8b\x08", ": the packed file ends too early; is it all there?"),
        ('a,"b\nc\n1,2', ":1: a quotation mark is opened in this row and never closed"),
    ],
)
def test_a_file_that_is_no_table(save, content, text):
    error = assert_error(save(content), text)
    places = text.split(": ")[0].split(":")[1:]
    assert [str(place) for place in (error.line, error.column) if place is not None] == [p for p in places if p]


def test_a_quotation_mark_left_open_in_a_large_file(save):
    path = save('a,b\n1,2\n3,"4\n' + "5,6\n" * 50_000)
    assert_error(path, ":3: a quotation mark is opened in this row and never closed")


def test_a_message_is_one_line(save):
    error = assert_error(save('"long\nname",b\n1\n'), ":3:b: expected 2 cells as in the header, found 1")
    assert error.line == 3
    assert_error(save('a,"long\nname"\n1\n'), ":3:long name: expected 2 cells as in the header, found 1")


def test_system_errors_name_the_file(tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match=r"No such file or directory: .*nowhere\.csv"):
        read_table(tmp_path / "nowhere.csv")
    with pytest.raises(IsADirectoryError, match=f"Is a directory: '?{tmp_path}"):
        read_table(str(tmp_path))


def test_the_error_has_its_parts_and_can_be_sent_to_another_process():
    error = TableError("no number", "a.csv", 3, "x")
    copy = pickle.loads(pickle.dumps(error))
    for each in (error, copy):
        assert (each.path, each.line, each.column, each.message) == ("a.csv", 3, "x", "no number")
        assert str(each) == "a.csv:3:x: no number" and isinstance(each, ValueError)
    assert [str(TableError("no", *places)) for places in ((), ("f",), ("f", 2), (None, 2, "c"))] == (
        ["no", "f: no", "f:2: no", "2:c: no"]
    )


# --- kinds and numbers -----------------------------------------------------------------------------------------------

COLUMNS = {
    "whole": (["1", "-2", "+3"], "numeric"),
    "decimal": ([".5", "5.", "1e3"], "numeric"),
    "with blanks": ([" 7 ", "7\t", None], "numeric"),
    "mostly missing": ([None, None, "0"], "numeric"),
    "not a number by other names": (["NAN", "-nan", "1"], "numeric"),
    "infinite": (["1", "inf", "-Infinity"], "numeric"),
    "too large": (["1", "1e999", "2"], "numeric"),
    "missing": ([None, None, None], "text"),
    "words": (["a", "b", "c"], "text"),
    "one word": (["1", "2", "x"], "text"),
    "yes and no": (["yes", "no", "yes"], "text"),
    "true and false": (["True", "False", "True"], "text"),
    "with underscores": (["2020_01", "2020_02", "1_0"], "text"),
    "arabic digits": (["١", "٢", "٣"], "text"),
    "hexadecimal": (["0x1", "0x2", "0x3"], "text"),
    "decimal commas": (["1,5", "2,5", "3,5"], "text"),
    "dates": (["2020-01-01", "2020-01-02", None], "text"),
}


@pytest.mark.parametrize(("cells", "kind"), COLUMNS.values(), ids=COLUMNS)
@pytest.mark.parametrize("dtype", [object, "string"])
def test_the_kind_of_a_column(cells, kind, dtype):
    assert infer_kinds(pd.DataFrame({"x": pd.Series(cells, dtype=dtype)})) == {"x": kind}


def test_the_kinds_of_a_file(save):
    frame = read_table(save("n,t,e\n1,a,\nNA,b,?\n2.5,?,null\n"))
    assert infer_kinds(frame) == {"n": "numeric", "t": "text", "e": "text"}


def test_columns_that_hold_numbers_already():
    frame = pd.DataFrame(
        {
            "f": [1.5, np.nan],
            "i": [1, 2],
            "n": pd.array([1, None], "Int64"),
            "o": np.array([1, np.float64(0.1)], object),
        }
    )
    assert set(infer_kinds(frame).values()) == {"numeric"}
    assert [to_numbers(frame[name]).tolist() for name in "io"] == [[1.0, 2.0], [1.0, 0.1]]
    for name in "fn":
        numbers = to_numbers(frame[name])
        assert numbers.dtype == np.float64 and numbers[0] in (1.5, 1.0) and np.isnan(numbers[1])


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**70), 2**70), min_size=1))
def test_numbers_are_read_to_the_last_bit(numbers):
    cells = pd.Series([str(number) for number in numbers], dtype=object)
    assert to_numbers(cells).tobytes() == np.array([float(number) for number in numbers]).tobytes()


def test_missing_cells_are_nan(save):
    frame = read_table(save("a,b\n1,NA\n,?\n3,\n"))
    np.testing.assert_array_equal(to_numbers(frame["a"]), [1, np.nan, 3])
    np.testing.assert_array_equal(to_numbers(frame["b"]), [np.nan] * 3)
    assert to_numbers(frame["a"]).dtype == np.float64 and to_numbers(frame["a"].iloc[:0]).shape == (0,)


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("abc", "a number, found 'abc'"),
        ("1_000", "a number, found '1_000'"),
        ("١٢", "a number, found '١٢'"),
        ('"1,5"', "a number, found '1,5'"),
        ("12 EUR", "a number, found '12 EUR'"),
        ("inf", "a finite number, found 'inf'"),
        ("-Infinity", "a finite number, found '-Infinity'"),
        ("1e999", "a finite number, found '1e999'"),
        ("x" * 100, "a number, found '" + "x" * 40 + "...'"),
        ('"a\nb"', r"a number, found 'a\nb'"),
    ],
)
def test_the_first_cell_that_is_no_number_is_named(save, cell, found):
    path = save(f"a,b\n1,x\nNA,y\n{cell},z\n2,w\nlater,v\n")
    frame = read_table(path)
    error = assert_error(path, f":4:a: expected {found}", lambda path: to_numbers(frame["a"], path))
    assert (error.line, error.column) == (4, "a")


def test_a_later_number_that_is_infinite_is_found_behind_good_ones(save):
    path = save("a\n1\n2\ninf\n")
    assert_error(
        path, ":4:a: expected a finite number, found 'inf'", lambda path: to_numbers(read_table(path)["a"], path)
    )


MULTI = 'a,"b\nb",c\n\n1,"x\ny",2\n \n3,"p\n\nq",bad\n4,z,worse\n'


def test_lines_are_counted_through_cells_that_span_some(save):
    path = save(MULTI)
    frame = read_table(path)
    assert frame.index.tolist() == [4, 7, 10]
    assert_error(path, ":9:c: expected a number, found 'bad'", lambda path: to_numbers(frame["c"], path))
    assert_error(
        path, ":7:b b: expected a number, found 'p\\n\\nq'", lambda path: to_numbers(frame["b\nb"].iloc[1:], path)
    )


def test_lines_go_with_the_rows(save):
    path = save(MULTI)
    frame = read_table(path).iloc[::-1]
    assert_error(path, ":10:c: expected a number, found 'worse'", lambda path: to_numbers(frame["c"], path))


def test_without_the_file_the_line_is_the_rows(save):
    path = save(MULTI)
    column = read_table(path)["c"]
    with pytest.raises(TableError, match=r"^7:c: expected"):
        to_numbers(column)
    changed = save(MULTI.replace("bad", "good"))
    with pytest.raises(TableError, match=r"DATA.csv:7:c: expected"):
        to_numbers(column, changed)
    other = save("c,d\n1,2\n")
    with pytest.raises(TableError, match=r"DATA.csv:7:c: expected"):
        to_numbers(column, other)
    os.remove(path)
    with pytest.raises(TableError, match=r"DATA.csv:7:c: expected"):
        to_numbers(column, path)


def test_a_column_from_elsewhere_has_no_lines():
    with pytest.raises(TableError, match=r"^f.csv:x: expected a number, found 'a'$"):
        to_numbers(pd.Series(["1", "a"], name="x"), "f.csv")
    with pytest.raises(TableError, match=r"^expected a number, found 'a'$"):
        to_numbers(pd.Series(["1", "a"]))


# --- cost ------------------------------------------------------------------------------------------------------------


def test_pandas_is_loaded_by_this_room_alone():
    source = "import sys, kerasflow.io, kerasflow.io.csv_source, kerasflow.io.files; sys.exit('pandas' in sys.modules)"
    subprocess.run([sys.executable, "-c", source], check=True)


def test_no_cell_of_a_good_file_is_looked_at_in_python(save, monkeypatch):
    monkeypatch.setattr(table, "number_of", lambda cell, dialect: pytest.fail("a cell was looked at"))
    for late in ("records", "lines", "cells"):
        monkeypatch.setattr(csv_source.Block, late, lambda *args: pytest.fail("rows were looked for"))
    monkeypatch.setattr(csv_source, "_header", lambda *args: (csv_source.Header("f", ("n", "t"), 1, ",", '"'), 4))
    frame = read_table(save("n,t\n" + '1.5,"a,b"\nNA,b\n' * 500))
    assert infer_kinds(frame) == {"n": "numeric", "t": "text"} and len(to_numbers(frame["n"])) == 1000


def test_a_file_of_the_usual_size_is_read_at_once(save):
    rng = np.random.default_rng(0)
    header, lines = ",".join("abcdefghi") + ",t", rng.normal(size=(20_640, 9))
    path = save("\n".join([header, *(",".join(map(repr, row)) + ",NEAR BAY" for row in lines.tolist())]))
    seconds = []
    for _ in range(3):
        start = time.process_time()
        frame = read_table(path)
        kinds = infer_kinds(frame)
        numbers = np.stack([to_numbers(frame[name]) for name in "abcdefghi"], 1)
        seconds.append(time.process_time() - start)
    assert list(kinds.values()) == ["numeric"] * 9 + ["text"] and np.array_equal(numbers, lines)
    assert min(seconds) < 0.5
