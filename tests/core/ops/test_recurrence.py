"""`recur`: what the cases of `Scan` do not say."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core import errors
from kerasflow.core.engine.passes import specialise
from kerasflow.core.engine.plan import make_plan
from kerasflow.core.ops.recurrence import recur
from kerasflow.core.types import Spec
from tests.core.ops.harness import seeded


def run(fetches, feeds=None):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(fetches, feeds)


def adding(s, row):
    return [s[0] + row[0]], [s[0]]


def test_static_shapes():
    x, y = tf.placeholder(tf.float64, [4, 3]), tf.placeholder(tf.float64, [None, 3])
    for sequence, count in ((x, 4), (y, None)):
        last, outputs = recur(adding, [tf.zeros([3], tf.float64)], [sequence])
        assert last[0].dims == (3,) and outputs[0].dims == (count, 3)


def test_a_number_of_rounds_that_the_run_decides():
    n = tf.placeholder(tf.int32, [])
    last, outputs = recur(lambda s, _: ([s[0] * 2], s), [1], length=n)
    assert run([last, outputs], {n: 4})[0] == [16]
    np.testing.assert_array_equal(run(outputs[0], {n: 4}), [1, 2, 4, 8])
    assert run(outputs[0], {n: 0}).shape == (0,)


def test_a_gradient_by_weights_is_one_product():
    """It is not summed up round by round: the loop back carries the state's gradient alone."""
    w = tf.Variable(np.eye(3) * 0.5)
    x, h = tf.placeholder(tf.float64, [5, 2, 3]), tf.zeros([2, 3], tf.float64)
    last, _ = recur(lambda s, r: ([tf.tanh(tf.matmul(s[0], w) + tf.matmul(r[0], w))], []), [h], [x])
    gradient = tf.gradients(last[0], w)[0]
    loop = next(o for o in w.graph.get_operations() if o.type == "Scan" and "grad" in o.name).attrs["loop"]
    assert len(loop.carries) == 1
    value = seeded("product").normal(size=(5, 2, 3))

    def written_out():
        state = h
        for t in range(5):
            state = tf.tanh(tf.matmul(state, w) + tf.matmul(x[t], w))
        return tf.gradients(state, w)[0]

    found, wanted = run([gradient, written_out()], {x: value})
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


def test_what_is_needed_for_its_shape_alone_is_not_kept():
    """Of unknown size, the way back asks for the shapes of what it went through; a plan for known shapes does not."""
    x, h = tf.placeholder(tf.float64, [None, None, 3]), tf.placeholder(tf.float64, [None, 3])
    w = tf.constant(np.eye(3) / 2)
    last, _ = recur(lambda s, r: ([tf.tanh(tf.matmul(s[0], w) + r[0])], []), [h], [x])
    gradient = tf.gradients(last[0], h)[0]
    plan = make_plan([gradient], (), [x, h])
    counts = [len(s.outputs) for s in plan.steps if s.opdef.name == "Scan"]
    specialise(plan, [Spec(tf.float64, (4, 5, 3)), Spec(tf.float64, (5, 3))])
    there, back = (s for s in plan.steps if s.opdef.name == "Scan")
    assert (len(there.outputs), len(back.outputs)) == (3, 2)  # the state, the number of rounds, and the tanh
    assert counts[0] > 3
    assert there.outputs[2] in back.inputs and sum(i in plan.constants for i in back.inputs) >= 2


def test_a_gradient_by_a_product_of_fixed_values_is_summed_up():
    """The first factor is no value of a round, and is not kept once for each."""
    a, w = tf.constant(np.arange(6.0).reshape(2, 3)), tf.Variable(np.ones((3, 2)))
    _, outputs = recur(lambda s, r: ([], [tf.matmul(a, w) * r[0]]), [], [tf.constant([1.0, 2.0, 4.0], tf.float64)])
    found = run(tf.gradients(outputs[0], w)[0])
    np.testing.assert_array_equal(found, 7 * np.repeat(np.arange(6.0).reshape(2, 3).sum(0)[:, None], 2, 1))


def test_random_numbers_are_drawn_in_each_round_and_kept_for_the_way_back():
    x = tf.ones([3, 4])
    _, outputs = recur(lambda s, r: ([], [r[0] * tf.random_uniform([4], seed=1)]), [], [x])
    values, gradient = run([outputs[0], tf.gradients(outputs[0], x)[0]])
    np.testing.assert_array_equal(values, gradient)
    assert len(np.unique(values)) == 12


def test_variables_that_a_round_changes():
    count = tf.Variable(0)
    _, outputs = recur(lambda s, r: ([], [tf.assign_add(count, r[0])]), [], [tf.constant([1, 2, 3])])
    with tf.Session() as session:
        session.run(count.initializer)
        np.testing.assert_array_equal(session.run(outputs[0]), [1, 3, 6])
        assert session.run(count) == 6


def test_texts():
    _, outputs = recur(lambda s, r: ([], [tf.string_join([r[0], "!"])]), [], [tf.constant(["a", "bc"])])
    assert run(outputs[0]).tolist() == [b"a!", b"bc!"]


@pytest.mark.parametrize(
    ("error", "match", "build"),
    [
        (TypeError, "step must be callable", lambda x: recur(1, [0.0], [x])),
        (ValueError, "takes length=", lambda x: recur(adding, [0.0])),
        (ValueError, "must have rows", lambda x: recur(adding, [0.0], [tf.constant(1.0)])),
        (TypeError, "must be an integer", lambda x: recur(adding, [0.0], [x], length=2.0)),
        (ValueError, "sequences of 4 rows", lambda x: recur(adding, [0.0], [x], length=4)),
        (ValueError, "sequences of 3 rows", lambda x: recur(adding, [0.0], [x, tf.zeros([2])])),
        (ValueError, "list of 1 states", lambda x: recur(lambda s, r: ([], []), [0.0], [x])),
        (TypeError, "float32 into one of type int32", lambda x: recur(lambda s, r: ([tf.constant(1)], []), [0.0], [x])),
        (ValueError, r"\(\) into one of shape \(2,\)", lambda x: recur(lambda s, r: ([[1.0, 2.0]], []), [0.0], [x])),
    ],
)
def test_errors(error, match, build):
    with pytest.raises(error, match=match):
        build(tf.constant([1.0, 2.0, 3.0]))


def test_sequences_of_different_lengths_in_the_run():
    x, y = (tf.placeholder(tf.float32, [None]) for _ in range(2))
    _, outputs = recur(lambda s, r: ([], [r[0] + r[1]]), [], [x, y])
    with pytest.raises(errors.InvalidArgumentError, match="sequences of 3 rows, got one of 2(.|\n)*Scan"):
        run(outputs[0], {x: [1, 2, 3], y: [1, 2]})


def test_rounds_that_give_different_shapes():
    n = tf.placeholder(tf.int32, [None])
    _, outputs = recur(lambda s, r: ([], [tf.zeros(tf.reshape(r[0], [1]))]), [], [n])
    with pytest.raises(errors.InvalidArgumentError, match=r"one shape, got \(2,\) and \(3,\)"):
        run(outputs[0], {n: [2, 3]})


def test_what_fails_inside_names_the_operation_there():
    i = tf.placeholder(tf.int32, [None])
    _, outputs = recur(lambda s, r: ([], [tf.gather([1.0, 2.0], r[0], name="inside")]), [], [i])
    with pytest.raises(errors.InvalidArgumentError, match="GatherV2 'recur/inside'"):
        run(outputs[0], {i: [0, 5]})
