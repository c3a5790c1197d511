"""Sums and largest elements of sparse tensors along axes, dense or sparse, and indicators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.deprecation import former_name
from kerasflow.core.graph import apply, convert
from kerasflow.core.opdef import INTEGER, NUMBER, REAL, blocked, of_kind, op
from kerasflow.core.ops.arguments import static_ints
from kerasflow.core.ops.joining import concat
from kerasflow.core.ops.reduction import axes_in, reduced
from kerasflow.core.ops.reshaping import expand_dims
from kerasflow.core.ops.sparse_changing import rank_of, sparse_reorder
from kerasflow.core.ops.sparse_making import positions, sparse, sparse_tensor_to_dense
from kerasflow.core.scopes import name_scope
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec

__all__ = [
    "sparse_merge",
    "sparse_reduce_max",
    "sparse_reduce_max_sparse",
    "sparse_reduce_sum",
    "sparse_reduce_sum_sparse",
    "sparse_to_indicator",
]


def _infer(kinds: str) -> Callable[..., Spec]:
    def infer(indices: Spec, values: Spec, shape: Spec, axis: Any, keepdims: bool) -> Spec:
        of_kind(kinds, values)
        rank = rank_of(indices, shape)
        dims: Any = None if rank is None else (None,) * rank
        return Spec(values.dtype, reduced(dims if shape.value is None else tuple(shape.value.tolist()), axis, keepdims))

    return infer


def _groups(indices: Any, shape: Any, axis: Any) -> tuple[Any, tuple[int, ...]]:
    """Each element's index with the reduced axes at 0, and the shape with those at size 1."""
    gone = list(axes_in(axis, len(shape)))
    dims = np.array(shape)
    kept = np.array(indices)
    dims[gone], kept[:, gone] = 1, 0
    return kept, tuple(dims.tolist())


def _dense(ufunc: np.ufunc) -> Callable[..., Any]:
    """The reduction to a dense array, 0 where there is nothing."""

    def kernel(indices: Any, values: Any, shape: Any, axis: Any, keepdims: bool) -> Any:
        positions(indices, tuple(shape.tolist()))
        kept, dims = _groups(indices, shape, axis)
        total = _joined(ufunc, positions(kept, dims), values, int(np.prod(dims, dtype=np.int64)))
        return total.reshape(reduced(tuple(shape.tolist()), axis, keepdims))

    return kernel


def _joined(ufunc: np.ufunc, at: Any, values: Any, n: int) -> Any:
    total = np.zeros(n, values.dtype)
    if ufunc is np.add:
        ufunc.at(total, at, values)
        return total
    first = np.unique(at, return_index=True)
    total[first[0]] = values[first[1]]
    ufunc.at(total, at, values)
    return total


def _sum_vjp(n: Any, g: Any) -> tuple[Any, ...]:
    indices, _, shape = n.inputs
    groups, kept = apply("SparseGroups", indices, shape, axis=n.attrs["axis"])
    whole = apply("Reshape", g, kept)
    return None, apply("GatherNd", whole, groups, batch_dims=0), None


@op(
    "SparseGroups",
    infer=lambda indices, shape, axis: (Spec(types.int64, indices.shape), Spec(types.int64, shape.shape)),
    vjp=blocked,
)
def _groups_and_shape(indices: Any, shape: Any, axis: Any) -> tuple[Any, Any]:
    kept, dims = _groups(indices, shape, axis)
    return kept, np.array(dims, np.int64)


op("SparseReduceSum", infer=_infer(NUMBER), kernel=_dense(np.add), vjp=_sum_vjp)(_dense)
op("SparseReduceMax", infer=_infer(REAL), kernel=_dense(np.maximum), vjp=None)(_dense)


def _arguments(axis: Any, keepdims: Any, reduction_axes: Any, keep_dims: Any) -> dict[str, Any]:
    if reduction_axes is not None:
        former_name("reduction_axes=", "axis=")
    if keep_dims is not None:
        former_name("keep_dims=", "keepdims=")
    axis = reduction_axes if axis is None else axis
    keeps = keep_dims if keepdims is None else keepdims
    return {"axis": None if axis is None else static_ints(axis, "axis"), "keepdims": bool(keeps)}


def sparse_reduce_sum(
    sp_input: Any, axis: Any = None, keepdims: Any = None, reduction_axes: Any = None, keep_dims: Any = None
) -> Tensor:
    """The sum of a sparse tensor along axes, as a dense array.

    Args:
        sp_input: a `SparseTensor` of numbers.
        axis: an int or a list of ints; by default all axes.
        keepdims: whether the axes stay, with size 1.
        reduction_axes, keep_dims: former names of `axis` and `keepdims`.

    Raises:
        TypeError: `sp_input` is no sparse tensor. ValueError: there is no such axis.

    >>> st = tf.SparseTensor([[0, 0], [0, 2], [1, 1]], [1, 2, 3], [2, 3])
    >>> tf.Session().run([tf.sparse_reduce_sum(st, 0), tf.sparse_reduce_sum(st)])
    [array([1, 3, 2], dtype=int32), np.int32(6)]
    """
    attrs = _arguments(axis, keepdims, reduction_axes, keep_dims)
    return apply("SparseReduceSum", *sparse(sp_input).parts, **attrs)


def sparse_reduce_max(
    sp_input: Any, axis: Any = None, keepdims: Any = None, reduction_axes: Any = None, keep_dims: Any = None
) -> Tensor:
    """The largest of the elements that are there, along axes, as a dense array; 0 where there are none.

    Args:
        sp_input: a `SparseTensor` of real numbers.
        axis, keepdims, reduction_axes, keep_dims: as for `sparse_reduce_sum`.

    >>> st = tf.SparseTensor([[0, 0], [0, 2], [1, 1]], [-1, 2, -3], [2, 4])
    >>> tf.Session().run(tf.sparse_reduce_max(st, 0))
    array([-1, -3,  2,  0], dtype=int32)
    """
    attrs = _arguments(axis, keepdims, reduction_axes, keep_dims)
    return apply("SparseReduceMax", *sparse(sp_input).parts, **attrs)


# To a sparse tensor.


def _infer_sparse(indices: Spec, values: Spec, shape: Spec, axis: Any, keepdims: bool) -> tuple[Spec, ...]:
    rank = rank_of(indices, shape)
    dims = reduced(None if rank is None else (None,) * rank, axis, keepdims)
    left = None if dims is None else len(dims)
    return Spec(types.int64, (None, left)), Spec(values.dtype, (None,)), Spec(types.int64, (left,))


def _to_sparse(ufunc: np.ufunc) -> Callable[..., Any]:
    def kernel(indices: Any, values: Any, shape: Any, axis: Any, keepdims: bool) -> Any:
        kept, dims = _groups(indices, shape, axis)
        places, first, group = np.unique(positions(kept, dims), return_index=True, return_inverse=True)
        left = np.array(reduced(tuple(shape.tolist()), axis, keepdims), np.int64)
        gone = axes_in(axis, len(shape))
        columns = [i for i in range(len(shape)) if keepdims or i not in gone]
        total = _joined(ufunc, group.reshape(-1), values, len(places))
        return kept[first][:, columns], total, left

    return kernel


op("SparseReduceSumSparse", infer=_infer_sparse, kernel=_to_sparse(np.add), vjp=None)(_to_sparse)
op("SparseReduceMaxSparse", infer=_infer_sparse, kernel=_to_sparse(np.maximum), vjp=None)(_to_sparse)


def sparse_reduce_sum_sparse(
    sp_input: Any, axis: Any = None, keepdims: Any = None, reduction_axes: Any = None, keep_dims: Any = None
) -> SparseTensor:
    """The sum of a sparse tensor along axes, as a sparse tensor. It has no gradient; `sparse_reduce_sum` has one.

    Args:
        sp_input, axis, keepdims, reduction_axes, keep_dims: as for `sparse_reduce_sum`.

    >>> st = tf.SparseTensor([[0, 0], [0, 2], [1, 2]], [1, 2, 3], [2, 3])
    >>> tf.Session().run(tf.sparse_reduce_sum_sparse(st, 0)).values
    array([1, 5], dtype=int32)
    """
    attrs = _arguments(axis, keepdims, reduction_axes, keep_dims)
    return SparseTensor(*apply("SparseReduceSumSparse", *sparse(sp_input).parts, **attrs))


def sparse_reduce_max_sparse(
    sp_input: Any, axis: Any = None, keepdims: Any = None, reduction_axes: Any = None, keep_dims: Any = None
) -> SparseTensor:
    """The largest of the elements that are there, along axes, as a sparse tensor.

    Args:
        sp_input, axis, keepdims, reduction_axes, keep_dims: as for `sparse_reduce_sum`.

    >>> st = tf.SparseTensor([[0, 0], [0, 2], [1, 2]], [1, -2, -3], [2, 3])
    >>> tf.Session().run(tf.sparse_reduce_max_sparse(st, 0)).values
    array([ 1, -2], dtype=int32)
    """
    attrs = _arguments(axis, keepdims, reduction_axes, keep_dims)
    return SparseTensor(*apply("SparseReduceMaxSparse", *sparse(sp_input).parts, **attrs))


# Ids as places.


def sparse_merge(
    sp_ids: Any, sp_values: Any, vocab_size: Any, name: str | None = None, already_sorted: bool = False
) -> SparseTensor:
    """Values at the places that ids name: the last axis of `sp_ids` is replaced by the ids.

    Args:
        sp_ids: a `SparseTensor` of integers, or a list of them, one for each new axis.
        sp_values: a `SparseTensor` with the same indices.
        vocab_size: the size of the new axis, or a list of sizes.
        already_sorted: whether the result needs no sorting.

    >>> at = [[0, 0], [1, 0], [1, 1]]
    >>> ids, values = tf.SparseTensor(at, [3, 0, 2], [2, 2]), tf.SparseTensor(at, [1.0, 2.0, 3.0], [2, 2])
    >>> tf.Session().run(tf.sparse_tensor_to_dense(tf.sparse_merge(ids, values, 4)))
    array([[0., 0., 0., 1.],
           [2., 0., 3., 0.]], dtype=float32)
    """
    several = isinstance(sp_ids, (list, tuple)) and not hasattr(sp_ids, "dense_shape")
    ids = [sparse(t, "sp_ids") for t in (sp_ids if several else [sp_ids])]
    counts = list(vocab_size) if several else [vocab_size]
    values = sparse(sp_values, "sp_values")
    if len(ids) != len(counts):
        raise ValueError(f"sparse_merge: {len(ids)} sp_ids for {len(counts)} sizes of vocabularies.")
    for t in ids:
        of_kind(INTEGER, Spec(t.dtype, ()))
    with name_scope(name, "SparseMerge"):
        columns = [expand_dims(apply("Cast", t.values, dtype=types.int64), 1) for t in ids]
        sizes = [
            apply("Reshape", apply("Cast", convert(n), dtype=types.int64), np.array([1], np.int32)) for n in counts
        ]
        indices = concat([ids[0].indices[:, :-1], *columns], 1)
        merged = SparseTensor(indices, values.values, concat([ids[0].dense_shape[:-1], *sizes], 0))
        return merged if already_sorted else sparse_reorder(merged)


def sparse_to_indicator(sp_input: Any, vocab_size: Any, name: str | None = None) -> Tensor:
    """For each row of ids the places that are named, as a dense array of truth values.

    Args:
        sp_input: a `SparseTensor` of integers in [0, vocab_size).
        vocab_size: the size of the last axis of the result.

    >>> ids = tf.SparseTensor([[0, 0], [1, 0], [1, 1]], [3, 0, 2], [2, 2])
    >>> tf.Session().run(tf.sparse_to_indicator(ids, 4))
    array([[False, False, False,  True],
           [ True, False,  True, False]])
    """
    st = sparse(sp_input)
    with name_scope(name, "SparseToIndicator"):
        there = SparseTensor(st.indices, apply("Cast", apply("OnesLike", st.values), dtype=types.bool), st.dense_shape)
        return sparse_tensor_to_dense(sparse_merge(st, there, vocab_size), False, validate_indices=False)
