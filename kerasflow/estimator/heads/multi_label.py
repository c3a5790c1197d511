"""The head of a classification where an example has any number of classes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from kerasflow.core import ops
from kerasflow.core.scopes import control_dependencies
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import float32
from kerasflow.estimator.export_outputs import ClassificationOutput, PredictOutput
from kerasflow.estimator.heads import classes
from kerasflow.estimator.heads.base import Head, LossSpec
from kerasflow.estimator.heads.binary import of_probabilities
from kerasflow.estimator.heads.checks import in_range, matching_labels
from kerasflow.estimator.heads.keys import PredictionKeys
from kerasflow.losses.base import Reduction
from kerasflow.saved_model import signature_constants

__all__ = ["MultiLabelHead"]


class MultiLabelHead(Head):
    """A logit for each class; the loss of an example is the mean cross-entropy of their sigmoids.

    Labels are rows of 0 and 1, or sparse tensors of the numbers or the names of classes.

    Args:
        n_classes: the number of classes, at least 2.
        weight_column, loss_reduction, loss_fn, name: as for `Head`.
        thresholds: probabilities, for each of which there is an accuracy, a precision and a recall.
        label_vocabulary: the names of the classes.

    Raises:
        ValueError: there are too few classes, a threshold is not between 0 and 1, or the names are no list of as many.

    >>> head = tf.estimator.MultiLabelHead(3)
    >>> labels = tf.constant([[1, 0, 1], [0, 0, 0]])
    >>> spec = head.create_loss({}, tf.estimator.ModeKeys.EVAL, tf.zeros([2, 3]), labels)
    >>> tf.Session().run(spec.training_loss)
    np.float32(0.693147...)
    """

    def __init__(
        self,
        n_classes: int,
        weight_column: Any = None,
        thresholds: Iterable[float] | None = None,
        label_vocabulary: Sequence[str] | None = None,
        loss_reduction: str = Reduction.SUM_OVER_BATCH_SIZE,
        loss_fn: Callable[..., Any] | None = None,
        name: str | None = None,
    ) -> None:
        if n_classes is None or n_classes < 2:
            raise ValueError(f"n_classes must be > 1 for multi-label classification. Given: {n_classes}")
        super().__init__(weight_column, loss_reduction, loss_fn, name)
        self._n_classes = n_classes
        self._thresholds = tuple(thresholds or ())
        if not all(0.0 < t < 1.0 for t in self._thresholds):
            raise ValueError(f"thresholds must be in (0, 1) range. Given: {self._thresholds}")
        self._vocabulary = classes.check_vocabulary(label_vocabulary, n_classes, ValueError)

    @property
    def logits_dimension(self) -> int:
        """The number of classes."""
        return self._n_classes

    def labels_of(self, labels: Any, logits: Tensor) -> Tensor:
        """Rows of 0 and 1, as floats."""
        if isinstance(labels, SparseTensor):
            labels = self._rows(labels)
        rows = matching_labels(labels, logits, self._n_classes)
        return in_range(ops.cast(rows, float32), 2)

    def _rows(self, labels: SparseTensor) -> Tensor:
        """Sparse classes as rows of 0 and 1."""
        numbers = classes.looked_up(labels.values, self._vocabulary)
        if not numbers.dtype.is_integer:
            raise ValueError(f"Labels dtype should be integer. Instead got {numbers.dtype}.")
        numbers = in_range(numbers, self._n_classes)
        with control_dependencies([numbers]):
            sparse = SparseTensor(labels.indices, ops.cast(numbers, "int64"), labels.dense_shape)
            return ops.cast(ops.sparse_to_indicator(sparse, self._n_classes), float32)

    def losses_of(self, labels: Tensor, logits: Tensor) -> Tensor:
        """The mean of the cross-entropies of an example."""
        each = ops.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)
        return ops.reduce_mean(each, -1, keepdims=True)

    def predictions_of(self, logits: Tensor) -> dict[str, Tensor]:
        """Logits and probabilities."""
        probabilities = ops.sigmoid(logits, name=PredictionKeys.PROBABILITIES)
        return {PredictionKeys.LOGITS: logits, PredictionKeys.PROBABILITIES: probabilities}

    def metrics_of(self, predictions: Mapping[str, Tensor], loss: LossSpec) -> dict[str, Any]:
        """Areas under curves over all classes, and what thresholds give."""
        y, w, p = loss.processed_labels, loss.weights, predictions[PredictionKeys.PROBABILITIES]
        if isinstance(w, Tensor):
            w = w * ops.ones_like(y)
        return of_probabilities(y, p, w, self._thresholds)

    def outputs_of(self, predictions: Mapping[str, Tensor]) -> dict[str, Any]:
        """The signatures of a classification."""
        every = classes.all_classes(predictions[PredictionKeys.PROBABILITIES], self._n_classes, self._vocabulary)
        output = ClassificationOutput(predictions[PredictionKeys.PROBABILITIES], every[PredictionKeys.ALL_CLASSES])
        return {
            signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY: output,
            "classification": output,
            "predict": PredictOutput(predictions),
        }
