"""`ProgbarLogger`: what it shows in a terminal and elsewhere."""

import sys

import numpy as np

import kerasflow as tf
from kerasflow import callbacks
from kerasflow.callbacks import bar


def fit(capsys, *watchers, **options):
    model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1, kernel_initializer="zeros")])
    model.compile(tf.keras.optimizers.SGD(0.0), "mse", metrics=["mae"])
    data = np.ones((8, 2)), np.ones(8)
    model.fit(*data, batch_size=2, callbacks=list(watchers), **{"verbose": 1, **options})
    return model, capsys.readouterr().out


def test_lines(capsys, monkeypatch):
    monkeypatch.setattr(bar.time, "perf_counter", lambda: 0.0)
    logger = callbacks.ProgbarLogger()
    _, text = fit(capsys, logger, epochs=2, validation_split=0.5)
    line = "2/2 - 0.0s - loss: 1 - mae: 1 - val_loss: 1 - val_mae: 1\n"
    assert text == "Epoch 1/2\n" + line + "Epoch 2/2\n" + line
    model, text = fit(capsys, logger)
    assert text == "4/4 - 0.0s - loss: 1 - mae: 1\n"
    assert fit(capsys, logger, verbose=0)[1] == ""
    model.evaluate(np.ones((4, 2)), np.zeros(4), batch_size=2, verbose=1, callbacks=[logger])
    assert "2/2 - 0.0s - loss: 0 - mae: 0\n" in capsys.readouterr().out


def test_a_bar_that_moves(capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(bar, "_OFTEN", -1.0)
    _, text = fit(capsys, callbacks.ProgbarLogger())
    steps = text.split("\r")[1:]
    assert [s.split()[0] for s in steps[:4]] == ["1/4", "2/4", "3/4", "4/4"]
    assert steps[1].startswith("2/4 [==========          ] - loss: 1 - mae: 1")
    assert steps[4].startswith("\x1b[K4/4 - ") and len(steps) == 5
