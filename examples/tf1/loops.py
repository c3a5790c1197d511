"""Loops and branches inside a graph, with gradients through them."""

import numpy as np

import kerasflow as tf

# Newton's method for the square root, until it has converged; and its derivative.
a = tf.placeholder(tf.float64, [], name="a")


def unfinished(k, x):
    """Whether x is not yet the root."""
    return tf.logical_and(k < 50, tf.abs(x * x - a) > 1e-12)


def improved(k, x):
    """A better x."""
    return k + 1, 0.5 * (x + a / x)


rounds, root = tf.while_loop(unfinished, improved, [tf.constant(0), a])
(slope,) = tf.gradients(root, a)
# A running product, a branch, and a function of each row.
products = tf.scan(lambda before, x: before * x, tf.constant([1.0, 2.0, 3.0, 4.0]))
sign = tf.cond(a > 1.0, lambda: tf.constant("large"), lambda: tf.constant("small"))
lengths = tf.map_fn(lambda row: tf.norm(row), tf.constant([[3.0, 4.0], [5.0, 12.0]]))
total = tf.foldl(lambda s, x: s + x, tf.range(1, 11))

with tf.Session() as sess:
    for value in (2.0, 9.0, 0.25):
        k, x, d = sess.run([rounds, root, slope], {a: value})
        print("sqrt(%g) = %.12f after %d rounds, slope %.12f" % (value, x, k, d))
        assert abs(x - np.sqrt(value)) < 1e-11 and abs(d - 0.5 / np.sqrt(value)) < 1e-6
    assert sess.run(products).tolist() == [1, 2, 6, 24]
    assert [sess.run(sign, {a: v}) for v in (2.0, 0.5)] == [b"large", b"small"]
    assert sess.run(lengths).tolist() == [5, 13] and sess.run(total) == 55
