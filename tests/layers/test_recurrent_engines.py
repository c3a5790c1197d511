"""Recurrent models trained by compiled code learn what they learn in the interpreter."""

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from kerasflow import config, keras  # noqa: E402

L = keras.layers
rng = np.random.default_rng(0)
X = rng.normal(size=(96, 7, 3)).astype("f")
IDS = rng.integers(0, 6, (96, 7)).astype("i")
Y = X[:, 0, :1] * X[:, 4, 1:2]

MODELS = {
    "LSTM": lambda: ([keras.Input((7, 3)), L.LSTM(5)], X),
    "GRU on GRU": lambda: (
        [keras.Input((None, 3)), L.GRU(5, return_sequences=True), L.GRU(4, reset_after=False, go_backwards=True)],
        X,
    ),
    "both ways with masks": lambda: (
        [
            keras.Input((7,), dtype="int32"),
            L.Embedding(6, 3, mask_zero=True),
            L.Bidirectional(L.GRU(4, return_sequences=True)),
            L.LSTM(4),
        ],
        IDS,
    ),
    "dropout": lambda: ([keras.Input((7, 3)), L.LSTM(5, dropout=0.2, recurrent_dropout=0.3)], X),
    "stacked cells": lambda: ([keras.Input((7, 3)), L.RNN([L.LSTMCell(4), L.SimpleRNNCell(5)])], X),
    "from batch to batch": lambda: ([keras.Input(batch_shape=(32, 7, 3)), L.LSTM(5, stateful=True)], X),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_model_learns_the_same(name):
    before, results = config.get_engine(), []
    try:
        for engine in ("interpreter", "native"):
            config.set_engine(engine)
            keras.utils.set_random_seed(3)
            layers, x = MODELS[name]()
            model = keras.Sequential([*layers, L.Dense(1)])
            model.compile("adam", "mse")
            losses = model.fit(x, Y, batch_size=32, epochs=2, shuffle=False, verbose=0).history["loss"]
            results.append([losses, *model.get_weights()])
            assert engine in model.explain().split("prediction:")[0].splitlines()[2]
    finally:
        config.set_engine(before)
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
