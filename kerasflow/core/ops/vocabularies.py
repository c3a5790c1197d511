"""Tables of a vocabulary: from words to their numbers and back."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from kerasflow.core import types
from kerasflow.core.graph import apply, convert
from kerasflow.core.ops.string_hashing import string_to_hash_bucket_fast, string_to_hash_bucket_strong
from kerasflow.core.ops.string_numbers import as_string
from kerasflow.core.ops.tables import HashTable, KeyValueTensorInitializer, TextFileIndex, TextFileInitializer
from kerasflow.core.scopes import name_scope
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import as_dtype

__all__ = [
    "FastHashSpec",
    "IdTableWithHashBuckets",
    "StaticVocabularyTable",
    "StrongHashSpec",
    "index_table_from_file",
    "index_table_from_tensor",
    "index_to_string_table_from_file",
    "index_to_string_table_from_tensor",
]


class HasherSpec(NamedTuple):
    """How words that a vocabulary lacks are spread over buckets: a hash, and its key if it has one."""

    hasher: str
    key: Any = None


FastHashSpec = HasherSpec("fasthash")


def StrongHashSpec(key: Any) -> HasherSpec:
    """A hash under a key, two integers of 64 bits: nobody who lacks it can make words collide.

    Raises:
        ValueError: the key is not two integers.

    >>> tf.lookup.StrongHashSpec([1, 2]).hasher
    'stronghash'
    """
    if len(key) != 2:
        raise ValueError(f"StrongHashSpec: the key must be two integers, got {key!r}.")
    return HasherSpec("stronghash", tuple(key))


class IdTableWithHashBuckets:
    """A table in which a key that is not there has the number of a bucket, after those of the keys.

    Args:
        table: a table from keys to int64 numbers, or None for buckets only.
        num_oov_buckets: the number of buckets.
        hasher_spec: how keys are spread over them.
        name: its name.
        key_dtype: the type of the keys, string or an integer type; by default that of the table.
    """

    def __init__(
        self,
        table: Any,
        num_oov_buckets: int,
        hasher_spec: HasherSpec = FastHashSpec,
        name: str | None = None,
        key_dtype: Any = None,
    ) -> None:
        if table is None and num_oov_buckets < 1:
            raise ValueError(f"A table without keys needs buckets, got num_oov_buckets={num_oov_buckets}.")
        self.name = name or "string_to_index"
        self.key_dtype = as_dtype(key_dtype) if key_dtype is not None else table.key_dtype if table else types.string
        self.value_dtype = types.int64
        self._table = table
        self._buckets = num_oov_buckets
        self._hasher = hasher_spec

    @property
    def initializer(self) -> Operation:
        """The operation that fills it."""
        return self._table.initializer if self._table is not None else apply("NoOp")

    @property
    def init(self) -> Operation:
        """The operation that fills it."""
        return self.initializer

    def size(self, name: str | None = None) -> Tensor:
        """The number of keys and buckets, int64."""
        buckets = np.int64(self._buckets)
        return convert(buckets) if self._table is None else self._table.size() + buckets

    def lookup(self, keys: Any, name: str | None = None) -> Any:
        """The number of each key, or of its bucket; a `SparseTensor` for one. TypeError: keys of another type."""
        given = keys.values if isinstance(keys, SparseTensor) else convert(keys)
        if given.dtype is not self.key_dtype:
            raise TypeError(f"The table {self.name!r} has keys of type {self.key_dtype.name}, got {given.dtype.name}.")
        with name_scope(name, f"{self.name}_Lookup"):
            ids = self._ids(given)
        return SparseTensor(keys.indices, ids, keys.dense_shape) if isinstance(keys, SparseTensor) else ids

    def _ids(self, keys: Tensor) -> Any:
        known = None if self._table is None else self._table.lookup(keys)
        if not self._buckets:
            return known
        words = keys if keys.dtype is types.string else as_string(keys)
        if self._hasher.hasher == "stronghash":
            bucket = string_to_hash_bucket_strong(words, self._buckets, self._hasher.key)
        else:
            bucket = string_to_hash_bucket_fast(words, self._buckets)
        if known is None:
            return bucket
        missing = apply("Equal", known, self._table.default_value)
        return apply("Select", missing, bucket + self._table.size(), known)


def _vocabulary(
    table: HashTable, num_oov_buckets: int, hasher_spec: HasherSpec, key_dtype: types.DType
) -> HashTable | IdTableWithHashBuckets:
    if num_oov_buckets < 0:
        raise ValueError(f"num_oov_buckets must be at least 0, got {num_oov_buckets}.")
    if not num_oov_buckets:
        return table
    return IdTableWithHashBuckets(table, num_oov_buckets, hasher_spec, table.name, key_dtype)


class StaticVocabularyTable(IdTableWithHashBuckets):
    """A vocabulary with buckets for the words it lacks.

    Args:
        initializer: what fills it: keys to int64 numbers from 0 on; None for buckets only.
        num_oov_buckets: the number of buckets, at least 1.
        lookup_key_dtype: the type of the keys, by default the initializer's.
        name: its name.

    >>> numbers = tf.constant([0, 1], tf.int64)
    >>> words = tf.lookup.StaticVocabularyTable(tf.lookup.KeyValueTensorInitializer(["a", "b"], numbers), 1)
    >>> ids = words.lookup(tf.constant(["b", "z"]))
    >>> with tf.Session() as sess:
    ...     sess.run(tf.tables_initializer())
    ...     sess.run(ids)
    array([1, 2])
    """

    def __init__(
        self, initializer: Any, num_oov_buckets: int, lookup_key_dtype: Any = None, name: str | None = None
    ) -> None:
        if num_oov_buckets < 1:
            raise ValueError(f"StaticVocabularyTable: num_oov_buckets must be at least 1, got {num_oov_buckets}.")
        table = None if initializer is None else HashTable(initializer, -1, name=name)
        if table is not None and table.value_dtype is not types.int64:
            raise TypeError(f"StaticVocabularyTable: values must be of type int64, not {table.value_dtype.name}.")
        super().__init__(table, num_oov_buckets, FastHashSpec, name, lookup_key_dtype)


def index_table_from_tensor(
    vocabulary_list: Any,
    num_oov_buckets: int = 0,
    default_value: int = -1,
    hasher_spec: HasherSpec = FastHashSpec,
    dtype: Any = types.string,
    name: str | None = None,
) -> Any:
    """A table from the words of a vocabulary to their places in it.

    Args:
        vocabulary_list: the words, or integers, a vector.
        num_oov_buckets: how many numbers, after those of the words, stand for words it lacks.
        default_value: the number of such words where there are no buckets.
        hasher_spec: how they are spread over the buckets.
        dtype: string or an integer type.

    Raises:
        ValueError: there is no vocabulary. TypeError: `dtype` is of neither kind.

    >>> table = tf.lookup.index_table_from_tensor(["emerson", "lake", "palmer"], num_oov_buckets=1)
    >>> ids = table.lookup(tf.constant(["lake", "and", "palmer"]))
    >>> with tf.Session() as sess:
    ...     sess.run(tf.tables_initializer())
    ...     sess.run(ids)
    array([1, 3, 2])
    """
    if vocabulary_list is None:
        raise ValueError("index_table_from_tensor: vocabulary_list must be given.")
    kind = as_dtype(dtype)
    if kind is not types.string and not kind.is_integer:
        raise TypeError(f"index_table_from_tensor: dtype must be string or an integer type, not {kind.name}.")
    with name_scope(name, "string_to_index"):
        words = convert(vocabulary_list, None if hasattr(vocabulary_list, "dtype") else kind)
        words = words if kind is types.string else apply("Cast", words, dtype=types.int64)
        count = apply("Size", words, out_type=types.int64)
        numbers = apply("Range", np.int64(0), count, np.int64(1))
        table = HashTable(KeyValueTensorInitializer(words, numbers), default_value)
        return _vocabulary(table, num_oov_buckets, hasher_spec, table.key_dtype)


def index_table_from_file(
    vocabulary_file: Any = None,
    num_oov_buckets: int = 0,
    vocab_size: int | None = None,
    default_value: int = -1,
    hasher_spec: HasherSpec = FastHashSpec,
    key_dtype: Any = types.string,
    name: str | None = None,
    key_column_index: int = TextFileIndex.WHOLE_LINE,
    value_column_index: int = TextFileIndex.LINE_NUMBER,
    delimiter: str = "\t",
) -> Any:
    """A table from the words of a vocabulary file, one a line, to the numbers of their lines.

    Args:
        vocabulary_file: the file.
        vocab_size: how many lines to read, by default all.
        num_oov_buckets, default_value, hasher_spec: as for `index_table_from_tensor`.
        key_dtype: string or an integer type.
        key_column_index, value_column_index: what of a line is the word and the number, see `TextFileInitializer`.
        delimiter: what is between the fields of a line.

    Raises:
        ValueError: no file, or a `vocab_size` below 1. NotFoundError: in a run, there is no such file.
    """
    if not isinstance(vocabulary_file, Tensor) and not vocabulary_file:
        raise ValueError("index_table_from_file: vocabulary_file must be given.")
    if vocab_size is not None and vocab_size < 1:
        raise ValueError(f"index_table_from_file: vocab_size must be at least 1, got {vocab_size}.")
    with name_scope(name, "string_to_index"):
        kind = types.string if as_dtype(key_dtype) is types.string else types.int64
        lines = TextFileInitializer(
            vocabulary_file, kind, key_column_index, types.int64, value_column_index, vocab_size, delimiter
        )
        return _vocabulary(HashTable(lines, default_value), num_oov_buckets, hasher_spec, kind)


def index_to_string_table_from_tensor(
    vocabulary_list: Any, default_value: str = "UNK", name: str | None = None
) -> HashTable:
    """A table from places in a vocabulary to its words.

    Args:
        vocabulary_list: the words, a vector.
        default_value: the word of a number beyond them.

    Raises:
        ValueError: there is no vocabulary.

    >>> table = tf.lookup.index_to_string_table_from_tensor(["emerson", "lake"])
    >>> words = table.lookup(tf.constant([1, 7], tf.int64))
    >>> with tf.Session() as sess:
    ...     sess.run(tf.tables_initializer())
    ...     sess.run(words)
    array([b'lake', b'UNK'], dtype=object)
    """
    if vocabulary_list is None:
        raise ValueError("index_to_string_table_from_tensor: vocabulary_list must be given.")
    with name_scope(name, "index_to_string"):
        words = convert(vocabulary_list, types.string)
        numbers = apply("Range", np.int64(0), apply("Size", words, out_type=types.int64), np.int64(1))
        return HashTable(KeyValueTensorInitializer(numbers, words), default_value)


def index_to_string_table_from_file(
    vocabulary_file: Any,
    vocab_size: int | None = None,
    default_value: str = "UNK",
    name: str | None = None,
    key_column_index: int = TextFileIndex.LINE_NUMBER,
    value_column_index: int = TextFileIndex.WHOLE_LINE,
    delimiter: str = "\t",
) -> HashTable:
    """A table from the numbers of lines in a vocabulary file to the words on them.

    Args:
        vocabulary_file: the file.
        vocab_size: how many lines to read, by default all.
        default_value: the word of a number beyond them.
        key_column_index, value_column_index, delimiter: as for `index_table_from_file`.

    Raises:
        ValueError: no file, or a `vocab_size` below 1. NotFoundError: in a run, there is no such file.
    """
    if not isinstance(vocabulary_file, Tensor) and not vocabulary_file:
        raise ValueError("index_to_string_table_from_file: vocabulary_file must be given.")
    if vocab_size is not None and vocab_size < 1:
        raise ValueError(f"index_to_string_table_from_file: vocab_size must be at least 1, got {vocab_size}.")
    with name_scope(name, "index_to_string"):
        lines = TextFileInitializer(
            vocabulary_file, types.int64, key_column_index, types.string, value_column_index, vocab_size, delimiter
        )
        return HashTable(lines, default_value)
