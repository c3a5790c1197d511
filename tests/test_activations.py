"""Activations against closed forms, by name and as plain data."""

import math

import numpy as np
import pytest

import kerasflow as tf
from kerasflow import activations
from tests.core.ops.harness import Case, check_gradient, check_value, seeded

rng = seeded("activations")
X = rng.uniform(0.1, 3.0, (3, 8)) * rng.choice([-1.0, 1.0], (3, 8))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def normal_cdf(x):
    return np.vectorize(lambda v: math.erfc(-v / math.sqrt(2)) / 2)(x)


SCALE, ALPHA = 1.0507009873554805, 1.6732632423543772
EXPECTED = {
    "linear": (None, lambda x: x),
    "relu": ("Relu", lambda x: np.maximum(x, 0)),
    "leaky_relu": (None, lambda x: np.where(x > 0, x, 0.2 * x)),
    "relu6": (None, lambda x: np.clip(x, 0, 6)),
    "elu": (None, lambda x: np.where(x > 0, x, np.expm1(x))),
    "selu": (None, lambda x: SCALE * np.where(x > 0, x, ALPHA * np.expm1(x))),
    "gelu": (None, lambda x: x * normal_cdf(x)),
    "silu": (None, lambda x: x * sigmoid(x)),
    "swish": (None, lambda x: x * sigmoid(x)),
    "mish": (None, lambda x: x * np.tanh(np.log1p(np.exp(x)))),
    "sigmoid": ("Sigmoid", sigmoid),
    "tanh": ("Tanh", np.tanh),
    "softplus": ("Softplus", lambda x: np.log1p(np.exp(x))),
    "softsign": ("Softsign", lambda x: x / (1 + np.abs(x))),
    "exponential": ("Exp", np.exp),
    "softmax": ("Softmax", softmax),
    "log_softmax": ("LogSoftmax", lambda x: np.log(softmax(x))),
    "log_sigmoid": (None, lambda x: np.log(sigmoid(x))),
    "hard_sigmoid": (None, lambda x: np.clip(x / 6 + 0.5, 0, 1)),
    "hard_silu": (None, lambda x: x * np.clip(x / 6 + 0.5, 0, 1)),
    "hard_swish": (None, lambda x: x * np.clip(x / 6 + 0.5, 0, 1)),
    "hard_tanh": (None, lambda x: np.clip(x, -1, 1)),
    "hard_shrink": (None, lambda x: np.where(np.abs(x) > 0.5, x, 0)),
    "soft_shrink": (None, lambda x: np.sign(x) * np.maximum(np.abs(x) - 0.5, 0)),
    "tanh_shrink": (None, lambda x: x - np.tanh(x)),
    "celu": (None, lambda x: np.where(x > 0, x, np.expm1(x))),
    "squareplus": (None, lambda x: (x + np.sqrt(x * x + 4)) / 2),
    "sparse_plus": (None, lambda x: np.where(x >= 1, x, np.where(x > -1, (x + 1) ** 2 / 4, 0))),
    "sparse_sigmoid": (None, lambda x: np.clip((x + 1) / 2, 0, 1)),
    "glu": (None, lambda x: np.split(x, 2, -1)[0] * sigmoid(np.split(x, 2, -1)[1])),
}
WITH_ARGUMENTS = [
    ("threshold", {"threshold": 0.7, "default_value": -2.0}, lambda x: np.where(x > 0.7, x, -2.0)),
    ("hard_shrink", {"threshold": 1.2}, lambda x: np.where(np.abs(x) > 1.2, x, 0)),
    ("soft_shrink", {"threshold": 1.2}, lambda x: np.sign(x) * np.maximum(np.abs(x) - 1.2, 0)),
    ("celu", {"alpha": 0.3}, lambda x: np.where(x > 0, x, 0.3 * np.expm1(x / 0.3))),
    ("squareplus", {"b": 0.5}, lambda x: (x + np.sqrt(x * x + 0.5)) / 2),
    ("glu", {"axis": 1}, lambda x: x[:, :4] * sigmoid(x[:, 4:])),
    ("elu", {"alpha": 0.3}, lambda x: np.where(x > 0, x, 0.3 * np.expm1(x))),
    ("softmax", {"axis": 0}, lambda x: softmax(x, 0)),
    ("log_softmax", {"axis": 0}, lambda x: np.log(softmax(x, 0))),
    ("leaky_relu", {"negative_slope": 0.5}, lambda x: np.where(x > 0, x, 0.5 * x)),
    (
        "gelu",
        {"approximate": True},
        lambda x: x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2,
    ),
    ("relu", {"max_value": 1.0}, lambda x: np.clip(x, 0, 1)),
    ("relu", {"negative_slope": 0.1}, lambda x: np.where(x > 0, x, 0.1 * x)),
    ("relu", {"threshold": 1.0}, lambda x: np.where(x > 1, x, 0)),
    (
        "relu",
        {"negative_slope": 0.1, "max_value": 2.0, "threshold": 1.0},
        lambda x: np.where(x >= 2, 2.0, np.where(x > 1, x, 0.1 * (x - 1))),
    ),
]


def check(build, expected):
    case = Case(build, (X,), expected)
    graph = tf.Graph()
    with graph.as_default():
        made = build(tf.placeholder(tf.float64, X.shape)).op.type
    check_value(case, made)
    check_gradient(case, made)


@pytest.mark.parametrize("name", EXPECTED)
def test_by_name(name):
    kind, expected = EXPECTED[name]
    function = activations.get(name)
    assert function is getattr(activations, name)
    if name == "linear":
        assert function(X) is X
        return
    check(function, expected)
    if kind is not None:
        assert function(tf.placeholder(tf.float32, [2, 2])).op.type == kind


def test_every_function_is_tried():
    plumbing = {"get", "serialize", "deserialize"}
    assert {*EXPECTED, *(name for name, *_ in WITH_ARGUMENTS)} == set(activations.__all__) - plumbing


@pytest.mark.parametrize(("name", "arguments", "expected"), WITH_ARGUMENTS, ids=lambda v: str(v)[:40])
def test_with_arguments(name, arguments, expected):
    check(lambda x: getattr(activations, name)(x, **arguments), expected)


def test_arrays_and_variables():
    w = tf.Variable([[-1.0, 2.0]])
    with tf.Session() as session:
        session.run(w.initializer)
        for name in EXPECTED:
            function = activations.get(name)
            expected = EXPECTED[name][1](np.array([[-1.0, 2.0]]))
            np.testing.assert_allclose(session.run(function(w)), expected, rtol=2e-6)
            if name != "linear":
                np.testing.assert_allclose(session.run(function([[-1.0, 2.0]])), expected, rtol=2e-6)


def test_names_and_plain_data():
    def cube(x):
        return x**3

    assert activations.get(None) is activations.linear
    assert activations.get(cube) is cube
    assert activations.get("cube", {"cube": cube}) is cube
    for name in EXPECTED:
        assert activations.deserialize(activations.serialize(activations.get(name))) is activations.get(name)
    assert activations.serialize(activations.swish) == "silu"
    assert activations.serialize(cube) == "cube"
    keras3 = {"module": "builtins", "class_name": "function", "config": "relu", "registered_name": "function"}
    assert activations.get(keras3) is activations.relu


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: activations.get("rleu"), ValueError, "no activation 'rleu'. Did you mean 'relu'"),
        (lambda: activations.get(1), TypeError, "Expected an activation, or its name; got 1"),
        (lambda: activations.get({"class_name": "relu", "config": {}}), ValueError, "'relu' cannot be made"),
        (lambda: activations.relu([1.0], threshold=-1), ValueError, "threshold must be at least 0, got -1"),
        (lambda: activations.relu([1.0], max_value=-1.0), ValueError, "max_value must be at least 0"),
    ],
)
def test_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()
