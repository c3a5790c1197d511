"""Sparse tensors: making, changing, reducing and multiplying them."""

from kerasflow.core import ops
from kerasflow.core.ops import from_dense
from kerasflow.core.sparse_tensor import SparseTensor

# fmt: off
__all__ = [
    "SparseTensor", "add", "concat", "cross", "cross_hashed", "expand_dims", "eye", "fill_empty_rows",
    "from_dense", "mask", "matmul", "maximum", "merge", "minimum", "placeholder", "reduce_max",
    "reduce_max_sparse", "reduce_sum", "reduce_sum_sparse", "reorder", "reset_shape", "reshape", "retain",
    "segment_mean", "segment_sqrt_n", "segment_sum", "slice", "softmax", "sparse_dense_matmul", "split",
    "to_dense", "to_indicator", "transpose",
]
# fmt: on

add = ops.sparse_add
concat = ops.sparse_concat
expand_dims = ops.sparse_expand_dims
eye = ops.sparse_eye
fill_empty_rows = ops.sparse_fill_empty_rows
mask = ops.sparse_mask
matmul = ops.sparse_tensor_dense_matmul
sparse_dense_matmul = ops.sparse_tensor_dense_matmul
maximum = ops.sparse_maximum
minimum = ops.sparse_minimum
merge = ops.sparse_merge
placeholder = ops.sparse_placeholder
reduce_max = ops.sparse_reduce_max
reduce_sum = ops.sparse_reduce_sum
reduce_max_sparse = ops.sparse_reduce_max_sparse
reduce_sum_sparse = ops.sparse_reduce_sum_sparse
reorder = ops.sparse_reorder
reset_shape = ops.sparse_reset_shape
reshape = ops.sparse_reshape
retain = ops.sparse_retain
segment_mean = ops.sparse_segment_mean
segment_sqrt_n = ops.sparse_segment_sqrt_n
segment_sum = ops.sparse_segment_sum
slice = ops.sparse_slice
softmax = ops.sparse_softmax
split = ops.sparse_split
to_dense = ops.sparse_tensor_to_dense
to_indicator = ops.sparse_to_indicator
transpose = ops.sparse_transpose
cross = ops.sparse_cross
cross_hashed = ops.sparse_cross_hashed
