"""`Runtime`: the state of a session, handed to stateful kernels (rule G7)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from kerasflow.core.tensor import Operation
from kerasflow.core.variables import Cell, Variable

__all__ = ["Runtime"]

T = TypeVar("T")


class Runtime:
    """The values of a session's variables, and whatever else its stateful operations keep between runs."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.cells: dict[Variable, Cell] = {}
        self.states: dict[Any, Any] = {}

    def cell(self, variable: Variable) -> Cell:
        """Where `variable` is kept: in the cell it shares between sessions, or in this session's own."""
        if variable.cell is not None:
            return variable.cell
        cell = self.cells.get(variable)
        if cell is None:
            cell = self.cells.setdefault(variable, Cell())
        return cell

    def state(self, key: Any, make: Callable[[], T]) -> T:
        """What is kept under `key`, usually an operation; made by `make()` when it is first asked for."""
        if key not in self.states:
            self.states[key] = make()
        return self.states[key]

    def kept(self, operation: Operation) -> Any:
        """The array that `operation` keeps from run to run; made by the `state` of its kind when first asked for."""
        if operation not in self.states:
            make: Any = operation.opdef.state
            self.states[operation] = make(**operation.attrs)
        return self.states[operation]

    def clear(self) -> None:
        """Forget everything."""
        self.cells.clear()
        self.states.clear()
