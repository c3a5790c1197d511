"""Columns of categories as `tf.contrib.layers` had them before `tf.feature_column`.

They are columns of `tf.feature_column` too; they have other names, and a `combiner` of their own for linear models.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from typing import Any, NamedTuple

from kerasflow.contrib.real_columns import OldColumn
from kerasflow.core import ops
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.core.types import as_dtype, float32, int64, string
from kerasflow.data.parsing import VarLenFeature
from kerasflow.feature_column.base import CategoricalColumn, IdWeightPair, as_categories

__all__ = [
    "SparseColumn",
    "SparseColumnHashed",
    "SparseColumnIntegerized",
    "SparseColumnKeys",
    "SparseColumnVocabulary",
    "SparseIdLookupConfig",
    "WeightedSparseColumn",
    "sparse_column_with_hash_bucket",
    "sparse_column_with_integerized_feature",
    "sparse_column_with_keys",
    "sparse_column_with_vocabulary_file",
    "weighted_sparse_column",
]


class SparseIdLookupConfig(NamedTuple):
    """How the words of a column are looked up: in a file or among keys."""

    vocabulary_file: Any
    keys: Any
    num_oov_buckets: int
    vocab_size: int
    default_value: int


class SparseColumn(
    OldColumn,
    CategoricalColumn,
    namedtuple("SparseColumn", ("column_name", "is_integerized", "bucket_size", "lookup_config", "combiner", "dtype")),
):
    """A column of the categories of one feature; the function that made it says how they are numbered."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """The name of the feature."""
        return self.column_name

    @property
    def num_buckets(self) -> int:
        """The number of categories."""
        if self.bucket_size is not None:
            return self.bucket_size
        return self.lookup_config.vocab_size + self.lookup_config.num_oov_buckets

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """A feature with any number of values."""
        return {self.column_name: VarLenFeature(self.dtype)}

    @property
    def parents(self) -> list[Any]:
        """The name of the feature."""
        return [self.column_name]

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> SparseTensor:
        """The numbers of the categories, without the missing values."""
        given = as_categories(transformation_cache.get(self.column_name, state_manager))
        if given.dtype.is_integer != self.dtype.is_integer:
            raise ValueError(
                f"Column {self.column_name!r} is of type {self.dtype.name}, its feature of type {given.dtype.name}."
            )
        return self.numbered(given)

    def numbered(self, given: SparseTensor) -> SparseTensor:
        """The number of each category, int64."""
        raise NotImplementedError


def _with(given: SparseTensor, values: Any) -> SparseTensor:
    return SparseTensor(given.indices, values, given.dense_shape)


class SparseColumnIntegerized(SparseColumn):
    """A column that `sparse_column_with_integerized_feature` has made."""

    __slots__ = ()

    def numbered(self, given: SparseTensor) -> SparseTensor:
        """The integers, modulo the number of buckets."""
        return _with(given, ops.floormod(ops.cast(given.values, int64), self.bucket_size))


class SparseColumnHashed(SparseColumn):
    """A column that `sparse_column_with_hash_bucket` has made; `hash_keys` are those of strong hashes."""

    hash_keys: Any = None

    def numbered(self, given: SparseTensor) -> SparseTensor:
        """The buckets of the words; with several keys, as many for each word."""
        words = ops.as_string(given.values) if self.dtype.is_integer else given.values
        if not self.hash_keys:
            return _with(given, ops.string_to_hash_bucket_fast(words, self.bucket_size, name="lookup"))
        each = [ops.string_to_hash_bucket_strong(words, self.bucket_size, key) for key in self.hash_keys]
        return ops.sparse_concat(1, [_with(given, numbers) for numbers in each], name="lookup")


class SparseColumnKeys(SparseColumn):
    """A column that `sparse_column_with_keys` has made."""

    __slots__ = ()

    def numbered(self, given: SparseTensor) -> SparseTensor:
        """The places of the words among the keys."""
        words = ops.cast(given.values, int64) if self.dtype.is_integer else given.values
        config = self.lookup_config
        table = ops.index_table_from_tensor(
            list(config.keys), default_value=config.default_value, dtype=words.dtype, name="lookup"
        )
        return _with(given, table.lookup(words))


class SparseColumnVocabulary(SparseColumn):
    """A column that `sparse_column_with_vocabulary_file` has made."""

    __slots__ = ()

    def numbered(self, given: SparseTensor) -> SparseTensor:
        """The numbers of the lines of the words."""
        words = ops.as_string(given.values) if self.dtype.is_integer else given.values
        config = self.lookup_config
        table = ops.index_table_from_file(
            config.vocabulary_file,
            config.num_oov_buckets,
            config.vocab_size,
            config.default_value,
            name=f"{self.column_name}_lookup",
        )
        return _with(given, table.lookup(words))


def _sparse_column(cls: type[SparseColumn], name: Any, size: Any, config: Any, combiner: str, dtype: Any) -> Any:
    kind = as_dtype(dtype)
    if kind is not string and not kind.is_integer:
        raise ValueError(f"Column {name!r}: dtype must be string or an integer type, got {kind.name}.")
    if config is None and (size is None or size < 1):
        raise ValueError(f"Column {name!r}: there must be at least one bucket, got {size}.")
    return cls(name, cls is SparseColumnIntegerized, size, config, combiner, kind)


def sparse_column_with_integerized_feature(
    column_name: str, bucket_size: int, combiner: str = "sum", dtype: Any = int64
) -> SparseColumn:
    """A column of integers, taken modulo the number of buckets.

    Args:
        column_name: the name of the feature.
        bucket_size: the number of buckets.
        combiner: how a linear model puts several categories together: "sum", "mean" or "sqrtn".
        dtype: an integer type.

    Raises:
        ValueError: there is no bucket, or the type is no integer.

    >>> tf.contrib.layers.sparse_column_with_integerized_feature("day", 7).name
    'day'
    """
    if not as_dtype(dtype).is_integer:
        raise ValueError(f"Column {column_name!r}: dtype must be an integer type, got {as_dtype(dtype).name}.")
    return _sparse_column(SparseColumnIntegerized, column_name, bucket_size, None, combiner, dtype)


def sparse_column_with_hash_bucket(
    column_name: str, hash_bucket_size: int, combiner: str = "sum", dtype: Any = string, hash_keys: Any = None
) -> SparseColumn:
    """A column of strings or integers spread over buckets by a hash.

    Args:
        column_name, combiner: as for `sparse_column_with_integerized_feature`.
        hash_bucket_size: the number of buckets.
        dtype: string or an integer type.
        hash_keys: a list of pairs of integers: each is the key of a strong hash, which gives each value a bucket.

    Raises:
        ValueError: there is no bucket, the type is neither, or `hash_keys` is something else.

    >>> tf.contrib.layers.sparse_column_with_hash_bucket("word", 100).num_buckets
    100
    """
    if hash_keys is not None and not (
        isinstance(hash_keys, list)
        and hash_keys
        and all(isinstance(k, list) and len(k) == 2 and all(isinstance(n, int) for n in k) for k in hash_keys)
    ):
        raise ValueError(f"hash_keys must be a list of pairs of integers that is not empty, got {hash_keys!r}.")
    column = _sparse_column(SparseColumnHashed, column_name, hash_bucket_size, None, combiner, dtype)
    column.hash_keys = hash_keys
    return column


def sparse_column_with_keys(
    column_name: str, keys: Sequence[Any], default_value: int = -1, combiner: str = "sum", dtype: Any = string
) -> SparseColumn:
    """A column of the words of a list, each with its place in it.

    Args:
        column_name, combiner: as for `sparse_column_with_integerized_feature`.
        keys: strings or integers.
        default_value: the number of a word that is not there, by default -1, which counts for nothing.
        dtype: string or an integer type.

    Raises:
        ValueError: the type is neither.

    >>> tf.contrib.layers.sparse_column_with_keys("color", ["red", "green"]).num_buckets
    2
    """
    config = SparseIdLookupConfig(None, tuple(keys), 0, len(keys), default_value)
    return _sparse_column(SparseColumnKeys, column_name, None, config, combiner, dtype)


def sparse_column_with_vocabulary_file(
    column_name: str,
    vocabulary_file: str,
    num_oov_buckets: int = 0,
    vocab_size: int | None = None,
    default_value: int = -1,
    combiner: str = "sum",
    dtype: Any = string,
) -> SparseColumn:
    """A column of the words of a file, one a line, each with the number of its line.

    Args:
        column_name, combiner: as for `sparse_column_with_integerized_feature`.
        vocabulary_file: the file.
        num_oov_buckets: how many numbers, after those of the words, stand for words that the file lacks.
        vocab_size: how many of its lines to read.
        default_value: the number of a word that is not there, where there are no buckets.
        dtype: string or an integer type.

    Raises:
        ValueError: `vocab_size` is not given, or the type is neither.

    >>> tf.contrib.layers.sparse_column_with_vocabulary_file("word", "words.txt", vocab_size=50).num_buckets
    50
    """
    if vocab_size is None:
        raise ValueError(f"Column {column_name!r}: vocab_size must be given.")
    config = SparseIdLookupConfig(vocabulary_file, None, num_oov_buckets, vocab_size, default_value)
    return _sparse_column(SparseColumnVocabulary, column_name, None, config, combiner, dtype)


class WeightedSparseColumn(
    OldColumn,
    CategoricalColumn,
    namedtuple("WeightedSparseColumn", ("sparse_id_column", "weight_column_name", "dtype")),
):
    """A column that `weighted_sparse_column` has made."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """That of the categories, and what weighs them."""
        return f"{self.sparse_id_column.name}_weighted_by_{self.weight_column_name}"

    @property
    def combiner(self) -> str:
        """That of the categories."""
        return self.sparse_id_column.combiner

    @property
    def num_buckets(self) -> int:
        """The number of categories."""
        return self.sparse_id_column.num_buckets

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """That of the categories, and a feature with any number of weights."""
        return {**self.sparse_id_column.parse_example_spec, self.weight_column_name: VarLenFeature(self.dtype)}

    @property
    def parents(self) -> list[Any]:
        """The categories and the name of the weights."""
        return [self.sparse_id_column, self.weight_column_name]

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> tuple[Any, SparseTensor]:
        """The numbers of the categories, and their weights."""
        weights = as_categories(transformation_cache.get(self.weight_column_name, state_manager), ignore_value=0)
        if not self.dtype.is_floating:
            weights = _with(weights, ops.cast(weights.values, float32))
        return transformation_cache.get(self.sparse_id_column, state_manager), weights

    def get_sparse_tensors(self, transformation_cache: Any, state_manager: Any) -> IdWeightPair:
        """The numbers of the categories, and their weights."""
        return IdWeightPair(*transformation_cache.get(self, state_manager))


def weighted_sparse_column(
    sparse_id_column: SparseColumn, weight_column_name: str, dtype: Any = float32
) -> WeightedSparseColumn:
    """A column of categories that count as much as a second feature says.

    Args:
        sparse_id_column: what a ``sparse_column_with_*`` made.
        weight_column_name: the name of the weights.
        dtype: their type, of an integer or floating-point kind.

    Raises:
        ValueError: the type is no number.

    >>> word = tf.contrib.layers.sparse_column_with_hash_bucket("word", 100)
    >>> tf.contrib.layers.weighted_sparse_column(word, "count").name
    'word_weighted_by_count'
    """
    kind = as_dtype(dtype)
    if not (kind.is_integer or kind.is_floating):
        raise ValueError(f"weighted_sparse_column: dtype must be convertible to float, got {kind.name}.")
    return WeightedSparseColumn(sparse_id_column, weight_column_name, kind)
