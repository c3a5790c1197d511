"""`BackupAndRestore`: a training that is killed, at any moment, ends as one that is not."""

import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import kerasflow as tf
from kerasflow import callbacks, errors
from kerasflow.core.engine import executable
from kerasflow.models.blocks import Blocks

RNG = np.random.default_rng(1)
X, Y = RNG.normal(size=(50, 4)).astype(np.float32), RNG.normal(size=(50, 1)).astype(np.float32)


def model_of(units=3):
    model = tf.keras.Sequential([tf.keras.Input((4,)), tf.keras.layers.Dense(units), tf.keras.layers.Dense(1)])
    model.compile("adam", "mse")
    return model


class Crash(Exception):
    pass


def crash_at(epoch):
    def crash(number, logs):
        if number == epoch:
            raise Crash

    return callbacks.LambdaCallback(on_epoch_begin=crash)


def fit(folder, *more, epochs=6, **options):
    tf.keras.utils.set_random_seed(5)
    model = model_of()
    backup = callbacks.BackupAndRestore(folder, **options)
    history = model.fit(X, Y, batch_size=8, epochs=epochs, verbose=0, callbacks=[backup, *more])
    return model, history


def test_it_goes_on_as_if_nothing_had_happened(tmp_path):
    whole, all_of_it = fit(tmp_path / "whole")
    with pytest.raises(Crash):
        fit(tmp_path / "parts", crash_at(4))
    assert os.listdir(tmp_path / "parts") == ["training.kf.h5"]
    resumed, rest = fit(tmp_path / "parts")
    assert rest.epoch == [4, 5]
    np.testing.assert_array_equal(rest.history["loss"], all_of_it.history["loss"][4:])
    for a, b in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert resumed.optimizer.iterations == 42
    assert not (tmp_path / "parts").exists() and not (tmp_path / "whole").exists()


def test_dropout_and_noise_go_on_where_they_were(tmp_path):
    def model_of():
        layers = tf.keras.layers
        model = tf.keras.Sequential(
            [tf.keras.Input((4,)), layers.Dense(8), layers.Dropout(0.5), layers.GaussianNoise(0.1), layers.Dense(1)]
        )
        model.compile("adam", "mse")
        return model

    def fit(folder, *more):
        tf.keras.utils.set_random_seed(5)
        model = model_of()
        model.fit(X, Y, batch_size=8, epochs=6, verbose=0, callbacks=[callbacks.BackupAndRestore(folder), *more])
        return model.get_weights()

    whole = fit(tmp_path / "whole")
    for epoch in (5, 2):
        with pytest.raises(Crash):
            fit(tmp_path / "parts", crash_at(epoch))
        for a, b in zip(whole, fit(tmp_path / "parts"), strict=True):
            np.testing.assert_array_equal(a, b)


def test_callbacks_remember(tmp_path):
    def fit(folder, *more):
        tf.keras.utils.set_random_seed(5)
        watchers = [
            callbacks.EarlyStopping("val_loss", patience=3),
            callbacks.ReduceLROnPlateau("val_loss", patience=1, factor=0.5),
            callbacks.ModelCheckpoint(str(folder) + "-best.weights.h5", save_best_only=True, save_weights_only=True),
        ]
        model = tf.keras.Sequential([tf.keras.Input((4,)), tf.keras.layers.Dense(3), tf.keras.layers.Dense(1)])
        model.compile(tf.keras.optimizers.Adam(0.05), "mse")
        backup = callbacks.BackupAndRestore(folder)  # first, and told last all the same
        data = {"validation_data": (X[25:], Y[25:]), "batch_size": 8, "epochs": 40, "verbose": 0}
        history = model.fit(X[:25], Y[:25], callbacks=[backup, *watchers, *more], **data)
        found = [[getattr(w, name) for name in w.remembers if name != "best_weights"] for w in watchers]
        return model, history, found

    whole, all_of_it, remembered = fit(tmp_path / "whole")
    ended = len(all_of_it.epoch)
    assert all_of_it.stopped == "EarlyStopping" and 4 < ended < 40 and remembered[0][1] > 0
    for epoch in (ended - 1, ended - 2, 1):  # the best weights are older than the file
        with pytest.raises(Crash):
            fit(tmp_path / "parts", crash_at(epoch))
        resumed, rest, found = fit(tmp_path / "parts")
        assert rest.epoch == all_of_it.epoch[epoch:] and rest.stopped == "EarlyStopping" and found == remembered
        for a, b in zip(whole.get_weights(), resumed.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)


def test_a_training_that_had_ended_stays_ended(tmp_path):
    def fit(*more):
        tf.keras.utils.set_random_seed(5)
        stopper = callbacks.EarlyStopping("loss", patience=2, mode="max")
        model = model_of()
        backup = callbacks.BackupAndRestore(tmp_path)
        return model.fit(X, Y, batch_size=8, epochs=9, verbose=0, callbacks=[stopper, backup, *more])

    def crash(*told):
        raise Crash

    for _ in range(2):
        with pytest.raises(Crash):
            fit(callbacks.LambdaCallback(on_train_end=crash))
    ended = fit(callbacks.LambdaCallback(on_epoch_begin=crash))
    assert ended.epoch == [] and ended.stopped == "EarlyStopping"


def test_the_file_may_stay(tmp_path):
    fit(tmp_path, epochs=2, delete_checkpoint=False)
    _, more = fit(tmp_path, epochs=3, delete_checkpoint=False)
    assert more.epoch == [2]
    _, nothing = fit(tmp_path, epochs=3, delete_checkpoint=False)
    assert nothing.epoch == []


def test_after_batches(tmp_path):
    seen = []
    look = callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: seen.append(os.path.exists(tmp_path / "b" / "training.kf.h5"))
    )
    with pytest.raises(Crash):
        fit(tmp_path / "b", look, crash_at(1), save_freq=5)
    assert seen == [False] * 5 + [True] * 2  # it is told last
    numbers = []
    count = callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: numbers.append(batch))
    model, rest = fit(tmp_path / "b", count, save_freq=5, epochs=2)
    assert rest.epoch == [0, 1] and model.optimizer.iterations == 14 and numbers == [5, 6, *range(7)]
    whole, all_of_it = fit(tmp_path / "w", epochs=2)
    assert rest.history == all_of_it.history
    for a, b in zip(whole.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


class Batches(tf.keras.utils.PyDataset):
    def __len__(self):
        return 5

    def __getitem__(self, index):
        return X[10 * index : 10 * index + 10], Y[10 * index : 10 * index + 10]


def endless():
    draws = np.random.default_rng(3)
    while True:
        rows = draws.permutation(50)[:10]
        yield X[rows], Y[rows]


def table():
    return tf.data.Dataset.from_tensor_slices((X, Y))


def doubled(x, y):
    return 2 * x, y


DATA = {
    "arrays": lambda: ((X, Y), {"batch_size": 10}),
    "half of the arrays": lambda: ((X, Y), {"batch_size": 5, "steps_per_epoch": 5}),
    "blocks": lambda: ((Halves(50),), {"batch_size": 10}),
    "data set": lambda: ((Batches(),), {}),
    "rows": lambda: ((table().batch(10),), {}),
    "batches": lambda: ((table().map(doubled).batch(10),), {}),
    "shuffled rows": lambda: ((table().shuffle(20).batch(10),), {}),
    "shuffled batches": lambda: ((table().shuffle(20).map(doubled).batch(10),), {}),
    "cached": lambda: ((table().shuffle(20).cache().batch(10),), {}),
    "endless rows": lambda: ((table().shuffle(20).repeat().batch(7),), {"steps_per_epoch": 5}),
    "endless batches": lambda: ((table().map(doubled).shuffle(20).repeat().batch(7),), {"steps_per_epoch": 5}),
    "generator": lambda: ((endless(),), {"steps_per_epoch": 5}),
}


class Halves(Blocks):
    def passes(self, seed):
        order = np.random.default_rng(seed).permutation(25)
        yield (X[:25], Y[:25]), order
        yield (X[25:], Y[25:]), order


def check_cut(tmp_path, fit, cut, first):
    """That a training which was cut after so many steps goes on in epoch `first`, and ends as one that was not."""

    def crash(steps):
        def act(batch, logs):
            if look.model.optimizer.iterations == steps:
                raise Crash

        look = callbacks.LambdaCallback(on_train_batch_begin=act)
        return look

    whole, history = fit(tmp_path / "whole", crash(-1))
    with pytest.raises(Crash):
        fit(tmp_path / "parts", crash(cut))
    resumed, rest = fit(tmp_path / "parts", crash(-1))
    assert resumed.optimizer.iterations == whole.optimizer.iterations
    assert rest.history == {name: values[first:] for name, values in history.history.items()}
    for a, b in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(("save_freq", "cut", "first"), [(1, 3, 0), (1, 10, 1), (1, 13, 2), ("epoch", 13, 2)])
@pytest.mark.parametrize("kind", DATA)
def test_within_an_epoch(tmp_path, kind, save_freq, cut, first):
    def fit(folder, look):
        tf.keras.utils.set_random_seed(5)
        layers = tf.keras.layers
        model = tf.keras.Sequential([tf.keras.Input((4,)), layers.Dense(6), layers.Dropout(0.5), layers.Dense(1)])
        model.compile("adam", "mse", metrics=["mae"])
        backup = callbacks.BackupAndRestore(folder, save_freq=save_freq)
        data, options = DATA[kind]()
        options |= {"epochs": 3, "verbose": 0, "callbacks": [backup, look], "validation_data": (X, Y)}
        return model, model.fit(*data, **options)

    check_cut(tmp_path, fit, cut, first)


@pytest.mark.parametrize("kind", ["arrays", "half of the arrays", "blocks", "data set", "endless rows", "generator"])
def test_what_is_compiled_does_not_depend_on_where_it_was_cut(tmp_path, monkeypatch, kind):
    pytest.importorskip("llvmlite")
    monkeypatch.setattr(executable, "runs_to_compile", lambda *efforts: 9)

    def fit(folder, look):
        tf.keras.utils.set_random_seed(5)
        layers = tf.keras.layers
        scores = [layers.Dense(6, "tanh"), layers.BatchNormalization(), layers.Dense(5, "softmax")]
        model = tf.keras.Sequential([tf.keras.Input((4,)), *scores, layers.Dense(1)])
        model.compile(tf.keras.optimizers.Adam(0.02), "mse")
        data, options = DATA[kind]()
        options |= {"validation_data": table().map(doubled).batch(11), "epochs": 4, "verbose": 0}
        return model, model.fit(*data, callbacks=[callbacks.BackupAndRestore(folder, save_freq=1), look], **options)

    check_cut(tmp_path, fit, 8, 1)


@pytest.mark.parametrize("kind", ["data set", "shuffled rows", "batches", "generator"])
def test_a_model_that_learns_its_shape_and_weighs_classes(tmp_path, kind):
    def fit(folder, look):
        tf.keras.utils.set_random_seed(5)
        model = tf.keras.Sequential([tf.keras.layers.Dense(6), tf.keras.layers.Dropout(0.5), tf.keras.layers.Dense(1)])
        model.compile("adam", "mse")
        watchers = [callbacks.BackupAndRestore(folder, save_freq=1), look]
        (data,), options = DATA[kind]()
        if kind == "shuffled rows":
            data = tf.data.Dataset.from_tensor_slices((X, (Y > 0).astype(int))).shuffle(20).batch(10)
        elif kind == "batches":
            data = data.map(lambda x, y: (x, tf.cast(y > 0, tf.int64)))
        elif kind == "generator":
            data = ((x, (y > 0).astype(int)) for x, y in data)
        else:
            data.__class__ = Signs
        weights = {0: 1.0, 1: 5.0}
        return model, model.fit(data, epochs=3, verbose=0, callbacks=watchers, class_weight=weights, **options)

    check_cut(tmp_path, fit, 7, 1)


class Signs(Batches):
    def __getitem__(self, index):
        x, y = super().__getitem__(index)
        return x, (y > 0).astype(int)


@pytest.mark.parametrize("wrapped", [False, True])
def test_states_that_batches_hand_on(tmp_path, wrapped):
    def fit(folder, look):
        tf.keras.utils.set_random_seed(5)
        layer = tf.keras.layers.LSTM(3, stateful=True)
        layer = tf.keras.layers.Bidirectional(layer) if wrapped else layer
        model = tf.keras.Sequential([tf.keras.Input((2, 2), batch_size=10), layer, tf.keras.layers.Dense(1)])
        model.compile("adam", "mse")
        watchers = [callbacks.BackupAndRestore(folder, save_freq=1), look]
        return model, model.fit(X.reshape(50, 2, 2), Y, batch_size=10, epochs=3, verbose=0, callbacks=watchers)

    check_cut(tmp_path, fit, 8, 1)


@pytest.mark.parametrize("prepared", [tuple, doubled])
def test_a_validation_in_an_order_of_its_own(tmp_path, prepared):
    def fit(folder, look):
        tf.keras.utils.set_random_seed(5)
        model = model_of()
        held_out = table() if prepared is tuple else table().map(prepared)
        watchers = [callbacks.BackupAndRestore(folder, save_freq=1), look]
        options = {"epochs": 3, "verbose": 0, "callbacks": watchers, "batch_size": 10, "validation_steps": 1}
        return model, model.fit(X, Y, validation_data=held_out.shuffle(50).batch(7), **options)

    check_cut(tmp_path, fit, 8, 1)


def test_what_callbacks_do_within_an_epoch(tmp_path):
    def fit(folder, look):
        tf.keras.utils.set_random_seed(5)
        model, folder = model_of(), str(folder)
        watchers = [
            callbacks.BackupAndRestore(folder + "-backup", save_freq=4),
            callbacks.LearningRateScheduler(lambda epoch, rate: 0.5 * rate),
            callbacks.CSVLogger(folder + "/log.csv"),
            callbacks.ModelCheckpoint(folder + "/{epoch}-{batch}.weights.h5", save_freq=3, save_weights_only=True),
        ]
        os.makedirs(folder, exist_ok=True)
        return model, model.fit(X, Y, batch_size=10, epochs=4, verbose=0, callbacks=[*watchers, look])

    check_cut(tmp_path, fit, 14, 2)  # after the 12th step
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert sorted(os.listdir(whole)) == sorted(os.listdir(parts)) and len(os.listdir(whole)) == 7
    assert (whole / "log.csv").read_text() == (parts / "log.csv").read_text()


@pytest.mark.parametrize("append", [False, True])
def test_lines_of_epochs_that_are_done_again_are_left_out(tmp_path, append):
    def train(*more):
        logger = callbacks.CSVLogger(tmp_path / "log.csv", append=append)
        return fit(tmp_path / "backup", logger, *more, save_freq=5)[1].history["loss"]

    with pytest.raises(Crash):  # when the last backup was within epoch 2
        train(crash_at(3))
    assert len((tmp_path / "log.csv").read_text().splitlines()) == 4
    losses = train()
    lines = (tmp_path / "log.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["epoch", *"012345"]
    assert [float(line.split(",")[1]) for line in lines[3:]] == losses


def test_other_files_in_the_folder_stay(tmp_path):
    (tmp_path / "mine.txt").write_text("x")
    fit(tmp_path, epochs=1)
    assert os.listdir(tmp_path) == ["mine.txt"]


def test_a_generator(tmp_path):
    def batches():
        while True:
            yield X[:10], Y[:10]

    def train(*more):
        tf.keras.utils.set_random_seed(5)
        model = model_of()
        watchers = [callbacks.BackupAndRestore(tmp_path), *more]
        return model, model.fit(batches(), steps_per_epoch=2, epochs=4, verbose=0, callbacks=watchers)

    with pytest.raises(Crash):
        train(crash_at(2))
    model, rest = train()
    assert rest.epoch == [2, 3] and model.optimizer.iterations == 8


def test_a_file_of_another_model(tmp_path):
    fit(tmp_path, epochs=1, delete_checkpoint=False)
    other = model_of(7)
    with pytest.raises(errors.InvalidArgumentError, match="weights/0"):
        other.fit(X, Y, verbose=0, callbacks=[callbacks.BackupAndRestore(tmp_path)])
    whole = (tmp_path / "training.kf.h5").read_bytes()
    (tmp_path / "training.kf.h5").write_bytes(whole[:-40])
    with pytest.raises(errors.DataLossError):
        fit(tmp_path)


def test_what_is_refused():
    with pytest.raises(ValueError, match="backup_dir is empty"):
        callbacks.BackupAndRestore("")
    with pytest.raises(ValueError, match="save_freq must be"):
        callbacks.BackupAndRestore("x", save_freq=False)


PROGRAM = """
import sys
import time
import numpy as np
import kerasflow as tf
rng = np.random.default_rng(1)
x, y = rng.normal(size=(200, 4)).astype(np.float32), rng.normal(size=(200, 1)).astype(np.float32)
tf.keras.utils.set_random_seed(5)
model = tf.keras.Sequential([tf.keras.Input((4,)), tf.keras.layers.Dense(8, "relu"), tf.keras.layers.Dense(1)])
model.compile("adam", "mse")
backup = tf.keras.callbacks.BackupAndRestore(sys.argv[1])

def tell(epoch, logs):
    print(epoch, flush=True)
    time.sleep(0.05)  # so that a quick machine is not done before it is killed

told = tf.keras.callbacks.LambdaCallback(on_epoch_begin=tell)
model.fit(x, y, batch_size=8, epochs=40, verbose=0, callbacks=[backup, told])
np.savez(sys.argv[2], *model.get_weights())
"""


@pytest.mark.slow
def test_kill_at_random_moments(tmp_path):
    random.seed(7)
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "backup")]
    # The program is started often: it finds its modules compiled, and compiles no machine code.
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    kept["KERASFLOW_ENGINE"] = "interpreter"
    subprocess.run(
        [*command[:3], str(tmp_path / "other"), str(tmp_path / "whole.npz")],
        check=True,
        stdout=subprocess.DEVNULL,
        env=kept,
    )
    starts, kills = [], 0
    while not (tmp_path / "parts.npz").exists():
        with subprocess.Popen(
            [*command, str(tmp_path / "parts.npz")], stdout=subprocess.PIPE, text=True, env=kept
        ) as program:
            first = program.stdout.readline()
            starts += [int(first)] if first else []
            if kills < 4:
                time.sleep(random.uniform(0.0, 1.0))
                program.send_signal(signal.SIGKILL)
                kills += 1
    assert kills >= 2 and starts == sorted(starts) and starts[-1] > 0, starts  # a quick machine is done before
    whole, parts = np.load(tmp_path / "whole.npz"), np.load(tmp_path / "parts.npz")
    for name in whole.files:
        np.testing.assert_array_equal(whole[name], parts[name])
    whole.close(), parts.close()
