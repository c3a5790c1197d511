"""Feature columns as a layer: on tensors of a program, and in models."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.layers import DenseFeatures

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
    with pytest.raises(NotImplementedError, match="get_config"):
        DenseFeatures(columns()).get_config()
