"""Ctrl-C while a model is trained: noted the first time, so that a batch is never half done; obeyed the second."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any, ClassVar

__all__ = ["Interrupt"]


class Interrupt:
    """Within the block, the first Ctrl-C sets `asked`; the second is a `KeyboardInterrupt`.

    It does nothing outside of the main thread, where Python tells nobody of signals. Where the program has a handler
    of its own, or ignores Ctrl-C, that stays, and only `ask` sets `asked`.

    >>> import os, signal
    >>> from kerasflow.models.interrupts import Interrupt
    >>> with Interrupt() as interrupt:
    ...     os.kill(os.getpid(), signal.SIGINT)
    ...     interrupt.asked
    True
    """

    _entered: ClassVar[list[Interrupt]] = []  # in the main thread, the outermost first

    def __init__(self) -> None:
        self.asked = False
        self.inner = False  # whether it is within another one, which will say what came of it
        self._before: Any = None

    def __enter__(self) -> Interrupt:
        if threading.current_thread() is threading.main_thread():
            self.inner = bool(self._entered)  # a callback trains a model of its own
            self.asked = self.inner and self._entered[-1].asked
            self._entered.append(self)
            before = signal.getsignal(signal.SIGINT)
            if before is signal.default_int_handler or isinstance(getattr(before, "__self__", None), Interrupt):
                self._before = before
                signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *exception: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            self._before = None
        if self in self._entered:
            self._entered.remove(self)

    def ask(self) -> None:
        """Do what the first Ctrl-C does, for this one and all that it is within or that are within it."""
        for interrupt in (self, *self._entered):
            interrupt.asked = True

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.ask()
