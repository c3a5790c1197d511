"""Checks that run with the graph."""

from kerasflow.core import ops
from kerasflow.core.ops import Assert, check_numerics, is_finite, is_inf, is_nan

# fmt: off
__all__ = [
    "Assert", "assert_all_finite", "check_numerics", "is_finite", "is_inf", "is_nan",
]
# fmt: on

assert_all_finite = ops.verify_tensor_all_finite
