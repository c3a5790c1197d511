"""Crosses of columns of categories as `tf.contrib.layers` had them before `tf.feature_column`."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterator, Sequence
from typing import Any

from kerasflow.contrib.real_columns import BucketizedColumn, OldColumn
from kerasflow.contrib.sparse_columns import SparseColumn
from kerasflow.core.ops.crossing import crossed
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.feature_column.base import CategoricalColumn

__all__ = ["CrossedColumn", "crossed_column"]


class CrossedColumn(
    OldColumn,
    CategoricalColumn,
    namedtuple(
        "CrossedColumn",
        ("columns", "hash_bucket_size", "hash_key", "combiner", "ckpt_to_load_from", "tensor_name_in_ckpt"),
    ),
):
    """A column that `crossed_column` has made."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """The names of what is crossed, sorted."""
        return "_X_".join(sorted(column.name for column in self.columns))

    @property
    def num_buckets(self) -> int:
        """The number of buckets."""
        return self.hash_bucket_size

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """That of what is crossed."""
        return {key: value for column in self.columns for key, value in column.parse_example_spec.items()}

    @property
    def parents(self) -> list[Any]:
        """What is crossed."""
        return list(self.columns)

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> SparseTensor:
        """The buckets of all combinations."""
        features = []
        for column in _leaves(self):
            if isinstance(column, SparseColumn):
                features.append(transformation_cache.get(column.name, state_manager))
            else:
                features.append(column.get_sparse_tensors(transformation_cache, state_manager).id_tensor)
        return crossed(features, True, self.hash_bucket_size, self.hash_key or None, name="cross")


def _leaves(column: CrossedColumn) -> Iterator[Any]:
    """What is crossed; of crosses among it, what they cross."""
    left = list(reversed(column.columns))
    while left:
        inner = left.pop()
        if isinstance(inner, CrossedColumn):
            left.extend(reversed(inner.columns))
        else:
            yield inner


def crossed_column(
    columns: Sequence[Any],
    hash_bucket_size: int,
    combiner: str = "sum",
    ckpt_to_load_from: str | None = None,
    tensor_name_in_ckpt: str | None = None,
    hash_key: int | None = None,
) -> CrossedColumn:
    """A column of the combinations of several columns' values, spread over buckets by a hash.

    Args:
        columns: two or more columns of categories, bucketized ones, or crosses.
        hash_bucket_size: the number of buckets, at least 2.
        combiner: how a linear model puts several combinations together: "sum", "mean" or "sqrtn".
        ckpt_to_load_from, tensor_name_in_ckpt: a checkpoint and the name of an array in it, which the weights of a
            linear model start from.
        hash_key: what the hash starts from; without one, hashes are joined as TensorFlow did first.

    Raises:
        TypeError: a column is of another kind. ValueError: there are less than two columns or buckets, or only one of
            checkpoint and name is given.

    >>> city, day = [tf.contrib.layers.sparse_column_with_hash_bucket(k, 10) for k in ("city", "day")]
    >>> tf.contrib.layers.crossed_column([day, city], 50).name
    'city_X_day'
    """
    for column in columns:
        if not isinstance(column, (SparseColumn, CrossedColumn, BucketizedColumn)):
            raise TypeError(f"crossed_column: columns must be sparse, bucketized or crossed ones, got {column!r}.")
    if len(columns) < 2:
        raise ValueError(f"crossed_column: columns must contain at least 2 elements, got {columns!r}.")
    if hash_bucket_size < 2:
        raise ValueError(f"crossed_column: hash_bucket_size must be at least 2, got {hash_bucket_size}.")
    if (ckpt_to_load_from is None) != (tensor_name_in_ckpt is None):
        raise ValueError("ckpt_to_load_from and tensor_name_in_ckpt must be given both, or neither.")
    ordered = tuple(sorted(columns, key=lambda c: c.name))
    return CrossedColumn(ordered, hash_bucket_size, hash_key, combiner, ckpt_to_load_from, tensor_name_in_ckpt)
