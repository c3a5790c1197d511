"""Ctrl-C and SIGTERM while a network is trained: the first ends the training, the second the command."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

from kerasflow.models.interrupts import Interrupt

__all__ = ["Stopping"]


class Stopping(Interrupt):
    """Within the block, the first Ctrl-C or SIGTERM sets `asked`, by which a training ends; the second is obeyed.

    Attributes:
        terminated: whether it was SIGTERM.
    """

    def __init__(self) -> None:
        super().__init__()
        self.terminated = False
        self._before_term: Any = None

    def __enter__(self) -> Stopping:
        super().__enter__()
        if threading.current_thread() is threading.main_thread():
            self._before_term = signal.signal(signal.SIGTERM, self._term)
        return self

    def __exit__(self, *exception: object) -> None:
        if self._before_term is not None:
            signal.signal(signal.SIGTERM, self._before_term)
        super().__exit__(*exception)

    def obey(self) -> None:
        """End the command as the signal would have done."""
        if self.terminated and callable(self._before_term):
            self._before_term(signal.SIGTERM, None)
        raise KeyboardInterrupt

    def _term(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            self._before_term(number, frame)
            return
        self.terminated = True
        self.ask()  # also where Ctrl-C is ignored, as it is in what a script puts into the background
