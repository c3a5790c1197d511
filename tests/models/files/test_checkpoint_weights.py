"""Weights from checkpoints of TensorFlow's: those in tests/golden/keras_checkpoint were written by Keras in 1.15.5."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.errors import DataLossError, InvalidArgumentError, NotFoundError
from kerasflow.io.bundle import read_bundle, read_bundle_specs, write_bundle
from kerasflow.keras import layers

GOLDEN = Path(__file__).parents[2] / "golden" / "keras_checkpoint"
VALUES = json.loads((GOLDEN / "values.json").read_text())
VALUE = "/.ATTRIBUTES/VARIABLE_VALUE"


def functional(names=("d3", "d1", "d2")):
    a, b = tf.keras.Input((4,), name="a"), tf.keras.Input((4,), name="b")
    d = [layers.Dense(4, name=name) for name in names]
    inner = tf.keras.Sequential([tf.keras.Input((4,)), layers.Dense(3), layers.Dense(4)], name="inner")
    return tf.keras.Model([a, b], d[0](layers.add([d[1](a), inner(d[2](b))])))


class Own(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.first = layers.Dense(3)
        self.rest = [layers.Dense(4), layers.Dense(2)]
        self.emb = layers.Embedding(5, 4)

    def call(self, x):
        h = self.first(self.emb(x))
        for layer in self.rest:
            h = layer(h)
        return h


def own():
    model = Own()
    model.build((None, 2))
    return model


def predicted(model, name):
    values = VALUES[name]
    inputs = [np.array(values[k], np.int32 if name == "sub" else np.float32) for k in values if k != "y"]
    return model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0), np.array(values["y"])


@pytest.mark.parametrize("make", [functional, own], ids=["fun", "sub"])
def test_models_of_keras_2_predict_what_they_did_there(make):
    name = "fun" if make is functional else "sub"
    model = make()
    model.load_weights(GOLDEN / name)
    got, wanted = predicted(model, name)
    np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-6)


def test_a_stack_has_the_weights_of_all_its_layers():
    model = stack_for_tf1()
    model.load_weights(GOLDEN / "seq")
    got, wanted = predicted(model, "seq")
    np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-6)


def stack_for_tf1():
    """LSTM in TensorFlow 1 has another activation of its gates, ``clip(0.2 x + 0.5, 0, 1)``."""

    def gates(x):
        return tf.clip_by_value(0.2 * x + 0.5, 0.0, 1.0)

    return tf.keras.Sequential(
        [
            tf.keras.Input((6, 3)),
            layers.Conv1D(4, 2),
            layers.BatchNormalization(),
            layers.Bidirectional(layers.LSTM(3, recurrent_activation=gates)),
            layers.Dropout(0.5),
            layers.Dense(2),
        ]
    )


def test_names_decide_where_layers_have_them_and_else_their_order():
    """The layers here are made in another order, and two of them change their names."""
    model = functional(("d3", "d2", "d1"))
    model.load_weights(GOLDEN / "fun")
    arrays = read_bundle(GOLDEN / "fun", read_bundle_specs(GOLDEN / "fun"))
    numbered = [arrays[f"layer_with_weights-{k}/kernel{VALUE}"] for k in (0, 1)]
    swapped = [model.get_layer(name).get_weights()[0] for name in ("d1", "d2")]
    right = functional()
    right.load_weights(GOLDEN / "fun")
    for got, name in zip(swapped, ("d1", "d2"), strict=True):
        np.testing.assert_array_equal(got, right.get_layer(name).get_weights()[0])
    assert any(np.array_equal(swapped[0], n) for n in numbered)
    unnamed = functional(("x", "y", "z"))
    unnamed.load_weights(GOLDEN / "fun")
    np.testing.assert_array_equal(unnamed.get_layer("y").get_weights()[0], right.get_layer("d1").get_weights()[0])


def test_a_saved_models_folder_will_do(tmp_path):
    (tmp_path / "variables").mkdir()
    for file in GOLDEN.glob("sub.*"):
        shutil.copy(file, tmp_path / "variables" / file.name.replace("sub", "variables"))
    model = own()
    model.load_weights(tmp_path)
    got, wanted = predicted(model, "sub")
    np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-6)


def test_a_checkpoint_of_a_saver(tmp_path):
    """Its arrays are called as the variables are."""
    arrays = {
        "d/kernel": np.ones((3, 2), np.float32),
        "d/bias": np.full(2, 5.0, np.float32),
        "global_step": np.int64(7),
    }
    write_bundle(tmp_path / "m.ckpt", arrays)
    model = tf.keras.Sequential([tf.keras.Input((3,)), layers.Dense(2, name="d")])
    model.load_weights(tmp_path / "m.ckpt")
    np.testing.assert_array_equal(model.predict(np.ones((1, 3)), verbose=0), [[8.0, 8.0]])


def forged(folder, change):
    arrays = read_bundle(GOLDEN / "fun", read_bundle_specs(GOLDEN / "fun"))
    change(arrays)
    write_bundle(folder / "ck", arrays)
    return folder / "ck"


KERNEL = f"layer_with_weights-0/kernel{VALUE}"


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda a: a.pop(KERNEL), NotFoundError, "1 weights are missing: .*layer_with_weights-0/kernel"),
        (lambda a: a.update({KERNEL: np.ones((4, 5))}), InvalidArgumentError, r"the file has float64\[4,5\]"),
        (lambda a: a.update({f"more/w{VALUE}": np.ones(2)}), InvalidArgumentError, "no weights for 1 arrays: more/w"),
        (lambda a: a.update(_CHECKPOINTABLE_OBJECT_GRAPH=np.array(b"\x0a\x05abc", object)), DataLossError, "damaged"),
        (lambda a: a.update(_CHECKPOINTABLE_OBJECT_GRAPH=np.array(b"\x08\x01", object)), DataLossError, "damaged"),
    ],
    ids=["missing", "shape", "left over", "notes cut off", "notes that are numbers"],
)
def test_a_checkpoint_that_does_not_fit_changes_nothing(change, error, message, tmp_path):
    model = functional()
    before = model.get_weights()
    with pytest.raises(error, match=message):
        model.load_weights(forged(tmp_path, change))
    for now, then in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_other_arrays_are_no_weights(tmp_path):
    others = {f"optimizer/iter{VALUE}": np.int64(3), f"save_counter{VALUE}": np.int64(1)}
    slot = f"layer_with_weights-0/kernel/.OPTIMIZER_SLOT/optimizer/m{VALUE}"
    model = functional()
    model.load_weights(forged(tmp_path, lambda a: a.update({**others, slot: np.ones((4, 4))})))
    got, wanted = predicted(model, "fun")
    np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-6)
