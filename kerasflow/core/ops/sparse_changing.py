"""Sparse tensors made from sparse tensors: other orders, shapes and parts.

What happens to the indices is integer work, done by an operation of its own that also says where each value comes
from; the values are then taken by `gather`, so derivatives pass through.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.graph import apply, convert
from kerasflow.core.opdef import INTEGER, blocked, of_kind, op
from kerasflow.core.ops.arguments import in_rank, static_int
from kerasflow.core.ops.gathering import gather
from kerasflow.core.ops.joining import concat
from kerasflow.core.ops.reshaping import reshape
from kerasflow.core.ops.selecting import where
from kerasflow.core.ops.sparse_making import positions, sparse
from kerasflow.core.scopes import name_scope
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.core.types import Spec

__all__ = [
    "sparse_expand_dims",
    "sparse_reorder",
    "sparse_reset_shape",
    "sparse_reshape",
    "sparse_retain",
    "sparse_slice",
    "sparse_transpose",
]

_POSITIONS = Spec(types.int64, (None,))


def _rows(rank: int | None) -> Spec:
    return Spec(types.int64, (None, rank))


def rank_of(indices: Spec, shape: Spec) -> int | None:
    """The rank of a sparse tensor, from what is known of its indices and its shape."""
    by_shape = None if shape.shape is None else shape.shape[0]
    return by_shape if by_shape is not None or indices.shape is None else indices.shape[1]


# Order.


@op("SparseOrder", infer=lambda indices, shape: Spec(types.int64, (indices.shape or (None,))[:1]), vjp=blocked)
def _order(indices: Any, shape: Any) -> Any:
    return np.argsort(positions(indices, tuple(shape.tolist())), kind="stable")


def sparse_reorder(sp_input: Any, name: str | None = None) -> SparseTensor:
    """The same sparse tensor with its elements in the order of rows.

    Raises:
        TypeError: `sp_input` is no sparse tensor.

    >>> st = tf.SparseTensor([[1, 0], [0, 1]], [6, 5], [2, 2])
    >>> tf.Session().run(tf.sparse_reorder(st)).values
    array([5, 6], dtype=int32)
    """
    st = sparse(sp_input)
    with name_scope(name, "SparseReorder"):
        order = apply("SparseOrder", st.indices, st.dense_shape)
        return SparseTensor(gather(st.indices, order), gather(st.values, order), st.dense_shape)


def sparse_transpose(sp_input: Any, perm: Any = None, name: str | None = None) -> SparseTensor:
    """A sparse tensor with its axes in another order, by default the reverse.

    Args:
        sp_input: a `SparseTensor`.
        perm: the axes in their new order.

    >>> st = tf.SparseTensor([[0, 2], [1, 0]], [5, 6], [2, 3])
    >>> tf.Session().run(tf.sparse_tensor_to_dense(tf.sparse_transpose(st)))
    array([[0, 6],
           [0, 0],
           [5, 0]], dtype=int32)
    """
    st = sparse(sp_input)
    with name_scope(name, "SparseTranspose"):
        if perm is None:
            rank = st.shape.ndims
            if rank is None:
                raise ValueError("sparse_transpose: the rank must be known where perm is not given.")
            perm = np.arange(rank)[::-1].copy()
        turned = gather(st.indices, perm, axis=1)
        return sparse_reorder(SparseTensor(turned, st.values, gather(st.dense_shape, perm)))


# Shape.


def _infer_reshape(indices: Spec, shape: Spec, new_shape: Spec) -> tuple[Spec, Spec]:
    of_kind(INTEGER, new_shape)
    rank = None if new_shape.shape is None else new_shape.shape[0]
    value = None
    if shape.value is not None and new_shape.value is not None:
        value = _full_shape(shape.value, new_shape.value)
    return _rows(rank), Spec(types.int64, (rank,), value)


def _full_shape(shape: Any, new_shape: Any) -> Any:
    """`new_shape` with the size that is left open, -1, filled in."""
    total, target = math.prod(shape.tolist()), new_shape.astype(np.int64)
    open_axes = np.flatnonzero(target == -1)
    if len(open_axes) > 1:
        raise ValueError(f"only one size may be -1, got {target.tolist()}")
    if len(open_axes):
        rest = math.prod(target[target != -1].tolist())
        target[open_axes[0]] = total // rest if rest else 0
    if math.prod(target.tolist()) != total or target.min(initial=0) < 0:
        raise ValueError(f"{total} elements do not fit the shape {new_shape.tolist()}")
    return target


@op("SparseReshape", infer=_infer_reshape, vjp=blocked)
def _reshaped(indices: Any, shape: Any, new_shape: Any) -> tuple[Any, Any]:
    target = _full_shape(shape, new_shape)
    flat = positions(indices, tuple(shape.tolist()))
    if not target.size:
        return np.zeros((len(flat), 0), np.int64), target
    return np.stack(np.unravel_index(flat, target.tolist()), 1).astype(np.int64), target


def sparse_reshape(sp_input: Any, shape: Any, name: str | None = None) -> SparseTensor:
    """A sparse tensor of another shape, whose elements follow one another in the same order.

    Args:
        sp_input: a `SparseTensor`.
        shape: the new shape; one size may be -1, which stands for what is left.

    Raises:
        ValueError: the elements do not fit; InvalidArgumentError if that is found in a run.

    >>> st = tf.SparseTensor([[0, 1], [1, 0]], [5, 6], [2, 3])
    >>> tf.Session().run(tf.sparse_tensor_to_dense(tf.sparse_reshape(st, [3, -1])))
    array([[0, 5],
           [0, 6],
           [0, 0]], dtype=int32)
    """
    st = sparse(sp_input)
    with name_scope(name, "SparseReshape"):
        target = convert(shape)
        wide = target if target.dtype is types.int64 else apply("Cast", target, dtype=types.int64)
        indices, full = apply("SparseReshape", st.indices, st.dense_shape, wide)
        return SparseTensor(indices, st.values, full)


def sparse_expand_dims(sp_input: Any, axis: Any = None, name: str | None = None) -> SparseTensor:
    """A sparse tensor with one more axis, of size 1.

    Args:
        sp_input: a `SparseTensor`.
        axis: where the new axis will be, by default the last.

    >>> st = tf.SparseTensor([[0, 1]], [5], [2, 3])
    >>> tf.sparse.expand_dims(st, 0).shape.as_list()
    [1, 2, 3]
    """
    st = sparse(sp_input)
    rank = st.shape.ndims
    if rank is None:
        raise ValueError("sparse expand_dims: the rank of the sparse tensor must be known.")
    i = in_rank(-1 if axis is None else static_int(axis, "axis"), rank + 1)
    with name_scope(name, "expand_dims"):
        one = np.ones(1, np.int64)
        zero = apply("ZerosLike", st.indices[:, :1]) if rank else None
        parts = [st.indices[:, :i], zero, st.indices[:, i:]]
        indices = concat([p for p in parts if p is not None], 1)
        return SparseTensor(indices, st.values, concat([st.dense_shape[:i], one, st.dense_shape[i:]], 0))


def sparse_reset_shape(sp_input: Any, new_shape: Any = None) -> SparseTensor:
    """A sparse tensor with the same elements in a larger shape, or in the smallest that holds them.

    Args:
        sp_input: a `SparseTensor`.
        new_shape: the new shape, nowhere smaller than the old; None for the smallest one.

    Raises:
        ValueError: the new shape has another rank. InvalidArgumentError: in a run, it is smaller somewhere.

    >>> st = tf.SparseTensor([[0, 1]], [5], [2, 3])
    >>> tf.Session().run([tf.sparse_reset_shape(st).dense_shape, tf.sparse_reset_shape(st, [4, 3]).dense_shape])
    [array([1, 2]), array([4, 3])]
    """
    st = sparse(sp_input)
    new = () if new_shape is None else (apply("Cast", convert(new_shape), dtype=types.int64),)
    return SparseTensor(st.indices, st.values, apply("SparseResetShape", st.indices, st.dense_shape, *new))


def _infer_reset(indices: Spec, shape: Spec, new: Spec | None = None) -> Spec:
    if new is not None and not shapes.compatible(shape.shape, new.shape):
        raise ValueError(f"the new shape has {shapes.show(new.shape)} sizes, the old one {shapes.show(shape.shape)}")
    if new is None or new.value is None or shape.value is None:
        return Spec(types.int64, shape.shape)
    return Spec(types.int64, shape.shape, _reset_shape(None, shape.value, new.value))


@op("SparseResetShape", infer=_infer_reset, vjp=blocked)
def _reset_shape(indices: Any, shape: Any, new: Any = None) -> Any:
    if new is None:
        return indices.max(0, initial=-1).astype(np.int64) + 1
    if (new < shape).any():
        raise ValueError(f"the new shape {new.tolist()} is smaller than {shape.tolist()}")
    return new.copy()


# Parts.


def sparse_retain(sp_input: Any, to_retain: Any) -> SparseTensor:
    """A sparse tensor with only some of its elements.

    Args:
        sp_input: a `SparseTensor`.
        to_retain: for each element, whether it stays.

    >>> st = tf.SparseTensor([[0, 1], [1, 0]], [5, 6], [2, 3])
    >>> tf.Session().run(tf.sparse_retain(st, [False, True])).values
    array([6], dtype=int32)
    """
    st = sparse(sp_input)
    kept = reshape(where(convert(to_retain, types.bool)), [-1])
    return SparseTensor(gather(st.indices, kept), gather(st.values, kept), st.dense_shape)


def _infer_slice(indices: Spec, shape: Spec, start: Spec, size: Spec) -> tuple[Spec, ...]:
    rank = rank_of(indices, shape)
    return _rows(rank), _POSITIONS, Spec(types.int64, (rank,))


@op("SparseSlice", infer=_infer_slice, vjp=blocked)
def _sliced(indices: Any, shape: Any, start: Any, size: Any) -> tuple[Any, Any, Any]:
    size = np.clip(np.minimum(size, shape - start), 0, None)
    moved = indices - start
    kept = np.flatnonzero(((moved >= 0) & (moved < size)).all(1))
    return moved[kept], kept, size


def sparse_slice(sp_input: Any, start: Any, size: Any, name: str | None = None) -> SparseTensor:
    """A block of a sparse tensor; what of it lies beyond the end is cut off.

    Args:
        sp_input: a `SparseTensor`.
        start: the first index along each axis.
        size: how many indices along each axis.

    >>> st = tf.SparseTensor([[0, 1], [1, 0]], [5, 6], [2, 3])
    >>> tf.Session().run(tf.sparse_tensor_to_dense(tf.sparse_slice(st, [1, 0], [1, 2])))
    array([[6, 0]], dtype=int32)
    """
    st = sparse(sp_input)
    with name_scope(name, "SparseSlice"):
        ends = [convert(t, types.int64) for t in (start, size)]
        indices, kept, shape = apply("SparseSlice", st.indices, st.dense_shape, *ends)
        return SparseTensor(indices, gather(st.values, kept), shape)
