"""Functions put together from others: sorting, spreads, indices in another form, rows replaced."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.graph import apply, convert
from kerasflow.core.opdef import REAL, blocked, of_kind, op
from kerasflow.core.ops.activation import softplus
from kerasflow.core.ops.arguments import alike, in_rank, static_int
from kerasflow.core.ops.gathering import gather, scatter_nd
from kerasflow.core.ops.reduction import reduce_mean, reduce_sum
from kerasflow.core.ops.reshaping import transpose
from kerasflow.core.ops.selecting import where
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec

__all__ = [
    "argsort",
    "batch_gather",
    "log_sigmoid",
    "reduce_euclidean_norm",
    "reduce_std",
    "reduce_variance",
    "sort",
    "tensor_scatter_add",
    "tensor_scatter_sub",
    "tensor_scatter_update",
    "unravel_index",
]


# Sorting.


def _infer_order(x: Spec, axis: int, descending: bool) -> Spec:
    of_kind(REAL, x)
    if x.shape is not None:
        in_rank(axis, len(x.shape))
    return Spec(types.int32, x.shape)


@op("ArgSort", infer=_infer_order, vjp=blocked)
def _order(x: Any, axis: int, descending: bool) -> Any:
    if not descending:
        return np.argsort(x, axis, kind="stable").astype(np.int32)
    turned = np.flip(np.argsort(np.flip(x, axis), axis, kind="stable"), axis)  # equal ones stay in order
    return (x.shape[axis] - 1 - turned).astype(np.int32)


def _is_descending(direction: str) -> bool:
    if direction not in ("ASCENDING", "DESCENDING"):
        raise ValueError(f"The direction must be 'ASCENDING' or 'DESCENDING', got {direction!r}.")
    return direction == "DESCENDING"


def argsort(
    values: Any, axis: int = -1, direction: str = "ASCENDING", stable: bool = False, name: str | None = None
) -> Tensor:
    """The places of the elements along an axis in sorted order; equal elements stay in their order.

    Args:
        values: a tensor of real numbers.
        axis: the axis to sort along, by default the last.
        direction: "ASCENDING" or "DESCENDING".
        stable: taken for compatibility: the order is always stable.

    Raises:
        ValueError: no such axis or direction.

    >>> tf.Session().run(tf.argsort([3, 1, 2, 1]))
    array([1, 3, 2, 0], dtype=int32)
    """
    descending = _is_descending(direction)
    return apply("ArgSort", values, axis=static_int(axis, "axis"), descending=descending, name=name or "argsort")


def sort(values: Any, axis: int = -1, direction: str = "ASCENDING", name: str | None = None) -> Tensor:
    """The elements along an axis in sorted order.

    Args:
        values: a tensor of real numbers, whose number of axes is known.
        axis: the axis to sort along, by default the last.
        direction: "ASCENDING" or "DESCENDING".

    Raises:
        ValueError: no such axis or direction, or the number of axes is not known.

    >>> tf.Session().run(tf.sort([3.0, 1.0, 2.0], direction="DESCENDING"))
    array([3., 2., 1.], dtype=float32)
    """
    with name_scope(name, "sort", [values]):
        x = convert(values)
        if x.dims is None:
            raise ValueError(f"sort: the number of axes of {x.name} must be known.")
        i, rank = in_rank(static_int(axis, "axis"), len(x.dims)), len(x.dims)
        swap = [rank - 1 if k == i else i if k == rank - 1 else k for k in range(rank)]
        turned = x if i == rank - 1 else transpose(x, swap)
        ordered = batch_gather(turned, argsort(turned, -1, direction))
        return ordered if i == rank - 1 else transpose(ordered, swap)


def batch_gather(params: Any, indices: Any, name: str | None = None) -> Tensor:
    """The elements that `indices` name in each row: ``result[b.., i] = params[b.., indices[b.., i]]``.

    Args:
        params: a tensor whose first axes are those of `indices`.
        indices: integers, whose number of axes is known.

    Raises:
        ValueError: the number of axes of `indices` is not known.

    >>> tf.Session().run(tf.batch_gather([[1, 2], [3, 4]], [[1], [0]]))
    array([[2],
           [3]], dtype=int32)
    """
    with name_scope(name, "BatchGather", [params, indices]):
        at = convert(indices)
        if at.dims is None:
            raise ValueError(f"batch_gather: the number of axes of {at.name} must be known.")
        return gather(params, at, axis=len(at.dims) - 1, batch_dims=len(at.dims) - 1)


# Spreads and the like.


def reduce_variance(input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None) -> Tensor:
    """The mean of the squared differences from the mean, along `axis`.

    Args:
        input_tensor: a floating-point tensor.
        axis: an int or a list of ints, by default all axes.
        keepdims: whether the axes stay, with size 1.

    >>> tf.Session().run(tf.math.reduce_variance([1.0, 3.0]))
    np.float32(1.0)
    """
    with name_scope(name, "reduce_variance", [input_tensor]):
        x = convert(input_tensor)
        return reduce_mean(apply("Square", x - reduce_mean(x, axis, keepdims=True)), axis, keepdims=keepdims)


def reduce_std(input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None) -> Tensor:
    """The standard deviation along `axis`, the root of `reduce_variance`.

    Args:
        input_tensor, axis, keepdims: as for `reduce_variance`.

    >>> tf.Session().run(tf.math.reduce_std([1.0, 5.0]))
    np.float32(2.0)
    """
    with name_scope(name, "reduce_std", [input_tensor]):
        return apply("Sqrt", reduce_variance(input_tensor, axis, keepdims))


def reduce_euclidean_norm(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """The root of the sum of squares along `axis`.

    Args:
        input_tensor, axis, keepdims: as for `reduce_variance`.

    >>> tf.Session().run(tf.math.reduce_euclidean_norm([3.0, 4.0]))
    np.float32(5.0)
    """
    with name_scope(name, "reduce_euclidean_norm", [input_tensor]):
        return apply("Sqrt", reduce_sum(apply("Square", convert(input_tensor)), axis, keepdims=keepdims))


def log_sigmoid(x: Any, name: str | None = None) -> Tensor:
    """``log(sigmoid(x))``, computed as ``-softplus(-x)``, which does not overflow.

    >>> tf.Session().run(tf.log_sigmoid([-2000.0, -1000.0]))
    array([-2000., -1000.], dtype=float32)
    """
    with name_scope(name, "LogSigmoid", [x]):
        return -softplus(-convert(x))


# Rows replaced; indices in another form.


def _scattered(tensor: Any, indices: Any, updates: Any) -> tuple[Tensor, Tensor, Tensor]:
    x, new = alike((tensor, updates), "tensor_scatter")
    x, dims = convert(x), apply("Shape", convert(x), out_type=types.int32)
    return x, scatter_nd(indices, new, dims), dims


def tensor_scatter_add(tensor: Any, indices: Any, updates: Any, name: str | None = None) -> Tensor:
    """`tensor` with `updates` added at given positions.

    Args:
        tensor: a tensor of numbers.
        indices, updates: as for `scatter_nd`.

    >>> tf.Session().run(tf.tensor_scatter_add([1, 2, 3], [[1], [1]], [10, 20]))
    array([ 1, 32,  3], dtype=int32)
    """
    with name_scope(name, "TensorScatterAdd"):
        x, change, _ = _scattered(tensor, indices, updates)
        return x + change


def tensor_scatter_sub(tensor: Any, indices: Any, updates: Any, name: str | None = None) -> Tensor:
    """`tensor` with `updates` subtracted at given positions.

    Args:
        tensor: a tensor of numbers.
        indices, updates: as for `scatter_nd`.

    >>> tf.Session().run(tf.tensor_scatter_sub([1, 2, 3], [[1]], [10]))
    array([ 1, -8,  3], dtype=int32)
    """
    with name_scope(name, "TensorScatterSub"):
        x, change, _ = _scattered(tensor, indices, updates)
        return x - change


def tensor_scatter_update(tensor: Any, indices: Any, updates: Any, name: str | None = None) -> Tensor:
    """`tensor` with `updates` in the place of what is at given positions.

    Args:
        tensor: a tensor of numbers.
        indices: as for `scatter_nd`; no position may come twice.
        updates: what to put there.

    >>> tf.Session().run(tf.tensor_scatter_update([1, 2, 3], [[1]], [10]))
    array([ 1, 10,  3], dtype=int32)
    """
    with name_scope(name, "TensorScatterUpdate"):
        x, new, dims = _scattered(tensor, indices, updates)
        _, given = alike((tensor, updates), "tensor_scatter")
        times = scatter_nd(indices, apply("Cast", apply("OnesLike", convert(given)), dtype=types.int32), dims)
        return where(apply("Greater", times, apply("ZerosLike", times)), new, x)


def _infer_unravel(indices: Spec, dims: Spec) -> Spec:
    of_kind("i", indices)
    n = None if dims.shape is None else dims.shape[0]
    return Spec(indices.dtype, None if indices.shape is None else (n, *indices.shape))


@op("UnravelIndex", infer=_infer_unravel, vjp=blocked)
def _unravel(indices: Any, dims: Any) -> Any:
    return np.stack(np.unravel_index(indices, tuple(dims.tolist()))).astype(indices.dtype)


def unravel_index(indices: Any, dims: Any, name: str | None = None) -> Tensor:
    """The indices along each axis of elements that are numbered one after the other.

    Args:
        indices: integers, of any shape.
        dims: the shape of the array that they number.

    Returns:
        One row for each axis.

    Raises:
        InvalidArgumentError: in a run, a number is beyond the array.

    >>> tf.Session().run(tf.unravel_index([5, 7], [3, 4]))
    array([[1, 1],
           [1, 3]], dtype=int32)
    """
    return apply("UnravelIndex", indices, dims, name=name)
