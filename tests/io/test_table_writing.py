"""Tables become CSV files that read back as they were."""

import io
import os
import subprocess

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasflow.io.table import MISSING, Dialect, read_table, to_numbers, write_table


def test_what_is_written_is_plain_csv(tmp_path):
    path = tmp_path / "out.csv"
    write_table(path, {"n": np.array([0.1, np.nan, 1e300]), "i": np.arange(3), "t": ['a,"b"', None, "line\nend"]})
    assert path.read_bytes() == b'n,i,t\n0.1,0,"a,""b"""\n,1,\n1e+300,2,"line\nend"\n'
    assert os.listdir(tmp_path) == ["out.csv"]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_numbers_come_back_to_the_last_bit(tmp_path_factory, numbers):
    path = tmp_path_factory.getbasetemp() / "numbers.csv"
    write_table(path, {"double": numbers, "single": np.clip(numbers, -1e38, 1e38).astype(np.float32)})
    frame = read_table(path)
    assert to_numbers(frame["double"]).tobytes() == np.array(numbers).tobytes()
    single = to_numbers(frame["single"]).astype(np.float32)
    np.testing.assert_array_equal(single, np.clip(numbers, -1e38, 1e38).astype(np.float32))


TEXT = st.text(st.sampled_from(list('ab,;"\n\r\té?')), max_size=6).filter(lambda text: text not in MISSING)


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=5), st.lists(TEXT, min_size=2, max_size=2, unique=True))
def test_text_comes_back_with_simple_line_ends(tmp_path_factory, cells, names):
    path = tmp_path_factory.getbasetemp() / "text.csv"
    names = [f"x{names[0]}", f"y{names[1]}"]
    write_table(path, dict(zip(names, zip(*cells, strict=True), strict=True)))
    frame = read_table(path, Dialect(","))
    simple = [[text.replace("\r\n", "\n").replace("\r", "\n") for text in row] for row in [names, *cells]]
    assert list(frame.columns) == [name.strip() for name in simple[0]] and frame.to_numpy(object).tolist() == simple[1:]


def test_a_frame_and_columns_with_other_indices_are_written_row_by_row(tmp_path):
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}, index=[5, 9])
    for columns in (
        frame,
        {"a": frame["a"], "b": pd.Series(["x", "y"], index=[9, 5])},
        {"a": frame["a"], "b": ("x", "y")},
    ):
        stream = io.StringIO()
        write_table(stream, columns)
        assert stream.getvalue() == "a,b\n1,x\n2,y\n"


def test_columns_of_different_lengths_are_refused(tmp_path):
    with pytest.raises(ValueError, match="have one length, not {'a': 2, 'b': 1}"):
        write_table(tmp_path / "x.csv", {"a": [1, 2], "b": [1]})
    with pytest.raises(ValueError, match="1-dim"):
        write_table(tmp_path / "x.csv", {"a": np.zeros((2, 2))})
    assert os.listdir(tmp_path) == []


def test_a_failing_write_keeps_the_old_file(tmp_path):
    path = tmp_path / "x.csv"
    write_table(path, {"a": [1]})
    with pytest.raises(UnicodeEncodeError):
        write_table(path, {"a": ["\ud800"]})
    assert path.read_text() == "a\n1\n" and os.listdir(tmp_path) == ["x.csv"]
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        write_table(tmp_path / "nowhere" / "x.csv", {"a": [1]})
    with pytest.raises(FileExistsError, match="is not a file"):
        write_table(tmp_path, {"a": [1]})


def test_a_pipe_is_written_to_and_stays_one(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(["cat", tmp_path / "pipe"], stdout=subprocess.PIPE) as reader:
        write_table(tmp_path / "pipe", {"a": [1, 2]})
        assert reader.stdout.read() == b"a\n1\n2\n"
    assert (tmp_path / "pipe").is_fifo()
