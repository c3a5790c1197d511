"""Where a loss that is no number comes from: the operation, and the rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core.finding import Found, first_not_finite
from kerasflow.models.sources import unpacked

__all__ = ["find_fault"]

_SHOWN = 5  # rows


def find_fault(model: Any, feed: Any, weights: Any) -> str:
    """A sentence about the step that `feed` was last run for, done again with the weights that the model had then.

    The model has these weights afterwards.

    Args:
        model: the model.
        feed: what feeds its training.
        weights: the arrays of the model's weights before the step.
    """
    model.set_weights(weights)
    given, rows = feed.last()
    data = model._data(*unpacked(given)) if rows is None else given.part(rows)
    numbers = np.arange(data.count) if rows is None else rows
    where = "of the batch" if rows is None else "of the data"
    for kind, several in (("inputs", data.x), ("targets", data.y), ("sample weights", data.weights)):
        for array in [a for a in several if a is not None and a.dtype.kind == "f"]:
            bad = ~np.isfinite(array).reshape(len(array), -1).all(axis=1)
            if bad.any():
                return f"the {kind} are not finite in {_rows(numbers[bad], where)}."
    program = model._step(data, training=True)
    operations = [*program.targets, *[t.op for t in program.fetches]]
    feeds = dict(zip(program.feeds, data.arrays, strict=True))
    found = first_not_finite(model._programs().session, operations, feeds)
    if found is None:
        return "the step gives finite numbers with the weights it began with: something drew other numbers."
    return f"{found}{_of_rows(found, numbers, where)}."


def _of_rows(found: Found, numbers: Any, where: str) -> str:
    rows = found.rows(len(numbers))
    return "" if rows is None else f", for {_rows(numbers[rows], where)}"


def _rows(numbers: Any, where: str) -> str:
    shown = ", ".join(map(str, numbers[:_SHOWN])) + (", ..." if len(numbers) > _SHOWN else "")
    return f"row{'' if len(numbers) == 1 else 's'} {shown} {where}"
