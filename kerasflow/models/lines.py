"""What a person sees of training without a terminal: nothing, or a plain line an epoch."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["Line", "Logs", "Silence", "format_logs"]

Logs = dict[str, Any]


class Silence:
    """The display that shows nothing, and what all displays can be told."""

    moves = False  # whether somebody watches while the steps are run

    def advance(self, steps: int, logs: Callable[[], Logs]) -> None:
        """`steps` more batches are done."""

    def finish(self, logs: Logs) -> None:
        """All batches are done, with these losses and metrics."""

    def close(self) -> None:
        """Leave the screen as it should stay, whatever happened."""


class Line(Silence):
    """Prints one line when all is done."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._started = time.perf_counter()

    def finish(self, logs: Logs) -> None:
        """Print the line."""
        self.close()
        print(f"{self._title} - {time.perf_counter() - self._started:.1f}s - {format_logs(logs)}", flush=True)


def format_logs(logs: Logs) -> str:
    """``loss: 0.1234 - accuracy: 0.9876``."""
    return " - ".join(f"{name}: {_shown(value)}" for name, value in logs.items())


def _shown(value: Any) -> str:
    return f"[{' '.join(map(_shown, value))}]" if np.ndim(value) else f"{value:.4g}"
