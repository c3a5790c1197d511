"""A trained network and all that is needed to use it on tables."""

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

__all__ = ["Run", "check_digests", "digest"]


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
