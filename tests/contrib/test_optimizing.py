"""`optimize_loss`: steps against closed forms, what is shown, names, and bad arguments."""

import numpy as np
import pytest

import kerasflow as tf

optimize_loss = tf.contrib.layers.optimize_loss


@pytest.fixture
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def trained(steps=1, **arguments):
    """The variables after steps with the loss ``3 a + 4 b``, from 0; and the tags of the summaries."""
    a, b = [tf.get_variable(n, [], initializer=tf.zeros_initializer()) for n in "ab"]
    step = tf.train.get_or_create_global_step()
    arguments = {"global_step": step, "learning_rate": 0.1, "optimizer": "SGD", **arguments}
    train_op = optimize_loss(3.0 * a + 4.0 * b, **arguments)
    shown = tf.summary.merge_all()
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        losses = [float(sess.run(train_op)) for _ in range(steps)]
        tags = [v.tag for v in tf.Summary.FromString(sess.run(shown)).value] if shown is not None else []
        return sess.run([a, b, step]), losses, tags


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, [-0.3, -0.4, 1]),
        ({"global_step": None, "optimizer": tf.train.GradientDescentOptimizer}, [-0.3, -0.4, 1]),
        ({"optimizer": tf.train.GradientDescentOptimizer(1.0)}, [-3.0, -4.0, 1]),
        ({"learning_rate": None, "optimizer": lambda: tf.train.GradientDescentOptimizer(1.0)}, [-3.0, -4.0, 1]),
        ({"optimizer": lambda rate: tf.train.GradientDescentOptimizer(2.0 * rate)}, [-0.6, -0.8, 1]),
        ({"clip_gradients": 1.0}, [-0.06, -0.08, 1]),
        ({"clip_gradients": lambda pairs: [(-g, v) for g, v in pairs]}, [0.3, 0.4, 1]),
        ({"gradient_multipliers": {"a:0": 2.0}}, [-0.6, -0.4, 1]),
        ({"gradient_multipliers": {"a:0": 0.0}}, [0.0, -0.4, 1]),
        ({"increment_global_step": False}, [-0.3, -0.4, 0]),
        ({"learning_rate_decay_fn": lambda rate, step: rate / (2.0 + tf.to_float(step))}, [-0.15, -0.2, 1]),
    ],
)
def test_a_step(graph, arguments, expected):
    found, losses, _ = trained(**arguments)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert losses == [0.0]


def test_variables_updates_and_noise(graph):
    ran = tf.Variable(0.0, trainable=False)
    tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, tf.assign_add(ran, 1.0).op)
    only = tf.get_variable("only", [50], initializer=tf.zeros_initializer())
    other = tf.Variable(0.0)
    loss = tf.reduce_sum(only) + other
    train_op = optimize_loss(loss, None, 1.0, "SGD", gradient_noise_scale=0.1, variables=[only], summaries=[])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(train_op)
        moved = sess.run(only) + 1.0
        assert sess.run([ran, other]) == [1.0, 0.0]
    assert 0.05 < moved.std() < 0.15 and np.abs(moved).max() <= 0.2 + 1e-6


def test_what_is_shown_and_what_it_is_called(graph):
    _, _, tags = trained()
    assert sorted(tags) == ["OptimizeLoss/global_norm/gradient_norm", "OptimizeLoss/loss"]
    assert [v.op.name for v in tf.global_variables()] == ["a", "b", "global_step", "OptimizeLoss/learning_rate"]


def test_all_that_can_be_shown(graph):
    _, _, tags = trained(
        name="up",
        summaries=tf.contrib.layers.OPTIMIZER_SUMMARIES,
        clip_gradients=1.0,
        learning_rate_decay_fn=lambda rate, step: 1.0 * rate,
    )
    expected = ["global_norm/clipped_gradient_norm", "global_norm/gradient_norm", "gradient_norm/a_0"]
    expected += ["gradient_norm/b_0", "gradients/a_0", "gradients/b_0", "learning_rate_1", "loss"]
    assert sorted(tags) == [f"up/{tag}" for tag in expected]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"optimizer": "Foo"}, "Optimizer name should be one of .Adagrad, .* you provided Foo"),
        ({"optimizer": 3}, "Expected an optimizer, its class or name"),
        ({"optimizer": lambda rate: 3}, "to give an optimizer, got 3"),
        ({"learning_rate": None}, "Learning rate is None"),
        ({"learning_rate": -1.0}, "Invalid learning_rate -1.0"),
        ({"learning_rate": 1}, "should be 0d Tensor or float"),
        ({"clip_gradients": "5"}, "as clip_gradients, got '5', a str"),
        ({"summaries": ["foo"]}, "you provided foo"),
    ],
)
def test_bad_arguments(graph, arguments, message):
    with pytest.raises(ValueError, match=message):
        trained(**arguments)
    with pytest.raises(ValueError, match="scalar as the loss"):
        optimize_loss(tf.zeros([2]), None, 0.1, "SGD")
