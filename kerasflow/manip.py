"""Changing where elements lie."""

from kerasflow.core.ops import gather_nd, reshape, reverse, roll, scatter_nd, tile

# fmt: off
__all__ = [
    "gather_nd", "reshape", "reverse", "roll", "scatter_nd", "tile",
]
# fmt: on
