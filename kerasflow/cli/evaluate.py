"""`kerasflow evaluate`: the metrics of a run on a table."""

from __future__ import annotations

import argparse

import numpy as np

from kerasflow.cli.dataset import Dataset
from kerasflow.cli.exits import OK
from kerasflow.cli.report import Console
from kerasflow.cli.results import evaluation, evaluation_text
from kerasflow.cli.run import Run
from kerasflow.cli.run_folder import load_run
from kerasflow.cli.scores import Answers
from kerasflow.cli.use import check_columns, predict_rows
from kerasflow.estimators.targets import NumberTarget, UnknownLabelError

__all__ = ["evaluate"]


def evaluate(options: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    console = Console.of(options)
    run, data = load_run(options.run), Dataset(options.data)
    check_columns(run, options.run, data, with_target=True)
    data.keep_rows_with(run.column, console)
    truth = _truth(run, data)
    found = evaluation(run.target, Answers.of(truth, predict_rows(run, data, console)))
    console.result(evaluation_text(options.data, found), {"data": options.data, **found})
    return OK


def _truth(run: Run, data: Dataset) -> np.ndarray:
    if isinstance(run.target, NumberTarget):
        return data.numbers(run.column)
    try:
        return run.target.encode(data.texts(run.column))
    except UnknownLabelError as error:
        raise data.error(str(error), error.row, run.column) from error
