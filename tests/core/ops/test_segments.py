"""Segments: what ties share, what is refused, and the functions that count segments."""

import numpy as np
import pytest

import kerasflow as tf

X = np.array([1.0, 3.0, 3.0, 2.0, 3.0])
IDS = np.array([0, 0, 0, 1, 1])


def run(*fetches):
    return tf.Session().run(fetches if len(fetches) > 1 else fetches[0])


@pytest.mark.parametrize("reduce", [tf.segment_max, lambda x, i: tf.unsorted_segment_max(x, i, 2)])
def test_equal_extrema_share_the_gradient(reduce):
    x = tf.constant(X)
    g = tf.gradients(reduce(x, IDS), x, grad_ys=tf.constant([4.0, 3.0], tf.float64))
    assert run(g[0]).tolist() == [0.0, 2.0, 2.0, 0.0, 3.0]


@pytest.mark.parametrize("ids", [[0, 1, 0], [-1, 0, 1]])
@pytest.mark.parametrize("reduce", [tf.segment_sum, tf.segment_mean, tf.segment_max, tf.segment_prod])
def test_ids_that_go_down_are_refused(reduce, ids):
    with pytest.raises(tf.errors.InvalidArgumentError, match="must not go down nor be negative"):
        run(reduce([1.0, 2.0, 3.0], ids))


def test_an_id_beyond_the_count_is_refused():
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"segment id 2 .* is not in \[0, 2\)"):
        run(tf.unsorted_segment_max([1.0, 2.0], [0, 2], 2))


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"\(2,\) segment_ids for data of shape \(3,\)"):
        tf.segment_sum([1.0, 2.0, 3.0], [0, 1])
    with pytest.raises(ValueError, match="segment_ids must be a vector"):
        tf.segment_sum([[1.0]], [[0]])


def test_no_rows_at_all():
    x = tf.zeros([0, 3])
    ids = tf.zeros([0], tf.int32)
    values = run(*[f(x, ids) for f in (tf.segment_sum, tf.segment_max, tf.segment_mean)])
    assert [v.shape for v in values] == [(0, 3)] * 3
    assert run(tf.unsorted_segment_prod(x, ids, 2)).tolist() == [[1.0] * 3] * 2


@pytest.mark.parametrize("function", [tf.sparse_segment_sum, tf.sparse_segment_mean, tf.sparse_segment_sqrt_n])
def test_a_number_of_segments_beyond_the_last_gives_rows_of_zeros(function):
    x = tf.constant(X)
    some, more = run(function(x, [1, 3, 4], [0, 0, 1]), function(x, [1, 3, 4], [0, 0, 1], num_segments=4))
    np.testing.assert_allclose(more, [*some, 0.0, 0.0], rtol=1e-14)
    assert some[1] == 3.0 and some[0] == {"sum": 5.0, "ean": 2.5, "t_n": 5 / np.sqrt(2)}[function.__name__[-3:]]
