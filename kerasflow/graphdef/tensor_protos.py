"""Arrays as `TensorProto` messages."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.types import as_dtype
from kerasflow.core.values import stored, to_array
from kerasflow.graphdef.values import from_tensor, to_tensor

__all__ = ["make_ndarray", "make_tensor_proto"]


def make_tensor_proto(
    values: Any, dtype: Any = None, shape: Any = None, verify_shape: bool = False, allow_broadcast: bool = False
) -> Any:
    """The `TensorProto` of an array.

    Args:
        values: a number, text, an array, or nested lists of these.
        dtype: the type; as for `constant` by default.
        shape: the shape; the last value is repeated to fill it.
        verify_shape: whether `values` must have `shape` already.
        allow_broadcast: accepted and without effect.

    Raises:
        TypeError: the type or the shape is another. ValueError: there are more values than `shape` holds.
        ImportError: the package tensorboard is missing.

    >>> tf.make_ndarray(tf.make_tensor_proto([1.0, 2.0], shape=[3]))
    array([1., 2., 2.], dtype=float32)
    """
    array = stored(to_array(values, None if dtype is None else as_dtype(dtype)))
    kind = as_dtype(array.dtype) if dtype is None else as_dtype(dtype)
    dims = shapes.as_dims(shape)
    if shape is not None and array.shape != dims:
        if verify_shape:
            raise TypeError(f"Expected Tensor's shape: {dims}, got {array.shape}.")
        size = shapes.size(dims) or 0
        if array.size > size or not array.size:
            raise ValueError(f"{array.size} values for the shape {shapes.show(dims)}.")
        flat = array.reshape(-1)
        array = np.concatenate([flat, np.repeat(flat[-1:], size - flat.size)]).reshape(dims)
    return to_tensor(array, kind)


def make_ndarray(tensor: Any) -> np.ndarray:
    """The array of a `TensorProto`.

    Raises:
        ValueError: the message is not sound.

    >>> tf.make_ndarray(tf.make_tensor_proto([[1, 2], [3, 4]]))
    array([[1, 2],
           [3, 4]], dtype=int32)
    """
    return from_tensor(tensor)[0]
