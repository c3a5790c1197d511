"""Partitioners: how many parts a variable of some shape would be kept in on several machines.

Here a variable is one array in one place: `get_variable` takes a partitioner and makes no use of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from kerasflow.core import shapes
from kerasflow.core.types import DType, as_dtype, float32, string

__all__ = ["fixed_size_partitioner", "min_max_variable_partitioner", "variable_axis_size_partitioner"]

Partitioner = Callable[..., list[int]]


def fixed_size_partitioner(num_shards: int, axis: int = 0) -> Partitioner:
    """A partitioner into `num_shards` parts along one axis, fewer if there are not as many rows.

    >>> tf.fixed_size_partitioner(3)(shape=[10, 4])
    [3, 1]
    """

    def partition(shape: Any, dtype: Any = float32, **unused: Any) -> list[int]:
        sizes = _sizes(shape)
        return [min(num_shards, n) if k == axis else 1 for k, n in enumerate(sizes)]

    return partition


def variable_axis_size_partitioner(
    max_shard_bytes: int, axis: int = 0, bytes_per_string_element: int = 16, max_shards: int | None = None
) -> Partitioner:
    """A partitioner along one axis into parts of at most `max_shard_bytes` bytes, and at most `max_shards` of them.

    Raises:
        ValueError: a limit is not positive.

    >>> tf.variable_axis_size_partitioner(1 << 16)(shape=[1000, 4000])
    [250, 1]
    """
    _positive(max_shard_bytes=max_shard_bytes, bytes_per_string_element=bytes_per_string_element)
    if max_shards is not None:
        _positive(max_shards=max_shards)

    def partition(shape: Any, dtype: Any = float32, **unused: Any) -> list[int]:
        sizes = _sizes(shape)
        element = _element(as_dtype(dtype), bytes_per_string_element)
        row = math.prod(n for k, n in enumerate(sizes) if k != axis) * element
        rows_in_part = max(1, max_shard_bytes // row) if row else sizes[axis]
        parts = max(1, min(sizes[axis], math.ceil(sizes[axis] / max(1, rows_in_part))))
        parts = parts if max_shards is None else min(max_shards, parts)
        return [parts if k == axis else 1 for k in range(len(sizes))]

    return partition


def min_max_variable_partitioner(
    max_partitions: int = 1, axis: int = 0, min_slice_size: int = 256 << 10, bytes_per_string_element: int = 16
) -> Partitioner:
    """A partitioner along one axis into at most `max_partitions` parts of about `min_slice_size` bytes or more.

    Raises:
        ValueError: a limit is not positive.

    >>> tf.min_max_variable_partitioner(10, axis=1, min_slice_size=1 << 10)(shape=[1000, 4000])
    [1, 10]
    """
    _positive(max_partitions=max_partitions, min_slice_size=min_slice_size)
    _positive(bytes_per_string_element=bytes_per_string_element)

    def partition(shape: Any, dtype: Any = float32, **unused: Any) -> list[int]:
        sizes = _sizes(shape)
        total = math.prod(sizes) * _element(as_dtype(dtype), bytes_per_string_element)
        parts = max(1, min(sizes[axis], max_partitions, math.ceil(total / min_slice_size)))
        return [parts if k == axis else 1 for k in range(len(sizes))]

    return partition


def _sizes(shape: Any) -> list[int]:
    dims = shapes.as_dims(shape)
    if not shapes.is_static(dims):
        raise ValueError(f"A partitioner needs a shape that is fully known, got {shapes.show(dims)}.")
    return [d for d in dims or () if d is not None]


def _element(dtype: DType, of_string: int) -> int:
    return of_string if dtype is string else dtype.size


def _positive(**limits: int) -> None:
    for name, limit in limits.items():
        if limit < 1:
            raise ValueError(f"{name} must be positive, got {limit}.")
