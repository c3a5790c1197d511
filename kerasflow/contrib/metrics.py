"""`tf.contrib.metrics`: the metrics of `tf.metrics` under their older names, with predictions before labels."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from kerasflow import metrics as _metrics
from kerasflow.core import ops
from kerasflow.core.graph import convert
from kerasflow.core.ops import confusion_matrix, set_difference, set_intersection, set_size, set_union
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import float32

__all__ = [
    "accuracy",
    "aggregate_metric_map",
    "aggregate_metrics",
    "confusion_matrix",
    "set_difference",
    "set_intersection",
    "set_size",
    "set_union",
    "streaming_accuracy",
    "streaming_auc",
    "streaming_false_negatives",
    "streaming_false_negatives_at_thresholds",
    "streaming_false_positives",
    "streaming_false_positives_at_thresholds",
    "streaming_mean",
    "streaming_mean_absolute_error",
    "streaming_mean_cosine_distance",
    "streaming_mean_iou",
    "streaming_mean_relative_error",
    "streaming_mean_squared_error",
    "streaming_mean_tensor",
    "streaming_percentage_less",
    "streaming_precision",
    "streaming_precision_at_thresholds",
    "streaming_recall",
    "streaming_recall_at_k",
    "streaming_recall_at_thresholds",
    "streaming_root_mean_squared_error",
    "streaming_sensitivity_at_specificity",
    "streaming_sparse_average_precision_at_k",
    "streaming_sparse_precision_at_k",
    "streaming_sparse_recall_at_k",
    "streaming_specificity_at_sensitivity",
    "streaming_true_negatives",
    "streaming_true_negatives_at_thresholds",
    "streaming_true_positives",
    "streaming_true_positives_at_thresholds",
]

Pair = tuple[Any, Any]


def _predictions_first(name: str) -> Callable[..., Pair]:
    """The function of `tf.metrics` with this name, which takes labels first, the other way round."""
    function = getattr(_metrics, name)
    signature = inspect.signature(function)
    labels, predictions, *others = signature.parameters.values()

    def metric(predictions: Any, labels: Any, *args: Any, **kwargs: Any) -> Pair:
        made: Pair = function(labels, predictions, *args, **kwargs)
        return made

    metric.__name__ = metric.__qualname__ = f"streaming_{name}"
    metric.__doc__ = f"As `tf.metrics.{name}`, with `predictions` before `labels`; a metric's value and its update."
    metric.__signature__ = signature.replace(parameters=[predictions, labels, *others])
    return metric


streaming_accuracy = _predictions_first("accuracy")
streaming_auc = _predictions_first("auc")
streaming_false_negatives = _predictions_first("false_negatives")
streaming_false_negatives_at_thresholds = _predictions_first("false_negatives_at_thresholds")
streaming_false_positives = _predictions_first("false_positives")
streaming_false_positives_at_thresholds = _predictions_first("false_positives_at_thresholds")
streaming_mean = _metrics.mean
streaming_mean_absolute_error = _predictions_first("mean_absolute_error")
streaming_mean_cosine_distance = _predictions_first("mean_cosine_distance")
streaming_mean_iou = _predictions_first("mean_iou")
streaming_mean_relative_error = _predictions_first("mean_relative_error")
streaming_mean_squared_error = _predictions_first("mean_squared_error")
streaming_mean_tensor = _metrics.mean_tensor
streaming_percentage_less = _metrics.percentage_below
streaming_precision = _predictions_first("precision")
streaming_precision_at_thresholds = _predictions_first("precision_at_thresholds")
streaming_recall = _predictions_first("recall")
streaming_recall_at_thresholds = _predictions_first("recall_at_thresholds")
streaming_root_mean_squared_error = _predictions_first("root_mean_squared_error")
streaming_sensitivity_at_specificity = _predictions_first("sensitivity_at_specificity")
streaming_sparse_average_precision_at_k = _predictions_first("average_precision_at_k")
streaming_sparse_precision_at_k = _predictions_first("precision_at_k")
streaming_sparse_recall_at_k = _predictions_first("recall_at_k")
streaming_specificity_at_sensitivity = _predictions_first("specificity_at_sensitivity")
streaming_true_negatives = _predictions_first("true_negatives")
streaming_true_negatives_at_thresholds = _predictions_first("true_negatives_at_thresholds")
streaming_true_positives = _predictions_first("true_positives")
streaming_true_positives_at_thresholds = _predictions_first("true_positives_at_thresholds")


def streaming_recall_at_k(
    predictions: Any,
    labels: Any,
    k: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """How often the class of an example is among the `k` of the greatest predictions.

    Args:
        predictions: floats of shape [batch, classes].
        labels: the classes, int32 or int64, [batch].
        k: how many predictions count.
        weights, metrics_collections, updates_collections, name: as for `tf.metrics.mean`.

    >>> value, update = tf.contrib.metrics.streaming_recall_at_k([[0.1, 0.7, 0.2], [0.5, 0.3, 0.2]], [2, 2], 2)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.local_variables_initializer())
    ...     sess.run(update)
    np.float32(0.5)
    """
    found = ops.cast(ops.in_top_k(predictions, labels, k), float32)
    made: Pair = _metrics.mean(found, weights, metrics_collections, updates_collections, name or f"recall_at_{k}")
    return made


def accuracy(predictions: Any, labels: Any, weights: Any = None, name: str | None = None) -> Tensor:
    """The share of predictions that are the labels: a tensor, of this batch alone.

    Args:
        predictions, labels: of one shape, and one type of integers, texts or booleans.
        weights: how much each counts.
        name: a name for the operation.

    Raises:
        ValueError: they are of two types, or floats.

    >>> tf.Session().run(tf.contrib.metrics.accuracy([1, 0, 2], [1, 1, 2], weights=[1.0, 1.0, 2.0]))
    np.float32(0.75)
    """
    with name_scope(name, "accuracy", [predictions, labels]):
        predictions, labels = convert(predictions), convert(labels)
        if predictions.dtype is not labels.dtype:
            raise ValueError(f"Labels are of {labels.dtype}, predictions of {predictions.dtype}: dtypes must match.")
        if not (labels.dtype.is_integer or labels.dtype.name in ("bool", "string")):
            raise ValueError(f"Labels should have bool, string or integer dtype, not {labels.dtype}.")
        right = ops.cast(ops.equal(predictions, labels), float32)
        if weights is None:
            return ops.reduce_mean(right)
        shares = convert(weights, float32) * ops.ones_like(right)
        return ops.reduce_sum(right * shares) / ops.reduce_sum(shares)


def aggregate_metrics(*value_update_tuples: Pair) -> tuple[list[Any], list[Any]]:
    """Of pairs of a value and an update, the values and the updates. ValueError if there are none."""
    if not value_update_tuples:
        raise ValueError("Expected at least one value_tensor/update_op pair")
    values, updates = zip(*value_update_tuples, strict=True)
    return list(values), list(updates)


def aggregate_metric_map(names_to_tuples: Mapping[str, Pair]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Of pairs of a value and an update by name, the values and the updates by name.

    >>> pairs = {"mean": tf.metrics.mean([1.0, 2.0]), "right": tf.metrics.accuracy([1, 2], [1, 3])}
    >>> values, updates = tf.contrib.metrics.aggregate_metric_map(pairs)
    >>> sorted(values), sorted(updates)
    (['mean', 'right'], ['mean', 'right'])
    """
    values = {name: value for name, (value, _) in names_to_tuples.items()}
    return values, {name: update for name, (_, update) in names_to_tuples.items()}
