"""Keras models as estimators: they give, learn and judge what the models do."""

import numpy as np
import pytest

import kerasflow as tf

RNG = np.random.RandomState(0)
X = RNG.normal(size=(40, 3)).astype(np.float32)
NUMBER = X.sum(1, keepdims=True)
CLASS = np.digitize(X[:, 0], [-0.5, 0.5])


def whole(y, passes=1):
    return tf.estimator.inputs.numpy_input_fn({"x": X}, y, batch_size=40, num_epochs=passes, shuffle=False)


def model_of(last, loss, metrics, optimizer="sgd"):
    layers = [tf.keras.Input((3,), name="x"), tf.keras.layers.Dense(5, "tanh"), *last]
    model = tf.keras.Sequential(layers)
    model.compile(optimizer, loss, metrics=metrics)
    return model


def test_a_regression_learns_what_the_model_learns(tmp_path):
    model = model_of([tf.keras.layers.Dense(1, name="y")], "mse", ["mae"])
    estimator = tf.keras.estimator.model_to_estimator(model, model_dir=str(tmp_path))
    before = estimator.evaluate(whole(NUMBER))
    assert [before["loss"], before["mae"]] == pytest.approx(model.evaluate(X, NUMBER, verbose=0), rel=1e-5)
    weights = model.get_weights()
    estimator.train(whole(NUMBER, passes=3)).train(whole(NUMBER, passes=2))
    assert all((a == b).all() for a, b in zip(weights, model.get_weights(), strict=True)), "the model stays as it is"
    model.fit(X, NUMBER, batch_size=40, epochs=5, shuffle=False, verbose=0)
    assert estimator.get_variable_value("global_step") == 5
    found = estimator.evaluate(whole(NUMBER))
    assert [found["loss"], found["mae"]] == pytest.approx(model.evaluate(X, NUMBER, verbose=0), rel=1e-4)
    rows = np.array([row["y"] for row in estimator.predict(whole(None))])
    assert rows == pytest.approx(model.predict(X, verbose=0), abs=1e-5)


def test_penalties_are_part_of_the_loss(tmp_path):
    class Adding(tf.keras.layers.Layer):
        def call(self, x):
            self.add_loss(0.05 * tf.reduce_mean(tf.abs(x)))
            return x

    penalised = tf.keras.layers.Dense(
        4,
        kernel_regularizer=tf.keras.regularizers.l2(0.3),
        activity_regularizer=tf.keras.regularizers.l1(0.01),
    )
    model = tf.keras.Sequential([tf.keras.Input((3,), name="x"), penalised, tf.keras.layers.Dense(1, name="y")])
    own = tf.keras.Sequential([tf.keras.Input((3,), name="x"), Adding(), tf.keras.layers.Dense(1, name="y")])
    for i, one in enumerate((model, own)):
        one.compile("sgd", "mse")
        estimator = tf.keras.estimator.model_to_estimator(one, model_dir=str(tmp_path / str(i)))
        plain = np.mean((one.predict(X, verbose=0) - NUMBER) ** 2)
        before = estimator.evaluate(whole(NUMBER))["loss"]
        assert before == pytest.approx(one.evaluate(X, NUMBER, verbose=0), rel=1e-5) and before - plain > 0.02
        estimator.train(whole(NUMBER, passes=5))
        one.fit(X, NUMBER, batch_size=40, epochs=5, shuffle=False, verbose=0)
        rows = np.array([row["y"] for row in estimator.predict(whole(None))])
        assert rows == pytest.approx(one.predict(X, verbose=0), abs=1e-5)


@pytest.mark.parametrize("one_hot", [False, True])
def test_a_classification_with_normalization(one_hot, tmp_path):
    last = [tf.keras.layers.BatchNormalization(), tf.keras.layers.Dense(3, "softmax")]
    y = np.eye(3, dtype=np.float32)[CLASS] if one_hot else CLASS
    loss = "categorical_crossentropy" if one_hot else "sparse_categorical_crossentropy"
    model = model_of(last, loss, ["accuracy"], tf.train.AdamOptimizer(0.05))
    path = str(tmp_path / "model.keras")
    estimator = tf.keras.estimator.model_to_estimator(model, model_dir=str(tmp_path / "m"))
    estimator.train(whole(y, passes=30))
    found = estimator.evaluate(whole(y))
    model.fit(X, y, batch_size=40, epochs=30, shuffle=False, verbose=0)
    assert [found["loss"], found["accuracy"]] == pytest.approx(model.evaluate(X, y, verbose=0), rel=1e-3)
    model.compile("sgd", loss, metrics=["accuracy"])
    model.save(path)
    loaded = tf.keras.estimator.model_to_estimator(keras_model_path=path, model_dir=str(tmp_path / "l"))
    assert loaded.evaluate(whole(y))["accuracy"] == pytest.approx(found["accuracy"])


def test_models_that_cannot_become_estimators():
    make = tf.keras.estimator.model_to_estimator
    with pytest.raises(ValueError, match="Either `keras_model` or `keras_model_path`"):
        make()
    with pytest.raises(ValueError, match="has not been compiled yet"):
        make(tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(1)]))
    with pytest.raises(ValueError, match="may have accuracy and.*got 'auc'"):
        make(model_of([tf.keras.layers.Dense(1)], "mse", ["auc"]))
    x = tf.keras.Input((3,))
    two = tf.keras.Model(x, [tf.keras.layers.Dense(1)(x), tf.keras.layers.Dense(1)(x)])
    two.compile("sgd", "mse")
    with pytest.raises(ValueError, match="Models of one output"):
        make(two)
