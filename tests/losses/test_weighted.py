"""The losses of the graph API: TensorFlow's numbers and names, and what it refuses."""

import json
from pathlib import Path

import numpy as np
import pytest

import kerasflow as tf
from tests.golden import stream_programs

GENUINE = json.loads((Path(stream_programs.__file__).parent / "streams.json").read_text())["losses"]


@pytest.fixture(scope="module")
def ours():
    return stream_programs.losses(tf)


@pytest.mark.parametrize("key", GENUINE)
def test_tensorflows_numbers_and_names(ours, key):
    name, numbers, total = GENUINE[key]
    np.testing.assert_allclose(ours[key][1], numbers, rtol=5e-6, atol=1e-7)
    np.testing.assert_allclose(ours[key][2], total, rtol=5e-6, atol=1e-7)
    if not key.startswith("pairwise"):
        assert ours[key][0] == name


def test_there_are_many():
    assert len(GENUINE) > 150


def test_the_collection():
    a = tf.losses.absolute_difference([1.0], [3.0])
    with tf.name_scope("part"):
        b = tf.losses.mean_squared_error([1.0], [3.0])
    tf.losses.log_loss([1.0], [0.5], loss_collection=None)
    tf.losses.hinge_loss([1.0], [0.5], loss_collection="others")
    tf.losses.add_loss(c := tf.constant(10.0, name="c"))
    assert tf.losses.get_losses() == [a, b, c] and tf.losses.get_losses("part") == [b]
    assert len(tf.get_collection("others")) == 1
    tf.add_to_collection(tf.GraphKeys.REGULARIZATION_LOSSES, tf.constant(100.0))
    with tf.Session() as session:
        assert session.run(tf.losses.get_total_loss()) == 2 + 4 + 10 + 100
        assert session.run(tf.losses.get_total_loss(add_regularization_losses=False)) == 16
        assert session.run(tf.losses.get_regularization_loss()) == 100
    assert tf.losses.get_total_loss().op.name.startswith("total_loss")


def test_without_losses():
    with pytest.raises(ValueError, match="There are no losses"):
        tf.losses.get_total_loss()
    assert tf.Session().run(tf.losses.get_regularization_loss()) == 0


def test_the_gradient_goes_through_the_mean():
    x = tf.placeholder(tf.float64, [3])
    loss = tf.losses.mean_squared_error(tf.zeros([3], tf.float64), x, weights=[1.0, 0.0, 2.0])
    gradient = tf.Session().run(tf.gradients(loss, x)[0], {x: [1.0, 2.0, 3.0]})
    np.testing.assert_allclose(gradient, [1.0, 0.0, 6.0])


def test_keras_keeps_its_own():
    per_sample = tf.keras.losses.mean_squared_error(tf.zeros([2, 3]), tf.ones([2, 3]))
    assert per_sample.shape.as_list() == [2] and tf.losses.get_losses() == []
    assert tf.losses.mse is tf.keras.losses.mean_squared_error is not tf.losses.mean_squared_error
    assert tf.keras.losses.get("mean_squared_error").fn is tf.keras.losses.mean_squared_error


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda: tf.losses.mean_squared_error([1.0, 2.0], [1.0, 2.0], weights=[[1.0]]), "weights can not be broadcast"),
        (lambda: tf.losses.mean_squared_error([1.0, 2.0], [1.0, 2.0], weights=[1.0, 2.0, 3.0]), "can not be broadcast"),
        (lambda: tf.losses.mean_squared_error([1.0, 2.0], [1.0, 2.0], reduction="other"), "reduction must be one of"),
        (lambda: tf.losses.mean_squared_error(None, [1.0]), "labels must not be None"),
        (lambda: tf.losses.mean_squared_error([1.0, 2.0], [1.0, 2.0, 3.0]), "3"),
        (lambda: tf.losses.sparse_softmax_cross_entropy([0], None), "logits must not be None"),
        (lambda: tf.losses.cosine_distance([[1.0]], [[1.0]]), "needs the argument axis"),
    ],
)
def test_mistakes(make, what):
    with pytest.raises(ValueError, match=what):
        make()
