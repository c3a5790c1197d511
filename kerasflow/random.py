"""Random numbers: draws that follow the seeds of graph and operation."""

from kerasflow.core import ops
from kerasflow.core.ops import get_seed, truncated_normal
from kerasflow.core.scopes import set_random_seed

# fmt: off
__all__ = [
    "get_seed", "normal", "set_random_seed", "shuffle", "truncated_normal", "uniform",
]
# fmt: on

normal = ops.random_normal
shuffle = ops.random_shuffle
uniform = ops.random_uniform
