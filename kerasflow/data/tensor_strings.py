"""Tensors as strings, for records and messages: `serialize_tensor` and `parse_tensor`."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.errors import InvalidArgumentError
from kerasflow.core.graph import apply, convert
from kerasflow.core.opdef import op
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import DType, Spec, as_dtype, string
from kerasflow.core.values import alone
from kerasflow.graphdef.tensor_protos import make_ndarray, make_tensor_proto
from kerasflow.io.protos import message

__all__ = ["parse_tensor", "serialize_tensor"]


@op("SerializeTensor", infer=lambda tensor: Spec(string, ()), vjp=None)
def _serialize(tensor: Any) -> Any:
    return np.array(make_tensor_proto(np.asarray(tensor)).SerializeToString(), object)


def serialize_tensor(tensor: Any, name: str | None = None) -> Tensor:
    """A tensor as a string, a serialised `TensorProto`, as TensorFlow writes it.

    Args:
        tensor: of any shape and type.
        name: of the operation.

    Raises:
        ImportError: in a run, the package tensorboard is not installed.

    >>> written = tf.io.serialize_tensor([[1.0, 2.0]])
    >>> tf.Session().run(tf.io.parse_tensor(written, tf.float32))
    array([[1., 2.]], dtype=float32)
    """
    made: Tensor = apply("SerializeTensor", convert(tensor), name=name)
    return made


def _infer_parse(serialized: Spec, dtype: DType) -> Spec:
    if serialized.dtype is not string or not shapes.compatible(serialized.shape, ()):
        raise ValueError(f"a tensor is parsed from a scalar string, got {serialized}")
    return Spec(dtype, None)


@op("ParseTensor", infer=_infer_parse, vjp=None)
def _parse(serialized: Any, dtype: DType) -> Any:
    data = alone(serialized)
    try:
        found = make_ndarray(message("TensorProto").FromString(data))
    except (message("DecodeError"), ValueError, TypeError) as error:
        raise InvalidArgumentError(None, None, f"these {len(data)} bytes are no tensor: {error}") from None
    if as_dtype(found.dtype) is not dtype:
        raise InvalidArgumentError(
            None, None, f"expected a tensor of type {dtype.name}, got {as_dtype(found.dtype).name}"
        )
    return found


def parse_tensor(serialized: Any, out_type: Any, name: str | None = None) -> Tensor:
    """The tensor that `serialize_tensor` made a string of.

    Args:
        serialized: a scalar string.
        out_type: the type of the tensor.
        name: of the operation.

    Raises:
        InvalidArgumentError: in a run, the string is no tensor, or one of another type.
    """
    made: Tensor = apply("ParseTensor", convert(serialized), dtype=as_dtype(out_type), name=name)
    return made
