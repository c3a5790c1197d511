"""The head of a classification with two classes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from kerasflow.core import ops
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import float32
from kerasflow.estimator.export_outputs import RegressionOutput
from kerasflow.estimator.heads import classes
from kerasflow.estimator.heads.base import Head, LossSpec
from kerasflow.estimator.heads.checks import in_range, matching_labels
from kerasflow.estimator.heads.keys import MetricKeys, PredictionKeys
from kerasflow.estimator.heads.regression import broadcast_mean
from kerasflow.losses.base import Reduction
from kerasflow.metrics.streaming import accuracy
from kerasflow.metrics.streaming_counts import auc, precision, precision_at_thresholds, recall, recall_at_thresholds

__all__ = ["BinaryClassHead", "of_probabilities"]


class BinaryClassHead(Head):
    """One logit, that of the second class; the loss is the cross-entropy of its sigmoid.

    Args:
        weight_column, loss_reduction, loss_fn, name: as for `Head`.
        thresholds: probabilities, for each of which there is an accuracy, a precision and a recall.
        label_vocabulary: the names of both classes, if labels are names; else they are 0 and 1, or between.

    Raises:
        ValueError: a threshold is not between 0 and 1, or there are not two names. TypeError: the names are no list.

    >>> head = tf.estimator.BinaryClassHead()
    >>> spec = head.create_estimator_spec({}, tf.estimator.ModeKeys.PREDICT, tf.constant([[0.0], [2.0]]))
    >>> tf.Session().run(spec.predictions["probabilities"])
    array([[0.5       , 0.5       ],
           [0.1192..., 0.8807...]], dtype=float32)
    """

    def __init__(
        self,
        weight_column: Any = None,
        thresholds: Iterable[float] | None = None,
        label_vocabulary: Sequence[str] | None = None,
        loss_reduction: str = Reduction.SUM_OVER_BATCH_SIZE,
        loss_fn: Callable[..., Any] | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(weight_column, loss_reduction, loss_fn, name)
        self._thresholds = tuple(thresholds or ())
        if not all(0.0 < t < 1.0 for t in self._thresholds):
            raise ValueError(f"thresholds not in (0, 1): {self._thresholds}.")
        self._vocabulary = classes.check_vocabulary(label_vocabulary, 2, TypeError)

    @property
    def logits_dimension(self) -> int:
        """One."""
        return 1

    def labels_of(self, labels: Any, logits: Tensor) -> Tensor:
        """0 and 1, as floats."""
        numbers = classes.looked_up(matching_labels(labels, logits, 1), self._vocabulary)
        return in_range(ops.cast(numbers, float32), 2)

    def losses_of(self, labels: Tensor, logits: Tensor) -> Tensor:
        """The cross-entropies."""
        return ops.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)

    def predictions_of(self, logits: Tensor) -> dict[str, Tensor]:
        """The logit, its sigmoid, probabilities and classes."""
        both = ops.concat([ops.zeros_like(logits), logits], -1, name="two_class_logits")
        return {
            PredictionKeys.LOGITS: logits,
            PredictionKeys.LOGISTIC: ops.sigmoid(logits, name=PredictionKeys.LOGISTIC),
            PredictionKeys.PROBABILITIES: ops.softmax(both, name=PredictionKeys.PROBABILITIES),
            **classes.chosen_class(both, self._vocabulary),
            **classes.all_classes(both, 2, self._vocabulary),
        }

    def metrics_of(self, predictions: Mapping[str, Tensor], loss: LossSpec) -> dict[str, Any]:
        """Accuracies, precision and recall, areas under curves, and the means of predictions and labels."""
        keys = MetricKeys
        y, w = loss.processed_labels, loss.weights
        chosen, p = predictions[PredictionKeys.CLASS_IDS], predictions[PredictionKeys.LOGISTIC]
        label_mean = broadcast_mean(y, w, keys.LABEL_MEAN)
        made = {
            keys.ACCURACY: accuracy(y, chosen, w, name=keys.ACCURACY),
            keys.PRECISION: precision(y, chosen, w, name=keys.PRECISION),
            keys.RECALL: recall(y, chosen, w, name=keys.RECALL),
            keys.PREDICTION_MEAN: broadcast_mean(p, w, keys.PREDICTION_MEAN),
            keys.LABEL_MEAN: label_mean,
            keys.ACCURACY_BASELINE: _baseline(label_mean),
        }
        return {**made, **of_probabilities(y, p, w, self._thresholds)}

    def outputs_of(self, predictions: Mapping[str, Tensor]) -> dict[str, Any]:
        """The signatures of a classification, and that of a regression on the sigmoid."""
        numbers = RegressionOutput(predictions[PredictionKeys.LOGISTIC])
        return {**classes.classification_outputs(predictions, 2, self._vocabulary), "regression": numbers}


def _baseline(label_mean: Any) -> Any:
    """The accuracy of always saying the more frequent class."""
    with name_scope(None, MetricKeys.ACCURACY_BASELINE):
        return tuple(ops.maximum(value, 1.0 - value) for value in label_mean)


def of_probabilities(y: Tensor, p: Tensor, w: Any, thresholds: Iterable[float]) -> dict[str, Any]:
    """The areas under curves, and the metrics at some thresholds."""
    made = {
        MetricKeys.AUC: auc(y, p, w, name=MetricKeys.AUC),
        MetricKeys.AUC_PR: auc(y, p, w, curve="PR", name=MetricKeys.AUC_PR),
    }
    for threshold in thresholds:
        made.update(_at_threshold(threshold, y, p, w))
    return made


def _at_threshold(threshold: float, y: Tensor, p: Tensor, w: Any) -> dict[str, Any]:
    """The metrics of saying the second class where its probability is at least `threshold`."""
    said = ops.cast(ops.greater_equal(p, threshold), float32)
    made = {MetricKeys.ACCURACY_AT_THRESHOLD % threshold: accuracy(y, said, w)}
    for key, metric in (
        (MetricKeys.PRECISION_AT_THRESHOLD, precision_at_thresholds),
        (MetricKeys.RECALL_AT_THRESHOLD, recall_at_thresholds),
    ):
        made[key % threshold] = tuple(ops.squeeze(t) for t in metric(y, p, (threshold,), w))
    return made
