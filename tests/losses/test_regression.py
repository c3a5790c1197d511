"""Losses between numbers against closed forms in double precision, with their gradients."""

import math

import numpy as np
import pytest

import kerasflow as tf

losses = tf.keras.losses
RNG = np.random.default_rng(3)


def cosine(y, p):
    length = np.linalg.norm(y, axis=-1) * np.linalg.norm(p, axis=-1)
    return -(y * p).sum(-1) / length


# Name, parameters, and the value per sample and its derivative by p, as functions of y and p.
CASES = {
    "mean_squared_error": ({}, lambda y, p: (y - p) ** 2, lambda y, p: 2 * (p - y)),
    "mean_absolute_error": ({}, lambda y, p: abs(y - p), lambda y, p: np.sign(p - y)),
    "mean_absolute_percentage_error": (
        {},
        lambda y, p: 100 * abs(y - p) / abs(y),
        lambda y, p: 100 * np.sign(p - y) / abs(y),
    ),
    "mean_squared_logarithmic_error": (
        {},
        lambda y, p: (np.log1p(np.maximum(y, 1e-7)) - np.log1p(np.maximum(p, 1e-7))) ** 2,
        lambda y, p: np.where(
            p > 0, 2 * (np.log1p(np.maximum(p, 0)) - np.log1p(np.maximum(y, 1e-7))) / (1 + np.maximum(p, 0)), 0
        ),
    ),
    "huber": (
        {"delta": 0.7},
        lambda y, p: np.where(abs(p - y) <= 0.7, (p - y) ** 2 / 2, 0.7 * abs(p - y) - 0.245),
        lambda y, p: np.clip(p - y, -0.7, 0.7),
    ),
    "log_cosh": ({}, lambda y, p: np.log(np.cosh(p - y)), lambda y, p: np.tanh(p - y)),
    "poisson": ({}, lambda y, p: p - y * np.log(p + 1e-7), lambda y, p: 1 - y / (p + 1e-7)),
}


def inputs(name, shape):
    y, p = RNG.normal(size=shape), RNG.normal(size=shape)
    return (np.abs(y), np.abs(p)) if name == "poisson" else (y, p)


@pytest.mark.parametrize("shape", [(6,), (6, 1), (6, 3), (4, 5, 3)], ids=str)
@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients(name, shape):
    parameters, value, slope = CASES[name]
    y, p = inputs(name, shape)
    p_in = tf.constant(p)
    loss = getattr(losses, name)(y, p_in, **parameters)
    found, (gradient,) = tf.Session().run([loss, tf.gradients(loss, p_in)])
    np.testing.assert_allclose(found, value(y, p).mean(-1), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(gradient, slope(y, p) / shape[-1], rtol=1e-11, atol=1e-12)


def test_cosine_similarity():
    y, p = RNG.normal(size=(5, 4)), RNG.normal(size=(5, 4))
    np.testing.assert_allclose(tf.Session().run(losses.cosine_similarity(y, p)), cosine(y, p), rtol=1e-13)
    np.testing.assert_allclose(tf.Session().run(losses.cosine_similarity(y, p, axis=0)), cosine(y.T, p.T), rtol=1e-13)


def test_the_gradient_at_a_vector_of_zeros_is_finite():
    p = tf.constant([[0.0, 0.0], [3.0, 4.0]])
    (gradient,) = tf.Session().run(tf.gradients(losses.cosine_similarity([[1.0, 0.0], [1.0, 0.0]], p), p))
    np.testing.assert_allclose(gradient, [[-1e7, 0.0], [-0.128, 0.096]], rtol=1e-5)


def test_huber_at_its_knot_and_its_centre():
    p = tf.constant([[2.0], [-2.0], [0.0]], tf.float64)
    loss = losses.huber(np.zeros((3, 1)), p, delta=2.0)
    value, (gradient,) = tf.Session().run([loss, tf.gradients(loss, p)])
    assert value.tolist() == [2.0, 2.0, 0.0] and gradient.ravel()[2] == 0.0
    assert set(np.abs(gradient.ravel()[:2])) <= {1.0, 2.0}  # any slope between those of both sides
    with pytest.raises(ValueError, match="delta must be above 0, got 0"):
        losses.huber([0.0], [0.0], delta=0)


def test_log_cosh_does_not_overflow():
    found = tf.Session().run(losses.log_cosh(np.zeros((2, 1), np.float32), np.array([[3e38], [-3e30]], np.float32)))
    np.testing.assert_allclose(found, [3e38, 3e30], rtol=1e-6)
    small = tf.Session().run(losses.log_cosh([[0.0]], np.array([[1e-3]])))
    assert small == pytest.approx(5e-7, abs=1e-12)


@pytest.mark.parametrize("name", [*CASES, "cosine_similarity"])
def test_whole_numbers_count_as_numbers(name):
    whole = tf.Session().run(getattr(losses, name)([[3, 1]], [[1, 2]]))
    real = tf.Session().run(getattr(losses, name)([[3.0, 1.0]], [[1.0, 2.0]]))
    assert whole.dtype == np.float32 and whole == real


def test_short_names_are_the_same_functions():
    assert losses.mse is losses.mean_squared_error and losses.mae is losses.mean_absolute_error
    assert losses.mape is losses.mean_absolute_percentage_error
    assert losses.msle is losses.mean_squared_logarithmic_error
    assert losses.kld is losses.kl_divergence and losses.logcosh is losses.log_cosh


def test_second_derivatives():
    x = tf.constant([[0.3]], tf.float64)
    for name, expected in (("mean_squared_error", 2.0), ("log_cosh", 1 / math.cosh(0.3) ** 2), ("huber", 1.0)):
        first = tf.gradients(getattr(losses, name)(np.zeros((1, 1)), x), x)[0]
        second = tf.gradients(first, x)[0]
        assert tf.Session().run(second) == pytest.approx(expected, rel=1e-12), name
