"""Random numbers in compiled code are the interpreter's stream, draw for draw, and both engines move it on alike."""

import numpy as np
import pytest

pytest.importorskip("llvmlite")


import kerasflow as tf  # noqa: E402
from kerasflow.core.ops import philox  # noqa: E402
from kerasflow.core.ops.philox import Philox  # noqa: E402

SIZES = [[], [1], [2], [3], [4], [5], [2, 3, 1], [63], [64], [65], [7, 33], [1030]]
SEEDS = [(87654321, 7), (0, 2**31 - 1), (2**31 - 2, 5)]
ENDS = [0, 2**32 - 9, 2**64 - 3, 2**64 - 300, 2**64 * (2**64 - 1) + 2**64 - 2]  # where a half of the counter is full


@pytest.fixture(autouse=True)
def native():
    before = tf.config.get_engine()
    tf.config.set_engine("native")
    yield
    tf.config.set_engine(before)


def seeded(seeds, build):
    """The operation that `build` makes, with these seeds."""
    graph_seed, op_seed = seeds
    tf.set_random_seed(graph_seed)
    return build(op_seed)


def assert_compiled(session, fetches):
    assert "native, all in one segment" in session.explain(fetches)


@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_uniforms_are_the_same_bits(dtype, seeds):
    with tf.Graph().as_default(), tf.Session() as session:
        draws = [seeded(seeds, lambda s, n=n: tf.random_uniform(n, dtype=dtype, seed=s)) for n in SIZES]
        streams = [Philox(*seeds) for _ in SIZES]
        for _ in range(3):
            for value, shape, stream in zip(session.run(draws), SIZES, streams, strict=True):
                np.testing.assert_array_equal(value, philox.uniform(stream, shape, dtype), strict=True)
        assert_compiled(session, draws)


@pytest.mark.parametrize(
    ("dtype", "low", "high"),
    [
        *[(np.int32, *b) for b in [(0, 1), (0, 10), (-7, 13), (-(2**31), 2**31 - 1), (2**31 - 2, 2**31 - 1)]],
        *[(np.int64, *b) for b in [(0, 10), (-7, 2**40 + 1), (-(2**63), 2**63 - 1), (-(2**63), -(2**63) + 3)]],
    ],
)
def test_integers_are_the_same(dtype, low, high):
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(3)
        low, high = dtype(low), dtype(high)
        draws = [tf.random_uniform(n, low, high, dtype=dtype, seed=4) for n in SIZES]
        streams = [Philox(3, 4) for _ in SIZES]
        for _ in range(2):
            for value, shape, stream in zip(session.run(draws), SIZES, streams, strict=True):
                wanted = philox.uniform_int(stream, shape, low, high, dtype)
                np.testing.assert_array_equal(value, wanted, strict=True)
        assert_compiled(session, draws)


@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.parametrize(("dtype", "limit"), [(np.float32, 1.0), (np.float64, 4.0)])
def test_normals_differ_in_the_last_bits_at_most(dtype, limit, seeds):
    with tf.Graph().as_default(), tf.Session() as session:
        draws = [seeded(seeds, lambda s, n=n: tf.random_normal(n, dtype=dtype, seed=s)) for n in SIZES]
        streams = [Philox(*seeds) for _ in SIZES]
        for _ in range(3):
            for value, shape, stream in zip(session.run(draws), SIZES, streams, strict=True):
                wanted = philox.normal(stream, shape, dtype)
                assert np.all(np.abs(value - wanted) <= limit * np.spacing(np.abs(wanted)))
                assert np.mean(value == wanted) > 0.6 or value.size < 9
        assert_compiled(session, draws)


@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.parametrize(("dtype", "limit"), [(np.float32, 1.0), (np.float64, 4.0)])
def test_truncated_normals_pass_over_the_same_numbers(dtype, limit, seeds):
    with tf.Graph().as_default(), tf.Session() as session:
        draws = [seeded(seeds, lambda s, n=n: tf.truncated_normal(n, dtype=dtype, seed=s)) for n in SIZES]
        streams = [Philox(*seeds) for _ in SIZES]
        for _ in range(3):
            for value, shape, stream in zip(session.run(draws), SIZES, streams, strict=True):
                wanted = philox.truncated_normal(stream, shape, dtype)
                assert np.all(np.abs(value - wanted) <= limit * np.spacing(np.abs(wanted)))
        assert_compiled(session, draws)


@pytest.mark.parametrize("shape", [[], [1, 3], [2], [3, 2], [4], [5, 1, 2], [6], [257, 3]])
@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.bool_])
def test_rows_are_shuffled_into_the_same_order(shape, dtype):
    data = np.random.default_rng(0).integers(0, 100, shape).astype(dtype)
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(data.dtype, shape)
        shuffled = [tf.random_shuffle(v, seed=k) for k, v in enumerate((x, tf.constant(data)), 1)]
        streams = [Philox(87654321, 1), Philox(87654321, 2)]
        for _ in range(3):
            for value, stream in zip(session.run(shuffled, {x: data}), streams, strict=True):
                wanted = data[philox.shuffle_permutation(stream, len(data))] if shape else data
                np.testing.assert_array_equal(value, wanted)
                assert value.dtype == wanted.dtype
        assert "native, all in one segment" in session.explain(shuffled, [x])


def test_a_uniform_of_zero_makes_a_finite_normal():
    with tf.Graph().as_default() as graph, tf.Session(graph=graph) as session:
        x = seeded((87654321, 7), lambda s: tf.random_normal([5], seed=s))
        draw = next(o for o in graph.get_operations() if o.type == "RandomStandardNormal")
        session._runtime.kept(draw)[1] = 8147505  # the first word of this counter ends in 23 zeros
        stream = Philox.from_state((87654321, 0, 8147505, 0, 7, 0))
        assert philox.uniform(stream, [1], np.float32) == 0.0
        stream = Philox.from_state((87654321, 0, 8147505, 0, 7, 0))
        np.testing.assert_array_equal(session.run(x), philox.normal(stream, [5], np.float32))


@pytest.mark.parametrize("start", ENDS)
@pytest.mark.parametrize("n", [3, 100])
def test_any_key_and_counter(start, n):
    with tf.Graph().as_default() as graph, tf.Session(graph=graph) as session:
        x = tf.random_uniform([n], seed=1)
        draw = next(o for o in graph.get_operations() if o.type == "RandomUniform")
        kept = session._runtime.kept(draw)
        kept[:] = 2**64 - 17, start % 2**64, start // 2**64
        stream = Philox.over(kept.copy())
        for _ in range(3):
            np.testing.assert_array_equal(session.run(x), philox.uniform(stream, [n], np.float32))
            np.testing.assert_array_equal(session._runtime.kept(draw), stream.numbers)


def test_each_engine_goes_on_where_the_other_stopped():
    def build():
        tf.set_random_seed(11)
        n = tf.placeholder(tf.int32, [])
        mixed = tf.random_uniform([37]) + tf.random_normal([37])
        return n, [mixed, tf.random_uniform(tf.stack([n, 3])), tf.random_uniform([9], 0, 100, dtype=tf.int32)]

    engines = ["native", "interpreter", "interpreter", "native", "native", "interpreter", "native"]
    results = []
    for order in (engines, ["interpreter"] * len(engines)):
        with tf.Graph().as_default(), tf.Session() as session:
            n, draws = build()
            for k, engine in enumerate(order):
                tf.config.set_engine(engine)
                results.append(session.run(draws, {n: 1 + k % 3}))
    for mixed, wanted in zip(results[: len(engines)], results[len(engines) :], strict=True):
        for a, b in zip(mixed, wanted, strict=True):
            np.testing.assert_array_equal(a, b)


def test_sessions_have_streams_of_their_own():
    with tf.Graph().as_default():
        x, unseeded = tf.random_uniform([50], seed=1), tf.random_uniform([50])
        with tf.Session() as first, tf.Session() as second:
            a = [first.run(x) for _ in range(3)]
            b = [second.run(x) for _ in range(3)]
            np.testing.assert_array_equal(a, b)
            assert not np.array_equal(a[0], a[1])
            assert not np.array_equal(first.run(unseeded), second.run(unseeded))


def test_a_stream_moves_on_though_nobody_reads_what_it_gives():
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.random_uniform([5], seed=1)
        session.run(x.op)
        stream = Philox(87654321, 1)
        stream.skip(256 * 5)
        np.testing.assert_array_equal(session.run(x), philox.uniform(stream, [5], np.float32))


def test_bounds_that_are_not_constants_or_in_no_order_are_left_to_the_interpreter():
    with tf.Graph().as_default(), tf.Session() as session:
        high = tf.placeholder(tf.int32, [])
        x = tf.random_uniform([20], 0, high, dtype=tf.int32, seed=1)
        np.testing.assert_array_equal(
            session.run(x, {high: 9}), philox.uniform_int(Philox(87654321, 1), [20], 0, 9, np.int32)
        )
        with pytest.raises(tf.errors.InvalidArgumentError, match="Need minval < maxval, got 5 >= 5"):
            session.run(tf.random_uniform([2], 5, 5, dtype=tf.int32))


@pytest.mark.parametrize("count", [7, 8, 9, 12, 15])
def test_the_compiler_says_nothing_of_draws_of_few_numbers(count, capfd):
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.random_uniform([count], -1234 - count, 4321, tf.int32)  # bounds that nobody has compiled for before
        y = tf.truncated_normal([count]) * (1.5 + count)
        session.run([x, y])
    assert capfd.readouterr() == ("", "")


def test_no_numbers_are_drawn_without_complaint():
    with tf.Graph().as_default(), tf.Session() as session:
        assert session.run(tf.random_uniform([0, 3])).shape == (0, 3)


def dropout_model(rows, engine, epochs, switch=None):
    """The losses of a seeded model with three dropout layers, and the model."""
    tf.config.set_engine(engine)
    tf.keras.utils.set_random_seed(2)
    model = tf.keras.Sequential(
        [
            tf.keras.Input((6,)),
            tf.keras.layers.Dropout(0.2),
            tf.keras.layers.Dense(17, activation="relu"),
            tf.keras.layers.Dropout(0.5),
            tf.keras.layers.Dense(8, activation="tanh"),
            tf.keras.layers.Dropout(0.1, seed=5),
            tf.keras.layers.Dense(1),
        ]
    )
    model.compile("adam", "mse")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, 6)).astype("f")
    y = x[:, :1] * 2 - x[:, 1:2]
    losses = []
    for k in range(epochs):
        if switch is not None:
            tf.config.set_engine(switch[k % len(switch)])
        losses += model.fit(x, y, 16, verbose=0).history["loss"]
        losses.append(model.evaluate(x, y, verbose=0))
    return losses, model


@pytest.mark.parametrize("rows", [64, 70])
def test_a_model_with_dropout_is_one_segment_and_learns_the_same(rows):
    native_losses, model = dropout_model(rows, "native", 4)
    wanted, _ = dropout_model(rows, "interpreter", 4)
    mixed, _ = dropout_model(rows, "native", 4, ["interpreter", "native"])
    np.testing.assert_allclose(native_losses, wanted, rtol=1e-5)
    np.testing.assert_allclose(mixed, wanted, rtol=1e-5)
    again, _ = dropout_model(rows, "native", 4)
    assert again == native_losses
    lines = [line for p in model._workspace._steps.values() for line in p.describe() if "feeds of" in line]
    assert lines and all("native, all in one segment" in line for line in lines)


def test_masks_and_noise_of_shapes_that_are_computed_are_drawn_in_the_one_segment():
    results = []
    for engine in ("native", "interpreter"):
        tf.config.set_engine(engine)
        with tf.Graph().as_default(), tf.Session() as session:
            tf.set_random_seed(1)
            x, keep = tf.placeholder(tf.float32, [None, 5]), tf.placeholder(tf.float32, [])
            fed = {x: np.ones((4, 5), "f"), keep: 0.5}
            dropped = tf.nn.dropout(x, keep_prob=keep)
            rows = tf.nn.dropout(x, rate=0.5, noise_shape=[None, 1])
            noisy = x + tf.random_normal(tf.shape(x), stddev=0.1)
            fetches = [dropped, rows, noisy, tf.gradients(tf.reduce_sum(dropped * rows), x)[0]]
            results.append([session.run(fetches, fed) for _ in range(3)])
            if engine == "native":
                explained = session.explain(fetches, [x, keep])
    assert "native, all in one segment" in explained
    for values, wanted in zip(*results, strict=True):
        for value, other in zip(values, wanted, strict=True):
            np.testing.assert_array_equal(value, other)
