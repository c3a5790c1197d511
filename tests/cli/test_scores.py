"""The metrics are right on examples worked by hand and by scikit-learn, and None where the rows do not define them."""

import math

import numpy as np
import pytest
from sklearn import metrics as sk

from kerasflow.cli.scores import METRICS, Answers, baseline_of, confusion, known_metrics, per_class, scored
from kerasflow.estimators.targets import LabelTarget, NumberTarget

NUMBER = NumberTarget(0.0, 1.0)
TWO = LabelTarget(("no", "yes"), (0.75, 0.25))


def test_metrics_of_numbers():
    scores = scored(NUMBER, Answers.of(np.array([1.0, 2.0, 6.0]), np.array([1.0, 4.0, 5.0])), list(METRICS)[:6])
    # Errors 0, 2, -1; the truth is -2, -1, 3 from its mean.
    expected = {"rmse": math.sqrt(5 / 3), "mae": 1.0, "r2": 1 - 5 / 14, "median_ae": 1.0, "bias": 1 / 3, "largest": 2.0}
    assert scores == pytest.approx(expected, rel=1e-12)


def test_the_usual_metrics():
    assert list(scored(NUMBER, Answers.of(np.array([1.0, 2.0]), np.zeros(2)))) == ["rmse", "mae", "r2", "median_ae"]
    answers = Answers.of(np.array([0, 1]), np.full((2, 2), 0.5))
    assert list(scored(TWO, answers)) == ["log_loss", "roc_auc", "pr_auc", "accuracy", "f1", "brier"]
    three = LabelTarget(("a", "b", "c"), (0.5, 0.25, 0.25))
    answers = Answers.of(np.array([0, 1]), np.full((2, 3), 1 / 3))
    assert list(scored(three, answers)) == ["log_loss", "accuracy", "macro_f1"]
    assert "roc_auc" not in known_metrics(three) and "macro_f1" in known_metrics(TWO)


def test_baseline_of_numbers_is_the_mean_of_training():
    answers = Answers.of(np.array([1.0, 2.0, 6.0]), np.zeros(3))
    scores = scored(NUMBER, baseline_of(NumberTarget(4.0, 1.0), answers))
    expected = {"rmse": math.sqrt(17 / 3), "mae": 7 / 3, "r2": 1 - 17 / 14, "median_ae": 2.0}
    assert scores == pytest.approx(expected, rel=1e-12)


def test_rows_that_are_all_the_same_have_no_r2():
    assert scored(NUMBER, Answers.of(np.array([2.0, 2.0]), np.array([1.0, 3.0])))["r2"] is None
    one = scored(NUMBER, Answers.of(np.array([2.0]), np.array([1.0])))
    assert one == {"rmse": 1.0, "mae": 1.0, "r2": None, "median_ae": 1.0}


def test_numbers_whose_squares_overflow_have_no_error():
    scores = scored(NUMBER, Answers.of(np.array([1e300, -1e300]), np.array([0.0, 0.0])))
    assert scores["rmse"] is None and scores["mae"] == 1e300


def test_metrics_of_two_labels():
    probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.3, 0.7], [0.8, 0.2]])
    expected = {
        "accuracy": 0.5,
        "log_loss": -(math.log(0.9) + math.log(0.4) + math.log(0.7) + math.log(0.2)) / 4,
        "macro_f1": 0.5,  # of both: 1 right, 1 missed, 1 wrongly found
        "f1": 0.5,
        "roc_auc": 0.75,  # of 4 pairs only (0.6, 0.2) is the wrong way round
        "pr_auc": 0.5 * 1 + 0.5 * 2 / 3,  # recall 1/2 at precision 1, recall 1 at precision 2/3
        "brier": (0.01 + 0.36 + 0.09 + 0.64) / 4,
        "balanced_accuracy": 0.5,
        "mcc": 0.0,
    }
    answers = Answers.of(np.array([0, 0, 1, 1]), probabilities)
    assert scored(TWO, answers, list(expected)) == pytest.approx(expected, rel=1e-12)


def test_baseline_of_labels_is_their_shares():
    answers = Answers.of(np.array([0, 0, 1]), np.full((3, 2), 0.5))
    expected = {
        "accuracy": 2 / 3,
        "log_loss": -(2 * math.log(0.75) + math.log(0.25)) / 3,
        "macro_f1": 0.4,  # 0.8 for "no": precision 2/3, recall 1; 0 for "yes"
        "roc_auc": 0.5,
        "pr_auc": 1 / 3,
        "f1": 0.0,
        "brier": (2 * 0.25**2 + 0.75**2) / 3,
    }
    assert scored(TWO, baseline_of(TWO, answers), list(expected)) == pytest.approx(expected, rel=1e-12)


def test_labels_that_do_not_occur():
    target = LabelTarget(("a", "b", "c"), (0.5, 0.3, 0.2))
    scores = scored(target, Answers.of(np.array([1, 1]), np.array([[0.2, 0.5, 0.3], [0.0, 1.0, 0.0]])))
    assert scores == pytest.approx({"accuracy": 1.0, "log_loss": -math.log(0.5) / 2, "macro_f1": 1.0}, rel=1e-12)
    for truth, defined in ((1, {"pr_auc": 1.0, "f1": 1.0}), (0, {"pr_auc": None, "f1": 0.0})):
        one = scored(TWO, Answers.of(np.array([truth]), np.array([[0.2, 0.8]])))
        assert one["roc_auc"] is None and defined.items() <= one.items()
    assert scored(TWO, Answers.of(np.array([0]), np.array([[0.9, 0.1]])))["f1"] is None


def test_a_wrong_answer_that_was_certain_has_a_log_loss():
    answers = Answers.of(np.array([1, 0]), np.array([[1.0, 0.0], [1.0, 0.0]]))
    expected = sk.log_loss([1, 0], [[1.0, 0.0], [1.0, 0.0]], labels=[0, 1])
    assert scored(TWO, answers)["log_loss"] == pytest.approx(expected, rel=1e-12)


@pytest.fixture
def weighted():
    rng = np.random.default_rng(3)
    truth, weights = rng.integers(0, 2, 60), rng.integers(0, 4, 60)
    positive = np.clip(rng.normal(0.3 + 0.4 * truth, 0.3), 0.01, 0.99)
    return truth, np.column_stack([1 - positive, positive]), weights


def test_a_weight_counts_as_repeated_rows(weighted):
    truth, probabilities, weights = weighted
    rows = np.repeat(np.arange(60), weights)
    names = list(known_metrics(TWO))
    by_weight = Answers.of(truth, probabilities, weights.astype(float))
    repeated = Answers.of(truth[rows], probabilities[rows])
    assert scored(TWO, by_weight, names) == pytest.approx(scored(TWO, repeated, names), rel=1e-12)
    assert scored(TWO, baseline_of(TWO, by_weight)) == pytest.approx(scored(TWO, baseline_of(TWO, repeated)), rel=1e-12)
    assert confusion(TWO, by_weight) == confusion(TWO, repeated)
    numbers = Answers.of(probabilities[:, 0], probabilities[:, 1], weights.astype(float))
    twice = Answers.of(probabilities[rows, 0], probabilities[rows, 1])
    names = [name for name in known_metrics(NUMBER) if name not in ("largest", "median_ae")]
    assert scored(NUMBER, numbers, names) == pytest.approx(scored(NUMBER, twice, names), rel=1e-12)


def test_chunks_together_give_what_all_rows_give(weighted):
    truth, probabilities, weights = weighted
    parts = [Answers.of(truth[k : k + 7], probabilities[k : k + 7], weights[k : k + 7]) for k in range(0, 60, 7)]
    whole = Answers.of(truth, probabilities, weights)
    assert scored(TWO, Answers.joined(parts)) == scored(TWO, whole)
    numbers = [Answers.of(truth[k : k + 9] * 1.0, probabilities[k : k + 9, 0]) for k in range(0, 60, 9)]
    assert scored(NUMBER, Answers.joined(numbers)) == scored(NUMBER, Answers.of(truth * 1.0, probabilities[:, 0]))
    some = np.array([3, 1, 59])
    assert scored(TWO, whole.take(some)) == scored(TWO, Answers.of(truth[some], probabilities[some], weights[some]))


def test_rows_of_no_weight_define_nothing():
    answers = Answers.of(np.array([0, 1, 1]), np.full((3, 2), 0.5), np.array([1.0, 0.0, 0.0]))
    assert scored(TWO, answers)["roc_auc"] is None
    nothing = Answers.of(np.array([0, 1]), np.full((2, 2), 0.5), np.zeros(2))
    assert set(scored(TWO, nothing).values()) == {None}


def test_what_is_found_of_each_class():
    target = LabelTarget(("a", "b", "c"), (0.5, 0.3, 0.2))
    answers = Answers.of(np.array([0, 1, 1, 0]), np.eye(3)[[0, 1, 1, 1]])
    assert per_class(target, answers) == [
        {"label": "a", "rows": 2, "precision": 1.0, "recall": 0.5, "f1": pytest.approx(2 / 3)},
        {"label": "b", "rows": 2, "precision": pytest.approx(2 / 3), "recall": 1.0, "f1": pytest.approx(0.8)},
        {"label": "c", "rows": 0, "precision": None, "recall": None, "f1": None},
    ]
