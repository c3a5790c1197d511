"""Partial runs: each operation runs once, whoever asks first; values and errors as TensorFlow 1.15.5 has them."""

import numpy as np
import pytest

import kerasflow as tf

Refused = tf.errors.InvalidArgumentError


@pytest.fixture
def sess():
    with tf.Session() as session:
        yield session


@pytest.fixture
def abc():
    return [tf.placeholder(tf.float32, [], name=n) for n in "abc"]


def test_a_run_in_two_calls(sess, abc):
    a, b, c = abc
    total = a + b
    product = total * c
    handle = sess.partial_run_setup([total, product], [a, b, c])
    assert isinstance(handle, str)
    assert sess.partial_run(handle, total, {a: 1.0, b: 2.0}) == 3.0
    assert sess.partial_run(handle, {"x": [product]}, {"c:0": 10.0}) == {"x": [30.0]}
    with pytest.raises(Refused, match="Must run 'setup' before"):
        sess.partial_run(handle, product, {c: 10.0})


def test_what_is_needed_twice_runs_once(sess, abc):
    a, _, c = abc
    calls = []
    seen = tf.py_func(lambda x: calls.append(x) or x, [a], tf.float32)
    drawn = tf.random_uniform([]) + seen
    w = tf.Variable(1.0)
    sess.run(w.initializer)
    with tf.control_dependencies([w.assign_add(a)]):
        later = tf.identity(drawn) * c
    with tf.control_dependencies([tf.group(later, drawn)]):
        last = tf.identity(a) + seen
    handle = sess.partial_run_setup([drawn, later, last, seen], [a, c])
    first = sess.partial_run(handle, drawn, {a: 5.0})
    assert sess.run(w) == 1.0
    np.testing.assert_allclose(sess.partial_run(handle, later, {c: 2.0}), 2.0 * first, rtol=1e-6)
    assert sess.run(w) == 6.0
    assert sess.partial_run(handle, [last, seen]) == [10.0, 5.0]
    assert calls == [5.0] and sess.run(w) == 6.0


def test_operations_that_give_nothing_run_once(sess, abc):
    a, b, _ = abc
    w, words = tf.Variable(1.0), tf.constant("word")
    sess.run(w.initializer)
    step = tf.group(w.assign_add(a))
    with tf.control_dependencies([step]):
        after = w.read_value() * b
        joined = tf.string_join([words, words])
    handle = sess.partial_run_setup([step, after, joined, w, words], [a, b])
    assert sess.partial_run(handle, [step, words], {a: 2.0}) == [None, b"word"]
    assert sess.partial_run(handle, [w]) == [3.0]
    assert sess.partial_run(handle, [after, joined], {b: 10.0}) == [30.0, b"wordword"]
    assert sess.run(w) == 3.0


def test_on_the_other_engine(sess, abc):
    pytest.importorskip("llvmlite")
    a, _, c = abc
    x = tf.exp(a) + 1.0
    y = x * c
    before = tf.config.get_engine()
    tf.config.set_engine("native")
    try:
        handle = sess.partial_run_setup([x, y], [a, c])
        assert sess.partial_run(handle, x, {a: 0.0}) == 2.0
        assert sess.partial_run(handle, y, {c: 4.0}) == 8.0
    finally:
        tf.config.set_engine(before)


class TestWhatIsRefused:
    def test_too_early_too_late_and_unannounced(self, sess, abc):
        a, b, c = abc
        total = a + b
        product = total * c
        handle = sess.partial_run_setup([total, product], [a, b, c])
        with pytest.raises(Refused, match="Fetch mul:0 can't be computed from the feeds that have been fed so far"):
            sess.partial_run(handle, product, {a: 1.0})
        assert sess.partial_run(handle, total, {a: 1.0, b: 2.0}) == 3.0
        with pytest.raises(Refused, match="The feed a:0 has already been fed"):
            sess.partial_run(handle, product, {a: 1.0, c: 2.0})
        with pytest.raises(Refused, match="The fetch add:0 has already been fetched"):
            sess.partial_run(handle, total)
        small = sess.partial_run_setup([total], [a])
        with pytest.raises(Refused, match="The fetch mul:0 was not specified in partial_run_setup"):
            sess.partial_run(small, product, {a: 1.0})
        with pytest.raises(Refused, match="The feed b:0 was not specified in partial_run_setup"):
            sess.partial_run(small, total, {a: 1.0, b: 1.0})
        with pytest.raises(Refused, match="Must run 'setup' before"):
            sess.partial_run("no such handle", total)

    def test_as_in_a_run(self, sess, abc):
        a, b, _ = abc
        handle = sess.partial_run_setup([a + b], [a, b])
        with pytest.raises(ValueError, match=r"shape \(2,\) for 'b:0'"):
            sess.partial_run(handle, "add:0", {a: 1.0, b: [1.0, 2.0]})
        with pytest.raises(TypeError, match="Cannot fetch 3"):
            sess.partial_run_setup([3], [])
        with pytest.raises(TypeError, match="Cannot feed 'nothing:0'"):
            sess.partial_run_setup([a], ["nothing:0"])
        with tf.Session(graph=tf.Graph()) as empty, pytest.raises(RuntimeError, match="graph is empty"):
            empty.partial_run_setup([], [])
        closed = tf.Session()
        closed.close()
        with pytest.raises(RuntimeError, match="closed"):
            closed.partial_run_setup([a], [])
