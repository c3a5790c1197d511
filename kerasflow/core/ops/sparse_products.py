"""Arithmetic of sparse tensors: products with dense arrays, sums, softmax."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.graph import apply, convert
from kerasflow.core.opdef import NUMBER, blocked, of_kind, op, same_type
from kerasflow.core.ops.complex_numbers import conj
from kerasflow.core.ops.gathering import add_rows, check_bounds, gather, gather_nd
from kerasflow.core.ops.linalg import matmul
from kerasflow.core.ops.reshaping import matrix_transpose
from kerasflow.core.ops.sparse_changing import rank_of
from kerasflow.core.ops.sparse_making import positions, sparse
from kerasflow.core.scopes import name_scope
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec

__all__ = [
    "sparse_add",
    "sparse_matmul",
    "sparse_maximum",
    "sparse_minimum",
    "sparse_softmax",
    "sparse_tensor_dense_matmul",
]


# A sparse matrix times a dense one.


def _infer_product(indices: Spec, values: Spec, shape: Spec, b: Spec, adjoint_a: bool, adjoint_b: bool) -> Spec:
    dtype = same_type(values, b)
    of_kind(NUMBER, values)
    for what, spec, dims in (("the sparse matrix's shape", shape, (2,)), ("b", b, (None, None))):
        if not shapes.compatible(spec.shape, dims):
            raise ValueError(f"{what} must be that of a matrix, got {shapes.show(spec.shape)}")
    rows, inner = (None, None) if shape.value is None else (int(shape.value[0]), int(shape.value[1]))
    if adjoint_a:
        rows, inner = inner, rows
    b_inner, columns = (None, None) if b.shape is None else b.shape[::-1] if adjoint_b else b.shape
    if not shapes.compatible((inner,), (b_inner,)):
        raise ValueError(f"the matrices have {inner} columns and {b_inner} rows, which must be as many")
    return Spec(dtype, (rows, columns))


def _product(indices: Any, values: Any, shape: Any, b: Any, adjoint_a: bool, adjoint_b: bool) -> Any:
    rows, columns = (1, 0) if adjoint_a else (0, 1)
    if adjoint_b:
        b = b.conj().T
    if b.shape[0] != shape[columns]:
        raise ValueError(f"the matrices have {shape[columns]} columns and {b.shape[0]} rows, which must be as many")
    check_bounds(indices[:, 0], int(shape[0]), "row")
    check_bounds(indices[:, 1], int(shape[1]), "column")
    factors = values.conj() if adjoint_a else values
    terms = factors[:, None] * b[indices[:, columns]]
    return add_rows(terms, indices[:, rows], int(shape[rows]), values.dtype)


def _product_vjp(n: Any, g: Any) -> tuple[Any, ...]:
    indices, values, shape, b = n.inputs
    adjoint_a, adjoint_b = n.attrs["adjoint_a"], n.attrs["adjoint_b"]
    gb = apply("SparseTensorDenseMatMul", indices, values, shape, g, adjoint_a=not adjoint_a, adjoint_b=False)
    if adjoint_b:
        gb = matrix_transpose(gb, conjugate=True)
    rows, columns = indices[:, 0], indices[:, 1]
    of_g = apply("GatherV2", g, columns if adjoint_a else rows, axis=0, batch_dims=0)
    dense = matrix_transpose(b) if adjoint_b else conj(b)
    of_b = apply("GatherV2", dense, rows if adjoint_a else columns, axis=0, batch_dims=0)
    gv = apply("Sum", of_g * of_b, axis=(1,), keepdims=False)
    return None, conj(gv) if adjoint_a else gv, None, gb


op("SparseTensorDenseMatMul", infer=_infer_product, kernel=_product, vjp=_product_vjp)(_product)


def sparse_tensor_dense_matmul(
    sp_a: Any, b: Any, adjoint_a: bool = False, adjoint_b: bool = False, name: str | None = None
) -> Tensor:
    """The product of a sparse matrix and a dense one.

    Args:
        sp_a: a `SparseTensor` of rank 2.
        b: a dense matrix of its type.
        adjoint_a, adjoint_b: whether a matrix is conjugated and transposed first.

    Raises:
        TypeError: `sp_a` is no sparse tensor, or the types differ. ValueError: the shapes do not fit.

    >>> st = tf.SparseTensor([[0, 1], [1, 0]], [2.0, 3.0], [2, 2])
    >>> tf.Session().run(tf.sparse_tensor_dense_matmul(st, [[1.0, 2.0], [3.0, 4.0]]))
    array([[6., 8.],
           [3., 6.]], dtype=float32)
    """
    st = sparse(sp_a, "sp_a")
    with name_scope(name, "SparseTensorDenseMatMul"):
        dense = convert(b, None if hasattr(b, "dtype") else st.dtype)
        flags: dict[str, Any] = {"adjoint_a": bool(adjoint_a), "adjoint_b": bool(adjoint_b)}
        return apply("SparseTensorDenseMatMul", *st.parts, dense, **flags)


def sparse_matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Tensor:
    """The product of two dense matrices, of which one may hold many zeros: `matmul`.

    Args:
        a, b: dense matrices.
        transpose_a, transpose_b: whether a matrix is transposed first.
        a_is_sparse, b_is_sparse: taken for compatibility, not used.

    >>> tf.Session().run(tf.sparse_matmul([[0.0, 2.0]], [[1.0], [3.0]], a_is_sparse=True))
    array([[6.]], dtype=float32)
    """
    return matmul(a, b, transpose_a, transpose_b, name=name)


# Element by element with a dense array, which is broadcast to the sparse shape.


def _infer_cwise(indices: Spec, values: Spec, shape: Spec, dense: Spec) -> Spec:
    same_type(values, dense)
    of_kind(NUMBER, values)
    return Spec(values.dtype, values.shape)


def _beside(indices: Any, shape: Any, dense: Any) -> Any:
    """The elements of `dense`, broadcast to `shape`, at `indices`."""
    return np.broadcast_to(dense, tuple(shape.tolist())).reshape(-1)[positions(indices, tuple(shape.tolist()))]


def _dense_grad(n: Any, g: Any) -> Any:
    """The gradient of the broadcast dense array from those of its elements at the indices."""
    indices, _, shape, dense = n.inputs
    return apply("SumTo", apply("ScatterNd", indices, g, shape), dense)


@op(
    "SparseDenseCwiseMul",
    infer=_infer_cwise,
    vjp=lambda n, g: (
        None,
        apply("SparseDenseCwiseMul", n.inputs[0], g, *n.inputs[2:]),
        None,
        _dense_grad(n, g * n.inputs[1]),
    ),
)
def _times(indices: Any, values: Any, shape: Any, dense: Any) -> Any:
    return values * _beside(indices, shape, dense)


def _over_vjp(n: Any, g: Any) -> tuple[Any, ...]:
    gv = apply("SparseDenseCwiseDiv", n.inputs[0], g, *n.inputs[2:])
    return None, gv, None, _dense_grad(n, -gv * n.output)


@op("SparseDenseCwiseDiv", infer=_infer_cwise, vjp=_over_vjp)
def _over(indices: Any, values: Any, shape: Any, dense: Any) -> Any:
    divisor = _beside(indices, shape, dense)
    if values.dtype.kind in "iu":
        if not divisor.all():
            raise ValueError("division by zero")
        return np.trunc(values / divisor).astype(values.dtype)
    return values / divisor


# Sums.


def _infer_union(
    a: Spec, a_values: Spec, a_shape: Spec, b: Spec, b_values: Spec, b_shape: Spec, **attrs: Any
) -> tuple[Spec, ...]:
    if not shapes.compatible(a_shape.shape, b_shape.shape):
        raise ValueError(f"the shapes have {shapes.show(a_shape.shape)} and {shapes.show(b_shape.shape)} sizes")
    rank = rank_of(a, a_shape)
    which = Spec(types.int64, (None,))
    return Spec(types.int64, (None, rank)), which, which


@op("SparseUnion", infer=_infer_union, vjp=blocked)
def _union(a: Any, a_values: Any, a_shape: Any, b: Any, b_values: Any, b_shape: Any, threshold: float) -> Any:
    """The places where either has an element, and for each which element of `a` and of `b` it is.

    A place that only one has points to the element after the last of the other. Sums of two elements that are smaller
    in size than the threshold are left out.
    """
    if (a_shape != b_shape).any():
        raise ValueError(f"the shapes must be the same, got {a_shape.tolist()} and {b_shape.tolist()}")
    dims = tuple(a_shape.tolist())
    at = [positions(i, dims) for i in (a, b)]
    places, first = np.unique(np.concatenate(at), return_index=True)
    which = []
    for flat in at:
        order = np.argsort(flat, kind="stable")
        found = np.searchsorted(flat[order], places)
        found = np.minimum(found, max(len(flat) - 1, 0))
        is_there = (flat[order][found] == places) if len(flat) else np.zeros(len(places), bool)
        which.append(np.where(is_there, order[found] if len(flat) else 0, len(flat)))
    if threshold > 0:
        padded = [np.append(v, v.dtype.type(0)) for v in (a_values, b_values)]
        is_sum = (which[0] < len(a)) & (which[1] < len(b))
        kept = ~is_sum | (np.abs(padded[0][which[0]] + padded[1][which[1]]) >= threshold)
        first, which = first[kept], [w[kept] for w in which]
    return np.concatenate([a, b])[first], which[0], which[1]


def _padded(st: SparseTensor) -> Tensor:
    return apply("ConcatV2", st.values, np.zeros(1, st.dtype.numpy), axis=0)


def _on_union(kind: str, a: SparseTensor, b: SparseTensor, threshold: float = 0.0) -> SparseTensor:
    indices, of_a, of_b = apply("SparseUnion", *a.parts, *b.parts, threshold=threshold)
    values = apply(kind, gather(_padded(a), of_a), gather(_padded(b), of_b))
    return SparseTensor(indices, values, a.dense_shape)


def sparse_add(a: Any, b: Any, threshold: Any = None, thresh: Any = None) -> Any:
    """The sum of two sparse tensors, which is sparse, or of a sparse and a dense one, which is dense.

    Args:
        a, b: a `SparseTensor` each, or one of them a dense tensor, of one type and shape.
        threshold: where both have an element, the sum is left out if it is smaller in size than this; `thresh` is its
            former name.

    Raises:
        TypeError: neither of them is sparse. InvalidArgumentError: in a run, the shapes differ.

    >>> a, b = tf.SparseTensor([[0, 1]], [5.0], [1, 3]), tf.SparseTensor([[0, 0], [0, 1]], [1.0, 2.0], [1, 3])
    >>> tf.Session().run(tf.sparse_add(a, b)).values
    array([1., 7.], dtype=float32)
    """
    limit = threshold if thresh is None else thresh
    forms = [isinstance(t, SparseTensor) or hasattr(t, "dense_shape") for t in (a, b)]
    if all(forms):
        with name_scope(None, "SparseAdd"):
            return _on_union("Add", sparse(a), sparse(b), float(limit or 0))
    if not any(forms):
        raise TypeError("sparse_add: at least one of the two must be a SparseTensor.")
    st, dense = (sparse(a), b) if forms[0] else (sparse(b), a)
    dense = convert(dense, None if hasattr(dense, "dtype") else st.dtype)
    return apply("SparseTensorDenseAdd", *st.parts, dense)


def _infer_dense_add(indices: Spec, values: Spec, shape: Spec, dense: Spec) -> Spec:
    dtype = same_type(values, dense)
    dims = None if shape.value is None else tuple(shape.value.tolist())
    if not shapes.compatible(dims, dense.shape):
        raise ValueError(f"the shapes must be the same, got {shapes.show(dims)} and {shapes.show(dense.shape)}")
    return Spec(dtype, shapes.merge(dims, dense.shape))


@op(
    "SparseTensorDenseAdd",
    infer=_infer_dense_add,
    vjp=lambda n, g: (None, gather_nd(g, n.inputs[0]), None, g),
)
def _dense_add(indices: Any, values: Any, shape: Any, dense: Any) -> Any:
    if tuple(shape.tolist()) != dense.shape:
        raise ValueError(f"the shapes must be the same, got {shape.tolist()} and {list(dense.shape)}")
    total = np.array(dense)
    np.add.at(total.reshape(-1), positions(indices, dense.shape), values)
    return total


def sparse_maximum(sp_a: Any, sp_b: Any, name: str | None = None) -> SparseTensor:
    """The larger of two sparse tensors, element by element, where at least one has an element; the other counts as 0.

    Args:
        sp_a, sp_b: a `SparseTensor` each, of one type and shape.

    >>> a, b = tf.SparseTensor([[0]], [-5.0], [3]), tf.SparseTensor([[0], [1]], [1.0, -2.0], [3])
    >>> tf.Session().run(tf.sparse_maximum(a, b)).values
    array([1., 0.], dtype=float32)
    """
    with name_scope(name, "SparseSparseMaximum"):
        return _on_union("Maximum", sparse(sp_a, "sp_a"), sparse(sp_b, "sp_b"))


def sparse_minimum(sp_a: Any, sp_b: Any, name: str | None = None) -> SparseTensor:
    """The smaller of two sparse tensors, element by element, where at least one has an element; the other counts as 0.

    Args:
        sp_a, sp_b: a `SparseTensor` each, of one type and shape.

    >>> a, b = tf.SparseTensor([[0]], [-5.0], [3]), tf.SparseTensor([[0], [1]], [1.0, -2.0], [3])
    >>> tf.Session().run(tf.sparse_minimum(a, b)).values
    array([-5., -2.], dtype=float32)
    """
    with name_scope(name, "SparseSparseMinimum"):
        return _on_union("Minimum", sparse(sp_a, "sp_a"), sparse(sp_b, "sp_b"))


# Softmax of what is there.


@op(
    "SparseRowIds",
    infer=lambda indices: Spec(types.int32, (None if indices.shape is None else indices.shape[0],)),
    vjp=blocked,
)
def _row_ids(indices: Any) -> Any:
    """For each element a number that it shares with those of its row: all axes but the last are the same."""
    if not len(indices):
        return np.zeros(0, np.int32)
    return np.unique(indices[:, :-1], axis=0, return_inverse=True)[1].reshape(-1).astype(np.int32)


def sparse_softmax(sp_input: Any, name: str | None = None) -> SparseTensor:
    """The softmax along the last axis of the elements that are there; the others count as minus infinity.

    Args:
        sp_input: a `SparseTensor` of floating-point numbers, of rank 2 or more.

    >>> st = tf.SparseTensor([[0, 0], [0, 2], [1, 1]], [1.0, 1.0, 5.0], [2, 3])
    >>> tf.Session().run(tf.sparse_softmax(st)).values
    array([0.5, 0.5, 1. ], dtype=float32)
    """
    st = sparse(sp_input)
    with name_scope(name, "SparseSoftmax"):
        rows, count = apply("SparseRowIds", st.indices), apply("Size", st.values, out_type=types.int32)
        largest = apply("StopGradient", apply("UnsortedSegmentMax", st.values, rows, count))
        powers = apply("Exp", st.values - gather(largest, rows))
        total = apply("UnsortedSegmentSum", powers, rows, count)
        return SparseTensor(st.indices, powers / gather(total, rows), st.dense_shape)
