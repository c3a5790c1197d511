"""Compiled convolutions, pooling and normalisation beside the interpreter, over shapes that take every way through."""

import itertools

import numpy as np
import pytest

pytest.importorskip("llvmlite")

import kerasflow as tf  # noqa: E402
from kerasflow.core.engine.loop import Loop  # noqa: E402
from kerasflow.core.engine.native import vectors  # noqa: E402


@pytest.fixture(autouse=True)
def _engine():
    before = tf.config.get_engine()
    yield
    tf.config.set_engine(before)


def runs(engine, build, arrays):
    """The results of ``build(*tensors)``, and the number of operations that the interpreter was left with."""
    tf.config.set_engine(engine)
    with tf.Graph().as_default(), tf.Session() as session:
        tensors = [tf.placeholder(a.dtype, a.shape) for a in arrays]
        fetches = build(*tensors)
        for _ in range(2):
            values = session.run(fetches, dict(zip(tensors, arrays, strict=True)))
        return values, session.explain(fetches, tensors)


def agree(build, arrays, rtol=None):
    """Both engines give the same, and the native one does all of it."""
    wanted, _ = runs("interpreter", build, arrays)
    found, said = runs("native", build, arrays)
    assert "native, all in one segment" in said
    for a, w in zip(found, wanted, strict=True):
        assert (a.dtype, a.shape) == (w.dtype, w.shape)
        loose = rtol or (1e-5 if w.dtype == np.float32 else 1e-12)
        np.testing.assert_allclose(a, w, loose, loose * np.abs(w).max(initial=1e-30))


def with_gradients(function):
    """``function``, and the gradients of what it gives, weighted, by all it takes."""

    def build(*tensors):
        y = function(*tensors[:-1])
        return [y, *tf.gradients(y, tensors[:-1], tensors[-1])]

    return build


def draw(rng, *shape, dtype="f"):
    return rng.normal(size=shape).astype(dtype)


# Sizes around those of vectors, tiles and blocks; channels that fill one, none, and several of each.
SIZES = [(7, 5), (14, 3), (3, 29), (1, 40), (16, 16)]
CHANNELS = [(1, 1), (1, 16), (2, 10), (3, 33), (17, 7), (16, 48), (5, 64), (24, 130)]
WAYS = [
    ((3, 3), 1, "SAME", 1),
    ((5, 2), 1, "VALID", 1),
    ((3, 3), 2, "SAME", 1),
    ((2, 3), [2, 3], "VALID", 1),
    ((1, 1), 2, "SAME", 1),
    ((2, 2), 3, "SAME", 1),
    ((3, 2), 1, "SAME", [2, 3]),
    ((3, 1), 1, [[0, 0], [4, 0], [1, 2], [0, 0]], 1),
    ((2, 2), 2, [[0, 0], [3, 3], [0, 3], [0, 0]], 1),
    ((1, 1), 1, "VALID", 1),
]
MADE = [(s, c, way) for k, (s, c, way) in enumerate(itertools.product(SIZES, CHANNELS, WAYS)) if k % 19 == 0]


@pytest.mark.parametrize(("size", "channels", "way"), MADE)
def test_convolutions_agree(size, channels, way):
    window, strides, padding, rates = way
    if padding == "VALID" and any(w > s for w, s in zip(window, size, strict=True)):
        size = tuple(max(s, w) for w, s in zip(window, size, strict=True))
    rng = np.random.default_rng(0)
    dtype = "f" if sum(channels) % 2 else "d"
    x, w = draw(rng, 3, *size, channels[0], dtype=dtype), draw(rng, *window, *channels, dtype=dtype)

    def convolve(x, w):
        return tf.nn.conv2d(x, w, strides, padding, dilations=rates)

    with tf.Graph().as_default():
        shape = convolve(tf.constant(x), tf.constant(w)).shape.as_list()
    agree(with_gradients(convolve), [x, w, draw(rng, *shape, dtype=dtype)])


OWN = list(zip(WAYS[:7], [(1, 3), (16, 1), (21, 2), (3, 1), (18, 1), (2, 2), (35, 1)], strict=True))


@pytest.mark.parametrize(("way", "channels"), OWN)
def test_convolutions_of_each_channel_agree(way, channels):
    window, strides, padding, rates = way
    rng = np.random.default_rng(1)
    x, w = draw(rng, 2, 6, 9, channels[0]), draw(rng, *window, *channels)

    def convolve(x, w):
        return tf.nn.depthwise_conv2d(x, w, strides, padding, rates)

    with tf.Graph().as_default():
        shape = convolve(tf.constant(x), tf.constant(w)).shape.as_list()
    agree(with_gradients(convolve), [x, w, draw(rng, *shape)])


@pytest.mark.parametrize(("data_format", "order"), [("NHWC", (0, 1, 2, 3)), ("NCHW", (0, 3, 1, 2))])
def test_formats_agree(data_format, order):
    rng = np.random.default_rng(2)
    x = draw(rng, 2, 6, 7, 5).transpose(order).copy()

    def together(x, w):
        y = tf.nn.relu(tf.nn.conv2d(x, w, 1, "SAME", data_format=data_format))
        return tf.nn.avg_pool(tf.nn.max_pool(y, 2, 2, "SAME", data_format), 2, 1, "VALID", data_format)

    shape = [np.array([2, 2, 3, 9])[i] for i in order]
    agree(with_gradients(together), [x, draw(rng, 3, 3, 5, 9), draw(rng, *shape)])


def test_a_whole_window_and_a_single_element_are_products():
    rng = np.random.default_rng(3)
    x, w, v = draw(rng, 4, 5, 6, 7), draw(rng, 5, 6, 7, 20), draw(rng, 1, 1, 20, 11)

    def both(x, w, v):
        return tf.nn.conv2d(tf.nn.conv2d(x, w, 1, "VALID"), v, 1, "SAME")

    agree(with_gradients(both), [x, w, v, draw(rng, 4, 1, 1, 11)])
    _, said = runs("native", both, [x, w, v])
    assert "native, all in one segment" in said and "convolutions" not in said


@pytest.mark.parametrize(
    ("size", "channels", "window", "strides", "rate", "padding"),
    [
        ((8, 6), 16, (2, 2), (2, 2), 1, "VALID"),
        ((9, 7), 16, (2, 2), (2, 2), 1, "VALID"),
        ((9, 7), 3, (2, 2), (2, 2), 1, "SAME"),
        ((9, 7), 37, (3, 3), (2, 2), 1, "SAME"),
        ((6, 9), 1, (3, 2), (1, 1), 1, "VALID"),
        ((9, 9), 70, (2, 2), (3, 3), 1, "VALID"),
        ((7, 9), 5, (2, 2), (1, 1), 2, "SAME"),
        ((7, 7), 8, (7, 7), (1, 1), 1, "VALID"),
    ],
)
def test_pooling_agrees(size, channels, window, strides, rate, padding):
    rng = np.random.default_rng(4)
    x = rng.integers(-4, 5, (2, *size, channels)).astype("f")  # with many ties

    def pool(x, kind="MAX"):
        return tf.nn.pool(x, window, kind, padding, [rate] * 2, strides)

    with tf.Graph().as_default():
        shape = pool(tf.constant(x)).shape.as_list()
    agree(with_gradients(lambda x, y: pool(x) * pool(y, "AVG")), [x, draw(rng, *x.shape), draw(rng, *shape)])


def test_second_derivatives_of_pooling_agree():
    rng = np.random.default_rng(5)

    def twice(x, g, h):
        y = tf.nn.max_pool(x, 3, 2, "SAME")
        (first,) = tf.gradients(y, x, g)
        return tf.gradients(first, g, h)

    agree(twice, [draw(rng, 2, 9, 7, 5), draw(rng, 2, 5, 4, 5), draw(rng, 2, 9, 7, 5)])


def test_the_largest_of_windows_with_nan_is_nan():
    x = np.array([1, np.nan, 2, 3, 4, -np.inf, -np.inf, -np.inf], "f").reshape(1, 1, 8, 1)
    values, _ = runs("native", lambda x: tf.nn.max_pool(x, [1, 2], [1, 2], "VALID"), [x])
    np.testing.assert_array_equal(values.ravel(), [np.nan, 3, 4, -np.inf])


@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
def test_batch_normalisation_agrees(data_format):
    rng = np.random.default_rng(6)
    x = (draw(rng, 4, 5, 6, 7) * 3 + 2).transpose((0, 1, 2, 3) if data_format == "NHWC" else (0, 3, 1, 2)).copy()
    scale, offset, g = draw(rng, 7), draw(rng, 7), draw(rng, *x.shape)
    agree(
        with_gradients(lambda x, s, o: tf.nn.fused_batch_norm(x, s, o, data_format=data_format)[0]),
        [x, scale, offset, g],
    )
    agree(lambda x, s, o: list(tf.nn.fused_batch_norm(x, s, o, data_format=data_format)), [x, scale, offset])
    moments = [draw(rng, 7), np.abs(draw(rng, 7)) + 0.1]

    def infer(x, s, o, m, v):
        return tf.nn.fused_batch_norm(x, s, o, m, v, is_training=False, data_format=data_format)[0]

    agree(with_gradients(infer), [x, scale, offset, *moments, g])


def test_local_response_normalisation_agrees():
    rng = np.random.default_rng(7)
    lrn = with_gradients(lambda x: tf.nn.lrn(x, 2, 1.5, 0.3, 0.75))
    agree(lrn, [draw(rng, 2, 3, 4, 9), draw(rng, 2, 3, 4, 9)])


def test_strides_with_dilations_are_left_to_the_interpreter():
    rng = np.random.default_rng(8)
    x, w, g = draw(rng, 2, 9, 8, 3), draw(rng, 3, 2, 3, 4), draw(rng, 2, 4, 4, 4)
    build = with_gradients(lambda x, w: tf.nn.conv2d(x, w, 2, "SAME", dilations=2)[:, :4])
    wanted, _ = runs("interpreter", build, [x, w, g])
    found, said = runs("native", build, [x, w, g])
    assert "1 operation with the interpreter" in said
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((40, 30, 20, 3), (0, 1, 2)),
        ((9000, 3), (0,)),
        ((2, 5000, 3), (0, 1)),
        ((5, 5000, 2, 3), (1, 2)),
        ((70, 3, 70, 5), (0, 2)),
    ],
)
def test_long_sums_over_outer_axes_do_not_pile_up_errors(shape, axes):
    x = np.random.default_rng(9).uniform(1, 2, shape).astype("f")
    values, _ = runs("native", lambda x: tf.reduce_sum(x, axes), [x])
    np.testing.assert_allclose(values, x.astype("d").sum(axes), rtol=5e-7)


def network(dtype):
    """A small network of two convolutions; its training step, its session, its variables."""
    graph, rng = tf.Graph(), np.random.default_rng(10)
    with graph.as_default():
        x, y = tf.placeholder(dtype, [None, 9, 8, 1]), tf.placeholder(tf.int32, [None])
        shapes = [(3, 3, 1, 6), (6,), (3, 2, 6, 10), (10,), (2 * 2 * 10, 3), (3,)]
        weights = [tf.Variable((rng.normal(size=s) * 0.4).astype(dtype)) for s in shapes]
        h = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, weights[0], 1, "SAME"), weights[1]))
        h = tf.nn.max_pool(h, 2, 2, "VALID")
        h = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(h, weights[2], 1, "SAME"), weights[3]))
        h = tf.nn.max_pool(h, 2, 2, "VALID")
        logits = tf.matmul(tf.reshape(h, [-1, 40]), weights[4]) + weights[5]
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
        step = tf.train.AdamOptimizer(0.01).minimize(loss)
        session = tf.Session()
        session.run(tf.global_variables_initializer())
    return session.executable([step], [x, y]), session, weights


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_training_of_a_network_is_one_compiled_loop(dtype):
    rng = np.random.default_rng(11)
    x, y = rng.normal(size=(60, 9, 8, 1)).astype(dtype), rng.integers(0, 3, 60).astype("i4")
    trained = {}
    for engine in ("interpreter", "native", "native"):
        tf.config.set_engine(engine)
        executable, session, weights = network(dtype)
        loop = Loop(executable, [x, y])
        loop.run(np.tile(np.arange(60), 2), 20)
        assert bool(loop._compiled) == (engine == "native")
        before = trained.get(engine)
        trained[engine] = session.run(weights)
        for a, b in zip(trained[engine], before or (), strict=False):
            np.testing.assert_array_equal(a, b)
    for a, b in zip(trained["native"], trained["interpreter"], strict=True):
        tolerance = 2e-4 if dtype == "float32" else 1e-11  # Adam's first steps make much of small gradients
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("machine", [(16, 16), (32, 16)])
def test_processors_with_other_registers_compute_the_same(monkeypatch, machine):
    monkeypatch.setattr(vectors, "machine", lambda: machine)
    monkeypatch.setattr("kerasflow.core.engine.native.correlating.machine", lambda: machine)
    rng = np.random.default_rng(12)
    for c, o in ((1, 6), (10, 40), (3, 20)):
        x, w, g = draw(rng, 2, 9, 8, c), draw(rng, 3, 3, c, o), draw(rng, 2, 5, 4, o)
        agree(with_gradients(lambda x, w: tf.nn.max_pool(tf.nn.conv2d(x, w, 1, "SAME"), 2, 2, "SAME")), [x, w, g])


def test_blocks_and_patches_agree():
    rng = np.random.default_rng(13)

    def moved(x):
        y = tf.space_to_batch_nd(x, [2, 3], [[1, 0], [0, 1]])
        y = tf.nn.relu(tf.batch_to_space_nd(y, [3, 2], [[0, 1], [1, 0]]))
        return [
            y,
            tf.space_to_depth(x[:, :4, :4], 2),
            tf.depth_to_space(x, 2),
            tf.space_to_batch_nd(x[:, :, 0, 0], [2], [[1, 0]]),
        ]

    agree(moved, [draw(rng, 2, 5, 8, 4)])

    def patches(x):
        return [tf.extract_image_patches(x, 3, 2, 1, p) for p in ("SAME", "VALID")]

    agree(patches, [draw(rng, 2, 8, 7, 3)])


def test_transposes_to_sizes_that_are_computed_are_compiled():
    rng = np.random.default_rng(14)

    def there_and_back(x, v, w):
        n = tf.shape(x)[0]
        h = tf.nn.relu(tf.nn.conv2d_transpose(tf.nn.conv2d(x, v, 2, "SAME"), v, [n, 6, 6, 1], 2))
        return [y := tf.nn.conv2d_transpose(h, w, [n, 12, 12, 2], 2), *tf.gradients(tf.square(y - 1.0), [x, v, w])]

    arrays = [draw(rng, 2, 6, 6, 1), draw(rng, 3, 3, 1, 4), draw(rng, 3, 3, 2, 1)]
    wanted, _ = runs("interpreter", there_and_back, arrays)
    with tf.Graph().as_default(), tf.Session() as session:
        tf.config.set_engine("native")
        given = [tf.placeholder(tf.float32, [None, *a.shape[1:]]) for a in arrays]
        fetches = there_and_back(*given)
        for _ in range(2):
            values = session.run(fetches, dict(zip(given, arrays, strict=True)))
        assert "native, all in one segment" in session.explain(fetches, given)
    for a, b in zip(values, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5 * np.abs(b).max())
