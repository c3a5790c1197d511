"""Layers of one's own: arguments, weights, losses, metrics, phases."""

import gc
import weakref

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.weights import Weight
from kerasflow.layers import Activation, BatchNormalization, Conv1D, Dense, Dropout, Input, Layer


class Add(Layer):
    """Two tensors and a number."""

    def call(self, first, second=None, times=1.0):
        return first if second is None else first + times * second


def run(tensor, feeds=None):
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return sess.run(tensor, feeds)


# Calls.


def test_arguments_come_by_name_or_position():
    x, y = np.float32([[1.0, 2.0]]), np.float32([[10.0, 20.0]])
    layer = Add()
    for result in (layer(x, y, 2.0), layer(x, times=2.0, second=y), layer(second=y, first=x, times=2)):
        np.testing.assert_array_equal(run(result), x + 2 * y)
    a, b = Input((2,)), Input((2,))
    for output in (layer(a, b, times=3.0), layer(first=a, second=b, times=3.0)):
        model = tf.keras.Model([a, b], output)
        np.testing.assert_array_equal(model.predict([x, y], verbose=0), x + 3 * y)
    with pytest.raises(TypeError, match=r"Layer 'add', Add.call: got an unexpected keyword argument 'other'"):
        layer(x, other=y)
    with pytest.raises(TypeError, match="called without inputs"):
        layer()


def test_arrays_make_tensors_of_the_default_graph_and_weights_that_models_share():
    dense = Dense(2, kernel_initializer="ones")
    y = dense(np.ones((3, 4)))
    assert y.graph is tf.get_default_graph() and y.dtype == tf.float32
    assert all(isinstance(w, Weight) for w in dense.weights)
    np.testing.assert_array_equal(tf.Session().run(y), np.full((3, 2), 4.0))
    model = tf.keras.Sequential([Input((4,)), dense])
    model.compile("sgd", "mse")
    model.fit(np.ones((3, 4)), np.zeros((3, 2)), verbose=0)


def test_arrays_join_the_graph_of_the_tensors_beside_them():
    graph = tf.Graph()
    with graph.as_default():
        x = tf.ones([2])
    y = Add()(x, np.float32([1.0, 2.0]))
    assert y.graph is graph
    np.testing.assert_array_equal(tf.Session(graph=graph).run(y), [2, 3])


def test_inputs_of_models_take_the_type_of_the_layer():
    class Types(Layer):
        def call(self, x, other):
            self.seen = (x.dtype.name, other["a"].dtype.name, other["b"].dtype.name)
            return x

    x, a, b = Input((1,), dtype="float64"), Input((1,), dtype="float16"), Input((1,), dtype="int64")
    for options, seen in [
        ({}, ("float32", "float32", "int64")),
        ({"dtype": "float64"}, ("float64", "float64", "int64")),
        ({"autocast": False}, ("float64", "float16", "int64")),
    ]:
        layer = Types(**options)
        layer(x, {"a": a, "b": b})
        assert layer.seen == seen
    assert Add()(tf.ones([2], tf.float64)).dtype == tf.float64  # a user's graph keeps its types


def test_policies_say_types():
    policy = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float64"}, "registered_name": None}
    layer = Dense(1, dtype=policy)
    assert (layer.dtype, layer.compute_dtype, layer.variable_dtype) == (tf.float64, "float64", "float64")
    with pytest.warns(UserWarning, match="'d' is to compute in mixed_float16; kerasflow computes in float32"):
        assert Dense(1, dtype="mixed_float16", name="d").dtype == tf.float32


# Building.


def test_build_takes_a_shape_for_each_argument_it_names():
    class Bilinear(Layer):
        def build(self, left_shape, right_shape=None):
            self.shapes = (left_shape, right_shape)

        def call(self, left, right=None, scale=1.0):
            return left * scale

    layer = Bilinear()
    layer(Input((3,)), Input((4, 5)), scale=2.0)
    assert layer.shapes == ((None, 3), (None, 4, 5)) and layer.built

    class Nested(Layer):
        def build(self, input_shape):
            self.shapes = input_shape

        def call(self, inputs, mask=None):
            return inputs["a"]

    layer = Nested()
    layer({"a": Input((3,)), "b": [Input((1,)), Input((2,))]})
    assert layer.shapes == {"a": (None, 3), "b": [(None, 1), (None, 2)]}

    class Wrong(Bilinear):
        def build(self, shape, other):
            pass

    with pytest.raises(ValueError, match=r"Wrong.build takes \['shape', 'other'\].*left_shape"):
        Wrong()(Input((3,)), Input((4,)))


def test_weights_are_described_in_either_order():
    layer = Layer(name="mine")
    found = [
        layer.add_weight((2, 3), "ones", "float64", name="a"),
        layer.add_weight("b", (2,), "float16", "zeros", "l2", False, "non_neg"),
        layer.add_weight(name="c", shape=[2], initializer=tf.keras.initializers.Constant(2.0), aggregation="mean"),
        layer.add_variable(shape=(1,), dtype="int32"),
        layer.add_weight(),
    ]
    assert [(w.name, w.shape.as_list(), w.dtype.name) for w in found] == [
        ("mine/a", [2, 3], "float64"),
        ("mine/b", [2], "float16"),
        ("mine/c", [2], "float32"),
        ("mine/weight", [1], "int32"),
        ("mine/weight", [], "float32"),
    ]
    assert (found[1].trainable, found[1].constraint is None, found[1].regularizer is None) == (False, False, False)
    assert [w.numpy().sum() for w in found[:4]] == [6, 0, 4, 0]
    assert layer.weights == [found[0], *found[2:], found[1]]  # what is trained first
    for args, kwargs in [(((2,),), {"shape": (2,)}), ((), {"size": 2}), (((2,), "ones", "float32", "d"), {})]:
        with pytest.raises(TypeError, match="Layer 'mine': add_weight takes"):
            layer.add_weight(*args, **kwargs)
    with pytest.raises(ValueError, match=r"shape \(\?, 2\) of the weight 'w' must be fully known"):
        layer.add_weight((None, 2), name="w")


def test_what_is_called_twice_has_its_weights_once():
    x = tf.placeholder(tf.float32, [None, 2])
    dense = Dense(2, kernel_initializer="ones")
    y = dense(dense(x))
    assert len(dense.weights) == 2 and len(tf.trainable_variables()) == 2
    np.testing.assert_array_equal(run(y, {x: [[1.0, 2.0]]}), [[6, 6]])


# Losses.


def test_losses_left_by_a_call_and_penalties_on_weights():
    class Sparse(Layer):
        def __init__(self):
            super().__init__()
            self.inner = Dense(2, kernel_initializer="ones", kernel_regularizer=tf.keras.regularizers.L2(0.5))
            self.add_loss(lambda: 10.0 * tf.reduce_sum(self.inner.kernel))

        def call(self, x):
            y = self.inner(x)
            self.add_loss(tf.reduce_sum(y))
            return y

    layer = Sparse()
    x = np.ones((1, 3), np.float32)
    for _ in range(2):  # a second call forgets what the first left
        layer(x)
        with tf.Session() as sess:
            assert sorted(sess.run(layer.losses)) == [3.0, 6.0, 60.0]
    model = tf.keras.Sequential([Input((3,)), layer])
    model.compile("sgd", "mse")
    assert model.evaluate(x, np.full((1, 2), 3.0), verbose=0) == pytest.approx(69.0)
    layer.inner.trainable = False
    assert len(layer.losses) == 2  # the penalty on a frozen weight is none


def test_a_penalty_counts_once_however_often_its_layer_is_called():
    layer = Dense(2, kernel_initializer="ones")
    layer.add_loss(lambda: tf.reduce_sum(layer.kernel))
    x = Input((2,))
    model = tf.keras.Model(x, layer(layer(x)))
    model.compile("sgd", "mse")
    assert model.evaluate(np.ones((1, 2)), np.full((1, 2), 4.0), verbose=0) == 4.0


def test_losses_in_a_users_graph_are_collected():
    x = tf.ones([2, 3])
    dense = Dense(1, kernel_initializer="ones", kernel_regularizer="l2", activity_regularizer="l1")
    dense(x)
    collected = tf.losses.get_regularization_losses()
    np.testing.assert_allclose(sorted(run(collected)), [0.03, 0.03], rtol=1e-6)
    np.testing.assert_allclose(sorted(run(dense.losses)), [0.03, 0.03], rtol=1e-6)


@pytest.mark.parametrize(
    ("layer", "rank"),
    [(Activation("linear", activity_regularizer="l2"), 2), (Add(activity_regularizer="l2"), 2)]
    + [(Conv1D(2, 1, activity_regularizer="l2"), 3), (BatchNormalization(activity_regularizer="l2"), 2)],
)
def test_every_layer_takes_a_penalty_on_its_output(layer, rank):
    inputs = Input((4,) * (rank - 1))
    model = tf.keras.Model(inputs, layer(inputs))
    model.compile("sgd", "mse")
    x = np.random.default_rng(0).normal(size=(3, *(4,) * (rank - 1))).astype("float32")
    y = model.predict(x, verbose=0)
    assert model.evaluate(x, y, verbose=0) == pytest.approx(0.01 * np.square(y).sum() / 3, rel=1e-5)
    assert layer.get_config()["activity_regularizer"]["class_name"] == "L2"


def test_what_is_no_loss():
    for wrong, words in [(Input((1,)), "made in the call of a layer"), (3.0, "got 3.0")]:
        with pytest.raises(ValueError, match=words):
            Layer().add_loss(wrong)


# Metrics.


class Watched(Layer):
    """Reports the mean of what it gets, in two ways."""

    def __init__(self):
        super().__init__()
        self.mean = tf.keras.metrics.Mean("mean")
        self.scale = Dense(1, use_bias=False, kernel_initializer="ones")

    def call(self, x):
        self.mean.update_state(x)
        self.add_metric(tf.reduce_max(x), name="peak")
        return self.scale(x)


def test_metrics_of_layers_are_reported():
    layer = Watched()
    model = tf.keras.Sequential([Input((1,)), layer])
    assert [m.name for m in layer.metrics] == ["mean", "peak"]
    model.compile(tf.keras.optimizers.SGD(0.0), "mse", metrics=["mae"])
    x, y = np.arange(8.0)[:, None], np.zeros((8, 1))
    history = model.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0, validation_data=(x[:4], y[:4])).history
    assert history["mean"] == [3.5, 3.5] and history["peak"] == [5.0, 5.0]
    assert history["val_mean"] == [1.5, 1.5] and history["mae"] == [3.5, 3.5]
    model.predict(x, verbose=0)  # does not count
    assert model.evaluate(x[4:], y[4:], verbose=0, return_dict=True)["mean"] == 5.5
    with pytest.raises(ValueError, match="aggregation 'sum'"):
        layer.add_metric(1.0, "x", aggregation="sum")


def test_metrics_that_no_layer_holds_are_not_reported():
    elsewhere = {"metric": tf.keras.metrics.Mean("elsewhere")}

    class Uses(Layer):
        def call(self, x):
            elsewhere["metric"].update_state(x)
            return x

    model = tf.keras.Sequential([Input((1,)), Uses()])
    model.compile("sgd", "mse")
    assert list(model.evaluate(np.ones((1, 1)), np.ones((1, 1)), verbose=0, return_dict=True)) == ["loss"]


# The phase.


class Phase(Layer):
    """Gives the phase, and what the layer inside says."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.drop = Dropout(0.5, seed=1)

    def call(self, x, training=None):
        self.seen = training
        return self.drop(x)


def test_who_says_whether_to_train():
    x, layer = np.ones((1, 100), np.float32), Phase()
    for given, dropped in [(None, False), (True, True), (False, False)]:
        y = tf.Session().run(layer(x, training=given))
        assert layer.seen is bool(given) and (y == 0).any() == dropped

    class Around(Layer):
        inner = None

        def call(self, x):
            return layer(x)

    assert (tf.Session().run(Around()(x, training=True)) == 0).any()  # `call` need not take it
    assert (tf.Session().run(tf.keras.Sequential([Input((100,)), layer])(x, training=True)) == 0).any()

    class Always(Phase):
        def call(self, x, training=True):
            return super().call(x, training)

    assert (tf.Session().run(Always()(x)) == 0).any()
    model = tf.keras.Sequential([Input((100,)), Always()])
    assert (model.predict(x, verbose=0) == 1).all()  # the model knows better than the default
    again = Input((100,))
    assert (tf.keras.Model(again, layer(again, training=True)).predict(x, verbose=0) == 0).any()


def test_the_phase_may_be_a_tensor():
    training = tf.placeholder(tf.bool, [])
    y = Phase()(tf.ones([1, 100]), training=training)
    with tf.Session() as sess:
        assert (sess.run(y, {training: True}) == 0).any() and (sess.run(y, {training: False}) == 1).all()


# Life.


def test_layers_left_behind_are_freed():
    layer = Watched()
    layer(np.ones((2, 1), np.float32))  # the default graph stays
    found = weakref.ref(layer)
    layer.mean = None
    del layer
    gc.collect()
    assert found() is None


def test_some_outputs_may_be_none():
    class Maybe(Layer):
        def call(self, x):
            return x * 2.0, None

    y, nothing = Maybe()(Input((2,)))
    assert nothing is None and y.dims == (None, 2)

    class Never(Layer):
        def call(self, x):
            return "nothing"

    with pytest.raises(TypeError, match="Never.call must return tensors, got 'nothing'"):
        Never()(Input((2,)))


# State.


class Total(Layer):
    """Adds up what it has seen, and counts the calls."""

    def build(self, input_shape):
        self.total = self.add_weight((), "zeros", name="total", trainable=False)
        self.calls = self.add_weight((), "zeros", name="calls", trainable=False)

    def call(self, x):
        self.total.assign(self.total + tf.reduce_sum(x))
        self.calls.assign_add(tf.ones([]))
        self.calls.assign_add(tf.ones([]))
        self.calls.assign_sub(tf.ones([]))
        return x + self.total


def test_weights_assigned_in_a_call():
    x, layer = np.ones((2, 2), np.float32), Total()
    inputs = Input((2,))
    model = tf.keras.Model(inputs, layer(inputs))
    assert layer.get_weights() == [0, 0]  # nothing was run yet
    np.testing.assert_array_equal(model.predict(x, verbose=0), np.full((2, 2), 5.0))
    assert layer.get_weights()[0] == 4
    model.compile("sgd", "mse")
    model.evaluate(x, x, verbose=0)
    model.fit(x, x, batch_size=1, verbose=0)
    assert layer.get_weights() == [12, 3]  # in Keras, too, but for the prediction, which counts there
    layer.set_weights([0.0, 0.0])
    twice = tf.keras.Model(inputs, layer(layer(inputs)))
    np.testing.assert_array_equal(twice.predict(x, verbose=0), np.full((2, 2), 29.0))  # 1 + 4, then 5 + 4 + 20
    layer.total.assign(3.0)
    layer.total.assign_add(2.0)
    layer.total.assign_sub(1.0)
    assert layer.total.numpy() == 4


def test_weights_assigned_in_a_users_graph_are_updates():
    layer = Total()
    layer.build((None, 2))
    x = tf.placeholder(tf.float32, [None, 2])
    y = layer(x)
    with tf.Session() as sess:
        np.testing.assert_array_equal(sess.run(y, {x: [[1.0, 2.0]]}), [[4, 5]])
        sess.run(tf.get_collection(tf.GraphKeys.UPDATE_OPS), {x: [[1.0, 2.0]]})
        assert layer.get_weights() == [6, 1]
        assert sess.run(layer.total + 1.0) == 7.0  # outside of the call it is what it is


# Descriptions.


class Described(Layer):
    """A layer without a `get_config`."""

    def __init__(self, units=3, sizes=(1, 2), **kwargs):
        super().__init__(**kwargs)
        self.units, self.sizes = units, sizes

    def build(self, input_shape):
        self.w = self.add_weight((input_shape[-1], self.units), name="w")


def test_a_layer_describes_itself_by_what_it_was_made_from():
    layer = Described(4, name="d", dtype="float64")
    config = layer.get_config()
    assert config == {"name": "d", "trainable": True, "dtype": "float64", "units": 4, "sizes": (1, 2)}
    again = Described.from_config(config)
    assert (again.name, again.dtype, again.units) == ("d", tf.float64, 4)

    class Narrow(Described):
        def __init__(self, units):
            super().__init__(units)

    assert Narrow(units=2).get_config() == {"units": 2}

    class Around(Layer):
        def __init__(self, inner):
            super().__init__()

    with pytest.raises(NotImplementedError, match=r"Around must define get_config\(\)"):
        Around(layer).get_config()

    class Says(Around):
        def get_config(self):
            return {**super().get_config(), "inner": 1}

    assert Says(layer).get_config()["inner"] == 1


def test_what_build_got_builds_another_layer():
    layer = Described(2)
    assert layer.get_build_config() is None
    layer.build((None, 3))
    assert layer.get_build_config() == {"input_shape": (None, 3)}
    again = Described(2)
    again.build_from_config(layer.get_build_config())
    assert again.w.shape == [3, 2]

    class Two(Layer):
        def build(self, a_shape, b_shape):
            self.w = self.add_weight((a_shape[-1], b_shape[-1]))

        def call(self, a, b):
            return a @ self.w + b

    layer = Two()
    layer(Input((3,)), b=Input((2,)))
    config = layer.get_build_config()
    assert config == {"shapes_dict": {"a_shape": (None, 3), "b_shape": (None, 2)}}
    again = Two()
    again.build_from_config(config)
    assert again.w.shape == [3, 2]


def test_sizes_of_symbolic_tensors_and_weights_are_numbers():
    x = Input((4, 6))
    assert x.shape == (None, 4, 6) and type(x.shape[-1]) is int and x.shape[0] is None
    assert x.get_shape()[-1].value == 6  # as TensorFlow 1 has it
    y = Dense(x.shape[-1])(x)
    np.testing.assert_array_equal(np.zeros(Dense(2).add_weight((2, 3)).shape), np.zeros((2, 3)))
    known, unknown = tf.placeholder(tf.float32, [None, 3]), tf.placeholder(tf.float32, [None, None])
    assert y.dims == (None, 4, 6) and Dense(known.shape[-1]).units == 3
    with pytest.raises(ValueError, match="positive integer as units, got Dimension\\(None\\)"):
        Dense(unknown.shape[-1])


def test_weights_are_arrays_to_numpy_and_no_constants_of_models():
    layer = Dense(2, kernel_initializer="ones")
    layer.build((None, 3))
    found = np.asarray(layer.kernel)
    found[:] = 7.0  # a copy
    np.testing.assert_array_equal(layer.kernel, np.ones((3, 2)))
    assert np.array(layer.kernel, dtype="float64").dtype == np.float64
    for weight in (layer.kernel, tf.Variable([[1.0, 2.0]])):
        with pytest.raises(ValueError, match="cannot be combined with a KerasTensor"):
            Input((2,)) * weight
