"""`Inner`: the executable of a loop's or a branch's inside, run by a step of a program that is running already.

A loop may run it a hundred thousand times for a sum of two numbers, so there is as little around it as possible: the
run it is part of holds the lock and has told NumPy to be silent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasflow.core.engine.choice import RUNS, get_engine
from kerasflow.core.engine.executable import Executable, Special
from kerasflow.core.engine.interpreter import Program

__all__ = ["Inner"]

_WORTH_COMPILING = 8  # operations: the call of a compiled function costs as much as some of them
_NEVER = 1 << 62


class Inner(Executable):
    """As an `Executable`, without targets, and only for runs inside of other runs.

    It is compiled by itself after `patience` times as many runs.
    """

    def __init__(self, fetches: Sequence[Any], feeds: Sequence[Any], runtime: Any, patience: int = 1) -> None:
        super().__init__(fetches, (), feeds, runtime)
        self._patience = patience
        self._latest = Special(None, 0)
        self._latest_key: Any = None

    def run(self, feeds: Sequence[Any]) -> list[Any]:
        """The values of the fetches; `feeds` are arrays or scalars of the fed tensors' types, in their order."""
        key = [get_engine(), *[f.shape for f in feeds]]
        special = self._latest
        if key == self._latest_key:
            if special.shortcut is not None:
                return special.shortcut(feeds)
            if special.program is not None and special.left > 1:
                special.left -= 1
                return special.program.execute(feeds)
        program = self._choose(tuple(key))
        self._latest, self._latest_key = self._special[tuple(key)], key
        return program.execute(feeds)

    def _specialise(self, special: Special, shapes: tuple[Any, ...]) -> Program:
        program = super()._specialise(special, shapes)
        if special.left <= RUNS:
            special.left *= self._patience
        return program

    def _compile(self, special: Special, shapes: tuple[Any, ...]) -> None:
        small = special.program is not None and len(special.program.plan.steps) < _WORTH_COMPILING
        if small and get_engine() == "auto":
            special.left = _NEVER
        else:
            super()._compile(special, shapes)
