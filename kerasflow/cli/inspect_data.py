"""`kerasflow inspect` of a table: its columns, what is in them, and what looks wrong; the schema, to be edited."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path

from kerasflow.cli.console import Console, count
from kerasflow.cli.exits import OK, DataError, no_such_column
from kerasflow.cli.reading import dialect_of, paths_of, spooled, table_name
from kerasflow.cli.schema import Schema, wishes_of
from kerasflow.cli.temporary import temporary_folder
from kerasflow.io.column_cache import ColumnCache
from kerasflow.io.csv_text import TableError
from kerasflow.io.text_stream import shown_path

__all__ = ["inspect_data"]


def inspect_data(options: argparse.Namespace) -> int:
    """Show what a table is; the exit code.

    Args:
        options: those of `add_data_options` and `add_column_options`, `target` and `weight_column` or None,
            `write_schema`, a path or None, and what `Console.of` takes.

    Raises:
        UsageError, DataError, ModelError: see `exits`. OSError: a file cannot be read or written.
    """
    console, dialect, wishes = Console.of(options), dialect_of(options), wishes_of(options)
    with ExitStack() as stack:
        folder = temporary_folder(stack)
        paths = spooled(paths_of(options), stack)
        name = table_name(paths)
        try:
            cache = ColumnCache.make(Path(folder, "columns"), paths, dialect, wishes.kinds)
        except TableError as error:
            raise DataError(str(error)) from error
        wishes.check(cache.names, name)
        for option in ("target", "weight_column"):
            if (column := getattr(options, option)) is not None and column not in cache.names:
                raise no_such_column(f"--{option.replace('_', '-')}", column, name, cache.names)
        schema = Schema.infer(cache, dialect, wishes)
        rows = cache.rows
    head = f"{name}: {count(rows, 'row')}, {count(len(schema.columns), 'column')}"
    text = "" if console.as_json else f"{head}\n\n{schema.text()}"
    console.result(
        text, {"data": list(map(shown_path, paths)), "rows": rows, **schema.to_json()} if console.as_json else None
    )
    if options.write_schema:
        schema.write(options.write_schema)
        console.note(f"{options.write_schema}: the schema, to be edited and given back with --schema")
    return OK
