"""Loops over the rows of arrays as compiled code: what they give is what the interpreter gives, in one segment."""

import gc
import weakref

import numpy as np
import pytest

pytest.importorskip("llvmlite")

import kerasflow as tf  # noqa: E402
from kerasflow.core import errors  # noqa: E402
from kerasflow.core.engine.loop import Loop  # noqa: E402
from kerasflow.core.ops.recurrence import recur  # noqa: E402
from tests.core.ops.cases import CASES  # noqa: E402
from tests.core.ops.harness import SHAPE, engine, feeds_of, inputs_of, listed, seeded  # noqa: E402

WHOLE = "native, all in one segment"
ROWS = np.arange(10.0).reshape(5, 2) / 8 - 0.5


def both(fetches, feeds=None, whole=True, rtol=1e-12, atol=1e-14):
    """What two runs on the native engine give, after it has been found to be what the interpreter gives."""
    feeds = feeds or {}
    results = []
    for on in ("interpreter", "native"):
        with engine(on), tf.Session() as session:
            session.run(tf.global_variables_initializer())
            results.append([session.run(fetches, feeds) for _ in range(2)])
            told = session.explain(fetches, list(feeds))
            assert on == "interpreter" or (WHOLE in told) == whole, told
    for wanted, found in zip(*results, strict=True):
        for a, b in zip(wanted, found, strict=True):
            assert (a.shape, a.dtype) == (b.shape, b.dtype)
            np.testing.assert_allclose(b, a, rtol=rtol, atol=atol)
    return results[1]


@pytest.mark.parametrize("case", [c for c in CASES["Scan"] if c.differentiable])
def test_values_and_derivatives_of_both_orders_are_compiled(case):
    given = inputs_of(case.arrays, SHAPE)
    results = listed(case.build(*given))
    first = tf.gradients([tf.sin(r) for r in results], given)
    second = tf.gradients([tf.sin(g) for g in first], given)
    both([*results, *first, *second], feeds_of(given, case.arrays, SHAPE))


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("keeps", ["nothing", "the state before", "the state after", "both"])
def test_where_states_lie(count, reverse, keeps):
    x = tf.placeholder(tf.float64, [count, 2])

    def step(s, row):
        after = 0.5 * s[0] + row[0]
        return [after], {"nothing": [], "the state before": s, "the state after": [after], "both": [s[0], after]}[keeps]

    last, kept = recur(step, [tf.constant([1.0, 2.0], tf.float64)], [x], reverse=reverse)
    state, states = np.array([1.0, 2.0]), []
    for row in ROWS[:count][::-1] if reverse else ROWS[:count]:
        states.append((state, 0.5 * state + row))
        state = states[-1][1]
    before, after = (np.array(s[::-1] if reverse else s) for s in zip(*states, strict=True))
    wanted = [
        state,
        *{"nothing": [], "the state before": [before], "the state after": [after]}.get(keeps, [before, after]),
    ]
    for run in both([*last, *kept], {x: ROWS[:count]}):
        for found, want in zip(run, wanted, strict=True):
            np.testing.assert_allclose(found, want, rtol=1e-14)


def test_states_that_change_places_or_stay_or_become_something_from_outside():
    x = tf.placeholder(tf.float64, [5, 2])
    c = tf.placeholder(tf.float64, [2])

    def step(s, row):
        a, b, same, fixed, item, number = s
        return [b, a + row[0], same, c, row[0], tf.constant(2.0, tf.float64)], [
            a,
            b,
            same,
            fixed,
            item,
            number,
            c,
            row[0],
        ]

    starts = [tf.zeros([2], tf.float64), c, c + 1.0, c, 0.5 * c, tf.constant(1.0, tf.float64)]
    last, kept = recur(step, starts, [x])
    both([*last, *kept], {x: ROWS, c: ROWS[1]})


def test_two_states_that_become_one_tensor():
    x = tf.placeholder(tf.float64, [5, 2])

    def step(s, row):
        y = s[0] * s[1] + row[0]
        return [y, y], [y, tf.reshape(y, [2, 1])]

    last, kept = recur(step, [tf.ones([2], tf.float64), tf.zeros([2], tf.float64)], [x])
    both([*last, *kept], {x: ROWS})


def test_rows_that_do_not_lie_in_order():
    """Time is the second axis of the array, or runs backwards, or is repeated."""
    x, w = tf.placeholder(tf.float64, [3, 5, 2]), tf.constant(seeded("rows").normal(size=(2, 2)))
    flipped = tf.reverse(x, [1])
    rows = [tf.transpose(t, [1, 0, 2]) for t in (x, flipped)] + [tf.transpose(x, [1, 2, 0])]
    rows += [tf.broadcast_to(x[0, 0], [5, 2]), tf.zeros([5, 2], tf.float64)]

    def step(s, r):
        return [tf.tanh(tf.matmul(r[0] + s[0], w) + r[3] + r[4])], [tf.matmul(r[1], w), tf.transpose(r[2]) * r[0]]

    last, kept = recur(step, [x[:, 0]], rows)
    both([*last, *kept], {x: seeded("x").normal(size=(3, 5, 2))})


def test_constants_and_what_is_computed_once():
    table = tf.constant(np.arange(12.0).reshape(4, 3))
    i, x = tf.placeholder(tf.int32, [5]), tf.placeholder(tf.float64, [3])

    def step(s, row):
        once = tf.exp(tf.reduce_sum(tf.reshape(x, [3, 1]) * x, 0))
        rows = tf.gather(tf.constant(np.linspace(0, 1, 15).reshape(5, 3)), row[0])
        return [s[0] + tf.gather(table, row[0]) * once + rows], [once, tf.cumsum(s[0])]

    last, kept = recur(step, [x], [i])
    both([*last, *kept], {i: [3, 0, 2, 2, 1], x: [0.5, -1.0, 0.25]})


def test_shapes_that_the_run_decides():
    x, n = tf.placeholder(tf.float64, [None, None, 2]), tf.constant([1, -1])

    def step(s, row):
        return [s[0] + tf.reduce_sum(row[0], 0)], [tf.reshape(row[0], n), tf.zeros_like(row[0])]

    last, kept = recur(step, [tf.zeros([2], tf.float64)], [x])
    for count, batch in ((4, 3), (2, 5)):
        both([*last, *kept], {x: seeded("shapes").normal(size=(count, batch, 2))})


def test_a_loop_inside_a_loop_inside_a_loop():
    x, w = tf.placeholder(tf.float64, [2, 3, 4, 2]), tf.Variable(np.array([0.5, -0.25]))

    def step(depth):
        def rounds(s, row):
            if depth == 0:
                return [tf.tanh(s[0] * w + row[0])], [s[0]]
            inner, states = recur(step(depth - 1), s, row, reverse=depth == 1)
            return [inner[0] + s[0]], [states[0], inner[0]]

        return rounds

    last, kept = recur(step(2), [tf.ones([2], tf.float64)], [x])
    gradient = tf.gradients([tf.sin(last[0]), kept[0]], w)
    both([*last, *kept, *gradient], {x: seeded("inner").normal(size=(2, 3, 4, 2))})


def test_random_numbers():
    x = tf.placeholder(tf.float32, [4, 6])

    def step(s, row):
        noise = tf.random_normal([6], seed=3)
        return [s[0] + noise], [row[0] * tf.random_uniform([6], seed=4), noise]

    last, kept = recur(step, [tf.zeros([6])], [x])
    first, second = both([*last, *kept, tf.gradients(kept[0], x)[0]], {x: np.ones((4, 6), "f")}, rtol=1e-6, atol=1e-6)
    assert len(np.unique([first[1], second[1]])) == 48
    np.testing.assert_array_equal(first[1], first[3])


def test_products_large_enough_for_blas_and_for_tiles():
    x = tf.placeholder(tf.float32, [3, 20, 24])
    w, v = (tf.constant(seeded(n).normal(size=(24, 24)).astype("f") / 5) for n in "wv")

    def step(s, row):
        return [tf.tanh(tf.matmul(s[0], w) + tf.matmul(row[0], v, transpose_b=True))], []

    last, _ = recur(step, [x[0]], [x])
    both(
        [*last, *tf.gradients(last, [w, v, x])],
        {x: seeded("x").normal(size=(3, 20, 24)).astype("f")},
        rtol=1e-5,
        atol=3e-6,
    )


def test_what_is_made_of_it():
    x = tf.placeholder(tf.float32, [3, 5, 2])
    cell = tf.nn.rnn_cell.LSTMCell(4, initializer=tf.constant_initializer(seeded("lstm").normal(size=(6, 16)) / 2))
    outputs, (_, last) = tf.nn.dynamic_rnn(cell, x, sequence_length=[5, 0, 2], dtype=tf.float32)
    rows = [tf.map_fn(lambda r: tf.sin(r) * last[0, 0], x), tf.scan(lambda s, r: s * r - r, x, reverse=True)]
    rows += [tf.foldl(lambda s, r: tf.tanh(s + r[0]), x, tf.zeros([2])), tf.foldr(lambda s, r: 0.5 * s - r, x)]
    gradient = tf.gradients([outputs, *rows], x)
    both([outputs, last, *rows, *gradient], {x: seeded("x").normal(size=(3, 5, 2)).astype("f")}, rtol=1e-5, atol=1e-6)


def test_an_index_out_of_bounds_is_told_as_the_interpreter_tells_it():
    i, v = tf.placeholder(tf.int32, [3, 2]), tf.Variable(np.zeros(3))
    table = tf.constant([1.0, 2.0, 4.0], tf.float64)

    def step(s, row):
        inner, _ = recur(lambda a, r: ([a[0] + tf.gather(table, r[0], name="inside")], []), s, row)
        return inner, inner

    last, kept = recur(step, [tf.constant(0.0, tf.float64)], [i])
    change = v.assign_add(kept[0])
    told = []
    for on in ("interpreter", "native"):
        with engine(on), tf.Session() as session:
            session.run(v.initializer)
            np.testing.assert_array_equal(session.run(change, {i: [[0, 1], [2, 0], [1, 1]]}), [3, 8, 12])
            with pytest.raises(errors.InvalidArgumentError) as e:
                session.run(change, {i: [[0, 1], [2, 7], [1, 1]]})
            told.append(str(e.value))
            np.testing.assert_array_equal(session.run(v), [3, 8, 12])
            np.testing.assert_array_equal(session.run(change, {i: [[0, 0], [0, 0], [0, 0]]}), [5, 12, 18])
    assert told[0] == told[1] and "'recur/recur/inside'" in told[0] and "7" in told[0]


def test_what_cannot_be_compiled_is_named():
    x, count = tf.placeholder(tf.float64, [4, 3]), tf.Variable(0.0, dtype=tf.float64)
    cases = {
        "MatrixInverse inside: no compiled form": lambda s, r: ([], [tf.linalg.inv(tf.diag(r[0] + 9.0))]),
        "AssignAdd inside: a variable that changes": lambda s, r: ([], [count.assign_add(r[0][0])]),
        "ReadInside inside: a variable that changes": lambda s, r: ([], [count.read_value() * r[0]]),
        "Scan inside: MatrixInverse inside": lambda s, r: ([], recur(cases[next(iter(cases))], [], [r[0][None]])[1]),
    }
    for reason, step in cases.items():
        _, kept = recur(step, [], [x])
        fetches = [tf.exp(kept[0])]
        both(fetches, {x: seeded("x").uniform(size=(4, 3))}, whole=False)
        with engine("native"), tf.Session() as session:
            session.run(tf.global_variables_initializer())
            session.run(fetches, {x: np.ones((4, 3))})
            assert f"1 Scan ({reason}" in session.explain(fetches, [x])


def test_no_rounds():
    x = tf.placeholder(tf.float64, [None, 3])
    last, kept = recur(lambda s, r: ([s[0] + r[0]], [s[0]]), [tf.ones([3], tf.float64)], [x])
    found = both([*last, *kept], {x: np.zeros((0, 3))}, whole=False)[0]
    np.testing.assert_array_equal(found[0], np.ones(3))
    assert found[1].shape == (0, 3)


def test_a_loop_counts_by_its_rounds_and_is_compiled_before_they_are():
    """20 rounds of 10 operations, and some around: a tenth of the runs that as many operations alone would take."""
    x = tf.placeholder(tf.float32, [20, 3])

    def step(s, row):
        y = s[0] + row[0]
        for _ in range(9):
            y = tf.sin(y)
        return [y], []

    last, _ = recur(step, [tf.zeros([3])], [x])
    with engine("auto"), tf.Session() as session:
        runs = 0
        while WHOLE not in session.explain(last, [x]) and runs < 200:
            session.run(last, {x: np.ones((20, 3))})
            runs += 1
        assert 50 <= runs <= 80


def test_a_graph_with_loops_is_freed():
    with tf.Graph().as_default() as graph, engine("native"), tf.Session() as session:
        x = tf.constant(ROWS)
        last, kept = recur(lambda s, r: ([tf.tanh(s[0] + r[0])], s), [x[0]], [x])
        session.run([kept, tf.gradients(last, x)])
    alive = weakref.ref(graph)
    del graph, session, x, last, kept
    gc.collect()
    assert alive() is None


def test_training_on_batches():
    """A recurrent network, its way back and its optimizer: the loop over batches is compiled round them."""
    rng = seeded("training")
    x, y = tf.placeholder(tf.float32, [None, 6, 3]), tf.placeholder(tf.float32, [None])
    w, u = (tf.Variable(rng.normal(size=(n, 16)).astype("f") / 3) for n in (3, 4))
    v = tf.Variable(rng.normal(size=(4, 1)).astype("f"))

    def lstm(s, row):
        gates = tf.split(row[0] + tf.matmul(s[0], u), 4, axis=1)
        cell = tf.sigmoid(gates[0]) * s[1] + tf.sigmoid(gates[1]) * tf.tanh(gates[2])
        return [tf.sigmoid(gates[3]) * tf.tanh(cell), cell], []

    zero = tf.zeros([tf.shape(x)[0], 4])
    (h, _), _ = recur(lstm, [zero, zero], [tf.tensordot(tf.transpose(x, [1, 0, 2]), w, 1)])
    loss = tf.reduce_mean(tf.square(tf.matmul(h, v)[:, 0] - y))
    step = tf.train.AdamOptimizer(0.02).minimize(loss)
    arrays = [rng.normal(size=(101, 6, 3)).astype("f")]
    arrays.append(arrays[0][:, :, 0].sum(1) / 3)
    rows = np.concatenate([rng.permutation(101) for _ in range(4)])
    found = []
    for on in ("interpreter", "native"):
        with engine(on), tf.Session() as session:
            session.run(tf.global_variables_initializer())
            before = session.run(loss, {x: arrays[0], y: arrays[1]})
            loop = Loop(session.executable([step], [x, y]), arrays)
            loop.run(rows, 16)
            assert bool(loop._compiled) == (on == "native")
            assert session.run(loss, {x: arrays[0], y: arrays[1]}) < 0.8 * before
            found.append(session.run([w, u, v]))
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
