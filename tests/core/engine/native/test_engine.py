"""The native engine gives what the interpreter gives, and what plain Python says programs mean."""

import signal
import threading
import time

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from hypothesis import given, settings  # noqa: E402

import kerasflow as tf  # noqa: E402
from kerasflow.core.engine.executable import RUNS  # noqa: E402
from kerasflow.core.engine.loop import Loop  # noqa: E402
from kerasflow.core.engine.native import machine  # noqa: E402
from tests.core.engine.random_programs import PURE, WRITES, programs  # noqa: E402


@pytest.fixture(autouse=True)
def native():
    before = tf.config.get_engine()
    tf.config.set_engine("native")
    yield
    tf.config.set_engine(before)


@settings(max_examples=60, deadline=None)
@given(programs((*PURE, "read", *WRITES, *WRITES)))
def test_random_programs_with_variables(program):
    rng = np.random.default_rng(0)
    with tf.Graph().as_default() as graph:
        fetches = program.build()
        state = [np.full((2, 2), 0.5), np.full((2, 2), 1.0)]
        with tf.Session(graph=graph) as session:
            session.run([v.initializer for v in program.variables])
            for _ in range(3):
                feeds = program.feeds(rng)
                values = session.run(fetches, {program.tensors[k]: v for k, v in feeds.items()})
                for value, wanted in zip(values, program.execute(state, feeds), strict=True):
                    np.testing.assert_array_equal(value, wanted)


def step_of(loss_of, width):
    """A little model trained by gradient descent: the executable of a step, its session and its variables."""
    graph = tf.Graph()
    with graph.as_default():
        x, y = tf.placeholder(tf.float32, [None, width]), tf.placeholder(tf.int32, [None])
        rng = np.random.default_rng(0)
        w1 = tf.Variable(rng.normal(size=(width, 16)).astype("f"))
        w2 = tf.Variable(rng.normal(size=(16, 3)).astype("f"))
        loss = loss_of(tf.matmul(tf.tanh(tf.matmul(x, w1)), w2), y)
        updates = [v.assign_sub(0.1 * g) for v, g in zip((w1, w2), tf.gradients(loss, [w1, w2]), strict=True)]
        session = tf.Session(graph=graph)
        session.run([w1.initializer, w2.initializer])
    return session.executable([u.op for u in updates], [x, y]), session, [w1, w2]


def cross_entropy(logits, labels):
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits))


def trained(engine, rows, batch):
    tf.config.set_engine(engine)
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(100, 5)).astype("f"), rng.integers(0, 3, 100).astype("i4")
    executable, session, weights = step_of(cross_entropy, 5)
    loop = Loop(executable, [x, y])
    loop.run(rows, batch)
    return session.run(weights), loop


def test_a_training_loop_gives_the_same_weights_and_twice_the_same_bits():
    rows = np.random.default_rng(2).permutation(100)
    first, loop = trained("native", rows, 16)
    assert loop._compiled is not None
    second, _ = trained("native", rows, 16)
    wanted, _ = trained("interpreter", rows, 16)
    for a, b, w in zip(first, second, wanted, strict=True):
        np.testing.assert_array_equal(a, b)
        np.testing.assert_allclose(a, w, rtol=1e-5, atol=1e-6)


def test_a_second_loop_over_the_same_program_compiles_nothing(monkeypatch):
    executable, _, _ = step_of(cross_entropy, 5)
    arrays = [np.ones((40, 5), "f"), np.zeros(40, "i4")]
    Loop(executable, arrays).run(np.arange(40), 20)
    monkeypatch.setattr(machine, "Code", None)
    Loop(executable, arrays).run(np.arange(40), 20)


def test_a_label_that_is_no_class_stops_the_loop_and_names_the_operation():
    executable, _, _ = step_of(cross_entropy, 5)
    y = np.zeros(40, "i4")
    y[21] = 3
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"label 3 at position \[1\](.|\n)*SparseSoftmax"):
        Loop(executable, [np.ones((40, 5), "f"), y]).run(np.arange(40), 20)


def test_rows_that_are_not_there_are_refused():
    executable, _, _ = step_of(cross_entropy, 5)
    with pytest.raises(IndexError, match="the rows 0 to 40"):
        Loop(executable, [np.ones((40, 5), "f"), np.zeros(40, "i4")]).run(np.arange(41)[::-1].repeat(2), 2)


def test_a_value_that_is_loaded_between_runs_is_seen():
    with tf.Graph().as_default(), tf.Session() as session:
        w = tf.Variable(np.ones(3, "f"))
        session.run(w.initializer)
        double = 2.0 * w
        assert session.run(double).tolist() == [2.0] * 3
        w.load(np.full(3, 5.0, "f"), session)
        assert session.run(double).tolist() == [10.0] * 3
        held = session.run(w)
        held += 1.0
        assert session.run(double).tolist() == [10.0] * 3


def test_an_uninitialised_variable_is_named():
    with tf.Graph().as_default(), tf.Session() as session:
        w = tf.Variable(1.0, name="weight")
        with pytest.raises(tf.errors.FailedPreconditionError, match="weight"):
            session.run(w + 1.0)


def test_a_plan_is_split_where_an_operation_has_no_lowering():
    x = np.random.default_rng(0).normal(size=(4, 4))
    with tf.Graph().as_default(), tf.Session() as session:
        p = tf.placeholder(tf.float64, [4, 4])
        y = tf.exp(tf.matrix_inverse(tf.matmul(p, p) + np.eye(4))) * 2.0
        np.testing.assert_allclose(session.run(y, {p: x}), 2 * np.exp(np.linalg.inv(x @ x + np.eye(4))), rtol=1e-12)
        assert "native, 2 segments and 1 operation with the interpreter" in session.explain(y, [p])


def test_the_rule_compiles_what_runs_often():
    tf.config.set_engine("auto")
    with tf.Graph().as_default(), tf.Session() as session:
        p = tf.placeholder(tf.float32, [3])
        y = tf.exp(p) + 1.0
        for k in range(RUNS + 2):
            if k == RUNS - 5:
                assert "native" not in session.explain(y, [p])
            session.run(y, {p: np.ones(3, "f")})
        assert "native, all in one segment" in session.explain(y, [p])


def test_what_is_no_engine_is_refused():
    with pytest.raises(ValueError, match="'auto', 'interpreter', 'native'; got 'fast'"):
        tf.config.set_engine("fast")


def test_native_without_llvmlite_is_a_clear_error(monkeypatch):
    monkeypatch.setattr("kerasflow.core.engine.choice.has_compiler", lambda: False)
    with pytest.raises(ImportError, match=r"pip install 'kerasflow\[jit\]'"):
        tf.config.set_engine("native")


def test_an_interrupt_stops_a_long_loop_soon():
    executable, _, _ = step_of(cross_entropy, 5)
    loop = Loop(executable, [np.ones((64, 5), "f"), np.zeros(64, "i4")])
    loop.run(np.zeros(64, int), 32)  # compiled
    sent = []

    def interrupt():
        sent.append(time.perf_counter())
        signal.raise_signal(signal.SIGINT)

    timer = threading.Timer(0.3, interrupt)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        loop.run(np.zeros(32 * 2_000_000, np.int64), 32)
    assert time.perf_counter() - sent[0] < 0.5
    timer.join()


def test_a_run_that_fails_leaves_no_variable_half_initialised():
    with tf.Graph().as_default(), tf.Session() as session:
        a, b = tf.Variable([1.0, 2.0]), tf.Variable(1.0)
        with pytest.raises(tf.errors.FailedPreconditionError):
            session.run([a.initializer, b + 1.0])
        if session.is_initialized(a):
            assert session.run(a).tolist() == [1.0, 2.0]
        logits = tf.constant([[1.0, 2.0]]) * a
        labels = tf.placeholder(tf.int32, [1])
        c = tf.Variable([0.0])
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
        session.run(a.initializer)
        with pytest.raises(tf.errors.InvalidArgumentError):
            session.run(c.assign(loss), {labels: [2]})
        assert not session.is_initialized(c)


@pytest.mark.parametrize("count", [3, 20000])
def test_results_stay_and_feeds_may_change(count):
    """Results of a run are the caller's, small or large; what is fed is read anew, whatever array it comes in."""
    with tf.Graph().as_default(), tf.Session() as session:
        x, y = tf.placeholder(tf.float32, [count]), tf.placeholder(tf.float32, [])
        fetches = [tf.reduce_sum(x), x * y, y + 1.0]
        a = np.arange(count, dtype="f")
        total, first, one = session.run(fetches, {y: np.float32(2), x: a})
        a += 1
        _, second, _ = session.run(fetches, {y: np.float32(3), x: a})
        first_again = first.copy()
        reverse = np.arange(2 * count, dtype="f")[::-2]
        _, third, _ = session.run(fetches, {y: np.array(3, "f"), x: reverse})
        assert "native, all in one segment" in session.explain(fetches, [y, x])
        assert isinstance(total, np.float32) and one == 3.0
        np.testing.assert_array_equal(first, np.arange(count) * 2)
        np.testing.assert_array_equal(second, (np.arange(count) + 1) * 3)
        np.testing.assert_array_equal(third, reverse * 3)
        second[:] = 0
        session.run(fetches, {y: np.float32(5), x: a})
        np.testing.assert_array_equal(first, first_again)
        assert not second.any()


def test_the_slope_of_a_mean_of_numbers_from_python_of_unknown_shape():
    rng = np.random.default_rng(0)
    a, w = rng.normal(size=(4, 3)), rng.normal(size=(3, 2))
    with tf.Graph().as_default(), tf.Session() as session:
        x, weights = tf.placeholder(tf.float64), tf.constant(w)
        y = tf.py_func(lambda v: 2 * v, [x], tf.float64)
        y.set_shape([None, 3])
        mean = tf.reduce_mean(tf.square(tf.matmul(y, weights)))
        fetches = [mean, tf.gradients(mean, weights)[0]]
        value, slope = session.run(fetches, {x: a})
    np.testing.assert_allclose(value, np.mean((2 * a @ w) ** 2), rtol=1e-12)
    np.testing.assert_allclose(slope, 2 * a.T @ (2 * (2 * a @ w)) / 8, rtol=1e-12)
