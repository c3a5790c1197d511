"""Models in models in layers, of every kind."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.layers import Concatenate, Dense, Dropout, Input, Layer

X = np.float32([[1.0, 2.0], [3.0, 4.0]])


def ones(units, **kwargs):
    return Dense(units, kernel_initializer="ones", **kwargs)


class Pair(tf.keras.Model):
    """A model of one's own, with one tensor or two."""

    def __init__(self):
        super().__init__()
        self.first, self.drop = ones(2), Dropout(0.5, seed=1)

    def call(self, inputs, other=None, training=None):
        x = self.first(inputs)
        x = x if other is None else x + other
        return self.drop(x, training=training)


def predicted(inputs, output, *arrays):
    return tf.keras.Model(inputs, output).predict(list(arrays) if len(arrays) > 1 else arrays[0], verbose=0)


def test_a_model_of_ones_own_in_a_functional_one():
    x, other = Input((2,)), Input((2,))
    model = Pair()
    y = model(x, other=other)
    assert y.dims == (None, 2) and len(tf.keras.Model([x, other], y).weights) == 2
    np.testing.assert_array_equal(predicted([x, other], model(y), X, X), (X @ np.ones((2, 2)) + X) @ np.ones((2, 2)))


def test_a_functional_model_in_a_layer_in_a_stack():
    class Around(Layer):
        def __init__(self):
            super().__init__()
            h = Input((2,))
            self.inner = tf.keras.Model(h, [ones(2)(h), h])
            self.stack = tf.keras.Sequential([ones(1), tf.keras.Sequential([ones(1)])])

        def call(self, x):
            return self.stack(tf.add_n(self.inner(x)))

    model = tf.keras.Sequential([Around(), tf.keras.Sequential([ones(2)])])
    np.testing.assert_array_equal(model.predict(X, verbose=0), np.repeat(3 * X.sum(1, keepdims=True), 2, 1))
    assert len(model.weights) == 8 and len(model.layers) == 2


def test_inputs_of_models_in_dicts_and_lists():
    a, b, c = Input((2,), name="a"), Input((2,), name="b"), Input((2,), name="c")
    inner = tf.keras.Model({"p": a, "rest": [b, c]}, {"sum": a + b, "joined": Concatenate()([a, c])})
    x, y = Input((2,)), Input((2,))
    out = inner({"rest": [y, x], "p": x})
    assert sorted(out) == ["joined", "sum"]
    np.testing.assert_array_equal(predicted([x, y], out["sum"], X, 10 * X), 11 * X)
    np.testing.assert_array_equal(predicted([x, y], out["joined"], X, 10 * X), np.concatenate([X, X], 1))
    with pytest.raises(ValueError, match=r"has the inputs \['p', 'rest'\], got \['p'\]"):
        inner({"p": x})
    with pytest.raises(ValueError, match="has 3 inputs, got 2"):
        inner([x, y])


def test_inputs_become_what_the_model_takes():
    x = Input((3, 1))
    model = tf.keras.Model(x, x * 2.0)
    for given in (np.ones((2, 3)), np.ones((2, 3, 1), np.int64), np.ones((2, 3, 1, 1), np.float32)):
        y = model(given)
        assert y.dtype == tf.float32 and y.dims == (2, 3, 1)
    with pytest.raises(ValueError, match=r"has the shape \(\?, 3, 1\), got \(2, 4\)"):
        model(np.ones((2, 4)))


def test_masks_given_to_a_model_by_hand():
    class Count(Layer):
        def call(self, x, mask=None):
            return tf.reduce_sum(tf.cast(mask, tf.float32), 1) if mask is not None else tf.zeros([1])

        def compute_mask(self, inputs, mask=None):
            return None

    x = Input((3, 1))
    model = tf.keras.Model(x, Count()(Dense(1)(x)))
    given = tf.ones([1, 3, 1])
    with tf.Session() as sess:
        counted = model(given, mask=np.array([[True, False, True]]))
        again = model(given)
        sess.run(tf.global_variables_initializer())
        assert sess.run([counted, again]) == [2, 0]


def test_the_phase_goes_down_to_the_last_layer():
    x = Input((100,))
    inner = tf.keras.Sequential([Input((100,)), Dropout(0.5, seed=1)])
    data = np.ones((1, 100), np.float32)
    assert (predicted(x, inner(x, training=True), data) == 0).any()
    assert (predicted(x, inner(x), data) == 1).all()
    training = tf.placeholder(tf.bool, [])
    y = tf.keras.Model(x, inner(x))(tf.ones([1, 100]), training=training)
    with tf.Session() as sess:
        assert (sess.run(y, {training: True}) == 0).any() and (sess.run(y, {training: False}) == 1).all()


def test_freezing_a_model_freezes_what_is_inside_when_it_is_compiled_again():
    inner = tf.keras.Sequential([Input((2,)), ones(2), tf.keras.layers.BatchNormalization()])
    model = tf.keras.Sequential([Input((2,)), inner, Dense(1)])
    model.compile("sgd", "mse")
    inner.trainable = False
    model.compile("sgd", "mse")
    before = [w.copy() for w in inner.get_weights()]
    last = model.layers[-1].get_weights()[0]
    model.fit(X, [1.0, 2.0], verbose=0)
    for a, b in zip(before, inner.get_weights(), strict=True):  # the moving averages, too
        np.testing.assert_array_equal(a, b)
    assert (model.layers[-1].get_weights()[0] != last).any()
    inner.trainable = True
    model.compile("sgd", "mse")
    model.fit(X, [1.0, 2.0], verbose=0)
    assert all((a != b).any() for a, b in zip(before[3:], inner.get_weights()[3:], strict=True))


def test_a_model_that_two_models_share_is_trained_by_both():
    shared = tf.keras.Sequential([Input((2,)), ones(1, use_bias=False)])
    models = []
    for _ in range(2):
        x = Input((2,))
        models.append(tf.keras.Model(x, shared(x)))
        models[-1].compile(tf.keras.optimizers.SGD(0.01), "mse")
    for model in models:
        before = shared.get_weights()[0]
        model.fit(X, [0.0, 0.0], verbose=0)
        assert (shared.get_weights()[0] < before).all()
    np.testing.assert_array_equal(models[0].predict(X, verbose=0), models[1].predict(X, verbose=0))
