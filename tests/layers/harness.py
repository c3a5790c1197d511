"""What the tests of layers have in common."""

import numpy as np

import kerasflow as tf
from kerasflow.layers import Input


def model_of(layer, *arrays):
    """A model of one layer, for such inputs."""
    inputs = [Input(a.shape[1:], dtype=str(a.dtype)) for a in arrays]
    return tf.keras.Model(inputs, layer(inputs if len(inputs) > 1 else inputs[0]))


def outputs(layer, *arrays):
    """What a model of one layer gives."""
    return model_of(layer, *arrays).predict(list(arrays) if len(arrays) > 1 else arrays[0], verbose=0)


def with_weights(layer, rng, *arrays):
    """The layer with weights drawn at random, and these."""
    model_of(layer, *arrays)
    drawn = [rng.uniform(0.5, 1.5, w.shape) for w in layer.get_weights()]
    layer.set_weights(drawn)
    return layer, drawn


def assert_remade(layer):
    """A layer from the configuration has the same one, with what plain data may hold."""
    config = layer.get_config()
    again = type(layer).from_config(config)
    assert again.get_config() == config
    assert set(config) >= {"name", "dtype"}


def close(got, wanted, rtol=1e-12):
    """The same shape and numbers, to the precision of float64."""
    wanted = np.asarray(wanted)
    assert got.shape == wanted.shape
    np.testing.assert_allclose(got, wanted, rtol=rtol, atol=rtol)
