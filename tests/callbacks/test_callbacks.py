"""Callbacks: what they are told, and the simplest ones."""

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
        "on_batch_begin",  # its former name, which it calls
        "on_train_batch_end",
        "on_test_begin",
        "on_test_end",
        "on_epoch_end",
        "on_train_end",
    ]
    assert spy.model is m and spy.params["epochs"] == 1 and spy.params["steps"] == 1


def test_a_lambda_callback_knows_its_methods():
    with pytest.raises(TypeError, match="does not know on_epoch"):
        callbacks.LambdaCallback(on_epoch=print)


def test_former_names_of_batches():
    told = []

    class Former(callbacks.Callback):
        def on_batch_end(self, batch, logs=None):
            told.append((batch, sorted(logs)))

    begin = callbacks.LambdaCallback(on_batch_begin=lambda batch, logs: told.append(batch))
    model().fit(np.ones((4, 2)), np.ones(4), batch_size=2, verbose=0, callbacks=[Former(), begin])
    assert told == [0, (0, ["loss"]), 1, (1, ["loss"])]
    assert not callbacks.CallbackList([callbacks.Callback()], None, {}).wants("on_train_batch_end")
