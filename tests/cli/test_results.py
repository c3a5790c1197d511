"""Results as tables that people read."""

import numpy as np

from kerasflow.cli.results import evaluation, evaluation_text, metrics_table
from kerasflow.cli.scores import Answers
from kerasflow.estimators.targets import LabelTarget, NumberTarget


def test_the_metrics():
    model = {"accuracy": 0.97, "log_loss": 0.0812349, "roc_auc": None}
    baseline = {"accuracy": 0.6, "log_loss": 0.67, "roc_auc": None}
    assert metrics_table("validation, 114 rows", model, baseline).splitlines() == [
        "validation, 114 rows     model  baseline",
        "accuracy                  0.97       0.6",
        "log loss              0.081235      0.67",
        "ROC AUC                      -         -",
    ]


def test_two_labels():
    target = LabelTarget(("no", "yes"), (0.75, 0.25))
    probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.3, 0.7], [0.8, 0.2]])
    found = evaluation(target, Answers.of(np.array([0, 0, 1, 1]), probabilities))
    assert found["base_rate"] == 0.5 and found["confusion"]["matrix"] == [[1, 1], [1, 1]]
    assert evaluation_text("NEW.csv", found).splitlines()[-5:] == [
        "base rate of yes: 0.5",
        "",
        "is \\ predicted  no  yes",
        "no               1    1",
        "yes              1    1",
    ]


def test_more_labels():
    target = LabelTarget(("a", "b", "c"), (0.5, 0.3, 0.2))
    probabilities = np.eye(3)[[0, 1, 1, 1]] * 0.7 + 0.1
    found = evaluation(target, Answers.of(np.array([0, 1, 1, 0]), probabilities))
    assert "base_rate" not in found
    text = evaluation_text("NEW.csv", found)
    assert text.startswith("NEW.csv, 4 rows")
    assert text.split("\n\n")[1:] == [
        "is \\ predicted  a  b  c\na               1  1  0\nb               0  2  0\nc               0  0  0",
        "class  rows  precision  recall       F1\n"
        "a         2          1     0.5  0.66667\n"
        "b         2    0.66667       1      0.8\n"
        "c         0          -       -        -",
    ]


def test_many_labels_are_not_all_shown():
    target = LabelTarget(tuple(f"c{k}" for k in range(30)), (1 / 30,) * 30)
    found = evaluation(target, Answers.of(np.arange(30), np.eye(30)))
    text = evaluation_text("NEW.csv", found)
    assert "predicted" not in text and text.endswith("\n... and 18 more") and len(found["per_class"]) == 30


def test_very_many_labels_have_no_table_of_confusion():
    target = LabelTarget(tuple(f"c{k:03}" for k in range(201)), (1 / 201,) * 201)
    found = evaluation(target, Answers.of(np.arange(201), np.eye(201)))
    assert "confusion" not in found and len(found["per_class"]) == 201
    assert evaluation_text("NEW.csv", found).endswith("\n... and 189 more")


def test_numbers():
    found = evaluation(NumberTarget(2.0, 1.0), Answers.of(np.array([1.0, 3.0]), np.array([1.0, 2.0])))
    assert set(found) == {"rows", "model", "baseline"}
    assert evaluation_text("NEW.csv", found).splitlines()[0].startswith("NEW.csv, 2 rows")
