"""Variables and single operations as messages, with the names that TensorFlow 1.15.5 gives."""

import pytest

import kerasflow as tf

pytest.importorskip("tensorboard")


def test_a_variable_is_described_and_found():
    with tf.name_scope("s"):
        w = tf.Variable(3.0, name="w", trainable=False, aggregation=tf.VariableAggregation.MEAN)
    found = w.to_proto()
    assert (found.variable_name, found.initializer_name) == ("s/w:0", "s/w/Assign")
    assert (found.snapshot_name, found.initial_value_name) == ("s/w/read:0", "s/w/initial_value:0")
    assert (found.trainable, found.aggregation, found.synchronization) == (False, 2, 0)
    assert tf.Variable.from_proto(found) is w
    inner = w.to_proto(export_scope="s")
    assert inner.variable_name == "w:0" and w.to_proto(export_scope="other") is None
    assert tf.Variable.from_proto(inner, import_scope="s") is w
    assert len(tf.global_variables()) == 1


def test_what_names_no_variable_is_refused():
    found = tf.Variable(3.0, name="w").to_proto()
    with tf.Graph().as_default():
        with pytest.raises(KeyError, match="no operation 'w'"):
            tf.Variable.from_proto(found)
        tf.constant(1.0, name="w")
        with pytest.raises(ValueError, match="'w' is no variable"):
            tf.Variable.from_proto(found)


def test_one_operation():
    w = tf.Variable(3.0, name="w")
    node = w.initializer.node_def
    assert (node.name, node.op, list(node.input)) == ("w/Assign", "Assign", ["w", "w/initial_value"])
    total = tf.reduce_sum(tf.fill([2], w), axis=0, name="total").op.node_def
    assert (total.op, list(total.input)) == ("Sum", ["Fill", "total/reduction_indices"])
    names = [n.name for n in tf.Session().graph_def.node]
    assert names[:3] == ["w/initial_value", "w", "w/Assign"]
