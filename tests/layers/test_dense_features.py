"""Feature columns as a layer: on tensors of a program, and in models."""

import json
from pathlib import Path

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.layers import DenseFeatures

GOLDEN = Path(__file__).parents[1] / "golden"
fc = tf.feature_column
WORDS = np.array([["a"], ["?"], ["c"], ["a"]])
DAYS = np.array([2, 0, 1, 2], np.int64)
PRICE = np.array([0.5, -1.0, 2.0, 4.0], np.float32)
FEATURES = {"words": WORDS, "day": DAYS, "price": PRICE}


def columns():
    words = fc.categorical_column_with_vocabulary_list("words", ["a", "b", "c"])
    day = fc.indicator_column(fc.categorical_column_with_identity("day", 3))
    return [fc.numeric_column("price"), day, fc.embedding_column(words, 2)]


def expected(table):
    """Columns in the order of their names: day, price, words."""
    rows = np.concatenate([table, np.zeros((1, 2))])[[0, -1, 2, 0]]
    return np.concatenate([np.eye(3)[DAYS], PRICE[:, None], rows], 1)


def test_on_tensors_it_makes_variables_once_and_says_what_each_column_gave():
    layer, outputs = DenseFeatures(columns()), {}
    features = {k: tf.constant(v) for k, v in FEATURES.items()}
    rows, again = layer(features, cols_to_output_tensors=outputs), layer(features)
    (table,) = tf.global_variables()
    assert (rows.name, rows.shape.as_list()) == ("dense_features/concat:0", [4, 6])
    assert (table.name, layer.weights) == ("dense_features/words_embedding/embedding_weights:0", [table])
    assert {c.name: t.shape.as_list()[1] for c, t in outputs.items()} == {
        "day_indicator": 3,
        "price": 1,
        "words_embedding": 2,
    }
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        with pytest.raises(tf.errors.FailedPreconditionError, match="tables_initializer"):
            sess.run(rows)
        sess.run(tf.tables_initializer())
        for found in sess.run([rows, again]):
            np.testing.assert_allclose(found, expected(sess.run(table)), rtol=1e-6)


@pytest.mark.parametrize("functional", [False, True])
def test_in_a_model_it_learns_and_needs_no_initialiser(functional):
    layer, top = DenseFeatures(columns()), tf.keras.layers.Dense(1, kernel_initializer="ones", use_bias=False)
    if functional:
        inputs = {"words": tf.keras.Input((1,), dtype="string"), "day": tf.keras.Input((), dtype="int64")}
        inputs["price"] = tf.keras.Input(())
        model = tf.keras.Model(inputs, top(layer(inputs)))
    else:
        model = tf.keras.Sequential([layer, top])
    model.compile(tf.keras.optimizers.SGD(0.1), "mse")
    y = np.array([1.0, 2.0, 3.0, 4.0], np.float32)
    before = model.predict(FEATURES, verbose=0)
    table = layer.get_weights()[0]
    np.testing.assert_allclose(before[:, 0], expected(table).sum(1), rtol=1e-6)
    model.fit(FEATURES, y, epochs=1, batch_size=4, verbose=0)
    # d/d table of the mean of squares: rows of words that are there get twice their errors over 4, "b" nothing.
    errors = before[:, 0] - y
    slope = np.zeros((3, 2))
    np.add.at(slope, [0, 2, 0], (2 * errors[[0, 2, 3]] / 4)[:, None])
    np.testing.assert_allclose(layer.get_weights()[0], table - 0.1 * slope, rtol=1e-5, atol=1e-6)


def test_tables_start_from_a_checkpoint(tmp_path):
    path = str(tmp_path / "model.ckpt")
    start = np.arange(6, dtype=np.float32).reshape(3, 2)
    with tf.Graph().as_default(), tf.Session() as sess:
        old = tf.get_variable("old", initializer=start)
        sess.run(old.initializer)
        tf.train.Saver().save(sess, path)
    words = fc.categorical_column_with_vocabulary_list("words", ["a", "b", "c"])
    column = fc.embedding_column(words, 2, ckpt_to_load_from=path, tensor_name_in_ckpt="old")
    model = tf.keras.Sequential([DenseFeatures(column)])
    assert model.predict({"words": WORDS}, verbose=0).tolist() == [[0, 1], [0, 0], [4, 5], [0, 1]]
    rows = fc.input_layer({"words": tf.constant(WORDS)}, column)
    with tf.Session() as sess:
        sess.run([tf.global_variables_initializer(), tf.tables_initializer()])
        assert sess.run(rows).tolist() == [[0, 1], [0, 0], [4, 5], [0, 1]]


def test_what_it_does_not_take():
    with pytest.raises(ValueError, match="must be dense"):
        DenseFeatures([fc.categorical_column_with_identity("day", 3)])
    with pytest.raises(ValueError, match="takes a dict"):
        DenseFeatures(columns())(tf.constant(PRICE))
    with pytest.raises(ValueError, match="day is not in features"):
        DenseFeatures(columns())({"price": tf.constant(PRICE)})
    with pytest.raises(ValueError, match="feature_columns must be a list of descriptions of columns"):
        DenseFeatures.from_config({"name": "features"})


def halved(x):
    return x / 2


def wide():
    """Columns of many kinds, with a function and a shared table."""
    i = fc.categorical_column_with_identity
    seen = fc.shared_embedding_columns([i("day", 3), i("other", 3)], 2)
    size = fc.numeric_column("size", shape=(2,), normalizer_fn=halved)
    crossed = fc.crossed_column(["words", fc.bucketized_column(fc.numeric_column("price"), [0.0, 1.0])], 5)
    return [*columns(), *seen, size, fc.indicator_column(crossed)]


WIDE = {**FEATURES, "other": np.array([0, 0, 2, 1]), "size": np.arange(8.0).reshape(4, 2)}


def trained(functional):
    layers = [DenseFeatures(wide(), name="columns"), tf.keras.layers.Dense(1, name="top")]
    if functional:
        inputs = {k: tf.keras.Input(v.shape[1:], dtype="string" if k == "words" else v.dtype) for k, v in WIDE.items()}
        model = tf.keras.Model(inputs, layers[1](layers[0](inputs)))
    else:
        model = tf.keras.Sequential(layers)
    model.compile("adam", "mse")
    model.fit(WIDE, np.arange(4.0), epochs=2, verbose=0)
    return model


@pytest.mark.parametrize("functional", [False, True])
@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_models_with_it_come_back_from_files(tmp_path, functional, ending):
    model, path = trained(functional), tmp_path / f"model{ending}"
    before = model.predict(WIDE, verbose=0)
    model.save(path)
    again = tf.keras.models.load_model(path, custom_objects={"halved": halved})
    assert [w.shape for w in again.weights] == [w.shape for w in model.weights] and len(again.weights) == 4
    np.testing.assert_array_equal(again.predict(WIDE, verbose=0), before)
    for each in (model, again):
        each.fit(WIDE, np.arange(4.0), epochs=2, shuffle=False, verbose=0)
    np.testing.assert_array_equal(again.predict(WIDE, verbose=0), model.predict(WIDE, verbose=0))
    with pytest.raises(ValueError, match="There is no normalizer_fn 'halved'"):
        tf.keras.models.load_model(path)


@pytest.mark.parametrize("functional", [False, True])
def test_models_with_it_are_described_and_cloned(functional):
    model = trained(functional)
    with tf.keras.utils.custom_object_scope({"halved": halved}):
        made = [tf.keras.models.clone_model(model), tf.keras.models.model_from_json(model.to_json())]
    for again in made:
        again.set_weights(model.get_weights())
        np.testing.assert_array_equal(again.predict(WIDE, verbose=0), model.predict(WIDE, verbose=0))


def test_the_description_tensorflow_gives_of_a_stack():
    """What `to_json` of TensorFlow 1.15.5 says of a model that has seen data; its types are those of the last input."""
    table = {"class_name": "TruncatedNormal", "config": {"mean": 0.0, "stddev": 0.7, "seed": None, "dtype": "float32"}}
    day = {"class_name": "IdentityCategoricalColumn", "config": {"key": "day", "number_buckets": 3}}
    embedding = {"categorical_column": day, "dimension": 2, "combiner": "mean", "initializer": table, "trainable": True}
    price = {"key": "price", "shape": [1], "default_value": None, "dtype": "float32", "normalizer_fn": None}
    described = [
        {"class_name": "EmbeddingColumn", "config": embedding},
        {"class_name": "NumericColumn", "config": price},
    ]
    settings = {"name": "features", "trainable": True, "dtype": "int64", "feature_columns": described}
    layers = [
        {"class_name": "DenseFeatures", "config": settings},
        {"class_name": "Dense", "config": {"name": "dense", "units": 1, "use_bias": False}},
    ]
    model = tf.keras.Sequential.from_config({"name": "s", "layers": layers, "build_input_shape": [None]})
    model.set_weights([np.arange(6.0).reshape(3, 2), np.array([[1.0], [10.0], [100.0]])])
    for shape in ((4,), (4, 1)):
        features = {"price": PRICE.reshape(shape), "day": DAYS.reshape(shape)}
        assert model.predict(features, verbose=0)[:, 0].tolist() == [54 + 50, 10 - 100, 32 + 200, 54 + 400]


def test_a_file_of_tensorflow():
    model = tf.keras.models.load_model(GOLDEN / "dense_features.h5")
    golden = json.loads((GOLDEN / "dense_features.json").read_text())
    features = {name: np.array(values) for name, values in golden["features"].items()}
    np.testing.assert_allclose(model.predict(features, verbose=0)[:, 0], golden["output"], rtol=1e-6)


def test_what_a_file_may_not_say_of_features():
    layers = tf.keras.Sequential([DenseFeatures(columns())]).get_config()["layers"]
    for features in (3, {"price": 3}, {"price": [[1], "float99"]}, {"price": [["a"], "float32"]}):
        with pytest.raises(ValueError):
            tf.keras.Sequential.from_config({"name": "s", "layers": layers, "features": features})


def test_a_table_that_columns_share_is_one_in_a_model_and_learns_of_all():
    i = fc.categorical_column_with_identity
    shared = fc.shared_embedding_columns([i("a", 3), i("b", 3)], 1, initializer=tf.keras.initializers.Ones())
    model = tf.keras.Sequential([DenseFeatures(shared), tf.keras.layers.Dense(1, kernel_initializer="ones")])
    model.compile(tf.keras.optimizers.SGD(0.5), "mse")
    features = {"a": np.array([0, 1]), "b": np.array([1, 1])}
    model.fit(features, np.zeros(2), batch_size=2, verbose=0)
    assert len(model.layers[0].weights) == 1
    # Both outputs are 2, so each use of a row moves it by 0.5 * 2 * 2 / 2.
    np.testing.assert_allclose(model.layers[0].get_weights()[0][:, 0], [0.0, -2.0, 1.0], atol=1e-6)
