"""Programs with options, `tf.app`: `run` reads the options and calls the program's `main`."""

import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from kerasflow import flags
from kerasflow.flags import FLAGS

__all__ = ["flags", "run"]


def run(main: Callable[[list[str]], Any] | None = None, argv: Sequence[str] | None = None) -> NoReturn:
    """Read the options of the command line, call `main` with what is no option, and exit with what it gives.

    A mistake in the options is one line on the standard error and exit code 1; ``--help`` shows what options there are.

    Args:
        main: a function of the words that are no option, the program's name first; by default `main` of the program.
        argv: the command line, by default that of the process.
    """
    line = list(sys.argv if argv is None else argv)
    if "--help" in line[1:] or "-h" in line[1:]:
        sys.stdout.write(f"{line[0]}: options\n{FLAGS.describe()}\n")
        sys.exit(0)
    try:
        rest = FLAGS(line)
    except ValueError as e:
        sys.stderr.write(f"{line[0]}: {e}\n")
        sys.exit(1)
    function = main or sys.modules["__main__"].main
    sys.exit(function(rest))
