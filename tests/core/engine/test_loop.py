"""Loops: many steps for one call, on rows that are gathered or come in order."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.engine.executable import Executable
from kerasflow.core.engine.loop import Expected, Loop
from kerasflow.core.runtime import Runtime


@pytest.fixture
def sums():
    """A session, and an executable that adds up the rows of `x` weighted by `n`, and counts its steps."""
    x, n = tf.placeholder(tf.float64, [None, 2]), tf.placeholder(tf.int64, [None])
    total, steps = tf.Variable(np.zeros(2)), tf.Variable(0)
    weights = tf.expand_dims(tf.cast(n, tf.float64), 1)
    updates = [total.assign_add(tf.reduce_sum(x * weights, 0)).op, steps.assign_add(1).op]
    with tf.Session() as sess:
        sess.run([total.initializer, steps.initializer])
        yield lambda: sess.run([total, steps]), sess.executable(updates, [x, n])


@pytest.mark.parametrize("batch", [1, 3, 4, 7, 10, 11])
def test_every_row_is_taken_once_in_the_order_given(sums, batch):
    state, executable = sums
    rng = np.random.default_rng(0)
    x, n = rng.standard_normal((10, 2)), rng.integers(0, 5, 10)
    rows = rng.permutation(10)
    loop = Loop(executable, [x, n])
    loop.run(rows, batch)
    total, steps = state()
    np.testing.assert_allclose(total, n @ x, rtol=1e-13)
    assert steps == -(-10 // batch)
    loop.run(rows[:3], 2 * batch)  # fewer rows, a larger batch: the buffers are made anew
    np.testing.assert_allclose(state()[0], n @ x + n[rows[:3]] @ x[rows[:3]], rtol=1e-13)
    loop.run(rows[:0], batch)
    assert state()[1] == steps + -(-3 // (2 * batch))


def test_rows_may_be_taken_twice_and_arrays_need_not_be_contiguous(sums):
    state, executable = sums
    x, n = np.asfortranarray(np.arange(8.0).reshape(4, 2)), np.arange(8)[::2]
    Loop(executable, [x, n]).run(np.array([3, 3, 1]), 2)
    np.testing.assert_array_equal(state()[0], 2 * 6 * x[3] + 2 * x[1])


def test_results_in_order_are_written_to_the_rows_they_are_of():
    x = tf.placeholder(tf.float32, [None, 1])
    y = tf.concat([x, x * 2.0], 1)
    values = np.arange(10, dtype=np.float32)[:, None]
    with tf.Session() as sess:
        loop = Loop(sess.executable([y, tf.squeeze(x, 1)], [x]), [values])
        pairs, single = np.full((10, 2), -1.0, np.float32), np.full(10, -1.0, np.float32)
        loop.run_in_order(2, 9, 3, [pairs, single])
    np.testing.assert_array_equal(single, [-1, -1, 2, 3, 4, 5, 6, 7, 8, -1])
    np.testing.assert_array_equal(pairs[2:9], values[2:9] * [1.0, 2.0])
    assert (pairs[[0, 1, 9]] == -1.0).all()


def test_steps_in_order_without_outputs_only_count(sums):
    state, executable = sums
    x, n = np.ones((7, 2)), np.ones(7, np.int64)
    Loop(executable, [x, n]).run_in_order(0, 7, 2)
    assert state()[1] == 4 and state()[0].tolist() == [7.0, 7.0]


def test_what_a_step_saw_is_not_changed_by_the_next():
    x = tf.placeholder(tf.float64, [None])
    w = tf.Variable(np.zeros(2))
    with tf.Session() as sess:
        sess.run(w.initializer)
        rows = np.array([0, 1, 2, 3])
        loop = Loop(sess.executable([w.assign(x).op], [x]), [np.arange(4.0)])
        loop.run(rows[:2], 2)
        kept = sess.run(w)
        loop.run(rows[2:], 2)
        assert kept.tolist() == [0.0, 1.0] and sess.run(w).tolist() == [2.0, 3.0]


def test_what_comes_again_counts_thrice_and_the_last_batch_as_all():
    x = tf.placeholder(tf.float64, [None, 2])
    w = tf.Variable(np.zeros(2), name="w")
    runtime = Runtime()
    Executable([], [w.initializer], [], runtime).run([])

    def expected(again):
        executable = Executable([], [w.assign_add(tf.reduce_sum(x, 0)).op], [x], runtime)
        executable.comes_again = again
        asked, prepared = [], executable.prepared
        executable.prepared = lambda shapes, runs: (asked.append((shapes[0][0], runs)), prepared(shapes, runs))[1]
        loop = Loop(executable, [np.ones((7, 2))])
        loop.expect(7, 3, 10)
        loop.run(np.arange(7), 3)
        return asked

    assert expected(False) == [(3, 20), (1, 10)]
    assert expected(True) == [(3, 90), (1, 90)]


def test_steps_that_were_taken_elsewhere_are_not_expected_any_more():
    first, second = Expected(), Expected()
    second.go_on([(8, 7), (3, 1)])
    for expected in (first, second):
        expected.more(8, 10)
        expected.more(3, 2)
    assert [first.take(8, 7), first.take(3, 1)] == [10, 2]
    assert first.taken() == second.taken() == [(8, 7), (3, 1)]
    for steps, left in ((1, 3), (4, 4), (2, 2)):  # more than were expected
        assert first.take(8, steps) == second.take(8, steps) == left
    second.more(8, 5)
    assert second.take(8, 1) == 5
