"""Branches as compiled code: both sides give what the interpreter gives, in one segment, and only one of them runs."""

import numpy as np
import pytest

pytest.importorskip("llvmlite")

import kerasflow as tf  # noqa: E402
from kerasflow.core import errors  # noqa: E402
from tests.core.ops.harness import engine, seeded  # noqa: E402

X = seeded("branching").normal(size=(4, 3))


def both(build, whole=True):
    """The results of `build`, given a matrix and a truth value, on both engines, for both values of that."""
    with tf.Graph().as_default() as graph:
        x, p = tf.placeholder(tf.float64, [None, 3]), tf.placeholder(tf.bool, [])
        fetches = build(x, p)
        start = tf.global_variables_initializer()
    found = []
    for on in ("interpreter", "native"):
        with engine(on), tf.Session(graph=graph) as session:
            session.run(start)
            found.append([session.run(fetches, {x: X, p: side}) for side in (True, False, True)])
            told = session.explain(fetches, [x, p])
    assert ("native, all in one segment" in told) == whole, told
    for wanted, got in zip(*found, strict=True):
        for a, b in zip(wanted, got, strict=True):
            assert (a.shape, a.dtype) == (b.shape, b.dtype)
            np.testing.assert_allclose(b, a, rtol=1e-12)
    return found[1]


def test_values_and_derivatives_of_both_orders():
    def build(x, p):
        w = tf.Variable(np.eye(3) * 0.5)
        y = tf.cond(p, lambda: tf.tanh(tf.matmul(x, w)), lambda: tf.exp(-x * x) * tf.reduce_sum(w))
        first = tf.gradients(tf.sin(y), [x, w])
        return [y, *first, *tf.gradients([tf.sin(g) for g in first], [x, w])]

    first, second, _ = both(build)
    np.testing.assert_allclose(first[0], np.tanh(X / 2), rtol=1e-12)
    np.testing.assert_allclose(second[0], 1.5 * np.exp(-X * X), rtol=1e-12)


def test_what_a_side_gives_may_be_known_or_come_from_outside():
    def build(x, p):
        a, b, c = tf.cond(
            p,
            lambda: (x, tf.constant(1.0, tf.float64), tf.zeros_like(x)),
            lambda: (2.0 * x, x[0, 0], tf.transpose(tf.reshape(x, [3, 4]))),
        )
        return [a, b, c, tf.gradients(a * b + c, x)[0]]

    both(build)


def test_branches_and_loops_inside_each_other():
    def branch(x, p):
        y = tf.cond(
            p,
            lambda: tf.cond(x[0, 0] > 0, lambda: tf.sin(x), lambda: tf.cos(x)),
            lambda: tf.scan(lambda s, r: tf.tanh(s * r), x),
        )
        return [y, *tf.gradients(y, x)]

    def loop(x, p):
        y = tf.scan(lambda s, r: tf.cond(r[0] > 0, lambda: tf.tanh(s * r), lambda: s - r), x)
        return [y, *tf.gradients(y, x)]

    both(branch)
    both(loop)


def test_random_numbers_are_drawn_on_one_side():
    """The other side leaves its stream where it is."""

    def build(x, p):
        return [tf.cond(p, lambda: x * tf.random_uniform([3], seed=1, dtype=tf.float64), lambda: x)]

    first, second, third = both(build)
    np.testing.assert_array_equal(second[0], X)
    assert not np.isclose(first[0], third[0]).any()


def test_a_check_fails_only_on_the_side_that_runs():
    with tf.Graph().as_default() as graph:
        i, p, table = tf.placeholder(tf.int32, [2]), tf.placeholder(tf.bool, []), tf.constant([1.0, 2.0])
        y = tf.cond(p, lambda: tf.gather(table, i, name="there"), lambda: tf.cast(i, tf.float32))
    told = []
    for on in ("interpreter", "native"):
        with engine(on), tf.Session(graph=graph) as session:
            np.testing.assert_array_equal(session.run(y, {i: [0, 7], p: False}), [0, 7])
            np.testing.assert_array_equal(session.run(y, {i: [0, 1], p: True}), [1, 2])
            with pytest.raises(errors.InvalidArgumentError) as e:
                session.run(y, {i: [0, 7], p: True})
            told.append(str(e.value))
    assert told[0] == told[1] and "'cond/there'" in told[0]


def test_what_cannot_be_compiled_is_named():
    def changes(x, p):
        v = tf.Variable(np.zeros(3))
        return [tf.cond(p, lambda: v.assign_add(x[0]), lambda: x[1])]

    def two_shapes(x, p):
        return [tf.cond(p, lambda: x[:2], lambda: x) + 1.0]

    def inverse(x, p):
        return [tf.cond(p, lambda: tf.linalg.inv(x[:3]), lambda: x[:3])]

    for build in (changes, two_shapes, inverse):
        both(build, whole=False)


def test_the_kept_values_of_the_side_that_did_not_run_have_their_shape():
    """So a plan may lay out memory for what is made of them."""
    with tf.Graph().as_default(), engine("interpreter"), tf.Session() as session:
        x, p = tf.placeholder(tf.float64, [None, 3]), tf.placeholder(tf.bool, [])
        y = tf.cond(p, lambda: tf.tanh(x), lambda: 2.0 * x)
        tf.gradients(y, x)
        kept = y.op.inputs[0].op if y.op.type == "Identity" else y.op
        values = [session.run(kept.outputs[1:], {x: X, p: side}) for side in (True, False)]
    assert [v.shape for v in values[0]] == [v.shape for v in values[1]] == [X.shape]
    np.testing.assert_allclose(values[0][0], np.tanh(X))
