"""`top_k` and `in_top_k` beyond their cases: order, names, what is refused."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.ops.top_k import in_top_k, top_k


def run(t, feeds=None):
    return tf.Session().run(t, feeds)


def test_result_is_a_named_pair():
    result = top_k([1.0, 3.0, 2.0], k=2)
    assert (result.values.name, result.indices.name) == ("TopKV2:0", "TopKV2:1")
    assert result.indices.dtype == tf.int32
    values, indices = run(result)
    assert (values.tolist(), indices.tolist()) == ([3.0, 2.0], [1, 2])


def test_one_is_the_default():
    assert run(top_k([[1, 5, 2], [7, 5, 9]])).indices.tolist() == [[1], [2]]


def test_how_many_can_be_decided_in_the_run():
    x = tf.placeholder(tf.float32, [None, 4])
    k = tf.placeholder(tf.int32, [])
    values = top_k(x, k).values
    assert values.dims == (None, None)
    assert top_k(x, 3).values.dims == (None, 3)
    feeds = {x: [[1.0, 4.0, 3.0, 2.0]]}
    assert run(values, {**feeds, k: 3}).tolist() == [[4.0, 3.0, 2.0]]
    for wrong in (5, -1):
        with pytest.raises(tf.errors.InvalidArgumentError, match=f"4 numbers, {wrong} were asked for"):
            run(values, {**feeds, k: wrong})


def test_only_the_numbers_taken_get_a_gradient():
    x = tf.constant([[1.0, 3.0, 2.0], [6.0, 5.0, 4.0]])
    (g,) = tf.gradients(top_k(x, 2).values, x, grad_ys=tf.constant([[10.0, 20.0], [30.0, 40.0]]))
    assert run(g).tolist() == [[0.0, 10.0, 20.0], [30.0, 40.0, 0.0]]


def test_in_top_k_counts_ties_in():
    hits = in_top_k([[0.5, 0.5, 0.2]] * 3, [0, 1, 2], 1)
    assert (hits.name, hits.dtype, hits.dims) == ("in_top_k/InTopKV2:0", tf.bool, (3,))
    assert run(hits).tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: top_k([1.0, 2.0], 3), ValueError, r"TopKV2.*2 numbers, 3 were asked for"),
        (lambda: top_k([1.0, 2.0], -1), ValueError, "at least 0, got -1"),
        (lambda: top_k(1.0, 1), ValueError, "got a scalar"),
        (lambda: top_k([True], 1), TypeError, "bool"),
        (lambda: top_k([1.0], 1.0), TypeError, "float32"),
        (lambda: top_k([1.0], [1]), ValueError, "k must be a scalar"),
        (lambda: in_top_k([[1.0, 2.0]], [0, 1], 1), ValueError, r"as many rows, got \(1, 2\) and \(2,\)"),
        (lambda: in_top_k([1.0, 2.0], [0], 1), ValueError, r"of shape \(batch, classes\)"),
        (lambda: in_top_k([[1.0]], [[0]], 1), ValueError, r"targets of shape \(batch,\)"),
        (lambda: in_top_k([[1.0]], [0.0], 1), TypeError, "float32"),
        (lambda: in_top_k([[1]], [0], 1), TypeError, "int32"),
    ],
)
def test_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_rows_that_turn_out_different_in_the_run():
    p, t = tf.placeholder(tf.float32), tf.placeholder(tf.int32)
    with pytest.raises(tf.errors.InvalidArgumentError, match="2 rows of predictions and 1 targets"):
        run(in_top_k(p, t, 1), {p: np.zeros((2, 3)), t: [0]})
