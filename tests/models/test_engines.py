"""Models trained by compiled code do what they do in the interpreter, whoever looks on, reads or sets their weights."""

import contextlib
import threading

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from kerasflow import config, keras  # noqa: E402
from kerasflow.models import fitting  # noqa: E402
from kerasflow.models.lines import Silence  # noqa: E402

L = keras.layers
rng = np.random.default_rng(0)
X, Z = rng.normal(size=(103, 5)).astype("f"), rng.normal(size=(103, 2)).astype("f")
Y = np.tanh(X[:, :1] - Z[:, 1:])
LABELS = rng.integers(0, 3, 103)
WEIGHTS = rng.uniform(size=103).astype("f")


@pytest.fixture(autouse=True)
def engine():
    before = config.get_engine()
    yield
    config.set_engine(before)


def small():
    keras.utils.set_random_seed(4)
    model = keras.Sequential([keras.Input((5,)), L.Dense(6, activation="tanh"), L.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    return model


def branched():
    """Two inputs, two outputs, a dropout that does nothing, a loss for each output."""
    keras.utils.set_random_seed(4)
    x, z = keras.Input((5,)), keras.Input((2,))
    hidden = L.Concatenate()([L.Dense(4, activation="relu")(x), z])
    model = keras.Model([x, z], [L.Dense(1, name="a")(hidden), L.Dense(3, activation="softmax", name="b")(hidden)])
    losses = ["mse", "sparse_categorical_crossentropy"]
    model.compile(
        "sgd", losses, metrics=[["mae"], ["accuracy"]], loss_weights=[0.5, 2.0], weighted_metrics=[["mse"], []]
    )
    return model


def both(train):
    """What `train` gives with each engine."""
    results = []
    for name in ("native", "interpreter"):
        config.set_engine(name)
        results.append(train())
    return results


def alike(a, b):
    assert len(a) == len(b)
    for one, other in zip(a, b, strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-4, atol=1e-6)


@pytest.mark.parametrize("batch", [10, 64])
def test_several_inputs_outputs_and_sample_weights(batch):
    def train():
        model = branched()
        data = ([X, Z], [Y, LABELS])
        history = model.fit(
            *data, batch, epochs=4, verbose=0, sample_weight=WEIGHTS, validation_data=(*data, WEIGHTS[::-1].copy())
        )
        names = sorted(history.history)
        scores = model.evaluate(*data, batch_size=batch, sample_weight=WEIGHTS, verbose=0)
        return [names, [history.history[n] for n in names], scores, *model.predict([X, Z], batch, verbose=0)]

    native, wanted = both(train)
    assert native.pop(0) == wanted.pop(0)
    alike(native, wanted)
    a, b = branched().predict([X, Z], batch, verbose=0)
    whole_a, whole_b = branched().predict([X, Z], verbose=0)
    alike([a, b], [whole_a, whole_b])


def test_a_callback_is_told_of_every_batch_and_changes_nothing():
    def train(told):
        model, logs = small(), []
        watch = keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda batch, values: logs.append((batch, *values.values()))
        )
        model.fit(X, Y, batch_size=10, epochs=3, verbose=0, callbacks=[watch] if told else [])
        return model.get_weights(), logs

    (weights, logs), (_, wanted) = both(lambda: train(True))
    assert [int(log[0]) for log in logs] == 3 * list(range(11))
    alike(logs, wanted)
    config.set_engine("native")
    for w, other in zip(weights, train(False)[0], strict=True):
        np.testing.assert_array_equal(w, other)


def test_a_bar_changes_nothing(monkeypatch):
    class Bar(Silence):
        moves = True
        steps: list[tuple[int, float]] = []

        def advance(self, steps, logs):
            self.steps.append((steps, logs()["loss"]))

    config.set_engine("native")
    plain = small()
    plain.fit(X, Y, batch_size=5, epochs=2, verbose=0)
    monkeypatch.setattr(fitting, "shown", lambda *args: contextlib.nullcontext(Bar()))
    watched = small()
    watched.fit(X, Y, batch_size=5, epochs=2, verbose=0)
    assert sum(steps for steps, _ in Bar.steps) == 2 * 21 and len(Bar.steps) > 2
    for w, other in zip(watched.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_array_equal(w, other)


def test_weights_that_a_callback_sets_are_trained_on():
    def train():
        model, seen = small(), []

        def reset(batch, logs):
            seen.append(model.get_weights()[0])
            if batch == 4:
                model.set_weights([np.full_like(w, 0.1) for w in model.get_weights()])

        watch = keras.callbacks.LambdaCallback(on_train_batch_end=reset)
        model.fit(X, Y, batch_size=10, epochs=1, shuffle=False, verbose=0, callbacks=[watch])
        return [*seen, *model.get_weights()]

    native, wanted = both(train)
    alike(native, wanted)
    assert abs(native[5] - 0.1).max() < 0.01 < abs(native[4] - 0.1).max()
    assert not np.array_equal(native[0], native[1])  # what was read is no view of what is trained


def test_weights_that_a_callback_loads_are_trained_on(tmp_path):
    path = tmp_path / "start.weights.h5"

    def train():
        model = small()
        model.compile("sgd", "mse")
        model.save_weights(path)
        losses = []
        rewind = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: model.load_weights(path))
        for _ in range(2):
            losses += model.fit(X, Y, epochs=3, shuffle=False, verbose=0, callbacks=[rewind]).history["loss"]
        return losses

    native, wanted = both(train)
    alike([native], [wanted])
    assert len(set(native)) == 1  # each epoch began where the first one did


def test_layers_that_are_frozen_stay_as_they_are():
    config.set_engine("native")
    model = small()
    model.fit(X, Y, verbose=0)
    model.layers[0].trainable = False
    model.compile("adam", "mse")
    before = model.get_weights()
    model.fit(X, Y, verbose=0)
    frozen = model.layers[0].get_weights()
    assert all(any(np.array_equal(w, f) for w in before) for f in frozen)
    model.layers[0].trainable = True
    model.compile("adam", "mse")
    model.fit(X, Y, verbose=0)
    assert not any(np.array_equal(w, f) for w, f in zip(model.layers[0].get_weights(), frozen, strict=True))


def test_a_model_is_used_in_one_thread_while_it_is_trained_in_another():
    config.set_engine("native")
    model = small()
    model.fit(X, Y, verbose=0)
    first = model.evaluate(X, Y, verbose=0)[0]
    done, losses = threading.Event(), []

    def train():
        model.fit(X, Y, batch_size=5, epochs=300, verbose=0)
        done.set()

    thread = threading.Thread(target=train)
    thread.start()
    while not done.is_set():
        losses.append(float(np.square(model.predict(X, verbose=0) - Y).mean()))
    thread.join()
    losses.append(float(np.square(model.predict(X, verbose=0) - Y).mean()))
    assert np.isfinite(losses).all() and losses[-1] < 0.5 * first
    np.testing.assert_allclose(model.evaluate(X, Y, verbose=0)[0], losses[-1], rtol=1e-4)


def test_two_models_that_share_a_layer_see_each_others_training():
    config.set_engine("native")
    shared = L.Dense(4, activation="tanh")
    x = keras.Input((5,))
    one, other = (keras.Model(x, L.Dense(1)(shared(x))) for _ in range(2))
    for model in (one, other):
        model.compile("sgd", "mse")
        model.fit(X, Y, verbose=0)
    before = other.predict(X, batch_size=20, verbose=0)
    one.fit(X, Y, epochs=3, verbose=0)
    after = other.predict(X, batch_size=20, verbose=0)
    w, b, v, c = other.get_weights()
    np.testing.assert_allclose(after, np.tanh(X @ w + b) @ v + c, rtol=1e-4, atol=1e-5)
    assert np.abs(after - before).max() > 1e-4
