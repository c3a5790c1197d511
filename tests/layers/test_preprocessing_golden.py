"""Layers that prepare data give what those of Keras 3.15.1 give; tests/golden/preprocessing.json says what that is."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from kerasflow import layers

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
FOUND = json.loads((GOLDEN / "preprocessing.json").read_text())


def programs():
    spec = importlib.util.spec_from_file_location("preprocessing_programs", GOLDEN / "preprocessing_programs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.PROGRAMS


PROGRAMS = programs()


def decoded(value):
    if isinstance(value, list):
        return [decoded(v) for v in value]
    return value.decode() if isinstance(value, bytes) else value


def plain(config):
    """A configuration as a file holds it, the type by its name alone."""
    config = json.loads(json.dumps(config))
    if isinstance(config["dtype"], dict):
        config["dtype"] = config["dtype"]["config"]["name"]
    return config


def made(name):
    kind, arguments, data, inputs = PROGRAMS[name]
    layer = getattr(layers, kind)(**arguments, name="x")
    if data is not None:
        layer.adapt(data if isinstance(np.asarray(data).flat[0], str) else np.array(data))
    return layer, inputs


def assert_gives(layer, inputs, found):
    got, wanted = layer.transform(inputs), found["output"]
    if got.dtype.kind == "O":
        assert decoded(got.tolist()) == wanted
    else:
        assert got.shape == np.shape(wanted)
        np.testing.assert_allclose(got, wanted, rtol=2e-6, atol=1e-6)


@pytest.mark.parametrize("name", PROGRAMS)
def test_as_keras(name):
    layer, inputs = made(name)
    found = FOUND[name]
    assert_gives(layer, inputs, found)
    assert plain(layer.get_config()) == plain(found["config"])
    if "vocabulary" in found:
        assert layer.get_vocabulary() == found["vocabulary"]
    if "idf_weights" in found:
        np.testing.assert_allclose(layer.own_arrays()["idf_weights"], found["idf_weights"], rtol=1e-6)
    if "boundaries" in found:
        np.testing.assert_allclose(layer.bin_boundaries, found["boundaries"], rtol=1e-6)
    for got, wanted in zip(layer.get_weights(), found.get("weights", []), strict="weights" in found):
        np.testing.assert_allclose(got, wanted, rtol=1e-6)


@pytest.mark.parametrize("name", PROGRAMS)
def test_from_what_keras_writes(name):
    """From the configuration, the files and the arrays that Keras keeps, a layer that does the same."""
    layer, inputs = made(name)
    found = FOUND[name]
    again = type(layer).from_config(plain(found["config"]))
    if hasattr(layer, "assets"):
        again.set_assets(layer.assets())
        again.set_own_arrays(layer.own_arrays())
        assert again.get_vocabulary() == layer.get_vocabulary()
    if found.get("weights"):
        again.build(layer.get_build_config()["input_shape"])
        again.set_weights(layer.get_weights())
    assert_gives(again, inputs, found)
    assert plain(again.get_config()) == plain(found["config"])
