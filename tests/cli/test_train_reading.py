"""Training on tables in several files, of other dialects, from pipes, with columns that are for this or that."""

import gzip
import io
import json
import sys

import pytest

from tests.cli.tables import homes


@pytest.fixture
def train(kerasflow):
    """Train for a moment; what it said."""

    def train(*arguments):
        done = kerasflow("train", *arguments, "-o", "RUN", "--overwrite", "--epochs", "1", "--report", "none")
        assert done.code == 0, done.err
        return done

    return train


def predictors(done):
    """The columns that the network learns from, by the table that training shows."""
    lines = done.err[done.err.index("column  ") :].splitlines()[1:]
    lines = lines[: next(k for k, line in enumerate(lines) if line.startswith("target "))]
    return [line.split()[0] for line in lines if not line.endswith(("ignored", "id"))]


def test_dialects_and_packed_files_give_the_same_network(train, tmp_path):
    text = homes(100)
    (tmp_path / "a.csv").write_text(text)
    lines = text.splitlines()
    (tmp_path / "b1.csv").write_bytes(gzip.compress("\n".join(lines[:40]).encode()))
    (tmp_path / "b2.csv").write_text("\n".join([lines[0], *lines[40:]]))
    german = text.replace(",", ";").replace(".", ",").replace("near", "näh").replace("far", "weit")
    (tmp_path / "c.txt").write_text(german.replace("\n", "\r\n"), "cp1252", newline="")
    plain = train("a.csv", "--target", "price").out
    assert train("b?.csv", "--target", "price").out == plain
    told = train("c.txt", "--target", "price", "--sep", ";", "--decimal", ",", "--encoding", "cp1252").err
    assert "area    numeric" in told and "'näh'" in told


def test_a_table_comes_from_a_pipe(train, tmp_path, monkeypatch):
    (tmp_path / "a.csv").write_text(homes(100))
    plain = train("a.csv", "--target", "price").out
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(homes(100).encode())))
    done = train("-", "--target", "price")
    assert done.out == plain and done.err.startswith("<stdin>: 100 rows\n")


def test_options_say_which_columns_predict(train, tmp_path):
    (tmp_path / "a.csv").write_text(homes(100))
    base = ("a.csv", "--target", "price")
    assert predictors(train(*base)) == ["rooms", "area", "sea"]
    assert predictors(train(*base, "--columns", "sea,rooms")) == ["rooms", "sea"]
    assert predictors(train(*base, "--id", "rooms", "--ignore", "area")) == ["sea"]
    assert "rooms   text" in train(*base, "--categorical", "rooms").err


def test_a_schema_says_which_columns_predict(train, kerasflow, tmp_path):
    (tmp_path / "a.csv").write_text(homes(100))
    columns = [
        {"name": "rooms", "kind": "categorical", "role": "input"},
        {"name": "sea", "kind": "categorical", "role": "ignored"},
        {"name": "area", "kind": "numeric", "role": "id"},
        {"name": "price", "kind": "numeric", "role": "target"},
    ]
    (tmp_path / "s.json").write_text(json.dumps({"format": 1, "columns": columns}))
    done = train("a.csv", "--target", "price", "--schema", "s.json")
    assert predictors(done) == ["rooms"] and "rooms   text" in done.err
    columns[3]["name"] = "prize"
    (tmp_path / "s.json").write_text(json.dumps({"format": 1, "columns": columns}))
    done = kerasflow("train", "a.csv", "--target", "price", "-o", "R2", "--schema", "s.json")
    assert (done.code, done.err) == (
        4,
        "kerasflow train: a.csv: the table does not fit the schema; missing columns: prize;"
        " columns it does not know: price\n",
    )


def test_weights_come_from_a_schema_too(train, tmp_path):
    text = homes(100).splitlines()
    lines = [f"{line},{'w' if not row else row % 3 + 1}" for row, line in enumerate(text)]
    (tmp_path / "a.csv").write_text("\n".join(lines) + "\n")
    columns = [
        {"name": n, "kind": "numeric", "role": "weight" if n == "w" else "input"} for n in ("rooms", "area", "w")
    ]
    columns.append({"name": "price", "kind": "numeric", "role": "input"})
    (tmp_path / "s.json").write_text(json.dumps({"format": 1, "columns": columns}))
    weighted = train("a.csv", "--target", "price", "--columns", "rooms,area", "--weight-column", "w").out
    assert train("a.csv", "--target", "price", "--schema", "s.json").out == weighted
    assert train("a.csv", "--target", "price", "--columns", "rooms,area").out != weighted


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--ignore", "price"], 2, "--ignore: 'price' is the target"),
        (["--id", "rom"], 2, "--id: a.csv has no column 'rom'; did you mean 'rooms'?"),
        (["--columns", "rooms", "--ignore", "rooms"], 2, "--columns: 'rooms' is in --ignore too"),
        (["--numeric", "sea"], 3, "a.csv:2:sea: expected a number, found 'far'"),
        (["--schema", "none.json"], 2, "none.json: No such file or directory"),
    ],
)
def test_columns_that_cannot_be_used_so(refused, tmp_path, arguments, code, message):
    (tmp_path / "a.csv").write_text(homes(20).replace("island", "far").replace("near", "far"))
    refused(code, message, "train", "a.csv", "--target", "price", "-o", "RUN", *arguments)
