"""The catalogue of bad data: what each broken table is told, to the letter, and with which exit code.

What cannot be read is refused with the place; what can be read, but is hardly meant so, is read, and said.
"""

import bz2
import gzip
import io
import lzma
import os
import re
import resource
import sys

import numpy as np
import pytest

from kerasflow.cli.main import main
from kerasflow.io import csv_source

ROWS = [f"{row},{row % 7},{'ab'[row % 3 % 2]}" for row in range(60)]
GOOD = "x,z,y\n" + "\n".join(ROWS) + "\n"


def swapped(*changes):
    """The good table, each first text in it replaced by the second."""
    text = GOOD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def column(name, cells):
    """The good table with one more column in front."""
    return "\n".join([f"{name},x,z,y", *(f"{cell},{row}" for cell, row in zip(cells, ROWS, strict=True))]) + "\n"


@pytest.fixture
def save(tmp_path):
    def save(content, name="D.csv"):
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())

    return save


# --- what is no text -------------------------------------------------------------------------------------------------

SHORT = np.random.default_rng(0).bytes(3000)
FILES = {
    "an empty file": (b"", "D.csv: the file is empty"),
    "blank lines": (b"\n  \n\t\n", "D.csv: the file is empty"),
    "a mark of UTF-8 alone": (b"\xef\xbb\xbf", "D.csv: the file is empty"),
    "a header alone": ("x,z,y\n", "D.csv: the file has a header and no rows"),
    "a header and blank lines": ("x,z,y\r\n\r\n  \r\n", "D.csv: the file has a header and no rows"),
    "bytes of every kind": (
        bytes(range(1, 256)),
        "D.csv:3: expected text, found the byte 0x80, which is not UTF-8",
    ),
    "zeros": (b"x,z,y\n1,2,a\n" + bytes(100), "D.csv:3: expected text, found a zero byte"),
    "a zero byte in a cell": (GOOD + "1,\0,a\n", "D.csv:62: expected text, found a zero byte"),
    "UTF-16 without a mark": (
        GOOD.encode("utf-16-le"),
        "D.csv:1: expected text, found a zero byte; every second byte is one, try --encoding utf-16-le",
    ),
    "UTF-16 the other way round": (
        GOOD.encode("utf-16-be"),
        "D.csv:1: expected text, found a zero byte; every second byte is one, try --encoding utf-16-be",
    ),
    "UTF-16 cut in the middle": (
        (GOOD + "1,2,b").encode("utf-16")[:-1],
        "D.csv:62: expected utf-16 text, found the byte 0x62: truncated data",
    ),
    "Latin-1": (
        (GOOD + "1,2,é\n").encode("latin-1"),
        "D.csv:62: expected text, found the byte 0xe9, which is not UTF-8; try --encoding latin-1",
    ),
    "text of Windows": (
        (GOOD + "1,2,“b”\n").encode("cp1252"),
        "D.csv:62: expected text, found the byte 0x93, which is not UTF-8; try --encoding cp1252",
    ),
    "UTF-8 cut within a character": (
        (GOOD + "1,2,é").encode()[:-1],
        "D.csv:62: expected text, found the byte 0xc3, which is not UTF-8; try --encoding latin-1",
    ),
    "gzip cut off": (gzip.compress(GOOD.encode())[:-20], "D.csv: the packed file ends too early; is it all there?"),
    "gzip, damaged": (
        gzip.compress(GOOD.encode())[:-8] + b"12345678",
        "D.csv: the packed file is damaged",
    ),
    "gzip of nothing": (gzip.compress(b""), "D.csv: the file is empty"),
    "bzip2 cut off": (bz2.compress(GOOD.encode())[:-20], "D.csv: the packed file ends too early; is it all there?"),
    "xz cut off": (lzma.compress(GOOD.encode())[:-20], "D.csv: the packed file ends too early; is it all there?"),
    "xz, damaged": (lzma.compress(SHORT)[:90] + bytes(3000), "D.csv: the packed file is damaged"),
    "gzip of no table": (
        gzip.compress(b"x,y\n1,\0\n"),
        "D.csv:2: expected text, found a zero byte",
    ),
    "a workbook": (
        b"PK\x03\x04\x14\x00\x06\x00\x08\x00" + bytes(50),
        "D.csv: expected a table as text, found a zip archive or an Excel workbook",
    ),
    "Parquet": (b"PAR1\x15\x04\x15\x80\x01" + bytes(50), "D.csv: expected a table as text, found Parquet"),
    "a PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "D.csv: expected a table as text, found PDF"),
    "a database": (b"SQLite format 3\x00\x10\x00", "D.csv: expected a table as text, found an SQLite database"),
}


@pytest.mark.parametrize(("content", "message"), FILES.values(), ids=FILES)
def test_a_file_that_is_no_text(refused, save, content, message):
    save(content)
    refused(3, message, "inspect", "D.csv")


def test_names_that_begin_like_other_formats_are_names(kerasflow, save):
    for name in ("PAR1", "BZh9", "ARROW1", "SQLite format 3"):
        save(GOOD.replace("x", name, 1))
        assert kerasflow("inspect", "D.csv", "--quiet").code == 0


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_mark_at_the_beginning_tells_the_encoding(kerasflow, save, encoding):
    save(GOOD.replace(",a\n", ",ä€\n").encode(encoding))
    assert "ä€ 66.7%" in kerasflow("inspect", "D.csv").out


def test_an_encoding_that_is_not_the_files(refused, save):
    save((GOOD + "1,2,é\n").encode())
    message = "D.csv:62: expected ascii text, found the byte 0xc3: ordinal not in range(128)"
    refused(3, message, "inspect", "D.csv", "--encoding", "ascii")
    save((GOOD + "1,2,a\x81\n").encode("latin-1"))
    message = "D.csv:62: expected cp1252 text, found the byte 0x81: character maps to <undefined>"
    refused(3, message, "inspect", "D.csv", "--encoding", "cp1252")


# --- what is no table ------------------------------------------------------------------------------------------------

NEVER = "a quotation mark is opened in this row and never closed"
TABLES = {
    "a row too short": (GOOD + "1,2\n", "D.csv:62:y: expected 3 cells as in the header, found 2"),
    "a row too long": (GOOD + "1,2,a,b\n", "D.csv:62: expected 3 cells as in the header, found 4"),
    "rows too short and too long": (
        GOOD + "1,2\n1,2,a,b\n",
        "D.csv:62:y: expected 3 cells as in the header, found 2",
    ),
    "a short row that quoted commas make up for": (
        GOOD + '1,"2,a"\n',
        "D.csv:62:y: expected 3 cells as in the header, found 2",
    ),
    "a separator at the end of a row": (GOOD + "1,2,a,\n", "D.csv:62: expected 3 cells as in the header, found 4"),
    "another separator further down": (
        GOOD + "1;2;a\n",
        "D.csv:62:z: expected 3 cells as in the header, found 1",
    ),
    "a remark above the header": ("# by me\n" + GOOD, "D.csv:2: expected 1 cell as in the header, found 3"),
    "a name twice": (GOOD.replace("x,z", "z,z"), "D.csv:1:z: the header has this name twice"),
    "a name twice, but for a blank": (GOOD.replace("x,z", "z , z"), "D.csv:1:z: the header has this name twice"),
    "no header": (
        GOOD.removeprefix("x,z,y\n"),
        "D.csv:1:0: the header has this name twice; if this is no header but a row of values, --no-header",
    ),
    "a name missing": (GOOD.replace("x,z", "x,"), "D.csv:1: column 2 of 3 has no name in the header"),
    "a name of blanks": (GOOD.replace("x,z", "  ,z"), "D.csv:1: column 1 of 3 has no name in the header"),
    "separators at the end of each row": (
        GOOD.replace("\n", ",\n"),
        "D.csv:1: column 4 of 4 has no name in the header",
    ),
    "a web page": (
        "<!DOCTYPE html>\n<html><body>404, not found</body></html>\n",
        "D.csv:2: expected 1 cell as in the header, found 2",
    ),
    "a quotation mark that swallows the file": (swapped(("\n2,", '\n"2,')), f"D.csv:4: {NEVER}"),
    "a quotation mark in the last row": (GOOD + '1,2,"a\n', f"D.csv:62: {NEVER}"),
    "a quotation mark in the header": ('x,"z,y\n' + GOOD, f"D.csv:1: {NEVER}"),
    "a quotation mark that one of a later cell closes": (
        swapped(("\n2,2,a", '\n2,2,"a'), ("\n9,2,a", '\n9,2,"a"')),
        "D.csv:4: a quotation mark is opened on this line, and the next one, on line 11, is amid a cell",
    ),
    "a header of a megabyte": (
        GOOD.replace("x", "x" * 1_000_000),
        "D.csv:1: the first record has a cell of more than 128 KiB; is a quotation mark left open?",
    ),
    "an infinite number": (GOOD + "inf,1,a\n", "D.csv:62:x: expected a finite number, found 'inf'"),
    "a number beyond all": (GOOD + "1,-1e999,a\n", "D.csv:62:z: expected a finite number, found '-1e999'"),
}


@pytest.mark.parametrize(("content", "message"), TABLES.values(), ids=TABLES)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["unix", "windows", "mac"])
def test_a_text_that_is_no_table(refused, save, content, message, end):
    save(content.replace("\n", end))
    refused(3, message, "inspect", "D.csv")


def test_a_quotation_mark_does_not_take_all_the_memory(refused, save, monkeypatch):
    monkeypatch.setattr(csv_source, "LONGEST", 1000)
    monkeypatch.setattr("kerasflow.io.text_stream.PIECE", 500)
    monkeypatch.setattr(csv_source, "SAMPLE", 100)
    save(swapped(("\n2,", '\n"2,')) + GOOD * 100)
    refused(3, "D.csv:4: a quotation mark is opened in this row and not closed within 0 MiB", "inspect", "D.csv")
    save("x,y\n1," + "a" * 5000)
    refused(3, "D.csv:2: the row is too long", "inspect", "D.csv")


def test_files_whose_headers_differ(refused, save):
    save(GOOD)
    for header, told in (
        ("x,y,z", "in another order, column 2 is y, there z"),
        ("x,z", "missing y"),
        ("x,w,y,v", "missing z; new w, v"),
    ):
        save(f"{header}\n{','.join('1' for _ in header.split(','))}\n", "E.csv")
        refused(3, f"E.csv:1: the header differs from that of D.csv: {told}", "inspect", "D.csv", "E.csv")


# --- what can be read, and is hardly meant so ------------------------------------------------------------------------

ID = "tells rows apart like an id, which says nothing about new ones; --id leaves it out"
ALONE = "tells rows apart like an id, which says nothing about new ones; it is not used"
STRANGE = {
    "dates": (
        column("c", [f"2020-01-{row % 28 + 1:02d}" for row in range(60)]),
        "look like dates; they are taken for texts, each a value of its own: columns of month or weekday say more",
    ),
    "ids": (column("c", [f"user{row}" for row in range(60)]), ALONE),
    "row numbers": (column("c", range(100, 160)), ID),
    "thousands separators": (
        column("c", [f'"{row % 7},000"' for row in range(60)]),
        "look like numbers with marks between thousands; --thousands ,",
    ),
    "German thousands": (
        column("c", [f'"{row % 7}.000,50"' for row in range(60)]),
        "look like numbers with marks between thousands; --thousands . --decimal ,",
    ),
    "decimal commas": (
        column("c", [f'"{row % 7},5"' for row in range(60)]),
        "look like numbers with decimal commas; --decimal ,",
    ),
    "decimal commas, and whole numbers": (
        column("c", [f'"{row % 7},5"' if row % 2 else row % 7 for row in range(60)]),
        "look like numbers with decimal commas; --decimal ,",
    ),
    "a decimal comma among whole numbers": (
        column("c", [*range(200, 259), '"1,5"']),
        "nearly all are numbers, but not '1,5', first on line 61 of D.csv; --decimal ,",
    ),
    "percent": (
        column("c", [f"{row % 7}.5 %" for row in range(60)]),
        "look like numbers with a unit, which makes them texts",
    ),
    "a slip among numbers": (
        column("c", [*(f"{row}.5" for row in range(59)), "1O.5"]),
        "nearly all are numbers, but not '1O.5', first on line 61 of D.csv; --na or --numeric",
    ),
    "a column without a value": (column("c", ["NA", "", "?"] * 20), "no row has a value"),
    "a constant": (column("c", [1] * 60), "every row is '1'"),
    "the target again": (
        column("c", ["pq"[row % 3 % 2] for row in range(60)]),
        "says what y says; --ignore it unless it is known before",
    ),
}


@pytest.mark.parametrize(("content", "warning"), STRANGE.values(), ids=STRANGE)
def test_a_table_that_is_hardly_meant_so(kerasflow, save, content, warning):
    save(content)
    done = kerasflow("inspect", "D.csv", "--target", "y", "--id", "x")
    told = [line for line in done.out.splitlines() if line.startswith("c: ")]
    assert done.code == 0 and told == [f"c: {warning}"]


READ = {
    "every kind of line end": GOOD.replace("\n", "\r\n", 20).replace("\n9,", "\r9,"),
    "no line end at the end": GOOD.rstrip("\n"),
    "blank lines in between": GOOD.replace("\n", "\n\n  \n", 20),
    "quotation marks amid cells": GOOD.replace(",a\n", ',5" a "b"\n'),
    "quotation marks around all": "\n".join('"' + line.replace(",", '","') + '"' for line in GOOD.splitlines()),
    "blanks around cells": GOOD.replace(",", " ,  "),
    "separators and line ends in cells": GOOD.replace(",a\n", ',"a,\n""b"""\n'),
    "a cell of a megabyte": GOOD.replace(",a\n", f",{'a' * 1_000_000}\n", 1),
    "a cell of a megabyte of lines": GOOD.replace(",a\n", ',"' + "a\n" * 500_000 + '"\n', 1),
    "gzip": gzip.compress(GOOD.encode()),
    "gzip in parts": gzip.compress(GOOD[:100].encode()) + gzip.compress(GOOD[100:].encode()),
    "bzip2": bz2.compress(GOOD.encode()),
    "xz": lzma.compress(GOOD.encode()),
}


@pytest.mark.parametrize("content", READ.values(), ids=READ)
def test_what_is_unusual_is_read(kerasflow, save, content):
    save(content)
    done = kerasflow("inspect", "D.csv")
    lines = [line.split() for line in done.out.splitlines()]
    assert lines[0] == ["D.csv:", "60", "rows,", "3", "columns"] and done.code == 0
    assert lines[3] == ["x", "numeric", "input", "-", "60", "0", "/", "29.5", "/", "59"]
    assert lines[4][:5] == ["z", "numeric", "input", "-", "7"] and lines[5][:4] == ["y", "categorical", "input", "-"]


@pytest.mark.slow
def test_ten_thousand_columns(kerasflow, refused, save):
    lines = [",".join(f"{start}{column}" for column in range(10_000)) for start in ("c", "1", "2", "x")]
    save("\n".join(lines) + "\n")
    done = kerasflow("inspect", "D.csv", "--limit", "2")
    assert done.code == 0 and done.out.startswith("D.csv: 2 rows, 10,000 columns\n")
    assert done.out.splitlines()[10_002].split() == "c9999 numeric input - 2 19,999 / 24,999 / 29,999".split()
    save("\n".join(lines) + ",more\n")
    refused(3, "D.csv:4: expected 10000 cells as in the header, found 10001", "inspect", "D.csv")


# --- what cannot be learned ------------------------------------------------------------------------------------------

TARGETS = {
    "a constant target": (
        GOOD.replace(",a\n", ",b\n"),
        (),
        "D.csv:2:y: every row has 'b' here; there is nothing to predict",
    ),
    "a constant number": (
        "x,y\n" + "1,3\n2,3\n" * 9,
        (),
        "D.csv:2:y: every row has '3' here; there is nothing to predict",
    ),
    "a target without values": (
        GOOD.replace(",a\n", ",\n").replace(",b\n", ",NA\n"),
        (),
        "D.csv: no row has a value in the column 'y'",
    ),
    "a single row": ("x,y\n1,2\n", (), "D.csv: 1 row with a value in 'y', 2 are needed, of which one is held out"),
    "a label for each row": (
        "x,y\n" + "".join(f"{row},l{row}\n" for row in range(60)),
        (),
        "D.csv: y: 60 different labels in 60 rows are too many to be learned;"
        " --task regression names the first that is no number",
    ),
    "decimal commas in the target": (
        "x;y\n" + "".join(f"{row};{row},5\n" for row in range(60)),
        (),
        "D.csv: y: 60 different labels in 60 rows are too many to be learned;"
        " they look like numbers with decimal commas; --decimal ,",
    ),
    "decimal commas where numbers are asked for": (
        "x;y\n" + "".join(f"{row};{row},5\n" for row in range(60)),
        ("--task", "regression"),
        "D.csv:2:y: expected a number, found '0,5'; they look like numbers with decimal commas; --decimal ,",
    ),
    "labels where numbers are asked for": (GOOD, ("--task", "regression"), "D.csv:2:y: expected a number, found 'a'"),
    "a target alone": ("y\n" + "a\nb\n" * 9, (), "D.csv: there is no column to predict 'y' from"),
    "an infinite target": (
        "x,y\n" + "".join(f"{row},{row}.5\n" for row in range(60)) + "1,-inf\n",
        (),
        "D.csv:62:y: expected a finite number, found '-inf'",
    ),
    "a negative weight": (
        swapped(("\n3,3,", "\n3,-3,")),
        ("--weight-column", "z"),
        "D.csv:5:z: expected a weight from 0 on, found '-3'",
    ),
    "columns that say nothing": (
        "x,y\n" + ",a\n,b\n" * 9,
        (),
        "D.csv: no column says anything about 'y', see above",
    ),
}


def test_few_numbers_with_decimal_commas_are_labels_with_a_warning(kerasflow, save):
    save("x;y\n" + "".join(f"{row % 3};{row % 3},5\n" for row in range(60)))
    done = kerasflow("train", "D.csv", "--target", "y", "-o", "RUN", "--epochs", "1")
    assert "y: look like numbers with decimal commas; --decimal ," in done.err.splitlines()


@pytest.mark.parametrize(("content", "arguments", "message"), TARGETS.values(), ids=TARGETS)
def test_a_target_that_cannot_be_learned(refused, save, content, arguments, message):
    save(content)
    refused(3, message, "train", "D.csv", "--target", "y", "-o", "RUN", *arguments)


def test_a_table_with_another_separator_than_asked_for(refused, save):
    save(GOOD.replace(",", ";"))
    message = "--target: D.csv has no column 'y'; its columns are x;z;y"
    refused(2, message, "train", "D.csv", "--target", "y", "-o", "RUN", "--sep", ",")


# --- what the system refuses -----------------------------------------------------------------------------------------


def test_paths_that_are_no_files(refused, tmp_path):
    refused(2, "nowhere.csv: No such file or directory", "train", "nowhere.csv", "--target", "y", "-o", "RUN")
    (tmp_path / "folder").mkdir()
    refused(2, "folder: Is a directory", "train", "folder", "--target", "y", "-o", "RUN")
    refused(2, "nowhere-*.csv: no file matches this pattern", "inspect", "nowhere-*.csv")


def test_a_pipe_without_a_table(refused, monkeypatch):
    for content, message in (
        (b"", "<stdin>: the file is empty"),
        (b"x,y\n1\n", "<stdin>:2:y: expected 2 cells as in the header, found 1"),
    ):
        for command in (("inspect", "-"), ("train", "-", "--target", "y", "-o", "RUN")):
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
            refused(3, message, *command)


@pytest.fixture
def as_nobody(kerasflow, save, tmp_path):
    """Go on as a user who may do nothing, once all that is needed has been imported."""
    save(GOOD)
    assert kerasflow("inspect", "D.csv", "--quiet").code == 0
    (tmp_path / "D.csv").chmod(0)
    tmp_path.chmod(0o755)
    before = os.geteuid()
    if not before:
        os.seteuid(65534)
    yield
    if not before:
        os.seteuid(0)
    (tmp_path / "D.csv").chmod(0o600)


@pytest.mark.usefixtures("as_nobody")
def test_a_file_that_may_not_be_read(capsys):
    assert main(["inspect", "D.csv"]) == 2
    assert capsys.readouterr() == ("", "kerasflow inspect: D.csv: Permission denied\n")


@pytest.fixture
def little_room():
    """No file may grow beyond some bytes, as if the disk was full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("little_room")
def test_a_full_disk_leaves_nothing_behind(kerasflow, tmp_path):
    with open(tmp_path / "D.csv", "w") as stream:
        stream.write("x,y\n" + "1,2\n" * 10_000)
    (tmp_path / "cache").mkdir()
    done = kerasflow("train", "D.csv", "--target", "y", "-o", "RUN", "--cache", "cache", "--quiet")
    told = re.sub("cache/[0-9a-f]+:", "cache/0:", done.err)
    assert (done.code, done.out, told) == (1, "", "kerasflow train: cache/0: File too large\n")
    assert sorted(os.listdir(tmp_path)) == ["D.csv", "cache"] and not os.listdir(tmp_path / "cache")
