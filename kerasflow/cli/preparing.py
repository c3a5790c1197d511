"""From a table to what is learned from it: the target, the two sides of its rows, their weights, the encoder."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasflow.cli.console import Console, count, shown
from kerasflow.cli.exits import DataError, UsageError, no_such_column
from kerasflow.cli.findings import hint_of
from kerasflow.cli.schema import wishes_of
from kerasflow.cli.sheet import Sheet, label_of
from kerasflow.cli.sides import LEFT_OUT, TRAINING, VALIDATION
from kerasflow.cli.split import split
from kerasflow.estimators.tabular import TabularEncoder
from kerasflow.estimators.targets import MOST_CODES, LabelTarget, NumberTarget, infer_task
from kerasflow.io.table import number_of

__all__ = ["Task", "prepare", "target_values"]

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Task:
    """What is to be learned.

    Args:
        sheets: the tables: the one to learn from, and the one that is held out if it is another.
        names: the columns that predict.
        target, encoder: learned from the training rows.
        class_weights: how much a row of each label counts; None if all count alike.
        mean_weight: of the training rows, by which weights are divided.
    """

    sheets: Sequence[Sheet]
    names: Sequence[str]
    target: NumberTarget | LabelTarget
    encoder: TabularEncoder
    class_weights: Array | None
    mean_weight: float

    def count(self, side: int) -> int:
        """How many rows are on a side."""
        return sum(sheet.count(side) for sheet in self.sheets)


def prepare(sheets: Sequence[Sheet], options: argparse.Namespace, console: Console) -> Task:
    """Learn from tables what there is to know before a network is trained.

    Raises:
        UsageError: an option names a column that is not there, or that cannot be used so. DataError: the table is not
            fit for the task.
    """
    sheet, name = sheets[0], options.target
    names = _predictors(sheet, options)
    for other in sheets:
        _leave_out(other, name, console)
        if options.weight_column:
            _check_weights(other, options.weight_column)
    regression = _is_regression(sheet, options)
    _check_target(sheet, name, regression)
    if len(sheets) > 1:
        sheets[1].sides[sheets[1].sides == TRAINING] = VALIDATION
    else:
        split(sheet, options, None if regression else _classes(sheet, name))
    if regression:
        target: Any = NumberTarget.learn_in_chunks(sheet.numbers_on(TRAINING, name))
    else:
        target = LabelTarget.learn_counts(_label_counts(sheet, name, [TRAINING]))
        for other in sheets:
            _check_labels(other, name, target)
    encoder = TabularEncoder.of([sheet.learn(column, 64) for column in names])
    class_weights, mean_weight = _weights(sheet, options, target)
    return Task(sheets, names, target, encoder, class_weights, mean_weight)


def target_values(sheet: Sheet, name: str, target: NumberTarget | LabelTarget) -> Callable[[slice], Array]:
    """What gives the truth: float64 numbers, or the places of labels, int32; NaN and -1 where there is none."""
    if isinstance(target, NumberTarget):
        return lambda part: sheet.numbers(name, part)
    if sheet.cache.kinds[name] == "numeric":
        return lambda part: _places_of_numbers(sheet.numbers(name, part), target)
    texts = np.array(sheet.cache.vocabulary(name), object)
    table = np.append(target.places(texts), np.int32(-1))
    return lambda part: table[sheet.cache.codes(name, part.start, part.stop)]


def _places_of_numbers(values: Array, target: LabelTarget) -> Array:
    different, places = np.unique(values, return_inverse=True)
    known = [-1 if np.isnan(v) else int(target.places(np.array([label_of(v)], object))[0]) for v in different]
    return np.array(known, np.int32)[places]


# --- columns ---


def _predictors(sheet: Sheet, options: argparse.Namespace) -> list[str]:
    """The columns that predict."""
    wishes = wishes_of(options)
    special = {
        "--target": options.target,
        "--weight-column": options.weight_column,
        "--split-column": options.split_column,
        "--group-column": options.group_column,
        "--time-column": options.time_column,
    }
    for option, name in special.items():
        if name is not None and name not in sheet.cache.kinds:
            raise no_such_column(option, name, sheet.path, sheet.cache.names)
        if name == options.target and option != "--target":
            raise UsageError(f"{option}: {options.target!r} is the target")
    wishes.check(sheet.cache.names, sheet.path)
    # When something happened may tell; who weighs what, which side and which group must not.
    unused = {options.split_column, options.group_column}
    names = [name for name in sheet.cache.names if wishes.role(name) == "input" and name not in unused]
    if not names:
        raise DataError(f"{sheet.path}: there is no column to predict {options.target!r} from")
    return names


def _leave_out(sheet: Sheet, name: str, console: Console) -> None:
    """Leave out the rows that have no target, and say how many."""
    numeric = sheet.cache.kinds[name] == "numeric"
    for part in sheet.chunks():
        missing = np.isnan(sheet.numbers(name, part)) if numeric else sheet.cache.codes(name, part.start, part.stop) < 0
        sheet.sides[part][missing] = LEFT_OUT
    left_out = sheet.count(LEFT_OUT)
    if left_out == len(sheet):
        raise DataError(f"{sheet.path}: no row has a value in the column {shown(name)}")
    if left_out:
        _, line = sheet.cache.place(int(np.argmax(sheet.sides == LEFT_OUT)))
        rows = count(left_out, "row")
        console.note(f"{sheet.path}: left out {rows} without a value in {shown(name)}, the first on line {line}")


def _check_weights(sheet: Sheet, name: str) -> None:
    if sheet.cache.kinds[name] != "numeric":
        raise DataError(f"{sheet.path}: the column {shown(name)} is text, weights are numbers")
    row = sheet.first(name, lambda values: ~(values >= 0), [TRAINING])
    if row >= 0:
        raise sheet.error(f"expected a weight from 0 on, found {sheet.quoted(name, row)}", row, name)


# --- the target ---


def _is_regression(sheet: Sheet, options: argparse.Namespace) -> bool:
    name = options.target
    if (rows := sheet.count(TRAINING)) < 2:
        message = f"{count(rows, 'row')} with a value in {name!r}, 2 are needed, of which one is held out"
        raise DataError(f"{sheet.path}: {message}")
    is_text = sheet.cache.kinds[name] == "text"
    if options.task == "regression" and is_text:
        raise _no_number(sheet, name)
    if options.task is not None:
        return bool(options.task == "regression")
    if is_text:
        return False
    different = np.zeros(0)
    for part in sheet.numbers_on(TRAINING, name)():
        different = np.union1d(different, part)
        if len(different) > MOST_CODES:
            return True
    return len(different) > rows / 2 or infer_task(np.repeat(different, 2)) == "regression"


def _no_number(sheet: Sheet, name: str) -> DataError:
    """The error for text in a target that is to be a number."""
    if sheet.cache.buckets(name):
        return DataError(f"{sheet.path}: {name}: expected numbers, found texts")
    no_number = np.array([number_of(text) is None for text in sheet.cache.vocabulary(name)] + [False])
    row = sheet.first(name, no_number.__getitem__, [TRAINING])
    hint = hint_of([text for text, odd in zip(sheet.cache.vocabulary(name), no_number, strict=False) if odd])
    return sheet.error(f"expected a number, found {sheet.quoted(name, row)}{hint}", row, name)


def _check_target(sheet: Sheet, name: str, regression: bool) -> None:
    """Check that there is something to predict."""
    rows, first = sheet.count(TRAINING), int(np.argmax(sheet.sides == TRAINING))
    value = sheet.cells(name, np.array([first]))[0]
    if regression:
        if sheet.first(name, lambda values: values != value, [TRAINING]) >= 0:
            return
        different = 1
    elif sheet.cache.kinds[name] == "text" and sheet.cache.buckets(name):
        different = rows
    else:
        different = sum(size > 0 for size in _label_counts(sheet, name, [TRAINING]).values())
    if different == 1:
        said = sheet.quoted(name, first)
        raise sheet.error(f"every row has {said} here; there is nothing to predict", first, name)
    if not regression and different > rows / 2:
        hint = ""
        if sheet.cache.kinds[name] == "text":
            hint = hint_of(sheet.cache.sample(name)) or "; --task regression names the first that is no number"
        message = f"{different:,} different labels in {count(rows, 'row')} are too many to be learned"
        raise DataError(f"{sheet.path}: {name}: {message}{hint}")


def _label_counts(sheet: Sheet, name: str, sides: Sequence[int]) -> dict[str, int]:
    """How many rows on some sides have each label."""
    if sheet.cache.kinds[name] == "text":
        return dict(zip(sheet.cache.vocabulary(name), sheet.counts(name, sides)[:-1].tolist(), strict=True))
    found: dict[str, int] = {}
    for part in sheet.chunks():
        values = sheet.numbers(name, part)[np.isin(sheet.sides[part], sides)]
        for value, size in zip(*(a.tolist() for a in np.unique(values, return_counts=True)), strict=True):
            found[label_of(value)] = found.get(label_of(value), 0) + size
    return found


def _classes(sheet: Sheet, name: str) -> Callable[[slice], Array]:
    """What gives the class of each row."""
    return target_values(sheet, name, LabelTarget.learn_counts(_label_counts(sheet, name, [TRAINING])))


def _check_labels(sheet: Sheet, name: str, target: LabelTarget) -> None:
    """Check that the rows held out have no label that no training row has."""
    values = target_values(sheet, name, target)
    for part in sheet.chunks():
        unknown = np.flatnonzero((values(part) < 0) & (sheet.sides[part] == VALIDATION))
        if len(unknown):
            row = part.start + int(unknown[0])
            message = f"the label {sheet.quoted(name, row)} is held out, but no row that is learned from has it"
            raise sheet.error(message, row, name)


# --- the weights ---


def _weights(sheet: Sheet, options: argparse.Namespace, target: Any) -> tuple[Array | None, float]:
    """How much each label counts, and the mean weight of the training rows."""
    balanced = options.class_weight == "balanced"
    if balanced and isinstance(target, NumberTarget):
        raise UsageError(f"--class-weight: {options.target!r} is a number, it has no classes")
    size = target.outputs if balanced else 1
    by_class, rows = np.zeros(size), 0
    values = target_values(sheet, options.target, target)
    for part in sheet.chunks():
        chosen = sheet.sides[part] == TRAINING
        weights = sheet.numbers(options.weight_column, part)[chosen] if options.weight_column else np.ones(chosen.sum())
        rows += len(weights)
        by_class += np.bincount(values(part)[chosen] if balanced else np.zeros(len(weights), int), weights, size)
    if not by_class.all():
        raise DataError(f"{sheet.path}: the rows to learn from {'of a class ' if balanced else ''}weigh nothing")
    # Balanced, the rows of each class weigh as much together as those of any other.
    return (by_class.sum() / (size * by_class) if balanced else None), float(by_class.sum() / rows)
