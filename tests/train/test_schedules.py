"""Schedules against closed forms, as numbers, as tensors, and as the functions of `tf.train`."""

import math

import numpy as np
import pytest

import kerasflow as tf
from kerasflow import train
from kerasflow.optimizers import schedules

STEPS = [0, 1, 5, 9, 10, 11, 20, 29, 30, 31, 70, 100, 1000]


def cosine(fraction):
    return (1 + math.cos(math.pi * fraction)) / 2


def restarts(t, first, growth):
    """Period number and fraction, by walking from one restart to the next."""
    start, length, i = 0, first, 0
    while t >= start + length:
        start, length, i = start + length, length * growth, i + 1
    return i, (t - start) / length


def piecewise(t):
    return 0.1 if t <= 5 else 0.02 if t <= 20 else 0.003


# Name: the schedule, the function of tf.train if there is one, its value at step t.
FORMS = {
    "exponential": (
        schedules.ExponentialDecay(0.1, 10, 0.5),
        lambda t: train.exponential_decay(0.1, t, 10, 0.5),
        lambda t: 0.1 * 0.5 ** (t / 10),
    ),
    "exponential stairs": (
        schedules.ExponentialDecay(0.1, 10, 0.5, staircase=True),
        lambda t: train.exponential_decay(0.1, t, 10, 0.5, True),
        lambda t: 0.1 * 0.5 ** (t // 10),
    ),
    "natural": (
        schedules.ExponentialDecay(0.1, 10, math.exp(-0.3)),
        lambda t: train.natural_exp_decay(0.1, t, 10, 0.3),
        lambda t: 0.1 * math.exp(-0.3 * t / 10),
    ),
    "natural stairs": (
        schedules.ExponentialDecay(0.1, 10, math.exp(-0.3), True),
        lambda t: train.natural_exp_decay(0.1, t, 10, 0.3, staircase=True),
        lambda t: 0.1 * math.exp(-0.3 * (t // 10)),
    ),
    "inverse time": (
        schedules.InverseTimeDecay(0.1, 10, 0.3),
        lambda t: train.inverse_time_decay(0.1, t, 10, 0.3),
        lambda t: 0.1 / (1 + 0.3 * t / 10),
    ),
    "inverse time stairs": (
        schedules.InverseTimeDecay(0.1, 10, 0.3, staircase=True),
        lambda t: train.inverse_time_decay(0.1, t, 10, 0.3, staircase=True),
        lambda t: 0.1 / (1 + 0.3 * (t // 10)),
    ),
    "piecewise": (
        schedules.PiecewiseConstantDecay([5, 20], [0.1, 0.02, 0.003]),
        lambda t: train.piecewise_constant(t, [5, 20], [0.1, 0.02, 0.003]),
        piecewise,
    ),
    "one piece": (
        schedules.PiecewiseConstantDecay([], [0.1]),
        lambda t: train.piecewise_constant_decay(t, [], [0.1]),
        lambda t: 0.1,
    ),
    "polynomial": (
        schedules.PolynomialDecay(0.1, 20),
        lambda t: train.polynomial_decay(0.1, t, 20),
        lambda t: (0.1 - 0.0001) * (1 - min(t, 20) / 20) + 0.0001,
    ),
    "polynomial, all": (
        schedules.PolynomialDecay(0.1, 20, 0.02, power=2.5),
        lambda t: train.polynomial_decay(0.1, t, 20, 0.02, 2.5),
        lambda t: (0.1 - 0.02) * (1 - min(t, 20) / 20) ** 2.5 + 0.02,
    ),
    "polynomial cycles": (
        schedules.PolynomialDecay(0.1, 10, 0.02, power=2.0, cycle=True),
        lambda t: train.polynomial_decay(0.1, t, 10, 0.02, 2.0, cycle=True),
        lambda t: (0.1 - 0.02) * (1 - t / (10 * max(1, -(-t // 10)))) ** 2 + 0.02,
    ),
    "cosine": (
        schedules.CosineDecay(0.1, 30, 0.2),
        lambda t: train.cosine_decay(0.1, t, 30, 0.2),
        lambda t: 0.1 * (0.8 * cosine(min(t, 30) / 30) + 0.2),
    ),
    "cosine after a warm-up": (
        schedules.CosineDecay(0.01, 20, 0.2, warmup_target=0.1, warmup_steps=10),
        None,
        lambda t: 0.01 + 0.09 * t / 10 if t < 10 else 0.1 * (0.8 * cosine(min(t - 10, 20) / 20) + 0.2),
    ),
    "cosine from the target": (
        schedules.CosineDecay(0.01, 20, warmup_target=0.1),
        None,
        lambda t: 0.1 * cosine(min(t, 20) / 20),
    ),
    "restarts": (
        schedules.CosineDecayRestarts(0.1, 10, m_mul=0.5, alpha=0.1),
        lambda t: train.cosine_decay_restarts(0.1, t, 10, m_mul=0.5, alpha=0.1),
        lambda t: 0.1 * (0.9 * 0.5 ** restarts(t, 10, 2)[0] * cosine(restarts(t, 10, 2)[1]) + 0.1),
    ),
    "equal restarts": (
        schedules.CosineDecayRestarts(0.1, 10, t_mul=1.0, m_mul=0.9),
        lambda t: train.cosine_decay_restarts(0.1, t, 10, 1.0, 0.9),
        lambda t: 0.1 * 0.9 ** (t // 10) * cosine(t % 10 / 10),
    ),
}
forms = pytest.mark.parametrize(("schedule", "function", "form"), FORMS.values(), ids=FORMS)


@forms
def test_numbers(schedule, function, form):
    found = [schedule(t) for t in STEPS]
    assert all(type(rate) is float for rate in found)
    np.testing.assert_allclose(found, [form(t) for t in STEPS], rtol=1e-12, atol=1e-17)
    assert schedule(np.int64(5)) == schedule(5.0) == schedule(np.array(5)) == found[2]


@forms
def test_tensors(schedule, function, form):
    """In float64, as an optimizer asks for it; and in float32, whatever the type of the step."""
    steps = [tf.placeholder(dtype, []) for dtype in (tf.int32, tf.int64, tf.float32)]
    wide = schedule.at(steps[1], tf.float64)
    narrow = [schedule(t) for t in steps] + ([function(t) for t in steps[:2]] if function else [])
    assert {rate.dtype for rate in narrow} == {tf.float32}
    with tf.Session() as session:
        for t in STEPS:
            found = session.run([wide, narrow], dict.fromkeys(steps, t))
            np.testing.assert_allclose(found[0], form(t), rtol=1e-12, atol=1e-17)
            np.testing.assert_allclose(found[1], form(t), rtol=1e-7, atol=1e-17)


@pytest.mark.parametrize("growth", [1.0, 1.25, 1.5, 2.0, 3.0, 7.0])
def test_every_restart_is_at_the_top(growth):
    """The logarithm that finds the period is rounded; at a restart that must not cost a whole period."""
    rate = schedules.CosineDecayRestarts(0.1, 1024, t_mul=growth)
    start, length = 0.0, 1024.0
    for _ in range(5 if growth == 1.25 else 20):
        assert rate(start) == pytest.approx(0.1, rel=1e-12)
        if start:
            assert rate(start - length / growth * 1e-3) < 1e-6
        start, length = start + length, length * growth


def test_steps_beyond_the_integers_of_float32():
    rate = schedules.PiecewiseConstantDecay([2**40], [0.1, 0.2])
    step = tf.placeholder(tf.int64, [])
    with tf.Session() as session:
        assert [session.run(rate(step), {step: 2**40 + d}) for d in (0, 1)] == [np.float32(0.1), np.float32(0.2)]


def test_the_names_of_the_tensors():
    step = tf.train.get_or_create_global_step()
    assert train.exponential_decay(0.1, step, 10, 0.5).name == "ExponentialDecay:0"
    assert train.cosine_decay(0.1, step, 10, name="rate").name == "rate:0"
    assert train.cosine_decay_restarts(0.1, step, 10).name == "SGDRDecay:0"


def test_arguments_may_be_tensors():
    step = tf.constant(5)
    rates = [
        train.exponential_decay(tf.constant(np.float64(0.1)), step, tf.constant(10), tf.constant(0.25)),
        train.natural_exp_decay(tf.constant(0.1), step, 10, tf.constant(0.25)),
        train.polynomial_decay(tf.constant(0.1), step, tf.constant(10), tf.constant(0.0), tf.constant(2.0)),
        train.piecewise_constant(step, [tf.constant(5)], [tf.constant(0.1), tf.constant(0.2)]),
    ]
    assert [r.dtype for r in rates] == [tf.float64, tf.float32, tf.float32, tf.float32]
    expected = [0.05, 0.1 * math.exp(-0.125), 0.025, 0.1]
    np.testing.assert_allclose(tf.Session().run(rates), expected, rtol=1e-6)


def test_a_learning_rate_follows_the_global_step():
    x = tf.Variable(0.0)
    count = tf.train.get_or_create_global_step()
    rate = train.exponential_decay(1.0, count, 1, 0.5)
    step = train.GradientDescentOptimizer(rate).minimize(x, global_step=count)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(4):
            session.run(step)
        assert session.run([x, count]) == [-(1 + 0.5 + 0.25 + 0.125), 4]


@forms
def test_descriptions(schedule, function, form):
    again = schedules.deserialize(schedules.serialize(schedule))
    assert type(again) is type(schedule)
    assert again.get_config() == schedule.get_config()
    assert type(schedule).from_config(schedule.get_config())(7) == schedule(7)
    assert repr(schedule).startswith(type(schedule).__name__ + "(")


def test_attributes_are_the_arguments():
    schedule = schedules.ExponentialDecay(0.1, 10, 0.5)
    assert (schedule.initial_learning_rate, schedule.decay_steps, schedule.staircase) == (0.1, 10, False)
    with pytest.raises(AttributeError, match="ExponentialDecay has no attribute 'decay'"):
        _ = schedule.decay


class Linear(schedules.LearningRateSchedule):
    def __call__(self, step):
        return 0.5 * tf.cast(step, tf.float32)


class Described(Linear):
    def get_config(self):
        return {}


def test_a_schedule_of_ones_own():
    assert tf.Session().run(Linear()(tf.constant(3))) == 1.5
    description = schedules.serialize(Described())
    assert type(schedules.deserialize(description, {"Described": Described})) is Described
    for wrong in (description, {"class_name": "Warp"}, {}, "ExponentialDecay", {"class_name": ["x"]}):
        with pytest.raises(ValueError, match="Expected the description of one of the schedules"):
            schedules.deserialize(wrong)
    with pytest.raises(NotImplementedError, match="Linear cannot be described"):
        schedules.serialize(Linear())
    with pytest.raises(NotImplementedError, match="does not say"):
        schedules.LearningRateSchedule()(1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: schedules.ExponentialDecay(0.1, 0, 0.5), "decay_steps must be positive, got 0"),
        (lambda: schedules.InverseTimeDecay(0.1, -1, 0.5), "decay_steps must be positive"),
        (lambda: schedules.PolynomialDecay(0.1, 0), "decay_steps must be positive"),
        (lambda: schedules.CosineDecay(0.1, 0), "decay_steps must be positive"),
        (lambda: schedules.CosineDecay(0.1, 10, warmup_target=1.0, warmup_steps=-1), "warmup_steps must be at least"),
        (lambda: schedules.CosineDecayRestarts(0.1, 0), "first_decay_steps must be positive"),
        (lambda: schedules.CosineDecayRestarts(0.1, 10, t_mul=0.5), "t_mul must be a number, at least 1, got 0.5"),
        (lambda: schedules.PiecewiseConstantDecay([1, 2], [0.1, 0.2]), "one value more than boundaries, got 2 and 2"),
        (lambda: schedules.PiecewiseConstantDecay([2, 1], [0.1, 0.2, 0.3]), r"must rise, got \[2, 1\]"),
        (lambda: train.piecewise_constant(tf.constant(1), [1.5], [0.1, 0.2]), "of type float32.*type of x, int32"),
        (lambda: train.piecewise_constant(1, [1], [0.1, np.float64(0.2)]), "one type, got float32 and float64"),
        (lambda: train.piecewise_constant(None, [1], [0.1, 0.2]), "needs the step"),
        (lambda: train.exponential_decay(0.1, None, 10, 0.5), "needs the step"),
        (lambda: train.cosine_decay(0.1, None, 10), "needs the step"),
    ],
)
def test_what_is_no_schedule(make, message):
    with pytest.raises(ValueError, match=message):
        make()
