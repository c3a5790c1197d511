"""Plans: what a run needs and nothing else, in creation order."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.engine.plan import make_plan


def steps(fetches=(), targets=(), feeds=()):
    return [s.operation.name for s in make_plan(fetches, targets, feeds).steps]


def test_a_plan_holds_the_ancestors_of_the_fetches_in_creation_order():
    a = tf.placeholder(tf.float32, [], name="a")
    tf.add(a, a, name="not_needed")
    b = tf.add(a, a, name="b")
    c = tf.multiply(b, a, name="c")
    assert steps([c]) == ["a", "b", "c"]
    assert steps([b, c, b]) == ["a", "b", "c"]
    assert steps([], [b.op]) == ["a", "b"]


def test_a_plan_is_cut_at_what_is_fed():
    a = tf.placeholder(tf.float32, [], name="a")
    b = tf.add(a, a, name="b")
    c = tf.multiply(b, a, name="c")
    assert steps([c], feeds=[a]) == ["b", "c"]
    assert steps([c], feeds=[b]) == ["a", "c"]
    assert steps([c], feeds=[a, b]) == ["c"]
    assert steps([c], feeds=[c]) == []


def test_what_is_fed_takes_the_place_of_one_output_only():
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    first, second = tf.unstack(x)
    with tf.Session() as sess:
        for _ in range(3):
            a, b, s = sess.run([first, second, first + second], {first: [10.0, 20.0]})
            assert [a.tolist(), b.tolist(), s.tolist()] == [[10.0, 20.0], [3.0, 4.0], [13.0, 24.0]]


def test_control_inputs_are_part_of_the_plan_unless_their_waiter_is_cut_away():
    a = tf.constant(1.0, name="a")
    with tf.control_dependencies([a]):
        b = tf.constant(2.0, name="b")
    c = tf.identity(b, name="c")
    assert steps([c]) == ["a", "b", "c"]
    assert steps([c], feeds=[b]) == ["c"]


def test_the_value_of_a_variable_is_taken_when_all_else_has_run():
    w = tf.Variable(1.0, name="w")
    added = w.assign_add(1.0, name="added")
    assert steps([w.fetched, added])[-1] == "w"
    with tf.Session() as sess:
        sess.run(w.initializer)
        assert sess.run([w, added]) == [2.0, 2.0]
        assert sess.run((added, w, w.value())) == (3.0, 3.0, 2.0)


def test_what_would_fail_is_not_run_where_it_is_not_needed():
    x = tf.placeholder(tf.float32, [], name="x")
    fails = x / 2.0
    fine = tf.constant(1.0) + 1.0
    with tf.Session() as sess:
        assert sess.run(fine) == 2.0
        assert sess.run(fails + fine, {fails: 3.0}) == 5.0
        with pytest.raises(tf.errors.InvalidArgumentError, match="placeholder"):
            sess.run([fine, fails])


def test_shared_ancestors_are_computed_once():
    w = tf.Variable(0, name="w")
    counted = w.assign_add(1)
    with tf.Session() as sess:
        sess.run(w.initializer)
        for n in range(1, 4):
            assert sess.run([counted + 0, counted * 1, counted, [counted]]) == [n, n, n, [n]]


def test_a_fed_variable_is_fed_to_all_its_readings():
    w = tf.Variable(1.0, name="w")
    with tf.control_dependencies([tf.no_op()]):
        later = w + 0.0
    before = w * 2.0
    with tf.Session() as sess:
        sess.run(w.initializer)
        for key in (w, "w:0"):
            assert sess.run([before, later, w], {key: 5.0}) == [10.0, 5.0, 5.0]
        assert sess.run([before, w], {w.value(): 5.0}) == [10.0, 1.0]


def test_numbers_are_given_once_to_each_value():
    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.add(x, x, name="y")
    plan = make_plan([y, x, y], [], [x])
    assert plan.feeds == (0,) and plan.fetches == (1, 0, 1) and plan.value_count == 2
    assert [(s.inputs, s.outputs) for s in plan.steps] == [((0, 0), (1,))]
    assert plan.specs[1].shape == (2,) and plan.specs[1].dtype == np.float32


def test_what_is_fed_is_not_waited_for():
    x = tf.placeholder(tf.float32, [])
    with tf.control_dependencies([x]):
        y = tf.constant(1.0) + 1.0
    plan = make_plan([y], [], [x])
    assert "Placeholder" not in [s.opdef.name for s in plan.steps]
    assert tf.Session().run(y, {x: 5.0}) == 2.0
    with pytest.raises(tf.errors.InvalidArgumentError, match="feed a value"):
        tf.Session().run(y)
