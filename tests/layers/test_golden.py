"""Each layer against Keras 3: outputs, one step of training, names and shapes of weights, configuration."""

import json
from pathlib import Path

import numpy as np
import pytest

import kerasflow as tf
from tests.golden import layer_programs

EXPECTED = json.loads(Path(layer_programs.__file__).with_name("layers.json").read_text())
ROWS = [f"{n}-{name}" for n, (name, _, _) in enumerate(layer_programs.LAYERS)]


@pytest.mark.parametrize("row", range(len(ROWS)), ids=ROWS)
def test_layer_does_what_keras_does(row):
    expected = EXPECTED[row]
    found = layer_programs.run(tf.keras, row)
    for what in ("names", "shape", "config"):
        assert found[what] == expected[what], what
    np.testing.assert_allclose(found["output"], expected["output"], rtol=2e-5, atol=2e-6)
    np.testing.assert_allclose(found["loss"], expected["loss"], rtol=1e-5)
    assert len(found["weights"]) == len(expected["weights"])
    for ours, theirs in zip(found["weights"], expected["weights"], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("row", range(len(ROWS)), ids=ROWS)
def test_configuration_makes_the_layer_again(row):
    kind, arguments, shape = layer_programs.LAYERS[row]
    layer = getattr(tf.keras.layers, kind)(**arguments)
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    assert again.compute_output_shape((None, *shape)) == layer.compute_output_shape((None, *shape))
