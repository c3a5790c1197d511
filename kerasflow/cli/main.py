"""`kerasflow`: reads the command line, runs the command, and turns every way to fail into one line and an exit code."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from kerasflow.cli import starting
from kerasflow.cli.console import STDOUT, forget_stdout, say
from kerasflow.cli.exits import INTERNAL, INTERRUPTED, OK, PIPE_CLOSED, TERMINATED, USAGE, CommandError
from kerasflow.cli.options import build_parser

__all__ = ["main"]

#: With this variable set, an error of kerasflow itself shows where it happened.
TRACEBACK = "KERASFLOW_TRACEBACK"
# What the system says about a path on the command line, not about the state of the machine.
PATH_ERRORS = (FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError, PermissionError)


Command = Callable[[argparse.Namespace], int]


class Terminated(BaseException):
    """The process got SIGTERM. No `Exception`: nothing below `main` shall take it for an error."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        argv: its arguments; None takes those of the process.

    Returns:
        The exit code.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["help"]:
        arguments = [*arguments[1:], "--help"]
    traced = bool(os.environ.get(TRACEBACK))
    name = " ".join(["kerasflow", *[word for word in arguments[:1] if word in COMMANDS]])
    with _audible():
        try:
            options = build_parser().parse_args(arguments)
            traced = traced or getattr(options, "verbose", False)
            command = COMMANDS[options.command](options)  # until it is loaded, signals are seen to by `starting`
            with _terminable():
                code = command(options)
                STDOUT.flush()
                return code
        except SystemExit:  # --help and --version, which have printed
            return OK
        except BrokenPipeError:
            forget_stdout()
            return PIPE_CLOSED
        except (KeyboardInterrupt, Terminated, Exception) as error:
            code, message = _explain(error, traced)
            say(f"{name}: {' '.join(message.splitlines())}")
            if isinstance(error, OSError) and error.filename == STDOUT.name:
                forget_stdout()
            return code
        finally:
            starting.finish()


def _train(options: argparse.Namespace) -> Command:
    from kerasflow.cli.train import train

    return train


def _evaluate(options: argparse.Namespace) -> Command:
    from kerasflow.cli.evaluate import evaluate

    return evaluate


def _predict(options: argparse.Namespace) -> Command:
    from kerasflow.cli.predict import predict

    return predict


def _saved_model(options: argparse.Namespace) -> Command:
    from kerasflow.cli.saved_model import saved_model

    return saved_model


def _inspect(options: argparse.Namespace) -> Command:
    from kerasflow.cli.inspect import inspect, is_table

    if not is_table(options.data):
        return inspect
    from kerasflow.cli.inspect_data import inspect_data

    return inspect_data


def _export(options: argparse.Namespace) -> Command:
    from kerasflow.cli.export import export

    return export


#: What loads each command; nothing heavy is loaded before.
COMMANDS = {
    "train": _train,
    "evaluate": _evaluate,
    "predict": _predict,
    "inspect": _inspect,
    "export": _export,
    "saved-model": _saved_model,
}


def _explain(error: BaseException, traced: bool) -> tuple[int, str]:
    """The exit code of an error, and what to say; one of kerasflow itself shows where it was, if it is `traced`."""
    if isinstance(error, CommandError):
        return error.code, str(error)
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED, str(error) or "interrupted, nothing was written"
    if isinstance(error, Terminated):
        return TERMINATED, str(error) or "terminated, nothing was written"
    if isinstance(error, MemoryError):
        return INTERNAL, "out of memory"
    if isinstance(error, OSError):
        code = USAGE if isinstance(error, PATH_ERRORS) else INTERNAL
        return code, f"{error.filename}: {error.strerror}" if error.filename and error.strerror else str(error)
    if traced:
        traceback.print_exception(error)
    return INTERNAL, f"internal error, {type(error).__name__}: {error} ({TRACEBACK}=1 shows where)"


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM unwind the program as Ctrl-C does, so that what is half written is removed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def terminate(number: int, frame: object) -> None:
        raise Terminated

    starting.hand_over()
    before = signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _audible() -> Iterator[None]:
    """Have a stderr, if only one that nobody hears: without it, what is said there would go to stdout."""
    if sys.stderr is not None:
        yield
        return
    with open(os.devnull, "w") as nothing:
        sys.stderr = nothing
        try:
            yield
        finally:
            sys.stderr = None
