"""Columns of a table as the numbers a network takes, by rules learned from training rows alone.

A numeric column becomes its distance from the mean in standard deviations. A missing value counts as the median, and if
training rows lacked one, a second feature says where. A text column becomes one feature for each of its values, 1 where
a row has it. A missing text is a value of its own. Texts that occur once in training, and those beyond the most
frequent ones, share one feature, the bucket of others, and a text never seen in training falls into it too. Where they
are many, they are dealt into several such buckets by a hash. If no training row taught the bucket anything, a new text
is taken for the average training row instead.

What says the same in every training row gives no feature. The values of a column are float64 with NaN for a missing
one, or objects, ``str`` with NaN or None for a missing one. All that is learned is plain data (`to_config`), and what
comes back from a file is checked (`from_config`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from kerasflow.estimators import weighted_columns
from kerasflow.estimators.tabular_columns import NumericColumn, TextColumn, column_from_config, is_missing
from kerasflow.io.json_file import Fields, JsonError

__all__ = ["Columns", "NumericColumn", "TabularEncoder", "TextColumn"]

Columns = Mapping[str, np.ndarray]


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

    def fit(self, columns: Columns, weights: np.ndarray | None = None) -> TabularEncoder:
        """Learn from the training rows.

        Args:
            columns: of each column its values, (rows,), float64 for numbers and objects for texts.
            weights: how often each row counts, above 0; by default once.

        Returns:
            The encoder itself.

        Raises:
            ValueError: no rows, columns that differ in length, a number that is infinite.
            TypeError: values of another kind.
        """
        if not _checked_rows(columns):
            raise ValueError("there are no rows to learn from")
        if weights is not None and (weights == 1).all():
            weights = None
        self.columns = [self._learned(name, values, weights) for name, values in columns.items()]
        return self

    def _learned(self, name: str, values: np.ndarray, weights: np.ndarray | None) -> NumericColumn | TextColumn:
        """The rule of a column."""
        if values.dtype == np.float64:
            if weights is None:
                return NumericColumn.learn(name, lambda: [values])
            return weighted_columns.numeric_column(name, values, weights)
        if weights is None:
            return TextColumn.learn(name, _counted(values), self.max_values)
        return weighted_columns.text_column(name, values, weights, self.max_values)

    @classmethod
    def of(cls, columns: Iterable[NumericColumn | TextColumn], max_values: int = 64) -> TabularEncoder:
        """The encoder of columns that were learned one by one, as from data that do not fit in memory."""
        encoder = cls(max_values)
        encoder.columns = list(columns)
        return encoder

    def transform(self, columns: Columns) -> np.ndarray:
        """The features of each row, float32 of shape (rows, features). Columns are found by name, in any order.

        Raises:
            ValueError: a column that gives features is missing, or as in `fit`.
            TypeError: numbers where texts were learned or the other way round.
        """
        return self.expand(self.code(columns))

    def code(self, columns: Columns) -> list[np.ndarray]:
        """The codes of each row, an array of four bytes a row for each column; `expand` makes the features of them.

        Raises:
            ValueError, TypeError: as in `transform`.
        """
        mine = {column.name: columns[column.name] for column in self._present(columns)}
        rows = _checked_rows(mine)
        for column in self._present(columns):
            values = mine[column.name]
            if (values.dtype == np.float64) != (column.kind == "numeric"):
                raise TypeError(f"the column '{column.name}' is {column.kind}, its values are {values.dtype}")
        return [c.code(mine[c.name]) if c.name in mine else np.zeros(rows, np.int32) for c in self.columns]

    def expand(self, codes: Sequence[np.ndarray]) -> np.ndarray:
        """The features of rows, float32 of shape (rows, features), from their codes.

        >>> columns = {"rooms": np.array([2.0, np.nan])}
        >>> encoder = TabularEncoder().fit(columns)
        >>> bool((encoder.expand(encoder.code(columns)) == encoder.transform(columns)).all())
        True
        """
        widths = [len(column.features) for column in self.columns]
        result = np.empty((len(codes[0]) if codes else 0, sum(widths)), np.float32)
        start = 0
        for column, of_column, width in zip(self.columns, codes, widths, strict=True):
            column.expand(of_column, result[:, start : start + width])
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
        encoder.columns = [column_from_config(value, f"{where}: column {place}") for place, value in enumerate(items)]
        fields.done()
        names = [column.name for column in encoder.columns]
        if len(set(names)) != len(names):
            raise JsonError(f"{where}: two columns have the same name")
        return encoder

    def _present(self, columns: Columns) -> list[NumericColumn | TextColumn]:
        """Those of its columns that are there. What gives no feature need not be."""
        missing = [column.name for column in self.columns if column.features and column.name not in columns]
        if missing:
            raise ValueError(f"columns are missing: {', '.join(missing)}")
        return [column for column in self.columns if column.name in columns]


def _counted(values: np.ndarray) -> Counter[str | None]:
    """How many rows have each text; None is a missing one."""
    return Counter(None if is_missing(value) else value for value in values.tolist())


def _checked_rows(columns: Columns) -> int:
    """How many rows the columns have, once their values are seen to be of a kind that is known."""
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"the columns of a table have one length, not {lengths}")
    for name, values in columns.items():
        if values.dtype == np.float64:
            if np.isinf(values).any():
                raise ValueError(f"the column '{name}' holds a number that is infinite")
        elif values.dtype != object or not all(isinstance(v, str) or is_missing(v) for v in values.tolist()):
            raise TypeError(f"the column '{name}' holds {values.dtype}, neither float64 nor texts")
    return next(iter(lengths.values()), 0)
