"""`kerasflow train`: a table in, a RUN folder out."""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from kerasflow.cli.checkpoints import Checkpoint, Checkpoints, Interval, newest
from kerasflow.cli.console import STDOUT, Console, count, forget_stdout, plain, shown
from kerasflow.cli.exits import INTERRUPTED, OK, TERMINATED, DataError, ModelError, UsageError
from kerasflow.cli.feeding import Memory, feeds, held_out
from kerasflow.cli.models import MODELS, check_model, default_rate, describe_model
from kerasflow.cli.network import Fit, fit
from kerasflow.cli.opening import open_sheets, tables_of
from kerasflow.cli.outcome import HeldOut, Outcome, save_outcome
from kerasflow.cli.preparing import Task, prepare
from kerasflow.cli.reading import dialect_of
from kerasflow.cli.report import schema_table, target_line
from kerasflow.cli.results import chosen_metrics, evaluation_text
from kerasflow.cli.run import Run, digest
from kerasflow.cli.run_place import RunPlace
from kerasflow.cli.schema import Schema, settled, wishes_of
from kerasflow.cli.sheet import Sheet, warn_of_slips
from kerasflow.cli.sides import LEFT_OUT, TRAINING, VALIDATION
from kerasflow.cli.signals import Stopping
from kerasflow.core.engine.choice import get_engine, has_compiler
from kerasflow.estimators.threads import blas_threads

__all__ = ["train"]

STEPS = 128  # of an epoch, about, where nobody says how large one is
SMALLEST_STEP, LARGEST_STEP = 8, 128  # rows
CODES = {"interrupted": INTERRUPTED, "terminated": TERMINATED}
MOST_HELD_OUT = 1_000_000  # rows of which predictions are kept
SAMPLE = 5000  # rows of which cells are kept, too
DESCRIBED_CELLS = 50_000_000  # up to which all columns are described
SHOWN_CELLS = 4_000_000  # that are looked through for what is shown of columns
# What a training that goes on must have in common with the one before: all but how long, where and how loudly.
FREE = {
    "command", "data", "output", "overwrite", "resume", "checkpoint_every", "epochs", "patience", "time_limit",
    "memory", "cache", "valid_file", "quiet", "verbose", "json", "progress", "report", "metrics", "tensorboard",
}  # fmt: skip


def train(options: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    console, options = Console.of(options), settled(options)
    check_model(options)
    with RunPlace(options.output, options.overwrite, options.resume) as place:
        try:
            return _train(options, place, console)
        except Exception:
            raise
        except BaseException as error:  # Ctrl-C, SIGTERM
            last, _ = newest(place.checkpoints)
            if last is None:
                raise
            word = "interrupted" if isinstance(error, KeyboardInterrupt) else "terminated"
            raise type(error)(f"{word}; --resume goes on with {options.output} after {last}") from None


def _train(options: argparse.Namespace, place: RunPlace, console: Console) -> int:
    started = time.monotonic()
    memory = Memory(options.memory)
    with ExitStack() as stack:
        sheets = open_sheets(options, stack)
        task = prepare(sheets, options, console)
        schema = _introduce(task, options, console)
        step = options.batch_size or _step(task.count(TRAINING))
        rate = options.learning_rate or default_rate(options)
        options = argparse.Namespace(**{**vars(options), "batch_size": step, "learning_rate": rate})
        made_with = _made_with(task, options)
        start = _start(place, made_with, console) if options.resume else None
        network = describe_model(options, len(task.encoder.features), task.target.outputs)
        console.note(f"{network}, {count(task.count(TRAINING), 'row')} in steps of {step}")
        blocks = feeds(task, options, memory, str(place.folder.parent))
        place.make()
        stack.enter_context(blas_threads(options.threads))
        stopping = stack.enter_context(Stopping())
        console.interrupted = lambda: stopping.asked  # in a pipe, Ctrl-C has ended who reads what is said, too
        checkpoints = Checkpoints(place.checkpoints, Interval.read(options.checkpoint_every), made_with, start)
        fitted = fit(options, task.target, len(task.encoder.features), *blocks, checkpoints, stopping, console)
        checkpoints.write()
        if not fitted.history:
            stopping.obey()
        reason = fitted.stopped if fitted.stopped in CODES else "done"
        epochs = count(len(fitted.history["loss"]), "epoch")
        way = f", --resume goes on after {checkpoints.place}" if fitted.stopped in CODES else ""
        console.note(f"{reason} after {epochs}; {options.output} holds the weights of epoch {fitted.best_epoch}{way}")
        outcome = _outcome(task, options, schema, fitted, memory, time.monotonic() - started)
        with place.writing() as folder:
            metrics = save_outcome(folder, outcome, console)
    code = CODES.get(fitted.stopped, OK)
    try:
        console.result(evaluation_text("validation", metrics["validation"]), {"run": options.output, **metrics})
        STDOUT.flush()
    except OSError:
        if code == OK:
            raise
        forget_stdout()  # what interrupted the training has taken the terminal, or the reader of a pipe, away, too
    return code


# --- what there is ---


def _introduce(task: Task, options: argparse.Namespace, console: Console) -> Schema:
    """Show what the table is taken for, and what looks wrong with its columns."""
    sheet = task.sheets[0]
    wishes = wishes_of(options)
    others = {name: role for name in sheet.cache.names if (role := wishes.role(name)) in ("ignored", "id")}
    rows = np.flatnonzero(sheet.sides != LEFT_OUT)[: max(1, SHOWN_CELLS // len(task.names))]
    console.note(f"{sheet.path}: {count(int((sheet.sides != LEFT_OUT).sum()), 'row')}")
    columns = {name: sheet.cells(name, rows) for name in task.names}
    console.note(schema_table(task.encoder, columns, others))
    console.note(target_line(options.target, task.target, options.task is None))
    for name in task.names:
        warn_of_slips(sheet, name, console)
    chosen_metrics(task.target, options.metrics)
    schema = _schema(sheet, options)
    for column in schema.columns:
        for warning in column.warnings if column.role in ("input", "target") else ():
            console.note(f"{plain(column.name)}: {warning}")
    if not task.encoder.features:
        raise DataError(f"{sheet.path}: no column says anything about {shown(options.target)}, see above")
    return schema


def _schema(sheet: Sheet, options: argparse.Namespace) -> Schema:
    """The schema of the table; what is in the columns is not looked for where they are very long."""
    wishes = wishes_of(options)
    if sheet.cache.rows * len(sheet.cache.names) <= DESCRIBED_CELLS:
        return Schema.infer(sheet.cache, dialect_of(options), wishes, options.target)
    return Schema.bare(sheet.cache, wishes, options.target)


# --- going on ---


def _made_with(task: Task, options: argparse.Namespace) -> dict[str, Any]:
    """What a training is of: the content of the tables, and the options that matter."""
    matter = {name: value for name, value in vars(options).items() if name not in FREE}
    engine = get_engine() if get_engine() != "auto" or has_compiler() else "interpreter"
    found = {"table": [sheet.cache.fingerprint for sheet in task.sheets], "options": matter, "engine": engine}
    if options.model not in MODELS and os.path.isfile(options.model):
        found["model"] = digest(Path(options.model))
    return json.loads(json.dumps(found))


def _start(place: RunPlace, made_with: Mapping[str, Any], console: Console) -> Checkpoint | None:
    """The checkpoint to go on from; None if there is none.

    Raises:
        ModelError: the table is another one. UsageError: options that matter are others.
    """
    start, problems = newest(place.checkpoints)
    for problem in problems:
        console.note(f"{problem}; the one before is taken")
    if start is None:
        console.note(f"{place.path}: there is no checkpoint yet, training starts from the beginning")
        return None
    before = start.made_with
    if before["table"] != made_with["table"]:
        raise ModelError(f"--resume: the table is not the one that {place.path} was trained on")
    changed = [
        f"--{name.replace('_', '-')} is {_said(made_with['options'].get(name))}, was {_said(value)}"
        for name, value in before["options"].items()
        if made_with["options"].get(name) != value
    ]
    changed += [f"the {name} is another" for name in ("engine", "model") if before.get(name) != made_with.get(name)]
    if changed:
        raise UsageError(f"--resume: {place.path} was trained otherwise: {'; '.join(changed)}")
    console.note(f"{place.path}: going on after {start}")
    return start


def _said(value: Any) -> str:
    if value is None:
        return "not given"
    return ",".join(map(str, value)) or "none" if isinstance(value, list) else str(value)


# --- the end ---


def _step(rows: int) -> int:
    """The rows of a step, a power of two."""
    return min(max(2 ** round(np.log2(rows / STEPS)), SMALLEST_STEP), LARGEST_STEP)


def _outcome(
    task: Task, options: argparse.Namespace, schema: Schema, fitted: Fit, memory: Memory, seconds: float
) -> Outcome:
    """What there is to be told of the training."""
    sheet = task.sheets[-1]
    rows = np.flatnonzero(sheet.sides == VALIDATION)
    rows = _evenly(rows, min(MOST_HELD_OUT, max(1000, memory.free // 64 // (task.target.outputs + 4))))
    truth, predicted, weights = held_out(task, options, fitted.model, memory, rows)
    sample = np.flatnonzero(np.isin(rows, _evenly(rows, SAMPLE)))
    columns = {name: sheet.cells(name, rows[sample]) for name in task.names}
    places = sheet.cache.places(rows)
    kept = {name: value for name, value in vars(options).items() if name not in ("resume", "overwrite")}
    run = Run(options.target, task.target, task.encoder, fitted.model, kept)
    return Outcome(
        run,
        [path for paths in tables_of(options) for path in paths],
        fitted.history,
        fitted.best_epoch,
        fitted.stopped,
        task.count(TRAINING),
        HeldOut(truth, predicted, places, weights, columns, sample),
        seconds,
        schema.to_json(),
    )


def _evenly(rows: np.ndarray, most: int) -> np.ndarray:
    """So many of the rows at the most, at even distances."""
    return rows if len(rows) <= most else rows[np.arange(most) * len(rows) // most]
