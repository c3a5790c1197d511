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
REFUSED = {"running total": "it changes a variable"}
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
    assert "operation 'total/" in str(caught.value) and ".py:" in str(caught.value)


WORDS = np.array([["b", "a"], ["?", "ä"], ["", "b"]], object)
PREPARED = {
    "places": (lambda k: k.StringLookup(vocabulary=["a", "b", "ä"]), WORDS),
    "masked": (lambda k: k.StringLookup(vocabulary=["a", "b", "ä"], mask_token=""), WORDS),
    "one hot": (lambda k: k.StringLookup(vocabulary=["a", "b", "ä"], output_mode="multi_hot"), WORDS),
    "weights": (
        lambda k: k.StringLookup(vocabulary=["a", "b"], idf_weights=[0.5, 2.0], output_mode="tf_idf"),
        WORDS,
    ),
    "words": (lambda k: k.StringLookup(vocabulary=["a", "b"], invert=True), np.array([[0, 2], [1, 7]])),
    "whole numbers": (lambda k: k.IntegerLookup(vocabulary=[7, 40]), np.array([[7, 8], [40, -1]])),
    "bins": (lambda k: k.Discretization([-1.0, 0.5]), np.array([[-1.0, 0.0], [0.5, np.nan], [-3, 9]], np.float32)),
}


@pytest.mark.parametrize(("make", "data"), PREPARED.values(), ids=PREPARED)
def test_layers_that_prepare_data(make, data):
    dtype = "string" if data.dtype == object else str(data.dtype)
    x = keras.Input((2,), dtype=dtype, name="x")
    model = keras.Model(x, make(keras.layers)(x))
    wanted = np.asarray(model.predict(data, verbose=0))
    (found,) = run(onnx_model(model), {"x": data}).values()
    if wanted.dtype == object:
        assert found.tolist() == [[t.decode() for t in row] for row in wanted.tolist()]
    else:
        np.testing.assert_allclose(found, wanted, rtol=1e-6)
        assert found.dtype == wanted.dtype


def test_words_that_a_hash_places_have_no_form():
    x = keras.Input((2,), dtype="string")
    model = keras.Model(x, keras.layers.StringLookup(vocabulary=["a"], num_oov_indices=3)(x))
    with pytest.raises(ExportError, match=r"\(Prepare\): it runs a Python function"):
        onnx_model(model)


def test_sizes_that_are_left_open_can_be_given():
    x, y = keras.Input((None, None, 2), name="x"), keras.Input((3,), name="y")
    model = keras.Model([x, y], [keras.layers.Conv2DTranspose(1, 3, strides=2)(x), keras.layers.Dense(1)(y)])
    with pytest.raises(ExportError, match="the size of the images that it makes is not known"):
        onnx_model(model)
    image, row = np.ones((2, 4, 5, 2), np.float32), np.ones((2, 3), np.float32)
    for signature in ([keras.layers.InputSpec(shape=(2, 4, 5, 2)), (None, 3)], {"y": (2, 3), "x": (None, 4, 5, 2)}):
        found = run(onnx_model(model, input_signature=signature), {"x": image, "y": row})
        for got, wanted in zip(found.values(), model.predict([image, row], verbose=0), strict=True):
            np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-6)
    with pytest.raises(ValueError, match="has 2 inputs, input_signature has 1"):
        onnx_model(model, input_signature=(None, 3))
    with pytest.raises(ValueError, match=r"'y' .* has the shape \(\?, 3\), input_signature says \(\?, 4\)"):
        onnx_model(model, input_signature=[(None, 4, 5, 2), (None, 4)])
