"""Which display `verbose` and the place of the output call for."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

from kerasflow.models.lines import Line, Silence

__all__ = ["shown"]


@contextlib.contextmanager
def shown(title: str, steps: int | None, verbose: Any) -> Iterator[Silence]:
    """The display that `verbose` and the output call for: 0 for none, 1 or "auto" for a bar where one can move (in a
    terminal, in a notebook), else a line.
    """
    display = _display(title, steps, verbose)
    try:
        yield display
    finally:
        display.close()


def _display(title: str, steps: int | None, verbose: Any) -> Silence:
    if verbose not in (0, 1, 2, "auto"):
        raise ValueError(f"verbose must be 0, 1, 2 or 'auto', got {verbose!r}.")
    if not verbose:
        return Silence()
    if verbose == 2 or not (sys.stdout.isatty() or "ipykernel" in sys.modules):
        return Line(title)
    from kerasflow.models.progress import Bar

    return Bar(title, steps)
