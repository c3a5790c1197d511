"""Linear algebra: products, decompositions and solutions."""

from kerasflow.core import ops
from kerasflow.core.ops import (
    cholesky,
    cross,
    eye,
    l2_normalize,
    matmul,
    matrix_transpose,
    norm,
    qr,
    tensordot,
    trace,
    transpose,
)
from kerasflow.train.clipping import global_norm

# fmt: off
__all__ = [
    "band_part", "cholesky", "cross", "det", "diag", "diag_part", "eye", "global_norm", "inv", "l2_normalize",
    "matmul", "matrix_transpose", "norm", "qr", "solve", "tensor_diag", "tensor_diag_part", "tensordot",
    "trace", "transpose", "triangular_solve",
]
# fmt: on

band_part = ops.matrix_band_part
det = ops.matrix_determinant
diag = ops.matrix_diag
diag_part = ops.matrix_diag_part
inv = ops.matrix_inverse
solve = ops.matrix_solve
tensor_diag = ops.diag
tensor_diag_part = ops.diag_part
triangular_solve = ops.matrix_triangular_solve
