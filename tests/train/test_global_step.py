"""The global step: found, made, checked."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow import train


def test_a_graph_without_one():
    assert train.get_global_step() is None
    assert train.get_global_step(tf.Graph()) is None


def test_it_is_made_once():
    with tf.name_scope("scope"):
        step = train.create_global_step()
    assert (step.name, step.dtype, step.shape.as_list(), step.trainable) == ("global_step:0", tf.int64, [], False)
    assert train.get_global_step() is step
    assert train.get_or_create_global_step() is step
    assert tf.get_collection(tf.GraphKeys.GLOBAL_STEP) == [step]
    assert step in tf.global_variables()
    assert step not in tf.trainable_variables()
    with pytest.raises(ValueError, match="has a global step already"):
        train.create_global_step()


def test_it_belongs_to_its_graph():
    graph = tf.Graph()
    step = train.get_or_create_global_step(graph)
    assert step.graph is graph
    assert train.get_global_step() is None
    with graph.as_default():
        assert train.get_global_step() is step


def test_a_variable_or_tensor_of_that_name():
    step = tf.Variable(3, name="global_step", trainable=False)
    assert train.get_global_step() is step
    with tf.Graph().as_default():
        tensor = tf.constant(3, name="global_step")
        assert train.get_global_step() is tensor


def test_its_value():
    step = train.create_global_step()
    with tf.Session() as session:
        with pytest.raises(tf.errors.FailedPreconditionError, match="global_step"):
            train.global_step(session, step)
        session.run(step.initializer)
        session.run(step.assign_add(np.int64(7)))
        value = train.global_step(session, step)
    assert (type(value), value) == (int, 7)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: tf.Variable(1.0), "integer type.*float32"),
        (lambda: tf.Variable([1, 2]), "scalar"),
        (lambda: tf.constant([[1]]), "scalar"),
        (lambda: 3, "variable or a tensor, got 3"),
    ],
)
def test_what_is_none(make, message):
    with pytest.raises(TypeError, match=message):
        train.assert_global_step(make())


def test_a_wrong_one_in_the_graph():
    tf.Variable(1.0, name="global_step")
    for function in (train.get_global_step, train.get_or_create_global_step, train.create_global_step):
        with pytest.raises(TypeError, match="integer type"):
            function()


def test_two_of_them():
    for _ in range(2):
        tf.Variable(0, collections=[tf.GraphKeys.GLOBAL_STEP])
    with pytest.raises(ValueError, match="one global step"):
        train.get_global_step()
