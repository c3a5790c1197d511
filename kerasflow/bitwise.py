"""Operations on the bits of integers."""

from kerasflow.core.ops import bitwise_and, bitwise_or, bitwise_xor, invert, left_shift, right_shift

# fmt: off
__all__ = [
    "bitwise_and", "bitwise_or", "bitwise_xor", "invert", "left_shift", "right_shift",
]
# fmt: on
