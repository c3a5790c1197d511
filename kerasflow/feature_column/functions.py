"""What makes tensors of columns: `input_layer`, `linear_model` and `make_parse_example_spec`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kerasflow.core import ops
from kerasflow.core.graph import graph_of
from kerasflow.core.keys import GraphKeys
from kerasflow.core.named_variables import get_variable
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import float32
from kerasflow.core.variable_scope import variable_scope
from kerasflow.feature_column.base import (
    CategoricalColumn,
    DenseColumn,
    FeatureColumn,
    FeatureTransformationCache,
    KeptVariables,
    StateManager,
    check_same_rows,
    checked_columns,
)
from kerasflow.initializers import zeros_initializer

__all__ = ["NamedVariables", "check_features", "input_layer", "linear_model", "make_parse_example_spec"]


class NamedVariables(KeptVariables):
    """Variables that `get_variable` makes, in the scope that is open."""

    def __init__(self, collections: Iterable[Any] | None, trainable: bool) -> None:
        super().__init__()
        self._collections = list(collections or [])
        for key in (GraphKeys.GLOBAL_VARIABLES, GraphKeys.MODEL_VARIABLES):
            if key not in self._collections:
                self._collections.append(key)
        self._trainable = trainable

    def create_variable(
        self,
        feature_column: Any,
        name: str,
        shape: Any,
        dtype: Any = None,
        trainable: bool = True,
        use_resource: bool = True,
        initializer: Any = None,
    ) -> Any:
        """A variable in the scope that is open, or the one that is there if the scope reuses."""
        variable = get_variable(
            name,
            shape=shape,
            dtype=dtype,
            initializer=initializer,
            trainable=self._trainable and trainable,
            collections=self._collections,
        )
        return self.kept(feature_column, name, variable)


def check_features(features: Any) -> None:
    """ValueError for features that are no dict."""
    if not isinstance(features, Mapping):
        raise ValueError(f"features must be a dict from names to tensors, got {features!r}.")


def input_layer(
    features: Mapping[str, Any],
    feature_columns: Any,
    weight_collections: Iterable[Any] | None = None,
    trainable: bool = True,
    cols_to_vars: dict[Any, Any] | None = None,
    cols_to_output_tensors: dict[Any, Any] | None = None,
) -> Tensor:
    """A row of numbers for each example: those of all columns, in the order of the columns' names.

    Args:
        features: from the names of features to tensors, sparse tensors or arrays; a vector is one value an example.
        feature_columns: dense columns, a list or one alone; `indicator_column` and `embedding_column` make them of
            categories.
        weight_collections: collections that variables join, beside GLOBAL_VARIABLES and MODEL_VARIABLES.
        trainable: whether optimizers change the variables.
        cols_to_vars: a dict that is given the list of variables of each column.
        cols_to_output_tensors: a dict that is given the part of the rows that each column makes.

    Returns:
        A float32 tensor of shape [batch, sum of the columns' sizes].

    Raises:
        ValueError: a column is not dense or two have one name, a feature is missing, or batches differ in size.

    >>> price = tf.feature_column.numeric_column("price")
    >>> size = tf.feature_column.numeric_column("size", shape=2)
    >>> row = tf.feature_column.input_layer({"size": [[1.0, 2.0]], "price": [9.0]}, [size, price])
    >>> row.name, tf.Session().run(row)
    ('input_layer/concat:0', array([[9., 1., 2.]], dtype=float32))
    """
    columns = checked_columns(feature_columns)
    for column in columns:
        if not isinstance(column, DenseColumn):
            raise ValueError(
                "Items of feature_columns must be dense: wrap a column of categories in an embedding_column or an "
                f"indicator_column. Got {column}."
            )
    check_features(features)
    state = NamedVariables(weight_collections, trainable)
    with variable_scope(None, default_name="input_layer", values=features.values()):
        cache = FeatureTransformationCache(features)
        rows = []
        for column in columns:
            with variable_scope(None, default_name=column.scope_name) as scope:
                column.create_state(state)
                tensor = column.get_dense_tensor(cache, state)
                rows.append(cache.matrix(tensor, column.variable_shape.num_elements()))
                if cols_to_vars is not None:
                    cols_to_vars[column] = scope.global_variables()
                if cols_to_output_tensors is not None:
                    cols_to_output_tensors[column] = rows[-1]
        check_same_rows(rows, columns)
        return ops.concat(rows, 1)


def linear_model(
    features: Mapping[str, Any],
    feature_columns: Any,
    units: int = 1,
    sparse_combiner: str = "sum",
    weight_collections: Iterable[Any] | None = None,
    trainable: bool = True,
    cols_to_vars: dict[Any, Any] | None = None,
) -> Tensor:
    """A linear function of the columns, ``sum_c x_c W_c + b``; a category has a row of its own in W.

    All weights start at zero.

    Args:
        features: as for `input_layer`.
        feature_columns: columns of numbers or of categories, a list or one alone.
        units: how many numbers the function gives.
        sparse_combiner: how the rows of several categories become one: "sum", "mean" or "sqrtn".
        weight_collections, trainable: as for `input_layer`.
        cols_to_vars: a dict that is given the list of variables of each column, and of ``"bias"``.

    Returns:
        A float32 tensor of shape [batch, units].

    Raises:
        ValueError: as for `input_layer`.

    >>> price = tf.feature_column.numeric_column("price")
    >>> day = tf.feature_column.categorical_column_with_identity("day", 7)
    >>> y = tf.feature_column.linear_model({"price": [9.0, 8.0], "day": [0, 6]}, [price, day])
    >>> y.shape.as_list(), [v.name for v in tf.trainable_variables()]
    ([2, 1], ['linear_model/day/weights:0', 'linear_model/price/weights:0', 'linear_model/bias_weights:0'])
    """
    columns = checked_columns(feature_columns)
    for column in columns:
        if not isinstance(column, (DenseColumn, CategoricalColumn)):
            raise ValueError(f"Items of feature_columns must be dense or of categories, got {column}.")
    check_features(features)
    state = NamedVariables(weight_collections, trainable)
    with graph_of(features.values()).as_default():
        name, *inner = [_free_name(n) for n in ("linear_model", *[c.scope_name for c in columns])]
        ordered = sorted(zip(inner, columns, strict=True), key=lambda pair: pair[0])
        with name_scope(name), variable_scope(name):
            cache = FeatureTransformationCache(features)
            sums = []
            for scope_name, column in ordered:
                with variable_scope(scope_name) as scope:
                    sums.append(_weighted_sum(column, cache, state, units, sparse_combiner))
                if cols_to_vars is not None:
                    cols_to_vars[column] = scope.global_variables()
            check_same_rows(sums, [column for _, column in ordered])
            total = ops.add_n(sums, name="weighted_sum_no_bias")
            bias = state.create_variable(None, "bias_weights", [units], float32, initializer=zeros_initializer())
            if cols_to_vars is not None:
                cols_to_vars["bias"] = [bias]
            return ops.bias_add(total, bias, name="weighted_sum")


def _free_name(name: str) -> str:
    """`name`, made unique among the variable scopes that were opened here; those of a linear model's columns are, too,
    although they lie inside its own: the second model of a scope has ``linear_model_1/price_1/weights``.
    """
    with variable_scope(None, default_name=name) as scope:
        return scope.name.rpartition("/")[2]


def _weighted_sum(column: Any, cache: Any, state: StateManager, units: int, combiner: str) -> Tensor:
    """What one column adds to a linear model."""
    by_category = isinstance(column, CategoricalColumn)
    size = column.num_buckets if by_category else column.variable_shape.num_elements()
    weights = state.create_variable(column, "weights", (size, units), float32, initializer=zeros_initializer())
    column.create_state(state)
    if not by_category:
        rows = cache.matrix(column.get_dense_tensor(cache, state), size)
        return ops.matmul(rows, weights, name="weighted_sum")
    ids, factors = column.get_sparse_tensors(cache, state)
    matrices = [None if t is None else _as_matrix(t) for t in (ids, factors)]
    sums = ops.safe_embedding_lookup_sparse(weights, *matrices, combiner=combiner, name="weighted_sum")
    return cache.matrix(sums, units)


def _as_matrix(tensor: Any) -> Any:
    """A sparse tensor with two axes: examples and all else."""
    if tensor.shape.ndims == 2:
        return tensor
    return ops.sparse_reshape(tensor, ops.stack([tensor.dense_shape[0], -1]))


def make_parse_example_spec(feature_columns: Iterable[FeatureColumn]) -> dict[str, Any]:
    """What `tf.parse_example` needs to know of the features of columns, by their names.

    Args:
        feature_columns: columns of any kind.

    Raises:
        ValueError: something is no column, or two columns disagree about a feature.

    >>> fc = tf.feature_column
    >>> columns = [fc.numeric_column("price"), fc.categorical_column_with_hash_bucket("city", 100)]
    >>> fc.make_parse_example_spec(columns)["city"]
    VarLenFeature(dtype=tf.string)
    """
    spec: dict[str, Any] = {}
    for column in feature_columns:
        if not isinstance(column, FeatureColumn):
            raise ValueError(f"All feature_columns must be feature columns, got {column!r}.")
        for key, value in column.parse_example_spec.items():
            if spec.setdefault(key, value) != value:
                raise ValueError(f"Columns disagree about the feature {key!r}: {spec[key]} and {value}.")
    return spec
