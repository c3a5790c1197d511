"""`DenseFeatures`: feature columns as a layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasflow.core import ops
from kerasflow.core.graph import default_graph, graph_of
from kerasflow.core.keys import GraphKeys
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import Tensor
from kerasflow.core.weights import Weight
from kerasflow.feature_column.base import (
    DenseColumn,
    FeatureTransformationCache,
    KeptVariables,
    check_same_rows,
    checked_columns,
)
from kerasflow.feature_column.functions import make_parse_example_spec
from kerasflow.feature_column.serialization import (
    deserialize_feature_columns,
    functions_of,
    serialize_feature_columns,
)
from kerasflow.layers import context
from kerasflow.layers.base import Layer
from kerasflow.layers.calling import graph_name
from kerasflow.layers.lookup import allow
from kerasflow.layers.symbolic import KerasTensor
from kerasflow.train.checkpoints import load_variable

__all__ = ["DenseFeatures"]


class _Weights(KeptVariables):
    """Weights of a layer, for each column."""

    kind = "weight"

    def __init__(self, layer: Layer) -> None:
        super().__init__()
        self._layer = layer
        self._shared: dict[str, list[Any]] = {}

    def shared(self, name: str) -> list[Any]:
        """Those of the layer; on tensors of a program, those of its graph."""
        return super().shared(name) if self._layer._graph is not None else self._shared.setdefault(name, [])

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
        weight = self._layer.add_weight(
            name=f"{feature_column.scope_name}/{name}",
            shape=shape,
            dtype=dtype,
            trainable=trainable,
            initializer=initializer,
        )
        return self.kept(feature_column, name, weight)

    def start_from(self, variable: Any, checkpoint: Any, name: str) -> None:
        if isinstance(variable, Weight):
            variable.assign(load_variable(checkpoint, name))
        else:
            super().start_from(variable, checkpoint, name)


class DenseFeatures(Layer):
    """A row of numbers for each example, made by feature columns of a dict of features; see `tf.feature_column`.

    Output: [batch, sum of the columns' sizes], the columns in the order of their names.

    The file of a model with it describes the columns by plain data: words of vocabulary files are written out, and a
    function, such as `normalizer_fn`, is named, and passed in `custom_objects` to whoever loads the file.

    Args:
        feature_columns: dense columns, a list or one alone.
        trainable: whether optimizers change the tables of embeddings.
        name: the layer's name.

    Raises:
        ValueError: a column is not dense, or two have one name.

    >>> fc = tf.feature_column
    >>> day = fc.indicator_column(fc.categorical_column_with_identity("day", 3))
    >>> layer = tf.keras.layers.DenseFeatures([fc.numeric_column("price"), day])
    >>> tf.Session().run(layer({"price": tf.constant([9.0, 8.0]), "day": tf.constant([2, 0])}))
    array([[0., 0., 1., 9.],
           [1., 0., 0., 8.]], dtype=float32)
    """

    autocast = False
    takes_features = True  # a dict of them, as the first layer of a `Sequential` too
    _untracked = Layer._untracked | {"_columns", "_state"}

    def __init__(self, feature_columns: Any, trainable: bool = True, name: str | None = None, **kwargs: Any) -> None:
        super().__init__(name=name, trainable=trainable, **kwargs)
        self._columns = checked_columns(feature_columns)
        for column in self._columns:
            if not isinstance(column, DenseColumn):
                raise ValueError(
                    "Items of feature_columns must be dense: wrap a column of categories in an embedding_column or an "
                    f"indicator_column. Got {column}."
                )
        self._state = _Weights(self)

    def get_config(self) -> dict[str, Any]:
        """The columns, described, and the rest of the arguments.

        Raises:
            ValueError: a column cannot be described: a function or an initializer has no name, or a vocabulary file
                cannot be read.
        """
        return {**super().get_config(), "feature_columns": serialize_feature_columns(self._columns)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> DenseFeatures:
        """A layer from what `get_config` gave, here or in TensorFlow. ValueError if the columns cannot be made."""
        return cls(**{**config, "feature_columns": deserialize_feature_columns(config.get("feature_columns"))})

    def functions(self) -> list[Any]:
        """The functions and initializers of the columns, which descriptions name."""
        return functions_of(self._columns)

    def expected_features(self) -> dict[str, tuple[tuple[int, ...], Any]]:
        """The shape of each feature in an example, and its type, as far as the columns say; one category in each."""
        spec = make_parse_example_spec(self._columns)
        return {key: (getattr(of, "shape", (1,)), of.dtype) for key, of in spec.items()}

    def build(self, input_shape: Any) -> None:
        """Make the tables of the embeddings."""
        for column in self._columns:
            column.create_state(self._state)
        self.built = True

    def __call__(self, features: Any, cols_to_output_tensors: dict[Any, Any] | None = None, **kwargs: Any) -> Any:
        """The rows for features: a dict from names to tensors, sparse tensors or arrays, or symbolic ones."""
        if not isinstance(features, Mapping):
            raise ValueError(f"Layer {self.name!r} takes a dict from names to features, got {features!r}.")
        if any(isinstance(t, KerasTensor) for t in features.values()) or context.current_record() is not None:
            return super().__call__(features, **kwargs)
        graph = graph_of(features.values())
        with graph.as_default(), graph.name_scope(graph_name(self.name)):
            if not self.built:
                self._graph = graph
                self.ensure_built(None)
            return self._rows(features, cols_to_output_tensors)

    def call(self, features: Mapping[str, Any]) -> Tensor:
        """The rows for features."""
        return self._rows(features, None)

    def _rows(self, features: Mapping[str, Any], outputs: dict[Any, Any] | None) -> Tensor:
        initializers = default_graph().get_collection_ref(GraphKeys.TABLE_INITIALIZERS)
        before = len(initializers)
        cache = FeatureTransformationCache(features)
        rows = []
        for column in self._columns:
            with name_scope(column.name):
                tensor = column.get_dense_tensor(cache, self._state)
                rows.append(cache.matrix(tensor, column.variable_shape.num_elements()))
                if outputs is not None:
                    outputs[column] = rows[-1]
        check_same_rows(rows, self._columns)
        if self._graph is None:  # in a model, no program initialises tables
            for operation in initializers[before:]:
                operation.attrs["table"].fills_itself = True
        return ops.concat(rows, -1)


allow({"DenseFeatures": DenseFeatures})
