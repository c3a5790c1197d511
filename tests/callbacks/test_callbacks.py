"""Callbacks: what they are told, and early stopping."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow import callbacks, optimizers
from kerasflow.layers import Dense, Input


def model():
    m = tf.keras.Sequential([Input((2,)), Dense(1, kernel_initializer="zeros")])
    m.compile(optimizers.SGD(0.1), "mse")
    return m


def test_a_callback_is_told_everything_in_order():
    told = []

    class Spy(callbacks.Callback):
        def __getattribute__(self, name):
            if name.startswith("on_"):
                told.append(name)
            return super().__getattribute__(name)

        def on_train_batch_end(self, batch, logs=None):
            assert set(logs) == {"loss"}

    spy = Spy()
    m = model()
    m.fit(np.ones((4, 2)), np.ones(4), batch_size=2, epochs=1, verbose=0, callbacks=[spy], validation_split=0.5)
    assert told == [
        "on_train_begin",
        "on_epoch_begin",
        "on_train_batch_begin",
        "on_train_batch_end",
        "on_test_begin",
        "on_test_end",
        "on_epoch_end",
        "on_train_end",
    ]
    assert spy.model is m and spy.params["epochs"] == 1 and spy.params["steps"] == 1


class Losses(callbacks.Callback):
    """Feeds values to an early stopping as if they were validation losses, and moves the weights along."""

    def __init__(self, values):
        self.values = values

    def on_epoch_end(self, epoch, logs=None):
        logs["val_loss"] = self.values[epoch]
        self.model.set_weights([np.full((2, 1), float(epoch)), np.zeros(1)])


@pytest.mark.parametrize(
    ("values", "options", "epochs", "best"),
    [
        ([3, 2, 1, 2, 2, 2], {"patience": 2}, 5, 2),
        ([3, 2, 1, 0.9, 0.95, 1], {"patience": 2}, 6, 3),
        ([3, 2, 1.95, 1.9, 1.85, 1.8], {"patience": 2, "min_delta": 0.2}, 4, 1),
        ([1, 2, 3, 2.5, 2, 9], {"patience": 2, "mode": "max"}, 5, 2),
        ([5, 4, 3, 2, 1, 0], {"patience": 2, "baseline": 4.5}, 6, 5),
        ([9, 8, 7, 6, 5, 4], {"patience": 2, "baseline": 1.0}, 2, None),
        ([9, 1, 2, 3, 4, 5], {"patience": 1, "start_from_epoch": 3}, 5, 3),
    ],
)
def test_early_stopping(values, options, epochs, best):
    m = model()
    stop = callbacks.EarlyStopping(**options)
    history = m.fit(np.ones((2, 2)), np.ones(2), epochs=6, verbose=0, callbacks=[Losses(values), stop])
    assert len(history.epoch) == epochs
    restored = m.get_weights()[0][0, 0]
    assert restored == (epochs - 1 if best is None else best)
    if best is not None:
        assert stop.best_epoch == best


def test_early_stopping_may_leave_the_weights_alone_and_warns_of_a_missing_value():
    m = model()
    stop = callbacks.EarlyStopping(patience=1, restore_best_weights=False)
    m.fit(np.ones((2, 2)), np.ones(2), epochs=6, verbose=0, callbacks=[Losses([1, 2, 3]), stop])
    assert m.get_weights()[0][0, 0] == 1
    with pytest.warns(UserWarning, match="watches 'val_loss', which there is not; there is loss"):
        m.fit(np.ones((2, 2)), np.ones(2), verbose=0, callbacks=[callbacks.EarlyStopping()])
    with pytest.raises(ValueError, match="mode must be"):
        callbacks.EarlyStopping(mode="up")


def test_a_lambda_callback_knows_its_methods():
    with pytest.raises(TypeError, match="does not know on_epoch"):
        callbacks.LambdaCallback(on_epoch=print)
