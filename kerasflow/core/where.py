"""The user's line: which line of the program, outside this package, is being executed now."""

from __future__ import annotations

import os
import sys

__all__ = ["user_line"]

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def user_line() -> tuple[str, int, str] | None:
    """File, line and function of the innermost frame that is not kerasflow's own; None if there is none."""
    frame = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back  # type: ignore[assignment]  # the stub forgets that the last frame has no caller
    return None if frame is None else (frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)
