"""Where a model's data come in, told from shapes or from the data themselves: for models that define `call`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasflow.core import shapes
from kerasflow.core.types import DType, as_dtype
from kerasflow.layers.core import InputLayer

__all__ = ["inputs_for_data", "inputs_for_shapes", "of_any_batch"]


def of_any_batch(shape: Any, model: Any) -> shapes.Dims:
    """A shape to build a model for, whatever the rows of the batch that it came from.

    The batch stays as large as it is where a layer keeps a state for each of its rows.

    >>> from kerasflow.models.starting import of_any_batch
    >>> of_any_batch((8, 3), tf.keras.Sequential([tf.keras.layers.Dense(1)]))
    (None, 3)
    """
    dims = shapes.as_dims(shape)
    keeps = not dims or any(getattr(layer, "stateful", False) for layer in model._all_layers())
    return dims if keeps else (None, *dims[1:])


def inputs_for_shapes(shape: Any, model: Any, name: str | None = None) -> Any:
    """Symbolic inputs of these shapes with the batch: one, or nested lists, tuples and dicts of them.

    >>> from kerasflow.models.starting import inputs_for_shapes
    >>> inputs_for_shapes({"a": (None, 3)}, tf.keras.Model())
    {'a': <KerasTensor 'a' shape=(?, 3) dtype=float32>}
    """
    if isinstance(shape, Mapping):
        return {key: inputs_for_shapes(item, model, str(key)) for key, item in shape.items()}
    if isinstance(shape, (list, tuple)) and any(isinstance(item, (list, tuple, Mapping)) for item in shape):
        return type(shape)(inputs_for_shapes(item, model) for item in shape)
    return InputLayer(batch_shape=of_any_batch(shape, model), dtype=model.dtype, name=name).tensor


def inputs_for_data(data: Any, dtype: DType, name: str | None = None) -> Any:
    """Symbolic inputs for arrays, nested as they are. Numbers of a float or a short integer type become `dtype`."""
    if isinstance(data, Mapping):
        return {key: inputs_for_data(item, dtype, str(key)) for key, item in data.items()}
    if isinstance(data, (list, tuple)):
        return type(data)(inputs_for_data(item, dtype) for item in data)
    keeps = data.dtype.kind in "bOUS" or data.dtype.kind in "iu" and data.dtype.itemsize > 2
    dims = (None, *(data.shape[1:] or (1,)))
    return InputLayer(batch_shape=dims, dtype=as_dtype(data.dtype) if keeps else dtype, name=name).tensor
