"""Building a stack of layers: in any order of events, each layer is called once, and a failure changes nothing."""

import time

import numpy as np
import pytest

from kerasflow import keras

X = np.ones((4, 3), np.float32)
L = keras.layers


def test_layers_are_called_once():
    model = keras.Sequential([keras.Input((3,)), L.Dense(4), L.Dense(2)])
    assert [len(layer.nodes) for layer in model.layers] == [1, 1]
    assert model.layers[0].output_shape == (None, 4)


def test_a_stack_grows_and_shrinks():
    model = keras.Sequential([L.Dense(4), L.Dense(2)])
    model.compile("sgd", "mse")
    assert model.predict(X, verbose=0).shape == (4, 2)
    model.add(L.Dense(5))
    assert model.predict(X, verbose=0).shape == (4, 5)
    top = model.pop()
    assert not top.nodes and model.output_shape == (None, 2) and len(model.weights) == 4
    assert model.fit(X, X[:, :2], verbose=0).epoch == [0]


def test_what_does_not_fit_changes_nothing():
    model = keras.Sequential([keras.Input((3,)), L.Dense(2)])
    with pytest.raises(ValueError, match="reshaped"):
        model.add(L.Reshape((3,)))
    with pytest.raises(ValueError, match="Only the first layer"):
        model.add(keras.Input((2,)))
    with pytest.raises(ValueError, match="Two layers of the model are called"):
        model.add(L.Dense(2, name=model.layers[0].name))
    assert len(model.layers) == 1 and model.predict(X, verbose=0).shape == (4, 2)


def test_a_failed_build_can_be_repeated():
    model = keras.Sequential([L.Flatten(), L.Reshape((3, 1))])
    with pytest.raises(ValueError, match="reshaped"):
        model.build((None, 4))
    model.build((None, 3))
    assert model.output_shape == (None, 3, 1)


def test_one_layer_may_come_twice_and_trains_one_set_of_weights():
    layer = L.Dense(3, use_bias=False)
    model = keras.Sequential([keras.Input((3,)), layer, layer])
    (w,) = model.get_weights()
    assert len(model.weights) == 1
    np.testing.assert_allclose(model.predict(X, verbose=0), X @ w @ w, rtol=1e-6)


def test_many_layers_take_time_in_proportion():
    def seconds(count):
        started = time.process_time()
        keras.Sequential([keras.Input((3,)), *[L.Dense(3) for _ in range(count)]])
        return time.process_time() - started

    seconds(5)
    assert seconds(100) < 60 * max(seconds(10), 0.002)


def test_a_single_layer_needs_no_list():
    assert len(keras.Sequential(L.Dense(1)).layers) == 1
