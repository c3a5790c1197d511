"""What makes tensors of the columns of `tf.contrib.layers`: inputs of networks, and linear models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kerasflow.contrib.crossed_columns import CrossedColumn
from kerasflow.contrib.embedded_columns import EmbeddingColumn
from kerasflow.contrib.real_columns import BucketizedColumn, RealValuedColumn
from kerasflow.core import ops
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import float32
from kerasflow.core.variable_scope import variable_scope
from kerasflow.core.variables import Variable
from kerasflow.data.parsing import VarLenFeature, parse_example
from kerasflow.feature_column.base import CategoricalColumn, DenseColumn, FeatureTransformationCache
from kerasflow.feature_column.functions import NamedVariables
from kerasflow.initializers import zeros_initializer

__all__ = [
    "check_feature_columns",
    "create_feature_spec_for_parsing",
    "input_from_feature_columns",
    "make_place_holder_tensors_for_base_features",
    "parse_feature_columns_from_examples",
    "weighted_sum_from_feature_columns",
]


def check_feature_columns(feature_columns: Any) -> None:
    """ValueError if columns are given as a dict, or one is there twice.

    >>> age = tf.contrib.layers.real_valued_column("age")
    >>> tf.contrib.layers.check_feature_columns([age])
    """
    if isinstance(feature_columns, Mapping):
        raise ValueError("Expected feature_columns to be iterable, found dict.")
    seen: set[str] = set()
    for column in feature_columns:
        if column.key in seen:
            raise ValueError(f"Duplicate feature column key found for column: {column.name}: leave one out.")
        seen.add(column.key)


def _sorted(feature_columns: Iterable[Any]) -> list[Any]:
    columns = list(feature_columns)
    check_feature_columns(columns)
    if not columns:
        raise ValueError("feature_columns must not be empty.")
    return sorted(columns, key=lambda c: c.key)


def _rows(column: Any, cache: FeatureTransformationCache, state: Any) -> Tensor:
    """What a dense column gives, one row for each example; of numbers as many as there are."""
    tensor = column.get_dense_tensor(cache, state)
    width = column.variable_shape.num_elements()
    if isinstance(column, RealValuedColumn) and tensor.dims is not None and None not in tensor.dims[1:]:
        width = tensor.shape[1:].num_elements()
    return cache.matrix(tensor, width)


def input_from_feature_columns(
    columns_to_tensors: Mapping[str, Any],
    feature_columns: Iterable[Any],
    weight_collections: Iterable[Any] | None = None,
    trainable: bool = True,
    scope: Any = None,
    cols_to_outs: dict[Any, Any] | None = None,
) -> Tensor:
    """A row of numbers for each example: those of all columns, in the order of their keys.

    Args:
        columns_to_tensors: from the names of features to tensors or sparse tensors.
        feature_columns: columns of `tf.contrib.layers`: of numbers, embedded, one-hot or bucketized.
        weight_collections: collections that variables join, beside GLOBAL_VARIABLES and MODEL_VARIABLES.
        trainable: whether optimizers change the variables.
        scope: the variable scope, by default ``input_from_feature_columns``.
        cols_to_outs: a dict that is given the part of the rows that each column makes.

    Raises:
        ValueError: a column is one of categories, or there twice.

    >>> age = tf.contrib.layers.real_valued_column("age")
    >>> color = tf.contrib.layers.sparse_column_with_keys("color", ["red", "green"])
    >>> features = {"age": tf.constant([30.0]), "color": tf.constant(["green"])}
    >>> columns = [age, tf.contrib.layers.one_hot_column(color)]
    >>> row = tf.contrib.layers.input_from_feature_columns(features, columns)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.tables_initializer())
    ...     sess.run(row)
    array([[ 0.,  1., 30.]], dtype=float32)
    """
    if cols_to_outs is not None and not isinstance(cols_to_outs, dict):
        raise ValueError(f"cols_to_outs must be a dict, got {cols_to_outs!r}.")
    columns = _sorted(feature_columns)
    state = NamedVariables(weight_collections, trainable)
    with variable_scope(scope, "input_from_feature_columns", values=columns_to_tensors.values()):
        cache = FeatureTransformationCache(columns_to_tensors)
        rows = []
        for column in columns:
            if not isinstance(column, DenseColumn):
                raise ValueError(
                    f"Error creating input layer for column: {column.name}: wrap it in an embedding_column or a "
                    "one_hot_column."
                )
            with variable_scope(None, column.name):
                column.create_state(state)
                rows.append(_rows(column, cache, state))
            if cols_to_outs is not None:
                cols_to_outs[column] = rows[-1]
        return ops.concat(rows, 1)


def weighted_sum_from_feature_columns(
    columns_to_tensors: Mapping[str, Any],
    feature_columns: Iterable[Any],
    num_outputs: int,
    weight_collections: Iterable[Any] | None = None,
    trainable: bool = True,
    scope: Any = None,
) -> tuple[Tensor, dict[Any, list[Variable]], Variable]:
    """A linear function of the columns, whose weights start at zero.

    Args:
        columns_to_tensors, weight_collections, trainable: as for `input_from_feature_columns`.
        feature_columns: columns of `tf.contrib.layers`: of numbers or of categories.
        num_outputs: how many numbers it gives.
        scope: the variable scope, by default ``weighted_sum_from_feature_columns``.

    Returns:
        The sums, [batch, num_outputs]; for each column the list of its variables; and the bias.

    Raises:
        ValueError: a column is an embedding, or there twice. NotImplementedError: it is a one-hot column.

    >>> age = tf.contrib.layers.real_valued_column("age")
    >>> y, variables, bias = tf.contrib.layers.weighted_sum_from_feature_columns({"age": tf.ones([2])}, [age], 1)
    >>> y.shape.as_list(), variables[age][0].name, bias.name  # doctest: +NORMALIZE_WHITESPACE
    ([2, 1], 'weighted_sum_from_feature_columns/age/weight:0', 'weighted_sum_from_feature_columns/bias_weight:0')
    """
    columns = _sorted(feature_columns)
    state = NamedVariables(weight_collections, trainable)
    variables = {}
    with variable_scope(scope, "weighted_sum_from_feature_columns", values=columns_to_tensors.values()):
        cache = FeatureTransformationCache(columns_to_tensors)
        sums = []
        for column in columns:
            with variable_scope(None, column.name):
                weights, total = _weighted(column, cache, state, num_outputs)
            sums.append(cache.matrix(total, num_outputs))
            variables[column] = [weights]
        bias = state.create_variable(None, "bias_weight", [num_outputs], float32, initializer=zeros_initializer())
        return ops.bias_add(ops.add_n(sums), bias), variables, bias


def _weighted(column: Any, cache: FeatureTransformationCache, state: Any, outputs: int) -> tuple[Variable, Tensor]:
    """The weights of a column, and what it adds to a linear model."""
    start = zeros_initializer()
    if isinstance(column, EmbeddingColumn):
        raise ValueError(f"Error creating weighted sum for column: {column.name}: give its sparse column instead.")
    if isinstance(column, CategoricalColumn):
        ids, factors = column.get_sparse_tensors(cache, state)
        weights = state.create_variable(column, "weights", (column.num_buckets, outputs), float32, initializer=start)
        if isinstance(column, CrossedColumn) and column.ckpt_to_load_from is not None:
            state.start_from(weights, column.ckpt_to_load_from, column.tensor_name_in_ckpt)
        combiner = "sum" if isinstance(column, BucketizedColumn) else column.combiner
        name = f"{column.name}_weights"
        return weights, ops.safe_embedding_lookup_sparse(weights, ids, factors, combiner=combiner, name=name)
    if not isinstance(column, RealValuedColumn):
        raise NotImplementedError(f"Column {column.name!r} is not for linear models: give its sparse column instead.")
    rows = _rows(column, cache, state)
    weights = state.create_variable(column, "weight", (rows.dims[1], outputs), float32, initializer=start)
    return weights, ops.matmul(rows, weights, name="matmul")


def create_feature_spec_for_parsing(feature_columns: Any) -> dict[str, Any]:
    """What `tf.parse_example` needs to know of the features of columns, by their names.

    >>> tf.contrib.layers.create_feature_spec_for_parsing([tf.contrib.layers.real_valued_column("age")])
    {'age': FixedLenFeature(shape=[1], dtype=tf.float32, default_value=None)}
    """
    columns = feature_columns.values() if isinstance(feature_columns, Mapping) else feature_columns
    return {key: value for column in columns for key, value in column.parse_example_spec.items()}


def parse_feature_columns_from_examples(
    serialized: Any, feature_columns: Iterable[Any], name: str | None = None, example_names: Any = None
) -> dict[Any, Any]:
    """The features of columns out of serialised `Example` messages, a vector of strings; see `tf.parse_example`."""
    columns = _sorted(feature_columns)
    return parse_example(serialized, create_feature_spec_for_parsing(columns), name, example_names)


def make_place_holder_tensors_for_base_features(feature_columns: Any) -> dict[str, Any]:
    """For each feature of columns a placeholder, sparse for categories.

    >>> age = tf.contrib.layers.real_valued_column("age")
    >>> tf.contrib.layers.make_place_holder_tensors_for_base_features([age])["age"].name
    'Placeholder_age:0'
    """
    made = {}
    for key, feature in create_feature_spec_for_parsing(feature_columns).items():
        title = f"Placeholder_{key}"
        if isinstance(feature, VarLenFeature):
            made[key] = ops.sparse_placeholder(feature.dtype, name=title)
        else:
            made[key] = ops.placeholder(feature.dtype, [None, feature.shape[0]], name=title)
    return made
