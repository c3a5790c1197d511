"""Templates and the scopes' former names; names and errors are those of TensorFlow 1.15.5."""

import pytest

import kerasflow as tf
from kerasflow.core import deprecation


def names():
    return [v.name for v in tf.global_variables()]


def scaled(x, n="w"):
    return x * tf.get_variable(n, [], initializer=tf.ones_initializer())


def test_the_calls_share_variables():
    template = tf.make_template("scale", scaled)
    assert template.variable_scope is template.variable_scope_name is None and template.variables == []
    first, second = template(tf.constant(1.0)), template(tf.constant(2.0))
    assert (first.name, second.name, names()) == ("scale/mul:0", "scale_1/mul:0", ["scale/w:0"])
    assert (template.name, template.variable_scope.name, template.variable_scope_name) == ("scale", "scale", "scale/")
    other = tf.make_template("scale", scaled)
    other(tf.constant(3.0))
    assert names() == ["scale/w:0", "scale_1/w:0"]
    assert template.func is scaled


def test_a_scope_can_be_made_at_once_and_arguments_be_given():
    tf.make_template("scale", scaled)(1.0)
    template = tf.make_template("scale", scaled, create_scope_now_=True, n="z")
    assert names() == ["scale/w:0"] and template.variable_scope.name == "scale_1"
    template(tf.constant(1.0)), template(tf.constant(1.0))
    assert names() == ["scale/w:0", "scale_1/z:0"]


def test_the_scope_is_where_the_first_call_is():
    with tf.variable_scope("outer"):
        outside = tf.make_template("in", scaled)
        inside = tf.make_template("in", scaled)
        assert inside(tf.constant(1.0)).name == "outer/in/mul:0"
    assert outside(tf.constant(1.0)).name == "in/mul:0"
    assert inside(tf.constant(1.0)).name == "in_1/mul:0"
    assert names() == ["outer/in/w:0", "in/w:0"]
    exact = tf.make_template("u", scaled, unique_name_="exact")
    assert exact(tf.constant(1.0)).name == "exact/mul:0"


def test_what_is_in_the_scope():
    def several(x):
        trained = tf.get_variable("trained", [])
        kept = tf.get_variable("kept", [], trainable=False)
        return x * trained * kept * tf.get_local_variable("local", [])

    template = tf.make_template("t", several)
    template(tf.constant(1.0))
    shown = {
        key: [v.op.name for v in getattr(template, key)]
        for key in ("variables", "trainable_variables", "non_trainable_variables", "local_variables", "weights")
    }
    assert shown == {
        "variables": ["t/trained", "t/kept", "t/local"],
        "trainable_variables": ["t/trained"],
        "non_trainable_variables": ["t/kept", "t/local"],
        "local_variables": ["t/local"],
        "weights": ["t/trained", "t/kept", "t/local"],
    }


def test_a_later_call_may_not_make_variables():
    anonymous = tf.make_template("bad", lambda x: x * tf.Variable(1.0))
    anonymous(tf.constant(1.0))
    with pytest.raises(ValueError, match="created when calling a template after the first time.*bad_1/Variable"):
        anonymous(tf.constant(1.0))
    count = iter("abc")
    template = tf.make_template("other", lambda x: x * tf.get_variable(next(count), []))
    template(tf.constant(1.0))
    with pytest.raises(
        ValueError, match=r"other/b does not exist.*\n.*in the template 'other', made at \S*test_templates"
    ):
        template(tf.constant(1.0))


def test_a_custom_getter():
    seen = []

    def getter(getter, name, **kwargs):
        seen.append(name)
        return getter(name, **kwargs)

    tf.make_template("t", scaled, custom_getter_=getter)(tf.constant(1.0))
    assert seen == ["t/w"]
    with pytest.raises(ValueError, match="custom_getter must be a function"):
        tf.make_template("x", scaled, custom_getter_=3)(1.0)


def test_former_names_of_scopes_warn_once(monkeypatch):
    monkeypatch.setattr(deprecation, "warned", set())
    with pytest.warns(DeprecationWarning, match="tf.op_scope"), tf.op_scope([tf.constant(1.0)], "os", "default") as s:
        assert s == "os/"
    with tf.op_scope([], None, "default") as s:
        assert s == "default/"
    with pytest.warns(DeprecationWarning, match="tf.variable_op_scope"):
        with tf.variable_op_scope([], "vs", "d") as scope:
            assert scope.name == "vs"
    with tf.variable_op_scope([tf.constant(1.0)], None, "d", reuse=None) as scope:
        assert scope.name == "d" and tf.get_variable("q", []).name == "d/q:0"
    template = tf.make_template("t", scaled, create_scope_now_=True)
    with pytest.warns(DeprecationWarning, match="Template.var_scope"):
        assert template.var_scope is template.variable_scope
