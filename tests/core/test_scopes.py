"""Functions on the default graph: scopes, groups, collections, initialisers."""

import pytest

import kerasflow as tf
from kerasflow.core.weights import Weight


def test_a_name_scope_takes_its_default_name_where_it_has_none():
    with tf.name_scope(None, "fallback") as scope:
        assert scope == "fallback/"
    with tf.name_scope("given", "fallback", [tf.constant(1.0)]) as scope:
        assert scope == "given/"
    with tf.name_scope("outer"), tf.name_scope(None) as scope:
        assert scope == ""
    with pytest.raises(ValueError, match="needs a name"), tf.name_scope(None, None, [tf.constant(1.0)]):
        pass


def test_a_name_scope_opens_the_graph_of_its_values():
    graph = tf.Graph()
    with graph.as_default():
        x = tf.constant(1.0)
    with tf.name_scope("s", values=[3.0, [x]]):
        assert tf.get_default_graph() is graph
        assert tf.constant(1.0).name == "s/Const:0" and tf.constant(1.0).graph is graph
    assert tf.get_default_graph() is not graph


def test_a_group_waits_for_all_its_inputs():
    v, w = tf.Variable(1.0), tf.Variable(2.0)
    both = tf.group(v.assign(5.0), [w.assign(6.0).op, [tf.constant(1.0)]])
    assert (both.type, both.name, both.outputs) == ("NoOp", "group_deps", ())
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert sess.run(both) is None
        assert sess.run([v, w]) == [5.0, 6.0]


@pytest.mark.parametrize("wrong", [None, 3, "a", [None]])
def test_a_group_of_something_else_is_refused(wrong):
    with pytest.raises(TypeError, match="group takes tensors and operations"):
        tf.group(tf.constant(1.0), wrong)


def test_an_empty_group_does_nothing():
    with tf.Session() as sess:
        assert sess.run(tf.group(name="nothing")) is None
        assert sess.run("nothing") is None


def test_initialisers_initialise_their_variables_and_no_others():
    shared = tf.Variable(1.0, name="global")
    local = tf.Variable(2.0, name="local", trainable=False, collections=[tf.GraphKeys.LOCAL_VARIABLES])
    own = tf.Variable(3.0, name="own", collections=["mine"], trainable=False)
    assert tf.global_variables() == [shared] and tf.local_variables() == [local] and tf.get_collection("mine") == [own]
    first, second = tf.global_variables_initializer(), tf.local_variables_initializer()
    assert (first.name, second.name) == ("init", "init_1")
    with tf.Session() as sess:
        sess.run(first)
        assert [sess.is_initialized(v) for v in (shared, local, own)] == [True, False, False]
        sess.run(second)
        assert [sess.is_initialized(v) for v in (shared, local, own)] == [True, True, False]
        sess.run(tf.variables_initializer([own], name="start"))
        assert sess.run([shared, local, own]) == [1.0, 2.0, 3.0]
        sess.run(own.assign(7.0))
        sess.run(first)
        assert sess.run(own) == 7.0
        sess.run(tf.variables_initializer([]))


def test_trainable_variables_are_those_that_are():
    w, step = tf.Variable(1.0), tf.Variable(0, trainable=False)
    assert tf.trainable_variables() == [w] and tf.global_variables() == [w, step] and tf.model_variables() == []


def test_collections_are_copies_unless_asked_for_themselves():
    tf.add_to_collection("c", 1)
    tf.get_collection("c").append(2)
    assert tf.get_collection("c") == [1]
    tf.get_collection_ref("c").append(3)
    assert tf.get_collection("c") == [1, 3]
    assert tf.get_collection("other") == []
    with tf.Graph().as_default():
        assert tf.get_collection("c") == []


def test_a_collection_is_narrowed_to_a_scope_by_a_pattern_at_the_start_of_names():
    with tf.name_scope("a"):
        inside = tf.Variable(1.0, name="w")
    outside = tf.Variable(1.0, name="ba/w")
    tf.add_to_collection(tf.GraphKeys.GLOBAL_VARIABLES, "nameless")
    assert tf.global_variables("a") == [inside]
    assert tf.global_variables("a|b") == [inside, outside]
    assert tf.global_variables(".*w") == [inside, outside]
    assert tf.global_variables("") == [inside, outside]
    assert tf.global_variables("w") == []


def test_a_seed_belongs_to_the_default_graph():
    tf.set_random_seed(3)
    assert tf.get_default_graph().seed == 3 and tf.Graph().seed is None


def test_a_weight_can_be_grouped_and_waited_for():
    weight = Weight([1.0], "w")
    with tf.control_dependencies([weight]):
        x = tf.constant(1.0)
    assert tf.Session().run([x, tf.group(weight)]) == [1.0, None]
