"""Random operations: the numbers TensorFlow 1.15.5 draws (golden), the life of a stream, bounds and errors."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.ops.random_ops import get_seed
from tests.golden.random_programs import PROGRAMS

GOLDEN = Path(__file__).parents[2] / "golden" / "random_programs.json"
RECORDS = {record["program"]: record for record in json.loads(GOLDEN.read_text())}
EPSILONS = 4  # a normal lies within three units in the last place of TensorFlow's, and is scaled after that


def numbers(stored):
    return [float.fromhex(v) if isinstance(v, str) else v for v in stored]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_draws_what_tensorflow_draws(program):
    """Three runs of one session give TensorFlow's numbers, and another session gives them again."""
    fetches, initializers, feeds = program(tf)
    record = RECORDS[program.__name__]["fetches"]
    for _ in range(2):
        with tf.Session() as session:
            session.run(initializers or [])
            for i in range(3):
                for value, stored in zip(session.run(fetches, feeds), record, strict=True):
                    want = np.array(numbers(stored["runs"][i]), stored["dtype"]).reshape(stored["shape"])
                    assert (value.dtype, value.shape) == (want.dtype, want.shape), stored["name"]
                    if want.dtype.kind == "i" or "random_uniform" in stored["name"]:
                        np.testing.assert_array_equal(value, want, stored["name"])
                    else:
                        near = EPSILONS * np.finfo(want.dtype).eps * float(np.abs(want).max())
                        np.testing.assert_allclose(value, want, rtol=0, atol=near, err_msg=stored["name"])


@pytest.mark.parametrize("name", ["kinds", "op_seeds"])
def test_operations_are_called_as_in_tensorflow(name):
    fetches, _, _ = next(p for p in PROGRAMS if p.__name__ == name)(tf)
    assert [t.name for t in fetches] == [stored["name"] for stored in RECORDS[name]["fetches"]]


# --- the life of a stream


def test_helpers_have_tensorflows_names():
    tf.random_uniform([2])
    tf.truncated_normal([2], name="w")
    assert [op.name for op in tf.get_default_graph().get_operations()] == [
        *("random_uniform/shape", "random_uniform/min", "random_uniform/max", "random_uniform/RandomUniform"),
        *("random_uniform/sub", "random_uniform/mul", "random_uniform"),
        *("w/shape", "w/mean", "w/stddev", "w/TruncatedNormal", "w/mul", "w"),
    ]


def test_two_fetches_of_one_run_are_one_draw():
    x = tf.random_normal([3])
    a, b, c = tf.Session().run([x, x, 2.0 * x])
    np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(2.0 * a, c)


def test_equal_operations_draw_different_numbers():
    tf.set_random_seed(1)
    a, b = tf.Session().run([tf.random_uniform([4]), tf.random_uniform([4])])
    assert not np.any(a == b)


def test_equal_seeds_draw_equal_numbers():
    a, b = tf.Session().run([tf.random_uniform([4], seed=5), tf.random_uniform([4], seed=5)])
    np.testing.assert_array_equal(a, b)


def test_each_fetch_list_shares_the_stream_of_the_session():
    """The stream belongs to the operation and the session, not to what is fetched together."""
    x = tf.random_uniform([], seed=3)
    y = x + 0.0
    with tf.Session() as session:
        mixed = [session.run(x), session.run(y), session.run([x, y])[0], session.run(x)]
    with tf.Session() as session:
        assert mixed == [session.run(x) for _ in range(4)]


@pytest.mark.parametrize("seed", [None, 0])
def test_without_seeds_sessions_differ(seed):
    """An operation's seed of 0 is a seed."""
    x = tf.random_uniform([4], seed=seed)
    runs = [tf.Session().run(x).tolist() for _ in range(3)]
    assert len({tuple(r) for r in runs}) == (3 if seed is None else 1)


def test_unseeded_operations_differ_from_each_other():
    a, b = tf.Session().run([tf.random_uniform([4]), tf.random_uniform([4])])
    assert not np.any(a == b)


def test_get_seed():
    assert get_seed(None) == (None, None)
    assert get_seed(3) == (87654321, 3)
    tf.set_random_seed(7)
    tf.no_op()
    assert get_seed(None) == (7, 1)
    assert get_seed(2**31) == (7, 1)
    tf.set_random_seed(0)
    assert get_seed(0) == (0, 2**31 - 1)
    x = tf.random_uniform([2])
    op = x.op.inputs[0].op.inputs[0].op
    assert (op.get_attr("seed"), op.get_attr("seed2")) == (0, 4)


def test_the_graph_of_the_arguments_gives_the_seed():
    graph = tf.Graph()
    with graph.as_default():
        shape = tf.placeholder(tf.int32, [1])
        tf.set_random_seed(11)
    x = tf.random_uniform(shape)
    assert x.graph is graph
    assert x.op.inputs[0].op.inputs[0].op.get_attr("seed") == 11


# --- shapes and bounds


def test_static_shapes():
    n = tf.placeholder(tf.int32, [])
    shape = tf.placeholder(tf.int64, [3])
    x = tf.placeholder(tf.float32, [None, 5])
    assert tf.random_normal([n, 2]).shape.as_list() == [None, 2]
    assert tf.random_uniform(shape).shape.as_list() == [None, None, None]
    assert tf.random_uniform(tf.shape(x)).shape.as_list() == [None, 5]
    assert tf.random_uniform(tf.TensorShape([2, 3])).shape.as_list() == [2, 3]
    assert tf.random_uniform(tf.placeholder(tf.int32)).shape.ndims is None
    assert tf.random_shuffle(x).shape.as_list() == [None, 5]


def test_dynamic_shapes():
    shape = tf.placeholder(tf.int64, [None])
    x = tf.truncated_normal(shape, dtype=tf.float64)
    with tf.Session() as session:
        assert session.run(x, {shape: [2, 3]}).shape == (2, 3)
        assert session.run(x, {shape: [0, 3]}).shape == (0, 3)
        with pytest.raises(tf.errors.InvalidArgumentError, match="TruncatedNormal"):
            session.run(x, {shape: [-2, 3]})


@pytest.mark.parametrize("dtype", [tf.float16, tf.float32, tf.float64])
@pytest.mark.parametrize(
    ("make", "mean", "variance"),
    [
        (lambda **o: tf.random_uniform([200_000], 2.0, 5.0, **o), 3.5, 9 / 12),
        (lambda **o: tf.random_normal([200_000], 2.0, 3.0, **o), 2.0, 9.0),
        (lambda **o: tf.truncated_normal([200_000], 2.0, 3.0, **o), 2.0, 9.0 * 0.7737413),
    ],
    ids=["uniform", "normal", "truncated"],
)
def test_moments(make, mean, variance, dtype):
    """Mean and variance within five standard errors."""
    x = tf.Session().run(make(dtype=dtype, seed=17)).astype(np.float64)
    error = math.sqrt(variance / x.size)
    assert abs(x.mean() - mean) < 5 * error + (2e-3 if dtype is tf.float16 else 0)
    assert abs(x.var() / variance - 1) < 5 * math.sqrt(2 / x.size) + (2e-3 if dtype is tf.float16 else 0)


def test_bounds():
    session = tf.Session()
    x = session.run(tf.random_uniform([100_000], -3.0, 2.0, seed=1))
    assert x.min() >= -3.0 and x.max() < 2.0
    i = session.run(tf.random_uniform([100_000], -3, 2, tf.int64, seed=1))
    assert set(np.unique(i)) == set(range(-3, 2))
    assert np.bincount(i + 3) == pytest.approx(20_000, abs=5 * math.sqrt(16_000))


def test_shuffle_permutes_rows():
    rows = np.arange(20).reshape(10, 2)
    shuffled = tf.Session().run(tf.random_shuffle(rows, seed=2))
    assert shuffled.tolist() != rows.tolist()
    assert sorted(shuffled.tolist()) == rows.tolist()
    for single in (np.float32(3.0), np.array([[1, 2]]), np.zeros((0, 2))):
        np.testing.assert_array_equal(tf.Session().run(tf.random_shuffle(single)), single)


def test_derivatives():
    """Draws are constants to gradients; their scale is not."""
    mean, spread = tf.placeholder(tf.float64, []), tf.placeholder(tf.float64, [])
    x = tf.random_normal([4], mean, spread, tf.float64, seed=3)
    by_mean, by_spread = tf.gradients(x, [mean, spread])
    feeds = {mean: 2.0, spread: 3.0}
    values, a, b = tf.Session().run([x, by_mean, by_spread], feeds)
    assert a == 4.0
    assert b == pytest.approx(np.sum((values - 2.0) / 3.0), rel=1e-14)
    w = tf.constant([1.0, 2.0])
    with pytest.raises(LookupError, match="RandomShuffle"):
        tf.gradients(tf.random_shuffle(w), w)


# --- errors


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: tf.random_uniform([2], dtype=tf.int32), ValueError, "int32 needs a maxval"),
        (lambda: tf.random_uniform([2], dtype=tf.uint8), ValueError, "float64, int32, int64; got dtype uint8"),
        (lambda: tf.random_uniform([2], 0, 1.5, dtype=tf.int32), TypeError, "int32"),
        (lambda: tf.random_uniform(3), ValueError, "RandomUniform.*vector"),
        (lambda: tf.random_uniform([[3]]), TypeError, "size in shape must be an integer"),
        (lambda: tf.random_uniform([2.5]), TypeError, "2.5"),
        (lambda: tf.random_uniform([None, 2]), ValueError, "known"),
        (lambda: tf.random_uniform([-1, 2]), ValueError, "at least 0"),
        (lambda: tf.random_uniform(tf.constant([2.0])), TypeError, "float32 is not one of"),
        (lambda: tf.random_uniform([2], [1, 2], 5, tf.int32), ValueError, "minval and maxval.*scalars"),
        (lambda: tf.random_normal([2], dtype=tf.int32), TypeError, "int32"),
        (lambda: tf.random_normal([2], dtype=tf.complex64), TypeError, "complex64"),
        (lambda: tf.truncated_normal([2], stddev="a"), TypeError, "float32"),
        (lambda: tf.random_uniform([2], seed=1.5), TypeError, "integer"),
        (lambda: tf.random_normal([2], mean=tf.constant(1.0, tf.float64)), ValueError, "float32"),
    ],
)
def test_refused_while_the_graph_is_built(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_an_empty_range_is_refused_in_the_run():
    x = tf.random_uniform([2], 5, 5, tf.int32, name="dice")
    with pytest.raises(tf.errors.InvalidArgumentError, match="(?s)minval < maxval.*5 >= 5.*'dice'.*test_random_ops"):
        tf.Session().run(x)
