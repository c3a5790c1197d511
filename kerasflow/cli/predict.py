"""`kerasflow predict`: a run and a table in, a table of predictions out, a chunk at a time."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TextIO

import numpy as np

from kerasflow.cli.bad_rows import BadRows
from kerasflow.cli.console import STDOUT, Console, count
from kerasflow.cli.exits import OK, UsageError
from kerasflow.cli.predictions_text import CsvWriter, JsonWriter, text_file
from kerasflow.cli.run import Run
from kerasflow.cli.run_folder import load_run
from kerasflow.cli.use import Table
from kerasflow.estimators.targets import NumberTarget
from kerasflow.io.files import atomic_path, full_disk_at

__all__ = ["predict"]

STREAM = "-"


def predict(options: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    console, started = Console.of(options), time.monotonic()
    run = load_run(options.run)
    _check_options(options, run)
    keep = [name for names in options.keep for name in names]
    table = Table(run, options, [("--keep", name) for name in keep], raw=keep)
    _check_output(options.output, table.paths)
    errors = BadRows(options.on_error, table.numeric, table.name, console)
    rows = 0
    with _opened(options.output) as stream:
        writer = JsonWriter(stream) if options.json and options.output == STREAM else CsvWriter(stream)
        for chunk in table.chunks(ragged=errors.bearable):
            good = ~errors.of(chunk)
            predicted = table.predict(chunk.take(good).columns(table.kinds))
            answers = run.answers(predicted, options.proba, options.threshold)
            left = good if errors.mode == "skip" else np.ones(len(chunk), bool)
            kept = {name: chunk.texts(name)[left] for name in keep}
            writer.write(_distinct(kept, _spread(answers, good[left])))
            rows += int(left.sum())
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
        with atomic_path(output) as temporary, text_file(temporary, output) as stream:
            yield stream


def _distinct(kept: Mapping[str, Any], answers: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that are kept, then the answers; of two by the same name, that of the table is renamed."""
    return {f"{name} (kept)" if name in answers else name: values for name, values in kept.items()} | dict(answers)


def _spread(answers: Mapping[str, Any], good: np.ndarray) -> dict[str, Any]:
    """The answers for good rows, with none for the rows in between that are in error."""
    if good.all():
        return dict(answers)
    spread = {}
    for name, values in answers.items():
        spread[name] = np.full(len(good), None if values.dtype == object else np.nan, values.dtype)
        spread[name][good] = values
    return spread
