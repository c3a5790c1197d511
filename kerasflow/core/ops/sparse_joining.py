"""Sparse tensors taken apart and joined: `sparse_split`, `sparse_concat`, and rows filled in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.graph import apply, convert
from kerasflow.core.opdef import blocked, op
from kerasflow.core.ops.arguments import in_rank, static_int
from kerasflow.core.ops.gathering import check_bounds, gather
from kerasflow.core.ops.joining import concat
from kerasflow.core.ops.reshaping import reshape
from kerasflow.core.ops.sparse_changing import rank_of, sparse_slice
from kerasflow.core.ops.sparse_making import positions, sparse
from kerasflow.core.scopes import name_scope
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec

__all__ = ["sparse_concat", "sparse_fill_empty_rows", "sparse_split"]

_POSITIONS = Spec(types.int64, (None,))


def _rows(rank: int | None) -> Spec:
    return Spec(types.int64, (None, rank))


def sparse_split(
    keyword_required: Any = None,
    sp_input: Any = None,
    num_split: int | None = None,
    axis: Any = None,
    name: str | None = None,
    split_dim: Any = None,
) -> list[SparseTensor]:
    """A sparse tensor cut along one axis into parts of equal size; the first ones have one more if it does not divide.

    Args:
        keyword_required: not used; the others are given by name.
        sp_input: a `SparseTensor`.
        num_split: the number of parts.
        axis: the axis to cut; `split_dim` is its former name.

    Raises:
        ValueError: an argument is missing or was not given by name.

    >>> st = tf.SparseTensor([[0, 1], [1, 0]], [5, 6], [2, 3])
    >>> [p.dense_shape for p in tf.Session().run(tf.sparse_split(sp_input=st, num_split=2, axis=1))]
    [array([2, 2]), array([2, 1])]
    """
    axis = split_dim if axis is None else axis
    if keyword_required is not None or sp_input is None or num_split is None or axis is None:
        raise ValueError("sparse_split: sp_input=, num_split= and axis= must be given, by name.")
    st = sparse(sp_input)
    with name_scope(name, "SparseSplit"):
        ends = apply("SplitEnds", st.dense_shape, axis=static_int(axis, "axis"), count=int(num_split))
        return [sparse_slice(st, ends[0, i], ends[1, i]) for i in range(int(num_split))]


@op("SplitEnds", infer=lambda shape, axis, count: Spec(types.int64, (2, count, *(shape.shape or (None,)))), vjp=blocked)
def _split_ends(shape: Any, axis: int, count: int) -> Any:
    i = in_rank(axis, len(shape))
    n, more = divmod(int(shape[i]), count)
    if not n:
        raise ValueError(f"an axis of size {int(shape[i])} cannot be split into {count} parts")
    counts = np.full(count, n) + (np.arange(count) < more)
    ends = np.zeros((2, count, len(shape)), np.int64)
    ends[1] = shape
    ends[0, :, i], ends[1, :, i] = np.cumsum(counts) - counts, counts
    return ends


# Joined.


def _infer_concat(*specs: Spec, axis: int, count: int, expand: bool) -> tuple[Spec, ...]:
    ranks = [rank_of(i, s) for i, s in zip(specs[:count], specs[count:], strict=True)]
    known = {r for r in ranks if r is not None}
    if len(known) > 1:
        raise ValueError(f"sparse tensors of different ranks cannot be joined: {ranks}")
    rank = known.pop() if known else None
    if rank is not None:
        in_rank(axis, rank)
    return _rows(rank), _POSITIONS, Spec(types.int64, (rank,))


@op("SparseConcat", infer=_infer_concat, vjp=blocked)
def _joined(*arrays: Any, axis: int, count: int, expand: bool) -> tuple[Any, Any, Any]:
    indices, dims = arrays[:count], np.stack(arrays[count:])
    i = in_rank(axis, dims.shape[1])
    others = np.delete(dims, i, 1)
    if not expand and (others != others[0]).any():
        raise ValueError(f"only axis {i} may differ in size, got shapes {dims.tolist()}; or set expand_nonconcat_dim")
    whole = dims.max(0)
    whole[i] = dims[:, i].sum()
    starts = np.cumsum(dims[:, i]) - dims[:, i]
    offsets = np.zeros_like(dims)
    offsets[:, i] = starts
    moved = np.concatenate([x + o for x, o in zip(indices, offsets, strict=True)])
    order = np.argsort(positions(moved, tuple(whole.tolist())), kind="stable")
    return moved[order], order, whole


def sparse_concat(
    axis: Any,
    sp_inputs: Sequence[Any],
    name: str | None = None,
    expand_nonconcat_dim: bool = False,
    concat_dim: Any = None,
    expand_nonconcat_dims: Any = None,
) -> SparseTensor:
    """Sparse tensors joined along one axis.

    Args:
        axis: the axis; `concat_dim` is its former name.
        sp_inputs: a list of `SparseTensor`, of one type, whose other axes have the same sizes.
        expand_nonconcat_dim: whether other sizes may differ; the result has the largest. `expand_nonconcat_dims` is
            another name of it.

    Raises:
        TypeError: one of them is no sparse tensor. InvalidArgumentError: in a run, the shapes do not fit.

    >>> a, b = tf.SparseTensor([[0, 1]], [5], [1, 2]), tf.SparseTensor([[0, 0]], [6], [1, 2])
    >>> tf.Session().run(tf.sparse_tensor_to_dense(tf.sparse_concat(0, [a, b])))
    array([[0, 5],
           [6, 0]], dtype=int32)
    """
    if isinstance(sp_inputs, SparseTensor):
        sp_inputs = [sp_inputs]
    parts = [sparse(s, "sp_inputs") for s in sp_inputs]
    if not parts:
        raise ValueError("sparse_concat: there is nothing to join.")
    where_to = static_int(axis if concat_dim is None else concat_dim, "axis")
    expand = bool(expand_nonconcat_dim if expand_nonconcat_dims is None else expand_nonconcat_dims)
    with name_scope(name, "SparseConcat"):
        arrays = [*[s.indices for s in parts], *[s.dense_shape for s in parts]]
        joined = apply("SparseConcat", *arrays, axis=where_to, count=len(parts), expand=expand)
        values = concat([s.values for s in parts], 0)
        return SparseTensor(joined[0], gather(values, joined[1]), joined[2])


# Filled.


def _infer_fill(indices: Spec, shape: Spec) -> tuple[Spec, ...]:
    n = None if shape.value is None else int(shape.value[0])
    return _rows(rank_of(indices, shape)), _POSITIONS, Spec(types.bool, (n,))


@op("SparseFillEmptyRows", infer=_infer_fill, vjp=blocked)
def _filled(indices: Any, shape: Any) -> tuple[Any, Any, Any]:
    n = int(shape[0])
    check_bounds(indices[:, 0], n, "row")
    is_empty = np.bincount(indices[:, 0], minlength=n) == 0
    new = np.zeros((int(is_empty.sum()), indices.shape[1]), np.int64)
    new[:, 0] = np.flatnonzero(is_empty)
    whole = np.concatenate([indices, new])
    order = np.argsort(whole[:, 0], kind="stable")
    return whole[order], np.minimum(order, len(indices)), is_empty


def sparse_fill_empty_rows(sp_input: Any, default_value: Any, name: str | None = None) -> tuple[SparseTensor, Tensor]:
    """A sparse matrix in which each row without an element has `default_value` in its first column.

    Args:
        sp_input: a `SparseTensor` of rank 2.
        default_value: a value of its type.

    Returns:
        The sparse matrix, and for each row whether it was empty.

    >>> st = tf.SparseTensor([[1, 2]], [5], [3, 4])
    >>> filled, empty = tf.sparse_fill_empty_rows(st, -1)
    >>> tf.Session().run([filled.values, empty])
    [array([-1,  5, -1], dtype=int32), array([ True, False,  True])]
    """
    st = sparse(sp_input)
    with name_scope(name, "SparseFillEmptyRows"):
        value = reshape(convert(default_value, st.dtype), [1])
        indices, source, is_empty = apply("SparseFillEmptyRows", st.indices, st.dense_shape)
        values = gather(concat([st.values, value], 0), source)
        return SparseTensor(indices, values, st.dense_shape), is_empty
