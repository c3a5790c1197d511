"""Which shapes of targets, predictions and weights fit, and what becomes of them."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.losses.align import align, align_weights, as_columns, as_tensors, quotient, scope_name


def holder(shape, dtype=tf.float64):
    return tf.placeholder(dtype, shape)


def numbers(shape):
    """0, 1, 2, ... in that shape, 4 for an unknown size."""
    sizes = [4 if d is None else d for d in shape]
    return np.arange(np.prod(sizes)).reshape(sizes)


@pytest.mark.parametrize(
    ("targets", "predictions", "both"),
    [
        ((4, 3), (4, 3), (4, 3)),
        ((4,), (4, 1), (4, 1)),
        ((4, 1), (4,), (4, 1)),
        ((4, 3, 1), (4, 3), (4, 3)),
        ((4, 3), (4, 3, 1), (4, 3)),
        ((None,), (None, 1), (None, 1)),
        ((None, 3), (None, 3), (None, 3)),
        ((None, 3), (4, 3), None),
        ((), (), ()),
    ],
)
def test_an_axis_of_size_1_at_the_end_does_not_matter(targets, predictions, both):
    inputs = holder(targets), holder(predictions)
    y, p = align(*inputs)
    if both is not None:
        assert y.dims == p.dims == both
    given = [numbers(targets), numbers(predictions)]
    values = tf.Session().run([y, p], dict(zip(inputs, given, strict=True)))
    assert values[0].shape == values[1].shape
    for value, before in zip(values, given, strict=True):
        np.testing.assert_array_equal(np.ravel(value), np.ravel(before))


@pytest.mark.parametrize(
    ("targets", "predictions"),
    [
        ((4,), (4, 3)),
        ((4, 1), (4, 3)),
        ((4, 3), (4, 1)),
        ((4,), (5,)),
        ((4, 3), (3, 4)),
        ((None,), (None, 3)),
        ((4,), ()),
    ],
)
def test_nothing_is_broadcast(targets, predictions):
    with pytest.raises(ValueError, match="do not fit predictions of shape"):
        align(holder(targets), holder(predictions))
    with pytest.raises(ValueError, match="do not fit predictions of shape"):
        tf.keras.losses.MeanSquaredError()(holder(targets), holder(predictions))


@pytest.mark.parametrize("known", [((None,), (None, None)), (None, (None, 3)), ((None, None), (None, 3)), (None, None)])
def test_nor_where_the_shapes_are_only_known_in_the_run(known):
    y, p = (tf.placeholder(tf.float64, s) for s in known)
    loss = tf.keras.losses.mean_squared_error(y, p)
    with pytest.raises(tf.errors.InvalidArgumentError, match="ReshapeLike"):
        tf.Session().run(loss, {y: np.zeros(4) if known[0] != (None, None) else np.zeros((4, 1)), p: np.zeros((4, 3))})


def test_shapes_that_are_only_known_in_the_run_are_aligned_there():
    y, p = tf.placeholder(tf.float64, None), tf.placeholder(tf.float64, [None, None])
    loss = tf.keras.losses.mean_squared_error(y, p)
    assert tf.Session().run(loss, {y: [1.0, 2.0], p: [[1.5], [4.0]]}).tolist() == [0.25, 4.0]


def test_vectors_are_samples():
    y, p = as_columns(holder([None]), holder([None]))
    assert y.dims == p.dims == (None, 1)


@pytest.mark.parametrize(
    ("true", "pred", "dtype"),
    [
        (np.array([1]), np.array([0.5], np.float64), tf.float64),
        (np.array([1.0]), np.array([0.5], np.float32), tf.float32),
        ([1], [2], tf.float32),
        ([True], np.array([0.5], np.float16), tf.float16),
    ],
)
def test_the_type_is_that_of_the_predictions(true, pred, dtype):
    y, p = as_tensors(true, pred)
    assert y.dtype is p.dtype is dtype
    y, p = as_tensors(true, pred, "float64")
    assert y.dtype is p.dtype is tf.float64


def test_everything_goes_to_the_graph_of_a_tensor_among_them():
    other = tf.Graph()
    with other.as_default():
        t = tf.constant([1.0])
    for pair in ([t, [2.0]], [[2.0], t]):
        y, p = as_tensors(*pair)
        assert y.graph is p.graph is other
    assert tf.keras.losses.MeanSquaredError()(t, [2.0], sample_weight=[1.0]).graph is other


@pytest.mark.parametrize(
    ("weights", "values", "as_numpy"),
    [
        ((), (4, 3), lambda w, v: w * v),
        ((4,), (4,), lambda w, v: w * v),
        ((4, 1), (4,), lambda w, v: w[:, 0] * v),
        ((4,), (4, 3), lambda w, v: w[:, None] * v),
        ((3,), (3, 3), lambda w, v: w[:, None] * v),
        ((4, 1), (4, 3), lambda w, v: w * v),
        ((4, 3), (4, 3), lambda w, v: w * v),
        ((4,), (4, 3, 2), lambda w, v: w[:, None, None] * v),
        ((4, 3), (4, 3, 2), lambda w, v: w[:, :, None] * v),
        ((4, 3, 1), (4, 3), lambda w, v: w[..., 0] * v),
    ],
)
def test_weights_are_spread_from_the_left(weights, values, as_numpy):
    rng = np.random.default_rng(1)
    w, v = rng.normal(size=weights), rng.normal(size=values)
    result = tf.Session().run(align_weights(w, tf.constant(v)) * v)
    np.testing.assert_array_equal(result, as_numpy(w, v))
    if weights:
        w_in, v_in = holder((None, *weights[1:])), holder((None, *values[1:]))
        result = tf.Session().run(align_weights(w_in, v_in) * v_in, {w_in: w, v_in: v})
        np.testing.assert_array_equal(result, as_numpy(w, v))


@pytest.mark.parametrize(
    ("weights", "values"), [((3,), (4,)), ((1,), (4,)), ((4, 3), (4,)), ((4, 2), (4, 3)), ((3,), (4, 3)), ((4,), ())]
)
def test_weights_that_do_not_fit(weights, values):
    with pytest.raises(ValueError, match="Sample weights of shape"):
        align_weights(np.ones(weights), holder(values))


def test_weights_of_unknown_rank_are_one_per_value():
    w, v = holder(None), holder([None])
    product = align_weights(w, v) * v
    assert tf.Session().run(product, {w: [[2.0], [3.0]], v: [1.0, 10.0]}).tolist() == [2.0, 30.0]
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.Session().run(product, {w: np.ones((2, 2)), v: [1.0, 10.0]})


def test_a_quotient_by_0_is_0_and_so_are_its_gradients():
    a, b = tf.constant([1.0, 3.0]), tf.constant([0.0, 2.0])
    q = quotient(a, b)
    value, (by_a, by_b) = tf.Session().run([q, tf.gradients(q, [a, b])])
    assert value.tolist() == [0.0, 1.5] and by_a.tolist() == [0.0, 0.5] and by_b.tolist() == [0.0, -0.75]


@pytest.mark.parametrize(
    ("name", "scope"), [("a b", "a_b"), ("<lambda>", "x_lambda_"), ("_f", "x_f"), ("ok/x", "ok/x")]
)
def test_any_name_makes_a_scope(name, scope):
    assert scope_name(name) == scope
    with tf.name_scope(scope_name(name)):
        pass
