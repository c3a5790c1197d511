"""Predictors of saved models and of estimators."""

import numpy as np
import pytest

import kerasflow as tf

P = tf.contrib.predictor


@pytest.fixture
def folder(tmp_path):
    path = str(tmp_path / "model")
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None], name="x")
        w = tf.Variable(3.0)
        sess.run(w.initializer)
        tf.saved_model.simple_save(sess, path, {"x": x}, {"y": tf.multiply(w, x, name="y")})
    return path


def test_a_saved_model(folder):
    predict = P.from_saved_model(folder)
    assert predict({"x": [1.0, 2.0]})["y"].tolist() == [3.0, 6.0]
    assert (list(predict.feed_tensors), list(predict.fetch_tensors)) == (["x"], ["y"])
    named = P.from_saved_model(folder.encode(), input_names={"a": "x:0"}, output_names={"b": "y:0"}, tags="serve")
    assert named({"a": [4.0]})["b"].tolist() == [12.0] and named.graph is not predict.graph
    graph = tf.Graph()
    assert P.from_saved_model(folder, "serving_default", graph=graph).graph is graph


def test_an_estimator(tmp_path):
    x = {"x": np.arange(8.0, dtype=np.float32)}
    columns = [tf.feature_column.numeric_column("x")]
    regressor = tf.estimator.LinearRegressor(columns, str(tmp_path / "model"))
    regressor.train(tf.estimator.inputs.numpy_input_fn(x, x["x"], shuffle=False), steps=1)

    def receiver_fn():
        given = {"x": tf.placeholder(tf.float32, [None], name="given")}
        return tf.estimator.export.ServingInputReceiver(given, given)

    found = P.from_estimator(regressor, receiver_fn, "predict")(x)["predictions"]
    expected = [p["predictions"] for p in regressor.predict(tf.estimator.inputs.numpy_input_fn(x, shuffle=False))]
    np.testing.assert_array_equal(found, expected)
    assert np.ptp(found) > 0.0


def test_mistakes(folder):
    with pytest.raises(ValueError, match=r"unexpected keys in input_dict: \['z'\], expected: \['x'\]"):
        P.from_saved_model(folder)({"z": [1.0]})
    with pytest.raises(ValueError, match="'foo'. Available signatures are .'serving_default'."):
        P.from_saved_model(folder, "foo")
    with pytest.raises(ValueError, match="must both be specified"):
        P.from_saved_model(folder, input_names={"a": "x:0"})
    with pytest.raises(ValueError, match="at most one of"):
        P.from_saved_model(folder, "serving_default", input_names={"a": "x:0"}, output_names={"b": "y:0"})
