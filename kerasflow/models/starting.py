"""Where a model's data come in, told from shapes or from the data themselves: for models that define `call`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasflow.core import shapes
from kerasflow.core.types import DType, as_dtype
from kerasflow.layers.core import InputLayer

__all__ = ["inputs_for_data", "inputs_for_shapes"]


def inputs_for_shapes(shape: Any, dtype: DType, name: str | None = None) -> Any:
    """Symbolic inputs of these shapes with the batch: one, or nested lists, tuples and dicts of them.

    >>> from kerasflow.models.starting import inputs_for_shapes
    >>> inputs_for_shapes({"a": (None, 3)}, tf.float32)
    {'a': <KerasTensor 'a' shape=(?, 3) dtype=float32>}
    """
    if isinstance(shape, Mapping):
        return {key: inputs_for_shapes(item, dtype, str(key)) for key, item in shape.items()}
    if isinstance(shape, (list, tuple)) and any(isinstance(item, (list, tuple, Mapping)) for item in shape):
        return type(shape)(inputs_for_shapes(item, dtype) for item in shape)
    return InputLayer(batch_shape=shapes.as_dims(shape), dtype=dtype, name=name).tensor


def inputs_for_data(data: Any, dtype: DType, name: str | None = None) -> Any:
    """Symbolic inputs for arrays, nested as they are. Numbers of a float or a short integer type become `dtype`."""
    if isinstance(data, Mapping):
        return {key: inputs_for_data(item, dtype, str(key)) for key, item in data.items()}
    if isinstance(data, (list, tuple)):
        return type(data)(inputs_for_data(item, dtype) for item in data)
    keeps = data.dtype.kind in "bOUS" or data.dtype.kind in "iu" and data.dtype.itemsize > 2
    dims = (None, *(data.shape[1:] or (1,)))
    return InputLayer(batch_shape=dims, dtype=as_dtype(data.dtype) if keeps else dtype, name=name).tensor
