"""Metrics of the k largest scores, and counts at thresholds; the numbers are those of TensorFlow 1.15.5."""

import numpy as np
import pytest

import kerasflow as tf

M = tf.metrics
LABELS = np.array([[0, 2], [1, 1], [3, 0]], np.int64)
SCORES = np.array([[0.1, 0.4, 0.3, 0.2], [0.5, 0.2, 0.2, 0.1], [0.3, 0.3, 0.2, 0.9]], np.float32)
CHOSEN = np.array([[1, 2], [0, 1], [3, 2]], np.int64)
ONE = np.array([2, 1, 3], np.int64)
WEIGHTS = [1.0, 0.0, 2.0]


def ran(pair):
    """The updated value, and the value itself before and after."""
    value, update = pair
    with tf.Session() as sess:
        sess.run(tf.local_variables_initializer())
        before = sess.run(value)
        found = sess.run(update)
        np.testing.assert_array_equal(sess.run(value), found)
    return before, found


def sparse():
    return tf.SparseTensor([[0, 0], [0, 1], [2, 0]], tf.constant([0, 2, 3], tf.int64), [3, 2])


@pytest.mark.parametrize(
    ("name", "arguments", "options", "expected"),
    [
        ("precision_at_k", (LABELS, SCORES, 2), {}, 4 / 6),
        ("recall_at_k", (LABELS, SCORES, 2), {}, 0.8),
        ("average_precision_at_k", (LABELS, SCORES, 2), {}, 0.5),
        ("sparse_precision_at_k", (LABELS, SCORES, 2), {"class_id": 1}, 0.5),
        ("precision_at_k", (LABELS, SCORES, 2), {"class_id": 3}, 1.0),
        ("recall_at_k", (LABELS, SCORES, 2), {"class_id": 0}, 0.5),
        ("recall_at_k", (LABELS, SCORES, 2), {"class_id": 2}, 1.0),
        ("precision_at_k", (LABELS, SCORES, 2), {"weights": WEIGHTS}, 5 / 6),
        ("recall_at_k", (LABELS, SCORES, 2), {"weights": WEIGHTS}, 5 / 6),
        ("sparse_average_precision_at_k", (LABELS, SCORES, 2), {"weights": WEIGHTS}, 0.75),
        ("average_precision_at_k", (LABELS, SCORES, 3), {}, 0.5),
        ("precision_at_k", (ONE, SCORES, 1), {}, 1 / 3),
        ("recall_at_k", (ONE, SCORES, 1), {}, 1 / 3),
        ("precision_at_top_k", (LABELS, CHOSEN), {}, 0.5),
        ("recall_at_top_k", (LABELS, CHOSEN, 2), {}, 0.6),
    ],
)
def test_shares_of_the_largest(name, arguments, options, expected):
    before, found = ran(getattr(M, name)(*arguments, **options))
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert found.dtype == np.float64 and (before == 0.0 if "average" in name else np.isnan(before))


def test_labels_in_a_sparse_tensor():
    assert ran(M.precision_at_k(sparse(), SCORES, 2))[1] == 1 / 3
    assert ran(M.recall_at_k(sparse(), SCORES, 2))[1] == 2 / 3
    assert np.isnan(ran(M.average_precision_at_k(sparse(), SCORES, 2))[1])  # a row has no label


def test_batches_add_up():
    labels, scores = tf.placeholder(tf.int64, [None, 2]), tf.placeholder(tf.float32, [None, 4])
    pairs = [M.precision_at_k(labels, scores, 2), M.recall_at_k(labels, scores, 2)]
    pairs.append(M.average_precision_at_k(labels, scores, 2))
    with tf.Session() as sess:
        sess.run(tf.local_variables_initializer())
        for i in range(3):
            found = sess.run([u for _, u in pairs], {labels: LABELS[i : i + 1], scores: SCORES[i : i + 1]})
    np.testing.assert_allclose(found, [4 / 6, 0.8, 0.5], rtol=1e-12)


def test_names_and_collections():
    value, update = M.precision_at_k(LABELS, SCORES, 2, 1, metrics_collections="m", updates_collections=["u"])
    assert (value.name, update.name) == ("precision_at_2_class1:0", "precision_at_2_class1/update:0")
    assert tf.get_collection("m") == [value] and tf.get_collection("u") == [update]
    assert [v.op.name for v in tf.local_variables()] == [
        "precision_at_2_class1/true_positive_at_2_class1",
        "precision_at_2_class1/false_positive_at_2_class1",
    ]
    value, update = M.average_precision_at_k(LABELS, SCORES, 2)
    assert (value.name, update.name) == ("average_precision_at_2/mean:0", "average_precision_at_2:0")


def test_what_is_refused():
    with pytest.raises(ValueError, match="Invalid k=0"):
        M.average_precision_at_k(LABELS, SCORES, 0)
    with pytest.raises(ValueError, match="labels must be of the rank of predictions"):
        M.precision_at_k(np.int64(1), SCORES, 2)
    with pytest.raises(ValueError, match="ranks of labels and predictions must be known"):
        M.recall_at_k(tf.placeholder(tf.int64), SCORES, 2)


@pytest.mark.parametrize(
    ("name", "weights", "expected"),
    [
        ("true_positives_at_thresholds", None, [2, 1]),
        ("false_negatives_at_thresholds", None, [0, 1]),
        ("false_positives_at_thresholds", None, [1, 1]),
        ("true_negatives_at_thresholds", None, [0, 0]),
        ("false_negatives_at_thresholds", [[4.0], [2.0], [3.0]], [0, 4]),
        ("true_positives_at_thresholds", [[4.0], [2.0], [3.0]], [7, 3]),
    ],
)
def test_counts_at_thresholds(name, weights, expected):
    labels, predictions = tf.constant([[1], [0], [1]]), tf.constant([[0.2], [0.6], [0.9]])
    before, found = ran(getattr(M, name)(labels, predictions, [0.1, 0.5], weights=weights))
    assert before.tolist() == [0.0, 0.0] and found.tolist() == expected
    assert getattr(M, name).__name__ == name
