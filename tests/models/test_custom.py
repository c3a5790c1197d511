"""Models that say in `call` what they compute: inputs and outputs of every nesting, phases, masks, added losses."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow import Model, Sequential, keras, layers, metrics

RNG = np.random.default_rng(11)
X, Z = RNG.standard_normal((10, 3)), RNG.standard_normal((10, 2))
Y = RNG.standard_normal((10, 1))


class Pair(Model):
    """Two inputs, in a list, a tuple or a dict."""

    def __init__(self, take, give):
        super().__init__()
        self.take, self.give = take, give
        self.left = layers.Dense(2, kernel_initializer="ones")
        self.right = layers.Dense(2, kernel_initializer="ones", use_bias=False)

    def call(self, inputs):
        x, z = self.take(inputs)
        return self.give(self.left(x), self.right(z))


SUM = X.sum(1, keepdims=True) + Z.sum(1, keepdims=True)


@pytest.mark.parametrize("kind", ["list", "tuple", "dict", "nested"])
def test_several_inputs(kind):
    take = {
        "list": lambda v: v,
        "tuple": lambda v: v,
        "dict": lambda v: (v["x"], v["z"]),
        "nested": lambda v: (v["p"][0], v["q"]),
    }[kind]
    data = {"list": [X, Z], "tuple": (X, Z), "dict": {"x": X, "z": Z}, "nested": {"p": [X], "q": Z}}[kind]
    model = Pair(take, lambda a, b: a + b)
    model.compile("sgd", "mse", metrics=["mae"])
    before = model.predict(data, verbose=0)
    np.testing.assert_allclose(before, np.repeat(SUM, 2, axis=1), rtol=1e-5)
    loss, mae = model.evaluate(data, SUM[:, [0, 0]] + 1.0, verbose=0)
    assert (loss, mae) == (pytest.approx(1.0, rel=1e-5), pytest.approx(1.0, rel=1e-5))
    history = model.fit(data, SUM[:, [0, 0]] + 1.0, epochs=2, verbose=0).history
    assert history["loss"][1] < history["loss"][0]
    assert model.count_params() == 8 + 4 and len(model.trainable_weights) == 3


def test_nested_outputs():
    model = Pair(lambda v: v, lambda a, b: {"sum": a + b, "both": [a, b]})
    found = model.predict([X, Z], verbose=0)
    np.testing.assert_allclose(found["both"][0] + found["both"][1], found["sum"], rtol=1e-5)
    model.compile("sgd", {"sum": "mse", "both": [None, "mae"]}, metrics={"sum": ["mae"]})
    targets = {"sum": found["sum"] + 2.0, "both": [found["both"][0], found["both"][1] + 3.0]}
    logs = model.evaluate([X, Z], targets, verbose=0, return_dict=True)
    assert {k: round(v, 4) for k, v in logs.items()} == {"loss": 7.0, "both/mae_loss": 3.0, "sum_loss": 4.0, "mae": 2.0}


def test_it_is_built_from_shapes_too():
    model = Pair(lambda v: (v["x"], v["z"]), lambda a, b: a + b)
    model.build({"x": (None, 3), "z": (None, 2)})
    assert model.built and model.count_params() == 12
    assert model.input_shape == {"x": (None, 3), "z": (None, 2)} and model.output_shape == (None, 2)
    other = Pair(lambda v: v, lambda a, b: a + b)
    other.build([(None, 3), (None, 2)])
    other.set_weights(model.get_weights())
    np.testing.assert_array_equal(model.predict({"x": X, "z": Z}, verbose=0), other.predict([X, Z], verbose=0))


def test_it_is_a_layer():
    x, z = keras.Input((3,)), keras.Input((2,))
    inner = Pair(lambda v: v, lambda a, b: [a, b])
    a, b = inner([x, z])
    outer = Model([x, z], layers.Subtract()([a, b]))
    expected = np.repeat(X.sum(1, keepdims=True) - Z.sum(1, keepdims=True), 2, axis=1)
    np.testing.assert_allclose(outer.predict([X, Z], verbose=0), expected, rtol=1e-4, atol=1e-6)
    with tf.Graph().as_default(), tf.Session() as sess:
        feed = tf.placeholder(tf.float32, [None, 3])
        value = inner([feed, Z.astype("f")])[0]
        sess.run(tf.global_variables_initializer())
        np.testing.assert_allclose(sess.run(value, {feed: X})[:, :1], X.sum(1, keepdims=True), rtol=1e-5)


def test_a_build_of_ones_own():
    class Scaled(Model):
        def build(self, input_shape):
            self.factor = self.add_weight(shape=input_shape[-1:], initializer="ones", name="factor")

        def call(self, x):
            return x * self.factor

    model = Scaled()
    np.testing.assert_allclose(model.predict(X, verbose=0), X, rtol=1e-6)
    assert [w.shape for w in model.get_weights()] == [(3,)]


def test_integers_stay_integers():
    class Table(Model):
        def __init__(self):
            super().__init__()
            self.table = layers.Embedding(5, 2)

        def call(self, ids):
            assert ids.dtype == tf.int64
            return self.table(ids)

    ids = RNG.integers(0, 5, (4, 3))
    model = Table()
    np.testing.assert_array_equal(model.predict(ids, verbose=0), model.get_weights()[0][ids])


def test_training_and_masks_reach_the_call():
    class Own(Model):
        def __init__(self):
            super().__init__()
            self.table = layers.Embedding(4, 1, mask_zero=True, embeddings_initializer="ones")
            self.inner = Counting()

        def call(self, ids, training=None):
            return self.inner(self.table(ids)) * (10.0 if training else 1.0)

    class Counting(layers.Layer):
        def compute_mask(self, inputs, mask=None):
            return None

        def call(self, x, mask=None):
            return tf.reduce_sum(x * tf.expand_dims(tf.cast(mask, x.dtype), -1), 1)

    ids = np.array([[1, 2, 0], [3, 0, 0]])
    model = Own()
    assert model.predict(ids, verbose=0).tolist() == [[2.0], [1.0]]
    model.compile(keras.optimizers.SGD(0.0), "mae")
    zeros = np.zeros((2, 1))
    assert model.evaluate(ids, zeros, verbose=0) == 1.5
    assert model.fit(ids, zeros, verbose=0).history["loss"] == [15.0]


def test_losses_and_metrics_that_layers_add():
    class Penalised(Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(1, kernel_initializer="ones")
            self.seen = metrics.Mean(name="seen")

        def call(self, x):
            y = self.dense(x)
            self.add_loss(tf.reduce_mean(tf.square(y)))
            self.add_metric(tf.reduce_max(x), "largest")
            self.seen.update_state(tf.reduce_mean(x))
            return y

    model = Penalised()
    model.compile(keras.optimizers.SGD(0.0), "mse")
    s = X.sum(1, keepdims=True)
    for logs in (
        model.evaluate(X, Y, verbose=0, return_dict=True),
        {k: v[0] for k, v in model.fit(X, Y, verbose=0).history.items()},
    ):
        assert logs == {
            "loss": pytest.approx(((s - Y) ** 2).mean() + (s**2).mean(), rel=1e-5),
            "seen": pytest.approx(X.mean(), rel=1e-5),
            "largest": pytest.approx(X.max(), rel=1e-5),
        }


def test_losses_and_metrics_added_to_a_functional_model():
    x = keras.Input((3,), dtype="float64")
    code = layers.Dense(2, kernel_initializer="ones", dtype="float64")(x)
    model = Model(x, layers.Dense(3, kernel_initializer="zeros", dtype="float64")(code))
    model.add_loss(tf.reduce_mean(tf.square(model.output - x)))
    model.add_loss([tf.square(code)])
    model.add_metric(code, name="code", aggregation="mean")
    model.compile(keras.optimizers.SGD(0.1))
    s = X.sum(1)
    logs = model.evaluate(X, verbose=0, return_dict=True)
    assert logs == {"loss": pytest.approx((X**2).mean() + (s**2).mean()), "code": pytest.approx(s.mean())}
    history = model.fit(X, epochs=3, verbose=0).history["loss"]
    assert history[2] < history[0] == pytest.approx(logs["loss"])
    weights = model.get_weights()[0]
    assert np.abs(weights - 1).max() > 1e-3


def test_steps_of_ones_own_are_refused_in_words():
    class Own(Model):
        def train_step(self, data):
            return {}

        def predict_step(self, data):
            return None

    x = keras.Input((3,))
    model = Own(x, layers.Dense(1)(x))
    model.compile("sgd", "mse")
    with pytest.raises(NotImplementedError, match=r"Own defines train_step\(\).*compute_loss"):
        model.fit(X, Y, verbose=0)
    assert model.evaluate(X, Y, verbose=0) > 0
    with pytest.raises(NotImplementedError, match="predict_step"):
        model.predict(X, verbose=0)


def test_a_call_must_give_tensors():
    class Nothing(Model):
        def call(self, x):
            return {"a": x, "b": None}

    with pytest.raises(TypeError, match=r"Nothing.call must return tensors, got \{'a': .*'b': None"):
        Nothing().predict(X, verbose=0)


@pytest.mark.parametrize("use", [lambda model: model.compile("sgd", "mse"), lambda model: model(X)])
def test_a_constructor_that_forgot_to_call_that_of_models(use):
    class Hasty(Model):
        def __init__(self):
            self.dense = layers.Dense(1)

    with pytest.raises(RuntimeError, match=r"Hasty.__init__ must call super\(\).__init__\(\) first"):
        use(Hasty())


def test_a_stack_takes_one_array():
    with pytest.raises(ValueError, match="with one input; got 2 arrays"):
        Sequential([layers.Dense(1)]).predict([X, Z], verbose=0)
    with pytest.raises(NotImplementedError, match="must define call"):
        Model().predict(X, verbose=0)


def test_models_are_called_on_arrays_and_tensors():
    model = Sequential([keras.Input((3,)), layers.Dense(1, kernel_initializer="ones")])
    with tf.Session() as sess:
        a, b = model(X), model(tf.constant(X, tf.float32))
        sess.run(tf.global_variables_initializer())
        for value in sess.run([a, b]):
            np.testing.assert_allclose(value, X.sum(1, keepdims=True), rtol=1e-5)


@pytest.mark.parametrize("start", ["call", "build"])
def test_the_rows_it_is_built_with_bind_nobody(start):
    class Own(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.inner = tf.keras.Sequential([tf.keras.layers.Dense(1)])

        def call(self, x):
            return self.inner(x)

    for model in (Own(), tf.keras.Sequential([tf.keras.layers.Dense(1)])):
        model.build((2, 4)) if start == "build" else model(np.ones((2, 4), np.float32))
        assert tuple(model.input_shape) == (None, 4)
        assert model.predict(np.ones((3, 4)), verbose=0).shape == (3, 1)


def test_states_bind_to_the_rows_a_model_is_built_with():
    model = tf.keras.Sequential([tf.keras.layers.GRU(3, stateful=True)])
    model.build((2, 5, 4))
    with pytest.raises(ValueError, match="takes batches of 2 samples; got 3"):
        model.predict(np.ones((3, 5, 4)), verbose=0)


def test_a_model_that_does_not_train_trains_no_layer():
    inner = Sequential([keras.Input((3,)), layers.Dense(2)])
    inner.trainable = False
    model = Sequential([keras.Input((3,)), inner, layers.Dense(1)])
    assert len(model.trainable_weights) == 2 and len(model.non_trainable_weights) == 2
    model.compile("sgd", "mse")
    frozen, free = inner.get_weights(), model.layers[1].get_weights()
    model.fit(X, Y, verbose=0)
    for before, after in zip(frozen, inner.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)
    assert (model.layers[1].get_weights()[0] != free[0]).all()
