"""`sequence_input_layer`: a row of numbers for each step of sequences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kerasflow.core import ops
from kerasflow.core.scopes import control_dependencies, name_scope
from kerasflow.core.tensor import Tensor
from kerasflow.core.variable_scope import variable_scope
from kerasflow.feature_column.base import (
    FeatureTransformationCache,
    SequenceDenseColumn,
    check_same_rows,
    checked_columns,
)
from kerasflow.feature_column.functions import NamedVariables, check_features

__all__ = ["sequence_input_layer"]


def sequence_input_layer(
    features: Mapping[str, Any],
    feature_columns: Any,
    weight_collections: Iterable[Any] | None = None,
    trainable: bool = True,
) -> tuple[Tensor, Tensor]:
    """A row of numbers for each step of each example: those of all columns, in the order of the columns' names.

    Args:
        features: from the names of features to sparse tensors, or to dense ones of categories.
        feature_columns: columns of sequences: `sequence_numeric_column`, and what `indicator_column` and
            `embedding_column` make of ``sequence_categorical_column_with_*``; a list or one alone.
        weight_collections, trainable: as for `input_layer`.

    Returns:
        A float32 tensor of shape [batch, steps, sum of the columns' sizes], and how many steps each example has, int64.

    Raises:
        ValueError: a column is not of sequences, or as for `input_layer`.
        InvalidArgumentError: in a run, the columns have different numbers of steps.

    >>> from kerasflow.feature_column import sequence_numeric_column
    >>> x = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], [1.0, 2.0, 3.0], [2, 2])
    >>> rows, steps = tf.contrib.feature_column.sequence_input_layer({"x": x}, sequence_numeric_column("x"))
    >>> tf.Session().run([rows[:, :, 0], steps])
    [array([[1., 2.],
           [3., 0.]], dtype=float32), array([2, 1])]
    """
    columns = checked_columns(feature_columns)
    for column in columns:
        if not isinstance(column, SequenceDenseColumn):
            raise ValueError(f"Items of feature_columns must be dense columns of sequences, got {column}.")
    check_features(features)
    state = NamedVariables(weight_collections, trainable)
    with variable_scope(None, default_name="sequence_input_layer", values=features.values()):
        cache = FeatureTransformationCache(features)
        rows, lengths = [], []
        for column in columns:
            with variable_scope(None, default_name=column.scope_name):
                column.create_state(state)
                dense, length = column.get_sequence_dense_tensor(cache, state)
                sizes = ops.shape(dense)
                rows.append(ops.reshape(dense, [sizes[0], sizes[1], column.variable_shape.num_elements()]))
                lengths.append(length)
        check_same_rows(rows, columns)
        return ops.concat(rows, -1), _the_same(lengths)


def _the_same(lengths: list[Tensor]) -> Tensor:
    """The numbers of steps, on which all columns must agree."""
    if len(lengths) == 1:
        return lengths[0]
    with name_scope(None, "assert_all_equal"):
        with control_dependencies([ops.assert_equal(lengths[0], other) for other in lengths[1:]]):
            return ops.identity(lengths[0])
