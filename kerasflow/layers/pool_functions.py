"""Pooling as functions of the graph API: ``tf.layers.max_pooling2d(x, 2, 2)``."""

from __future__ import annotations

from typing import Any

from kerasflow.layers.pooling import (
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
)
from kerasflow.layers.scoped import applied

__all__ = [
    "average_pooling1d",
    "average_pooling2d",
    "average_pooling3d",
    "max_pooling1d",
    "max_pooling2d",
    "max_pooling3d",
]


def average_pooling1d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Any:
    """The mean in each window that moves over sequences; see the layer `AveragePooling1D`.

    >>> tf.layers.average_pooling1d(tf.zeros([2, 4, 3]), 2, 2).shape.as_list()
    [2, 2, 3]
    """
    return applied(AveragePooling1D, "average_pooling1d", **locals())


def average_pooling2d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Any:
    """The mean in each window that moves over images; see the layer `AveragePooling2D`.

    >>> tf.layers.average_pooling2d(tf.zeros([2, 4, 4, 3]), 2, 2).shape.as_list()
    [2, 2, 2, 3]
    """
    return applied(AveragePooling2D, "average_pooling2d", **locals())


def average_pooling3d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Any:
    """The mean in each window that moves over volumes; see the layer `AveragePooling3D`.

    >>> tf.layers.average_pooling3d(tf.zeros([2, 4, 4, 4, 3]), 2, 2).shape.as_list()
    [2, 2, 2, 2, 3]
    """
    return applied(AveragePooling3D, "average_pooling3d", **locals())


def max_pooling1d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Any:
    """The largest number in each window that moves over sequences; see the layer `MaxPooling1D`.

    >>> tf.layers.max_pooling1d(tf.zeros([2, 4, 3]), 2, 2).shape.as_list()
    [2, 2, 3]
    """
    return applied(MaxPooling1D, "max_pooling1d", **locals())


def max_pooling2d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Any:
    """The largest number in each window that moves over images; see the layer `MaxPooling2D`.

    >>> tf.layers.max_pooling2d(tf.zeros([2, 4, 4, 3]), 2, 2).shape.as_list()
    [2, 2, 2, 3]
    """
    return applied(MaxPooling2D, "max_pooling2d", **locals())


def max_pooling3d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Any:
    """The largest number in each window that moves over volumes; see the layer `MaxPooling3D`.

    >>> tf.layers.max_pooling3d(tf.zeros([2, 4, 4, 4, 3]), 2, 2).shape.as_list()
    [2, 2, 2, 2, 3]
    """
    return applied(MaxPooling3D, "max_pooling3d", **locals())
