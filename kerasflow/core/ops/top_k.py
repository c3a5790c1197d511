"""The largest numbers of each row, and whether a class is among them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.graph import apply, convert
from kerasflow.core.opdef import FLOAT, INTEGER, REAL, blocked, of_kind, op
from kerasflow.core.ops.arguments import scalar
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec

__all__ = ["TopKV2", "in_top_k", "top_k"]


class TopKV2(NamedTuple):
    """What `top_k` gives."""

    values: Tensor
    indices: Tensor


def _infer_top_k(x: Spec, k: Spec) -> tuple[Spec, Spec]:
    of_kind(REAL, x)
    number = scalar(k, "k")
    if number is not None and number < 0:
        raise ValueError(f"k must be at least 0, got {number}")
    if x.shape is None:
        return Spec(x.dtype, None), Spec(types.int32, None)
    if not x.shape:
        raise ValueError("the input must have at least one axis, got a scalar")
    if number is not None and x.shape[-1] is not None and number > x.shape[-1]:
        raise ValueError(f"the last axis has {x.shape[-1]} numbers, {number} were asked for")
    dims = (*x.shape[:-1], number)
    return Spec(x.dtype, dims), Spec(types.int32, dims)


def _top_k_vjp(n: Any, gs: list[Any]) -> tuple[Any, None]:
    return apply("PutAlongLast", gs[0], n.outputs[1], n.inputs[0]), None


@op("TopKV2", infer=_infer_top_k, vjp=_top_k_vjp)
def _top_k(x: Any, k: Any) -> tuple[Any, Any]:
    size = x.shape[-1]
    if not 0 <= k <= size:
        raise ValueError(f"the last axis has {size} numbers, {k} were asked for")
    # A stable sort of the reversed rows, read backwards: of equal numbers the first comes first.
    backwards = np.argsort(x[..., ::-1], axis=-1, kind="stable")[..., ::-1]
    indices = np.subtract(size - 1, backwards[..., : int(k)])
    return np.take_along_axis(x, indices, -1), indices.astype(np.int32)


# Taking one number per index along the last axis, and its adjoint.


def _infer_take(x: Spec, indices: Spec) -> Spec:
    return Spec(x.dtype, indices.shape)


def _infer_put(values: Spec, indices: Spec, like: Spec) -> Spec:
    return Spec(values.dtype, like.shape)


@op("TakeAlongLast", infer=_infer_take, vjp=lambda n, g: (apply("PutAlongLast", g, n.inputs[1], n.inputs[0]), None))
def _take(x: Any, indices: Any) -> Any:
    """The number at each index of a row."""
    return np.take_along_axis(x, indices, -1)


@op("PutAlongLast", infer=_infer_put, vjp=lambda n, g: (apply("TakeAlongLast", g, n.inputs[1]), None, None))
def _put(values: Any, indices: Any, like: Any) -> Any:
    """Zeros shaped as `like`, with each value at its index of its row; no index comes twice."""
    out = np.zeros(like.shape, values.dtype)
    np.put_along_axis(out, indices, values, -1)
    return out


def top_k(input: Any, k: Any = 1, sorted: bool = True, name: str | None = None) -> TopKV2:
    """The `k` largest numbers of each row and where they stand, the largest first; of equal ones the first.

    Args:
        input: [..., n], a real tensor.
        k: how many, an int or a scalar int tensor, at most n.
        sorted: taken for compatibility: the result is always sorted.
        name: the operation's name.

    Returns:
        A pair (values, indices) of shape [..., k]; the indices are int32.

    Raises:
        ValueError: a row has fewer than `k` numbers.

    >>> tf.Session().run(tf.nn.top_k([1.0, 3.0, 2.0, 3.0], 2))
    TopKV2(values=array([3., 3.], dtype=float32), indices=array([1, 3], dtype=int32))
    """
    return TopKV2(*apply("TopKV2", input, k, name=name))


def _infer_in_top_k(predictions: Spec, targets: Spec, k: Spec) -> Spec:
    of_kind(FLOAT, predictions)
    of_kind(INTEGER, targets)
    scalar(k, "k")
    if not (shapes.compatible(predictions.shape, (None, None)) and shapes.compatible(targets.shape, (None,))):
        given = f"{shapes.show(predictions.shape)} and {shapes.show(targets.shape)}"
        raise ValueError(f"predictions must be of shape (batch, classes) and targets of shape (batch,), got {given}")
    rows = None if predictions.shape is None else predictions.shape[:1]
    if not shapes.compatible(rows, targets.shape):
        given = f"{shapes.show(predictions.shape)} and {shapes.show(targets.shape)}"
        raise ValueError(f"predictions and targets must have as many rows, got {given}")
    return Spec(types.bool, shapes.merge(shapes.merge(rows, targets.shape), (None,)))


@op("InTopKV2", infer=_infer_in_top_k, vjp=blocked)
def _in_top_k(predictions: Any, targets: Any, k: Any) -> Any:
    if len(predictions) != len(targets):
        raise ValueError(f"there are {len(predictions)} rows of predictions and {len(targets)} targets")
    classes = predictions.shape[1]
    known = (targets >= 0) & (targets < classes) & np.isfinite(predictions).all(axis=1)
    if not classes:
        return known
    target = np.take_along_axis(predictions, np.where(known, targets, 0)[:, None], 1)
    return known & (np.count_nonzero(predictions > target, axis=1) < k)


def in_top_k(predictions: Any, targets: Any, k: Any, name: str | None = None) -> Tensor:
    """Whether each target is among the `k` classes with the largest predictions; classes that tie all are.

    A row with a prediction that is not finite, or whose target is no class, gives False.

    Args:
        predictions: [batch, classes], a floating-point tensor.
        targets: [batch], the numbers of classes, an int tensor.
        k: an int or a scalar int tensor.
        name: the scope of the operation.

    Returns:
        A bool tensor [batch].

    Raises:
        ValueError: the shapes do not fit.

    >>> tf.Session().run(tf.nn.in_top_k([[0.1, 0.7, 0.2], [0.1, 0.7, 0.2]], targets=[2, 0], k=2))
    array([ True, False])
    """
    with name_scope(name, "in_top_k", [predictions, targets]):
        return apply("InTopKV2", convert(predictions), convert(targets, name="targets"), convert(k, name="k"))
