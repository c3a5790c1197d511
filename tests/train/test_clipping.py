"""Clipping against NumPy; what is within the bound comes back bit for bit."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.train.clipping import clip_by_average_norm, clip_by_global_norm, clip_by_norm, global_norm

X = np.random.default_rng(0).standard_normal((4, 3)) * 10.0 ** np.arange(-2, 2)[:, None]
TINY = 1e-3 * X


def run(fetches):
    return tf.Session().run(fetches)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("bound", [1e-3, 1.0, 12.5])
def test_by_norm(dtype, bound):
    found = run(clip_by_norm(X.astype(dtype), bound))
    assert found.dtype == dtype
    np.testing.assert_allclose(found, X * bound / np.linalg.norm(X), rtol=1e-12 if dtype == np.float64 else 1e-6)


@pytest.mark.parametrize("axes", [0, 1, [1], [0, 1]])
def test_by_norm_along_axes(axes):
    norms = np.sqrt((X**2).sum(axis=tuple(np.atleast_1d(axes)), keepdims=True))
    found = run(clip_by_norm(X, 1.5, axes))
    np.testing.assert_allclose(found, np.where(norms > 1.5, X * 1.5 / norms, X), rtol=1e-12)


def test_by_global_norm():
    norm = np.sqrt((X**2).sum() + (TINY**2).sum())
    clipped, found = run(clip_by_global_norm([tf.constant(X), tf.constant(TINY)], 0.5))
    np.testing.assert_allclose(found, norm, rtol=1e-12)
    np.testing.assert_allclose(clipped, [X * 0.5 / norm, TINY * 0.5 / norm], rtol=1e-12)
    np.testing.assert_allclose(run(global_norm([X, TINY])), norm, rtol=1e-12)
    given, used = run(clip_by_global_norm([tf.constant(X)], 0.5, use_norm=tf.constant(np.float64(4.0))))
    np.testing.assert_allclose(given[0], X / 8, rtol=1e-12)
    assert used == 4.0


def test_by_average_norm():
    average = np.linalg.norm(X) / X.size
    np.testing.assert_allclose(run(clip_by_average_norm(X, 0.5)), X * 0.5 / average, rtol=1e-12)
    np.testing.assert_array_equal(run(clip_by_average_norm(X, average * 1.01)), X)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("bound", [0.7, 1 / 3, 1e30])
def test_what_is_within_the_bound_is_not_touched(dtype, bound):
    small = (TINY / 30).astype(dtype)
    zero = np.zeros((2, 2), dtype)
    for x in (small, zero):
        np.testing.assert_array_equal(run(clip_by_norm(x, bound)), x)
        np.testing.assert_array_equal(run(clip_by_norm(x, bound, axes=[0])), x)
        np.testing.assert_array_equal(run(clip_by_average_norm(x, bound)), x)
    clipped, norm = run(clip_by_global_norm([tf.constant(zero), tf.constant(small)], bound))
    np.testing.assert_array_equal(clipped[0], zero)
    np.testing.assert_array_equal(clipped[1], small)
    assert norm == pytest.approx(np.linalg.norm(small), rel=1e-6)
    assert run(global_norm([zero])) == 0


def test_what_is_not_finite_is_noticed():
    inf = np.array([np.inf, 1.0])
    for bad in (inf, np.array([np.nan, 1.0])):
        clipped, norm = run(clip_by_global_norm([tf.constant(bad), tf.constant(X)], 1.0))
        assert not np.isfinite(norm)
        assert all(np.isnan(c).all() for c in clipped)
    np.testing.assert_array_equal(run(clip_by_norm(inf, 1.0)), [np.nan, 0.0])


def test_slices_are_clipped_by_their_values():
    slices = tf.IndexedSlices(tf.constant([[3.0], [4.0]]), tf.constant([5, 1]), tf.constant([9, 1]))
    alone = clip_by_norm(slices, 1.0)
    (together, none), norm = clip_by_global_norm([slices, None], 1.0)
    assert none is None
    for clipped in (alone, together):
        assert isinstance(clipped, tf.IndexedSlices)
        assert (clipped.indices, clipped.dense_shape) == (slices.indices, slices.dense_shape)
        np.testing.assert_allclose(run(clipped.values), [[0.6], [0.8]], rtol=1e-6)
    assert run(norm) == 5.0
    assert run(global_norm((slices, None))) == 5.0


def test_a_list_without_tensors():
    assert run(global_norm([None])) == 0.0
    clipped, norm = clip_by_global_norm([], 1.0)
    assert (clipped, run(norm)) == ([], 0.0)


def test_the_derivative_at_zero_is_that_of_the_identity():
    x = tf.constant([0.0, 0.0])
    assert run(tf.gradients(clip_by_norm(x, 1.0), x))[0].tolist() == [1.0, 1.0]


def test_names():
    x = tf.constant(X)
    assert clip_by_norm(x, 1.0).name == "clip_by_norm:0"
    assert clip_by_norm(x, 1.0, name="c").name == "c:0"
    assert global_norm([x]).name == "global_norm/global_norm:0"
    assert clip_by_average_norm(x, 1.0).name == "clip_by_average_norm:0"


def test_what_cannot_be_clipped():
    for function in (global_norm, lambda t: clip_by_global_norm(t, 1.0)):
        with pytest.raises(TypeError, match="Expected a list of tensors"):
            function(tf.constant(X))
    with pytest.raises(TypeError, match="int32"):
        clip_by_norm(tf.constant([1, 2]), 1)
