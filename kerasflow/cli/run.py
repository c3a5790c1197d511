"""What training makes: a network with all that is needed to use it on tables, and what there is to tell of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kerasflow.cli.network import predictions
from kerasflow.estimators.tabular import Columns, TabularEncoder
from kerasflow.estimators.targets import LabelTarget, NumberTarget
from kerasflow.io.json_file import Fields, JsonError

__all__ = ["HeldOut", "Outcome", "Run", "check_digests", "digest"]


@dataclass(frozen=True)
class Run:
    """What training made and what evaluating, predicting and exporting use.

    Args:
        column: the name of the column that is predicted.
        target: how its values and the network's outputs belong together.
        encoder: how the other columns become features.
        model: the fitted model, from features to outputs.
        options: what the command line of the training was, for whoever wants to repeat it.
    """

    column: str
    target: NumberTarget | LabelTarget
    encoder: TabularEncoder
    model: Any
    options: Mapping[str, Any] = field(default_factory=dict)

    def predict(self, columns: Columns) -> np.ndarray:
        """The predicted numbers, float64 of shape (rows,), or the probabilities of the labels, (rows, labels).

        Args:
            columns: of each column its values, float64 for numbers and objects for texts.

        Raises:
            DivergedError: an output is not finite.
        """
        return predictions(self.model, self.target, self.encoder.transform(columns))

    def answers(self, predicted: np.ndarray, probabilities: bool, threshold: float | None = None) -> dict[str, Any]:
        """The columns that tell of predictions.

        Args:
            predicted: what `predict` gave.
            probabilities: whether to tell the probability of each label.
            threshold: the probability from which on the second of two labels is predicted, instead of one half.
        """
        if isinstance(self.target, NumberTarget):
            return {"prediction": predicted}
        table: dict[str, Any] = {"prediction": self.target.decode(predicted)}
        if threshold is not None:
            table["prediction"] = np.array(self.target.labels, object)[(predicted[:, 1] >= threshold).astype(int)]
        if probabilities:
            # As float32 they are written with the digits that the network can mean.
            columns = zip(self.target.labels, predicted.T.astype(np.float32), strict=True)
            table |= {f"probability_{label}": column for label, column in columns}
        return table

    @property
    def loss_name(self) -> str:
        """The metric that says how wrong predictions are."""
        return "rmse" if isinstance(self.target, NumberTarget) else "log_loss"


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


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    with open(path, "rb") as stream:
        result = hashlib.sha256()
        while block := stream.read(1 << 20):
            result.update(block)
    return result.hexdigest()


def check_digests(folder: Path, sums: Fields, names: Sequence[str]) -> None:
    """Check that files are what training wrote. Raises JsonError: one is not; FileNotFoundError: one is missing."""
    for name in names:
        if digest(folder / name) != sums.text(name):
            raise JsonError(f"{name} is not the file that training wrote")
    sums.done()
