"""Heads of regressions: the prediction is a number, or several."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kerasflow.core import ops
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import float32
from kerasflow.estimator.export_outputs import PredictOutput, RegressionOutput
from kerasflow.estimator.heads.base import Head, LossSpec
from kerasflow.estimator.heads.checks import matching_labels
from kerasflow.estimator.heads.keys import MetricKeys, PredictionKeys
from kerasflow.losses.base import Reduction
from kerasflow.metrics.streaming import mean
from kerasflow.saved_model import signature_constants

__all__ = ["LogisticRegressionHead", "PoissonRegressionHead", "RegressionHead", "broadcast_mean"]


def broadcast_mean(values: Tensor, weights: Any, name: str) -> Any:
    """The mean of values as a metric, where weights may be of fewer columns."""
    spread = weights * ops.ones_like(values) if isinstance(weights, Tensor) else weights
    return mean(values, spread, name=name)


class RegressionHead(Head):
    """The predictions are the logits, or what a link function makes of them; the loss is the squared error.

    Args:
        label_dimension: how many numbers there are for an example.
        weight_column, loss_reduction, loss_fn, name: as for `Head`; there may be a weight for each number.
        inverse_link_fn: makes predictions of logits.

    Raises:
        ValueError: `label_dimension` is not positive.

    >>> head = tf.estimator.RegressionHead()
    >>> spec = head.create_loss({}, tf.estimator.ModeKeys.EVAL, [[1.0], [2.0]], tf.constant([[3.0], [2.0]]))
    >>> tf.Session().run(spec.training_loss)
    np.float32(2.0)
    """

    weights_for_each_logit = True

    def __init__(
        self,
        label_dimension: int = 1,
        weight_column: Any = None,
        loss_reduction: str = Reduction.SUM_OVER_BATCH_SIZE,
        loss_fn: Callable[..., Any] | None = None,
        inverse_link_fn: Callable[[Any], Any] | None = None,
        name: str | None = None,
    ) -> None:
        if label_dimension < 1:
            raise ValueError(f"Invalid label_dimension {label_dimension}.")
        super().__init__(weight_column, loss_reduction, loss_fn, name)
        self._size = label_dimension
        self._link = inverse_link_fn

    @property
    def logits_dimension(self) -> int:
        """How many numbers there are for an example."""
        return self._size

    def labels_of(self, labels: Any, logits: Tensor) -> Tensor:
        """The labels as floats."""
        return ops.cast(matching_labels(labels, logits, self._size), float32)

    def losses_of(self, labels: Tensor, logits: Tensor) -> Tensor:
        """The squared errors."""
        return ops.squared_difference(logits, labels)

    def predictions_of(self, logits: Tensor) -> dict[str, Tensor]:
        """The numbers; the logits too, where they are others."""
        if self._link is None:
            return {PredictionKeys.PREDICTIONS: logits}
        return {PredictionKeys.PREDICTIONS: self._link(logits), PredictionKeys.LOGITS: logits}

    def metrics_of(self, predictions: Mapping[str, Tensor], loss: LossSpec) -> dict[str, Any]:
        """The means of predictions and labels."""
        shown = {
            MetricKeys.PREDICTION_MEAN: predictions[PredictionKeys.PREDICTIONS],
            MetricKeys.LABEL_MEAN: loss.processed_labels,
        }
        return {key: broadcast_mean(value, loss.weights, key) for key, value in shown.items()}

    def outputs_of(self, predictions: Mapping[str, Tensor]) -> dict[str, Any]:
        """The signatures of a regression."""
        numbers = RegressionOutput(predictions[PredictionKeys.PREDICTIONS])
        return {
            signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY: numbers,
            "regression": numbers,
            "predict": PredictOutput(predictions),
        }


class LogisticRegressionHead(RegressionHead):
    """A regression on numbers from 0 to 1: predictions are sigmoids of the logits, the loss is the cross-entropy.

    Args:
        weight_column, loss_reduction, name: as for `Head`.
    """

    def __init__(
        self,
        weight_column: Any = None,
        loss_reduction: str = Reduction.SUM_OVER_BATCH_SIZE,
        name: str | None = None,
    ) -> None:
        super().__init__(1, weight_column, loss_reduction, inverse_link_fn=ops.sigmoid, name=name)

    def losses_of(self, labels: Tensor, logits: Tensor) -> Tensor:
        """The cross-entropies."""
        return ops.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)


class PoissonRegressionHead(RegressionHead):
    """A regression on counts: predictions are ``exp(logits)``, the loss is minus the log-likelihood of Poisson.

    Args:
        label_dimension, weight_column, loss_reduction, name: as for `RegressionHead`.
        compute_full_loss: whether the loss has the term of the factorial, by Stirling's formula.
    """

    def __init__(
        self,
        label_dimension: int = 1,
        weight_column: Any = None,
        loss_reduction: str = Reduction.SUM_OVER_BATCH_SIZE,
        compute_full_loss: bool = True,
        name: str | None = None,
    ) -> None:
        super().__init__(label_dimension, weight_column, loss_reduction, inverse_link_fn=ops.exp, name=name)
        self._full = compute_full_loss

    def losses_of(self, labels: Tensor, logits: Tensor) -> Tensor:
        """Minus the log-likelihoods."""
        return ops.log_poisson_loss(targets=labels, log_input=logits, compute_full_loss=self._full)
