"""The metrics of the graph API that look at the k classes with the largest scores: precision, recall, their mean."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import ops
from kerasflow.core.graph import convert
from kerasflow.core.scopes import name_scope
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import float64, int64
from kerasflow.metrics.streaming import Pair, collected, local_variable, scaled

__all__ = [
    "average_precision_at_k",
    "precision_at_k",
    "precision_at_top_k",
    "recall_at_k",
    "recall_at_top_k",
    "sparse_average_precision_at_k",
    "sparse_precision_at_k",
]


def _dense(labels: Any, chosen: Tensor) -> Tensor:
    """The labels of each row along a last axis, -1 where there is none."""
    if isinstance(labels, SparseTensor):
        return ops.cast(ops.sparse_tensor_to_dense(labels, default_value=-1), int64)
    y = ops.cast(convert(labels), int64)
    if y.dims is None or chosen.dims is None:
        raise ValueError(f"The ranks of labels and predictions must be known, got {y} and {chosen}.")
    if len(y.dims) == len(chosen.dims) - 1:
        y = ops.expand_dims(y, -1)
    if len(y.dims or ()) != len(chosen.dims):
        raise ValueError(f"labels must be of the rank of predictions, or of one less, got {y} and {chosen}.")
    return y


def _top(predictions: Any, k: int) -> Tensor:
    return ops.cast(ops.top_k(convert(predictions), k)[1], int64)


def _hits(y: Tensor, chosen: Tensor) -> Tensor:
    """Whether each of the chosen classes is a label of its row."""
    return ops.reduce_any(ops.equal(ops.expand_dims(chosen, -1), ops.expand_dims(y, -2)), -1)


def _distinct(y: Tensor) -> Tensor:
    """Whether each label is the first of its kind in its row."""
    same = ops.equal(ops.expand_dims(y, -1), ops.expand_dims(y, -2))
    before = ops.matrix_band_part(ops.cast(same, "int32"), -1, 0)
    return ops.logical_and(ops.equal(ops.reduce_sum(before, -1), 1), ops.greater_equal(y, np.int64(0)))


def _count(truth: Tensor) -> Tensor:
    return ops.reduce_sum(ops.cast(truth, float64), -1)


def _added(name: str, counts: Tensor, weights: Any) -> tuple[Any, Tensor]:
    """A variable for the sum of counts, and what adds those of a batch."""
    if weights is not None:
        counts, _ = scaled(counts, weights)
    total = local_variable(name, dtype="float64")
    return total, total.assign_add(ops.reduce_sum(counts))


def _named(what: str, k: Any, class_id: int | None = None) -> str:
    return f"{what}_at_{'k' if k is None else k}" + ("" if class_id is None else f"_class{class_id}")


def _share(
    what: str, other: str, labels: Any, chosen: Any, k: int | None, class_id: int | None, rest: tuple[Any, ...]
) -> Pair:
    weights, metrics_collections, updates_collections, name = rest
    with name_scope(name, _named(what, k, class_id), [labels, weights]) as scope:
        top = chosen() if callable(chosen) else ops.cast(convert(chosen), int64)
        y = _dense(labels, top)
        asked = ops.ones_like(top, "bool") if class_id is None else ops.equal(top, np.int64(class_id))
        hit = ops.logical_and(_hits(y, top), asked)
        if other == "false_positive":
            missed = _count(ops.logical_and(asked, ops.logical_not(hit)))
        else:
            wanted = _distinct(y)
            if class_id is not None:
                wanted = ops.logical_and(wanted, ops.equal(y, np.int64(class_id)))
            missed = _count(wanted) - _count(hit)
        tp, new_tp = _added(_named("true_positive", k, class_id), _count(hit), weights)
        wrong, new_wrong = _added(_named(other, k, class_id), missed, weights)
        value = ops.divide(tp.value(), tp + wrong, name=scope)
        update = ops.divide(new_tp, new_tp + new_wrong, name="update")
    return collected(value, update, metrics_collections, updates_collections)


def precision_at_k(
    labels: Any,
    predictions: Any,
    k: int,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """The share of labels among the `k` classes with the largest scores; NaN if none are asked for.

    Args:
        labels: the classes that are right, integers [..., number of labels], or a `SparseTensor` of these; or [...]
            where each row has one.
        predictions: scores [..., classes].
        k: how many classes to look at.
        class_id: the only class to count; all by default.
        weights: a number, or one for each row, by default 1.
        metrics_collections, updates_collections: collections that the two tensors join.
        name: of the scope.

    Returns:
        The value, and the operation that takes the batch into account.

    >>> value, update = tf.metrics.precision_at_k([[0, 2]], [[0.1, 0.4, 0.3]], k=2)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.local_variables_initializer())
    ...     sess.run(update)
    np.float64(0.5)
    """
    rest = (weights, metrics_collections, updates_collections, name)
    return _share("precision", "false_positive", labels, lambda: _top(predictions, k), k, class_id, rest)


def recall_at_k(
    labels: Any,
    predictions: Any,
    k: int,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """The share of the labels that are among the `k` classes with the largest scores; see `precision_at_k`."""
    rest = (weights, metrics_collections, updates_collections, name)
    return _share("recall", "false_negative", labels, lambda: _top(predictions, k), k, class_id, rest)


def precision_at_top_k(
    labels: Any,
    predictions_idx: Any,
    k: int | None = None,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """As `precision_at_k`, of classes that were chosen already: `predictions_idx` [..., k]; `k` is for the names."""
    rest = (weights, metrics_collections, updates_collections, name)
    return _share("precision", "false_positive", labels, predictions_idx, k, class_id, rest)


def recall_at_top_k(
    labels: Any,
    predictions_idx: Any,
    k: int | None = None,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """As `recall_at_k`, of classes that were chosen already: `predictions_idx` [..., k]; `k` is for the names."""
    rest = (weights, metrics_collections, updates_collections, name)
    return _share("recall", "false_negative", labels, predictions_idx, k, class_id, rest)


def average_precision_at_k(
    labels: Any,
    predictions: Any,
    k: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """The mean over rows of ``sum_i P_i r_i / min(k, labels)`` for i up to `k`.

    P_i is the precision among the i classes with the largest scores, r_i whether the i-th of them is a label. For the
    arguments see `precision_at_k`.

    >>> value, update = tf.metrics.average_precision_at_k([[0, 2]], [[0.1, 0.4, 0.3]], k=2)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.local_variables_initializer())
    ...     sess.run(update)
    np.float64(0.25)
    """
    if k < 1:
        raise ValueError(f"Invalid k={k}.")
    with name_scope(name, _named("average_precision", k), [labels, predictions, weights]) as scope:
        top = _top(predictions, k)
        y = _dense(labels, top)
        hit = ops.cast(_hits(y, top), float64)
        precision = ops.cumsum(hit, axis=-1) / np.arange(1.0, k + 1.0)
        held = _count(ops.greater_equal(y, np.int64(0)))
        rows = ops.reduce_sum(precision * hit, -1) / ops.minimum(held, float(k))
        if weights is None:
            more = ops.cast(ops.size(rows), float64)
        else:
            rows, spread = scaled(rows, weights)
            more = ops.reduce_sum(spread)
        count, total = local_variable("max", dtype="float64"), local_variable("total", dtype="float64")
        new_count, new_total = count.assign_add(more), total.assign_add(ops.reduce_sum(rows))
        value = ops.div_no_nan(total, count, name="mean")
        update = ops.div_no_nan(new_total, new_count, name=scope)
    return collected(value, update, metrics_collections, updates_collections)


def sparse_precision_at_k(*args: Any, **kwargs: Any) -> Pair:
    """The former name of `precision_at_k`."""
    return precision_at_k(*args, **kwargs)


def sparse_average_precision_at_k(*args: Any, **kwargs: Any) -> Pair:
    """The former name of `average_precision_at_k`."""
    return average_precision_at_k(*args, **kwargs)
