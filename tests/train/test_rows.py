"""Gradient descent on a table of which a step reads few rows: it changes those, in place, and no others."""

import numpy as np
import pytest

import kerasflow as tf

START = np.random.default_rng(0).normal(size=(6, 3)).astype("f")
PICKED = [4, 1, 4]


def trained(optimizer, steps=3):
    """The table after some steps on (row sums squared) of the picked rows, and the types of the operations made."""
    with tf.Graph().as_default() as graph, tf.Session(graph=graph) as session:
        w = tf.Variable(START)
        loss = tf.reduce_sum(tf.square(tf.gather(w, PICKED)))
        step = optimizer.minimize(loss)
        session.run(tf.global_variables_initializer())
        for _ in range(steps):
            session.run(step)
        return session.run(w), {op.type for op in graph.get_operations()}


def wanted(rate, steps=3):
    w = START.astype("f8")
    for _ in range(steps):
        g = np.zeros_like(w)
        np.add.at(g, PICKED, 2 * w[PICKED])
        w = w - rate * g
    return w


@pytest.mark.parametrize("optimizer", [tf.train.GradientDescentOptimizer(0.1), tf.optimizers.SGD(0.1)])
def test_only_the_rows_that_are_read_are_touched(optimizer):
    value, types = trained(optimizer)
    assert "ScatterSub" in types
    assert "ScatterNd" not in types
    np.testing.assert_allclose(value, wanted(0.1), rtol=1e-6)
    np.testing.assert_array_equal(value[[0, 2, 3, 5]], START[[0, 2, 3, 5]])


def test_momentum_moves_all_rows_by_the_dense_rule():
    value, types = trained(tf.optimizers.SGD(0.1, momentum=0.5), steps=1)
    assert "ScatterSub" not in types
    np.testing.assert_allclose(value, wanted(0.1, steps=1), rtol=1e-6)


def test_a_class_with_a_rule_of_its_own_is_asked_for_no_other():
    class Uphill(tf.train.GradientDescentOptimizer):
        def rule(self, h, g, x):
            return (x.assign_add(h.learning_rate * g),)

    value, _ = trained(Uphill(0.1))
    np.testing.assert_allclose(value, wanted(-0.1), rtol=1e-6)


def test_a_constraint_holds_for_the_rows_too():
    with tf.Graph().as_default() as graph, tf.Session(graph=graph) as session:
        w = tf.Variable(START, constraint=lambda v: tf.maximum(v, 0.0))
        step = tf.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_sum(tf.gather(w, [1])))
        session.run(tf.global_variables_initializer())
        session.run(step)
        want = START.copy()
        want[1] -= 0.1
        np.testing.assert_allclose(session.run(w), np.maximum(want, 0), rtol=1e-6)


def test_dual_averaging_leaves_rows_alone_that_are_not_read():
    # As genuine TensorFlow 1.15.5 does; by the dense rule they would fall to 0 at once.
    steps = tf.Variable(0, dtype=tf.int64, trainable=False)
    w = tf.Variable(START)
    step = tf.train.AdagradDAOptimizer(0.1, steps).minimize(tf.reduce_sum(tf.square(tf.gather(w, PICKED))), steps)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(step)
        value = session.run(w)
    np.testing.assert_array_equal(value[[0, 2, 3, 5]], START[[0, 2, 3, 5]])
    g = 2.0 * START[[1, 4]].astype("f8") * [[1.0], [2.0]]
    np.testing.assert_allclose(value[[1, 4]], -0.1 * g / np.sqrt(0.1 + g * g), rtol=1e-5)
