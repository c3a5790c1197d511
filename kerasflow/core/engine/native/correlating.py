"""The code of convolutions: sums of products along windows, kept in registers.

A convolution with padded input is ``y[p] = sum over k of x[p + k] w[k]``, with places p, elements of the window k, and
a row of output channels for each k in w. The code takes a few neighbouring places and a few vectors of output channels
at once, keeps their sums in registers and runs over the window, so that each vector of the filter is used for all
places and each number of the input for all vectors. Nothing is copied out of the input. The gradient by the filter is
the same with the roles of p and k exchanged.

Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", 2008, has the idea for products.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kerasflow.core.engine.native.padding import clear
from kerasflow.core.engine.native.scalars import in_memory
from kerasflow.core.engine.native.vectors import (
    Lanes,
    Piece,
    at,
    constant,
    function_of,
    in_chunks,
    machine,
    nested,
    pieces_of,
)
from kerasflow.core.types import DType

__all__ = ["Correlation", "emit_correlation", "emit_filter_gradient"]

Ints = tuple[int, ...]
_UNROLLED = 4  # blocks of the window that are written out rather than run over in a loop


@dataclass(frozen=True)
class Correlation:
    """Where the numbers are: all steps and offsets count elements.

    `counts` are the numbers of places, images first, with the steps from one to the next in x and in y. `taps` are the
    sizes of the window, its last axis with the channels if they lie side by side, with the steps in x; in w they lie
    one after the other, each with its row of `outputs`. If `by_channel`, each output channel has its own input channel,
    and a tap takes the row of them; else a tap is one number, for all output channels.
    """

    dtype: DType
    counts: Ints
    x_steps: Ints
    y_steps: Ints
    taps: Ints
    tap_steps: Ints
    outputs: int
    by_channel: bool = False
    x_offset: int = 0
    y_offset: int = 0

    @property
    def name(self) -> str:
        """What tells it from others, for names of functions."""
        parts = (self.counts, self.x_steps, self.y_steps, self.taps, self.tap_steps)
        words = ["x".join(map(str, p)) for p in parts]
        return f"{self.dtype.name}.{'.'.join(words)}.{self.outputs}.{int(self.by_channel)}"

    def operand(self, b: Any, x: Any, place: Any, row: Any, pieces: Sequence[Piece]) -> list[Any]:
        """What multiplies each piece of a row: the number at `place`, or the pieces of the row that is there."""
        if self.by_channel:
            start = b.add(place, row)
            return [Lanes(self.dtype, w).load(b, x, b.add(start, constant(first))) for first, w in pieces]
        single = b.load(at(b, x, place, self.dtype), typ=in_memory(self.dtype))
        made: dict[int, Any] = {}
        for _, width in pieces:
            if width not in made:
                made[width] = Lanes(self.dtype, width).splat(b, single)
        return [made[w] for _, w in pieces]


def _sum_of(b: Any, indices: Sequence[Any], steps: Sequence[int]) -> Any:
    """The place that these indices lead to."""
    total = constant(0)
    for i, step in zip(indices, steps, strict=True):
        total = b.add(total, b.mul(i, constant(step)))
    return total


def _split(count: int, most: int) -> list[tuple[int, int, int]]:
    """`count` places in blocks of at most `most`, as even as can be: (first, places in a block, blocks)."""
    size = -(-count // -(-count // most))
    found = [(0, size, count // size)]
    if count % size:
        found.append((count - count % size, count % size, 1))
    return found


def _together(pieces: Sequence[Piece]) -> int:
    """How many pieces of a row are worked on at once."""
    return 2 if len(pieces) % 4 else 4


def _sums(pieces: Sequence[Piece]) -> int:
    """How many rows of sums there is room for in the registers."""
    registers = machine()[1]
    return (
        max(1, (registers - 4 - len(pieces)) // len(pieces) // 2 * 2) if registers > 16 else max(1, 12 // len(pieces))
    )


# Forward.


def emit_correlation(c: Correlation, b: Any, x: Any, w: Any, y: Any) -> None:
    """Call the code that computes y from x and w."""
    function, inner, is_new = function_of(b.module, f"correlation.{c.name}", 3)
    if is_new:
        _write_correlation(c, inner, *function.args)
    b.call(function, [at(b, x, c.x_offset, c.dtype), w, at(b, y, c.y_offset, c.dtype)])


def _write_correlation(c: Correlation, b: Any, x: Any, w: Any, y: Any) -> None:
    pieces = pieces_of(c.outputs, c.dtype)
    *outer, rows, columns = c.counts
    with nested(b, outer) as turns:
        x_image, y_image = (at(b, p, _sum_of(b, turns, s[:-2]), c.dtype) for p, s in ((x, c.x_steps), (y, c.y_steps)))
        for row, chunk in in_chunks(b, pieces, _together(pieces)):
            for (first, height, blocks), (left, width, more) in _tiles(rows, columns, _sums(chunk)):
                with nested(b, (blocks, more)) as (i, j):
                    down = b.add(b.mul(i, constant(height)), constant(first))
                    along = b.add(b.mul(j, constant(width)), constant(left))
                    x_tile, y_tile = (
                        at(b, p, _sum_of(b, (down, along), s[-2:]), c.dtype)
                        for p, s in ((x_image, c.x_steps), (y_image, c.y_steps))
                    )
                    _write_tile(c, b, (x_tile, w, y_tile), (height, width), row, chunk)
    b.ret_void()


def _tiles(rows: int, columns: int, most: int) -> Iterator[tuple[tuple[int, int, int], tuple[int, int, int]]]:
    """Rectangles of at most `most` places that cover all of them."""
    across = _split(columns, most)
    high = max(1, most // columns) if len(across) == 1 and across[0][2] == 1 else 1
    for down in _split(rows, high):
        for along in across:
            yield down, along


def _write_tile(c: Correlation, b: Any, arrays: Any, size: Ints, row: Any, pieces: Sequence[Piece]) -> None:
    """The sums for a rectangle of places and one chunk of output channels, from number `row` on."""
    x, w, y = arrays
    places = [(i, j) for i in range(size[0]) for j in range(size[1])]
    lanes = [Lanes(c.dtype, width) for _, width in pieces]
    sums = [[lane.local(b, lane.number(0.0)) for lane in lanes] for _ in places]
    with nested(b, c.taps) as taps:
        tap = _sum_of(b, taps, [math.prod(c.taps[k + 1 :]) for k in range(len(c.taps))])
        start = b.add(b.mul(tap, constant(c.outputs)), row)
        factors = [v.load(b, w, b.add(start, constant(s))) for v, (s, _) in zip(lanes, pieces, strict=True)]
        reach = _sum_of(b, taps, c.tap_steps)
        for (i, j), total in zip(places, sums, strict=True):
            place = b.add(reach, constant(i * c.x_steps[-2] + j * c.x_steps[-1]))
            numbers = c.operand(b, x, place, row, pieces)
            _add_products(b, lanes, total, numbers, factors)
    for (i, j), total in zip(places, sums, strict=True):
        where = b.add(row, constant(i * c.y_steps[-2] + j * c.y_steps[-1]))
        for lane, place, (s, _) in zip(lanes, total, pieces, strict=True):
            lane.store(b, lane.get(b, place), y, b.add(where, constant(s)))


def _add_products(b: Any, lanes: Sequence[Lanes], sums: Sequence[Any], xs: Sequence[Any], ys: Sequence[Any]) -> None:
    for lane, total, p, q in zip(lanes, sums, xs, ys, strict=True):
        b.store(lane.call(b, "fmuladd", p, q, lane.get(b, total)), total)


# The gradient by the filter.


def emit_filter_gradient(c: Correlation, b: Any, x: Any, y: Any, w: Any) -> None:
    """Call the code that computes the gradient w from x and from the gradient y of the result."""
    function, inner, is_new = function_of(b.module, f"filter.{c.name}", 3)
    if is_new:
        _write_filter_gradient(c, inner, *function.args)
    b.call(function, [at(b, x, c.x_offset, c.dtype), at(b, y, c.y_offset, c.dtype), w])


def _write_filter_gradient(c: Correlation, b: Any, x: Any, y: Any, w: Any) -> None:
    """The sums over one image are added to those over all, so that errors do not pile up."""
    clear(b, w, math.prod(c.taps) * c.outputs, c.dtype)
    pieces = pieces_of(c.outputs, c.dtype)
    with nested(b, c.counts[:1]) as (image,):
        arrays = [at(b, p, b.mul(image, constant(s[0])), c.dtype) for p, s in ((x, c.x_steps), (y, c.y_steps))]
        for row, chunk in in_chunks(b, pieces, min(_together(pieces), 2)):
            _write_blocks(c, b, (*arrays, w), row, chunk)
    b.ret_void()


def _write_blocks(c: Correlation, b: Any, arrays: Any, row: Any, pieces: Sequence[Piece]) -> None:
    """Run over the window in blocks of neighbours that there is room for in the registers."""
    most, (x, y, w) = _sums(pieces), arrays
    places = [
        sum((n // math.prod(c.taps[k + 1 :])) % c.taps[k] * c.tap_steps[k] for k in range(len(c.taps)))
        for n in range(math.prod(c.taps))
    ]
    if len(places) <= _UNROLLED * most:
        for first, size, blocks in _split(len(places), most):
            for n in range(first, first + size * blocks, size):
                _write_block(c, b, arrays, places[n : n + size], constant(n), row, pieces)
        return
    *outer, last = c.taps
    for first, size, blocks in _split(last, most):
        with nested(b, (*outer, blocks)) as (*turns, i):
            along = b.add(b.mul(i, constant(size)), constant(first))
            tap = _sum_of(b, (*turns, along), [math.prod(c.taps[k + 1 :]) for k in range(len(c.taps))])
            moved = at(b, x, _sum_of(b, (*turns, along), c.tap_steps), c.dtype)
            _write_block(c, b, (moved, y, w), [k * c.tap_steps[-1] for k in range(size)], tap, row, pieces)


def _write_block(
    c: Correlation, b: Any, arrays: Any, taps: Sequence[int], tap: Any, row: Any, pieces: Sequence[Piece]
) -> None:
    """The sums over the places of one image, for taps at these places from number `tap` on."""
    x, y, w = arrays
    lanes = [Lanes(c.dtype, width) for _, width in pieces]
    sums = [[lane.local(b, lane.number(0.0)) for lane in lanes] for _ in taps]
    with nested(b, c.counts[1:]) as turns:
        start = b.add(_sum_of(b, turns, c.y_steps[1:]), row)
        factors = [v.load(b, y, b.add(start, constant(s))) for v, (s, _) in zip(lanes, pieces, strict=True)]
        at_place = _sum_of(b, turns, c.x_steps[1:])
        for offset, total in zip(taps, sums, strict=True):
            numbers = c.operand(b, x, b.add(at_place, constant(offset)), row, pieces)
            _add_products(b, lanes, total, numbers, factors)
    start = b.add(b.mul(tap, constant(c.outputs)), row)
    for k, total in enumerate(sums):
        for lane, place, (s, _) in zip(lanes, total, pieces, strict=True):
            where = b.add(start, constant(k * c.outputs + s))
            lane.store(b, b.fadd(lane.load(b, w, where), lane.get(b, place)), w, where)
