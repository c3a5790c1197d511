"""What follows from singular values, rank and pseudo-inverse; normalised tensors; slices without some rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.graph import apply, convert
from kerasflow.core.ops.linalg import matmul
from kerasflow.core.ops.reduction import reduce_sum
from kerasflow.core.ops.reduction_extrema import reduce_max
from kerasflow.core.ops.selecting import where_v2
from kerasflow.core.ops.spectra import svd
from kerasflow.core.ops.vectors import norm
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import IndexedSlices, Tensor

__all__ = ["matrix_rank", "normalize", "pinv", "sparse_mask"]


def _largest_size(a: Tensor, what: str) -> int:
    sizes = [None] if a.dims is None else [*a.dims[-2:]]
    if a.dims is None or len(a.dims) < 2 or None in sizes:
        raise ValueError(f"{what} needs matrices of known size, got {a}.")
    return max(n for n in sizes if n is not None)


def matrix_rank(a: Any, tol: Any = None, validate_args: bool = False, name: str | None = None) -> Tensor:
    """How many singular values of matrices are larger than `tol`.

    Args:
        a: matrices along the last two axes.
        tol: by default the largest singular value times the largest size times the precision of the type.
        validate_args: accepted and without effect.

    Raises:
        ValueError: there are no matrices, or their size is not known.

    >>> tf.Session().run(tf.linalg.matrix_rank([[1.0, 2.0], [2.0, 4.0]]))
    np.int32(1)
    """
    with name_scope(name, "matrix_rank", [a, tol]):
        a = convert(a)
        size = _largest_size(a, "matrix_rank")
        s = svd(a, compute_uv=False)
        if tol is None:
            eps = float(np.finfo(a.dtype.numpy).eps)
            tol = eps * size * reduce_max(s, axis=-1, keepdims=True)
        return reduce_sum(apply("Cast", s > tol, dtype=types.int32), axis=-1)


def pinv(a: Any, rcond: Any = None, validate_args: bool = False, name: str | None = None) -> Tensor:
    """The pseudo-inverse of matrices, of Moore and Penrose: ``v s^-1 u^T`` without the singular values that are 0.

    Args:
        a: matrices along the last two axes, floating-point.
        rcond: what is at most that, times the largest, counts as 0; by default ten times the largest size times the
            precision of the type.
        validate_args: accepted and without effect.

    Raises:
        ValueError: there are no matrices, or their size is not known.

    >>> tf.Session().run(tf.linalg.pinv([[2.0, 0.0], [0.0, 0.0]])).round(3)
    array([[0.5, 0. ],
           [0. , 0. ]], dtype=float32)
    """
    with name_scope(name, "pinv", [a, rcond]):
        a = convert(a)
        size = _largest_size(a, "pinv")
        if rcond is None:
            rcond = 10.0 * size * float(np.finfo(a.dtype.numpy).eps)
        s, u, v = svd(a)
        limit = convert(rcond, a.dtype) * reduce_max(s, axis=-1, keepdims=True)
        # Where nothing is divided 1 stands for the value, so that the gradient stays finite.
        inverse = where_v2(s > limit, 1.0 / where_v2(s > limit, s, apply("OnesLike", s)), apply("ZerosLike", s))
        return matmul(v * apply("ExpandDims", inverse, axis=-2), u, adjoint_b=True)


def normalize(tensor: Any, ord: Any = "euclidean", axis: Any = None, name: str | None = None) -> tuple[Tensor, Tensor]:
    """A tensor over its norm, and that norm; see `norm` for the arguments.

    >>> unit, length = tf.linalg.normalize([3.0, 4.0])
    >>> tf.Session().run([unit, length])
    [array([0.6, 0.8], dtype=float32), array([5.], dtype=float32)]
    """
    with name_scope(name, "normalize", [tensor]):
        x = convert(tensor)
        length = norm(x, ord, axis, keepdims=True)
        return x / length, length


def sparse_mask(a: IndexedSlices, mask_indices: Any, name: str | None = None) -> IndexedSlices:
    """Slices without those of some rows.

    Args:
        a: the slices.
        mask_indices: the numbers of the rows that are left out.

    >>> slices = tf.IndexedSlices(tf.constant([[1], [2], [3]]), tf.constant([10, 20, 30]))
    >>> tf.Session().run(tf.sparse.mask(slices, [20]).indices)
    array([10, 30], dtype=int32)
    """
    with name_scope(name, "sparse_mask"):
        left_out = apply("Equal", apply("ExpandDims", a.indices, axis=1), convert(mask_indices, a.indices.dtype))
        kept = apply("Where", apply("LogicalNot", apply("Any", left_out, axis=(1,), keepdims=False)))[:, 0]
        values, indices = (apply("GatherV2", t, kept, axis=0, batch_dims=0) for t in (a.values, a.indices))
        return IndexedSlices(values, indices, a.dense_shape)
