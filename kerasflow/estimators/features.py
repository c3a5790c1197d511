"""What a network is given of the samples: an array as it is, a sparse matrix, or the columns of a table, encoded."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data

from kerasflow.estimators.files import Saveable
from kerasflow.estimators.frames import FrameReader, check_different, check_frame, is_frame, refuse
from kerasflow.estimators.table_features import TableFeatures, Untaught

__all__ = ["Featured"]

Array = np.ndarray[Any, Any]


@dataclass(eq=False, repr=False, kw_only=True)
class Featured(Saveable, BaseEstimator):
    """The part of an estimator that makes features of its samples.

    Args:
        categorical_features: which columns hold categories, None for none: see `FrameReader.learn`.
        missing_values: "median" for what `TabularEncoder` does where values are missing, None to refuse them.
    """

    categorical_features: Any = None
    missing_values: Any = None

    def _samples(self, X: Any) -> Any:
        """The samples of a fit, checked; of a table the features are yet to be learned."""
        if self.categorical_features is None and self.missing_values is None:
            vars(self).pop("_table", None)
            return self._numbers(X, (np.float64, np.float32), reset=True)
        known = vars(self).get("_table") if self.warm_start else None
        if known is not None:  # a network goes on with the features that it knows
            return known.features(self._table_of(known.reader.select(X), reset=True))
        X = self._table_of(X, reset=True)
        reader = FrameReader.learn(X, self.categorical_features)
        crosses = reader.pairs(getattr(self, "crosses", None))
        return Untaught(TableFeatures(reader, self.missing_values is not None, crosses), X)

    def _learn_features(self, samples: Any, rows: Array, weights: Array) -> Any:
        """What the network is given of samples, with a row for each; what `_features` goes by is learned from some.

        Args:
            samples: what `_samples` gave.
            rows: those to learn from, of which there is at least one.
            weights: how often each of the samples counts, above 0 for these.
        """
        if not isinstance(samples, Untaught):
            return samples
        features = samples.table.learn(samples.X, rows, weights[rows])
        self._table = samples.table
        return features

    def _features(self, X: Any, dtype: np.dtype[Any]) -> Any:
        """What a network that was fitted is given of samples, in the type `dtype` of its weights."""
        table = vars(self).get("_table")
        if table is not None:
            return table.features(self._table_of(table.reader.select(X), reset=False))
        with np.errstate(
            over="ignore", invalid="ignore"
        ):  # what the type of the network cannot hold is an error, not a warning
            return self._numbers(X, dtype, reset=False)

    def _numbers(self, X: Any, dtype: Any, reset: bool) -> Any:
        """An array of numbers, or a sparse matrix."""
        if is_frame(X):
            check_frame(X)
        try:
            X = validate_data(self, X, dtype=dtype, accept_sparse="csr", reset=reset)
        except (ValueError, TypeError) as error:
            if is_frame(X):
                refuse(X, error)
            elif "could not convert string" in str(error):
                raise ValueError(f"{error}. categorical_features takes columns of texts.") from error
            raise
        if issparse(X) and not X.has_canonical_format:  # no place twice
            X = X.copy()
            X.sum_duplicates()
        return X

    def _table_of(self, X: Any, reset: bool) -> Any:
        """A frame as it is, anything else as an array; both with a row for each sample, and the columns of the fit."""
        if is_frame(X):
            check_frame(X)
            check_different(X)
            validate_data(self, X, reset=reset, skip_check_array=True)
            return X
        if isinstance(X, (list, tuple)):
            X = np.array(X, dtype=object)  # texts would make texts of all numbers beside them
        return validate_data(self, X, dtype=None, ensure_all_finite=False, reset=reset)

    @property
    def encoded_features_(self) -> list[str]:
        """The names of what the network is given of a sample, in the order of the weights of its first layer.

        >>> import pandas as pd
        >>> from kerasflow.estimators import LinearRegressor
        >>> houses = pd.DataFrame({"rooms": [2, 3, None, 4], "sea": ["near", "far", "near", "far"]})
        >>> model = LinearRegressor(categorical_features="from_dtype", missing_values="median")
        >>> model.fit(houses, [3.0, 2.0, 3.5, 2.5]).encoded_features_
        ['rooms', 'rooms is missing', 'sea = far', 'sea = near']
        """
        check_is_fitted(self)
        if "_table" in vars(self):
            return list(self._table.encoder.features)
        return [str(name) for name in vars(self).get("feature_names_in_", [f"x{k}" for k in range(self._width)])]

    @property
    def _width(self) -> int:
        """The number of features that the network has."""
        return len(self._table.encoder.features) if "_table" in vars(self) else self.n_features_in_

    def _shapes(self) -> tuple[Any, Any]:
        """The shapes that the learned matrices should have, and those they have."""
        sizes = [self._width, *[len(bias) for bias in self.intercepts_]]
        return list(pairwise(sizes)), [coef.shape for coef in self.coefs_]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        encoded = self.categorical_features is not None or self.missing_values is not None
        tags.input_tags.sparse = not encoded
        tags.input_tags.allow_nan = self.missing_values is not None
        tags.input_tags.categorical = tags.input_tags.string = self.categorical_features is not None
        return tags
