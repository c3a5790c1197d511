"""Models as ONNX compute in onnxruntime what they predict, in batches of any size."""

import numpy as np
import pytest

import kerasflow.keras as keras
from kerasflow.layers.symbolic import flatten
from kerasflow.models.data import input_arrays
from kerasflow.models.files.exporting import onnx_model
from kerasflow.onnx import ExportError
from tests.onnx.running import run
from tests.parity.cases import CASES
from tests.parity.harness import drawn_weights

# What is refused, and why.
REFUSED = {
    "running total": "it changes a variable",
    "Discretization([-1.0, 0.0, 1.0], output_mode='one_hot'), prepared": "Prepare",
    "Discretization([-1.0, 0.0, 1.0], output_mode='count'), prepared": "Prepare",
}
# One for each way in which models are put together; all others are slow together.
FIRST = {
    "mlp",
    "dicts, nested models and operators",
    "BatchNormalization(center=False), 3 axes",
    "Conv2DTranspose(3, 3, strides=2, output_padding=1), 4 axes",
    "LSTM, masked both ways",
    "GRU, masked",
    "heads on words that count",
    "MaxPooling2D((3, 2), strides=2, padding='same'), 4 axes",
    "documents of sentences",
}
NAMED = {case.name: case for case in CASES}


def check(case):
    model = case.make(keras)
    model.predict(case.inputs, verbose=0)
    model.set_weights(drawn_weights(model, np.random.default_rng(0)))
    arrays = input_arrays(model, case.inputs)
    wanted = flatten(model.predict(case.inputs, verbose=0))
    made = onnx_model(model)
    assert [i.name for i in made.graph.input] == model.input_names
    for count in (len(arrays[0]), 2):
        found = list(run(made, {n: a[:count] for n, a in zip(model.input_names, arrays, strict=True)}, True).values())
        assert len(found) == len(wanted)
        for got, want in zip(found, map(np.asarray, wanted), strict=True):
            want = want[:count] if len(want) == len(arrays[0]) else want
            assert got.dtype == want.dtype
            scale = max(1.0, float(np.abs(want).max(initial=0.0)))
            np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-5 * scale)


@pytest.mark.parametrize("name", sorted(FIRST & set(NAMED)))
def test_a_model_computes_the_same(name):
    check(NAMED[name])


def test_the_first_ones_are_there():
    assert set(NAMED) >= FIRST | set(REFUSED)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in NAMED if name not in FIRST | set(REFUSED)])
def test_all_models_compute_the_same(name):
    check(NAMED[name])


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_form_is_named(name):
    case = NAMED[name]
    model = case.make(keras)
    model.predict(case.inputs, verbose=0)
    with pytest.raises(ExportError, match=REFUSED[name]) as caught:
        onnx_model(model)
    assert "operation 'total/" in str(caught.value) or "operation 'discretization/" in str(caught.value)
    assert ".py:" in str(caught.value)
