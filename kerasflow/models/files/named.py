"""Weights of a model under names that say what they are, in a file of safetensors.

A name is that of the layer and that of the weight, ``dense/kernel``. The number in a name that a layer was given by
itself, ``dense_3``, says how many such layers a program had made before: here they are counted in the order of the
model, so that a file fits the model of another program, or the same one made again.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from kerasflow.core.bfloat16 import from_bits
from kerasflow.core.types import bfloat16
from kerasflow.core.version import __version__
from kerasflow.io.hdf5_layout import ArraySpec
from kerasflow.io.safetensors import SafeTensors, write_safetensors
from kerasflow.layers.base import base_name
from kerasflow.models.files.places import Own, places_of
from kerasflow.models.files.weights import Loaded, array_of, check_shapes

__all__ = ["ENDING", "load_named", "load_safetensors", "named_weights", "save_safetensors"]

ENDING = ".safetensors"
_FLOAT32 = np.dtype(np.float32)


def named_weights(model: Any) -> dict[str, Any]:
    """The weights of a model, and of all layers inside it, by name.

    >>> from kerasflow.models.files.named import named_weights
    >>> model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(2), tf.keras.layers.Dense(1)])
    >>> list(named_weights(model))
    ['dense/kernel', 'dense/bias', 'dense_1/kernel', 'dense_1/bias']
    """
    found: dict[str, Any] = {}
    taken: set[str] = set()
    for place in places_of(model).layers:
        if place.arrays:
            prefix = f"{_distinct(_stem(place.layer), taken)}/" if place.layer is not model else ""
            for weight in place.arrays.values():
                found[_distinct(prefix + _own_name(weight), found)] = weight
            taken.add(prefix.rstrip("/"))
    return found


def _stem(layer: Any) -> str:
    """The name of a layer; one that it was given by itself, without its number."""
    base = base_name(type(layer).__name__)
    first, _, number = layer.name.rpartition("_")
    return base if first == base and number.isdecimal() else str(layer.name)


def _own_name(weight: Any) -> str:
    return weight.key if isinstance(weight, Own) else str(weight.name.rpartition("/")[2].partition(":")[0])


def _distinct(name: str, taken: Any) -> str:
    found, k = name, 0
    while found in taken:
        k += 1
        found = f"{name}_{k}"
    return found


def save_safetensors(model: Any, path: str) -> None:
    """Write the weights of a model.

    Raises:
        TypeError: a weight is of a type that such files do not hold. OSError: the file cannot be written.
    """
    named = named_weights(model)
    arrays = {name: w.numpy_value if isinstance(w, Own) else array_of(w) for name, w in named.items()}
    write_safetensors(path, arrays, {"format": "kerasflow", "kerasflow": __version__})


def load_safetensors(model: Any, path: str, by_name: bool = False, skip_mismatch: bool = False) -> None:
    """Set the weights of a model from a file, all or none of them; what it declares is compared with the model first.

    Args:
        model: the model.
        path: the file.
        by_name: whether to take the weights that the file has, and leave the others as they are.
        skip_mismatch: whether to leave weights as they are, with a warning, that are missing or of other shapes.

    Raises:
        MissingFileError, ForeignFileError, DataLossError: as `SafeTensors`. NotFoundError, InvalidArgumentError:
            weights are missing, left over or of other shapes; all are named.
    """
    with SafeTensors(os.fspath(path)) as file:
        tree = _Floats(file)
        load_named(named_weights(model), tree, tree.arrays, os.fspath(path), by_name, skip_mismatch)


def load_named(
    named: Mapping[str, Any], tree: Any, names: Iterable[str], path: str, by_name: bool, skip_mismatch: bool
) -> None:
    """Set weights from a file that has them by name; see `load_safetensors`.

    Args:
        named: the weights by the names that they have in the file.
        tree: the file: the types and shapes of its `arrays`, which its method `read` gives.
        names: those of the arrays that have to be weights.
        path: the file, for messages.
    """
    left = [] if by_name or skip_mismatch else [name for name in names if name not in named]
    if by_name:
        named = {name: weight for name, weight in named.items() if name in tree.arrays}
    if skip_mismatch:
        fits = {name: w for name, w in named.items() if _fits(tree.arrays.get(name), w)}
        if len(fits) < len(named):
            lacking = [name for name in named if name not in fits]
            warnings.warn(f"{path}: skipped the weights {lacking}, which differ.", stacklevel=5)
        named = fits
    check_shapes(tree, dict(named), left, path)
    loaded = Loaded()
    for name, weight in named.items():
        loaded.add(weight, tree.read(name))
    loaded.install()


def _fits(spec: ArraySpec | None, weight: Any) -> bool:
    return spec is not None and spec.shape == tuple(weight.shape.as_list())


class _Floats:
    """The arrays of a file, those of bfloat16 as float32, which has all of its numbers."""

    def __init__(self, file: SafeTensors) -> None:
        self._file = file
        self.arrays = {
            name: spec._replace(dtype=_FLOAT32) if spec.dtype == bfloat16.numpy else spec
            for name, spec in file.arrays.items()
        }

    def read(self, name: str) -> np.ndarray[Any, Any]:
        """An array."""
        array = self._file.read(name)
        return from_bits(array) if array.dtype == bfloat16.numpy else array
