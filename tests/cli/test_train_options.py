"""Which rows are held out, what is trained, and what counts how much: the options of `kerasflow train`."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

import kerasflow as tf
from kerasflow.cli.run_folder import load_run
from tests.cli.tables import flowers, homes


@pytest.fixture
def save(tmp_path):
    """Write a table."""

    def save(text, name="DATA.csv"):
        (tmp_path / name).write_text(text)
        return pd.read_csv(tmp_path / name)

    return save


def train(*more, target="price"):
    return ("train", "DATA.csv", "--target", target, "-o", "RUN", *more)


def held_out():
    """The rows held out, from 0."""
    return pd.read_csv("RUN/predictions_valid.csv").line.to_numpy() - 2


def rows():
    with open("RUN/metrics.json") as file:
        found = json.load(file)["rows"]
    return found["training"], found["validation"]


# --- the rows held out -----------------------------------------------------------------------------------------------


def test_rows_keep_their_sides_when_others_are_appended(kerasflow, save):
    lines = homes(900).splitlines(keepends=True)
    save("".join(lines[:701]))
    assert kerasflow(*train("--epochs", "1")).code == 0
    before = held_out()
    save("".join(lines))
    assert kerasflow(*train("--epochs", "1", "--overwrite")).code == 0
    np.testing.assert_array_equal(held_out()[held_out() < 700], before)


def test_a_table_of_its_own_is_held_out(kerasflow, refused, save):
    save(homes(300))
    save(homes(80, seed=1), "MORE.csv")
    assert kerasflow(*train("--epochs", "30", "--valid-file", "MORE.csv")).code == 0
    assert rows() == (300, 80) and held_out().tolist() == list(range(80))
    evaluated = json.loads(kerasflow("evaluate", "RUN", "MORE.csv", "--json").out)
    with open("RUN/metrics.json") as file:
        assert json.load(file)["validation"]["model"] == pytest.approx(evaluated["model"])
    save("rooms,price\n1,2\n", "MORE.csv")
    message = "MORE.csv: the table lacks columns of DATA.csv: area, sea"
    refused(4, message, *train("--valid-file", "MORE.csv", "--overwrite"))
    save(homes(20).replace("near,", "near,x", 1), "MORE.csv")
    done = kerasflow(*train("--valid-file", "MORE.csv", "--overwrite"))
    assert done.code == 3 and "MORE.csv:" in done.err and ":price: expected a number, found 'x" in done.err


def test_labels_that_only_the_held_out_table_has_are_refused(refused, save):
    save(flowers(60))
    save(flowers(20).replace("rose", "tulip"), "MORE.csv")
    line = 2 + pd.read_csv("MORE.csv").flower.tolist().index("tulip")
    message = f"MORE.csv:{line}:flower: the label 'tulip' is held out, but no row that is learned from has it"
    refused(3, message, *train("--valid-file", "MORE.csv", target="flower"))


def test_a_column_says_the_side(kerasflow, refused, save):
    table = save(homes(100))
    table["side"] = np.tile(["train", "train", "Valid", "test", "train"], 20)
    save(table.to_csv(index=False))
    assert kerasflow(*train("--epochs", "1", "--split-column", "side")).code == 0
    assert rows() == (60, 20) and set(held_out() % 5) == {2}
    assert "side" not in [column.name for column in load_run("RUN").encoder.columns]
    table.loc[7, "side"] = "both"
    save(table.to_csv(index=False))
    message = "DATA.csv:9:side: expected train, valid or test, found 'both'"
    refused(3, message, *train("--split-column", "side", "--overwrite"))


def test_groups_stay_on_one_side(kerasflow, save):
    table = save(homes(400))
    table["town"] = [f"t{k}" for k in np.random.default_rng(0).integers(0, 25, 400)]
    save(table.to_csv(index=False))
    assert kerasflow(*train("--epochs", "1", "--group-column", "town")).code == 0
    out = table.town.iloc[held_out()]
    assert not set(out) & set(table.town.drop(out.index)) and 1 < len(set(out)) < 12
    assert "town" not in [column.name for column in load_run("RUN").encoder.columns]


@pytest.mark.parametrize("kind", ["number", "date"])
def test_the_latest_are_held_out(kerasflow, refused, save, kind):
    table = save(homes(100))
    days = np.random.default_rng(0).permutation(100)
    table["day"] = days if kind == "number" else [f"2024-{1 + d // 28:02}-{1 + d % 28:02}" for d in days]
    save(table.to_csv(index=False))
    assert kerasflow(*train("--epochs", "1", "--time-column", "day", "--valid", "0.3")).code == 0
    assert sorted(days[held_out()]) == list(range(70, 100))
    table["day"] = table["day"].astype(object)
    table.loc[4, "day"] = None if kind == "number" else "soon"
    save(table.to_csv(index=False))
    found = "nothing" if kind == "number" else "'soon'"
    message = f"DATA.csv:6:day: expected a time, a number or a date like 2024-12-31, found {found}"
    refused(3, message, *train("--time-column", "day", "--overwrite"))


def test_columns_that_are_not_there_or_the_target_are_refused(refused, save):
    save(homes(50))
    for option in ("--weight-column", "--split-column", "--group-column", "--time-column"):
        refused(2, f"{option}: DATA.csv has no column 'arrea'; did you mean 'area'?", *train(option, "arrea"))
        refused(2, f"{option}: 'price' is the target", *train(option, "price"))


# --- weights ---------------------------------------------------------------------------------------------------------


def test_rows_count_as_much_as_they_weigh(kerasflow, refused, save):
    rng = np.random.default_rng(0)
    x = rng.normal(size=400)
    y = np.where(np.arange(400) % 2, 2 * x + 1, -3 * x)
    table = pd.DataFrame({"x": x, "w": np.where(np.arange(400) % 2, 5.0, 0.0), "y": y})
    save(table.to_csv(index=False))
    assert kerasflow(*train("--model", "linear", "--weight-column", "w", "--lr", "0.05", target="y")).code == 0
    with open("RUN/metrics.json") as file:
        assert json.load(file)["validation"]["model"]["r2"] > 0.999
    table["w"] *= 1000  # their unit does not matter
    save(table.to_csv(index=False))
    again = ("--model", "linear", "--weight-column", "w", "--lr", "0.05", "--overwrite")
    assert kerasflow(*train(*again, target="y")).code == 0
    assert pd.read_csv("RUN/history.csv").loss[0] < 10.0
    table.loc[3, "w"] = -1
    save(table.to_csv(index=False))
    message = "DATA.csv:5:w: expected a weight from 0 on, found '-1'"
    refused(3, message, *train("--weight-column", "w", "--overwrite", target="y"))


def test_balanced_classes_count_alike(kerasflow, refused, save):
    rng = np.random.default_rng(0)
    y = np.where(rng.random(1500) < 0.08, "rare", "usual")
    x = rng.normal(size=1500) + 1.2 * (y == "rare")
    save(pd.DataFrame({"x": x, "y": y}).to_csv(index=False))
    shares = []
    for more in ((), ("--class-weight", "balanced")):
        assert kerasflow(*train("--model", "linear", "--lr", "0.05", "--overwrite", *more, target="y")).code == 0
        found = load_run("RUN").predict({"x": np.zeros(1)})
        shares.append(found[0, 0])
    # A guess costs log 2 a row, as if the rows weighed 1 on average.
    assert 0.4 < pd.read_csv("RUN/history.csv").loss[0] < 1.0
    # With equal priors, at x = 0 the odds are exp(-1.2^2 / 2) = 0.487.
    assert shares[0] < 0.08 and shares[1] == pytest.approx(0.487 / 1.487, abs=0.05)
    save(homes(50))
    refused(
        2, "--class-weight: 'price' is a number, it has no classes", *train("--class-weight", "balanced", "--overwrite")
    )


# --- models ----------------------------------------------------------------------------------------------------------


def test_a_linear_model_is_linear_regression(kerasflow, save):
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"a": rng.normal(5, 3, 400), "b": rng.gamma(2, 10, 400)})
    table["y"] = 3 * table.a - 2 * table.b
    save(table.to_csv(index=False))
    assert kerasflow(*train("--model", "linear", "--lr", "0.05", "--hidden", "7", target="y")).code == 0
    run = load_run("RUN")
    assert [w.shape for w in run.model.get_weights()] == [(2, 1), (1,)]
    learned = table.drop(index=table.index[held_out()])
    peer = LinearRegression().fit(learned[["a", "b"]].to_numpy(), learned.y)
    expected = peer.predict(table[["a", "b"]].to_numpy())
    found = run.predict({name: table[name].to_numpy() for name in ("a", "b")})
    np.testing.assert_allclose(found, expected, atol=0.01 * table.y.std())


def test_wide_and_deep_is_the_sum_of_both(kerasflow, save):
    save(flowers(100))
    done = kerasflow(*train("--model", "wide-deep", "--hidden", "5", "--epochs", "2", target="flower"))
    assert "network 2 - 5 - 3 beside 2 - 3, " in done.err
    model = load_run("RUN").model
    weights = {
        w.path.rpartition("/")[0].rpartition("/")[2] + "/" + w.path.rpartition("/")[2]: w.numpy() for w in model.weights
    }
    x = np.random.default_rng(0).normal(size=(9, 2)).astype(np.float32)
    deep = np.maximum(x @ weights["hidden_1/kernel"] + weights["hidden_1/bias"], 0)
    expected = deep @ weights["output/kernel"] + weights["output/bias"] + x @ weights["wide/kernel"]
    np.testing.assert_allclose(model.predict(x, verbose=0), expected, rtol=1e-4, atol=1e-5)


def test_a_model_from_a_file(kerasflow, refused, save, tmp_path):
    save(flowers(100))
    layers = tf.keras.layers
    model = tf.keras.Sequential([tf.keras.Input((2,)), layers.Dense(4, "tanh"), layers.Dense(3)])
    (tmp_path / "net.json").write_text(model.to_json())
    done = kerasflow(*train("--model", "net.json", "--epochs", "2", target="flower"))
    assert done.code == 0 and "network of net.json, 2 - 3, " in done.err
    assert [w.shape for w in load_run("RUN").model.get_weights()] == [(2, 4), (4,), (4, 3), (3,)]
    (tmp_path / "net.json").write_text(model.to_json().replace("tanh", "relu"))
    message = "--resume: RUN was trained otherwise: the model is another"
    refused(2, message, *train("--model", "net.json", "--epochs", "3", "--resume", target="flower"))
    wrong = tf.keras.Sequential([tf.keras.Input((5,)), layers.Dense(1)])
    (tmp_path / "net.json").write_text(wrong.to_json())
    message = "the table has 2 features and asks for 3 outputs; the model takes 5, gives 1"
    refused(2, f"--model: net.json: {message}", *train("--model", "net.json", "--overwrite", target="flower"))
    model = tf.keras.Sequential([tf.keras.Input((2,)), layers.Dense(3, "softmax")])
    (tmp_path / "net.json").write_text(model.to_json())
    message = "its last layer has the activation softmax; it is to give scores, and have none"
    refused(2, f"--model: net.json: {message}", *train("--model", "net.json", "--overwrite", target="flower"))
    message = "expected linear, mlp, wide-deep or the file of a model, there is no file 'deep'"
    refused(2, f"--model: {message}", *train("--model", "deep", "--overwrite", target="flower"))
    refused(2, f"--model: {message}", "train", "not-read.csv", "--target", "y", "-o", "NEW", "--model", "deep")
    (tmp_path / "net.json").write_text('{"class_name": "Lambda", "config": {}}')
    done = kerasflow(*train("--model", "net.json", "--overwrite", target="flower"))
    assert done.code == 2 and done.err.splitlines()[-1].startswith("kerasflow train: --model: net.json: ")


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "nadam", "rmsprop", "adagrad", "sgd"])
def test_every_optimizer_learns(kerasflow, save, optimizer):
    save(flowers(300))
    assert kerasflow(*train("--optimizer", optimizer, "--epochs", "25", target="flower")).code == 0
    with open("RUN/metrics.json") as file:
        assert json.load(file)["validation"]["model"]["accuracy"] > 0.85


@pytest.mark.parametrize("loss", ["mse", "mae", "huber", "log-cosh"])
def test_every_loss_is_made_small(kerasflow, save, loss):
    save(homes(300))
    assert kerasflow(*train("--loss", loss, "--epochs", "30")).code == 0
    with open("RUN/metrics.json") as file:
        assert json.load(file)["validation"]["model"]["r2"] > 0.85
    losses = pd.read_csv("RUN/history.csv").val_loss
    scale = {"mse": 1.0, "mae": 0.8, "huber": 0.4, "log-cosh": 0.4}[loss]
    assert losses.iloc[-1] < 0.3 * scale


def test_a_loss_for_the_other_task_is_refused(refused, save):
    save(flowers(50))
    message = "--loss: mse is no loss for classification; there is cross-entropy"
    refused(2, message, *train("--loss", "mse", target="flower"))


def test_sizes_and_times_are_read(refused, save):
    save(homes(50))
    for option, text, wanted in (
        ("--memory", "much", "a size from 464M on, as in 500M or 4G"),
        ("--memory", "1K", "a size from 464M on, as in 500M or 4G"),
        ("--memory", "463.9m", "a size from 464M on, as in 500M or 4G"),
        ("--time-limit", "soon", "a time as in 90s, 30m or 2h"),
        ("--time-limit", "0s", "a time as in 90s, 30m or 2h"),
    ):
        refused(
            2, f"argument {option}: expected {wanted}, not {text!r} (see kerasflow train --help)", *train(option, text)
        )


def test_the_curves_are_written_for_tensorboard_too(kerasflow, save, tmp_path):
    save(flowers(60))
    assert kerasflow(*train("--epochs", "2", "--tensorboard", "board", target="flower")).code == 0
    assert [path for path in (tmp_path / "board").rglob("events.out.tfevents.*") if path.stat().st_size > 100]
