"""Columns of categories made of others: weighted, and crossed."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterator, Sequence
from typing import Any

from kerasflow.core import ops
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.core.types import as_dtype, float32, string
from kerasflow.data.parsing import VarLenFeature
from kerasflow.feature_column.base import CategoricalColumn, IdWeightPair, as_categories
from kerasflow.feature_column.categorical import HashedCategoricalColumn

__all__ = ["CrossedColumn", "WeightedCategoricalColumn", "crossed_column", "weighted_categorical_column"]


class WeightedCategoricalColumn(
    CategoricalColumn,
    namedtuple("WeightedCategoricalColumn", ("categorical_column", "weight_feature_key", "dtype")),
):
    """A column that `weighted_categorical_column` has made."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """That of the categories, and what weighs them."""
        return f"{self.categorical_column.name}_weighted_by_{self.weight_feature_key}"

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """That of the categories, and a feature with any number of weights."""
        spec = dict(self.categorical_column.parse_example_spec)
        if self.weight_feature_key in spec:
            raise ValueError(
                f"Column {self.name!r}: the categories and the weights are both {self.weight_feature_key!r}."
            )
        spec[self.weight_feature_key] = VarLenFeature(self.dtype)
        return spec

    @property
    def parents(self) -> list[Any]:
        """The categories and the name of the weights."""
        return [self.categorical_column, self.weight_feature_key]

    @property
    def num_buckets(self) -> int:
        """The number of categories."""
        return self.categorical_column.num_buckets

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> tuple[Any, SparseTensor]:
        """The numbers of the categories, and their weights."""
        weights = transformation_cache.get(self.weight_feature_key, state_manager)
        if weights.dtype is not self.dtype:
            raise ValueError(
                f"Column {self.name!r} is of weights of type {self.dtype.name}, its feature "
                f"{self.weight_feature_key!r} of type {weights.dtype.name}."
            )
        sparse = as_categories(weights, ignore_value=0)
        if not sparse.dtype.is_floating:
            sparse = SparseTensor(sparse.indices, ops.cast(sparse.values, float32), sparse.dense_shape)
        return transformation_cache.get(self.categorical_column, state_manager), sparse

    def get_sparse_tensors(self, transformation_cache: Any, state_manager: Any) -> IdWeightPair:
        """The numbers of the categories, and their weights."""
        return IdWeightPair(*transformation_cache.get(self, state_manager))


def weighted_categorical_column(
    categorical_column: CategoricalColumn, weight_feature_key: str, dtype: Any = float32
) -> WeightedCategoricalColumn:
    """A column of categories that count as much as a second feature says.

    Args:
        categorical_column: any column of categories.
        weight_feature_key: the name of the weights, a feature with as many values as the categories have; in a dense
            one, 0 is a missing value.
        dtype: the type of the weights, of an integer or floating-point kind.

    Raises:
        ValueError: the type is no number.

    >>> word = tf.feature_column.categorical_column_with_identity("word", 3)
    >>> counted = tf.feature_column.weighted_categorical_column(word, "count")
    >>> features = {"word": [[0, 2]], "count": [[2.0, 0.5]]}
    >>> tf.Session().run(tf.feature_column.input_layer(features, [tf.feature_column.indicator_column(counted)]))
    array([[2. , 0. , 0.5]], dtype=float32)
    """
    kind = None if dtype is None else as_dtype(dtype)
    if kind is None or not (kind.is_integer or kind.is_floating):
        raise ValueError(f"weighted_categorical_column: dtype must be convertible to float, got {dtype!r}.")
    return WeightedCategoricalColumn(categorical_column, weight_feature_key, kind)


class CrossedColumn(CategoricalColumn, namedtuple("CrossedColumn", ("keys", "hash_bucket_size", "hash_key"))):
    """A column that `crossed_column` has made."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """The names of all that is crossed, sorted."""
        return "_X_".join(sorted(key if isinstance(key, str) else key.name for key in _leaves(self)))

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """That of what is crossed."""
        spec: dict[str, Any] = {}
        for key in self.keys:
            spec.update({key: VarLenFeature(string)} if isinstance(key, str) else key.parse_example_spec)
        return spec

    @property
    def parents(self) -> list[Any]:
        """What is crossed."""
        return list(self.keys)

    @property
    def num_buckets(self) -> int:
        """The number of buckets."""
        return self.hash_bucket_size

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> SparseTensor:
        """The buckets of all combinations."""
        features = []
        for key in _leaves(self):
            if isinstance(key, str):
                features.append(transformation_cache.get(key, state_manager))
                continue
            ids, weights = key.get_sparse_tensors(transformation_cache, state_manager)
            if weights is not None:
                raise ValueError(f"crossed_column does not take weights, but column {key.name!r} has them.")
            features.append(ids)
        return ops.sparse_cross_hashed(features, self.hash_bucket_size, self.hash_key)


def _leaves(crossed: CrossedColumn) -> Iterator[Any]:
    """What is crossed; of crosses among it, what they cross."""
    left = list(reversed(crossed.keys))
    while left:
        key = left.pop()
        if isinstance(key, CrossedColumn):
            left.extend(reversed(key.keys))
        else:
            yield key


def crossed_column(keys: Sequence[Any], hash_bucket_size: int, hash_key: int | None = None) -> CrossedColumn:
    """A column of the combinations of several features' values, spread over buckets by a hash.

    Args:
        keys: two or more: names of features, of strings or integers, which are crossed as they are; or columns of
            categories, but for hashed ones, whose numbers are crossed.
        hash_bucket_size: the number of buckets.
        hash_key: what the hash starts from, see `tf.sparse.cross_hashed`.

    Raises:
        ValueError: there are less than two, one is something else, or there is no bucket.

    >>> crossed = tf.feature_column.crossed_column(["city", "day"], 5)
    >>> features = {"city": [["Rome"], ["Oslo"]], "day": [["mon"], ["tue"]]}
    >>> row = tf.feature_column.input_layer(features, [tf.feature_column.indicator_column(crossed)])
    >>> tf.Session().run(tf.argmax(row, 1))
    array([0, 1])
    """
    if not hash_bucket_size or hash_bucket_size < 1:
        raise ValueError(f"crossed_column: hash_bucket_size must be at least 1, got {hash_bucket_size}.")
    if isinstance(keys, str) or not keys or len(keys) < 2:
        raise ValueError(f"crossed_column: keys must be a list with length > 1, got {keys!r}.")
    for key in keys:
        if not isinstance(key, (str, CategoricalColumn)):
            raise ValueError(f"crossed_column: each key must be a string or a column of categories, got {key!r}.")
        if isinstance(key, HashedCategoricalColumn):
            raise ValueError(
                f"crossed_column: cross the feature {key.key!r} by its name instead of its hash buckets; hashed twice, "
                "more values would share a bucket."
            )
    return CrossedColumn(tuple(keys), hash_bucket_size, hash_key)
