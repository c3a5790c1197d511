"""Element-wise arithmetic: sums, differences, products, and the sign of a number.

Quotients are in `division`, powers and roots in `power`.
"""

from __future__ import annotations

import functools
import operator
from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.graph import apply, apply_alike
from kerasflow.core.opdef import NUMBER, REAL, broadcasting, of_kind, op, same_type
from kerasflow.core.ops.complex_numbers import conj, real
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import Spec, as_dtype

__all__ = [
    "abs",
    "accumulate_n",
    "add",
    "add_n",
    "multiply",
    "negative",
    "sign",
    "squared_difference",
    "subtract",
]


@op(
    "Add",
    infer=broadcasting(NUMBER),
    kernel=np.add,
    lower=lambda b, x, y: x + y,
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


@op(
    "Sub",
    infer=broadcasting(NUMBER),
    kernel=np.subtract,
    lower=lambda b, x, y: x - y,
    elementwise=True,
    vjp=lambda n, g: (g, -g),
)
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
    lower=lambda b, x, y: x * y,
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


def _squared_difference_vjp(n: Operation, g: Tensor) -> tuple[Tensor, Tensor]:
    x, y = n.inputs
    gx = g * (2.0 * (x - y))
    return gx, -gx


@op(
    "SquaredDifference",
    infer=broadcasting(REAL),
    lower=lambda b, x, y: (x - y) * (x - y),
    elementwise=True,
    commutative=True,
    vjp=_squared_difference_vjp,
)
def _squared_difference(x: Any, y: Any, out: Any = None) -> Any:
    d = np.subtract(x, y, out=out)
    return np.multiply(d, d, out=out)


def squared_difference(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The squared difference ``(x - y)^2``, element-wise.

    Args:
        x, y: tensors of one real numeric type, whose shapes broadcast.

    Raises:
        TypeError: the types differ. ValueError: the shapes cannot be broadcast together.

    >>> tf.Session().run(tf.squared_difference([1.0, 2.0], 0.5))
    array([0.25, 2.25], dtype=float32)
    """
    return apply_alike("SquaredDifference", x, y, name=name)


@op(
    "Neg",
    infer=broadcasting(NUMBER),
    kernel=np.negative,
    lower=lambda b, x: -x,
    elementwise=True,
    vjp=lambda n, g: (-g,),
)
def negative(x: Any, name: str | None = None) -> Tensor:
    """The negative ``-x``, element-wise.

    >>> tf.Session().run(tf.negative([1.0, -2.0]))
    array([-1.,  2.], dtype=float32)
    """
    return apply("Neg", x, name=name)


def _infer_abs(x: Spec) -> Spec:
    of_kind(NUMBER, x)
    return Spec(x.dtype.real_dtype, x.shape)


def _abs_vjp(n: Operation, g: Tensor) -> tuple[Tensor]:
    (x,) = n.inputs
    return (apply("Cast", g, dtype=x.dtype) * sign(x),)


@op(
    "Abs",
    infer=_infer_abs,
    kernel=np.absolute,
    lower=lambda b, x: b.call("abs", x),
    elementwise=True,
    vjp=_abs_vjp,
)
def abs(x: Any, name: str | None = None) -> Tensor:
    """The absolute value ``|x|``, element-wise; real for complex numbers. The derivative at 0 is 0.

    >>> tf.Session().run(tf.abs([1.0, -2.0]))
    array([1., 2.], dtype=float32)
    """
    return apply("Abs", x, name=name)


def _sign_vjp(n: Operation, g: Tensor) -> tuple[Tensor]:
    z, s = n.inputs[0], n.output
    if not z.dtype.is_complex:
        return (apply("ZerosLike", g),)
    # Along s nothing changes, across it the direction turns the faster the shorter z is.
    along = apply("Cast", real(g * conj(s)), dtype=z.dtype)
    return ((g - along * s) / apply("Cast", abs(z), dtype=z.dtype),)


def _lower_sign(b: Any, x: Any) -> Any:
    below = x if x.dtype.kind == "u" else b.select(x < 0, b.literal(-1, x.dtype), x)
    return b.select(x > 0, b.literal(1, x.dtype), b.select(b.equal(x, 0), b.literal(0, x.dtype), below))


@op(
    "Sign",
    infer=broadcasting(NUMBER),
    kernel=np.sign,
    lower=_lower_sign,
    elementwise=True,
    vjp=_sign_vjp,
)
def sign(x: Any, name: str | None = None) -> Tensor:
    """-1, 0 or 1 as `x` is negative, zero or positive; ``z / |z|`` for complex numbers.

    >>> tf.Session().run(tf.sign([1.5, -2.0, 0.0]))
    array([ 1., -1.,  0.], dtype=float32)
    """
    return apply("Sign", x, name=name)


def _infer_add_n(*specs: Spec) -> Spec:
    of_kind(NUMBER, specs[0])
    dims = specs[0].shape
    for s in specs[1:]:
        dims = shapes.merge(dims, s.shape)
    return Spec(same_type(*specs), dims)


@op(
    "AddN",
    infer=_infer_add_n,
    out=True,
    lower=lambda b, *xs: functools.reduce(operator.add, xs),
    vjp=lambda n, g: (g,) * len(n.inputs),
)
def _add_n(*terms: Any, out: Any = None) -> Any:
    """The sum of arrays of one shape; a single one is copied."""
    first, *others = terms
    for t in others:
        if t.shape != first.shape:
            raise ValueError(f"the terms of a sum must have one shape, got {first.shape} and {t.shape}")
    if not others:
        return np.positive(first, out=out)
    total = np.add(first, others[0], out=out)
    for t in others[1:]:
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
    inputs = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
    if not inputs:
        raise ValueError("add_n needs at least one tensor.")
    return apply_alike("AddN", *inputs, name=name)


def accumulate_n(inputs: Any, shape: Any = None, tensor_dtype: Any = None, name: str | None = None) -> Tensor:
    """The sum of all tensors in a list, as `add_n`.

    Args:
        inputs: tensors of one type and one shape, at least one.
        shape: the shape they have, if the graph does not know it.
        tensor_dtype: the type they have.

    Raises:
        ValueError: the list is empty, or the shapes differ. TypeError: the types differ, or are not `tensor_dtype`.

    >>> tf.Session().run(tf.accumulate_n([[1.0, 2.0], [3.0, 4.0]]))
    array([4., 6.], dtype=float32)
    """
    total = add_n(inputs, name or "AccumulateNV2")
    if tensor_dtype is not None and total.dtype is not as_dtype(tensor_dtype):
        raise TypeError(f"The tensors to add are of type {total.dtype.name}, not {as_dtype(tensor_dtype).name}.")
    if shape is not None:
        total.set_shape(shape)
    return total
