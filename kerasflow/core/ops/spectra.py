"""Eigenvalues and singular values: `self_adjoint_eig`, `svd`, with gradients.

Giles, "An extended collection of matrix derivative results for forward and reverse mode algorithmic differentiation"
(2008), section 3. Where two values are equal their vectors are not unique, and neither is a gradient through them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.graph import apply
from kerasflow.core.opdef import INEXACT, of_kind, op
from kerasflow.core.ops.diagonals import matrix_band_part, matrix_diag, matrix_diag_part
from kerasflow.core.ops.linalg import matmul
from kerasflow.core.ops.reshaping import expand_dims, matrix_transpose
from kerasflow.core.shapes import Dims
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import Spec

__all__ = ["self_adjoint_eig", "self_adjoint_eigvals", "svd"]


def _adjoint(t: Tensor) -> Tensor:
    return matrix_transpose(t, conjugate=True)


def _matrix(x: Spec) -> Dims:
    of_kind(INEXACT, x)
    if x.shape is not None and len(x.shape) < 2:
        raise ValueError(f"expected a matrix, got shape {shapes.show(x.shape)}")
    return x.shape


def _apart(values: Tensor) -> Tensor:
    """``1 / (values[j] - values[i])`` off the diagonal, 0 on it."""
    gaps = expand_dims(values, -2) - expand_dims(values, -1)
    ones = matrix_diag(apply("OnesLike", values))
    return apply("Reciprocal", gaps + ones) - ones


# Eigenvalues.


def _infer_eig(x: Spec, compute_v: bool) -> tuple[Spec, Spec]:
    dims = _matrix(x)
    if dims is not None and not shapes.compatible(dims[-1:], dims[-2:-1]):
        raise ValueError(f"the matrices must be square, got shape {shapes.show(dims)}")
    n = None if dims is None else shapes.merge(dims[-1:], dims[-2:-1])
    if dims is None or n is None:
        return Spec(x.dtype, None), Spec(x.dtype, None)
    values = (*dims[:-2], *n)
    return Spec(x.dtype, values), Spec(x.dtype, (*dims[:-2], *n, *n) if compute_v else (0,))


def _eig_vjp(n: Operation, gs: list[Any]) -> tuple[Tensor]:
    ge, gv = gs
    e, v = n.outputs if n.attrs["compute_v"] else apply("SelfAdjointEigV2", n.inputs[0], compute_v=True)
    inner = None if ge is None else matrix_diag(ge)
    if gv is not None and n.attrs["compute_v"]:
        turned = _apart(e) * matmul(v, gv, adjoint_a=True)
        inner = turned if inner is None else inner + turned
    g = matmul(v, matmul(inner, v, adjoint_b=True))
    # Only the lower triangle is read.
    lower = matrix_band_part(g + _adjoint(g), -1, 0)
    return (lower - matrix_diag(matrix_diag_part(g)),)


def _finite_matrices(x: Any) -> tuple[Any, Any]:
    """`x` with zeros for the matrices that hold an infinity or NaN, and which ones do not, with axes of size 1.

    LAPACK may search for the spectrum of such a matrix without end.
    """
    sound = np.isfinite(x).all((-2, -1), keepdims=True)
    return (x if sound.all() else np.where(sound, x, np.zeros((), x.dtype))), sound


def _or_nan(result: Any, sound: Any) -> Any:
    return result if sound.all() else np.where(sound, result, np.asarray(np.nan, result.dtype))


@op("SelfAdjointEigV2", infer=_infer_eig, vjp=_eig_vjp)
def _eig(x: Any, compute_v: bool) -> tuple[Any, Any]:
    if x.shape[-1] != x.shape[-2]:
        raise ValueError(f"the matrices must be square, got shape {x.shape}")
    finite, sound = _finite_matrices(x)
    values, vectors = np.linalg.eigh(finite)
    values, vectors = _or_nan(values.astype(x.dtype, copy=False), sound[..., 0]), _or_nan(vectors, sound)
    return values, vectors if compute_v else np.zeros(0, x.dtype)


def self_adjoint_eig(tensor: Any, name: str | None = None) -> tuple[Tensor, Tensor]:
    """The eigenvalues, from the smallest on, and the eigenvectors of symmetric (or Hermitian) matrices.

    ``tensor = v @ diag(e) @ adjoint(v)``. Only the lower triangle is read.

    Args:
        tensor: square matrices along the last two axes, floating-point or complex.

    Returns:
        (e, v): the values, and the vectors as the columns of matrices.

    Raises:
        ValueError: the matrices are not square.

    >>> e, v = tf.self_adjoint_eig([[2.0, 1.0], [1.0, 2.0]])
    >>> tf.Session().run(e)
    array([1., 3.], dtype=float32)
    """
    e, v = apply("SelfAdjointEigV2", tensor, compute_v=True, name=name)
    return e, v


def self_adjoint_eigvals(tensor: Any, name: str | None = None) -> Tensor:
    """The eigenvalues of symmetric (or Hermitian) matrices, from the smallest on. Only the lower triangle is read.

    Args:
        tensor: square matrices along the last two axes, floating-point or complex.

    >>> tf.Session().run(tf.self_adjoint_eigvals([[2.0, 1.0], [1.0, 2.0]]))
    array([1., 3.], dtype=float32)
    """
    return apply("SelfAdjointEigV2", tensor, compute_v=False, name=name)[0]


# Singular values.


def _infer_svd(x: Spec, compute_uv: bool, full_matrices: bool) -> tuple[Spec, ...]:
    dims = _matrix(x)
    if dims is None:
        return (Spec(x.dtype, None),) * 3
    *batch, m, n = dims
    k = None if m is None or n is None else min(m, n)
    if not compute_uv:
        return Spec(x.dtype, (*batch, k)), Spec(x.dtype, (0,)), Spec(x.dtype, (0,))
    u, v = ((m, m), (n, n)) if full_matrices else ((m, k), (n, k))
    return Spec(x.dtype, (*batch, k)), Spec(x.dtype, (*batch, *u)), Spec(x.dtype, (*batch, *v))


@op("Svd", infer=_infer_svd, vjp=lambda n, gs: _svd_vjp(n, gs))
def _svd(x: Any, compute_uv: bool, full_matrices: bool) -> tuple[Any, Any, Any]:
    finite, sound = _finite_matrices(x)
    if not compute_uv:
        none = np.zeros(0, x.dtype)
        values = np.linalg.svd(finite, compute_uv=False).astype(x.dtype, copy=False)
        return _or_nan(values, sound[..., 0]), none, none
    u, s, vh = np.linalg.svd(finite, full_matrices=full_matrices)
    v = np.ascontiguousarray(np.swapaxes(vh, -1, -2).conj())
    return _or_nan(s.astype(x.dtype, copy=False), sound[..., 0]), _or_nan(u, sound), _or_nan(v, sound)


def _svd_vjp(n: Operation, gs: list[Any]) -> tuple[Tensor]:
    x = n.inputs[0]
    if x.dtype.is_complex:
        raise LookupError(f"The gradient of the complex singular values {n.name!r} is not known.")
    if n.attrs["full_matrices"] and n.attrs["compute_uv"] and (x.dims is None or x.dims[-1] != x.dims[-2]):
        raise LookupError(f"The gradient of {n.name!r} is known with full_matrices=False only.")
    s, u, v = n.outputs if n.attrs["compute_uv"] else apply("Svd", x, compute_uv=True, full_matrices=False)
    gs_, gu, gv = gs if n.attrs["compute_uv"] else (gs[0], None, None)
    inner = apply("ZerosLike", matrix_diag(s)) if gs_ is None else matrix_diag(gs_)
    apart, diagonal, over = _apart(apply("Square", s)), matrix_diag(s), matrix_diag(apply("Reciprocal", s))
    outside = None
    if gu is not None:
        turned = apart * matmul(u, gu, transpose_a=True)
        inner += matmul(turned + matrix_transpose(turned), diagonal)
        outside = matmul(matmul(gu - matmul(u, matmul(u, gu, transpose_a=True)), over), v, transpose_b=True)
    if gv is not None:
        turned = apart * matmul(v, gv, transpose_a=True)
        inner += matmul(diagonal, turned + matrix_transpose(turned))
        rest = matmul(u, matmul(over, gv - matmul(v, matmul(v, gv, transpose_a=True)), transpose_b=True))
        outside = rest if outside is None else outside + rest
    g = matmul(u, matmul(inner, v, transpose_b=True))
    return (g if outside is None else g + outside,)


def svd(tensor: Any, full_matrices: bool = False, compute_uv: bool = True, name: str | None = None) -> Any:
    """The singular values of matrices, from the largest on, and their vectors: ``tensor = u @ diag(s) @ adjoint(v)``.

    Args:
        tensor: matrices along the last two axes, floating-point or complex.
        full_matrices: whether u and v are made square; by default they have as many columns as there are values.
        compute_uv: whether to compute them at all.

    Returns:
        (s, u, v), or s alone.

    Raises:
        ValueError: `tensor` has less than two axes.

    >>> tf.Session().run(tf.svd([[3.0, 0.0], [0.0, -4.0]], compute_uv=False))
    array([4., 3.], dtype=float32)
    """
    s, u, v = apply("Svd", tensor, compute_uv=compute_uv, full_matrices=bool(full_matrices), name=name)
    return (s, u, v) if compute_uv else s
