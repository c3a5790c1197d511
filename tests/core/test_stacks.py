"""The stacks of defaults: left in the order they were entered, or with an error that leaves them in order."""

import pytest

import kerasflow as tf
from kerasflow.core import stacks


def test_the_innermost_item_is_the_default():
    first, second = tf.Graph(), tf.Graph()
    assert stacks.graphs.top() is None
    with stacks.graphs.pushed(first), stacks.graphs.pushed(second), stacks.graphs.pushed(first):
        assert stacks.graphs.top() is first
        stacks.graphs.remove(tf.Graph())
        assert stacks.graphs.items == [first, second, first]
    assert stacks.graphs.top() is None


def test_blocks_left_out_of_order_are_an_error_and_leave_nothing_behind():
    first, second = tf.Graph(), tf.Graph()
    outer, inner = first.as_default(), second.as_default()
    outer.__enter__()
    inner.__enter__()
    with pytest.raises(AssertionError, match="order"):
        outer.__exit__(None, None, None)
    assert tf.get_default_graph() is second
    inner.__exit__(None, None, None)
    assert stacks.graphs.items == []


def test_an_interactive_session_that_outlives_a_block_stays_the_default():
    with pytest.raises(AssertionError, match="order"), tf.Session():
        sess = tf.InteractiveSession()
    assert tf.get_default_session() is sess
    sess.close()
    assert stacks.sessions.items == [] and stacks.graphs.items == []


def test_closing_an_interactive_session_takes_its_graph_off_once():
    graph = tf.Graph()
    with graph.as_default():
        sess = tf.InteractiveSession(graph=graph)
        sess.close()
        sess.close()
        assert tf.get_default_graph() is graph
