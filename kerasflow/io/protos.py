"""The way to the protocol buffers of graphs and summaries, which are loaded when the first one is needed."""

from __future__ import annotations

import importlib.util
from typing import Any

__all__ = ["available", "message", "parse_text", "to_text"]


def available() -> bool:
    """Whether the package that has them, tensorboard, is installed."""
    return importlib.util.find_spec("tensorboard") is not None


def message(name: str) -> Any:
    """The class of the message called `name`. ImportError, with the remedy, if tensorboard is not installed."""
    return getattr(_loaded(name), name)


def to_text(content: Any) -> str:
    """A message as readable text."""
    text: str = _loaded("text_format").text_format.MessageToString(content)
    return text


def parse_text(text: str, content: Any) -> Any:
    """The message in `text`, put into `content`. ValueError if it is none of that kind."""
    reader = _loaded("text_format").text_format
    try:
        return reader.Parse(text, content)
    except (reader.ParseError, RecursionError) as error:
        raise ValueError(str(error)) from error


def _loaded(name: str) -> Any:
    try:
        from kerasflow.io import _examples, _messages
    except ImportError as error:
        raise ImportError(
            f"Graph definitions, summaries and examples ({name}) need the package tensorboard: "
            "pip install 'kerasflow[tensorboard]'."
        ) from error
    return _examples if name in _examples.__all__ else _messages
