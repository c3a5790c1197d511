"""`tf.keras.utils`: small helpers of Keras programs."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from kerasflow.core.graph import default_graph
from kerasflow.keras.backend import clear_session, is_keras_tensor
from kerasflow.keras.saving import deserialize_keras_object, serialize_keras_object
from kerasflow.keras.sequences import normalize, pad_sequences, timeseries_dataset_from_array
from kerasflow.models.datasets import PyDataset
from kerasflow.utils.registry import (
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)

_LATER = ("plot_model",)  # its room is seldom used, and loaded when it is first named

__all__ = [
    "CustomObjectScope",
    "PyDataset",
    "Sequence",
    "clear_session",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "is_keras_tensor",
    "normalize",
    "pack_x_y_sample_weight",
    "pad_sequences",
    "register_keras_serializable",
    "serialize_keras_object",
    "set_random_seed",
    "timeseries_dataset_from_array",
    "to_categorical",
    "unpack_x_y_sample_weight",
    *_LATER,
]

CustomObjectScope = custom_object_scope
Sequence = PyDataset  # the name that it had in Keras 2


def __getattr__(name: str) -> Any:
    if name in _LATER:
        from kerasflow.models import drawing

        return getattr(drawing, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *_LATER]


def to_categorical(x: Any, num_classes: int | None = None) -> np.ndarray[Any, Any]:
    """Class numbers as rows with a one in the place of the class and zeros elsewhere.

    Args:
        x: an array of integers from 0 up; a last axis of size 1 is dropped.
        num_classes: the length of the rows, by default the largest class plus one.

    Raises:
        ValueError: a class is negative, not a whole number or not below `num_classes`.

    >>> tf.keras.utils.to_categorical([0, 2])
    array([[1., 0., 0.],
           [0., 0., 1.]], dtype=float32)
    """
    given = np.asarray(x)
    classes = given.astype(np.int64)
    if classes.ndim > 1 and classes.shape[-1] == 1:
        classes, given = classes[..., 0], given[..., 0]
    size = int(num_classes if num_classes is not None else classes.max(initial=-1) + 1)
    if (classes != given).any() or classes.size and (classes.min() < 0 or classes.max() >= size):
        raise ValueError(f"Classes must be whole numbers from 0 to {size - 1}, got {np.unique(given)[:5]}.")
    return np.eye(size, dtype=np.float32)[classes]


def set_random_seed(seed: int) -> None:
    """Seed Python's and NumPy's global generators and the default graph, from which models draw their seeds.

    >>> tf.keras.utils.set_random_seed(1)
    """
    random.seed(seed)
    np.random.seed(seed)
    graph = default_graph()
    graph.seed = seed
    graph.state.pop("seeds drawn", None)


def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """A batch as `fit` takes it from data sets: `x`, or a tuple as long as needed.

    >>> tf.keras.utils.pack_x_y_sample_weight([1.0], [2.0])
    ([1.0], [2.0])
    """
    if sample_weight is not None:
        return x, y, sample_weight
    return x if y is None and not isinstance(x, tuple | list) else (x,) if y is None else (x, y)


def unpack_x_y_sample_weight(data: Any) -> tuple[Any, Any, Any]:
    """The inputs, targets and weights of a batch, None for what it does not have.

    Raises:
        ValueError: it is a tuple of more than three.

    >>> tf.keras.utils.unpack_x_y_sample_weight(([1.0], [2.0]))
    ([1.0], [2.0], None)
    """
    parts = tuple(data) if isinstance(data, tuple | list) else (data,)
    if not 1 <= len(parts) <= 3:
        raise ValueError(f"A batch is x, (x, y) or (x, y, sample_weight); got {len(parts)} parts.")
    x, y, sample_weight = (*parts, None, None)[:3]
    return x, y, sample_weight
