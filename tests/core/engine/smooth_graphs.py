"""Random graphs of transcendental functions, softmax, losses, products and gradients, in float32 or float64.

Rounding does not matter much to them: there are no jumps, nothing cancels, and numbers stay near 1. So any difference
beyond rounding between two engines is a mistake, however long the chain.
"""

from typing import Any

import numpy as np

import kerasflow as tf
from tests.core.engine.random_graphs import SIZES, Drawn, Maker, broadcasts, is_float, product, reduction, view

SMOOTH_1 = {
    "tanh": tf.tanh,
    "sigmoid": tf.sigmoid,
    "softplus": tf.nn.softplus,
    "elu": tf.nn.elu,
    "selu": tf.nn.selu,
    "exp": lambda x: tf.exp(-tf.nn.softplus(x)),
    "log": lambda x: tf.log(1.5 + tf.square(x)),
    "log1p": lambda x: tf.log1p(tf.square(x)),
    "expm1": lambda x: tf.expm1(tf.tanh(x)),
    "sin": tf.sin,
    "cos": tf.cos,
    "atan": tf.atan,
    "erf": tf.erf,
    "rsqrt": lambda x: tf.rsqrt(1.0 + tf.square(x)),
    "pow": lambda x: tf.pow(1.0 + tf.square(tf.tanh(x)), 2.5),
    "cube": lambda x: tf.pow(tf.tanh(x), 3.0),
    "asinh": tf.asinh,
    "softsign": tf.nn.softsign,
    "scale": lambda x: x * 0.75 - 0.25,
    "softmax": lambda x: tf.nn.softmax(x) if x.dims else x,
    "log softmax": lambda x: tf.nn.log_softmax(x) if x.dims else x,
    "first softmax": lambda x: tf.nn.softmax(x, axis=0) if x.dims else x,
    "normalised": lambda x: (x - tf.reduce_mean(x, 0)) * tf.rsqrt(0.5 + tf.reduce_mean(tf.square(x), 0, True)),
}
SMOOTH_2 = {
    "add": lambda x, y: 0.5 * (x + y),
    "sub": lambda x, y: 0.5 * (x - y),
    "mul": lambda x, y: tf.tanh(x) * y,
    "div": lambda x, y: x / (1.0 + tf.square(y)),
    "atan2": lambda x, y: tf.atan2(x, 1.5 + tf.square(y)),
    "squared difference": lambda x, y: tf.tanh(tf.squared_difference(x, y)),
    "sigmoid cross-entropy": lambda x, y: tf.nn.sigmoid_cross_entropy_with_logits(
        labels=x + 0.0 * y, logits=y + 0.0 * x
    ),
    "pow": lambda x, y: tf.pow(1.25 + tf.sin(x), tf.tanh(y)),
}
MEANS = {
    "mean": tf.reduce_mean,
    "sum": lambda x, axes, keep: tf.tanh(tf.reduce_sum(0.1 * x, axes, keep)),
    "logsumexp": tf.reduce_logsumexp,
    "prod": lambda x, axes, keep: tf.reduce_prod(1.0 + 0.05 * tf.tanh(x), axes, keep),
}


def smooth_step(m: Maker) -> None:
    """A smooth operation on elements, a mean, a product or a loss."""
    kind = m.one_of(["one", "one", "two", "two", "mean", "product", "loss", "view"])
    if kind == "one":
        name = m.one_of(SMOOTH_1)
        m.apply(name, SMOOTH_1[name], m.take(lambda t: is_float(t) and (t.dims or name != "normalised")))
    elif kind == "two":
        name, x = m.one_of(SMOOTH_2), m.take(is_float)
        m.apply(name, SMOOTH_2[name], x, m.take(lambda t: broadcasts(x, t)))
    elif kind == "mean":
        reduction(m, MEANS, is_float)
    elif kind == "product":
        product(m, lambda x: tf.tanh(x) * 0.3)
    elif kind == "view":
        view(m)
    else:
        x = m.take(lambda t: len(t.dims) == 2)
        if m.flag():
            m.apply("cross-entropy", lambda x: loss(x, tf.nn.softmax(x * 0.5 + 0.1)), x)
        else:
            m.apply("sparse cross-entropy", sparse_loss, x)


def loss(x: Any, labels: Any) -> Any:
    return tf.nn.softmax_cross_entropy_with_logits(labels=tf.stop_gradient(labels), logits=x)


def sparse_loss(x: Any) -> Any:
    labels = tf.constant((np.arange(x.dims[0]) * 7 + 1) % x.dims[1], tf.int32)
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=x)


def plain_data(rng: np.random.Generator, t: Any) -> np.ndarray:
    """Numbers between -2 and 2."""
    return rng.uniform(-2, 2, t.dims).astype(t.dtype.numpy)


def smooth_graph(seed: int, size: int, sizes: tuple[int, ...] = SIZES) -> Drawn:
    """A graph whose results change little when its operations do; with a step of gradient descent for its variables."""
    drawn = Drawn(tf.Graph())
    with drawn.graph.as_default():
        dtype = ("float32", "float64")[seed % 2]
        m = Maker(seed, drawn, (dtype,), sizes)
        for k in range(2):
            shape = m.shape()
            start = np.linspace(-1.0, 1.0, int(np.prod(shape)) + k).astype(dtype)[k:].reshape(shape)
            drawn.variables.append(tf.Variable(start))
            m.add(drawn.variables[-1].read_value(), f"read {drawn.variables[-1].name}")
        for _ in range(3):
            m.feed()
        for _ in range(size):
            smooth_step(m)
        y = tf.add_n([tf.reduce_mean(tf.tanh(t)) for t in m.pool[-3:]])
        for v, g in zip(drawn.variables, tf.gradients(y, [v.value() for v in drawn.variables]), strict=True):
            if g is not None:
                m.add(v.assign_sub(0.1 * g), f"descend {v.name}")
        m.add(y, "mean of the last")
        return m.finish(3, plain_data)
