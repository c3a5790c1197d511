"""`Conversation`: the debugger's talk with a person before and after runs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

from kerasflow.core.naming import did_you_mean
from kerasflow.debug.commands import Analyzer, CommandError, Parser, words_of
from kerasflow.debug.filters import TensorFilter, has_inf_or_nan
from kerasflow.debug.recording import Recording
from kerasflow.debug.terminal import Ask, asking

__all__ = ["Conversation", "Watch"]

_PROMPT = "tfdbg> "
_GOING = """run [-n] [-t TIMES] [-f FILTER]
    go on: run and watch (-n: without watching; -t: watch the run after so many; -f: watch until a value passes)"""
_OTHERS = "ri\n    what is run\nhelp\n    this list\nexit\n    leave the program"


class Watch:
    """What becomes of the runs to come.

    Args:
        skip: how many runs are not watched.
        until: the name of a filter: runs are watched until one of their values passes it.
        watched: whether the next one is, if none are skipped.
    """

    def __init__(self, skip: int = 0, until: str | None = None, watched: bool = True) -> None:
        self.skip, self.until, self.watched = skip, until, watched


def _run_parser() -> Parser:
    parser = Parser(prog="run", add_help=False)
    parser.add_argument("-n", "--no_debug", action="store_true")
    parser.add_argument("-t", "--times", type=int, default=0)
    parser.add_argument("-f", "--till_filter_pass")
    return parser


class Conversation:
    """Asks a person what to do.

    Args:
        ask: asks for a line; by default the terminal, or the standard input line by line.
        show: shows lines; by default on the standard output.
    """

    def __init__(self, ask: Ask | None = None, show: Callable[[Sequence[str]], None] | None = None) -> None:
        self._ask = ask or asking()
        self._show = show or _print
        self.filters: dict[str, TensorFilter] = {"has_inf_or_nan": has_inf_or_nan}
        self._run_parser = _run_parser()
        self._next: Watch | None = None  # what was asked for at the end of the last run

    def add_filter(self, name: str, function: TensorFilter) -> None:
        """Add a filter. ValueError if it has no name, TypeError if it cannot be called."""
        if not isinstance(name, str) or not name:
            raise ValueError(f"A filter needs a name, got {name!r}.")
        if not callable(function):
            raise TypeError(f"A filter must be callable, got {function!r}.")
        self.filters[name] = function

    def passing(self, recording: Recording, name: str) -> list[str]:
        """The tensors whose values pass a filter."""
        return [v.tensor for v in recording.values if self.filters[name](v, v.array)]

    # Talking.

    def before(self, recording: Recording, number: int) -> Watch:
        """What to do with a run that is about to begin."""
        if self._next is not None:
            asked, self._next = self._next, None
            return asked
        title = [
            f"--- run-start: run #{number}: {recording.title} ---",
            *_feeds(recording),
            "Type run to go on, help for more.",
        ]
        return self._talk(recording, title)

    def after(self, recording: Recording, number: int, until: str | None = None) -> None:
        """Show a run that was watched."""
        title = [f"--- run-end: run #{number}: {recording.title} ---"]
        if recording.error is not None:
            title += ["The run failed:", *[f"  {line}" for line in recording.error.splitlines()]]
        analyzer = Analyzer(recording, self.filters)
        title += analyzer.run(["lt", *(["-f", until] if until else [])])
        asked = self._talk(recording, title)
        if asked.skip or asked.until or not asked.watched:
            self._next = asked  # it says enough of the next run

    def _talk(self, recording: Recording, title: Sequence[str]) -> Watch:
        analyzer = Analyzer(recording, self.filters)
        self._show(title)
        while True:
            try:
                line = self._ask(_PROMPT, ["run", "ri", "help", "exit", *analyzer.names])
            except EOFError:
                raise SystemExit(0) from None
            try:
                asked = self._answer(line, analyzer)
            except CommandError as error:
                self._show(str(error).splitlines())
                continue
            if asked is not None:
                return asked

    def _answer(self, line: str, analyzer: Analyzer) -> Watch | None:
        """Do what a line says; gives how to go on, if it says so."""
        words = words_of(line)
        if not words:
            return None
        name = {"r": "run", "h": "help", "quit": "exit", "q": "exit", "run_info": "ri"}.get(words[0], words[0])
        if name == "run":
            return self._asked(words[1:])
        if name == "exit":
            raise SystemExit(0)
        if name == "help":
            self._show([*analyzer.help_lines, _GOING, _OTHERS, f"filters: {', '.join(self.filters)}"])
        elif name == "ri":
            recording = analyzer.recording
            self._show([f"Fetch(es): {recording.title}", *_feeds(recording)])
        else:
            self._show(analyzer.run([name, *words[1:]]))
        return None

    def _asked(self, words: list[str]) -> Watch:
        given: Any = self._run_parser.parse_args(words)
        if given.till_filter_pass is not None and given.till_filter_pass not in self.filters:
            hint = did_you_mean(given.till_filter_pass, self.filters)
            raise CommandError(f"There is no filter {given.till_filter_pass!r}.{hint}")
        if given.times < 0:
            raise CommandError(f"run -t takes a number of runs, got {given.times}.")
        return Watch(max(0, given.times - 1), given.till_filter_pass, not given.no_debug)


def _feeds(recording: Recording) -> list[str]:
    return [f"Feed: {name}" for name in recording.feeds]


def _print(lines: Sequence[str]) -> None:
    print("\n".join(lines), file=sys.stdout, flush=True)
