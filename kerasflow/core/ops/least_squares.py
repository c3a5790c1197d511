"""Solutions and parts of matrices: `matrix_solve_ls`, `cholesky_solve`, `matrix_set_diag`, determinants in logs."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.graph import apply, convert
from kerasflow.core.opdef import FLOAT, of_kind, op, same_type
from kerasflow.core.ops.arguments import alike
from kerasflow.core.ops.diagonals import matrix_diag, matrix_diag_part
from kerasflow.core.ops.exponential import log
from kerasflow.core.ops.linalg import matmul
from kerasflow.core.ops.reduction import reduce_sum
from kerasflow.core.ops.reshaping import expand_dims, matrix_transpose, squeeze
from kerasflow.core.ops.solving import cholesky, matrix_inverse, matrix_triangular_solve
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec

__all__ = ["adjoint", "cholesky_solve", "logdet", "matrix_set_diag", "matrix_solve_ls", "matvec", "slogdet"]


class SignAndLog(NamedTuple):
    """What `slogdet` gives."""

    sign: Any
    log_abs_determinant: Any


def cholesky_solve(chol: Any, rhs: Any, name: str | None = None) -> Tensor:
    """The solution X of ``A X = rhs``, where ``A = chol @ adjoint(chol)``.

    Args:
        chol: what `cholesky` gave for A.
        rhs: the right-hand sides, the columns of matrices.

    >>> tf.Session().run(tf.cholesky_solve(tf.cholesky([[4.0, 0.0], [0.0, 2.0]]), [[1.0], [1.0]]))
    array([[0.25],
           [0.5 ]], dtype=float32)
    """
    with name_scope(name, "cholesky_solve", [chol, rhs]):
        lower, b = alike((chol, rhs), "cholesky_solve")
        y = matrix_triangular_solve(lower, b, adjoint=False, lower=True)
        return matrix_triangular_solve(lower, y, adjoint=True, lower=True)


def matrix_solve_ls(
    matrix: Any, rhs: Any, l2_regularizer: float = 0.0, fast: bool = True, name: str | None = None
) -> Tensor:
    """The X that makes ``|matrix @ X - rhs|^2 + l2_regularizer |X|^2`` smallest; of several, the shortest.

    Args:
        matrix: matrices (m, n) along the last two axes, of full rank.
        rhs: the right-hand sides, (m, k).
        l2_regularizer: the weight of the size of X.
        fast: whether to go by the normal equations, which squares the condition number; else by an orthogonal
            decomposition, for which there is no gradient and no regularizer.

    Raises:
        ValueError: the sizes of the matrices are not known. InvalidArgumentError: in a run, the rank is not full.

    >>> tf.Session().run(tf.matrix_solve_ls(np.ones((2, 1)), np.array([[2.0], [4.0]]))).round(12)
    array([[3.]])
    """
    with name_scope(name, "matrix_solve_ls", [matrix, rhs]):
        a, b = map(convert, alike((matrix, rhs), "matrix_solve_ls"))
        if not fast and not l2_regularizer:
            return apply("MatrixSolveLs", a, b)
        if a.dims is None or len(a.dims) < 2 or None in a.dims[-2:]:
            raise ValueError(f"matrix_solve_ls: the sizes of the matrices must be known, got shape {a.shape}.")
        m, n = a.dims[-2:]
        is_tall = int(m or 0) >= int(n or 0)
        gram = matmul(a, a, adjoint_a=True) if is_tall else matmul(a, a, adjoint_b=True)
        if l2_regularizer:
            size = np.full(min(int(m or 0), int(n or 0)), l2_regularizer, a.dtype.numpy)
            gram += matrix_diag(size)
        root = cholesky(gram)
        if is_tall:
            return cholesky_solve(root, matmul(a, b, adjoint_a=True))
        return matmul(a, cholesky_solve(root, b), adjoint_a=True)


def _infer_ls(a: Spec, b: Spec) -> Spec:
    dtype = same_type(a, b)
    of_kind(FLOAT, a)
    if a.shape is None or b.shape is None:
        return Spec(dtype, None)
    if min(len(a.shape), len(b.shape)) < 2 or not shapes.compatible(a.shape[:-1], b.shape[:-1]):
        raise ValueError(f"matrices of shape {shapes.show(a.shape)} for right-hand sides of {shapes.show(b.shape)}")
    return Spec(dtype, (*a.shape[:-2], a.shape[-1], b.shape[-1]))


@op("MatrixSolveLs", infer=_infer_ls, vjp=None)
def _solve_ls(a: Any, b: Any) -> Any:
    if a.shape[:-1] != b.shape[:-1]:
        raise ValueError(f"matrices of shape {a.shape} for right-hand sides of {b.shape}")
    x = np.empty((*a.shape[:-2], a.shape[-1], b.shape[-1]), a.dtype)
    for i in np.ndindex(a.shape[:-2]):
        sound = np.isfinite(a[i]).all() and np.isfinite(b[i]).all()  # else LAPACK may search without end
        x[i] = np.linalg.lstsq(a[i], b[i], rcond=None)[0] if sound else np.nan
    return x


def matrix_set_diag(input: Any, diagonal: Any, name: str | None = None) -> Tensor:
    """Matrices with another main diagonal.

    Args:
        input: matrices along the last two axes.
        diagonal: the new diagonals, along the last axis.

    Raises:
        ValueError: the shapes do not fit.

    >>> tf.Session().run(tf.matrix_set_diag([[1, 2], [3, 4]], [7, 8]))
    array([[7, 2],
           [3, 8]], dtype=int32)
    """
    return apply("MatrixSetDiag", *alike((input, diagonal), name or "set_diag"), name=name or "set_diag")


def _infer_set_diag(x: Spec, diagonal: Spec) -> Spec:
    dtype = same_type(x, diagonal)
    if x.shape is not None:
        if len(x.shape) < 2:
            raise ValueError(f"expected matrices, got shape {shapes.show(x.shape)}")
        *batch, m, n = x.shape
        k = None if m is None or n is None else min(m, n)
        if not shapes.compatible(diagonal.shape, (*batch, k)):
            shown = f"{shapes.show((*batch, k))}, got {shapes.show(diagonal.shape)}"
            raise ValueError(f"the diagonal must have shape {shown}")
    return Spec(dtype, x.shape)


def _set_diag_vjp(n: Any, g: Any) -> tuple[Tensor, Tensor]:
    new = matrix_diag_part(g)
    return apply("MatrixSetDiag", g, apply("ZerosLike", new)), new


@op("MatrixSetDiag", infer=_infer_set_diag, vjp=_set_diag_vjp)
def _set_diag(x: Any, diagonal: Any) -> Any:
    y, k = np.array(x), min(x.shape[-2:])
    if diagonal.shape != (*x.shape[:-2], k):
        raise ValueError(f"the diagonal must have shape {(*x.shape[:-2], k)}, got {diagonal.shape}")
    y[..., np.arange(k), np.arange(k)] = diagonal
    return y


# Determinants.


def _infer_log_determinant(x: Spec) -> tuple[Spec, Spec]:
    of_kind("fc", x)
    if x.shape is not None and (len(x.shape) < 2 or not shapes.compatible(x.shape[-1:], x.shape[-2:-1])):
        raise ValueError(f"expected square matrices, got shape {shapes.show(x.shape)}")
    dims = None if x.shape is None else x.shape[:-2]
    return Spec(x.dtype, dims), Spec(x.dtype, dims)


def _log_determinant_vjp(n: Any, gs: list[Any]) -> tuple[Any]:
    if gs[1] is None:
        return (None,)
    inverse = matrix_inverse(n.inputs[0], adjoint=True)
    return (expand_dims(expand_dims(gs[1], -1), -1) * inverse,)


@op("LogMatrixDeterminant", infer=_infer_log_determinant, vjp=_log_determinant_vjp)
def _log_determinant(x: Any) -> tuple[Any, Any]:
    sign, logarithm = np.linalg.slogdet(x)
    return np.asarray(sign, x.dtype), np.asarray(logarithm, x.dtype)


def slogdet(input: Any, name: str | None = None) -> SignAndLog:
    """The signs of determinants, and the logarithms of their absolute values.

    Args:
        input: square matrices along the last two axes.

    Raises:
        ValueError: the matrices are not square.

    >>> tf.Session().run(tf.linalg.slogdet([[0.0, 2.0], [1.0, 0.0]])).sign
    np.float32(-1.0)
    """
    return SignAndLog(*apply("LogMatrixDeterminant", input, name=name))


def logdet(matrix: Any, name: str | None = None) -> Tensor:
    """The logarithms of the determinants of symmetric positive definite matrices.

    Args:
        matrix: the matrices, along the last two axes.

    >>> tf.Session().run(tf.linalg.logdet([[2.0, 0.0], [0.0, 0.5]]))
    np.float32(0.0)
    """
    with name_scope(name, "logdet", [matrix]):
        return 2.0 * reduce_sum(log(matrix_diag_part(cholesky(matrix))), -1)


# Spellings.


def adjoint(matrix: Any, name: str | None = None) -> Tensor:
    """Matrices transposed and conjugated.

    Args:
        matrix: matrices along the last two axes.

    >>> tf.Session().run(tf.linalg.adjoint([[1.0, 2.0]]))
    array([[1.],
           [2.]], dtype=float32)
    """
    return matrix_transpose(matrix, name or "adjoint", conjugate=True)


def matvec(a: Any, b: Any, transpose_a: bool = False, adjoint_a: bool = False, name: str | None = None) -> Tensor:
    """Matrices times vectors.

    Args:
        a: matrices along the last two axes.
        b: vectors along the last axis.
        transpose_a, adjoint_a: whether the matrices are transposed, or also conjugated, first.

    >>> tf.Session().run(tf.linalg.matvec([[1.0, 2.0], [3.0, 4.0]], [1.0, -1.0]))
    array([-1., -1.], dtype=float32)
    """
    with name_scope(name, "MatVec", [a, b]):
        left, right = map(convert, alike((a, b), "MatVec"))
        return squeeze(matmul(left, expand_dims(right, -1), transpose_a=transpose_a, adjoint_a=adjoint_a), -1)
