"""Lookup tables in graph definitions: nodes that stand for the table, that fill it and that look up in it.

A table is no tensor here. It is written as TensorFlow's ``HashTableV2``, which the others take as their first input,
and called as the operation that fills it, without the end of its name.
"""

from __future__ import annotations

from typing import Any

from kerasflow.core.ops.tables import HashTable, LookupTable
from kerasflow.core.tensor import Operation
from kerasflow.graphdef.values import from_attr

__all__ = ["READERS", "WRITERS", "ImportedTable"]

_INITIALIZER = "/table_init"
_ALIKE = {"LookupTableImportV2": "InitializeTableV2"}


class ImportedTable(LookupTable):
    """A table whose initializer is imported after it."""

    def __init__(self, name: str, key_dtype: Any, value_dtype: Any) -> None:
        self.key_dtype, self.value_dtype, self.name = key_dtype, value_dtype, name


def _table(w: Any, o: Operation) -> str | None:
    """The name of the node that stands for the operation's table, which is added with the first that needs it."""
    table = o.attrs["table"]
    if not isinstance(table, (HashTable, ImportedTable)):
        return None
    name: str | None = w.tables.get(table)
    if name is None:
        full = table.initializer.name.removesuffix(_INITIALIZER) if isinstance(table, HashTable) else table.name
        types = {"key_dtype": table.key_dtype, "value_dtype": table.value_dtype}
        name = w.tables[table] = w.free_name(full)
        w.node(name, "HashTableV2", shared_name=name, container="", use_node_name_sharing=True, **types)
    return name


def _write_fill(w: Any, o: Operation) -> Any:
    table = _table(w, o)
    if table is None:
        return None
    keys, values = o.inputs
    return w.node(o.name, "InitializeTableV2", [table, keys, values], Tkey=keys.dtype, Tval=values.dtype)


def _write_fill_from_file(w: Any, o: Operation) -> Any:
    table = _table(w, o)
    if table is None:
        return None
    size = o.attrs["vocab_size"]
    return w.node(
        o.name,
        "InitializeTableFromTextFileV2",
        [table, o.inputs[0]],
        key_index=o.attrs["key"][1],
        value_index=o.attrs["value"][1],
        vocab_size=-1 if size is None else size,
        delimiter=o.attrs["delimiter"],
    )


def _write_find(w: Any, o: Operation) -> Any:
    table = _table(w, o)
    if table is None:
        return None
    keys, default = o.inputs
    return w.node(o.name, "LookupTableFindV2", [table, keys, default], Tin=keys.dtype, Tout=default.dtype)


def _write_size(w: Any, o: Operation) -> Any:
    table = _table(w, o)
    return None if table is None else w.node(o.name, "LookupTableSizeV2", [table])


def _read_table(r: Any, node: Any) -> Any:
    placeholder = r.apply(node, "NoOp")
    types = [from_attr(node.attr[key]) for key in ("key_dtype", "value_dtype")]
    r.tables[node.name] = ImportedTable(placeholder.name, *types)
    return placeholder


def _read_use(r: Any, node: Any) -> Any:
    table, inputs = _table_of(r, node)
    return r.apply(node, _ALIKE.get(node.op, node.op), *inputs, table=table)


def _read_fill_from_file(r: Any, node: Any) -> Any:
    table, inputs = _table_of(r, node)
    given = {name: from_attr(node.attr[name]) for name in ("key_index", "value_index", "vocab_size", "delimiter")}
    cut = given["delimiter"]
    return r.apply(
        node,
        node.op,
        *inputs,
        table=table,
        key=(table.key_dtype, given["key_index"]),
        value=(table.value_dtype, given["value_index"]),
        delimiter=cut.decode() if isinstance(cut, bytes) else cut,
        vocab_size=None if given["vocab_size"] < 0 else given["vocab_size"],
    )


def _table_of(r: Any, node: Any) -> tuple[ImportedTable, list[Any]]:
    """The table that is the first input of a node, and its other inputs."""
    table, *inputs = (i for i in node.input if not i.startswith("^"))
    known = r.tables.get(table.partition(":")[0])
    if known is None:
        raise ValueError(f"its input {table!r} is not a table")
    return known, [r.tensor(i) for i in inputs]


WRITERS = {
    "InitializeTableFromTextFileV2": _write_fill_from_file,
    "InitializeTableV2": _write_fill,
    "LookupTableFindV2": _write_find,
    "LookupTableSizeV2": _write_size,
}
READERS = {
    "HashTableV2": _read_table,
    **dict.fromkeys([*WRITERS, *_ALIKE], _read_use),
    "InitializeTableFromTextFileV2": _read_fill_from_file,
}
