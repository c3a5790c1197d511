"""Losses of margins against closed forms in double precision."""

import numpy as np
import pytest

import kerasflow as tf

losses = tf.keras.losses
RNG = np.random.default_rng(4)


@pytest.mark.parametrize("low", [0, -1])
@pytest.mark.parametrize(("name", "power"), [("hinge", 1), ("squared_hinge", 2)])
def test_margins(name, power, low):
    y, p = np.where(RNG.random((50, 3)) < 0.5, low, 1), RNG.normal(size=(50, 3)) * 2
    p_in = tf.constant(p)
    loss = getattr(losses, name)(y, p_in)
    found, (gradient,) = tf.Session().run([loss, tf.gradients(loss, p_in)])
    signs = np.where(y == 1, 1.0, -1.0)
    short = np.maximum(0, 1 - signs * p)
    np.testing.assert_allclose(found, (short**power).mean(1), rtol=1e-13)
    np.testing.assert_allclose(gradient, -signs * (short > 0) * power * short ** (power - 1) / 3, rtol=1e-13)


def test_labels_do_not_depend_on_the_others_in_the_batch():
    both = tf.Session().run(losses.hinge([[0.0], [-1.0], [1.0]], [[0.5], [0.5], [0.5]]))
    assert both.tolist() == [1.5, 1.5, 0.5]


def test_categorical_hinge():
    y, p = np.eye(4)[RNG.integers(0, 4, 30)], RNG.normal(size=(30, 4))
    true = p[y == 1]
    rival = np.maximum(0, np.where(y == 1, -np.inf, p).max(1))
    found = tf.Session().run(losses.categorical_hinge(y, p))
    np.testing.assert_allclose(found, np.maximum(0, 1 + rival - true), rtol=1e-13)
    assert tf.Session().run(losses.CategoricalHinge()(y, p)) == pytest.approx(found.mean(), rel=1e-13)


def test_a_vector_is_samples_for_hinge_and_one_sample_for_classes():
    y, p = np.array([1.0, 0.0]), np.array([0.5, 2.0])
    assert tf.Session().run(losses.Hinge(reduction="sum")(y, p)) == 3.5
    assert tf.Session().run(losses.SquaredHinge(reduction="sum")(y, p)) == 9.25
    assert tf.Session().run(losses.CategoricalHinge(reduction="sum")(y, p)) == 2.5
