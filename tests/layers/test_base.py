"""`Layer`: building, calling on both kinds of tensors, weights, errors."""

import gc
import weakref

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.weights import Weight
from kerasflow.layers import Dense, Dropout, Input, Layer
from kerasflow.layers.base import unique_layer_name


class Scale(Layer):
    """Multiplies by a weight, and by another one that is not trained."""

    def build(self, input_shape):
        self.factor = self.add_weight("factor", input_shape[-1:], initializer="ones")
        self.fixed = self.add_weight("fixed", (), initializer=tf.keras.initializers.Constant(3.0), trainable=False)

    def call(self, inputs):
        return inputs * self.factor * self.fixed


class Twice(Layer):
    """A layer made of another one, called twice."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.inner = Scale()

    def call(self, inputs, training=False):
        return self.inner(self.inner(inputs))


def test_a_symbolic_call_builds_weights_and_leaves_the_default_graph_alone():
    layer = Scale()
    output = layer(Input((4,)))
    assert tf.get_default_graph().get_operations() == []
    assert output.shape.as_list() == [None, 4]
    assert [w.name for w in layer.weights] == ["scale/factor", "scale/fixed"]
    assert all(isinstance(w, Weight) for w in layer.weights)
    assert (layer.input_shape, layer.output_shape) == ((None, 4), (None, 4))


def test_a_call_on_a_graphs_tensor_makes_variables_of_that_graph():
    graph = tf.Graph()
    with graph.as_default():
        x = tf.placeholder(tf.float32, [None, 2])
    layer = Scale()
    y = layer(x)  # outside of the block: the tensor's graph counts
    assert y.graph is graph
    assert [v.name for v in graph.get_collection("variables")] == ["scale/factor:0", "scale/fixed:0"]
    assert [v.name for v in graph.get_collection("trainable_variables")] == ["scale/factor:0"]
    with tf.Session(graph=graph) as sess:
        with pytest.raises(tf.errors.FailedPreconditionError, match="scale/factor"):
            sess.run(y, {x: [[1, 2]]})
        sess.run([v.initializer for v in layer.weights])
        np.testing.assert_array_equal(sess.run(y, {x: [[1, 2]]}), [[3, 6]])
        layer.set_weights([[2.0, 5.0], 1.0])
        np.testing.assert_array_equal(sess.run(y, {x: [[1, 2]]}), [[2, 10]])
        np.testing.assert_array_equal(layer.get_weights()[0], [2, 5])


def test_a_layer_built_for_a_model_shares_its_weights_with_a_users_graph():
    layer = Dense(1, kernel_initializer="ones")
    layer(Input((2,)))
    x = tf.placeholder(tf.float32, [None, 2])
    y = layer(x)
    with tf.Session() as sess:
        assert sess.run(y, {x: [[1, 2]]}) == 3
        layer.set_weights([np.array([[10.0], [1.0]]), np.array([0.5])])
        assert sess.run(y, {x: [[1, 2]]}) == 12.5


def test_weights_of_layers_inside_count_once():
    layer = Twice()
    layer(Input((2,)))
    assert len(layer.weights) == 2
    assert layer.count_params() == 3
    layer.inner.trainable = False
    assert layer.trainable_weights == [] and len(layer.non_trainable_weights) == 2
    layer.inner.trainable, layer.trainable = True, False
    assert layer.trainable_weights == []


def test_set_weights_changes_all_or_nothing():
    layer = Scale()
    layer(Input((2,)))
    before = layer.get_weights()
    with pytest.raises(ValueError, match=r"scale/factor \(2,\).*\(3,\)"):
        layer.set_weights([np.zeros(3), np.zeros(())])
    with pytest.raises(ValueError, match="cannot be set"):
        layer.set_weights([np.zeros(2)])
    for a, b in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    before[0][:] = 9  # what get_weights gave is a copy
    np.testing.assert_array_equal(layer.get_weights()[0], [1, 1])


def test_training_reaches_the_layers_inside():
    x = tf.ones([1000])
    layer = Dropout(0.5, seed=1)
    dropped, kept = layer(x, training=True), layer(x)
    with tf.Session() as sess:
        zeros = (sess.run(dropped) == 0).mean()
        assert 0.4 < zeros < 0.6
        np.testing.assert_array_equal(sess.run(kept), np.ones(1000))
        choice = tf.placeholder(tf.bool, [])
        by_tensor = layer(x, training=choice)
        np.testing.assert_array_equal(sess.run(by_tensor, {choice: False}), np.ones(1000))
        assert set(sess.run(by_tensor, {choice: True})) == {0.0, 2.0}


def test_names_count_up_until_the_default_graph_is_reset():
    assert [unique_layer_name(n) for n in ("Dense", "Dense", "Conv2D", "LSTM", "MyLSTMCell")] == [
        "dense",
        "dense_1",
        "conv2d",
        "lstm",
        "my_lstm_cell",
    ]
    tf.reset_default_graph()
    assert unique_layer_name("Dense") == "dense"


def test_errors_say_what_is_wrong():
    with pytest.raises(TypeError, match="Dense got arguments it does not know: unit"):
        Dense(3, unit=4)
    with pytest.raises(ValueError, match="last of known size; got the shape \\(\\?, \\?\\)"):
        Dense(3)(Input((None,)))
    with pytest.raises(NotImplementedError, match="Layer must define call"):
        Layer()(Input((2,)))
    shared = Dense(3)
    shared(Input((2,)))
    shared(Input((2,)))
    with pytest.raises(AttributeError, match="was called 2 times"):
        _ = shared.output
    with pytest.raises(ValueError, match="was built for inputs whose last axis has size 2"):
        shared(Input((5,)))
    with pytest.raises(TypeError, match="no truth value"):
        bool(Input((2,)))


def test_operators_and_functions_on_symbolic_tensors_become_layers():
    x = Input((3,))
    y = tf.reduce_sum(2.0 * x - [1.0, 2.0, 3.0], axis=1)
    model = tf.keras.Model(x, y)
    np.testing.assert_allclose(model.predict(np.ones((2, 3)), verbose=0), [0, 0])
    np.testing.assert_allclose(model.predict([[1, 2, 3]], verbose=0), [6])
    with pytest.raises(ValueError, match="cannot be combined with a KerasTensor"):
        x + tf.placeholder(tf.float32)


def test_numbers_beside_symbolic_tensors_have_their_own_type_where_it_may_differ():
    x = Input((4, 3))
    parts = [
        tf.gather(x, [2, 0], axis=1), tf.reshape(x, [-1, 12]), tf.tile(x, [1, 2, 1]),
        tf.pad(x, [[0, 0], [1, 0], [0, 0]]),
        tf.reshape(x, [tf.shape(x)[0], 6, 2]), tf.split(x, [1, 3], 1)[1], x[:, 0], x[..., ::-1], tf.norm(x, axis=-1),
        tf.matmul(x, np.eye(3)), tf.where(x > 1, x, -x), 2 - x,
    ]  # fmt: skip
    given = np.arange(24, dtype=np.float32).reshape(2, 4, 3)
    wanted = [
        given[:, [2, 0]], given.reshape(2, 12), np.tile(given, [1, 2, 1]), np.pad(given, [[0, 0], [1, 0], [0, 0]]),
        given.reshape(2, 6, 2), given[:, 1:], given[:, 0], given[..., ::-1], np.linalg.norm(given, axis=-1),
        given, np.where(given > 1, given, -given), 2 - given,
    ]  # fmt: skip
    for value, part, want in zip(tf.keras.Model(x, parts).predict(given, verbose=0), parts, wanted, strict=True):
        np.testing.assert_allclose(value, want, rtol=1e-6)
        assert value.dtype == np.float32
        assert part.shape.is_compatible_with(want.shape)


def test_a_dropped_layer_is_freed():
    layer = Dense(4)
    layer(Input((3,)))
    gone = weakref.ref(layer)
    del layer
    gc.collect()
    assert gone() is None


def test_the_seed_of_the_default_graph_decides_the_weights_of_a_symbolic_call():
    def weights(seed):
        with tf.Graph().as_default():
            tf.set_random_seed(seed)
            x = Input((4,))
            return [layer(x).node.layer.get_weights()[0] for layer in (Dense(3), Dense(3))]

    first, again, other = weights(1), weights(1), weights(2)
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first[0], first[1])  # each layer draws numbers of its own
    assert not np.allclose(first, other)


def test_a_layer_may_have_any_name(tmp_path):
    for name in ("my layer", "größe (m²)", "_hidden"):
        model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1, name=name)])
        model.compile("sgd", "mse")
        model.fit(np.ones((2, 2)), np.ones(2), verbose=0)
        model.save_weights(tmp_path / "weights.h5")
        expected = model.get_weights()[0]
        model.set_weights([w * 0 for w in model.get_weights()])
        model.load_weights(tmp_path / "weights.h5")
        np.testing.assert_array_equal(model.get_weights()[0], expected)
    with pytest.raises(TypeError, match="must be a string, got 3"):
        tf.keras.layers.Dense(1, name=3)


def test_mistakes_in_a_layer_of_ones_own_are_named():
    class Number(tf.keras.layers.Layer):
        def call(self, inputs):
            return 3.0

    class Uninitialised(tf.keras.layers.Layer):
        def __init__(self):
            self.size = 3

    with pytest.raises(TypeError, match=r"Number.call must return tensors, got 3.0"):
        Number()(tf.keras.Input((2,)))
    with pytest.raises(RuntimeError, match=r"must call super\(\).__init__\(\)"):
        Uninitialised()(tf.keras.Input((2,)))
    with pytest.raises(TypeError, match="called on tensors or arrays, got None"):
        tf.keras.layers.Dense(1)(None)
    with pytest.raises(ValueError, match="positive integer as units, got True"):
        tf.keras.layers.Dense(True)
