r"""Regular expressions over strings: `regex_replace` and `regex_full_match`.

TensorFlow's are RE2's, these are Python's, held to what RE2 knows. What both know they read alike, with these
differences, all of them rare: a pattern that RE2 refuses because it would take more than linear time (back references,
looking around) is refused here too; RE2's ``\C``, ``\Q..\E``, ``\pN`` and flag ``U`` are refused as they are unknown to
Python; ``$`` without the flag ``m`` is the very end of the string, as in RE2. Where two alternatives match, the first
one wins in both.
"""

from __future__ import annotations

import functools
import re
from typing import Any

from kerasflow.core import types
from kerasflow.core.errors import InvalidArgumentError
from kerasflow.core.graph import apply, convert
from kerasflow.core.opdef import op
from kerasflow.core.ops.strings import mapped, of_strings, text
from kerasflow.core.tensor import Tensor
from kerasflow.core.values import alone

__all__ = ["regex_full_match", "regex_replace"]

_NOT_LINEAR = re.compile(r"\(\?(?:<?[=!]|P=|\()|(?:^|[^\\])(?:\\\\)*\\[1-9]")
_CLASSES = {
    "alnum": "0-9A-Za-z", "alpha": "A-Za-z", "ascii": "\\x00-\\x7F", "blank": "\\t ", "cntrl": "\\x00-\\x1F\\x7F",
    "digit": "0-9", "graph": "!-~", "lower": "a-z", "print": " -~", "punct": "!-/:-@\\[-`{-~",
    "space": "\\t\\n\\v\\f\\r ", "upper": "A-Z", "word": "0-9A-Za-z_", "xdigit": "0-9A-Fa-f",
}  # fmt: skip
_TOKEN = re.compile(r"\\.|\[:(\w+):\]|\[\^?\]?|\]|\$|\(\?[a-zA-Z-]*m[a-zA-Z-]*[:)]|.", re.DOTALL)


@functools.lru_cache(64)
def _compiled(pattern: bytes) -> re.Pattern[str]:
    """`pattern` in Python's dialect. InvalidArgumentError if RE2 would not take it."""
    source = text(pattern)
    if _NOT_LINEAR.search(source):
        raise InvalidArgumentError(None, None, f"Invalid pattern: {source}, error: it would take more than linear time")
    try:
        return re.compile(_translated(source), re.ASCII)
    except (re.error, OverflowError) as e:
        raise InvalidArgumentError(None, None, f"Invalid pattern: {source}, error: {e}") from None


def _translated(source: str) -> str:
    parts, in_class, by_line = [], False, False
    for match in _TOKEN.finditer(source):
        token, name = match[0], match[1]
        if name is not None:
            if not in_class or name not in _CLASSES:
                raise re.error(f"invalid character class {token}")
            token = _CLASSES[name]
        elif token == "\\z":
            token = "\\Z"
        elif in_class:
            in_class = token != "]"
            token = "\\[" if token.startswith("[") else token
        elif token.startswith("["):
            in_class = True
        elif token.startswith("(?"):
            by_line = True
        elif token == "$" and not by_line:
            token = "\\Z"
        parts.append(token)
    return "".join(parts)


def _rewrite(template: bytes, groups: int) -> list[int | str]:
    r"""`template` as text and numbers of groups. InvalidArgumentError unless ``\`` precedes a digit or itself."""
    parts: list[int | str] = []
    for piece in re.finditer(r"\\(.?)|[^\\]+", text(template), re.DOTALL):
        code = piece[1]
        if code is None:
            parts.append(piece[0])
        elif code == "\\":
            parts.append("\\")
        elif code.isdecimal() and code.isascii() and int(code) <= groups:
            parts.append(int(code))
        else:
            raise InvalidArgumentError(None, None, f"Invalid rewrite {text(template)!r}: {piece[0]!r} names no group")
    return parts


def _replaced(s: bytes, pattern: re.Pattern[str], rewrite: list[int | str], everywhere: bool) -> bytes:
    source, parts, end = text(s), [], 0
    last = -1
    for match in pattern.finditer(source):
        if match.start() == match.end() == last:
            continue  # nothing, right after a match: no match of its own
        parts.append(source[end : match.start()])
        parts += [r if isinstance(r, str) else match[r] or "" for r in rewrite]
        end = last = match.end()
        if not everywhere:
            break
    return "".join([*parts, source[end:]]).encode("utf-8", "surrogateescape")


def _scalar(value: Any) -> bytes:
    return bytes(alone(value))


@op("RegexReplace", infer=of_strings(), vjp=None)
def _replace(x: Any, pattern: Any, rewrite: Any, replace_global: bool) -> Any:
    compiled = _compiled(_scalar(pattern))
    parts = _rewrite(_scalar(rewrite), compiled.groups)
    return mapped(lambda s: _replaced(s, compiled, parts, replace_global), x)


def regex_replace(
    input: Any, pattern: Any, rewrite: Any, replace_global: bool = True, name: str | None = None
) -> Tensor:
    r"""Each string with what matches a regular expression replaced.

    Args:
        input: a string tensor.
        pattern: the regular expression, in RE2's syntax as far as Python knows it.
        rewrite: what to put in its place; ``\1`` to ``\9`` stand for what the groups matched, ``\0`` for all of it.
        replace_global: whether every match is replaced, or the first only.

    Raises:
        InvalidArgumentError: in a run, the pattern or the rewrite is not valid.

    >>> tf.Session().run(tf.regex_replace(["hello", "world"], "(l+)", r"<\1>"))
    array([b'he<ll>o', b'wor<l>d'], dtype=object)
    """
    both = [convert(t, types.string) for t in (pattern, rewrite)]
    return apply("RegexReplace", input, *both, replace_global=bool(replace_global), name=name)


@op("RegexFullMatch", infer=of_strings(types.bool), vjp=None)
def _full_match(x: Any, pattern: Any) -> Any:
    compiled = _compiled(_scalar(pattern))
    return mapped(lambda s: compiled.fullmatch(text(s)) is not None, x, bool)


def regex_full_match(input: Any, pattern: Any, name: str | None = None) -> Tensor:
    """Whether a regular expression matches the whole of each string.

    Args:
        input: a string tensor.
        pattern: the regular expression, in RE2's syntax as far as Python knows it.

    Raises:
        InvalidArgumentError: in a run, the pattern is not valid.

    >>> tf.Session().run(tf.strings.regex_full_match(["hello", "world"], "h.*"))
    array([ True, False])
    """
    return apply("RegexFullMatch", input, convert(pattern, types.string), name=name)
