"""Losses give the numbers that Keras 3 gives; how these were made is said in tests/golden/make_losses.py."""

import json
from pathlib import Path

import numpy as np
import pytest

import kerasflow as tf

GOLDEN = json.loads((Path(__file__).resolve().parents[1] / "golden" / "losses.json").read_text())


def arrays(args):
    """Numbers as arrays, in double precision unless they are whole."""
    return [np.asarray(a, np.float64 if np.asarray(a).dtype.kind == "f" else np.int64) for a in args]


def named(row):
    return " ".join([row["name"], *[f"{k}={v}" for k, v in row.get("config", row.get("kwargs")).items()]])


@pytest.mark.parametrize("row", GOLDEN["functions"], ids=named)
def test_function(row):
    function = getattr(getattr(tf.keras, row["module"]), row["name"])
    value = tf.Session().run(function(*arrays(row["args"]), **row["kwargs"]))
    np.testing.assert_allclose(value, row["value"], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("row", GOLDEN["losses"], ids=named)
def test_loss(row):
    loss = getattr(tf.keras.losses, row["name"])(**row["config"])
    value = tf.Session().run(loss(*arrays(row["args"])))
    np.testing.assert_allclose(value, row["value"], rtol=1e-12)


def test_every_loss_is_there():
    assert {row["name"] for row in GOLDEN["losses"]} >= {
        name
        for name, value in vars(tf.keras.losses).items()
        if isinstance(value, type) and issubclass(value, tf.keras.losses.Loss)
    } - {"Loss", "LossFunctionWrapper", "StandardLoss"}
