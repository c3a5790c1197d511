"""Columns of numbers as `tf.contrib.layers` had them before `tf.feature_column`."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kerasflow.core import ops
from kerasflow.core.graph import convert
from kerasflow.core.shapes import TensorShape
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.core.types import as_dtype, float32
from kerasflow.data.parsing import FixedLenFeature
from kerasflow.feature_column import numeric
from kerasflow.feature_column.base import DenseColumn, FeatureColumn

__all__ = [
    "BucketizedColumn",
    "OldColumn",
    "RealValuedColumn",
    "bucketized_column",
    "infer_real_valued_columns",
    "real_valued_column",
]


class OldColumn(FeatureColumn):
    """What the columns of `tf.contrib.layers` have beside what all columns have."""

    __slots__ = ()
    _fields: tuple[str, ...]

    @property
    def key(self) -> str:
        """What columns are sorted by: how they were made, but for functions."""
        fields = [f"{k}={getattr(self, k)}" for k in self._fields if k not in ("initializer", "normalizer")]
        return f"_{type(self).__name__}({', '.join(fields)})"

    @property
    def config(self) -> dict[str, Any]:
        """What `tf.parse_example` needs to know of the features."""
        return self.parse_example_spec


class RealValuedColumn(
    OldColumn,
    DenseColumn,
    namedtuple("RealValuedColumn", ("column_name", "dimension", "default_value", "dtype", "normalizer")),
):
    """A column that `real_valued_column` has made."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """The name of the feature."""
        return self.column_name

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the feature in one example."""
        return (self.dimension,)

    @property
    def variable_shape(self) -> TensorShape:
        """The shape of the feature in one example."""
        return TensorShape([self.dimension])

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """A feature of a fixed length."""
        default = None if self.default_value is None else list(self.default_value)
        return {self.column_name: FixedLenFeature([self.dimension], self.dtype, default)}

    @property
    def parents(self) -> list[Any]:
        """The name of the feature."""
        return [self.column_name]

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> Any:
        """The feature, normalised, as float32."""
        tensor = transformation_cache.get(self.column_name, state_manager)
        if isinstance(tensor, SparseTensor):
            raise ValueError(f"The feature {self.column_name!r} of a real-valued column must be dense, got {tensor}.")
        return ops.cast(tensor if self.normalizer is None else self.normalizer(tensor), float32)

    def get_dense_tensor(self, transformation_cache: Any, state_manager: Any) -> Any:
        """The feature, normalised, as float32."""
        return transformation_cache.get(self, state_manager)


def real_valued_column(
    column_name: str,
    dimension: int = 1,
    default_value: Any = None,
    dtype: Any = float32,
    normalizer: Callable[[Any], Any] | None = None,
) -> RealValuedColumn:
    """A column of numbers that a model takes as they are.

    Args:
        column_name: the name of the feature.
        dimension: how many numbers it has in one example.
        default_value: what stands for it in an `Example` without it: a number, or a list of `dimension` numbers.
        dtype: its type there, of an integer or floating-point kind.
        normalizer: a function from the tensor to a tensor of the same shape.

    Raises:
        TypeError: `dimension` is no integer, or the default does not go with the type. ValueError: `dimension` is below
            1, the type is no number, or the default has another length.

    >>> tf.contrib.layers.real_valued_column("size", dimension=2).name
    'size'
    """
    if isinstance(dimension, bool) or not isinstance(dimension, int):
        raise TypeError(f"Column {column_name!r}: dimension must be an integer, got {dimension!r}.")
    made = numeric.numeric_column(column_name, dimension, default_value, dtype)
    default = made.default_value
    if default is not None and made.dtype.is_floating:
        default = tuple(float(v) for v in default)
    return RealValuedColumn(column_name, dimension, default, made.dtype, normalizer)


class BucketizedColumn(OldColumn, numeric.BucketizedColumn):
    """A column that `bucketized_column` has made."""

    __slots__ = ()


def bucketized_column(source_column: RealValuedColumn, boundaries: Sequence[float]) -> BucketizedColumn:
    """A column that says between which boundaries a number lies.

    Args:
        source_column: what `real_valued_column` made.
        boundaries: numbers in rising order; one that is there twice counts once.

    Raises:
        TypeError: the source is another column. ValueError: the boundaries fall, or there are none.

    >>> age = tf.contrib.layers.real_valued_column("age")
    >>> tf.contrib.layers.bucketized_column(age, [20, 30, 30]).num_buckets
    3
    """
    if not isinstance(source_column, RealValuedColumn):
        raise TypeError(f"source_column must be a column made by real_valued_column(), got {source_column!r}.")
    if not isinstance(boundaries, (list, tuple)) or not boundaries:
        raise ValueError(f"boundaries must be a non-empty list or tuple, got {boundaries!r}.")
    if any(low > high for low, high in zip(boundaries, boundaries[1:], strict=False)):
        raise ValueError(f"boundaries must be a sorted list, got {list(boundaries)}.")
    return BucketizedColumn(source_column, tuple(dict.fromkeys(boundaries)))


def infer_real_valued_columns(features: Any) -> list[RealValuedColumn]:
    """For each feature a column of numbers, as many as it has in an example.

    Args:
        features: a dict from names to dense tensors, or one tensor, whose name is "".

    Raises:
        ValueError: a feature is sparse, or holds no numbers.

    >>> tf.contrib.layers.infer_real_valued_columns(tf.zeros([5, 3]))[0].dimension
    3
    """
    given = features if isinstance(features, Mapping) else {"": features}
    columns = []
    for name, feature in given.items():
        tensor = feature if isinstance(feature, SparseTensor) else convert(feature)
        number = tensor.dtype.is_integer or tensor.dtype.is_floating
        if isinstance(tensor, SparseTensor) or not number or tensor.dims is None:
            raise ValueError(f"The feature {name!r} needs a column that says what it is: it is {tensor}.")
        columns.append(
            real_valued_column(name, TensorShape(tensor.dims[1:]).num_elements(), dtype=as_dtype(tensor.dtype))
        )
    return columns
