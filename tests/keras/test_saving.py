"""Anything of Keras as plain data and back, the parts of a batch, and settings."""

import numpy as np
import pytest

import kerasflow as tf

keras = tf.keras
x = keras.Input((3,), name="x")


@keras.saving.register_keras_serializable("room")
class Doubled(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return 2.0 * keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)


@pytest.mark.parametrize(
    "thing",
    [
        keras.layers.Dense(3, activation="relu", name="d"),
        keras.Model(x, keras.layers.Dense(2, name="e")(x), name="net"),
        keras.Sequential([keras.layers.Dense(2)], name="stack"),
        keras.losses.Huber(0.5),
        keras.metrics.AUC(name="area"),
        keras.optimizers.Adam(0.5),
        keras.optimizers.schedules.ExponentialDecay(0.1, 5, 0.5),
        keras.initializers.HeNormal(seed=3),
        keras.regularizers.L1L2(0.5, 0.25),
        keras.constraints.MaxNorm(3.0),
        Doubled(name="twice"),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_it_goes_to_plain_data_and_back(thing):
    data = keras.saving.serialize_keras_object(thing)
    again = keras.utils.deserialize_keras_object(data)
    assert type(again) is type(thing)
    assert keras.saving.serialize_keras_object(again) == data


def test_classes_that_are_passed_along():
    class Mine(keras.layers.Layer):
        def call(self, inputs):
            return inputs

    data = keras.saving.serialize_keras_object(Mine(name="mine"))
    assert isinstance(keras.saving.deserialize_keras_object(data, {"Mine": Mine}), Mine)
    with pytest.raises(ValueError, match="There is no layer 'Mine'"):
        keras.saving.deserialize_keras_object(data)


@pytest.mark.parametrize("config", [None, "Dense", {}, {"class_name": 3}, {"config": {}}])
def test_what_is_no_description(config):
    with pytest.raises(ValueError, match="Expected a dict with a class_name"):
        keras.saving.deserialize_keras_object(config)


@pytest.mark.parametrize("module", ["os", "keras.losses", "subprocess"])
def test_modules_are_never_imported(module):
    with pytest.raises(ValueError, match="There is no"):
        keras.saving.deserialize_keras_object({"module": module, "class_name": "system", "config": {}})


def test_what_keras_does_not_write():
    with pytest.raises(TypeError, match="Expected something of Keras"):
        keras.saving.serialize_keras_object(object())


@pytest.mark.parametrize("parts", [(1,), (1, 2), (1, 2, 3)])
def test_the_parts_of_a_batch(parts):
    unpacked = keras.utils.unpack_x_y_sample_weight(parts)
    assert unpacked == (*parts, None, None)[:3]
    packed = keras.utils.pack_x_y_sample_weight(*parts)
    assert packed == (parts if len(parts) > 1 else 1)
    assert keras.utils.unpack_x_y_sample_weight(packed) == unpacked


def test_more_than_a_batch():
    assert keras.utils.pack_x_y_sample_weight([1, 2]) == ([1, 2],)
    with pytest.raises(ValueError, match="got 4 parts"):
        keras.utils.unpack_x_y_sample_weight((1, 2, 3, 4))


def test_settings_are_what_they_are():
    assert keras.config.floatx() == "float32" and keras.config.image_data_format() == "channels_last"
    assert keras.config.epsilon() == 1e-7
    with pytest.raises(ValueError, match="'float32' unless a layer has a dtype of its own; got 'float16'"):
        keras.config.set_floatx("float16")
    with pytest.raises(ValueError, match="'channels_last', as .* got 'channels_first'"):
        keras.config.set_image_data_format("channels_first")
    assert keras.__version__ == tf.__version__
    assert np.asarray(keras.utils.is_keras_tensor(x))
