"""Which way is up, and what callbacks do about it."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow import callbacks
from tests.callbacks.fakes import run

NAN = float("nan")


def of(name, values):
    return [{name: v} for v in values]


def two_outputs():
    x = tf.keras.Input((2,))
    model = tf.keras.Model(x, {"a": tf.keras.layers.Dense(1)(x), "b": tf.keras.layers.Dense(1, "sigmoid")(x)})
    model.compile("sgd", "mse", metrics={"a": ["r2_score"], "b": ["accuracy", "mae"]})
    return model


@pytest.mark.parametrize(
    ("name", "sign"), [("loss", -1), ("val_a_loss", -1), ("a_r2_score", 1), ("val_b_accuracy", 1), ("b_mae", -1)]
)
def test_the_metric_says_what_is_better(name, sign):
    model = two_outputs()
    stop = callbacks.EarlyStopping(name, patience=9)
    y = {"a": np.ones((4, 1)), "b": np.ones((4, 1))}
    model.fit(np.ones((4, 2)), y, verbose=0, callbacks=[stop], validation_data=(np.ones((4, 2)), y))
    assert stop.improves(2.0, 1.0) == (sign > 0) and stop.improves(1.0, 2.0) == (sign < 0)


def test_nobody_knows():
    model = two_outputs()
    odd = callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: logs.update(odd=1.0))
    y = {"a": np.ones((4, 1)), "b": np.ones((4, 1))}
    with pytest.raises(ValueError, match=r"EarlyStopping: it is not known whether a larger or a smaller 'odd' is"):
        model.fit(np.ones((4, 2)), y, verbose=0, callbacks=[odd, callbacks.EarlyStopping("odd")])
    with pytest.raises(ValueError, match="mode must be"):
        callbacks.EarlyStopping(mode="up")


@pytest.mark.parametrize(
    ("values", "options", "epochs", "best"),
    [
        ([3, 2, 1, 2, 2, 2], {"patience": 2}, 5, 2),
        ([3, 2, 1, 0.9, 0.95, 1], {"patience": 2}, 6, 3),
        ([3, 2, 1.95, 1.9, 1.85, 1.8], {"patience": 2, "min_delta": 0.2}, 4, 1),
        ([1, 2, 3, 2.5, 2, 9], {"patience": 2, "mode": "max"}, 5, 2),
        ([5, 4, 3, 2, 1, 0], {"patience": 3, "baseline": 4.5}, 6, 5),
        ([9, 8, 7, 6, 5, 4], {"patience": 2, "baseline": 1.0}, 2, 1),
        ([9, 1, 2, 3, 4, 5], {"patience": 1, "start_from_epoch": 3}, 5, 3),
        ([3, 4, 5], {}, 2, 0),
        ([NAN, 3, 2, NAN, NAN, 1], {"patience": 2}, 5, 2),
        ([NAN, NAN, NAN], {"patience": 2}, 2, 0),
        ([3, 2, 1], {"patience": 1, "mode": "max", "restore_best_weights": False}, 2, None),
        ([3, 2, 1], {"patience": 9}, 3, 2),
    ],
)
def test_early_stopping(values, options, epochs, best, capsys):
    stop = callbacks.EarlyStopping(verbose=1, **{"mode": "min", **options})
    model, left = run(stop, of("val_loss", values))
    assert len(left) == epochs
    assert model.weight == (epochs - 1 if best is None else best)
    assert stop.stopped_epoch == (epochs - 1 if model.stop_training else 0)
    text = capsys.readouterr().out
    assert text.startswith(f"Stopped after epoch {epochs}; val_loss was best") == model.stop_training
    model, again = run(stop, of("val_loss", values))
    assert len(again) == epochs, "a second training starts over"


def test_a_value_that_is_not_there():
    with pytest.warns(UserWarning, match="EarlyStopping watches 'val_loss', which there is not; there is loss, mae"):
        run(callbacks.EarlyStopping(), [{"loss": 1.0, "mae": 2.0}])


@pytest.mark.parametrize(
    ("values", "options", "rates"),
    [
        ([3, 3, 3, 3, 3, 3], {"patience": 2, "factor": 0.5}, [1, 1, 1, 0.5, 0.5, 0.25]),
        ([3, 2, 1, 1, 1, 1], {"patience": 1, "factor": 0.5}, [1, 1, 1, 1, 0.5, 0.25]),
        ([3, 3, 3, 3, 3, 3], {"patience": 1, "factor": 0.5, "cooldown": 2}, [1, 1, 0.5, 0.5, 0.25, 0.25]),
        ([3, 3, 3, 3], {"patience": 1, "min_lr": 0.05}, [1, 1, 0.1, 0.05]),
        ([3, 2.99995, 2.99992, 2], {"patience": 1}, [1, 1, 0.1, 0.01]),
        ([3, 2.99995, 2.99992, 2], {"patience": 1, "min_delta": 0}, [1, 1, 1, 1]),
        ([1, 2, 3, 2], {"patience": 1, "mode": "max"}, [1, 1, 1, 1]),
    ],
)
def test_reduce_on_plateau(values, options, rates, capsys):
    """The rate in the logs is that of the epoch; a change counts from the next one on."""
    plateau = callbacks.ReduceLROnPlateau(verbose=1, **{"mode": "min", **options})
    _, left = run(plateau, of("val_loss", values))
    np.testing.assert_allclose([logs["learning_rate"] for logs in left], rates, rtol=1e-12)
    changes = sum(a != b for a, b in zip(rates, rates[1:], strict=False))
    assert capsys.readouterr().out.count("the learning rate is reduced to") in (changes, changes + 1)


def test_reduce_on_plateau_refuses():
    for factor in (1.0, 0.0, -1.0):
        with pytest.raises(ValueError, match="factor must be between 0 and 1"):
            callbacks.ReduceLROnPlateau(factor=factor)
    with pytest.warns(UserWarning, match="ReduceLROnPlateau watches 'val_loss'"):
        run(callbacks.ReduceLROnPlateau(), [{"loss": 1.0}])


@pytest.mark.parametrize("schedule", [lambda e, r: r * 0.5, lambda e: 0.5 ** (e + 1), np.float32])
def test_scheduler(schedule, capsys):
    scheduler = callbacks.LearningRateScheduler(schedule, verbose=1)
    _, left = run(scheduler, [{}, {}, {}])
    expected = [0.0, 1.0, 2.0] if schedule is np.float32 else [0.5, 0.25, 0.125]
    assert [logs["learning_rate"] for logs in left] == expected
    assert "Epoch 2: the learning rate is" in capsys.readouterr().out


def test_scheduler_refuses_what_is_no_number():
    with pytest.raises(ValueError, match="must give a number for the learning rate, got None"):
        run(callbacks.LearningRateScheduler(lambda epoch: None), [{}])

    def broken(epoch, rate):
        raise TypeError("of its own")

    with pytest.raises(TypeError, match="of its own"):
        run(callbacks.LearningRateScheduler(broken), [{}])


def test_the_rate_changes_without_a_new_program():
    model = tf.keras.Sequential([tf.keras.layers.Dense(1, kernel_initializer="zeros")])
    model.compile(tf.keras.optimizers.SGD(0.1), "mse")
    sizes, weights = [], []

    def note(epoch, logs):
        sizes.append(model._programs().graph.size)
        weights.append(model.get_weights()[1][0])

    rates = [0.1, 0.05, 0.0, 0.2]
    scheduler = callbacks.LearningRateScheduler(rates.__getitem__)
    watch = callbacks.LambdaCallback(on_epoch_end=note)
    model.fit(np.zeros((4, 1)), np.ones(4), epochs=4, verbose=0, callbacks=[scheduler, watch])
    assert len(set(sizes)) == 1
    expected, b = [], 0.0
    for rate in rates:
        b += 2 * rate * (1 - b)
        expected.append(b)
    np.testing.assert_allclose(weights, expected, rtol=1e-6)
