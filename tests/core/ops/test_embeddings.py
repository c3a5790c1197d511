"""Embeddings and sampled losses: shapes, gradients as slices, training, what is refused."""

import numpy as np
import pytest

import kerasflow as tf

A = np.arange(12.0, dtype=np.float32).reshape(6, 2)


def run(t):
    return tf.Session().run(t)


def test_the_gradient_is_made_of_the_rows_that_were_taken():
    table = tf.constant(A)
    g = tf.gradients(tf.nn.embedding_lookup(table, [4, 1]), table)[0]
    assert isinstance(g, tf.IndexedSlices)
    assert run(g.indices).tolist() == [4, 1] and run(g.values).tolist() == [[1.0, 1.0]] * 2


@pytest.mark.parametrize("strategy", ["mod", "div"])
@pytest.mark.parametrize("count", [1, 2, 4])
def test_rows_spread_over_tables(strategy, count):
    parts = [A[i::count] for i in range(count)] if strategy == "mod" else np.array_split(A, count)
    ids = tf.placeholder_with_default(np.array([[5, 0], [3, 3]]), [2, 2])
    found = tf.nn.embedding_lookup([tf.constant(p) for p in parts], ids, strategy)
    assert found.shape == [2, 2, 2]
    np.testing.assert_array_equal(run(found), A[[[5, 0], [3, 3]]])


def test_long_rows_are_shortened():
    short = run(tf.nn.embedding_lookup(A, [0, 5], max_norm=5.0))
    np.testing.assert_allclose(short, [A[0], A[5] * 5 / np.hypot(10, 11)], rtol=1e-6)


def test_what_is_refused():
    ids = tf.SparseTensor([[0, 0]], [1], [1, 1])
    with pytest.raises(ValueError, match="at least one table"):
        tf.nn.embedding_lookup([], [0])
    with pytest.raises(ValueError, match="must be 'mod' or 'div', got 'x'"):
        tf.nn.embedding_lookup([A, A], [0], "x")
    with pytest.raises(TypeError, match="params must be dense"):
        tf.nn.embedding_lookup(ids, [0])
    with pytest.raises(TypeError, match="sp_ids: Expected a SparseTensor"):
        tf.nn.embedding_lookup_sparse(A, [0], None)
    with pytest.raises(ValueError, match="combiner must be one of mean, sqrtn, sum, got 'max'"):
        tf.nn.embedding_lookup_sparse(A, ids, None, combiner="max")
    with pytest.raises(ValueError, match="max_norm needs a known number of axes"):
        tf.nn.embedding_lookup(A, tf.placeholder(tf.int32), max_norm=1.0)
    with pytest.raises(ValueError, match="targets and log_input must have one shape"):
        tf.nn.log_poisson_loss([1.0], [1.0, 2.0])


@pytest.mark.parametrize("combiner", ["sum", "mean", "sqrtn", None])
@pytest.mark.parametrize("weighted", [False, True])
def test_embeddings_of_several_ids(combiner, weighted):
    at, ids = [[0, 0], [0, 3], [1, 1]], np.array([4, 0, 4])
    w = np.array([2.0, 0.5, 3.0], np.float32) if weighted else np.ones(3, np.float32)
    weights = tf.SparseTensor(at, w, [2, 4]) if weighted else None
    got = run(tf.nn.embedding_lookup_sparse(A, tf.SparseTensor(at, ids, [2, 4]), weights, combiner=combiner))
    sums = np.stack([w[0] * A[4] + w[1] * A[0], w[2] * A[4]])
    over = {"sum": [1.0, 1.0], "sqrtn": [np.hypot(w[0], w[1]), w[2]]}.get(combiner, [w[0] + w[1], w[2]])
    np.testing.assert_allclose(got, sums / np.array(over)[:, None], rtol=1e-6)


@pytest.mark.parametrize("loss", [tf.nn.nce_loss, tf.nn.sampled_softmax_loss])
def test_word_vectors_learn_from_sampled_classes(loss):
    tf.set_random_seed(3)
    vectors = tf.Variable(tf.random_uniform([20, 6], -0.5, 0.5))
    w, b = tf.Variable(tf.zeros([20, 6])), tf.Variable(tf.zeros([20]))
    x, y = np.arange(10), (np.arange(10)[:, None] * 7) % 20
    inputs = tf.nn.embedding_lookup(vectors, x)
    total = tf.reduce_mean(loss(w, b, y, inputs, 8, 20))
    step = tf.train.AdamOptimizer(0.05).minimize(total)
    guess = tf.argmax(tf.matmul(inputs, w, transpose_b=True) + b, 1)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(150):
            session.run(step)
        assert (session.run(guess) == y[:, 0]).all()


def test_several_true_classes_share_the_label():
    w, b, x = tf.constant(A), tf.zeros([6]), tf.constant([[0.1, 0.2]])
    sampled = (tf.constant([3], tf.int64), tf.ones([1, 2]), tf.ones([1]))
    loss = tf.nn.sampled_softmax_loss(w, b, [[1, 4]], x, 1, 6, num_true=2, sampled_values=sampled)
    logits = (A[[1, 4, 3]] @ [0.1, 0.2]).astype(np.float64)
    want = np.log(np.exp(logits).sum()) - logits[:2].mean()
    np.testing.assert_allclose(run(loss), [want], rtol=1e-6)
