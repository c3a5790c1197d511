"""Sparse tensors from other things and back: placeholders, dense arrays, indicators."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.errors import InvalidArgumentError
from kerasflow.core.graph import apply, convert, graph_of
from kerasflow.core.opdef import INTEGER, of_kind, op, same_type
from kerasflow.core.ops.arguments import known_entries, refine, shape_from, sizes, static_int, vector
from kerasflow.core.ops.constant import constant, placeholder
from kerasflow.core.ops.filling import ones
from kerasflow.core.ops.gathering import gather_nd
from kerasflow.core.ops.selecting import where
from kerasflow.core.ops.shape_of import shape as shape_of
from kerasflow.core.scopes import name_scope
from kerasflow.core.shapes import as_dims
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec

__all__ = [
    "convert_to_tensor_or_sparse_tensor",
    "from_dense",
    "sparse_eye",
    "sparse_placeholder",
    "sparse_tensor_to_dense",
    "sparse_to_dense",
]


def sparse(value: Any, what: str = "sp_input") -> SparseTensor:
    """`value` as a SparseTensor. TypeError if it is neither that nor a `SparseTensorValue`."""
    try:
        return SparseTensor.from_value(value)
    except TypeError as e:
        raise TypeError(f"{what}: {e}") from None


def sparse_placeholder(dtype: Any, shape: Any = None, name: str | None = None) -> SparseTensor:
    """A sparse tensor whose three parts are fed to each run, as a `SparseTensorValue` or a tuple.

    Args:
        dtype: the type of the values.
        shape: the shape of the whole, if it is known and always the same; else it is fed, too.
        name: the first part of the placeholders' names.

    >>> x = tf.sparse_placeholder(tf.float32)
    >>> value = tf.SparseTensorValue([[0, 1]], [5.0], [1, 2])
    >>> tf.Session().run(tf.sparse_tensor_to_dense(x), {x: value})
    array([[0., 5.]], dtype=float32)
    """
    prefix = f"{name}/" if name else ""
    dims = as_dims(shape)
    rank = None if dims is None else len(dims)
    if dims is None or not shapes.is_static(dims):
        dense_shape = placeholder(types.int64, [rank], f"{prefix}shape")
    else:
        dense_shape = constant(np.array(dims, np.int64), name=f"{prefix}shape")
    values = placeholder(dtype, [None], f"{prefix}values")
    return SparseTensor(placeholder(types.int64, [None, rank], f"{prefix}indices"), values, dense_shape)


# To a dense array.


def _infer_dense(indices: Spec, shape: Spec, values: Spec, default: Spec, validate: bool) -> Spec:
    of_kind(INTEGER, indices)
    same_type(values, default)
    if not shapes.compatible(default.shape, ()):
        raise ValueError(f"the default value must be a scalar, got shape {shapes.show(default.shape)}")
    if values.shape is not None and len(values.shape) > 1:
        raise ValueError(f"the values must be a vector or a scalar, got shape {shapes.show(values.shape)}")
    return Spec(values.dtype, shape_from(vector(shape, "the shape")))


def positions(indices: Any, dims: tuple[int, ...], validate: bool = False) -> Any:
    """Where elements lie in an array of shape `dims` that is laid out in a row.

    Raises:
        InvalidArgumentError: an index is outside; with `validate`, the indices are not in order, or one comes twice.
    """
    flat = np.zeros(len(indices), np.int64)
    for axis, n in enumerate(dims):
        column = indices[:, axis]
        bad = (column < 0) | (column >= n)
        if bad.any():
            i = int(np.argmax(bad))
            raise _wrong(i, indices, f"is out of bounds: the shape is {list(dims)}")
        flat = flat * n + column
    if validate and len(flat) > 1:
        steps = np.diff(flat)
        if steps.min() <= 0:
            i = int(np.argmax(steps <= 0)) + 1
            raise _wrong(i, indices, "is repeated" if steps[i - 1] == 0 else "is out of order")
    return flat


def _wrong(i: int, indices: Any, what: str) -> InvalidArgumentError:
    return InvalidArgumentError(None, None, f"indices[{i}] = {indices[i].tolist()} {what}")


def _to_dense(indices: Any, shape: Any, values: Any, default: Any, validate: bool) -> Any:
    dims = tuple(shape.tolist())
    rows = indices.reshape(-1, 1) if np.ndim(indices) < 2 else indices
    if rows.shape[1] != len(dims):
        raise ValueError(f"indices of {rows.shape[1]} numbers each for the shape {list(dims)}")
    if np.ndim(values) == 1 and len(values) != len(rows):
        raise ValueError(f"{len(values)} values for {len(rows)} indices")
    dense = np.full(dims, default, values.dtype)
    dense.reshape(-1)[positions(rows, dims, validate)] = values
    return dense


def _to_dense_vjp(n: Any, g: Any) -> tuple[Any, ...]:
    indices = n.inputs[0]
    if indices.shape.ndims != 2:
        indices = apply("Reshape", indices, [-1, apply("Size", n.inputs[1], out_type=types.int32)])
    picked = gather_nd(g, indices)
    rest = apply("Sum", g, axis=None, keepdims=False) - apply("Sum", picked, axis=None, keepdims=False)
    return None, None, apply("SumTo", picked, n.inputs[2]), rest


@op("SparseToDense", infer=_infer_dense, kernel=_to_dense, vjp=_to_dense_vjp)
def sparse_to_dense(
    sparse_indices: Any,
    output_shape: Any,
    sparse_values: Any,
    default_value: Any = 0,
    validate_indices: bool = True,
    name: str | None = None,
) -> Tensor:
    """An array with given elements at given places and `default_value` elsewhere.

    Args:
        sparse_indices: integers, one row for each element; of a vector one number for each.
        output_shape: the shape of the result.
        sparse_values: the elements, or one scalar for all places.
        default_value: what is elsewhere.
        validate_indices: whether indices out of order or repeated are errors.

    Raises:
        InvalidArgumentError: in a run, an index is outside of the shape, out of order or repeated.

    >>> tf.Session().run(tf.sparse_to_dense([[0, 1], [1, 0]], [2, 2], 7))
    array([[0, 7],
           [7, 0]], dtype=int32)
    """
    graph = graph_of((sparse_values, sparse_indices, output_shape))
    values = graph.convert(sparse_values)
    default = (
        b""
        if values.dtype is types.string and not isinstance(default_value, Tensor) and not default_value
        else default_value
    )
    given = graph.convert(default, values.dtype)
    shape = sizes(output_shape)
    y = apply("SparseToDense", sparse_indices, shape, values, given, validate=bool(validate_indices), name=name)
    return refine(y, lambda i, s, v, d: known_entries(s))


def sparse_tensor_to_dense(
    sp_input: Any, default_value: Any = None, validate_indices: bool = True, name: str | None = None
) -> Tensor:
    """The dense array that a sparse tensor stands for.

    Args:
        sp_input: a `SparseTensor`.
        default_value: what is where it has nothing; by default 0, False or the empty string.
        validate_indices: whether indices out of order or repeated are errors.

    Raises:
        TypeError: `sp_input` is no sparse tensor.
        InvalidArgumentError: in a run, an index is outside of the shape, out of order or repeated.

    >>> st = tf.SparseTensor([[0, 1], [1, 0]], [5, 6], [2, 2])
    >>> tf.Session().run(tf.sparse_tensor_to_dense(st, default_value=-1))
    array([[-1,  5],
           [ 6, -1]], dtype=int32)
    """
    st = sparse(sp_input)
    default = (
        (b"" if st.dtype is types.string else np.zeros((), st.dtype.numpy)) if default_value is None else default_value
    )
    return sparse_to_dense(st.indices, st.dense_shape, st.values, default, validate_indices, name or "SparseToDense")


# From a dense array.


def from_dense(tensor: Any, name: str | None = None) -> SparseTensor:
    """The elements of a dense array that are not zero.

    >>> tf.Session().run(tf.sparse.from_dense([[0, 3], [0, 0]]))
    SparseTensorValue(indices=array([[0, 1]]), values=array([3], dtype=int32), dense_shape=array([2, 2]))
    """
    with name_scope(name, "dense_to_sparse"):
        x = convert(tensor)
        none = constant(b"") if x.dtype is types.string else np.zeros((), x.dtype.numpy)
        indices = where(apply("NotEqual", x, none))
        return SparseTensor(indices, gather_nd(x, indices), shape_of(x, out_type=types.int64))


def sparse_eye(
    num_rows: int, num_columns: int | None = None, dtype: Any = types.float32, name: str | None = None
) -> Any:
    """The identity matrix, sparse.

    >>> tf.Session().run(tf.sparse_tensor_to_dense(tf.sparse.eye(2, 3)))
    array([[1., 0., 0.],
           [0., 1., 0.]], dtype=float32)
    """
    rows = static_int(num_rows, "num_rows")
    columns = rows if num_columns is None else static_int(num_columns, "num_columns")
    n = min(rows, columns)
    with name_scope(name, "eye"):
        at = np.repeat(np.arange(n, dtype=np.int64)[:, None], 2, 1)
        return SparseTensor(at, ones([n], dtype), np.array([rows, columns], np.int64))


def convert_to_tensor_or_sparse_tensor(value: Any, dtype: Any = None, name: str | None = None) -> Any:
    """`value` as a tensor, or as a `SparseTensor` if it is one or a `SparseTensorValue`.

    Raises:
        RuntimeError: a sparse tensor is of another type than `dtype`.

    >>> tf.convert_to_tensor_or_sparse_tensor([1, 2])
    <tf.Tensor 'Const:0' shape=(2,) dtype=int32>
    """
    if isinstance(value, SparseTensor) or hasattr(value, "dense_shape"):
        st = sparse(value, "value")
        if dtype is not None and st.dtype != dtype:
            raise RuntimeError(f"A sparse tensor of type {st.dtype.name} was given where {dtype} was asked for.")
        return st
    return convert(value, dtype, name)
