"""tf.contrib.estimator: recurrent networks against a loop in NumPy, clipped steps, features among predictions."""

import numpy as np
import pytest

import kerasflow as tf

C = tf.contrib.estimator
WORDS = np.array([[1, 2, 3, 0], [4, 5, -1, -1], [6, -1, -1, -1]])
LENGTHS = [4, 2, 1]
EXTRA = np.array([[0.5], [-1.0], [2.0]], np.float32)


def read():
    features = {"words": WORDS, "extra": EXTRA, "id": np.array(["a", "b", "c"])}
    return tf.data.Dataset.from_tensors((features, np.array([[1.0], [2.0], [3.0]], np.float32))).repeat(5)


def columns():
    words = tf.contrib.feature_column.sequence_categorical_column_with_identity("words", 7)
    return [tf.feature_column.embedding_column(words, 3)]


def test_a_recurrent_network_gives_the_output_of_the_last_step(tmp_path):
    model = C.RNNEstimator(
        C.regression_head(), columns(), [tf.feature_column.numeric_column("extra")], [4], model_dir=str(tmp_path)
    ).train(read)
    value = model.get_variable_value
    table = value("rnn/sequence_input_layer/sequence_input_layer/words_embedding/embedding_weights")
    kernel, bias = value("rnn/rnn/basic_rnn_cell/kernel"), value("rnn/rnn/basic_rnn_cell/bias")
    found = [prediction["predictions"][0] for prediction, _ in zip(model.predict(read), range(3), strict=False)]
    for row, length, extra, y in zip(WORDS, LENGTHS, EXTRA, found, strict=True):
        h = np.zeros(4)
        for word in row[:length]:
            h = np.tanh(np.concatenate([table[word], extra, h]) @ kernel + bias)
        expected = h @ value("rnn/logits/dense/kernel") + value("rnn/logits/dense/bias")
        assert y == pytest.approx(expected[0], rel=1e-5)
    slots = [name for name in model.get_variable_names() if "Adagrad" in name]
    assert "rnn/logits/dense/bias/t_0/Adagrad" in slots and len(slots) == 5


def test_a_sequence_without_steps_is_no_others(tmp_path):
    empty = np.where(np.arange(3)[:, None] == 1, -1, WORDS)

    def holes():
        return tf.data.Dataset.from_tensors({"words": empty})

    model = C.RNNClassifier(columns(), num_units=[2, 3], cell_type="gru", model_dir=str(tmp_path), n_classes=3)
    model.train(lambda: read().map(lambda features, y: (features, tf.cast(y - 1.0, tf.int64))))
    logits = [prediction["logits"] for prediction in model.predict(holes)]
    np.testing.assert_allclose(logits[1], model.get_variable_value("rnn/logits/dense/bias"), rtol=1e-6)
    assert model.get_variable_value("rnn/rnn/multi_rnn_cell/cell_1/gru_cell/gates/kernel").shape == (5, 6)


def test_cells_that_cannot_be():
    head = C.regression_head()
    for given, told in (
        ({"num_units": [3], "rnn_cell_fn": lambda mode: None}, "must not be specified when using rnn_cell_fn"),
        ({}, "Either num_units or rnn_cell_fn"),
        ({"num_units": [3], "cell_type": "elman"}, "Supported cell types are .*got 'elman'"),
        ({"num_units": [3], "return_sequences": True}, "return_sequences must be False"),
    ):
        with pytest.raises(ValueError, match=told):
            C.RNNEstimator(head, columns(), **given)


def test_steps_are_taken_with_clipped_gradients():
    x = tf.Variable([3.0, 4.0])
    rule = C.clip_gradients_by_norm(tf.train.MomentumOptimizer(0.1, 0.9), 2.0)
    step = rule.minimize(tf.reduce_sum(tf.square(x)))
    assert rule.get_name() == "ClipByNormMomentum" and rule.get_slot_names() == ["momentum"]
    value, speed = np.array([3.0, 4.0]), np.zeros(2)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(20):
            gradient = 2 * value
            speed = 0.9 * speed + gradient * min(1.0, 2.0 / np.linalg.norm(gradient))
            value = value - 0.1 * speed
            sess.run(step)
        np.testing.assert_allclose(sess.run(x), value, rtol=1e-5)
        np.testing.assert_allclose(sess.run(rule.get_slot(x, "momentum")), speed, rtol=1e-5)


def line(folder):
    return tf.estimator.LinearRegressor([tf.feature_column.numeric_column("extra")], str(folder))


def test_features_among_predictions(tmp_path):
    model = line(tmp_path).train(read)
    for keys, names in (("id", ["id"]), (["id", "extra"], ["extra", "id"]), (None, ["extra", "id", "words"])):
        first = next(C.forward_features(model, keys).predict(read))
        assert sorted(first) == sorted([*names, "predictions"]) and first["id"] == b"a"
    assert C.forward_features(model, "id").evaluate(read) == model.evaluate(read)

    def receiver_fn():
        x = {"extra": tf.placeholder(tf.float32, [None, 1]), "id": tf.placeholder(tf.string, [None])}
        return tf.estimator.export.ServingInputReceiver(x, x)

    path = C.forward_features(model, "id").export_saved_model(str(tmp_path / "x"), receiver_fn)
    served = tf.contrib.predictor.from_saved_model(path, "predict")({"extra": [[1.0], [2.0]], "id": ["p", "q"]})
    assert sorted(served) == ["id", "predictions"] and served["id"].tolist() == [b"p", b"q"]


def test_sparse_features_among_predictions(tmp_path):
    def sparse():
        return read().map(lambda features, y: ({**features, "s": tf.SparseTensor([[0, 1]], [7], [3, 2])}, y))

    model = line(tmp_path).train(read)
    dense = C.forward_features(model, "s", {"s": -5})
    assert [p["s"].tolist() for p, _ in zip(dense.predict(sparse), range(2), strict=False)] == [[-5, 7], [-5, -5]]
    for keys, values, told in (
        ("s", None, "is sparse: leave it out"),
        ("id", {"id": ""}, "expected to be a `SparseTensor`"),
        ("other", None, "'other' is not in features"),
    ):
        with pytest.raises(ValueError, match=told):
            next(C.forward_features(model, keys, values).predict(sparse))
    twice = C.forward_features(C.forward_features(model, "id"), "id")
    with pytest.raises(ValueError, match=r"feature key \(id\)"):
        next(twice.predict(read))
    for keys in (3, ["id", 4]):
        with pytest.raises(TypeError, match="string"):
            C.forward_features(model, keys)


def test_heads_by_function():
    assert C.regression_head("w", 3, name="n").logits_dimension == 3 and C.regression_head(name="n").name == "n"
    assert C.poisson_regression_head("w", 2).logits_dimension == 2
    assert C.multi_label_head(4, name="m").name == "m"
    with pytest.raises(ValueError, match="no metrics of single classes"):
        C.multi_label_head(4, classes_for_class_based_metrics=[1])
