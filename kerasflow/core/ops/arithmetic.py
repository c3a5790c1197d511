"""Element-wise arithmetic: sums, products, quotients, powers."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.graph import apply, apply_alike
from kerasflow.core.opdef import NUMBER, broadcasting, op, same_type
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec

__all__ = ["add", "add_n", "multiply", "negative", "subtract"]


def conj(x: Tensor) -> Tensor:
    """The complex conjugate; real tensors are their own."""
    return apply("Conj", x) if x.dtype.is_complex else x


@op(
    "Add",
    infer=broadcasting(NUMBER),
    kernel=np.add,
    elementwise=True,
    commutative=True,
    vjp=lambda n, g: (g, g),
)
def add(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The sum ``x + y``, element-wise.

    Args:
        x, y: tensors of one numeric type, whose shapes broadcast.

    Raises:
        TypeError: the types differ. ValueError: the shapes cannot be broadcast together.

    >>> tf.Session().run(tf.add([1.0, 2.0], 0.5))
    array([1.5, 2.5], dtype=float32)
    """
    return apply_alike("Add", x, y, name=name)


@op("Sub", infer=broadcasting(NUMBER), kernel=np.subtract, elementwise=True, vjp=lambda n, g: (g, -g))
def subtract(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The difference ``x - y``, element-wise.

    Args:
        x, y: tensors of one numeric type, whose shapes broadcast.

    Raises:
        TypeError: the types differ. ValueError: the shapes cannot be broadcast together.

    >>> tf.Session().run(tf.subtract([1.0, 2.0], 0.5))
    array([0.5, 1.5], dtype=float32)
    """
    return apply_alike("Sub", x, y, name=name)


@op(
    "Mul",
    infer=broadcasting(NUMBER),
    kernel=np.multiply,
    elementwise=True,
    commutative=True,
    vjp=lambda n, g: (g * conj(n.inputs[1]), g * conj(n.inputs[0])),
)
def multiply(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The product ``x y``, element-wise.

    Args:
        x, y: tensors of one numeric type, whose shapes broadcast.

    Raises:
        TypeError: the types differ. ValueError: the shapes cannot be broadcast together.

    >>> tf.Session().run(tf.multiply([1.0, 2.0], 0.5))
    array([0.5, 1. ], dtype=float32)
    """
    return apply_alike("Mul", x, y, name=name)


@op("Neg", infer=broadcasting(NUMBER), kernel=np.negative, elementwise=True, vjp=lambda n, g: (-g,))
def negative(x: Any, name: str | None = None) -> Tensor:
    """The negative ``-x``, element-wise.

    >>> tf.Session().run(tf.negative([1.0, -2.0]))
    array([-1.,  2.], dtype=float32)
    """
    return apply("Neg", x, name=name)


def _infer_add_n(*specs: Spec) -> Spec:
    dims = specs[0].shape
    for s in specs[1:]:
        dims = shapes.merge(dims, s.shape)
    return Spec(same_type(*specs), dims)


@op("AddN", infer=_infer_add_n, out=True, vjp=lambda n, g: (g,) * len(n.inputs))
def _add_n(*terms: Any, out: Any = None) -> Any:
    """The sum of arrays of one shape; a single one is copied."""
    total = np.add(terms[0], terms[1] if len(terms) > 1 else 0, out=out)
    for t in terms[2:]:
        total = np.add(total, t, out=out)
    return total


def add_n(inputs: Any, name: str | None = None) -> Tensor:
    """The sum of all tensors in a list, ``x_1 + ... + x_n``.

    Args:
        inputs: tensors of one type and one shape, at least one.

    Raises:
        ValueError: the list is empty, or the shapes differ. TypeError: the types differ.

    >>> tf.Session().run(tf.add_n([[1.0, 2.0], [3.0, 4.0]]))
    array([4., 6.], dtype=float32)
    """
    inputs = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    if not inputs:
        raise ValueError("add_n needs at least one tensor.")
    return apply_alike("AddN", *inputs, name=name)
