"""Asking a person for commands: with completion and history on a terminal, line by line where there is none.

Completion needs prompt_toolkit, the extra `debug`; without it, or where the input is a pipe, plain lines are read.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

__all__ = ["Ask", "asking"]

Ask = Callable[[str, Sequence[str]], str]  # from a prompt and what can be completed to a line; EOFError at the end


def asking() -> Ask:
    """What asks for lines."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return _plain
    try:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.completion import WordCompleter
    except ImportError:
        print("For completion and history: pip install 'kerasflow[debug]'.", file=sys.stderr)
        return _plain
    session: PromptSession[str] = PromptSession()

    def ask(prompt: str, names: Sequence[str]) -> str:
        # The names of tensors have slashes and colons.
        completer = WordCompleter(list(names), sentence=False, WORD=True)
        line: str = session.prompt(prompt, completer=completer, complete_while_typing=False)
        return line

    return ask


def _plain(prompt: str, names: Sequence[str]) -> str:
    sys.stdout.write(prompt)
    sys.stdout.flush()
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    if not sys.stdin.isatty():
        sys.stdout.write(line if line.endswith("\n") else f"{line}\n")
    return line
