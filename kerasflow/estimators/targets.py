"""The column to be predicted, as the numbers a network is fitted to, and back.

A number becomes its distance from the mean in standard deviations. A label, a text or a number that stands for a class,
becomes its place in the sorted labels.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasflow.estimators.tabular_columns import NumericColumn, standardised
from kerasflow.io.json_file import Fields, JsonError

__all__ = ["LabelTarget", "NumberTarget", "UnknownLabelError", "infer_task", "target_from_config"]

MOST_CODES = 10  # different whole numbers that are still taken for labels
TASKS = ("regression", "classification")
FARTHEST = 1e18  # standard deviations; the square of a target further out is no float32
PRECISION = 2.0**-24  # of float32
DECIMALS = 22  # up to here powers of ten are exact in float64


class UnknownLabelError(ValueError):
    """A label that was not there in training; `row` is the first row that has it, from 0."""

    def __init__(self, message: str, row: int) -> None:
        super().__init__(message)
        self.row = row


def infer_task(numbers: np.ndarray | None) -> str:
    """What a target column asks for: "classification" or "regression".

    Texts are labels. So are whole numbers, if at most ten different ones occur and each occurs twice on average.

    Args:
        numbers: the numbers of the column, (rows,), none missing; None if it is text.

    >>> infer_task(np.array([0.0, 1.0, 1.0, 0.0])), infer_task(np.array([0.5, 1.0, 1.0, 0.5]))
    ('classification', 'regression')
    """
    if numbers is None:
        return "classification"
    different = np.unique(numbers)
    few = different.size <= min(MOST_CODES, numbers.size / 2)
    return "classification" if few and np.array_equal(different, np.rint(different)) else "regression"


@dataclass(frozen=True)
class NumberTarget:
    """A number to be predicted: ``(y - mean) / scale`` for the network.

    Args:
        mean, scale: mean and standard deviation of the training rows; scale 1 if all were the same.
    """

    mean: float
    scale: float

    task = "regression"

    @classmethod
    def learn(cls, values: np.ndarray) -> NumberTarget:
        """Learn mean and scale from the numbers of the training rows, float64 of shape (rows,)."""
        return cls.learn_in_chunks(lambda: [values])

    @classmethod
    def learn_in_chunks(cls, chunks: Callable[[], Iterable[np.ndarray]]) -> NumberTarget:
        """As `learn`, from numbers that come in chunks and are gone through twice."""
        column = NumericColumn.learn("", chunks)
        return cls(column.mean, column.scale or 1.0)

    @property
    def outputs(self) -> int:
        """The numbers the network gives for a row."""
        return 1

    def encode(self, values: np.ndarray) -> np.ndarray:
        """What the network is fitted to, float32 of shape (rows, 1)."""
        return standardised(values, self.mean, self.scale, FARTHEST).astype(np.float32)[:, np.newaxis]

    def decode(self, outputs: np.ndarray) -> np.ndarray:
        """The predictions, float64 of shape (rows,), rounded to the digits that a float32 network can mean.

        Args:
            outputs: what the network gave, (rows, 1).
        """
        values = self.mean + self.scale * outputs[:, 0].astype(np.float64)
        decimals = math.ceil(-math.log10(self.scale * PRECISION))
        return np.round(values, decimals) if abs(decimals) <= DECIMALS else values

    def to_config(self) -> dict[str, Any]:
        """What was learned, as JSON carries it."""
        return {"task": self.task, "mean": self.mean, "scale": self.scale}


@dataclass(frozen=True)
class LabelTarget:
    """A label to be predicted: its place among the sorted labels for the network.

    Labels that all read as numbers are compared and sorted as such ("1.0" is "1", "10" comes after "9"), and shown as
    the training rows write them.

    Args:
        labels: the labels in order.
        shares: of each, the share of the training rows that have it.
    """

    labels: tuple[str, ...]
    shares: tuple[float, ...]

    task = "classification"

    @classmethod
    def learn(cls, cells: np.ndarray) -> LabelTarget:
        """Learn the labels from the cells of the training rows, ``str`` of shape (rows,)."""
        return cls.learn_counts(Counter(cells.tolist()))

    @classmethod
    def learn_counts(cls, counts: Mapping[str, int]) -> LabelTarget:
        """Learn the labels from how many training rows have each."""
        counts = {label: count for label, count in counts.items() if count}
        rows = sum(counts.values())
        as_key = _keys(counts)
        total: Counter[Any] = Counter()
        spelled: dict[Any, str] = {}
        for label, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
            spelled.setdefault(as_key(label), label)  # the most frequent spelling comes first
            total[as_key(label)] += count
        order = sorted(total)
        return cls(tuple(spelled[key] for key in order), tuple(total[key] / rows for key in order))

    @property
    def outputs(self) -> int:
        """The numbers the network gives for a row."""
        return len(self.labels)

    def encode(self, cells: np.ndarray) -> np.ndarray:
        """What the network is fitted to: the place of each label, int32 of shape (rows,).

        Raises:
            UnknownLabelError: a label that training did not have.
        """
        result = self.places(cells)
        if (result < 0).any():
            row = int(np.argmax(result < 0))
            raise UnknownLabelError(f"the label {cells[row]!r} was not there in training", row)
        return result

    def places(self, cells: np.ndarray) -> np.ndarray:
        """As `encode`; -1 for a label that training did not have."""
        as_key = _keys(self.labels)
        places = {as_key(label): place for place, label in enumerate(self.labels)}
        codes = {cell: places.get(as_key(cell), -1) for cell in set(cells.tolist())}
        return np.array([codes[cell] for cell in cells.tolist()], np.int32)

    def decode(self, probabilities: np.ndarray) -> np.ndarray:
        """The most probable label of each row, ``str`` objects of shape (rows,)."""
        return np.array(self.labels, object)[probabilities.argmax(axis=1)]

    def to_config(self) -> dict[str, Any]:
        """What was learned, as JSON carries it."""
        return {"task": self.task, "labels": list(self.labels), "shares": list(self.shares)}


def target_from_config(config: Any, where: str = "target") -> NumberTarget | LabelTarget:
    """The target that `to_config` wrote down.

    Args:
        config: what was read.
        where: where it was read, for the messages.

    Raises:
        JsonError: it is not what `to_config` writes, a ValueError.
    """
    fields = Fields(config, where)
    target: NumberTarget | LabelTarget
    if fields.text("task", TASKS) == "regression":
        target = NumberTarget(fields.number("mean"), fields.number("scale", 0))
        if target.scale == 0:
            raise JsonError(f'{where}: "scale" is above 0')
    else:
        target = LabelTarget(fields.texts("labels"), fields.numbers("shares", 0, 1))
        if not target.labels or len(target.shares) != len(target.labels) or not math.isclose(sum(target.shares), 1.0):
            raise JsonError(f'{where}: "shares" is a number for each label, which sum to 1')
    fields.done()
    return target


def _keys(labels: Any) -> Any:
    """By what labels are compared: as numbers if all of them are, else as they are."""
    return _as_number if all(_as_number(label) is not None for label in labels) else str


def _as_number(text: str) -> float | None:
    # float() takes 1_000 and the digits of other scripts, which in a table are names rather than numbers.
    try:
        number = float(text) if text.isascii() and "_" not in text else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None
