"""One threshold for five rectified units, shared in three ways: an argument, an attribute, a variable scope."""

import numpy as np

import kerasflow as tf

X = tf.placeholder(tf.float32, shape=(None, 3), name="X")


def unit(name, threshold):
    """A rectified linear unit with a threshold, and weights of its own."""
    with tf.name_scope(name):
        w = tf.Variable(tf.random_normal([3, 1], seed=len(name)), name="weights")
        return tf.maximum(tf.matmul(X, w), threshold, name="max")


def by_argument():
    """The caller makes the variable and hands it over."""
    threshold = tf.Variable(0.0, name="threshold")
    return [unit("a%d" % k, threshold) for k in range(5)], threshold


def by_attribute():
    """The function keeps the variable that it made first."""
    if not hasattr(by_attribute, "threshold"):
        by_attribute.threshold = tf.Variable(0.0, name="threshold")
    return [unit("b%d" % k, by_attribute.threshold) for k in range(5)], by_attribute.threshold


def by_scope():
    """The variable is made once, and found again by its name."""
    units = []
    for k in range(5):
        with tf.variable_scope("relu", reuse=(k > 0)):
            threshold = tf.get_variable("threshold", shape=(), initializer=tf.constant_initializer(0.0))
            units.append(unit("c%d" % k, threshold))
    return units, threshold


for make in (by_argument, by_attribute, by_scope):
    units, threshold = make()
    output = tf.add_n(units)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        low = sess.run(output, {X: np.ones((2, 3))})
        sess.run(threshold.assign(100.0))
        high = sess.run(output, {X: np.ones((2, 3))})
    print(make.__name__, threshold.op.name, low.ravel(), high.ravel())
    assert (low >= 0).all() and (high == 500).all()
assert threshold.op.name == "relu/threshold"
