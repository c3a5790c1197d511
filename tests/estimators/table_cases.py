"""Tables for what predicts from columns: one to learn from, and one with what training never saw."""

import numpy as np

import kerasflow as tf
from kerasflow.estimators.tabular_columns import TextColumn

RNG = np.random.default_rng(4)
ROWS = 60


def texts(values, missing=0.0):
    drawn = RNG.choice(np.array(values, object), ROWS)
    drawn[RNG.random(ROWS) < missing] = None
    return drawn


def numbers(low, high, missing=0.0):
    drawn = RNG.uniform(low, high, ROWS)
    drawn[RNG.random(ROWS) < missing] = np.nan
    return drawn


TRAINING = {
    "income": numbers(1e5, 2e5, missing=0.3),
    "clock": numbers(1.7e9, 1.7e9 + 100),  # whose differences no float32 holds
    "same": np.full(ROWS, 3.0),
    "gone at times": np.where(RNG.random(ROWS) < 0.5, np.nan, 2.0),
    "coast": texts(["near", "far", "ünter & über"], missing=0.2),
    "town": np.array([*"aabbccdd", *[f"town {k}" for k in range(ROWS - 8)]], object),  # with a bucket of others
    "never missing": texts(["x", "y"]),
    "alone": np.full(ROWS, "one", object),
}
UNUSED = ("same", "alone")
# What training never saw: new texts, numbers far out, missing values everywhere.
OTHERS = {
    "income": np.array([np.nan, 1e5, -1e300, np.inf, 1.5e5]),
    "clock": np.array([1.7e9 + 1, 1.7e9 + 99.25, np.nan, 0.0, 1.7e9]),
    "same": np.array([3.0, 4.0, np.nan, 3.0, 3.0]),
    "gone at times": np.array([np.nan, 2.0, 5.0, np.nan, 2.0]),
    "coast": np.array(["ünter & über", None, "inland", "far", "near"], object),
    "town": np.array(["a", None, "nowhere", "town 3", "d"], object),
    "never missing": np.array(["x", "z", None, "y", "x"], object),
    "alone": np.array(["one", "two", None, "one", "one"], object),
}


def fed(columns):
    """The columns that the model takes, as it takes them."""
    return {
        name: (v if v.dtype == np.float64 else np.array(["" if t is None else t for t in v], object)).reshape(-1, 1)
        for name, v in columns.items()
        if name not in UNUSED
    }


def network(encoder, outputs):
    layers = tf.keras.layers
    model = tf.keras.Sequential(
        [tf.keras.Input((len(encoder.features),)), layers.Dense(8, "relu"), layers.Dense(outputs)]
    )
    model.set_weights([RNG.normal(size=w.shape).astype(np.float32) for w in model.get_weights()])
    return model


def finite(columns):
    """The same without what the encoder refuses and the model clips."""
    return {name: np.where(np.isinf(v), 1e300, v) if v.dtype == np.float64 else v for name, v in columns.items()}


def probabilities(logits):
    """The softmax of each row."""
    powers = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def hashed():
    """A column whose rare texts are dealt into buckets."""
    return TextColumn.learn("street", {f"s{k % 200}": 3 for k in range(400)}, 64)
