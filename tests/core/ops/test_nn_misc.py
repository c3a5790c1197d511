"""Dropout, biases, norms and moments: against NumPy, in distribution, and what they refuse."""

import math

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core import ops
from tests.core.ops.harness import Case, check_gradient, check_value, seeded

rng = seeded("test_nn_misc")
ROWS = rng.normal(size=(4, 3))
CUBE = rng.normal(size=(2, 3, 4))


def run(t, feeds=None):
    return tf.Session().run(t, feeds)


# --- dropout


@pytest.mark.parametrize("options", [{"rate": 0.3}, {"keep_prob": 0.7}], ids=str)
def test_dropout_keeps_the_mean(options):
    y = run(ops.dropout(np.full(200_000, 2.0), seed=3, **options))
    assert set(np.unique(y)) == {0.0, 2.0 / 0.7}
    dropped = np.count_nonzero(y == 0)
    assert abs(dropped - 60_000) < 5 * math.sqrt(200_000 * 0.3 * 0.7)


def test_dropout_drops_where_the_uniform_draw_is_below_the_rate():
    tf.set_random_seed(5)
    x = tf.constant(ROWS)
    y = ops.dropout(x, rate=0.4, seed=9)
    drawn = tf.random_uniform([4, 3], dtype=tf.float64, seed=9)
    with tf.Session() as session:
        for _ in range(3):
            value, u = session.run([y, drawn])
            np.testing.assert_allclose(value, ROWS * (u >= 0.4) / 0.6, rtol=1e-15)


def test_dropout_draws_another_mask_in_each_run():
    y = ops.dropout(tf.ones([40]), rate=0.5)
    with tf.Session() as session:
        masks = {tuple(session.run(y)) for _ in range(5)}
    assert len(masks) == 5


def test_the_gradient_of_dropout_has_its_mask():
    x = tf.constant(ROWS)
    y = ops.dropout(x, rate=0.5)
    (g,) = tf.gradients(y, x)
    (h,) = tf.gradients(g, x)
    values, gradient = run([y, g])
    np.testing.assert_array_equal(gradient, np.where(values == 0, 0.0, 2.0))
    assert h is None


def test_nothing_to_drop():
    x = tf.placeholder(tf.float32, [None, 3])
    assert ops.dropout(x, 1.0) is x
    assert ops.dropout(x, rate=0) is x
    assert not [op for op in tf.get_default_graph().get_operations() if op.type == "RandomUniform"]


def test_shape_of_the_mask():
    x = tf.placeholder(tf.float64, [None, 3, 4])
    masks = {
        "rows": ops.dropout(x, rate=0.5, noise_shape=[None, 1, 1], seed=1),
        "columns": ops.dropout(x, rate=0.5, noise_shape=tf.TensorShape([1, 1, None]), seed=1),
        "tensor": ops.dropout(x, rate=0.5, noise_shape=tf.constant([1, 3, 1]), seed=1),
        "pieces": ops.dropout(x, rate=0.5, noise_shape=[tf.shape(x)[0], 1, 4], seed=1),
    }
    assert {t.dims for t in masks.values()} == {(None, 3, 4)}
    values = run(masks, {x: np.ones((50, 3, 4))})
    for name, axes in (("rows", (1, 2)), ("columns", (0, 1)), ("tensor", (0, 2)), ("pieces", (1,))):
        kept = values[name] > 0
        assert np.array_equal(kept.all(axis=axes), kept.any(axis=axes)), name
        assert kept.any() and not kept.all(), name
        others = tuple(i for i in range(3) if i not in axes)
        assert not np.array_equal(kept.all(axis=others), kept.any(axis=others)), name


def test_a_rate_that_is_fed():
    x, keep = tf.ones([1000]), tf.placeholder(tf.float32, [])
    y = ops.dropout(x, keep)
    assert run(y, {keep: 1.0}).tolist() == [1.0] * 1000
    assert set(run(y, {keep: 0.25})) == {0.0, 4.0}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda x: ops.dropout(x), "one of rate= and keep_prob="),
        (lambda x: ops.dropout(x, 0.5, rate=0.5), "one of rate= and keep_prob="),
        (lambda x: ops.dropout(x, rate=1.0), r"rate must be in \[0, 1\), got 1.0"),
        (lambda x: ops.dropout(x, rate=-0.1), r"got -0.1"),
        (lambda x: ops.dropout(x, rate=math.nan), r"got nan"),
        (lambda x: ops.dropout(x, 0.0), r"keep_prob must be in \(0, 1\], got 0.0"),
        (lambda x: ops.dropout(x, 1.5), r"keep_prob must be in \(0, 1\], got 1.5"),
        (lambda x: ops.dropout(x, "half"), "keep_prob must be a number or a scalar tensor, got 'half'"),
        (lambda x: ops.dropout(tf.constant([1]), 0.5), "floating-point tensors"),
        (lambda x: ops.dropout(x, rate=tf.constant([0.5, 0.5])), "rate must be a scalar"),
        (lambda x: ops.dropout(x, rate=0.5, noise_shape=[3, 1]), "4, 3.*3, 1"),
    ],
)
def test_dropout_refuses(make, message):
    with pytest.raises(ValueError, match=message):
        make(tf.constant(ROWS, tf.float32))


# --- biases and layers


def test_bias_of_channels_first():
    case = Case(
        lambda x, b: ops.bias_add(x, b, data_format="NCHW"), (CUBE, ROWS[0]), lambda x, b: x + b[:, None], knows="rank"
    )
    check_value(case, "Add")
    check_gradient(case, "Add")
    assert run(ops.bias_add([[1.0, 2.0]], [1.0, 0.0], "NCHW")).tolist() == [[2.0, 2.0]]
    assert run(ops.bias_add([[1.0, 2.0]], [1.0, 0.0], "NWC")).tolist() == [[2.0, 2.0]]


def test_layers_are_products_with_biases():
    w, b = rng.normal(size=(3, 2)), rng.normal(size=2)
    check_value(Case(ops.xw_plus_b, (ROWS, w, b), lambda x, w, b: x @ w + b), "BiasAdd")
    check_value(Case(ops.relu_layer, (ROWS, w, b), lambda x, w, b: np.maximum(x @ w + b, 0)), "BiasAdd")
    x = tf.placeholder(tf.float32, [None, 3])
    names = [ops.xw_plus_b(x, w, b).name, ops.relu_layer(x, w, b, name="hidden").name, ops.bias_add(x, [0.0] * 3).name]
    assert names == ["xw_plus_b:0", "hidden:0", "BiasAdd:0"]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: ops.bias_add([[1.0, 2.0]], [1.0]), ValueError, "last axis of the value has 2 numbers, the bias 1"),
        (lambda: ops.bias_add([[1.0, 2.0]], [[1.0, 2.0]]), ValueError, "the bias must be a vector"),
        (lambda: ops.bias_add([1.0, 2.0], [1.0, 2.0]), ValueError, "at least two axes"),
        (lambda: ops.bias_add(tf.constant([[1.0]]), tf.constant([1])), TypeError, "float32 and int32"),
        (lambda: ops.bias_add([[1.0]], [1.0], "CHW"), ValueError, "data_format must be like"),
        (lambda: ops.bias_add(tf.placeholder(tf.float32), [1.0], "NCHW"), ValueError, "known rank"),
        (lambda: ops.xw_plus_b([[1.0, 2.0]], [[1.0]], [1.0]), ValueError, "MatMul"),
    ],
)
def test_biases_refuse(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_a_bias_that_turns_out_too_short():
    """One number would broadcast; it is not what was meant."""
    b = tf.placeholder(tf.float32)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"bias of shape \(1,\) does not fit"):
        run(ops.bias_add(tf.ones([2, 3]), b), {b: [1.0]})


# --- norms and moments


@pytest.mark.parametrize("axis", [None, 0, 1, -1, [0, 2]])
def test_l2_normalize(axis):
    along = tuple(axis) if isinstance(axis, list) else axis

    def expected(x):
        return x / np.sqrt(np.maximum(np.sum(x**2, axis=along, keepdims=True), 1e-12))

    for x in (CUBE, np.concatenate([CUBE, 0 * CUBE], 1)):
        check_value(Case(lambda x: ops.l2_normalize(x, axis), (x,), expected), "Rsqrt")
    check_gradient(Case(lambda x: ops.l2_normalize(x, axis), (CUBE,), expected), "Rsqrt")
    np.testing.assert_allclose(run(ops.l2_normalize(CUBE, dim=1)), run(ops.l2_normalize(CUBE, 1)))


def test_l2_normalize_short_vectors():
    assert run(ops.l2_normalize(np.array([3e-4, 4e-4]), epsilon=1e-4)).tolist() == pytest.approx(
        [0.03, 0.04], rel=1e-12
    )


@pytest.mark.parametrize("axes", [[0], [0, 1, 2], [-1], 1])
@pytest.mark.parametrize("keep", [False, True])
def test_moments(axes, keep):
    along = tuple(axes) if isinstance(axes, list) else axes

    def expected(x):
        return [np.mean(x, axis=along, keepdims=keep), np.var(x, axis=along, keepdims=keep)]

    case = Case(lambda x: list(ops.moments(x, axes, keep_dims=keep)), (CUBE,), expected, knows="rank")
    check_value(case, "Mean")
    check_gradient(case, "Mean")


def test_moments_of_far_off_numbers():
    x = (1e4 + rng.normal(size=10_000)).astype(np.float32)
    mean, variance = run(ops.moments(x, [0]))
    assert mean == pytest.approx(np.mean(x, dtype=np.float64), rel=1e-6)
    assert variance == pytest.approx(np.var(x, dtype=np.float64), rel=1e-4)


def test_moments_of_half_precision():
    x = np.full(5000, 200.0, np.float16)
    x[::2] = 100.0
    mean, variance = run(ops.moments(x, [0], name="m"))
    assert (mean.dtype, variance.dtype) == (np.float16, np.float16)
    assert (mean, variance) == (150.0, 2500.0)


def test_l2_loss_is_exact_enough_for_many_numbers():
    x = rng.normal(size=100_000).astype(np.float32)
    assert run(ops.l2_loss(x)) == pytest.approx(np.sum(x.astype(np.float64) ** 2) / 2, rel=2e-6)
    half = run(ops.l2_loss(np.full(1000, 10.0, np.float16)))  # the sum itself would not fit the type
    assert (half, half.dtype) == (np.float16(50_000.0), np.float16)
    with pytest.raises(TypeError, match="int32"):
        ops.l2_loss([1, 2])


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32, np.uint8, np.int64])
def test_zero_fraction(dtype):
    x = np.array([[0, 1, 2], [0, 0, 5]], dtype)
    fraction = ops.zero_fraction(x)
    assert (fraction.name, fraction.dtype) == ("zero_fraction/fraction:0", tf.float32)
    assert run(fraction) == 0.5


def test_zero_fraction_of_nothing():
    assert math.isnan(run(ops.zero_fraction(np.zeros(0, np.float32))))
