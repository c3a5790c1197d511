"""Embeddings that several columns have in common."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Sequence
from typing import Any

from kerasflow.core.scopes import name_scope
from kerasflow.core.shapes import TensorShape
from kerasflow.feature_column.base import CategoricalColumn, StateManager
from kerasflow.feature_column.combined import WeightedCategoricalColumn
from kerasflow.feature_column.dense import RowsOfCategories, check_embedding, embedded, new_table

__all__ = ["SharedEmbeddingColumn", "shared_embedding_columns"]


class SharedEmbeddingColumn(
    RowsOfCategories,
    namedtuple(
        "SharedEmbeddingColumn",
        (
            "categorical_column",
            "dimension",
            "combiner",
            "initializer",
            "shared_embedding_collection_name",
            "ckpt_to_load_from",
            "tensor_name_in_ckpt",
            "max_norm",
            "trainable",
        ),
    ),
):
    """One of those that `shared_embedding_columns` makes."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """That of the categories, and what is made of them."""
        return f"{self.categorical_column.name}_shared_embedding"

    @property
    def scope_name(self) -> str:
        """The name that all of them share."""
        return self.shared_embedding_collection_name

    @property
    def variable_shape(self) -> TensorShape:
        """A row of `dimension` numbers."""
        return TensorShape([self.dimension])

    def create_state(self, state_manager: StateManager) -> None:
        """Make the table, if none of the others has."""
        shape = (self.categorical_column.num_buckets, self.dimension)
        found = state_manager.shared(self.shared_embedding_collection_name)
        if not found:
            found.append(new_table(self, state_manager))
        elif len(found) > 1 or tuple(found[0].shape.as_list()) != shape:
            raise ValueError(
                f"The collection {self.shared_embedding_collection_name!r} must hold one table of shape "
                f"{list(shape)}, it holds {found}: choose another shared_embedding_collection_name."
            )

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> Any:
        """The numbers of the categories."""
        return transformation_cache.get(self.categorical_column, state_manager)

    def rows(self, transformation_cache: Any, state_manager: Any) -> Any:
        """The rows of the table that the categories name, put together."""
        (table,) = state_manager.shared(self.shared_embedding_collection_name)
        with name_scope(None, self.name):
            found = self.categorical_column.get_sparse_tensors(transformation_cache, state_manager)
            return embedded(self, found, table)


def shared_embedding_columns(
    categorical_columns: Sequence[CategoricalColumn],
    dimension: int,
    combiner: str = "mean",
    initializer: Callable[..., Any] | None = None,
    shared_embedding_collection_name: str | None = None,
    ckpt_to_load_from: str | None = None,
    tensor_name_in_ckpt: str | None = None,
    max_norm: float | None = None,
    trainable: bool = True,
) -> list[SharedEmbeddingColumn]:
    """Columns of embeddings, see `embedding_column`, that look their rows up in one table.

    Args:
        categorical_columns: columns of categories of one kind, with as many categories; some may be weighted.
        dimension, combiner, initializer, ckpt_to_load_from, tensor_name_in_ckpt, max_norm, trainable: as for
            `embedding_column`.
        shared_embedding_collection_name: the name of the scope of the table and of the collection it is in; by
            default made of the columns' names.

    Raises:
        ValueError: the columns are of different kinds or have different numbers of categories, or as for
            `embedding_column`.

    >>> seen, bought = [tf.feature_column.categorical_column_with_identity(k, 10) for k in ("seen", "bought")]
    >>> columns = tf.feature_column.shared_embedding_columns([seen, bought], 4)
    >>> row = tf.feature_column.input_layer({"seen": [1, 2], "bought": [2, 3]}, columns)
    >>> row.shape.as_list(), [v.name for v in tf.trainable_variables()]
    ([2, 8], ['input_layer/bought_seen_shared_embedding/embedding_weights:0'])
    """
    initializer = check_embedding(dimension, initializer, ckpt_to_load_from, tensor_name_in_ckpt)
    ordered = sorted(categorical_columns, key=lambda c: c.name)
    _check_alike(ordered)
    shared = shared_embedding_collection_name or "_".join(c.name for c in ordered) + "_shared_embedding"
    rest = dimension, combiner, initializer, shared, ckpt_to_load_from, tensor_name_in_ckpt, max_norm, trainable
    return [SharedEmbeddingColumn(column, *rest) for column in categorical_columns]


def _check_alike(columns: Sequence[Any]) -> None:
    """ValueError if columns cannot share a table."""
    first: Any = None
    for column in columns:
        if not isinstance(column, CategoricalColumn):
            raise ValueError(f"shared_embedding_columns: expected columns of categories, got {column!r}.")
        inner = column.categorical_column if isinstance(column, WeightedCategoricalColumn) else column
        first = first or inner
        if not isinstance(inner, type(first)):
            kinds = f"{first.name!r} is a {type(first).__name__}, {inner.name!r} a {type(inner).__name__}"
            raise ValueError(f"shared_embedding_columns: all columns must be of one kind, {kinds}.")
        if inner.num_buckets != first.num_buckets:
            counts = f"{first.name!r} has {first.num_buckets}, {inner.name!r} has {inner.num_buckets}"
            raise ValueError(f"shared_embedding_columns: all columns must have as many categories, {counts}.")
    if first is None:
        raise ValueError("shared_embedding_columns: there must be at least one column.")
