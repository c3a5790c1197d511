"""`kerasflow evaluate`: the metrics of a run on a table, of all rows and of groups of them."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kerasflow.cli.bad_rows import BadRows
from kerasflow.cli.console import Console, aligned, count, number, plain, shown
from kerasflow.cli.dataset import Dataset
from kerasflow.cli.exits import OK, DataError, UsageError
from kerasflow.cli.results import chosen_metrics, evaluation, evaluation_text
from kerasflow.cli.run_folder import load_run
from kerasflow.cli.scores import METRICS, Answers, baseline_of, scored
from kerasflow.cli.use import Table
from kerasflow.estimators.targets import NumberTarget, UnknownLabelError

__all__ = ["evaluate"]

MOST_GROUPS = 10_000
SHOWN_GROUPS = 50


def evaluate(options: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    console, started = Console.of(options), time.monotonic()
    run = load_run(options.run)
    names = chosen_metrics(run.target, options.metrics)
    weight = options.weight_column or run.options.get("weight_column")
    needed = [(f"--{key.replace('_', '-')}", getattr(options, key)) for key in ("by", "weight_column")]
    table = Table(run, options, [item for item in needed if item[1]], raw=[options.by] if options.by else [])
    rows, errors = _Rows(table, weight, options.by), _bad_rows(table, weight, options.on_error, console)
    for chunk in table.chunks(target=True, ragged=errors.bearable):
        rows.add(chunk.take(~errors.of(chunk)))
    errors.tell()
    rows.tell(console, errors.count)
    console.detail(f"{table.name}: {count(sum(map(len, rows.parts)), 'row')} in {time.monotonic() - started:.1f} s")
    answers = Answers.joined(rows.parts)
    found = evaluation(run.target, answers, names)
    text = evaluation_text(table.name, found)
    if options.by:
        found["by"] = {"column": options.by, "groups": rows.groups_of(answers, names)}
        text += f"\n\n{_groups_text(options.by, found['by']['groups'])}"
    console.result(text, {"data": table.paths, **found, "errors": errors.count})
    return OK


def _bad_rows(table: Table, weight: str | None, mode: str, console: Console) -> BadRows:
    """What finds the rows in error, in the columns that have to be numbers here."""
    target = [table.run.column] if isinstance(table.run.target, NumberTarget) else []
    return BadRows(mode, [*table.numeric, *target, *([weight] if weight else [])], table.name, console)


class _Rows:
    """What is gathered from the chunks of a table."""

    def __init__(self, table: Table, weight: str | None, by: str | None) -> None:
        self.table = table
        self.weight = weight
        self.by = by
        self.parts: list[Answers] = []
        self.labels: dict[str, int] = {}
        self.groups: list[np.ndarray] = []
        self.left_out = 0
        self.first = ""

    def add(self, chunk: Dataset) -> None:
        """Predict for a chunk, and keep what metrics need."""
        column = self.table.run.column
        missing = chunk.frame[column].isna().to_numpy()
        if missing.any():
            place = f" of {chunk.path}" if len(self.table.paths) > 1 else ""
            self.first = self.first or f"on line {chunk.frame.index[missing][0]}{place}"
            self.left_out += int(missing.sum())
            chunk = chunk.take(~missing)
        if not len(chunk):
            return
        truth, weights = self._truth(chunk), self._weights(chunk)
        self.parts.append(Answers.of(truth, self.table.predict(chunk.columns(self.table.kinds)), weights))
        if self.by:
            self.groups.append(self._codes(chunk))

    def tell(self, console: Console, errors: int) -> None:
        """Say what was left out, and what was new. Raises DataError: there is nothing to evaluate on."""
        name, column = self.table.name, shown(self.table.run.column)
        if not self.parts:
            raise DataError(f"{name}: no row {'without an error ' * bool(errors)}has a value in the column {column}")
        if self.left_out:
            rows = count(self.left_out, "row")
            console.note(f"{name}: left out {rows} without a value in {column}, the first {self.first}")
        self.table.tell_unseen(console)

    def groups_of(self, answers: Answers, names: Sequence[str] | None) -> list[dict[str, Any]]:
        """The metrics of each group, the largest one first."""
        codes, target = np.concatenate(self.groups), self.table.run.target
        order = np.argsort(codes, kind="stable")
        ends = np.cumsum(np.bincount(codes, minlength=len(self.labels)))
        found = []
        for label, rows in zip(self.labels, np.split(order, ends[:-1]), strict=True):
            part = answers.take(rows)
            baseline = scored(target, baseline_of(target, part), names)
            found.append(
                {"value": label, "rows": len(rows), "model": scored(target, part, names), "baseline": baseline}
            )
        return sorted(found, key=lambda group: -group["rows"])

    def _truth(self, chunk: Dataset) -> np.ndarray:
        run = self.table.run
        if isinstance(run.target, NumberTarget):
            return chunk.numbers(run.column)
        try:
            return run.target.encode(chunk.texts(run.column))
        except UnknownLabelError as error:
            raise chunk.error(str(error), error.row, run.column) from error

    def _weights(self, chunk: Dataset) -> np.ndarray | None:
        """How much each row counts; None if the table does not say."""
        if not self.weight or self.weight not in chunk.names:
            return None
        weights = chunk.numbers(self.weight)
        wrong = ~(weights >= 0)
        if wrong.any():
            row = int(wrong.argmax())
            what = "no value" if np.isnan(weights[row]) else number(float(weights[row]))
            raise chunk.error(f"expected a weight from 0 on, found {what}", row, self.weight)
        return weights

    def _codes(self, chunk: Dataset) -> np.ndarray:
        texts = ["(missing)" if text != text or text is None else str(text) for text in chunk.texts(self.by)]
        codes = np.array([self.labels.setdefault(text, len(self.labels)) for text in texts], np.int32)
        if len(self.labels) > MOST_GROUPS:
            raise UsageError(f"--by: {shown(self.by)} has more than {MOST_GROUPS:,} different values")
        return codes


def _groups_text(column: str, groups: Sequence[Mapping[str, Any]]) -> str:
    names = list(groups[0]["model"])
    rows = [(f"by {plain(column)}", "rows", *(METRICS[name].title for name in names))]
    for group in groups[:SHOWN_GROUPS]:
        scores = (number(group["model"][name]) for name in names)
        rows.append((plain(group["value"]), f"{group['rows']:,}", *scores))
    more = f"\n... and {count(len(groups) - SHOWN_GROUPS, 'more group')}" if len(groups) > SHOWN_GROUPS else ""
    return aligned(rows, "<" + ">" * (len(names) + 1)) + more
