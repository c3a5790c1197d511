"""What feature columns have in common, and where they take features from while a graph is built.

A column says how one feature, or several, becomes numbers: a `DenseColumn` gives a row of them for each example, a
`CategoricalColumn` gives the numbers of categories, which `indicator_column`, `embedding_column` or `linear_model` turn
into rows. Columns are named tuples: they hold what they were made from, are equal where that is equal, and make no
tensors until they are asked to, through a `FeatureTransformationCache`, which makes those of each column once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from kerasflow.core import ops
from kerasflow.core.graph import default_graph
from kerasflow.core.scopes import control_dependencies
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.core.types import DType, string
from kerasflow.train.initial_checkpoints import init_from_checkpoint

__all__ = [
    "CategoricalColumn",
    "DenseColumn",
    "FeatureColumn",
    "FeatureTransformationCache",
    "IdWeightPair",
    "KeptVariables",
    "SequenceDenseColumn",
    "StateManager",
    "TensorSequenceLengthPair",
    "as_categories",
    "check_category_type",
    "check_key",
    "check_same_rows",
    "checked_columns",
]


class IdWeightPair(NamedTuple):
    """The numbers of the categories of each example, sparse, and their weights, sparse, or None."""

    id_tensor: Any
    weight_tensor: Any


class TensorSequenceLengthPair(NamedTuple):
    """A row of numbers for each step of each example, and how many steps each example has."""

    dense_tensor: Any
    sequence_length: Any


class StateManager:
    """Makes and keeps the variables of columns; input layers each have one of their own."""

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
        """The variable `name` of `feature_column`, made anew."""
        raise NotImplementedError

    def get_variable(self, feature_column: Any, name: str) -> Any:
        """The variable `name` of `feature_column`. ValueError if it has none."""
        raise NotImplementedError

    def shared(self, name: str) -> list[Any]:
        """The variables called `name` that columns have in common, to which the first of these adds; by default those
        in the collection of the graph."""
        return default_graph().get_collection_ref(name)

    def start_from(self, variable: Any, checkpoint: Any, name: str) -> None:
        """Give a variable the array `name` of a checkpoint to start from."""
        init_from_checkpoint(checkpoint, {name: variable})


class KeptVariables(StateManager):
    """A manager that keeps what it makes, by column and name; `kind` is what messages call one of these."""

    kind = "variable"

    def __init__(self) -> None:
        self._made: dict[Any, Any] = {}

    def kept(self, feature_column: Any, name: str, variable: Any) -> Any:
        """`variable`, from now on the one that `get_variable` gives."""
        self._made[type(feature_column), feature_column, name] = variable
        return variable

    def get_variable(self, feature_column: Any, name: str) -> Any:
        """The variable `name` of `feature_column`. ValueError if it has none."""
        made = self._made.get((type(feature_column), feature_column, name))
        if made is None:
            raise ValueError(f"Column {feature_column} has no {self.kind} {name!r}: call its create_state first.")
        return made


class FeatureColumn:
    """How one feature, or several, becomes numbers."""

    __slots__ = ()

    def __lt__(self, other: Any) -> bool:
        return str(self) < str(other)

    def __gt__(self, other: Any) -> bool:
        return str(self) > str(other)

    @property
    def name(self) -> str:
        """The name; no two columns of a model may have the same."""
        raise NotImplementedError

    @property
    def scope_name(self) -> str:
        """The name of the scope that the variables are made in."""
        return self.name

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """What `tf.parse_example` needs to know of the features, by their names."""
        raise NotImplementedError

    @property
    def parents(self) -> list[Any]:
        """The columns and names of features that this one is made from."""
        raise NotImplementedError

    def transform_feature(self, transformation_cache: FeatureTransformationCache, state_manager: Any) -> Any:
        """What of the features is made once, and kept by the cache."""
        raise NotImplementedError

    def create_state(self, state_manager: StateManager) -> None:
        """Make the variables, if there are any."""


class DenseColumn(FeatureColumn):
    """A column that gives as many numbers for each example."""

    __slots__ = ()

    @property
    def variable_shape(self) -> Any:
        """The shape of what it gives for one example."""
        raise NotImplementedError

    def get_dense_tensor(self, transformation_cache: FeatureTransformationCache, state_manager: Any) -> Any:
        """The numbers, of shape ``[batch, *variable_shape]``."""
        raise NotImplementedError


class CategoricalColumn(FeatureColumn):
    """A column that gives the numbers of categories, any number of them for each example."""

    __slots__ = ()
    IdWeightPair = IdWeightPair

    @property
    def num_buckets(self) -> int:
        """How many categories there are."""
        raise NotImplementedError

    def get_sparse_tensors(self, transformation_cache: FeatureTransformationCache, state_manager: Any) -> IdWeightPair:
        """The numbers, below `num_buckets`, and their weights if there are any."""
        return IdWeightPair(transformation_cache.get(self, state_manager), None)


class SequenceDenseColumn(FeatureColumn):
    """A column that gives as many numbers for each step of each example."""

    __slots__ = ()
    TensorSequenceLengthPair = TensorSequenceLengthPair

    def get_sequence_dense_tensor(
        self, transformation_cache: FeatureTransformationCache, state_manager: Any
    ) -> TensorSequenceLengthPair:
        """The numbers, of shape ``[batch, steps, *variable_shape]``, and the numbers of steps."""
        raise NotImplementedError


class FeatureTransformationCache:
    """The features of a batch, and what columns have made of them so far.

    Args:
        features: from names to tensors, sparse tensors, or what can be converted to tensors.
    """

    def __init__(self, features: Mapping[Any, Any]) -> None:
        self._features = dict(features)
        self._made: dict[Any, Any] = {}
        self._rows: Any = None
        self._counted: tuple[Any, Any] = (None, None)  # a feature, and the number of its rows, if it is known

    def matrix(self, tensor: Any, columns: int) -> Any:
        """`tensor` as one row of numbers for each example.

        How many examples there are is taken from a dense feature, where columns have asked for one: then it is known
        before a run, and what is computed with the rows can be compiled.
        """
        return ops.reshape(tensor, [ops.shape(tensor)[0] if self._rows is None else self._rows, columns])

    def get(self, key: Any, state_manager: Any = None) -> Any:
        """The feature called `key`, with two axes at least, or what the column `key` makes of the features.

        Raises:
            ValueError: there is no such feature, or it has no axis. TypeError: `key` is neither a name nor a column.
        """
        place = (type(key), key)
        if place not in self._made:
            if key in self._features:
                self._made[place] = tensor = _at_least_a_matrix(key, self._features[key])
                if not isinstance(tensor, SparseTensor):
                    self._note_rows(key, tensor)
            elif isinstance(key, str):
                known = ", ".join(map(repr, sorted(map(str, self._features)))) or "none"
                raise ValueError(f"Feature {key} is not in features dictionary. Features: {known}.")
            elif not isinstance(key, FeatureColumn):
                raise TypeError(f"Expected the name of a feature or a feature column, got {key!r}.")
            else:
                self._made[place] = key.transform_feature(self, state_manager)
        return self._made[place]

    def _note_rows(self, key: Any, tensor: Any) -> None:
        if self._rows is None:
            self._rows = ops.shape(tensor)[0]
        count = None if tensor.dims is None else tensor.dims[0]
        other, known = self._counted
        if known is None:
            self._counted = key, count
        elif count not in (None, known):
            raise ValueError(
                "Batch size (first dimension) of each feature must be same: "
                f"feature {other!r} has {known}, feature {key!r} has {count}."
            )


def _at_least_a_matrix(key: Any, feature: Any) -> Any:
    """A feature as a tensor; a vector, one value for each example, becomes a column."""
    tensor = ops.convert_to_tensor_or_sparse_tensor(feature)
    rank = tensor.shape.ndims
    if rank == 0:
        raise ValueError(f"Feature (key: {key}) cannot have rank 0: examples lie along its first axis, got {tensor}.")
    if rank == 1:
        return _as_column(tensor)
    if rank is not None or isinstance(tensor, SparseTensor):
        return tensor
    axes = ops.rank(tensor)
    with control_dependencies([ops.assert_positive(axes, message=f"Feature (key: {key}) cannot have rank 0.")]):
        return ops.cond(ops.equal(axes, 1), lambda: _as_column(tensor), lambda: ops.identity(tensor))


def _as_column(tensor: Any) -> Any:
    return ops.sparse_expand_dims(tensor, -1) if isinstance(tensor, SparseTensor) else ops.expand_dims(tensor, -1)


def as_categories(tensor: Any, ignore_value: Any = None) -> SparseTensor:
    """A dense tensor as a sparse one, without its missing values: '' in strings, -1 in integers."""
    if isinstance(tensor, SparseTensor):
        return tensor
    if ignore_value is None:
        ignore_value = "" if tensor.dtype is string else -1 if tensor.dtype.is_integer else 0.0
    return ops.without_missing(tensor, ignore_value)


def checked_columns(columns: Any) -> list[Any]:
    """Columns, one or several, as a list in the order of their names.

    Raises:
        ValueError: there are none, two have one name, or something is no column.
    """
    if isinstance(columns, FeatureColumn):
        columns = [columns]
    if isinstance(columns, Mapping) or not isinstance(columns, Iterable):
        raise ValueError(f"feature_columns must be a list of feature columns, got {columns!r}.")
    found: dict[str, Any] = {}
    for column in columns:
        if not isinstance(column, FeatureColumn):
            kind = type(column).__name__
            raise ValueError(f"Items of feature_columns must be feature columns, got {column!r}, a {kind}.")
        if column.name in found:
            raise ValueError(
                f"Two columns are called {column.name!r}, {found[column.name]} and {column}: leave one out, or give "
                "the feature to the model under a second name."
            )
        found[column.name] = column
    if not found:
        raise ValueError("feature_columns must not be empty.")
    return [found[name] for name in sorted(found)]


def check_key(key: Any) -> None:
    """ValueError for a feature's name that is no string."""
    if not isinstance(key, str):
        raise ValueError(f"The key of a feature must be a string, got {key!r}, a {type(key).__name__}.")


def check_category_type(dtype: DType, what: str) -> None:
    """ValueError for a type that categories cannot have."""
    if dtype is not string and not dtype.is_integer:
        raise ValueError(f"{what} must be of type string or of an integer type, got {dtype.name}.")


def check_same_rows(tensors: Iterable[Any], columns: Iterable[Any]) -> None:
    """ValueError if columns are known to give rows for different numbers of examples."""
    first: tuple[str, int] | None = None
    for tensor, column in zip(tensors, columns, strict=True):
        n = None if tensor.dims is None else tensor.dims[0]
        if n is None:
            continue
        if first is None:
            first = column.name, n
        elif first[1] != n:
            raise ValueError(
                "Batch size (first dimension) of each feature must be same: "
                f"column {first[0]!r} has {first[1]}, column {column.name!r} has {n}."
            )
