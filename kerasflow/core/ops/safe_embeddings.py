"""`safe_embedding_lookup_sparse`: rows of a table for bags of ids, some of which may be empty.

What the ids say is worked out once, by an operation on integers: which rows are needed, and which of them go into which
bag with which factor. The rows are then gathered and added up, which is linear, so derivatives are of the same kind.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.graph import apply, convert
from kerasflow.core.opdef import INTEGER, blocked, of_kind, op, same_type
from kerasflow.core.ops.arguments import scalar, shape_from
from kerasflow.core.ops.embeddings import COMBINERS, embedding_lookup, embedding_lookup_sparse
from kerasflow.core.ops.gathering import add_rows, check_bounds
from kerasflow.core.ops.reshaping import reshape
from kerasflow.core.ops.selecting import where_v2
from kerasflow.core.ops.sparse_changing import sparse_reshape, sparse_retain
from kerasflow.core.ops.sparse_joining import sparse_fill_empty_rows
from kerasflow.core.ops.sparse_making import sparse
from kerasflow.core.scopes import name_scope
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import DType, Spec

__all__ = ["safe_embedding_lookup_sparse"]

_DENSE = 16  # where so many numbers there may be for an id there is, sorting them takes longer than marking them
_MANY = Spec(types.int64, (None,))


def _infer_bags(indices: Spec, ids: Spec, shape: Spec, combiner: str, dtype: DType) -> tuple[Spec, ...]:
    of_kind(INTEGER, ids)
    return Spec(ids.dtype, (None,)), _MANY, _MANY, Spec(dtype, (None,)), Spec(types.int64, ())


@op("Bags", infer=_infer_bags, vjp=blocked)
def _bags(indices: Any, ids: Any, shape: Any, combiner: str, dtype: DType) -> tuple[Any, Any, Any, Any, Any]:
    """The different ids; for each id the bag it is in, its place among them, and the factor it counts with; and how
    many different ones there are.
    """
    count = int(np.prod(shape[:-1]))
    bag = indices[:, 0] if len(shape) == 2 else _flat(indices[:, :-1], shape[:-1])
    check_bounds(bag, count, "row")
    if ids.size and ids.min() < 0:
        kept = ids >= 0
        bag, ids = bag[kept], ids[kept]
    different, place = _distinct(ids)
    if combiner == "sum":
        factor = np.ones(len(ids), dtype.numpy)
    else:
        sizes = np.bincount(bag, minlength=count)[bag].astype(np.float64)
        factor = (1 / (sizes if combiner == "mean" else np.sqrt(sizes))).astype(dtype.numpy)
    return different, np.ascontiguousarray(bag), place, factor, np.int64(len(different))


def _distinct(ids: Any) -> tuple[Any, Any]:
    """The different ids in rising order, and the place of each among them."""
    most = int(ids.max(initial=-1)) + 1
    if most > _DENSE * len(ids):
        return np.unique(ids, return_inverse=True)
    there = np.zeros(most, bool)
    there[ids] = True
    return np.flatnonzero(there).astype(ids.dtype), (np.cumsum(there) - 1)[ids]


def _flat(indices: Any, dims: Any) -> Any:
    """Places in an array of shape `dims`, as places in one row."""
    steps = np.append(np.cumprod(dims[:0:-1])[::-1], 1).astype(np.int64)
    return indices @ steps


def _infer_sums(rows: Spec, source: Spec, target: Spec, factor: Spec, count: Spec, back: Spec, weighs: bool) -> Spec:
    if rows.shape is None:
        return Spec(same_type(rows, factor), None)
    if len(rows.shape) != 2:
        raise ValueError(f"the rows must be those of a matrix, got shape {shapes.show(rows.shape)}")
    first = shape_from((scalar(count, "count"),)) or (None,)
    return Spec(same_type(rows, factor), (*first, rows.shape[1]))


def _sums_vjp(n: Any, g: Any) -> tuple[Any, ...]:
    _, source, target, factor, count, back = n.inputs
    return apply("BagSums", g, target, source, factor, back, count, **n.attrs), None, None, None, None, None


@op("BagSums", infer=_infer_sums, vjp=_sums_vjp)
def _sums(rows: Any, source: Any, target: Any, factor: Any, count: Any, back: Any, weighs: bool) -> Any:
    """``result[target[i]] += factor[i] * rows[source[i]]``, from `count` rows of zeros; the adjoint, which gives `back`
    rows, has both ends swapped.
    """
    if rows.shape[1] == 1:
        factors = rows.reshape(-1)[source] * factor
        return np.bincount(target, factors, int(count)).astype(rows.dtype).reshape(-1, 1)
    terms = np.take(rows, source, 0)
    if weighs:
        terms *= factor[:, None]
    return add_rows(terms, target, int(count), rows.dtype)


def safe_embedding_lookup_sparse(
    embedding_weights: Any,
    sparse_ids: Any,
    sparse_weights: Any = None,
    combiner: str = "mean",
    default_id: Any = None,
    name: str | None = None,
    partition_strategy: str = "div",
    max_norm: float | None = None,
) -> Tensor:
    """As `embedding_lookup_sparse`, for rows that may be without ids, and ids and weights that count for nothing.

    Args:
        embedding_weights: a table or a list of tables.
        sparse_ids: a `SparseTensor` of int64 of rank 2 or more; ids below 0 are left out.
        sparse_weights: a `SparseTensor` of weights with the same indices; unless sums are taken, ids of weight 0 or
            less are left out.
        combiner: "mean", "sqrtn" or "sum".
        default_id: whose embedding a row without ids gets; by default it gets zeros.
        name: of the scope.
        partition_strategy, max_norm: as for `embedding_lookup`.

    Raises:
        ValueError: there is no table, or no such combiner. TypeError: the ids are not sparse.

    >>> table = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    >>> ids = tf.SparseTensor([[0, 0], [1, 0]], tf.constant([1, -1], tf.int64), [3, 1])
    >>> tf.Session().run(tf.nn.safe_embedding_lookup_sparse(table, ids))
    array([[3., 4.],
           [0., 0.],
           [0., 0.]], dtype=float32)
    """
    if embedding_weights is None or isinstance(embedding_weights, (list, tuple)) and not embedding_weights:
        raise ValueError(f"Missing embedding_weights {embedding_weights}.")
    how = combiner or "mean"
    if how not in COMBINERS:
        raise ValueError(
            f"safe_embedding_lookup_sparse: combiner must be one of {', '.join(COMBINERS)}, got {combiner!r}."
        )
    ids = sparse(sparse_ids, "sparse_ids")
    with name_scope(name, "embedding_lookup"):
        first = convert(embedding_weights[0] if isinstance(embedding_weights, (list, tuple)) else embedding_weights)
        if sparse_weights is None and default_id is None and first.dims is not None and len(first.dims) == 2:
            needed, bag, place, factor, back = apply("Bags", *ids.parts, combiner=how, dtype=first.dtype)
            table = embedding_lookup(embedding_weights, needed, partition_strategy, max_norm=max_norm)
            count = apply("Prod", ids.dense_shape[:-1], axis=(0,), keepdims=False)
            rows = apply("BagSums", table, place, bag, factor, count, back, weighs=how != "sum")
            if ids.shape.ndims == 2:
                return rows
        else:
            weights = None if sparse_weights is None else sparse(sparse_weights, "sparse_weights")
            rows = _joined(embedding_weights, ids, weights, how, default_id, partition_strategy, max_norm)
        last = apply("Shape", rows, out_type=types.int64)[1:]
        return reshape(rows, apply("ConcatV2", ids.dense_shape[:-1], last, axis=0))


def _joined(
    tables: Any, ids: SparseTensor, weights: Any, how: str, default_id: Any, strategy: str, max_norm: float | None
) -> Tensor:
    """A row for each bag, where ids have weights, an empty bag has an id, or what the table holds is no vectors."""
    whole = ids.dense_shape
    flat = apply("Pack", apply("Prod", whole[:-1], axis=(0,), keepdims=False), whole[-1], axis=0)
    ids = sparse_reshape(ids, flat)
    counts = ids.values >= 0
    if weights is not None:
        weights = sparse_reshape(weights, flat)
        if how != "sum":
            counts = apply("LogicalAnd", counts, weights.values > 0)
        weights = sparse_retain(weights, counts)
    ids, empty = sparse_fill_empty_rows(sparse_retain(ids, counts), 0 if default_id is None else default_id)
    if weights is not None:
        weights, _ = sparse_fill_empty_rows(weights, 1.0)
    rows = embedding_lookup_sparse(tables, ids, weights, strategy, None, how, max_norm)
    if default_id is None:
        mask = reshape(empty, apply("ConcatV2", [-1], [1] * (len(rows.dims or (0, 0)) - 1), axis=0))
        rows = where_v2(mask, apply("ZerosLike", rows), rows)
    return rows
