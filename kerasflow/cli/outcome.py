"""What came of a training, and the files that tell of it.

`train` fills an `Outcome`; `save_outcome` writes all of RUN from it: the run itself (`run_folder`), and for people
``metrics.json``, ``history.csv``, ``predictions_valid.csv``, ``env.json``, ``log.txt`` and the reports.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from kerasflow.cli.console import Console
from kerasflow.cli.results import evaluation
from kerasflow.cli.run import Run
from kerasflow.cli.run_folder import save_run
from kerasflow.cli.scores import Answers
from kerasflow.core.version import __version__
from kerasflow.estimators.tabular import Columns
from kerasflow.estimators.targets import LabelTarget
from kerasflow.io.files import write_text
from kerasflow.io.json_file import write_json
from kerasflow.io.table import write_table

__all__ = ["HeldOut", "Outcome", "prediction_columns", "save_outcome"]

PACKAGES = ("numpy", "scipy", "scikit-learn", "pandas", "h5py", "tqdm", "llvmlite")


@dataclass(frozen=True)
class HeldOut:
    """The rows held out, and what is predicted for them.

    Args:
        truth: the numbers, float64, or the places of the labels, (rows,).
        predicted: the numbers, (rows,), or the probabilities of the labels, (rows, labels).
        places: of each row the file and the line.
        weights: of the rows; None if they count alike.
        columns: the cells of the columns that predict, of all these rows or of those in `sample`.
        sample: the numbers of these rows that `columns` has, ascending; None for all.
    """

    truth: np.ndarray
    predicted: np.ndarray
    places: Sequence[tuple[str, int]]
    weights: np.ndarray | None = None
    columns: Columns = field(default_factory=dict)
    sample: np.ndarray | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of a training.

    Args:
        run: the model, and what it was trained with.
        data: the files.
        history: of each epoch, the losses and whatever else was measured, by name.
        best_epoch: the epoch whose weights the model has, from 1.
        stopped: why training ended: "epochs", "patience", "time limit", "interrupted", "terminated".
        training_rows: how many rows were learned from.
        held_out: the others.
        seconds: how long it took.
        schema: what the table was taken for, as JSON carries it.
        warnings: what is to be said about the data.
    """

    run: Run
    data: Sequence[str]
    history: Mapping[str, Sequence[float]]
    best_epoch: int
    stopped: str
    training_rows: int
    held_out: HeldOut
    seconds: float
    schema: Mapping[str, Any] = field(default_factory=dict)
    warnings: Sequence[str] = ()


def save_outcome(folder: Path, outcome: Outcome, console: Console) -> dict[str, Any]:
    """Write the files of RUN into a folder, `config.json`, which makes it a run, last.

    Returns:
        What `metrics.json` holds.
    """
    metrics = _metrics(outcome)
    write_json(folder / "metrics.json", metrics)
    epochs = np.arange(1, len(next(iter(outcome.history.values()))) + 1)
    write_table(folder / "history.csv", {"epoch": epochs, **outcome.history})
    _write_predictions(folder / "predictions_valid.csv", outcome)
    write_json(folder / "env.json", _environment())
    write_text(folder / "log.txt", "".join(f"{line}\n" for line in console.lines))
    save_run(folder, outcome.run, outcome.schema)
    return metrics


def prediction_columns(run: Run, predicted: np.ndarray, probabilities: bool) -> dict[str, Any]:
    """The columns that tell of predictions: the prediction, and the probability of each label if asked for."""
    if not isinstance(run.target, LabelTarget):
        return {"prediction": predicted}
    table: dict[str, Any] = {"prediction": run.target.decode(predicted)}
    if probabilities:
        # As float32 they are written with the digits that the network can mean.
        columns = zip(run.target.labels, predicted.T.astype(np.float32), strict=True)
        table |= {f"probability_{label}": column for label, column in columns}
    return table


def _metrics(outcome: Outcome) -> dict[str, Any]:
    run, held_out = outcome.run, outcome.held_out
    answers = Answers.of(held_out.truth, held_out.predicted, held_out.weights)
    return {
        "task": run.target.task,
        "target": run.column,
        "rows": {"training": outcome.training_rows, "validation": len(held_out.truth)},
        "validation": evaluation(run.target, answers),
        "epochs": len(next(iter(outcome.history.values()))),
        "best_epoch": outcome.best_epoch,
        "stopped": outcome.stopped,
        "interrupted": outcome.stopped in ("interrupted", "terminated"),
        "seconds": round(outcome.seconds, 3),
    }


def _write_predictions(path: Path, outcome: Outcome) -> None:
    """The rows held out: where they stand, what is true, what is predicted."""
    run, held_out = outcome.run, outcome.held_out
    several = len(outcome.data) > 1
    table: dict[str, Any] = {"file": [file for file, _ in held_out.places]} if several else {}
    table["line"] = [line for _, line in held_out.places]
    is_label = isinstance(run.target, LabelTarget)
    table["truth"] = np.array(run.target.labels, object)[held_out.truth] if is_label else held_out.truth
    table |= prediction_columns(run, held_out.predicted, probabilities=True)
    if held_out.weights is not None:
        table["weight"] = held_out.weights
    write_table(path, table)


def _environment() -> dict[str, Any]:
    """What the training ran on: versions and the kind of machine, nothing about whose it is."""
    return {
        "kerasflow": __version__,
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "system": platform.system(),
        "release": platform.release(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "packages": {name: found for name in PACKAGES if (found := _version(name))},
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
