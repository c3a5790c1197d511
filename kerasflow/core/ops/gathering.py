"""Parts of an array by index: `gather`, `gather_nd`, and the adjoint, `scatter_nd`.

An index outside the array is an error, never the nearest element and never counted from the end. What is picked twice
adds up in the adjoint. The gradient of picking rows is an `IndexedSlices`: it holds the picked rows alone.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.errors import InvalidArgumentError
from kerasflow.core.graph import apply
from kerasflow.core.opdef import INTEGER, NUMBER, of_kind, op
from kerasflow.core.ops.arguments import in_rank, known_entries, refine, shape_from, sizes, static_int, vector
from kerasflow.core.ops.reshaping import reshape
from kerasflow.core.tensor import IndexedSlices, Tensor
from kerasflow.core.types import Spec

__all__ = ["gather", "gather_nd", "scatter_nd"]

_CHUNK = 1 << 18  # elements that are added at a time


def all_inside(indices: Any, n: int) -> bool:
    """Whether all indices are in [0, n)."""
    if not indices.size:
        return True
    if indices.dtype.itemsize < 4:
        indices = indices.astype(np.int64)
    # Seen as unsigned, a negative number is larger than any size: one pass finds both kinds.
    return bool(indices.view(_UNSIGNED[indices.dtype.itemsize]).max() < n)


_UNSIGNED = {4: np.dtype(np.uint32), 8: np.dtype(np.uint64)}


def check_bounds(indices: Any, n: int, what: str = "index") -> None:
    """InvalidArgumentError, naming the first one, if an index is not in [0, n)."""
    if not all_inside(indices, n):
        flat = indices.reshape(-1)
        at = int(np.argmax((flat < 0) | (flat >= n)))
        where = list(map(int, np.unravel_index(at, indices.shape)))
        raise InvalidArgumentError(None, None, f"{what} {flat[at]} at position {where} is not in [0, {n})")


def add_rows(rows: Any, positions: Any, count: int, dtype: Any) -> Any:
    """`count` rows of zeros, to whose row ``positions[i]`` the i-th of `rows`, a matrix, is added."""
    width = rows.shape[1]
    if (positions[1:] > positions[:-1]).all():  # no row is named twice, so that nothing adds up
        whole = np.zeros((count, width), dtype)
        whole[positions] = rows
        return whole
    total = np.zeros(count * width, dtype)
    # NumPy adds single elements much faster than it adds rows.
    step = max(_CHUNK // max(width, 1), 1)
    columns = np.arange(width)
    for i in range(0, len(positions), step):
        at = positions[i : i + step, None] * width + columns
        np.add.at(total, at.reshape(-1), rows[i : i + step].reshape(-1))
    return total.reshape(count, width)


# Rows, or what takes their place along another axis.


def _infer_gather(params: Spec, indices: Spec, axis: int = 0, batch_dims: int = 0) -> Spec:
    of_kind(INTEGER, indices)
    rows, picks = params.shape, indices.shape
    if rows is None:
        return Spec(params.dtype, None)
    i = in_rank(axis, len(rows))
    if picks is None:
        return Spec(params.dtype, None)
    if not 0 <= batch_dims <= min(i, len(picks)):
        raise ValueError(f"batch_dims {batch_dims} must be from 0 to the axis {i} and the rank {len(picks)} of indices")
    batch = shapes.merge(rows[:batch_dims], picks[:batch_dims]) or ()
    return Spec(params.dtype, (*batch, *rows[batch_dims:i], *picks[batch_dims:], *rows[i + 1 :]))


def _gather(params: Any, indices: Any, axis: int = 0, batch_dims: int = 0, out: Any = None) -> Any:
    axis = in_rank(axis, params.ndim)
    check_bounds(indices, params.shape[axis])
    if not batch_dims:
        taken = np.take(params, indices, axis, out, "clip")
        return taken if out is not None else np.asarray(taken, params.dtype)  # one string comes as bytes
    parts = _batched(params.shape, indices, axis, batch_dims)
    taken = np.take(params.reshape(-1, math.prod(params.shape[axis + 1 :])), parts, 0, mode="clip")
    dims = (*params.shape[:axis], *indices.shape[batch_dims:], *params.shape[axis + 1 :])
    return _into(out, taken.reshape(dims))


def _into(out: Any, value: Any) -> Any:
    if out is None:
        return value
    np.copyto(out, value)
    return out


def _batched(shape: tuple[int, ...], indices: Any, axis: int, batch_dims: int) -> Any:
    """Which rows are picked of an array of that shape, seen as a matrix whose columns are the axes after `axis`."""
    if shape[:batch_dims] != indices.shape[:batch_dims]:
        raise ValueError(f"the first {batch_dims} axes of {shape} and {indices.shape} must be the same")
    outer, n = math.prod(shape[:batch_dims]), shape[axis]
    between = math.prod(shape[batch_dims:axis])
    start = np.arange(outer * between).reshape(outer, between, 1) * n
    picks = indices.reshape(outer, 1, math.prod(indices.shape[batch_dims:]))
    return (start + picks).reshape(-1)


def _gather_grad(g: Any, indices: Any, like: Any, axis: int = 0, batch_dims: int = 0) -> Any:
    axis = in_rank(axis, like.ndim)
    positions = _batched(like.shape, indices, axis, batch_dims)
    width = math.prod(like.shape[axis + 1 :])
    count = math.prod(like.shape[: axis + 1])
    return add_rows(g.reshape(len(positions), width), positions, count, g.dtype).reshape(like.shape)


def _gather_vjp(n: Any, g: Any) -> tuple[Any, None]:
    params, indices = n.inputs
    if n.attrs.get("axis", 0):
        return apply("GatherGrad", g, indices, params, **n.attrs), None
    shape = apply("Shape", params, out_type=types.int32)
    if indices.shape.ndims != 1:
        # The axes of `indices` become one.
        g = reshape(g, apply("ConcatV2", np.array([-1], np.int32), shape[1:], axis=0))
        indices = reshape(indices, [-1])
    return IndexedSlices(g, indices, shape), None


op(
    "GatherGrad",
    infer=lambda g, indices, like, axis=0, batch_dims=0: Spec(g.dtype, like.shape),
    kernel=_gather_grad,
    vjp=lambda n, g: (apply("GatherV2", g, n.inputs[1], **n.attrs), None, None),
)(_gather_grad)


@op("GatherV2", infer=_infer_gather, kernel=_gather, vjp=_gather_vjp, out=True)
def gather(
    params: Any,
    indices: Any,
    validate_indices: Any = None,
    name: str | None = None,
    axis: Any = None,
    batch_dims: int = 0,
) -> Tensor:
    """The slices of `params` along an axis that `indices` name.

    ``result[a.., i.., b..] = params[a.., indices[i..], b..]``

    Args:
        params: a tensor of at least one dimension.
        indices: integers in [0, size of the axis), of any shape, which takes the place of the axis.
        axis: an int; by default `batch_dims`, that is the first axis.
        batch_dims: the number of leading axes that `params` and `indices` share: the same position is taken in both.

    Raises:
        ValueError: `axis` is out of range. TypeError: `indices` are not integers.
        InvalidArgumentError: in a run, an index is outside the axis.

    >>> tf.Session().run(tf.gather([[1, 2], [3, 4], [5, 6]], [2, 0]))
    array([[5, 6],
           [1, 2]], dtype=int32)
    """
    where = batch_dims if axis is None else static_int(axis, "gather: axis")
    return apply("GatherV2", params, indices, axis=where, batch_dims=batch_dims, name=name)


# Elements, or blocks, named by all their leading indices.


def _infer_gather_nd(params: Spec, indices: Spec, batch_dims: int = 0) -> Spec:
    of_kind(INTEGER, indices)
    rows, picks = params.shape, indices.shape
    if picks == ():
        raise ValueError("indices must have at least one axis: the last one names an element")
    if rows is None or picks is None or picks[-1] is None:
        return Spec(params.dtype, None)
    if batch_dims >= len(picks) or batch_dims + picks[-1] > len(rows):
        raise ValueError(f"{picks[-1]} indices, after {batch_dims} batch axes, for shape {shapes.show(rows)}")
    batch = shapes.merge(rows[:batch_dims], picks[:batch_dims]) or ()
    return Spec(params.dtype, (*batch, *picks[batch_dims:-1], *rows[batch_dims + picks[-1] :]))


def _positions(shape: tuple[int, ...], indices: Any, batch_dims: int) -> tuple[Any, int]:
    """Where the named blocks lie, in an array of that shape seen as a list of blocks; and the axes that name them."""
    used = batch_dims + indices.shape[-1]
    if used > len(shape):
        raise ValueError(f"{indices.shape[-1]} indices, after {batch_dims} batch axes, for shape {shape}")
    if shape[:batch_dims] != indices.shape[:batch_dims]:
        raise ValueError(f"the first {batch_dims} axes of {shape} and {indices.shape} must be the same")
    batch = shape[:batch_dims]
    if used == 1 and not batch_dims:
        first = indices[..., 0]
        check_bounds(first, shape[0], "index for axis 0:")
        return first.astype(np.int64, copy=False), used
    ones = (1,) * (indices.ndim - 1 - batch_dims)
    flat = np.broadcast_to(np.arange(math.prod(batch)).reshape(batch + ones), indices.shape[:-1])
    for j, n in enumerate(shape[batch_dims:used]):
        check_bounds(indices[..., j], n, f"index for axis {batch_dims + j}:")
        flat = flat * n + indices[..., j]
    return flat, used


def _gather_nd(params: Any, indices: Any, batch_dims: int = 0) -> Any:
    flat, used = _positions(params.shape, indices, batch_dims)
    blocks = params.reshape(math.prod(params.shape[:used]), *params.shape[used:])
    return np.asarray(np.take(blocks, flat, 0, mode="clip"), params.dtype)


@op(
    "GatherNd",
    infer=_infer_gather_nd,
    kernel=_gather_nd,
    vjp=lambda n, g: (
        apply("ScatterNd", n.inputs[1], g, apply("Shape", n.inputs[0], out_type=types.int32), **n.attrs),
        None,
    ),
)
def gather_nd(params: Any, indices: Any, name: str | None = None, batch_dims: int = 0) -> Tensor:
    """The elements (or blocks) of `params` at given positions: ``result[i..] = params[indices[i.., 0], ...]``.

    Args:
        params: a tensor of rank r.
        indices: integers; the last axis holds up to r indices for the first axes of `params`.
        batch_dims: the number of leading axes that `params` and `indices` share.

    Raises:
        ValueError: there are more indices than axes. InvalidArgumentError: in a run, an index is outside its axis.

    >>> tf.Session().run(tf.gather_nd([[1, 2], [3, 4]], [[0, 0], [1, 1]]))
    array([1, 4], dtype=int32)
    """
    return apply("GatherNd", params, indices, batch_dims=batch_dims, name=name)


def _infer_scatter_nd(indices: Spec, updates: Spec, shape: Spec, batch_dims: int = 0) -> Spec:
    of_kind(NUMBER, updates)
    target = shape_from(vector(shape, "the shape"))
    if target is not None:
        block = _infer_gather_nd(Spec(updates.dtype, target), indices, batch_dims).shape
        if not shapes.compatible(block, updates.shape):
            shown = f"{shapes.show(block)} for shape {shapes.show(target)}, got {shapes.show(updates.shape)}"
            raise ValueError(f"the updates must have shape {shown}")
    return Spec(updates.dtype, target)


def _scatter_nd(indices: Any, updates: Any, shape: Any, batch_dims: int = 0) -> Any:
    dims = tuple(shape.tolist())
    shape_from(dims)
    flat, used = _positions(dims, indices, batch_dims)
    if updates.shape != flat.shape + dims[used:]:
        raise ValueError(f"the updates must have shape {flat.shape + dims[used:]}, got {updates.shape}")
    rows = updates.reshape(flat.size, math.prod(dims[used:]))
    return add_rows(rows, flat.reshape(-1), math.prod(dims[:used]), updates.dtype).reshape(dims)


@op(
    "ScatterNd",
    infer=_infer_scatter_nd,
    kernel=_scatter_nd,
    vjp=lambda n, g: (None, apply("GatherNd", g, n.inputs[0], **n.attrs), None),
)
def scatter_nd(indices: Any, updates: Any, shape: Any, name: str | None = None) -> Tensor:
    """Zeros with `updates` added at given positions; what is added to one position twice adds up.

    Args:
        indices: integers; the last axis holds up to r indices for the first axes of the result.
        updates: what to add there, one element (or block) for each position.
        shape: the shape of the result, r ints or an int vector.

    Raises:
        ValueError: `updates` do not fit. InvalidArgumentError: in a run, an index is outside its axis.

    >>> tf.Session().run(tf.scatter_nd([[1], [3], [1]], [10, 20, 5], [4]))
    array([ 0, 15,  0, 20], dtype=int32)
    """
    y = apply("ScatterNd", indices, updates, sizes(shape), name=name)
    return refine(y, lambda i, u, entries: known_entries(entries))
