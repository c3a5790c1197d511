"""Columns of sequences: features that have any number of steps in each example."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Sequence
from typing import Any

from kerasflow.core import ops
from kerasflow.core.scopes import name_scope
from kerasflow.core.shapes import TensorShape
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.core.types import as_dtype, float32, string
from kerasflow.data.parsing import VarLenFeature
from kerasflow.feature_column.base import (
    CategoricalColumn,
    IdWeightPair,
    SequenceDenseColumn,
    TensorSequenceLengthPair,
)
from kerasflow.feature_column.categorical import (
    categorical_column_with_hash_bucket,
    categorical_column_with_identity,
    categorical_column_with_vocabulary_file,
    categorical_column_with_vocabulary_list,
)
from kerasflow.feature_column.numeric import check_normalizer, check_number, checked_shape

__all__ = [
    "SequenceCategoricalColumn",
    "SequenceNumericColumn",
    "sequence_categorical_column_with_hash_bucket",
    "sequence_categorical_column_with_identity",
    "sequence_categorical_column_with_vocabulary_file",
    "sequence_categorical_column_with_vocabulary_list",
    "sequence_length",
    "sequence_numeric_column",
]


def sequence_length(tensor: SparseTensor, num_elements: int = 1) -> Any:
    """How many steps, of `num_elements` columns, each row of a sparse tensor has up to its last value, int64."""
    with name_scope(None, "sequence_length"):
        rows, ends = tensor.indices[:, 0], tensor.indices[:, 1] + 1
        longest = ops.maximum(ops.unsorted_segment_max(ends, rows, tensor.dense_shape[0]), 0)
        return (longest + (num_elements - 1)) // num_elements


class SequenceCategoricalColumn(CategoricalColumn, namedtuple("SequenceCategoricalColumn", "categorical_column")):
    """A column that `sequence_categorical_column_with_identity` or one of its kin has made."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """That of the categories."""
        return self.categorical_column.name

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """That of the categories."""
        return self.categorical_column.parse_example_spec

    @property
    def parents(self) -> list[Any]:
        """The categories."""
        return [self.categorical_column]

    @property
    def num_buckets(self) -> int:
        """The number of categories."""
        return self.categorical_column.num_buckets

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> Any:
        """The numbers of the categories."""
        return self.categorical_column.transform_feature(transformation_cache, state_manager)

    def get_sparse_tensors(self, transformation_cache: Any, state_manager: Any) -> IdWeightPair:
        """The numbers of the categories, with three axes: examples, steps, and the categories of a step."""
        ids, weights = self.categorical_column.get_sparse_tensors(transformation_cache, state_manager)
        shape = ids.dense_shape
        target = ops.concat([shape[:2], ops.reshape(ops.reduce_prod(shape[2:]), [1])], 0)
        ids = ops.sparse_reshape(ids, target)
        return IdWeightPair(ids, None if weights is None else ops.sparse_reshape(weights, target))


def sequence_categorical_column_with_identity(
    key: str, num_buckets: int, default_value: int | None = None
) -> SequenceCategoricalColumn:
    """As `categorical_column_with_identity`, for each step of a sequence.

    >>> tf.feature_column.sequence_categorical_column_with_identity("day", 7).num_buckets
    7
    """
    return SequenceCategoricalColumn(categorical_column_with_identity(key, num_buckets, default_value))


def sequence_categorical_column_with_hash_bucket(
    key: str, hash_bucket_size: int, dtype: Any = string
) -> SequenceCategoricalColumn:
    """As `categorical_column_with_hash_bucket`, for each step of a sequence.

    >>> tf.feature_column.sequence_categorical_column_with_hash_bucket("word", 100).num_buckets
    100
    """
    return SequenceCategoricalColumn(categorical_column_with_hash_bucket(key, hash_bucket_size, dtype))


def sequence_categorical_column_with_vocabulary_file(
    key: str,
    vocabulary_file: str,
    vocabulary_size: int | None = None,
    num_oov_buckets: int = 0,
    default_value: int | None = None,
    dtype: Any = string,
) -> SequenceCategoricalColumn:
    """As `categorical_column_with_vocabulary_file`, for each step of a sequence.

    >>> tf.feature_column.sequence_categorical_column_with_vocabulary_file("word", "words.txt", 50).num_buckets
    50
    """
    return SequenceCategoricalColumn(
        categorical_column_with_vocabulary_file(
            key, vocabulary_file, vocabulary_size, num_oov_buckets, default_value, dtype
        )
    )


def sequence_categorical_column_with_vocabulary_list(
    key: str, vocabulary_list: Sequence[Any], dtype: Any = None, default_value: int = -1, num_oov_buckets: int = 0
) -> SequenceCategoricalColumn:
    """As `categorical_column_with_vocabulary_list`, for each step of a sequence.

    >>> tf.feature_column.sequence_categorical_column_with_vocabulary_list("word", ["a", "b"]).num_buckets
    2
    """
    return SequenceCategoricalColumn(
        categorical_column_with_vocabulary_list(key, vocabulary_list, dtype, default_value, num_oov_buckets)
    )


class SequenceNumericColumn(
    SequenceDenseColumn,
    namedtuple("SequenceNumericColumn", ("key", "shape", "default_value", "dtype", "normalizer_fn")),
):
    """A column that `sequence_numeric_column` has made."""

    __slots__ = ()

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

    @property
    def variable_shape(self) -> TensorShape:
        """The shape of a step."""
        return TensorShape(self.shape)

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> Any:
        """The feature, normalised."""
        tensor = transformation_cache.get(self.key, state_manager)
        return tensor if self.normalizer_fn is None else self.normalizer_fn(tensor)

    def get_sequence_dense_tensor(self, transformation_cache: Any, state_manager: Any) -> TensorSequenceLengthPair:
        """The numbers of each step, and how many steps there are."""
        sparse = transformation_cache.get(self, state_manager)
        dense = ops.sparse_tensor_to_dense(sparse, default_value=self.default_value)
        dense = ops.reshape(dense, ops.concat([ops.shape(dense)[:1], [-1], list(self.shape)], 0))
        size = self.variable_shape.num_elements() if sparse.shape.ndims == 2 else 1
        return TensorSequenceLengthPair(dense, sequence_length(sparse, size))


def sequence_numeric_column(
    key: str,
    shape: Any = (1,),
    default_value: float = 0.0,
    dtype: Any = float32,
    normalizer_fn: Callable[[Any], Any] | None = None,
) -> SequenceNumericColumn:
    """A column of numbers for each step of a sequence.

    Args:
        key: the name of the feature, a sparse one: the values of an example follow one another, step by step.
        shape: the shape of a step.
        default_value: what shorter sequences are filled up with.
        dtype: the type of the feature.
        normalizer_fn: a function from the sparse tensor to a sparse tensor of the same shape.

    Raises:
        ValueError, TypeError: as for `numeric_column`.

    >>> tf.feature_column.sequence_numeric_column("x", shape=2).shape
    (2,)
    """
    dims = checked_shape(shape, key)
    kind = as_dtype(dtype)
    check_number(kind, key)
    check_normalizer(normalizer_fn)
    return SequenceNumericColumn(key, dims, default_value, kind, normalizer_fn)
