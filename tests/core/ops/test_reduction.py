"""Reductions beyond their cases: how axes are given, what is refused, ties, and sums of many numbers."""

import itertools

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core import deprecation
from kerasflow.core.errors import InvalidArgumentError
from tests.core.ops.harness import seeded

inf, nan = np.inf, np.nan
X = seeded("reduction").normal(size=(2, 3, 4))
REDUCTIONS = [tf.reduce_sum, tf.reduce_mean, tf.reduce_prod, tf.reduce_max, tf.reduce_min, tf.reduce_logsumexp]
TRUTHS = [tf.reduce_all, tf.reduce_any]


def run(t, feeds=None):
    return tf.Session().run(t, feeds)


@pytest.mark.parametrize(
    ("function", "name"),
    [
        *zip(REDUCTIONS, ("Sum", "Mean", "Prod", "Max", "Min", "ReduceLogSumExp"), strict=True),
        (tf.argmax, "ArgMax"),
        (tf.argmin, "ArgMin"),
        (tf.cumsum, "Cumsum"),
        (tf.cumprod, "Cumprod"),
        (tf.count_nonzero, "count_nonzero/Sum"),
        (lambda x: tf.reduce_all(x > 0.0), "All"),
        (lambda x: tf.reduce_any(x > 0.0), "Any"),
    ],
)
def test_names(function, name):
    assert function(tf.constant([1.0])).op.name == name


@pytest.mark.parametrize("axis", [1, np.int64(1), [1], (1,), np.array([1]), -2, tf.constant, [np.int32(1)]])
def test_ways_to_name_an_axis(axis):
    axis = tf.constant(1) if axis is tf.constant else axis
    np.testing.assert_allclose(run(tf.reduce_sum(X, axis)), X.sum(1), rtol=1e-14)


@pytest.mark.parametrize("reduce", REDUCTIONS + TRUTHS)
def test_former_arguments(reduce, monkeypatch):
    monkeypatch.setattr(deprecation, "warned", set())
    x = tf.constant(X > 0 if reduce in TRUTHS else X)
    with pytest.warns(DeprecationWarning) as told:
        assert reduce(x, reduction_indices=[1], keep_dims=True).shape == [2, 1, 4]
    assert [str(w.message).split()[0] for w in told] == ["reduction_indices=", "keep_dims="]
    with pytest.raises(ValueError, match="both 'axis' and 'reduction_indices'"):
        reduce(x, axis=0, reduction_indices=0)
    with pytest.raises(ValueError, match="both 'keepdims' and 'keep_dims'"):
        reduce(x, keepdims=True, keep_dims=True)


@pytest.mark.parametrize("reduce", REDUCTIONS + TRUTHS)
def test_axes_that_are_refused(reduce):
    x = tf.constant(X > 0 if reduce in TRUTHS else X)
    for axis in (3, -4, [0, 3]):
        with pytest.raises(ValueError, match="axis -?[34] is out of range for a tensor of rank 3"):
            reduce(x, axis)
    for axis in ([1, 1], [0, -3]):
        with pytest.raises(ValueError, match=r"names an axis of \(2, 3, 4\) twice"):
            reduce(x, axis)
    for axis in (1.5, "a", [None], np.array([1.0])):
        with pytest.raises(TypeError, match="axis must be"):
            reduce(x, axis)
    with pytest.raises(ValueError, match="axis must be known"):
        reduce(x, tf.placeholder(tf.int32))
    unknown = tf.placeholder(x.dtype)
    with pytest.raises(InvalidArgumentError, match="test_reduction"):
        run(reduce(unknown, 3), {unknown: X > 0 if reduce in TRUTHS else X})


@pytest.mark.parametrize(
    ("reduce", "value"),
    [
        *itertools.product(REDUCTIONS, (True, "a")),
        *itertools.product(TRUTHS, (1, 1.5)),
        *itertools.product((tf.reduce_max, tf.reduce_min), (1j,)),
        (tf.reduce_logsumexp, 1),
        (tf.argmax, True),
        (tf.argmin, 1j),
        (tf.cumsum, True),
    ],
)
def test_types_that_are_refused(reduce, value):
    with pytest.raises(TypeError, match="is not one of the types it takes"):
        reduce(tf.constant([value]))


@pytest.mark.parametrize("reduce", [tf.reduce_max, tf.reduce_min])
def test_equal_ones_share_the_gradient(reduce):
    x = tf.constant([[2.0, 5.0, 2.0, 5.0], [1.0, 1.0, 1.0, 1.0]])
    share = [[0, 0.5, 0, 0.5], [0.5, 0, 0.5, 0]][reduce is tf.reduce_min]
    assert run(tf.gradients(reduce(x, 1), x)[0]).tolist() == [share, [0.25] * 4]
    y = tf.constant([[2.0, 2.0], [2.0, 1.0]])
    both = reduce(y, [0, 1], keepdims=True) * [[6.0]]
    want = [[2, 2], [2, 0]] if reduce is tf.reduce_max else [[0, 0], [0, 6]]
    assert run(tf.gradients(both, y)[0]).tolist() == want


def test_products_with_zeros():
    x = tf.constant([[2.0, 0.0, 3.0], [0.0, 5.0, 0.0]])
    assert run(tf.gradients(tf.reduce_prod(x, 1), x)[0]).tolist() == [[0, 6, 0], [0, 0, 0]]
    y = tf.constant([2.0, 0.0, 3.0])
    # y0, y0 y1, y0 y1 y2 by y1: 0 + 2 + 6.
    assert run(tf.gradients(tf.cumprod(y), y)[0]).tolist() == [1, 8, 0]


def test_softmax_is_the_gradient_of_logsumexp():
    x = tf.constant([[1000.0, 1000.0, 999.0], [-inf, 0.0, -inf]])
    e = 1 / (2 + np.exp(-1))
    gradient = run(tf.gradients(tf.reduce_logsumexp(x, 1), x)[0])
    np.testing.assert_allclose(gradient, [[e, e, 1 - 2 * e], [0, 1, 0]], rtol=1e-6)
    infinite = tf.constant([inf, 0.0, 1.0])
    gradient = run(tf.gradients(tf.reduce_logsumexp(infinite), infinite)[0])
    np.testing.assert_array_equal(gradient, [nan, 0, 0])


def test_mean_of_no_integers():
    with pytest.raises(InvalidArgumentError, match="mean of no integers"):
        run(tf.reduce_mean(tf.constant([], tf.int32)))


@pytest.mark.parametrize(("find", "empty"), [(tf.argmax, "argmax"), (tf.argmin, "argmin")])
def test_where_extrema_are(find, empty):
    x = tf.constant([[1.0, 3.0], [3.0, 2.0]])
    assert find(x).dtype == tf.int64 and run(find(x)).dtype == np.int64
    assert find(x, output_type=tf.int32).dtype == tf.int32
    assert tf.gradients(tf.cast(find(x), tf.float32), x) == [None]
    for axis in (2, -3):
        with pytest.raises(ValueError, match=f"axis {axis} is out of range"):
            find(x, axis)
    with pytest.raises(TypeError, match="int32 or int64, not float32"):
        find(x, output_type=tf.float32)
    with pytest.raises(ValueError, match="both 'axis' and 'dimension'"):
        find(x, 0, dimension=0)
    with pytest.raises(InvalidArgumentError, match=empty):
        run(find(tf.zeros([0, 3])))


def test_count_nonzero():
    assert run(tf.count_nonzero(["", "a", "b"])) == 2 and run(tf.count_nonzero([True, False])) == 1
    assert run(tf.count_nonzero([nan, 0.0, -0.0, inf])) == 2
    counts = tf.count_nonzero([[0, 3], [4, 5]], axis=-1, keepdims=True, dtype=tf.int32)
    assert counts.dtype == tf.int32 and run(counts).tolist() == [[1], [2]]


@pytest.mark.parametrize("shape", [(1_000_000,), (1000, 1000), (100, 100, 100)])
def test_sums_of_many_single_numbers(shape):
    """Added one after the other their error would be a thousand times as large."""
    x = np.full(shape, 0.1, np.float32)
    exact = float(np.float32(0.1))
    assert abs(float(run(tf.reduce_sum(x))) / (exact * 1e6) - 1) < 1e-6
    assert abs(float(run(tf.reduce_mean(x))) / exact - 1) < 1e-6


def test_what_has_nothing_to_reduce_is_passed_on():
    scalar, none = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [2])
    fetches = [reduce(x, axis) for reduce in REDUCTIONS for x, axis in ((scalar, None), (none, []))]
    for _ in range(3):
        got = run(fetches, {scalar: 3.0, none: [1.0, 2.0]})
        assert [np.asarray(g).tolist() for g in got] == [3.0, [1.0, 2.0]] * len(REDUCTIONS)


@pytest.mark.parametrize("accumulate", [tf.cumsum, tf.cumprod])
def test_running_along_an_axis(accumulate):
    for axis in (1, -2):
        with pytest.raises(ValueError, match="out of range"):
            accumulate([1.0, 2.0], axis)
    with pytest.raises(ValueError, match="out of range"):
        accumulate(1.0)
    with pytest.raises(TypeError, match="axis must be an integer"):
        accumulate([1.0], 0.5)
    assert run(accumulate(tf.constant([1, 2, 3], tf.int8), tf.constant(0))).dtype == np.int8


def test_the_gradient_of_a_mean_of_a_batch_is_decided_before_the_run():
    """With shapes known nothing is left to run of the way back through a mean."""
    x = tf.placeholder(tf.float32, [4, 2])
    (g,) = tf.gradients(tf.reduce_mean(x), x)
    np.testing.assert_array_equal(g.spec.value, np.full((4, 2), 0.125))
