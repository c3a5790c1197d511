"""Layers in variable scopes, in the language of TensorFlow 1: TensorFlow runs them to make the golden file, the tests
run them.

Each program takes the module that stands for ``tensorflow`` and returns a list of tensors. `run` gives all variables
numbers from a seeded generator and records what the program made: names and shapes of variables and tensors, the
tensors' values, the gradients of a weighted sum of them, the penalties, and what the updates do to the variables.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def numbers(seed: int, *shape: int) -> np.ndarray:
    """An input."""
    return np.random.RandomState(seed).uniform(-1, 1, shape).astype(np.float32)


# tf.layers.


def dense(tf: Any) -> list[Any]:
    x = tf.constant(numbers(1, 3, 2))
    with tf.name_scope("ignored"):
        a = tf.layers.dense(x, 3, activation=tf.nn.tanh)
    with tf.variable_scope("inside", regularizer=lambda v: 0.5 * tf.reduce_sum(v * v)):
        b = tf.layers.dense(a, 2, name="out", use_bias=False)
    return [a, b, tf.layers.dense(tf.reshape(x, [3, 1, 2]), 2, name="inside/three")]


def reused(tf: Any) -> list[Any]:
    def net(x: Any, reuse: Any) -> Any:
        with tf.variable_scope("net", reuse=reuse):
            h = tf.layers.dense(x, 3, tf.nn.sigmoid, name="h")
            return tf.layers.dense(h, 1)

    return [net(tf.constant(numbers(2, 2, 3)), None), net(tf.constant(numbers(3, 4, 3)), True)]


def images(tf: Any) -> list[Any]:
    x = tf.constant(numbers(4, 2, 6, 5, 2))
    a = tf.layers.conv2d(x, 3, 3, padding="same", activation=tf.nn.relu)
    b = tf.layers.conv2d(a, filters=2, kernel_size=[2, 3], strides=(2, 1), name="c", use_bias=False)
    c = tf.layers.conv2d(x, 2, 2, dilation_rate=2)
    d = tf.layers.conv2d_transpose(b, 2, 3, strides=2, padding="same")
    e = tf.layers.conv2d_transpose(b, 1, [2, 3], (2, 2), activation=tf.nn.tanh)
    f = tf.layers.separable_conv2d(x, 3, 3, padding="same", depth_multiplier=2, activation=tf.nn.tanh)
    return [a, b, c, d, e, f]


def sequences(tf: Any) -> list[Any]:
    x = tf.constant(numbers(5, 2, 7, 2))
    a = tf.layers.conv1d(x, 3, 3, strides=2, padding="same", activation=tf.nn.tanh)
    b = tf.layers.separable_conv1d(x, 2, 3, name="s")
    c = tf.layers.conv3d(tf.constant(numbers(6, 1, 3, 4, 3, 2)), 2, [1, 2, 2])
    d = tf.layers.conv3d_transpose(c, 1, 2, strides=2, use_bias=False)
    return [a, b, c, d]


def pools(tf: Any) -> list[Any]:
    x = tf.constant(numbers(7, 2, 5, 4, 2))
    weight = tf.get_variable("w", [2])
    y, z = x * weight, tf.constant(numbers(8, 1, 5, 3)) * weight[0]
    return [
        tf.layers.max_pooling2d(y, 2, 2),
        tf.layers.max_pooling2d(y, [3, 2], (2, 1), padding="same"),
        tf.layers.average_pooling2d(y, pool_size=3, strides=2, padding="same", name="p"),
        tf.layers.max_pooling1d(z, 2, 1),
        tf.layers.average_pooling1d(z, 3, 2, padding="same"),
        tf.layers.max_pooling3d(tf.reshape(y, [1, 2, 5, 4, 2]), 2, 2),
        tf.layers.average_pooling3d(tf.reshape(y, [1, 2, 5, 4, 2]), 2, 1),
        tf.layers.flatten(y),
    ]


def normalised_rows(tf: Any) -> list[Any]:
    x = tf.constant(numbers(9, 5, 3))
    a = tf.layers.batch_normalization(x, training=True, momentum=0.7)
    b = tf.layers.batch_normalization(a, epsilon=0.1, scale=False, name="still")
    c = tf.layers.batch_normalization(tf.constant(numbers(10, 3, 2, 4)), axis=1, training=True, center=False)
    return [a, b, c]


def normalised_images(tf: Any) -> list[Any]:
    x = tf.constant(numbers(11, 2, 3, 2, 2))
    a = tf.layers.batch_normalization(x, training=True, momentum=0.6)
    b = tf.layers.batch_normalization(x, training=True, momentum=0.6, fused=False, name="parts")
    c = tf.layers.batch_normalization(x, epsilon=1e-8)
    return [a, b, c]


def normalised_in_a_phase(tf: Any) -> list[Any]:
    x = tf.constant(numbers(12, 4, 3))
    on, off = tf.placeholder_with_default(True, []), tf.placeholder_with_default(False, [])
    a = tf.layers.batch_normalization(x, training=on, momentum=0.8)
    return [a, tf.layers.batch_normalization(a, training=off, momentum=0.8)]


PROGRAMS = [
    dense,
    reused,
    images,
    sequences,
    pools,
    normalised_rows,
    normalised_images,
    normalised_in_a_phase,
]


def run(tf: Any, program: Any) -> dict[str, Any]:
    """What a program made."""
    tf.reset_default_graph()
    outputs = program(tf)
    variables, trained = tf.global_variables(), tf.trainable_variables()
    rng = np.random.RandomState(0)
    total = tf.add_n(
        [tf.reduce_sum(y * rng.uniform(-1, 1, y.shape.as_list()).astype(np.float32)) for y in outputs], name="total"
    )
    gradients = [g for g in tf.gradients(total, trained) if g is not None]
    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    with tf.Session() as sess:
        for v in variables:
            v.load(rng.uniform(0.1, 0.9, v.shape.as_list()).astype(np.float32), sess)
        values = sess.run(outputs)
        slopes = sess.run(gradients)
        penalties = sess.run(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES))
        sess.run(updates)
        after = sess.run([v for v in variables if v not in trained])
    return {
        "variables": [[v.name, v.shape.as_list()] for v in variables],
        "trained": [v.name for v in trained],
        "tensors": [y.name for y in outputs],
        "updates": len(updates),
        "values": [v.tolist() for v in values],
        "gradients": [np.asarray(g).tolist() for g in slopes],
        "penalties": [float(p) for p in penalties],
        "after": [a.tolist() for a in after],
    }
