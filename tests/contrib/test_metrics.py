"""The older names of metrics: each gives what the newer one gives, with predictions first."""

import inspect

import numpy as np
import pytest

import kerasflow as tf

M = tf.contrib.metrics
RNG = np.random.default_rng(0)
SCORES = RNG.uniform(size=40).astype(np.float32)
TRUTHS = (RNG.uniform(size=40) < 0.3).astype(np.float32)
MORE = {
    "auc": {}, "accuracy": {}, "precision": {}, "recall": {}, "mean_absolute_error": {}, "mean_squared_error": {},
    "root_mean_squared_error": {}, "mean_relative_error": {"normalizer": SCORES + 1}, "true_positives": {},
    "false_negatives": {}, "precision_at_thresholds": {"thresholds": [0.2, 0.6]},
    "sensitivity_at_specificity": {"specificity": 0.4}, "mean_iou": {"num_classes": 2},
    "true_negatives_at_thresholds": {"thresholds": [0.3]},
}  # fmt: skip


def updated(pair):
    with tf.Session() as sess:
        sess.run(tf.local_variables_initializer())
        return sess.run(pair[1])


@pytest.mark.parametrize("name", MORE)
def test_predictions_come_first(name):
    older, newer = getattr(M, f"streaming_{name}"), getattr(tf.metrics, name)
    guesses = (SCORES > 0.5).astype(np.float32) if name in ("accuracy", "mean_iou", "precision", "recall") else SCORES
    found, wanted = updated(older(guesses, TRUTHS, **MORE[name])), updated(newer(TRUTHS, guesses, **MORE[name]))
    np.testing.assert_array_equal(found, wanted)
    named = updated(older(labels=TRUTHS, predictions=guesses, **MORE[name]))
    np.testing.assert_array_equal(named, wanted)
    assert list(inspect.signature(older).parameters)[:2] == ["predictions", "labels"] and name in older.__doc__


def test_hits_among_the_greatest():
    rows = RNG.normal(size=(50, 6)).astype(np.float32)
    classes = RNG.integers(0, 6, 50)
    weights = RNG.uniform(size=50).astype(np.float32)
    hits = [label in row.argsort()[-2:] for row, label in zip(rows, classes, strict=True)]
    found = updated(M.streaming_recall_at_k(rows, classes, 2, weights))
    assert found == pytest.approx(np.average(hits, weights=weights), rel=1e-5)


def test_the_share_of_what_is_right():
    run = tf.Session().run
    assert run(M.accuracy(["a", "b"], ["a", "c"])) == 0.5
    weights = [[1.0], [3.0]]
    assert run(M.accuracy([[1, 2], [3, 4]], [[1, 0], [3, 4]], weights)) == pytest.approx(7 / 8)
    with pytest.raises(ValueError, match="dtypes must match"):
        M.accuracy([1], tf.constant([1], tf.int64))
    with pytest.raises(ValueError, match="bool, string or integer"):
        M.accuracy([1.0], [1.0])


def test_values_and_updates_apart():
    pairs = [tf.metrics.mean([1.0, 3.0]), tf.metrics.mean([5.0])]
    values, updates = M.aggregate_metrics(*pairs)
    assert values == [pairs[0][0], pairs[1][0]] and updates == [pairs[0][1], pairs[1][1]]
    values, updates = M.aggregate_metric_map({"a": pairs[0], "b": pairs[1]})
    assert values == {"a": pairs[0][0], "b": pairs[1][0]} and updates["b"] is pairs[1][1]
    with pytest.raises(ValueError, match="at least one"):
        M.aggregate_metrics()
