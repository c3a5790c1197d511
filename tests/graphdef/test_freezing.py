"""Frozen graphs: what predicts, with constants for variables."""

import numpy as np
import pytest

import kerasflow as tf

X = np.arange(8.0).reshape(2, 4) / 8


def network(session):
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    out = tf.layers.dense(tf.layers.dense(x, 5, tf.nn.relu, name="first"), 3, name="second")
    tf.nn.softmax(tf.identity(out, name="copy"), name="probabilities")
    tf.train.AdamOptimizer().minimize(tf.reduce_sum(tf.square(out)))
    session.run(tf.global_variables_initializer())
    return session.run("probabilities:0", {"x:0": X})


def test_a_frozen_graph_gives_the_same():
    with tf.Graph().as_default() as graph, tf.Session() as session:
        wanted = network(session)
        whole = graph.as_graph_def()
        frozen = tf.graph_util.convert_variables_to_constants(session, whole, ["probabilities"])
        partly = tf.graph_util.convert_variables_to_constants(
            session, whole, ["probabilities"], variable_names_blacklist=["first/kernel"]
        )
        one = tf.graph_util.convert_variables_to_constants(
            session, whole, ["probabilities"], variable_names_whitelist=["first/kernel"]
        )
    kinds = [n.op for n in frozen.node]
    assert "VariableV2" not in kinds and "Assign" not in kinds and len(kinds) < 20
    assert [n.name for n in partly.node if n.op == "VariableV2"] == ["first/kernel"]
    assert sum(n.op == "VariableV2" for n in one.node) == 3
    assert any(n.op == "VariableV2" for n in whole.node)  # it is as it was
    for definition in (frozen, tf.graph_util.remove_training_nodes(frozen, ["probabilities"])):
        with tf.Graph().as_default(), tf.Session() as session:
            (y,) = tf.import_graph_def(definition, return_elements=["probabilities:0"], name="")
            np.testing.assert_array_equal(session.run(y, {"x:0": X}), wanted)
            assert tf.global_variables() == []
    assert not any(n.name == "copy" for n in definition.node)


def test_parts():
    x = tf.constant(1.0, name="x")
    with tf.control_dependencies([tf.constant(2.0, name="first")]):
        tf.square(x, name="y")
    tf.exp(x, name="z")
    part = tf.graph_util.extract_sub_graph(tf.get_default_graph().as_graph_def(), ["y"])
    assert [n.name for n in part.node] == ["x", "first", "y"]
    with pytest.raises(ValueError, match="no node 'w'"):
        tf.graph_util.extract_sub_graph(part, ["w"])
    with pytest.raises(TypeError, match="a list of names, got 'y'"):
        tf.graph_util.extract_sub_graph(part, "y")


def test_copies_that_are_waited_for_stay():
    x = tf.placeholder(tf.float32, [], name="x")
    copy = tf.identity(x, name="copy")
    with tf.control_dependencies([copy]):
        tf.identity(tf.identity(copy, name="again") * 2.0, name="out")
    smaller = tf.graph_util.remove_training_nodes(tf.get_default_graph().as_graph_def())
    assert [n.name for n in smaller.node] == ["x", "copy", "mul/y", "mul", "out"]


def test_variables_without_values():
    tf.Variable(1.0, name="v")
    with tf.Session() as session, pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value v"):
        tf.graph_util.convert_variables_to_constants(session, session.graph.as_graph_def(), ["v"])
