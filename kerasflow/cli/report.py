"""What the command shows: the schema and the progress on stderr, the metrics on stdout."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kerasflow.estimators.tabular import Columns, NumericColumn, TabularEncoder, TextColumn
from kerasflow.estimators.targets import LabelTarget, NumberTarget

__all__ = ["Console", "count", "metrics_table", "number", "schema_table", "shown", "target_line"]

LISTED = 5  # texts of a column, or labels, that are named
LONGEST = 24  # characters of such a text
WHOLE = 1e15  # from here on floats are not written out

TITLES = {
    "rmse": "RMSE",
    "mae": "MAE",
    "r2": "R2",
    "accuracy": "accuracy",
    "log_loss": "log loss",
    "macro_f1": "macro F1",
    "roc_auc": "ROC AUC",
}


class Console:
    """Where the command talks: results on stdout, all else on stderr.

    Args:
        quiet: whether to say nothing but results.
        verbose: whether to go into details.
        as_json: whether results are JSON.
    """

    def __init__(self, quiet: bool = False, verbose: bool = False, as_json: bool = False) -> None:
        self.quiet = quiet
        self.verbose = verbose
        self.as_json = as_json

    @classmethod
    def of(cls, options: argparse.Namespace) -> Console:
        """The one that the options ask for."""
        return cls(options.quiet, options.verbose, options.json)

    def result(self, text: str, value: Any) -> None:
        """Print a result: as text for people, or the value as one JSON object, whichever was asked for."""
        print(json.dumps(value, ensure_ascii=False, allow_nan=False) if self.as_json else text)

    def detail(self, text: str) -> None:
        """Show a line that only who asked for details wants to see."""
        if self.verbose:
            self.note(text)

    def note(self, text: str) -> None:
        """Show a line, or several."""
        if not self.quiet:
            print(text, file=sys.stderr, flush=True)


def number(value: float | None) -> str:
    """A number to be read by people: five digits, or all that stand before the point.

    >>> [number(value) for value in (0.123456, 12.0, 1234.56, 115395.4, 1e-9, None)]
    ['0.12346', '12', '1,234.6', '115,395', '1e-09', '-']
    """
    if value is None or math.isnan(value):
        return "-"
    if not 1e3 <= abs(value) < WHOLE:
        return f"{value:.5g}"
    return f"{value:,.{int(abs(value) < 1e4)}f}".removesuffix(".0")


def count(size: int, noun: str) -> str:
    """How many there are of something: "1 row", "20,640 rows"."""
    ending = "es" if noun.endswith("s") else "s"
    return f"{size:,} {noun}" if size == 1 else f"{size:,} {noun}{ending}"


def shown(text: str) -> str:
    """A text from a table in quotation marks, without control characters and not too long."""
    return repr(text if len(text) <= LONGEST else f"{text[:LONGEST]}...")


def schema_table(encoder: TabularEncoder, columns: Columns, ignored: Sequence[str]) -> str:
    """The columns, what is made of each, and what they hold, a line each."""
    rows = [("column", "kind", "missing", "values")]
    for column in encoder.columns:
        values = columns[column.name]
        missing = sum(value != value for value in values.tolist())
        what = _numbers(column, values) if isinstance(column, NumericColumn) else _texts(column, values)
        rows.append((_plain(column.name), column.kind, f"{missing:,}", what))
    rows += [(_plain(name), "ignored", "", "") for name in ignored]
    return _aligned(rows, "<<><")


def target_line(name: str, target: NumberTarget | LabelTarget, inferred: bool) -> str:
    """What is predicted, and, if nobody said so, how to have it otherwise."""
    if isinstance(target, NumberTarget):
        return f"target {shown(name)}: regression, mean {number(target.mean)}, deviation {number(target.scale)}"
    line = f"target {shown(name)}: classification, {_listed(target.labels, 'class')}"
    numeric = inferred and all(label.strip("-+.0123456789") == "" for label in target.labels)
    return f"{line} (--task regression takes it for a number)" if numeric else line


def metrics_table(title: str, model: Mapping[str, float | None], baseline: Mapping[str, float | None]) -> str:
    """The metrics of the model beside those of the baseline.

    >>> print(metrics_table("validation, 3 rows", {"rmse": 1.5}, {"rmse": 12345.6}))
    validation, 3 rows  model  baseline
    RMSE                  1.5    12,346
    """
    rows = [(title, "model", "baseline")]
    rows += [(TITLES[name], number(value), number(baseline[name])) for name, value in model.items()]
    return _aligned(rows, "<>>")


def _numbers(column: NumericColumn, values: np.ndarray) -> str:
    if np.isnan(values).all():
        return "none, not used"
    low, high = number(np.nanmin(values)), number(np.nanmax(values))
    if low == high and not column.features:
        return f"{low} in every row, not used"
    return f"{low} to {high}, median {number(column.median)}"


def _texts(column: TextColumn, values: np.ndarray) -> str:
    different = {value for value in values.tolist() if value == value}
    if column.features:
        return _listed(column.values, "text", len(different))
    if len(different) > 1:
        return f"{count(len(different), 'different text')}, hardly one twice, not used"
    return f"{shown(different.pop())} in every row, not used" if different else "none, not used"


def _listed(texts: Sequence[str], noun: str, size: int | None = None) -> str:
    size = len(texts) if size is None else size
    dots = ", ..." if size > min(len(texts), LISTED) else ""
    return f"{count(size, noun)}: {', '.join(map(shown, texts[:LISTED]))}{dots}"


def _plain(text: str) -> str:
    """A text as it is, unless it holds control characters or is too long."""
    return text if text.isprintable() and len(text) <= LONGEST else shown(text)


def _aligned(rows: Sequence[Sequence[str]], sides: str) -> str:
    """Rows of cells as lines; of each column "<" or ">" tells the side its cells stand on."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for cells in rows:
        padded = [f"{cell:{side}{width}}" for cell, side, width in zip(cells, sides, widths, strict=True)]
        lines.append("  ".join(padded).rstrip())
    return "\n".join(lines)
