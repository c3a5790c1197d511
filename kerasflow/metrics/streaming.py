"""The metrics of the graph API, `tf.metrics`: means over a stream of batches, kept in local variables.

Each function gives two tensors: the value as it stands, and one that takes the batch into account when it is run and
gives the new value. The variables, which `tf.local_variables_initializer()` sets back, are in the collections
LOCAL_VARIABLES and METRIC_VARIABLES. Weights are a number, or of the values' rank with sizes that are equal or 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kerasflow.core import ops
from kerasflow.core.graph import convert, default_graph
from kerasflow.core.keys import GraphKeys
from kerasflow.core.scopes import control_dependencies
from kerasflow.core.tensor import Tensor
from kerasflow.core.variable_scope import variable_scope
from kerasflow.core.variables import Variable
from kerasflow.losses.collected import check_weights

__all__ = [
    "accuracy",
    "collected",
    "local_variable",
    "mean",
    "mean_absolute_error",
    "mean_cosine_distance",
    "mean_relative_error",
    "mean_squared_error",
    "mean_tensor",
    "percentage_below",
    "root_mean_squared_error",
    "scaled",
]

Pair = tuple[Tensor, Tensor]


def local_variable(name: str, shape: Iterable[int] = (), dtype: str = "float32") -> Variable:
    """A variable that counts, and starts at 0."""
    keys = [GraphKeys.LOCAL_VARIABLES, GraphKeys.METRIC_VARIABLES]
    return Variable(lambda: ops.zeros(list(shape), dtype), trainable=False, collections=keys, name=name)


def collected(value: Tensor, update: Tensor, metrics_collections: Any, updates_collections: Any) -> Pair:
    """The two tensors, added to the collections that are asked for."""
    for keys, t in ((metrics_collections, value), (updates_collections, update)):
        for key in [keys] if isinstance(keys, str) else keys or ():
            default_graph().add_to_collection(key, t)
    return value, update


def scaled(values: Tensor, weights: Any) -> tuple[Tensor, Tensor]:
    """``w v``, and w repeated to the shape of v."""
    scale = ops.cast(convert(weights), values.dtype)
    check_weights(values, scale)
    return values * scale, scale * ops.ones_like(values)


def mean(
    values: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """The mean ``sum(w v) / sum(w)`` of all values so far; 0 of none.

    Args:
        values: v.
        weights: w, by default 1.
        metrics_collections, updates_collections: collections that the two tensors join.
        name: of the scope.

    Returns:
        The value, and the operation that takes the batch into account.

    >>> x = tf.placeholder(tf.float32, [None])
    >>> value, update = tf.metrics.mean(x)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.local_variables_initializer())
    ...     [sess.run(update, {x: batch}) for batch in ([1.0, 3.0], [8.0])], sess.run(value)
    ([np.float32(2.0), np.float32(4.0)], np.float32(4.0))
    """
    with variable_scope(name, "mean", (values, weights)):
        v = ops.cast(convert(values), "float32")
        total, count = local_variable("total"), local_variable("count")
        if weights is None:
            more = ops.cast(ops.size(v), "float32")
        else:
            v, spread = scaled(v, weights)
            more = ops.reduce_sum(spread)
        with control_dependencies([v]):
            new_count = count.assign_add(more)
        new_total = total.assign_add(ops.reduce_sum(v))
        value = ops.div_no_nan(total, count, name="value")
        update = ops.div_no_nan(new_total, new_count, name="update_op")
    return collected(value, update, metrics_collections, updates_collections)


def mean_tensor(
    values: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """The mean of each element over the batches so far; for the arguments see `mean`."""
    with variable_scope(name, "mean", (values, weights)):
        v = ops.cast(convert(values), "float32")
        shape = v.shape.as_list()
        total, count = local_variable("total_tensor", shape), local_variable("count_tensor", shape)
        v, more = (v, ops.ones_like(v)) if weights is None else scaled(v, weights)
        with control_dependencies([v]):
            new_count = count.assign_add(more)
        value = ops.div_no_nan(total, count, name="value")
        update = ops.div_no_nan(total.assign_add(v), new_count, name="update_op")
    return collected(value, update, metrics_collections, updates_collections)


def accuracy(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """How often predictions equal labels; for the arguments see `mean`.

    >>> value, update = tf.metrics.accuracy([1, 2, 3, 4], [1, 2, 0, 4])
    >>> with tf.Session() as sess:
    ...     sess.run(tf.local_variables_initializer())
    ...     sess.run(update)
    np.float32(0.75)
    """
    p, y = convert(predictions), convert(labels)
    if p.dims is not None and y.dims is not None and len(p.dims) == len(y.dims) + 1:
        p = ops.squeeze(p, [-1])
    elif p.dims is not None and y.dims is not None and len(y.dims) == len(p.dims) + 1:
        y = ops.squeeze(y, [-1])
    p.shape.assert_is_compatible_with(y.shape)
    right = ops.equal(p, y if y.dtype is p.dtype else ops.cast(y, p.dtype))
    return mean(right, weights, metrics_collections, updates_collections, name or "accuracy")


def _errors(labels: Any, predictions: Any) -> tuple[Tensor, Tensor]:
    p = ops.cast(convert(predictions), "float32")
    y = ops.cast(convert(labels), "float32")
    p.shape.assert_is_compatible_with(y.shape)
    return y, p


def mean_absolute_error(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """The mean of ``|p - y|`` over all batches; for the arguments see `mean`."""
    y, p = _errors(labels, predictions)
    return mean(ops.abs(p - y), weights, metrics_collections, updates_collections, name or "mean_absolute_error")


def mean_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """The mean of ``(p - y)^2`` over all batches; for the arguments see `mean`."""
    y, p = _errors(labels, predictions)
    squares = ops.squared_difference(p, y)
    return mean(squares, weights, metrics_collections, updates_collections, name or "mean_squared_error")


def root_mean_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """The root of the mean of ``(p - y)^2`` over all batches; for the arguments see `mean`."""
    y, p = _errors(labels, predictions)
    value, update = mean(ops.squared_difference(p, y), weights, None, None, name or "root_mean_squared_error")
    return collected(ops.sqrt(value), ops.sqrt(update), metrics_collections, updates_collections)


def mean_relative_error(
    labels: Any,
    predictions: Any,
    normalizer: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """The mean of ``|y - p| / n``, 0 where the normalizer n is 0; for the other arguments see `mean`."""
    y, p = _errors(labels, predictions)
    scale = ops.cast(convert(normalizer), "float32")
    relative = ops.where(ops.equal(scale, 0.0), ops.zeros_like(y), ops.div_no_nan(ops.abs(y - p), scale))
    return mean(relative, weights, metrics_collections, updates_collections, name or "mean_relative_error")


def mean_cosine_distance(
    labels: Any,
    predictions: Any,
    dim: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """One minus the mean of ``sum(p y)`` along `dim` of vectors of length 1; for the other arguments see `mean`."""
    y, p = _errors(labels, predictions)
    closeness = ops.reduce_sum(p * y, axis=(dim,), keepdims=True)
    value, update = mean(closeness, weights, None, None, name or "mean_cosine_distance")
    return collected(ops.subtract(1.0, value), ops.subtract(1.0, update), metrics_collections, updates_collections)


def percentage_below(
    values: Any,
    threshold: float,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Pair:
    """The share of values below `threshold`; for the other arguments see `mean`."""
    below = ops.cast(ops.less(convert(values), threshold), "float32")
    return mean(below, weights, metrics_collections, updates_collections, name or "percentage_below_threshold")
