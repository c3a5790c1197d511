"""Lookup tables: from keys to values, filled when they are initialised, kept by the session.

`HashTable` is filled once, by `tables_initializer`, from tensors or from the lines of a file; `MutableHashTable` can be
changed at any time. The functions that make tables of a vocabulary are in `vocabularies`.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.errors import FailedPreconditionError
from kerasflow.core.graph import apply, convert, default_graph
from kerasflow.core.keys import GraphKeys
from kerasflow.core.opdef import op
from kerasflow.core.ops.text_lines import LINE_NUMBER, WHOLE_LINE, read_columns
from kerasflow.core.scopes import group, name_scope
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import DType, Spec, as_dtype
from kerasflow.core.values import alone

__all__ = [
    "HashTable",
    "KeyValueTensorInitializer",
    "MutableHashTable",
    "TextFileIndex",
    "TextFileInitializer",
    "initialize_all_tables",
    "tables_initializer",
]

Pairs = dict[Any, Any]


class TextFileIndex:
    """What of a line in a text file is a key or a value, where it is not the field of that number."""

    WHOLE_LINE = WHOLE_LINE
    LINE_NUMBER = LINE_NUMBER


# Filling a table.


def _fill(runtime: Any, table: Any, keys: list[Any], values: list[Any]) -> None:
    pairs: Pairs = {}
    for k, v in zip(keys, values, strict=True):
        if pairs.setdefault(k, v) != v:
            raise FailedPreconditionError(None, None, f"the key {k!r} has two different values, {pairs[k]!r} and {v!r}")
    known = runtime.states.get(table)
    if known is not None and known != pairs:
        raise FailedPreconditionError(None, None, f"the table {table.name!r} was already initialised with other data")
    runtime.states[table] = pairs


def _infer_fill(keys: Spec, values: Spec, table: Any) -> tuple[()]:
    if not shapes.compatible(keys.shape, values.shape):
        raise ValueError(f"keys of shape {shapes.show(keys.shape)} for values of shape {shapes.show(values.shape)}")
    return ()


@op("InitializeTableV2", infer=_infer_fill, vjp=None, stateful=True)
def _initialize(runtime: Any, operation: Any, keys: Any, values: Any, table: Any) -> tuple[()]:
    _fill(runtime, table, *[np.asarray(t).reshape(-1).tolist() for t in (keys, values)])
    return ()


@op("InitializeTableFromTextFileV2", infer=lambda filename, **attrs: (), vjp=None, stateful=True)
def _initialize_from_file(
    runtime: Any, operation: Any, filename: Any, table: Any, key: Any, value: Any, delimiter: str, vocab_size: Any
) -> tuple[()]:
    path = bytes(alone(filename))
    _fill(runtime, table, *read_columns(path, key, value, delimiter, vocab_size))
    return ()


class KeyValueTensorInitializer:
    """Fills a table from a tensor of keys and one of values.

    Args:
        keys, values: vectors of one length.
        key_dtype, value_dtype: their types, by default as they are.

    >>> fill = tf.lookup.KeyValueTensorInitializer(["a", "b"], [1, 2])
    >>> fill.key_dtype, fill.value_dtype
    (tf.string, tf.int32)
    """

    def __init__(
        self, keys: Any, values: Any, key_dtype: Any = None, value_dtype: Any = None, name: str | None = None
    ) -> None:
        with name_scope(name, "key_value_init"):
            self.keys = convert(keys, key_dtype, "keys")
            self.values = convert(values, value_dtype, "values")
        self.key_dtype = self.keys.dtype
        self.value_dtype = self.values.dtype

    def columns(self) -> list[list[Any]]:
        """The keys and the values, which must be known before a run."""
        known = [t.spec.value for t in (self.keys, self.values)]
        if any(v is None for v in known):
            raise FailedPreconditionError(None, None, "the keys and values of a table are not known before it is run")
        return [np.asarray(v).reshape(-1).tolist() for v in known]

    def initialize(self, table: Any) -> Operation:
        """An operation that fills `table`."""
        return apply("InitializeTableV2", self.keys, self.values, table=table, name=f"{table.name}/table_init")


class TextFileInitializer:
    """Fills a table from the lines of a text file.

    Args:
        filename: the file.
        key_dtype, value_dtype: the types of keys and values: string, int32, int64, float32 or float64.
        key_index, value_index: the number of a field in each line, or `TextFileIndex.WHOLE_LINE` or
            `TextFileIndex.LINE_NUMBER`, which is of type int64.
        vocab_size: how many lines to read, by default all.
        delimiter: what is between the fields of a line.

    Raises:
        ValueError: a type and an index do not go together.
    """

    def __init__(
        self,
        filename: Any,
        key_dtype: Any,
        key_index: int,
        value_dtype: Any,
        value_index: int,
        vocab_size: int | None = None,
        delimiter: str = "\t",
        name: str | None = None,
    ) -> None:
        self.filename = filename
        self.key_dtype, self.value_dtype = as_dtype(key_dtype), as_dtype(value_dtype)
        self.key_index, self.value_index = key_index, value_index
        self.vocab_size = vocab_size
        self.delimiter = delimiter
        for dtype, index in ((self.key_dtype, key_index), (self.value_dtype, value_index)):
            if index < -2:
                raise ValueError(f"TextFileInitializer: there is no field {index} in a line.")
            if index == TextFileIndex.LINE_NUMBER and dtype is not types.int64:
                raise ValueError(f"TextFileInitializer: the number of a line is of type int64, not {dtype.name}.")
            if index == TextFileIndex.WHOLE_LINE and dtype is not types.string and not dtype.is_integer:
                raise ValueError(f"TextFileInitializer: a whole line is a string or an integer, not {dtype.name}.")

    def columns(self) -> list[list[Any]]:
        """The keys and the values, read now."""
        key, value = (self.key_dtype, self.key_index), (self.value_dtype, self.value_index)
        return read_columns(os.fsencode(self.filename), key, value, self.delimiter, self.vocab_size)

    def initialize(self, table: Any) -> Operation:
        """An operation that fills `table`."""
        name = convert(self.filename, types.string)
        default_graph().add_to_collection(GraphKeys.ASSET_FILEPATHS, name)
        return apply(
            "InitializeTableFromTextFileV2",
            name,
            table=table,
            key=(self.key_dtype, self.key_index),
            value=(self.value_dtype, self.value_index),
            delimiter=self.delimiter,
            vocab_size=self.vocab_size,
            name=f"{table.name}/table_init",
        )


# Looking up.


def _infer_find(keys: Spec, default: Spec, table: Any) -> Spec:
    rest = default.shape or ()
    return Spec(table.value_dtype, None if keys.shape is None else (*keys.shape, *rest))


def _pairs(runtime: Any, table: Any) -> Pairs:
    pairs: Pairs | None = runtime.states.get(table)
    if pairs is None and isinstance(table, MutableHashTable):
        pairs = runtime.states.setdefault(table, {})
    if pairs is None and table.fills_itself:
        _fill(runtime, table, *table.source.columns())
        pairs = runtime.states[table]
    if pairs is None:
        raise FailedPreconditionError(
            None, None, f"the table {table.name!r} is not initialised: run tf.tables_initializer()"
        )
    return pairs


@op("LookupTableFindV2", infer=_infer_find, vjp=None, stateful=True)
def _find(runtime: Any, operation: Any, keys: Any, default: Any, table: Any) -> Any:
    pairs, keys, default = _pairs(runtime, table), np.asarray(keys), np.asarray(default)
    out = np.empty((keys.size, *default.shape), table.value_dtype.numpy)
    missing = default if default.ndim else default[()]
    for i, k in enumerate(keys.reshape(-1).tolist()):
        out[i] = pairs.get(k, missing)
    return out.reshape(*keys.shape, *default.shape)


@op("LookupTableSizeV2", infer=lambda table: Spec(types.int64, ()), vjp=None, stateful=True)
def _size(runtime: Any, operation: Any, table: Any) -> Any:
    return np.int64(len(_pairs(runtime, table)))


class LookupTable:
    """What tables have in common: types, a default value, `lookup` and `size`."""

    fills_itself = False  # whether it needs no initialiser to be run, if what it holds is known

    def __init__(self, key_dtype: DType, value_dtype: DType, default_value: Any, name: str) -> None:
        self.key_dtype = key_dtype
        self.value_dtype = value_dtype
        self.name = default_graph().unique_name(name).rpartition("/")[2]
        self.default_value = convert(default_value, value_dtype, f"{self.name}/Const")

    def lookup(self, keys: Any, name: str | None = None) -> Any:
        """The value of each key, the default value for a key that is not there; a `SparseTensor` for one.

        Raises:
            TypeError: the keys have another type. FailedPreconditionError: in a run, the table is not initialised.
        """
        given = keys.values if isinstance(keys, SparseTensor) else convert(keys)
        self._check_keys(given)
        found = apply("LookupTableFindV2", given, self.default_value, table=self, name=name or f"{self.name}_Lookup")
        return SparseTensor(keys.indices, found, keys.dense_shape) if isinstance(keys, SparseTensor) else found

    def _check_keys(self, keys: Tensor) -> None:
        if keys.dtype is not self.key_dtype:
            raise TypeError(f"The table {self.name!r} has keys of type {self.key_dtype.name}, got {keys.dtype.name}.")

    def size(self, name: str | None = None) -> Tensor:
        """The number of keys, int64."""
        return apply("LookupTableSizeV2", table=self, name=name or f"{self.name}_Size")


class HashTable(LookupTable):
    """A table that is filled once, when `tables_initializer` is run.

    Args:
        initializer: what fills it: `KeyValueTensorInitializer` or `TextFileInitializer`.
        default_value: the value of a key that is not there.
        shared_name: taken for compatibility; tables of different sessions share nothing.
        name: its name.

    >>> table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(["a", "b"], [1, 2]), -1)
    >>> found = table.lookup(tf.constant(["b", "z"]))
    >>> with tf.Session() as sess:
    ...     sess.run(tf.tables_initializer())
    ...     sess.run(found)
    array([ 2, -1], dtype=int32)
    """

    def __init__(
        self, initializer: Any, default_value: Any, shared_name: str | None = None, name: str | None = None
    ) -> None:
        super().__init__(initializer.key_dtype, initializer.value_dtype, default_value, name or "hash_table")
        self.source = initializer
        self.initializer: Operation = initializer.initialize(self)
        default_graph().add_to_collection(GraphKeys.TABLE_INITIALIZERS, self.initializer)

    @property
    def init(self) -> Operation:
        """The operation that fills it."""
        return self.initializer


# Tables that change.


def _infer_insert(keys: Spec, values: Spec, table: Any) -> tuple[()]:
    dims = None if keys.shape is None else (*keys.shape, *(table.default_value.dims or ()))
    if not shapes.compatible(values.shape, dims):
        raise ValueError(f"the values must have shape {shapes.show(dims)}, got {shapes.show(values.shape)}")
    return ()


@op("LookupTableInsertV2", infer=_infer_insert, vjp=None, stateful=True)
def _insert(runtime: Any, operation: Any, keys: Any, values: Any, table: Any) -> tuple[()]:
    keys = np.asarray(keys)
    rows = np.array(values).reshape(keys.size, *table.default_value.dims)
    _pairs(runtime, table).update(zip(keys.reshape(-1).tolist(), list(rows), strict=True))
    return ()


@op("LookupTableRemoveV2", infer=lambda keys, table: (), vjp=None, stateful=True)
def _remove(runtime: Any, operation: Any, keys: Any, table: Any) -> tuple[()]:
    pairs = _pairs(runtime, table)
    for k in np.asarray(keys).reshape(-1).tolist():
        pairs.pop(k, None)
    return ()


def _infer_export(table: Any) -> tuple[Spec, Spec]:
    return Spec(table.key_dtype, (None,)), Spec(table.value_dtype, (None, *(table.default_value.dims or ())))


@op("LookupTableExportV2", infer=_infer_export, vjp=None, stateful=True)
def _export(runtime: Any, operation: Any, table: Any) -> tuple[Any, Any]:
    pairs = _pairs(runtime, table)
    keys = np.empty(len(pairs), table.key_dtype.numpy)
    values = np.empty((len(pairs), *table.default_value.dims), table.value_dtype.numpy)
    for i, (k, v) in enumerate(pairs.items()):
        keys[i], values[i] = k, v
    return keys, values


class MutableHashTable(LookupTable):
    """A table that starts out empty, and that runs can change.

    Args:
        key_dtype, value_dtype: the types of keys and values.
        default_value: the value of a key that is not there; its shape is that of every value.
        shared_name, checkpoint: taken for compatibility, not used.
        name: its name.

    >>> table = tf.lookup.MutableHashTable(tf.string, tf.int64, -1)
    >>> insert, found = table.insert(["a"], tf.constant([5], tf.int64)), table.lookup(["a", "b"])
    >>> with tf.Session() as sess:
    ...     sess.run(insert)
    ...     sess.run(found)
    array([ 5, -1])
    """

    def __init__(
        self,
        key_dtype: Any,
        value_dtype: Any,
        default_value: Any,
        shared_name: str | None = None,
        name: str = "MutableHashTable",
        checkpoint: bool = True,
    ) -> None:
        super().__init__(as_dtype(key_dtype), as_dtype(value_dtype), default_value, name)

    def insert(self, keys: Any, values: Any, name: str | None = None) -> Operation:
        """An operation that sets the values of `keys`."""
        given = convert(keys, None if hasattr(keys, "dtype") else self.key_dtype)
        self._check_keys(given)
        new = convert(values, self.value_dtype)
        return apply("LookupTableInsertV2", given, new, table=self, name=name or f"{self.name}_lookup_table_insert")

    def remove(self, keys: Any, name: str | None = None) -> Operation:
        """An operation that takes `keys` out; those that are not there do not matter."""
        given = convert(keys, None if hasattr(keys, "dtype") else self.key_dtype)
        self._check_keys(given)
        return apply("LookupTableRemoveV2", given, table=self, name=name or f"{self.name}_lookup_table_remove")

    def export(self, name: str | None = None) -> tuple[Tensor, Tensor]:
        """All keys and their values."""
        keys, values = apply("LookupTableExportV2", table=self, name=name or f"{self.name}_lookup_table_export_values")
        return keys, values


# Initialising.


def tables_initializer(name: str = "init_all_tables") -> Operation:
    """An operation that fills all tables of the default graph.

    >>> tf.tables_initializer().name
    'init_all_tables'
    """
    return group(*default_graph().get_collection(GraphKeys.TABLE_INITIALIZERS), name=name)


def initialize_all_tables(name: str = "init_all_tables") -> Operation:
    """The former name of `tables_initializer`.

    >>> tf.initialize_all_tables().type
    'NoOp'
    """
    return tables_initializer(name)
