"""Sets, ranks and pseudo-inverses, slices and compressed strings; values of TensorFlow 1.15.5 and of NumPy."""

import zlib

import numpy as np
import pytest

import kerasflow as tf


def run(t):
    return tf.Session().run(t)


A = np.array([[1, 9, 9], [3, 1, 2]], np.int32)


def sparse():
    return tf.SparseTensor([[0, 0], [0, 1], [1, 2]], [9, 1, 2], [2, 4])


class TestSets:
    def test_sparse_and_dense(self):
        for found in (tf.sets.intersection(A, sparse()), tf.sets.intersection(sparse(), A)):
            value = run(found)
            assert value.indices.tolist() == [[0, 0], [0, 1], [1, 0]] and value.values.tolist() == [1, 9, 2]
            assert value.dense_shape.tolist() == [2, 2]
        assert run(tf.sets.union(sparse(), sparse())).values.tolist() == [1, 9, 2]
        left = run(tf.sets.difference(sparse(), [[9, 9, 5], [2, 2, 7]]))
        assert left.indices.tolist() == [[0, 0]] and left.dense_shape.tolist() == [2, 1]
        assert run(tf.sets.set_size(sparse())).tolist() == [2, 1]

    def test_strings_and_more_axes(self):
        assert run(tf.sets.intersection([["a", "b"]], [["b", "c"]])).values.tolist() == [b"b"]
        value = run(tf.sets.union([[[1, 2]], [[3, 3]]], [[[2, 2]], [[4, 4]]]))
        assert value.indices.tolist() == [[0, 0, 0], [0, 0, 1], [1, 0, 0], [1, 0, 1]]
        assert value.values.tolist() == [1, 2, 3, 4] and value.dense_shape.tolist() == [2, 1, 2]

    def test_what_is_refused(self):
        with pytest.raises(ValueError, match="are not compatible|differ|2 and 1|incompatible"):
            tf.sets.intersection(A, [[1, 2]])
        x = tf.placeholder_with_default([[1, 2]], [None, 2])
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"same number of sets, got \(2,\) and \(1,\)"):
            run(tf.sets.union(A, x))
        with pytest.raises(TypeError, match="Types don't match, int32 vs float32"):
            tf.sets.intersection(A, [[1.0], [2.0]])
        with pytest.raises(TypeError, match="integers or strings, got float32"):
            tf.sets.union([[1.0]], [[2.0]])
        with pytest.raises(ValueError, match="two axes at least"):
            tf.sets.union([1], [2])
        with pytest.raises(TypeError, match="Expected `SparseTensor`"):
            tf.sets.size(A)


class TestMatrices:
    def test_pseudo_inverses(self):
        rng = np.random.default_rng(1)
        for shape in ((3, 2), (2, 3), (2, 4, 3)):
            m = rng.normal(size=shape)
            np.testing.assert_allclose(run(tf.linalg.pinv(m)), np.linalg.pinv(m), rtol=1e-9, atol=1e-12)
        flat = np.outer([1.0, 2.0, 3.0], [1.0, -1.0])
        np.testing.assert_allclose(run(tf.linalg.pinv(flat)), np.linalg.pinv(flat), rtol=1e-9, atol=1e-12)

    def test_their_gradient(self):
        m = np.random.default_rng(2).normal(size=(3, 2))
        x = tf.constant(m)
        weights = np.random.default_rng(3).normal(size=(2, 3))
        (g,) = tf.gradients(tf.reduce_sum(tf.linalg.pinv(x) * weights), x)
        found = run(g)
        for i, j in np.ndindex(3, 2):
            step = np.zeros((3, 2))
            step[i, j] = 1e-5
            slope = np.sum((np.linalg.pinv(m + step) - np.linalg.pinv(m - step)) * weights) / 2e-5
            np.testing.assert_allclose(found[i, j], slope, rtol=1e-6, atol=1e-8)

    def test_ranks(self):
        m = np.stack([np.outer([1.0, 2.0, 3.0], [1.0, -1.0]), np.eye(3, 2)])
        assert run(tf.linalg.matrix_rank(m)).tolist() == [1, 2] == np.linalg.matrix_rank(m).tolist()
        assert run(tf.linalg.matrix_rank([[1.0, 0.0], [0.0, 0.1]], tol=0.5)) == 1
        with pytest.raises(ValueError, match="matrices of known size"):
            tf.linalg.matrix_rank([1.0])

    def test_over_the_norm(self):
        x = tf.constant([[3.0, 4.0], [0.0, 5.0]])
        unit, length = run(tf.linalg.normalize(x, axis=1))
        np.testing.assert_allclose(unit, [[0.6, 0.8], [0.0, 1.0]], rtol=1e-6)
        assert length.tolist() == [[5.0], [5.0]] and run(tf.linalg.normalize(x, ord=1))[1].tolist() == [[12.0]]


def test_slices_without_some_rows():
    slices = tf.IndexedSlices(tf.constant([[1, 2], [3, 4], [5, 6]]), tf.constant([10, 20, 30]), tf.constant([40, 2]))
    found = run(tf.sparse.mask(slices, [20, 99]))
    assert found.values.tolist() == [[1, 2], [5, 6]] and found.indices.tolist() == [10, 30]
    assert found.dense_shape.tolist() == [40, 2]


def test_compressed_strings():
    assert run(tf.decode_compressed([zlib.compress(b"ab")], "ZLIB")).tolist() == [b"ab"]
    assert run(tf.decode_compressed(b"ab")) == b"ab"
    for kind in ("ZLIB", "GZIP"):
        with pytest.raises(tf.errors.DataLossError, match=f"cannot unpack {kind} data"):
            run(tf.decode_compressed([b"xx"], kind))
    with pytest.raises(ValueError, match="compression_type must be"):
        tf.decode_compressed([b"xx"], "LZ")
