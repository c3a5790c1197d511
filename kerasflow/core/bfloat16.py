"""bfloat16: the upper half of a float32, eight bits of exponent and seven of fraction. NumPy has no such type.

An array of it is an array of bits, a structure with the one field ``bfloat16``, so that it is taken for nothing else.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core.types import bfloat16

__all__ = ["from_bits", "to_bits"]


def to_bits(numbers: Any) -> np.ndarray[Any, Any]:
    """Real numbers as bfloat16: the nearest one, of two as near the one whose last bit is 0.

    >>> from kerasflow.core.bfloat16 import from_bits, to_bits
    >>> from_bits(to_bits(np.array([1.0, 3.14159, 1e39])))
    array([1.      , 3.140625,      inf], dtype=float32)
    """
    with np.errstate(over="ignore"):
        single = np.asarray(numbers, np.float32)
    bits = single.view(np.uint32)
    upper = (bits + (0x7FFF + ((bits >> 16) & 1))) >> 16
    upper = np.where(np.isnan(single), (bits >> 16) | 0x40, upper)
    packed = np.empty(single.shape, bfloat16.numpy)
    packed["bfloat16"] = upper
    return packed


def from_bits(packed: Any) -> np.ndarray[Any, Any]:
    """The numbers in an array of bfloat16, as float32; it has all of them."""
    return (np.asarray(packed["bfloat16"]).astype(np.uint32) << 16).view(np.float32)
