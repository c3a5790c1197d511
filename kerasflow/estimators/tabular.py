"""Columns of a table as the numbers a network takes, by rules learned from training rows alone.

A numeric column becomes its distance from the mean in standard deviations. A missing value counts as the median, and if
training rows lacked one, a second feature says where. A text column becomes one feature for each of its values, 1 where
a row has it. A missing text is a value of its own. Texts that occur once in training, and those beyond the most
frequent ones, share one feature, the bucket of others, and a text never seen in training falls into it too. If no
training row taught that bucket anything, a new text is taken for the average training row instead.

What says the same in every training row gives no feature. The values of a column are float64 with NaN for a missing
one, or objects, ``str`` with NaN or None for a missing one. All that is learned is plain data (`to_config`), and what
comes back from a file is checked (`from_config`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasflow.io.json_file import Fields, JsonError

__all__ = ["NumericColumn", "TabularEncoder", "TextColumn", "standardised"]

FARTHEST = 10.0  # standard deviations; a number further out counts as this far, so that no single cell decides
TOO_SMALL = float(np.finfo(np.float64).tiny)  # a standard deviation below is none
SEEN_TWICE = 2  # the rows that make a text a value of its own

Columns = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class NumericColumn:
    """How a column of numbers becomes features: ``(x - mean) / scale``, and 1 where x was missing.

    Args:
        name: the column.
        median: what stands for a missing number.
        mean, scale: mean and standard deviation of the training rows, missing numbers filled in; scale 0 means that all
            were the same, and the column gives no such feature.
        indicator: whether some training rows lacked a number, others not, and a feature says which.
    """

    name: str
    median: float
    mean: float
    scale: float
    indicator: bool

    kind = "numeric"

    @classmethod
    def learn(cls, name: str, values: np.ndarray) -> NumericColumn:
        """Learn the rule from the numbers of the training rows, NaN where one is missing."""
        missing = np.isnan(values)
        present = values[~missing]
        if not present.size:
            return cls(name, 0.0, 0.0, 0.0, False)
        # By a power of two, which loses nothing, the numbers come near 1, where no sum and no square overflows.
        exponent = int(np.frexp(np.abs(present).max())[1])
        present = np.ldexp(present, -exponent)
        median = float(np.median(present))
        filled = np.concatenate([present, np.full(missing.sum(), median)])
        scale = 0.0 if filled.min() == filled.max() else float(np.ldexp(filled.std(), exponent))
        return cls(
            name,
            median=float(np.ldexp(median, exponent)),
            mean=float(np.ldexp(filled.mean(), exponent)),
            scale=scale if scale >= TOO_SMALL else 0.0,
            indicator=bool(missing.any()),
        )

    @property
    def features(self) -> list[str]:
        """The names of the features."""
        return [self.name] * (self.scale > 0) + [f"{self.name} is missing"] * self.indicator

    def encode(self, values: np.ndarray, out: np.ndarray) -> None:
        """Write the features of each row into `out`, (rows, features)."""
        missing = np.isnan(values)
        if self.scale > 0:
            out[:, 0] = standardised(np.where(missing, self.median, values), self.mean, self.scale, FARTHEST)
        if self.indicator:
            out[:, -1] = missing

    def unseen(self, values: np.ndarray) -> int:
        """How many rows hold what training never saw: none, numbers are always known."""
        return 0

    def to_config(self) -> dict[str, Any]:
        """What was learned, as JSON carries it."""
        return {
            "name": self.name,
            "kind": self.kind,
            "median": self.median,
            "mean": self.mean,
            "scale": self.scale,
            "indicator": self.indicator,
        }

    @classmethod
    def from_config(cls, name: str, fields: Fields) -> NumericColumn:
        """The rule that `to_config` wrote down. Raises JsonError: the fields are not of that kind."""
        return cls(
            name, fields.number("median"), fields.number("mean"), fields.number("scale", 0), fields.flag("indicator")
        )


@dataclass(frozen=True)
class TextColumn:
    """How a column of texts becomes features: 1 for the one that a row has, 0 for the rest.

    Args:
        name: the column.
        values: the texts with a feature of their own, the most frequent first.
        missing: whether training rows lacked the text, and a feature says which.
        others: whether training rows had further texts, and a feature says which.
        shares: of each feature, the share of the training rows that have it.
    """

    name: str
    values: tuple[str, ...]
    missing: bool
    others: bool
    shares: tuple[float, ...]

    kind = "text"

    @classmethod
    def learn(cls, name: str, values: np.ndarray, most: int) -> TextColumn:
        """Learn the rule from the texts of the training rows, NaN or None where one is missing; `most` are kept."""
        counts = Counter(None if _is_missing(value) else value for value in values.tolist())
        missing = counts.pop(None, 0)
        # Equal counts go by the alphabet: the order of the rows decides nothing.
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        kept = [item for item in ranked[:most] if item[1] >= SEEN_TWICE]
        others = sum(count for _, count in ranked[len(kept) :])
        sizes = [count for _, count in kept] + [missing] * (missing > 0) + [others] * (others > 0)
        shares = tuple(size / len(values) for size in sizes)
        return cls(name, tuple(text for text, _ in kept), missing > 0, others > 0, shares)

    @property
    def features(self) -> list[str]:
        """The names of the features; a single one would be 1 everywhere, so there is none then."""
        names = [f"{self.name} = {value}" for value in self.values]
        names += [f"{self.name} is missing"] * self.missing + [f"{self.name} is another"] * self.others
        return names if len(names) > 1 else []

    def encode(self, values: np.ndarray, out: np.ndarray) -> None:
        """Write the features of each row into `out`, (rows, features)."""
        if not out.shape[1]:
            return
        size, places = len(self.shares), self._places()
        coding = np.vstack([np.eye(size), self.shares])  # the last row: the average training row
        bucket = size - 1 if self.others else size
        out[...] = coding[[places.get(None if _is_missing(value) else value, bucket) for value in values.tolist()]]

    def unseen(self, values: np.ndarray) -> int:
        """How many rows fall into the bucket of others; none if the column gives no features at all."""
        if not self.features:
            return 0
        places = self._places()
        return sum((None if _is_missing(value) else value) not in places for value in values.tolist())

    def _places(self) -> dict[str | None, int]:
        places: dict[str | None, int] = {text: place for place, text in enumerate(self.values)}
        if self.missing:
            places[None] = len(self.values)
        return places

    def to_config(self) -> dict[str, Any]:
        """What was learned, as JSON carries it."""
        return {
            "name": self.name,
            "kind": self.kind,
            "values": list(self.values),
            "missing": self.missing,
            "others": self.others,
            "shares": list(self.shares),
        }

    @classmethod
    def from_config(cls, name: str, fields: Fields) -> TextColumn:
        """The rule that `to_config` wrote down. Raises JsonError: the fields are not of that kind."""
        column = cls(
            name, fields.texts("values"), fields.flag("missing"), fields.flag("others"), fields.numbers("shares", 0, 1)
        )
        expected = len(column.values) + column.missing + column.others
        if len(column.shares) != expected or not np.isclose(sum(column.shares), 1.0):
            raise JsonError(f'{fields.where}: "shares" is {expected} numbers that sum to 1')
        return column


class TabularEncoder:
    """Columns of numbers and texts as one float32 array of features, by rules learned from training rows.

    Args:
        max_values: how many texts of a column get a feature of their own at the most.

    >>> columns = {"rooms": np.array([2.0, 4.0, np.nan]), "sea": np.array(["near", "far", "far"], object)}
    >>> encoder = TabularEncoder().fit(columns)
    >>> encoder.features
    ['rooms', 'rooms is missing', 'sea = far', 'sea is another']
    >>> encoder.transform(columns)[:2]
    array([[-1.2247449,  0.       ,  0.       ,  1.       ],
           [ 1.2247449,  0.       ,  1.       ,  0.       ]], dtype=float32)
    >>> copy = TabularEncoder.from_config(encoder.to_config())
    >>> bool((copy.transform(columns) == encoder.transform(columns)).all())
    True
    """

    def __init__(self, max_values: int = 64) -> None:
        self.max_values = max_values
        self.columns: list[NumericColumn | TextColumn] = []

    def fit(self, columns: Columns) -> TabularEncoder:
        """Learn from the training rows.

        Args:
            columns: of each column its values, (rows,), float64 for numbers and objects for texts.

        Returns:
            The encoder itself.

        Raises:
            ValueError: no rows, columns that differ in length, a number that is infinite.
            TypeError: values of another kind.
        """
        if not _checked_rows(columns):
            raise ValueError("there are no rows to learn from")
        self.columns = [
            NumericColumn.learn(name, values) if values.dtype == np.float64 else self._text(name, values)
            for name, values in columns.items()
        ]
        return self

    def transform(self, columns: Columns) -> np.ndarray:
        """The features of each row, float32 of shape (rows, features). Columns are found by name, in any order.

        Raises:
            ValueError: a column is missing, or as in `fit`.
            TypeError: numbers where texts were learned or the other way round.
        """
        mine = {column.name: columns[column.name] for column in self._present(columns)}
        result = np.zeros((_checked_rows(mine), len(self.features)), np.float32)
        start = 0
        for column in self.columns:
            values, width = mine[column.name], len(column.features)
            if (values.dtype == np.float64) != (column.kind == "numeric"):
                raise TypeError(f"the column '{column.name}' is {column.kind}, its values are {values.dtype}")
            column.encode(values, result[:, start : start + width])
            start += width
        return result

    def unseen(self, columns: Columns) -> dict[str, int]:
        """How many rows fall into a column's bucket of others, by the names of the columns where some do."""
        counts = {column.name: column.unseen(columns[column.name]) for column in self._present(columns)}
        return {name: count for name, count in counts.items() if count}

    @property
    def features(self) -> list[str]:
        """The names of the features, in order."""
        return [name for column in self.columns for name in column.features]

    def to_config(self) -> dict[str, Any]:
        """What was learned, as JSON carries it."""
        return {"max_values": self.max_values, "columns": [column.to_config() for column in self.columns]}

    @classmethod
    def from_config(cls, config: Any, where: str = "encoder") -> TabularEncoder:
        """The encoder that `to_config` wrote down.

        Args:
            config: what was read.
            where: where it was read, for the messages.

        Raises:
            JsonError: it is not what `to_config` writes, a ValueError.
        """
        fields = Fields(config, where)
        encoder = cls(fields.integer("max_values", 0))
        items = fields.items("columns")
        encoder.columns = [_column(value, f"{where}: column {place}") for place, value in enumerate(items)]
        fields.done()
        names = [column.name for column in encoder.columns]
        if len(set(names)) != len(names):
            raise JsonError(f"{where}: two columns have the same name")
        return encoder

    def _text(self, name: str, values: np.ndarray) -> TextColumn:
        return TextColumn.learn(name, values, self.max_values)

    def _present(self, columns: Columns) -> list[NumericColumn | TextColumn]:
        missing = [column.name for column in self.columns if column.name not in columns]
        if missing:
            raise ValueError(f"columns are missing: {', '.join(missing)}")
        return self.columns


def standardised(values: np.ndarray, mean: float, scale: float, farthest: float) -> np.ndarray:
    """``(values - mean) / scale``, no further than `farthest` from 0; nothing overflows on the way."""
    half = scale / 2
    return np.clip(values / 2 - mean / 2, -farthest * half, farthest * half) / half


def _column(value: Any, where: str) -> NumericColumn | TextColumn:
    fields = Fields(value, where)
    name, kind = fields.text("name"), fields.text("kind", ("numeric", "text"))
    column = (NumericColumn if kind == "numeric" else TextColumn).from_config(name, fields)
    fields.done()
    return column


def _checked_rows(columns: Columns) -> int:
    """How many rows the columns have, once their values are seen to be of a kind that is known."""
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"the columns of a table have one length, not {lengths}")
    for name, values in columns.items():
        if values.dtype == np.float64:
            if np.isinf(values).any():
                raise ValueError(f"the column '{name}' holds a number that is infinite")
        elif values.dtype != object or not all(isinstance(v, str) or _is_missing(v) for v in values.tolist()):
            raise TypeError(f"the column '{name}' holds {values.dtype}, neither float64 nor texts")
    return next(iter(lengths.values()), 0)


def _is_missing(value: Any) -> bool:
    return value is None or value != value  # NaN is what differs from itself
