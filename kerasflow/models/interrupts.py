"""Ctrl-C while a model is trained: noted the first time, so that a batch is never half done; obeyed the second."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

__all__ = ["Interrupt"]


class Interrupt:
    """Within the block, the first Ctrl-C sets `asked`; the second is a `KeyboardInterrupt`.

    It does nothing outside of the main thread, where Python tells nobody of signals, nor where the program has a
    handler of its own.

    >>> import os, signal
    >>> from kerasflow.models.interrupts import Interrupt
    >>> with Interrupt() as interrupt:
    ...     os.kill(os.getpid(), signal.SIGINT)
    ...     interrupt.asked
    True
    """

    def __init__(self) -> None:
        self.asked = False
        self._before: Any = None
        self._outer: Interrupt | None = None

    @property
    def inner(self) -> bool:
        """Whether it is within another one, which will say what came of it."""
        return self._outer is not None

    def __enter__(self) -> Interrupt:
        if threading.current_thread() is threading.main_thread():
            before = signal.getsignal(signal.SIGINT)
            owner = getattr(before, "__self__", None)
            self._outer = owner if isinstance(owner, Interrupt) else None  # a callback trains a model of its own
            if before is signal.default_int_handler or self._outer is not None:
                self._before = before
                signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *exception: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            self._before = None

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        if self._outer is not None:
            self._outer.asked = True
