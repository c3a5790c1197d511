"""`kerasflow evaluate` and `kerasflow predict` on tables that fit a run, and on such as do not."""

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, log_loss, r2_score

from tests.cli.tables import flowers, homes


@pytest.fixture
def new(runs):
    """Write NEW.csv: rows that training did not see, or a text."""

    def new(table):
        text = table if isinstance(table, str) else table.to_csv(index=False)
        (runs / "NEW.csv").write_text(text)

    return new


def frame(text):
    return pd.read_csv(io.StringIO(text))


# --- evaluate --------------------------------------------------------------------------------------------------------


def test_evaluate_shows_the_metrics_of_what_predict_writes(kerasflow, runs, new):
    new(homes(200, seed=1))
    truth = pd.read_csv("NEW.csv").price
    assert kerasflow("predict", "homes", "NEW.csv", "-o", "OUT.csv").code == 0
    predicted = pd.read_csv("OUT.csv").prediction
    done = kerasflow("evaluate", "homes", "NEW.csv")
    assert done.code == 0 and done.err == ""
    title, rmse, mae, r2, _ = done.out.splitlines()
    assert title.split() == ["NEW.csv,", "200", "rows", "model", "baseline"]
    mean = json.loads((runs / "homes" / "schema.json").read_text())["learned"]["target"]["mean"]
    for line, error in ((rmse, lambda e: np.sqrt(np.mean(e**2))), (mae, lambda e: np.mean(np.abs(e)))):
        shown = [float(number.replace(",", "")) for number in line.split()[1:]]
        assert shown == pytest.approx([error(truth - predicted), error(truth - mean)], rel=1e-4)
    assert float(r2.split()[1]) == pytest.approx(r2_score(truth, predicted), abs=1e-5)


def test_evaluate_on_the_rows_held_out_gives_what_training_gave(kerasflow, runs):
    table = pd.read_csv("flowers.csv")
    everything = kerasflow("evaluate", "flowers", "flowers.csv").out
    assert "300 rows" in everything
    done = kerasflow("predict", "flowers", "flowers.csv", "--proba", "-o", "OUT.csv")
    assert done == (0, "", "OUT.csv: 300 predictions\n")
    out = pd.read_csv("OUT.csv")
    assert list(out.columns) == ["prediction", "probability_iris", "probability_poppy", "probability_rose"]
    probabilities = out.iloc[:, 1:].to_numpy()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-6)
    assert (out.columns[1:].str.removeprefix("probability_")[probabilities.argmax(axis=1)] == out.prediction).all()
    loss, accuracy = (line.split() for line in everything.splitlines()[1:3])
    assert float(accuracy[1]) == pytest.approx(accuracy_score(table.flower, out.prediction), abs=1e-5)
    scaled = probabilities / probabilities.sum(axis=1, keepdims=True)
    assert float(loss[2]) == pytest.approx(log_loss(table.flower, scaled), rel=1e-3)


def test_rows_without_a_target_are_left_out_of_the_metrics(kerasflow, new):
    table = frame(flowers(50, seed=1))
    table.loc[[3, 4], "flower"] = None
    new(table)
    done = kerasflow("evaluate", "flowers", "NEW.csv")
    assert done.code == 0 and "NEW.csv, 48 rows" in done.out
    assert done.err == "NEW.csv: left out 2 rows without a value in 'flower', the first on line 5\n"


def test_evaluate_refuses_what_it_cannot_compare(refused, new):
    table = frame(flowers(9, seed=1))
    new(table.drop(columns="flower"))
    refused(4, "NEW.csv: the table does not fit flowers; missing columns: flower", "evaluate", "flowers", "NEW.csv")
    new(table.assign(flower=""))
    refused(3, "NEW.csv: no row has a value in the column 'flower'", "evaluate", "flowers", "NEW.csv")
    table.loc[5, "flower"] = "tulip"
    new(table)
    message = "NEW.csv:7:flower: the label 'tulip' was not there in training"
    refused(3, message, "evaluate", "flowers", "NEW.csv")
    new("rooms,area,sea,price\n1,2,far,cheap\n")
    refused(3, "NEW.csv:2:price: expected a number, found 'cheap'", "evaluate", "homes", "NEW.csv")


# --- predict ---------------------------------------------------------------------------------------------------------


def test_predict_gives_a_row_for_each_row_in_its_order(kerasflow, runs):
    assert kerasflow("predict", "homes", "homes.csv", "-o", "OUT.csv") == (0, "", "OUT.csv: 400 predictions\n")
    out, table = pd.read_csv("OUT.csv"), pd.read_csv("homes.csv")
    assert list(out.columns) == ["prediction"] and len(out) == 400
    assert np.corrcoef(out.prediction, table.price)[0, 1] > 0.95


def test_columns_are_found_by_name(kerasflow, new):
    table = frame(homes(30, seed=1))
    new(table)
    expected = kerasflow("predict", "homes", "NEW.csv", "-o", "-")
    assert expected.code == 0 and expected.err == "" and len(expected.out.splitlines()) == 31
    new(table.assign(more="x")[["more", "sea", "area", "rooms"]])
    assert kerasflow("predict", "homes", "NEW.csv", "-o", "-") == expected


def test_another_separator_will_do(kerasflow, new):
    table = frame(homes(30, seed=1))
    new(table)
    expected = kerasflow("predict", "homes", "NEW.csv", "-o", "-")
    new(table.to_csv(index=False, sep=";"))
    assert kerasflow("predict", "homes", "NEW.csv", "-o", "-") == expected


def test_each_row_is_predicted_by_itself(kerasflow, new):
    table = frame(homes(6, seed=1))
    new(table)
    together = kerasflow("predict", "homes", "NEW.csv", "-o", "-").out.splitlines()[1:]
    for row in range(6):
        new(table.iloc[[row]])
        alone = kerasflow("predict", "homes", "NEW.csv", "-o", "-").out.splitlines()[1:]
        assert float(alone[0]) == pytest.approx(float(together[row]), rel=1e-5)


def test_texts_and_gaps_that_training_did_not_know_are_predicted_for(kerasflow, new):
    new("rooms,area,sea\n3,,moon\n,80,moon\n4,70,far\n,,\n")
    done = kerasflow("predict", "homes", "NEW.csv", "-o", "-")
    assert done.code == 0
    assert done.err == "NEW.csv: 3 rows with a text in 'sea' that training did not learn\n"
    predicted = [float(line) for line in done.out.splitlines()[1:]]
    assert len(predicted) == 4 and np.isfinite(predicted).all() and len(set(predicted)) == 4


def test_labels_are_written_as_they_were_read(kerasflow, runs):
    rows = "".join(f"{x},{'007' if x % 2 else '010'}\n" for x in range(40))
    (runs / "codes.csv").write_text(f"x,y\n{rows}")
    assert kerasflow("train", "codes.csv", "--target", "y", "-o", "codes", "--epochs", "1").code == 0
    done = kerasflow("predict", "codes", "codes.csv", "-o", "-", "--proba")
    header, *lines = done.out.splitlines()
    assert header == "prediction,probability_007,probability_010"
    assert {line.split(",")[0] for line in lines} <= {"007", "010"}


def test_columns_that_training_did_not_use_need_not_be_there(kerasflow, refused, new):
    lines = homes().splitlines()
    rows = [f"house {k},5,{line}" for k, line in enumerate(lines[1:])]
    Path("more.csv").write_text("\n".join([f"name,country,{lines[0]}", *rows]) + "\n")
    assert kerasflow("train", "more.csv", "--target", "price", "-o", "more", "--epochs", "2", "-q").code == 0
    plain = kerasflow("predict", "more", "homes.csv")
    assert plain.code == 0 and plain.out == kerasflow("predict", "more", "more.csv").out
    assert kerasflow("evaluate", "more", "homes.csv").code == 0
    new("name,country,rooms,area,sea\n7,somewhere,3,80,far\n")
    assert kerasflow("predict", "more", "NEW.csv").code == 0
    new("name,rooms,ocean,sea\nx,3,80,far\n")
    message = "NEW.csv: the table does not fit more; missing columns: area; columns it does not know: ocean"
    refused(4, message, "predict", "more", "NEW.csv")


COLUMNS = [
    ("rooms,sea\n1,far\n", "missing columns: area"),
    ("Rooms,area,ocean,price\n1,2,3,4\n", "missing columns: rooms, sea; columns it does not know: Rooms, ocean"),
]


@pytest.mark.parametrize(("text", "message"), COLUMNS)
def test_a_table_without_the_columns_is_refused(refused, new, text, message):
    new(text)
    refused(4, f"NEW.csv: the table does not fit homes; {message}", "predict", "homes", "NEW.csv", "-o", "OUT.csv")


TABLES = [
    ("", "NEW.csv: the file is empty"),
    ("rooms,area,sea\n", "NEW.csv: the file has a header and no rows"),
    ("rooms,area,sea\n1,2,far\n3,large,far\n", "NEW.csv:3:area: expected a number, found 'large'"),
    ('rooms,sea,area\n1,"far\naway",large\n', "NEW.csv:3:area: expected a number, found 'large'"),
    ("rooms,area,sea\n1,2,far\n3,-inf,far\n", "NEW.csv:3:area: expected a finite number, found '-inf'"),
    ("rooms,area,sea\n1,2\n", "NEW.csv:2:sea: expected 3 cells as in the header, found 2"),
    ("rooms,area,sea\n1,2,far\n1,2,far,5\n", "NEW.csv:3: expected 3 cells as in the header, found 4"),
]


@pytest.mark.parametrize(("text", "message"), TABLES)
def test_a_table_that_does_not_do_is_refused(refused, new, text, message):
    new(text)
    refused(3, message, "predict", "homes", "NEW.csv", "-o", "OUT.csv")


def test_paths_that_do_not_do_are_refused(refused, runs):
    refused(2, "NEW.csv: No such file or directory", "predict", "homes", "NEW.csv", "-o", "OUT.csv")
    refused(2, "there: there is no such folder", "predict", "there", "homes.csv", "-o", "OUT.csv")
    message = f"there is no folder '{runs}/a' to put 'a/OUT.csv' into"
    refused(2, message, "predict", "homes", "homes.csv", "-o", "a/OUT.csv")
    refused(2, f"'{runs}/flowers' exists and is not a file", "predict", "homes", "homes.csv", "-o", "flowers")
    refused(2, "-o: ./homes.csv is the table itself", "predict", "homes", "homes.csv", "-o", "./homes.csv")


def test_numbers_have_no_probabilities(refused, runs):
    message = "--proba: homes predicts a number, which has no probabilities"
    refused(2, message, "predict", "homes", "homes.csv", "-o", "OUT.csv", "--proba")


def test_an_old_file_is_replaced_whole_or_not_at_all(kerasflow, new, runs):
    (runs / "OUT.csv").write_text("old")
    new("rooms,area,sea\n1,2,far\n3,large,far\n")
    assert kerasflow("predict", "homes", "NEW.csv", "-o", "OUT.csv").code == 3
    assert (runs / "OUT.csv").read_text() == "old"
    assert kerasflow("predict", "homes", "homes.csv", "-o", "OUT.csv").code == 0
    assert len((runs / "OUT.csv").read_text().splitlines()) == 401
