"""Matrices taken apart into orthogonal and triangular factors."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.graph import apply
from kerasflow.core.opdef import FLOAT, of_kind, op
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec

__all__ = ["Qr", "qr"]


class Qr(NamedTuple):
    """What `qr` gives."""

    q: Tensor
    r: Tensor


def _infer_qr(x: Spec, full_matrices: bool) -> tuple[Spec, Spec]:
    of_kind(FLOAT, x)
    if x.dtype.size == 2:
        raise TypeError(f"{x.dtype.name} is not precise enough for this: cast to float32")
    if x.shape is None:
        return Spec(x.dtype, None), Spec(x.dtype, None)
    if len(x.shape) < 2:
        raise ValueError(f"expected matrices, got shape {shapes.show(x.shape)}")
    *batch, m, n = x.shape
    inner = m if full_matrices else None if m is None or n is None else min(m, n)
    return Spec(x.dtype, (*batch, m, inner)), Spec(x.dtype, (*batch, inner, n))


def _product(a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False) -> Any:
    return apply("MatMul", a, b, transpose_a=transpose_a, transpose_b=transpose_b)


def _qr_vjp(n: Any, gs: list[Any]) -> tuple[Any]:
    """``(Gq + Q C) R^-T``, C the symmetric matrix with the lower triangle of ``R Gr^T - Gq^T Q``."""
    q, r = n.outputs
    gq, gr = (apply("ZerosLike", t) if g is None else g for g, t in zip(gs, (q, r), strict=True))
    rows, columns = (n.inputs[0].dims or (None, None))[-2:]
    if n.attrs["full_matrices"] or rows is not None and columns is not None and rows < columns:
        raise LookupError(f"The derivative of {n.name!r} is known for reduced factors of tall matrices only.")
    whole = _product(r, gr, transpose_b=True) - _product(gq, q, transpose_a=True)
    lower = apply("MatrixBandPart", whole, lower=-1, upper=0)
    diagonal = apply("MatrixDiag", apply("MatrixDiagPart", whole))
    mirrored = lower + apply("Transpose", lower - diagonal, perm=(-1, -2))
    inner = apply("Transpose", gq + _product(q, mirrored), perm=(-1, -2))
    solved = apply("MatrixTriangularSolve", r, inner, lower=False, adjoint=False)
    return (apply("Transpose", solved, perm=(-1, -2)),)


@op("Qr", infer=_infer_qr, vjp=_qr_vjp)
def _qr(x: Any, full_matrices: bool) -> tuple[Any, Any]:
    q, r = np.linalg.qr(x, "complete" if full_matrices else "reduced")
    return q, r


def qr(input: Any, full_matrices: bool = False, name: str | None = None) -> Qr:
    """Matrices as products ``Q R`` of one with orthonormal columns and an upper triangular one.

    Args:
        input: floating-point matrices, [..., m, n].
        full_matrices: whether Q is [..., m, m] and R [..., m, n]; else both have min(m, n) columns or rows there.
        name: the operation's name.

    Returns:
        A pair (q, r). The signs of the diagonal of R are LAPACK's.

    Raises:
        ValueError: the input is no matrix. TypeError: it is not float32 or float64.
        LookupError: a gradient is taken with ``m < n`` or `full_matrices`.

    Source: of the derivative, Walter and Lehmann, "Algorithmic differentiation of linear algebra functions", 2010,
    section 3.

    >>> q, r = tf.Session().run(tf.qr([[3.0, 1.0], [4.0, 2.0]]))
    >>> (q @ r).round(5)
    array([[3., 1.],
           [4., 2.]], dtype=float32)
    """
    return Qr(*apply("Qr", input, full_matrices=bool(full_matrices), name=name))
