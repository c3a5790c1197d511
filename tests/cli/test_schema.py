"""Schemas say what is in a table and what looks wrong, and come back from a file as they were edited."""

import argparse
import json

import numpy as np
import pandas as pd
import pytest

from kerasflow.cli import findings
from kerasflow.cli.exits import DataError, ModelError, UsageError
from kerasflow.cli.findings import find
from kerasflow.cli.inspect_data import inspect_data
from kerasflow.cli.reading import add_column_options, add_data_options
from kerasflow.cli.schema import Schema, Wishes, wishes_of
from kerasflow.io import column_writer
from kerasflow.io.column_cache import ColumnCache
from kerasflow.io.csv_text import Dialect

ROWS = 60


def options(*arguments):
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_data_options(parser)
    add_column_options(parser)
    for option in ("--target", "--weight-column", "--write-schema"):
        parser.add_argument(option)
    for option in ("--json", "--quiet", "--verbose"):
        parser.add_argument(option, action="store_true")
    return parser.parse_args(list(arguments))


@pytest.fixture
def table(tmp_path, monkeypatch):
    """Make columns into a cache of the file DATA.csv."""
    monkeypatch.chdir(tmp_path)

    def table(columns, **settings):
        pd.DataFrame(columns).to_csv("DATA.csv", index=False)
        return ColumnCache.make("cache", "DATA.csv", **settings)

    return table


def of(column, target=None):
    """The warnings of one column, perhaps beside a target."""

    def warnings(table, **settings):
        columns = {"x": column} | ({} if target is None else {"y": target})
        schema = Schema.infer(table(columns, **settings), Dialect(), target="y" if target is not None else None)
        return list(schema.columns[0].warnings)

    return warnings


RNG = np.random.default_rng(0)
NOISE = RNG.normal(size=ROWS).round(3)
CLASSES = RNG.choice(["a", "b", "c"], ROWS)
WARNINGS = {
    "nothing wrong": (of(NOISE, NOISE[::-1]), []),
    "no value": (of([""] * ROWS), ["no row has a value"]),
    "a constant number": (of([7] * ROWS), ["every row is '7'"]),
    "a constant text": (of(["so"] * ROWS), ["every row is 'so'"]),
    "a constant, or nothing": (of(["so"] * 58 + [None] * 2), ["every value is 'so'"]),
    "almost constant": (of(["a"] * 199 + ["b"]), ["99.5% of the rows have 'a'"]),
    "not quite almost constant": (of(["a"] * 98 + ["b"] * 2), []),
    "row numbers": (
        of(range(ROWS)),
        ["tells rows apart like an id, which says nothing about new ones; --id leaves it out"],
    ),
    "names of their own": (
        of([f"user {n}" for n in range(ROWS)]),
        ["tells rows apart like an id, which says nothing about new ones; it is not used"],
    ),
    "names of their own, and one missing": (
        of([*(f"user {n}" for n in range(ROWS)), None]),
        ["tells rows apart like an id, which says nothing about new ones; --id leaves it out"],
    ),
    "names of their own, and one twice": (
        of([f"user {max(n, 1)}" for n in range(200)]),
        ["tells rows apart like an id, which says nothing about new ones; --id leaves it out"],
    ),
    "whole numbers that fall": (of(range(ROWS, 0, -1)), []),
    "mostly missing": (of([1, 2, 3, 4] * 5 + [None] * 40), ["67% of the rows lack a value"]),
    "numbers with a slip": (
        of([*map(str, range(30)), "n.a.", *map(str, range(29))]),
        ["nearly all are numbers, but not 'n.a.', first on line 32 of DATA.csv; --na or --numeric"],
    ),
    "dates": (
        of([f"2020-01-{n % 28 + 1:02d}" for n in range(ROWS)]),
        ["look like dates; they are taken for texts, each a value of its own: columns of month or weekday say more"],
    ),
    "German dates": (
        of([f"{n % 28 + 1}.1.2020" for n in range(ROWS)]),
        ["look like dates; they are taken for texts, each a value of its own: columns of month or weekday say more"],
    ),
    "decimal commas": (of([f"{n % 9},5" for n in range(ROWS)]), ["look like numbers with decimal commas; --decimal ,"]),
    "thousands": (
        of([f"{n % 9},500" for n in range(ROWS)]),
        ["look like numbers with marks between thousands; --thousands ,"],
    ),
    "prices": (of([f"${n % 9}.50" for n in range(ROWS)]), ["look like numbers with a unit, which makes them texts"]),
    "the target itself": (of(NOISE, NOISE), ["says what y says; --ignore it unless it is known before"]),
    "the target in cents": (of(NOISE * 100 - 3, NOISE), ["says what y says; --ignore it unless it is known before"]),
    "the target by other names": (
        of([{"a": 1, "b": 2, "c": 3}[c] for c in CLASSES], CLASSES),
        ["says what y says; --ignore it unless it is known before"],
    ),
    "nearly the target": (of([*CLASSES[:-1], "d"], CLASSES), []),
}


@pytest.mark.parametrize(("warnings", "expected"), WARNINGS.values(), ids=WARNINGS)
def test_what_looks_wrong(table, warnings, expected):
    assert warnings(table) == expected


@pytest.mark.parametrize("role", ["id", "ignored", "weight", "target"])
def test_what_is_not_predicted_from_need_not_be_left_out(table, role):
    schema = Schema.infer(table({"x": range(ROWS)}), Dialect(), Wishes(roles={"x": role}))
    assert schema.columns[0].role == role and schema.columns[0].warnings == ()


def test_many_texts(table, monkeypatch):
    names = [f"user {n // 2}" for n in range(2400)]
    assert of(names)(table) == ["1,200 different texts"]
    monkeypatch.setattr(column_writer, "MOST_TEXTS", 100)
    assert of(names)(table, kinds={"other": "text"}) == ["more than 10,000 different texts"]


@pytest.mark.parametrize("at_once", [7, 1000])
def test_what_is_found_is_what_numpy_finds(table, monkeypatch, at_once):
    monkeypatch.setattr(findings, "AT_ONCE", at_once)
    numbers = np.where(RNG.random(200) < 0.1, np.nan, RNG.integers(-50, 50, 200) / 4 + 1e6)
    texts = np.where(RNG.random(200) < 0.1, None, RNG.choice(["p", "q", "r"], 200).astype(object))
    cache = table({"n": numbers, "t": texts})
    found, present = find(cache, "n"), numbers[~np.isnan(numbers)]
    values, counts = np.unique(present, return_counts=True)
    assert (found.rows, found.missing, found.distinct) == (200, int(np.isnan(numbers).sum()), len(values))
    assert (found.low, found.high) == (present.min(), present.max())
    assert found.mean == pytest.approx(present.mean(), rel=1e-13) and not found.whole and not found.rising
    assert found.frequent[0][1] == counts.max() and len(found.frequent) == 3
    found, expected = find(cache, "t"), pd.Series(texts).value_counts()
    assert dict(found.frequent) == expected.to_dict() and found.distinct == 3
    assert found.missing == 200 - expected.sum()


def test_more_values_than_are_counted(table, monkeypatch):
    monkeypatch.setattr(findings, "MOST", 50)
    found = find(table({"n": range(60)}), "n")
    assert found.distinct is None and found.frequent == () and found.rising and found.mean == 29.5


def test_infinite_numbers_have_no_schema(table):
    cache = table({"a": ["1", "inf"]})
    with pytest.raises(DataError, match=r"^DATA.csv:3:a: expected a finite number, found 'inf'$"):
        Schema.infer(cache, Dialect())


# --- files -----------------------------------------------------------------------------------------------------------


def test_a_schema_comes_back_with_what_was_edited(table, tmp_path):
    schema = Schema.infer(table({"a": NOISE, "b": CLASSES, "c": range(ROWS)}), Dialect(), target="b")
    schema.write("s.json")
    again = Schema.read("s.json")
    assert [(c.name, c.kind, c.role) for c in again.columns] == [
        ("a", "numeric", "input"),
        ("b", "categorical", "target"),
        ("c", "numeric", "input"),
    ]
    content = json.loads((tmp_path / "s.json").read_text())
    content["columns"][2]["role"] = "id"
    content["columns"][0] = {"name": "a", "kind": "categorical", "role": "weight"}
    (tmp_path / "s.json").write_text(json.dumps(content))
    wishes = wishes_of(options("DATA.csv", "--schema", "s.json"))
    assert wishes.kinds == {"a": "text", "b": "text", "c": "numeric"}
    assert wishes.roles == {"a": "weight", "b": "target", "c": "id"}


GOOD = {"format": 1, "columns": [{"name": "a", "kind": "numeric", "role": "input"}]}
COLUMN = GOOD["columns"][0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[", "s.json is not valid JSON: Expecting value: line 1 column 2 (char 1)"),
        ("[]", "s.json is an object, not []"),
        ({"columns": []}, 's.json: "format" is missing'),
        (GOOD | {"format": 2}, 's.json: "format" is 1, not 2'),
        (GOOD | {"more": 1}, "s.json: unknown 'more'"),
        (GOOD | {"columns": {}}, 's.json: "columns" is a list, not {}'),
        (GOOD | {"columns": [COLUMN, "b"]}, "s.json: column 2 is an object, not 'b'"),
        (
            GOOD | {"columns": [COLUMN | {"kind": "number"}]},
            "s.json: column 1: \"kind\" is 'numeric' or 'categorical', not 'number'",
        ),
        (
            GOOD | {"columns": [COLUMN | {"role": "out"}]},
            "s.json: column 1: \"role\" is 'input' or 'target' or 'weight' or 'id' or 'ignored', not 'out'",
        ),
        (GOOD | {"columns": [{"name": "a", "kind": "numeric"}]}, 's.json: column 1: "role" is missing'),
        (GOOD | {"columns": [COLUMN | {"typo": 1}]}, "s.json: column 1: unknown 'typo'"),
        (GOOD | {"columns": [COLUMN, COLUMN]}, "s.json: the column 'a' is there twice"),
        (
            GOOD | {"columns": [COLUMN | {"role": "target"}, COLUMN | {"name": "b", "role": "target"}]},
            "s.json: one column has the role \"target\", not 'a' and 'b'",
        ),
        (
            {"column": "y", "target": {}, "encoder": {}},
            "s.json is the schema of an old run; --schema takes one from inspect --write-schema",
        ),
    ],
)
def test_a_schema_that_cannot_be_used(tmp_path, monkeypatch, content, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.json").write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(UsageError) as caught:
        wishes_of(options("DATA.csv", "--schema", "s.json"))
    assert str(caught.value) == f"--schema: {message}"


# --- what is asked for -----------------------------------------------------------------------------------------------


def test_options_say_what_columns_are_for():
    wishes = wishes_of(
        options("f", "--ignore", "a, b", "--ignore", "c", "--id", "d", "--numeric", "e", "--categorical", "f,d")
    )
    assert wishes.roles == {"a": "ignored", "b": "ignored", "c": "ignored", "d": "id"}
    assert wishes.kinds == {"e": "numeric", "f": "text", "d": "text"}
    assert wishes.role("e") == "input" and wishes.role("d") == "id"
    wishes = wishes_of(options("f", "--columns", "x,y", "--target", "t", "--weight-column", "w"))
    assert [wishes.role(name) for name in "xyztw"] == ["input", "input", "ignored", "target", "weight"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--numeric", "a", "--categorical", "b,a"], "--categorical: 'a' is in --numeric too"),
        (["--ignore", "a", "--columns", "a"], "--columns: 'a' is in --ignore too"),
        (["--id", "a", "--ignore", "a"], "--id: 'a' is in --ignore too"),
    ],
)
def test_options_that_contradict_each_other(arguments, message):
    with pytest.raises(UsageError) as caught:
        wishes_of(options("f", *arguments))
    assert str(caught.value) == message


def test_columns_that_are_not_there():
    wishes = Wishes(known=["a", "b", "c"])
    wishes.check(["c", "b", "a", "more"], "f.csv")
    assert wishes.role("more") == "ignored"
    with pytest.raises(ModelError) as caught:
        wishes.check(["b", "d"], "f.csv")
    assert str(caught.value) == (
        "f.csv: the table does not fit the schema; missing columns: a, c; columns it does not know: d"
    )
    with pytest.raises(UsageError, match=r"^--id: f.csv has no column 'idd'; did you mean 'id'\?$"):
        wishes_of(options("f", "--id", "idd")).check(["id", "x"], "f.csv")


# --- inspect ---------------------------------------------------------------------------------------------------------


def test_inspect_shows_a_table_and_writes_its_schema(table, capsys):
    table({"rooms": [3, 4, None] * 20, "sea": CLASSES, "id": range(ROWS), "price": NOISE})
    assert inspect_data(options("DATA.csv", "--target", "price", "--id", "id", "--write-schema", "s.json")) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0] == "DATA.csv: 60 rows, 4 columns" and err.startswith("s.json: the schema")
    assert lines[3].split() == ["rooms", "numeric", "input", "33.3%", "2", "3", "/", "3.5", "/", "4"]
    assert lines[5].split()[:3] == ["id", "numeric", "id"] and lines[6].split()[:3] == ["price", "numeric", "target"]
    assert not [line for line in lines if line.startswith("id:")], "it is known to be one"
    assert inspect_data(options("DATA.csv", "--schema", "s.json", "--json")) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["rows"] == 60 and [c["role"] for c in shown["columns"]] == ["input", "input", "id", "target"]
    assert shown["columns"][1]["about"]["distinct"] == 3


def test_inspect_refuses_what_is_not_there(table):
    table({"a": [1]})
    with pytest.raises(UsageError, match=r"^--target: DATA.csv has no column 'b'; its columns are a$"):
        inspect_data(options("DATA.csv", "--target", "b"))
    with pytest.raises(DataError, match=r"^DATA.csv:2:a: expected a number, found 'x'$"):
        table({"a": ["x"]})
        inspect_data(options("DATA.csv", "--numeric", "a"))


def test_the_command_tells_tables_from_models(kerasflow, trained, tmp_path):
    (tmp_path / "a.csv").write_text((trained / "homes.csv").read_text())
    (tmp_path / "b.csv").write_text((trained / "homes.csv").read_text())
    assert kerasflow("inspect", "a.csv").out.startswith("a.csv: 400 rows, 4 columns\n")
    assert kerasflow("inspect", "a.csv", "b.csv").out.startswith("a.csv and 1 more: 800 rows")
    assert kerasflow("inspect", "?.csv", "--limit", "500", "--json").out.startswith(
        '{"data": ["a.csv", "b.csv"], "rows": 500'
    )
    assert "predicts price" in kerasflow("inspect", trained / "homes").out
    done = kerasflow("inspect", "x*.csv")
    assert (done.code, done.err) == (2, "kerasflow inspect: x*.csv: no file matches this pattern\n")
