"""Passing on, and doing nothing."""

import numpy as np
import pytest

import kerasflow as tf


def test_no_op_waits_and_does_nothing():
    w = tf.Variable(1.0)
    with tf.control_dependencies([w.assign_add(1.0)]):
        done = tf.no_op("done")
    assert (done.name, done.type) == ("done", "NoOp")
    with tf.Session() as sess:
        sess.run(w.initializer)
        for k in range(3):
            assert sess.run(done) is None
            assert sess.run(w) == k + 2


def test_stop_gradient_is_a_constant_to_gradients():
    x = tf.constant([2.0, 3.0])
    [slope] = tf.gradients(x * tf.stop_gradient(x * x), x)
    assert tf.gradients(tf.stop_gradient(x), x) == [None]
    with tf.Session() as sess:
        np.testing.assert_array_equal(sess.run(slope), [4, 9])


def test_tuple_gives_all_when_all_are_there():
    w = tf.Variable(1.0)
    read, written = tf.tuple([tf.constant(5.0), w.assign_add(1.0)])
    assert tf.tuple([None, tf.constant(1.0)])[0] is None
    with tf.Session() as sess:
        sess.run(w.initializer)
        assert sess.run(read) == 5.0  # and the write was waited for
        assert sess.run(w) == 2.0


def test_group_takes_tensors_operations_and_lists_of_them():
    a, b = tf.Variable(1.0), tf.Variable(2.0)
    both = tf.group(a.initializer, [b.initializer, tf.constant(1.0)], name="both")
    with tf.Session() as sess:
        assert sess.run(both) is None
        assert sess.run([a, b]) == [1, 2]
    with pytest.raises(TypeError, match="got 3"):
        tf.group(3)
