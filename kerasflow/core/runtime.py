"""`Runtime`: the state of a session, handed to stateful kernels (rule G7)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from kerasflow.core.errors import CancelledError, DeadlineExceededError
from kerasflow.core.tensor import Operation
from kerasflow.core.variables import Cell, Variable

__all__ = ["Runtime"]

T = TypeVar("T")


class Runtime:
    """The values of a session's variables, and whatever else its stateful operations keep between runs."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)  # what runs wait for may be there
        self.closed = False
        self._limits = threading.local()
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

    def wait(self) -> None:
        """Let other threads run until one of them says that something has `changed`.

        Raises:
            CancelledError: the session was closed. DeadlineExceededError: the time that the run may take is over.
        """
        until = getattr(self._limits, "until", None)
        if not self.closed:
            self.changed.wait(None if until is None else max(until - time.monotonic(), 0.0))
        if self.closed:
            raise CancelledError(None, None, "The session was closed.")
        if until is not None and time.monotonic() >= until:
            raise DeadlineExceededError(None, None, "Timed out waiting for notification")

    @contextmanager
    def limited(self, milliseconds: float) -> Iterator[None]:
        """Within the block runs of this thread wait no longer than that; 0 sets no limit."""
        before = getattr(self._limits, "until", None)
        self._limits.until = time.monotonic() + milliseconds / 1000 if milliseconds else before
        try:
            yield
        finally:
            self._limits.until = before

    def close(self) -> None:
        """Forget everything; runs that wait are cancelled."""
        self.closed = True
        self.clear()
        self.changed.notify_all()

    def clear(self) -> None:
        """Forget everything."""
        self.cells.clear()
        self.states.clear()
