"""`kerasflow predict`: a run and a table in, a table of predictions out, a chunk at a time."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TextIO

import numpy as np

from kerasflow.cli.console import STDOUT, Console, count
from kerasflow.cli.dataset import Dataset
from kerasflow.cli.exits import OK, DataError, UsageError
from kerasflow.cli.predictions_text import CsvWriter, JsonWriter
from kerasflow.cli.run import Run
from kerasflow.cli.run_folder import load_run
from kerasflow.cli.use import Table
from kerasflow.estimators.targets import NumberTarget
from kerasflow.io.files import atomic_path, full_disk_at
from kerasflow.io.table import number_of

__all__ = ["predict"]

STREAM = "-"
SHOWN_ERRORS = 5


def predict(options: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    console, started = Console.of(options), time.monotonic()
    run = load_run(options.run)
    _check_options(options, run)
    keep = [name for names in options.keep for name in names]
    table = Table(run, options, [("--keep", name) for name in keep], raw=keep)
    _check_output(options.output, table.paths)
    errors = _Errors(table, options.on_error, console)
    rows = 0
    with _opened(options.output) as stream:
        writer = JsonWriter(stream) if options.json and options.output == STREAM else CsvWriter(stream)
        for chunk in table.chunks():
            columns, left = errors.settle(chunk)
            predicted = table.predict(columns)
            answers = run.answers(predicted, options.proba, options.threshold)
            kept = {name: chunk.texts(name)[left] for name in keep}
            writer.write(_distinct(kept, errors.blank(answers)))
            rows += len(left)
        summary = {"rows": rows, "unknown": dict(table.unseen), "errors": errors.count}
        writer.end(summary)
    table.tell_unseen(console)
    errors.tell()
    console.detail(f"{table.name}: {count(rows, 'row')} in {time.monotonic() - started:.1f} s")
    if options.output != STREAM:
        console.note(f"{options.output}: {count(rows, 'prediction')}")
        if options.json:
            console.result("", {"data": table.paths, "output": options.output, **summary})
    return OK


def _check_options(options: argparse.Namespace, run: Run) -> None:
    for option in ("proba", "threshold"):
        if getattr(options, option) not in (None, False) and isinstance(run.target, NumberTarget):
            raise UsageError(f"--{option}: {options.run} predicts a number, which has no probabilities")
    if options.threshold is not None and run.target.outputs != 2:
        raise UsageError(f"--threshold: {options.run} predicts one of {run.target.outputs} classes, not of two")


def _check_output(output: str, paths: list[str]) -> None:
    for path in paths:
        if output != STREAM and os.path.exists(output) and os.path.exists(path) and os.path.samefile(output, path):
            raise UsageError(f"-o: {output} is the table itself")


@contextmanager
def _opened(output: str) -> Iterator[TextIO]:
    """The stream to write to; a file is there whole or not at all, a device or a pipe is written to as it is."""
    if output == STREAM:
        yield STDOUT
    elif os.path.exists(output) and not os.path.isfile(output) and not os.path.isdir(output):
        with full_disk_at(output), open(output, "w", encoding="utf-8", newline="") as stream:
            yield stream
    else:
        with atomic_path(output) as temporary, open(temporary, "w", encoding="utf-8", newline="") as stream:
            yield stream


def _distinct(kept: Mapping[str, Any], answers: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that are kept, then the answers; of two by the same name, that of the table is renamed."""
    return {f"{name} (kept)" if name in answers else name: values for name, values in kept.items()} | dict(answers)


class _Errors:
    """Cells that are no numbers where numbers are needed: an error, or rows to be skipped, or without a prediction."""

    def __init__(self, table: Table, mode: str, console: Console) -> None:
        self.table = table
        self.mode = mode
        self.console = console
        self.count = 0
        self._blank = np.zeros(0, bool)

    def settle(self, chunk: Dataset) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """The columns of a chunk for the encoder, and the numbers of the rows that they have.

        Raises:
            DataError: a cell is no number, and this is not to be passed over.
        """
        bad = np.zeros(len(chunk), bool)
        if self.mode != "fail":
            bad = self._bad_rows(chunk)
        self.count += int(bad.sum())
        left = np.flatnonzero(~bad) if self.mode == "skip" else np.arange(len(chunk))
        self._blank = bad[left]
        if not bad.any():
            return chunk.columns(self.table.kinds), left
        frame = chunk.frame.copy()
        for name, kind in self.table.kinds.items():
            if kind == "numeric" and frame[name].dtype != np.float64:
                frame[name] = frame[name].astype(object)
            if kind == "numeric":
                frame.loc[bad, name] = np.nan
        return Dataset(chunk.path, chunk.dialect, frame.iloc[left]).columns(self.table.kinds), left

    def blank(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """The answers, none for the rows in error."""
        if not self._blank.any():
            return dict(answers)
        empty = {}
        for name, values in answers.items():
            column = np.array(values, object if values.dtype == object else values.dtype)
            column[self._blank] = None if column.dtype == object else np.nan
            empty[name] = column
        return empty

    def tell(self) -> None:
        """Say how many rows were in error."""
        if self.count:
            what = "left out" if self.mode == "skip" else "without a prediction"
            self.console.note(f"{self.table.name}: {count(self.count, 'row')} {what}, for cells that are no numbers")

    def _bad_rows(self, chunk: Dataset) -> np.ndarray:
        bad = np.zeros(len(chunk), bool)
        for name in (name for name, kind in self.table.kinds.items() if kind == "numeric"):
            try:
                chunk.numbers(name)
            except DataError as error:
                if self.count + bad.sum() < SHOWN_ERRORS:
                    self.console.note(str(error))
                bad |= self._no_numbers(chunk, name)
        return bad

    def _no_numbers(self, chunk: Dataset, name: str) -> np.ndarray:
        cells = chunk.texts(name)
        if chunk.frame[name].dtype == np.float64:
            return np.isinf(cells.astype(float))
        found = {
            cell: number_of(cell, chunk.dialect) for cell in {c for c in cells.tolist() if c == c and c is not None}
        }
        wrong = {cell for cell, value in found.items() if value is None or np.isinf(value)}
        return np.array([cell in wrong for cell in cells.tolist()], bool)
