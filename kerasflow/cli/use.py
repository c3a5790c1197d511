"""What evaluating and predicting have in common: a run, and a table that fits it."""

from __future__ import annotations

import numpy as np

from kerasflow.cli.dataset import Dataset
from kerasflow.cli.exits import ModelError
from kerasflow.cli.report import Console, count
from kerasflow.cli.run import Run

__all__ = ["check_columns", "predict_rows"]


def check_columns(run: Run, path: str, data: Dataset, with_target: bool) -> None:
    """Check that the table has the columns of a run, in any order.

    Args:
        run: what was trained.
        path: its folder.
        data: the table.
        with_target: whether the target is needed too.

    Raises:
        ModelError: columns are missing; it lists them, and those that the run does not know.
    """
    wanted = [column.name for column in run.encoder.columns] + [run.column] * with_target
    missing = [name for name in wanted if name not in data.names]
    if missing:
        extra = [name for name in data.names if name not in (*wanted, run.column)]
        more = f"; columns it does not know: {', '.join(extra)}" if extra else ""
        raise ModelError(f"{data.path}: the table does not fit {path}; missing columns: {', '.join(missing)}{more}")


def predict_rows(run: Run, data: Dataset, console: Console) -> np.ndarray:
    """The predicted numbers, or the probabilities of the labels, for each row; says how many texts were new."""
    columns = data.columns({column.name: column.kind for column in run.encoder.columns})
    for name, size in run.encoder.unseen(columns).items():
        console.note(f"{data.path}: {count(size, 'row')} with a text in {name!r} that training did not learn")
    return run.predict(columns)
