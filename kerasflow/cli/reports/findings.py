"""What can be found out from the rows held out: which columns matter, how probabilities hold, where it errs most."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasflow.cli.console import number
from kerasflow.cli.run import HeldOut, Run
from kerasflow.cli.scores import Answers, scored
from kerasflow.estimators.targets import LabelTarget

__all__ = ["Bin", "Importance", "Miss", "calibration", "importances", "largest_errors"]

REPEATS = 5
MOST_ROWS = 1000  # that importances are computed on
SECONDS = 10.0  # that they may take
BINS = 10
MISSES = 10


@dataclass(frozen=True)
class Importance:
    """How much worse predictions become when the cells of a column are shuffled.

    Args:
        column: its name.
        mean, deviation: of the loss with shuffled cells over the one without, less 1, in several shuffles.
        repeats: how many.
    """

    column: str
    mean: float
    deviation: float
    repeats: int


@dataclass(frozen=True)
class Bin:
    """Rows whose probabilities lie close together.

    Args:
        rows: how many.
        predicted: the mean of their probabilities.
        found: the share of them that has the label.
    """

    rows: int
    predicted: float
    found: float


@dataclass(frozen=True)
class Miss:
    """A row that is predicted badly.

    Args:
        place: its file and line.
        truth, predicted: as people write them.
        size: the error of a number, or the probability that the true label was given.
        cells: what it holds, by column.
    """

    place: tuple[str, int]
    truth: str
    predicted: str
    size: float
    cells: Mapping[str, Any]


def importances(run: Run, held_out: HeldOut, seed: int = 0, seconds: float = SECONDS) -> list[Importance]:
    """How much each column matters to the predictions, the most important one first.

    The loss is the RMSE of numbers and the log loss of labels. Columns that tell the same stand in for one another, so
    that none of them seems to matter.

    Args:
        run: the model.
        held_out: rows that it did not learn from, with their cells.
        seed: of the shuffles.
        seconds: how long this may take; columns that it does not reach are left out.

    Source: Breiman, Random Forests, Machine Learning 45, 2001, section 10.
    """
    end = time.monotonic() + seconds
    rows = np.arange(len(held_out.truth)) if held_out.sample is None else held_out.sample
    used = np.sort(np.random.default_rng(seed).permutation(len(rows))[:MOST_ROWS])
    columns = {name: cells[used] for name, cells in held_out.columns.items()}
    truth, weights = held_out.truth[rows[used]], None if held_out.weights is None else held_out.weights[rows[used]]
    base = _loss(run, truth, run.predict(columns), weights) if len(used) > 1 else None
    if not base:
        return []
    losses: dict[str, list[float]] = {column.name: [] for column in run.encoder.columns if column.features}
    for repeat in range(REPEATS):
        for place, name in enumerate(losses):
            if time.monotonic() > end:
                break
            order = np.random.default_rng([seed, repeat, place]).permutation(len(used))
            shuffled = _loss(run, truth, run.predict({**columns, name: columns[name][order]}), weights)
            losses[name] += [] if shuffled is None else [shuffled / base - 1.0]
    found = [Importance(name, float(np.mean(x)), float(np.std(x)), len(x)) for name, x in losses.items() if x]
    return sorted(found, key=lambda item: -item.mean)


def calibration(answers: Answers) -> list[Bin]:
    """Of two labels, how often rows of about the same probability have the second one, in the tenths that have rows."""
    if answers.positive is None:
        return []
    place = np.minimum((answers.positive * BINS).astype(int), BINS - 1)
    bins = []
    for k in range(BINS):
        part = answers.take(place == k)
        weight = None if part.weights is None else part.weights
        if len(part) and (weight is None or weight.sum() > 0):
            predicted = np.average(part.positive, weights=weight)
            bins.append(Bin(len(part), float(predicted), float(np.average(part.truth == 1, weights=weight))))
    return bins


def largest_errors(run: Run, held_out: HeldOut) -> list[Miss]:
    """The rows that are predicted worst, the worst first: those that are furthest off, or least of all expected."""
    answers = Answers.of(held_out.truth, held_out.predicted)
    is_label = isinstance(run.target, LabelTarget)
    size = -answers.chance if answers.chance is not None else np.abs(answers.predicted - answers.truth)
    where = {int(row): k for k, row in enumerate(held_out.sample)} if held_out.sample is not None else None
    misses = []
    for row in np.argsort(-size, kind="stable")[:MISSES].tolist():
        if is_label and answers.truth[row] == answers.predicted[row]:
            continue
        k = row if where is None else where.get(row)
        cells = {} if k is None else {name: cells[k] for name, cells in held_out.columns.items()}
        truth, predicted = (_shown(run, values[row]) for values in (answers.truth, answers.predicted))
        misses.append(Miss(held_out.places[row], truth, predicted, abs(float(size[row])), cells))
    return misses


def _loss(run: Run, truth: np.ndarray, predicted: np.ndarray, weights: np.ndarray | None) -> float | None:
    [loss] = scored(run.target, Answers.of(truth, predicted, weights), [run.loss_name]).values()
    return loss


def _shown(run: Run, value: Any) -> str:
    return run.target.labels[int(value)] if isinstance(run.target, LabelTarget) else number(float(value))
