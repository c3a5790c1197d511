"""The metrics are right on examples worked by hand, and None where the rows do not define them."""

import math

import numpy as np
import pytest

from kerasflow.cli.scores import baseline_scores, model_scores
from kerasflow.estimators.targets import LabelTarget, NumberTarget


def test_metrics_of_numbers():
    truth, predicted = np.array([1.0, 2.0, 6.0]), np.array([1.0, 4.0, 5.0])
    scores = model_scores(NumberTarget(0.0, 1.0), truth, predicted)
    # Errors 0, 2, -1; the truth is -2, -1, 3 from its mean.
    assert scores == pytest.approx({"rmse": math.sqrt(5 / 3), "mae": 1.0, "r2": 1 - 5 / 14}, rel=1e-12)


def test_baseline_of_numbers_is_the_mean_of_training():
    scores = baseline_scores(NumberTarget(4.0, 1.0), np.array([1.0, 2.0, 6.0]))
    assert scores == pytest.approx({"rmse": math.sqrt(17 / 3), "mae": 7 / 3, "r2": 1 - 17 / 14}, rel=1e-12)


def test_rows_that_are_all_the_same_have_no_r2():
    assert model_scores(NumberTarget(0.0, 1.0), np.array([2.0, 2.0]), np.array([1.0, 3.0]))["r2"] is None
    assert model_scores(NumberTarget(0.0, 1.0), np.array([2.0]), np.array([1.0])) == {
        "rmse": 1.0,
        "mae": 1.0,
        "r2": None,
    }


def test_numbers_whose_squares_overflow_have_no_error():
    scores = model_scores(NumberTarget(0.0, 1.0), np.array([1e300, -1e300]), np.array([0.0, 0.0]))
    assert scores["rmse"] is None and scores["mae"] == 1e300


def test_metrics_of_two_labels():
    target = LabelTarget(("no", "yes"), (0.75, 0.25))
    truth = np.array([0, 0, 1, 1])
    probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.3, 0.7], [0.8, 0.2]])
    expected = {
        "accuracy": 0.5,
        "log_loss": -(math.log(0.9) + math.log(0.4) + math.log(0.7) + math.log(0.2)) / 4,
        "macro_f1": 0.5,  # of both: 1 right, 1 missed, 1 wrongly found
        "roc_auc": 0.75,  # of 4 pairs only (0.6, 0.2) is the wrong way round
    }
    assert model_scores(target, truth, probabilities) == pytest.approx(expected, rel=1e-12)


def test_baseline_of_labels_is_their_shares():
    scores = baseline_scores(LabelTarget(("no", "yes"), (0.75, 0.25)), np.array([0, 0, 1]))
    expected = {
        "accuracy": 2 / 3,
        "log_loss": -(2 * math.log(0.75) + math.log(0.25)) / 3,
        "macro_f1": 0.4,  # 0.8 for "no": precision 2/3, recall 1; 0 for "yes"
        "roc_auc": 0.5,
    }
    assert scores == pytest.approx(expected, rel=1e-12)


def test_labels_that_do_not_occur():
    target = LabelTarget(("a", "b", "c"), (0.5, 0.3, 0.2))
    scores = model_scores(target, np.array([1, 1]), np.array([[0.2, 0.5, 0.3], [0.0, 1.0, 0.0]]))
    assert scores == pytest.approx({"accuracy": 1.0, "log_loss": -math.log(0.5) / 2, "macro_f1": 1.0}, rel=1e-12)
    one = model_scores(LabelTarget(("a", "b"), (0.5, 0.5)), np.array([1]), np.array([[0.2, 0.8]]))
    assert one["roc_auc"] is None
