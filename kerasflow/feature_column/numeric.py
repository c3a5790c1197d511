"""Columns of numbers: as they are, or as the bucket each of them falls into."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasflow.core import ops
from kerasflow.core.shapes import TensorShape
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.core.types import as_dtype, float32, int64
from kerasflow.data.parsing import FixedLenFeature
from kerasflow.feature_column.base import CategoricalColumn, DenseColumn, IdWeightPair, check_key

__all__ = [
    "BucketizedColumn",
    "NumericColumn",
    "bucketized_column",
    "check_normalizer",
    "check_number",
    "checked_shape",
    "numeric_column",
]


class NumericColumn(
    DenseColumn, namedtuple("NumericColumn", ("key", "shape", "default_value", "dtype", "normalizer_fn"))
):
    """A column that `numeric_column` has made."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """The key."""
        return self.key

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """A feature of a fixed length."""
        return {self.key: FixedLenFeature(self.shape, self.dtype, self.default_value)}

    @property
    def parents(self) -> list[Any]:
        """The key."""
        return [self.key]

    @property
    def variable_shape(self) -> TensorShape:
        """The shape of the feature in one example."""
        return TensorShape(self.shape)

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> Any:
        """The feature, normalised, as float32."""
        tensor = transformation_cache.get(self.key, state_manager)
        if isinstance(tensor, SparseTensor):
            raise ValueError(f"The feature {self.key!r} of a numeric column must be dense, got {tensor}.")
        if self.normalizer_fn is not None:
            tensor = self.normalizer_fn(tensor)
        return ops.cast(tensor, float32)

    def get_dense_tensor(self, transformation_cache: Any, state_manager: Any) -> Any:
        """The feature, normalised, as float32."""
        return transformation_cache.get(self, state_manager)


def numeric_column(
    key: str,
    shape: Any = (1,),
    default_value: Any = None,
    dtype: Any = float32,
    normalizer_fn: Callable[[Any], Any] | None = None,
) -> NumericColumn:
    """A column of numbers that a model takes as they are.

    Args:
        key: the name of the feature.
        shape: its shape in one example.
        default_value: what stands for it in an `Example` without it: a number, or numbers of that shape.
        dtype: its type there, of an integer or floating-point kind; the model gets float32.
        normalizer_fn: a function from the tensor to a tensor of the same shape, applied first.

    Raises:
        ValueError: a size is below 1, the type is no number, the key no string, or the default has another shape.
        TypeError: a size is no integer, the default does not go with the type, or the function cannot be called.

    >>> age = tf.feature_column.numeric_column("age", normalizer_fn=lambda x: (x - 40.0) / 10.0)
    >>> row = tf.feature_column.input_layer({"age": [[30.0], [55.0]]}, [age])
    >>> tf.Session().run(row)
    array([[-1. ],
           [ 1.5]], dtype=float32)
    """
    dims = checked_shape(shape, key)
    kind = as_dtype(dtype)
    check_number(kind, key)
    default = _default(dims, default_value, kind, key)
    check_normalizer(normalizer_fn)
    check_key(key)
    return NumericColumn(key, dims, default, kind, normalizer_fn)


def checked_shape(shape: Any, key: Any) -> tuple[int, ...]:
    """The shape of a numeric feature. TypeError for sizes that are no integers, ValueError for one below 1."""
    dims = tuple(shape) if isinstance(shape, (tuple, list, TensorShape)) else (shape,)
    for n in dims:
        if isinstance(n, bool) or not isinstance(n, (int, np.integer)):
            raise TypeError(f"Numeric column {key!r}: shape dimensions must be integer, got {shape!r}.")
        if n < 1:
            raise ValueError(f"Numeric column {key!r}: shape dimensions must be greater than 0, got {shape!r}.")
    return tuple(int(n) for n in dims)


def check_number(dtype: Any, key: Any) -> None:
    """ValueError for a type of which numeric features cannot be."""
    if not (dtype.is_integer or dtype.is_floating):
        raise ValueError(f"Numeric column {key!r}: dtype must be convertible to float, got {dtype.name}.")


def check_normalizer(normalizer_fn: Any) -> None:
    """TypeError for what cannot be called."""
    if normalizer_fn is not None and not callable(normalizer_fn):
        raise TypeError(f"normalizer_fn must be a callable, got {normalizer_fn!r}.")


def _default(dims: tuple[int, ...], value: Any, dtype: Any, key: Any) -> Any:
    """The default value as nested tuples of the shape `dims`."""
    if value is None:
        return None
    given = np.array(value, object) if isinstance(value, (list, tuple)) else np.asarray(value)
    flat = given.ravel().tolist()
    whole = all(isinstance(v, int) for v in flat)
    if not (whole or (dtype.is_floating and all(isinstance(v, (int, float)) for v in flat))):
        raise TypeError(
            f"Numeric column {key!r}: default_value must be compatible with dtype {dtype.name}, got {value!r}."
        )
    if given.ndim and given.shape != dims:
        raise ValueError(
            f"Numeric column {key!r}: the shape of default_value must be {dims}, got {given.shape}: {value!r}."
        )
    return _nested(np.broadcast_to(given, dims).tolist())


def _nested(value: Any) -> Any:
    return tuple(_nested(v) for v in value) if isinstance(value, list) else value


class BucketizedColumn(DenseColumn, CategoricalColumn, namedtuple("BucketizedColumn", ("source_column", "boundaries"))):
    """A column that `bucketized_column` has made."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """That of the source, and what is done to it."""
        return f"{self.source_column.name}_bucketized"

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """That of the source."""
        return self.source_column.parse_example_spec

    @property
    def parents(self) -> list[Any]:
        """The source."""
        return [self.source_column]

    @property
    def variable_shape(self) -> TensorShape:
        """The shape of the source, and the number of buckets."""
        return TensorShape((*self.source_column.shape, len(self.boundaries) + 1))

    @property
    def num_buckets(self) -> int:
        """Each number of the source has buckets of its own."""
        return (len(self.boundaries) + 1) * self.source_column.shape[0]

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> Any:
        """The number of the bucket that each number falls into, int32."""
        return ops.bucketize(transformation_cache.get(self.source_column, state_manager), self.boundaries)

    def get_dense_tensor(self, transformation_cache: Any, state_manager: Any) -> Any:
        """A one for the bucket of each number."""
        return ops.one_hot(transformation_cache.get(self, state_manager), len(self.boundaries) + 1, 1.0, 0.0)

    def get_sparse_tensors(self, transformation_cache: Any, state_manager: Any) -> IdWeightPair:
        """The number of the bucket of each number, among those of all numbers."""
        buckets = transformation_cache.get(self, state_manager)
        width = self.source_column.shape[0]
        batch = ops.shape(buckets)[0]
        rows = ops.reshape(ops.tile(ops.expand_dims(ops.range(0, batch), 1), [1, width]), [-1])
        columns = ops.tile(ops.range(0, width), [batch])
        values = ops.reshape(buckets, [-1]) + (len(self.boundaries) + 1) * columns
        indices = ops.cast(ops.transpose(ops.stack([rows, columns])), int64)
        shape = ops.cast(ops.stack([batch, width]), int64)
        return IdWeightPair(SparseTensor(indices, values, shape), None)


def bucketized_column(source_column: NumericColumn, boundaries: Sequence[float]) -> BucketizedColumn:
    """A column that says between which boundaries a number lies.

    n boundaries make ``n + 1`` buckets; a boundary belongs to the bucket above it.

    Args:
        source_column: what `numeric_column` made, with one axis.
        boundaries: numbers in rising order.

    Raises:
        ValueError: the source is another column or has several axes, or the boundaries do not rise.

    >>> age = tf.feature_column.numeric_column("age")
    >>> decade = tf.feature_column.bucketized_column(age, [20, 30, 40])
    >>> tf.Session().run(tf.feature_column.input_layer({"age": [[30.0], [19.5]]}, [decade]))
    array([[0., 0., 1., 0.],
           [1., 0., 0., 0.]], dtype=float32)
    """
    if not isinstance(source_column, NumericColumn):
        raise ValueError(f"source_column must be a column made by numeric_column(), got {source_column!r}.")
    if len(source_column.shape) > 1:
        raise ValueError(f"source_column must be one-dimensional column, got {source_column}.")
    if not isinstance(boundaries, (list, tuple)) or not boundaries:
        raise ValueError(f"boundaries must be a sorted list that is not empty, got {boundaries!r}.")
    if any(low >= high for low, high in zip(boundaries, boundaries[1:], strict=False)):
        raise ValueError(f"boundaries must be a sorted list, each above the one before, got {list(boundaries)}.")
    return BucketizedColumn(source_column, tuple(boundaries))
