"""Linear algebra: products, decompositions and solutions."""

from kerasflow.core import ops
from kerasflow.core.ops import (
    adjoint,
    cholesky,
    cholesky_solve,
    cross,
    einsum,
    eye,
    l2_normalize,
    logdet,
    matmul,
    matrix_rank,
    matrix_transpose,
    matvec,
    norm,
    normalize,
    pinv,
    qr,
    slogdet,
    svd,
    tensordot,
    trace,
    transpose,
)
from kerasflow.train.clipping import global_norm

# fmt: off
__all__ = [
    "adjoint", "band_part", "cholesky", "cholesky_solve", "cross", "det", "diag", "diag_part", "eigh",
    "eigvalsh", "einsum", "eye", "global_norm", "inv", "l2_normalize", "logdet", "lstsq", "matmul",
    "matrix_rank", "matrix_transpose", "matvec", "norm", "normalize", "pinv", "qr", "set_diag", "slogdet",
    "solve", "svd", "tensor_diag", "tensor_diag_part", "tensordot", "trace", "transpose", "triangular_solve",
]
# fmt: on

band_part = ops.matrix_band_part
det = ops.matrix_determinant
diag = ops.matrix_diag
diag_part = ops.matrix_diag_part
eigh = ops.self_adjoint_eig
eigvalsh = ops.self_adjoint_eigvals
inv = ops.matrix_inverse
lstsq = ops.matrix_solve_ls
set_diag = ops.matrix_set_diag
solve = ops.matrix_solve
tensor_diag = ops.diag
tensor_diag_part = ops.diag_part
triangular_solve = ops.matrix_triangular_solve
