"""Lanes: the updates of several variables as one step give what they give one by one, to the bit, or are left alone."""

from unittest import mock

import numpy as np
import pytest

import kerasflow as tf
from kerasflow import train
from kerasflow.core.engine import executable, lanes
from kerasflow.core.engine.lanes import merge_lanes

SHAPES = ((3,), (4, 5), (1,), (2, 1, 3))


@pytest.fixture(autouse=True)
def interpreter():
    tf.config.set_engine("interpreter")
    yield
    tf.config.set_engine("auto")


def variables(shapes=SHAPES, dtype=np.float32):
    rng = np.random.default_rng(0)
    return [tf.Variable(rng.normal(size=s).astype(dtype), name=f"v{k}") for k, s in enumerate(shapes)]


def loss_of(vs):
    return tf.add_n([tf.reduce_sum(tf.square(tf.square(v - 0.5)) * (k + 1.0)) for k, v in enumerate(vs)])


def kinds(session):
    """The operations of each specialised program."""
    programs = [s.program for e, _ in session._executables.values() for s in e._special.values() if s.program]
    return [[step.opdef.name for step in p.plan.steps] for p in programs]


def merged_steps(session):
    return sum(names.count("Lanes") for names in kinds(session))


def trained(make, steps=5):
    """The variables after some steps, and how many steps of the plans were merged ones."""
    tf.reset_default_graph()
    target, fetched = make()
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        values = [session.run([target, *fetched])[1:] for _ in range(steps)]
        return values, merged_steps(session)


def assert_same_without(make, merged=1):
    found, count = trained(make)
    assert count == merged
    with mock.patch.object(executable, "merge_lanes", lambda plan: None):
        wanted, none = trained(make)
    assert none == 0
    for a, b in zip(found, wanted, strict=True):
        for x, y in zip(a, b, strict=True):
            np.testing.assert_array_equal(x, y)


OPTIMIZERS = {
    "sgd": lambda: train.GradientDescentOptimizer(0.01),
    "momentum": lambda: train.MomentumOptimizer(0.01, 0.9, use_nesterov=True),
    "adagrad": lambda: train.AdagradOptimizer(0.1),
    "rmsprop": lambda: train.RMSPropOptimizer(0.01, momentum=0.5, centered=True),
    "adam": lambda: train.AdamOptimizer(0.01),
    "adadelta": lambda: train.AdadeltaOptimizer(0.5),
    "ftrl": lambda: train.FtrlOptimizer(0.1, l1_regularization_strength=0.01),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer(name):
    def make():
        vs = variables()
        return OPTIMIZERS[name]().minimize(loss_of(vs)), [v.read_value() for v in vs]

    assert_same_without(make, merged=2 if name == "adadelta" else 1)  # its two updates share a value


def test_a_variable_that_is_fetched_after_the_step_is_new():
    vs = variables()
    step = train.GradientDescentOptimizer(0.1).minimize(tf.add_n([tf.reduce_sum(tf.square(v)) for v in vs]))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(4):
            before = session.run(vs)
            session.run(step)
            for a, b in zip(before, session.run(vs), strict=True):
                np.testing.assert_allclose(b, a * 0.8, rtol=1e-6)
        assert merged_steps(session) == 1


def test_types_are_not_mixed():
    def make():
        vs = [*variables(SHAPES[:2]), *variables(SHAPES[:2], np.float64)]
        loss = tf.add_n([tf.cast(tf.reduce_sum(tf.square(v)), tf.float64) for v in vs])
        return train.MomentumOptimizer(0.1, 0.9).minimize(loss), [v.read_value() for v in vs]

    assert_same_without(make, merged=2)


def test_large_variables_stay_alone():
    def make():
        vs = variables(((2,), (3,), (100, 100)))
        return train.AdamOptimizer().minimize(loss_of(vs)), [v.read_value() for v in vs]

    assert_same_without(make)
    tf.reset_default_graph()
    step, _ = make()
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(step)
        session.run(step)
        assert kinds(session)[-1].count("AssignSub") == 1


def test_no_more_than_the_cache_holds_in_one_step(monkeypatch):
    monkeypatch.setattr(lanes, "_TOGETHER", 100)

    def make():
        vs = variables(((4, 5), (3,), (4, 5), (5,)))  # 80, 12, 80 and 20 bytes
        return train.AdamOptimizer().minimize(loss_of(vs)), [v.read_value() for v in vs]

    assert_same_without(make, merged=2)


def test_what_python_puts_in_a_variable_is_seen():
    vs = variables()
    step = train.GradientDescentOptimizer(0.5).minimize(tf.add_n([tf.reduce_sum(tf.square(v)) for v in vs]))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for k in range(1, 5):
            session.run(step)  # x - 0.5 * 2 x
            assert not any(np.any(x) for x in session.run(vs))
            vs[1].load(np.full((4, 5), k, np.float32), session)
            session.run(vs[0].assign([k, k, k]))
            np.testing.assert_array_equal(session.run(vs[0]), [k, k, k])
            np.testing.assert_array_equal(session.run(vs[1]), np.full((4, 5), k))


def test_two_programs_take_turns_on_the_same_variables():
    x = tf.placeholder(tf.float32, [None])
    vs = variables()
    loss = tf.add_n([tf.reduce_sum(v) for v in vs]) * tf.reduce_sum(x)
    step = train.GradientDescentOptimizer(1.0).minimize(loss)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        start = session.run(vs)
        for k in range(12):
            session.run(step, {x: np.ones(1 + k % 3, np.float32)})
        assert merged_steps(session) == 3
        for a, b in zip(start, session.run(vs), strict=True):
            np.testing.assert_allclose(b, a - 24, rtol=1e-5)


def test_sessions_keep_their_own_values():
    vs = variables()
    step = train.GradientDescentOptimizer(1.0).minimize(tf.add_n([tf.reduce_sum(v) for v in vs]))
    with tf.Session() as one, tf.Session() as two:
        for session, times in ((one, 3), (two, 5)):
            session.run(tf.global_variables_initializer())
            for _ in range(times):
                session.run(step)
        for a, b in zip(one.run(vs), two.run(vs), strict=True):
            np.testing.assert_allclose(b, a - 2, rtol=1e-5)


def test_an_uninitialised_variable_is_named():
    vs = variables()
    step = train.AdamOptimizer().minimize(loss_of(vs))
    slots = [v for v in tf.global_variables() if v.op.name == "v1/Adam_1"]
    with tf.Session() as session:
        session.run(tf.variables_initializer([v for v in tf.global_variables() if v not in slots]))
        for _ in range(3):
            with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value v1/Adam_1"):
                session.run(step)
        session.run(slots[0].initializer)
        session.run(step)


def updates(vs, *orders):
    """Updates alike, with something between the first and the last."""
    made = [v.assign_add(tf.square(v.read_value() * 0.5)) for v in vs[:-1]]
    between = [order() for order in orders]
    made.append(vs[-1].assign_add(tf.square(vs[-1].read_value() * 0.5)))
    return tf.group(*made, *[b for b in between if isinstance(b, tf.Operation)]), between


def test_a_reader_between_keeps_its_place():
    """It sees one variable changed and the other not, as their order says."""

    def make():
        vs = variables(((3,), (3,)))
        step, (seen,) = updates(vs, lambda: tf.stack([vs[0].read_value() * 1.0, vs[1].read_value() * 1.0]))
        return step, [seen, *[v.read_value() for v in vs]]

    assert_same_without(make, merged=0)


def test_a_writer_between_keeps_its_place():
    def make():
        vs = variables(((3,), (3,)))
        step, _ = updates(vs, lambda: vs[0].assign([1.0, 2.0, 3.0]).op)
        return step, [v.read_value() for v in vs]

    assert_same_without(make, merged=0)


def test_updates_that_read_each_others_variables_stay_alone():
    def make():
        a, b = variables(((3,), (3,)))
        first = a.assign_add(tf.square(b.read_value() * 0.5))
        second = b.assign_add(tf.square(a.read_value() * 0.5))
        return tf.group(first, second), [a.read_value(), b.read_value()]

    assert_same_without(make, merged=0)


def test_a_value_read_before_the_update_and_used_after_it():
    def make():
        vs = variables(((3,), (2, 2)))
        made = []
        for v in vs:
            old = v.read_value()
            new = v.assign_add(tf.square(old) * 0.5)
            made.append(v.assign_sub(new * old))
        return tf.group(*made), [v.read_value() for v in vs]

    assert_same_without(make, merged=0)


def test_a_value_read_before_another_variables_update():
    def make():
        vs, slots = variables(((3,), (2, 2))), [tf.Variable(tf.ones(s)) for s in ((3,), (2, 2))]
        made = []
        for v, slot in zip(vs, slots, strict=True):
            old = slot.read_value()
            new = slot.assign_add(tf.square(old) * 0.5)
            made.append(v.assign_sub(new * old))
        return tf.group(*made), [v.read_value() for v in [*vs, *slots]]

    assert_same_without(make, merged=0)


def test_an_update_whose_value_is_wanted_elsewhere():
    def make():
        vs, slots = variables(((3,), (2, 2))), [tf.Variable(tf.ones(s)) for s in ((3,), (2, 2))]
        made, seen = [], []
        for v, slot in zip(vs, slots, strict=True):
            new = slot.assign_add(tf.square(slot.read_value()) * 0.5)
            made.append(v.assign_sub(tf.square(new) * 0.25))
            seen.append(tf.tanh(new))
        return tf.group(*made), [*seen, *[v.read_value() for v in [*vs, *slots]]]

    assert_same_without(make)


def test_results_that_are_wanted_elsewhere_are_computed():
    def make():
        vs = variables(((3,), (3,)))
        gradients = tf.gradients(loss_of(vs), vs)
        scaled = [tf.tanh(g) * 0.1 for g in gradients]
        step = tf.group(*[v.assign_sub(tf.square(s) + s) for v, s in zip(vs, scaled, strict=True)])
        return step, [*scaled, *[v.read_value() for v in vs]]

    assert_same_without(make)


def test_different_work_is_not_merged():
    def make():
        a, b, c = variables(((3,), (3,), (3,)))
        step = tf.group(
            a.assign_add(tf.square(a.read_value() * 0.5)),
            b.assign_sub(tf.square(b.read_value() * 0.5)),
            c.assign_add(tf.square(c.read_value() * 0.25)),
        )
        return step, [v.read_value() for v in (a, b, c)]

    assert_same_without(make, merged=0)


def test_assignments_without_arithmetic_are_left_alone():
    vs = variables()
    with tf.Session() as session:
        for _ in range(3):
            session.run([v.initializer for v in vs])
        assert merged_steps(session) == 0


def test_a_plan_without_variables_is_left_alone():
    class Empty:
        steps: list = []
        fetches = ()

    merge_lanes(Empty)
    assert Empty.steps == []


def test_a_model_keeps_nothing_of_what_was_merged_alive():
    """The values outlive the program that merged them, and are the caller's own."""
    vs = variables()
    step = train.GradientDescentOptimizer(1.0).minimize(tf.add_n([tf.reduce_sum(v) for v in vs]))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(step)
        session.run(step)
        kept = session.run(vs)
        copies = [np.array(x) for x in kept]
        session.run(step)
        for a, b in zip(kept, copies, strict=True):
            np.testing.assert_array_equal(a, b)
            a += 1  # it is ours
    assert all(x.base is None for x in kept)


def test_an_update_that_was_interrupted_while_it_was_prepared_is_prepared_again():
    values, moments = variables(), variables()
    target = tf.group(
        *[tf.assign_sub(v, tf.assign(m, m * 0.5 + v) * 0.25) for v, m in zip(values, moments, strict=True)]
    )
    bound = lanes._with_attrs
    stopped = mock.Mock(side_effect=[mock.DEFAULT, KeyboardInterrupt], wraps=bound)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        before = session.run(values)
        session.run(target)
        with mock.patch.object(lanes, "_with_attrs", stopped), pytest.raises(KeyboardInterrupt):
            session.run(target)
        session.run(target)
        for v, after in zip(before, session.run(values), strict=True):
            m = 1.5 * v
            first = v - 0.25 * m
            np.testing.assert_allclose(after, first - 0.25 * (0.5 * m + first), rtol=1e-6)
        assert merged_steps(session) == 1


def test_a_variable_without_value_leaves_those_that_would_get_one_without():
    values, moments = variables(), variables()
    x = tf.placeholder(tf.float32, [])
    pairs = zip(values, moments, strict=True)
    target = tf.group(*[tf.assign_add(m, tf.assign(v, tf.zeros(v.shape) + x)) for v, m in pairs])
    with tf.Session() as session:
        session.run([m.initializer for m in moments])
        for _ in range(2):
            session.run(target, {x: 3.0})
        assert merged_steps(session) == 1
    with tf.Session() as session:
        executable = session.executable([target], [x])
        executable.prepared([()], 2)  # merged before its first run
        with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value v0_1"):
            executable.run([np.float32(3.0)])
        assert not any(session.is_initialized(v) for v in values + moments)
