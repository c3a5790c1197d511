"""Ctrl-C and SIGTERM while a network is trained: the first ends the training, the second the command.

SIGHUP, by which a terminal says that it is closed or its connection lost, counts as SIGTERM, unless it is ignored, as
under `nohup`.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

from kerasflow.models.interrupts import Interrupt

__all__ = ["Stopping"]

HANGUP: Any = getattr(signal, "SIGHUP", None)  # not on Windows


class Stopping(Interrupt):
    """Within the block, the first Ctrl-C or SIGTERM sets `asked`, by which a training ends; the second is obeyed.

    Attributes:
        terminated: whether it was SIGTERM, or SIGHUP.
    """

    def __init__(self) -> None:
        super().__init__()
        self.terminated = False
        self._before_term: Any = None
        self._hears_hangup = False

    def __enter__(self) -> Stopping:
        super().__enter__()
        if threading.current_thread() is threading.main_thread():
            self._before_term = signal.signal(signal.SIGTERM, self._term)
            if HANGUP is not None and signal.getsignal(HANGUP) is signal.SIG_DFL:
                signal.signal(HANGUP, self._term)
                self._hears_hangup = True
        return self

    def __exit__(self, *exception: object) -> None:
        if self._hears_hangup:
            signal.signal(HANGUP, signal.SIG_DFL)
            self._hears_hangup = False
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
            self._before_term(signal.SIGTERM, frame)
            return
        self.terminated = True
        self.ask()  # also where Ctrl-C is ignored, as it is in what a script puts into the background
