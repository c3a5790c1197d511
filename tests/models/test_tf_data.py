"""Models on data sets: the numbers are those of the same arrays."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow import Sequential, layers

Dataset = tf.data.Dataset
rng = np.random.default_rng(0)
X = rng.normal(size=(103, 5)).astype(np.float32)
Y = (X @ rng.normal(size=(5, 2))).astype(np.float32)
WEIGHTS = rng.uniform(0.5, 2.0, 103).astype(np.float32)


def made():
    with tf.Graph().as_default():
        tf.set_random_seed(3)
        model = Sequential([layers.Dense(8, activation="tanh", input_shape=(5,)), layers.Dense(2)])
        model.compile(tf.keras.optimizers.SGD(0.05, momentum=0.9), "mse", metrics=["mae"])
        return model


def by_element(dataset):
    """The same data set, with its elements made one by one."""
    return dataset.map(lambda *element: element)


@pytest.fixture(params=["rows", "elements"])
def form(request):
    return {"rows": lambda d: d, "elements": by_element}[request.param]


def same(a, b):
    assert a.history.keys() == b.history.keys()
    for key, values in a.history.items():
        np.testing.assert_allclose(values, b.history[key], rtol=2e-6)


def test_fit_sees_what_is_in_the_arrays(form):
    one, other = made(), made()
    data = form(Dataset.from_tensor_slices((X, Y)).batch(16))
    a = one.fit(data, epochs=4, validation_data=form(Dataset.from_tensor_slices((X[:40], Y[:40])).batch(9)), verbose=0)
    b = other.fit(X, Y, 16, epochs=4, shuffle=False, validation_data=(X[:40], Y[:40]), verbose=0)
    same(a, b)
    for v, w in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(v, w, rtol=1e-5, atol=1e-6)


def test_weights_and_dicts(form):
    one, other = made(), made()
    data = form(Dataset.from_tensor_slices((X, Y, WEIGHTS)).batch(20))
    same(one.fit(data, epochs=2, verbose=0), other.fit(X, Y, 20, 2, sample_weight=WEIGHTS, shuffle=False, verbose=0))
    a, b = tf.keras.Input((5,), name="a"), tf.keras.Input((2,), name="b")
    model = tf.keras.Model({"a": a, "b": b}, layers.Dense(2, name="out")(layers.Concatenate()([a, b])))
    model.compile("sgd", "mse")
    inputs = {"a": X, "b": Y}
    wanted = model.evaluate(inputs, Y, verbose=0)
    data = Dataset.from_tensor_slices((inputs, Y)).batch(30)
    assert model.evaluate(data, verbose=0) == pytest.approx(wanted, rel=1e-6)
    assert model.evaluate(data.map(lambda x, y: (x, y)), verbose=0) == pytest.approx(wanted, rel=1e-6)


def test_evaluate_and_predict(form):
    model = made()
    data = form(Dataset.from_tensor_slices((X, Y)).batch(16))
    np.testing.assert_allclose(model.evaluate(data, verbose=0), model.evaluate(X, Y, verbose=0), rtol=1e-6)
    np.testing.assert_allclose(model.predict(data, verbose=0), model.predict(X, verbose=0), rtol=1e-5, atol=1e-6)
    assert model.predict(data, steps=2, verbose=0).shape == (32, 2)


def test_each_epoch_is_shuffled_anew_and_sees_every_row():
    seen = []

    class Spy(layers.Layer):
        def call(self, inputs):
            return tf.py_func(lambda x: (seen.append(x[:, 0].copy()), x)[1], [inputs], tf.float32)

    model = Sequential([Spy(), layers.Reshape((1,)), layers.Dense(1, trainable=False)])
    model.build((None, 1))
    model.compile("sgd", "mse")
    numbers = np.arange(50, dtype=np.float32)[:, None]
    model.fit(Dataset.from_tensor_slices((numbers, numbers)).shuffle(50, seed=1).batch(7), epochs=2, verbose=0)
    first, second = np.concatenate(seen).reshape(2, 50)
    assert sorted(first) == sorted(second) == list(range(50))
    assert (first != second).any() and (first != np.arange(50)).any()


@pytest.mark.parametrize("repeat", ["before", "after"])
def test_a_data_set_without_end(form, repeat):
    rows = Dataset.from_tensor_slices((X[:100], Y[:100]))
    data = rows.repeat().batch(10) if repeat == "before" else rows.batch(10).repeat()
    one, other = made(), made()
    same(one.fit(form(data), epochs=3, steps_per_epoch=20, verbose=0), _twice(other))


def _twice(model):
    double = (np.concatenate([X[:100]] * 2), np.concatenate([Y[:100]] * 2))
    return model.fit(*double, 10, epochs=3, shuffle=False, verbose=0)


def test_an_epoch_may_end_within_a_pass(form):
    data = form(Dataset.from_tensor_slices((X[:90], Y[:90])).batch(10).repeat())
    one, other = made(), made()
    history = one.fit(data, epochs=3, steps_per_epoch=6, verbose=0)
    batches = [slice(10 * (k % 9), 10 * (k % 9) + 10) for k in range(18)]
    for rows in batches:
        other.train_on_batch(X[rows], Y[rows])
    np.testing.assert_allclose(one.get_weights()[0], other.get_weights()[0], rtol=1e-5, atol=1e-6)
    assert len(history.history["loss"]) == 3


def test_it_is_compiled_as_arrays_are():
    model = made()
    history = model.fit(Dataset.from_tensor_slices((X, Y)).shuffle(103).batch(10), epochs=300, verbose=0)
    assert history.history["loss"][-1] < 0.1 * history.history["loss"][0]
    if tf.core.engine.choice.has_compiler():
        assert "compiled" in model.explain()


def test_what_is_refused():
    data = Dataset.from_tensor_slices((X, Y)).batch(16)
    with pytest.raises(ValueError, match="y comes with the batches"):
        made().fit(data, Y, verbose=0)
    with pytest.raises(ValueError, match="validation_split"):
        made().fit(data, validation_split=0.1, verbose=0)
    with pytest.raises(ValueError, match="shape"):
        made().fit(Dataset.from_tensor_slices((X, Y)), verbose=0)  # not in batches


def test_padded_batches_of_array_rows_are_padded():
    wide = np.zeros((103, 5), np.float32)
    wide[:, :3] = X[:, :3]
    padded = Dataset.from_tensor_slices((X[:, :3], Y)).padded_batch(10, ([5], [2]))
    np.testing.assert_allclose(made().predict(padded), made().predict(wide), rtol=1e-6)
    same(
        made().fit(padded, epochs=2, verbose=0), made().fit(wide, Y, batch_size=10, shuffle=False, epochs=2, verbose=0)
    )
