"""Rows of numbers made from categories: `indicator_column` and `embedding_column`."""

from __future__ import annotations

import math
from collections import namedtuple
from collections.abc import Callable
from typing import Any

from kerasflow.core import ops
from kerasflow.core.scopes import name_scope
from kerasflow.core.shapes import TensorShape
from kerasflow.core.types import float32, int64
from kerasflow.feature_column.base import (
    CategoricalColumn,
    DenseColumn,
    IdWeightPair,
    SequenceDenseColumn,
    StateManager,
    TensorSequenceLengthPair,
)
from kerasflow.feature_column.sequence import SequenceCategoricalColumn, sequence_length
from kerasflow.initializers import truncated_normal_initializer

__all__ = [
    "EmbeddingColumn",
    "IndicatorColumn",
    "RowsOfCategories",
    "check_embedding",
    "embedded",
    "embedding_column",
    "indicator_column",
    "new_table",
]


class RowsOfCategories(DenseColumn, SequenceDenseColumn):
    """A dense column of a categorical one, its `categorical_column`."""

    __slots__ = ()
    categorical_column: CategoricalColumn

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """That of the categories."""
        return self.categorical_column.parse_example_spec

    @property
    def parents(self) -> list[Any]:
        """The categories."""
        return [self.categorical_column]

    def rows(self, transformation_cache: Any, state_manager: Any) -> Any:
        """The rows, whether of examples or of steps."""
        raise NotImplementedError

    def get_dense_tensor(self, transformation_cache: Any, state_manager: Any) -> Any:
        """A row for each example. ValueError if the categories are those of sequences."""
        if isinstance(self.categorical_column, SequenceCategoricalColumn):
            raise ValueError(
                f"Column {self.name!r} is of sequences: make it of a categorical_column_with_*, without sequence_, or "
                "use it in a sequence_input_layer."
            )
        return self.rows(transformation_cache, state_manager)

    def get_sequence_dense_tensor(self, transformation_cache: Any, state_manager: Any) -> TensorSequenceLengthPair:
        """A row for each step of each example. ValueError if the categories are not those of sequences."""
        if not isinstance(self.categorical_column, SequenceCategoricalColumn):
            raise ValueError(
                f"Column {self.name!r} is not of sequences: make it of a sequence_categorical_column_with_*."
            )
        rows = self.rows(transformation_cache, state_manager)
        ids = self.categorical_column.get_sparse_tensors(transformation_cache, state_manager).id_tensor
        return TensorSequenceLengthPair(rows, sequence_length(ids))


class IndicatorColumn(RowsOfCategories, namedtuple("IndicatorColumn", "categorical_column")):
    """A column that `indicator_column` has made."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """That of the categories, and what is made of them."""
        return f"{self.categorical_column.name}_indicator"

    @property
    def variable_shape(self) -> TensorShape:
        """A row with a number for each category."""
        return TensorShape([1, self.categorical_column.num_buckets])

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> Any:
        """How often each category is there, or the sum of its weights."""
        ids, weights = self.categorical_column.get_sparse_tensors(transformation_cache, state_manager)
        n = self.categorical_column.num_buckets
        if weights is not None:
            return _added(ids, weights, n)
        each = ops.one_hot(ops.sparse_tensor_to_dense(ids, default_value=-1), n, 1.0, 0.0)
        return ops.reduce_sum(each, axis=[-2])

    def rows(self, transformation_cache: Any, state_manager: Any) -> Any:
        """How often each category is there, or the sum of its weights."""
        return transformation_cache.get(self, state_manager)


def _added(ids: Any, weights: Any, n: int) -> Any:
    """The weights of each category, added up."""
    with name_scope(None, "weighted_sum"):
        known = ops.reshape(ops.where(ops.logical_and(ids.values >= 0, ids.values < n)), [-1])
        places = ops.concat([ids.indices[:, :-1], ops.expand_dims(ops.cast(ids.values, int64), 1)], 1)
        dims = ops.concat([ids.dense_shape[:-1], [n]], 0)
        return ops.scatter_nd(ops.gather(places, known), ops.gather(weights.values, known), dims)


def indicator_column(categorical_column: CategoricalColumn) -> IndicatorColumn:
    """A row for each example that says how often each category is there.

    Args:
        categorical_column: any column of categories; of a weighted one, the weights are added up.

    >>> day = tf.feature_column.categorical_column_with_identity("day", 3)
    >>> row = tf.feature_column.input_layer({"day": [[2, 2], [0, -1]]}, [tf.feature_column.indicator_column(day)])
    >>> tf.Session().run(row)
    array([[0., 0., 2.],
           [1., 0., 0.]], dtype=float32)
    """
    return IndicatorColumn(categorical_column)


class EmbeddingColumn(
    RowsOfCategories,
    namedtuple(
        "EmbeddingColumn",
        (
            "categorical_column",
            "dimension",
            "combiner",
            "initializer",
            "ckpt_to_load_from",
            "tensor_name_in_ckpt",
            "max_norm",
            "trainable",
        ),
    ),
):
    """A column that `embedding_column` has made."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """That of the categories, and what is made of them."""
        return f"{self.categorical_column.name}_embedding"

    @property
    def variable_shape(self) -> TensorShape:
        """A row of `dimension` numbers."""
        return TensorShape([self.dimension])

    def create_state(self, state_manager: StateManager) -> None:
        """Make the table."""
        new_table(self, state_manager)

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> Any:
        """The numbers of the categories."""
        return transformation_cache.get(self.categorical_column, state_manager)

    def rows(self, transformation_cache: Any, state_manager: Any) -> Any:
        """The rows of the table that the categories name, put together."""
        found = self.categorical_column.get_sparse_tensors(transformation_cache, state_manager)
        return embedded(self, found, state_manager.get_variable(self, "embedding_weights"))


def new_table(column: Any, state_manager: StateManager) -> Any:
    """A table as an embedding column describes it."""
    table = state_manager.create_variable(
        column,
        name="embedding_weights",
        shape=(column.categorical_column.num_buckets, column.dimension),
        dtype=float32,
        trainable=column.trainable,
        initializer=column.initializer,
    )
    if column.ckpt_to_load_from is not None:
        state_manager.start_from(table, column.ckpt_to_load_from, column.tensor_name_in_ckpt)
    return table


def embedded(column: Any, categories: IdWeightPair, table: Any) -> Any:
    """The rows of `table` for each example, put together as an embedding column says."""
    return ops.safe_embedding_lookup_sparse(
        table,
        categories.id_tensor,
        categories.weight_tensor,
        combiner=column.combiner,
        max_norm=column.max_norm,
        name=f"{column.name}_weights",
    )


def embedding_column(
    categorical_column: CategoricalColumn,
    dimension: int,
    combiner: str = "mean",
    initializer: Callable[..., Any] | None = None,
    ckpt_to_load_from: str | None = None,
    tensor_name_in_ckpt: str | None = None,
    max_norm: float | None = None,
    trainable: bool = True,
) -> EmbeddingColumn:
    """A row of learned numbers for each example: those of its categories, put together.

    Args:
        categorical_column: any column of categories; weights, if it has them, count in the combination.
        dimension: how many numbers.
        combiner: how the rows of several categories become one: "mean", "sqrtn" or "sum"; see
            `tf.nn.embedding_lookup_sparse`. An example without categories gets zeros.
        initializer: of the table; by default a truncated normal distribution of standard deviation
            ``1 / sqrt(dimension)``.
        ckpt_to_load_from, tensor_name_in_ckpt: a checkpoint and the name of an array in it, which the table starts
            from.
        max_norm: the largest Euclidean norm a row may have; a longer one is shortened to it.
        trainable: whether optimizers change the table.

    Raises:
        ValueError: the dimension is below 1, only one of checkpoint and name is given, or the initializer cannot be
            called.

    >>> day = tf.feature_column.categorical_column_with_identity("day", 7)
    >>> row = tf.feature_column.input_layer({"day": [[2], [0]]}, [tf.feature_column.embedding_column(day, 3)])
    >>> row.shape.as_list(), [v.name for v in tf.trainable_variables()]
    ([2, 3], ['input_layer/day_embedding/embedding_weights:0'])
    """
    initializer = check_embedding(dimension, initializer, ckpt_to_load_from, tensor_name_in_ckpt)
    return EmbeddingColumn(
        categorical_column,
        dimension,
        combiner,
        initializer,
        ckpt_to_load_from,
        tensor_name_in_ckpt,
        max_norm,
        trainable,
    )


def check_embedding(dimension: Any, initializer: Any, checkpoint: Any, name: Any) -> Any:
    """The initializer of a table; ValueError for arguments that do not go together."""
    if dimension is None or dimension < 1:
        raise ValueError(f"The dimension of an embedding must be at least 1, got {dimension}.")
    if (checkpoint is None) != (name is None):
        raise ValueError("ckpt_to_load_from and tensor_name_in_ckpt must be given both, or neither.")
    if initializer is not None and not callable(initializer):
        raise ValueError(f"The initializer of an embedding must be callable, got {initializer!r}.")
    return initializer or truncated_normal_initializer(mean=0.0, stddev=1 / math.sqrt(dimension))
