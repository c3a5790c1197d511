"""Callbacks side by side with those of real Keras: what they are told, and what they do."""

import csv

import numpy as np
import pytest

import kerasflow.keras as ours
from tests.callbacks.fakes import run
from tests.parity.harness import real_keras

pytestmark = pytest.mark.slow
RNG = np.random.default_rng(4)
X, Y = RNG.normal(size=(10, 3)).astype(np.float32), RNG.normal(size=(10, 1)).astype(np.float32)
METHODS = [
    f"on_{what}_{when}"
    for what in ("train", "test", "predict", "epoch", "train_batch", "test_batch", "predict_batch")
    for when in ("begin", "end")
]


def model_of(k, **options):
    model = k.Sequential([k.Input((3,)), k.layers.Dense(1)])
    model.compile(k.optimizers.SGD(0.05), "mse", metrics=["mae", k.metrics.RootMeanSquaredError()], **options)
    model.set_weights([np.array([[0.3], [-0.2], [0.5]], np.float32), np.array([0.1], np.float32)])
    return model


def spy(k, told):
    def teller(name):
        def tell(self, *args, logs=None, **kwargs):
            *rest, logs = (*args, logs)[: 1 + ("batch" in name or "epoch" in name)] if args else (logs,)
            told.append((name, list(rest), {n: np.asarray(v) for n, v in (logs or {}).items()}))

        return tell

    return type("Spy", (k.callbacks.Callback,), {name: teller(name) for name in METHODS})()


def told_in(k, act, **options):
    told = []
    act(model_of(k, **options), spy(k, told))
    return told


ACTS = {
    "fit": lambda m, s: m.fit(X, Y, batch_size=4, epochs=2, verbose=0, shuffle=False, callbacks=[s]),
    "validation": lambda m, s: m.fit(
        X, Y, batch_size=4, epochs=3, initial_epoch=1, verbose=0, shuffle=False, callbacks=[s], validation_split=0.4
    ),
    "some validations": lambda m, s: m.fit(
        X, Y, batch_size=5, epochs=4, verbose=0, shuffle=False, callbacks=[s], validation_split=0.2, validation_freq=2
    ),
    "evaluate": lambda m, s: m.evaluate(X, Y, batch_size=3, verbose=0, callbacks=[s]),
    "predict": lambda m, s: m.predict(X, batch_size=4, verbose=0, callbacks=[s]),
}


@pytest.mark.parametrize("key", ACTS)
def test_all_methods_are_called_in_keras_order_with_its_logs(key):
    theirs, mine = told_in(real_keras(), ACTS[key]), told_in(ours, ACTS[key])
    assert [t[:2] for t in mine] == [t[:2] for t in theirs]
    for (name, _, mine_logs), (_, _, their_logs) in zip(mine, theirs, strict=True):
        assert list(mine_logs) == list(their_logs), name
        for n in mine_logs:
            np.testing.assert_allclose(mine_logs[n], their_logs[n], rtol=2e-5, atol=1e-6, err_msg=f"{name} {n}")


SERIES = [
    [3.0, 2.0, 1.0, 2.0, 2.0, 2.0, 0.5, 3.0],
    [3.0, 2.0, 1.95, 1.9, 1.85, 1.8, 1.0, 0.1],
    [1.0, 2.0, 3.0, 2.5, 2.0, 9.0, 8.0, 7.0],
    [1.0] * 8,
    list(RNG.uniform(0, 1, 8)),
]
OPTIONS = {
    "EarlyStopping": [
        {"patience": 1},
        {"patience": 2, "min_delta": 0.2},
        {"patience": 2, "mode": "max"},
        {"patience": 1, "start_from_epoch": 3},
        {"patience": 3, "baseline": 2.5},
    ],
    "ReduceLROnPlateau": [
        {"patience": 1},
        {"patience": 2, "factor": 0.5, "min_lr": 0.1},
        {"patience": 1, "cooldown": 2, "mode": "max"},
        {"patience": 2, "min_delta": 0.3, "cooldown": 1},
    ],
}


def outcome(k, kind, options, values):
    callback = getattr(k.callbacks, kind)(**{"mode": "min", **options})
    model, logs = run(callback, [{"val_loss": v} for v in values])
    rates = [entry.get("learning_rate") for entry in logs]
    return len(logs), model.weight, getattr(callback, "best_epoch", None), rates, model.optimizer.learning_rate


@pytest.mark.parametrize(
    ("kind", "options", "values"), [(k, o, v) for k, several in OPTIONS.items() for o in several for v in SERIES]
)
def test_they_do_what_keras_does(kind, options, values):
    restoring = {"restore_best_weights": True} if kind == "EarlyStopping" else {}
    wanted = outcome(real_keras(), kind, {**options, **restoring}, values)
    assert outcome(ours, kind, options, values) == wanted


def test_a_checkpoint_is_saved_when_keras_saves_one(tmp_path):
    for options in ({}, {"save_best_only": True}, {"save_freq": 3}, {"save_best_only": True, "mode": "max"}):
        saved = []
        for k in (real_keras(), ours):
            path = str(tmp_path / "{epoch}-{val_loss:.1f}.keras")
            if "save_freq" in options:
                path = str(tmp_path / "{epoch}-{batch}.keras")
            saver = k.callbacks.ModelCheckpoint(path, **{"mode": "min", **options})
            model, _ = run(saver, [{"val_loss": v} for v in SERIES[0]], batches=4)
            saved.append(model.saved)
        assert saved[0] == saved[1] and saved[0]


def test_csv_files_are_alike(tmp_path):
    files = []
    for name, k in (("theirs", real_keras()), ("mine", ours)):
        path = tmp_path / name
        logger = k.callbacks.CSVLogger(path)
        model_of(k).fit(X, Y, epochs=3, verbose=0, shuffle=False, callbacks=[logger], validation_split=0.2)
        with open(path, newline="") as file:
            files.append(list(csv.reader(file)))
    assert files[0][0] == files[1][0]
    np.testing.assert_allclose(np.array(files[1][1:], float), np.array(files[0][1:], float), rtol=1e-5)
