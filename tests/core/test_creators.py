"""Who makes variables; the arguments and their order are those of TensorFlow 1.15.5."""

import kerasflow as tf
from kerasflow.core.variables import Cell, Variable


def test_creators_get_the_arguments_by_name():
    seen = []

    def creator(next_creator, **kwargs):
        seen.append(kwargs)
        return next_creator(**kwargs)

    with tf.variable_creator_scope(creator):
        w = tf.Variable(3.0, False, name="w")
        v = tf.get_variable("v", [])
    tf.Variable(1.0)
    assert [k["name"] for k in seen] == ["w", "v"] and (w.name, v.name) == ("w:0", "v:0")
    assert sorted(seen[0]) == [
        "aggregation", "caching_device", "collections", "constraint", "dtype", "expected_shape", "import_scope",
        "initial_value", "name", "shape", "synchronization", "trainable", "use_resource", "validate_shape",
        "variable_def",
    ]  # fmt: skip
    assert seen[0]["initial_value"] == 3.0 and seen[0]["trainable"] is False and not w.trainable


def test_the_innermost_comes_first_and_what_it_gives_counts():
    seen = []

    def outer(next_creator, **kwargs):
        seen.append(kwargs["name"])
        return next_creator(**kwargs)

    def inner(next_creator, **kwargs):
        return next_creator(**{**kwargs, "initial_value": 5.0, "name": "replaced"})

    with tf.variable_creator_scope(outer), tf.variable_creator_scope(inner):
        w = tf.Variable(3.0, name="w")
        nothing = tf.get_default_graph().size
        with tf.variable_creator_scope(lambda next_creator, **kwargs: w):
            assert tf.Variable(1.0) is w
        assert tf.get_default_graph().size == nothing
    assert seen == ["replaced"] and w.name == "replaced:0"
    with tf.Session() as sess:
        sess.run(w.initializer)
        assert sess.run(w) == 5.0


def test_shared_and_imported_variables_are_made_without():
    def refuse(next_creator, **kwargs):
        raise AssertionError("called")

    with tf.variable_creator_scope(refuse):
        assert Variable(cell=Cell(tf.Session().run(tf.constant(1.0)).reshape(()))).dims == ()


def test_a_variable_that_is_summed_up_on_reading_is_not_trained():
    assert [s.name for s in tf.VariableSynchronization] == ["AUTO", "NONE", "ON_WRITE", "ON_READ"]
    assert [a.value for a in tf.VariableAggregation] == [0, 1, 2, 3] and hash(tf.VariableAggregation.MEAN) == 2
    read = {"synchronization": tf.VariableSynchronization.ON_READ, "aggregation": tf.VariableAggregation.SUM}
    for w in (tf.Variable(1.0, **read), tf.get_variable("v", [], **read)):
        assert not w.trainable and w.synchronization.name == "ON_READ" and w.aggregation.name == "SUM"
    assert tf.Variable(1.0, trainable=True, **read).trainable and tf.Variable(1.0).trainable
