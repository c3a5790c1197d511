"""`kerasflow predict`: a run and a table in, a table of predictions out."""

from __future__ import annotations

import argparse
import os
import sys

from kerasflow.cli.dataset import Dataset
from kerasflow.cli.exits import OK, UsageError
from kerasflow.cli.report import Console, count
from kerasflow.cli.run_folder import load_run
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
    table = run.answers(predict_rows(run, data, console), options.proba)
    write_table(sys.stdout if options.output == STDOUT else options.output, table)
    if options.output != STDOUT:
        console.note(f"{options.output}: {count(len(data), 'prediction')}")
    return OK
