"""The options that say which tables are read, how they are written, and what their columns are for."""

from __future__ import annotations

import argparse
import codecs
import glob
import os
import shutil
import sys
from collections.abc import Sequence
from contextlib import ExitStack

from kerasflow.cli.exits import UsageError
from kerasflow.cli.option_values import names, whole
from kerasflow.cli.temporary import temporary_folder
from kerasflow.io.csv_text import MISSING, Dialect
from kerasflow.io.files import full_disk_at
from kerasflow.io.text_stream import STDIN, Spooled, shown_path

__all__ = ["add_column_options", "add_data_options", "dialect_of", "paths_of", "spooled", "table_name"]

SEPARATORS = {"auto": None, "tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "bar": "|"}
DATA = "the table: CSV files with the same header, or patterns as in 'part-*.csv'; packed by gzip, bzip2 or xz or not;"


def add_data_options(parser: argparse.ArgumentParser) -> None:
    """Add DATA, which is `data` among the options, and how it is written."""
    parser.add_argument("data", metavar="DATA", nargs="+", help=f"{DATA} - for stdin")
    add = parser.add_argument_group("how the table is written").add_argument
    add("--sep", type=_separator, metavar="CHAR", help="between cells: auto, tab or a character [auto: , ; tab or |]")
    add("--encoding", type=_encoding, metavar="NAME", help="auto, utf-8, latin-1, cp1252 ... [auto: its mark or utf-8]")
    add("--quote", type=_quote, default='"', metavar="CHAR", help="""around cells with a separator, or none ["]""")
    add("--decimal", choices=(".", ","), default=".", help="before decimals [.]")
    add("--thousands", metavar="CHAR", help="between groups of three digits, if they are marked [no mark]")
    add("--no-header", action="store_true", help="the first row has values; columns are called 1, 2, 3 ...")
    text = f"cells that mean a missing value, with commas, beside the empty one [{','.join(filter(None, MISSING))}]"
    add("--na", type=names, default=list(MISSING), metavar="TEXTS", help=text)
    add("--limit", type=whole(1), metavar="ROWS", help="read so many rows at the most")


def add_column_options(parser: argparse.ArgumentParser) -> None:
    """Add what the columns are for; see `kerasflow.cli.schema`, which reads these options."""
    add = parser.add_argument_group("the columns, with commas between names").add_argument
    several = {"action": "append", "default": [], "type": names, "metavar": "COLUMNS"}
    add("--columns", **several, help="the only ones to predict from")
    add("--ignore", **several, help="columns not to use")
    add("--id", **several, help="columns that tell rows apart, not to learn from")
    add("--numeric", **several, help="columns of numbers, where anything else is an error")
    add("--categorical", **several, help="columns of texts, also where all are numbers")
    add("--schema", metavar="SCHEMA", help="a file from kerasflow inspect --write-schema, perhaps edited, that says so")


def dialect_of(options: argparse.Namespace) -> Dialect:
    """How the table is written, by the options. Raises UsageError: two of them contradict each other."""
    try:
        return Dialect(
            separator=options.sep,
            encoding=options.encoding,
            quote=options.quote,
            decimal=options.decimal,
            thousands=options.thousands,
            header=not options.no_header,
            missing=tuple(options.na),
            limit=options.limit,
        )
    except ValueError as error:
        raise UsageError(str(error)) from error


def paths_of(options: argparse.Namespace) -> list[str]:
    """The files that DATA stands for. Raises UsageError: a pattern matches none, or a file is given twice."""
    return expanded([options.data] if isinstance(options.data, str) else options.data)


def expanded(given: list[str]) -> list[str]:
    """Paths, those with ``*``, ``?`` or ``[`` that are no files replaced by the files that match, in order."""
    paths: list[str] = []
    for path in given:
        pattern = glob.has_magic(path) and not os.path.lexists(path)
        found = sorted(glob.glob(path, recursive=True)) if pattern else [path]
        if not found:
            raise UsageError(f"{path}: no file matches this pattern")
        paths += found
    seen: set[str] = set()
    for path in paths:
        place = path if path == STDIN else os.path.realpath(path)
        if place in seen:
            raise UsageError(f"{path} is given twice")
        seen.add(place)
    return paths


def spooled(paths: Sequence[str], stack: ExitStack) -> list[str]:
    """The paths, standard input replaced by a file with all that comes from it, which the stack removes."""
    if STDIN not in paths:
        return list(paths)
    copy = Spooled(temporary_folder(stack) / "stdin")
    with full_disk_at(copy), open(copy, "wb") as stream:
        shutil.copyfileobj(sys.stdin.buffer, stream)
    return [copy if path == STDIN else path for path in paths]


def table_name(paths: Sequence[str]) -> str:
    """What to call the table in messages: its file, or the first of its files.

    >>> table_name(["a.csv"]), table_name(["a.csv", "b.csv", "c.csv"])
    ('a.csv', 'a.csv and 2 more')
    """
    first = shown_path(paths[0])
    return first if len(paths) == 1 else f"{first} and {len(paths) - 1} more"


def _separator(text: str) -> str | None:
    if text in SEPARATORS:
        return SEPARATORS[text]
    if len(text) != 1 or not text.isascii() or text in "\r\n \0":
        raise argparse.ArgumentTypeError(f"expected auto, tab or one character that is no blank, not {text!r}")
    return text


def _quote(text: str) -> str | None:
    if text == "none":
        return None
    if len(text) != 1 or not text.isascii() or text in "\r\n \0":
        raise argparse.ArgumentTypeError(f"expected none or one character, not {text!r}")
    return text


def _encoding(text: str) -> str | None:
    if text == "auto":
        return None
    try:
        "".encode(text)
        return codecs.lookup(text).name
    except (LookupError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"there is no encoding {text!r}; common: utf-8, cp1252, utf-16") from error
