"""Every rule of `tf.train`, with each of its options, against a NumPy loop, in float64 to 12 digits."""

from functools import partial

import numpy as np
import pytest

import kerasflow as tf
from kerasflow import train
from tests.train import references
from tests.train.problem import GRADIENTS, START, assert_steps, steps

RULES = {
    "gradient descent": (train.GradientDescentOptimizer, references.gradient_descent, {"learning_rate": 0.1}),
    "momentum": (train.MomentumOptimizer, references.momentum, {"learning_rate": 0.1, "momentum": 0.7}),
    "momentum 0": (train.MomentumOptimizer, references.momentum, {"learning_rate": 0.1, "momentum": 0.0}),
    "nesterov": (
        partial(train.MomentumOptimizer, use_nesterov=True),
        partial(references.momentum, use_nesterov=True),
        {"learning_rate": 0.1, "momentum": 0.7},
    ),
    "adagrad": (train.AdagradOptimizer, references.adagrad, {"learning_rate": 0.1}),
    "adagrad from": (
        partial(train.AdagradOptimizer, initial_accumulator_value=0.3),
        partial(references.adagrad, initial_accumulator_value=0.3),
        {"learning_rate": 0.1},
    ),
    "adadelta": (train.AdadeltaOptimizer, references.adadelta, {}),
    "adadelta, all": (
        train.AdadeltaOptimizer,
        references.adadelta,
        {"learning_rate": 0.5, "rho": 0.8, "epsilon": 1e-3},
    ),
    "rmsprop": (train.RMSPropOptimizer, references.rmsprop, {"learning_rate": 0.1}),
    "rmsprop, all": (
        train.RMSPropOptimizer,
        references.rmsprop,
        {"learning_rate": 0.1, "decay": 0.7, "momentum": 0.4, "epsilon": 1e-3},
    ),
    "rmsprop, centered": (
        partial(train.RMSPropOptimizer, centered=True),
        partial(references.rmsprop, centered=True),
        {"learning_rate": 0.1, "decay": 0.7, "momentum": 0.4, "epsilon": 1e-3},
    ),
    "adam": (train.AdamOptimizer, references.adam, {}),
    "adam, all": (
        train.AdamOptimizer,
        references.adam,
        {"learning_rate": 0.1, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-2},
    ),
    "ftrl": (train.FtrlOptimizer, references.ftrl, {"learning_rate": 0.3}),
    "ftrl, all": (
        lambda l1, l2, shrinkage, power, **rest: train.FtrlOptimizer(
            l1_regularization_strength=l1,
            l2_regularization_strength=l2,
            l2_shrinkage_regularization_strength=shrinkage,
            learning_rate_power=power,
            initial_accumulator_value=0.2,
            **rest,
        ),
        partial(references.ftrl, start=0.2),
        {"learning_rate": 0.3, "power": -0.7, "l1": 0.4, "l2": 0.3, "shrinkage": 0.2},
    ),
    "proximal gradient descent": (
        lambda l1, l2, **rest: train.ProximalGradientDescentOptimizer(
            l1_regularization_strength=l1, l2_regularization_strength=l2, **rest
        ),
        references.proximal_gradient_descent,
        {"learning_rate": 0.1, "l1": 0.4, "l2": 0.3},
    ),
    "proximal adagrad": (
        lambda l1, l2, **rest: train.ProximalAdagradOptimizer(
            initial_accumulator_value=0.3, l1_regularization_strength=l1, l2_regularization_strength=l2, **rest
        ),
        partial(references.proximal_adagrad, start=0.3),
        {"learning_rate": 0.1, "l1": 0.4, "l2": 0.3},
    ),
}
rules = pytest.mark.parametrize(("make", "reference", "settings"), RULES.values(), ids=RULES)


@rules
def test_numbers(make, reference, settings):
    expected = list(reference(START, GRADIENTS, **settings))
    assert_steps(steps(make(**settings)), expected, rtol=1e-12)


@rules
def test_tensors(make, reference, settings):
    """A setting may be a tensor, of whatever type, or a function."""
    tensors = {name: tf.constant(np.float64(value)) for name, value in settings.items()}
    expected = list(reference(START, GRADIENTS, **settings))
    assert_steps(steps(make(**tensors)), expected, rtol=1e-12)
    functions = {name: lambda t=t: t for name, t in tensors.items()}
    assert_steps(steps(make(**functions)), expected, rtol=1e-12)


@rules
def test_float32(make, reference, settings):
    """Slots and settings are of the variable's type, and cannot make it wider."""
    found = steps(make(**settings), START.astype(np.float32))
    assert {v.dtype for step in found for v in step.values()} == {np.dtype(np.float32)}
    expected = list(reference(START, GRADIENTS, **settings))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one["x"], other["x"], rtol=1e-4, atol=1e-6)


@rules
def test_two_variables(make, reference, settings):
    """Variables have slots of their own, and the type of one is nothing to the other."""
    x, y = tf.Variable(START), tf.Variable(START[0].astype(np.float32))
    g, h = tf.placeholder(tf.float64), tf.placeholder(tf.float32)
    step = make(**settings).apply_gradients([(g, x), (h, y)])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for value in GRADIENTS:
            session.run(step, {g: value, h: -value[1]})
        found = session.run([x, y])
    *_, wanted_x = reference(START, GRADIENTS, **settings)
    *_, wanted_y = reference(START[0], [-g[1] for g in GRADIENTS], **settings)
    np.testing.assert_allclose(found[0], wanted_x["x"], rtol=1e-12)
    np.testing.assert_allclose(found[1], wanted_y["x"], rtol=1e-4, atol=1e-6)


@rules
def test_constraint(make, reference, settings):
    """The projection is part of every step."""
    free = list(reference(START, GRADIENTS, **settings))
    bound = np.median(free[0]["x"])
    x = tf.Variable(START, constraint=lambda w: tf.minimum(w, bound))
    found = steps(make(**settings), variable=x)
    np.testing.assert_allclose(found[0]["x"], np.minimum(free[0]["x"], bound), rtol=1e-12)
    assert all(step["x"].max() <= bound for step in found)


def test_a_step_starts_from_the_projection():
    x = tf.Variable([1.0, 1.0], constraint=lambda w: tf.maximum(w, 0.0))
    gradients = [np.array([3.0, 0.5]), np.array([-0.25, 0.25])]
    found = steps(train.GradientDescentOptimizer(1.0), np.ones(2), gradients, variable=x)
    assert [step["x"].tolist() for step in found] == [[0.0, 0.5], [0.25, 0.25]]


def test_a_centered_root_of_less_than_nothing():
    """A gradient that never changes has no deviation; rounding must not make its square negative."""
    found = steps(train.RMSPropOptimizer(1e-6, decay=0.5, epsilon=1e-20, centered=True), gradients=[START * 3e3] * 80)
    assert all(np.isfinite(step["x"]).all() for step in found)


def test_a_learning_rate_that_changes():
    rate = tf.placeholder(tf.float32, [])
    x = tf.Variable(1.0)
    step = train.MomentumOptimizer(rate, 0.5).apply_gradients([(1.0, x)])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for r in (0.25, 0.5):
            session.run(step, {rate: r})
        assert session.run(x) == 1 - 0.25 * 1 - 0.5 * 1.5


@pytest.mark.parametrize(
    ("make", "message"),
    {
        "negative momentum": (lambda: train.MomentumOptimizer(0.1, -0.1), "momentum must be at least 0, got -0.1"),
        "no accumulator": (lambda: train.AdagradOptimizer(0.1, 0.0), "must be positive, got 0"),
        "negative accumulator": (lambda: train.AdagradOptimizer(0.1, -1.0), "initial_accumulator_value"),
        "rho": (lambda: train.AdadeltaOptimizer(rho=1.0), "rho must be at least 0 and below 1, got 1.0"),
        "decay": (lambda: train.RMSPropOptimizer(0.1, decay=1.5), "decay"),
        "epsilon": (lambda: train.AdamOptimizer(epsilon=-1e-8), "epsilon"),
        "beta1": (lambda: train.AdamOptimizer(beta1=1.0), "beta1"),
        "beta2": (lambda: train.AdamOptimizer(beta2=-0.1), "beta2"),
        "power": (lambda: train.FtrlOptimizer(0.1, learning_rate_power=0.5), "learning_rate_power must be at most 0"),
        "l1": (lambda: train.FtrlOptimizer(0.1, l1_regularization_strength=-1.0), "l1_regularization_strength"),
        "l2": (lambda: train.ProximalAdagradOptimizer(0.1, l2_regularization_strength=-1.0), "l2_regularization"),
        "no name": (lambda: train.AdamOptimizer(name=""), "needs a name"),
    }.values(),
)
def test_settings_out_of_range(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("rate", "error", "message"),
    [
        ("fast", TypeError, "learning_rate must be a number.*'fast'"),
        (True, TypeError, "learning_rate must be a number"),
        (None, TypeError, "learning_rate must be a number"),
        ([0.1, 0.2], TypeError, "learning_rate must be a number"),
        (lambda: "slow", TypeError, "'slow'"),
    ],
)
def test_a_learning_rate_that_is_none(rate, error, message):
    with pytest.raises(error, match=message):
        train.GradientDescentOptimizer(rate).apply_gradients([(1.0, tf.Variable(1.0))])


def test_a_learning_rate_per_number():
    with pytest.raises(ValueError, match=r"learning_rate must be a scalar.*\(2,\)"):
        train.AdamOptimizer(tf.constant([0.1, 0.2])).apply_gradients([([1.0, 1.0], tf.Variable([1.0, 2.0]))])
