"""What is fed: which tensors, and arrays of their types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.bfloat16 import to_bits
from kerasflow.core.graph import Graph
from kerasflow.core.handles import TensorHandle
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.core.tensor import IndexedSlices, Tensor
from kerasflow.core.values import stored, to_array
from kerasflow.core.variables import Variable

__all__ = ["SEVERAL", "fed_array", "fed_tensor", "in_parts"]

SEVERAL = (SparseTensor, IndexedSlices)  # what is fed as several arrays


def in_parts(feed_dict: Mapping[Any, Any]) -> dict[Any, Any]:
    """`feed_dict`, with the parts of sparse tensors and slices in the place of the whole."""
    flat: dict[Any, Any] = {}
    for key, value in feed_dict.items():
        if not isinstance(key, SEVERAL):
            flat[key] = value
            continue
        whole = (key.values, key.indices, key.dense_shape) if isinstance(key, IndexedSlices) else key.parts
        tensors = [t for t in whole if t is not None]
        if not isinstance(value, (tuple, list)) or len(value) < len(tensors):
            kind = type(key).__name__
            raise TypeError(f"The value fed for a {kind} must be {len(tensors)} arrays, a {kind}Value, got {value!r}.")
        flat.update(zip(tensors, value, strict=False))
    return flat


def fed_tensor(key: Any, graph: Graph) -> Tensor:
    """The tensor that `key` is or names. TypeError if it is none, ValueError if it may not be fed."""
    try:
        tensor: Tensor = graph.as_graph_element(key, allow_operation=False)
    except (TypeError, ValueError, KeyError) as e:
        raise TypeError(f"Cannot feed {key!r}: {e.args[0]}") from None
    if not graph.is_feedable(tensor):
        raise ValueError(f"Tensor {tensor} may not be fed: the graph was told so, with prevent_feeding.")
    return tensor


def fed_array(tensor: Tensor, value: Any) -> np.ndarray[Any, Any]:
    """`value` as an array of the tensor's type. ValueError if its shape cannot be the tensor's."""
    dtype, dims, _ = tensor.spec
    if type(value) is not np.ndarray or value.dtype != dtype.numpy or dtype.kind == "O":
        if isinstance(value, TensorHandle):
            value = value.eval()
        if isinstance(value, (Tensor, Variable)):
            raise TypeError(f"The value fed for {tensor.name!r} must be numbers, got {value}. Evaluate it first.")
        value = _as_fed_type(tensor, value)
    if value.shape != dims and not shapes.compatible(value.shape, dims):
        raise ValueError(
            f"Cannot feed a value of shape {value.shape} for {tensor.name!r}, of shape {shapes.show(dims)}."
        )
    return value


_FED_BY = {"f": "biuf", "c": "biufc", "i": "biu", "u": "biu", "b": "biu"}  # kinds that may be fed, by a tensor's kind


def _as_fed_type(tensor: Tensor, value: Any) -> np.ndarray[Any, Any]:
    wanted = tensor.dtype
    try:
        array = to_array(value) if wanted.kind == "O" else stored(np.asarray(value))
    except (TypeError, ValueError) as e:
        cls = TypeError if isinstance(e, TypeError) else ValueError
        raise cls(f"Cannot feed {tensor.name!r}: {e}") from None
    if array.dtype == wanted.numpy:
        return array
    kind = array.dtype.kind
    if wanted is types.bfloat16 and kind in "biuf":
        return to_bits(array)
    if kind not in _FED_BY.get(wanted.kind, "") and array.size:
        raise ValueError(f"Cannot feed a value of type {array.dtype} for {tensor.name!r}, of type {wanted.name}.")
    if kind in "iu" and wanted.is_integer and array.size and not wanted.min <= array.min() <= array.max() <= wanted.max:
        raise ValueError(
            f"Cannot feed values from {array.min()} to {array.max()} for {tensor.name!r}, of type {wanted.name}."
        )
    return array.astype(wanted.numpy)
