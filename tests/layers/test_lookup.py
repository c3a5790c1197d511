"""Layers as plain data."""

import json
import warnings

import pytest

import kerasflow as tf
from kerasflow.keras import layers

# The arguments of each layer that has no default for all of them.
ARGUMENTS = {
    "Activation": ("relu",),
    "AveragePooling1D": (2,),
    "AveragePooling2D": (2,),
    "AveragePooling3D": (2,),
    "Conv1D": (3, 2),
    "Conv1DTranspose": (3, 2),
    "Conv2D": (3, 2),
    "Conv2DTranspose": (3, 2),
    "Conv3D": (3, 2),
    "Conv3DTranspose": (3, 2),
    "Dense": (3,),
    "DepthwiseConv1D": (2,),
    "DepthwiseConv2D": (2,),
    "Dot": (1,),
    "Dropout": (0.5,),
    "Embedding": (5, 2),
    "InputLayer": ((3,),),
    "Reshape": ((3, 2),),
    "SeparableConv1D": (3, 2),
    "SeparableConv2D": (3, 2),
}


class Scale(layers.Layer):
    """A layer of the caller's own."""

    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, inputs):
        return inputs * self.factor

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


@pytest.mark.parametrize("name", sorted(ARGUMENTS))
def test_what_is_made_from_a_description_has_the_same_one(name):
    layer = getattr(layers, name)(*ARGUMENTS[name], name="it")
    saved = json.loads(json.dumps(layers.serialize(layer)))
    assert (saved["module"], saved["class_name"], saved["registered_name"]) == ("keras.layers", name, None)
    again = layers.deserialize(saved)
    assert type(again) is type(layer) and again is not layer
    assert json.loads(json.dumps(again.get_config())) == saved["config"]


def dense(**config):
    return {"module": "keras.layers", "class_name": "Dense", "config": {"units": 2, **config}}


def test_what_later_kerases_write_besides():
    policy = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float64"}, "registered_name": None}
    layer = layers.deserialize({**dense(dtype=policy, quantization_config=None), "build_config": {"input_shape": [1]}})
    assert layer.dtype == tf.float64 and not layer.built
    glorot = {"class_name": "GlorotUniform", "config": {"seed": 3, "input_axes": None, "output_axes": None}}
    assert layers.deserialize(dense(kernel_initializer=glorot)).kernel_initializer.seed == 3
    norm = {"class_name": "BatchNormalization", "config": {"renorm": False, "synchronized": False, "momentum": 0.5}}
    assert layers.deserialize(norm).momentum == 0.5


@pytest.mark.parametrize(
    "config, message",
    [
        (None, "description of a layer"),
        ("Dense", "description of a layer"),
        ({"class_name": "Dense"}, "description of a layer"),
        ({"class_name": 3, "config": {}}, "description of a layer"),
        ({**dense(), "run": "this"}, "description of a layer"),
        ({"class_name": "Dense", "config": {3: 4}}, "names that are no texts"),
        (dense(unit=3), r"'Dense'.*unit"),
        (dense(quantization_config={"bits": 4}), "quantization_config"),
        (
            dense(dtype={"class_name": "QuantizedDTypePolicy", "config": {"name": "int8"}}),
            "type that kerasflow does not",
        ),
        (dense(name="d", activation="warp"), "no activation 'warp'"),
        ({"class_name": "BatchNormalization", "config": {"renorm": True}}, "renorm"),
        (
            {"class_name": "Dens", "config": {}},
            r"no layer 'Dens'. Did you mean 'Dense'.*custom_objects=\{'Dens': Dens\}",
        ),
        ({"class_name": "Layer", "config": {}}, "no layer 'Layer'"),
        ({"module": "os", "class_name": "system", "config": {"command": "true"}}, "no layer 'system'"),
    ],
)
def test_what_is_no_layer(config, message):
    with pytest.raises(ValueError, match=f"(?s){message}"):
        layers.deserialize(config)


def test_mixed_precision_is_said_aloud():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        layer = layers.deserialize(dense(dtype={"class_name": "DTypePolicy", "config": {"name": "mixed_float16"}}))
    assert layer.dtype == tf.float32
    assert "computes in mixed_float16" in str(caught[0].message)


def test_of_the_callers_own():
    saved = layers.serialize(Scale(3.0, name="s"))
    assert saved["registered_name"] == "Scale" and saved["config"]["factor"] == 3.0
    with pytest.raises(ValueError, match=r"no layer 'Scale'.*pass custom_objects=\{'Scale': Scale\}, or decorate"):
        layers.deserialize(saved)
    assert layers.deserialize(saved, {"Scale": Scale}).factor == 3.0
    with tf.keras.utils.custom_object_scope({"Scale": Scale}):
        assert type(layers.deserialize(saved)) is Scale


def test_custom_objects_reach_what_is_inside():
    def cube(x):
        return x * x * x

    saved = layers.serialize(layers.Dense(2, activation=cube))
    assert layers.deserialize(saved, {"cube": cube}).activation is cube


def test_what_from_config_gives_has_to_be_a_layer():
    class Odd(Scale):
        @classmethod
        def from_config(cls, config):
            return config

    with pytest.raises(ValueError, match="was to be a layer"):
        layers.deserialize({"class_name": "Odd", "config": {"factor": 1.0}}, {"Odd": Odd})
