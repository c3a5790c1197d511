"""Sparse tensors: making, changing, reducing and multiplying them."""

from kerasflow.core import ops

# fmt: off
__all__ = [
    "segment_mean", "segment_sqrt_n", "segment_sum",
]
# fmt: on

segment_mean = ops.sparse_segment_mean
segment_sqrt_n = ops.sparse_segment_sqrt_n
segment_sum = ops.sparse_segment_sum
