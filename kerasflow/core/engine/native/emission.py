"""The code of a program: where its results lie in memory, and one function that runs all its groups.

A program that is repeated inside another has a function of its own, and its memory in that of the other. What it takes
from outside lies where its place says, which may move on from round to round; nothing else tells rounds apart.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from kerasflow.core.engine.native.groups import (
    Branch,
    Call,
    Check,
    Group,
    Inner,
    Part,
    Place,
    Program,
    Repeat,
    Storage,
)
from kerasflow.core.engine.native.loops import counted, emit_group
from kerasflow.core.engine.native.scalars import in_memory

__all__ = ["Writer", "arrangement", "every_place"]

_ALIGN = 64  # bytes
_POINTER, _I8, _I32, _I64 = ir.PointerType(), ir.IntType(8), ir.IntType(32), ir.IntType(64)
Pointers = dict[Storage, Any]


def arrangement(program: Program) -> tuple[int, dict[Storage, int]]:
    """The bytes of memory a program needs for its own, and where in it each result lies; those that are not needed at
    the same time may share.
    """
    offsets: dict[Storage, int] = {}
    total = 0
    busy: list[Storage] = []
    for storage in sorted(_own(program), key=lambda s: s.first):
        busy = [s for s in busy if s.last >= storage.first]
        size = _bytes(storage)
        place = 0
        for s in sorted(busy, key=offsets.__getitem__):
            if place + size <= offsets[s]:
                break
            place = max(place, offsets[s] + _bytes(s))
        offsets[storage] = place
        busy.append(storage)
        total = max(total, place + size)
    return total, offsets


def every_place(program: Program, offsets: dict[Storage, int]) -> dict[Storage, int]:
    """`offsets`, and those of what programs inside have for their own."""
    found = dict(offsets)
    for s in program.statements():
        if isinstance(s, Inner) and s.scratch is not None:
            for part in s.parts:
                inside = every_place(part.program, part.offsets)
                found.update((storage, offsets[s.scratch] + place) for storage, place in inside.items())
    return found


def _own(program: Program) -> dict[Storage, None]:
    found: dict[Storage, None] = {}
    for s in program.statements():
        memory: list[Storage | None] = [s.flag] if isinstance(s, Check) else [*s.targets]
        found.update((m, None) for m in memory if m is not None and m.slot is None and m.needed)
    return found


def _bytes(storage: Storage) -> int:
    size = storage.count * storage.dtype.size
    return size + -size % _ALIGN


class Writer:
    """Writes the functions of a module. Groups and rounds of equal code share one."""

    def __init__(self, module: ir.Module) -> None:
        self._module = module
        self._shared: dict[str, ir.Function] = {}
        self._count = 0

    def step(self, program: Program, storages: list[Storage], offsets: dict[Storage, int]) -> ir.Function:
        """The function ``step(table)``, given pointers to memory of its own and to `storages`.

        It gives 0, or the number of the check that failed.
        """
        function = ir.Function(self._module, ir.FunctionType(_I32, [_POINTER]), "step")
        b = ir.IRBuilder(function.append_basic_block("entry"))

        def slot(k: int) -> Any:
            return b.load(b.gep(function.args[0], [_number(k)], source_etype=_POINTER), typ=_POINTER)

        arena = slot(0)
        pointers = {storage: slot(k) for k, storage in enumerate(storages, 1)}
        self._run(b, program, {**pointers, **_in_arena(b, arena, offsets)})
        return function

    def _run(self, b: Any, program: Program, pointers: Pointers) -> None:
        """Run all groups, and return."""
        for group in program.groups:
            if group.dims is not None:
                self._loops(b, group, pointers)
            for s in group.body:
                if isinstance(s, Call):
                    s.emit(b, pointers, s.target)
                elif isinstance(s, Repeat):
                    self._rounds(b, s, pointers)
                elif isinstance(s, Branch):
                    self._branch(b, s, pointers)
                elif isinstance(s, Check):
                    flag = b.load(pointers[s.flag], typ=in_memory(s.flag.dtype))
                    _leave_if(b, b.icmp_unsigned("!=", flag, ir.Constant(flag.type, 0)), ir.Constant(_I32, s.code))
        b.ret(ir.Constant(_I32, 0))

    def _loops(self, b: Any, group: Group, pointers: Pointers) -> None:
        """Call the function for the loops of a group."""
        name = self._name("loops")
        function, storages = emit_group(self._module, name, group)
        b.call(self._one_of(function), [pointers[s] for s in storages])

    def _rounds(self, b: Any, s: Repeat, pointers: Pointers) -> None:
        """Call the function for a round, again and again."""
        with counted(b, _number(s.rounds), unrolled=False) as i:
            self._leave_with(b, s.parts[0], self._call(b, s, s.parts[0], pointers, i))

    def _branch(self, b: Any, s: Branch, pointers: Pointers) -> None:
        """Call the function for one part or the other."""
        flag = b.load(pointers[s.flag], typ=in_memory(s.flag.dtype))
        with b.if_else(b.icmp_unsigned("!=", flag, ir.Constant(flag.type, 0))) as sides:
            for part, side in zip(s.parts, sides, strict=True):
                with side:
                    self._leave_with(b, part, self._call(b, s, part, pointers, _number(0)))

    def _call(self, b: Any, s: Inner, part: Part, pointers: Pointers, i: Any) -> Any:
        """Call the function for a part, in round `i`."""
        own = [] if s.scratch is None else [pointers[s.scratch]]
        outside = [_pointer(b, pointers[p.storage], p, storage, i) for storage, p in part.places.items()]
        return b.call(self._part(part, len(own)), [*own, *outside])

    def _leave_with(self, b: Any, part: Part, code: Any) -> None:
        if part.checks:
            _leave_if(b, b.icmp_unsigned("!=", code, ir.Constant(_I32, 0)), code)

    def _part(self, part: Part, own: int) -> ir.Function:
        """The function of a part, given pointers to its own memory, if it has any, and to what is outside."""
        kind = ir.FunctionType(_I32, [_POINTER] * (own + len(part.places)))
        function = ir.Function(self._module, kind, self._name("part"))
        function.linkage = "internal"
        b = ir.IRBuilder(function.append_basic_block("entry"))
        arena = _in_arena(b, function.args[0], part.offsets) if own else {}
        self._run(b, part.program, {**dict(zip(part.places, function.args[own:], strict=True)), **arena})
        return self._one_of(function)

    def _name(self, what: str) -> str:
        self._count += 1
        return f"{what}.{self._count}"

    def _one_of(self, function: ir.Function) -> ir.Function:
        """A function of the same code that there is already, or this one."""
        twin = self._shared.setdefault(str(function).replace(function.name, ""), function)
        if twin is not function:
            del self._module.globals[function.name]
        return twin


def _number(n: int) -> Any:
    return ir.Constant(_I64, n)


def _leave_if(b: Any, condition: Any, code: Any) -> None:
    with b.if_then(condition, likely=False):
        b.ret(code)


def _in_arena(b: Any, arena: Any, offsets: dict[Storage, int]) -> Pointers:
    return {s: b.gep(arena, [_number(offset)], source_etype=_I8) for s, offset in offsets.items()}


def _pointer(b: Any, base: Any, place: Place, storage: Storage, i: Any) -> Any:
    """Where the memory of the program inside lies in round `i`."""
    turn = b.and_(i, _number(1)) if place.alternates else i
    element = b.add(_number(place.start), b.mul(turn, _number(place.step)))
    return b.gep(base, [element], source_etype=in_memory(storage.dtype))
