"""Convolutions, pooling and normalisation beside TensorFlow 1.15.5, and what they refuse."""

import json
from pathlib import Path

import numpy as np
import pytest

import kerasflow as tf
from tests.golden.window_programs import PROGRAMS, run

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "windows.json").read_text())


def ident(row):
    function, shapes, kwargs, _ = row
    return f"{function}-{shapes[0]}-{'-'.join(str(v) for v in kwargs.values())}".replace(" ", "")


@pytest.mark.parametrize(("row", "golden"), list(zip(PROGRAMS, GOLDEN, strict=True)), ids=map(ident, PROGRAMS))
def test_values_and_gradients_are_tensorflows(row, golden):
    name, arrays = run(tf, row)
    rtol = 1e-11 if row[3] == "float64" else 2e-5
    for kind, found in arrays.items():
        for k, (array, want) in enumerate(zip(found, golden[kind], strict=True)):
            if want is None:
                continue
            shape, values = want
            array = np.zeros(shape) if array is None else np.asarray(array)
            assert list(array.shape) == shape, (kind, k)
            scale = max(map(abs, values), default=0.0)
            np.testing.assert_allclose(array.reshape(-1), values, rtol, 0.1 * rtol * scale, err_msg=f"{kind} {k}")
    if "BatchToSpaceND" not in golden["name"]:  # TensorFlow dilates by moving pixels into the batch, and back
        assert name == golden["name"]


def zeros(*shape, dtype=tf.float32):
    return tf.zeros(shape, dtype)


IMAGE, FILTER = (2, 8, 7, 4), (3, 3, 4, 5)


def conv(image=IMAGE, window=FILTER, strides=1, padding="SAME", **kwargs):
    return tf.nn.conv2d(zeros(*image), zeros(*window), strides, padding, **kwargs)


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: conv(window=(3, 3, 3, 5)), ValueError, r"depth of the input \(4\).*filter \(3\).*\(2, 8, 7, 4\)"),
        (lambda: conv(window=(9, 3, 4, 5), padding="VALID"), ValueError, "caused by subtracting 9 from 8"),
        (lambda: conv(window=(2, 4, 4, 5), padding="VALID", dilations=3), ValueError, "subtracting 10 from 7"),
        (lambda: conv(image=(2, 8, 4)), ValueError, "the input must have rank 4"),
        (lambda: conv(window=(3, 4, 5)), ValueError, "the filter must have rank 4"),
        (lambda: conv(window=(0, 3, 4, 5)), ValueError, "at least one element"),
        (lambda: conv(padding="same"), ValueError, "'SAME', 'VALID' or a list of pairs, got 'same'"),
        (lambda: conv(padding=None), TypeError, "got None"),
        (lambda: conv(padding=[[0, 0], [1, 1]]), ValueError, "one pair for each axis of NHWC"),
        (lambda: conv(padding=[[1, 0], [1, 1], [1, 1], [0, 0]]), ValueError, "batch and the channels cannot"),
        (lambda: conv(padding=[[0, 0], [1, -1], [1, 1], [0, 0]]), ValueError, "at least 0"),
        (lambda: conv(data_format="NHCW"), ValueError, "NHWC, NCHW, got 'NHCW'"),
        (lambda: conv(strides=[1, 2, 1]), ValueError, "strides should be of length 1, 2 or 4 but was 3"),
        (lambda: conv(strides=0), ValueError, "strides must be at least 1"),
        (lambda: conv(strides=[2, 1, 1, 1]), ValueError, "must be 1 along the batch"),
        (lambda: conv(strides=1.5), TypeError, "strides must be an integer"),
        (lambda: conv(filters=zeros(*FILTER)), ValueError, "both 'filter' and 'filters'"),
        (lambda: tf.nn.conv2d(zeros(*IMAGE), None, 1, "SAME"), TypeError, "'filter' is missing"),
        (lambda: tf.nn.conv2d(zeros(*IMAGE, dtype=tf.int32), [[[[1]]]], 1, "SAME"), TypeError, "int32 is not one of"),
        (
            lambda: tf.nn.conv2d(zeros(*IMAGE), zeros(*FILTER, dtype=tf.float64), 1, "SAME"),
            TypeError,
            "float32 and float64",
        ),
        (
            lambda: tf.nn.conv2d_transpose(zeros(2, 3, 3, 5), zeros(*FILTER), [2, 25, 6, 4], 2),
            ValueError,
            r"\(2, 13, 3, 5\), its gradient \(2, 3, 3, 5\)",
        ),
        (lambda: tf.nn.conv2d_transpose(zeros(2, 3, 3, 5), zeros(*FILTER), [2, 6, 6], 2), ValueError, "4 integers"),
        (
            lambda: tf.nn.conv2d_backprop_filter(zeros(*IMAGE), FILTER, zeros(2, 8, 7, 6), 1, "SAME"),
            ValueError,
            r"has shape \(2, 8, 7, 5\), its gradient \(2, 8, 7, 6\)",
        ),
        (lambda: tf.nn.depthwise_conv2d(zeros(*IMAGE), zeros(3, 3, 5, 1), 1, "SAME"), ValueError, r"\(4\).*\(5\)"),
        (
            lambda: tf.nn.separable_conv2d(zeros(*IMAGE), zeros(3, 3, 4, 2), zeros(2, 1, 8, 3), 1, "SAME"),
            ValueError,
            "pointwise filter must have shape",
        ),
        (
            lambda: tf.nn.convolution(tf.placeholder(tf.float32), zeros(*FILTER), "SAME"),
            ValueError,
            "rank of the input must be known",
        ),
        (lambda: tf.nn.max_pool(zeros(*IMAGE), 9, 1, "VALID"), ValueError, "subtracting 9 from 8"),
        (lambda: tf.nn.max_pool(zeros(2, 8, 4), 2, 2, "VALID"), ValueError, "must have rank 4"),
        (
            lambda: tf.nn.max_pool(zeros(*IMAGE), [2, 1, 1, 1], 1, "VALID"),
            ValueError,
            "ksize must be 1 along the batch",
        ),
        (lambda: tf.nn.max_pool(zeros(*IMAGE), 2, 2, [[0, 0]] * 4), TypeError, "'SAME' or 'VALID'"),
        (lambda: tf.nn.max_pool(None, 2, 2, "SAME"), TypeError, "'value' is missing"),
        (lambda: tf.nn.avg_pool(zeros(*IMAGE, dtype=tf.int32), 2, 2, "SAME"), TypeError, "int32 is not one of"),
        (lambda: tf.nn.pool(zeros(*IMAGE), [2, 2], "MIN", "SAME"), ValueError, "'MAX' or 'AVG', got 'MIN'"),
        (lambda: tf.nn.pool(zeros(*IMAGE), [2], "MAX", "SAME"), ValueError, "one size for each of 2 axes"),
        (
            lambda: tf.nn.pool(zeros(*IMAGE), [2, 2], "MAX", "SAME", dilation_rate=[2, 2], strides=[2, 2]),
            ValueError,
            "strides > 1 not supported",
        ),
        (lambda: tf.nn.max_pool_with_argmax(zeros(*IMAGE), 2, 2, "SAME", Targmax=tf.int8), TypeError, "int32 or int64"),
        (lambda: tf.nn.lrn(zeros(2, 3, 4)), ValueError, "must have rank 4"),
        (lambda: tf.nn.lrn(zeros(*IMAGE), -1), ValueError, "depth_radius must be at least 0"),
        (
            lambda: tf.nn.fused_batch_norm(zeros(*IMAGE), zeros(4), zeros(4), zeros(4), zeros(4)),
            ValueError,
            "must be None if is_training",
        ),
        (
            lambda: tf.nn.fused_batch_norm(zeros(*IMAGE), zeros(4), zeros(4), is_training=False),
            ValueError,
            "must be given if is_training is False",
        ),
        (
            lambda: tf.nn.fused_batch_norm(zeros(*IMAGE), zeros(3), zeros(3)),
            ValueError,
            r"scale must have shape \(4,\)",
        ),
        (lambda: tf.nn.fused_batch_norm(zeros(2, 4), zeros(4), zeros(4)), ValueError, "must have rank 4"),
        (lambda: tf.space_to_batch_nd(zeros(*IMAGE), [3], [[0, 0]]), ValueError, "evenly divisible by 3 but is 8"),
        (lambda: tf.space_to_batch_nd(zeros(*IMAGE), [2, 2], [[0, 0]]), ValueError, "one pair for each of 2 axes"),
        (lambda: tf.space_to_batch_nd(zeros(*IMAGE), [0], [[0, 0]]), ValueError, "block_shape must be at least 1"),
        (lambda: tf.space_to_batch_nd(zeros(4), [2], [[0, 0]]), ValueError, "must have rank 2 at least"),
        (lambda: tf.batch_to_space_nd(zeros(*IMAGE), [3], [[0, 0]]), ValueError, "divisible by 3 but is 2"),
        (lambda: tf.batch_to_space_nd(zeros(*IMAGE), [2], [[9, 8]]), ValueError, r"crops \[9, 8\] are more than"),
        (lambda: tf.space_to_depth(zeros(*IMAGE), 2), ValueError, "evenly divisible by 2 but is 7"),
        (lambda: tf.space_to_depth(zeros(*IMAGE), 1), ValueError, "block_size must be at least 2"),
        (lambda: tf.depth_to_space(zeros(*IMAGE), 3), ValueError, "the depth must be evenly divisible by 9 but is 4"),
        (
            lambda: tf.extract_image_patches(zeros(*IMAGE), [1, 3, 3, 2], [1] * 4, [1] * 4, "SAME"),
            ValueError,
            "ksizes must be 1 along",
        ),
        (
            lambda: tf.nn.sufficient_statistics(tf.placeholder(tf.float32, [None, 2]), [0]),
            ValueError,
            "must be known",
        ),
    ],
)
def test_what_is_refused_when_the_graph_is_built(build, error, message):
    with pytest.raises(error, match=message):
        build()


def run_with(build, *arrays):
    tensors = [tf.placeholder(a.dtype) for a in arrays]
    with tf.Session() as session:
        return session.run(build(*tensors), dict(zip(tensors, arrays, strict=True)))


@pytest.mark.parametrize(
    ("build", "shapes", "message"),
    [
        (lambda x, w: tf.nn.conv2d(x, w, 1, "SAME"), (IMAGE, (3, 3, 3, 5)), "depth of the input"),
        (lambda x, w: tf.nn.conv2d(x, w, 1, "VALID"), (IMAGE, (9, 3, 4, 5)), "subtracting 9 from 8"),
        (
            lambda x, w: tf.nn.conv2d_transpose(x, w, [2, 9, tf.shape(x)[2], 4], 2),
            ((2, 8, 7, 5), FILTER),
            "its gradient",
        ),
        (lambda x, w: tf.nn.depthwise_conv2d(x, w, 1, "SAME"), (IMAGE, (3, 3, 5, 1)), "depth of the input"),
        (lambda x: tf.nn.max_pool(x, 9, 1, "VALID"), (IMAGE,), "subtracting 9 from 8"),
        (lambda x: tf.nn.avg_pool(x, 9, 1, "VALID"), (IMAGE,), "subtracting 9 from 8"),
        (lambda x, s: tf.nn.fused_batch_norm(x, s, s)[0], (IMAGE, (3,)), r"must have shape \(4,\), got \(3,\)"),
    ],
)
def test_what_is_found_in_the_run_names_the_operation(build, shapes, message):
    with pytest.raises(tf.errors.InvalidArgumentError, match=f"(?s){message}.*inputs: .*test_windows.py"):
        run_with(build, *[np.zeros(s, np.float32) for s in shapes])


def test_static_shapes_with_unknown_sizes():
    x = tf.placeholder(tf.float32, [None, None, 9, 3])
    w = tf.zeros([3, 2, 3, 8])
    assert tf.nn.conv2d(x, w, 2, "VALID").shape.as_list() == [None, None, 4, 8]
    assert tf.nn.conv2d(x, w, [1, 3], "SAME").shape.as_list() == [None, None, 3, 8]
    assert tf.nn.conv2d(tf.placeholder(tf.float32), w, 1, "SAME").shape.as_list() == [None, None, None, 8]
    assert tf.nn.depthwise_conv2d(x, w, 1, "SAME").shape.as_list() == [None, None, 9, 24]
    assert tf.nn.max_pool(x, 2, 2, "VALID").shape.as_list() == [None, None, 4, 3]
    batch = tf.shape(x)[0]
    g = tf.placeholder(tf.float32, [None, 4, 4, 8])
    assert tf.nn.conv2d_transpose(g, w, [batch, 8, 8, 3], 2).shape.as_list() == [None, 8, 8, 3]
    assert tf.nn.conv2d_transpose(g, w, [batch, 8, batch, 3], 2).shape.as_list() == [None, 8, None, 3]
    assert tf.nn.conv1d_transpose(g[0], tf.zeros([2, 3, 8]), [4, 8, 3], 2).shape.as_list() == [4, 8, 3]
    y = tf.nn.conv2d(x, w, 1, "SAME")
    gx, gw = tf.gradients(y, [x, w])
    assert gx.shape.as_list() == [None, None, 9, 3] and gw.shape.as_list() == [3, 2, 3, 8]
    assert tf.nn.fused_batch_norm(x, [1.0] * 3, [0.0] * 3)[0].shape.as_list() == [None, None, 9, 3]


def test_images_larger_than_the_buffer_are_convolved_in_parts():
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(2, 70, 640, 16)).astype("f"), rng.normal(size=(3, 3, 16, 2)).astype("f")  # 26 MB an image
    y, gx, gw = run_with(
        lambda x, w: [y := tf.nn.conv2d(x, w, [2, 1], "SAME"), *tf.gradients(y, [x, w])],
        x.astype("d"),
        w.astype("d"),
    )
    padded = np.pad(x.astype("d"), [(0, 0), (0, 1), (1, 1), (0, 0)])
    for k, row in ((0, 0), (0, 17), (1, 34)):
        wanted = np.einsum("abc,abco->o", padded[k, 2 * row : 2 * row + 3, 300:303], w)
        np.testing.assert_allclose(y[k, row, 300], wanted, rtol=1e-12)
    np.testing.assert_allclose(
        gw.sum(), sum(padded[:, i : i + 69 : 2, j : j + 640].sum() for i in range(3) for j in range(3)) * 2
    )
    np.testing.assert_allclose(gx.sum(), w.astype("d").sum((2, 3)).ravel() @ reach(70, 640), rtol=1e-9)


def reach(height, width):
    """How many windows of that test meet an element of the image, for each of their nine elements."""
    rows = [sum(0 <= 2 * p + i < height for p in range(height // 2)) for i in range(3)]
    columns = [sum(0 <= p + j - 1 < width for p in range(width)) for j in range(3)]
    return 2.0 * np.outer(rows, columns).ravel()


def test_epsilon_of_the_fused_normalisation_has_a_least_value():
    y, _, _ = tf.nn.fused_batch_norm([[[[1.0]], [[1.0 + 2e-3]]]], [1.0], [0.0], epsilon=0.0)
    with tf.Session() as session:
        np.testing.assert_allclose(
            session.run(y).ravel(), np.array([-1, 1]) * 1e-3 / np.sqrt(1e-6 + 1.001e-5), rtol=1e-3
        )


def test_half_precision_is_normalised_in_single():
    x = np.linspace(-2, 2, 24).reshape(2, 2, 2, 3).astype("e")
    y, mean, variance = tf.nn.fused_batch_norm(tf.constant(x), [1.0] * 3, [0.0] * 3)
    assert (y.dtype, mean.dtype, variance.dtype) == (tf.float16, tf.float32, tf.float32)
    (gx,) = tf.gradients(tf.cast(y, tf.float32)[:, 0], [x_ := y.op.inputs[0]])
    assert gx.dtype == x_.dtype
    with tf.Session() as session:
        np.testing.assert_allclose(session.run(mean), x.astype("d").mean((0, 1, 2)), atol=1e-3)
        assert np.isfinite(session.run(gx)).all()
