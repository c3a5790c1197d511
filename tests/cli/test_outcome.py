"""The files of RUN that tell of a training: what they hold agrees with what the command says and does."""

import getpass
import json
import os
import platform

import numpy as np
import pandas as pd
import pytest

from kerasflow.cli import outcome


def test_predictions_of_the_rows_held_out(trained, kerasflow, tmp_path):
    for name, target in (("homes", "price"), ("flowers", "flower")):
        held_out = pd.read_csv(trained / name / "predictions_valid.csv")
        table = pd.read_csv(trained / f"{name}.csv")
        metrics = json.loads((trained / name / "metrics.json").read_text())
        assert len(held_out) == metrics["rows"]["validation"] == metrics["validation"]["rows"]
        rows = held_out.line - 2
        assert rows.is_monotonic_increasing and (table[target][rows].to_numpy() == held_out.truth).all()
        more = ("--proba",) if name == "flowers" else ()
        assert kerasflow("predict", trained / name, trained / f"{name}.csv", "-o", "OUT.csv", *more).code == 0
        predicted = pd.read_csv("OUT.csv").iloc[rows].reset_index(drop=True)
        for column in predicted:
            if column == "prediction" and name == "flowers":
                assert (predicted[column] == held_out[column]).all()
            else:
                np.testing.assert_allclose(held_out[column], predicted[column], rtol=1e-4, atol=1e-7)
        if name == "homes":
            rmse = np.sqrt(np.mean((held_out.truth - held_out.prediction) ** 2))
            assert metrics["validation"]["model"]["rmse"] == pytest.approx(rmse, rel=1e-9)
        else:
            assert metrics["validation"]["model"]["accuracy"] == (held_out.truth == held_out.prediction).mean()


def test_the_log_is_what_was_shown(kerasflow, trained):
    arguments = ("train", trained / "homes.csv", "--target", "price", "--epochs", "3")
    loud = kerasflow(*arguments, "-o", "LOUD")
    assert kerasflow(*arguments, "-o", "QUIET", "-q").err == ""
    with open("LOUD/log.txt") as log, open("QUIET/log.txt") as other:
        lines = log.read()
        assert lines == loud.err and len(lines.splitlines()) > 8
        assert other.read() == lines.replace("LOUD holds", "QUIET holds")


def test_the_environment_tells_nothing_personal(trained):
    text = (trained / "homes" / "env.json").read_text()
    found = json.loads(text)
    assert found["python"] == platform.python_version() and found["packages"]["numpy"] == np.__version__
    assert set(found) == {
        *("kerasflow", "python", "implementation", "system", "release", "machine", "cores", "engine", "packages"),
    }  # fmt: skip
    values = {str(value) for value in found.values()}
    assert not {platform.node(), getpass.getuser(), os.getcwd()} & values and os.path.expanduser("~") not in text


def test_json_says_what_the_file_of_metrics_says(kerasflow, trained):
    done = kerasflow("train", trained / "flowers.csv", "--target", "flower", "--epochs", "2", "-o", "RUN", "--json")
    found = json.loads(done.out)
    with open("RUN/metrics.json") as file:
        assert found == {"run": "RUN", **json.load(file)}
    assert done.code == 0 and done.out.count("\n") == 1 and found["stopped"] == "epochs"
    evaluated = json.loads(kerasflow("evaluate", "RUN", trained / "flowers.csv", "--json").out)
    assert set(evaluated) == {"data", "rows", "model", "baseline", "confusion", "per_class", "errors"}


def test_a_run_can_be_repeated_from_its_options(kerasflow, trained):
    first = kerasflow("train", trained / "homes.csv", "--target", "price", "--epochs", "2", "-o", "A", "--seed", "7")
    with open("A/config.json") as file:
        options = json.load(file)["options"]
    assert options["seed"] == 7 and options["epochs"] == 2 and options["valid"] == 0.2 and options["target"] == "price"
    again = kerasflow(
        *("train", *options["data"], "--target", options["target"], "--epochs", options["epochs"], "-o", "B"),
        *("--seed", options["seed"], "--valid", options["valid"], "--hidden", ",".join(map(str, options["hidden"]))),
        *("--model", options["model"], "--optimizer", options["optimizer"], "--batch-size", options["batch_size"]),
    )
    assert again.code == 0, again.err
    assert again.out == first.out


def test_a_report_that_fails_costs_no_run(kerasflow, runs, monkeypatch):
    def fail(*_):
        raise ValueError("no words")

    monkeypatch.setattr(outcome, "told", fail)
    done = kerasflow("train", "homes.csv", "--target", "price", "--epochs", "1", "-o", "RUN")
    assert done.code == 0 and "there is no report, ValueError: no words; the run is whole without it" in done.err
    assert not (runs / "RUN" / "report.md").exists() and kerasflow("evaluate", "RUN", "homes.csv").code == 0


def test_metrics_are_chosen_before_training_begins(kerasflow, refused, runs):
    arguments = ("train", "flowers.csv", "--target", "flower", "--epochs", "2", "-o", "RUN")
    message = (
        "--metrics: no metric 'rmse' for this target; there are log_loss, accuracy, macro_f1, balanced_accuracy, mcc"
    )
    refused(2, message, *arguments, "--metrics", "mcc,rmse")
    found = json.loads(kerasflow(*arguments, "--metrics", "mcc,accuracy", "--json").out)
    assert list(found["validation"]["model"]) == list(found["validation"]["baseline"]) == ["mcc", "accuracy"]


def test_the_schema_of_a_run_says_what_columns_are_and_can_be_given_back(kerasflow, runs):
    table = pd.read_csv("homes.csv").assign(number=range(400), same="x")
    table.to_csv("more.csv", index=False)
    arguments = ("train", "more.csv", "--target", "price", "--epochs", "2", "--seed", "3")
    first = kerasflow(*arguments, "-o", "A", "--ignore", "sea", "--id", "number")
    assert first.code == 0 and "same: every row is 'x'" in first.err.splitlines()
    with open("A/schema.json") as file:
        columns = {column["name"]: column for column in json.load(file)["columns"]}
    assert {name: column["role"] for name, column in columns.items()} == {
        **{"rooms": "input", "area": "input", "sea": "ignored", "price": "target", "number": "id", "same": "input"}
    }
    assert columns["area"]["about"]["missing"] == table.area.isna().sum()
    with open("A/report.html") as file:
        page = file.read()
    assert "same: every row is &#x27;x&#x27;" in page or "same: every row is 'x'" in page
    again = kerasflow(*arguments, "-o", "B", "--schema", "A/schema.json")
    assert again.code == 0 and again.out == first.out
