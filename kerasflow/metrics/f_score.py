"""The F-scores: precision and recall in one number."""

from __future__ import annotations

from typing import Any

from kerasflow.core import ops, shapes
from kerasflow.core.graph import convert
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import float64
from kerasflow.losses.align import align_weights, as_columns, as_tensors, quotient
from kerasflow.metrics.base import Metric
from kerasflow.metrics.state import State

__all__ = ["F1Score", "FBetaScore"]

_AVERAGES = (None, "micro", "macro", "weighted")


class FBetaScore(Metric):
    """The weighted harmonic mean of precision and recall, ``(1 + b^2) P R / (b^2 P + R)``; 0 where both are 0.

    Args:
        average: for several columns (classes or labels): None for one score for each; "micro" counts all columns
            together; "macro" takes the mean of the scores; "weighted" their mean by how often each label is yes.
            With one column the score is a single number.
        beta: b, how much more recall counts than precision.
        threshold: predictions above it say yes. None: the likeliest column says yes; with one column it means 0.5.
        name, dtype: see `Metric`.

    Raises:
        ValueError: an argument is none of these.

    >>> metric = tf.keras.metrics.FBetaScore(beta=2.0, threshold=0.5)
    >>> metric.update_state([1, 1, 1, 0], [0.9, 0.8, 0.2, 0.7])
    >>> round(float(metric.result()), 4)
    0.6667
    """

    _direction = "up"

    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str = "fbeta_score",
        dtype: Any = None,
    ) -> None:
        if average not in _AVERAGES:
            raise ValueError(f"average must be one of {_AVERAGES}, got {average!r}.")
        if not beta > 0:
            raise ValueError(f"beta must be above 0, got {beta!r}.")
        if threshold is not None and not 0 <= threshold <= 1:
            raise ValueError(f"threshold must be in [0, 1], got {threshold!r}.")
        super().__init__(name, dtype)
        self.average = average
        self.beta = beta
        self.threshold = threshold
        self.counts: State | None = None  # for each column: true positives, predictions that say yes, labels that do

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Add a batch: labels of 0 and 1, and probabilities or scores, [rows] or [rows, columns]."""
        y, p = as_columns(*as_tensors(y_true, y_pred, float64))
        counts = self._counts_of(p.dims)
        w = ops.ones_like(p) if sample_weight is None else align_weights(sample_weight, p) * ops.ones_like(p)
        w = ops.where(ops.is_nan(p), p, w)
        yes, said = w * ops.cast(y > 0.0, float64), self._said(p, counts)
        terms = [yes * said, w * said, yes]
        counts.assign_add(ops.stack([ops.reduce_sum(t, 0) for t in terms]))

    def _said(self, p: Tensor, counts: State) -> Tensor:
        """1 where a prediction says yes."""
        columns = counts.numpy_value.shape[1]
        if self.threshold is None and columns > 1:
            return ops.one_hot(ops.argmax(p, -1), columns, dtype=float64)
        return ops.cast(p > (0.5 if self.threshold is None else self.threshold), float64)

    def _counts_of(self, dims: shapes.Dims) -> State:
        """The state, which is made when the number of columns is known."""
        columns = None if dims is None or len(dims) != 2 else dims[1]
        if columns is None or self.counts is not None and self.counts.shape != (3, columns):
            seen = "columns" if self.counts is None else f"{self.counts.shape[1]}"
            raise ValueError(f"{self.name} takes predictions of shape (rows, {seen}), got {shapes.show(dims)}.")
        if self.counts is None:
            self.counts = self.add_weight((3, columns), name="counts")
        return self.counts

    def result(self) -> Any:
        """The score so far, or one for each column."""
        if self.counts is None:
            raise ValueError(f"{self.name} has no result before it is updated: it does not know the number of columns.")
        counts = convert(self.counts)
        if self.average == "micro":
            counts = ops.reduce_sum(counts, 1, keepdims=True)
        right, said, yes = ops.unstack(counts, num=3)
        square = self.beta**2
        scores = quotient((1.0 + square) * right, said + square * yes)
        if self.average == "weighted":
            return quotient(ops.reduce_sum(scores * yes), ops.reduce_sum(yes))
        if self.average == "macro":
            return ops.reduce_mean(scores)
        return scores[0] if self.average == "micro" or self.counts.shape[1] == 1 else scores

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a metric like this one."""
        own = {"average": self.average, "beta": self.beta, "threshold": self.threshold}
        return {**super().get_config(), **own}


class F1Score(FBetaScore):
    """The harmonic mean of precision and recall, ``2 P R / (P + R)``; see `FBetaScore` for the arguments.

    >>> metric = tf.keras.metrics.F1Score()
    >>> metric.update_state([1, 1, 1, 0], [0.9, 0.8, 0.2, 0.7])
    >>> round(float(metric.result()), 4)
    0.6667
    """

    def __init__(
        self, average: str | None = None, threshold: float | None = None, name: str = "f1_score", dtype: Any = None
    ) -> None:
        super().__init__(average, 1.0, threshold, name, dtype)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a metric like this one."""
        config = super().get_config()
        del config["beta"]
        return config
