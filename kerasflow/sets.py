"""The last axis of tensors as sets."""

from kerasflow.core import ops
from kerasflow.core.ops import set_difference, set_intersection, set_size, set_union

# fmt: off
__all__ = [
    "difference", "intersection", "set_difference", "set_intersection", "set_size", "set_union", "size", "union",
]
# fmt: on

difference = ops.set_difference
intersection = ops.set_intersection
size = ops.set_size
union = ops.set_union
