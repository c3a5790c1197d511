"""Rows of a table by their numbers: `embedding_lookup`, and `embedding_lookup_sparse`, which joins several into one."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.graph import apply, convert
from kerasflow.core.ops.gathering import gather
from kerasflow.core.ops.partition import dynamic_partition, dynamic_stitch
from kerasflow.core.ops.reshaping import expand_dims, reshape
from kerasflow.core.ops.sorted_segments import (
    segment_sum,
    sparse_segment_mean,
    sparse_segment_sqrt_n,
    sparse_segment_sum,
)
from kerasflow.core.ops.sparse_making import sparse
from kerasflow.core.ops.uniques import unique
from kerasflow.core.scopes import name_scope
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.core.tensor import Tensor

__all__ = ["embedding_lookup", "embedding_lookup_sparse"]

COMBINERS = ("mean", "sqrtn", "sum")


def embedding_lookup(
    params: Any,
    ids: Any,
    partition_strategy: str = "mod",
    name: str | None = None,
    validate_indices: bool = True,
    max_norm: float | None = None,
) -> Tensor:
    """The rows of `params` that `ids` name; their gradient is an `IndexedSlices`.

    Args:
        params: a table, one row for each id; or a list of tables, over which the rows are spread.
        ids: integers of any shape, below the number of rows.
        partition_strategy: how rows are spread over tables: "mod", row i is in table ``i % n``; or "div", in stretches.
        name: the scope of the operations.
        validate_indices: taken for compatibility: an id that is not there is always an error.
        max_norm: the largest Euclidean norm a row may have; a longer one is shortened to it.

    Raises:
        ValueError: no tables, or no such strategy. TypeError: a table is a sparse tensor.
        InvalidArgumentError: in a run, there is no such row.

    >>> table = tf.Variable([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    >>> with tf.Session() as sess:
    ...     sess.run(table.initializer)
    ...     sess.run(tf.nn.embedding_lookup(table, [2, 0]))
    array([[5., 6.],
           [1., 2.]], dtype=float32)
    """
    tables = list(params) if isinstance(params, (list, tuple)) else [params]
    if not tables:
        raise ValueError("embedding_lookup: there must be at least one table.")
    if any(isinstance(t, SparseTensor) for t in tables):
        raise TypeError("embedding_lookup: params must be dense, got a SparseTensor.")
    with name_scope(name, "embedding_lookup", [*tables, ids]):
        wanted = convert(ids, name="ids")
        if len(tables) == 1:
            return _shortened(gather(tables[0], wanted), wanted, max_norm)
        flat = reshape(wanted, [-1])
        which, row = _spread(tables, flat, partition_strategy)
        order = apply("Range", np.int32(0), apply("Size", flat, out_type=types.int32), np.int32(1))
        places = dynamic_partition(order, which, len(tables))
        rows = [gather(t, r) for t, r in zip(tables, dynamic_partition(row, which, len(tables)), strict=True)]
        stitched = dynamic_stitch(places, rows)
        width = apply("Shape", convert(tables[0]), out_type=types.int32)[1:]
        dims = apply("ConcatV2", apply("Shape", wanted, out_type=types.int32), width, axis=0)
        found = reshape(stitched, dims)
        first = convert(tables[0]).dims
        if wanted.dims is not None and first is not None:
            found.set_shape((*wanted.dims, *first[1:]))
        return _shortened(found, wanted, max_norm)


def _spread(tables: list[Any], flat: Tensor, strategy: str) -> tuple[Tensor, Tensor]:
    """For each id the table it is in, and its row there."""
    n = np.array(len(tables), flat.dtype.numpy)
    if strategy == "mod":
        return apply("Cast", flat % n, dtype=types.int32), flat // n
    if strategy != "div":
        raise ValueError(f"embedding_lookup: partition_strategy must be 'mod' or 'div', got {strategy!r}.")
    counts = [apply("Shape", convert(t), out_type=types.int32)[0] for t in tables]
    total = apply("Cast", apply("AddN", *counts), dtype=flat.dtype)
    each, more = total // n, total % n  # the first `more` tables have one row more than the others
    which = apply("Maximum", flat // (each + 1), (flat - more) // each)
    is_long = apply("Less", which, apply("Add", more, apply("ZerosLike", which)))
    row = apply("Select", is_long, flat % (each + 1), (flat - more) % each)
    return apply("Cast", which, dtype=types.int32), row


def _shortened(rows: Tensor, ids: Tensor, max_norm: float | None) -> Tensor:
    if max_norm is None:
        return rows
    if ids.dims is None or rows.dims is None:
        raise ValueError("embedding_lookup: max_norm needs a known number of axes.")
    axes = tuple(range(len(ids.dims), len(rows.dims)))
    norm = apply("Sqrt", apply("Sum", apply("Square", rows), axis=axes, keepdims=True))
    limit = np.array(max_norm, rows.dtype.numpy)
    return rows * limit / apply("Maximum", norm, limit)


def embedding_lookup_sparse(
    params: Any,
    sp_ids: Any,
    sp_weights: Any,
    partition_strategy: str = "mod",
    name: str | None = None,
    combiner: str | None = None,
    max_norm: float | None = None,
) -> Tensor:
    """For each row of ids one embedding, put together from those of its ids.

    Args:
        params, partition_strategy, max_norm: as for `embedding_lookup`.
        sp_ids: a `SparseTensor` of integers, of rank 2; each row must have at least one, up to the last that has any.
        sp_weights: a `SparseTensor` of weights with the same indices, or None for 1.
        name: the scope of the operations.
        combiner: "sum", the weighted sum; "mean", over the sum of the weights, the default; "sqrtn", over the root of
            the sum of their squares.

    Raises:
        TypeError: `sp_ids` or `sp_weights` is not sparse. ValueError: no such combiner.

    >>> table = tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    >>> ids = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], [0, 2, 1], [2, 2])
    >>> tf.Session().run(tf.nn.embedding_lookup_sparse(table, ids, None))
    array([[3., 4.],
           [3., 4.]], dtype=float32)
    """
    how = combiner or "mean"
    if how not in COMBINERS:
        raise ValueError(f"embedding_lookup_sparse: combiner must be one of {', '.join(COMBINERS)}, got {combiner!r}.")
    ids = sparse(sp_ids, "sp_ids")
    weights = None if sp_weights is None else sparse(sp_weights, "sp_weights")
    with name_scope(name, "embedding_lookup_sparse"):
        segments = apply("Cast", ids.indices[:, 0], dtype=types.int32)
        different, place = unique(ids.values)
        rows = embedding_lookup(params, different, partition_strategy, max_norm=max_norm)
        if weights is None:
            join = {"sum": sparse_segment_sum, "mean": sparse_segment_mean, "sqrtn": sparse_segment_sqrt_n}[how]
            return join(rows, place, segments)
        return _weighted(gather(rows, place), weights.values, segments, how)


def _weighted(rows: Tensor, weights: Tensor, segments: Tensor, how: str) -> Tensor:
    factor = weights if weights.dtype is rows.dtype else apply("Cast", weights, dtype=rows.dtype)
    if rows.dims is None:
        raise ValueError("embedding_lookup_sparse: the number of axes of the tables must be known.")
    for _ in rows.dims[1:]:
        factor = expand_dims(factor, -1)
    total = segment_sum(rows * factor, segments)
    if how == "sum":
        return total
    if how == "mean":
        return total / segment_sum(factor, segments)
    return total / apply("Sqrt", segment_sum(apply("Square", factor), segments))
