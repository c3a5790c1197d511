"""What the options say of a table: its files, how it is written; and tables that come in chunks."""

import argparse

import numpy as np
import pytest

from kerasflow.cli.dataset import Dataset
from kerasflow.cli.exits import DataError, UsageError
from kerasflow.cli.reading import add_column_options, add_data_options, dialect_of, paths_of, table_name
from kerasflow.io import csv_source, text_stream
from kerasflow.io.csv_text import Dialect


def options(*arguments):
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_data_options(parser)
    add_column_options(parser)
    return parser.parse_args(["DATA.csv", *arguments])


def test_nothing_is_said_of_a_usual_table():
    assert dialect_of(options()) == Dialect()


@pytest.mark.parametrize(
    ("arguments", "settings"),
    [
        (["--sep", "auto", "--encoding", "auto"], {}),
        (["--sep", "tab"], {"separator": "\t"}),
        (["--sep", "\\t"], {"separator": "\t"}),
        (["--sep", ";", "--decimal", ","], {"separator": ";", "decimal": ","}),
        (["--sep", "|", "--quote", "'"], {"separator": "|", "quote": "'"}),
        (["--sep", "~", "--quote", "none"], {"separator": "~", "quote": None}),
        (["--encoding", "Latin1"], {"encoding": "iso8859-1"}),
        (["--encoding", "utf-16"], {"encoding": "utf-16"}),
        (["--thousands", ","], {"thousands": ","}),
        (["--no-header"], {"header": False}),
        (["--na", 'NA, -1,"a,b"'], {"missing": ("NA", "-1", "a,b")}),
        (["--limit", "7"], {"limit": 7}),
    ],
)
def test_options_become_a_dialect(arguments, settings):
    assert dialect_of(options(*arguments)) == Dialect(**settings)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--sep", "||"], "argument --sep: expected auto, tab or one character that is no blank, not '||'"),
        (["--sep", " "], "argument --sep: expected auto, tab or one character that is no blank, not ' '"),
        (["--quote", "é"], "argument --quote: expected none or one character, not 'é'"),
        (
            ["--encoding", "klingon"],
            "argument --encoding: there is no encoding 'klingon'; common: utf-8, cp1252, utf-16",
        ),
        (
            ["--encoding", "rot13"],
            "argument --encoding: there is no encoding 'rot13'; common: utf-8, cp1252, utf-16",
        ),
        (["--limit", "0"], "argument --limit: expected a whole number from 1 on, not '0'"),
    ],
)
def test_what_an_option_does_not_take(arguments, message):
    with pytest.raises(argparse.ArgumentError) as caught:
        options(*arguments)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--sep", ",", "--quote", ","], "',' is the separator and the quotation mark"),
        (["--decimal", ",", "--thousands", ","], "',' is the decimal mark and the one between thousands"),
        (["--thousands", "0"], "the mark between thousands is one character, no letter or digit, not '0'"),
    ],
)
def test_options_that_contradict_each_other(arguments, message):
    with pytest.raises(UsageError) as caught:
        dialect_of(options(*arguments))
    assert str(caught.value) == message


def test_patterns_become_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("b2.csv", "b1.csv", "c[1].csv"):
        (tmp_path / name).touch()

    def paths(*given):
        return paths_of(argparse.Namespace(data=list(given)))

    assert paths("b*.csv", "-", "nowhere.csv") == ["b1.csv", "b2.csv", "-", "nowhere.csv"]
    assert paths("c[1].csv") == ["c[1].csv"] and paths_of(argparse.Namespace(data="b1.csv")) == ["b1.csv"]
    with pytest.raises(UsageError, match=r"^x\*\.csv: no file matches this pattern$"):
        paths("x*.csv")
    with pytest.raises(UsageError, match=r"^\./b1\.csv is given twice$"):
        paths("b?.csv", "./b1.csv")
    assert table_name(["-"]) == "<stdin>" and table_name(["a", "b"]) == "a and 1 more"


def test_a_table_comes_in_chunks(tmp_path, monkeypatch):
    monkeypatch.setattr(text_stream, "PIECE", 20)
    monkeypatch.setattr(csv_source, "SAMPLE", 4)
    for number in range(2):
        (tmp_path / f"{number}.csv").write_text("n;t\n" + "".join(f"{row},5;x{row}\n" for row in range(20)))
    paths, dialect = [str(tmp_path / f"{number}.csv") for number in range(2)], Dialect(decimal=",", limit=30)
    chunks = list(Dataset.chunks(paths, dialect, ["n"]))
    assert len(chunks) > 5 and sum(map(len, chunks)) == 30 and chunks[0].names == ["n", "t"]
    numbers = np.concatenate([chunk.numbers("n") for chunk in chunks])
    assert numbers.tolist() == [row % 20 + 0.5 for row in range(30)]
    assert [text for chunk in chunks for text in chunk.texts("t")] == [f"x{row % 20}" for row in range(30)]
    assert str(chunks[-1].error("no", 0, "t")).startswith(f"{paths[1]}:")


def test_a_chunk_says_which_cell_is_no_number(tmp_path, monkeypatch):
    monkeypatch.setattr(text_stream, "PIECE", 20)
    monkeypatch.setattr(csv_source, "SAMPLE", 4)
    path = tmp_path / "a.csv"
    path.write_text("n,t\n" + "1,x\n" * 20 + "oops,y\n2,z\n")
    with pytest.raises(DataError) as caught:
        for chunk in Dataset.chunks(str(path), numeric=["n"]):
            chunk.numbers("n")
    assert str(caught.value) == f"{path}:22:n: expected a number, found 'oops'"
    path.write_text("n,t\n1\n")
    with pytest.raises(DataError) as caught:
        list(Dataset.chunks(str(path)))
    assert str(caught.value) == f"{path}:2:t: expected 2 cells as in the header, found 1"
