"""Noise: what it does in training, that it does nothing afterwards; penalties on what passes through."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow import layers
from tests.layers.harness import assert_remade, outputs

X = np.random.default_rng(5).standard_normal((4, 3, 2))
MADE = [
    layers.GaussianNoise(0.5, seed=1),
    layers.GaussianDropout(0.3, seed=1),
    layers.AlphaDropout(0.3, seed=1),
    layers.SpatialDropout1D(0.3, seed=1),
]


def in_training(layer, x, **phase):
    return tf.Session().run(layer(tf.constant(x), **(phase or {"training": True})))


@pytest.mark.parametrize("layer", MADE, ids=lambda layer: type(layer).__name__)
def test_only_in_training(layer):
    assert (outputs(layer, X.astype(np.float32)) == X.astype(np.float32)).all()
    assert layer.supports_masking
    assert_remade(layer)
    with tf.Session() as sess:
        x, training = tf.constant(X), tf.placeholder("bool", [])
        y = layer(x, training=training)
        assert (sess.run(y, {training: False}) == X).all()
        assert (sess.run(y, {training: True}) != X).any()


def test_gaussian_noise_has_its_deviation():
    noise = in_training(layers.GaussianNoise(0.5, seed=2), np.full([200_000], 3.0)) - 3.0
    assert abs(noise.mean()) < 0.005 and abs(noise.std() - 0.5) < 0.004


def test_gaussian_dropout_has_the_deviation_of_dropout():
    factors = in_training(layers.GaussianDropout(0.2, seed=2), np.full([200_000], 3.0)) / 3.0
    assert abs(factors.mean() - 1.0) < 0.005 and abs(factors.std() - 0.5) < 0.004  # sqrt(0.2 / 0.8)


def test_alpha_dropout_keeps_the_moments():
    x = np.random.default_rng(6).standard_normal(400_000)
    y = in_training(layers.AlphaDropout(0.25, seed=2), x)
    assert abs(y.mean()) < 0.01 and abs(y.std() - 1.0) < 0.01
    lowest = -1.6732632423543772 * 1.0507009873554805
    a = (0.75 * (1 + 0.25 * lowest**2)) ** -0.5
    kept = np.isclose(y, a * x - a * lowest * 0.25)
    assert abs(kept.mean() - 0.75) < 0.004
    np.testing.assert_allclose(y[~kept], a * lowest - a * lowest * 0.25)


def test_alpha_dropout_with_a_smaller_mask():
    y = in_training(layers.AlphaDropout(0.5, noise_shape=(None, 1, 2), seed=3), np.ones([64, 5, 2]))
    assert (y == y[:, :1]).all() and (y[:, 0, 0] != y[:, 0, 1]).any() and len(np.unique(y)) == 2


@pytest.mark.parametrize(
    ("layer", "shape", "axes"),
    [
        (layers.SpatialDropout1D(0.5, seed=3), (50, 4, 6), (1,)),
        (layers.SpatialDropout2D(0.5, seed=3), (50, 4, 3, 6), (1, 2)),
        (layers.SpatialDropout2D(0.5, "channels_first", seed=3), (50, 6, 4, 3), (2, 3)),
        (layers.SpatialDropout3D(0.5, seed=3), (50, 4, 3, 2, 6), (1, 2, 3)),
        (layers.SpatialDropout3D(0.5, "channels_first", seed=3), (50, 6, 4, 3, 2), (2, 3, 4)),
    ],
)
def test_whole_channels_are_dropped(layer, shape, axes):
    y = in_training(layer, np.ones(shape))
    assert (y.min(axis=axes) == y.max(axis=axes)).all()
    assert set(np.unique(y)) == {0.0, 2.0}
    dropped = y.max(axis=axes) == 0
    assert abs(dropped.mean() - 0.5) < 0.1 and (dropped.any(1) & ~dropped.all(1)).any(), "a sample keeps some channels"
    config = layer.get_config()
    assert not {"noise_shape", "trainable"} & set(config)
    assert_remade(layer)


@pytest.mark.parametrize(
    "make",
    [
        lambda: layers.GaussianDropout(1.0),
        lambda: layers.AlphaDropout(-0.1),
        lambda: layers.SpatialDropout2D(1.5),
        lambda: layers.GaussianDropout("much"),
    ],
)
def test_rates_that_are_none(make):
    with pytest.raises(ValueError, match="rate of at least 0 and less than 1"):
        make()


def test_a_rate_of_zero_changes_nothing():
    for layer in (layers.GaussianDropout(0), layers.AlphaDropout(0.0), layers.SpatialDropout1D(0)):
        np.testing.assert_allclose(in_training(layer, X), X, rtol=1e-15)


def test_other_arguments_that_are_refused():
    with pytest.raises(ValueError, match="a stddev of at least 0, got -1"):
        layers.GaussianNoise(-1)
    with pytest.raises(ValueError, match="of 3 axes"):
        layers.SpatialDropout1D(0.5)(tf.keras.Input((3,)))


def test_activity_regularization_adds_its_mean_over_the_samples():
    layer = layers.ActivityRegularization(l1=0.1, l2=0.5)
    model = tf.keras.Sequential([tf.keras.Input((2,)), layer])
    model.compile("sgd", "mse")
    x = np.array([[1.0, -2.0], [3.0, 0.0]])
    assert model.evaluate(x, x, verbose=0) == pytest.approx((0.1 * 6 + 0.5 * 14) / 2)
    assert_remade(layer)
    assert {"l1", "l2"} <= set(layer.get_config()) and layer.get_config()["l1"] == 0.1
