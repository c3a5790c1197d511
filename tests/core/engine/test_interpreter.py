"""The interpreter: values in, values out, and errors that say where; nothing is left behind between runs."""

import concurrent.futures
import inspect
import threading
import time
import weakref

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.graph import apply
from kerasflow.core.opdef import same

RUNS = 3  # the first run is general, the second makes a program for the shapes, the third uses it again


def here():
    return inspect.currentframe().f_back.f_lineno


def test_an_error_names_the_operation_its_inputs_and_the_line_that_made_it():
    x = tf.placeholder(tf.float32, [None], name="x")
    y, line = tf.add(x, [1.0, 2.0], name="total"), here()
    with tf.Session() as sess:
        for _ in range(RUNS):
            with pytest.raises(tf.errors.InvalidArgumentError) as caught:
                sess.run(y, {x: [1.0, 2.0, 3.0]})
            error = caught.value
            assert error.op is y.op and error.node_def is y.op and error.error_code == 3
            assert "in Add 'total', inputs: x:0 float32[3], total/y:0 float32[2]" in error.message
            assert f"created at {__file__}:{line}, in test_an_error_names" in error.message
            assert isinstance(error.__cause__, ValueError)
            assert sess.run(y, {x: [1.0, 2.0]}).tolist() == [2.0, 4.0]


def test_an_unfed_placeholder_and_an_uninitialised_variable_are_named():
    x = tf.placeholder(tf.float32, [None, 2], name="rows")
    w = tf.Variable(1.0, name="weight")
    with tf.Session() as sess:
        for _ in range(RUNS):
            with pytest.raises(tf.errors.InvalidArgumentError, match=r"float32 and shape \(\?, 2\)\n.*'rows'"):
                sess.run(x + 1.0)
            for fetch in (w, w + 1.0, w.assign_add(1.0), w.value()):
                with pytest.raises(
                    tf.errors.FailedPreconditionError, match="uninitialized value weight: .*initializer"
                ):
                    sess.run(fetch)


@pytest.mark.parametrize(
    ("raised", "becomes"),
    [
        (ValueError("v"), tf.errors.InvalidArgumentError),
        (TypeError("t"), tf.errors.InvalidArgumentError),
        (IndexError("i"), tf.errors.InvalidArgumentError),
        (ZeroDivisionError("z"), tf.errors.InvalidArgumentError),
        (np.linalg.LinAlgError("l"), tf.errors.InvalidArgumentError),
        (MemoryError("m"), tf.errors.ResourceExhaustedError),
        (NotImplementedError("n"), tf.errors.UnimplementedError),
        (StopIteration("s"), tf.errors.OutOfRangeError),
        (KeyError("k"), tf.errors.UnknownError),
        (RuntimeError("r"), tf.errors.UnknownError),
        (tf.errors.DataLossError(None, None, "d"), tf.errors.DataLossError),
    ],
)
def test_what_a_kernel_raises_becomes_an_error_of_the_run(call, raised, becomes):
    def fail(x):
        raise raised

    y = call(fail, tf.constant(1.0))
    with tf.Session() as sess, pytest.raises(tf.errors.OpError) as caught:
        sess.run(y)
    assert type(caught.value) is becomes
    assert caught.value.__cause__ is raised
    assert caught.value.message.startswith(
        f"{type(raised).__name__}: {raised}\n" if becomes is tf.errors.UnknownError else f"{raised}\n"
    )


def test_an_interrupt_passes_through_and_the_session_goes_on(call):
    interrupts = [True, False, True, False]

    def maybe(x):
        if interrupts.pop(0):
            raise KeyboardInterrupt
        return x

    x = tf.placeholder(tf.float32, [])
    y = call(maybe, x) + 1.0
    with tf.Session() as sess:
        for k in range(2):
            with pytest.raises(KeyboardInterrupt):
                sess.run(y, {x: 0.0})
            assert sess.run(y, {x: float(k)}) == k + 1.0


def test_a_run_inside_a_run_has_values_of_its_own(call):
    n = tf.placeholder(tf.float32, [None])
    doubled = n * 2.0  # in a planned buffer while the run inside uses the same program
    sess = tf.Session()

    def again(x):
        return sess.run(result, {n: x - 2.0}) if x[0] > 1.0 else x * 0.0

    result = (call(again, n) + doubled) * 1.0
    for _ in range(RUNS):
        # 2 n + 2 (n - 2) + ... + what is left at the bottom
        np.testing.assert_array_equal(
            sess.run(result, {n: [6.0, 7.0]}), [6 * 2 + 4 * 2 + 2 * 2, 7 * 2 + 5 * 2 + 3 * 2 + 2]
        )


def test_an_error_in_a_run_inside_a_run_says_where_it_was(call):
    fails = tf.placeholder(tf.float32, [], name="nobody")
    sess = tf.Session()
    outer = call(lambda x: sess.run(fails), tf.constant(1.0))
    for _ in range(RUNS):
        with pytest.raises(tf.errors.InvalidArgumentError, match="'nobody'") as caught:
            sess.run(outer)
        assert caught.value.op is fails.op and caught.value.__cause__ is not caught.value
    assert sess.run(tf.constant(1.0)) == 1.0


def test_large_values_are_let_go_at_their_last_use(define, call):
    made, alive = [], []

    def fresh(x):
        array = np.array(x) + 1.0
        made.append(weakref.ref(array))
        return array

    define("TestFresh", kernel=fresh, infer=same)
    x = tf.placeholder(tf.float32, [None])
    y = x
    for _ in range(6):
        y = call(lambda a: alive.append(sum(r() is not None for r in made)) or a[:0], apply("TestFresh", y)) + 0.0
        y = apply("TestFresh", tf.zeros([1 << 14]) + tf.reduce_sum(y))
    with tf.Session() as sess:
        for _ in range(RUNS):
            sess.run(y, {x: np.zeros(1 << 14)})
            assert max(alive) <= 2
            assert sum(r() is not None for r in made) == 0
            made.clear()


def test_fetched_values_are_arrays_or_scalars_of_their_type():
    fetches = [tf.constant(1.5), tf.constant(2), tf.constant([True]), tf.constant("ä"), tf.constant([["b", "c\0"]])]
    with tf.Session() as sess:
        for _ in range(RUNS):
            scalar, integer, flags, text, texts = sess.run(fetches)
            assert type(scalar) is np.float32 and type(integer) is np.int32 and flags.dtype == np.bool_
            assert type(text) is bytes and text == "ä".encode()
            assert texts.dtype == object and texts.tolist() == [[b"b", b"c\0"]]
            assert type(sess.run(fetches[4][0, 1])) is bytes and sess.run(fetches[4][0, 1]) == b"c\0"


def test_no_warning_leaves_a_run():
    x = tf.placeholder(tf.float32, [None])
    with tf.Session() as sess:
        for _ in range(RUNS):
            huge, nothing = sess.run([x * 1e38 * 1e38, x * 0.0 - x * 1e38 * 1e38], {x: [1.0]})
            assert huge[0] == np.inf and nothing[0] == -np.inf


def test_fetched_arrays_belong_to_the_caller():
    x = tf.placeholder(tf.float32, [2, 2])
    w = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    c = tf.constant([[5.0, 6.0], [7.0, 8.0]])
    product = x * 2.0
    views = [f(t) for t in (x, w, c, product) for f in (tf.identity, tf.transpose, lambda t: tf.reshape(t, [4]))]
    fetches = [x, w, w.value(), c, product, *views, w.assign_add(c * 0.0), w[0]]
    fed = np.array([[9.0, 8.0], [7.0, 6.0]], np.float32)
    with tf.Session() as sess:
        sess.run(w.initializer)
        first = None
        for _ in range(RUNS + 1):
            values = sess.run(fetches, {x: fed})
            first = first or [v.copy() for v in values]
            for k, v in enumerate(values):
                np.testing.assert_array_equal(v, first[k])
                assert v.flags.writeable and not np.shares_memory(v, fed)
                assert not any(np.shares_memory(v, other) for other in values[:k])
            for v in values:
                v += 100.0
        np.testing.assert_array_equal(fed, [[9.0, 8.0], [7.0, 6.0]])


def test_a_variable_does_not_hold_on_to_what_was_fed():
    x = tf.placeholder(tf.float32, [2])
    w = tf.Variable([0.0, 0.0])
    assign, shown = w.assign(x), np.array([1.0, 2.0], np.float32)
    with tf.Session() as sess:
        for _ in range(RUNS):
            sess.run(assign, {x: shown})
            shown += 1.0
            np.testing.assert_array_equal(sess.run(w), shown - 1.0)


def test_threads_of_one_session_add_up_exactly():
    size, count, threads = 4096, 50, 4  # NumPy lets other threads in while it works on arrays of this size
    w = tf.Variable(np.zeros(size), name="w")
    x = tf.placeholder(tf.float64, [None])
    added = w.assign_add(x * 1.0)
    read = tf.add_n([w.value(), w.value()])
    problems = []
    with tf.Session() as sess:
        sess.run(w.initializer)

        def work():
            try:
                for k in range(count):
                    sess.run(added, {x: np.ones(size)})
                    seen = sess.run(read) if k % 7 else sess.run(w.read_value())
                    if len(set(seen.tolist())) > 1:
                        problems.append(f"half an update was seen in step {k}")
            except Exception as e:
                problems.append(e)

        started = [threading.Thread(target=work) for _ in range(threads)]
        for t in started:
            t.start()
        for t in started:
            t.join()
        assert problems == []
        np.testing.assert_array_equal(sess.run(w), np.full(size, float(count * threads)))


def test_no_run_of_a_session_sees_half_of_another(call):
    def slowly(x):
        seen = x.copy()
        time.sleep(0.0005)  # lets the other threads have a go between reading and writing
        return seen

    w = tf.Variable(0)
    increment = w.assign(tf.reshape(call(slowly, w.read_value()), []) + 1)
    with tf.Session() as sess:
        sess.run(w.initializer)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            seen = list(pool.map(lambda _: int(sess.run(increment)), range(80)))
        assert sorted(seen) == list(range(1, 81))
