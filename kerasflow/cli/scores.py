"""How good predictions are: scikit-learn's metrics, of a model and of always giving the same answer."""

from __future__ import annotations

import math

import numpy as np
from sklearn.metrics import (
    accuracy_score,
    f1_score,
    log_loss,
    mean_absolute_error,
    r2_score,
    roc_auc_score,
    root_mean_squared_error,
)

from kerasflow.estimators.targets import LabelTarget, NumberTarget

__all__ = ["Scores", "baseline_scores", "model_scores"]

Scores = dict[str, float | None]


def model_scores(target: NumberTarget | LabelTarget, truth: np.ndarray, predicted: np.ndarray) -> Scores:
    """The metrics of predictions; None stands for one that these rows do not define.

    Args:
        target: what is predicted.
        truth: the numbers, float64 of shape (rows,), or the places of the labels, integers of shape (rows,).
        predicted: the numbers, (rows,), or the probabilities of the labels, (rows, labels).
    """
    if isinstance(target, NumberTarget):
        return _number_scores(truth, predicted)
    return _label_scores(truth, predicted)


def baseline_scores(target: NumberTarget | LabelTarget, truth: np.ndarray) -> Scores:
    """The metrics of giving every row the mean of the training rows, or the shares of the labels among them."""
    if isinstance(target, NumberTarget):
        return _number_scores(truth, np.full(len(truth), target.mean))
    return _label_scores(truth, np.tile(target.shares, (len(truth), 1)))


def _number_scores(truth: np.ndarray, predicted: np.ndarray) -> Scores:
    differ = truth.min() != truth.max()
    with np.errstate(over="ignore", invalid="ignore"):  # squares of the largest floats
        scores = {
            "rmse": root_mean_squared_error(truth, predicted),
            "mae": mean_absolute_error(truth, predicted),
            "r2": r2_score(truth, predicted) if differ else None,
        }
    return {name: _finite(value) for name, value in scores.items()}


def _label_scores(truth: np.ndarray, probabilities: np.ndarray) -> Scores:
    labels = np.arange(probabilities.shape[1])
    predicted = probabilities.argmax(axis=1)
    scores = {
        "accuracy": accuracy_score(truth, predicted),
        "log_loss": log_loss(truth, probabilities, labels=labels),
        "macro_f1": f1_score(truth, predicted, average="macro"),
    }
    if len(labels) == 2:
        scores["roc_auc"] = roc_auc_score(truth, probabilities[:, 1]) if len(np.unique(truth)) == 2 else None
    return {name: _finite(value) for name, value in scores.items()}


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None
