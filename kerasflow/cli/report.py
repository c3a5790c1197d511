"""What a table is taken for, and what is to be predicted, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from kerasflow.cli.console import aligned, count, number, plain, shown
from kerasflow.estimators.tabular import Columns, NumericColumn, TabularEncoder, TextColumn
from kerasflow.estimators.targets import LabelTarget, NumberTarget

__all__ = ["schema_table", "target_line"]

LISTED = 5  # texts of a column, or labels, that are named


def schema_table(encoder: TabularEncoder, columns: Columns, others: Mapping[str, str]) -> str:
    """The columns, what is made of each, and what they hold, a line each; of the `others` what they are instead."""
    rows = [("column", "kind", "missing", "values")]
    for column in encoder.columns:
        values = columns[column.name]
        missing = np.count_nonzero(values != values)
        what = _numbers(column, values) if isinstance(column, NumericColumn) else _texts(column, values)
        rows.append((plain(column.name), column.kind, f"{missing:,}", what))
    rows += [(plain(name), role, "", "") for name, role in others.items()]
    return aligned(rows, "<<><")


def target_line(name: str, target: NumberTarget | LabelTarget, inferred: bool) -> str:
    """What is predicted, and, if nobody said so, how to have it otherwise."""
    if isinstance(target, NumberTarget):
        return f"target {shown(name)}: regression, mean {number(target.mean)}, deviation {number(target.scale)}"
    line = f"target {shown(name)}: classification, {_listed(target.labels, 'class')}"
    numeric = inferred and all(label.strip("-+.0123456789") == "" for label in target.labels)
    return f"{line} (--task regression takes it for a number)" if numeric else line


def _numbers(column: NumericColumn, values: np.ndarray) -> str:
    if np.isnan(values).all():
        return "none, not used"
    low, high = number(np.nanmin(values)), number(np.nanmax(values))
    if low == high and not column.features:
        return f"{low} in every row, not used"
    return f"{low} to {high}, median {number(column.median)}"


def _texts(column: TextColumn, values: np.ndarray) -> str:
    if column.buckets and not column.values:
        return f"very many texts, dealt into {column.buckets} by their hash"
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
