"""Every Keras optimizer, with each of its options, against a NumPy loop, in float64 to 12 digits."""

import inspect
from functools import partial

import numpy as np
import pytest

import kerasflow as tf
from kerasflow import optimizers
from kerasflow.core.weights import Weight
from tests.train import references
from tests.train.problem import GRADIENTS, START, assert_steps, steps

ADAM = {"learning_rate": 0.1, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-2}
FTRL = {
    "learning_rate": 0.3,
    "learning_rate_power": -0.7,
    "initial_accumulator_value": 0.2,
    "l1_regularization_strength": 0.4,
    "l2_regularization_strength": 0.3,
    "l2_shrinkage_regularization_strength": 0.2,
    "beta": 0.6,
}
PAPER = {
    "beta_1": "beta1",
    "beta_2": "beta2",
    "learning_rate_power": "power",
    "initial_accumulator_value": "start",
    "l1_regularization_strength": "l1",
    "l2_regularization_strength": "l2",
    "l2_shrinkage_regularization_strength": "shrinkage",
}


def rmsprop(x, gradients, learning_rate, rho, momentum=0.0, epsilon=1e-7, centered=False):
    """Without the slots that Keras does not keep."""
    for step in references.rmsprop(x, gradients, learning_rate, rho, momentum, epsilon, centered, start=0.0):
        yield {name: value for name, value in step.items() if name != "momentum" or momentum}


RULES = {
    "sgd": (optimizers.SGD, references.gradient_descent, {"learning_rate": 0.1}),
    "sgd, momentum": (optimizers.SGD, references.velocity, {"learning_rate": 0.1, "momentum": 0.7}),
    "sgd, nesterov": (optimizers.SGD, references.velocity, {"learning_rate": 0.1, "momentum": 0.7, "nesterov": True}),
    "rmsprop": (optimizers.RMSprop, rmsprop, {"learning_rate": 0.1, "rho": 0.7}),
    "rmsprop, momentum": (
        optimizers.RMSprop,
        rmsprop,
        {"learning_rate": 0.1, "rho": 0.7, "momentum": 0.4, "epsilon": 1e-3},
    ),
    "rmsprop, centered": (
        optimizers.RMSprop,
        rmsprop,
        {"learning_rate": 0.1, "rho": 0.7, "epsilon": 1e-3, "centered": True},
    ),
    "adagrad": (
        optimizers.Adagrad,
        references.adagrad,
        {"learning_rate": 0.1, "initial_accumulator_value": 0.3, "epsilon": 1e-2},
    ),
    "adagrad from 0": (
        optimizers.Adagrad,
        references.adagrad,
        {"learning_rate": 0.1, "initial_accumulator_value": 0.0, "epsilon": 1e-2},
    ),
    "adadelta": (optimizers.Adadelta, references.adadelta, {"learning_rate": 0.5, "rho": 0.8, "epsilon": 1e-3}),
    "adam": (optimizers.Adam, references.adam, ADAM),
    "adam, amsgrad": (optimizers.Adam, references.adam, {**ADAM, "amsgrad": True}),
    "adamw": (partial(optimizers.AdamW, weight_decay=0.2), partial(references.adam, decay=0.2), ADAM),
    "adamax": (optimizers.Adamax, references.adamax, ADAM),
    "nadam": (optimizers.Nadam, references.nadam, ADAM),
    "ftrl": (optimizers.Ftrl, references.ftrl, FTRL),
}
rules = pytest.mark.parametrize(("make", "reference", "settings"), RULES.values(), ids=RULES)


def expected(reference, settings, gradients=GRADIENTS):
    """What the loop gives, whose settings have the names of the papers."""
    known = inspect.signature(reference).parameters
    return list(reference(START, gradients, **{k if k in known else PAPER[k]: v for k, v in settings.items()}))


@rules
def test_numbers(make, reference, settings):
    assert_steps(steps(make(**settings)), expected(reference, settings), rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("SGD", {"learning_rate": 0.01}),
        ("RMSprop", {"learning_rate": 0.001, "rho": 0.9, "epsilon": 1e-7}),
        ("Adagrad", {"learning_rate": 0.001, "initial_accumulator_value": 0.1, "epsilon": 1e-7}),
        ("Adadelta", {"learning_rate": 0.001, "rho": 0.95, "epsilon": 1e-7}),
        ("Adam", {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}),
        ("AdamW", {"learning_rate": 0.001, "weight_decay": 0.004, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}),
        ("Adamax", {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}),
        ("Nadam", {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}),
        ("Ftrl", {"learning_rate": 0.001, "learning_rate_power": -0.5, "initial_accumulator_value": 0.1}),
    ],
)
def test_defaults(name, settings):
    """The defaults of Keras 3.15.1."""
    make = getattr(optimizers, name)
    assert_steps(steps(make()), steps(make(**settings)), rtol=0)


@rules
def test_float32(make, reference, settings):
    found = steps(make(**settings), START.astype(np.float32))
    assert {v.dtype for step in found for v in step.values()} == {np.dtype(np.float32)}
    for one, other in zip(found, expected(reference, settings), strict=True):
        np.testing.assert_allclose(one["x"], other["x"], rtol=1e-4, atol=1e-5)


@rules
@pytest.mark.parametrize("clip", ["clipnorm", "clipvalue", "global_clipnorm"])
def test_clipping(make, reference, settings, clip):
    bound = 0.5
    norms = [np.linalg.norm(g) for g in GRADIENTS]
    if clip == "clipvalue":
        clipped = [np.clip(g, -bound, bound) for g in GRADIENTS]
    else:
        clipped = [g * min(1.0, bound / (norm or 1.0)) for g, norm in zip(GRADIENTS, norms, strict=True)]
    assert_steps(steps(make(**settings, **{clip: bound})), expected(reference, settings, clipped), rtol=1e-11)


def test_the_global_norm_is_that_of_all_gradients():
    x, y = tf.Variable([0.0, 0.0]), tf.Variable([0.0])
    pairs = [(tf.constant([3.0, 0.0]), x), (tf.constant([4.0]), y)]
    steps = {
        "clipnorm": ([-1.0, 0.0], [-1.0]),
        "global_clipnorm": ([-0.6, 0.0], [-0.8]),
    }
    for clip, wanted in steps.items():
        step = optimizers.SGD(1.0, **{clip: 1.0}).apply_gradients(pairs)
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            session.run(step)
            for found, value in zip(session.run([x, y]), wanted, strict=True):
                np.testing.assert_allclose(found, value, rtol=1e-6)


@pytest.mark.parametrize("clip", [{}, {"clipvalue": 1.5}])
def test_slices_step_as_dense_gradients_do(clip):
    """Rows that are not named decay with the rest; rows named twice are added before they are clipped."""
    dense = [np.zeros((4, 3)) for _ in GRADIENTS]
    rows = [[t % 4, (t + 1) % 4, t % 4] for t in range(len(GRADIENTS))]
    for g, d, which in zip(GRADIENTS, dense, rows, strict=True):
        np.add.at(d, which, g[:3])
    optimizer = optimizers.SGD(0.1, momentum=0.7, **clip)
    x = tf.Variable(START)
    values, which = tf.placeholder(tf.float64, [3, 3]), tf.placeholder(tf.int32, [3])
    step = optimizer.apply_gradients([(tf.IndexedSlices(values, which, tf.constant([4, 3])), x)])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for g, row in zip(GRADIENTS, rows, strict=True):
            session.run(step, {values: g[:3], which: row})
        found = session.run(x)
    if clip:
        dense = [np.clip(d, -1.5, 1.5) for d in dense]
    *_, last = references.velocity(START, dense, 0.1, 0.7)
    np.testing.assert_allclose(found, last["x"], rtol=1e-12)


def decayed(gradients, rate, decay):
    x = START
    for g in gradients:
        x = x - rate * decay * x
        x = x - rate * g
        yield x


def test_weight_decay():
    found = steps(optimizers.SGD(0.1, weight_decay=0.3))
    np.testing.assert_allclose([step["x"] for step in found], list(decayed(GRADIENTS, 0.1, 0.3)), rtol=1e-12)


@pytest.mark.parametrize("how", ["variable", "weight", "name", "part of a name"])
def test_some_weights_do_not_decay(how):
    weight = Weight(START, "layer/bias")
    bias = weight.variable(tf.get_default_graph())
    kernel = tf.Variable(START, name="layer/kernel")
    sgd = optimizers.SGD(0.1, weight_decay=0.3)
    spared = {"variable": [bias], "weight": [weight]}.get(how)
    sgd.exclude_from_weight_decay(spared, {"name": ["layer/bias"], "part of a name": ["gamma", "bias"]}.get(how))
    step = sgd.apply_gradients([(np.zeros((4, 3)), v) for v in (kernel, bias)])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(step)
        np.testing.assert_allclose(session.run(kernel), 0.97 * START, rtol=1e-12)
        np.testing.assert_array_equal(session.run(bias), START)


def test_the_learning_rate_falls_with_the_steps():
    found = steps(optimizers.SGD(0.1, decay=0.5), gradients=[np.ones((4, 3))] * 4)
    moved = START - sum(0.1 / (1 + 0.5 * t) for t in range(4))
    np.testing.assert_allclose(found[-1]["x"], moved, rtol=1e-12)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: optimizers.SGD(momentum=1.1), ValueError, "momentum must be at most 1, got 1.1"),
        (lambda: optimizers.SGD(momentum=-0.1), ValueError, "momentum must be at least 0"),
        (lambda: optimizers.RMSprop(rho=1.0), ValueError, "rho must be at least 0 and below 1, got 1.0"),
        (lambda: optimizers.Adam(beta_1=1.0), ValueError, "beta_1 must be at least 0 and below 1, got 1.0"),
        (lambda: optimizers.Adamax(epsilon=-1.0), ValueError, "epsilon must be at least 0"),
        (lambda: optimizers.Adagrad(epsilon=0.0, initial_accumulator_value=0.0), ValueError, "must be positive"),
        (lambda: optimizers.Adagrad(epsilon=-1.0), ValueError, "epsilon must be at least 0"),
        (lambda: optimizers.Ftrl(beta=-1.0), ValueError, "beta must be at least 0"),
        (lambda: optimizers.AdamW(weight_decay=None), ValueError, "AdamW needs a weight decay"),
        (lambda: optimizers.SGD(weight_decay=-0.1), ValueError, "weight_decay must be at least 0"),
        (lambda: optimizers.SGD(clipnorm=0.0), ValueError, "clipnorm must be a positive number, got 0.0"),
        (lambda: optimizers.SGD(clipvalue="1"), ValueError, "clipvalue must be a positive number"),
        (lambda: optimizers.SGD(clipvalue=1.0, clipnorm=2.0), ValueError, "At most one of clipnorm"),
        (lambda: optimizers.SGD(decay=-1.0), ValueError, "decay must be at least 0"),
        (lambda: optimizers.SGD(rate=0.1), TypeError, "SGD takes no argument 'rate'"),
        (lambda: optimizers.Adam(use_ema=True), ValueError, "use_ema=True is not supported"),
        (lambda: optimizers.Adam("fast"), TypeError, "learning rate is a number.*'fast'"),
        (lambda: optimizers.Adam(None), TypeError, "learning rate is a number.*None"),
        (lambda: optimizers.Adam(True), TypeError, "learning rate is a number.*True"),
        (lambda: optimizers.Adam(lr=[0.1]), TypeError, "learning rate is a number"),
    ],
)
def test_arguments_that_cannot_be(make, error, message):
    with pytest.raises(error, match=message):
        make()
