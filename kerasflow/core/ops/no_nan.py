"""Quotients and products in which a zero wins over infinity and nan, as limits ask for."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core.graph import apply, apply_alike, convert
from kerasflow.core.opdef import FLOAT, INEXACT, broadcasting, op
from kerasflow.core.tensor import IndexedSlices, Operation, Tensor

__all__ = ["div_no_nan", "multiply_no_nan", "reciprocal_no_nan", "scalar_mul", "xdivy", "xlogy"]


def _into(out: Any, where: Any, compute: Any, *arrays: Any) -> Any:
    """``compute(*arrays)`` where `where` holds, else 0."""
    with np.errstate(all="ignore"):
        value = np.where(where, compute(*arrays), arrays[0].dtype.type(0))
    if out is None:
        return value
    np.copyto(out, value)
    return out


def _div_vjp(n: Operation, g: Tensor) -> tuple[Tensor, Tensor]:
    y = n.inputs[1]
    return div_no_nan(g, y), -g * div_no_nan(n.output, y)


@op(
    "DivNoNan",
    infer=broadcasting(INEXACT),
    lower=lambda b, x, y: b.select(b.not_equal(y, 0), x / y, 0),
    elementwise=True,
    vjp=_div_vjp,
)
def _div_no_nan(x: Any, y: Any, out: Any = None) -> Any:
    return _into(out, y != 0, np.divide, x, y)


def div_no_nan(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The quotient ``x / y``, and 0 where `y` is 0.

    Args:
        x, y: tensors of one floating-point or complex type, whose shapes broadcast.

    >>> tf.Session().run(tf.div_no_nan([3.0, 3.0], [2.0, 0.0]))
    array([1.5, 0. ], dtype=float32)
    """
    return apply_alike("DivNoNan", x, y, name=name)


def reciprocal_no_nan(x: Any, name: str | None = None) -> Tensor:
    """``1 / x``, and 0 where `x` is 0.

    >>> tf.Session().run(tf.math.reciprocal_no_nan([2.0, 0.0]))
    array([0.5, 0. ], dtype=float32)
    """
    x = convert(x)
    return apply("DivNoNan", apply("OnesLike", x), x, name=name or "reciprocal_no_nan")


def _mul_vjp(n: Operation, g: Tensor) -> tuple[Tensor, Tensor]:
    x, y = n.inputs
    return multiply_no_nan(g, y), multiply_no_nan(x, g)


@op(
    "MulNoNan",
    infer=broadcasting(INEXACT),
    lower=lambda b, x, y: b.select(b.not_equal(y, 0), x * y, 0),
    elementwise=True,
    vjp=_mul_vjp,
)
def _multiply_no_nan(x: Any, y: Any, out: Any = None) -> Any:
    return _into(out, y != 0, np.multiply, x, y)


def multiply_no_nan(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The product ``x * y``, and 0 where `y` is 0, even if `x` is infinite or nan.

    Args:
        x, y: tensors of one floating-point or complex type, whose shapes broadcast.

    >>> tf.Session().run(tf.math.multiply_no_nan([3.0, np.nan], [2.0, 0.0]))
    array([6., 0.], dtype=float32)
    """
    return apply_alike("MulNoNan", x, y, name=name)


def _is_there(x: Tensor) -> Tensor:
    return apply("Cast", apply_alike("NotEqual", x, 0.0), dtype=x.dtype)


def _xlogy_vjp(n: Operation, g: Tensor) -> tuple[Tensor, Tensor]:
    x, y = n.inputs
    return g * xlogy(_is_there(x), y), g * xdivy(x, y)


@op(
    "Xlogy",
    infer=broadcasting(FLOAT),
    lower=lambda b, x, y: b.select(b.not_equal(x, 0), x * b.call("log", y), 0),
    elementwise=True,
    vjp=_xlogy_vjp,
)
def _xlogy(x: Any, y: Any, out: Any = None) -> Any:
    return _into(out, x != 0, lambda x, y: x * np.log(y), x, y)


def xlogy(x: Any, y: Any, name: str | None = None) -> Tensor:
    """``x * log(y)``, and 0 where `x` is 0, whatever `y` is.

    Args:
        x, y: tensors of one floating-point type, whose shapes broadcast.

    >>> tf.Session().run(tf.math.xlogy([2.0, 0.0], [1.0, 0.0]))
    array([0., 0.], dtype=float32)
    """
    return apply_alike("Xlogy", x, y, name=name)


def _xdivy_vjp(n: Operation, g: Tensor) -> tuple[Tensor, Tensor]:
    x, y = n.inputs
    return g * xdivy(_is_there(x), y), -g * xdivy(n.output, y)


@op(
    "Xdivy",
    infer=broadcasting(INEXACT),
    lower=lambda b, x, y: b.select(b.not_equal(x, 0), x / y, 0),
    elementwise=True,
    vjp=_xdivy_vjp,
)
def _xdivy(x: Any, y: Any, out: Any = None) -> Any:
    return _into(out, x != 0, np.divide, x, y)


def xdivy(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The quotient ``x / y``, and 0 where `x` is 0, whatever `y` is.

    Args:
        x, y: tensors of one floating-point or complex type, whose shapes broadcast.

    >>> tf.Session().run(tf.math.xdivy([3.0, 0.0], [2.0, 0.0]))
    array([1.5, 0. ], dtype=float32)
    """
    return apply_alike("Xdivy", x, y, name=name)


def scalar_mul(scalar: Any, x: Any, name: str | None = None) -> Any:
    """A number times a tensor, or times the rows of an `IndexedSlices`.

    Args:
        scalar: a number or a scalar tensor.
        x: a tensor or an `IndexedSlices`.

    Raises:
        ValueError: `scalar` is not a scalar.

    >>> tf.Session().run(tf.scalar_mul(2.0, [1.0, 3.0]))
    array([2., 6.], dtype=float32)
    """
    values = x.values if isinstance(x, IndexedSlices) else convert(x)
    factor = convert(scalar, values.dtype)
    if factor.dims != ():
        raise ValueError(f"scalar_mul: the first argument must be a scalar, got shape {factor.shape}.")
    product = apply("Mul", factor, values, name=name)
    return IndexedSlices(product, x.indices, x.dense_shape) if isinstance(x, IndexedSlices) else product
