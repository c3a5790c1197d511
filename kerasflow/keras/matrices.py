"""Products, bands of matrices, and order, as `keras.ops` has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasflow.core import ops
from kerasflow.core.types import as_dtype
from kerasflow.keras.arithmetic import alike, convert_to_tensor
from kerasflow.keras.arrays import ndim, ravel, shape, squeeze

__all__ = ["argsort", "dot", "matmul", "one_hot", "outer", "sort", "tril", "triu"]


def sort(x: Any, axis: int = -1) -> Any:
    """The elements along an axis, the smallest first.

    >>> tf.Session().run(tf.keras.ops.sort([3, 1, 2]))
    array([1, 2, 3], dtype=int32)
    """
    return ops.sort(convert_to_tensor(x), axis=axis)


def argsort(x: Any, axis: int = -1) -> Any:
    """Where the elements are that `sort` gives.

    >>> tf.Session().run(tf.keras.ops.argsort([3, 1, 2]))
    array([1, 2, 0], dtype=int32)
    """
    return ops.argsort(convert_to_tensor(x), axis=axis, stable=True)


def triu(x: Any, k: int = 0) -> Any:
    """Matrices with zeros below the diagonal, or the one `k` above it.

    >>> tf.Session().run(tf.keras.ops.triu([[1, 2], [3, 4]]))
    array([[1, 2],
           [0, 4]], dtype=int32)
    """
    return _band(x, lambda row, column: column - row >= k)


def tril(x: Any, k: int = 0) -> Any:
    """Matrices with zeros above the diagonal, or the one `k` above it.

    >>> tf.Session().run(tf.keras.ops.tril([[1, 2], [3, 4]]))
    array([[1, 0],
           [3, 4]], dtype=int32)
    """
    return _band(x, lambda row, column: column - row <= k)


def _band(x: Any, kept: Callable[[Any, Any], Any]) -> Any:
    tensor = convert_to_tensor(x)
    rows, columns = shape(tensor)[-2:]
    inside = kept(ops.expand_dims(ops.range(rows), 1), ops.expand_dims(ops.range(columns), 0))
    return tensor * ops.cast(inside, tensor.dtype)


def matmul(x1: Any, x2: Any) -> Any:
    """The product of matrices along the last two axes; a tensor with one axis is a vector.

    >>> tf.Session().run(tf.keras.ops.matmul([[1.0, 2.0]], [3.0, 4.0]))
    array([11.], dtype=float32)
    """
    a, b = alike(x1, x2)
    if ndim(a) == 1:
        return squeeze(matmul(ops.expand_dims(a, 0), b), -1 if ndim(b) == 1 else -2)
    if ndim(b) == 1:
        return squeeze(ops.matmul(a, ops.expand_dims(b, 1)), -1)
    return ops.matmul(a, b)


def dot(x1: Any, x2: Any) -> Any:
    """The sum of products over the last axis of `x1` and the last but one of `x2`, or its only one.

    >>> float(tf.Session().run(tf.keras.ops.dot([1.0, 2.0], [3.0, 4.0])))
    11.0
    """
    a, b = alike(x1, x2)
    if 0 in (ndim(a), ndim(b)):
        return a * b
    return ops.tensordot(a, b, [[ndim(a) - 1], [max(ndim(b) - 2, 0)]])


def outer(x1: Any, x2: Any) -> Any:
    """The product of each element of `x1` with each of `x2`.

    >>> tf.Session().run(tf.keras.ops.outer([1, 2], [3, 4]))
    array([[3, 4],
           [6, 8]], dtype=int32)
    """
    a, b = alike(x1, x2)
    return ops.expand_dims(ravel(a), 1) * ops.expand_dims(ravel(b), 0)


def one_hot(x: Any, num_classes: int, axis: int = -1, dtype: Any = None) -> Any:
    """A vector for each number of a class: 1 at its place, and else 0.

    >>> tf.Session().run(tf.keras.ops.one_hot([1, 0], 2))
    array([[0., 1.],
           [1., 0.]], dtype=float32)
    """
    return ops.one_hot(convert_to_tensor(x), num_classes, axis=axis, dtype=as_dtype(dtype or "float32"))
