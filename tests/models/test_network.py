"""The replay of recorded calls, and the order of layers."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.layers import Add, Concatenate, Dense, Input, Layer
from kerasflow.models.network import Network


class Both(Layer):
    """Two outputs, in a dict."""

    def call(self, inputs):
        return {"sum": inputs[0] + inputs[1], "difference": inputs[0] - inputs[1]}


def test_layers_lie_by_decreasing_distance_from_the_outputs():
    # The order real Keras gives for this diamond: the long branch first, ties as met from the outputs.
    a, b = Input((2,), name="a"), Input((3,), name="b")
    long = Dense(4, name="long2")(Dense(4, name="long1")(b))
    short = Dense(4, name="short")(a)
    out = Dense(1, name="out")(Concatenate(name="join")([short, long]))
    network = Network([a, b], out)
    assert [layer.name for layer in network.layers] == ["b", "a", "long1", "short", "long2", "join", "out"]


def test_a_shared_layer_lies_at_its_highest_call():
    a, b = Input((2,), name="a"), Input((2,), name="b")
    shared = Dense(2, name="shared", kernel_initializer="ones")
    out = Add(name="sum")([shared(shared(a)), shared(b)])
    model = tf.keras.Model([a, b], out)
    assert [layer.name for layer in model.layers].count("shared") == 1
    assert len(model.weights) == 2
    np.testing.assert_array_equal(model.predict([np.ones((1, 2)), np.ones((1, 2))], verbose=0), [[6, 6]])


def test_structures_of_inputs_and_outputs_are_kept():
    a, b = Input((2,), name="a"), Input((2,), name="b")
    model = tf.keras.Model({"x": a, "y": b}, Both()([a, b]))
    x, y = np.array([[1.0, 2.0]]), np.array([[10.0, 20.0]])
    result = model.predict({"x": x, "y": y}, verbose=0)
    np.testing.assert_array_equal(result["sum"], x + y)
    np.testing.assert_array_equal(result["difference"], x - y)
    assert model.input_names == ["x", "y"] and model.output_names == ["difference", "sum"]


def test_a_model_from_an_inner_tensor():
    x = Input((2,))
    hidden = Dense(3, kernel_initializer="ones")(x)
    whole = tf.keras.Model(x, Dense(1, kernel_initializer="ones")(hidden))
    upper = tf.keras.Model(hidden, whole.output)
    assert len(upper.weights) == 2
    np.testing.assert_array_equal(upper.predict(np.ones((1, 3)), verbose=0), [[3]])
    np.testing.assert_array_equal(whole.predict(np.ones((1, 2)), verbose=0), [[6]])


def test_a_deep_chain_needs_no_recursion():
    x = Input((1,))
    y = x
    for _ in range(1500):
        y = y + 1.0
    network = Network(x, y)
    assert len(network.nodes) == 1500


def test_errors():
    a, b = Input((2,), name="a"), Input((2,), name="b")
    with pytest.raises(ValueError, match="not among the inputs \\['a'\\]"):
        Network(a, Add()([a, b]))
    with pytest.raises(ValueError, match="must be a KerasTensor"):
        Network(np.ones(3), a)


@pytest.mark.parametrize("nest", [list, tuple])
def test_a_list_of_one_output_is_given_as_that_output(nest):
    x = tf.keras.Input((3,))
    model = tf.keras.Model(nest([x]), nest([tf.keras.layers.Dense(2, kernel_initializer="ones")(x)]))
    assert isinstance(model.output, nest)
    rows, targets = np.ones((4, 3)), np.zeros((4, 2))
    assert model.predict(rows, verbose=0).tolist() == model.predict([rows], verbose=0).tolist() == [[3.0, 3.0]] * 4
    assert model(tf.keras.Input((3,))).shape[-1] == 2
    model.compile("sgd", ["mse"], metrics=[["mae"]])
    assert model.evaluate(rows, [targets], verbose=0) == model.evaluate([rows], targets, verbose=0) == [9.0, 3.0]
