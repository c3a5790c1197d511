"""Targets: names of clusters that a session can run on. All their tasks are in this process, on its one CPU.

The sessions on a target share the values of variables, by their names, until they are reset.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kerasflow.core.devices import HERE
from kerasflow.core.naming import did_you_mean
from kerasflow.core.runtime import Runtime
from kerasflow.core.variables import Cell, Variable

__all__ = ["LOCAL", "Target", "known", "target_of"]


class _Shared(Runtime):
    """A runtime of several sessions: variables of one name and type in their graphs are one."""

    def __init__(self) -> None:
        super().__init__()
        self._by_name: dict[Any, Cell] = {}

    def cell(self, variable: Variable) -> Cell:
        """Where `variable` is kept."""
        if variable.cell is not None:
            return variable.cell
        return self._by_name.setdefault((variable.op.name, variable.dtype), Cell())

    def clear(self) -> None:
        """Forget everything."""
        super().clear()
        self._by_name.clear()


class Target:
    """What a session runs on: devices, by their full names, and for several sessions a state that they share."""

    def __init__(self, devices: Iterable[str], shares: bool) -> None:
        self.devices = list(devices)
        self.shared = _Shared() if shares else None


LOCAL = Target([HERE], shares=False)
known: dict[str, Target] = {}


def target_of(name: str) -> Target:
    """The target of that name; of the empty one, this process. ValueError if there is none."""
    if not name:
        return LOCAL
    if name not in known:
        raise ValueError(
            f"Cannot reach the target {name!r}: a session runs in this process, and tf.train.Server has made no such "
            f"target in it.{did_you_mean(name, known)}"
        )
    return known[name]
