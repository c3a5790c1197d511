"""How good predictions are: scikit-learn's metrics, of a model and of always giving the same answer.

What a metric needs of a row is little, whatever the number of labels: `Answers` holds it, and is put together from
chunks, so that a table need not fit into memory to be evaluated.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn import metrics as sk

from kerasflow.estimators.targets import LabelTarget, NumberTarget

__all__ = [
    "METRICS",
    "Answers",
    "Metric",
    "Scores",
    "base_rate",
    "baseline_of",
    "confusion",
    "known_metrics",
    "per_class",
    "scored",
]

Scores = dict[str, float | None]
Target = NumberTarget | LabelTarget
SURE = float(np.finfo(np.float64).eps)  # no probability counts as less in the log loss, as in scikit-learn


@dataclass(frozen=True)
class Answers:
    """Of each row the truth, and what metrics need of the prediction; arrays of shape (rows,).

    Args:
        truth: the numbers, float64, or the places of the labels, integers.
        predicted: the same of the prediction.
        chance: the probability that was given to the true label; None for numbers.
        positive: the probability of the second of two labels; None for numbers and for more labels.
        weights: how much a row counts; None for rows that count alike.
    """

    truth: np.ndarray
    predicted: np.ndarray
    chance: np.ndarray | None = None
    positive: np.ndarray | None = None
    weights: np.ndarray | None = None

    @classmethod
    def of(cls, truth: np.ndarray, predicted: np.ndarray, weights: np.ndarray | None = None) -> Answers:
        """What metrics need of predictions.

        Args:
            truth: the numbers, or the places of the labels, (rows,).
            predicted: the numbers, (rows,), or the probabilities of the labels, (rows, labels).
            weights: of the rows.
        """
        if predicted.ndim == 1:
            return cls(truth, predicted, weights=weights)
        chance = predicted[np.arange(len(truth)), truth]
        positive = predicted[:, 1].copy() if predicted.shape[1] == 2 else None
        return cls(truth, predicted.argmax(axis=1), chance, positive, weights)

    @classmethod
    def joined(cls, parts: Sequence[Answers]) -> Answers:
        """All rows of several."""
        columns = zip(*(vars(part).values() for part in parts), strict=True)
        return cls(*(None if arrays[0] is None else np.concatenate(arrays) for arrays in columns))

    def take(self, rows: np.ndarray) -> Answers:
        """Some of the rows."""
        return Answers(*(None if array is None else array[rows] for array in vars(self).values()))

    def __len__(self) -> int:
        return len(self.truth)


@dataclass(frozen=True)
class Metric:
    """A metric.

    Args:
        title: what people call it.
        task: "regression" or "classification"; "binary" for what needs two labels; "several" for what two labels do
            not need.
        compute: its value; NaN where the rows do not define it.
        usual: whether it is shown if nobody chooses.
    """

    title: str
    task: str
    compute: Callable[[Answers], float]
    usual: bool = True


def baseline_of(target: Target, answers: Answers) -> Answers:
    """The answers of giving every row the mean of the training rows, or the shares of the labels among them."""
    rows = len(answers)
    if isinstance(target, NumberTarget):
        return Answers(answers.truth, np.full(rows, target.mean), weights=answers.weights)
    shares = np.array(target.shares)
    positive = np.full(rows, shares[1]) if len(shares) == 2 else None
    guess = np.full(rows, shares.argmax())
    return Answers(answers.truth, guess, shares[answers.truth], positive, answers.weights)


def known_metrics(target: Target) -> dict[str, Metric]:
    """The metrics that there are for a target, by name."""
    tasks = {"regression"} if isinstance(target, NumberTarget) else {"classification", "several"}
    if target.task == "classification" and target.outputs == 2:
        tasks.add("binary")
    return {name: metric for name, metric in METRICS.items() if metric.task in tasks}


def scored(target: Target, answers: Answers, names: Sequence[str] | None = None) -> Scores:
    """The metrics of answers; None stands for one that these rows do not define.

    Args:
        target: what is predicted.
        answers: what was predicted.
        names: which metrics; the usual ones otherwise.

    >>> answers = Answers.of(np.array([1.0, 2.0, 6.0]), np.array([1.0, 4.0, 5.0]))
    >>> scored(NumberTarget(3.0, 1.0), answers, ["mae", "median_ae"])
    {'mae': 1.0, 'median_ae': 1.0}
    """
    known = known_metrics(target)
    unusual = "several" if target.outputs == 2 else ""
    usual = [name for name, metric in known.items() if metric.usual and metric.task != unusual]
    chosen = usual if names is None else names
    if answers.weights is not None:
        answers = answers.take(answers.weights > 0)
    if not len(answers):
        return dict.fromkeys(chosen)
    with np.errstate(over="ignore", invalid="ignore"):  # squares of the largest floats
        return {name: _finite(known[name].compute(answers)) for name in chosen}


def base_rate(answers: Answers) -> float:
    """The share of the second of two labels."""
    return float(np.average(answers.truth == 1, weights=answers.weights))


def confusion(target: LabelTarget, answers: Answers) -> list[list[float]]:
    """How many rows, or how much weight, of each label (the rows) was predicted to be each (the columns)."""
    places = np.arange(target.outputs)
    matrix = sk.confusion_matrix(answers.truth, answers.predicted, labels=places, sample_weight=answers.weights)
    return matrix.tolist()


def per_class(target: LabelTarget, answers: Answers) -> list[dict[str, Any]]:
    """Of each label its rows, and how well it is found: precision, recall, F1; None where nothing defines it."""
    places = np.arange(target.outputs)
    found = sk.precision_recall_fscore_support(
        answers.truth, answers.predicted, labels=places, sample_weight=answers.weights, zero_division=np.nan
    )
    rows = np.bincount(answers.truth, minlength=target.outputs)
    names = ("precision", "recall", "f1")
    return [
        {"label": label, "rows": int(rows[k])} | {name: _finite(found[i][k]) for i, name in enumerate(names)}
        for k, label in enumerate(target.labels)
    ]


def _numbers(function: Callable[..., float]) -> Callable[[Answers], float]:
    return lambda a: function(a.truth, a.predicted, sample_weight=a.weights)


def _r2(a: Answers) -> float:
    return sk.r2_score(a.truth, a.predicted, sample_weight=a.weights) if np.ptp(a.truth) > 0 else math.nan


def _log_loss(a: Answers) -> float:
    return float(-np.average(np.log(np.clip(a.chance, SURE, 1.0)), weights=a.weights))


def _two(function: Callable[..., float], classes: int = 2) -> Callable[[Answers], float]:
    """A metric of probabilities, which needs the positive label among the rows, or both."""
    return lambda a: (
        function(a.truth, a.positive, sample_weight=a.weights)
        if (a.truth == 1).any() and len(np.unique(a.truth)) >= classes
        else math.nan
    )


def _f1(average: str) -> Callable[[Answers], float]:
    return lambda a: sk.f1_score(a.truth, a.predicted, average=average, sample_weight=a.weights, zero_division=np.nan)


def _balanced(a: Answers) -> float:
    return sk.recall_score(a.truth, a.predicted, labels=np.unique(a.truth), average="macro", sample_weight=a.weights)


#: All metrics, by the names that options and files have for them.
METRICS: Mapping[str, Metric] = {
    "rmse": Metric("RMSE", "regression", _numbers(sk.root_mean_squared_error)),
    "mae": Metric("MAE", "regression", _numbers(sk.mean_absolute_error)),
    "r2": Metric("R2", "regression", _r2),
    "median_ae": Metric("median error", "regression", _numbers(sk.median_absolute_error)),
    "bias": Metric("bias", "regression", lambda a: float(np.average(a.predicted - a.truth, weights=a.weights)), False),
    "largest": Metric("largest error", "regression", lambda a: float(np.abs(a.predicted - a.truth).max()), False),
    "log_loss": Metric("log loss", "classification", _log_loss),
    "roc_auc": Metric("ROC AUC", "binary", _two(sk.roc_auc_score)),
    "pr_auc": Metric("PR AUC", "binary", _two(sk.average_precision_score, classes=1)),
    "accuracy": Metric("accuracy", "classification", _numbers(sk.accuracy_score)),
    "f1": Metric("F1", "binary", _f1("binary")),
    "brier": Metric("Brier", "binary", lambda a: float(np.average((a.positive - a.truth) ** 2, weights=a.weights))),
    "macro_f1": Metric("macro F1", "several", _f1("macro")),
    "balanced_accuracy": Metric("balanced accuracy", "classification", _balanced, False),
    "mcc": Metric("MCC", "classification", _numbers(sk.matthews_corrcoef), False),
}


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None
