"""Checks that run with the graph."""

from kerasflow.core.ops import is_finite, is_inf, is_nan

# fmt: off
__all__ = [
    "is_finite", "is_inf", "is_nan",
]
# fmt: on
