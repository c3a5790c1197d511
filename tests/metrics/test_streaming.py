"""The metrics of the graph API: TensorFlow's numbers, variables and names over several batches."""

import json
from pathlib import Path

import numpy as np
import pytest

import kerasflow as tf
from tests.golden import stream_programs

GENUINE = json.loads((Path(stream_programs.__file__).parent / "streams.json").read_text())["metrics"]


@pytest.fixture(scope="module")
def ours():
    return stream_programs.metrics(tf)


@pytest.mark.parametrize("key", GENUINE)
def test_tensorflows_numbers_and_names(ours, key):
    updates, value, variables, name, update_name = GENUINE[key]
    found = ours[key]
    for mine, theirs in zip(found[0], updates, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found[1], value, rtol=1e-5, atol=1e-6)
    assert found[2] == variables
    if not key.startswith("iou"):
        assert found[3:] == [name, update_name]


def test_local_variables_start_over():
    value, update = tf.metrics.mean([1.0, 3.0], metrics_collections="values", updates_collections=["updates", "more"])
    assert tf.get_collection("values") == [value]
    assert tf.get_collection("updates") == tf.get_collection("more") == [update]
    assert tf.get_collection(tf.GraphKeys.METRIC_VARIABLES) == tf.local_variables()
    assert tf.trainable_variables() == tf.global_variables() == []
    with tf.Session() as session:
        for _ in range(2):
            session.run(tf.local_variables_initializer())
            assert session.run(value) == 0
            assert session.run(update) == session.run(value) == 2


def test_columns_are_taken_for_vectors():
    value, update = tf.metrics.accuracy([[1], [2], [3]], [1, 2, 0])
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        assert round(float(session.run(update)), 6) == 0.666667
    assert value is not update


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda: tf.metrics.auc([1], [0.5], curve="XY"), "curve must be either ROC or PR"),
        (lambda: tf.metrics.auc([1], [0.5], summation_method="other"), "summation_method"),
        (lambda: tf.metrics.sensitivity_at_specificity([1], [0.5], 1.5), r"in the range \[0, 1\]"),
        (lambda: tf.metrics.specificity_at_sensitivity([1], [0.5], -0.5), r"in the range \[0, 1\]"),
        (lambda: tf.metrics.mean([1.0, 2.0], weights=[1.0, 2.0, 3.0]), "can not be broadcast"),
        (lambda: tf.metrics.mean_squared_error([1.0, 2.0], [1.0, 2.0, 3.0]), "are not compatible"),
    ],
)
def test_mistakes(make, what):
    with pytest.raises(ValueError, match=what):
        make()


def test_keras_keeps_its_own():
    per_sample = tf.keras.metrics.mean_squared_error(tf.zeros([2, 3]), tf.ones([2, 3]))
    assert per_sample.shape.as_list() == [2]
    assert tf.keras.metrics.mean_absolute_error is tf.losses.mae is not tf.metrics.mean_absolute_error
