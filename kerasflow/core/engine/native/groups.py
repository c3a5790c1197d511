"""Groups: the statements of a compiled plan, gathered so that those over the same elements share one loop nest.

A `Storage` is memory: a result, a variable, a fed array. A `Value` is how an operation sees a storage: a shape, strides
and an offset, so that reshapes, transposes and broadcasts cost nothing. A statement goes into the first group over the
same dimensions that comes after everything it depends on; it reads what the same group has just computed from
registers. `Program` keeps the order: a statement comes after what it reads has been made, and a variable is written
after those who want its old value have read it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from kerasflow.core.engine.native.expressions import Scalar
from kerasflow.core.types import DType

__all__ = [
    "BLAS",
    "Access",
    "Branch",
    "Call",
    "Check",
    "Group",
    "Inner",
    "Map",
    "Part",
    "Picks",
    "Place",
    "Program",
    "Reduce",
    "Repeat",
    "Storage",
    "Value",
    "contiguous",
]

_MOST = 64  # statements in a loop nest: a body of hundreds takes the compiler long, and has no registers left
Ints = tuple[int, ...]
BLAS = "calls of BLAS"


def contiguous(shape: Ints) -> Ints:
    """The strides, in elements, of an array whose last axis varies fastest."""
    return tuple(math.prod(shape[i + 1 :]) for i in range(len(shape)))


class Storage:
    """Memory for `count` elements. `slot` names who owns it, None for memory of the plan's own."""

    __slots__ = ("count", "dims", "dtype", "first", "last", "needed", "position", "readers", "slot")

    def __init__(self, dtype: DType, count: int, slot: Any = None) -> None:
        self.dtype = dtype
        self.count = count
        self.slot = slot
        self.dims: Ints | None = None  # of the loops that made it element by element
        self.position = -1  # of the group that wrote it last
        self.readers: list[tuple[int, Ints | None]] = []  # since then: group, and its dims if read element by element
        self.needed = slot is not None  # whether it has to be in memory
        self.first = self.last = -1  # the groups between which its memory is in use


@dataclass(frozen=True)
class Value:
    """An array: a view of a storage, or one number repeated."""

    dtype: DType
    shape: Ints
    storage: Storage | None
    strides: Ints
    offset: int = 0
    literal: Any = None

    @property
    def is_contiguous(self) -> bool:
        """Whether it is its storage, in order; axes of size 1 do not count."""
        if self.storage is None or self.offset or self.storage.count != math.prod(self.shape):
            return False
        pairs = zip(self.shape, self.strides, contiguous(self.shape), strict=True)
        return all(n == 1 or s == c for n, s, c in pairs)


Picks = tuple[tuple[Scalar, int], ...]


@dataclass(frozen=True, eq=False)
class Access:
    """Where element (i, j, ...) of a loop nest lies in a storage: at offset + i strides[0] + j strides[1] + ...

    For each pair in `picks` it lies further on by an integer that is computed there, times a stride.
    """

    storage: Storage
    strides: Ints
    offset: int = 0
    picks: Picks = ()


@dataclass(eq=False)
class Map:
    """target = expression, element by element; `leaves` are the inputs of the expression.

    What is written lies at `place`, None for the whole target, in order. Where the target is written `beside` what has
    been written of it already, the one does not touch the other.
    """

    expression: Scalar
    leaves: dict[Scalar, Access | Ints]  # an array's element, or the index with these strides; picks after their leaves
    target: Storage
    place: Access | None = None
    beside: bool = False

    @property
    def targets(self) -> list[Storage]:
        """What it writes."""
        return [self.target]


@dataclass(eq=False)
class Reduce:
    """target = the elements of `source` combined, along the axes in which the target's strides are 0.

    With `picks`, as in `Access`, each is added where these say, one after the other.
    """

    kind: str
    source: Scalar
    leaves: dict[Scalar, Access | Ints]
    target: Storage
    strides: Ints
    wide: bool  # whether to add up in double precision
    picks: Picks = ()

    @property
    def targets(self) -> list[Storage]:
        """What it writes."""
        return [self.target]


@dataclass(eq=False)
class Call:
    """What is no loop nest of ours, such as a matrix product. `reads` and `target` are whole storages; `what` it is, in
    the plural, people are told. `scratch` is memory that it uses while it runs.
    """

    emit: Any
    reads: list[Storage]
    target: Storage
    what: str = BLAS
    scratch: Storage | None = None

    @property
    def targets(self) -> list[Storage]:
        """What it writes."""
        return [s for s in (self.target, self.scratch) if s is not None]


@dataclass(frozen=True)
class Place:
    """Where the memory of a program inside lies in round i: at element start + i step of `storage`, of i mod 2 if it
    `alternates`.
    """

    storage: Storage
    start: int = 0
    step: int = 0
    alternates: bool = False


@dataclass(eq=False)
class Part:
    """A program inside another. `places` are where its storages with slots lie, `offsets` where the others lie in its
    memory; `checks`: whether there are any in it.
    """

    program: Program
    places: dict[Storage, Place]
    offsets: dict[Storage, int]
    checks: bool


@dataclass(eq=False)
class Inner:
    """Programs that run inside another one. They write what is `written`; their memory is `scratch`."""

    parts: list[Part]
    written: list[Storage]
    scratch: Storage | None

    @property
    def reads(self) -> list[Storage]:
        """What is outside of them; some of it they write."""
        return list(dict.fromkeys(place.storage for part in self.parts for place in part.places.values()))

    @property
    def targets(self) -> list[Storage]:
        """What they write."""
        return [*self.written, *([] if self.scratch is None else [self.scratch])]

    @property
    def checks(self) -> bool:
        """Whether there are any inside."""
        return any(part.checks for part in self.parts)


@dataclass(eq=False)
class Repeat(Inner):
    """The one part, so many times."""

    rounds: int


@dataclass(eq=False)
class Branch(Inner):
    """The first of two parts if `flag` is set, else the second."""

    flag: Storage

    @property
    def reads(self) -> list[Storage]:
        """What is outside of them, and the flag."""
        return [self.flag, *super().reads]


@dataclass(eq=False)
class Check:
    """Leave with the number `code` if `flag` is set."""

    flag: Storage
    code: int


@dataclass(eq=False)
class Group:
    """Statements that run one after the other for each element of `dims`, or one statement of another kind."""

    dims: Ints | None
    body: list[Any] = field(default_factory=list)


class Program:
    """Groups in the order of their execution."""

    def __init__(self) -> None:
        self.groups: list[Group] = []
        self._barrier = 0  # writes to variables come after the last check

    def _earliest(self, reads: list[Access], dims: Ints) -> int:
        """The first group that may read all of `reads` in loops over `dims`."""
        earliest = 0
        for a in reads:
            same = self._elementwise(a, dims) and a.storage.dims == dims
            earliest = max(earliest, a.storage.position + (0 if same else 1))
        return earliest

    @staticmethod
    def _elementwise(access: Access, dims: Ints) -> bool:
        whole = access.storage.count == math.prod(dims) and not access.picks
        return whole and access.offset == 0 and access.strides == contiguous(dims)

    def _before_write(self, storage: Storage, dims: Ints | None, beside: bool = False) -> int:
        """The first group that may write `storage`, element by element in loops over `dims`, or None for a part."""
        earliest = self._barrier if storage.slot is not None else 0
        if storage.position >= 0 and not beside:
            same = dims is not None and storage.dims == dims
            earliest = max(earliest, storage.position + (0 if same else 1))
        for position, seen in storage.readers:
            earliest = max(earliest, position + (0 if dims is not None and seen == dims else 1))
        return earliest

    def _group_for(self, earliest: int, dims: Ints) -> int:
        for k in range(earliest, len(self.groups)):
            if self.groups[k].dims == dims and len(self.groups[k].body) < _MOST:
                return k
        self.groups.append(Group(dims))
        return len(self.groups) - 1

    def _note_reads(self, reads: list[Access], k: int, dims: Ints | None) -> None:
        for a in reads:
            s = a.storage
            by_element = dims is not None and self._elementwise(a, dims)
            s.readers.append((k, dims if by_element else None))
            if not (by_element and s.position == k and s.dims == dims):
                s.needed = True
                s.last = max(s.last, k)

    def _note_write(self, target: Storage, k: int, dims: Ints | None) -> None:
        target.position, target.dims, target.readers = max(target.position, k), dims, []
        target.first = k if target.first < 0 else min(target.first, k)
        target.last = max(target.last, k)

    def add_map(self, statement: Map, dims: Ints) -> None:
        """Place an element-wise statement."""
        reads = [a for a in statement.leaves.values() if isinstance(a, Access)]
        kept = dims if statement.place is None else None
        before = self._before_write(statement.target, kept, statement.beside)
        k = self._group_for(max(self._earliest(reads, dims), before), dims)
        self.groups[k].body.append(statement)
        self._note_reads(reads, k, dims)
        self._note_write(statement.target, k, kept)
        if statement.place is not None:
            statement.target.needed = True

    def add_reduce(self, statement: Reduce, dims: Ints) -> None:
        """Place a reduction, whose loops are those of what it reads."""
        reads = [a for a in statement.leaves.values() if isinstance(a, Access)]
        k = self._group_for(max(self._earliest(reads, dims), self._before_write(statement.target, None)), dims)
        self.groups[k].body.append(statement)
        self._note_reads(reads, k, dims)
        self._note_write(statement.target, k, None)
        statement.target.needed = True

    def add_call(self, statement: Call | Inner) -> None:
        """Place a statement that is a group of its own."""
        self.groups.append(Group(None, [statement]))
        k = len(self.groups) - 1
        self._note_reads([Access(s, ()) for s in statement.reads], k, None)
        for storage in statement.targets:
            self._note_write(storage, k, None)
            storage.needed = True
        if isinstance(statement, Inner) and statement.checks:
            self._barrier = k + 1

    def statements(self) -> Iterator[Any]:
        """All statements, without those of programs inside."""
        for group in self.groups:
            yield from group.body

    @property
    def loop_nests(self) -> int:
        """The number of loop nests, with those of programs inside."""
        inside = sum(p.program.loop_nests for s in self.statements() if isinstance(s, Inner) for p in s.parts)
        return inside + sum(group.dims is not None for group in self.groups)

    def calls(self) -> Iterator[Call]:
        """All calls, also those of programs inside."""
        for s in self.statements():
            if isinstance(s, Inner):
                for part in s.parts:
                    yield from part.program.calls()
            elif isinstance(s, Call):
                yield s

    def add_check(self, flag: Storage, checked: Sequence[Storage], code: int) -> None:
        """Place a test of `flag`; nothing that lasts is written before it by what comes after it."""
        self.groups.append(Group(None, [Check(flag, code)]))
        k = len(self.groups) - 1
        self._note_reads([Access(s, ()) for s in (flag, *checked)], k, None)
        self._barrier = k + 1
