"""The cross-entropies between labels and logits.

Each is one operation that works on logits, so that it neither overflows nor takes the logarithm of 0. The two with a
softmax give the derivative by the logits as a second output, made from the exponentials they need anyway: a step back
costs one product.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.graph import apply, apply_alike, convert
from kerasflow.core.opdef import FLOAT, INTEGER, of_kind, op, same_type
from kerasflow.core.ops.gathering import check_bounds
from kerasflow.core.ops.softmax import check_axis, class_axis, largest, log_softmax, softmax
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec

__all__ = [
    "sigmoid_cross_entropy_with_logits",
    "softmax_cross_entropy_with_logits",
    "softmax_cross_entropy_with_logits_v2",
    "sparse_softmax_cross_entropy_with_logits",
    "weighted_cross_entropy_with_logits",
]

_FEW = 64  # classes, up to which it pays to turn a batch over


def _named_only(function: str, sentinel: Any, labels: Any, logits: Any) -> None:
    """ValueError unless labels and logits came by name: their order has been confused too often."""
    if sentinel is not None:
        raise ValueError(f"{function} takes its arguments by name: {function}(labels=..., logits=...).")
    missing = [name for name, value in (("labels", labels), ("logits", logits)) if value is None]
    if missing:
        raise ValueError(f"{function} needs both labels= and logits=; {' and '.join(missing)} missing.")


def _one_shape(logits: Spec, labels: Spec) -> shapes.Dims:
    if not shapes.compatible(logits.shape, labels.shape):
        given = f"{shapes.show(logits.shape)} and {shapes.show(labels.shape)}"
        raise ValueError(f"logits and labels must have the same shape, got {given}")
    return shapes.merge(logits.shape, labels.shape)


def _check_one_shape(logits: Any, labels: Any) -> None:
    if logits.shape != labels.shape:
        raise ValueError(f"logits and labels must have the same shape, got {logits.shape} and {labels.shape}")


def _wide(x: Any) -> Any:
    return x.astype(np.float32) if x.dtype == np.float16 else x


# Softmax with labels that are distributions.


def _infer_softmax(logits: Spec, labels: Spec, axis: int) -> tuple[Spec, Spec]:
    dtype = same_type(logits, labels)
    dims = _one_shape(logits, labels)
    check_axis(Spec(dtype, dims), axis)
    if dims is None:
        return Spec(dtype, None), Spec(dtype, None)
    k = axis % len(dims)
    return Spec(dtype, dims[:k] + dims[k + 1 :]), Spec(dtype, dims)


def _through_softmax(logits: Tensor, g: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    """The probabilities p, and ``g - <g, p>``: with their product the derivative of a softmax goes back."""
    p = softmax(logits, axis)
    return p, g - apply("Sum", g * p, axis=(axis,), keepdims=True)


def _softmax_vjp(n: Any, gs: list[Any]) -> tuple[Any, Any]:
    (g_loss, g_back), (logits, labels), axis = gs, n.inputs, n.attrs["axis"]
    to_logits, to_labels = [], []
    if g_loss is not None:
        g = apply("ExpandDims", g_loss, axis=axis)
        to_logits.append(g * n.outputs[1])
        to_labels.append(-(g * log_softmax(logits, axis)))
    if g_back is not None:
        p, centred = _through_softmax(logits, g_back, axis)
        to_logits.append(apply("Sum", labels, axis=(axis,), keepdims=True) * p * centred)
        to_labels.append(-centred)
    return _sum(to_logits), _sum(to_labels)


def _sum(terms: list[Tensor]) -> Tensor:
    return terms[0] if len(terms) == 1 else apply("AddN", *terms)


@op("SoftmaxCrossEntropyWithLogits", infer=_infer_softmax, vjp=_softmax_vjp)
def _softmax_cross_entropy(logits: Any, labels: Any, axis: int) -> tuple[Any, Any]:
    """The loss, and its derivative by the logits: probabilities times the labels' sum, minus labels."""
    _check_one_shape(logits, labels)
    dtype, logits, labels = logits.dtype, _wide(logits), _wide(labels)
    z = logits - largest(logits, axis)
    back = np.exp(z)
    total = np.add.reduce(back, axis=axis, keepdims=True)
    back *= np.add.reduce(labels, axis=axis, keepdims=True) / total
    back -= labels
    np.subtract(np.log(total), z, out=z)
    z *= labels
    return np.add.reduce(z, axis=axis).astype(dtype, copy=False), back.astype(dtype, copy=False)


def softmax_cross_entropy_with_logits_v2(
    labels: Any, logits: Any, axis: Any = None, name: str | None = None, dim: Any = None
) -> Tensor:
    """The cross-entropy between distributions and the softmax of logits, ``-sum_i y_i log softmax(x)_i``, in nats.

    Gradients flow to `labels` too.

    Args:
        labels: [..., classes], the probability of each class; converted to the type of `logits`.
        logits: [..., classes], a floating-point tensor.
        axis: the axis of the classes, by default the last.
        name: the operation's name.
        dim: the former name of `axis`.

    Returns:
        A tensor shaped as `logits` without `axis`.

    Raises:
        ValueError: the shapes differ, or there is no such axis. TypeError: `logits` are not floating-point.

    >>> loss = tf.nn.softmax_cross_entropy_with_logits_v2(labels=[[0.5, 0.5]], logits=[[1.0, 1.0]])
    >>> tf.Session().run(loss)  # log 2
    array([0.6931472], dtype=float32)
    """
    with name_scope(name, "softmax_cross_entropy_with_logits", [logits, labels]) as scope:
        logits = convert(logits, name="logits")
        labels = _as_type(convert(labels, name="labels"), logits)
        loss, _ = apply("SoftmaxCrossEntropyWithLogits", logits, labels, axis=class_axis(axis, dim), name=scope)
        return loss


def _as_type(x: Tensor, like: Tensor) -> Tensor:
    return x if x.dtype is like.dtype else apply("Cast", x, dtype=like.dtype)


def softmax_cross_entropy_with_logits(
    _sentinel: Any = None,
    labels: Any = None,
    logits: Any = None,
    dim: Any = None,
    name: str | None = None,
    axis: Any = None,
) -> Tensor:
    """The cross-entropy between distributions and the softmax of logits, ``-sum_i y_i log softmax(x)_i``, in nats.

    `labels` are constants to gradients; `softmax_cross_entropy_with_logits_v2` has the derivative by them too.

    Args:
        _sentinel: keeps anything from being passed by position.
        labels: [..., classes], the probability of each class; converted to the type of `logits`.
        logits: [..., classes], a floating-point tensor.
        dim: the axis of the classes, by default the last.
        name: the operation's name.
        axis: another name of `dim`.

    Returns:
        A tensor shaped as `logits` without the axis of the classes.

    Raises:
        ValueError: the shapes differ, there is no such axis, or an argument was passed by position.
        TypeError: `logits` are not floating-point.

    >>> loss = tf.nn.softmax_cross_entropy_with_logits(labels=[[0, 1]], logits=[[1.0, 1.0]])
    >>> tf.Session().run(loss)  # log 2
    array([0.6931472], dtype=float32)
    """
    _named_only("softmax_cross_entropy_with_logits", _sentinel, labels, logits)
    with name_scope(name, "softmax_cross_entropy_with_logits_sg", [logits, labels]) as scope:
        labels = apply("StopGradient", labels, name="labels_stop_gradient")
    return softmax_cross_entropy_with_logits_v2(labels, logits, axis, scope, dim)


# Softmax with labels that are the numbers of classes.


def _infer_sparse(logits: Spec, labels: Spec) -> tuple[Spec, Spec]:
    of_kind(FLOAT, logits)
    of_kind(INTEGER, labels)
    if logits.shape == ():
        raise ValueError("logits must have an axis of classes, got a scalar")
    rows = None if logits.shape is None else logits.shape[:-1]
    if not shapes.compatible(rows, labels.shape):
        given = f"labels of shape {shapes.show(labels.shape)} and logits of shape {shapes.show(logits.shape)}"
        raise ValueError(f"labels must be shaped as logits are without their last axis, got {given}")
    dims = shapes.merge(rows, labels.shape)
    classes = None if logits.shape is None else logits.shape[-1]
    return Spec(logits.dtype, dims), Spec(logits.dtype, None if dims is None else (*dims, classes))


def _sparse_vjp(n: Any, gs: list[Any]) -> tuple[Any, None]:
    (g_loss, g_back), logits = gs, n.inputs[0]
    terms = []
    if g_loss is not None:
        terms.append(apply("ExpandDims", g_loss, axis=-1) * n.outputs[1])
    if g_back is not None:
        p, centred = _through_softmax(logits, g_back, -1)
        terms.append(p * centred)
    return _sum(terms), None


@op("SparseSoftmaxCrossEntropyWithLogits", infer=_infer_sparse, vjp=_sparse_vjp)
def _sparse_softmax_cross_entropy(logits: Any, labels: Any) -> tuple[Any, Any]:
    """The loss, and its derivative by the logits: probabilities, minus 1 at the label."""
    if labels.shape != logits.shape[:-1]:
        given = f"labels of shape {labels.shape} and logits of shape {logits.shape}"
        raise ValueError(f"labels must be shaped as logits are without their last axis, got {given}")
    classes = logits.shape[-1]
    check_bounds(labels, classes, "label")
    rows = _wide(logits).reshape(labels.size, classes)
    # NumPy is slow along short rows, so few classes are laid out as columns.
    z, axis, stride, step = (rows.T.copy(), 0, len(rows), 1) if classes < _FEW else (rows.copy(), 1, 1, classes)
    z -= np.maximum.reduce(z, axis=axis, keepdims=True, initial=-np.inf)
    at = labels.reshape(-1).astype(np.intp, copy=False) * stride + np.arange(len(rows)) * step
    chosen = z.reshape(-1)[at]
    back = np.exp(z, out=z)
    total = np.add.reduce(back, axis=axis, keepdims=True)
    back /= total
    back.reshape(-1)[at] -= 1.0
    loss = np.log(total).reshape(labels.shape) - chosen.reshape(labels.shape)
    back = (back if axis else np.ascontiguousarray(back.T)).reshape(logits.shape)
    return loss.astype(logits.dtype, copy=False), back.astype(logits.dtype, copy=False)


def sparse_softmax_cross_entropy_with_logits(
    _sentinel: Any = None, labels: Any = None, logits: Any = None, name: str | None = None
) -> Tensor:
    """The cross-entropy between classes and the softmax of logits, ``-log softmax(x)_label``, in nats.

    Args:
        _sentinel: keeps anything from being passed by position.
        labels: [...], the number of the class of each row, an int tensor.
        logits: [..., classes], a floating-point tensor.
        name: the operation's name.

    Returns:
        A tensor shaped as `labels`, of the type of `logits`.

    Raises:
        ValueError: the shapes do not fit, or an argument was passed by position.
        TypeError: `logits` are not floating-point or `labels` are not integers.
        InvalidArgumentError: a label is outside of [0, classes).

    >>> loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[1], logits=[[1.0, 1.0]])
    >>> tf.Session().run(loss)  # log 2
    array([0.6931472], dtype=float32)
    """
    _named_only("sparse_softmax_cross_entropy_with_logits", _sentinel, labels, logits)
    kind = "SparseSoftmaxCrossEntropyWithLogits"
    with name_scope(name, kind, [labels, logits]):
        loss, _ = apply(kind, convert(logits, name="logits"), convert(labels, name="labels"), name=name)
        return loss


# Sigmoid.


def _infer_sigmoid(logits: Spec, labels: Spec) -> Spec:
    dtype = same_type(logits, labels)
    of_kind(FLOAT, logits)
    return Spec(dtype, _one_shape(logits, labels))


def _lower_sigmoid(b: Any, x: Any, y: Any) -> Any:
    return b.call("log1p", b.call("exp", -b.call("abs", x))) + (b.maximum(x, 0) - x * y)


def _sigmoid_vjp(n: Any, g: Tensor) -> tuple[Tensor, Tensor]:
    logits, labels = n.inputs
    return g * (apply("Sigmoid", logits) - labels), -(g * logits)


@op("SigmoidCrossEntropyWithLogits", infer=_infer_sigmoid, lower=_lower_sigmoid, vjp=_sigmoid_vjp, out=True)
def _sigmoid_cross_entropy(logits: Any, labels: Any, out: Any = None) -> Any:
    """``max(x, 0) - x y + log(1 + exp(-|x|))``: the exponent is never positive."""
    _check_one_shape(logits, labels)
    loss = np.empty(logits.shape, logits.dtype) if out is None else out
    np.abs(logits, out=loss)
    np.negative(loss, out=loss)
    np.exp(loss, out=loss)
    np.log1p(loss, out=loss)
    loss += np.maximum(logits, 0) - logits * labels
    return loss


def sigmoid_cross_entropy_with_logits(
    _sentinel: Any = None, labels: Any = None, logits: Any = None, name: str | None = None
) -> Tensor:
    """The cross-entropy of independent yes-or-no labels, ``-y log s(x) - (1 - y) log(1 - s(x))``, s the sigmoid.

    Args:
        _sentinel: keeps anything from being passed by position.
        labels: the probability of yes, a tensor of the shape and type of `logits`.
        logits: a floating-point tensor.
        name: the operation's name.

    Returns:
        A tensor shaped as `logits`, in nats.

    Raises:
        ValueError: the shapes differ, or an argument was passed by position.
        TypeError: the types differ, or are not floating-point.

    >>> loss = tf.nn.sigmoid_cross_entropy_with_logits(labels=[1.0, 1.0], logits=[0.0, -1000.0])
    >>> tf.Session().run(loss)
    array([6.931472e-01, 1.000000e+03], dtype=float32)
    """
    _named_only("sigmoid_cross_entropy_with_logits", _sentinel, labels, logits)
    return apply_alike("SigmoidCrossEntropyWithLogits", logits, labels, name=name or "logistic_loss")


def weighted_cross_entropy_with_logits(
    labels: Any = None, logits: Any = None, pos_weight: Any = None, name: str | None = None, targets: Any = None
) -> Tensor:
    """The sigmoid's cross-entropy with another weight for yes, ``-q y log s(x) - (1 - y) log(1 - s(x))``.

    A weight above 1 trades precision for recall, one below 1 recall for precision.

    Args:
        labels: y, a tensor of the shape and type of `logits`.
        logits: x, a floating-point tensor.
        pos_weight: q, a number or a tensor that broadcasts to `logits`.
        name: the scope of the operations.
        targets: the former name of `labels`.

    Returns:
        A tensor shaped as `logits`, in nats.

    Raises:
        ValueError: the shapes differ, or an argument is missing. TypeError: the types differ.

    >>> loss = tf.nn.weighted_cross_entropy_with_logits(labels=[1.0, 0.0], logits=[0.0, 0.0], pos_weight=2.0)
    >>> tf.Session().run(loss)  # 2 log 2 and log 2
    array([1.3862944, 0.6931472], dtype=float32)
    """
    labels = targets if labels is None else labels
    _named_only("weighted_cross_entropy_with_logits", None, labels, logits)
    if pos_weight is None:
        raise ValueError("weighted_cross_entropy_with_logits needs pos_weight=.")
    with name_scope(name, "logistic_loss", [logits, labels]) as scope:
        logits = convert(logits, name="logits")
        labels = convert(labels, None if isinstance(labels, Tensor) else logits.dtype, "labels")
        _one_shape(logits.spec, labels.spec)
        weight = 1 + (pos_weight - 1) * labels
        return apply("Add", (1 - labels) * logits, weight * apply("Softplus", -logits), name=scope)
