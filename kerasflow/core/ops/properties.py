"""What a tensor is: its shape held to what is expected, its order, whether it holds numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.graph import apply
from kerasflow.core.opdef import REAL, blocked, op
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec

__all__ = ["ensure_shape", "is_non_decreasing", "is_numeric_tensor", "is_strictly_increasing"]


def is_numeric_tensor(tensor: Any) -> bool:
    """Whether something is a tensor of numbers.

    >>> tf.is_numeric_tensor(tf.constant(1)), tf.is_numeric_tensor(tf.constant("a")), tf.is_numeric_tensor(1)
    (True, False, False)
    """
    return (isinstance(tensor, Tensor) or hasattr(tensor, "__tensor__")) and tensor.dtype.kind in "iufc"


def _infer_ensure(x: Spec, shape: shapes.Dims) -> Spec:
    return Spec(x.dtype, shapes.merge(x.shape, shape))


@op("EnsureShape", infer=_infer_ensure, vjp=lambda n, g: (g,), alias=True)
def _ensure(x: Any, shape: shapes.Dims) -> Any:
    if not shapes.compatible(x.shape, shape):
        raise ValueError(f"expected shape {shapes.show(shape)}, got {x.shape}")
    return x


def ensure_shape(x: Any, shape: Any, name: str | None = None) -> Tensor:
    """`x`, whose shape is from here on known to be `shape`; a run in which it is not fails.

    Args:
        x: a tensor.
        shape: sizes, None for those that may be any.

    Raises:
        ValueError: its shape is known to be another. InvalidArgumentError: in a run, it is another.

    >>> x = tf.placeholder(tf.float32)
    >>> tf.ensure_shape(x, [None, 3]).shape.as_list()
    [None, 3]
    """
    return apply("EnsureShape", x, shape=shapes.as_dims(shape), name=name)


# Order.


def _infer_monotonic(x: Spec) -> Spec:
    if x.dtype.kind not in REAL:
        raise TypeError(f"{x.dtype.name} has no order")
    return Spec(types.bool, ())


@op("IsNonDecreasing", infer=_infer_monotonic, vjp=blocked)
def _is_non_decreasing(x: Any) -> Any:
    flat = x.reshape(-1)
    return np.bool_((flat[1:] >= flat[:-1]).all())


@op("IsStrictlyIncreasing", infer=_infer_monotonic, vjp=blocked)
def _is_strictly_increasing(x: Any) -> Any:
    flat = x.reshape(-1)
    return np.bool_((flat[1:] > flat[:-1]).all())


def is_non_decreasing(x: Any, name: str | None = None) -> Tensor:
    """Whether no element is smaller than the one before it, in the order in which they lie.

    >>> tf.Session().run(tf.is_non_decreasing([1, 1, 2]))
    np.True_
    """
    return apply("IsNonDecreasing", x, name=name or "is_non_decreasing")


def is_strictly_increasing(x: Any, name: str | None = None) -> Tensor:
    """Whether each element is larger than the one before it, in the order in which they lie.

    >>> tf.Session().run(tf.is_strictly_increasing([1, 1, 2]))
    np.False_
    """
    return apply("IsStrictlyIncreasing", x, name=name or "is_strictly_increasing")
