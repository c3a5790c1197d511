"""What a network is given of the samples: an array as it is, a sparse matrix, or the columns of a table, encoded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from kerasflow.estimators.frames import FrameReader, check_present, is_frame
from kerasflow.estimators.tabular import TabularEncoder

__all__ = ["Featured", "Group", "TableFeatures"]

Array = np.ndarray[Any, Any]


@dataclass(eq=False, repr=False, kw_only=True)
class Featured(BaseEstimator):
    """The part of an estimator that makes features of its samples.

    Args:
        categorical_features: which columns hold categories, None for none: see `FrameReader.learn`.
        missing_values: "median" for what `TabularEncoder` does where values are missing, None to refuse them.
    """

    _takes_sparse: ClassVar[bool] = True

    categorical_features: Any = None
    missing_values: Any = None

    def _learn_features(self, X: Any) -> Any:
        """What the network is given of the samples of a fit, with a row for each; sets what `_features` goes by."""
        if self.categorical_features is None and self.missing_values is None:
            vars(self).pop("_table", None)
            return _summed(
                validate_data(self, X, dtype=(np.float64, np.float32), accept_sparse=self._takes_sparse and "csr")
            )
        known = vars(self).get("_table") if self.warm_start else None
        if known is not None:  # a network goes on with the features that it knows
            return known.features(self._table_of(known.reader.select(X), reset=True))
        X = self._table_of(X, reset=True)
        reader = FrameReader.learn(X, self.categorical_features)
        table = TableFeatures(reader, self.missing_values is not None, reader.pairs(getattr(self, "crosses", None)))
        features = table.learn(X)
        self._table = table
        return features

    def _features(self, X: Any, dtype: np.dtype[Any]) -> Any:
        """What a network that was fitted is given of samples, in the type `dtype` of its weights."""
        table = vars(self).get("_table")
        if table is not None:
            return table.features(self._table_of(table.reader.select(X), reset=False))
        with np.errstate(over="ignore"):  # what the type of the network cannot hold is an error, not a warning
            return _summed(validate_data(self, X, dtype=dtype, accept_sparse=self._takes_sparse and "csr", reset=False))

    def _table_of(self, X: Any, reset: bool) -> Any:
        """A frame as it is, anything else as an array; both with a row for each sample, and the columns of the fit."""
        if is_frame(X):
            if not len(X):
                raise ValueError(f"Found array with 0 sample(s) (shape={X.shape}) while a minimum of 1 is required.")
            validate_data(self, X, reset=reset, skip_check_array=True)
            return X
        if isinstance(X, (list, tuple)):
            X = np.array(X, dtype=object)  # texts would make texts of all numbers beside them
        return validate_data(self, X, dtype=None, ensure_all_finite=False, reset=reset)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        encoded = self.categorical_features is not None or self.missing_values is not None
        tags.input_tags.sparse = self._takes_sparse and not encoded
        tags.input_tags.allow_nan = self.missing_values is not None
        tags.input_tags.categorical = tags.input_tags.string = self.categorical_features is not None
        return tags


def _summed(X: Any) -> Any:
    """The same matrix; a sparse one with no place twice."""
    if issparse(X) and not X.has_canonical_format:
        X = X.copy()
        X.sum_duplicates()
    return X


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

    def learn(self, X: Any) -> Array:
        """The features of samples, from which they are learned: float32 of shape (n_samples, n)."""
        columns = self._columns(X)
        features = self.encoder.fit(columns).transform(columns)
        if not features.shape[1]:
            raise ValueError("There is nothing to learn from: every column says the same in all rows.")
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
            texts = [None if None in row else _crossed(row) for row in rows]
            columns[_crossed(names)] = np.array([*texts, None], object)[:-1]
        return columns


def _crossed(texts: Sequence[str]) -> str:
    return " x ".join(texts)
