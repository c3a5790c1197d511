"""Saved models for other runtimes: one file, variables as constants, none of kerasflow's own operations."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.errors import FailedPreconditionError
from kerasflow.keras import layers
from kerasflow.saved_model.files import read_graphs
from kerasflow.saved_model.frozen import save_frozen


def served(folder, feeds):
    """What the saved model's signature gives, in a session of its own."""
    with tf.Graph().as_default(), tf.Session() as sess:
        signature = tf.saved_model.load(sess, ["serve"], str(folder)).signature_def["serving_default"]
        fed = {signature.inputs[name].name: array for name, array in feeds.items()}
        return {name: sess.run(info.name, fed) for name, info in signature.outputs.items()}


def test_it_serves_what_the_session_computes(tmp_path):
    x, w = tf.placeholder(tf.float32, [None, 2], name="x"), tf.Variable([[2.0], [3.0]])
    y = tf.matmul(x, w)
    folder = tmp_path / "model"
    with tf.Session() as sess:
        with pytest.raises(FailedPreconditionError):
            save_frozen(sess, folder, {"rows": x}, {"sums": y})
        sess.run(w.initializer)
        save_frozen(sess, folder, {"rows": x}, {"sums": y})
    assert [p.name for p in folder.iterdir()] == ["saved_model.pb"]
    (meta,) = read_graphs(folder)
    assert not {n.op for n in meta.graph_def.node} & {"VariableV2", "Assign"}
    assert served(folder, {"rows": [[1.0, 10.0]]})["sums"].tolist() == [[32.0]]


def test_a_model_of_many_layers(tmp_path):
    """Its graph was loaded and run by TensorFlow 2.21."""
    image, words = tf.keras.Input((6, 6, 2), name="image"), tf.keras.Input((3,), dtype="int32", name="words")
    a = layers.Conv2D(4, 3, padding="same", activation="relu")(image)
    a = layers.Flatten()(layers.MaxPooling2D()(layers.BatchNormalization()(a)))
    b = layers.GlobalAveragePooling1D()(layers.Embedding(5, 3)(words))
    joined = layers.Dropout(0.5)(layers.Concatenate()([a, layers.LayerNormalization()(b)]))
    outputs = [layers.Dense(2, "softmax", name="class")(joined), layers.Dense(1, "gelu", name="number")(joined)]
    model = tf.keras.Model([image, words], outputs)
    rng = np.random.default_rng(0)
    model.set_weights([rng.uniform(0.2, 0.8, w.shape).astype(np.float32) for w in model.get_weights()])
    feeds = {"image": rng.normal(size=(3, 6, 6, 2)).astype(np.float32), "words": rng.integers(0, 5, (3, 3), np.int32)}
    model.export(tmp_path / "model")
    found = served(tmp_path / "model", feeds)
    for name, wanted in zip(("class", "number"), model.predict(list(feeds.values()), verbose=0), strict=True):
        np.testing.assert_allclose(found[name], wanted, rtol=1e-5, atol=1e-6)


def test_tables_are_filled_when_it_is_loaded(tmp_path):
    """It was loaded and run by TensorFlow 2.21."""
    table = tf.lookup.HashTable(tf.lookup.KeyValueTensorInitializer(["a", "ß"], np.array([3, 5])), -1)
    changing = tf.lookup.MutableHashTable(tf.string, tf.int64, -1)
    x = tf.placeholder(tf.string, [None])
    y = table.lookup(x)
    with tf.Session() as sess:
        save_frozen(sess, tmp_path / "m", {"x": x}, {"y": y, "twice": 2 * table.lookup(x)})
        with pytest.raises(ValueError, match="change, so they have no form"):
            save_frozen(sess, tmp_path / "n", {"x": x}, {"y": changing.lookup(x)})
    found = served(tmp_path / "m", {"x": ["ß", "c", "a"]})
    assert (found["y"].tolist(), found["twice"].tolist()) == ([5, -1, 3], [10, -2, 6])


def test_what_tensorflow_does_not_have_is_named(tmp_path):
    x = tf.placeholder(tf.float32, [2])
    total = tf.Variable([0.0, 0.0])
    refused = {
        "'own' (BesselI0e)": tf.math.bessel_i0e(x, name="own"),
        "'add' (AssignAdd)": tf.assign_add(total, x, name="add"),
    }
    with tf.Session() as sess:
        sess.run(total.initializer)
        for name, y in refused.items():
            with pytest.raises(ValueError, match="TensorFlow does not have") as caught:
                save_frozen(sess, tmp_path / "model", {"x": x}, {"y": y})
            assert name in str(caught.value) and "test_frozen.py:" in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_the_steps_of_recurrent_layers_are_written_out(tmp_path):
    """The graph was loaded and run by TensorFlow 2.21. The model goes on with its loops."""
    x = tf.keras.Input((4, 3), name="x")
    h = layers.Bidirectional(layers.LSTM(2, return_sequences=True))(layers.Masking()(x))
    model = tf.keras.Model(x, layers.GRU(2, name="y")(h))
    given = np.random.default_rng(0).normal(size=(3, 4, 3)).astype(np.float32)
    given[0, 2:] = 0.0
    wanted = model.predict(given, verbose=0)
    model.export(tmp_path / "model")
    np.testing.assert_allclose(served(tmp_path / "model", {"x": given})["y"], wanted, rtol=1e-5, atol=1e-6)
    assert not model.layers[-1].unroll
    np.testing.assert_array_equal(model.predict(given, verbose=0), wanted)
    of_any_length = tf.keras.Sequential([tf.keras.Input((None, 3)), layers.LSTM(2)])
    with pytest.raises(ValueError, match="the number of times must be known"):
        of_any_length.export(tmp_path / "other")
    assert not of_any_length.layers[-1].unroll
    of_any_length.export(tmp_path / "other", input_signature=(None, 4, 3))
    found = served(tmp_path / "other", {of_any_length.input_names[0]: given})
    wanted = of_any_length.predict(given, verbose=0)
    np.testing.assert_allclose(next(iter(found.values())), wanted, rtol=1e-5, atol=1e-6)


def test_a_saved_model_is_replaced_and_nothing_else(tmp_path):
    x = tf.placeholder(tf.float32, [2])
    folder = tmp_path / "model"
    with tf.Session() as sess:
        for factor in (2.0, 3.0):
            save_frozen(sess, folder, {"x": x}, {"y": x * factor})
        assert served(folder, {"x": [1.0, 2.0]})["y"].tolist() == [3.0, 6.0]
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "precious").touch()
        with pytest.raises(FileExistsError):
            save_frozen(sess, tmp_path / "data", {"x": x}, {"y": x})
    assert (tmp_path / "data" / "precious").exists()


def test_the_formats_of_a_model(tmp_path):
    model = tf.keras.Sequential([tf.keras.Input((2,)), layers.Dense(1)])
    with pytest.raises(ValueError, match="one of onnx, tf_saved_model; got 'pickle'"):
        model.export(tmp_path / "m", format="pickle")
    with pytest.raises(ValueError, match="not built yet"):
        tf.keras.Sequential([layers.Dense(1)]).export(tmp_path / "m")
    model.export(tmp_path / "m", format="onnx")
    assert (tmp_path / "m").is_file()
