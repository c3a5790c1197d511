"""How far training is: in a terminal a bar that moves, elsewhere a line for each epoch. Importing this loads tqdm."""

from __future__ import annotations

import sys

from tqdm import tqdm

from kerasflow.cli.console import Console

__all__ = ["Progress"]

REFRESH = 0.2  # seconds between two states of the bar
LAYOUT = "{desc}|{bar}| {elapsed}<{remaining} {postfix}"


class Progress:
    """The epochs on stderr.

    Args:
        console: where to; a quiet one shows nothing.
        mode: "bar"; "line", one for each epoch; "none"; "auto", a bar in a terminal and else lines.
        epochs: how many there may be.
    """

    def __init__(self, console: Console, mode: str, epochs: int) -> None:
        if mode == "auto":
            mode = "bar" if sys.stderr.isatty() else "line"
        self.console = console
        self.mode = "none" if console.quiet else mode
        self.epochs = epochs
        self._bar: tqdm | None = None

    def move(self, done: float) -> None:
        """Show how many epochs are done, the one that runs as a fraction."""
        if self.mode == "bar":
            bar = self._opened(done)
            bar.set_description_str(f"epoch {min(int(done) + 1, self.epochs)}/{self.epochs}", refresh=False)
            bar.update(done - bar.n)  # draws by itself, and not too often

    def epoch(self, number: int, text: str) -> None:
        """Show what an epoch, from 1 on, has brought."""
        line = f"epoch {number:>{len(str(self.epochs))}}/{self.epochs}  {text}"
        if self.mode == "line":
            self.console.note(line)
        else:
            self.console.keep(line)
        if self.mode == "bar":
            self._opened(number - 1).set_postfix_str(text, refresh=False)
            self.move(number)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def _opened(self, done: float) -> tqdm:
        """The bar; where it begins, what is done says nothing of how long the rest will take."""
        if self._bar is None:
            self._bar = tqdm(
                desc=f"epoch {min(int(done) + 1, self.epochs)}/{self.epochs}",
                total=self.epochs,
                initial=done,
                file=sys.stderr,
                mininterval=REFRESH,
                miniters=0,
                leave=False,
                bar_format=LAYOUT,
                ncols=100,
            )
        return self._bar
