"""Selecting by condition and by class: `where`, `boolean_mask`, `one_hot`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.graph import apply, graph_of
from kerasflow.core.opdef import INTEGER, blocked, of_kind, op, same_type
from kerasflow.core.ops.arguments import alike, in_rank, scalar, shape_from, static_int
from kerasflow.core.ops.gathering import all_inside
from kerasflow.core.shapes import Dims
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec, as_dtype

__all__ = ["boolean_mask", "one_hot", "where", "where_v2"]


# where


def _infer_where(condition: Spec) -> Spec:
    of_kind("biufc", condition)
    return Spec(types.int64, (None, None if condition.shape is None else len(condition.shape)))


@op("Where", infer=_infer_where, vjp=blocked)
def _where(condition: Any) -> Any:
    return np.argwhere(condition).astype(np.int64, copy=False)


def _infer_select(condition: Spec, x: Spec, y: Spec) -> Spec:
    of_kind("b", condition)
    dtype = same_type(x, y)
    try:
        dims = shapes.merge(x.shape, y.shape)
    except ValueError:
        shown = f"{shapes.show(x.shape)} and {shapes.show(y.shape)}"
        raise ValueError(f"what to choose from must have one shape, got {shown}") from None
    _check_condition(condition.shape, dims)
    is_like = condition.shape is not None and len(condition.shape) > 1
    return Spec(dtype, shapes.merge(dims, condition.shape) if is_like else dims)


def _check_condition(condition: Dims, dims: Dims) -> None:
    """ValueError unless the condition is a scalar, one number a row, or of the shape of the choices."""
    whole = shapes.compatible(condition, dims)
    if not (condition == () or whole or dims and condition and shapes.compatible(condition, dims[:1])):
        shown = f"a scalar, one number a row or of shape {shapes.show(dims)}, got {shapes.show(condition)}"
        raise ValueError(f"the condition must be {shown}")


def _select(condition: Any, x: Any, y: Any) -> Any:
    if x.shape != y.shape:
        raise ValueError(f"what to choose from must have one shape, got {x.shape} and {y.shape}")
    if condition.shape != x.shape:
        _check_condition(condition.shape, x.shape)
        condition = condition.reshape(condition.shape + (1,) * (x.ndim - condition.ndim))
    return np.where(condition, x, y)  # new memory, and yet faster than two copies into old


def _select_grad(n: Any, g: Any) -> tuple[Any, ...]:
    condition, none = n.inputs[0], apply("ZerosLike", g)
    return None, apply("Select", condition, g, none), apply("Select", condition, none, g)


op("Select", infer=_infer_select, kernel=_select, vjp=_select_grad)(_select)


def _infer_select_v2(condition: Spec, x: Spec, y: Spec) -> Spec:
    of_kind("b", condition)
    dims = shapes.broadcast(shapes.broadcast(condition.shape, x.shape), y.shape)
    return Spec(same_type(x, y), dims)


def _select_v2_grad(n: Any, g: Any) -> tuple[Any, ...]:
    condition, x, y = n.inputs
    none = apply("ZerosLike", g)
    chosen, other = apply("SelectV2", condition, g, none), apply("SelectV2", condition, none, g)
    return None, apply("SumTo", chosen, x), apply("SumTo", other, y)


op("SelectV2", infer=_infer_select_v2, kernel=lambda c, x, y: np.where(c, x, y), vjp=_select_v2_grad)(np.where)


def where(condition: Any, x: Any = None, y: Any = None, name: str | None = None) -> Tensor:
    """`x` where `condition` holds and `y` elsewhere; without these, the positions where `condition` holds.

    Args:
        condition: a bool tensor: of the shape of `x` and `y`, a vector that chooses whole rows, or a scalar. Without
            `x` and `y` it may be of numbers, which hold where they are not 0.
        x, y: tensors of one type and one shape; both or neither.

    Returns:
        A tensor like `x`; or the positions, an int64 tensor of shape (count, rank of `condition`).

    Raises:
        ValueError: the shapes do not fit, or only one of `x` and `y` is given.

    >>> sess = tf.Session()
    >>> sess.run(tf.where([True, False], [1, 2], [3, 4]))
    array([1, 4], dtype=int32)
    >>> sess.run(tf.where([False, True, True]))
    array([[1],
           [2]])
    """
    if x is None and y is None:
        return apply("Where", condition, name=name)
    if x is None or y is None:
        raise ValueError("where: x and y must both be given, or neither.")
    choices = alike((x, y), name or "Select", beside=(condition,))
    return apply("Select", condition, *choices, name=name)


def where_v2(condition: Any, x: Any = None, y: Any = None, name: str | None = None) -> Tensor:
    """`x` where `condition` holds and `y` elsewhere, all three broadcast to one shape; see `where`.

    Args:
        condition: a bool tensor.
        x, y: tensors of one type; both or neither.

    Raises:
        ValueError: the shapes cannot be broadcast together, or only one of `x` and `y` is given.
        TypeError: their types differ.

    >>> tf.Session().run(tf.where_v2([True, False], 1.0, [[2.0, 3.0], [4.0, 5.0]]))
    array([[1., 3.],
           [1., 5.]], dtype=float32)
    """
    if x is None or y is None:
        return where(condition, x, y, name)
    return apply("SelectV2", condition, *alike((x, y), name or "SelectV2", beside=(condition,)), name=name)


# boolean_mask


def _mask_dims(x: Dims, mask: Dims, axis: int) -> Dims:
    if mask is None:
        raise ValueError("the rank of the mask must be known")
    if not mask:
        raise ValueError("the mask cannot be a scalar")
    if x is None:
        return None
    i = in_rank(axis, len(x))
    if not shapes.compatible(x[i : i + len(mask)], mask):
        raise ValueError(f"the mask of shape {shapes.show(mask)} does not fit shape {shapes.show(x)} at axis {i}")
    return (*x[:i], None, *x[i + len(mask) :])


def _infer_mask(x: Spec, mask: Spec, axis: int) -> Spec:
    of_kind("b", mask)
    return Spec(x.dtype, _mask_dims(x.shape, mask.shape, axis))


def _masked(x: Any, mask: Any, axis: int) -> Any:
    _mask_dims(x.shape, mask.shape, axis)
    return x[(slice(None),) * in_rank(axis, x.ndim) + (mask,)]


def _mask_grad(g: Any, mask: Any, like: Any, axis: int) -> Any:
    whole = np.zeros(like.shape, g.dtype)
    whole[(slice(None),) * in_rank(axis, like.ndim) + (mask,)] = g
    return whole


op(
    "BooleanMaskGrad",
    infer=lambda g, mask, like, axis: Spec(g.dtype, like.shape),
    kernel=_mask_grad,
    vjp=lambda n, g: (apply("BooleanMask", g, n.inputs[1], axis=n.attrs["axis"]), None, None),
)(_mask_grad)


@op(
    "BooleanMask",
    infer=_infer_mask,
    kernel=_masked,
    vjp=lambda n, g: (apply("BooleanMaskGrad", g, n.inputs[1], n.inputs[0], axis=n.attrs["axis"]), None),
)
def boolean_mask(tensor: Any, mask: Any, name: str | None = "boolean_mask", axis: Any = None) -> Tensor:
    """The parts of `tensor` where `mask` is true, one after the other.

    Args:
        tensor: a tensor of rank r.
        mask: a bool tensor of rank 1 to r, whose shape is that of the axes of `tensor` from `axis` on.
        axis: the first axis the mask is for, by default 0.

    Raises:
        ValueError: the mask does not fit, or its rank is not known; InvalidArgumentError if that is found in a run.

    >>> tf.Session().run(tf.boolean_mask([[1, 2], [3, 4], [5, 6]], [True, False, True]))
    array([[1, 2],
           [5, 6]], dtype=int32)
    """
    first = 0 if axis is None else static_int(axis, "boolean_mask: axis")
    return apply("BooleanMask", tensor, mask, axis=first, name=name or "boolean_mask")


# one_hot


def _infer_one_hot(indices: Spec, depth: Spec, on: Spec, off: Spec, axis: int) -> Spec:
    of_kind(INTEGER, indices)
    dtype = same_type(on, off)
    if on.shape not in ((), None) or off.shape not in ((), None):
        raise ValueError(f"on and off must be scalars, got {shapes.show(on.shape)} and {shapes.show(off.shape)}")
    n = shape_from((scalar(depth, "the depth"),)) or ()
    if indices.shape is None:
        return Spec(dtype, None)
    i = in_rank(axis, len(indices.shape) + 1)
    return Spec(dtype, (*indices.shape[:i], *n, *indices.shape[i:]))


def _one_hot(indices: Any, depth: Any, on: Any, off: Any, axis: int, out: Any = None) -> Any:
    n, dims, i = int(depth), indices.shape, in_rank(axis, indices.ndim + 1)
    if n < 0:
        raise ValueError(f"the depth must be at least 0, got {n}")
    if out is None:
        out = np.empty((*dims[:i], n, *dims[i:]), on.dtype)
    out[...] = off
    outer, inner = math.prod(dims[:i]), math.prod(dims[i:])
    flat = indices.reshape(outer, inner)
    # Element (a, b) of the indices is at (a, its value, b) of the result; a value that is no class is nowhere.
    if inner == 1 and all_inside(indices, n):
        out.reshape(outer, n)[np.arange(outer), flat[:, 0]] = on
    else:
        a, b = np.nonzero((flat >= 0) & (flat < n))
        out.reshape(outer, n, inner)[a, flat[a, b], b] = on
    return out


@op("OneHot", infer=_infer_one_hot, kernel=_one_hot, vjp=None, out=True)
def one_hot(
    indices: Any,
    depth: Any,
    on_value: Any = None,
    off_value: Any = None,
    axis: Any = None,
    dtype: Any = None,
    name: str | None = None,
) -> Tensor:
    """For each index a vector of length `depth` that is on at the index and off elsewhere.

    Args:
        indices: integers of any shape; for one outside [0, depth) all is off.
        depth: the number of classes, an int or a scalar int tensor.
        on_value, off_value: the two values, by default 1 and 0.
        axis: where the new axis will be, by default the last.
        dtype: the type, by default that of the values, or float32.

    Raises:
        TypeError: the values have different types, or `indices` are not integers.

    >>> tf.Session().run(tf.one_hot([0, 2, -1], 3))
    array([[1., 0., 0.],
           [0., 0., 1.],
           [0., 0., 0.]], dtype=float32)
    """
    graph = graph_of((indices, on_value, off_value))
    given = [None if v is None else graph.convert(v, dtype) for v in (on_value, off_value)]
    kind = as_dtype(dtype) if dtype is not None else next((t.dtype for t in given if t is not None), types.float32)
    if kind is types.string and None in given:
        raise TypeError("one_hot: of strings both values must be given.")
    values = [np.array(default, kind.numpy) if t is None else t for t, default in zip(given, (1, 0), strict=True)]
    where = -1 if axis is None else static_int(axis, "one_hot: axis")
    return apply("OneHot", indices, depth, *values, axis=where, name=name or "one_hot")
