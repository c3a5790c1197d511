"""What a person sees of training: nothing, a plain line an epoch, or a bar while an epoch runs."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["Line", "Silence", "format_logs", "shown"]

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
    return " - ".join(f"{name}: {value:.4g}" for name, value in logs.items())


@contextlib.contextmanager
def shown(title: str, steps: int, verbose: Any) -> Iterator[Silence]:
    """The display that `verbose` and the output call for: 0 for none, 1 or "auto" for a bar where one can move (in a
    terminal, in a notebook), else a line.
    """
    display = _display(title, steps, verbose)
    try:
        yield display
    finally:
        display.close()


def _display(title: str, steps: int, verbose: Any) -> Silence:
    if verbose not in (0, 1, 2, "auto"):
        raise ValueError(f"verbose must be 0, 1, 2 or 'auto', got {verbose!r}.")
    if not verbose:
        return Silence()
    if verbose == 2 or not (sys.stdout.isatty() or "ipykernel" in sys.modules):
        return Line(title)
    from kerasflow.models.progress import Bar

    return Bar(title, steps)
