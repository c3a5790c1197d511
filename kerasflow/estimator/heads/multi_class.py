"""The head of a classification with more than two classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kerasflow.core import ops
from kerasflow.core.tensor import Tensor
from kerasflow.estimator.heads import classes
from kerasflow.estimator.heads.base import Head, LossSpec
from kerasflow.estimator.heads.checks import in_range, matching_labels
from kerasflow.estimator.heads.keys import MetricKeys, PredictionKeys
from kerasflow.losses.base import Reduction
from kerasflow.metrics.streaming import accuracy

__all__ = ["MultiClassHead"]


class MultiClassHead(Head):
    """A logit for each class; the loss is the cross-entropy of their softmax.

    Args:
        n_classes: the number of classes, more than 2.
        weight_column, loss_reduction, loss_fn, name: as for `Head`.
        label_vocabulary: the names of the classes, if labels are names; else they are whole numbers from 0 on.

    Raises:
        ValueError: there are too few classes, or the names are no list of as many.

    >>> head = tf.estimator.MultiClassHead(3, label_vocabulary=["a", "b", "c"])
    >>> spec = head.create_estimator_spec({}, tf.estimator.ModeKeys.PREDICT, tf.constant([[0.0, 2.0, 1.0]]))
    >>> with tf.Session() as sess:
    ...     sess.run(tf.tables_initializer())
    ...     sess.run(spec.predictions["classes"])
    array([[b'b']], dtype=object)
    """

    def __init__(
        self,
        n_classes: int,
        weight_column: Any = None,
        label_vocabulary: Sequence[str] | None = None,
        loss_reduction: str = Reduction.SUM_OVER_BATCH_SIZE,
        loss_fn: Callable[..., Any] | None = None,
        name: str | None = None,
    ) -> None:
        if n_classes is None:
            raise ValueError("n_classes cannot be None")
        if n_classes <= 2:
            raise ValueError(f"n_classes must be > 2: {n_classes}.")
        super().__init__(weight_column, loss_reduction, loss_fn, name)
        self._n_classes = n_classes
        self._vocabulary = classes.check_vocabulary(label_vocabulary, n_classes, ValueError)

    @property
    def logits_dimension(self) -> int:
        """The number of classes."""
        return self._n_classes

    def labels_of(self, labels: Any, logits: Tensor) -> Tensor:
        """The numbers of the classes."""
        labels = matching_labels(labels, logits, 1)
        if self._vocabulary is None and not labels.dtype.is_integer:
            raise ValueError(f"Labels dtype should be integer. Instead got {labels.dtype}.")
        return in_range(classes.looked_up(labels, self._vocabulary), self._n_classes)

    def losses_of(self, labels: Tensor, logits: Tensor) -> Tensor:
        """The cross-entropies."""
        numbers = ops.squeeze(labels, [-1])
        return ops.expand_dims(ops.sparse_softmax_cross_entropy_with_logits(labels=numbers, logits=logits), -1)

    def predictions_of(self, logits: Tensor) -> dict[str, Tensor]:
        """Logits, probabilities and classes."""
        every = classes.all_classes(logits, self._n_classes, self._vocabulary)
        return {
            PredictionKeys.LOGITS: logits,
            PredictionKeys.PROBABILITIES: ops.softmax(logits, name=PredictionKeys.PROBABILITIES),
            **classes.chosen_class(logits, self._vocabulary),
            **every,
        }

    def metrics_of(self, predictions: Mapping[str, Tensor], loss: LossSpec) -> dict[str, Any]:
        """The accuracy."""
        key, chosen = MetricKeys.ACCURACY, predictions[PredictionKeys.CLASS_IDS]
        return {key: accuracy(loss.processed_labels, chosen, loss.weights, name=key)}

    def outputs_of(self, predictions: Mapping[str, Tensor]) -> dict[str, Any]:
        """The signatures of a classification."""
        return classes.classification_outputs(predictions, self._n_classes, self._vocabulary)
