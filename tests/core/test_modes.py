"""How operations run: in graphs, whatever a program asks for."""

import kerasflow as tf


def test_operations_make_graphs():
    tf.disable_v2_behavior()
    tf.disable_eager_execution()
    assert not tf.executing_eagerly() and tf.constant(1.0).op.type == "Const"
