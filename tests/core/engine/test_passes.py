"""Passes: each makes a plan do less and leaves what it gives alone; what has effects is never touched."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.engine.passes import last_uses, protect_reads, simplify, specialise
from kerasflow.core.engine.plan import make_plan
from kerasflow.core.graph import apply
from kerasflow.core.opdef import same
from kerasflow.core.types import Spec


@pytest.fixture(scope="module", autouse=True)
def operations(define):
    def count(runtime, operation, x):
        calls = runtime.state(operation, lambda: [0])
        calls[0] += 1
        return np.asarray(x + calls[0])

    def explode(x):
        raise ValueError("boom")

    define("TestCount", kernel=count, infer=same, stateful=True)
    define("TestExplode", kernel=explode, infer=same)


def general(fetches, targets=(), feeds=()):
    plan = make_plan(fetches, targets, feeds)
    simplify(plan)
    protect_reads(plan)
    return plan


def special(fetches, feeds, shapes, targets=()):
    plan = make_plan(fetches, targets, feeds)
    specialise(plan, [Spec(t.dtype, s) for t, s in zip(feeds, shapes, strict=True)])
    protect_reads(plan)
    return plan


def types(plan):
    return [s.opdef.name for s in plan.steps]


def test_constants_are_folded_and_kept_out_of_the_steps():
    x = tf.placeholder(tf.float32, [None])
    y = x * (tf.constant(2.0) * 3.0 + 1.0)
    plan = special([y], [x], [(4,)])
    assert types(plan) == ["Mul"]
    assert [a.tolist() for a in plan.constants.values()] == [7.0]


def test_large_results_are_not_folded():
    one, two, three = (tf.constant(np.ones(n, np.float32)) * 2.0 for n in (1 << 10, 1 << 18, (1 << 18) + 1))
    assert types(special([one, two, three], [], [])) == ["Mul"]
    assert types(general([one, two, three])) == ["Mul", "Mul"]


def test_shape_arithmetic_disappears_when_shapes_are_known():
    x = tf.placeholder(tf.float32, [None, 3])
    y = tf.reshape(x, [tf.shape(x)[0] * 3])
    assert "Shape" in types(general([y], feeds=[x]))
    assert types(special([y], [x], [(5, 3)])) == ["Reshape"]


def test_shapes_that_follow_from_computed_shapes_become_known():
    x = tf.placeholder(tf.float32, [None, 3])
    width = tf.shape(x)[0] * 3 // 2
    noise = tf.random_uniform(tf.stack([width, 2]))
    plan = special([noise, tf.shape(noise)[0] + 1], [x], [(4, 3)])
    assert types(plan) == ["RandomUniform", "Mul", "Add"]
    assert plan.constants[plan.fetches[1]] == 7
    assert [plan.specs[s.outputs[0]].shape for s in plan.steps] == [(6, 2)] * 3
    assert plan.constants[plan.steps[0].inputs[0]].tolist() == [6, 2]


def test_what_becomes_known_is_known_to_those_who_read_it_past_an_operation_that_is_skipped():
    x = tf.placeholder(tf.float32, [None, 4, 1])
    y = tf.placeholder(tf.float32, [None, 4, 1])
    sizes = tf.stack([tf.shape(x)[0], 4, tf.constant(1)])
    z = tf.broadcast_to(tf.placeholder_with_default(np.float32(1.0), []), sizes)
    summed = apply("SumTo", x * y, z)  # passes on what it is given, as shapes have it that are computed
    plan = special([tf.nn.conv1d(summed, np.ones((2, 1, 3), np.float32), 1, "VALID")], [x, y], [(5, 4, 1)] * 2)
    assert "SumTo" not in types(plan)
    assert all(
        plan.specs[o].shape is not None and None not in plan.specs[o].shape for s in plan.steps for o in s.outputs
    )


def test_operations_that_pass_their_input_on_are_skipped():
    x = tf.placeholder(tf.float32, [None])
    y = tf.identity(tf.stop_gradient(tf.identity(x)))
    assert types(general([-y], feeds=[x])) == ["Neg"]
    plan = general([y, x], feeds=[x])
    assert types(plan) == [] and plan.fetches == plan.feeds * 2
    g = tf.gradients(x + tf.constant([1.0]), x)
    assert "SumTo" in types(general(g, feeds=[x]))
    assert "SumTo" not in types(special(g, [x], [(4,)]))


def test_equal_operations_are_merged_also_with_their_inputs_swapped():
    x, y = tf.placeholder(tf.float32), tf.placeholder(tf.float32)
    fetches = [x + y, y + x, x + y, x - y, y - x, x * 2.0, 2.0 * x]
    plan = general(fetches, feeds=[x, y])
    assert sorted(types(plan)) == ["Add", "Mul", "Sub", "Sub"] and len(set(plan.fetches)) == 4
    with tf.Session() as sess:
        for _ in range(3):
            got = [v.tolist() for v in sess.run(fetches, {x: [3.0], y: [1.0]})]
            assert got == [[4.0], [4.0], [4.0], [2.0], [-2.0], [6.0], [6.0]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (np.float32(0.0), np.float32(-0.0)),
        (np.float32(1.0), np.float64(1.0)),
        (np.zeros([1, 2]), np.zeros([2, 1])),
        (np.int32(1), np.float32(1.0)),
        (np.float32([np.nan]), np.float32([0.0])),
    ],
)
def test_constants_are_merged_only_if_they_are_the_same_to_the_bit(one, other):
    fetched = [tf.identity(tf.constant(one)), tf.identity(tf.constant(other))]
    with tf.Session() as sess:
        for _ in range(3):
            for value, expected in zip(sess.run(fetched), (one, other), strict=True):
                assert (value.dtype, value.shape) == (expected.dtype, expected.shape)
                assert value.tobytes() == expected.tobytes()


def test_equal_operations_with_other_attributes_stay_apart():
    x = tf.placeholder(tf.float32, [2, 2])
    fetches = [tf.reduce_sum(x, 0), tf.reduce_sum(x, 1), tf.reduce_sum(x, 0, keepdims=True)]
    assert len(set(general(fetches, feeds=[x]).fetches)) == 3


def test_what_has_effects_is_neither_folded_nor_merged_nor_dropped():
    one = tf.constant(10.0)
    first, second = apply("TestCount", one), apply("TestCount", one)
    unread = apply("TestCount", one)
    w = tf.Variable(1.0)
    plan = special([first, second], [], [], [unread.op, w.assign_add(1.0).op, w.assign_add(1.0).op])
    assert types(plan) == ["TestCount"] * 3 + ["AssignAdd"] * 2
    with tf.Session() as sess:
        assert [sess.run([first, second]) for _ in range(4)] == [[10.0 + n, 10.0 + n] for n in range(1, 5)]
        sess.run(w.initializer)
        sess.run([w.assign_add(1.0), w.assign_add(1.0)])
        assert sess.run(w) == 3.0


def test_what_cannot_be_folded_fails_when_it_is_run_and_not_before():
    fails = apply("TestExplode", tf.constant(1.0))
    with tf.Session() as sess:
        assert sess.run(tf.constant(1.0) + 1.0) == 2.0
        for _ in range(3):
            with pytest.raises(tf.errors.InvalidArgumentError, match="boom"):
                sess.run(fails)


def test_what_is_waited_for_is_computed_though_nobody_reads_it():
    fails = apply("TestExplode", tf.constant(1.0))
    with tf.control_dependencies([tf.identity(fails)]):
        waits = tf.constant(1.0)
    with tf.Session() as sess:
        for fetch in (waits, fails.op, tf.group(fails)):
            for _ in range(3):
                with pytest.raises(tf.errors.InvalidArgumentError, match="boom"):
                    sess.run(fetch)


def test_a_transpose_is_taken_up_by_the_product():
    x, y = tf.placeholder(tf.float64, [None, 3]), tf.placeholder(tf.float64, [None, 4])
    product = tf.matmul(tf.transpose(x), y)
    assert types(general([product], feeds=[x, y])) == ["MatMul"]
    a, b = np.random.default_rng(0).standard_normal((2, 5, 4))
    with tf.Session() as sess:
        for _ in range(3):
            np.testing.assert_allclose(sess.run(product, {x: a[:, :3], y: b}), a[:, :3].T @ b, rtol=1e-14)


def test_a_value_lives_as_long_as_the_views_of_it():
    x = tf.placeholder(tf.float32, [4])
    y = x + 1.0
    view = tf.reshape(tf.reshape(y, [2, 2]), [4])
    z = view * 2.0
    plan = general([z], feeds=[x])
    names = {s.outputs[0]: s.operation.type for s in plan.steps}
    last = {names[n]: k for n, k in last_uses(plan).items() if n in names}
    at = types(plan).index("Mul")
    assert last["Add"] == last["Reshape"] == at and last["Mul"] == len(plan.steps)


def test_a_reading_is_copied_only_where_a_write_comes_before_its_last_use():
    w = tf.Variable([1.0, 2.0])
    old = w.read_value()
    written = w.assign_add([1.0, 1.0])
    copies = {
        tuple(types(plan)): [s.copies for s in plan.steps if s.opdef.reads or s.opdef.writes]
        for plan in (
            general([old + 1.0]),
            general([], [w.assign(-old).op]),
            general([written + old]),
            general([old[:1] * 2.0], [written.op]),
        )
    }
    assert list(copies.values()) == [[False], [False, False], [True, False], [True, False]]


def test_what_was_worked_out_from_a_constant_does_not_hold_where_it_is_fed():
    shape = tf.constant([1, 3])
    rows = tf.broadcast_to(tf.constant([[1.0, 2.0, 3.0]]), shape)
    summed = apply("SumTo", rows, tf.constant([[0.0, 0.0, 0.0]]))  # passes one row on, adds up four
    with tf.Session() as sess:
        for count in (4, 4, 4, 1, 1):
            assert sess.run(summed, {shape: [count, 3]}).tolist() == [[count, 2.0 * count, 3.0 * count]]
        assert sess.run(summed).tolist() == [[1.0, 2.0, 3.0]]
