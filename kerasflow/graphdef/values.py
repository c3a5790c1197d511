"""Types, shapes, arrays and attributes as protocol buffers, and back."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.shapes import Dims
from kerasflow.core.types import DType
from kerasflow.io.protos import message

__all__ = [
    "NUMBERS",
    "dims_of",
    "dtype_of",
    "from_attr",
    "from_tensor",
    "set_attr",
    "shape_proto",
    "to_tensor",
    "type_number",
]

# The numbers of the types, from TensorFlow's types.proto.
NUMBERS = {
    "float32": 1, "float64": 2, "int32": 3, "uint8": 4, "int16": 5, "int8": 6, "string": 7, "complex64": 8, "int64": 9,
    "bool": 10, "qint8": 11, "quint8": 12, "qint32": 13, "bfloat16": 14, "qint16": 15, "quint16": 16, "uint16": 17,
    "complex128": 18, "float16": 19, "uint32": 22, "uint64": 23,
}  # fmt: skip
_NAMES = {number: name for name, number in NUMBERS.items()}
_REFERENCE = 100  # is added to the number of a type for a reference to it
_LARGEST = 1 << 31  # bytes in a message

# Which field holds the elements that are not in `tensor_content`.
_FIELDS = {
    "float32": "float_val", "float64": "double_val", "int64": "int64_val", "bool": "bool_val", "string": "string_val",
    "complex64": "scomplex_val", "complex128": "dcomplex_val", "float16": "half_val", "uint32": "uint32_val",
    "uint64": "uint64_val", "bfloat16": "half_val",
}  # fmt: skip


def type_number(dtype: DType) -> int:
    """The number of a type. TypeError if graph definitions do not have it."""
    if dtype.name not in NUMBERS:
        raise TypeError(f"Graph definitions do not have the type {dtype.name}.")
    return NUMBERS[dtype.name]


def dtype_of(number: int) -> DType:
    """The type of that number, or of that number of references. ValueError if kerasflow does not have it."""
    name = _NAMES.get(number - _REFERENCE if number > _REFERENCE else number)
    if name is None or not hasattr(types, name):
        raise ValueError(f"The type number {number} of TensorFlow is not in kerasflow.")
    dtype: DType = getattr(types, name)
    return dtype


def shape_proto(dims: Dims) -> Any:
    """A shape; sizes that are not known are -1."""
    shape = message("TensorShapeProto")()
    if dims is None:
        shape.unknown_rank = True
        return shape
    for n in dims:
        shape.dim.add().size = -1 if n is None else n
    return shape


def dims_of(shape: Any) -> Dims:
    """The sizes of a shape, as far as known."""
    return None if shape.unknown_rank else tuple([None if d.size < 0 else d.size for d in shape.dim])


def to_tensor(array: np.ndarray, dtype: DType) -> Any:
    """An array as it is stored. ValueError if it is too large for a message."""
    if array.nbytes >= _LARGEST:
        raise ValueError(f"An array of {array.nbytes} bytes does not fit in a graph definition, whose limit is 2 GB.")
    tensor = message("TensorProto")()
    tensor.dtype = type_number(dtype)
    tensor.tensor_shape.CopyFrom(shape_proto(array.shape))
    if array.dtype.kind == "O":
        tensor.string_val.extend(array.ravel().tolist())
    else:
        tensor.tensor_content = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()
    return tensor


def from_tensor(tensor: Any) -> tuple[np.ndarray, DType]:
    """The array and its type; elements that were left out are like the last. ValueError if it is not sound."""
    dtype = dtype_of(tensor.dtype)
    dims = dims_of(tensor.tensor_shape)
    if dims is None or None in dims:
        raise ValueError("The shape of a stored array is not known.")
    count = math.prod(n for n in dims if n is not None)
    content = tensor.tensor_content
    if content:
        if len(content) != count * dtype.size:
            raise ValueError(f"A stored array of shape {list(dims)} has {len(content)} bytes.")
        if dtype.name == "bool" and max(content) > 1:
            raise ValueError("A stored array holds truth values that are neither 0 nor 1.")
        array = np.frombuffer(content, dtype.numpy.newbyteorder("<")).astype(dtype.numpy)
        return array.reshape(dims), dtype
    if count * dtype.numpy.itemsize >= _LARGEST:
        raise ValueError(f"A stored array of shape {list(dims)} has more than {_LARGEST} bytes.")
    values = _elements(tensor, dtype)
    if len(values) > count or count > 0 == len(values):
        raise ValueError(f"A stored array of shape {list(dims)} has {len(values)} elements.")
    array = np.empty(count, dtype.numpy)
    array[: len(values)] = values
    array[len(values) :] = values[-1:]
    return array.reshape(dims), dtype


def _elements(tensor: Any, dtype: DType) -> np.ndarray:
    field: list[Any] = list(getattr(tensor, _FIELDS.get(dtype.name, "int_val")))
    if dtype.name in ("float16", "bfloat16"):
        if not all(0 <= bits < 1 << 16 for bits in field):
            raise ValueError(f"A stored array of {dtype.name} has elements of more than 16 bits.")
        bits = np.array(field, np.uint16)
        return bits.view(np.float16) if dtype.name == "float16" else bits.view(dtype.numpy)
    if dtype.is_complex:
        return np.array(field, np.float64).reshape(-1, 2) @ np.array([1.0, 1.0j])
    if dtype.kind == "O":
        found = np.empty(len(field), object)
        found[:] = field
        return found
    found = np.array(field) if field else np.empty(0, dtype.numpy)
    if dtype.is_integer and (found.astype(dtype.numpy) != found).any():
        raise ValueError(f"A stored array of {dtype.name} has numbers that are no {dtype.name}.")
    return found.astype(dtype.numpy)


def set_attr(attr: Any, value: Any) -> None:
    """Give an attribute its value: a bool, int, float, text, type, shape (as `TensorShapeProto`), array or a list."""
    if isinstance(value, bool):
        attr.b = value
    elif isinstance(value, int):
        attr.i = value
    elif isinstance(value, float):
        attr.f = value
    elif isinstance(value, (str, bytes)):
        attr.s = value.encode() if isinstance(value, str) else value
    elif isinstance(value, DType):
        attr.type = type_number(value)
    elif isinstance(value, message("TensorShapeProto")):
        attr.shape.CopyFrom(value)
    elif isinstance(value, message("TensorProto")):
        attr.tensor.CopyFrom(value)
    else:
        _set_list(attr.list, value)


def _set_list(target: Any, values: Any) -> None:
    target.SetInParent()
    for value in values:
        if isinstance(value, int):
            target.i.append(value)
        elif isinstance(value, float):
            target.f.append(value)
        elif isinstance(value, DType):
            target.type.append(type_number(value))
        elif isinstance(value, (str, bytes)):
            target.s.append(value.encode() if isinstance(value, str) else value)
        else:
            target.shape.add().CopyFrom(value)


def from_attr(attr: Any) -> Any:
    """The value of an attribute, as `set_attr` takes it; of arrays the message itself."""
    kind = attr.WhichOneof("value")
    if kind == "type":
        return dtype_of(attr.type)
    if kind == "list":
        return tuple([*attr.list.i, *attr.list.f, *[dtype_of(t) for t in attr.list.type], *attr.list.s])
    value = None if kind is None else getattr(attr, kind)
    return value.decode("utf-8", "surrogateescape") if kind == "s" else value
