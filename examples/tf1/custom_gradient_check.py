"""Derivatives of derivatives, checked against what analysis says: the graph of a gradient is a graph."""

import numpy as np

import kerasflow as tf

x = tf.placeholder(tf.float64, [None], name="x")
f = tf.exp(tf.exp(tf.exp(-x * x))) * tf.sin(x)
orders = [f]
for _order in range(3):
    orders.append(tf.gradients(orders[-1], x)[0])
w = tf.Variable(np.array([1.0, 2.0]), name="w")
energy = w[0] ** 2 * w[1] + tf.cos(w[1])
(hessian,) = tf.hessians(energy, [w])
blocked = tf.gradients(tf.stop_gradient(f) * x, x)[0]

points = np.linspace(-0.6, 0.6, 5)
h = 1e-3
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    values = sess.run(orders, {x: points})
    for k in range(3):
        low, high = (sess.run(orders[k], {x: points + d}) for d in (-h, h))
        slope = (high - low) / (2 * h)
        error = np.max(np.abs(slope - values[k + 1]) / (1 + np.abs(slope)))
        print("derivative %d: differs from differences by %.1e" % (k + 1, error))
        assert error < 1e-3
    assert np.allclose(sess.run(hessian), [[4.0, 2.0], [2.0, -np.cos(2.0)]])
    assert np.allclose(sess.run(blocked, {x: points}), values[0])
