"""How the command ends: the exit codes, and the errors that carry them up to `main`."""

from __future__ import annotations

import difflib
from collections.abc import Collection

__all__ = [
    "DATA",
    "DIVERGED",
    "INTERNAL",
    "INTERRUPTED",
    "MODEL",
    "OK",
    "PIPE_CLOSED",
    "TERMINATED",
    "USAGE",
    "CommandError",
    "DataError",
    "DivergedError",
    "ModelError",
    "UsageError",
    "no_such_column",
]

OK = 0
INTERNAL = 1
USAGE = 2
DATA = 3
MODEL = 4
DIVERGED = 5
INTERRUPTED = 130
PIPE_CLOSED = 141  # what a shell shows for a program that SIGPIPE ended
TERMINATED = 143


class CommandError(Exception):
    """The command cannot go on; its text is the one line that the user sees."""

    code = INTERNAL


class UsageError(CommandError):
    """The command line asks for what cannot be."""

    code = USAGE


class DataError(CommandError):
    """The table is not fit for the task."""

    code = DATA


class ModelError(CommandError):
    """The RUN folder cannot be used, or not with this table."""

    code = MODEL


class DivergedError(CommandError):
    """Training left the finite numbers."""

    code = DIVERGED


def no_such_column(option: str, name: str, path: str, names: Collection[str]) -> UsageError:
    """The error for an option that names a column which the table does not have, with the nearest names it has."""
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
    hint = f"did you mean {' or '.join(map(repr, near))}?" if near else f"its columns are {', '.join(names)}"
    return UsageError(f"{option}: {path} has no column {name!r}; {hint}")
