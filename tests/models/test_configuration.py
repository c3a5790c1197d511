"""Models as plain data and back."""

import json

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.keras import layers, models
from kerasflow.layers.keras_operations import KerasOperation


def ends(**layer):
    """A functional model x -> one layer, with something about the layer changed."""
    x = {"class_name": "InputLayer", "config": {"batch_shape": [None, 2], "name": "x"}, "name": "x"}
    d = {"class_name": "Dense", "config": {"units": 1, "name": "d"}, "name": "d", "inbound_nodes": [call("x")], **layer}
    return {"layers": [x, d], "input_layers": ["x", 0, 0], "output_layers": ["d", 0, 0], "name": "m"}


def call(*history, **kwargs):
    name, *rest = history
    config = {"shape": [None, 2], "dtype": "float32", "keras_history": [name, *(rest or (0, 0))]}
    return {"args": [{"class_name": "__keras_tensor__", "config": config}], "kwargs": kwargs}


def same(model, x, again=None):
    """`model` and what its description gives predict the same, with the same weights."""
    again = again or models.model_from_json(model.to_json())
    again.set_weights(model.get_weights())
    wanted, got = model.predict(x, verbose=0), again.predict(x, verbose=0)
    assert type(wanted) is type(got)
    pairs = zip(_flat(wanted), _flat(got), strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs)
    assert [layer.name for layer in again.layers] == [layer.name for layer in model.layers]
    return again


def _flat(value):
    if isinstance(value, dict):
        return [value[k] for k in sorted(value)]
    return value if isinstance(value, list) else [value]


def test_shared_layers_nested_models_and_dicts():
    x, z = tf.keras.Input((4,), name="x"), tf.keras.Input((2,), name="z")
    shared = layers.Dense(4, name="shared")
    a = shared(shared(x))
    inside = tf.keras.Input((6,))
    inner = tf.keras.Model(inside, layers.Dense(2)(inside), name="inner")
    stack = tf.keras.Sequential([tf.keras.Input((6,)), layers.Dense(2)], name="stack")
    both = layers.Concatenate()([a, z])
    out = inner(layers.Concatenate()([stack(both), a]))
    model = tf.keras.Model({"x": x, "z": z}, {"p": out, "q": inner(both)}, name="m")
    rng = np.random.default_rng(0)
    again = same(model, {"x": rng.normal(size=(3, 4)), "z": rng.normal(size=(3, 2))})
    assert again.name == "m" and again.get_config() == model.get_config()
    # As an output, the calls of a functional model are counted from 1.
    assert model.get_config()["output_layers"] == {"p": ["inner", 1, 0], "q": ["inner", 2, 0]}


def test_calls_outside_of_the_model_do_not_count():
    x = tf.keras.Input((2,), name="x")
    d = layers.Dense(2, name="d")
    d(x)
    model = tf.keras.Model(x, d(d(x)))
    nodes = model.get_config()["layers"][1]["inbound_nodes"]
    assert [n["args"][0]["config"]["keras_history"] for n in nodes] == [["x", 0, 0], ["d", 0, 0]]
    same(model, np.ones((1, 2)))


def test_a_model_from_the_middle_of_another_gets_an_input_of_its_own():
    x = tf.keras.Input((4,))
    h = layers.Dense(3, name="h")(x)
    tail = tf.keras.Model(h, layers.Dense(2)(h))
    first = tail.get_config()["layers"][-1]
    assert (first["class_name"], first["name"], first["config"]["batch_shape"]) == ("InputLayer", "h", (None, 3))
    again = models.model_from_json(tail.to_json())
    again.set_weights(tail.get_weights())
    data = np.random.default_rng(0).normal(size=(2, 3))
    assert np.array_equal(again.predict(data, verbose=0), tail.predict(data, verbose=0))


def test_operators_are_operations_of_keras():
    x = tf.keras.Input((4,), name="x")
    y = tf.reduce_mean(tf.nn.softmax(x[:, 1:] * 2.0), axis=1, keepdims=True)
    model = tf.keras.Model(x, tf.concat([y, 1.0 - x / 3.0], -1))
    found = {layer["class_name"] for layer in model.get_config()["layers"]}
    assert found == {"InputLayer", "GetItem", "Multiply", "Softmax", "Mean", "TrueDivide", "Subtract", "Concatenate"}
    data = np.random.default_rng(0).normal(size=(3, 4))
    again = same(model, data)
    assert isinstance(again.layers[1], KerasOperation)
    same(again, data)


def test_an_operation_without_a_counterpart():
    x = tf.keras.Input((4,))
    with pytest.raises(ValueError, match=r"operation Cumsum \('cumsum'\) of the model has no counterpart in Keras"):
        tf.keras.Model(x, tf.cumsum(x)).to_json()


def test_the_phase_is_kept_if_somebody_asked_for_it():
    x = tf.keras.Input((4,))
    for training in (True, False):
        model = tf.keras.Model(x, layers.Dropout(0.5, name="d")(x, training=training))
        again = models.model_from_json(model.to_json())
        assert again.layers[1].nodes[0].kwargs == {"training": training}
        zeros = (again.predict(np.ones((1, 1000, 4))[0], verbose=0) == 0).any()
        assert zeros == training
    # Keras writes the phase it happened to be in.
    free = models.Model.from_config(
        ends(class_name="Dropout", config={"rate": 0.5, "name": "d"}, inbound_nodes=[call("x", training=False)])
    )
    assert free.layers[1].nodes[0].kwargs == {}


def test_tensors_among_the_keyword_arguments():
    class Scaled(layers.Layer):
        def call(self, inputs, by=None, more=()):
            return inputs * by + more[0]

    x = tf.keras.Input((3,), name="x")
    model = tf.keras.Model(x, Scaled(name="s")(x, by=tf.square(x), more=[x]))
    again = models.model_from_json(model.to_json(), {"Scaled": Scaled})
    assert again.predict(np.full((1, 3), 2.0), verbose=0).tolist() == [[10.0] * 3]


def test_a_model_of_ones_own_says_its_arguments():
    class Mine(tf.keras.Model):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.units, self.d = units, layers.Dense(units)

        def call(self, inputs):
            return self.d(inputs)

        def get_config(self):
            return {**super().get_config(), "units": self.units}

    model = Mine(3, name="mine")
    again = models.model_from_json(model.to_json(), {"Mine": Mine})
    assert (again.units, again.name) == (3, "mine")
    assert again.predict(np.ones((1, 2)), verbose=0).shape == (1, 3)


def test_a_functional_model_of_ones_own_class():
    class Named(tf.keras.Model):
        pass

    x = tf.keras.Input((2,))
    model = Named(x, layers.Dense(1)(x))
    assert type(models.model_from_json(model.to_json(), {"Named": Named})) is Named
    with pytest.raises(ValueError, match="custom_objects={'Named': Named}"):
        models.model_from_json(model.to_json())


def test_a_stack_that_does_not_know_its_input_stays_so():
    again = models.model_from_json(tf.keras.Sequential([layers.Dense(2)], name="s").to_json())
    assert (again.name, again.built) == ("s", False)
    built = tf.keras.Sequential([layers.Dense(2)])
    built.build((None, 3))
    assert models.model_from_json(built.to_json()).input_shape == (None, 3)


def test_frozen_layers_stay_frozen():
    model = tf.keras.Sequential([tf.keras.Input((2,)), layers.Dense(1, trainable=False), layers.Dense(1)])
    model.layers[1].trainable = False
    again = models.model_from_json(model.to_json())
    assert [layer.trainable for layer in again.layers] == [False, False] and again.trainable


# Keras 2.


def keras_2():
    def layer(name, kind, nodes, **config):
        return {"class_name": kind, "name": name, "config": {"name": name, **config}, "inbound_nodes": nodes}

    x = layer("x", "InputLayer", [], batch_input_shape=[None, 3], dtype="float32", sparse=False, ragged=False)
    inner_x = layer("ix", "InputLayer", [], batch_input_shape=[None, 2], dtype="float32", sparse=False, ragged=False)
    deep = layer("deep", "Dense", [[["ix", 0, 0, {}]]], units=2)
    inner = {
        "name": "inner",
        "layers": [inner_x, deep],
        "input_layers": [["ix", 0, 0]],
        "output_layers": [["deep", 0, 0]],
    }
    shared = layer("d", "Dense", [[["x", 0, 0, {}]], [["norm", 0, 0, {}]]], units=2, activation="relu")
    norm = layer("norm", "BatchNormalization", [[["pad", 0, 0, {"training": False}]]], axis=[1])
    pad = layer("pad", "Concatenate", [[["d", 0, 0, {}], ["one", 0, 0, {}]]], axis=-1)
    one = layer("one", "Dense", [[["x", 0, 0, {}]]], units=1)
    model = {"class_name": "Functional", "config": inner, "name": "inner"}
    model["inbound_nodes"] = [[["d", 1, 0, {}]], [["inner", 1, 0, {}]]]
    merged = layer("sum", "Add", [[["inner", 2, 0, {}], ["d", 1, 0, {}]]])
    config = {"name": "old", "layers": [x, shared, one, pad, norm, model, merged]}
    return {**config, "input_layers": [["x", 0, 0]], "output_layers": [["sum", 0, 0]]}


def test_the_form_of_keras_2():
    config = {"class_name": "Functional", "config": keras_2(), "keras_version": "2.15.0", "backend": "tensorflow"}
    model = models.model_from_json(json.dumps(config))
    assert [layer.name for layer in model.layers] == ["x", "d", "one", "pad", "norm", "inner", "sum"]
    rng = np.random.default_rng(0)
    model.set_weights([rng.uniform(0.5, 1.5, w.shape) for w in model.get_weights()])
    w = {v.name: v.numpy().astype(float) for v in model.weights}
    x = rng.normal(size=(4, 3))

    def dense(name, a):
        return a @ w[f"{name}/kernel"] + w[f"{name}/bias"]

    h = np.concatenate([np.maximum(dense("d", x), 0), dense("one", x)], -1)
    h = (h - w["norm/moving_mean"]) / np.sqrt(w["norm/moving_variance"] + 1e-3) * w["norm/gamma"] + w["norm/beta"]
    h = np.maximum(dense("d", h), 0)
    wanted = dense("deep", dense("deep", h)) + h
    np.testing.assert_allclose(model.predict(x, verbose=0), wanted, rtol=1e-5)


def test_a_model_that_keras_2_calls_on_itself():
    """The last call is only among the outputs, and shows that calls are counted from 1."""
    config = keras_2()
    model = next(layer for layer in config["layers"] if layer["name"] == "inner")
    x = {**config["layers"][0], "config": {**config["layers"][0]["config"], "batch_input_shape": [None, 2]}}
    model["inbound_nodes"] = [[["x", 0, 0, {}]], [["inner", 1, 0, {}]]]
    config |= {"layers": [x, model], "output_layers": [["inner", 2, 0]]}
    again = models.Model.from_config(config)
    kernel, bias = again.get_weights()
    data = np.ones((1, 2))
    np.testing.assert_allclose(again.predict(data, verbose=0), (data @ kernel + bias) @ kernel + bias, rtol=1e-6)


def test_a_stack_as_keras_2_writes_it():
    first = {"class_name": "Dense", "config": {"units": 2, "batch_input_shape": [None, 3], "dtype": "float32"}}
    model = models.model_from_config({"class_name": "Sequential", "config": [first]})
    assert model.output_shape == (None, 2)
    model = models.model_from_config({"class_name": "Sequential", "config": {"name": "s", "layers": [first]}})
    assert model.input_shape == (None, 3)


# What is no model.


@pytest.mark.parametrize(
    "config, message",
    [
        ({"layers": []}, "input_layers"),
        ({**ends(), "layers": {}}, "lists"),
        ({**ends(), "layers": [3]}, "has a name and a config"),
        ({**ends(), "layers": ends()["layers"] * 2}, "Two layers of the model are called 'x'"),
        ({**ends(), "output_layers": ["e", 0, 0]}, "no such layer"),
        ({**ends(), "output_layers": ["d", 1, 0]}, "Call 1 of the layer 'd' gives 0 tensors"),
        ({**ends(), "output_layers": ["d", 0, 1]}, "none is number 1"),
        ({**ends(), "output_layers": ["d", 0, -1]}, "none is number -1"),
        ({**ends(), "output_layers": 7}, "output_layers of a functional model name no tensors"),
        (ends(inbound_nodes=3), "list of inbound_nodes"),
        (ends(inbound_nodes=[call("y")]), "what 'y' gives, but the model has no such layer"),
        (ends(inbound_nodes=[call("d")]), r"calls of the layers \['d'\] form a circle"),
        (ends(inbound_nodes=[call("x", 5, 0)]), "form a circle, or take what no layer gives"),
        (ends(inbound_nodes=[call("x", 0, "0")]), "none is number 0"),
        (ends(inbound_nodes=[{"args": 3, "kwargs": {}}]), "list of args"),
        (ends(inbound_nodes=[{"args": [], "kwargs": {}}]), "called on tensors"),
        (ends(inbound_nodes=[{"args": [{"class_name": "__lambda__", "config": {"value": "code"}}]}]), "'__lambda__'"),
        (ends(inbound_nodes=[{"args": [{"class_name": "__keras_tensor__", "config": {}}]}]), "has no place"),
        (ends(inbound_nodes=[call("x", speed=3)]), "speed"),
        (
            ends(module="keras.src.ops.numpy", class_name="Cumsum", config={}),
            "operation 'Cumsum' of keras.src.ops.numpy",
        ),
        (ends(module="keras.src.ops.numpy", class_name="Sum", config={"ax": 1}), "'Sum'.*'ax'"),
    ],
)
def test_what_is_no_functional_model(config, message):
    with pytest.raises((ValueError, TypeError), match=message):
        models.Model.from_config(config)


def test_what_is_no_model():
    with pytest.raises(ValueError, match="description of a model"):
        models.model_from_json(json.dumps(layers.serialize(layers.Dense(1))))
    with pytest.raises(ValueError, match="not valid JSON"):
        models.model_from_json("{")
    with pytest.raises(ValueError, match="nested too deeply"):
        models.model_from_json("[" * 5000 + "]" * 5000)
    with pytest.raises(TypeError, match="to_json"):
        models.model_from_json({})
    with pytest.raises(ValueError, match="list of layers"):
        models.Sequential.from_config({"name": "s"})


def test_a_long_chain_is_read_in_any_order():
    x = tf.keras.Input((1,), name="x")
    y = x
    for i in range(300):
        y = layers.Activation("linear", name=f"a{i}")(y)
    config = tf.keras.Model(x, y).get_config()
    config["layers"].reverse()
    assert len(models.Model.from_config(config).layers) == 301


# Clones.


def test_a_clone_has_new_weights_and_the_same_calls():
    x = tf.keras.Input((2,), name="x")
    d = layers.Dense(2, name="d")
    model = tf.keras.Model(x, d(d(x)) * 2.0)
    again = models.clone_model(model)
    assert not set(again.weights) & set(model.weights)
    assert not np.array_equal(again.get_weights()[0], model.get_weights()[0])
    same(model, np.ones((1, 2)), again)


def test_clones_as_the_functions_say():
    model = tf.keras.Sequential([tf.keras.Input((2,), name="x"), layers.Dense(2, name="d"), layers.Dropout(0.5)])
    frozen = models.clone_model(model, clone_function=lambda layer: layer)
    assert frozen.layers[0] is model.layers[0]
    x = tf.keras.Input((2,), name="y")
    called = []

    def call(layer, *args, **kwargs):
        called.append(layer.name)
        return layer(*args, **kwargs)

    base = tf.keras.Model(x, model(x))
    again = models.clone_model(base, input_tensors=[x], call_function=call)
    assert again.inputs == [x] and called == [model.name]
    names = []
    models.clone_model(base, clone_function=lambda layer: names.append(layer.name) or layer, recursive=True)
    assert names == [layer.name for layer in model.layers]


def test_what_cannot_be_cloned():
    class Mine(tf.keras.Model):
        pass

    with pytest.raises(ValueError, match="make another by its class"):
        models.clone_model(Mine())
    x = tf.keras.Input((2,))
    model = tf.keras.Model(x, layers.Dense(1)(x))
    with pytest.raises(ValueError, match="has 1 inputs, got 2 input_tensors"):
        models.clone_model(model, [x, x])
    with pytest.raises(ValueError, match="must give a layer, gave 3"):
        models.clone_model(model, clone_function=lambda layer: 3)
