"""What layers learnt goes into the file of a model and comes back, also from real Keras; what does not fit is named."""

import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

import kerasflow as tf
from kerasflow import layers

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
FOUND = json.loads((GOLDEN / "prepared.json").read_text())


def predicted(model):
    inputs = {"w": FOUND["w"], "t": FOUND["t"], "a": np.array(FOUND["a"]), "n": np.array(FOUND["n"])}
    return model.predict(inputs, verbose=0)


def test_a_model_that_keras_wrote(tmp_path):
    model = tf.keras.models.load_model(GOLDEN / "prepared.keras")
    np.testing.assert_allclose(predicted(model), FOUND["y"], rtol=1e-6, atol=1e-6)
    path = tmp_path / "again.keras"
    model.save(path)
    np.testing.assert_array_equal(predicted(tf.keras.models.load_model(path)), predicted(model))
    written, read = (set(zipfile.ZipFile(p).namelist()) for p in (path, GOLDEN / "prepared.keras"))
    assert written == read
    with zipfile.ZipFile(path) as mine, zipfile.ZipFile(GOLDEN / "prepared.keras") as theirs:
        for member in [n for n in read if n.startswith("assets/")]:
            assert mine.read(member) == theirs.read(member)


def test_weights_alone(tmp_path):
    model = tf.keras.models.load_model(GOLDEN / "prepared.keras")
    wanted = predicted(model)
    model.save_weights(tmp_path / "w.weights.h5")
    for layer in model.layers:
        layer.set_weights([np.zeros_like(w) for w in layer.get_weights()])
        if isinstance(layer, layers.StringLookup) and layer.output_mode == "tf_idf":
            layer.set_own_arrays({"idf_weights": np.zeros(4)})
    assert np.abs(predicted(model) - wanted).max() > 0.1
    model.load_weights(tmp_path / "w.weights.h5")
    np.testing.assert_array_equal(predicted(model), wanted)


def changed(tmp_path, change):
    """The path of an archive like the golden one, with members changed: a function from name and content."""
    path = tmp_path / "changed.keras"
    with zipfile.ZipFile(GOLDEN / "prepared.keras") as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
    return path


def replaced(member, content):
    return lambda name, old: content if name == member else old


WORDS = "assets/layers/string_lookup/vocabulary.txt"
WEIGHED = "assets/layers/string_lookup_1/vocabulary.txt"


@pytest.mark.parametrize(
    ("member", "content", "message"),
    [
        (WORDS, b"[UNK]\ny\ny", "there twice: \\['y'\\]"),
        (WORDS, b"\xff\xfe", f"its member '{WORDS}' is no text"),
        (WEIGHED, b"[UNK]\ny", "has 4 places, on which other layers rely"),
        (WEIGHED, None, "weights"),
    ],
)
def test_terms_that_do_not_fit_are_named(member, content, message, tmp_path):
    path = changed(tmp_path, replaced(member, content))
    with pytest.raises((ValueError, tf.errors.OpError), match=message):
        tf.keras.models.load_model(path)


def with_config(name, key, value):
    """What changes an argument of a layer in the description of the model."""

    def change(member, content):
        if member != "config.json":
            return content
        config = json.loads(content)
        (layer,) = [layer for layer in config["config"]["layers"] if layer["name"] == name]
        layer["config"][key] = value
        return json.dumps(config)

    return change


@pytest.mark.parametrize("name", ["string_lookup", "integer_lookup", "text_vectorization"])
def test_no_vocabulary_is_read_from_where_a_description_says(name, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("password\n")
    path = changed(tmp_path, with_config(name, "vocabulary", str(secret)))
    with pytest.raises(ValueError, match="the terms of a vocabulary, not a file"):
        tf.keras.models.load_model(path)


@pytest.mark.parametrize("key", ["standardize", "split"])
def test_no_function_is_made_of_what_a_description_says(key, tmp_path):
    code = {"module": "builtins", "class_name": "function", "config": "eval", "registered_name": "eval"}
    path = changed(tmp_path, with_config("text_vectorization", key, code))
    with pytest.raises(ValueError, match=f"The function {key} of a TextVectorization, 'eval', is not known"):
        tf.keras.models.load_model(path)


def test_heads_have_the_groups_that_keras_gives_them(tmp_path):
    x = tf.keras.Input((4, 3))
    y = layers.GroupQueryAttention(2, 4, 2, use_gate=True)(layers.MultiHeadAttention(2, 3, use_gate=True)(x, x), x)
    model = tf.keras.Model(x, y)
    model.save_weights(tmp_path / "w.weights.h5")
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "w.weights.h5") as file:
        assert {n for n in file["layers/multi_head_attention"] if n != "vars"} >= {
            *("_gate_dense", "key_dense", "output_dense", "query_dense", "value_dense")
        }
        assert {n for n in file["layers/grouped_query_attention"] if n != "vars"} >= {
            *("_gate_dense", "_key_dense", "_output_dense", "_query_dense", "_value_dense")
        }


def test_a_copy_without_what_was_learnt_says_so(tmp_path):
    path = shutil.copy(GOLDEN / "prepared.keras", tmp_path / "copy.keras")
    again = tf.keras.models.clone_model(tf.keras.models.load_model(path))
    assert again.get_layer("string_lookup").get_vocabulary() == ["[UNK]"]
