"""Many steps as compiled code: the last short batch, rows in order, stretches, subnormal numbers, other threads."""

import gc
import signal
import threading
import time
import weakref

import numpy as np
import pytest

pytest.importorskip("llvmlite")

import kerasflow as tf  # noqa: E402
from kerasflow.core.engine.executable import RUNS  # noqa: E402
from kerasflow.core.engine.loop import Loop  # noqa: E402
from kerasflow.core.engine.native import looping  # noqa: E402


@pytest.fixture(autouse=True)
def native():
    before = tf.config.get_engine()
    tf.config.set_engine("native")
    yield
    tf.config.set_engine(before)


class Regression:
    """Weighted least squares by gradient descent; `n` counts the steps and `total` adds up the errors."""

    def __init__(self):
        self.graph = tf.Graph()
        with self.graph.as_default():
            self.x, self.y = tf.placeholder(tf.float32, [None, 4]), tf.placeholder(tf.float64, [None, 2])
            self.c = tf.placeholder(tf.float32, [None])
            self.w = tf.Variable(np.linspace(-1, 1, 8).reshape(4, 2).astype("f"))
            self.n, self.total = tf.Variable(0), tf.Variable(0.0)
            self.hidden = tf.tanh(tf.matmul(self.x, self.w))
            errors = tf.reduce_sum(tf.square(self.hidden - tf.cast(self.y, tf.float32)), 1)
            loss = tf.reduce_mean(errors * self.c)
            step = self.w.assign_sub(0.1 * tf.gradients(loss, [self.w])[0])
            self.updates = [step.op, self.n.assign_add(1).op, self.total.assign_add(tf.reduce_sum(errors)).op]
            self.counts = [self.n.assign_add(1).op, self.total.assign_add(tf.reduce_sum(errors * self.c)).op]
            self.session = tf.Session(graph=self.graph)
            self.session.run([v.initializer for v in (self.w, self.n, self.total)])
        rng = np.random.default_rng(0)
        x = rng.normal(size=(101, 4)).astype("f")
        self.arrays = [x, np.tanh(x[:, :2].astype("d")), rng.uniform(size=101).astype("f")]

    def loop(self, fetches=None):
        """A loop over training steps, or one that computes `fetches`."""
        return Loop(self.session.executable(fetches or self.updates, [self.x, self.y, self.c]), self.arrays)

    def state(self):
        return self.session.run([self.w, self.n, self.total])


def trained(rows, batch, pieces=1, passes=0, engine="native", epochs=1):
    """The state after running `rows` in so many calls, and the sizes of the batches that were compiled."""
    tf.config.set_engine(engine)
    model = Regression()
    loop = model.loop()
    if passes:
        loop.expect(len(rows), batch, passes)
    steps = -(-len(rows) // batch)
    cuts = np.linspace(0, steps, pieces + 1).astype(int) * batch
    for _ in range(epochs):
        for first, last in zip(cuts[:-1], cuts[1:], strict=True):
            loop.run(rows[first:last], batch)
    return model.state(), {size for size, _ in loop._compiled}


def same(state, wanted, **tolerances):
    for a, b in zip(state, wanted, strict=True):
        if tolerances:
            np.testing.assert_allclose(a, b, **tolerances)
        else:
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(("count", "batch", "sizes"), [(101, 16, {16, 5}), (96, 32, {32}), (5, 8, {5}), (9, 8, {8, 1})])
def test_the_last_short_batch_is_compiled_too_and_drops_no_row(count, batch, sizes):
    rows = np.random.default_rng(1).permutation(101)[:count]
    state, compiled = trained(rows, batch)
    assert compiled == sizes and state[1] == -(-count // batch)
    same(state, trained(rows, batch, engine="interpreter")[0], rtol=1e-5)


@pytest.mark.parametrize("pieces", [2, 7])
def test_how_many_steps_a_call_has_changes_no_bit(pieces, monkeypatch):
    rows = np.random.default_rng(1).permutation(101)
    whole, _ = trained(rows, 16, epochs=3)
    same(trained(rows, 16, pieces=pieces, epochs=3)[0], whole)
    monkeypatch.setattr(looping, "_STRETCH", 0.0)  # stretches of one step
    same(trained(rows, 16, epochs=3)[0], whole)


def test_what_is_compiled_is_decided_by_the_steps_that_are_to_come():
    rows, wanted = np.arange(101), trained(np.arange(101), 10, engine="interpreter", epochs=3)[0]
    for passes, sizes in [(0, set()), (RUNS // 10 - 1, set()), (RUNS // 10, {10}), (RUNS - 1, {10}), (RUNS, {10, 1})]:
        state, compiled = trained(rows, 10, passes=passes, engine="auto", epochs=3)
        assert compiled == sizes, passes
        same(state, wanted, rtol=1e-5)


def test_steps_that_were_expected_and_have_been_run_do_not_count_twice():
    tf.config.set_engine("auto")
    model = Regression()
    loop = model.loop()
    loop.expect(101, 10, RUNS // 10 - 1)  # just too few
    for _ in range(RUNS // 10 - 1):
        loop.run(np.arange(100), 10)
    assert not loop._compiled
    loop.run(np.arange(100), 10)  # now they are enough
    loop.run(np.arange(100), 10)
    assert set(loop._compiled) == {(10, False)} and model.state()[1] == (RUNS // 10 + 1) * 10


@pytest.mark.parametrize("batch", [1, 7, 50, 64, 101, 200])
def test_rows_in_order_are_read_where_they_are_and_written_where_they_belong(batch):
    model = Regression()
    doubled = 2.0 * model.hidden
    with model.graph.as_default():
        loop = model.loop([doubled, tf.reduce_sum(model.hidden, 1), model.hidden])
    outputs = [np.full((101, 2), 9, "f"), np.full(101, 9, "f"), np.full((101, 2), 9, "f")]
    loop.run_in_order(3, 90, batch, outputs)
    assert loop._compiled and all(in_order for _, in_order in loop._compiled)
    hidden = np.tanh(model.arrays[0] @ model.state()[0])
    for output, wanted in zip(outputs, [2 * hidden, hidden.sum(1), hidden], strict=True):
        np.testing.assert_allclose(output[3:90], wanted[3:90], rtol=2e-6, atol=1e-6)
        assert (output[:3] == 9).all() and (output[90:] == 9).all()


@pytest.mark.parametrize("batch", [10, 64])
def test_rows_in_order_without_outputs_are_added_up(batch):
    model = Regression()
    loop = model.loop(model.counts)
    loop.run_in_order(0, 101, batch)
    assert {size for size, in_order in loop._compiled if in_order} == {batch, 101 % batch}
    _, n, total = model.state()
    x, y, c = model.arrays
    errors = np.square(np.tanh(x.astype("d") @ model.state()[0]) - y).sum(1)
    assert n == -(-101 // batch)
    np.testing.assert_allclose(total, errors @ c, rtol=1e-5)


def test_results_that_cannot_be_written_in_place_are_copied_batch_by_batch():
    model = Regression()
    strided = np.zeros((101, 4), "f")[:, ::2]
    model.loop([model.hidden]).run_in_order(0, 101, 20, [strided])
    hidden = np.tanh(model.arrays[0] @ model.state()[0])
    np.testing.assert_allclose(strided, hidden, rtol=2e-6, atol=1e-6)
    fed, twice, total = np.zeros((101, 4), "f"), np.zeros((101, 2), "f"), np.zeros((101, 2), "f")
    model.loop([model.x, model.hidden]).run_in_order(0, 101, 20, [fed, twice])
    np.testing.assert_array_equal(fed, model.arrays[0])
    np.testing.assert_allclose(twice, hidden, rtol=2e-6, atol=1e-6)
    with model.graph.as_default():
        loop = model.loop([tf.reduce_sum(model.hidden, 0) * tf.ones([20, 1])])
    loop.run_in_order(0, 100, 20, [total])
    np.testing.assert_allclose(total[20:40], np.tile(hidden[20:40].sum(0), (20, 1)), rtol=1e-5)


def test_arrays_that_are_not_aligned_are_read_right():
    model = Regression()
    raw = np.zeros(model.arrays[0].nbytes + 1, np.uint8)
    shifted = raw[1:].view("f").reshape(101, 4)
    shifted[:] = model.arrays[0]
    model.arrays[0] = shifted
    output = np.zeros((101, 2), "f")
    model.loop([model.hidden]).run_in_order(0, 101, 50, [output])
    np.testing.assert_allclose(output, np.tanh(shifted @ model.state()[0]), rtol=2e-6, atol=1e-6)


def classifier():
    """A softmax whose labels are checked: the loop that computes the cross-entropies, and the session."""
    x, y = tf.placeholder(tf.float32, [None, 3]), tf.placeholder(tf.int32, [None])
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=x)
    labels = np.zeros(40, "i4")
    labels[21] = 3
    return Loop(tf.Session().executable([losses], [x, y]), [np.ones((40, 3), "f"), labels])


def test_a_check_that_fails_in_order_names_the_place_and_keeps_what_was_done():
    output = np.zeros(40, "f")
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"label 3 at position \[1\](.|\n)*SparseSoftmax"):
        classifier().run_in_order(0, 40, 10, [output])
    np.testing.assert_allclose(output[:20], np.log(3), rtol=1e-6)
    assert not output[30:].any()


def halves_subnormals():
    """Whether this thread computes with numbers too small to be normal: half of 4e-39 and of 2e-38 are such."""
    return bool((np.array([4e-39, 2e-38], "f") * np.float32(0.5)).all())


def test_subnormal_numbers_are_flushed_inside_and_nowhere_else():
    x = tf.placeholder(tf.float32, [None])
    small = tf.Variable(np.full(4, 2e-38, "f"))
    session = tf.Session()
    session.run(small.initializer)
    halve = small.assign(small * tf.reduce_mean(x))
    loop = Loop(session.executable([halve.op], [x]), [np.full(10, 0.5, "f")])
    assert halves_subnormals()
    loop.run(np.arange(2), 2)  # 1e-38 is no normal number
    assert halves_subnormals()
    assert not session.run(small).any()
    session.run(small.initializer)
    assert session.run(halve, {x: [0.5]}).all()  # in a single run they count
    with pytest.raises(tf.errors.InvalidArgumentError):
        classifier().run_in_order(0, 40, 10, [np.zeros(40, "f")])
    assert halves_subnormals()


def test_moments_that_decay_to_nothing_slow_no_step_down():
    """Moments that nothing feeds any more decay into numbers on which processors are many times slower."""
    x = tf.placeholder(tf.float32, [None])
    moments = tf.Variable(np.ones(10_000, "f"))
    session = tf.Session()
    session.run(moments.initializer)
    decay = moments.assign(0.999 * moments + 0.0 * tf.reduce_sum(x))
    loop = Loop(session.executable([decay.op], [x]), [np.ones(1, "f")])
    rows = np.zeros(3000, int)

    def seconds(start):
        moments.load(np.full(10_000, start, "f"), session)
        started = time.thread_time()
        loop.run(rows, 1)
        return time.thread_time() - started

    seconds(1.0)
    normal, tiny = (min(seconds(start) for _ in range(3)) for start in (1.0, 1e-38))
    assert tiny < 3 * normal


def test_other_threads_go_on_while_a_stretch_runs():
    """One step that takes long: if it held Python's lock, no other thread would count meanwhile."""
    x = tf.placeholder(tf.float64, [None, 3])
    w = tf.Variable(np.ones(3))
    session = tf.Session()
    session.run(w.initializer)
    step = w.assign(tf.tanh(w * tf.reduce_mean(tf.log(tf.exp(tf.tanh(x)) + 1.0), 0)))
    loop = Loop(session.executable([step.op], [x]), [np.ones((400_000, 3))])
    loop.run(np.arange(400_000), 400_000)  # compiled
    ticks, stop = [], threading.Event()

    def tick():
        while not stop.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.0005)

    thread = threading.Thread(target=tick)
    thread.start()
    started = time.perf_counter()
    loop.run(np.arange(400_000).repeat(2), 400_000)
    ended = time.perf_counter()
    stop.set()
    thread.join()
    inside = [t for t in ticks if started < t < ended]
    assert len(inside) > 5 and ended - started > 0.005


def test_another_thread_can_read_and_set_weights_while_one_trains():
    model = Regression()
    loop = model.loop()
    loop.run(np.arange(101), 50)
    seen, stop = [], threading.Event()

    def read():
        while not stop.is_set():
            w, n = model.session.run([model.w, model.n])
            seen.append((int(n), w))
            time.sleep(0.001)

    thread = threading.Thread(target=read)
    thread.start()
    deadline = time.perf_counter() + 20
    while len({n for n, _ in seen}) < 4 and time.perf_counter() < deadline:
        loop.run(np.tile(np.arange(100), 1000), 50)
    stop.set()
    thread.join()
    counts = [n for n, _ in seen]
    assert counts == sorted(counts) and len(set(counts)) >= 4
    by_count = {n: w for n, w in seen}
    assert all(np.array_equal(by_count[n], w) for n, w in seen)  # never half a step


def test_two_threads_train_at_once_as_they_would_alone():
    rows = np.tile(np.random.default_rng(5).permutation(101), 300)
    alone, _ = trained(rows, 16)
    models = [Regression() for _ in range(3)]
    threads = [threading.Thread(target=model.loop().run, args=(rows, 16)) for model in models]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for model in models:
        same(model.state(), alone)


def test_a_variable_that_python_sets_between_calls_is_seen():
    model = Regression()
    loop = model.loop()
    loop.run(np.arange(101), 50)
    held = model.state()[0]
    model.w.load(np.zeros((4, 2), "f"), model.session)
    before = held.copy()
    loop.run(np.arange(50), 50)
    np.testing.assert_array_equal(held, before)  # what was fetched is the caller's
    x, y, c = (a[:50] for a in model.arrays)
    step = 0.1 * 2 * (x * c[:, None]).T @ y / 50  # from zero weights
    np.testing.assert_allclose(model.state()[0], step, rtol=1e-5)


def test_an_interrupt_ends_a_loop_between_two_steps():
    x = tf.placeholder(tf.float32, [None])
    a, b = tf.Variable(0.0), tf.Variable(np.zeros(1000))
    session = tf.Session()
    session.run([a.initializer, b.initializer])
    step = [a.assign_add(tf.reduce_mean(x)).op, b.assign_add(np.ones(1000)).op]
    loop = Loop(session.executable(step, [x]), [np.ones(1, "f")])
    loop.run(np.zeros(3, int), 1)
    timer = threading.Timer(0.1, signal.raise_signal, [signal.SIGINT])
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        loop.run(np.zeros(10_000_000, int), 1)
    timer.join()
    first, second = session.run([a, b])
    assert 3 < first < 10_000_003 and (second == first).all()
    loop.run(np.zeros(2, int), 1)
    assert session.run(a) == first + 2


def test_compiled_programs_are_freed_without_the_garbage_collector():
    gc.collect()
    gc.disable()
    try:
        model = Regression()
        loops = [model.loop(), model.loop(model.counts)]
        loops[0].run(np.arange(101), 50)
        loops[1].run_in_order(0, 101, 50)
        model.session.run(model.hidden, {model.x: model.arrays[0]})
        parts = [part for loop in loops for c in loop._compiled.values() for part in (c.segment, c._table)]
        parts += [s.whole for e, _ in model.session._executables.values() for s in e._special.values()]
        seen = [weakref.ref(part) for part in parts]
        assert len(seen) == 10
        del model, loops, parts
        assert not [s for s in seen if s() is not None]
    finally:
        gc.enable()


def test_large_arrays_are_let_go_when_a_run_is_over():
    x = tf.placeholder(tf.float64, [None])
    with tf.Session() as session:
        fed = np.ones(100_000)
        result = session.run(x * 2.0, {x: fed})
        seen = [weakref.ref(fed), weakref.ref(result)]
        del fed, result
        assert [s() for s in seen] == [None, None]
