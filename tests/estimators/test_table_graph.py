"""A table's columns in, predictions out, as a saved model; these were run by TensorFlow 2.21, too."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.estimators.table_graph import save_table
from kerasflow.estimators.tabular import TabularEncoder
from kerasflow.estimators.targets import LabelTarget, NumberTarget
from kerasflow.saved_model.files import read_graphs
from tests.estimators.table_cases import OTHERS, TRAINING, UNUSED, fed, finite, hashed, network, probabilities


def served(folder, columns):
    """What the signature gives."""
    with tf.Graph().as_default(), tf.Session() as sess:
        signature = tf.saved_model.load(sess, ["serve"], str(folder)).signature_def["serving_default"]
        feeds = {signature.inputs[name].name: array for name, array in fed(columns).items()}
        return {name: sess.run(info.name, feeds) for name, info in signature.outputs.items()}


@pytest.mark.parametrize("columns", [TRAINING, OTHERS], ids=["training", "others"])
def test_numbers_are_predicted_the_same(columns, tmp_path):
    encoder, target = TabularEncoder().fit(TRAINING), NumberTarget(2e5, 12345.6)
    model = network(encoder, 1)
    save_table(encoder, target, model, tmp_path / "m")
    wanted = target.decode(model.predict(encoder.transform(finite(columns)), verbose=0))
    found = served(tmp_path / "m", columns)["prediction"]
    assert found.dtype == np.float64 and found.shape == wanted.shape
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=target.scale * 1e-5)


@pytest.mark.parametrize("columns", [TRAINING, OTHERS], ids=["training", "others"])
def test_labels_are_predicted_the_same(columns, tmp_path):
    encoder, target = TabularEncoder().fit(TRAINING), LabelTarget(("low", "mid", "größer"), (0.2, 0.3, 0.5))
    model = network(encoder, 3)
    save_table(encoder, target, model, tmp_path / "m")
    logits = model.predict(encoder.transform(finite(columns)), verbose=0)
    found = served(tmp_path / "m", columns)
    np.testing.assert_allclose(found["probabilities"], probabilities(logits), atol=1e-5)
    assert [text.decode() for text in found["prediction"]] == target.decode(logits).tolist()


def test_columns_that_are_used_are_inputs_and_nothing_of_kerasflow_is_left(tmp_path):
    encoder = TabularEncoder().fit({**TRAINING, "prediction": np.arange(60.0)})
    save_table(encoder, NumberTarget(0.0, 1.0), network(encoder, 1), tmp_path / "m")
    (meta,) = read_graphs(tmp_path / "m")
    signature = meta.signature_def["serving_default"]
    assert set(signature.inputs) == {*TRAINING, "prediction"} - {*UNUSED} and list(signature.outputs) == [
        "prediction_1"
    ]
    assert not {n.op for n in meta.graph_def.node} & {"VariableV2", "HashTableV2", "Assign"}


def test_texts_in_buckets_have_no_form(tmp_path):
    encoder = TabularEncoder.of([hashed()])
    with pytest.raises(ValueError, match=r"columns \['street'\] are dealt into buckets by a hash"):
        save_table(encoder, NumberTarget(0.0, 1.0), network(encoder, 1), tmp_path / "m")
    assert not list(tmp_path.iterdir())
