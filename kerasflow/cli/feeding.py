"""The rows of a task as blocks of features, within the memory there is, and predictions for those held out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasflow.cli.coded_rows import CodedBlocks, CodedRows, WholeBlocks
from kerasflow.cli.network import predictions
from kerasflow.cli.preparing import Task, target_values
from kerasflow.cli.sheet import Sheet
from kerasflow.cli.sides import TRAINING, VALIDATION
from kerasflow.estimators.targets import LabelTarget, NumberTarget
from kerasflow.models.blocks import Blocks

__all__ = ["Memory", "feeds", "held_out"]

Array = np.ndarray[Any, Any]
PROCESS = 400 << 20  # bytes that Python, its packages and compiled code take
LEAST = 64 << 20
STEP = 1024  # rows of which a model computes its outputs at a time


class Memory:
    """How much there is for what.

    Args:
        total: bytes of memory the process may take.
    """

    def __init__(self, total: int) -> None:
        self.free = max(total - PROCESS, LEAST)

    def fits(self, task: Task) -> bool:
        """Whether all rows fit in memory as features, beside their codes."""
        rows = task.count(TRAINING) + task.count(VALIDATION)
        width = len(task.encoder.features) + len(task.encoder.columns) + 2
        return 4 * width * rows <= self.free // 2

    def chunk(self, task: Task) -> int:
        """The rows that are encoded at a time."""
        return max(1, min(1 << 18, self.free // 16 // (16 * (len(task.encoder.columns) + 2))))

    def block(self, task: Task) -> int:
        """The rows whose features are learned from at a time; four times as many are in memory."""
        return max(1, min(1 << 16, self.free // 16 // (4 * len(task.encoder.features))))


def feeds(task: Task, options: Any, memory: Memory, folder: str) -> tuple[Blocks, Blocks]:
    """The rows to learn from and those held out.

    Args:
        task: what is to be learned.
        options: `target`, `weight_column` and `seed`.
        memory: how much there is.
        folder: where files are put, which have no name, if it is not enough.
    """
    whole = memory.fits(task)
    weighted = bool(options.weight_column) or task.class_weights is not None
    kinds = ["<f4" if column.kind == "numeric" else "<i4" for column in task.encoder.columns]
    kinds += ["<i4" if isinstance(task.target, LabelTarget) else "<f4", *["<f4"] * weighted]

    def made(columns: Sequence[Array]) -> tuple[Any, ...]:
        codes, rest = columns[: len(task.encoder.columns)], columns[len(task.encoder.columns) :]
        targets = rest[0] if isinstance(task.target, LabelTarget) else rest[0][:, np.newaxis]
        return (task.encoder.expand(codes), targets, *rest[1:])

    found: list[Blocks] = []
    for side, seed in ((TRAINING, options.seed), (VALIDATION, None)):
        rows = CodedRows(task.count(side), kinds, seed, None if whole else folder)
        for sheet in task.sheets:
            _append(rows, task, options, sheet, side, memory.chunk(task))
        found.append(WholeBlocks(rows, made) if whole else CodedBlocks(rows, made, memory.block(task)))
    return found[0], found[1]


def _append(rows: CodedRows, task: Task, options: Any, sheet: Sheet, side: int, at_once: int) -> None:
    """Append the rows of a table that are on a side."""
    if not sheet.count(side):
        return
    coders = [sheet.coder(column) for column in task.encoder.columns]
    truth, weights = target_values(sheet, options.target, task.target), weigher(task, options, sheet)
    for part in sheet.chunks(at_once):
        chosen = sheet.sides[part] == side
        values = truth(part)[chosen]
        columns = [code(part)[chosen] for code in coders]
        columns.append(task.target.encode(values)[:, 0] if isinstance(task.target, NumberTarget) else values)
        if weights is not None:
            columns.append(weights(part, values, chosen))
        rows.append(columns)


def weigher(task: Task, options: Any, sheet: Sheet) -> Callable[[slice, Array, Array], Array] | None:
    """What gives the weights of rows, whose mean among the training rows is 1; None if all count alike."""
    if not options.weight_column and task.class_weights is None:
        return None

    def weights(part: slice, values: Array, chosen: Array) -> Array:
        found = np.full(len(values), 1 / task.mean_weight)
        if options.weight_column:
            found = found * sheet.numbers(options.weight_column, part)[chosen]
        return found if task.class_weights is None else found * task.class_weights[values]

    return weights


def held_out(task: Task, options: Any, model: Any, memory: Memory, rows: Array) -> tuple[Array, Array, Array | None]:
    """The truth, the predictions and the weights of some rows of the table that is held out from, ascending."""
    sheet = task.sheets[-1]
    truth = target_values(sheet, options.target, task.target)
    coders = [sheet.coder(column) for column in task.encoder.columns]
    parts: list[tuple[Array, ...]] = []
    step = max(1, memory.block(task) // STEP) * STEP  # whole steps of a prediction: how many there are changes nothing
    for start in range(0, len(rows), step):
        mine = rows[start : start + step]
        part = slice(int(mine[0]), int(mine[-1]) + 1)
        wanted = mine - part.start
        features = task.encoder.expand([code(part)[wanted] for code in coders])
        found = [truth(part)[wanted], predictions(model, task.target, features)]
        if options.weight_column:
            found.append(sheet.numbers(options.weight_column, part)[wanted])
        parts.append(tuple(found))
    together = [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]
    return together[0], together[1], together[2] if len(together) > 2 else None
