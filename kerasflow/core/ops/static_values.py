"""What is known of tensors and shapes while the graph is built."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.graph import convert
from kerasflow.core.ops.arguments import is_tensor as computed_in_a_run
from kerasflow.core.shapes import Dimension, TensorShape
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.core.tensor import IndexedSlices, Tensor
from kerasflow.core.types import as_dtype

__all__ = [
    "assert_proper_iterable",
    "broadcast_static_shape",
    "convert_to_tensor_or_indexed_slices",
    "dimension_at_index",
    "dimension_value",
    "get_static_value",
    "is_tensor",
]


def is_tensor(x: Any) -> bool:
    """Whether something is a tensor, a variable, a sparse tensor or slices.

    >>> tf.is_tensor(tf.constant(1.0)), tf.is_tensor(tf.Variable(1.0)), tf.is_tensor(1.0)
    (True, True, False)
    """
    return computed_in_a_run(x) or isinstance(x, (SparseTensor, IndexedSlices))


def get_static_value(tensor: Any, partial: bool = False) -> Any:
    """The value of a tensor if it is known while the graph is built, as an array; else None.

    Args:
        tensor: a tensor.
        partial: accepted and without effect.

    >>> tf.get_static_value(tf.shape(tf.zeros([2, 3]))), tf.get_static_value(tf.placeholder(tf.float32))
    (array([2, 3], dtype=int32), None)
    """
    value = tensor.spec.value if isinstance(tensor, Tensor) else None
    return None if value is None else np.array(value)[()]


def broadcast_static_shape(shape_x: Any, shape_y: Any) -> TensorShape:
    """The shape of what an element-wise operation gives for inputs of two shapes.

    Raises:
        ValueError: they cannot be broadcast together.

    >>> tf.broadcast_static_shape(tf.TensorShape([1, 3]), tf.TensorShape([None, 1])).as_list()
    [None, 3]
    """
    x, y = shapes.as_dims(shape_x), shapes.as_dims(shape_y)
    try:
        return TensorShape(shapes.broadcast(x, y))
    except ValueError:
        shown = f"{shapes.show(x)} and {shapes.show(y)}"
        raise ValueError(f"Incompatible shapes for broadcasting: {shown}") from None


def dimension_value(dimension: Any) -> int | None:
    """A size as an int, None if it is not known.

    >>> tf.dimension_value(tf.TensorShape([2])[0])
    2
    """
    return dimension.value if isinstance(dimension, Dimension) else dimension


def dimension_at_index(shape: TensorShape, index: int) -> Dimension:
    """A size of a shape, also where not even their number is known.

    >>> tf.dimension_at_index(tf.TensorShape(None), 1)
    Dimension(None)
    """
    found: Dimension = Dimension(None) if shape.ndims is None else shape[index]
    return found


def convert_to_tensor_or_indexed_slices(value: Any, dtype: Any = None, name: str | None = None) -> Any:
    """`value` as a tensor, or itself if it is slices.

    Raises:
        ValueError: it is of another type than `dtype`.

    >>> tf.convert_to_tensor_or_indexed_slices([1.0, 2.0]).dtype
    tf.float32
    """
    if not isinstance(value, IndexedSlices):
        return convert(value, dtype, name)
    if dtype is not None and value.dtype != dtype:
        raise ValueError(f"Expected slices of type {as_dtype(dtype).name}, got {value} of type {value.dtype.name}.")
    return value


def assert_proper_iterable(values: Any) -> None:
    """That something can be gone through, and is meant to be: no text, array or tensor.

    Raises:
        TypeError: it is not.

    >>> tf.assert_proper_iterable([tf.constant(1.0)])
    """
    if is_tensor(values) or isinstance(values, (str, bytes, np.ndarray)):
        raise TypeError(f'Expected argument "values" to be a "proper" iterable.  Found: {type(values)}')
    if not isinstance(values, Iterable):
        raise TypeError(f'Expected argument "values" to be iterable.  Found: {type(values)}')
