"""What a network gives for weights that are kept elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import issparse

from kerasflow.estimators.bench import Bench, borrowed
from kerasflow.estimators.sparse import entries, stretches

__all__ = ["outputs"]

_MANY = 20_000  # rows: for more the steps may be compiled, and compiled steps keep hold of weights


class _Forward(Bench):
    """A model without weights of its own."""

    def __init__(self, design: Any) -> None:
        super().__init__(design)
        self._size, self.bytes = self.bytes, 0

    def __call__(self, x: Any, weights: Sequence[Any], size: int | None = None) -> Any:
        """The outputs for features `x`, computed for so many samples at a time."""
        model = self.model
        for weight, array in zip(model.weights, weights, strict=True):
            weight.cell.value = np.asarray(array)
        self.bytes = self._size if _rows(x) > _MANY else 0
        if model._workspace is not None:
            model._workspace.start_over()
        with self.outside():
            found = model.predict(x, size, verbose=0)
        for weight in model.weights:
            weight.cell.value = None
        return found


def outputs(design: Any, x: Any, weights: Sequence[Any]) -> Any:
    """What the last layer of a network gives, (n_samples, n_outputs).

    Args:
        design: what it looks like, see `Stack`.
        x: the features, (n_samples, n_features), in the type of the weights; a sparse matrix for a `SparseStack`.
        weights: in the order of its model; they are used where they are.
    """
    with borrowed(("outputs", design), lambda: _Forward(design)) as forward:
        if not issparse(x):
            return forward(x, weights)
        return np.concatenate([forward(entries(rows), weights, rows.shape[0]) for rows in stretches(x)])


def _rows(x: Any) -> int:
    return len(x[0] if isinstance(x, (list, tuple)) else x)
