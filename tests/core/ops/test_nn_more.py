"""Pools of any rank, losses over replicas, careful lookups and rounding; values of TensorFlow 1.15.5."""

import numpy as np
import pytest

import kerasflow as tf


def run(t):
    return tf.Session().run(t)


TABLE = np.arange(12.0, dtype=np.float32).reshape(4, 3)


def ids():
    at = [[0, 0], [0, 1], [1, 0], [2, 0], [3, 1]]
    return (
        tf.SparseTensor(at, tf.constant([1, 3, -1, 2, 0], tf.int64), [5, 2]),
        tf.SparseTensor(at, [1.0, 2.0, 3.0, 0.0, -1.0], [5, 2]),
    )


@pytest.mark.parametrize(
    ("weighted", "options", "rows"),
    [
        (False, {}, [[6, 7, 8], [0, 0, 0], [6, 7, 8], [0, 1, 2], [0, 0, 0]]),
        (True, {}, [[7, 8, 9], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]]),
        (True, {"combiner": "sum", "default_id": 2}, [[21, 24, 27], [6, 7, 8], [0, 0, 0], [0, -1, -2], [6, 7, 8]]),
        (
            False,
            {"combiner": "sqrtn"},
            [[12 / 2**0.5, 14 / 2**0.5, 16 / 2**0.5], [0, 0, 0], [6, 7, 8], [0, 1, 2], [0] * 3],
        ),
    ],
)
def test_rows_without_ids(weighted, options, rows):
    sparse_ids, weights = ids()
    lookup = tf.nn.safe_embedding_lookup_sparse
    for tables in (tf.constant(TABLE), [tf.constant(TABLE)]):
        found = lookup(tables, sparse_ids, weights if weighted else None, **options)
        assert found.shape.as_list() == [5, 3]
        np.testing.assert_allclose(run(found), rows, rtol=1e-6, atol=1e-7)


def test_more_axes_and_gradients():
    empty = tf.SparseTensor(np.zeros((0, 3), np.int64), np.zeros(0, np.int64), [2, 2, 3])
    assert run(tf.nn.safe_embedding_lookup_sparse(tf.constant(TABLE), empty)).tolist() == np.zeros((2, 2, 3)).tolist()
    table = tf.constant(TABLE)
    (g,) = tf.gradients(tf.nn.safe_embedding_lookup_sparse(table, ids()[0]), table)
    expected = np.outer([1.0, 0.5, 1.0, 0.5], np.ones(3))
    assert run(tf.convert_to_tensor(g)).tolist() == expected.tolist()
    for wrong in ([], None):
        with pytest.raises(ValueError, match="Missing embedding_weights"):
            tf.nn.safe_embedding_lookup_sparse(wrong, empty)


@pytest.mark.parametrize(("rank", "sizes"), [(3, (8,)), (4, (8, 4)), (5, (4, 4, 2))])
def test_pools_of_any_rank(rank, sizes):
    x = np.random.default_rng(rank).normal(size=(2, *sizes, 3)).astype(np.float32)
    split = x.reshape(2, *[v for n in sizes for v in (n // 2, 2)], 3)
    axes = tuple(range(2, 2 * len(sizes) + 1, 2))
    for pool, reduce in ((tf.nn.max_pool_v2, np.max), (tf.nn.avg_pool_v2, np.mean)):
        for size in (2, [2] * len(sizes), [1, *[2] * len(sizes), 1]):
            found = run(pool(x, size, size, "VALID"))
            np.testing.assert_allclose(found, reduce(split, axis=axes), rtol=1e-5, atol=1e-6)
    with pytest.raises(ValueError, match="rank 3, 4 or 5"):
        tf.nn.max_pool_v2(tf.zeros([2, 2]), 2, 2, "VALID")


def test_losses_over_replicas():
    mean = tf.nn.compute_average_loss
    losses = tf.constant([1.0, 2.0, 3.0])
    assert run(mean(losses)) == 2.0 and run(mean(losses, sample_weight=[1, 0, 1], global_batch_size=8)) == 0.5
    assert run(tf.gradients(mean(losses, global_batch_size=4), losses))[0].tolist() == [0.25] * 3
    assert run(tf.nn.scale_regularization_loss([1.0, 2.0])) == 3.0


class TestRounding:
    @pytest.mark.parametrize(
        ("options", "rounded"),
        [
            ({}, [-1.3102362, -0.4094488, 0.0, 0.2047244, 1.0031496, 2.6]),
            ({"range_given": True}, [-1.007874, -0.4015748, 0.0, 0.19685039, 1.0, 1.0]),
            (
                {"input_max": 2.0, "range_given": True, "signed_input": False},
                [0.0, 0.0, 0.0, 0.20392159, 1.0039216, 2.0],
            ),
            ({"num_bits": 4}, [-1.4857142, -0.37142855, 0.0, 0.37142855, 1.1142857, 2.6]),
            (
                {"input_min": -2.0, "range_given": True, "num_bits": 3, "narrow_range": True},
                [-1.3333334, -0.6666667, 0.0, 0.0, 1.3333334, 2.0],
            ),
            ({"round_mode": "HALF_UP", "num_bits": 3}, [-0.8666666, 0.0, 0.0, 0.0, 0.8666666, 2.6]),
        ],
    )
    def test_values_and_gradient(self, options, rounded):
        x = tf.constant([-1.3, -0.4, 0.0, 0.2, 1.0, 2.6])
        y = tf.quantization.quantize_and_dequantize(x, **{"input_min": -1.0, "input_max": 1.0, **options})
        np.testing.assert_allclose(run(y), rounded, rtol=1e-6, atol=1e-7)
        assert run(tf.gradients(y, x))[0].tolist() == [1.0] * 6

    def test_nothing_to_tell_apart(self):
        y = tf.quantization.quantize_and_dequantize(tf.zeros([2]), 0.0, 0.0)
        assert run(y).tolist() == [0.0, 0.0]

    def test_what_is_refused(self):
        quantize = tf.quantization.quantize_and_dequantize
        for bits in (0, 1, 64):
            with pytest.raises(ValueError, match="num_bits must be from 2 to 63"):
                quantize([1.0], 0.0, 1.0, num_bits=bits)
        with pytest.raises(ValueError, match="round_mode"):
            quantize([1.0], 0.0, 1.0, round_mode="UP")
        with pytest.raises(tf.errors.InvalidArgumentError, match="the range ends before it begins"):
            run(quantize([1.0], 2.0, 1.0, range_given=True))
