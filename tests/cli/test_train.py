"""`kerasflow train`: what it says, what it leaves behind, and what it refuses."""

import json
import os
import re
import signal
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes, load_iris, load_wine

from kerasflow.cli import console, network
from kerasflow.cli.console import Console
from kerasflow.cli.run_folder import load_run
from tests.cli.tables import flowers, homes

FILES = [
    "checkpoints",
    *("config.json", "env.json", "history.csv", "log.txt", "metrics.json", "model.keras", "predictions_valid.csv"),
    *("report.html", "report.md", "schema.json"),
]


@pytest.fixture
def save(tmp_path):
    """Write DATA.csv."""

    def save(text):
        (tmp_path / "DATA.csv").write_text(text)

    return save


def train(*more, target="y"):
    return ("train", "DATA.csv", "--target", target, "-o", "RUN", *more)


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def column(values, rows=20):
    """A table with the column `y` and another one that says the same."""
    return "x,y\n" + "".join(f"{value},{value}\n" for _, value in zip(range(rows), values * rows, strict=False))


# --- a run -----------------------------------------------------------------------------------------------------------


def test_a_number_is_learned(kerasflow, save, tmp_path):
    save(homes())
    done = kerasflow(*train("--epochs", "3", target="price"))
    assert done.code == 0
    schema, network, *epochs, end = done.err.splitlines()[:6], *done.err.splitlines()[6:]
    missing = pd.read_csv("DATA.csv").area.isna().sum()
    assert schema[:2] == ["DATA.csv: 400 rows", "column  kind     missing  values"]
    assert re.fullmatch(r"rooms   numeric        0  1 to 8, median \d", schema[2])
    assert re.fullmatch(rf"area    numeric       {missing:>2}  [\d.]+ to [\d.]+, median [\d.]+", schema[3])
    assert re.fullmatch(r"sea     text           0  3 texts: '\w+', '\w+', '\w+'", schema[4])
    assert re.fullmatch(r"target 'price': regression, mean [\d,]+, deviation [\d,]+", schema[5])
    rows = int(re.fullmatch(r"network 6 - 128 - 64 - 1, (\d+) rows in steps of 8", network)[1])
    assert 400 - 88 <= rows <= 400 - 72
    number = r"\d\.\d{5}"
    for place, line in enumerate(epochs, 1):
        assert re.fullmatch(rf"epoch {place}/3  loss {number}  validation {number}  best {number} in epoch \d", line)
    assert len(epochs) == 3 and re.fullmatch(r"done after 3 epochs; RUN holds the weights of epoch [123]", end)
    title, *lines = done.out.splitlines()
    assert re.fullmatch(rf"validation, {400 - rows} rows +model +baseline", title)
    assert [line.split()[0] for line in lines] == ["RMSE", "MAE", "R2", "median"]
    assert {path.name for path in (tmp_path / "RUN").iterdir()} >= set(FILES)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["DATA.csv", "RUN"]


def test_the_model_beats_the_baseline(trained):
    for name, metric, better in (("homes", "r2", 0.9), ("flowers", "accuracy", 0.9)):
        metrics = json.loads((trained / name / "metrics.json").read_text())["validation"]
        assert metrics["model"][metric] > better > metrics["baseline"][metric]
        errors = ("rmse", "mae") if name == "homes" else ("log_loss",)
        assert all(metrics["model"][error] < metrics["baseline"][error] / 2 for error in errors)


@pytest.mark.parametrize(
    ("load", "metric", "at_least"),
    [(load_diabetes, "r2", 0.35), (load_wine, "accuracy", 0.93), (load_iris, "accuracy", 0.9)],
)
def test_real_tables_are_learned(kerasflow, tmp_path, load, metric, at_least):
    load(as_frame=True).frame.to_csv(tmp_path / "DATA.csv", index=False)
    assert kerasflow(*train(target="target")).code == 0
    scores = json.loads((tmp_path / "RUN" / "metrics.json").read_text())["validation"]
    assert scores["model"][metric] > at_least > scores["baseline"][metric]


def test_classes_are_learned(kerasflow, save):
    save(flowers())
    done = kerasflow(*train("--epochs", "2", target="flower"))
    assert done.code == 0
    assert "target 'flower': classification, 3 classes: 'iris', 'poppy', 'rose'" in done.err.splitlines()
    assert [line.split()[0] for line in done.out.splitlines()[:4]] == ["validation,", "log", "accuracy", "macro"]


def test_quiet_shows_the_result_alone(kerasflow, save):
    save(flowers())
    loud = kerasflow(*train("--epochs", "2", target="flower"))
    quiet = kerasflow(*train("--epochs", "2", "--overwrite", "--quiet", target="flower"))
    assert quiet == (0, loud.out, "")


def test_in_a_terminal_a_bar_moves(kerasflow, save, monkeypatch):
    save(flowers())
    monkeypatch.setattr(type(sys.stderr), "isatty", lambda stream: True)
    done = kerasflow(*train("--epochs", "9", target="flower"))
    assert done.code == 0 and "\repoch 1/9|" in done.err and "\nepoch" not in done.err
    assert "done after 9 epochs; RUN holds" in done.err.splitlines()[-1]


@pytest.mark.parametrize(("mode", "shown"), [("none", 0), ("line", 4), ("auto", 4)])
def test_epochs_are_shown_as_asked(kerasflow, save, mode, shown):
    save(flowers())
    done = kerasflow(*train("--epochs", "4", "--progress", mode, target="flower"))
    lines = [line for line in done.err.splitlines() if line.startswith("epoch ")]
    assert len(lines) == shown and done.err.splitlines()[-1].startswith("done after 4 epochs")


def test_the_same_seed_gives_the_same_run(kerasflow, save, tmp_path):
    save(homes())
    results = []
    for seed in ("5", "5", "6"):
        done = kerasflow(*train("--seed", seed, "--epochs", "3", "--dropout", "0.1", "--overwrite", target="price"))
        results.append((done.out, [array.tolist() for array in load_run("RUN").model.get_weights()]))
    assert results[0] == results[1] and results[0][0] != results[2][0] and results[0][1] != results[2][1]


def test_the_best_epoch_is_kept(kerasflow, save, tmp_path):
    # Labels by chance: what is learned on some of them is wrong for the others, sooner or later.
    rng = np.random.default_rng(0)
    rows = [
        f"{x[0]:.4f},{x[1]:.4f},{y:.4f}\n" for x, y in zip(rng.normal(size=(120, 2)), rng.normal(size=120), strict=True)
    ]
    save("a,b,y\n" + "".join(rows))
    assert kerasflow(*train("--patience", "4", "--learning-rate", "0.02", "--l2", "0")).code == 0
    metrics = json.loads((tmp_path / "RUN" / "metrics.json").read_text())
    history = pd.read_csv(tmp_path / "RUN" / "history.csv")
    assert list(history.columns) == ["epoch", "loss", "val_loss"] and list(history.epoch) == [
        *range(1, len(history) + 1)
    ]
    best = history.val_loss.idxmin()
    assert metrics["best_epoch"] == best + 1 and metrics["epochs"] == len(history) == best + 1 + 4 < 100
    scale = json.loads((tmp_path / "RUN" / "schema.json").read_text())["learned"]["target"]["scale"]
    rmse = metrics["validation"]["model"]["rmse"]
    assert rmse**2 / scale**2 == pytest.approx(history.val_loss[best], rel=1e-5)
    assert history.val_loss.iloc[-1] > 1.001 * history.val_loss[best]


def test_what_is_learned_comes_from_the_training_rows(trained):
    schema = json.loads((trained / "homes" / "schema.json").read_text())["learned"]
    metrics = json.loads((trained / "homes" / "metrics.json").read_text())
    count = metrics["rows"]["training"]
    assert sum(metrics["rows"].values()) == 400 and 312 <= count <= 328
    rooms, area, sea = schema["encoder"]["columns"]
    table = pd.read_csv(trained / "homes.csv")
    assert abs(schema["target"]["mean"] - table.price.mean()) > 1.0 and rooms["mean"] != table.rooms.mean()
    assert rooms["mean"] * count == pytest.approx(round(rooms["mean"] * count), abs=1e-9)
    assert np.multiply(sea["shares"], count) == pytest.approx(np.rint(np.multiply(sea["shares"], count)), abs=1e-9)
    assert area["indicator"] is True and rooms["indicator"] is False


def test_options_reach_the_network(kerasflow, save, tmp_path):
    save(homes())
    options = ("--hidden", "5,3", "--dropout", "0.25", "--l2", "0.01", "--batch-size", "7", "--valid", "0.5")
    done = kerasflow(*train(*options, "--epochs", "2", "--ignore", "sea,area", target="price"))
    assert done.code == 0 and re.search(r"network 1 - 5 - 3 - 1, (19|20)\d rows in steps of 7", done.err)
    assert "area    ignored\nsea     ignored\n" in done.err
    model = load_run("RUN").model
    assert [array.shape for array in model.get_weights()] == [(1, 5), (5,), (5, 3), (3,), (3, 1), (1,)]
    assert [layer.rate for layer in model.layers if hasattr(layer, "rate")] == [0.25, 0.25]
    options = json.loads((tmp_path / "RUN" / "config.json").read_text())["options"]
    assert (options["hidden"], options["l2"], options["ignore"]) == ([5, 3], 0.01, [["sea", "area"]])


def test_a_network_without_hidden_layers_is_linear_regression(kerasflow, save, tmp_path):
    save("x,y\n" + "".join(f"{x},{3 * x + 1}\n" for x in range(60)))
    assert kerasflow(*train("--hidden", "none", "--learning-rate", "0.1")).code == 0
    metrics = json.loads((tmp_path / "RUN" / "metrics.json").read_text())
    assert metrics["validation"]["model"]["r2"] > 0.9999


def test_dropout_and_penalty_change_what_is_learned(kerasflow, save):
    save(homes())
    results = set()
    for options in ((), ("--dropout", "0.5"), ("--l2", "0.1"), ("--batch-size", "64"), ("--learning-rate", "0.003")):
        results.add(kerasflow(*train("--epochs", "3", "--overwrite", *options, target="price")).out)
    assert len(results) == 5


# --- the target ------------------------------------------------------------------------------------------------------


def test_rows_without_a_target_are_left_out_and_counted(kerasflow, save, tmp_path):
    save(column(["1.5", "2.5", "4", ""], 40))
    done = kerasflow(*train("--epochs", "1"))
    assert done.code == 0
    note = "DATA.csv: left out 10 rows without a value in 'y', the first on line 5"
    assert done.err.splitlines()[:2] == [note, "DATA.csv: 30 rows"]
    assert json.loads((tmp_path / "RUN" / "metrics.json").read_text())["rows"] in [
        {"training": 30 - n, "validation": n} for n in (5, 6, 7)
    ]


@pytest.mark.parametrize(
    ("values", "options", "line"),
    [
        (["0", "1"], (), r"classification, 2 classes: '0', '1' \(--task regression takes it for a number\)"),
        (["0", "1"], ("--task", "classification"), "classification, 2 classes: '0', '1'"),
        (["0", "1"], ("--task", "regression"), r"regression, mean 0\.\d+, deviation 0\.\d+"),
        (["0.5", "1"], ("--task", "classification"), "classification, 2 classes: '0.5', '1'"),
        (["yes", "no"], (), "classification, 2 classes: 'no', 'yes'"),
        (["1", "one"], (), "classification, 2 classes: '1', 'one'"),
    ],
)
def test_the_task_is_inferred_or_given(kerasflow, save, values, options, line):
    save(column(values))
    done = kerasflow(*train("--epochs", "1", "--valid", "0.5", *options))
    assert done.code == 0
    [shown] = [text for text in done.err.splitlines() if text.startswith("target")]
    assert re.fullmatch(f"target 'y': {line}", shown)


# --- refusals --------------------------------------------------------------------------------------------------------

TABLES = [
    ("", 3, "DATA.csv: the file is empty"),
    ("x,y\n", 3, "DATA.csv: the file has a header and no rows"),
    ("x,y\n1,2\n3\n", 3, "DATA.csv:3:y: expected 2 cells as in the header, found 1"),
    ("x,y\n1,2\n3,4,5\n", 3, "DATA.csv:3: expected 2 cells as in the header, found 3"),
    ("x,x,y\n1,2,3\n", 3, "DATA.csv:1:x: the header has this name twice"),
    ("x,y\n1,\n2,NA\n", 3, "DATA.csv: no row has a value in the column 'y'"),
    ("x,y\n1,2\n2,\n", 3, "DATA.csv: 1 row with a value in 'y', 2 are needed, of which one is held out"),
    ("x,y\n1,\n2,7\n3,7\n", 3, "DATA.csv:3:y: every row has '7' here; there is nothing to predict"),
    ("x,y\n1,a\n2,a\n", 3, "DATA.csv:2:y: every row has 'a' here; there is nothing to predict"),
    ("x,y\n1,2\n2,inf\n", 3, "DATA.csv:3:y: expected a finite number, found 'inf'"),
    ("x,y\n1,2\n1e999,3\n", 3, "DATA.csv:3:x: expected a finite number, found '1e999'"),
    ("y\n1\n2\n", 3, "DATA.csv: there is no column to predict 'y' from"),
    ("x,y\n1,2\n1,3\n", 3, "DATA.csv: no column says anything about 'y', see above"),
    (
        "x,y\n1,a\n2,b\n3,c\n",
        3,
        "DATA.csv: y: 3 different labels in 3 rows are too many to be learned; "
        "--task regression names the first that is no number",
    ),
    ("x,w\n1,2\n", 2, "--target: DATA.csv has no column 'y'; its columns are x, w"),
]


@pytest.mark.parametrize(("text", "code", "message"), TABLES)
def test_a_table_that_does_not_do_is_refused(refused, save, text, code, message):
    save(text)
    refused(code, message, *train())


def test_text_in_a_target_that_is_a_number_is_refused(refused, save):
    save("x,y\n1,2\n2,3\n\n4,dear\n5,6\n")
    refused(3, "DATA.csv:5:y: expected a number, found 'dear'", *train("--task", "regression"))


def test_a_name_that_is_nearly_right_is_hinted_at(refused, save):
    save(homes(20))
    message = "--target: DATA.csv has no column 'prize'; did you mean 'price'?"
    refused(2, message, *train(target="prize"))
    message = "--ignore: DATA.csv has no column 'room'; did you mean 'rooms'?"
    refused(2, message, *train("--ignore", "room", target="price"))
    refused(2, "--ignore: 'price' is the target", *train("--ignore", "sea,price", target="price"))


def test_paths_that_do_not_do_are_refused(refused, save, tmp_path):
    refused(2, "DATA.csv: No such file or directory", *train())
    save(column(["1.5", "2"]))
    refused(
        2, f"there is no folder '{tmp_path}/a' to put 'a/b' into", "train", "DATA.csv", "--target", "y", "-o", "a/b"
    )
    refused(2, ".: Is a directory", "train", ".", "--target", "y", "-o", "RUN")


def test_what_is_there_is_not_replaced_unless_it_is_a_run(kerasflow, refused, save, tmp_path):
    save(column(["1.5", "2"]))
    (tmp_path / "RUN").mkdir()
    (tmp_path / "RUN" / "thesis.txt").write_text("years")
    refused(2, "RUN exists already; --overwrite replaces it", *train())
    message = "the folder RUN is no run of kerasflow train, so it is not replaced"
    refused(2, message, *train("--overwrite"))
    (tmp_path / "RUN" / "config.json").write_text('{"format": 2}')
    refused(2, message, *train("--overwrite"))
    (tmp_path / "file").write_text("x")
    message = f"'{tmp_path}/file' exists and is not a folder"
    refused(2, message, "train", "DATA.csv", "--target", "y", "-o", "file", "--overwrite")
    (tmp_path / "RUN" / "config.json").write_text('{"kerasflow": "0.1.0", "sha256": {}}')
    assert kerasflow(*train("--overwrite", "--epochs", "1")).code == 0
    assert {path.name for path in (tmp_path / "RUN").iterdir()} >= set(FILES)


def test_a_run_that_fails_leaves_the_old_one(kerasflow, runs):
    before = contents(runs)
    done = kerasflow("train", "homes.csv", "--target", "price", "-o", "homes", "--overwrite", "--learning-rate", "1e30")
    assert done.code == 5 and contents(runs) == before


def test_a_run_that_diverges_is_refused(refused, save):
    save(homes())
    message = "training diverged, the loss of epoch 1 is nan; --learning-rate was 1e+30"
    refused(5, message, *train("--learning-rate", "1e30", target="price"))


def test_a_column_of_numbers_with_a_slip_is_pointed_at(kerasflow, save):
    save("x,w,y\n" + "".join(f"{'1O' if x == 7 else x},{'ab'[x % 2]},{x / 2}\n" for x in range(30)))
    done = kerasflow(*train("--epochs", "1"))
    assert done.code == 0
    note = "DATA.csv:9:x: expected a number, found '1O'; the column is taken for text"
    assert [line for line in done.err.splitlines() if "taken for text" in line] == [note]


# --- Ctrl-C ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def interrupt_at(monkeypatch):
    """Send SIGINT to the process when lines with a beginning are shown."""
    note = Console.note

    def interrupt_at(*beginnings):
        def listen(self, text):
            note(self, text)
            if text.startswith(beginnings):
                os.kill(os.getpid(), signal.SIGINT)

        monkeypatch.setattr(Console, "note", listen)

    return interrupt_at


def test_ctrl_c_ends_training_and_keeps_the_best_epoch(kerasflow, save, tmp_path, interrupt_at):
    save(homes())
    interrupt_at("epoch   3/100")
    handler = signal.getsignal(signal.SIGINT)
    done = kerasflow(*train(target="price"))
    assert done.code == 130 and signal.getsignal(signal.SIGINT) is handler
    said = r"interrupted after 3 epochs; RUN holds the weights of epoch [1-3], --resume goes on after epoch 3"
    assert re.fullmatch(said, done.err.splitlines()[-1])
    assert re.match(r"validation, \d\d rows", done.out) and "whole epoch" not in done.err
    metrics = json.loads((tmp_path / "RUN" / "metrics.json").read_text())
    assert metrics["interrupted"] is True and metrics["epochs"] == 3
    assert kerasflow("evaluate", "RUN", "DATA.csv").code == 0


@pytest.mark.parametrize("where", ["network", "DATA.csv"])
def test_ctrl_c_before_there_is_a_best_epoch_leaves_nothing(kerasflow, save, tmp_path, interrupt_at, where):
    save(homes())
    interrupt_at(where)
    done = kerasflow(*train(target="price"))
    assert done.code == 130 and done.out == ""
    assert done.err.splitlines()[-1] == "kerasflow train: interrupted, nothing was written"
    assert [path.name for path in tmp_path.iterdir()] == ["DATA.csv"]


@pytest.mark.parametrize(("number", "code", "word"), [("SIGINT", 130, "interrupted"), ("SIGTERM", 143, "terminated")])
def test_a_signal_while_the_model_is_built_counts(kerasflow, save, tmp_path, monkeypatch, number, code, word):
    build = network.build_model

    def signalled(*arguments):
        os.kill(os.getpid(), signal.Signals[number])
        return build(*arguments)

    save(homes())
    monkeypatch.setattr(network, "build_model", signalled)
    done = kerasflow(*train(target="price"))
    assert (done.code, done.out) == (code, "")
    assert done.err.splitlines()[-1] == f"kerasflow train: {word}, nothing was written"
    assert [path.name for path in tmp_path.iterdir()] == ["DATA.csv"]


def test_sigterm_ends_a_training_that_ignores_ctrl_c(kerasflow, save, monkeypatch):
    note = Console.note

    def listen(self, text):
        note(self, text)
        if text.startswith("epoch   3/100"):
            os.kill(os.getpid(), signal.SIGTERM)

    save(homes())
    monkeypatch.setattr(Console, "note", listen)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as in what a script puts into the background
    try:
        done = kerasflow(*train(target="price"))
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    assert done.code == 143 and done.err.splitlines()[-1].startswith("terminated after 3 epochs")


def test_ctrl_c_that_ends_the_reader_of_stderr_too_saves(kerasflow, save, monkeypatch):
    gone = []

    def said(text):
        if text.startswith("epoch   3/100"):
            gone.append(text)
            os.kill(os.getpid(), signal.SIGINT)
        if gone:
            raise BrokenPipeError

    save(homes())
    monkeypatch.setattr(console, "say", said)
    assert kerasflow(*train(target="price")).code == 130
    assert kerasflow("evaluate", "RUN", "DATA.csv").code == 0


def test_ctrl_c_twice_ends_the_command_at_once(kerasflow, save, tmp_path, interrupt_at):
    save(homes())
    interrupt_at("epoch   3/100", "interrupted after")
    done = kerasflow(*train(target="price"))
    message = "kerasflow train: interrupted; --resume goes on with RUN after epoch 3"
    assert (done.code, done.out, done.err.splitlines()[-1]) == (130, "", message)
    assert [path.name for path in (tmp_path / "RUN").iterdir()] == ["checkpoints"]
    assert kerasflow("evaluate", "RUN", "DATA.csv").code == 4
    resumed = kerasflow(*train("--resume", "--epochs", "4", target="price"))
    assert resumed.code == 0 and "RUN: going on after epoch 3" in resumed.err.splitlines()
