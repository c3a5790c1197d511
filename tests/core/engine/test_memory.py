"""Planned buffers: no two live values share memory, and what leaves a run belongs to the caller."""

import numpy as np
import pytest
from hypothesis import given, settings

import kerasflow as tf
from kerasflow.core.engine.memory import plan_memory
from kerasflow.core.engine.passes import specialise
from kerasflow.core.engine.plan import make_plan
from kerasflow.core.graph import apply
from kerasflow.core.opdef import broadcasting
from kerasflow.core.types import Spec
from tests.core.engine.random_programs import PURE, SHAPE, WRITES, programs

MIXED = (*PURE, "read", *WRITES)


def runs(program, shapes):
    """Build `program`; for each of `shapes`, what a run with feeds of that shape gives, and what it has to give."""
    with tf.Graph().as_default():
        fetches = program.build()
        rng = np.random.default_rng(7)
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            state = [np.full(SHAPE, 0.5 * (v + 1)) for v in range(len(program.variables))]
            for shape in shapes:
                feeds = program.feeds(rng, shape)
                before = {k: a.copy() for k, a in feeds.items()}
                yield (
                    sess.run(fetches, {program.tensors[k]: a for k, a in feeds.items()}),
                    program.execute(state, feeds),
                )
                for k, a in feeds.items():
                    np.testing.assert_array_equal(a, before[k], "a fed array was written to")
                    a.fill(np.nan)  # nobody looks at it any more
                for variable, expected in zip(program.variables, state, strict=True):
                    np.testing.assert_array_equal(sess.run(variable), expected)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(programs(MIXED))
def test_programs_that_read_and_write_variables_give_what_they_say(program):
    kept = []
    for got, expected in runs(program, [SHAPE] * 4):
        for g, e in zip(got, expected, strict=True):
            np.testing.assert_array_equal(g, e)
        kept += zip(got, expected, strict=True)
    for g, e in kept:  # what a run gave stays what it was, whatever later runs do
        np.testing.assert_array_equal(g, e)


def planned(program, feeds):
    """The specialised plan of `program` for these feeds, and its layout."""
    with tf.Graph().as_default():
        fetches = program.build()
        placeholders = [program.tensors[k] for k in feeds]
        plan = make_plan(fetches, (), placeholders)
        specialise(plan, [Spec(t.dtype, feeds[k].shape) for t, k in zip(placeholders, feeds, strict=True)])
        return plan, plan_memory(plan)


def execute_and_watch(plan, layout, arrays):
    """Execute `plan` with its buffers, beside an execution that shares nothing: no value is read after it was lost."""
    buffers = layout.allocate(plan)
    truth = {n: a.copy() for n, a in [*zip(plan.feeds, arrays, strict=True), *plan.constants.items()]}
    actual = dict(zip(plan.feeds, arrays, strict=True)) | plan.constants
    for step in plan.steps:
        for i in step.inputs:
            np.testing.assert_array_equal(actual[i], truth[i], f"{step.operation.name} reads what is lost")
        (out,) = step.outputs
        truth[out] = np.array(step.opdef.kernel(*[truth[i] for i in step.inputs], **step.attrs))
        kwargs = step.attrs | ({"out": buffers[out]} if out in buffers else {})
        actual[out] = step.opdef.kernel(*[actual[i] for i in step.inputs], **kwargs)
    for f in plan.fetches:
        np.testing.assert_array_equal(actual[f], truth[f])
        for buffer in buffers.values():
            assert not np.shares_memory(actual[f], buffer), "a fetched value lies in a buffer"


def element_by_element(x, y, out=None):
    """``x + 2 y`` as a loop would do it: right if `out` is an input, wrong if it is an input in another order."""
    out = np.empty_like(x) if out is None else out
    for i in np.ndindex(x.shape):
        out[i] = x[i] + 2 * y[i]
    return out


@pytest.fixture(scope="module", autouse=True)
def loop_operation(define):
    define("TestLoop", kernel=element_by_element, infer=broadcasting("f"), elementwise=True)
    PURE["loop"] = (lambda x, y: apply("TestLoop", x, y), lambda x, y: x + 2 * y)
    yield
    del PURE["loop"]


@settings(max_examples=200, deadline=None, derandomize=True)
@given(programs((*PURE, "loop", "loop"), size=30, outcomes=2))
def test_no_value_is_overwritten_while_it_is_needed(program):
    feeds = program.feeds(np.random.default_rng(3))
    plan, layout = planned(program, feeds)
    execute_and_watch(plan, layout, list(feeds.values()))


def test_an_input_seen_in_another_order_by_its_neighbour_is_not_overwritten():
    x = tf.placeholder(tf.float64, [3])
    doubled = x + x
    y = -apply("TestLoop", doubled, doubled[::-1])
    value = np.array([1.0, 2.0, 4.0])
    with tf.Session() as sess:
        for _ in range(3):
            np.testing.assert_array_equal(sess.run(y, {x: value}), [-18.0, -12.0, -12.0])


@settings(max_examples=60, deadline=None, derandomize=True)
@given(programs(("add", "sub", "mul", "neg", "identity", "transpose", "flip", "first row everywhere", "sum"), size=20))
def test_programs_give_the_same_whatever_shapes_were_fed_before(program):
    square, large, empty = (2, 2), (5, 5), (0, 0)
    for got, expected in runs(program, [square, square, large, square, large, large, empty, empty, square]):
        for g, e in zip(got, expected, strict=True):
            assert (g.dtype, g.shape) == (e.dtype, e.shape)
            np.testing.assert_array_equal(g, e)


def layout_of(fetches, feed, shape):
    plan = make_plan(fetches, (), [feed])
    specialise(plan, [Spec(feed.dtype, shape)])
    return plan, plan_memory(plan)


def test_a_chain_of_elementwise_operations_takes_one_buffer():
    x = tf.placeholder(tf.float32, [None])
    y = x
    for _ in range(50):
        y = y * x
    _, layout = layout_of([-y], x, (1000,))
    assert layout.sizes == [4000]


def test_operations_that_cannot_overwrite_take_turns_with_two_buffers():
    x = tf.placeholder(tf.float32, [None])
    y = x
    for _ in range(50):
        y = tf.add_n([y, x])
    _, layout = layout_of([tf.add_n([y, y])], x, (1000,))
    assert layout.sizes == [4000, 4000]


def test_a_small_result_does_not_take_a_large_buffer():
    x = tf.placeholder(tf.float32, [None, 1])
    small = x + 1.0
    large = tf.add_n([small, small]) + tf.transpose(small)
    again = tf.add_n([small, x])
    plan, layout = layout_of([large * 2.0, again * 2.0], x, (100, 1))
    assert sorted(layout.sizes)[-1] == 40000
    for value, block in layout.block_of.items():
        need = 4 * int(np.prod(plan.specs[value].shape))
        assert need <= layout.sizes[block] <= 2 * need


def test_buffers_of_one_type_serve_another():
    x = tf.placeholder(tf.float32, [None])
    y = tf.cast(tf.add_n([x, x]), tf.float64)
    for _ in range(4):
        y = tf.add_n([y, y])
    z = -tf.cast(y, tf.float32)
    with tf.Session() as sess:
        for _ in range(3):
            np.testing.assert_array_equal(sess.run(z, {x: [1.0, 2.0]}), [-32.0, -64.0])


def test_scalars_strings_empty_and_fetched_results_are_not_planned():
    x = tf.placeholder(tf.float32, [None])
    results = [x[0] + 1.0, tf.add_n([x[:0], x[:0]]), x + 1.0]
    _, layout = layout_of([*results, results[0] + 1.0, -results[1]], x, (3,))
    assert layout.block_of == {}


def test_a_view_of_a_planned_result_may_be_fetched():
    x = tf.placeholder(tf.float64, [None])
    y = x * 3.0
    fetched = [tf.reshape(y, [-1, 1]), y[1:], -y]
    with tf.Session() as sess:
        kept = [sess.run(fetched, {x: np.arange(4.0) + k}) for k in range(4)]
    for k, (column, tail, negative) in enumerate(kept):
        expected = 3.0 * (np.arange(4.0) + k)
        np.testing.assert_array_equal(column, expected[:, None])
        np.testing.assert_array_equal(tail, expected[1:])
        np.testing.assert_array_equal(negative, -expected)
