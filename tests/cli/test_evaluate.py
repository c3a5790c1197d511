"""`kerasflow evaluate` beyond its table: metrics by choice, by group, by weight, on tables of any size, as JSON."""

import gzip
import io
import json

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk

from kerasflow.io import csv_source, text_stream
from tests.cli.tables import flowers, homes


@pytest.fixture
def small_pieces(monkeypatch):
    """Tables are read in pieces of a few rows."""
    monkeypatch.setattr(text_stream, "PIECE", 300)
    monkeypatch.setattr(csv_source, "SAMPLE", 64)


@pytest.fixture
def new(runs):
    """NEW.csv, of rows that training did not see, beside the runs."""
    (runs / "NEW.csv").write_text(homes(120, seed=1))
    return pd.read_csv(runs / "NEW.csv")


def found(kerasflow, *arguments):
    done = kerasflow("evaluate", *arguments, "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)


def predictions(kerasflow, run, path, *more):
    done = kerasflow("predict", run, path, *more)
    assert done.code == 0, done.err
    return pd.read_csv(io.StringIO(done.out))


def test_metrics_by_choice(kerasflow, new):
    got = found(kerasflow, "homes", "NEW.csv", "--metrics", "mae,bias, mae")
    predicted = predictions(kerasflow, "homes", "NEW.csv").prediction
    assert got["data"] == ["NEW.csv"] and got["rows"] == 120
    assert got["model"] == pytest.approx(
        {"mae": np.abs(predicted - new.price).mean(), "bias": (predicted - new.price).mean()}, rel=1e-6
    )
    assert kerasflow("evaluate", "homes", "NEW.csv", "--metrics", "bias").out.splitlines()[1].startswith("bias ")


def test_a_metric_that_is_none_is_refused(refused, new):
    message = "--metrics: no metric 'auc' for this target; there are rmse, mae, r2, median_ae, bias, largest"
    refused(2, message, "evaluate", "homes", "NEW.csv", "--metrics", "mae,auc")


def test_groups(kerasflow, new):
    got = found(kerasflow, "homes", "NEW.csv", "--by", "sea")
    predicted = predictions(kerasflow, "homes", "NEW.csv").prediction
    assert got["by"]["column"] == "sea"
    sizes = new.sea.value_counts()
    assert [g["rows"] for g in got["by"]["groups"]] == sizes.tolist()
    for group in got["by"]["groups"]:
        rows = new.sea == group["value"]
        assert group["rows"] == rows.sum()
        assert group["model"]["mae"] == pytest.approx(np.abs(predicted - new.price)[rows].mean(), rel=1e-6)
        assert group["model"]["r2"] == pytest.approx(sk.r2_score(new.price[rows], predicted[rows]), rel=1e-6)
    lines = kerasflow("evaluate", "homes", "NEW.csv", "--by", "sea").out.split("\n\n")[1].splitlines()
    assert lines[0].split() == ["by", "sea", "rows", "RMSE", "MAE", "R2", "median", "error"] and len(lines) == 4


def test_groups_of_numbers_and_of_missing_values(kerasflow, new):
    got = found(kerasflow, "homes", "NEW.csv", "--by", "rooms", "--metrics", "mae")
    assert {g["value"]: g["rows"] for g in got["by"]["groups"]} == {
        str(value): size for value, size in new.rooms.value_counts().items()
    }
    got = found(kerasflow, "homes", "NEW.csv", "--by", "area", "--metrics", "mae")
    assert {g["value"]: g["rows"] for g in got["by"]["groups"]}["(missing)"] == new.area.isna().sum() > 0
    text = kerasflow("evaluate", "homes", "NEW.csv", "--by", "area").out
    assert "more groups" in text


def test_chunks_give_what_the_whole_gives(kerasflow, new, runs, small_pieces, monkeypatch):
    parts = found(kerasflow, "homes", "NEW.csv", "--by", "sea")
    monkeypatch.undo()
    monkeypatch.chdir(runs)
    whole = found(kerasflow, "homes", "NEW.csv", "--by", "sea")
    assert parts["rows"] == whole["rows"] == 120 and parts["model"] == pytest.approx(whole["model"], rel=1e-5)
    assert [group["rows"] for group in parts["by"]["groups"]] == [group["rows"] for group in whole["by"]["groups"]]


def test_weights_count_as_repeated_rows(kerasflow, new, runs):
    weights = np.arange(len(new)) % 4
    new.assign(w=weights).to_csv("W.csv", index=False)
    new.iloc[np.repeat(np.arange(len(new)), weights)].to_csv("R.csv", index=False)
    weighted = found(kerasflow, "homes", "W.csv", "--weight-column", "w", "--metrics", "rmse,mae,r2")
    repeated = found(kerasflow, "homes", "R.csv", "--metrics", "rmse,mae,r2")
    assert weighted["model"] == pytest.approx(repeated["model"], rel=1e-6)
    assert weighted["baseline"] == pytest.approx(repeated["baseline"], rel=1e-9)


def test_a_weight_that_is_none_is_refused(refused, new):
    new.assign(w=[1.0] * 119 + [-2.0]).to_csv("W.csv", index=False)
    message = "W.csv:121:w: expected a weight from 0 on, found -2"
    refused(3, message, "evaluate", "homes", "W.csv", "--weight-column", "w")
    message = "--weight-column: NEW.csv has no column 'w'; its columns are rooms, area, sea, price"
    refused(2, message, "evaluate", "homes", "NEW.csv", "--weight-column", "w")
    refused(2, "--by: NEW.csv has no column 'see'; did you mean 'sea'?", "evaluate", "homes", "NEW.csv", "--by", "see")


def test_several_files_packed_or_not_and_patterns(kerasflow, new, runs):
    whole = found(kerasflow, "homes", "NEW.csv")
    new[:50].to_csv(runs / "part-1.csv", index=False)
    with gzip.open(runs / "part-2.csv.gz", "wt") as file:
        new[50:].to_csv(file, index=False)
    parts = found(kerasflow, "homes", "part-*")
    assert parts["data"] == ["part-1.csv", "part-2.csv.gz"] and parts["rows"] == 120
    assert parts["model"] == pytest.approx(whole["model"], rel=1e-5)
    new.loc[[60, 61], "price"] = np.nan
    new[50:].to_csv(runs / "part-3.csv", index=False)
    done = kerasflow("evaluate", "homes", "part-1.csv", "part-3.csv")
    assert done.err == (
        "part-1.csv and 1 more: left out 2 rows without a value in 'price', the first on line 12 of part-3.csv\n"
    )


def test_metrics_of_classes(kerasflow, runs):
    (runs / "NEW.csv").write_text(flowers(90, seed=2))
    table = pd.read_csv("NEW.csv")
    got = found(kerasflow, "flowers", "NEW.csv", "--by", "flower")
    predicted = predictions(kerasflow, "flowers", "NEW.csv").prediction
    labels = ["iris", "poppy", "rose"]
    assert got["confusion"] == {
        "labels": labels,
        "matrix": sk.confusion_matrix(table.flower, predicted, labels=labels).tolist(),
    }
    for group in got["by"]["groups"]:
        rows = table.flower == group["value"]
        assert group["model"]["accuracy"] == (predicted == table.flower)[rows].mean()


def test_rows_in_error_can_be_left_out(kerasflow, runs):
    lines = (runs / "homes.csv").read_text().splitlines()
    bad = ["x,1,far,2", "1,2,far", "1,2,far,dear", "1,2,far,5,6"]
    (runs / "BAD.csv").write_text("\n".join([*lines[:50], *bad, *lines[50:]]) + "\n")
    assert kerasflow("evaluate", "homes", "BAD.csv").code == 3
    done = kerasflow("evaluate", "homes", "BAD.csv", "--on-error", "skip", "--by", "sea", "--json")
    found, wanted = json.loads(done.out), json.loads(kerasflow("evaluate", "homes", "homes.csv", "--json").out)
    assert done.code == 0 and (found["errors"], wanted["errors"]) == (4, 0) and found["rows"] == 400
    assert found["model"]["rmse"] == pytest.approx(wanted["model"]["rmse"], rel=1e-6)
    assert sum(group["rows"] for group in found["by"]["groups"]) == 400
    reasons = "too few or too many cells, cells that are no numbers"
    assert done.err.splitlines()[-1] == f"BAD.csv: 4 rows left out, for {reasons}"
    (runs / "BAD.csv").write_text("\n".join([lines[0], *bad]) + "\n")
    done = kerasflow("evaluate", "homes", "BAD.csv", "--on-error", "skip", "-q")
    message = "kerasflow evaluate: BAD.csv: no row without an error has a value in the column 'price'\n"
    assert (done.code, done.err) == (3, message)
