"""Counts of decisions against scikit-learn, at one threshold and at many."""

import numpy as np
import pytest
import sklearn.metrics as reference

import kerasflow as tf

metrics = tf.keras.metrics
RNG = np.random.default_rng(9)
CUTS = [(0, 5), (5, 6), (6, 60)]


def result(metric, y, p, w=None):
    for i, j in CUTS:
        metric.update_state(y[i:j], p[i:j], None if w is None else w[i:j])
    return metric.result()


@pytest.fixture(params=[False, True], ids=["plain", "weighted"])
def weights(request):
    return RNG.uniform(size=60) if request.param else None


@pytest.fixture
def rows():
    return RNG.integers(0, 2, 60), RNG.uniform(size=60).round(1)  # many predictions on the thresholds themselves


@pytest.mark.parametrize("thresholds", [None, 0.3, [0.5], [0.7, 0.2, 0.7, 0.0, 1.0]], ids=str)
def test_scikit_learn_agrees(rows, thresholds, weights):
    y, p = rows
    for name, score in (("Precision", reference.precision_score), ("Recall", reference.recall_score)):
        found = np.atleast_1d(result(getattr(metrics, name)(thresholds), y, p, weights))
        for value, threshold in zip(found, np.atleast_1d(0.5 if thresholds is None else thresholds), strict=True):
            expected = score(y, p > threshold, sample_weight=weights, zero_division=0)
            assert value == pytest.approx(expected, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("thresholds", [None, [0.7, 0.2]], ids=str)
def test_counts(rows, thresholds, weights):
    y, p = rows
    for i, name in enumerate(["TrueNegatives", "FalsePositives", "FalseNegatives", "TruePositives"]):
        found = np.atleast_1d(result(getattr(metrics, name)(thresholds), y, p, weights))
        for value, threshold in zip(found, np.atleast_1d(0.5 if thresholds is None else thresholds), strict=True):
            matrix = reference.confusion_matrix(y, p > threshold, sample_weight=weights)
            assert value == pytest.approx(matrix.ravel()[i], rel=1e-12)


def test_results_have_the_shape_of_the_thresholds():
    assert np.shape(metrics.Precision(0.5)([1], [0.9])) == ()
    assert np.shape(metrics.Precision([0.5])([1], [0.9])) == ()
    assert np.shape(metrics.Recall([0.1, 0.9])([1], [0.9])) == (2,)


def test_one_column_among_several(weights):
    y, p = RNG.integers(0, 2, (60, 3)), RNG.uniform(size=(60, 3))
    for i in range(3):
        expected = reference.precision_score(y[:, i], p[:, i] > 0.5, sample_weight=weights)
        assert result(metrics.Precision(class_id=i), y, p, weights) == pytest.approx(expected, rel=1e-12)
    expected = reference.recall_score(y.ravel(), p.ravel() > 0.5)
    assert result(metrics.Recall(), y, p) == pytest.approx(expected, rel=1e-12)


def test_without_anything_to_count_they_are_0():
    assert metrics.Precision()([0, 1], [0.1, 0.2]) == 0.0
    assert metrics.Recall()([0, 0], [0.9, 0.2]) == 0.0
    assert metrics.Recall()([1, 1], [0.9, 0.2], [0.0, 0.0]) == 0.0
    assert metrics.Recall().result() == 0.0


def test_labels_of_minus_1_and_1():
    assert metrics.Recall()([-1, 1, 1], [0.9, 0.9, 0.1]) == 0.5


@pytest.mark.parametrize(
    "name", ["Precision", "Recall", "TruePositives", "TrueNegatives", "FalsePositives", "AUC", "F1Score"]
)
def test_nan_shows(name):
    assert np.isnan(getattr(metrics, name)()([0, 0, 1, 1], [0.1, np.nan, np.nan, 0.9]))
    if "Negatives" not in name and "Positives" not in name:
        assert np.isnan(getattr(metrics, name)()([0, 1, 1], [0.1, np.nan, 0.9]))


@pytest.mark.parametrize("wrong", [1.5, -0.1, [0.5, 2.0], [], [np.nan]])
def test_thresholds_outside_of_0_and_1(wrong):
    with pytest.raises(ValueError, match=r"Thresholds must be in \[0, 1\]"):
        metrics.Precision(wrong)


def test_configurations():
    assert metrics.Precision(0.3, class_id=1).get_config() == {
        "name": "precision",
        "dtype": None,
        "thresholds": [0.3],
        "class_id": 1,
        "top_k": None,
    }
    assert metrics.Recall(top_k=2).get_config()["thresholds"] is None
    assert "class_id" not in metrics.TruePositives([0.1, 0.2]).get_config()


def test_targets_that_do_not_fit():
    with pytest.raises(ValueError, match="do not fit predictions of shape"):
        metrics.Precision().update_state([0, 1], [[0.1, 0.9], [0.2, 0.8]])
    with pytest.raises(ValueError, match="Sample weights of shape"):
        metrics.Precision().update_state([0, 1], [0.1, 0.9], [[1.0, 2.0], [3.0, 4.0]])


def test_only_the_largest_of_a_row_say_yes():
    """Of equal predictions the first is taken; what is below a threshold says no all the same."""
    y = [[0, 1, 0], [1, 0, 1]]
    p = [[0.2, 0.9, 0.3], [0.4, 0.4, 0.4]]
    for k, options, right, said in ((1, {}, 2, 2), (2, {}, 2, 4), (2, {"thresholds": 0.35}, 2, 3), (3, {}, 3, 6)):
        metric = metrics.Precision(top_k=k, **options)
        metric.update_state(y, p)
        assert float(metric.result()) == pytest.approx(right / said)
    metric = metrics.Recall(top_k=1, class_id=0)
    metric.update_state(y, p)
    assert float(metric.result()) == 1.0
    for k in (0, 4):
        with pytest.raises(ValueError, match="top_k must be from 1 to 3"):
            metrics.Precision(top_k=k).update_state(y, p)
