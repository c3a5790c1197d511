"""The columns of a table as features: what a network is given of frames."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from kerasflow.estimators.frames import FrameReader, check_present
from kerasflow.estimators.tabular import TabularEncoder

__all__ = ["Group", "TableFeatures", "Untaught"]

Array = np.ndarray[Any, Any]
_SIGN = re.compile(r"(?<!\S)(\\*x)(?!\S)")


class Group(NamedTuple):
    """The features of a column: what it is called, where they are, whether it holds categories, of several columns."""

    name: str
    start: int
    stop: int
    text: bool
    crossed: bool


class TableFeatures:
    """The columns of a table as features.

    Args:
        reader: what the columns are.
        fill: whether values may be missing.
        crosses: tuples of columns of categories, of which the combinations of values are categories, too.
    """

    def __init__(self, reader: FrameReader, fill: bool, crosses: Sequence[tuple[str, ...]] = ()) -> None:
        self.reader, self.fill, self.crosses = reader, fill, tuple(crosses)
        self.encoder = TabularEncoder()

    def learn(self, X: Any, rows: Array, weights: Array | None = None) -> Array:
        """The features of samples, float32 of shape (n_samples, n).

        Args:
            X: the samples.
            rows: those to learn from.
            weights: how often each of these counts, above 0; by default once.
        """
        columns = self._columns(X)
        known = columns if len(rows) == len(X) else {name: values[rows] for name, values in columns.items()}
        self.encoder.fit(known, weights)
        features = self.encoder.transform(columns)
        if not features.shape[1]:
            raise ValueError(
                f"There is nothing to learn from: every column says the same in all rows, n_samples={len(rows)}."
            )
        return features

    def features(self, X: Any) -> Array:
        """The features of samples, float32 of shape (n_samples, n)."""
        return self.encoder.transform(self._columns(X))

    def groups(self) -> list[Group]:
        """The columns, and which of the features are theirs; those without a feature are left out."""
        stops = np.cumsum([len(column.features) for column in self.encoder.columns]).tolist()
        starts = [0, *stops[:-1]]
        crossed = {_crossed(names) for names in self.crosses}
        return [
            Group(column.name, start, stop, column.kind == "text", column.name in crossed)
            for column, start, stop in zip(self.encoder.columns, starts, stops, strict=True)
            if stop > start
        ]

    def _columns(self, X: Any) -> dict[str, Array]:
        columns = self.reader.read(X)
        if not self.fill:
            check_present(columns)
        for names in self.crosses:
            rows = zip(*[columns[name].tolist() for name in names], strict=True)
            texts = [None if None in row else _crossed(map(_kept_apart, row)) for row in rows]
            columns[_crossed(names)] = np.array([*texts, None], object)[:-1]
        return columns


@dataclass(frozen=True)
class Untaught:
    """Samples of which the features are yet to be learned.

    Args:
        table: learns them.
        X: the samples, a frame or an array of shape (n_samples, n_columns).

    >>> import pandas as pd
    >>> from kerasflow.estimators.frames import FrameReader
    >>> from kerasflow.estimators.table_features import TableFeatures, Untaught
    >>> frame = pd.DataFrame({"size": [1.0, 3.0, 99.0]})
    >>> samples = Untaught(TableFeatures(FrameReader.learn(frame, None), fill=False), frame)
    >>> samples.table.learn(samples.X, np.array([0, 1])).tolist()  # 99 is far from what 1 and 3 teach
    [[-1.0], [1.0], [10.0]]
    """

    table: TableFeatures
    X: Any
    dtype: ClassVar[np.dtype[Any]] = np.dtype(np.float32)  # of the features

    @property
    def shape(self) -> tuple[int, ...]:
        """How many samples there are, and columns."""
        return tuple(self.X.shape)


def _crossed(texts: Iterable[str]) -> str:
    return " x ".join(texts)


def _kept_apart(text: str) -> str:
    """A text of which no part reads as the sign between two: other texts, when crossed, are others."""
    return _SIGN.sub(r"\\\1", text)
