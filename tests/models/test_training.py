"""`compile`, `fit`, `evaluate`, `predict`: numbers against NumPy, data of every kind, errors."""

import numpy as np
import pandas as pd
import pytest

import kerasflow as tf
from kerasflow import Model, Sequential, callbacks, losses, metrics, optimizers, regularizers
from kerasflow.layers import Dense, Dropout, Input


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def linear(n=2, **kwargs):
    """A model of one float64 layer that starts at zero."""
    layer = Dense(1, dtype="float64", kernel_initializer="zeros", **kwargs)
    return Sequential([Input((n,), dtype="float64"), layer])


def descend(x, y, w, epochs, size, rate, penalty=0.0):
    """Gradient descent on the weighted mean squared error, in NumPy."""
    kernel, bias, history = np.zeros((x.shape[1], 1)), np.zeros(1), []
    for _ in range(epochs):
        total = 0.0
        for i in range(0, len(x), size):
            xb, yb, wb = x[i : i + size], y[i : i + size], w[i : i + size]
            error = xb @ kernel + bias - yb
            total += ((wb * error**2).mean() + penalty * (kernel**2).sum()) * len(xb)
            slope = 2 * wb * error / len(xb)
            kernel, bias = kernel - rate * (xb.T @ slope + 2 * penalty * kernel), bias - rate * slope.sum(0)
        history.append(total / len(x))
    return kernel, bias, history


@pytest.mark.parametrize("weighted", [False, True])
def test_fit_follows_gradient_descent_with_a_short_last_batch(rng, weighted):
    x, y = rng.standard_normal((11, 2)), rng.standard_normal((11, 1))
    w = rng.uniform(0.1, 2, (11, 1)) if weighted else np.ones((11, 1))
    model = linear(kernel_regularizer=regularizers.L2(0.03))
    model.compile(optimizers.SGD(0.1), "mse")
    weights = {"sample_weight": w[:, 0]} if weighted else {}
    history = model.fit(x, y, batch_size=4, epochs=3, shuffle=False, verbose=0, **weights)
    kernel, bias, expected = descend(x, y, w, 3, 4, 0.1, 0.03)
    np.testing.assert_allclose(model.get_weights()[0], kernel, rtol=1e-6)
    np.testing.assert_allclose(model.get_weights()[1], bias, rtol=1e-6)
    np.testing.assert_allclose(history.history["loss"], expected, rtol=1e-6)


def test_shuffling_visits_each_row_once_an_epoch(rng):
    seen = []

    class Spy(callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(logs["loss"])

    x = np.arange(10.0).reshape(-1, 1)
    model = linear(1)
    model.compile(optimizers.SGD(0.0), "mse")  # a step of zero: the loss of a batch is that of its rows
    model.fit(x, x, batch_size=1, epochs=1, verbose=0, callbacks=[Spy()])
    sums = np.array(seen) * np.arange(1, 11)
    squares = np.diff(np.concatenate([[0], sums]))
    np.testing.assert_allclose(np.sort(squares), np.arange(10.0) ** 2, atol=1e-9)
    assert (np.diff(squares) < 0).any()


def test_evaluate_is_exact_over_all_rows_whatever_the_batches(rng):
    x, y = rng.standard_normal((103, 2)), rng.standard_normal((103, 1))
    model = linear()
    model.set_weights([np.array([[1.0], [2.0]]), np.array([0.5])])
    model.compile("sgd", "mse", metrics=["mae", metrics.RootMeanSquaredError(name="rmse")])
    error = x @ [[1.0], [2.0]] + 0.5 - y
    expected = [(error**2).mean(), np.abs(error).mean(), np.sqrt((error**2).mean())]
    for size in (1, 7, 32, 1000):
        np.testing.assert_allclose(model.evaluate(x, y, batch_size=size, verbose=0), expected, rtol=1e-9)
    named = model.evaluate(x, y, verbose=0, return_dict=True)
    assert list(named) == ["loss", "mae", "rmse"]


def test_predict_in_batches_equals_predict_at_once(rng):
    x = rng.standard_normal((2500, 2))
    model = linear()
    model.set_weights([np.array([[1.0], [2.0]]), np.array([0.5])])
    expected = x @ [[1.0], [2.0]] + 0.5
    np.testing.assert_allclose(model.predict(x, verbose=0), expected, rtol=1e-12)
    np.testing.assert_allclose(model.predict(x, batch_size=7, verbose=0), expected, rtol=1e-12)
    result = model.predict(x[:3], verbose=0)
    result += 1  # the caller's own
    np.testing.assert_allclose(model.predict(x[:3], verbose=0), expected[:3], rtol=1e-12)


def test_several_inputs_and_outputs_with_losses_weights_and_metrics_by_name(rng):
    a, b = Input((2,), name="a"), Input((3,), name="b")
    first = Dense(1, name="first", kernel_initializer="zeros")(a)
    second = Dense(3, name="second", activation="softmax", kernel_initializer="zeros")(b)
    model = Model([a, b], [first, second])
    model.compile(
        "sgd",
        {"first": "mse", "second": "sparse_categorical_crossentropy"},
        metrics={"second": ["accuracy"]},
        loss_weights={"first": 2.0},
    )
    x = {"a": rng.standard_normal((6, 2)), "b": rng.standard_normal((6, 3))}
    y = {"first": np.full(6, 3.0), "second": np.array([0, 1, 2, 0, 1, 2])}
    logs = model.evaluate(x, y, verbose=0, return_dict=True)
    assert list(logs) == ["loss", "first_loss", "second_loss", "second_accuracy"]
    assert logs["first_loss"] == pytest.approx(9.0)
    assert logs["second_loss"] == pytest.approx(np.log(3), rel=1e-6)
    assert logs["loss"] == pytest.approx(18.0 + np.log(3), rel=1e-6)
    assert logs["second_accuracy"] == pytest.approx(1 / 3)
    history = model.fit([x["a"], x["b"]], [y["first"], y["second"]], epochs=2, verbose=0)
    assert set(history.history) == set(logs)


def test_an_output_without_a_loss_is_not_reported_as_one(rng):
    x = Input((2,))
    model = Model(x, [Dense(1, name="first", kernel_initializer="zeros")(x), Dense(1, name="second")(x)])
    model.compile("sgd", {"first": "mse"}, metrics={"second": "mae"})
    before = model.get_layer("second").get_weights()
    history = model.fit(rng.standard_normal((6, 2)), [np.full(6, 3.0), np.zeros(6)], verbose=0).history
    assert list(history) == ["loss", "second_mae"]
    assert history["loss"] == [pytest.approx(9.0)]
    for w, after in zip(before, model.get_layer("second").get_weights(), strict=True):
        np.testing.assert_array_equal(w, after)


def test_only_weighted_metrics_are_weighted(rng):
    x, y, w = rng.standard_normal((7, 2)), rng.standard_normal((7, 1)), rng.uniform(0.1, 3, 7)
    model = linear()
    model.compile("sgd", "mse", metrics=["mae"], weighted_metrics=[metrics.MeanAbsoluteError(name="weighted")])
    logs = model.evaluate(x, y, sample_weight=w, batch_size=3, verbose=0, return_dict=True)
    assert logs["loss"] == pytest.approx((w[:, None] * y**2).mean())
    assert logs["mae"] == pytest.approx(np.abs(y).mean())
    assert logs["weighted"] == pytest.approx(np.average(np.abs(y[:, 0]), weights=w))


def test_class_weights_multiply_sample_weights(rng):
    x, y = rng.standard_normal((8, 2)), np.array([0, 1, 0, 1, 1, 0, 0, 1])
    weights = rng.uniform(0.5, 2, 8)

    def trained(**kwargs):
        tf.reset_default_graph()
        model = Sequential([Input((2,)), Dense(1, activation="sigmoid", kernel_initializer="zeros")])
        model.compile(optimizers.SGD(0.5), "binary_crossentropy")
        model.fit(x, y, epochs=3, shuffle=False, verbose=0, **kwargs)
        return model.get_weights()[0]

    both = trained(class_weight={0: 1.0, 1: 3.0}, sample_weight=weights)
    np.testing.assert_allclose(both, trained(sample_weight=weights * np.where(y == 1, 3, 1)), rtol=1e-6)
    assert np.abs(both - trained(sample_weight=weights)).max() > 0.01
    with pytest.raises(ValueError, match="no weight for the classes \\[1\\]"):
        trained(class_weight={0: 1.0})


def test_data_frames_lists_and_integers_are_taken(rng):
    frame = pd.DataFrame({"u": [1, 2, 3], "v": [0.5, None, 1.5]}).astype({"u": "Int64"})
    model = linear()
    model.set_weights([np.array([[1.0], [2.0]]), np.array([0.0])])
    result = model.predict(frame, verbose=0)
    np.testing.assert_allclose(result[[0, 2], 0], [2, 6])
    assert np.isnan(result[1, 0])
    np.testing.assert_allclose(model.predict([[1, 2]], verbose=0), [[5]])
    with pytest.raises(TypeError, match="these columns hold none: name"):
        model.predict(pd.DataFrame({"u": [1.0], "name": ["x"]}), verbose=0)
    a, b = Input((1,), name="u"), Input((1,), name="v")
    two = Model([a, b], tf.keras.layers.add([a, b]))
    np.testing.assert_allclose(two.predict(pd.DataFrame({"v": [1.0], "u": [2.0]}), verbose=0), [[3]])


def test_validation(rng):
    x, y = rng.standard_normal((10, 2)), rng.standard_normal((10, 1))
    model = linear()
    model.compile(optimizers.SGD(0.0), "mse")
    history = model.fit(x, y, epochs=2, validation_split=0.3, verbose=0).history
    np.testing.assert_allclose(history["val_loss"], [(y[7:] ** 2).mean()] * 2, rtol=1e-9)
    np.testing.assert_allclose(history["loss"], [(y[:7] ** 2).mean()] * 2, rtol=1e-9)
    history = model.fit(x, y, verbose=0, validation_data=(x[:2], y[:2], np.array([1.0, 3.0]))).history
    assert history["val_loss"][0] == pytest.approx((y[0, 0] ** 2 + 3 * y[1, 0] ** 2) / 2)
    for bad in (-0.1, 1.0, 0.99):
        with pytest.raises(ValueError, match="validation_split"):
            model.fit(x, y, validation_split=bad, verbose=0)


def test_train_on_batch_and_initial_epoch(rng):
    x, y = rng.standard_normal((6, 2)), rng.standard_normal((6, 1))
    a, b = linear(), linear()
    for m in (a, b):
        m.compile(optimizers.SGD(0.1), "mse", metrics=["mae"])
    assert a.train_on_batch(x, y)[0] == pytest.approx((y**2).mean())
    assert set(a.train_on_batch(x, y, return_dict=True)) == {"loss", "mae"}
    history = b.fit(x, y, epochs=5, initial_epoch=3, verbose=0)
    assert history.epoch == [3, 4]
    np.testing.assert_allclose(a.get_weights()[0], b.get_weights()[0], rtol=1e-9)


def test_compiling_again_keeps_the_weights_and_freezing_works(rng):
    x, y = rng.standard_normal((6, 2)), rng.standard_normal((6, 1))
    model = Sequential([Input((2,)), Dense(3, name="frozen"), Dense(1)])
    model.get_layer("frozen").trainable = False
    model.compile("adam", "mse")
    before = model.get_layer("frozen").get_weights()
    top = model.layers[1].get_weights()[0]
    model.fit(x, y, epochs=2, verbose=0)
    np.testing.assert_array_equal(before[0], model.get_layer("frozen").get_weights()[0])
    assert (model.layers[1].get_weights()[0] != top).all()
    after = model.get_weights()
    model.compile("sgd", "mae")
    for u, v in zip(after, model.get_weights(), strict=True):
        np.testing.assert_array_equal(u, v)


def test_dropout_acts_in_training_only(rng):
    x = np.ones((200, 4))
    model = Sequential([Input((4,)), Dropout(0.5), Dense(1, kernel_initializer="ones")])
    model.compile(optimizers.SGD(0.0), "mae")
    y = np.full(200, 4.0)
    assert model.evaluate(x, y, verbose=0) == 0
    loss = model.fit(x, y, verbose=0).history["loss"][0]
    assert 1.0 < loss < 2.2  # E|2 B(4, 1/2) - 4| = 1.5


def test_a_loss_and_a_metric_may_be_functions_classes_or_names(rng):
    x, y = rng.standard_normal((6, 2)), rng.standard_normal((6, 1))

    def cubic(y_true, y_pred):
        return tf.reduce_mean(tf.abs(y_true - y_pred) ** 3.0, axis=-1)

    model = linear()
    model.compile("sgd", cubic, metrics=[cubic, metrics.MeanAbsoluteError, "mse"])
    loss, again, mae, mse = model.evaluate(x, y, verbose=0)
    assert loss == pytest.approx((np.abs(y) ** 3).mean()) == again
    assert (mae, mse) == (pytest.approx(np.abs(y).mean()), pytest.approx((y**2).mean()))
    model.compile("sgd", losses.Huber(0.5))
    small = np.minimum(np.abs(y), 0.5)
    assert model.evaluate(x, y, verbose=0) == pytest.approx((small * (np.abs(y) - small / 2)).mean())


def test_tf_train_optimizers_train_models_too(rng):
    x, y = rng.standard_normal((6, 2)), rng.standard_normal((6, 1))
    a, b = linear(), linear()
    a.compile(optimizers.SGD(0.1, momentum=0.9), "mse")
    b.compile(tf.train.MomentumOptimizer(0.1, 0.9), "mse")
    for m in (a, b):
        m.fit(x, y, epochs=4, shuffle=False, verbose=0)
    np.testing.assert_allclose(a.get_weights()[0], b.get_weights()[0], rtol=1e-9)


def test_lines_for_people(capsys):
    model = linear()
    model.compile("sgd", "mse")
    model.fit(np.ones((4, 2)), np.ones(4), epochs=2)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" - ")[0] for line in lines] == ["Epoch 1/2", "Epoch 2/2"]
    assert lines[0].split(" - ")[2] == "loss: 1"
    model.fit(np.ones((4, 2)), np.ones(4), verbose=0)
    assert capsys.readouterr().out == ""


def test_errors_say_what_is_wrong(rng):
    x, y = np.ones((6, 2)), np.ones((6, 1))
    model = linear()
    with pytest.raises(RuntimeError, match="has to be compiled first"):
        model.fit(x, y)
    with pytest.raises(ValueError, match="adm"):
        model.compile("adm", "mse")
    with pytest.raises(ValueError, match="Did you mean"):
        model.compile("adam", "mean_square_error")
    model.compile("adam", "mse")
    with pytest.raises(ValueError, match="number of rows; got input_layer.*: 6, dense.*: 5"):
        model.fit(x, y[:5], verbose=0)
    with pytest.raises(ValueError, match="of shape \\(6, 3\\)"):
        model.fit(np.ones((6, 3)), y, verbose=0)
    with pytest.raises(TypeError, match="Encode classes"):
        model.fit(x, np.array(list("abcabc")), verbose=0)
    with pytest.raises(ValueError, match="Targets are needed"):
        model.fit(x, verbose=0)
    with pytest.raises(ValueError, match="no rows"):
        model.fit(x[:0], y[:0], verbose=0)
    with pytest.raises(ValueError, match="batch_size must be a positive integer, got -1"):
        model.fit(x, y, batch_size=-1, verbose=0)
    with pytest.raises(ValueError, match="verbose must be"):
        model.fit(x, y, verbose=7)
    with pytest.raises(ValueError, match=r"losses for \['dense.*unexpected: \['other"):
        model.compile("adam", {"other": "mse"})
    before = model.get_weights()[0]
    np.testing.assert_array_equal(before, np.zeros((2, 1)))
