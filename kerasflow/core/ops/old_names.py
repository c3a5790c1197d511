"""The names that functions had before TensorFlow 1.0, for programs and courses that were written with them."""

from __future__ import annotations

from kerasflow.core import scopes
from kerasflow.core.deprecation import renamed
from kerasflow.core.ops import (
    arithmetic,
    diagonals,
    division,
    joining,
    linalg,
    reduction_extrema,
    reshaping,
    selecting,
    solving,
)

__all__ = [
    "all_variables",
    "arg_max",
    "arg_min",
    "batch_cholesky",
    "batch_matmul",
    "batch_matrix_band_part",
    "batch_matrix_determinant",
    "batch_matrix_diag",
    "batch_matrix_inverse",
    "batch_matrix_solve",
    "batch_matrix_transpose",
    "complex_abs",
    "floor_div",
    "initialize_all_variables",
    "initialize_local_variables",
    "initialize_variables",
    "inv",
    "mul",
    "neg",
    "pack",
    "select",
    "sub",
    "unpack",
]

all_variables = renamed("all_variables", "global_variables", scopes.global_variables)
arg_max = renamed("arg_max", "argmax", reduction_extrema.argmax)
arg_min = renamed("arg_min", "argmin", reduction_extrema.argmin)
batch_cholesky = renamed("batch_cholesky", "cholesky", solving.cholesky)
batch_matmul = renamed("batch_matmul", "matmul", linalg.matmul)
batch_matrix_band_part = renamed("batch_matrix_band_part", "matrix_band_part", diagonals.matrix_band_part)
batch_matrix_determinant = renamed("batch_matrix_determinant", "matrix_determinant", solving.matrix_determinant)
batch_matrix_diag = renamed("batch_matrix_diag", "matrix_diag", diagonals.matrix_diag)
batch_matrix_inverse = renamed("batch_matrix_inverse", "matrix_inverse", solving.matrix_inverse)
batch_matrix_solve = renamed("batch_matrix_solve", "matrix_solve", solving.matrix_solve)
batch_matrix_transpose = renamed("batch_matrix_transpose", "matrix_transpose", reshaping.matrix_transpose)
complex_abs = renamed("complex_abs", "abs", arithmetic.abs)
floor_div = renamed("floor_div", "floordiv", division.floordiv)
initialize_all_variables = renamed(
    "initialize_all_variables", "global_variables_initializer", scopes.global_variables_initializer
)
initialize_local_variables = renamed(
    "initialize_local_variables", "local_variables_initializer", scopes.local_variables_initializer
)
initialize_variables = renamed("initialize_variables", "variables_initializer", scopes.variables_initializer)
inv = renamed("inv", "reciprocal", division.reciprocal)
mul = renamed("mul", "multiply", arithmetic.multiply)
neg = renamed("neg", "negative", arithmetic.negative)
pack = renamed("pack", "stack", joining.stack)
select = renamed("select", "where", selecting.where)
sub = renamed("sub", "subtract", arithmetic.subtract)
unpack = renamed("unpack", "unstack", joining.unstack)
