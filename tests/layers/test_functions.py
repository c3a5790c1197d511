"""The layer functions of the graph API: names, reuse, values."""

import numpy as np
import pytest

import kerasflow as tf


def test_dense_names_and_values():
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    with tf.name_scope("net"):
        y = tf.layers.dense(x, 2, activation=tf.nn.relu, kernel_initializer=tf.ones_initializer())
        z = tf.layers.dense(y, 2, name="out")
    assert [v.name for v in tf.global_variables()] == [
        "dense/kernel:0",
        "dense/bias:0",
        "out/kernel:0",
        "out/bias:0",
    ]
    assert y.name == "net/dense/Relu:0"
    assert z.name == "net/out/BiasAdd:0"
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        np.testing.assert_array_equal(sess.run(y, {x: [[1, 2, 3]]}), [[6, 6]])


def test_reuse_finds_the_variables_again():
    x = tf.placeholder(tf.float32, [None, 3])
    a = tf.layers.dense(x, 2, name="shared")
    b = tf.layers.dense(x, 2, name="shared", reuse=True)
    assert len(tf.global_variables()) == 2
    with pytest.raises(ValueError, match="shared/kernel"):
        tf.layers.dense(x, 2, name="shared")
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        np.testing.assert_array_equal(*sess.run([a, b], {x: [[1, 2, 3]]}))


def test_regularizer_joins_the_losses():
    x = tf.placeholder(tf.float32, [None, 2])
    tf.layers.dense(x, 1, kernel_initializer="ones", kernel_regularizer=tf.keras.regularizers.L2(0.5))
    [loss] = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert sess.run(loss) == 1.0


def test_what_is_not_to_be_trained_is_no_trainable_variable():
    x = tf.placeholder(tf.float32, [None, 2])
    tf.layers.dense(x, 1, trainable=False, name="frozen")
    tf.layers.Dense(1, trainable=False)(x)
    tf.layers.dense(x, 1, name="free")
    assert [v.name for v in tf.trainable_variables()] == ["free/kernel:0", "free/bias:0"]
    assert len(tf.global_variables()) == 6


def test_operations_of_unnamed_layers_are_named_by_their_scope():
    x = tf.placeholder(tf.float32, [None, 2])
    with tf.name_scope("a"):
        x = tf.layers.dropout(tf.layers.dense(x, 2), training=True)
    with tf.name_scope("b"):
        h = tf.layers.dense(x, 2)
        y = tf.layers.dropout(h, training=True)
    assert h.name == "b/dense/BiasAdd:0"
    assert y.name == "b/dropout/dropout/mul_1:0"
    assert [v.name for v in tf.global_variables()][2] == "dense_1/kernel:0"


def test_dropout_and_flatten():
    x = tf.ones([2, 3, 4])
    training = tf.placeholder_with_default(True, [])
    y = tf.layers.dropout(tf.layers.flatten(x), 0.5, seed=1, training=training)
    with tf.Session() as sess:
        assert set(np.unique(sess.run(y))) == {0.0, 2.0}
        np.testing.assert_array_equal(sess.run(y, {training: False}), np.ones((2, 12)))
