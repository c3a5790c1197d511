"""Places in memory: views of arrays, and elements that are picked by an index computed in the run."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from kerasflow.core.engine.native.expressions import Builder, Scalar
from kerasflow.core.engine.native.groups import Value
from kerasflow.core.types import DType

__all__ = [
    "Pick",
    "Picked",
    "alongside",
    "backwards",
    "block",
    "layer",
    "moved_block",
    "part",
    "permuted",
    "restrided",
    "sliced",
]

Ints = tuple[int, ...]
BUILDER = Builder()


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

    @property
    def shape(self) -> Ints:
        """The shape of the loops that pick."""
        return self.base.shape


def part(v: Value, axis: int, start: int, count: int, step: int = 1) -> Value:
    """``v[start], v[start + step], ...`` along `axis`, `count` of them."""
    shape = (*v.shape[:axis], count, *v.shape[axis + 1 :])
    strides = (*v.strides[:axis], v.strides[axis] * step, *v.strides[axis + 1 :])
    return Value(v.dtype, shape, v.storage, strides, v.offset + start * v.strides[axis], v.literal)


def block(v: Value, begin: Sequence[int], sizes: Sequence[int]) -> Value:
    """The part of `v` that begins at `begin`."""
    for axis, (start, count) in enumerate(zip(begin, sizes, strict=True)):
        v = part(v, axis, start, count)
    return v


def moved_block(v: Value, begin: Value, sizes: Ints) -> Picked:
    """The part of `v` that begins where the vector `begin` says in the run."""
    starts = [alongside(layer(begin, 0, k), sizes, ()) for k in range(len(sizes))]
    picks = [Pick(i, n - m + 1, s) for i, n, m, s in zip(starts, v.shape, sizes, v.strides, strict=True) if n > m]
    return Picked(block(v, [0] * len(sizes), sizes), tuple(picks))


def backwards(v: Value, axis: int) -> Value:
    """`v` with the order along `axis` reversed."""
    return part(v, axis, v.shape[axis] - 1, v.shape[axis], -1)


def alongside(v: Value, shape: Ints, axes: Sequence[int], repeated: Sequence[int] = ()) -> Value:
    """`v` as a view for loops over `shape`, of which its axes are the ones of these numbers, in order.

    Along the axes `repeated`, and along those it does not have, it stays where it is.
    """
    strides = [0] * len(shape)
    for i, n, s in zip(axes, v.shape, v.strides, strict=True):
        strides[i] = 0 if i in repeated or n == 1 else s
    return Value(v.dtype, shape, v.storage, tuple(strides), v.offset, v.literal)


def sliced(v: Value, items: Sequence[Any], number: Callable[[Any], Any]) -> tuple[Value, tuple[Pick, ...]]:
    """The part of `v` that `items` stand for, as `kerasflow.core.indexing` has them, and the picks that lead there.

    ``number(i)`` is the index that `i` in an item stands for, an int or an array.
    """
    items = items if "rest" in items else (*items, "rest")
    rest = len(v.shape) - sum(item not in ("new", "rest") for item in items)
    picks: list[Pick] = []
    axis = 0
    for item in items:
        if item == "new":
            v = _with_axis(v, axis)
            axis += 1
        elif item == "rest":
            axis += rest
        elif item[0] == "slice":
            places = range(*slice(*map(number, item[1:])).indices(v.shape[axis]))
            v = part(v, axis, places.start, len(places), places.step)
            axis += 1
        else:
            i, n, stride = number(item[1]), v.shape[axis], v.strides[axis]
            if isinstance(i, Value):
                picks.append(Pick(i, n, stride, functools.partial(_from_end, n)))
            v = layer(v, axis, 0 if isinstance(i, Value) else i % n)
    return v, tuple(picks)


def _from_end(n: int, i: Scalar) -> Scalar:
    """A negative index counts from the end."""
    return BUILDER.select(i < 0, i + n, i)


def _with_axis(v: Value, axis: int) -> Value:
    shape, strides = (*v.shape[:axis], 1, *v.shape[axis:]), (*v.strides[:axis], 0, *v.strides[axis:])
    return Value(v.dtype, shape, v.storage, strides, v.offset, v.literal)


def layer(v: Value, axis: int, k: int) -> Value:
    """``v[k]`` along `axis`, without that axis."""
    v = part(v, axis, k, 1)
    shape, strides = (t[:axis] + t[axis + 1 :] for t in (v.shape, v.strides))
    return Value(v.dtype, shape, v.storage, strides, v.offset, v.literal)


def permuted(v: Value, order: Sequence[int]) -> Value:
    """`v` with its axes in another order."""
    shape, strides = (tuple(t[i] for i in order) for t in (v.shape, v.strides))
    return Value(v.dtype, shape, v.storage, strides, v.offset, v.literal)


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
