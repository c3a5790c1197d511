"""`kerasflow predict` on tables of any size, with columns kept, rows in error, thresholds, pipes and other dialects."""

import bz2
import gzip
import io
import json
import lzma

import numpy as np
import pandas as pd
import pytest

from kerasflow.io import csv_source, text_stream
from tests.cli.tables import homes


@pytest.fixture
def small_pieces(monkeypatch):
    """Tables are read in pieces of a few rows."""
    monkeypatch.setattr(text_stream, "PIECE", 200)
    monkeypatch.setattr(csv_source, "SAMPLE", 64)


def frame(text):
    return pd.read_csv(io.StringIO(text))


@pytest.mark.parametrize("more", [(), ("--proba",)])
def test_chunks_give_what_the_whole_gives(kerasflow, runs, small_pieces, monkeypatch, more):
    arguments = ("predict", "flowers", "flowers.csv", "--keep", "flower,width", *more)
    parts = kerasflow(*arguments)
    assert parts.code == 0
    monkeypatch.undo()
    monkeypatch.chdir(runs)
    whole = kerasflow(*arguments)
    assert frame(parts.out).columns.tolist() == frame(whole.out).columns.tolist()
    pd.testing.assert_frame_equal(frame(parts.out), frame(whole.out), rtol=1e-5)
    assert parts.out.count("prediction") == 1 and len(parts.out.splitlines()) == 301


def test_columns_are_kept_as_they_are_written(kerasflow, runs):
    (runs / "NEW.csv").write_text('id,rooms,area,sea,note\n007,3,80.50,far,"a,b"\n,4,70,near,\n010,5,,far,"x\ny"\n')
    done = kerasflow("predict", "homes", "NEW.csv", "--keep", "id,area", "--keep", "note")
    lines = done.out.splitlines()
    assert lines[0] == "id,area,note,prediction"
    assert lines[1].startswith('007,80.50,"a,b",') and lines[2].startswith(",70,,")
    plain = kerasflow("predict", "homes", "NEW.csv")
    assert frame(done.out).prediction.tolist() == frame(plain.out).prediction.tolist()


def test_a_column_that_is_called_as_the_prediction_is_renamed(kerasflow, runs):
    (runs / "NEW.csv").write_text("prediction,rooms,area,sea\nold,3,80,far\n")
    done = kerasflow("predict", "homes", "NEW.csv", "--keep", "prediction")
    assert done.out.splitlines()[0] == "prediction (kept),prediction" and done.out.splitlines()[1].startswith("old,")


def test_a_column_to_keep_that_is_not_there_is_refused(refused, runs):
    message = "--keep: homes.csv has no column 'ids'; its columns are rooms, area, sea, price"
    refused(2, message, "predict", "homes", "homes.csv", "--keep", "ids")


BAD = "rooms,area,sea\n3,80,far\nmany,80,far\n4,70,near\n4,inf,near\n5,60,far\n"


def test_rows_in_error_can_be_left_out(kerasflow, runs):
    (runs / "NEW.csv").write_text(BAD)
    (runs / "GOOD.csv").write_text("rooms,area,sea\n3,80,far\n4,70,near\n5,60,far\n")
    done = kerasflow("predict", "homes", "NEW.csv", "--on-error", "skip", "--keep", "rooms")
    assert done.code == 0 and frame(done.out).rooms.tolist() == [3, 4, 5]
    good = frame(kerasflow("predict", "homes", "GOOD.csv").out).prediction
    np.testing.assert_allclose(frame(done.out).prediction, good, rtol=1e-5)
    assert done.err.splitlines() == [
        "NEW.csv:3:rooms: expected a number, found 'many'",
        "NEW.csv:5:area: expected a finite number, found 'inf'",
        "NEW.csv: 2 rows left out, for cells that are no numbers",
    ]


def test_rows_in_error_can_be_without_a_prediction(kerasflow, runs):
    (runs / "NEW.csv").write_text(BAD)
    done = kerasflow("predict", "homes", "NEW.csv", "--on-error", "null", "--keep", "rooms")
    out = frame(done.out)
    assert done.code == 0 and out.rooms.tolist() == ["3", "many", "4", "4", "5"]
    assert out.prediction.isna().tolist() == [False, True, False, True, False]
    assert done.err.endswith("NEW.csv: 2 rows without a prediction, for cells that are no numbers\n")
    (runs / "F.csv").write_text("length,width\n5,2\nlong,2\n")
    done = kerasflow("predict", "flowers", "F.csv", "--on-error", "null", "--proba")
    assert done.out.splitlines()[2] == ",,,"


RAGGED = 'id,rooms,area,sea\na,3,80,far\nb,4,70\nc,many,80,far\nd,5,60,far,"x,y"\ne,5,60,far\n'
SAID = [
    "NEW.csv:3:sea: expected 4 cells as in the header, found 3",
    "NEW.csv:5: expected 4 cells as in the header, found 5",
    "NEW.csv:4:rooms: expected a number, found 'many'",
]


def test_rows_of_another_length_can_be_left_out(kerasflow, runs, small_pieces):
    (runs / "NEW.csv").write_text(RAGGED)
    done = kerasflow("predict", "homes", "NEW.csv")
    assert (done.code, done.err) == (3, f"kerasflow predict: {SAID[0]}\n")
    (runs / "GOOD.csv").write_text("rooms,area,sea\n3,80,far\n5,60,far\n")
    good = frame(kerasflow("predict", "homes", "GOOD.csv").out).prediction
    done = kerasflow("predict", "homes", "NEW.csv", "--on-error", "skip", "--keep", "id")
    assert done.code == 0 and frame(done.out).id.tolist() == ["a", "e"]
    np.testing.assert_allclose(frame(done.out).prediction, good, rtol=1e-5)
    reasons = "too few or too many cells, cells that are no numbers"
    assert done.err.splitlines() == [*SAID, f"NEW.csv: 3 rows left out, for {reasons}"]


def test_rows_of_another_length_can_be_without_a_prediction(kerasflow, runs):
    (runs / "NEW.csv").write_text(RAGGED)
    done = kerasflow("predict", "homes", "NEW.csv", "--on-error", "null", "--keep", "id,sea", "--json")
    found = json.loads(done.out)
    assert [(row["id"], row["prediction"] is None) for row in found["predictions"]] == [
        ("a", False), ("b", True), ("c", True), ("d", True), ("e", False)
    ]  # fmt: skip
    assert (found["rows"], found["errors"], found["unknown"]) == (5, 3, {}) and done.err.splitlines()[:3] == SAID


def test_the_first_errors_alone_are_named(kerasflow, runs):
    (runs / "NEW.csv").write_text("rooms,area,sea\n" + "1,2\n" * 20)
    done = kerasflow("predict", "homes", "NEW.csv", "--on-error", "skip")
    said = [f"NEW.csv:{line}:sea: expected 3 cells as in the header, found 2" for line in range(2, 7)]
    assert done.out == "prediction\n"
    assert done.err.splitlines() == [*said, "NEW.csv: 20 rows left out, for too few or too many cells"]


def test_all_rows_in_error(kerasflow, runs):
    (runs / "NEW.csv").write_text("rooms,area,sea\nx,1,far\n")
    assert kerasflow("predict", "homes", "NEW.csv", "--on-error", "skip").out == "prediction\n"
    assert kerasflow("predict", "homes", "NEW.csv", "--on-error", "null").out == 'prediction\n""\n'
    done = kerasflow("predict", "homes", "NEW.csv", "-o", "OUT.csv")
    assert done.code == 3 and not (runs / "OUT.csv").exists()


@pytest.fixture
def two(kerasflow, runs):
    """A run that tells "no" from "yes"."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=200)
    label = np.where(x + 0.7 * rng.normal(size=200) > 0, "yes", "no")
    pd.DataFrame({"x": x, "y": label}).to_csv("two.csv", index=False)
    assert kerasflow("train", "two.csv", "--target", "y", "-o", "two", "--epochs", "5", "-q").code == 0


def test_a_threshold(kerasflow, refused, two):
    for threshold in (0.2, 0.5, 0.9):
        out = frame(kerasflow("predict", "two", "two.csv", "--proba", "--threshold", threshold).out)
        assert (out.prediction == np.where(out.probability_yes >= threshold, "yes", "no")).all()
        assert {"yes", "no"} == set(out.prediction)
    message = "--threshold: homes predicts a number, which has no probabilities"
    refused(2, message, "predict", "homes", "homes.csv", "--threshold", "0.3")
    message = "--threshold: flowers predicts one of 3 classes, not of two"
    refused(2, message, "predict", "flowers", "flowers.csv", "--threshold", "0.3")
    message = "argument --threshold: expected a number from 0 to 1, not '1.5' (see kerasflow predict --help)"
    refused(2, message, "predict", "two", "two.csv", "--threshold", "1.5")


@pytest.mark.parametrize(("ending", "module"), [("gz", gzip), ("bz2", bz2), ("xz", lzma)])
def test_a_file_is_packed_as_its_name_says(kerasflow, runs, ending, module):
    plain = kerasflow("predict", "homes", "homes.csv").out
    assert kerasflow("predict", "homes", "homes.csv", "-o", f"OUT.csv.{ending}").code == 0
    packed = (runs / f"OUT.csv.{ending}").read_bytes()
    assert module.decompress(packed).decode() == plain and len(packed) < len(plain)
    if ending == "gz":
        assert packed[3:8] == bytes(5), "neither a name nor the time"


def test_json_on_stdout_is_one_object(kerasflow, runs):
    (runs / "NEW.csv").write_text("length,width\n5,2\nlong,2\n8,2\n")
    done = kerasflow("predict", "flowers", "NEW.csv", "--json", "--on-error", "null", "--keep", "width", "-q")
    found = json.loads(done.out)
    assert (found["rows"], found["unknown"], found["errors"]) == (3, {}, 1)
    assert [row["prediction"] for row in found["predictions"]][1:] == [None, "poppy"]
    assert found["predictions"][0]["width"] == "2"
    done = kerasflow("predict", "flowers", "NEW.csv", "--json", "--on-error", "skip", "-o", "OUT.csv", "-q")
    assert json.loads(done.out) == {"data": ["NEW.csv"], "output": "OUT.csv", "rows": 2, "unknown": {}, "errors": 1}
    (runs / "NEW.csv").write_text("length,width\nlong,2\n")
    none = kerasflow("predict", "flowers", "NEW.csv", "--json", "--on-error", "skip", "-q")
    assert json.loads(none.out) == {"predictions": [], "rows": 0, "unknown": {}, "errors": 1}


def test_details_are_told_to_who_asks(kerasflow, runs):
    for command in (("predict", "homes", "homes.csv"), ("evaluate", "homes", "homes.csv")):
        assert kerasflow(*command).err == ""
        assert kerasflow(*command, "-v").err.startswith("homes.csv: 400 rows in ")


def test_new_texts_are_counted_over_all_chunks(kerasflow, runs, small_pieces):
    table = frame(homes(100, seed=1))
    table.loc[::2, "sea"] = "moon"
    table.to_csv("NEW.csv", index=False)
    done = kerasflow("predict", "homes", "NEW.csv", "-o", "OUT.csv")
    assert "NEW.csv: 50 rows with a text in 'sea' that training did not learn" in done.err.splitlines()
    found = kerasflow("predict", "homes", "NEW.csv", "--json", "-q").out
    assert json.loads(found)["unknown"] == {"sea": 50}


def test_what_is_not_said_of_the_table_is_as_in_training(kerasflow, runs):
    table = frame(homes(200, seed=1))
    text = table.fillna(-1).to_csv(index=False, sep="~", decimal=",")
    (runs / "T.csv").write_text(text)
    options = ("--sep", "~", "--decimal", ",", "--na", "-1")
    trained = kerasflow("train", "T.csv", "--target", "price", "-o", "T", "--epochs", "2", "-q", *options)
    assert trained.code == 0, trained.err
    plain = kerasflow("predict", "T", "T.csv")
    assert plain.code == 0 and plain.out == kerasflow("predict", "T", "T.csv", *options).out
    table.to_csv(runs / "U.csv", index=False)
    other = kerasflow("predict", "T", "U.csv", "--sep", ",", "--decimal", ".", "--na", "NA")
    np.testing.assert_allclose(frame(other.out).prediction, frame(plain.out).prediction, rtol=1e-5)
