"""The schema of a table: what its columns are and what they are for, as inferred, as a person edited it.

``kerasflow inspect DATA --write-schema FILE`` writes it as JSON, one object for each column: its ``name``; its
``kind``, "numeric" or "categorical"; its ``role``, "input", "target", "weight", "id" or "ignored"; and ``about`` it
what was found, which nobody reads back. ``--schema FILE`` takes kinds and roles from there; what the command line says
itself comes first.
"""

from __future__ import annotations

import argparse
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kerasflow.cli.console import aligned, number, plain
from kerasflow.cli.exits import DataError, ModelError, UsageError, no_such_column
from kerasflow.cli.findings import Found, find, says_the_target, warnings
from kerasflow.io.column_cache import ColumnCache
from kerasflow.io.csv_text import Dialect, StrPath, TableError
from kerasflow.io.json_file import Fields, JsonError, read_json, write_json

__all__ = ["Column", "Schema", "Wishes", "settled", "wishes_of"]

FORMAT = 1
KINDS = {"numeric": "numeric", "categorical": "text"}  # as people say it, and as a cache does
ROLES = ("input", "target", "weight", "id", "ignored")
LONGEST = 16  # characters of a value in the table


@dataclass(frozen=True)
class Column:
    """A column of a schema.

    Args:
        name: of the column.
        kind: "numeric" or "categorical".
        role: "input", "target", "weight", "id" or "ignored".
        found: what is in it; None for a schema that was read from a file.
        warnings: what looks wrong.
    """

    name: str
    kind: str
    role: str = "input"
    found: Found | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Schema:
    """The columns of a table.

    Args:
        columns: in order.
    """

    columns: tuple[Column, ...]

    @classmethod
    def infer(
        cls, cache: ColumnCache, dialect: Dialect, wishes: Wishes | None = None, target: str | None = None
    ) -> Schema:
        """Look through a table.

        Args:
            cache: the table.
            dialect: how it is written.
            wishes: what is asked of the columns.
            target: the column that is to be predicted, if any.

        Raises:
            DataError: a number is infinite.
        """
        wishes = wishes or Wishes()
        target = target or next((name for name, role in wishes.roles.items() if role == "target"), None)
        kinds = {theirs: ours for ours, theirs in KINDS.items()}
        columns = []
        for name in cache.names:
            try:
                found = find(cache, name)
            except TableError as error:
                raise DataError(str(error)) from error
            role = "target" if name == target else wishes.role(name)
            told = warnings(cache, name, found, dialect, role == "input")
            if (
                target in cache.kinds
                and role == "input"
                and found.distinct != 1
                and says_the_target(cache, name, target)
            ):
                told.append(f"says what {plain(target)} says; --ignore it unless it is known before")
            columns.append(Column(name, kinds[cache.kinds[name]], role, found, tuple(told)))
        return cls(tuple(columns))

    @classmethod
    def bare(cls, cache: ColumnCache, wishes: Wishes, target: str) -> Schema:
        """What the columns are and what they are for, without a look at what is in them."""
        kinds = {theirs: ours for ours, theirs in KINDS.items()}
        roles = {name: "target" if name == target else wishes.role(name) for name in cache.names}
        return cls(tuple(Column(name, kinds[cache.kinds[name]], role) for name, role in roles.items()))

    @classmethod
    def read(cls, path: StrPath) -> Schema:
        """The schema in a file.

        Raises:
            JsonError: it is not what `write` writes, apart from what may be edited; says where.
            OSError: it cannot be read.
        """
        name = str(path)
        fields = Fields(read_json(path), name)
        if fields.has("encoder"):
            raise JsonError(f"{name} is the schema of an old run; --schema takes one from inspect --write-schema")
        if fields.has("learned"):  # that of a run, which says what training learned, too
            fields.take("learned")
        if (number := fields.integer("format")) != FORMAT:
            raise JsonError(f'{name}: "format" is {FORMAT}, not {number}')
        columns = [_column(item, f"{name}: column {place}") for place, item in enumerate(fields.items("columns"), 1)]
        fields.done()
        seen: set[str] = set()
        for column in columns:
            if column.name in seen:
                raise JsonError(f"{name}: the column {column.name!r} is there twice")
            seen.add(column.name)
        for role in ("target", "weight"):
            if len(several := [column.name for column in columns if column.role == role]) > 1:
                raise JsonError(f'{name}: one column has the role "{role}", not {" and ".join(map(repr, several))}')
        return cls(tuple(columns))

    def write(self, path: StrPath) -> None:
        """Write the schema to a file, atomically. Raises OSError: it cannot be written."""
        write_json(path, self.to_json())

    def to_json(self) -> dict[str, Any]:
        """The schema as JSON carries it."""
        return {"format": FORMAT, "columns": [_as_json(column) for column in self.columns]}

    def text(self) -> str:
        """The schema as a table for people, the warnings below."""
        rows = [("column", "kind", "role", "missing", "different", "min / mean / max, or the most frequent")]
        rows += [_row(column) for column in self.columns]
        told = [f"{plain(column.name)}: {warning}" for column in self.columns for warning in column.warnings]
        return "\n".join([aligned(rows, "<<<>><"), *([""] if told else []), *told])


@dataclass(frozen=True)
class Wishes:
    """What the command line and the schema it names ask of the columns.

    Args:
        kinds: "numeric" or "text" by name.
        roles: by name, for those that the schema or an option gives one.
        options: the option that a name comes from.
        only: the columns to predict from; None for all.
        known: the columns of the schema; None where there is none.
    """

    kinds: Mapping[str, str] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    only: Collection[str] | None = None
    known: Collection[str] | None = None

    def role(self, name: str) -> str:
        """What a column is for."""
        if name in self.roles:
            return self.roles[name]
        known = (self.only is None or name in self.only) and (self.known is None or name in self.known)
        return "input" if known else "ignored"

    def check(self, names: Sequence[str], path: str) -> None:
        """Check that the columns that are spoken of are in a table.

        Raises:
            ModelError: the schema has others. UsageError: an option names one that is not there.
        """
        missing = [name for name in self.known or () if name not in names]
        if missing:
            extra = [name for name in names if name not in self.known]
            more = f"; columns it does not know: {', '.join(extra)}" if extra else ""
            raise ModelError(f"{path}: the table does not fit the schema; missing columns: {', '.join(missing)}{more}")
        for name, option in self.options.items():
            if name not in names:
                raise no_such_column(option, name, path, names)


def wishes_of(options: argparse.Namespace) -> Wishes:
    """What is asked of the columns, by the options of `kerasflow.cli.reading.add_column_options`.

    Raises:
        UsageError: the schema cannot be used, or two options say different things of a column.
        OSError: the schema cannot be read.
    """
    schema = _schema(options.schema) if options.schema else None
    columns = schema.columns if schema else ()
    roles = {column.name: column.role for column in columns if column.role != "input"}
    kinds = {column.name: KINDS[column.kind] for column in columns}
    asked: dict[tuple[str, str], str] = {}
    for option, what, value in (
        ("ignore", "role", "ignored"),
        ("id", "role", "id"),
        ("columns", "role", "input"),
        ("numeric", "kind", "numeric"),
        ("categorical", "kind", "text"),
    ):
        for name in (name for names in getattr(options, option) for name in names):
            before = asked.setdefault((what, name), option)
            if before != option:
                raise UsageError(f"--{option}: {name!r} is in --{before} too")
            (roles if what == "role" else kinds)[name] = value
    for role, name in (("weight", options.weight_column), ("target", options.target)):
        if name is not None:
            if (option := asked.get(("role", name))) in ("ignore", "id"):
                raise UsageError(f"--{option}: {name!r} is the {role}")
            roles = {other: its for other, its in roles.items() if its != role} | {name: role}
    only = [name for names in options.columns for name in names] or None
    sources = {name: f"--{option}" for (_, name), option in asked.items()}
    return Wishes(kinds, roles, sources, only, [column.name for column in columns] if schema else None)


def settled(options: argparse.Namespace) -> argparse.Namespace:
    """The options, with the weights that the schema names if the command line names none."""
    weights = [name for name, role in wishes_of(options).roles.items() if role == "weight"]
    return argparse.Namespace(**{**vars(options), "weight_column": options.weight_column or next(iter(weights), None)})


def _schema(path: str) -> Schema:
    try:
        return Schema.read(path)
    except JsonError as error:
        raise UsageError(f"--schema: {error}") from error


def _column(item: Any, where: str) -> Column:
    fields = Fields(item, where)
    name = fields.text("name")
    column = Column(name, fields.text("kind", tuple(KINDS)), fields.text("role", ROLES))
    if fields.has("about"):
        fields.take("about")
    fields.done()
    return column


def _as_json(column: Column) -> dict[str, Any]:
    shown: dict[str, Any] = {"name": column.name, "kind": column.kind, "role": column.role}
    if column.found is not None:
        found = dict(vars(column.found))
        found["frequent"] = [{"value": value, "rows": rows} for value, rows in column.found.frequent]
        found["examples"] = list(column.found.examples)
        shown["about"] = {**found, "warnings": list(column.warnings)}
    return shown


def _row(column: Column) -> tuple[str, ...]:
    found = column.found
    if found is None:
        return plain(column.name), column.kind, column.role, "", "", ""
    missing = f"{100 * found.missing / found.rows:.3g}%" if found.missing else "-"
    distinct = "many" if found.distinct is None else f"{found.distinct:,}"
    if found.low is not None:
        values = " / ".join(map(number, (found.low, found.mean, found.high)))
    elif found.frequent:
        values = ", ".join(f"{plain(text, LONGEST)} {100 * rows / found.rows:.3g}%" for text, rows in found.frequent)
    else:
        values = ", ".join(plain(text, LONGEST) for text in found.examples) + ", ..." * bool(found.examples)
    return plain(column.name), column.kind, column.role, missing, distinct, values
