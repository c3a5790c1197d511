"""Cases for `activation`."""

import math

import numpy as np

import kerasflow as tf
from kerasflow.core.graph import apply
from kerasflow.core.ops import activation as act
from tests.core.ops.harness import Case, seeded

rng = seeded("activation")
X = np.array([[-2.3, -0.7, 0.4], [0.9, 1.6, 7.2]])
G = rng.normal(size=X.shape)
EDGES = np.array([0.0, -0.0, 6.0, np.inf, -np.inf, np.nan, 800.0, -800.0])
WHOLE = np.array([-3, 0, 9], np.int32)
ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805


def sigmoid(x):
    return (1 + np.tanh(x / 2)) / 2


def softplus(x):
    return np.logaddexp(0, x)


def leaky(alpha):
    return lambda x: np.where(x > 0, x, alpha * x)


def tanh_gelu(x):
    return x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2


def edge(build, *values, rtol=1e-12):
    """The values at `EDGES`, written out."""
    return Case(build, (EDGES,), lambda x: np.array(values, np.float64), differentiable=False, rtol=rtol)


inf, nan = np.inf, np.nan
CASES = {
    "Relu": [
        Case(act.relu, (X,), lambda x: np.where(x > 0, x, 0)),
        Case(act.relu, (WHOLE,), lambda x: np.array([0, 0, 9], np.int32)),
        Case(act.crelu, (X,), lambda x: np.concatenate([np.where(x > 0, x, 0), np.where(x < 0, -x, 0)], -1)),
        Case(lambda x: act.crelu(x, axis=0), (X,), lambda x: np.concatenate([x * (x > 0), -x * (x < 0)])),
        edge(act.relu, 0, 0, 6, inf, 0, nan, 800, 0),
    ],
    "ReluGrad": [
        Case(lambda g, x: apply("ReluGrad", g, x), (G, X), lambda g, x: np.where(x > 0, g, 0), differentiable=(0,)),
        Case(lambda x: tf.gradients(act.relu(x), x), (EDGES,), lambda x: 1.0 * (x > 0), differentiable=False),
    ],
    "Relu6": [
        Case(act.relu6, (X,), lambda x: np.array([min(max(v, 0), 6) for v in x.flat]).reshape(x.shape)),
        edge(act.relu6, 0, 0, 6, 6, 0, nan, 6, 0),
        Case(act.relu6, (WHOLE,), lambda x: np.array([0, 0, 6], np.int32)),
    ],
    "LeakyRelu": [
        *[Case(lambda x, a=a: act.leaky_relu(x, a), (X,), leaky(a)) for a in (0.2, 0.0, 1.0, 1.7, -0.4)],
        Case(act.leaky_relu, (WHOLE,), lambda x: np.array([-0.6, 0, 9], np.float32)),
        edge(lambda x: act.leaky_relu(x, 0.5), 0, 0, 6, inf, -inf, nan, 800, -400),
        edge(lambda x: act.leaky_relu(x, 0), 0, 0, 6, inf, 0, nan, 800, 0),
    ],
    "LeakyReluGrad": [
        Case(
            lambda g, x, a=a: apply("LeakyReluGrad", g, x, alpha=a),
            (G, X),
            lambda g, x, a=a: np.where(x > 0, g, a * g),
            differentiable=(0,),
        )
        for a in (0.2, 0.0, 1.7, -0.4)
    ],
    "Elu": [
        Case(act.elu, (X,), lambda x: np.where(x > 0, x, 2 * np.exp(x / 2) * np.sinh(x / 2))),
        Case(act.elu, (np.float64(-1e-9),), lambda x: x + x * x / 2),
        edge(act.elu, 0, 0, 6, inf, -1, nan, 800, -1),
    ],
    "Selu": [
        Case(act.selu, (X,), lambda x: SCALE * np.where(x > 0, x, ALPHA * (np.exp(x) - 1))),
        edge(act.selu, 0, 0, 6 * SCALE, inf, -SCALE * ALPHA, nan, 800 * SCALE, -SCALE * ALPHA),
    ],
    "Sigmoid": [
        Case(act.sigmoid, (X,), sigmoid),
        Case(act.sigmoid, (np.array([-30.0, -80.0]),), lambda x: np.exp(x) - np.exp(2 * x), rtol32=1e-5),
        Case(
            lambda x, y: (lambda w: [tf.real(w), tf.imag(w)])(act.sigmoid(tf.complex(x, y))),
            (X, G),
            lambda x, y: [sigmoid(x + 1j * y).real, sigmoid(x + 1j * y).imag],
        ),
        Case(act.swish, (X,), lambda x: x * sigmoid(x)),
        Case(lambda x: act.gelu(x, approximate=True), (X,), tanh_gelu, rtol32=1e-5),
        edge(act.sigmoid, 0.5, 0.5, sigmoid(6), 1, 0, nan, 1, 0),
    ],
    "Softplus": [
        Case(act.softplus, (X,), softplus),
        Case(act.softplus, (np.array([-30.0, 30.0]),), lambda x: np.maximum(x, 0) + np.exp(-abs(x))),
        edge(act.softplus, math.log(2), math.log(2), 6 + math.log1p(math.exp(-6)), inf, 0, nan, 800, 0),
    ],
    "Softsign": [
        Case(act.softsign, (X,), lambda x: np.where(x > 0, x / (1 + x), x / (1 - x))),
        edge(lambda x: act.softsign(tf.clip_by_value(x, -3.0, 3.0)), 0, 0, 0.75, 0.75, -0.75, nan, 0.75, -0.75),
    ],
}
