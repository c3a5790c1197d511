"""Wide and deep estimators: a linear model and a network with embeddings, trained together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.sparse import issparse

from kerasflow.estimators.body import Network
from kerasflow.estimators.frames import chosen
from kerasflow.estimators.heads import Head
from kerasflow.estimators.kinds import Classifier, Regressor
from kerasflow.estimators.outputs import outputs
from kerasflow.estimators.table_features import Group
from kerasflow.estimators.threads import blas_threads
from kerasflow.estimators.wide_deep import SparseWideDeep, WideDeep, runs_of

__all__ = ["DNNLinearCombinedClassifier", "DNNLinearCombinedRegressor"]

Array = np.ndarray[Any, Any]


@dataclass(eq=False, repr=False)
class _Combined(Network):
    """A network with a linear part."""

    hidden_layer_sizes: Any = (100,)
    activation: str = "relu"
    dropout: float = field(default=0.0, kw_only=True)
    linear_features: Any = field(default=None, kw_only=True)
    deep_features: Any = field(default=None, kw_only=True)
    crosses: Any = field(default=None, kw_only=True)
    embedding_size: Any = field(default="auto", kw_only=True)

    def _design(self, X: Any, head: Head) -> WideDeep:
        groups = self._groups(X.shape[1])
        names = [group.name for group in groups if not group.crossed]
        sizes = self.hidden_layer_sizes
        linear, deep = (_wanted(self, name, names) for name in ("linear_features", "deep_features"))
        embedded = {g: self._size(g.stop - g.start) for g in groups if g.text and g.name in deep and not g.crossed}
        embedded = {group: size for group, size in embedded.items() if size}
        direct = [g for g in groups if g.name in deep and not g.crossed and g not in embedded]
        self._last_design = WideDeep(
            X.shape[1],
            runs_of(place for g in groups if g.crossed or g.name in linear for place in range(g.start, g.stop)),
            runs_of(place for g in direct for place in range(g.start, g.stop)),
            tuple((g.start, g.stop, size) for g, size in embedded.items()),
            tuple(int(n) for n in ([sizes] if np.ndim(sizes) == 0 else sizes)),
            head.outputs,
            self.activation,
            X.dtype.name,
            float(self.dropout),
        )
        return SparseWideDeep.like(self._last_design) if issparse(X) else self._last_design

    def _groups(self, count: int) -> list[Group]:
        """The columns, and which of the features are theirs."""
        if "_table" in vars(self):
            return self._table.groups()
        names = getattr(self, "feature_names_in_", [f"x{place}" for place in range(count)])
        return [Group(str(name), place, place + 1, False, False) for place, name in enumerate(names)]

    def _size(self, values: int) -> int:
        """The size of the embedding of a category with so many values."""
        return min(values, round(6 * values**0.25)) if self.embedding_size == "auto" else int(self.embedding_size)

    def _learned(self, weights: Sequence[Array], head: Head) -> dict[str, Any]:
        count = len(self._last_design.embedded)
        linear, bias = head.to_units(*weights[:2])
        embeddings, deep = weights[2 : 2 + count], weights[2 + count :]
        return {
            "linear_coef_": linear,
            "embeddings_": embeddings,
            "coefs_": [*deep[0:-1:2], head.to_units(deep[-1], bias)[0]],
            "intercepts_": [*deep[1::2], bias],
            "n_layers_": len(self._last_design.hidden) + 2,
        }

    def _weights(self, learned: Mapping[str, Any]) -> list[Array]:
        """The weights in the order of the model."""
        *coefs, last = learned["coefs_"]
        *intercepts, bias = learned["intercepts_"]
        hidden = [array for pair in zip(coefs, intercepts, strict=True) for array in pair]
        return [learned["linear_coef_"], bias, *learned["embeddings_"], *hidden, last]

    def _shapes(self) -> tuple[Any, Any]:
        design, weights = self._last_design, self._weights(vars(self))
        return (self._width, design.shapes), (design.features, [array.shape for array in weights])

    def _going_on(self, before: Mapping[str, Any], design: Any, head: Head) -> list[Array]:
        if before["_last_design"].shapes != design.shapes or not self._same_targets(before):
            raise ValueError("warm_start=True asks for the features, targets or classes, and layers of the last fit.")
        linear, bias, *others, last = self._weights(before)
        return [*head.from_units(linear, bias), *others, head.from_units(last, bias)[0]]

    def _outputs(self, X: Any) -> Array:
        X = self._features(X, self.coefs_[0].dtype)
        with blas_threads(self.n_threads):
            design = SparseWideDeep.like(self._last_design) if issparse(X) else self._last_design
            return outputs(design, X, self._weights(vars(self)))


def _wanted(estimator: Any, parameter: str, names: Sequence[str]) -> set[str]:
    """The columns that a parameter names, by default all."""
    value = getattr(estimator, parameter)
    if value is None:
        return set(names)
    found = chosen(value, names, parameter)
    if not found:
        raise ValueError(f"{parameter} names no column: both parts of the network need one.")
    return found


@dataclass(eq=False, repr=False)
class DNNLinearCombinedRegressor(Regressor, _Combined):
    """A linear model and a deep network that predict numbers together: the sum of what both give.

    The linear part learns what single values and pairs of values mean, the deep part what is common to similar ones.
    Categories, see `categorical_features`, are features of 0 and 1 for the linear part; the deep part learns an
    embedding of each. Both parts are trained by one solver.

    Args:
        hidden_layer_sizes, activation, dropout: of the deep part, see `DNNRegressor`.
        linear_features, deep_features: names or places of the columns that a part takes, or a mask; None for all.
        crosses: a list of tuples of names of columns of categories: the linear part takes each combination of their
            values as a category, too.
        embedding_size: the numbers that the deep part has for a category; "auto" are ``6 n^(1/4)`` for one of n
            values, and n at the most; 0 gives it the features of 0 and 1 instead.
        categorical_features, missing_values, solver, alpha, l1, batch_size, learning_rate, learning_rate_init,
            max_iter, shuffle, random_state, tol, n_iter_no_change, early_stopping, validation_fraction, warm_start,
            n_threads, callbacks, verbose: see `DNNRegressor`.

    Attributes:
        linear_coef_: the weights of the linear part, (features, n_outputs).
        embeddings_: of each embedded category, (values, size).
        coefs_, intercepts_: the weights of the hidden layers and of the last one, whose bias is that of the sum.
        n_iter_, loss_, best_loss_, loss_curve_, validation_loss_curve_: see `DNNRegressor`.
        n_features_in_, feature_names_in_, n_outputs_: what it was fitted to.

    Source: Cheng et al. 2016, Wide & Deep Learning for Recommender Systems.

    >>> from kerasflow.estimators import DNNLinearCombinedRegressor
    >>> rooms = np.array([[2, "near"], [3, "near"], [2, "far"], [3, "far"]] * 5, dtype=object)
    >>> model = DNNLinearCombinedRegressor((8,), categorical_features=[1], solver="lbfgs", random_state=0)
    >>> model.fit(rooms, [3.0, 5.0, 1.0, 2.0] * 5).predict(rooms[:4]).round(1)
    array([3., 5., 1., 2.], dtype=float32)
    """


@dataclass(eq=False, repr=False)
class DNNLinearCombinedClassifier(Classifier, _Combined):
    """A linear model and a deep network that predict classes together: the logits are the sum of what both give.

    Args:
        hidden_layer_sizes, activation, dropout, linear_features, deep_features, crosses, embedding_size: see
            `DNNLinearCombinedRegressor`.
        class_weight: see `DNNClassifier`.
        categorical_features, missing_values, solver, alpha, l1, batch_size, learning_rate, learning_rate_init,
            max_iter, shuffle, random_state, tol, n_iter_no_change, early_stopping, validation_fraction, warm_start,
            n_threads, callbacks, verbose: see `DNNClassifier`.

    Attributes:
        classes_: the classes, sorted.
        linear_coef_, embeddings_, coefs_, intercepts_: see `DNNLinearCombinedRegressor`.
        n_iter_, loss_, best_loss_, loss_curve_, validation_loss_curve_, n_features_in_, feature_names_in_: see
            `DNNClassifier`.

    >>> from kerasflow.estimators import DNNLinearCombinedClassifier
    >>> X = np.array([["red", "wine"], ["white", "wine"], ["red", "bread"], ["white", "bread"]] * 5)
    >>> y = ["yes", "no", "no", "yes"] * 5
    >>> model = DNNLinearCombinedClassifier(
    ...     (4,), categorical_features=[0, 1], crosses=[(0, 1)], max_iter=100, learning_rate_init=0.1, random_state=0
    ... )
    >>> model.fit(X, y).predict(X[:4]).tolist()
    ['yes', 'no', 'no', 'yes']
    """
