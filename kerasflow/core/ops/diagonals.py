"""Diagonals and bands of matrices; `diag` and `diag_part`, and their kin for batches, are each other's adjoints."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.graph import apply
from kerasflow.core.opdef import NUMBER, of_kind, op
from kerasflow.core.ops.arguments import static_int
from kerasflow.core.shapes import Dims
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec

__all__ = ["diag", "diag_part", "matrix_band_part", "matrix_diag", "matrix_diag_part", "trace"]


# One array, of any rank, as the diagonal of one of twice the rank.


def _infer_diag(x: Spec) -> Spec:
    if x.shape == ():
        raise ValueError("the diagonal must have at least one dimension")
    return Spec(x.dtype, None if x.shape is None else x.shape * 2)


def _diag(x: Any) -> Any:
    if x.ndim == 0:
        raise ValueError("the diagonal must have at least one dimension")
    return np.diag(x.reshape(-1)).reshape(x.shape * 2)


def _half(dims: Any) -> Any:
    """The shape of the diagonal of an array of that shape."""
    half = len(dims) // 2
    if not dims or len(dims) % 2:
        raise ValueError(f"the rank must be even and not 0, got shape {shapes.show(dims)}")
    if not shapes.compatible(dims[:half], dims[half:]):
        raise ValueError(f"the two halves of shape {shapes.show(dims)} must be the same")
    return shapes.merge(dims[:half], dims[half:])


def _diag_part(x: Any) -> Any:
    dims = _half(x.shape)
    n = math.prod(dims)
    return x.reshape(n, n).diagonal().reshape(dims)


op(
    "DiagPart",
    infer=lambda x: Spec(x.dtype, None if x.shape is None else _half(x.shape)),
    kernel=_diag_part,
    vjp=lambda n, g: (apply("Diag", g),),
    alias=True,
)(_diag_part)


@op("Diag", infer=_infer_diag, kernel=_diag, vjp=lambda n, g: (apply("DiagPart", g),))
def diag(diagonal: Any, name: str | None = None) -> Tensor:
    """Zeros, but the elements of `diagonal` where the first half of the indices equals the second half.

    Args:
        diagonal: a tensor of shape (d1, ..., dk), k > 0.

    Returns:
        A tensor of shape (d1, ..., dk, d1, ..., dk); of a vector, a matrix.

    >>> tf.Session().run(tf.diag([1, 2]))
    array([[1, 0],
           [0, 2]], dtype=int32)
    """
    return apply("Diag", diagonal, name=name)


def diag_part(input: Any, name: str | None = None) -> Tensor:
    """The elements of `input` where the first half of the indices equals the second half: what `diag` was given.

    Args:
        input: a tensor of shape (d1, ..., dk, d1, ..., dk), k > 0.

    Raises:
        ValueError: the two halves of the shape differ.

    >>> tf.Session().run(tf.diag_part([[1, 2], [3, 4]]))
    array([1, 4], dtype=int32)
    """
    return apply("DiagPart", input, name=name)


# Batches of matrices.


def _matrix_part(dims: Dims) -> Dims:
    if dims is None:
        return None
    if len(dims) < 2:
        raise ValueError(f"a matrix has at least 2 dimensions, got shape {shapes.show(dims)}")
    m, n = dims[-2:]
    return (*dims[:-2], 0 if 0 in (m, n) else None if m is None or n is None else min(m, n))


def _infer_matrix_diag(x: Spec) -> Spec:
    if x.shape == ():
        raise ValueError("the diagonal must have at least one dimension")
    return Spec(x.dtype, None if x.shape is None else (*x.shape, x.shape[-1]))


def _matrix_diag(x: Any) -> Any:
    if x.ndim == 0:
        raise ValueError("the diagonal must have at least one dimension")
    return _onto(x, (*x.shape, x.shape[-1]))


def _onto(x: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of that shape, but `x` on the diagonals of the matrices."""
    matrices = np.zeros(shape, x.dtype)
    i = np.arange(x.shape[-1])
    matrices[..., i, i] = x
    return matrices


def _diagonals(x: Any) -> Any:
    _matrix_part(x.shape)
    return x.diagonal(0, -2, -1)


op(
    "MatrixDiagLike",
    infer=lambda x, like: Spec(x.dtype, like.shape),
    kernel=lambda x, like: _onto(x, like.shape),
    vjp=lambda n, g: (apply("MatrixDiagPart", g), None),
)(_onto)
op(
    "MatrixDiagPart",
    infer=lambda x: Spec(x.dtype, _matrix_part(x.shape)),
    kernel=_diagonals,
    vjp=lambda n, g: (apply("MatrixDiagLike", g, n.inputs[0]),),
    alias=True,
)(_diagonals)


@op("MatrixDiag", infer=_infer_matrix_diag, kernel=_matrix_diag, vjp=lambda n, g: (apply("MatrixDiagPart", g),))
def matrix_diag(diagonal: Any, name: str | None = "diag") -> Tensor:
    """Square matrices of zeros, but for their diagonals.

    Args:
        diagonal: a tensor of shape (..., n).

    Returns:
        A tensor of shape (..., n, n).

    >>> tf.matrix_diag(tf.ones([5, 3])).shape.as_list()
    [5, 3, 3]
    """
    return apply("MatrixDiag", diagonal, name=name or "diag")


def matrix_diag_part(input: Any, name: str | None = "diag_part") -> Tensor:
    """The diagonals of matrices.

    Args:
        input: a tensor of shape (..., m, n).

    Returns:
        A tensor of shape (..., min(m, n)).

    >>> tf.Session().run(tf.matrix_diag_part([[1, 2, 3], [4, 5, 6]]))
    array([1, 5], dtype=int32)
    """
    return apply("MatrixDiagPart", input, name=name or "diag_part")


def trace(x: Any, name: str | None = None) -> Tensor:
    """The sums of the diagonals of matrices.

    Args:
        x: a tensor of shape (..., m, n).

    Returns:
        A tensor of shape (...).

    >>> tf.Session().run(tf.trace([[1.0, 2.0], [3.0, 4.0]]))
    np.float32(5.0)
    """
    return apply("Sum", apply("MatrixDiagPart", x), axis=(-1,), keepdims=False, name=name or "Trace")


# Bands.


def _infer_band(x: Spec, lower: int, upper: int) -> Spec:
    of_kind(NUMBER + "b", x)
    _matrix_part(x.shape)
    return Spec(x.dtype, x.shape)


def _band(x: Any, lower: int, upper: int) -> Any:
    _matrix_part(x.shape)
    m, n = x.shape[-2:]
    above = np.arange(n) - np.arange(m)[:, None]  # how far an element is above the diagonal
    inside = (above <= (n if upper < 0 else upper)) & (above >= (-m if lower < 0 else -lower))
    return np.where(inside, x, np.zeros((), x.dtype))


@op(
    "MatrixBandPart",
    infer=_infer_band,
    kernel=_band,
    vjp=lambda n, g: (apply("MatrixBandPart", g, **n.attrs),),
)
def matrix_band_part(input: Any, num_lower: Any, num_upper: Any, name: str | None = None) -> Tensor:
    """Matrices with zeros outside a band around the diagonal.

    Args:
        input: a tensor of shape (..., m, n).
        num_lower, num_upper: how many diagonals are kept below and above the main one; -1 stands for all.

    Raises:
        ValueError: `num_lower` or `num_upper` is not known.

    >>> tf.Session().run(tf.matrix_band_part([[1, 2], [3, 4]], 0, -1))
    array([[1, 2],
           [0, 4]], dtype=int32)
    """
    lower = static_int(num_lower, "matrix_band_part: num_lower")
    upper = static_int(num_upper, "matrix_band_part: num_upper")
    return apply("MatrixBandPart", input, lower=lower, upper=upper, name=name)
