"""`kerasflow predict`: a run and a table in, a table of predictions out."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

import numpy as np

from kerasflow.cli.dataset import Dataset
from kerasflow.cli.exits import OK, UsageError
from kerasflow.cli.report import Console, count
from kerasflow.cli.run_folder import Run, load_run
from kerasflow.cli.use import check_columns, predict_rows
from kerasflow.estimators.targets import NumberTarget
from kerasflow.io.table import write_table

__all__ = ["predict"]

STDOUT = "-"


def predict(options: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    console = Console.of(options)
    if options.output != STDOUT and os.path.exists(options.output) and os.path.samefile(options.output, options.data):
        raise UsageError(f"-o: {options.output} is the table itself")
    run = load_run(options.run)
    if options.proba and isinstance(run.target, NumberTarget):
        raise UsageError(f"--proba: {options.run} predicts a number, which has no probabilities")
    data = Dataset(options.data)
    check_columns(run, options.run, data, with_target=False)
    table = _table(run, predict_rows(run, data, console), options.proba)
    write_table(sys.stdout if options.output == STDOUT else options.output, table)
    if options.output != STDOUT:
        console.note(f"{options.output}: {count(len(data), 'prediction')}")
    return OK


def _table(run: Run, predicted: np.ndarray, proba: bool) -> dict[str, Any]:
    """The columns of the file to write: the prediction, and the probability of each label if asked for."""
    if isinstance(run.target, NumberTarget):
        return {"prediction": predicted}
    table = {"prediction": run.target.decode(predicted)}
    if proba:
        # As float32 they are written with the digits that the network can mean.
        columns = zip(run.target.labels, predicted.T.astype(np.float32), strict=True)
        table |= {f"probability_{label}": column for label, column in columns}
    return table
