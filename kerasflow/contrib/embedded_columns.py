"""Rows of numbers made from categories, as `tf.contrib.layers` had them before `tf.feature_column`."""

from __future__ import annotations

import math
from collections import namedtuple
from collections.abc import Callable, Sequence
from typing import Any

from kerasflow.contrib.real_columns import OldColumn
from kerasflow.contrib.sparse_columns import SparseColumn, WeightedSparseColumn
from kerasflow.core.graph import default_graph
from kerasflow.core.shapes import TensorShape
from kerasflow.core.types import float32
from kerasflow.feature_column.base import StateManager
from kerasflow.feature_column.dense import IndicatorColumn, RowsOfCategories, check_embedding, embedded
from kerasflow.initializers import truncated_normal_initializer

__all__ = ["EmbeddingColumn", "OneHotColumn", "embedding_column", "one_hot_column", "shared_embedding_columns"]


class OneHotColumn(OldColumn, RowsOfCategories, namedtuple("OneHotColumn", "sparse_id_column")):
    """A column that `one_hot_column` has made."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """That of the categories, and what is made of them."""
        return f"{self.sparse_id_column.name}_one_hot"

    @property
    def categorical_column(self) -> Any:
        """The categories."""
        return self.sparse_id_column

    @property
    def variable_shape(self) -> TensorShape:
        """A number for each category."""
        return TensorShape([self.sparse_id_column.num_buckets])

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> Any:
        """How often each category is there, or the sum of its weights."""
        return IndicatorColumn(self.sparse_id_column).transform_feature(transformation_cache, state_manager)

    def rows(self, transformation_cache: Any, state_manager: Any) -> Any:
        """How often each category is there, or the sum of its weights."""
        return transformation_cache.get(self, state_manager)


def one_hot_column(sparse_id_column: Any) -> OneHotColumn:
    """A row for each example that says how often each category is there.

    Args:
        sparse_id_column: a column of categories, weighted or not.

    >>> color = tf.contrib.layers.sparse_column_with_keys("color", ["red", "green"])
    >>> tf.contrib.layers.one_hot_column(color).name
    'color_one_hot'
    """
    return OneHotColumn(sparse_id_column)


class EmbeddingColumn(
    OldColumn,
    RowsOfCategories,
    namedtuple(
        "EmbeddingColumn",
        (
            "sparse_id_column",
            "dimension",
            "combiner",
            "initializer",
            "ckpt_to_load_from",
            "tensor_name_in_ckpt",
            "shared_embedding_name",
            "shared_vocab_size",
            "max_norm",
            "trainable",
        ),
    ),
):
    """A column that `embedding_column` or `shared_embedding_columns` has made."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """That of the categories, and what is made of them."""
        kind = "embedding" if self.shared_embedding_name is None else "shared_embedding"
        return f"{self.sparse_id_column.name}_{kind}"

    @property
    def categorical_column(self) -> Any:
        """The categories."""
        return self.sparse_id_column

    @property
    def variable_shape(self) -> TensorShape:
        """A row of `dimension` numbers."""
        return TensorShape([self.dimension])

    @property
    def collection(self) -> str:
        """The name of the collection that holds a shared table."""
        return f"SHARED_EMBEDDING_COLLECTION_{self.shared_embedding_name.upper()}"

    def create_state(self, state_manager: StateManager) -> None:
        """Make the table, unless it is shared and there."""
        shared, graph = self.shared_embedding_name, default_graph()
        size = self.sparse_id_column.num_buckets if self.shared_vocab_size is None else self.shared_vocab_size
        found = graph.get_collection(self.collection) if shared else []
        if found:
            if found[0].dims != (size, self.dimension):
                raise ValueError(f"The table {shared!r} must have shape {[size, self.dimension]}, it is {found[0]}.")
            return
        table = state_manager.create_variable(
            self, shared or "weights", (size, self.dimension), float32, self.trainable, initializer=self.initializer
        )
        if self.ckpt_to_load_from is not None:
            state_manager.start_from(table, self.ckpt_to_load_from, self.tensor_name_in_ckpt)
        if shared:
            graph.add_to_collection(self.collection, table)

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> Any:
        """The numbers of the categories."""
        return transformation_cache.get(self.sparse_id_column, state_manager)

    def rows(self, transformation_cache: Any, state_manager: Any) -> Any:
        """The rows of the table that the categories name, put together."""
        if self.shared_embedding_name:
            (table,) = default_graph().get_collection(self.collection)
        else:
            table = state_manager.get_variable(self, "weights")
        return embedded(self, self.sparse_id_column.get_sparse_tensors(transformation_cache, state_manager), table)


def embedding_column(
    sparse_id_column: Any,
    dimension: int,
    combiner: str = "mean",
    initializer: Callable[..., Any] | None = None,
    ckpt_to_load_from: str | None = None,
    tensor_name_in_ckpt: str | None = None,
    max_norm: float | None = None,
    trainable: bool = True,
) -> EmbeddingColumn:
    """A row of learned numbers for each example; see `tf.feature_column.embedding_column`.

    Args:
        sparse_id_column: a column of categories, weighted or not.
        initializer: of the table; by default a truncated normal distribution of standard deviation
            ``1 / sqrt(number of categories)``.
        dimension, combiner, ckpt_to_load_from, tensor_name_in_ckpt, max_norm, trainable: as there.

    Raises:
        ValueError: as there.

    >>> word = tf.contrib.layers.sparse_column_with_hash_bucket("word", 100)
    >>> tf.contrib.layers.embedding_column(word, 4).name
    'word_embedding'
    """
    check_embedding(dimension, initializer, ckpt_to_load_from, tensor_name_in_ckpt)
    start = initializer or truncated_normal_initializer(0.0, 1 / math.sqrt(sparse_id_column.num_buckets))
    return EmbeddingColumn(
        sparse_id_column,
        dimension,
        combiner,
        start,
        ckpt_to_load_from,
        tensor_name_in_ckpt,
        None,
        None,
        max_norm,
        trainable,
    )


def shared_embedding_columns(
    sparse_id_columns: Sequence[Any],
    dimension: int,
    combiner: str = "mean",
    shared_embedding_name: str | None = None,
    initializer: Callable[..., Any] | None = None,
    ckpt_to_load_from: str | None = None,
    tensor_name_in_ckpt: str | None = None,
    max_norm: float | None = None,
    trainable: bool = True,
) -> tuple[EmbeddingColumn, ...]:
    """Columns of embeddings, see `embedding_column`, that look their rows up in one table.

    Args:
        sparse_id_columns: columns of categories, weighted or not, with as many categories.
        shared_embedding_name: the name of the table; by default made of the columns' names.
        dimension, combiner, initializer, ckpt_to_load_from, tensor_name_in_ckpt, max_norm, trainable: as for
            `embedding_column`.

    Raises:
        TypeError: something is no column of categories. ValueError: there are none, or they have different numbers of
            categories or vocabularies.

    >>> seen, bought = [tf.contrib.layers.sparse_column_with_hash_bucket(k, 10) for k in ("seen", "bought")]
    >>> [c.name for c in tf.contrib.layers.shared_embedding_columns([seen, bought], 4)]
    ['seen_shared_embedding', 'bought_shared_embedding']
    """
    if not isinstance(sparse_id_columns, (list, tuple)):
        raise TypeError(f"sparse_id_columns must be a list or a tuple, got {sparse_id_columns!r}.")
    if not sparse_id_columns:
        raise ValueError("sparse_id_columns must hold at least one column.")
    for column in sparse_id_columns:
        if not isinstance(column, (SparseColumn, WeightedSparseColumn)):
            raise TypeError(f"sparse_id_columns must be columns of categories, got {column!r}.")
    plain = [c.sparse_id_column if isinstance(c, WeightedSparseColumn) else c for c in sparse_id_columns]
    alike = {(c.lookup_config, c.num_buckets, c.dtype.is_integer) for c in plain}
    if len(alike) > 1:
        names = ", ".join(repr(c.name) for c in sparse_id_columns)
        raise ValueError(f"The columns {names} have different categories and cannot share a table.")
    name, size = shared_embedding_name, None
    if len(sparse_id_columns) > 1:
        name, size = name or _name_of(sparse_id_columns), plain[0].num_buckets
    made = (
        embedding_column(
            c, dimension, combiner, initializer, ckpt_to_load_from, tensor_name_in_ckpt, max_norm, trainable
        )
        for c in sparse_id_columns
    )
    return tuple(c._replace(shared_embedding_name=name, shared_vocab_size=size) for c in made)


def _name_of(columns: Sequence[Any]) -> str:
    ordered = sorted(c.name for c in columns if isinstance(c, SparseColumn))
    ordered += sorted(c.name for c in columns if isinstance(c, WeightedSparseColumn))
    more = f"_plus_{len(ordered) - 3}_others" if len(ordered) > 3 else ""
    return "_".join(ordered[:3]) + more + "_shared_embedding"
