"""Places in memory: views of arrays, and elements that are picked by an index computed in the run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kerasflow.core.engine.native.expressions import Scalar
from kerasflow.core.engine.native.groups import Value
from kerasflow.core.types import DType

__all__ = ["Pick", "Picked", "part", "restrided"]

Ints = tuple[int, ...]


@dataclass(frozen=True)
class Pick:
    """An index in [0, size) that moves a place by `stride`: an array of integers, or the place along a loop's axis.

    `move` makes the index of the integer; what lies outside is held at the nearest bound.
    """

    index: Value | int
    size: int
    stride: int
    move: Callable[[Scalar], Scalar] = lambda i: i


@dataclass(frozen=True, eq=False)
class Picked:
    """Elements of the array `base`, each further on by what `picks` say."""

    base: Value
    picks: tuple[Pick, ...]

    @property
    def dtype(self) -> DType:
        """The type of the elements."""
        return self.base.dtype


def part(v: Value, axis: int, start: int, count: int, step: int = 1) -> Value:
    """``v[start], v[start + step], ...`` along `axis`, `count` of them."""
    shape = (*v.shape[:axis], count, *v.shape[axis + 1 :])
    strides = (*v.strides[:axis], v.strides[axis] * step, *v.strides[axis + 1 :])
    return Value(v.dtype, shape, v.storage, strides, v.offset + start * v.strides[axis], v.literal)


def restrided(shape: Ints, strides: Ints, wanted: Ints) -> Ints | None:
    """The strides under which the array is one of shape `wanted`, of as many elements; None if it takes a copy."""
    blocks: list[list[int]] = []  # neighbouring axes that can be walked as one: their size and the last one's stride
    for n, s in zip(shape, strides, strict=True):
        if n == 1:
            continue
        if blocks and blocks[-1][1] == n * s:
            blocks[-1] = [blocks[-1][0] * n, s]
        else:
            blocks.append([n, s])
    found: list[int] = []
    for n in reversed(wanted):
        if n == 1:
            found.append(0)
            continue
        size, stride = blocks[-1]
        if size % n:
            return None
        found.append(stride)
        blocks[-1] = [size // n, stride * n]
        if size == n:
            blocks.pop()
    return tuple(reversed(found))
