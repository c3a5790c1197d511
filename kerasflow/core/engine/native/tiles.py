"""Matrix products of small and medium size, compiled for their very shapes.

A tile of the result, some rows by some vectors, stays in registers while the inner axis goes by: at each of its places
an element of each row of the first matrix, repeated, is multiplied with a row of vectors of the second one (Goto and
van de Geijn 2008, "Anatomy of High-Performance Matrix Multiplication"). The second matrix is copied to panels as wide
as a tile where its rows do not lie in order, or are far apart and read often. There are no remainders: the last tiles
reach back over the ones before them and compute the same numbers again. A result narrower than a vector is masked.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Any

from llvmlite import ir

from kerasflow.core.engine.native.groups import Call, Storage, Value
from kerasflow.core.engine.native.loops import as_it_is, counted
from kerasflow.core.engine.native.lowering import Lowering, whole
from kerasflow.core.engine.native.vectors import Lanes, at, constant, function_of, machine
from kerasflow.core.types import DType

__all__ = ["Tiling", "emit_product", "tiled_product", "tiling"]

_LARGEST = 1 << 26  # multiplications: beyond, BLAS is as good
_LONGEST = 2048  # inner axis: its sums are taken from one end to the other
_NEAR = 1 << 14  # bytes of a second matrix that may be read where it lies
_FEW_TILES = 4
_STEEP = 64  # rows of a transposed first matrix that are too many to be read again for each panel
_I32, _I64 = ir.IntType(32), ir.IntType(64)
Pair = tuple[int, int]


@dataclass(frozen=True)
class Tiling:
    """How an (m, k) matrix with strides `x` is multiplied with a (k, n) matrix with strides `y`, in elements.

    A tile has `rows` rows of `vectors` vectors of `lanes` elements. `packs` says whether panels of the second matrix
    are copied; `rows_first`, whether all panels are taken for one row of tiles, rather than all tiles for one panel.
    """

    m: int
    k: int
    n: int
    x: Pair
    y: Pair
    dtype: DType
    lanes: int
    rows: int
    vectors: int
    packs: bool
    rows_first: bool
    added: int | None = None  # the distance of the rows of a matrix that is added to the product, if one is

    @property
    def width(self) -> int:
        """The elements in a row of a tile."""
        return self.lanes * self.vectors

    @property
    def panels(self) -> int:
        """The number of tiles in a row of the result."""
        return -(-self.n // self.width)

    @property
    def scratch(self) -> int:
        """The elements of memory that copies take."""
        return self.k * self.width * (self.panels if self.rows_first else 1) if self.packs else 0


def tiled_product(t: Lowering, x: Value, y: Value, added: Value | None = None) -> Value | None:
    """The product of two matrices that lie in memory by rows or by columns, plus `added`, whose rows lie in order; None
    where BLAS is to be called.
    """
    tiles = tiling(x, y)
    if tiles is None:
        return None
    if added is not None:
        tiles = replace(tiles, added=added.strides[0])
    more = [] if added is None else [added]
    result = whole(Storage(x.dtype, tiles.m * tiles.n), (tiles.m, tiles.n))
    scratch = Storage(x.dtype, tiles.scratch) if tiles.scratch else None

    def emit(b: Any, pointers: dict[Storage | None, Any], target: Storage) -> None:
        given, plus = ([at(b, pointers[v.storage], v.offset, v.dtype) for v in vs] for vs in ([x, y], more))
        b.call(emit_product(b.module, tiles), [*given, pointers[target], pointers[scratch or target], *plus])

    reads: list[Any] = [v.storage for v in (x, y, *more)]
    t.program.add_call(Call(emit, reads, result.storage, "products in tiles", scratch))  # type: ignore[arg-type]
    return result


def tiling(x: Value, y: Value) -> Tiling | None:
    """How to multiply two matrices that lie in memory by rows or by columns; None to leave it to BLAS."""
    (m, k), n = x.shape, y.shape[1]
    size, registers = machine()
    if m * k * n > _LARGEST or k > _LONGEST or size < 32:
        return None
    lanes = size // x.dtype.size
    rows, vectors = _best_tile(m, k, n, lanes, registers)
    few = -(-m // rows) <= _FEW_TILES
    packs = y.strides[1] != 1 or not (few or k * n * x.dtype.size <= _NEAR)
    rows_first = x.strides[1] != 1 and k > _STEEP and n > lanes * vectors
    strides: list[Any] = [x.strides, y.strides]
    return Tiling(m, k, n, strides[0], strides[1], x.dtype, lanes, rows, vectors, packs, rows_first)


def _best_tile(m: int, k: int, n: int, lanes: int, registers: int) -> Pair:
    """The rows and vectors of the tile that takes the fewest cycles by a simple count.

    Per place of the inner axis: two multiplications or two loads a cycle, but one and a half for a vector that comes
    from a cache further off, and four until a sum can go on.
    """

    def cycles(tile: Pair) -> float:
        rows, vectors = tile
        place = max(rows * vectors / 2, (rows + vectors) / 2, 1.5 * vectors, 4) + 0.5 + 0.1 * vectors
        return -(-m // rows) * -(-n // (vectors * lanes)) * (place * k + 12 + rows * vectors)

    tiles = itertools.product(range(1, min(m, 14) + 1), range(1, max(1, min(n // lanes, 8)) + 1))
    return min((t for t in tiles if t[0] * t[1] + t[1] < registers), key=cycles)


def emit_product(module: ir.Module, t: Tiling) -> ir.Function:
    """The function ``product(x, y, result, scratch)``, and ``added``; there is one for each tiling in a module."""
    parts = (t.m, t.k, t.n, *t.x, *t.y, t.dtype.name, *([] if t.added is None else ["plus", t.added]))
    function, b, is_new = function_of(module, "product." + ".".join(map(str, parts)), 4 + (t.added is not None))
    if is_new:
        _Product(b, t).emit()
    return function


class _Product:
    """The code of one product, while it is written."""

    def __init__(self, b: Any, t: Tiling) -> None:
        self.t = t
        self.b = b
        self.x, self.y, self.result, self.scratch, *self.added = b.function.args
        self.lanes = Lanes(t.dtype, t.lanes)
        self.masked = t.n < t.lanes

    def emit(self) -> None:
        """Write the function."""
        t, b = self.t, self.b
        tiles, panels = constant(-(-t.m // t.rows)), constant(t.panels)
        if t.rows_first:
            if t.packs:
                with self._loop(panels) as panel:
                    self._pack(panel)
            with self._loop(tiles) as tile, self._loop(panels) as panel:
                self._tile(tile, panel)
        else:
            with self._loop(panels) as panel:
                if t.packs:
                    self._pack(panel)
                with self._loop(tiles) as tile:
                    self._tile(tile, panel)
        b.ret_void()

    def _loop(self, count: Any) -> Any:
        """A loop that is left as it is: one turn keeps the processor busy, and more code would take time to compile."""
        return counted(self.b, count, unrolled=False)

    # Places.

    def _at(self, base: Any, *terms: tuple[Any, int]) -> Any:
        """A pointer to the element that lies further on than `base` by the sum of number times stride."""
        place = constant(0)
        for number, stride in terms:
            number = constant(number) if isinstance(number, int) else number
            place = self.b.add(place, self.b.mul(number, constant(stride)))
        return at(self.b, base, place, self.t.dtype)

    def _start(self, i: Any, block: int, total: int) -> Any:
        """Where block number `i` starts: earlier than in its turn, if it would not end within `total`."""
        first = self.b.mul(i, constant(block))
        if total % block == 0 or total < block:
            return first
        last = constant(total - block)
        return self.b.select(self.b.icmp_unsigned("<", first, last), first, last)

    def _copy_of(self, panel: Any) -> Any:
        return self._at(self.scratch, (panel, self.t.k * self.t.width)) if self.t.rows_first else self.scratch

    # A result narrower than a vector: the lanes beyond it are neither read nor written.

    def _load(self, pointer: Any, masked: bool) -> Any:
        if not masked:
            return self.lanes.load(self.b, pointer, 0)
        zero = self.lanes.number(0.0)
        args = [pointer, ir.Constant(_I32, self.t.dtype.size), self._mask(), zero]
        return self._masked("load", self.lanes.type, args)

    def _store(self, vector: Any, pointer: Any, masked: bool) -> None:
        if not masked:
            self.lanes.store(self.b, vector, pointer, 0)
            return
        args = [vector, pointer, ir.Constant(_I32, self.t.dtype.size), self._mask()]
        self._masked("store", ir.VoidType(), args)

    def _mask(self) -> Any:
        lanes = self.t.lanes
        return ir.Constant(ir.VectorType(ir.IntType(1), lanes), [int(i < self.t.n) for i in range(lanes)])

    def _masked(self, what: str, result: Any, args: list[Any]) -> Any:
        name = f"llvm.masked.{what}.v{self.t.lanes}f{8 * self.t.dtype.size}.p0"
        kind = ir.FunctionType(result, [a.type for a in args])
        module = self.b.module
        return self.b.call(module.globals.get(name) or ir.Function(module, kind, name), args)

    # Panels.

    def _pack(self, panel: Any) -> None:
        """Copy a panel of the second matrix, one row after the other."""
        t, b = self.t, self.b
        target = self._copy_of(panel)
        source = self._at(self.y, (self._start(panel, t.width, t.n), t.y[1]))
        if t.y[1] == 1:
            with self._loop(constant(t.k)) as p:
                for v in range(t.vectors):
                    row = self._load(self._at(source, (p, t.y[0]), (v, t.lanes)), self.masked)
                    self._store(row, self._at(target, (p, t.width), (v, t.lanes)), False)
        elif self.masked or t.k < t.lanes:
            with self._loop(constant(min(t.n, t.width))) as q, self._loop(constant(t.k)) as p:
                element = b.load(self._at(source, (p, t.y[0]), (q, t.y[1])), typ=self.lanes.type.element)
                b.store(element, self._at(target, (p, t.width), (q, 1)))
        else:
            with self._loop(constant(-(-t.k // t.lanes))) as block, self._loop(constant(t.vectors)) as v:
                self._pack_turned(source, target, self._start(block, t.lanes, t.k), b.mul(v, constant(t.lanes)))

    def _pack_turned(self, source: Any, target: Any, p: Any, q: Any) -> None:
        """Copy as many columns as a vector has lanes, from place `p` of the inner axis on, into as many rows."""
        t, b = self.t, self.b
        rows = [self._load(self._at(source, (p, t.y[0]), (q, t.y[1]), (i, t.y[1])), False) for i in range(t.lanes)]
        step = 1
        while step < t.lanes:  # exchange the corners of squares, of ever larger ones
            upper = [j if not j & step else t.lanes + j - step for j in range(t.lanes)]
            lower = [j + step if not j & step else t.lanes + j for j in range(t.lanes)]
            for i in range(t.lanes):
                if not i & step:
                    pair = rows[i], rows[i + step]
                    rows[i], rows[i + step] = (b.shuffle_vector(*pair, _indices(which)) for which in (upper, lower))
            step *= 2
        for i, row in enumerate(rows):
            self._store(row, self._at(target, (p, t.width), (i, t.width), (q, 1)), False)

    # Tiles.

    def _tile(self, tile: Any, panel: Any) -> None:
        """Compute a tile of the result."""
        t, b = self.t, self.b
        i, j = self._start(tile, t.rows, t.m), self._start(panel, t.width, t.n)
        rows = self._at(self.x, (i, t.x[0]))
        columns, step = (self._copy_of(panel), t.width) if t.packs else (self._at(self.y, (j, 1)), t.y[0])
        places = [(r, v) for r in range(t.rows) for v in range(t.vectors)]
        before, head, end = b.block, b.append_basic_block("inner"), b.append_basic_block("end")
        b.branch(head)
        b.position_at_end(head)
        p = b.phi(_I64)
        totals = [b.phi(self.lanes.type) for _ in places]
        masked = self.masked and not t.packs
        row = [self._load(self._at(columns, (p, step), (v, t.lanes)), masked) for v in range(t.vectors)]
        elements = [self._repeated(self._at(rows, (p, t.x[1]), (r, t.x[0]))) for r in range(t.rows)]
        sums = [
            self.lanes.call(b, "fmuladd", elements[r], row[v], total)
            for (r, v), total in zip(places, totals, strict=True)
        ]
        following = b.add(p, constant(1), flags=("nuw", "nsw"))
        zero = self.lanes.number(0.0)
        for phi, first, again in [(p, constant(0), following), *zip(totals, [zero] * len(sums), sums, strict=True)]:
            phi.add_incoming(first, before)
            phi.add_incoming(again, head)
        branch = b.cbranch(b.icmp_unsigned("<", following, constant(t.k)), head, end)
        as_it_is(b.module, branch)
        b.position_at_end(end)
        for (r, v), total in zip(places, self._plus(sums, places, i, j), strict=True):
            self._store(total, self._at(self.result, (i, t.n), (j, 1), (r, t.n), (v, t.lanes)), self.masked)

    def _plus(self, sums: list[Any], places: list[Pair], i: Any, j: Any) -> list[Any]:
        """The sums with what is to be added."""
        row = self.t.added
        if row is None:
            return sums
        rows = range(self.t.rows if row else 1)
        found = {
            (r, v): self._load(self._at(self.added[0], (i, row), (j, 1), (r, row), (v, self.t.lanes)), self.masked)
            for r in rows
            for v in range(self.t.vectors)
        }
        return [self.b.fadd(s, found[r if row else 0, v]) for s, (r, v) in zip(sums, places, strict=True)]

    def _repeated(self, pointer: Any) -> Any:
        return self.lanes.splat(self.b, self.b.load(pointer, typ=self.lanes.type.element))


def _indices(values: list[int]) -> Any:
    return ir.Constant(ir.VectorType(_I32, len(values)), values)
