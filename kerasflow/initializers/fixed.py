"""Initializers that draw nothing."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import ops, shapes, types
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import DType
from kerasflow.initializers.base import Initializer

__all__ = ["Constant", "Identity", "Ones", "Zeros"]


class Zeros(Initializer):
    """All zeros.

    >>> tf.Session().run(tf.zeros_initializer()([2]))
    array([0., 0.], dtype=float32)
    """

    def make(self, shape: tuple[Any, ...], dtype: DType) -> Tensor:
        """The tensor."""
        return ops.zeros(shape, dtype)


class Ones(Initializer):
    """All ones.

    >>> tf.Session().run(tf.ones_initializer()([2]))
    array([1., 1.], dtype=float32)
    """

    def make(self, shape: tuple[Any, ...], dtype: DType) -> Tensor:
        """The tensor."""
        return ops.ones(shape, dtype)


class Constant(Initializer):
    """Given values.

    Args:
        value: a number, or an array or nested lists of numbers; the last one is repeated to fill the shape.
        dtype: the type of the values where a call does not say.
        verify_shape: whether `value` must have the very shape that is asked for.

    Raises:
        ValueError: there are more values than the shape holds. TypeError: `verify_shape`, and the shape is another.

    >>> tf.Session().run(tf.constant_initializer([1, 2])([3]))
    array([1., 2., 2.], dtype=float32)
    """

    arguments = ("value",)

    def __init__(self, value: Any = 0, dtype: Any = types.float32, verify_shape: bool = False) -> None:
        super().__init__(dtype)
        self.value = value
        self.verify_shape = verify_shape

    def make(self, shape: tuple[Any, ...], dtype: DType) -> Tensor:
        """The tensor."""
        return ops.constant(self.value, dtype, shape, verify_shape=self.verify_shape)


class Identity(Initializer):
    """The identity matrix times a number.

    Args:
        gain: the number.
        dtype: the type of the values where a call does not say.

    Raises:
        ValueError: the shape is not that of a matrix.

    >>> tf.Session().run(tf.keras.initializers.Identity(2.0)([2, 2]))
    array([[2., 0.],
           [0., 2.]], dtype=float32)
    """

    arguments = ("gain",)

    def __init__(self, gain: float = 1.0, dtype: Any = types.float32) -> None:
        super().__init__(dtype)
        self.gain = gain

    def make(self, shape: tuple[Any, ...], dtype: DType) -> Tensor:
        """The tensor."""
        if len(shape) != 2:
            raise ValueError(f"Identity makes matrices, not an array of shape {shapes.show(shape)}.")
        return ops.constant(self.gain * np.eye(*shape, dtype=dtype.numpy), dtype)
