"""What the models of `tf.contrib.learn` predict and how they are judged, under the names it has for that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kerasflow.contrib.learn_alternatives import ProblemType
from kerasflow.core import ops
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import float32
from kerasflow.estimator.heads import classes
from kerasflow.estimator.heads.checks import in_range, matching_labels, matching_weights
from kerasflow.estimator.heads.keys import PredictionKeys
from kerasflow.metrics.streaming import accuracy, mean
from kerasflow.metrics.streaming_counts import auc, precision_at_thresholds, recall_at_thresholds

__all__ = ["LearnHead", "classification", "regression"]


class LearnHead:
    """What logits mean. A subclass defines `size`, `numbers_of`, `losses`, `predictions` and `metrics`.

    Args:
        weight_column_name: the feature with the weights of examples.
    """

    size = 1

    def __init__(self, weight_column_name: str | None) -> None:
        self._weights = weight_column_name

    def loss(self, features: Any, labels: Any, logits: Tensor, trains: bool) -> tuple[Tensor, Tensor, Any]:
        """The loss, the labels as numbers, and the weights.

        Weighted losses are divided by the number of examples to train, and by the sum of the weights to evaluate.
        """
        numbers = self.numbers_of(labels, logits)
        weights = matching_weights(features, self._weights, logits)
        losses = self.losses(numbers, logits)
        if trains or self._weights is None:
            return ops.reduce_mean(weights * losses, name="loss"), numbers, weights
        total = ops.reduce_sum(weights * ops.ones_like(losses))
        return ops.divide(ops.reduce_sum(weights * losses), total, name="loss"), numbers, weights

    def numbers_of(self, labels: Any, logits: Tensor) -> Tensor:
        """The labels as numbers, a column or several."""
        return ops.cast(matching_labels(labels, logits, self.size), float32)

    def losses(self, labels: Tensor, logits: Tensor) -> Tensor:
        """The loss of each example, a column or several."""
        raise NotImplementedError(f"{type(self).__name__} must define losses().")

    def predictions(self, logits: Tensor) -> dict[str, Tensor]:
        """The predictions by name."""
        raise NotImplementedError(f"{type(self).__name__} must define predictions().")

    def metrics(self, predictions: Mapping[str, Tensor], labels: Tensor, weights: Any) -> dict[str, Any]:
        """The metrics by name."""
        return {}

    def alternatives(self, predictions: Mapping[str, Tensor]) -> dict[Any, Any]:
        """What a saved model gives: the kind of problem, and tensors by name."""
        return {None: (ProblemType.LINEAR_REGRESSION, predictions)}


class _Regression(LearnHead):
    def __init__(self, weight_column_name: str | None, size: int) -> None:
        super().__init__(weight_column_name)
        self.size = size

    def losses(self, labels: Tensor, logits: Tensor) -> Tensor:
        return ops.squared_difference(logits, labels)

    def predictions(self, logits: Tensor) -> dict[str, Tensor]:
        return {"scores": ops.squeeze(logits, [1]) if self.size == 1 else logits}


def _classification(predictions: Mapping[str, Tensor], names: Sequence[str] | None, n: int) -> dict[Any, Any]:
    scores = predictions["probabilities"]
    every = classes.all_classes(scores, n, names)[PredictionKeys.ALL_CLASSES]
    return {None: (ProblemType.CLASSIFICATION, {"classes": every, "probabilities": scores})}


class _Binary(LearnHead):
    def alternatives(self, predictions: Mapping[str, Tensor]) -> dict[Any, Any]:
        return _classification(predictions, None, 2)

    def numbers_of(self, labels: Any, logits: Tensor) -> Tensor:
        return in_range(super().numbers_of(labels, logits), 2)

    def losses(self, labels: Tensor, logits: Tensor) -> Tensor:
        return ops.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)

    def predictions(self, logits: Tensor) -> dict[str, Tensor]:
        both = ops.concat([ops.zeros_like(logits), logits], 1)
        return {
            "logits": logits,
            "logistic": ops.sigmoid(logits, name="logistic"),
            "probabilities": ops.softmax(both, name="probabilities"),
            "classes": ops.argmax(both, 1, name="classes"),
        }

    def metrics(self, predictions: Mapping[str, Tensor], labels: Tensor, weights: Any) -> dict[str, Any]:
        p, chosen = predictions["logistic"], ops.expand_dims(predictions["classes"], 1)
        said = ops.cast(ops.greater_equal(p, 0.5), float32)

        def squeezed(pair: Any) -> Any:
            return tuple(ops.squeeze(t) for t in pair)

        return {
            "accuracy": accuracy(labels, chosen, weights),
            "accuracy/baseline_label_mean": mean(labels, weights),
            "accuracy/threshold_0.500000_mean": accuracy(labels, said, weights),
            "auc": auc(labels, p, weights),
            "auc_precision_recall": auc(labels, p, weights, curve="PR"),
            "labels/actual_label_mean": mean(labels, weights),
            "labels/prediction_mean": mean(p, weights),
            "precision/positive_threshold_0.500000_mean": squeezed(precision_at_thresholds(labels, p, (0.5,), weights)),
            "recall/positive_threshold_0.500000_mean": squeezed(recall_at_thresholds(labels, p, (0.5,), weights)),
        }


class _MultiClass(LearnHead):
    def __init__(self, weight_column_name: str | None, n_classes: int, label_keys: Sequence[str] | None) -> None:
        super().__init__(weight_column_name)
        self.size = n_classes
        self._names = classes.check_vocabulary(label_keys, n_classes, ValueError)

    def numbers_of(self, labels: Any, logits: Tensor) -> Tensor:
        return in_range(classes.looked_up(matching_labels(labels, logits, 1), self._names), self.size)

    def losses(self, labels: Tensor, logits: Tensor) -> Tensor:
        numbers = ops.squeeze(labels, [1])
        return ops.expand_dims(ops.sparse_softmax_cross_entropy_with_logits(labels=numbers, logits=logits), 1)

    def predictions(self, logits: Tensor) -> dict[str, Tensor]:
        chosen = classes.chosen_class(logits, self._names)
        key = "class_ids" if self._names is None else "classes"
        return {
            "logits": logits,
            "probabilities": ops.softmax(logits, name="probabilities"),
            "classes": ops.squeeze(chosen[key], [1]),
        }

    def alternatives(self, predictions: Mapping[str, Tensor]) -> dict[Any, Any]:
        return _classification(predictions, self._names, self.size)

    def metrics(self, predictions: Mapping[str, Tensor], labels: Tensor, weights: Any) -> dict[str, Any]:
        chosen = ops.expand_dims(ops.argmax(predictions["logits"], 1), 1)
        return {"accuracy": accuracy(labels, chosen, weights)}


def regression(weight_column_name: str | None, label_dimension: int) -> LearnHead:
    """The head of a regression."""
    return _Regression(weight_column_name, label_dimension)


def classification(weight_column_name: str | None, n_classes: int, label_keys: Sequence[str] | None) -> LearnHead:
    """The head of a classification. ValueError if there are fewer than two classes."""
    if n_classes < 2:
        raise ValueError(f"n_classes must be > 1 for classification: {n_classes}.")
    return _Binary(weight_column_name) if n_classes == 2 else _MultiClass(weight_column_name, n_classes, label_keys)
