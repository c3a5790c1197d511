"""A table's columns in, predictions out, in onnxruntime: what the encoder, the network and the target give."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.estimators.onnx_table import table_model
from kerasflow.estimators.tabular import TabularEncoder
from kerasflow.estimators.tabular_columns import BUCKETS, TextColumn
from kerasflow.estimators.targets import LabelTarget, NumberTarget
from kerasflow.onnx import ExportError
from tests.onnx.running import run

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
    """Columns as the model takes them."""
    return {
        name: (v if v.dtype == np.float64 else np.array(["" if t is None else t for t in v], object)).reshape(-1, 1)
        for name, v in columns.items()
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


@pytest.mark.parametrize("columns", [TRAINING, OTHERS], ids=["training", "others"])
def test_numbers_are_predicted_the_same(columns):
    encoder, target = TabularEncoder().fit(TRAINING), NumberTarget(2e5, 12345.6)
    model = network(encoder, 1)
    found = run(table_model(encoder, target, model, "price"), fed(columns))["prediction"]
    wanted = target.decode(model.predict(encoder.transform(finite(columns)), verbose=0))
    assert found.dtype == np.float64 and found.shape == wanted.shape
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=target.scale * 1e-5)


@pytest.mark.parametrize("columns", [TRAINING, OTHERS], ids=["training", "others"])
def test_labels_are_predicted_the_same(columns):
    target = LabelTarget(("low", "mid", "größer"), (0.2, 0.3, 0.5))
    encoder = TabularEncoder().fit(TRAINING)
    model = network(encoder, 3)
    found = run(table_model(encoder, target, model), fed(columns))
    logits = model.predict(encoder.transform(finite(columns)), verbose=0).astype(np.float64)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    np.testing.assert_allclose(found["probabilities"], powers / powers.sum(axis=1, keepdims=True), atol=1e-5)
    assert found["prediction"].tolist() == target.decode(logits).tolist()
    assert columns is OTHERS or len(set(found["prediction"].tolist())) > 1


def test_every_column_is_an_input_and_the_target_is_noted():
    encoder = TabularEncoder().fit(TRAINING)
    made = table_model(encoder, NumberTarget(0.0, 1.0), network(encoder, 1), "price")
    assert [i.name for i in made.graph.input] == list(TRAINING)
    assert {p.key: p.value for p in made.metadata_props}["target"] == "price"
    dims = made.graph.input[0].type.tensor_type.shape.dim
    assert (dims[0].dim_param, dims[1].dim_value) == ("rows", 1)


def test_a_column_may_be_called_as_an_output():
    encoder = TabularEncoder().fit({"prediction": np.array([1.0, 2.0])})
    made = table_model(encoder, NumberTarget(0.0, 1.0), network(encoder, 1))
    assert [o.name for o in made.graph.output] == ["prediction_1"]
    assert run(made, {"prediction": np.array([[1.5]])})["prediction_1"].shape == (1,)


def test_texts_in_buckets_have_no_form():
    hashed = TextColumn.learn("street", {f"s{k % 200}": 3 for k in range(400)}, 64)
    assert hashed.buckets == BUCKETS
    encoder = TabularEncoder.of([hashed])
    with pytest.raises(ExportError, match=r"columns \['street'\] are dealt into buckets by a hash"):
        table_model(encoder, NumberTarget(0.0, 1.0), network(encoder, 1))
