"""Axes in another order, repeated vectors, and functions as layers."""

import json

import numpy as np
import pytest

import kerasflow as tf
from kerasflow import layers
from tests.layers.harness import assert_remade, close, outputs

F64 = {"dtype": "float64"}


@pytest.fixture
def rng():
    return np.random.default_rng(4)


def test_axes_in_another_order(rng):
    x = rng.standard_normal((2, 3, 4, 5))
    layer = layers.Permute((3, 1, 2), **F64)
    close(outputs(layer, x), x.transpose(0, 3, 1, 2))
    assert_remade(layer)
    for bad in ((0, 1), (1, 3), (1, 1)):
        with pytest.raises(ValueError, match="the numbers from 1 to 2, each once"):
            layers.Permute(bad)
    with pytest.raises(ValueError, match="of 4 axes"):
        layer(tf.keras.Input((3, 4)))


def test_repeated_vectors(rng):
    x = rng.standard_normal((2, 3))
    layer = layers.RepeatVector(4, **F64)
    close(outputs(layer, x), np.stack([x] * 4, axis=1))
    assert_remade(layer)
    with pytest.raises(ValueError, match="positive integer as n"):
        layers.RepeatVector(1.5)
    with pytest.raises(ValueError, match="a batch of vectors, of 2 axes"):
        layer(tf.keras.Input((3, 4)))


def test_identity(rng):
    x = rng.standard_normal((2, 3))
    layer = layers.Identity(**F64)
    assert (outputs(layer, x) == x).all()
    assert layer.supports_masking
    a, b = layer([tf.keras.Input((2,)), tf.keras.Input((3,))])
    assert (a.shape.as_list(), b.shape.as_list()) == ([None, 2], [None, 3])


def twice(x, by=2.0):
    return by * x


def of_training(x, training=None):
    return x + 1.0 if training else x


def test_a_function_and_its_arguments(rng):
    x = rng.standard_normal((2, 3))
    close(outputs(layers.Lambda(twice, **F64), x), 2 * x)
    close(outputs(layers.Lambda(twice, arguments={"by": 5.0}, **F64), x), 5 * x)
    y = rng.standard_normal((2, 3))
    close(outputs(layers.Lambda(lambda pair: pair[0] - pair[1], **F64), x, y), x - y)
    with pytest.raises(TypeError, match="needs a function, got 'twice'"):
        layers.Lambda("twice")


def test_a_function_that_asks_for_the_phase():
    layer = layers.Lambda(of_training)
    x = tf.ones([2])
    plain, training = tf.Session().run([layer(x), layer(x, training=True)])
    assert plain.tolist() == [1.0, 1.0] and training.tolist() == [2.0, 2.0]


def test_the_shape_it_is_said_to_have_is_checked():
    assert layers.Lambda(lambda x: x[:, :2], output_shape=(2,))(tf.keras.Input((3,))).shape.as_list() == [None, 2]
    with pytest.raises(ValueError, match=r"output_shape says \(\?, 4\), but the function gives \(\?, 3\)"):
        layers.Lambda(twice, output_shape=(4,))(tf.keras.Input((3,)))
    with pytest.raises(ValueError, match=r"output_shape says \(\?, 1\)"):
        layers.Lambda(twice, output_shape=lambda shape: (shape[0], 1))(tf.keras.Input((3,)))


def test_a_function_is_saved_by_its_name_only(rng):
    layer = layers.Lambda(twice, arguments={"by": 3.0}, **F64)
    config = json.loads(json.dumps(layer.get_config()))
    assert config["function"]["config"] == "twice"
    again = layers.Lambda.from_config(config, custom_objects={"twice": twice})
    x = rng.standard_normal((2, 3))
    close(outputs(again, x), 3 * x)
    with pytest.raises(ValueError, match="'twice', which is not known. Pass custom_objects="):
        layers.Lambda.from_config(config)
    with tf.keras.utils.custom_object_scope({"twice": twice}):
        assert layers.Lambda.from_config(config).function is twice
    with pytest.raises(ValueError, match="cannot be saved: its function has no name"):
        layers.Lambda(lambda x: x).get_config()


CODE = {"class_name": "__lambda__", "config": {"code": "4wEAAAA=", "defaults": None, "closure": None}}


@pytest.mark.parametrize(
    ("key", "code"),
    [("function", CODE), ("output_shape", CODE), ("mask", CODE), ("function", ["4wEAAAA=", None, None])],
)
def test_code_in_a_configuration_is_refused(key, code):
    config = {"function": twice, "name": "f", "trainable": True, "dtype": "float32", key: code}
    with pytest.raises(ValueError, match=f"The {key} of a Lambda layer is saved as code, which kerasflow never runs"):
        layers.Lambda.from_config(config)


def test_built_in_functions_are_not_found_by_their_name():
    config = {"function": {"module": "builtins", "class_name": "function", "config": "eval", "registered_name": "eval"}}
    with pytest.raises(ValueError, match="'eval', which is not known"):
        layers.Lambda.from_config(config)


def test_a_mask_of_its_own():
    x = tf.ones([1, 2, 3])
    given = tf.constant([[True, False]])
    layer = layers.Lambda(twice, mask=lambda inputs, mask: tf.logical_not(given))
    assert layer.supports_masking and not layers.Lambda(twice).supports_masking
    assert tf.Session().run(layer.compute_mask(x, None)).tolist() == [[False, True]]


def test_what_keras_2_writes():
    config = {"name": "f", "function": "twice", "function_type": "function", "module": "__main__", "output_shape": None}
    config |= {"output_shape_type": "raw", "output_shape_module": None, "arguments": {}}
    assert layers.Lambda.from_config(config, custom_objects={"twice": twice}).function is twice
