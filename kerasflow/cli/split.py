"""Which rows of a table are held out: as a column says, the latest, whole groups, or some of each class."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from kerasflow.cli.exits import DataError
from kerasflow.cli.sheet import Sheet
from kerasflow.cli.sides import (
    LEFT_OUT,
    TRAINING,
    VALIDATION,
    draws,
    hold_out,
    hold_out_groups,
    hold_out_latest,
    told_apart,
)

__all__ = ["split"]

Array = np.ndarray[Any, Any]
SIDES = {
    **dict.fromkeys(("train", "training"), TRAINING),
    **dict.fromkeys(("valid", "validation", "val"), VALIDATION),
    "test": LEFT_OUT,
}
UNKNOWN = 2
FEW = 1 << 15  # rows of which a column fits into the cache of the processor
TIME = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?")  # texts whose order is that of the times they stand for


def split(sheet: Sheet, options: argparse.Namespace, classes: Callable[[slice], Array] | None) -> None:
    """Put some of the training rows on the other side.

    Args:
        sheet: the table.
        options: which rows, `valid`, `split_column`, `group_column`, `time_column`, and the `seed`.
        classes: gives the classes of rows, which are held out in proportion where rows are drawn one by one.

    Raises:
        DataError: one side would have no rows, or a cell does not say which side, or when.
    """
    if options.split_column:
        _as_told(sheet, options.split_column)
    else:
        chosen = sheet.sides == TRAINING
        if options.time_column:
            held_out = hold_out_latest(_times(sheet, options.time_column, chosen), options.valid)
        elif options.group_column:
            held_out = hold_out_groups(lambda: _drawn(sheet, options.seed, [options.group_column]), options.valid)
        else:
            held_out = hold_out(lambda: _drawn_of_classes(sheet, options.seed, classes), options.valid)
        sheet.sides[chosen] = np.where(held_out, VALIDATION, TRAINING)
    for side, what in ((TRAINING, "to learn from"), (VALIDATION, "to hold out")):
        if not sheet.count(side):
            raise DataError(f"{sheet.path}: there is no row {what}")


def _drawn(sheet: Sheet, seed: int, names: list[str]) -> Iterator[Array]:
    """The numbers of the training rows, by what some of their cells say."""
    hashes = {name: sheet.hasher(name) for name in names}
    for part in sheet.chunks():
        drawn = np.empty(part.stop - part.start)
        for start in range(part.start, part.stop, FEW):
            few = slice(start, min(start + FEW, part.stop))
            columns = ((name, of(few)) for name, of in hashes.items())
            drawn[few.start - part.start : few.stop - part.start] = draws(seed, columns, few.stop - few.start)
        yield drawn[sheet.sides[part] == TRAINING]


def _drawn_of_classes(sheet: Sheet, seed: int, classes: Any) -> Iterator[tuple[Array, Array | None]]:
    """The numbers of the training rows, by what all of their cells say, and their classes."""
    drawn = _drawn(sheet, seed, sheet.cache.names)
    for part, numbers in zip(sheet.chunks(), drawn, strict=True):
        yield told_apart(numbers), None if classes is None else classes(part)[sheet.sides[part] == TRAINING]


def _as_told(sheet: Sheet, name: str) -> None:
    """Put each row where a column says."""
    if sheet.cache.kinds[name] == "numeric" or sheet.cache.buckets(name):
        row = int(np.argmax(sheet.sides == TRAINING))
        raise sheet.error(f"expected train, valid or test, found {sheet.quoted(name, row)}", row, name)
    texts = sheet.cache.vocabulary(name)
    sides = np.array([*(SIDES.get(text.strip().lower(), UNKNOWN) for text in texts), UNKNOWN], np.int8)
    row = sheet.first(name, lambda codes: sides[codes] == UNKNOWN, [TRAINING])
    if row >= 0:
        raise sheet.error(f"expected train, valid or test, found {sheet.quoted(name, row)}", row, name)
    for part in sheet.chunks():
        told = sides[sheet.cache.codes(name, part.start, part.stop)]
        sheet.sides[part] = np.where(sheet.sides[part] == TRAINING, told, sheet.sides[part])


def _times(sheet: Sheet, name: str, chosen: Array) -> Array:
    """When the chosen rows happened, in numbers of any unit. A whole column of the table is in memory here."""
    if sheet.cache.kinds[name] == "numeric":
        row = sheet.first(name, np.isnan, [TRAINING])
        values = np.concatenate([sheet.numbers(name, part) for part in sheet.chunks()])
    else:
        texts = sheet.cache.vocabulary(name)
        wrong = np.array([not TIME.fullmatch(text.strip()) for text in texts] + [True])
        row = sheet.first(name, wrong.__getitem__, [TRAINING])
        ranks = np.argsort(sorted(range(len(texts)), key=texts.__getitem__))
        values = np.append(ranks, -1)[sheet.cache.codes(name)]
    if row >= 0:
        message = f"expected a time, a number or a date like 2024-12-31, found {sheet.quoted(name, row)}"
        raise sheet.error(message, row, name)
    return values[chosen]
