"""The command while Python still loads it: Ctrl-C and SIGTERM end it with a line, not with a traceback.

The first import of the package's front door is this one, which needs next to nothing. In other programs it does
nothing: they have their own ways, and a library does not meddle with signals.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

__all__ = ["end", "finish", "hand_over", "is_command", "listen"]

NAMES = ("kerasflow", "kerasflow.exe", "kerasflow-script.py", "kerasflow-script.pyw")
WORDS = {signal.SIGINT: ("interrupted", 130), signal.SIGTERM: ("terminated", 143)}


def is_command() -> bool:
    """Whether this process is the command: its script, or ``python -m kerasflow``, whose module is not run yet."""
    words, given = getattr(sys, "argv", []), sys.orig_argv
    if words[:1] == ["-m"]:  # what stands before the module's own arguments is its name
        return given[-len(words)] in ("kerasflow", "-mkerasflow")
    return bool(words) and os.path.basename(words[0]) in NAMES


def end(number: int, frame: FrameType | None) -> None:
    """Say that nothing was done, and end the process: nothing is open, and nothing has to be put in order."""
    word, code = WORDS[signal.Signals(number)]
    try:
        os.write(2, f"kerasflow: {word}, nothing was written\n".encode())
    finally:
        os._exit(code)


def listen() -> None:
    """Have the signals end the process, but those that are ignored or that somebody listens to."""
    for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGTERM, signal.SIG_DFL)):
        if signal.getsignal(number) is usual:
            signal.signal(number, end)


def hand_over() -> None:
    """Have the signals do again what they usually do: from here on the command sees to them."""
    for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGTERM, signal.SIG_DFL)):
        if signal.getsignal(number) is end:
            signal.signal(number, usual)


def finish() -> None:
    """The command is done: while Python takes itself down, Ctrl-C ends it without a word."""
    if _started and signal.getsignal(signal.SIGINT) in (end, signal.default_int_handler):
        signal.signal(signal.SIGINT, signal.SIG_DFL)


_started = is_command()
if _started:
    listen()
