"""The losses of the graph API, `tf.losses`, each one number that joins the collection of losses; see `collected`."""

from __future__ import annotations

from typing import Any

from kerasflow.core import ops
from kerasflow.core.graph import convert
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import Tensor
from kerasflow.losses.collected import (
    DEFAULT,
    LOSSES,
    add_loss,
    check_weights,
    compute_weighted_loss,
    floating,
    of_pair,
)

__all__ = [
    "absolute_difference",
    "cosine_distance",
    "hinge_loss",
    "huber_loss",
    "log_loss",
    "mean_pairwise_squared_error",
    "mean_squared_error",
    "sigmoid_cross_entropy",
    "softmax_cross_entropy",
    "sparse_softmax_cross_entropy",
]


def absolute_difference(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: Any = LOSSES,
    reduction: str = DEFAULT,
) -> Tensor:
    """``|p - y|``, weighted and reduced; for the arguments see `compute_weighted_loss`.

    >>> tf.Session().run(tf.losses.absolute_difference([1.0, 2.0], [2.0, 4.0]))
    np.float32(1.5)
    """
    rest = (scope, loss_collection, reduction)
    return of_pair("absolute_difference", lambda y, p: ops.abs(p - y), labels, predictions, weights, rest)


def mean_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: Any = LOSSES,
    reduction: str = DEFAULT,
) -> Tensor:
    """``(p - y)^2``, weighted and reduced; for the arguments see `compute_weighted_loss`.

    The function of Keras, one value per sample, is `tf.keras.losses.mean_squared_error`.

    >>> tf.Session().run(tf.losses.mean_squared_error([1.0, 2.0], [2.0, 4.0]))
    np.float32(2.5)
    """
    rest = (scope, loss_collection, reduction)
    return of_pair("mean_squared_error", ops.squared_difference, labels, predictions, weights, rest)


def huber_loss(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    delta: float = 1.0,
    scope: str | None = None,
    loss_collection: Any = LOSSES,
    reduction: str = DEFAULT,
) -> Tensor:
    """``e^2 / 2`` of an error e up to `delta`, beyond it ``delta (|e| - delta / 2)``; weighted and reduced.

    Huber 1964, Robust estimation of a location parameter. For the other arguments see `compute_weighted_loss`.

    >>> tf.Session().run(tf.losses.huber_loss([0.0, 0.0], [0.5, 3.0]))
    np.float32(1.3125)
    """

    def formula(y: Tensor, p: Tensor) -> Tensor:
        size = ops.abs(p - y)
        near = ops.minimum(size, delta)
        return 0.5 * near * near + delta * (size - near)

    return of_pair("huber_loss", formula, labels, predictions, weights, (scope, loss_collection, reduction))


def log_loss(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    epsilon: float = 1e-7,
    scope: str | None = None,
    loss_collection: Any = LOSSES,
    reduction: str = DEFAULT,
) -> Tensor:
    """``-y log(p + epsilon) - (1 - y) log(1 - p + epsilon)`` of probabilities p, weighted and reduced.

    For the other arguments see `compute_weighted_loss`.

    >>> round(float(tf.Session().run(tf.losses.log_loss([1.0, 0.0], [0.5, 0.5]))), 6)
    0.693147
    """

    def formula(y: Tensor, p: Tensor) -> Tensor:
        return -(y * ops.log(p + epsilon)) - (1.0 - y) * ops.log(1.0 - p + epsilon)

    return of_pair("log_loss", formula, labels, predictions, weights, (scope, loss_collection, reduction))


def hinge_loss(
    labels: Any,
    logits: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: Any = LOSSES,
    reduction: str = DEFAULT,
) -> Tensor:
    """``max(0, 1 - (2 y - 1) x)`` of labels 0 and 1, weighted and reduced; see `compute_weighted_loss`.

    >>> tf.Session().run(tf.losses.hinge_loss([1.0, 0.0], [0.5, 0.5]))
    np.float32(1.0)
    """
    rest = (scope, loss_collection, reduction)
    return of_pair("hinge_loss", lambda y, x: ops.relu(1.0 - (2.0 * y - 1.0) * x), labels, logits, weights, rest)


def cosine_distance(
    labels: Any,
    predictions: Any,
    axis: Any = None,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: Any = LOSSES,
    reduction: str = DEFAULT,
    dim: Any = None,
) -> Tensor:
    """``1 - sum(p y)`` along `axis` of vectors of length 1, weighted and reduced; see `compute_weighted_loss`.

    Raises:
        ValueError: there is no axis, or two.

    >>> tf.Session().run(tf.losses.cosine_distance([[1.0, 0.0]], [[0.6, 0.8]], axis=1)).round(6)
    np.float32(0.4)
    """
    if (axis is None) == (dim is None):
        raise ValueError("cosine_distance needs the argument axis.")
    along = dim if axis is None else axis

    def formula(y: Tensor, p: Tensor) -> Tensor:
        return 1.0 - ops.reduce_sum(p * y, axis=(along,), keepdims=True)

    rest = (scope, loss_collection, reduction)
    return of_pair("cosine_distance_loss", formula, labels, predictions, weights, rest)


def mean_pairwise_squared_error(
    labels: Any, predictions: Any, weights: Any = 1.0, scope: str | None = None, loss_collection: Any = LOSSES
) -> Tensor:
    """The mean over a sample's pairs i < j of ``((p_i - p_j) - (y_i - y_j))^2``, weighted, summed over the samples.

    Args:
        labels, predictions: y and p, samples first.
        weights: a number, or one for each sample.
        scope: the name scope of what is computed.
        loss_collection: the collection that the result joins.

    >>> tf.Session().run(tf.losses.mean_pairwise_squared_error([[0.0, 1.0]], [[0.0, 3.0]]))
    np.float32(4.0)
    """
    with name_scope(scope, "mean_pairwise_squared_error", (predictions, labels, weights)):
        p = floating(predictions)
        error = p - ops.cast(convert(labels), p.dtype)
        rows = ops.reshape(error, ops.stack([ops.shape(error)[0], -1]))
        n = ops.cast(ops.shape(rows)[1], p.dtype)
        # The sum over all pairs of the square of e_i - e_j is n sum e^2 - (sum e)^2.
        of_pairs = n * ops.reduce_sum(rows * rows, 1) - ops.square(ops.reduce_sum(rows, 1))
        mean = ops.div_no_nan(of_pairs, n * (n - 1.0) / 2.0)
        scale = ops.cast(convert(weights), p.dtype)
        if scale.dims != ():
            scale = ops.reshape(scale, [-1])
        check_weights(mean, scale)
        loss = ops.reduce_sum(mean * scale, name="value")
    add_loss(loss, loss_collection)
    return loss


def sigmoid_cross_entropy(
    multi_class_labels: Any,
    logits: Any,
    weights: Any = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
    loss_collection: Any = LOSSES,
    reduction: str = DEFAULT,
) -> Tensor:
    """The cross-entropy of a sigmoid, weighted and reduced; labels y become ``y (1 - s) + s / 2``.

    For the other arguments see `compute_weighted_loss`.

    >>> round(float(tf.Session().run(tf.losses.sigmoid_cross_entropy([[1.0, 0.0]], [[0.0, 0.0]]))), 6)
    0.693147
    """

    def formula(y: Tensor, x: Tensor) -> Tensor:
        smooth = y * (1 - label_smoothing) + 0.5 * label_smoothing if label_smoothing else y
        return ops.sigmoid_cross_entropy_with_logits(labels=smooth, logits=x, name="xentropy")

    rest = (scope, loss_collection, reduction)
    return of_pair("sigmoid_cross_entropy_loss", formula, multi_class_labels, logits, weights, rest)


def softmax_cross_entropy(
    onehot_labels: Any,
    logits: Any,
    weights: Any = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
    loss_collection: Any = LOSSES,
    reduction: str = DEFAULT,
) -> Tensor:
    """The cross-entropy of a softmax over k classes, weighted and reduced; labels y become ``y (1 - s) + s / k``.

    For the other arguments see `compute_weighted_loss`; there is a weight for each row.

    >>> round(float(tf.Session().run(tf.losses.softmax_cross_entropy([[1.0, 0.0]], [[0.0, 0.0]]))), 6)
    0.693147
    """

    def formula(y: Tensor, x: Tensor) -> Tensor:
        if label_smoothing:
            classes = ops.cast(ops.shape(y)[1], y.dtype)
            y = y * (1 - label_smoothing) + label_smoothing / classes
        y = ops.stop_gradient(y, name="labels_stop_gradient")
        return ops.softmax_cross_entropy_with_logits_v2(labels=y, logits=x, name="xentropy")

    rest = (scope, loss_collection, reduction)
    return of_pair("softmax_cross_entropy_loss", formula, onehot_labels, logits, weights, rest)


def sparse_softmax_cross_entropy(
    labels: Any,
    logits: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: Any = LOSSES,
    reduction: str = DEFAULT,
) -> Tensor:
    """The cross-entropy of a softmax for class numbers, weighted and reduced; see `compute_weighted_loss`.

    Labels, and weights too, may have one more axis of size 1 at the end.

    >>> round(float(tf.Session().run(tf.losses.sparse_softmax_cross_entropy([0, 1], [[0.0, 0.0], [0.0, 0.0]]))), 6)
    0.693147
    """
    for what, value in (("labels", labels), ("logits", logits)):
        if value is None:
            raise ValueError(f"{what} must not be None.")
    with name_scope(scope, "sparse_softmax_cross_entropy_loss", (logits, labels, weights)) as full:
        x, y, scale = floating(logits), convert(labels), convert(weights)
        rank = None if x.dims is None else len(x.dims) - 1
        y = ops.squeeze(y, [-1]) if rank is not None and y.dims is not None and len(y.dims) == rank + 1 else y
        if rank is not None and scale.dims is not None and len(scale.dims) == rank + 1:
            scale = ops.squeeze(scale, [-1])
        values = ops.sparse_softmax_cross_entropy_with_logits(labels=y, logits=x, name="xentropy")
        return compute_weighted_loss(values, scale, full, loss_collection, reduction)
