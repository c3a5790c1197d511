"""Softmax beyond its cases: numbers at the ends of the types, what is refused, what stays small."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.ops.softmax import log_softmax, softmax


def run(t, feeds=None):
    return tf.Session().run(t, feeds)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_the_largest_numbers_do_not_overflow(dtype):
    top = np.finfo(dtype).max
    x = np.array([[top, top, -top], [-top, -top, -top]], dtype)
    np.testing.assert_allclose(run(softmax(x)), [[0.5, 0.5, 0.0], [1 / 3, 1 / 3, 1 / 3]], rtol=1e-3)
    logs = run(log_softmax(x))
    assert logs[0, 0] == pytest.approx(-np.log(2.0), rel=1e-3)
    np.testing.assert_allclose(logs[1], -np.log(3.0), rtol=1e-3)


def test_rows_without_a_finite_number_are_nan():
    """As in TensorFlow: no number says which of two infinities is larger."""
    x = np.array([[np.inf, 0.0], [-np.inf, -np.inf], [np.nan, 1.0], [0.0, -np.inf]], np.float32)
    for build in (softmax, log_softmax):
        assert np.isnan(run(build(x))).any(axis=1).tolist() == [True, True, True, False]


@pytest.mark.parametrize("classes", [1, 2, 31, 32, 33, 5000])
def test_sums_to_one_in_single_precision(classes):
    x = np.random.default_rng(classes).normal(size=(7, classes)).astype(np.float32) * 5
    p = run(softmax(x))
    np.testing.assert_allclose(p.astype(np.float64).sum(axis=1), 1.0, rtol=5e-7)
    np.testing.assert_allclose(np.exp(run(log_softmax(x))), p, rtol=1e-5, atol=1e-9)


def test_logarithms_of_small_probabilities_are_exact():
    logs = run(log_softmax(np.array([0.0, -100.0, -1e4], np.float32)))
    np.testing.assert_allclose(logs, [0.0, -100.0, -1e4], rtol=1e-7, atol=1e-30)


def test_the_gradient_is_made_from_the_result():
    """The exponentials are not taken twice."""
    x = tf.placeholder(tf.float32, [None, 3])
    tf.gradients(softmax(x), x)
    assert [op.type for op in tf.get_default_graph().get_operations()].count("Exp") == 0


def test_static_shape_and_name():
    x = tf.placeholder(tf.float32, [None, 3])
    assert softmax(x).dims == (None, 3)
    assert softmax(x, name="p").name == "p:0"
    assert softmax(tf.placeholder(tf.float64)).dims is None
    assert log_softmax(x, 0).op.type == "LogSoftmax"


@pytest.mark.parametrize("build", [softmax, log_softmax])
@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda f: f([[1.0]], axis=2), ValueError, r"oftmax.*axis 2 is out of range.*rank 2.*float32\[1,1\]"),
        (lambda f: f([[1.0]], -3), ValueError, "axis -3"),
        (lambda f: f(1.0), ValueError, "rank 0"),
        (lambda f: f([1, 2]), TypeError, "int32 is not one of"),
        (lambda f: f([1.0], axis=0.5), TypeError, "axis must be an integer"),
        (lambda f: f([1.0], axis=tf.placeholder(tf.int32, [])), ValueError, "axis must be known"),
    ],
)
def test_refused(build, make, error, message):
    with pytest.raises(error, match=message):
        make(build)


def test_an_axis_that_is_not_there_in_the_run():
    x = tf.placeholder(tf.float32)
    with pytest.raises(tf.errors.InvalidArgumentError, match="Softmax"):
        run(softmax(x, 1), {x: [1.0]})
    assert run(softmax(x, axis=tf.constant(0)), {x: [1.0]}) == [1.0]
