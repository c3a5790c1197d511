"""Names of operations and scopes: the rules TensorFlow 1.15.5 follows, tried on it case by case."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kerasflow as tf
from kerasflow.core.naming import Names, did_you_mean


def names():
    return [op.name for op in tf.get_default_graph().get_operations()]


def test_a_taken_name_gets_the_next_free_number():
    for _ in range(3):
        tf.constant(1.0, name="a")
    assert names() == ["a", "a_1", "a_2"]


def test_a_number_that_somebody_took_by_name_is_skipped():
    for name in ("a", "a_1", "a", "a_1", "a"):
        tf.constant(1.0, name=name)
    assert names() == ["a", "a_1", "a_2", "a_1_1", "a_3"]


def test_uniqueness_ignores_case_and_keeps_the_spelling():
    for name in ("mse", "MSE", "Mse", "mse"):
        tf.constant(1.0, name=name)
    assert names() == ["mse", "MSE_1", "Mse_2", "mse_3"]


def test_scopes_and_operations_share_one_set_of_names():
    for scope in ("a", "a", "A", "a/"):
        with tf.name_scope(scope):
            tf.constant(1.0)
    for name in ("a", "a_1", "a/Const"):
        tf.constant(1.0, name=name)
    assert names() == ["a/Const", "a_1/Const", "A_2/Const", "a/Const_1", "a_3", "a_1_1", "a/Const_2"]


def test_scopes_nest_and_are_left_on_the_way_out():
    with tf.name_scope("outer") as outer:
        with tf.name_scope("inner") as inner:
            assert tf.constant(1.0, name="c").name == "outer/inner/c:0"
        with tf.name_scope("inner") as again:
            assert tf.constant(1.0, name="c").name == "outer/inner_1/c:0"
        assert tf.constant(1.0, name="c").name == "outer/c:0"
        with tf.name_scope(None) as outermost:
            assert tf.constant(1.0, name="c").name == "c:0"
        with tf.name_scope(inner):
            assert tf.constant(1.0, name="d").name == "outer/inner/d:0"
    assert (outer, inner, again, outermost) == ("outer/", "outer/inner/", "outer/inner_1/", "")
    with pytest.raises(ZeroDivisionError), tf.name_scope("failing"):
        raise ZeroDivisionError
    assert tf.constant(1.0, name="after").name == "after:0"


def test_a_name_that_ends_in_a_slash_is_taken_as_it_stands():
    with tf.name_scope("elsewhere"):
        assert tf.constant(1.0, name="s/x/").name == "s/x:0"
        assert tf.constant(1.0, name="s/x/").name == "s/x_1:0"  # nobody gets a name twice
    assert tf.constant(1.0, name="s/X").name == "s/X_2:0"


def test_constants_of_an_operation_that_failed_keep_their_names():
    x = tf.constant([1.0, 2.0], name="x")
    for _ in range(2):
        with pytest.raises(ValueError, match="broadcast"):
            x + [1.0, 2.0, 3.0]
    assert (x + [1.0, 2.0]).name == "add:0"
    assert len(set(names())) == len(names()), names()


@pytest.mark.parametrize("name", ["a", "A1", "0", ".hidden", "a-b", "a.b", "a/b", "a\\b", "_a"])
def test_names_that_are_allowed_in_a_scope(name):
    with tf.name_scope("s"):
        assert tf.constant(1.0, name=name).op.name == f"s/{name}"


@pytest.mark.parametrize("name", ["_a", "-a", "/a", "a b", "a:0", "ä", "a\n", "a^"])
def test_names_that_are_not_allowed(name):
    with pytest.raises(ValueError, match="not a valid name"):
        tf.constant(1.0, name=name)
    with pytest.raises(ValueError, match="not a valid name for a scope"), tf.name_scope(name):
        pass
    assert names() == []


@pytest.mark.parametrize("name", [3, b"a", 1.5, ["a"]])
def test_names_are_strings(name):
    with pytest.raises(TypeError, match="must be a string, got"):
        tf.constant(1.0, name=name)
    with pytest.raises(TypeError, match="must be a string, got"), tf.name_scope(name):
        pass


def test_a_nested_scope_may_begin_as_no_operation_may():
    with tf.name_scope("s"), tf.name_scope("_private") as scope:
        assert scope == "s/_private/"


def test_unique_name_reserves_a_name_only_when_asked_to():
    graph = tf.get_default_graph()
    with tf.name_scope("s"):
        assert graph.unique_name("a", mark_as_used=False) == "s/a"
        assert graph.unique_name("a") == "s/a"
        assert graph.unique_name("a", mark_as_used=False) == "s/a_1"
        assert tf.constant(1.0, name="a").name == "s/a_1:0"


def test_each_thread_is_in_a_scope_of_its_own():
    graph, entered, leave, found = tf.Graph(), threading.Event(), threading.Event(), []

    def other():
        with graph.as_default(), tf.name_scope("other"):
            entered.set()
            leave.wait(10)
            found.append(tf.constant(1.0).name)

    thread = threading.Thread(target=other)
    thread.start()
    entered.wait(10)
    with graph.as_default():
        found.append(tf.constant(1.0).name)
    leave.set()
    thread.join()
    assert found == ["Const:0", "other/Const:0"]


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.sampled_from(["", "s", "S", "s/t"]), st.sampled_from("a A a_1 a/ s s/a/ a_1/".split()))))
def test_no_two_operations_ever_share_a_name(asked):
    all_names, taken = Names(), set()
    for scope, name in asked:
        all_names.scope = scope
        full = all_names.for_operation(name, taken)
        assert full not in taken
        taken.add(full)


def test_a_close_name_is_suggested_and_a_far_one_is_not():
    assert did_you_mean("dense/kernl", ["dense/kernel", "dense/bias"]) == " Did you mean 'dense/kernel'?"
    assert did_you_mean("zzz", ["dense/kernel"]) == ""


def test_the_function_and_the_operator_name_their_operations_differently():
    x = tf.constant(1.0)
    made = [x + x, x - x, x * x, tf.add(x, x), tf.multiply(x, x), tf.subtract(x, x)]
    assert [t.op.name for t in made] == ["add", "sub", "mul", "Add_1", "Mul_1", "Sub_1"]
    assert [t.op.type for t in made] == ["Add", "Sub", "Mul", "Add", "Mul", "Sub"]


def test_constants_made_for_an_operation_are_named_after_it():
    x = tf.constant(1.0, name="x")
    for _ in range(2):
        x + 1.0
    2.0 * x
    assert names() == ["x", "add/y", "add", "add_1/y", "add_1", "mul/x", "mul"]
