"""The metrics of the graph API that count right and wrong decisions; see `streaming`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasflow.core import ops
from kerasflow.core.graph import convert
from kerasflow.core.tensor import Tensor
from kerasflow.core.variable_scope import variable_scope
from kerasflow.metrics.streaming import Pair, collected, local_variable, scaled

__all__ = [
    "COUNTS",
    "auc",
    "false_negatives",
    "false_positives",
    "mean_iou",
    "mean_per_class_accuracy",
    "over_thresholds",
    "precision",
    "precision_at_thresholds",
    "recall",
    "recall_at_thresholds",
    "sensitivity_at_specificity",
    "specificity_at_sensitivity",
    "true_negatives",
    "true_positives",
]

_EDGE = 1e-7  # how far the outermost thresholds lie outside of [0, 1]
_TINY = 1e-6


def _counter(said: bool, true: bool, default: str, first: str) -> Callable[..., Pair]:
    """A metric that counts the decisions `said` where the truth is `true`."""

    def count(
        labels: Any,
        predictions: Any,
        weights: Any = None,
        metrics_collections: Any = None,
        updates_collections: Any = None,
        name: str | None = None,
    ) -> Pair:
        with variable_scope(name, default, (labels, predictions, weights)):
            hit = _hits(labels, predictions, weights, said, true)
            total = local_variable("count")
            update = total.assign_add(ops.reduce_sum(hit))
            value = ops.identity(total)
        return collected(value, update, metrics_collections, updates_collections)

    count.__name__ = count.__qualname__ = default
    count.__doc__ = f"""{first} over all batches, weighted.

    Args:
        labels: the truth; what is not 0 counts as True.
        predictions: the decisions, likewise.
        weights: by default 1.
        metrics_collections, updates_collections: collections that the two tensors join.
        name: of the scope.

    Returns:
        The value, and the operation that takes the batch into account.
    """
    return count


def _hits(labels: Any, predictions: Any, weights: Any, said: bool, true: bool) -> Tensor:
    p, y = (ops.cast(convert(t), "bool") for t in (predictions, labels))
    p.shape.assert_is_compatible_with(y.shape)
    both = ops.logical_and(p if said else ops.logical_not(p), y if true else ops.logical_not(y))
    hit = ops.cast(both, "float32")
    return hit if weights is None else scaled(hit, weights)[0]


true_positives = _counter(True, True, "true_positives", "The positives that are true")
false_positives = _counter(True, False, "false_positives", "The positives that are false")
true_negatives = _counter(False, False, "true_negatives", "The negatives that are true")
false_negatives = _counter(False, True, "false_negatives", "The negatives that are false")


def precision(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """The share of true ones among all positives; 0 if there are none. For the arguments see `true_positives`.

    >>> value, update = tf.metrics.precision([1, 0, 1], [1, 1, 0])
    >>> with tf.Session() as sess:
    ...     sess.run(tf.local_variables_initializer())
    ...     sess.run(update)
    np.float32(0.5)
    """
    with variable_scope(name, "precision", (predictions, labels, weights)):
        tp, new_tp = true_positives(labels, predictions, weights)
        fp, new_fp = false_positives(labels, predictions, weights)
        value = ops.div_no_nan(tp, tp + fp, name="value")
        update = ops.div_no_nan(new_tp, new_tp + new_fp, name="update_op")
    return collected(value, update, metrics_collections, updates_collections)


def recall(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """The share of what is true that was found; 0 if nothing is true. For the arguments see `true_positives`."""
    with variable_scope(name, "recall", (predictions, labels, weights)):
        tp, new_tp = true_positives(labels, predictions, weights)
        fn, new_fn = false_negatives(labels, predictions, weights)
        value = ops.div_no_nan(tp, tp + fn, name="value")
        update = ops.div_no_nan(new_tp, new_tp + new_fn, name="update_op")
    return collected(value, update, metrics_collections, updates_collections)


COUNTS = {
    "tp": ("true_positives", True, True),
    "fn": ("false_negatives", False, True),
    "tn": ("true_negatives", False, False),
    "fp": ("false_positives", True, False),
}


def _at_thresholds(
    labels: Any, predictions: Any, thresholds: Sequence[float], weights: Any, keys: str
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """What `keys` names of tp, fn, tn and fp for each threshold, as they stand and with the batch."""
    p = ops.reshape(ops.cast(convert(predictions), "float32"), [1, -1])
    y = ops.reshape(ops.cast(convert(labels), "bool"), [1, -1])
    positive = ops.greater(p, np.array(thresholds, np.float32)[:, None])
    scale = None
    if weights is not None:
        _, spread = scaled(ops.cast(convert(predictions), "float32"), weights)
        scale = ops.reshape(spread, [1, -1])
    values, updates = {}, {}
    for key in keys.split():
        name, said, true = COUNTS[key]
        total = local_variable(name, [len(thresholds)])
        hit = ops.logical_and(positive if said else ops.logical_not(positive), y if true else ops.logical_not(y))
        count = ops.cast(hit, "float32")
        more = ops.reduce_sum(count if scale is None else count * scale, 1)
        values[key], updates[key] = total.value(), total.assign_add(more)
    return values, updates


def over_thresholds(
    default: str,
    formula: Callable[[dict[str, Tensor]], Tensor],
    labels: Any,
    predictions: Any,
    thresholds: Sequence[float],
    rest: tuple[Any, Any, Any, str | None],
    keys: str = "tp fn tn fp",
    prefix: str = "",
) -> Pair:
    """A metric that `formula` makes of what `keys` names of tp, fn, tn and fp, for each threshold."""
    weights, metrics_collections, updates_collections, name = rest
    with variable_scope(name, default, (predictions, labels, weights)):
        values, updates = _at_thresholds(labels, predictions, thresholds, weights, keys)
        value = ops.identity(formula(values), name=f"{prefix}value")
        update = ops.identity(formula(updates), name=f"{prefix}update_op")
    return collected(value, update, metrics_collections, updates_collections)


def precision_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Sequence[float],
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """The precision of deciding by each of `thresholds`; for the other arguments see `true_positives`."""
    rest = (weights, metrics_collections, updates_collections, name)

    def formula(c: dict[str, Tensor]) -> Tensor:
        return c["tp"] / (_TINY * 0.1 + c["tp"] + c["fp"])

    name = "precision_at_thresholds"
    return over_thresholds(name, formula, labels, predictions, thresholds, rest, "tp fp", "precision_")


def recall_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Sequence[float],
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """The recall of deciding by each of `thresholds`; for the other arguments see `true_positives`."""
    rest = (weights, metrics_collections, updates_collections, name)

    def formula(c: dict[str, Tensor]) -> Tensor:
        return c["tp"] / (_TINY * 0.1 + c["tp"] + c["fn"])

    name = "recall_at_thresholds"
    return over_thresholds(name, formula, labels, predictions, thresholds, rest, "tp fn", "recall_")


def _thresholds(count: int) -> list[float]:
    inner = [(k + 1) / (count - 1) for k in range(count - 2)]
    return [-_EDGE, *inner, 1.0 + _EDGE]


def auc(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    curve: str = "ROC",
    name: str | None = None,
    summation_method: str = "trapezoidal",
    thresholds: Sequence[float] | None = None,
) -> Pair:
    """The area under the curve of true against false positive rates, or of precision against recall.

    Args:
        labels: the truth; what is not 0 counts as True.
        predictions: scores from 0 to 1.
        weights: by default 1.
        num_thresholds: how many points the curve has.
        metrics_collections, updates_collections: collections that the two tensors join.
        curve: "ROC", or "PR" for precision against recall.
        name: of the scope.
        summation_method: how the area between two points is taken: "trapezoidal", or with the smaller ("minoring") or
            larger ("majoring") height.
        thresholds: the points between 0 and 1, instead of evenly spaced ones.

    Raises:
        ValueError: there is no such curve or method.

    >>> value, update = tf.metrics.auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    >>> with tf.Session() as sess:
    ...     sess.run(tf.local_variables_initializer())
    ...     round(float(sess.run(update)), 3)
    0.75
    """
    if curve not in ("ROC", "PR"):
        raise ValueError(f"curve must be either ROC or PR, got {curve!r}.")
    if summation_method not in ("trapezoidal", "minoring", "majoring"):
        raise ValueError(f"summation_method must be trapezoidal, minoring or majoring, got {summation_method!r}.")
    points = _thresholds(num_thresholds) if thresholds is None else [-_EDGE, *sorted(thresholds), 1.0 + _EDGE]

    def area(c: dict[str, Tensor]) -> Tensor:
        found = (c["tp"] + _TINY) / (c["tp"] + c["fn"] + _TINY)
        if curve == "ROC":
            x, y = c["fp"] / (c["fp"] + c["tn"] + _TINY), found
        else:
            x, y = found, (c["tp"] + _TINY) / (c["tp"] + c["fp"] + _TINY)
        width = x[:-1] - x[1:]
        if summation_method == "trapezoidal":
            return ops.reduce_sum(width * (y[:-1] + y[1:]) / 2.0)
        combine = ops.minimum if summation_method == "minoring" else ops.maximum
        return ops.reduce_sum(width * combine(y[:-1], y[1:]))

    rest = (weights, metrics_collections, updates_collections, name)
    return over_thresholds("auc", area, labels, predictions, points, rest)


def sensitivity_at_specificity(
    labels: Any,
    predictions: Any,
    specificity: float,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """The recall at the threshold whose specificity is nearest to the given one; see `auc` for the other arguments.

    Raises:
        ValueError: the specificity is not between 0 and 1.
    """
    if not 0 <= specificity <= 1:
        raise ValueError(f"specificity must be in the range [0, 1], got {specificity!r}.")

    def formula(c: dict[str, Tensor]) -> Tensor:
        nearest = ops.argmin(ops.abs(c["tn"] / (c["tn"] + c["fp"] + _EDGE) - specificity), 0)
        tp, fn = ops.gather(c["tp"], nearest), ops.gather(c["fn"], nearest)
        return tp / (tp + fn + _EDGE)

    rest = (weights, metrics_collections, updates_collections, name)
    points = _thresholds(num_thresholds)
    return over_thresholds("sensitivity_at_specificity", formula, labels, predictions, points, rest)


def specificity_at_sensitivity(
    labels: Any,
    predictions: Any,
    sensitivity: float,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """The specificity at the threshold whose recall is nearest to the given one; see `auc` for the other arguments.

    Raises:
        ValueError: the sensitivity is not between 0 and 1.
    """
    if not 0 <= sensitivity <= 1:
        raise ValueError(f"sensitivity must be in the range [0, 1], got {sensitivity!r}.")

    def formula(c: dict[str, Tensor]) -> Tensor:
        distance = ops.abs(c["tp"] / (c["tp"] + c["fn"] + _EDGE) - sensitivity)
        near = ops.equal(distance, ops.reduce_min(distance))
        last = ops.reduce_max(ops.cast(near, "int32") * ops.range(len(points)))  # of those as near, the largest
        tn, fp = ops.gather(c["tn"], last), ops.gather(c["fp"], last)
        return tn / (tn + fp + _EDGE)

    rest = (weights, metrics_collections, updates_collections, name)
    points = _thresholds(num_thresholds)
    return over_thresholds("specificity_at_sensitivity", formula, labels, predictions, points, rest)


def mean_per_class_accuracy(
    labels: Any,
    predictions: Any,
    num_classes: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """The mean over the classes of how often each was found; a class that has not occurred counts as 0.

    The operation that takes a batch into account gives the share of each class.

    Args:
        labels, predictions: class numbers.
        num_classes: how many classes there are.
        weights: by default 1.
        metrics_collections, updates_collections: collections that the two tensors join.
        name: of the scope.
    """
    with variable_scope(name, "mean_accuracy", (predictions, labels, weights)):
        y, p = (ops.reshape(ops.cast(convert(t), "int64"), [-1]) for t in (labels, predictions))
        total, right = local_variable("total", [num_classes]), local_variable("count", [num_classes])
        scale = ops.ones_like(y, "float32") if weights is None else ops.reshape(convert(weights), [-1])
        hit = ops.cast(ops.equal(y, p), "float32") * scale
        new_total = total.assign_add(ops.unsorted_segment_sum(scale, y, num_classes))
        new_right = right.assign_add(ops.unsorted_segment_sum(hit, y, num_classes))
        value = ops.reduce_mean(ops.div_no_nan(right, total), name="mean_accuracy")
        update = ops.div_no_nan(new_right, new_total, name="update_op")
    return collected(value, update, metrics_collections, updates_collections)


def mean_iou(
    labels: Any,
    predictions: Any,
    num_classes: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """The mean over the classes that occur of ``tp / (tp + fp + fn)``; for the arguments see `mean_per_class_accuracy`.

    The operation that takes a batch into account gives the counts: labels in rows, predictions in columns.
    """
    with variable_scope(name, "mean_iou", (predictions, labels, weights)):
        y, p = (ops.reshape(ops.cast(convert(t), "int64"), [-1]) for t in (labels, predictions))
        matrix = local_variable("total_confusion_matrix", [num_classes, num_classes], "float64")
        scale = None if weights is None else ops.cast(ops.reshape(convert(weights), [-1]), "float64")
        more = ops.confusion_matrix(y, p, num_classes, weights=scale, dtype="float64")
        update = matrix.assign_add(more)
        rows, columns = (ops.cast(ops.reduce_sum(matrix, axis), "float32") for axis in (1, 0))
        both = ops.cast(ops.diag_part(matrix), "float32")
        either = rows + columns - both
        there = ops.reduce_sum(ops.cast(ops.not_equal(either, 0.0), "float32"))
        value = ops.div_no_nan(ops.reduce_sum(ops.div_no_nan(both, either)), there, name="mean_iou")
    return collected(value, update, metrics_collections, updates_collections)
