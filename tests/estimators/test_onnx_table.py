"""A table's columns in, predictions out, in onnxruntime: what the encoder, the network and the target give."""

import numpy as np
import pytest

from kerasflow.estimators.onnx_table import table_model
from kerasflow.estimators.tabular import TabularEncoder
from kerasflow.estimators.tabular_columns import BUCKETS
from kerasflow.estimators.targets import LabelTarget, NumberTarget
from kerasflow.onnx import ExportError
from tests.estimators.table_cases import OTHERS, TRAINING, UNUSED, fed, finite, hashed, network, probabilities
from tests.onnx.running import run


@pytest.mark.parametrize("columns", [TRAINING, OTHERS], ids=["training", "others"])
def test_numbers_are_predicted_the_same(columns):
    encoder, target = TabularEncoder().fit(TRAINING), NumberTarget(2e5, 12345.6)
    model = network(encoder, 1)
    found = run(table_model(encoder, target, model, "price"), fed(columns))["prediction"]
    wanted = target.decode(model.predict(encoder.transform(finite(columns)), verbose=0))
    assert found.dtype == np.float64 and found.shape == wanted.shape
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=target.scale * 1e-5)


@pytest.mark.parametrize("columns", [TRAINING, OTHERS], ids=["training", "others"])
def test_labels_are_predicted_the_same(columns):
    target = LabelTarget(("low", "mid", "größer"), (0.2, 0.3, 0.5))
    encoder = TabularEncoder().fit(TRAINING)
    model = network(encoder, 3)
    found = run(table_model(encoder, target, model), fed(columns))
    logits = model.predict(encoder.transform(finite(columns)), verbose=0).astype(np.float64)
    np.testing.assert_allclose(found["probabilities"], probabilities(logits), atol=1e-5)
    assert found["prediction"].tolist() == target.decode(logits).tolist()
    assert columns is OTHERS or len(set(found["prediction"].tolist())) > 1


def test_every_column_that_is_used_is_an_input_and_the_target_is_noted():
    encoder = TabularEncoder().fit(TRAINING)
    made = table_model(encoder, NumberTarget(0.0, 1.0), network(encoder, 1), "price")
    assert [i.name for i in made.graph.input] == [name for name in TRAINING if name not in UNUSED]
    assert {p.key: p.value for p in made.metadata_props}["target"] == "price"
    dims = made.graph.input[0].type.tensor_type.shape.dim
    assert (dims[0].dim_param, dims[1].dim_value) == ("rows", 1)


def test_a_column_may_be_called_as_an_output():
    encoder = TabularEncoder().fit({"prediction": np.array([1.0, 2.0])})
    made = table_model(encoder, NumberTarget(0.0, 1.0), network(encoder, 1))
    assert [o.name for o in made.graph.output] == ["prediction_1"]
    assert run(made, {"prediction": np.array([[1.5]])})["prediction_1"].shape == (1,)


def test_texts_in_buckets_have_no_form():
    assert hashed().buckets == BUCKETS
    encoder = TabularEncoder.of([hashed()])
    with pytest.raises(ExportError, match=r"columns \['street'\] are dealt into buckets by a hash"):
        table_model(encoder, NumberTarget(0.0, 1.0), network(encoder, 1))
