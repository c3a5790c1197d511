"""Linear equations: inverses, solutions, the Cholesky factor, determinants; of one matrix or of a batch.

The derivatives are those of M. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation" (2008), section 2.2; that of the Cholesky factor is from I. Murray, "Differentiation of the Cholesky
decomposition" (2016), section 3.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.errors import InvalidArgumentError
from kerasflow.core.graph import apply
from kerasflow.core.opdef import of_kind, op, same_type
from kerasflow.core.ops.arguments import alike
from kerasflow.core.ops.complex_numbers import conj
from kerasflow.core.ops.reshaping import matrix_transpose
from kerasflow.core.shapes import Dims
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec

__all__ = ["cholesky", "matrix_determinant", "matrix_inverse", "matrix_solve", "matrix_triangular_solve"]


def _square(x: Spec) -> Dims:
    """The shape of square matrices. ValueError if these are none."""
    of_kind("fc", x)
    if x.dtype.size == 2:
        raise TypeError(f"{x.dtype.name} is not precise enough for this: cast to float32")
    dims = x.shape
    if dims is None:
        return None
    if len(dims) < 2 or None not in dims[-2:] and dims[-2] != dims[-1]:
        raise ValueError(f"expected square matrices, got shape {shapes.show(dims)}")
    n = dims[-1] if dims[-2] is None else dims[-2]
    return (*dims[:-2], n, n)


def _check_square(x: Any) -> None:
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise ValueError(f"expected square matrices, got shape {x.shape}")


def _singular(x: Any) -> InvalidArgumentError:
    which = "the matrix" if x.ndim == 2 else "a matrix of the batch"
    return InvalidArgumentError(None, None, f"{which} is not invertible")


def _product(a: Any, b: Any, adjoint_a: bool = False, adjoint_b: bool = False) -> Any:
    a, b = conj(a) if adjoint_a else a, conj(b) if adjoint_b else b
    return apply("MatMul", a, b, transpose_a=adjoint_a, transpose_b=adjoint_b)


# Inverses.


def _inverse(x: Any) -> Any:
    _check_square(x)
    try:
        return np.linalg.inv(x)
    except np.linalg.LinAlgError:
        raise _singular(x) from None


def _inverse_grad(n: Any, g: Any) -> tuple[Any]:
    y = n.output
    return (-_product(y, _product(g, y, adjoint_b=True), adjoint_a=True),)


@op("MatrixInverse", infer=lambda x: Spec(x.dtype, _square(x)), kernel=_inverse, vjp=_inverse_grad)
def matrix_inverse(input: Any, adjoint: bool = False, name: str | None = None) -> Tensor:
    """The inverse of each matrix.

    Args:
        input: floating-point or complex matrices, shape (..., n, n).
        adjoint: invert the conjugate transpose instead.

    Raises:
        ValueError: the matrices are not square. InvalidArgumentError: in a run, one is not invertible.

    >>> tf.Session().run(tf.matrix_inverse([[2.0, 0.0], [0.0, 4.0]]))
    array([[0.5 , 0.  ],
           [0.  , 0.25]], dtype=float32)
    """
    return apply("MatrixInverse", matrix_transpose(input, conjugate=True) if adjoint else input, name=name)


# Solutions.


def _infer_solve(a: Spec, b: Spec, adjoint: bool, **attrs: Any) -> Spec:
    dtype = same_type(a, b)
    matrix, rhs = _square(a), b.shape
    if rhs is not None and len(rhs) < 2:
        raise ValueError(f"the right-hand sides must be matrices, got shape {shapes.show(rhs)}")
    if matrix is None or rhs is None:
        return Spec(dtype, rhs)
    if not shapes.compatible(matrix[:-1], rhs[:-1]):
        shown = f"{shapes.show(rhs)} for matrices of shape {shapes.show(matrix)}"
        raise ValueError(f"the right-hand sides must have as many rows, and as large a batch; got {shown}")
    return Spec(dtype, (*(shapes.merge(matrix[:-1], rhs[:-1]) or ()), rhs[-1]))


def _check_solve(a: Any, b: Any) -> None:
    _check_square(a)
    if b.ndim != a.ndim or a.shape[:-1] != b.shape[:-1]:
        raise ValueError(
            f"the right-hand sides must have as many rows, and as large a batch; got {b.shape} for matrices of shape "
            f"{a.shape}"
        )


def _adjoint(x: Any) -> Any:
    return x.swapaxes(-1, -2).conj()


def _solve(a: Any, b: Any, adjoint: bool = False) -> Any:
    _check_solve(a, b)
    try:
        return np.linalg.solve(_adjoint(a) if adjoint else a, b)
    except np.linalg.LinAlgError:
        raise _singular(a) from None


def _solve_grad(n: Any, g: Any) -> tuple[Any, Any]:
    a, adjoint = n.inputs[0], n.attrs["adjoint"]
    gb = apply("MatrixSolve", a, g, adjoint=not adjoint)
    return -_outer(gb, n.output, adjoint), gb


def _outer(gb: Any, x: Any, adjoint: bool) -> Any:
    """The derivative by the matrix of what was solved, up to its sign."""
    return _product(x, gb, adjoint_b=True) if adjoint else _product(gb, x, adjoint_b=True)


@op("MatrixSolve", infer=_infer_solve, kernel=_solve, vjp=_solve_grad)
def matrix_solve(matrix: Any, rhs: Any, adjoint: bool = False, name: str | None = None) -> Tensor:
    """The solution x of ``matrix x = rhs``.

    Args:
        matrix: floating-point or complex matrices, shape (..., n, n).
        rhs: the right-hand sides, one a column, shape (..., n, k).
        adjoint: solve with the conjugate transpose of `matrix` instead.

    Raises:
        ValueError: the shapes do not fit. InvalidArgumentError: in a run, a matrix is not invertible.

    >>> tf.Session().run(tf.matrix_solve([[2.0, 0.0], [0.0, 4.0]], [[2.0], [2.0]]))
    array([[1. ],
           [0.5]], dtype=float32)
    """
    a, b = alike((matrix, rhs), name or "MatrixSolve")
    return apply("MatrixSolve", a, b, adjoint=bool(adjoint), name=name)


def _triangular_solve(a: Any, b: Any, lower: bool, adjoint: bool) -> Any:
    _check_solve(a, b)
    if not np.diagonal(a, 0, -2, -1).all():
        raise _singular(a)
    a = np.tril(a) if lower else np.triu(a)
    if adjoint:
        a = _adjoint(a)
    # Elimination leaves an upper triangle as it is, so that of the general solution only substitution remains.
    if lower == adjoint:
        return np.linalg.solve(a, b)
    return np.ascontiguousarray(np.linalg.solve(a[..., ::-1, ::-1], b[..., ::-1, :])[..., ::-1, :])


def _triangular_grad(n: Any, g: Any) -> tuple[Any, Any]:
    a, lower, adjoint = n.inputs[0], n.attrs["lower"], n.attrs["adjoint"]
    gb = apply("MatrixTriangularSolve", a, g, lower=lower, adjoint=not adjoint)
    below, above = (-1, 0) if lower else (0, -1)
    return apply("MatrixBandPart", -_outer(gb, n.output, adjoint), lower=below, upper=above), gb


@op("MatrixTriangularSolve", infer=_infer_solve, kernel=_triangular_solve, vjp=_triangular_grad)
def matrix_triangular_solve(
    matrix: Any, rhs: Any, lower: bool = True, adjoint: bool = False, name: str | None = None
) -> Tensor:
    """The solution x of ``matrix x = rhs`` for a triangular matrix, by substitution.

    Args:
        matrix: floating-point or complex matrices, shape (..., n, n), of which one triangle is read.
        rhs: the right-hand sides, one a column, shape (..., n, k).
        lower: whether it is the lower triangle that counts, not the upper one.
        adjoint: solve with the conjugate transpose of `matrix` instead.

    Raises:
        ValueError: the shapes do not fit. InvalidArgumentError: in a run, there is a zero on a diagonal.

    >>> tf.Session().run(tf.matrix_triangular_solve([[2.0, 0.0], [1.0, 1.0]], [[2.0], [3.0]]))
    array([[1.],
           [2.]], dtype=float32)
    """
    a, b = alike((matrix, rhs), name or "MatrixTriangularSolve")
    return apply("MatrixTriangularSolve", a, b, lower=bool(lower), adjoint=bool(adjoint), name=name)


# The Cholesky factor.


def _cholesky(x: Any) -> Any:
    _check_square(x)
    try:
        return np.linalg.cholesky(x)
    except np.linalg.LinAlgError:
        which = "the matrix" if x.ndim == 2 else "a matrix of the batch"
        raise InvalidArgumentError(None, None, f"{which} is not positive definite") from None


def _cholesky_grad(n: Any, g: Any) -> tuple[Any]:
    y = n.output
    whole = apply("MatrixBandPart", _product(y, g, adjoint_a=True), lower=-1, upper=0)
    half = whole - 0.5 * apply("MatrixDiag", apply("MatrixDiagPart", whole))
    identity = apply("MatrixDiag", apply("OnesLike", apply("MatrixDiagPart", y)))
    inverse = apply("MatrixTriangularSolve", y, identity, lower=True, adjoint=False)
    # L^-H (P + P^H) L^-1 / 2: the input counts as symmetric, so its gradient is.
    left = _product(inverse, half, adjoint_a=True) + _product(inverse, half, adjoint_a=True, adjoint_b=True)
    return (0.5 * _product(left, inverse),)


@op("Cholesky", infer=lambda x: Spec(x.dtype, _square(x)), kernel=_cholesky, vjp=_cholesky_grad)
def cholesky(input: Any, name: str | None = None) -> Tensor:
    """The lower triangular matrix L with positive diagonal and ``L L^H = input``.

    Args:
        input: symmetric (or Hermitian) positive definite matrices, shape (..., n, n); the lower triangle is read.

    Raises:
        ValueError: the matrices are not square. InvalidArgumentError: in a run, one is not positive definite.

    >>> tf.Session().run(tf.cholesky([[4.0, 2.0], [2.0, 5.0]]))
    array([[2., 0.],
           [1., 2.]], dtype=float32)
    """
    return apply("Cholesky", input, name=name)


# Determinants.


def _infer_determinant(x: Spec) -> Spec:
    dims = _square(x)
    return Spec(x.dtype, None if dims is None else dims[:-2])


def _determinant(x: Any) -> Any:
    _check_square(x)
    return np.linalg.det(x)


def _determinant_grad(n: Any, g: Any) -> tuple[Any]:
    x, y = n.inputs[0], n.output
    scale = apply("ExpandDims", apply("ExpandDims", g * conj(y), axis=-1), axis=-1)
    return (scale * matrix_transpose(apply("MatrixInverse", x), conjugate=True),)


@op("MatrixDeterminant", infer=_infer_determinant, kernel=_determinant, vjp=_determinant_grad)
def matrix_determinant(input: Any, name: str | None = None) -> Tensor:
    """The determinant of each matrix.

    Args:
        input: floating-point or complex matrices, shape (..., n, n).

    Returns:
        A tensor of shape (...). Its gradient exists where the matrix is invertible.

    Raises:
        ValueError: the matrices are not square.

    >>> tf.Session().run(tf.matrix_determinant([[2.0, 1.0], [1.0, 3.0]]))
    np.float32(5.0)
    """
    return apply("MatrixDeterminant", input, name=name)
