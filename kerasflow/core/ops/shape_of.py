"""The shape of a tensor as a tensor: `Shape`, `Size`, `Rank`.

Where the static shape decides the answer it is a constant from the start.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.graph import apply
from kerasflow.core.opdef import blocked, op
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import DType, Spec, as_dtype

__all__ = ["rank", "shape", "shape_n", "size"]


def _infer_shape(x: Spec, out_type: DType) -> Spec:
    value = np.array(x.shape, out_type.numpy) if shapes.is_static(x.shape) else None
    return Spec(out_type, (None if x.shape is None else len(x.shape),), value)


@op("Shape", infer=_infer_shape, vjp=blocked, kernel=lambda x, out_type: np.array(x.shape, out_type.numpy))
def shape(input: Any, name: str | None = None, out_type: Any = types.int32) -> Tensor:
    """The shape of `input`, as a vector of integers.

    Args:
        input: any tensor.
        out_type: int32 or int64.

    >>> x = tf.placeholder(tf.float32, [None, 3])
    >>> tf.Session().run(tf.shape(x), {x: [[1, 2, 3]]})
    array([1, 3], dtype=int32)
    """
    return apply("Shape", input, name=name, out_type=as_dtype(out_type))


def shape_n(input: Any, out_type: Any = types.int32, name: str | None = None) -> list[Tensor]:
    """The shapes of all tensors in the list `input`.

    >>> tf.Session().run(tf.shape_n([[1.0, 2.0], [[3.0]]]))
    [array([2], dtype=int32), array([1, 1], dtype=int32)]
    """
    return [shape(x, name or "ShapeN", out_type) for x in input]


def _infer_size(x: Spec, out_type: DType) -> Spec:
    count = shapes.size(x.shape)
    return Spec(out_type, (), None if count is None else np.array(count, out_type.numpy))


@op("Size", infer=_infer_size, vjp=blocked, kernel=lambda x, out_type: np.array(x.size, out_type.numpy))
def size(input: Any, name: str | None = None, out_type: Any = types.int32) -> Tensor:
    """The number of elements of `input`, as an integer scalar.

    Args:
        input: any tensor.
        out_type: int32 or int64.

    >>> tf.Session().run(tf.size([[1.0, 2.0], [3.0, 4.0]]))
    np.int32(4)
    """
    return apply("Size", input, name=name, out_type=as_dtype(out_type))


def _infer_rank(x: Spec) -> Spec:
    return Spec(types.int32, (), None if x.shape is None else np.array(len(x.shape), np.int32))


@op("Rank", infer=_infer_rank, vjp=blocked, kernel=lambda x: np.array(x.ndim, np.int32))
def rank(input: Any, name: str | None = None) -> Tensor:
    """The number of dimensions of `input`, as an int32 scalar; a matrix has two.

    >>> tf.Session().run(tf.rank([[1.0, 2.0], [3.0, 4.0]]))
    np.int32(2)
    """
    return apply("Rank", input, name=name)
