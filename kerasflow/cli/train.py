"""`kerasflow train`: a table in, a RUN folder out."""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass

import numpy as np

from kerasflow.cli.dataset import Dataset
from kerasflow.cli.exits import INTERRUPTED, OK, DataError, UsageError, no_such_column
from kerasflow.cli.network import Architecture, Fit, Plan, fit, predictions
from kerasflow.cli.outcome import HeldOut, Outcome, save_outcome
from kerasflow.cli.report import Console, count, schema_table, shown, target_line
from kerasflow.cli.results import evaluation_text
from kerasflow.cli.run import Run
from kerasflow.cli.run_folder import check_replaceable, marker_of
from kerasflow.cli.split import split_rows
from kerasflow.estimators.tabular import Columns, TabularEncoder
from kerasflow.estimators.targets import LabelTarget, NumberTarget, infer_task
from kerasflow.io.files import atomic_directory

__all__ = ["train"]

STEPS = 128  # of an epoch, about, where nobody says how large one is
SMALLEST_STEP, LARGEST_STEP = 32, 128  # rows


@dataclass(frozen=True)
class Task:
    """What is to be learned.

    Args:
        target, encoder: learned from the training rows.
        columns: the cells of all rows.
        features: of all rows, float32 of shape (rows, features).
        encoded: what the network is to give, for all rows.
        truth: what metrics compare with: numbers, or the places of the labels.
        train, valid: the numbers of the rows to learn from, and of those held out.
    """

    target: NumberTarget | LabelTarget
    encoder: TabularEncoder
    columns: Columns
    features: np.ndarray
    encoded: np.ndarray
    truth: np.ndarray
    train: np.ndarray
    valid: np.ndarray


def train(options: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    console = Console.of(options)
    check_replaceable(options.output, options.overwrite)
    with atomic_directory(options.output, overwrite=options.overwrite, marker=marker_of(options.output)) as folder:
        started = time.monotonic()
        data = Dataset(options.data)
        task = _prepare(data, options, console)
        architecture, fitted = _fit(task, options, console)
        outcome = _outcome(options, data, task, fitted, architecture, time.monotonic() - started)
        reason = "interrupted" if fitted.interrupted else "done"
        epochs = count(len(fitted.history["loss"]), "epoch")
        console.note(f"{reason} after {epochs}; {options.output} holds the weights of epoch {fitted.best_epoch}")
        metrics = save_outcome(folder, outcome, console)
    console.result(evaluation_text("validation", metrics["validation"]), {"run": options.output, **metrics})
    return INTERRUPTED if fitted.interrupted else OK


def _prepare(data: Dataset, options: argparse.Namespace, console: Console) -> Task:
    """Turn the table into numbers, and show what is made of it."""
    kinds = _used_columns(data, options)
    data.keep_rows_with(options.target, console)
    cells, is_number = _target_cells(data, options)
    classes = None if is_number else LabelTarget.learn(cells).encode(cells)
    rows, held_out = split_rows(len(data), options.valid, options.seed, classes)
    target = (NumberTarget if is_number else LabelTarget).learn(cells[rows])
    columns = data.columns(kinds)
    encoder = TabularEncoder().fit({name: values[rows] for name, values in columns.items()})
    _introduce(data, columns, encoder, target, options, console)
    if not encoder.features:
        raise DataError(f"{data.path}: no column says anything about {shown(options.target)}, see above")
    features, encoded = encoder.transform(columns), target.encode(cells)
    return Task(target, encoder, columns, features, encoded, cells if is_number else encoded, rows, held_out)


def _used_columns(data: Dataset, options: argparse.Namespace) -> dict[str, str]:
    """The kinds of the columns that predict, by name."""
    ignored = [name for names in options.ignore for name in names]
    for option, name in [("--target", options.target), *(("--ignore", name) for name in ignored)]:
        if name not in data.names:
            raise no_such_column(option, name, data.path, data.names)
    if options.target in ignored:
        raise UsageError(f"--ignore: {options.target!r} is the target")
    unused = {options.target, *ignored}
    kinds = {name: kind for name, kind in data.kinds.items() if name not in unused}
    if not kinds:
        raise DataError(f"{data.path}: there is no column to predict {options.target!r} from")
    return kinds


def _target_cells(data: Dataset, options: argparse.Namespace) -> tuple[np.ndarray, bool]:
    """The target column, as numbers or as labels, and whether it is numbers."""
    name = options.target
    if len(data) < 2:
        raise DataError(f"{data.path}: 1 row with a value in {name!r}, 2 are needed, of which one is held out")
    is_text = data.kinds[name] == "text"
    task = options.task or infer_task(None if is_text else data.numbers(name))
    cells = data.numbers(name) if task == "regression" else data.texts(name)
    different = len(set(cells.tolist()))
    if different == 1:
        raise data.error(f"every row has {shown(data.texts(name)[0])} here; there is nothing to predict", 0, name)
    if task == "classification" and different > len(cells) / 2:
        hint = "; --task regression names the first that is no number" if is_text else ""
        message = f"{different:,} different labels in {count(len(cells), 'row')} are too many to be learned"
        raise DataError(f"{data.path}: {name}: {message}{hint}")
    return cells, task == "regression"


def _introduce(
    data: Dataset,
    columns: Columns,
    encoder: TabularEncoder,
    target: NumberTarget | LabelTarget,
    options: argparse.Namespace,
    console: Console,
) -> None:
    """Show what the table is taken for."""
    ignored = [name for names in options.ignore for name in names]
    console.note(f"{data.path}: {count(len(data), 'row')}")
    console.note(schema_table(encoder, columns, ignored))
    console.note(target_line(options.target, target, options.task is None))
    data.warn_of_slips({column.name: column.kind for column in encoder.columns}, console)


def _fit(task: Task, options: argparse.Namespace, console: Console) -> tuple[Architecture, Fit]:
    width, outputs = len(task.encoder.features), task.target.outputs
    architecture = Architecture(width, options.hidden, outputs, options.dropout, options.l2)
    step = options.batch_size or _step(len(task.train))
    plan = Plan(options.epochs, options.patience, step, options.learning_rate, options.seed, options.progress)
    sizes = " - ".join(map(str, (width, *options.hidden, outputs)))
    parts = [(task.features[rows], task.encoded[rows]) for rows in (task.train, task.valid)]
    console.note(f"network {sizes}, {count(len(task.train), 'row')} in steps of {step}")
    return architecture, fit(architecture, task.target, plan, *parts, console)


def _step(rows: int) -> int:
    """The rows of a step, a power of two."""
    return min(max(2 ** round(np.log2(rows / STEPS)), SMALLEST_STEP), LARGEST_STEP)


def _outcome(
    options: argparse.Namespace, data: Dataset, task: Task, fitted: Fit, architecture: Architecture, seconds: float
) -> Outcome:
    """What there is to be told of the training."""
    run = Run(options.target, task.target, task.encoder, fitted.model, vars(options))
    columns = {name: values[task.valid] for name, values in task.columns.items()}
    places = [(data.path, int(line)) for line in data.frame.index[task.valid]]
    predicted = predictions(fitted.model, task.target, task.features[task.valid])
    held_out = HeldOut(task.truth[task.valid], predicted, places, columns=columns)
    stopped = "interrupted" if fitted.interrupted else "epochs" if _ran_out(fitted, options) else "patience"
    history = fitted.history
    return Outcome(run, [data.path], history, fitted.best_epoch, stopped, len(task.train), held_out, seconds)


def _ran_out(fitted: Fit, options: argparse.Namespace) -> bool:
    return len(fitted.history["loss"]) == options.epochs
