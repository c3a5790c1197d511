"""Where the command talks, and how it writes numbers, counts and texts."""

from __future__ import annotations

import argparse
import errno
import io
import json
import math
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

__all__ = ["STDOUT", "Console", "aligned", "count", "forget_stdout", "number", "plain", "say", "shown"]

LONGEST = 24  # characters of a text from a table
WHOLE = 1e15  # from here on floats are not written out


class Stdout(io.TextIOBase):
    """Standard output as it is at the moment. Its errors name it, and a closed one is an error once it is written to.

    Raises:
        BrokenPipeError: its reader is gone. OSError: its disk is full, or the process was started without it.
    """

    name = "stdout"

    def write(self, text: str) -> int:
        """Write a text, perhaps later."""
        with self._named() as stream:
            return stream.write(text)

    def flush(self) -> None:
        """Write what is not written yet."""
        if sys.stdout is not None:
            with self._named() as stream:
                stream.flush()

    @contextmanager
    def _named(self) -> Iterator[Any]:
        try:
            if sys.stdout is None:
                raise OSError(errno.EBADF, "it is closed")
            yield sys.stdout
        except OSError as error:
            if error.filename is None:
                error.filename = self.name
            raise


STDOUT = Stdout()


def say(text: str) -> None:
    """Show a line on stderr. That nobody can read it is no reason to give up, unless the reader has gone away."""
    try:
        print(text, file=sys.stderr, flush=True)
    except BrokenPipeError:
        raise
    except OSError:
        return


def forget_stdout() -> None:
    """Point stdout at nothing: it cannot be written to, and Python's own flush at the end would complain."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (AttributeError, OSError, ValueError):  # it is closed, or no file of its own, as in tests
        return


class Console:
    """Where the command talks: results on stdout, all else on stderr.

    Args:
        quiet: whether to say nothing but results.
        verbose: whether to go into details.
        as_json: whether results are JSON.

    Attributes:
        interrupted: says whether there is something to be saved still, though the reader of stderr is gone.
    """

    def __init__(self, quiet: bool = False, verbose: bool = False, as_json: bool = False) -> None:
        self.quiet = quiet
        self.verbose = verbose
        self.as_json = as_json
        self.lines: list[str] = []
        self.interrupted: Callable[[], bool] = lambda: False

    @classmethod
    def of(cls, options: argparse.Namespace) -> Console:
        """The one that the options ask for."""
        return cls(options.quiet, options.verbose, options.json)

    def result(self, text: str, value: Any) -> None:
        """Print a result: as text for people, or the value as one JSON object, whichever was asked for."""
        print(json.dumps(value, ensure_ascii=False, allow_nan=False) if self.as_json else text, file=STDOUT)

    def detail(self, text: str) -> None:
        """Show a line that only who asked for details wants to see."""
        if self.verbose:
            self.note(text)

    def keep(self, text: str) -> None:
        """Keep a line for the log without showing it."""
        self.lines.append(text)

    def note(self, text: str) -> None:
        """Show a line, or several; it is kept for the log also where it is not shown."""
        self.keep(text)
        if self.quiet:
            return
        try:
            say(text)
        except BrokenPipeError:
            if not self.interrupted():
                raise


def number(value: float | None) -> str:
    """A number to be read by people: five digits, or all that stand before the point.

    >>> [number(value) for value in (0.123456, 12.0, 1234.56, 115395.4, 1e-9, None)]
    ['0.12346', '12', '1,234.6', '115,395', '1e-09', '-']
    """
    if value is None or math.isnan(value):
        return "-"
    if not 1e3 <= abs(value) < WHOLE:
        return f"{value:.5g}"
    return f"{value:,.{int(abs(value) < 1e4)}f}".removesuffix(".0")


def count(size: int, noun: str) -> str:
    """How many there are of something: "1 row", "20,640 rows"."""
    ending = "es" if noun.endswith("s") else "s"
    return f"{size:,} {noun}" if size == 1 else f"{size:,} {noun}{ending}"


def shown(text: str, longest: int = LONGEST) -> str:
    """A text from a table in quotation marks, without control characters and not too long."""
    return repr(text if len(text) <= longest else f"{text[:longest]}...")


def plain(text: str, longest: int = LONGEST) -> str:
    """A text as it is, unless it holds control characters or is too long."""
    return text if text.isprintable() and len(text) <= longest else shown(text, longest)


def aligned(rows: Sequence[Sequence[str]], sides: str) -> str:
    """Rows of cells as lines; of each column "<" or ">" tells the side its cells stand on."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for cells in rows:
        padded = [f"{cell:{side}{width}}" for cell, side, width in zip(cells, sides, widths, strict=True)]
        lines.append("  ".join(padded).rstrip())
    return "\n".join(lines)
