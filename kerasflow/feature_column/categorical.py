"""Columns of categories: one feature whose values have numbers, by a vocabulary, by a hash, or by themselves."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasflow.core import ops
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.core.types import DType, as_dtype, int64, string
from kerasflow.data.parsing import VarLenFeature
from kerasflow.feature_column.base import CategoricalColumn, as_categories, check_category_type, check_key

__all__ = [
    "HashedCategoricalColumn",
    "IdentityCategoricalColumn",
    "KeyedCategoricalColumn",
    "VocabularyFileCategoricalColumn",
    "VocabularyListCategoricalColumn",
    "categorical_column_with_hash_bucket",
    "categorical_column_with_identity",
    "categorical_column_with_vocabulary_file",
    "categorical_column_with_vocabulary_list",
]


class KeyedCategoricalColumn(CategoricalColumn):
    """A column of the categories of one feature, its `key`."""

    __slots__ = ()
    key: str
    dtype: DType

    @property
    def name(self) -> str:
        """The key."""
        return self.key

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """A feature with any number of values."""
        return {self.key: VarLenFeature(self.dtype)}

    @property
    def parents(self) -> list[Any]:
        """The key."""
        return [self.key]

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> SparseTensor:
        """The numbers of the categories, without the missing values."""
        feature = transformation_cache.get(self.key, state_manager)
        if self.dtype.is_integer != feature.dtype.is_integer:
            raise ValueError(
                f"Column {self.key!r} is of type {self.dtype.name}, its feature of type {feature.dtype.name}."
            )
        check_category_type(feature.dtype, f"The feature {self.key!r}")
        values = as_categories(feature)
        return SparseTensor(values.indices, self.numbers(values.values), values.dense_shape)

    def numbers(self, values: Any) -> Any:
        """The number of each category, int64."""
        raise NotImplementedError


class HashedCategoricalColumn(
    KeyedCategoricalColumn, namedtuple("HashedCategoricalColumn", ("key", "hash_bucket_size", "dtype"))
):
    """A column that `categorical_column_with_hash_bucket` has made."""

    __slots__ = ()

    @property
    def num_buckets(self) -> int:
        """The number of buckets."""
        return self.hash_bucket_size

    def numbers(self, values: Any) -> Any:
        """The hash of the string, of an integer that of its digits."""
        words = values if self.dtype is string else ops.as_string(values)
        return ops.string_to_hash_bucket_fast(words, self.hash_bucket_size, name="lookup")


def categorical_column_with_hash_bucket(
    key: str, hash_bucket_size: int, dtype: Any = string
) -> HashedCategoricalColumn:
    """A column of strings or integers spread over buckets by a hash, FarmHash's Fingerprint64.

    Args:
        key: the name of the feature; '' and -1 in a dense one are missing values.
        hash_bucket_size: the number of buckets.
        dtype: string or an integer type.

    Raises:
        ValueError: there is no bucket, the type is neither, or the key is no string.

    >>> word = tf.feature_column.categorical_column_with_hash_bucket("word", 3)
    >>> row = tf.feature_column.input_layer({"word": [["b"], [""]]}, tf.feature_column.indicator_column(word))
    >>> tf.Session().run(row)
    array([[0., 1., 0.],
           [0., 0., 0.]], dtype=float32)
    """
    if hash_bucket_size is None or hash_bucket_size < 1:
        raise ValueError(f"Column {key!r}: hash_bucket_size must be at least 1, got {hash_bucket_size}.")
    check_key(key)
    kind = as_dtype(dtype)
    check_category_type(kind, f"The dtype of column {key!r}")
    return HashedCategoricalColumn(key, hash_bucket_size, kind)


class VocabularyFileCategoricalColumn(
    KeyedCategoricalColumn,
    namedtuple(
        "VocabularyFileCategoricalColumn",
        ("key", "vocabulary_file", "vocabulary_size", "num_oov_buckets", "dtype", "default_value"),
    ),
):
    """A column that `categorical_column_with_vocabulary_file` has made."""

    __slots__ = ()

    @property
    def num_buckets(self) -> int:
        """The number of words, and of buckets beside them."""
        return self.vocabulary_size + self.num_oov_buckets

    def numbers(self, values: Any) -> Any:
        """The number of the line; -1, or what is said, for a word that is in none."""
        table = ops.index_table_from_file(
            vocabulary_file=self.vocabulary_file,
            num_oov_buckets=self.num_oov_buckets,
            vocab_size=self.vocabulary_size,
            default_value=self.default_value,
            key_dtype=int64 if values.dtype.is_integer else self.dtype,
            name=f"{self.key}_lookup",
        )
        return table.lookup(ops.cast(values, int64) if values.dtype.is_integer else values)


def categorical_column_with_vocabulary_file(
    key: str,
    vocabulary_file: str,
    vocabulary_size: int | None = None,
    num_oov_buckets: int | None = 0,
    default_value: int | None = None,
    dtype: Any = string,
) -> VocabularyFileCategoricalColumn:
    """A column of the words of a file, one a line, each with the number of its line.

    Args:
        key: the name of the feature; '' and -1 in a dense one are missing values.
        vocabulary_file: the file; it is read when `tf.tables_initializer` is run.
        vocabulary_size: how many of its lines to read; by default all, which are counted now.
        num_oov_buckets: how many numbers, after those of the words, stand for words that the file lacks.
        default_value: the number of such words where there are no buckets, by default -1, which counts for nothing.
        dtype: string or an integer type.

    Raises:
        ValueError: there is no such file, it is empty, both buckets and a default are given, the type is neither, or
            the key is no string.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "words.txt")
    >>> with open(path, "w") as f:
    ...     _ = f.write("red\\ngreen\\n")
    >>> tf.feature_column.categorical_column_with_vocabulary_file("color", path, num_oov_buckets=1).num_buckets
    3
    """
    if not vocabulary_file:
        raise ValueError(f"Column {key!r}: vocabulary_file must be given.")
    if vocabulary_size is None:
        vocabulary_size = _count_lines(key, vocabulary_file)
    if vocabulary_size < 1:
        raise ValueError(f"Column {key!r}: the vocabulary must have a word at least, got size {vocabulary_size}.")
    _check_oov(key, num_oov_buckets, default_value is not None)
    kind = as_dtype(dtype)
    check_category_type(kind, f"The dtype of column {key!r}")
    check_key(key)
    default = -1 if default_value is None else default_value
    return VocabularyFileCategoricalColumn(key, vocabulary_file, vocabulary_size, num_oov_buckets or 0, kind, default)


def _count_lines(key: str, path: Any) -> int:
    try:
        with open(path, "rb") as f:
            return sum(1 for _ in f)
    except OSError as e:
        raise ValueError(f"Column {key!r}: cannot read the vocabulary_file {path}: {e.strerror}.") from None


def _check_oov(key: str, num_oov_buckets: int | None, has_default: bool) -> None:
    if num_oov_buckets and has_default:
        raise ValueError(f"Column {key!r}: num_oov_buckets and default_value exclude each other.")
    if num_oov_buckets and num_oov_buckets < 0:
        raise ValueError(f"Column {key!r}: num_oov_buckets must not be negative, got {num_oov_buckets}.")


class VocabularyListCategoricalColumn(
    KeyedCategoricalColumn,
    namedtuple(
        "VocabularyListCategoricalColumn", ("key", "vocabulary_list", "dtype", "default_value", "num_oov_buckets")
    ),
):
    """A column that `categorical_column_with_vocabulary_list` has made."""

    __slots__ = ()

    @property
    def num_buckets(self) -> int:
        """The number of words, and of buckets beside them."""
        return len(self.vocabulary_list) + self.num_oov_buckets

    def numbers(self, values: Any) -> Any:
        """The place in the vocabulary; -1, or what is said, for a word that is not there."""
        table = ops.index_table_from_tensor(
            vocabulary_list=list(self.vocabulary_list),
            num_oov_buckets=self.num_oov_buckets,
            default_value=self.default_value,
            dtype=int64 if values.dtype.is_integer else self.dtype,
            name=f"{self.key}_lookup",
        )
        return table.lookup(ops.cast(values, int64) if values.dtype.is_integer else values)


def categorical_column_with_vocabulary_list(
    key: str, vocabulary_list: Sequence[Any], dtype: Any = None, default_value: int = -1, num_oov_buckets: int = 0
) -> VocabularyListCategoricalColumn:
    """A column of the words of a list, each with its place in it.

    Args:
        key: the name of the feature; '' and -1 in a dense one are missing values.
        vocabulary_list: strings or integers, all different.
        dtype: string or an integer type, by default that of the list.
        default_value: the number of a word that is not there, by default -1, which counts for nothing.
        num_oov_buckets: how many numbers, after those of the words, stand for words that are not there.

    Raises:
        ValueError: there is no word, one is there twice, the type does not go with the list or is neither, both
            buckets and a default are given, or the key is no string.

    >>> color = tf.feature_column.categorical_column_with_vocabulary_list("color", ["red", "green"])
    >>> row = tf.feature_column.input_layer({"color": ["green", "blue"]}, tf.feature_column.indicator_column(color))
    >>> with tf.Session() as sess:
    ...     sess.run(tf.tables_initializer())
    ...     sess.run(row)
    array([[0., 1.],
           [0., 0.]], dtype=float32)
    """
    if vocabulary_list is None or len(vocabulary_list) < 1:
        raise ValueError(f"Column {key!r}: vocabulary_list must be non-empty, got {vocabulary_list}.")
    if len(set(vocabulary_list)) != len(vocabulary_list):
        twice = next(w for i, w in enumerate(vocabulary_list) if w in vocabulary_list[:i])
        raise ValueError(f"Column {key!r}: vocabulary_list holds {twice!r} twice.")
    _check_oov(key, num_oov_buckets, default_value != -1)
    found = as_dtype(np.array(vocabulary_list).dtype)
    check_category_type(found, f"The vocabulary of column {key!r}")
    kind = found if dtype is None else as_dtype(dtype)
    if kind.is_integer != found.is_integer:
        raise ValueError(f"Column {key!r}: dtype is {kind.name}, vocabulary_list holds {found.name}.")
    check_category_type(kind, f"The dtype of column {key!r}")
    check_key(key)
    return VocabularyListCategoricalColumn(key, tuple(vocabulary_list), kind, default_value, num_oov_buckets)


class IdentityCategoricalColumn(
    KeyedCategoricalColumn, namedtuple("IdentityCategoricalColumn", ("key", "number_buckets", "default_value"))
):
    """A column that `categorical_column_with_identity` has made."""

    __slots__ = ()
    dtype = int64

    @property
    def num_buckets(self) -> int:
        """The number of categories."""
        return self.number_buckets

    def numbers(self, values: Any) -> Any:
        """The integer itself, which is checked, or replaced by the default if it is out of range."""
        values = ops.cast(values, int64, name="values")
        if self.default_value is None:
            return ops.checked_categories(values, self.number_buckets, f"the feature {self.key!r}")
        outside = ops.logical_or(values < np.int64(0), values >= np.int64(self.number_buckets))
        return ops.where(outside, ops.fill(ops.shape(values), np.int64(self.default_value)), values)


def categorical_column_with_identity(
    key: str, num_buckets: int, default_value: int | None = None
) -> IdentityCategoricalColumn:
    """A column of integers that are the numbers of categories already.

    Args:
        key: the name of the feature; -1 in a dense one is a missing value.
        num_buckets: the number of categories; the integers are below it.
        default_value: what stands for an integer out of range; without it such an integer is an error.

    Raises:
        ValueError: there is no category, the default is out of range, or the key is no string.
        InvalidArgumentError: in a run, an integer is out of range.

    >>> day = tf.feature_column.categorical_column_with_identity("day", 3)
    >>> tf.Session().run(tf.feature_column.input_layer({"day": [2, 0]}, tf.feature_column.indicator_column(day)))
    array([[0., 0., 1.],
           [1., 0., 0.]], dtype=float32)
    """
    if num_buckets < 1:
        raise ValueError(f"Column {key!r}: num_buckets must be at least 1, got {num_buckets}.")
    if default_value is not None and not 0 <= default_value < num_buckets:
        raise ValueError(f"Column {key!r}: default_value must be in [0, {num_buckets}), got {default_value}.")
    check_key(key)
    return IdentityCategoricalColumn(key, num_buckets, default_value)
