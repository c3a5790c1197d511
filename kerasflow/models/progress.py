"""A progress bar. Importing this room loads tqdm, so it is imported when the first bar is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tqdm.auto import tqdm

from kerasflow.models.lines import Line, Logs, format_logs

__all__ = ["Bar"]


class Bar(Line):
    """A bar that moves a few times a second, and gives way to the line in the end."""

    moves = True

    def __init__(self, title: str, steps: int | None) -> None:
        super().__init__(title)
        self._bar: Any = tqdm(total=steps, desc=title, unit="batch", leave=False, mininterval=0.2)

    def advance(self, steps: int, logs: Callable[[], Logs]) -> None:
        """Move the bar, with the losses and metrics so far beside it."""
        self._bar.set_postfix_str(format_logs(logs()), refresh=False)
        self._bar.update(steps)

    def close(self) -> None:
        """Take the bar away."""
        self._bar.close()
