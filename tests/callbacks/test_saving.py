"""`ModelCheckpoint` and `CSVLogger`: what is written, when and where to."""

import os

import numpy as np
import pytest

import kerasflow as tf
from kerasflow import callbacks
from tests.callbacks.fakes import run

LOGS = [{"val_loss": v, "loss": 1.0} for v in (3.0, 2.0, 2.5, 1.0)]


@pytest.mark.parametrize(
    ("options", "saved"),
    [
        ({}, ["1-3.0", "2-2.0", "3-2.5", "4-1.0"]),
        ({"save_best_only": True}, ["1-3.0", "2-2.0", "4-1.0"]),
        ({"save_best_only": True, "mode": "max"}, ["1-3.0"]),
        ({"save_best_only": True, "initial_value_threshold": 2.2}, ["2-2.0", "4-1.0"]),
    ],
)
def test_after_epochs(tmp_path, options, saved, capsys):
    path = str(tmp_path / "new" / "{epoch}-{val_loss:.1f}.weights.h5")
    saver = callbacks.ModelCheckpoint(path, save_weights_only=True, verbose=1, **{"mode": "min", **options})
    model, _ = run(saver, LOGS)
    assert model.saved == [str(tmp_path / "new" / f"{name}.weights.h5") for name in saved]
    assert capsys.readouterr().out.count(": saved to ") == len(saved) and (tmp_path / "new").is_dir()


def test_after_batches(tmp_path):
    path = str(tmp_path / "{epoch}-{batch}-{loss:.0f}.keras")
    model, _ = run(callbacks.ModelCheckpoint(path, save_freq=4), LOGS[:3], batches=6)
    names = ["1-4-3", "2-2-1", "2-6-5", "3-4-3"]
    assert model.saved == [("model", str(tmp_path / f"{n}.keras")) for n in names]


def test_batches_that_nobody_told_of_count(tmp_path):
    saver = callbacks.ModelCheckpoint("{batch}.h5", save_freq=4)
    due = [b for _ in range(2) for b in (2, 5, 8) if saver._stride.due(b)]
    assert due == [5, 2, 8]


def test_it_saves_and_loads_a_real_model(tmp_path):
    model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    saver = callbacks.ModelCheckpoint(tmp_path / "a.weights.h5", "loss", save_best_only=True, save_weights_only=True)
    model.fit(np.ones((4, 2)), np.ones(4), epochs=3, verbose=0, callbacks=[saver])
    trained = model.get_weights()
    model.set_weights([0 * w for w in trained])
    model.load_weights(tmp_path / "a.weights.h5")
    np.testing.assert_array_equal(model.get_weights()[0], trained[0])


@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_it_saves_and_loads_a_whole_model(tmp_path, ending):
    model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1)])
    model.compile("adam", "mse")
    x = np.ones((4, 2), np.float32)
    path = tmp_path / f"best{ending}"
    model.fit(x, np.ones(4), epochs=2, verbose=0, callbacks=[callbacks.ModelCheckpoint(path, "loss", save_freq=1)])
    again = tf.keras.models.load_model(path)
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))
    assert again.optimizer.iterations == 2


@pytest.mark.parametrize(
    ("args", "options", "error", "text"),
    [
        (["a.keras"], {"save_weights_only": True}, ValueError, "end in .weights.h5 or .safetensors, got 'a.keras'"),
        (["a.txt"], {}, ValueError, r"must end in \.keras or \.h5"),
        (["a.h5"], {"save_freq": 0}, ValueError, "save_freq must be"),
        (["a.h5"], {"save_freq": "batch"}, ValueError, "save_freq must be"),
        (["a.h5"], {"mode": "up"}, ValueError, "mode must be"),
    ],
)
def test_what_is_refused(args, options, error, text):
    with pytest.raises(error, match=text):
        callbacks.ModelCheckpoint(*args, **options)


def test_a_path_with_an_unknown_value():
    with pytest.raises(KeyError, match="names 'f1', which there is not; there is epoch, val_loss, loss"):
        run(callbacks.ModelCheckpoint("{f1}.keras"), LOGS)
    saver = callbacks.ModelCheckpoint("{epoch}.keras", "f1", save_best_only=True)
    with pytest.warns(UserWarning, match="ModelCheckpoint watches 'f1'"):
        assert run(saver, LOGS)[0].saved == [("model", f"{k}.keras") for k in range(1, 5)]


def test_csv(tmp_path):
    path = tmp_path / "log.csv"
    run(callbacks.CSVLogger(path), [{"loss": 0.5, "acc": 1}, {"loss": 0.25, "acc": np.array([1, 2])}])
    assert path.read_text() == 'epoch,acc,loss\n0,1,0.5\n1,"[1, 2]",0.25\n'
    run(callbacks.CSVLogger(path, separator=";"), [{"loss": 0.5}])
    assert path.read_text() == "epoch;loss\n0;0.5\n"
    run(callbacks.CSVLogger(path, separator=";", append=True), [{"loss": 0.1}])
    assert path.read_text() == "epoch;loss\n0;0.5\n0;0.1\n"


def test_csv_with_values_that_come_and_go(tmp_path):
    path = tmp_path / "log.csv"
    run(callbacks.CSVLogger(path, append=True), [{"loss": 3}, {"loss": 2, "val_loss": 1, "a,b": 7}, {"loss": 0}])
    assert path.read_text() == 'epoch,loss,"a,b",val_loss\n0,3,NA,NA\n1,2,7,1\n2,0,NA,NA\n'
    assert os.listdir(tmp_path) == ["log.csv"]


def test_csv_is_there_while_training_runs(tmp_path):
    path, seen = tmp_path / "log.csv", []
    logger = callbacks.CSVLogger(path)
    model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    look = callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(len(path.read_text().splitlines())))
    model.fit(np.ones((4, 2)), np.ones(4), epochs=3, verbose=0, callbacks=[logger, look])
    assert seen == [2, 3, 4]
